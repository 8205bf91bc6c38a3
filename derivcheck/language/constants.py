"""Constant expressions: what may be said of a value without computing it."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.language.expr import Expr, NodeKind
from derivcheck.language.tree import fold
from derivcheck.ops.table import TABLE


def rational_values(expr: Expr) -> list[Fraction | None]:
    """For each node its exact value where it is made of numerals by rational arithmetic within bounds, else None."""
    values: list[Fraction | None] = []
    for node in expr.nodes:
        if node.kind is NodeKind.NUMBER:
            values.append(node.value)
        elif node.kind is NodeKind.CALL:
            values.append(fold(TABLE[node.text], [values[c] for c in node.children], node.params))
        else:
            values.append(None)
    return values


def rational_value(expr: Expr) -> Fraction | None:
    """The exact value of an expression of numerals and rational arithmetic; None for every other."""
    return rational_values(expr)[-1]
