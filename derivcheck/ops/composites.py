"""Composite rows: operations along an axis, defined by maps and reductions, with an adjoint rule of their own.

A definition and an adjoint rule are written over *labelled* values, which an emitter supplies: arithmetic aligns by
index name, ``sum(over)`` and ``mean(over)`` reduce. A test proves each rule equal to the sweep of its definition.
Static parameters follow the indices. A row whose formulas torch shares, forward and backward, names torch's function;
any other is run in torch by its stable form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from derivcheck.ops.row import Parameter

Labelled = Any
Over = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """One composite row.

    Attributes:
        name: the identifier.
        keeps_axis: whether the value still has the axis that the operation runs along.
        definition: ``definition(z, over, *params)``, what it means.
        stable: ``stable(z, over, *params)``, the same function arranged for floating point.
        adjoint: ``adjoint(cotangent, z, out, over, *params)``: the contribution to z̄.
        params: static parameters, in order.
        sums_to: what the value sums to along its axis, if that is a fact.
        entire: whether it is analytic wherever its operand is finite.
        torch: the dotted name below ``torch`` of a function of a tensor and one axis that computes the stable form and
            differentiates by the adjoint rule; empty if there is none.
    """

    name: str
    keeps_axis: bool
    definition: Callable[..., Labelled]
    stable: Callable[..., Labelled]
    adjoint: Callable[..., Labelled]
    params: tuple[Parameter, ...] = ()
    sums_to: Fraction | None = None
    entire: bool = True
    torch: str = ""


def _shifted(z: Labelled, over: Over) -> Labelled:
    return z - z.max(over)


def _deviation(z: Labelled, over: Over, eps: Fraction) -> Labelled:
    """√(mean (z - mean z)² + eps)."""
    centred = z - z.mean(over)
    variance = (centred * centred).mean(over)
    return (variance + eps if eps else variance).map("sqrt")


def _standardized(z: Labelled, over: Over, eps: Fraction) -> Labelled:
    return (z - z.mean(over)) / _deviation(z, over, eps)


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
                torch="softmax",
            ),
            Composite(
                name="logsumexp",
                keeps_axis=False,
                definition=lambda z, over: z.map("exp").sum(over).map("log"),
                stable=lambda z, over: z.max(over) + _shifted(z, over).map("exp").sum(over).map("log"),
                adjoint=lambda c, z, out, over: c * (z - out).map("exp"),
                torch="logsumexp",
            ),
            Composite(
                name="log_softmax",
                keeps_axis=True,
                definition=lambda z, over: z - z.map("exp").sum(over).map("log"),
                stable=lambda z, over: _shifted(z, over) - _shifted(z, over).map("exp").sum(over).map("log"),
                adjoint=lambda c, z, out, over: c - out.map("exp") * c.sum(over),
                torch="log_softmax",
            ),
            Composite(
                name="standardize",
                keeps_axis=True,
                params=(Parameter("eps", Fraction(0)),),
                definition=_standardized,
                stable=_standardized,
                adjoint=lambda c, z, out, over, eps: (
                    (c - c.mean(over) - out * (c * out).mean(over)) / _deviation(z, over, eps)
                ),
                sums_to=Fraction(0),
                entire=False,
            ),
        )
    }
)
"""All composite rows by name."""
