"""How smooth a function of one variable is at a point where its derivative exists although switches are active.

Without oscillations every germ lies in a Hardy field: expressions in exp, log, powers and analytic functions of bounded
arguments have a sign for small t, and asymptotic expansions may be differentiated term by term. So the two expansions
tell: f is C² exactly if both go on, up to o(t²), as one polynomial of degree 2.

Where something oscillates, expansions say nothing of derivatives (x² sin(1/x) is O(x²)); there the derivative's own
graph is followed to the point. One thing they do say: an f that is C² is a polynomial of degree 2 up to o(t²), which
one with an oscillation of size t² is not (Taylor's theorem with Peano's remainder).

Source: G. H. Hardy, Orders of Infinity (2nd ed., 1924), chapter 3; L. van den Dries, A. Macintyre, D. Marker, "The
elementary theory of restricted analytic fields with exponentiation", Annals of Mathematics 140 (1994).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from math import inf
from typing import Any

from derivcheck.derive import differentiate
from derivcheck.graph.steps import Graph
from derivcheck.nonsmooth.paths import Deadline, Paths, Trace, relevant
from derivcheck.numbers.coefficient import Coefficient, sign
from derivcheck.numbers.germ import Germ
from derivcheck.numbers.kernel import DomainError, UndecidedError
from derivcheck.numbers.logpower import LogPowerSeries, TruncationError
from derivcheck.numbers.rates import Exponent
from derivcheck.numbers.side import SLOPE, Side, SideKind
from derivcheck.verdict import Existence

CURVATURE = 2
"""The exponent of the term that gives the curvature."""


def regularity(
    graph: Graph, point: Mapping[str, Graph], name: str, germ: Germ, deadline: Deadline = None
) -> tuple[Existence | None, bool]:
    """The kind of a point where ∂f/∂name exists, and whether the function of this variable is proved to be C¹ there.

    The kind is SMOOTH (C²), C1_NOT_C2, DIFFERENTIABLE_NOT_C1, or None where none of these was proved: where the
    function jumps again and again on the way to the point, neither its series nor the chain rule tells.
    """
    paths = Paths(graph, point, germ, deadline)
    left, right = both_sides(paths, name)
    if germ.breaks:
        return None, False
    if oscillates(paths, left, right) and not all(_is_exact(paths.output(t)) for t in (left, right)):
        slope = paths.side(right, paths.value()).slope
        if slope is None:
            return None, False
        first = derivative_graph(graph, name)
        bent = any(_oscillates_by(paths.output(t), CURVATURE) for t in (left, right))
        if bent and _tends_to(first, point, name, germ, slope):
            return Existence.C1_NOT_C2, True
        return _by_derivatives(first, point, name, germ, slope)
    return (Existence.SMOOTH if _is_twice_differentiable(paths, left, right) else Existence.C1_NOT_C2), True


def oscillates(paths: Paths, *traces: Trace) -> bool:
    """Whether anything that the output depends on along the given runs oscillates."""
    return any(v.is_oscillating for t in traces for v in _germs(paths, t))


def _is_exact(germ: LogPowerSeries) -> bool:
    """Whether a germ is its series, whatever it was computed from."""
    return germ.order is None and germ.oscillation is None


def both_sides(paths: Paths, name: str) -> tuple[Trace, Trace]:
    """The runs to the left and to the right."""
    return paths.along({name: Fraction(-1)}), paths.along({name: Fraction(1)})


def _germs(paths: Paths, found: Trace) -> Iterator[LogPowerSeries]:
    """The germs that the output depends on, elements of arrays too."""
    needed = relevant(paths.graph, found)
    for k, value in enumerate(found.values):
        if needed[k]:
            elements: Any = value.flat if hasattr(value, "flat") else (value,)
            yield from (v for v in elements if isinstance(v, LogPowerSeries))


def _is_twice_differentiable(paths: Paths, left: Trace, right: Trace) -> bool:
    curvatures = [curvature(paths.output(t)) for t in (left, right)]
    finite = [c for c in curvatures if not isinstance(c, float)]
    return len(finite) > 1 and sign(paths.germ.coefficients.sub(*finite)) == 0


def curvature(germ: LogPowerSeries) -> Coefficient | float:
    """Half the one-sided second derivative of a differentiable germ without oscillation, ±∞ where it grows.

    It is the coefficient of t², and the sign of the terms between t and t² where there are any.
    """
    for key in germ.keys:
        if SLOPE < key < CURVATURE:
            s = sign(germ.terms[key])
            if s:
                return s * inf
    if germ.order is not None and germ.order <= CURVATURE:
        raise TruncationError("the curvature lies beyond the order of the series")
    return germ.coefficient(CURVATURE)


def _oscillates_by(germ: LogPowerSeries, key: Exponent) -> bool:
    """Whether a germ has an oscillation at least as great as a term."""
    return germ.oscillation is not None and germ.oscillation <= key


def _by_derivatives(
    first: Graph, point: Mapping[str, Graph], name: str, germ: Germ, slope: Coefficient
) -> tuple[Existence | None, bool]:
    """Follow f′ and f″ themselves to the point, f′(x₀) being known."""
    sides = limits_beside(first, point, name, germ, slope)
    if any(s.kind in (SideKind.NO_LIMIT, SideKind.UNBOUNDED, SideKind.JUMP) for s in sides):
        return Existence.DIFFERENTIABLE_NOT_C1, False
    if not all(s.is_continuous for s in sides):
        return None, False
    slopes = [s.slope for s in sides if s.slope is not None]
    if len(slopes) < 2 or sign(germ.coefficients.sub(slopes[1], germ.coefficients.neg(slopes[0]))):
        return Existence.C1_NOT_C2, True
    bend = derivative_graph(first, name)
    if _tends_to(bend, point, name, germ, slopes[1]):
        return Existence.SMOOTH, True
    second = limits_beside(bend, point, name, germ, slopes[1])
    if any(s.kind is SideKind.OUTSIDE for s in second):
        return None, True
    return (Existence.SMOOTH if all(s.is_continuous for s in second) else Existence.C1_NOT_C2), True


def _tends_to(graph: Graph, point: Mapping[str, Graph], name: str, germ: Germ, value: Coefficient) -> bool:
    """Whether the function is proved to tend to a value from both sides."""
    paths = Paths(graph, point, germ)
    try:
        limits = [paths.output(t).limit_value() for t in both_sides(paths, name)]
    except (DomainError, UndecidedError):
        return False
    return all(c is not None and sign(germ.coefficients.sub(c, value)) == 0 for c in limits)


def limits_beside(graph: Graph, point: Mapping[str, Graph], name: str, germ: Germ, value: Coefficient) -> list[Side]:
    """What a function does to the left and to the right beside a given value at the point."""
    paths = Paths(graph, point, germ)
    return [paths.side(t, value) for t in both_sides(paths, name)]


def derivative_graph(graph: Graph, name: str) -> Graph:
    """The graph of ∂f/∂name."""
    found = differentiate(graph)
    step = found.gradient(name)
    if step is None:
        raise TruncationError(f"the function does not depend on {name}")
    return replace(found.graph, output=step)
