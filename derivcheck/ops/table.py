"""The table: one row per operation, and nothing about an operation anywhere else.

The rows stand in one module per family, this module joins them. A new operation is one new row there.

Sources: for derivatives, NIST Digital Library of Mathematical Functions (https://dlmf.nist.gov), chapters 4, 5 and 7;
for activations, the formulas of the PyTorch documentation of ``torch.nn``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from derivcheck.ops import (
    activations,
    arithmetic,
    conditions,
    elementary,
    piecewise,
    rectifiers,
    special,
    trigonometric,
)
from derivcheck.ops.row import Layout, Op

FAMILIES: Mapping[str, tuple[Op, ...]] = MappingProxyType(
    {
        "arithmetic": arithmetic.ROWS,
        "conditions": conditions.ROWS,
        "piecewise": piecewise.ROWS,
        "elementary": elementary.ROWS,
        "trigonometric": trigonometric.ROWS,
        "special": special.ROWS,
        "activations": activations.ROWS,
        "rectifiers": rectifiers.ROWS,
    }
)
"""The rows by the name of their family, in the order in which they are listed."""

TABLE: Mapping[str, Op] = MappingProxyType({row.name: row for family in FAMILIES.values() for row in family})
"""All rows by name."""

_SIGNS = (Layout.INFIX, Layout.PREFIX, Layout.FRACTION, Layout.POWER)


def _spellings(row: Op) -> Iterator[str]:
    """The words for a row: an operation written with a sign has only its aliases."""
    names = () if row.notation.layout in _SIGNS else (row.name, row.notation.own)
    yield from dict.fromkeys((*names, *row.notation.aliases))


SPELLINGS: Mapping[str, Op] = MappingProxyType({word: row for row in TABLE.values() for word in _spellings(row)})
"""Rows by every name under which a person may write them."""
