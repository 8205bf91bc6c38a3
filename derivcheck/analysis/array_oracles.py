"""What the oracles of arrays find of a derived loss at its point."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import arb

from derivcheck.analysis.array_request import Value, constant_graphs
from derivcheck.analysis.stages import Derived
from derivcheck.errors import OutOfTimeError
from derivcheck.interpret import values_at
from derivcheck.language.array_data import ArrayData
from derivcheck.numbers.ball import Ball
from derivcheck.oracles.array_autograd import array_autograd
from derivcheck.oracles.array_evidence import ArrayAutograd, ArrayEvidence
from derivcheck.report.material import Checked

BITS = 256
"""Bits of the rational number that stands for an irrational one; no type of torch's tells them apart."""


def array_evidence(derived: Derived, elements: Checked | None) -> ArrayEvidence:
    """Autograd beside our gradient in every element, elements on switches, differences, certified elements."""
    loss = derived.loss
    values = rational_arrays(loss.point)
    autograd = ArrayAutograd(unavailable="off")
    if "autograd" in derived.oracles:
        autograd = _autograd(derived, values)
    return ArrayEvidence(autograd, shapes={n: _shape(v) for n, v in values.items()})


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(getattr(value, "shape", ()))


def _autograd(derived: Derived, values: Mapping[str, Any]) -> ArrayAutograd:
    loss, upstream = derived.loss, derived.subject.upstream
    try:
        return array_autograd(
            loss.graph,
            values,
            loss.wrt,
            upstream=1 if upstream is None else upstream,
            dtype=derived.machine.dtype,
            device=derived.machine.device,
            deadline=derived.deadline,
        )
    except OutOfTimeError:
        return ArrayAutograd(unavailable="timeout")


def rational_arrays(point: Mapping[str, Value]) -> dict[str, Any]:
    """Every value as an array of rational numbers or of float64, axes of size 1 left out; numbers as they are."""
    large = {n: v for n, v in point.items() if isinstance(v, ArrayData) and not v.rational}
    small = values_at(constant_graphs({n: v for n, v in point.items() if n not in large}), Ball(BITS))
    found: dict[str, Any] = {n: v.values.squeeze() for n, v in large.items() if isinstance(v, ArrayData)}
    return found | {n: _rational(v) for n, v in small.items()}


def _rational(value: Any) -> Any:
    if isinstance(value, arb):
        mantissa, exponent = value.mid().man_exp()
        return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    import numpy as np

    out = np.empty(value.shape, dtype=object)
    for position, element in np.ndenumerate(value):
        out[position] = _rational(element)
    return out
