"""The installed command: SymPy's import begins in the worker before anything else is imported here."""

from __future__ import annotations

import os
import sys

from derivcheck.budget import WORKER, uncollected

_INTERRUPTED = 130
_QUICK = {"--help", "-h", "--version", "ops"}
"""Options, and the command, that need no SymPy."""


def main() -> None:
    """Run ``derivcheck`` with the arguments of this process."""
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(_INTERRUPTED)


def _run(asks: list[str]) -> None:
    if asks and not _QUICK.intersection(asks) and "_DERIVCHECK_COMPLETE" not in os.environ:
        WORKER.warm("derivcheck.oracles.proof")
    with uncollected():
        from derivcheck.cli.main import main as run
    run(asks)
