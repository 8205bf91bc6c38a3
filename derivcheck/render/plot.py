"""Curves drawn with letters."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

Points = Sequence[tuple[float, float]]

UNICODE_MARKS, ASCII_MARKS = "●○◆◇", "*o#+"
HEIGHT = 12
WIDEST = 60


def draw(curves: Sequence[Points], width: int, marks: str, height: int = HEIGHT) -> list[str]:
    """The curves on one grid of at most ``width`` × ``height`` letters, with the extreme values left and below.

    Where curves meet, the first one's mark is seen.
    """
    points = [(x, y) for c in curves for x, y in c if isfinite(x) and isfinite(y)]
    if not points:
        return []
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    labels = (f"{high:.3g}", f"{low:.3g}")
    margin = max(map(len, labels)) + 1
    columns = max(2, min(width, WIDEST) - margin - 1)
    grid = [[" "] * columns for _ in range(height)]
    for curve, mark in reversed(list(zip(curves, marks * len(curves), strict=False))):
        for x, y in curve:
            if isfinite(x) and isfinite(y):
                column = round((x - left) / ((right - left) or 1) * (columns - 1))
                row = round((high - y) / ((high - low) or 1) * (height - 1))
                grid[row][column] = mark
    lead = [labels[0].rjust(margin - 1), *[" " * (margin - 1)] * (height - 2), labels[1].rjust(margin - 1)]
    lines = [f"{a} |{''.join(row).rstrip()}" for a, row in zip(lead, grid, strict=True)]
    ends = (f"{left:.3g}", f"{right:.3g}")
    lines.append(" " * margin + "+" + "-" * columns)
    lines.append(" " * (margin + 1) + ends[0] + ends[1].rjust(max(columns - len(ends[0]), len(ends[1]) + 1)))
    return lines
