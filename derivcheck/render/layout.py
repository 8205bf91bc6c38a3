"""Texts in columns of terminal cells: breaking lines, ledgers, tables. Nothing here knows what a text means.

Widths are counted in terminal cells: two for East Asian wide letters, none for combining marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derivcheck.source import cells

_OPENING, _CLOSING = "([{", ")]}"
_BEFORE = ("·", "*", "+", "-", "→", "=", "≈")
"""Signs before which a text that has no space may be broken."""

_AFTER_SIGN = frozenset("=≈←·*+-/:")
"""Signs after which a line is not broken: it is broken before them."""

_LEAST_FRACTION = 3
_HANG = 3
_LONGEST_LOOK = 8
_LEAST_RIGHT, _RIGHT_CELLS = 3, 4
"""Results are aligned right within this many cells; longer ones begin in one column."""


def padded(text: str, width: int, *, right: bool = False) -> str:
    """``text`` filled with spaces to ``width`` cells."""
    fill = " " * (width - cells(text))
    return fill + text if right else text + fill


def wrapped(text: str, width: int, rest: int | None = None) -> list[str]:
    """``text`` in lines of at most ``width`` cells, the lines after the first of at most ``rest``.

    It is broken at spaces, rather outside brackets and before a sign than after it, then before a sign without
    spaces, then anywhere; only the spaces at a break are dropped.
    """
    rest = max(1, width if rest is None else rest)
    lines: list[str] = []
    room = max(1, width)
    while cells(text[: _LONGEST_LOOK * room]) > room:
        cut = _break(text, room)
        lines.append(text[:cut].rstrip(" "))
        text = text[cut:].lstrip(" ")
        room = rest
    return [*lines, text] if text or not lines else lines


def _break(text: str, room: int) -> int:
    """Where to break a text that is wider than ``room``: how many characters stand on the first line."""
    best: dict[bool, tuple[int, int]] = {}  # spaced or not -> (-depth, position), the greatest
    depth = used = 0
    last = 1
    for k, c in enumerate(text):
        if used > room:
            break
        spaced = c == " " and text[:k].rstrip(" ")[-1:] not in _AFTER_SIGN
        if k >= max(1, room // _LEAST_FRACTION) and (spaced or c in _BEFORE):
            best[spaced] = max(best.get(spaced, (-depth, k)), (-depth, k))
        depth += (c in _OPENING) - (c in _CLOSING and depth > 0)
        used += cells(c)
        if used <= room:
            last = k + 1
    for spaced in (True, False):
        if spaced in best:
            return best[spaced][1]
    while last < len(text) and last > 1 and cells(text[last]) == 0:
        last += 1
    return max(1, last)


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
    aligned = iter(wide if all(_width(line) <= width for line in wide) else _aligned(short, Stops()))
    written: list[LedgerLine] = []
    for e in entries:
        written += [next(aligned)] if e.natural <= limit else _broken(e, width)
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


def _broken(entry: Entry, width: int) -> list[LedgerLine]:
    """One entry over several lines: broken before relations, a long member at its operators."""
    if not entry.members:
        return [LedgerLine("", line) for line in wrapped(entry.note, width)]
    groups: list[str] = []
    for m in (m for m in entry.members if m):
        if groups and m.sign and m.sign not in RELATIONS:
            groups[-1] += " " + m.joined
        else:
            groups.append(m.joined)
    first = groups[0] if entry.members[0] else ""
    hang = min(cells(first) + 1, width // 3)
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
    lines = [part for line in lines for part in ([line] if cells(line) <= width else _hanging(line, width))]
    written = [LedgerLine(line) for line in lines]
    if entry.note and cells(lines[-1]) + 2 + cells(entry.note) <= width:
        written[-1] = LedgerLine(lines[-1] + "  ", entry.note)
    elif entry.note:
        written += [LedgerLine(" " * hang, part) for part in wrapped(entry.note, width - hang)]
    return written


def _hanging(text: str, width: int) -> list[str]:
    parts = wrapped(text, width, width - _HANG)
    return [parts[0], *(" " * _HANG + p for p in parts[1:])]


def paragraph(text: str, width: int, hang: int = 0) -> list[str]:
    """Running text in lines of at most ``width`` cells, the lines after the first indented by ``hang``."""
    parts = wrapped(text, width, width - hang)
    return [parts[0], *(" " * hang + p for p in parts[1:])]


def flow(items: Sequence[str], width: int, column: int) -> list[str]:
    """Items side by side in columns of at least ``column`` cells where there is room."""
    column = max([column] + [cells(i) + 3 for i in items if cells(i) + 3 <= width // 2])
    lines: list[str] = []
    for item in items:
        place = -(-(cells(lines[-1]) + 3) // column) * column if lines else width
        if lines and place + cells(item) <= width:
            lines[-1] = padded(lines[-1], place) + item
        else:
            lines += paragraph(item, width, _HANG)
    return lines


def table(heading: Sequence[str], rows: Sequence[Sequence[str]], width: int, least: Sequence[int]) -> list[str]:
    """A table whose columns are at least ``least`` wide where there is room; its first line(s) are the heading."""
    everything = [list(heading), *map(list, rows)]
    natural = [max(cells(row[j]) for row in everything) for j in range(len(heading))]
    for narrower in range(0, max(least) + 2, 2):
        widths = [max(n, m - narrower) if n else 0 for n, m in zip(natural, least, strict=True)]
        if _total(widths) <= width:
            break
    while _total(widths) > width and max(widths) > 2:
        widths[widths.index(max(widths))] -= 1
    lines: list[str] = []
    for row in everything:
        parts = [wrapped(cell, w) if w else [] for cell, w in zip(row, widths, strict=True)]
        for k in range(max(map(len, parts), default=0)):
            shown = [padded(p[k] if k < len(p) else "", w) for p, w in zip(parts, widths, strict=True)]
            lines.append("  ".join(s for s, w in zip(shown, widths, strict=True) if w).rstrip(" "))
    return lines


def _total(widths: Sequence[int]) -> int:
    present = [w for w in widths if w]
    return sum(present) + 2 * max(0, len(present) - 1)
