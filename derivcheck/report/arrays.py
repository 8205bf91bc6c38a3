"""Arrays as a reader sees them: short ones element by element, matrices in rows and columns, large ones summed up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from derivcheck.language.printer import unicode
from derivcheck.oracles.array_evidence import Position, summary
from derivcheck.report.blocks import Align, Cell, Entries, Grid, Inline, Math, Phrase, Text
from derivcheck.report.figures import CLOSE, EQUAL, Style, figure, float_text

MOST_IN_LINE = 12
"""A vector of more elements than this does not stand in a line."""

LONGEST_MATRIX = 36
"""A matrix that takes more characters than this does not stand in a line."""

MOST_IN_GRID = 120
"""A matrix of more elements than this is summed up."""

MOST_ROWS = 20
"""A matrix of more rows than this is summed up."""


@dataclass(frozen=True, slots=True)
class ArrayFigure:
    """An array in a line, and whether it is written exactly."""

    shown: Inline
    exact: bool

    @property
    def relation(self) -> str:
        """The sign that may stand before it: = or ≈."""
        return EQUAL if self.exact else CLOSE


def is_array(value: Any) -> bool:
    """Whether a value has axes."""
    return bool(getattr(value, "shape", ()))


def in_line(value: Any, style: Style) -> ArrayFigure | None:
    """The elements in brackets; None of an array that is too large for a line."""
    if math.prod(value.shape) > MOST_IN_LINE:
        return None
    shown, exact = _entries(value, style)
    if len(value.shape) > 1 and _length(shown) > LONGEST_MATRIX:
        return None
    return ArrayFigure(shown, exact)


def _length(shown: Inline) -> int:
    """How many characters entries take."""
    if isinstance(shown, Entries):
        return sum(_length(i) + 2 for i in shown.items)
    return len(unicode(shown.expr)) if isinstance(shown, Math) else len(shown.text) if isinstance(shown, Text) else 1


def _entries(value: Any, style: Style) -> tuple[Inline, bool]:
    if not is_array(value):
        found = figure(_number(value), style)
        return found.shown, found.exact and not isinstance(value, float)
    parts = [_entries(v, style) for v in value]
    return Entries(tuple(p for p, _ in parts)), all(e for _, e in parts)


def _number(value: Any) -> Any:
    """A number of NumPy as Python's own."""
    return value.item() if hasattr(value, "item") and not hasattr(value, "rad") else value


def in_grid(label: Inline, value: Any, style: Style) -> Grid | None:
    """A matrix in rows and columns; None of one that is too large and of what is no matrix."""
    if len(value.shape) != 2 or not 0 < math.prod(value.shape) <= MOST_IN_GRID or value.shape[0] > MOST_ROWS:
        return None
    cells = [[_entries(v, style) for v in row] for row in value]
    exact = all(e for row in cells for _, e in row)
    return Grid(label, EQUAL if exact else CLOSE, tuple(tuple(c for c, _ in row) for row in cells))


def summed_up(value: Any, style: Style) -> Inline:
    """Norm and extreme elements of an array, with their places."""
    found = summary(floats(value))
    if found.least is None or found.greatest is None:
        return Phrase("array_no_numbers")
    args: dict[str, Inline] = {
        "norm": Text(float_text(found.norm, style.digits)),
        "least": Text(float_text(found.least, style.digits)),
        "least_at": place(found.least_at),
        "greatest": Text(float_text(found.greatest, style.digits)),
        "greatest_at": place(found.greatest_at),
    }
    if not found.not_finite:
        return Phrase("array_summary", args)
    return Phrase("array_summary_some", {**args, "count": Text(f"{found.not_finite:,}")})


def place(position: Position) -> Inline:
    """A position: ``[0, 2]``."""
    return Text(f"[{', '.join(map(str, position))}]")


def floats(value: Any) -> Any:
    """An array of any numbers as float64; what is no number is NaN."""
    import numpy as np

    if value.dtype != object:
        return value
    return np.array([_float(v) for v in value.ravel()], dtype=np.float64).reshape(value.shape)


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def grids(labelled: Sequence[tuple[Inline, Any]], style: Style) -> Iterator[Grid]:
    """The arrays that are too large for a line and small enough for rows and columns."""
    for label, value in labelled:
        if is_array(value) and in_line(value, style) is None:
            found = in_grid(label, value, style)
            if found is not None:
                yield found


def array_cells(value: Any, style: Style, *, exact: bool) -> tuple[Cell, ...]:
    """The elements of a short array, nothing of one that stands in rows and columns, else what sums it up."""
    found = in_line(value, style)
    if found is not None:
        return (Cell(found.relation if exact else CLOSE, found.shown, Align.RIGHT),)
    if in_grid(Text(""), value, style) is not None:
        return ()
    return (Cell("", summed_up(value, style), Align.RIGHT),)


def gathered(values: Mapping[str, Inline]) -> dict[str, Inline]:
    """Values by name with the elements of each array, ``w[0]``, ``w[1]``, as one array by its name.

    Elements of which some are missing stay by themselves.
    """
    found: dict[str, Inline] = {}
    elements: dict[str, dict[Position, Inline]] = {}
    for name, value in values.items():
        array, bracket, position = name.partition("[")
        if bracket:
            elements.setdefault(array, {})[tuple(map(int, position.rstrip("]").split(",")))] = value
            found.setdefault(array, value)
        else:
            found[name] = value
    for array, own in elements.items():
        shape = tuple(max(axis) + 1 for axis in zip(*own, strict=True))
        if math.prod(shape) == len(own):
            found[array] = _nested(own, shape, ())
        else:
            del found[array]
            found |= {f"{array}[{','.join(map(str, p))}]": value for p, value in own.items()}
    return found


def _nested(elements: Mapping[Position, Inline], shape: Position, at: Position) -> Inline:
    if len(at) == len(shape):
        return elements[at]
    return Entries(tuple(_nested(elements, shape, (*at, k)) for k in range(shape[len(at)])))


def sizes_text(sizes: Sequence[str]) -> str:
    """``(n, d)``; empty without sizes."""
    return f"({', '.join(sizes)})" if sizes else ""
