"""Texts in terminal cells: breaking lines, paragraphs, flows, tables. Nothing here knows what a text means.

Widths are counted in terminal cells: two for East Asian wide letters, none for combining marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from derivcheck.source import cells

_OPENING, _CLOSING = "([{", ")]}"
_BEFORE = ("·", "*", "+", "-", "→", "=", "≈")
"""Signs before which a text that has no space may be broken."""

_AFTER_SIGN = frozenset("=≈←·*+-/:")
"""Signs after which a line is not broken: it is broken before them."""

_BEFORE_GAP = frozenset("=≈←·*+-/:→>")
"""Signs after which a gap is no place to break a line either."""

_GAP = re.compile(r" {2,}")
_LEAST_FRACTION = 3
HANG = 3
"""Lines after the first of a paragraph are indented by this much."""

_LONGEST_LOOK = 8
_LABEL_SHARE = 2
"""A label of a grid is at most this part of the width; a longer one stands above."""
_ELLIPSIS = 3


def padded(text: str, width: int, *, right: bool = False) -> str:
    """``text`` filled with spaces to ``width`` cells."""
    fill = " " * (width - cells(text))
    return fill + text if right else text + fill


def wrapped(text: str, width: int, rest: int | None = None) -> list[str]:
    """``text`` in lines of at most ``width`` cells, the lines after the first of at most ``rest``.

    It is broken at gaps of several spaces in its second half, else at spaces, rather outside brackets and before a sign
    than after it, then before a sign without spaces, then anywhere; only the spaces at a break are dropped.
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
    gaps = (g.start() for g in _GAP.finditer(text, room // 2, room))
    wide = [g for g in gaps if text[g - 1] not in _BEFORE_GAP and cells(text[:g]) <= room]
    if wide:
        return wide[-1]
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


def hanging(text: str, width: int) -> list[str]:
    """``text`` in lines, those after the first indented."""
    parts = wrapped(text, width, width - HANG)
    return [parts[0], *(" " * HANG + p for p in parts[1:])]


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
            lines += paragraph(item, width, HANG)
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


def grid(label: str, rows: Sequence[Sequence[str]], width: int, rest: Callable[[int], str]) -> list[str]:
    """Elements in columns, aligned right, behind a label or, where that is long, below it.

    Args:
        label: what stands before the first row.
        rows: the elements.
        width: the room in cells; of more columns than fit the first are shown, and how many are not.
        rest: says how many columns are left out.
    """
    above = [] if cells(label) <= width // _LABEL_SHARE else paragraph(label, width, HANG)
    start = HANG if above else cells(label) + 2
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    shown = len(widths)
    while shown > 1 and start + _total(widths[:shown]) + (_ELLIPSIS if shown < len(widths) else 0) > width:
        shown -= 1
    cut = shown < len(widths)
    lines = list(above)
    for k, row in enumerate(rows):
        numbers = "  ".join(padded(c, w, right=True) for c, w in zip(row[:shown], widths[:shown], strict=True))
        lead = padded("" if above or k else label, start)
        lines += wrapped(lead + numbers + ("  …" if cut else ""), width)
    return lines + ([" " * start + line for line in wrapped(rest(len(widths) - shown), width - start)] if cut else [])


def _total(widths: Sequence[int]) -> int:
    present = [w for w in widths if w]
    return sum(present) + 2 * max(0, len(present) - 1)
