"""Do given values, or a shape, agree with what is assumed of them?"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from types import MappingProxyType
from typing import Any

from derivcheck.errors import PointError
from derivcheck.language.array_data import BINARY64_BITS, ArrayData
from derivcheck.language.assumptions import Assumption
from derivcheck.language.facts import Sign
from derivcheck.language.shapes import Shape, shape_text


def check_assumed_shape(assumption: Assumption, shape: Shape) -> None:
    """Raise unless an array of this shape can have the fact; sizes may be names.

    Raises:
        PointError: a fact about rows is stated of a single number, or symmetry of an array that is not square.
    """
    fact, name = assumption.fact, assumption.name
    if len(shape) < fact.least_axes:
        meant = "a single number" if not shape else f"an array of the shape {shape_text(shape)}"
        wanted = "a square matrix" if fact.symmetric else "a vector or a matrix"
        raise PointError(
            f"'{assumption.text}' cannot hold: '{name}' is {meant}", assumption.span, f"'{fact.name}' is about {wanted}"
        )
    if fact.symmetric and shape[-1] != shape[-2]:
        raise PointError(
            f"'{assumption.text}' cannot hold: '{name}' has the shape {shape_text(shape)}",
            assumption.span,
            "a symmetric matrix is square",
        )


def check_assumption(assumption: Assumption, given: ArrayData) -> None:
    r"""Raise if given values contradict an assumption.

    Entries are compared exactly. So are sums of numbers from text. n numbers x that came as floats of b bits are what
    is left of exact ones: p = e/Σe computed in that type has |Σp - 1| ≤ n·2⁻ᵇ to first order, since only the sum and
    the division add errors; twice that, times Σ|x|, is allowed.

    Args:
        assumption: the stated fact.
        given: the values of that input.

    Raises:
        PointError: the first entry or row that breaks the fact is named, with its value.
    """
    check_assumed_shape(assumption, given.shape)
    fact, values = assumption.fact, given.values
    if fact.values is not None:
        found = reduce(operator.or_, (values == float(value) for value in fact.values))
        _require(assumption, given, found, " or ".join(map(str, fact.values)))
    if fact.sign is not None:
        test, words = _SIGNS[fact.sign]
        _require(assumption, given, test(values), words)
    if fact.symmetric:
        _require(assumption, given, values == values.swapaxes(-1, -2), "", mirrored=True)
    if fact.sums_to is not None:
        _require_sums(assumption, given, fact.sums_to)


_SIGNS: Mapping[Sign, tuple[Callable[[Any], Any], str]] = MappingProxyType(
    {
        Sign.POSITIVE: (lambda v: v > 0, "greater than 0"),
        Sign.NONNEGATIVE: (lambda v: v >= 0, "at least 0"),
        Sign.NONZERO: (lambda v: v != 0, "different from 0"),
    }
)


def _require(assumption: Assumption, given: ArrayData, holds: Any, words: str, *, mirrored: bool = False) -> None:
    """Raise with the first element where ``holds`` is false."""
    position = _first_false(holds)
    if position is None:
        return
    element = element_text(assumption.name, position)
    said = f"{element} = {number_text(given.element(position))}"
    if mirrored:
        other = (*position[:-2], position[-1], position[-2])
        said += f" and {element_text(assumption.name, other)} = {number_text(given.element(other))} differ"
    else:
        said += f" is not {words}"
    raise _contradicted(assumption, said, given)


def _require_sums(assumption: Assumption, given: ArrayData, wanted: Fraction) -> None:
    """Raise with the first row whose sum along the last axis is another number."""
    values, name = given.values, assumption.name
    total, slack = values.sum(axis=-1), 0 * values.sum(axis=-1)
    if given.bits is not None or not given.rational:
        unit = Fraction(2 * given.shape[-1], 2 ** (given.bits or BINARY64_BITS))
        slack = abs(values).sum(axis=-1) * (unit if given.rational else float(unit))
    position = _first_false(abs(total - (wanted if given.rational else float(wanted))) <= slack)
    if position is not None:
        whole = f"the entries of '{name}'" if not position else f"the row {element_text(name, position)}"
        verb = "sum" if not position else "sums"
        found = Fraction(total[position] if position else total)
        shown = number_text(found)
        if shown == repr(float(wanted)):
            shown = f"{wanted} {'+' if found > wanted else '-'} {float(abs(found - wanted)):.3g}"
        raise _contradicted(assumption, f"{whole} {verb} to {shown}, not {wanted}", given)


def _first_false(holds: Any) -> tuple[int, ...] | None:
    """The position of the first element that is false, in the order of rows."""
    import numpy as np

    failing = np.argwhere(~np.asarray(holds, dtype=bool))
    return tuple(int(k) for k in failing[0]) if len(failing) else None


def element_text(name: str, position: tuple[int, ...]) -> str:
    """An element as the language writes it: ``t[1, 2]``; the name alone for a single number."""
    return f"{name}[{', '.join(map(str, position))}]" if position else name


def number_text(value: Fraction) -> str:
    """A number for a message: short ones exactly, long ones as the nearest binary64."""
    text = str(value)
    if len(text) <= 12:
        return text
    try:
        return repr(float(value))
    except OverflowError:
        return f"a number of {len(text)} digits"


def _contradicted(assumption: Assumption, said: str, given: ArrayData) -> PointError:
    return PointError(
        f"'{assumption.text}' is assumed, but {said} ({given.source})",
        assumption.span,
        "leave the assumption out, or give values of which it holds",
    )
