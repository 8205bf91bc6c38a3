"""Equations in columns of terminal cells: left sides, relations, results, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derivcheck.render.layout import HANG, hanging, padded, wrapped
from derivcheck.source import cells

_LEAST_RIGHT, _RIGHT_CELLS = 3, 4
"""Results are aligned right within this many cells; longer ones begin in one column."""


@dataclass(frozen=True, slots=True)
class Member:
    """A cell of a ledger as text."""

    sign: str
    text: str
    right: bool = False

    @property
    def joined(self) -> str:
        """Sign and text."""
        return f"{self.sign} {self.text}" if self.sign else self.text


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a ledger as texts."""

    members: tuple[Member | None, ...]
    note: str = ""

    @property
    def natural(self) -> int:
        """Its width when nothing is aligned."""
        parts = [m.joined for m in self.members if m]
        return sum(map(cells, parts)) + max(0, len(parts) - 1) + (cells(self.note) + 2 if self.note else 0)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of a ledger: what stands in its columns, and the note right of them."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stops:
    """Where columns start at the earliest: a second right-hand side, results, notes."""

    numbers: int = 0
    results: int = 0
    notes: int = 0


WIDE = Stops(16, 32, 42)
RELATIONS = frozenset("=≈←")


def ledger(entries: Sequence[Entry], width: int) -> list[LedgerLine]:
    """Equations in columns; rows too wide for the width are broken at their relations, then at their operators."""
    for stops in (WIDE, Stops()):
        lines = _aligned(entries, stops)
        if all(_width(line) <= width for line in lines):
            return lines
    for stops in (WIDE, Stops()):
        lines = _aligned([Entry(e.members) for e in entries], stops)
        if any(e.members for e in entries) and all(_width(line) <= width for line in lines):
            return _noted(entries, lines, width)
    return _partly_aligned(entries, width)


def _noted(entries: Sequence[Entry], lines: Sequence[LedgerLine], width: int) -> list[LedgerLine]:
    """Notes beside their lines where there is room for them, else below."""

    def fits(start: int, entry: Entry) -> bool:
        return start + cells(entry.note) <= width

    ends = [cells(line.text) + 2 for line in lines]
    beside = [(end, e) for end, e in zip(ends, entries, strict=True) if e.note and fits(end, e)]
    start = max((end for end, _ in beside), default=0)
    start = max(start, WIDE.notes) if all(fits(max(start, WIDE.notes), e) for _, e in beside) else start
    written: list[LedgerLine] = []
    for line, end, e in zip(lines, ends, entries, strict=True):
        place = next((p for p in (start, end) if p >= end and fits(p, e)), None)
        if not e.note or not e.members:
            written += [line] if e.members else _broken(e, width)
        elif place is not None:
            written.append(LedgerLine(padded(line.text, place), e.note))
        else:
            hang = min(cells(e.members[0].joined) + 1 if e.members[0] else HANG, width // 3)
            written += [line, *(LedgerLine(" " * hang, part) for part in wrapped(e.note, width - hang))]
    return written


def _partly_aligned(entries: Sequence[Entry], width: int) -> list[LedgerLine]:
    """As many of the shorter rows as fit together in columns, the others broken."""
    lengths = sorted({e.natural for e in entries})
    low, high = 0, len(lengths)
    while low < high:
        middle = (low + high + 1) // 2
        short = [e for e in entries if e.natural <= lengths[middle - 1]]
        fits = all(_width(line) <= width for line in _aligned(short, Stops()))
        low, high = (middle, high) if fits else (low, middle - 1)
    limit = lengths[low - 1] if low else -1
    short = [e for e in entries if e.natural <= limit]
    wide = _aligned(short, WIDE)
    left = max((cells(e.members[0].joined) + 1 for e in entries if e.members and e.members[0]), default=1)
    aligned = iter(wide if all(_width(line) <= width for line in wide) else _aligned(short, Stops()))
    written: list[LedgerLine] = []
    for e in entries:
        written += [next(aligned)] if e.natural <= limit else _broken(e, width, left)
    return written


def _width(line: LedgerLine) -> int:
    return cells(line.text) + cells(line.note)


def _aligned(entries: Sequence[Entry], stops: Stops) -> list[LedgerLine]:
    """Every entry on one line, its members in columns."""
    count = max((len(e.members) for e in entries), default=0)
    lines = [""] * len(entries)
    start = 0
    for j in range(count):
        column = [e.members[j] if j < len(e.members) else None for e in entries]
        present = [m for m in column if m]
        if not present:
            continue
        start = max(start, _start(j, present, stops, start))
        signs = max(cells(m.sign) for m in present)
        texts = min(_RIGHT_CELLS, max(_LEAST_RIGHT, *(cells(m.text) for m in present), 0))
        for k, m in enumerate(column):
            if m:
                sign = padded(m.sign, signs) + " " if signs else ""
                lines[k] = padded(lines[k], start) + sign + padded(m.text, texts if m.right else 0, right=True)
        start = max(map(cells, lines))
    start = max([cells(line) + 2 for line, e in zip(lines, entries, strict=True) if e.note] + [stops.notes])
    return [
        LedgerLine(padded(line, start) if e.members else "", e.note) if e.note else LedgerLine(line)
        for line, e in zip(lines, entries, strict=True)
    ]


def _start(j: int, present: Sequence[Member], stops: Stops, end: int) -> int:
    """Where column ``j`` starts, the columns left of it ending at ``end``."""
    if j == 0:
        return 0
    if any(m.right for m in present):
        return max(end + 2, stops.results)
    if j > 1 and all(m.sign in RELATIONS for m in present):
        return max(end + 2, stops.numbers)
    return end + 1


def _broken(entry: Entry, width: int, left: int = 1) -> list[LedgerLine]:
    """One entry over several lines: broken before relations, a long member at its operators.

    An entry without a left side begins where the left sides of the others end.
    """
    if not entry.members:
        return [LedgerLine("", line) for line in wrapped(entry.note, width)]
    groups: list[str] = []
    for m in (m for m in entry.members if m):
        if groups and m.sign and m.sign not in RELATIONS:
            groups[-1] += " " + m.joined
        else:
            groups.append(m.joined)
    first = groups[0] if entry.members[0] else ""
    hang = min(cells(first) + 1 if first else left, width // 3)
    lines: list[str] = [first]
    for group in groups[1:] if first else groups:
        joined = f"{lines[-1]} {group}" if lines[-1].strip() else " " * hang + group
        if cells(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1].strip():
            lines.append("")
        parts = wrapped(group, width - hang, width - hang - 2)
        lines[-1:] = [" " * hang + parts[0], *(" " * (hang + 2) + p for p in parts[1:])]
    lines = [part for line in lines for part in ([line] if cells(line) <= width else hanging(line, width))]
    written = [LedgerLine(line) for line in lines]
    if entry.note and cells(lines[-1]) + 2 + cells(entry.note) <= width:
        written[-1] = LedgerLine(lines[-1] + "  ", entry.note)
    elif entry.note:
        written += [LedgerLine(" " * hang, part) for part in wrapped(entry.note, width - hang)]
    return written
