"""The main example from a cold start, beside importing SymPy and torch alone.

All commands are run in turn, round after round, so that a busy machine slows all of them alike; medians are compared.
All of them find their modules compiled, as after an installation: the first round writes them to a folder of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.measurement import Table, options, report

_SCRIPT = Path(sys.executable).with_name("derivcheck")
_DERIVCHECK = [str(_SCRIPT)] if _SCRIPT.exists() else [sys.executable, "-m", "derivcheck"]
_EXAMPLE = [*_DERIVCHECK, "(y-(w*x+b))**2", "--at", "x=2,y=4,w=3,b=1"]

COMMANDS = {
    "derivcheck": _EXAMPLE,
    "import sympy, torch": [sys.executable, "-c", "import sympy, torch"],
    "derivcheck --no-autograd": [*_EXAMPLE, "--no-autograd"],
    "import sympy": [sys.executable, "-c", "import sympy"],
    "derivcheck --version": [*_DERIVCHECK, "--version"],
}
TARGETS = (
    ("derivcheck", "import sympy, torch", 1.15),
    ("derivcheck --no-autograd", "import sympy", 1.6),
)
"""A command, what it is compared with, and how many times as long it may take."""


class _Run(NamedTuple):
    """Seconds until the first printed line, NaN if nothing is printed, and until the end."""

    first: float
    whole: float


def measure(rounds: int = 9) -> list[Table]:
    """Run every command once to compile and to warm the disk cache, then ``rounds`` times in turn."""
    runs: dict[str, list[_Run]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(rounds + 1):
            for name, command in COMMANDS.items():
                run = _run(command, environment)
                if number:
                    runs[name].append(run)
    whole = {name: median(r.whole for r in found) for name, found in runs.items()}
    first = {name: median(r.first for r in found) for name, found in runs.items() if "derivcheck" in name}
    times = tuple((name, first.get(name), whole[name]) for name in COMMANDS)
    ratios = tuple((f"{a} / {b}", whole[a] / whole[b], target) for a, b, target in TARGETS)
    return [
        Table(f"Start: seconds, median of {rounds} runs", ("command", "first line", "whole run"), times),
        Table("Start: ratios", ("ratio", "measured", "at most"), ratios, met=all(r <= t for _, r, t in ratios)),
    ]


def _run(command: list[str], environment: Mapping[str, str]) -> _Run:
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        first = time.perf_counter() - start
        process.stdout.read()
    whole = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with exit code {process.returncode}")
    return _Run(first if line else float("nan"), whole)


if __name__ == "__main__":
    asked = options(__doc__).parse_args()
    report(measure(3 if asked.quick else 9), asked)
