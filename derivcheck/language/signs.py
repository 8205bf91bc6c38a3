"""The signs of expressions, read from the table's notation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from derivcheck.language.tokens import SUPERSCRIPT
from derivcheck.ops.array_rows import ARRAY_ROWS, ArrayOp
from derivcheck.ops.row import PRECEDENCE, Layout, Op
from derivcheck.ops.table import TABLE

BIG = PRECEDENCE["sum"] + 5
"""``Σᵢ`` takes products, not sums."""

TIGHT = 90
"""A raised exponent and a root sign bind tighter than every sign of the table."""


@dataclass(frozen=True, slots=True)
class Sign:
    """How a sign is read.

    Attributes:
        row: the operation it makes.
        precedence: how tightly it binds.
        prefix: it stands before its only operand.
        implies: it begins a value (a root sign), so that a value right before it is multiplied by it.
        rightward: equal signs group to the right.
    """

    row: Op | ArrayOp
    precedence: int
    prefix: bool = False
    implies: bool = False
    rightward: bool = False

    @property
    def power(self) -> bool:
        """Whether it raises to a power."""
        return self.row.notation.layout is Layout.POWER

    @property
    def divides(self) -> bool:
        """Whether it is a slash."""
        return self.row.notation.layout is Layout.FRACTION

    @property
    def compares(self) -> bool:
        """Whether it is a comparison, which chains."""
        return self.precedence == PRECEDENCE["comparison"]


def _rows(*layouts: Layout) -> list[Op]:
    return [row for row in TABLE.values() if row.notation.layout in layouts]


def _infix() -> dict[str, Sign]:
    signs = {r.notation.own: Sign(r, r.notation.precedence) for r in _rows(Layout.INFIX, Layout.FRACTION)}
    for row in _rows(Layout.POWER):
        if row.arity == 2:
            signs[row.notation.own] = Sign(row, row.notation.precedence, rightward=True)
            signs[SUPERSCRIPT] = Sign(row, TIGHT)
    for array in ARRAY_ROWS.values():
        if array.notation.layout is Layout.INFIX:
            signs[array.notation.unicode] = Sign(array, array.notation.precedence)
    return signs


INFIX: Mapping[str, Sign] = MappingProxyType(_infix())
"""Signs between two operands."""

PREFIX: Mapping[str, Sign] = MappingProxyType(
    {r.notation.own: Sign(r, r.notation.precedence, prefix=True) for r in _rows(Layout.PREFIX)}
    | {r.notation.unicode: Sign(r, TIGHT + 1, prefix=True, implies=True) for r in _rows(Layout.ROOT)}
)
"""Signs before one operand."""

FENCE: Op = _rows(Layout.FENCE)[0]
"""The operation of two bars."""

CONJUNCTION: Op = next(row for row in TABLE.values() if row.notation.precedence == PRECEDENCE["and"])
"""The operation that joins two comparisons of a chain."""
