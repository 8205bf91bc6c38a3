"""What every test shares.

Hypothesis does not fail a test for being slow on a busy machine. Where ``CI`` is set its examples are the same in every
run, so that a failure is the change's own; everywhere else they are new each time, and find more.
"""

import os

from hypothesis import settings

settings.register_profile("derivcheck", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("derivcheck")
