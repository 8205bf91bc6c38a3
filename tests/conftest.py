"""What every test shares: hypothesis does not fail a test for being slow on a busy machine."""

from hypothesis import settings

settings.register_profile("derivcheck", deadline=None)
settings.load_profile("derivcheck")
