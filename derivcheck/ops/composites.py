"""Composite rows: operations along an axis, defined by maps and reductions, with an adjoint rule of their own.

A definition and an adjoint rule are written over *labelled* values, which an emitter supplies: arithmetic aligns by
index name, ``sum(over)`` and ``mean(over)`` reduce. A test proves each rule equal to the sweep of its definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

Labelled = Any
Over = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """One composite row.

    Attributes:
        name: the identifier.
        keeps_axis: whether the value still has the axis that the operation runs along.
        definition: ``definition(z, over)``, what it means.
        stable: ``stable(z, over)``, the same function arranged for floating point.
        adjoint: ``adjoint(cotangent, z, out, over)``: the contribution to z̄.
        sums_to: what the value sums to along its axis, if that is a fact.
    """

    name: str
    keeps_axis: bool
    definition: Callable[[Labelled, Over], Labelled]
    stable: Callable[[Labelled, Over], Labelled]
    adjoint: Callable[[Labelled, Labelled, Labelled, Over], Labelled]
    sums_to: Fraction | None = None


def _shifted(z: Labelled, over: Over) -> Labelled:
    return z - z.max(over)


COMPOSITES: Mapping[str, Composite] = MappingProxyType(
    {
        row.name: row
        for row in (
            Composite(
                name="softmax",
                keeps_axis=True,
                definition=lambda z, over: z.map("exp") / z.map("exp").sum(over),
                stable=lambda z, over: _shifted(z, over).map("exp") / _shifted(z, over).map("exp").sum(over),
                adjoint=lambda c, z, out, over: out * (c - (c * out).sum(over)),
                sums_to=Fraction(1),
            ),
            Composite(
                name="logsumexp",
                keeps_axis=False,
                definition=lambda z, over: z.map("exp").sum(over).map("log"),
                stable=lambda z, over: z.max(over) + _shifted(z, over).map("exp").sum(over).map("log"),
                adjoint=lambda c, z, out, over: c * (z - out).map("exp"),
            ),
            Composite(
                name="log_softmax",
                keeps_axis=True,
                definition=lambda z, over: z - z.map("exp").sum(over).map("log"),
                stable=lambda z, over: _shifted(z, over) - _shifted(z, over).map("exp").sum(over).map("log"),
                adjoint=lambda c, z, out, over: c - out.map("exp") * c.sum(over),
            ),
        )
    }
)
"""All composite rows by name."""
