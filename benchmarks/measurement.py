"""What every benchmark shares: a table of figures, medians, programs with a time limit, JSON."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """Figures with a title.

    Attributes:
        title: what was measured.
        header: the columns; the first one names the row.
        rows: numbers are shown with three significant digits, None as a dash.
        notes: sentences that belong below the table.
        met: whether the figures keep to their targets; None where there is no target.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    notes: tuple[str, ...] = field(default=())
    met: bool | None = None

    def markdown(self) -> str:
        """The table in Markdown."""
        lines = [self.header, ("---", *["---:"] * (len(self.header) - 1)), *[tuple(map(_shown, r)) for r in self.rows]]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return "\n\n".join([f"### {self.title}", table, *self.notes])


def _shown(cell: Any) -> str:
    if cell is None:
        return "-"
    if not isinstance(cell, float):
        return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
    return f"{cell:,.0f}" if cell >= 1000 else f"{cell:.3g}"


def timed(function: Callable[[], T]) -> tuple[float, T]:
    """The seconds that a call takes, and what it returns."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def capped(program: str, *arguments: str, seconds: float) -> float | str:
    """Run a Python program that prints the seconds it measured; a word instead where there is no figure."""
    command = [sys.executable, "-c", program, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"over {seconds:g} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1].partition(":")[0]
    return float(done.stdout)


def report(tables: Sequence[Table], arguments: argparse.Namespace) -> None:
    """Print the tables, write them as JSON if asked to, and exit with 1 if a target was missed."""
    print("\n\n".join(t.markdown() for t in tables))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(t) for t in tables], indent=2) + "\n", encoding="utf-8")
    if arguments.strict and any(t.met is False for t in tables):
        sys.exit(1)


def options(description: str | None) -> argparse.ArgumentParser:
    """The command line that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions and smaller sizes")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a target is missed")
    return parser
