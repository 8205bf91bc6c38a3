"""The last resort against work that does not ask for the time: the process ends, undecided."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from derivcheck.budget import WORKER
from derivcheck.verdict import EXIT_UNDECIDED

GRACE = 3.0
"""Seconds beyond the time limit in which work may still end by itself."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """A block that may take ``seconds`` and a little more; then the process ends with the exit code of undecided."""
    timer = threading.Timer(min(seconds + GRACE, threading.TIMEOUT_MAX), _end, args=(seconds,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end(seconds: float) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"UNDECIDED  the time limit of {seconds:g} s passed\n  give more time with --timeout SECONDS\n")
    sys.stderr.flush()
    WORKER.stop()
    os._exit(EXIT_UNDECIDED)
