"""Whether a second derivative ∂²f/∂name² exists at a point where switches are active.

It is the derivative of f′ by its definition, lim (f′(x₀+t) - f′(x₀))/t. Where nothing oscillates the expansions of f
from both sides may be differentiated term by term (see :mod:`derivcheck.nonsmooth.regularity`), so their terms between
t and t² tell; where something oscillates the graph of f′ is followed to the point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import inf

from derivcheck.errors import OutOfTimeError
from derivcheck.graph.steps import Graph
from derivcheck.nonsmooth.existence import PartialExistence, Real
from derivcheck.nonsmooth.partial import OUT_OF_TIME, as_real, partial_existence
from derivcheck.nonsmooth.paths import Deadline, Paths
from derivcheck.nonsmooth.regularity import both_sides, curvature, derivative_graph, limits_beside, oscillates
from derivcheck.numbers.coefficient import Coefficient, sign
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.germ import decide
from derivcheck.numbers.kernel import UndecidedError
from derivcheck.numbers.side import Side, SideKind
from derivcheck.verdict import Existence


def second_existence(
    graph: Graph,
    point: Mapping[str, Graph],
    name: str,
    *,
    first: PartialExistence | None = None,
    deadline: Deadline = None,
) -> PartialExistence:
    """Decide whether ∂²f/∂name² exists at a point.

    Args:
        graph: a scalar graph.
        point: a graph of constants for each variable.
        name: the variable.
        first: what :func:`derivcheck.nonsmooth.partial_existence` found, if that was asked before.
        deadline: called now and then; raises when time is up.

    Returns:
        What f′ is like: ``left`` and ``right`` are the one-sided second derivatives, exact or balls, ±∞ where they
        grow. ``exists`` is False too where f′ itself does not exist. ``kind`` is SMOOTH where no switch is active,
        KINK, VERTICAL_TANGENT or CUSP where both sides have a limit, else None. No Clarke interval is given.

    Raises:
        PointError: a variable has no value.
    """
    found = partial_existence(graph, point, name, deadline=deadline) if first is None else first
    if found.exists is not True:
        reason = found.reason if found.exists is None else "there is no first derivative"
        return PartialExistence(found.exists, None, reason=reason, switches=found.switches)
    try:
        second = decide(
            lambda germ: _examined(Paths(graph, point, germ, deadline), point, name, bool(found.switches)),
            deadline=deadline,
        )
    except OutOfTimeError:
        return PartialExistence(None, None, reason=OUT_OF_TIME)
    except UndecidedError as error:
        return PartialExistence(None, None, reason=error.message, switches=found.switches)
    return replace(second, switches=found.switches)


def _judged(left: Real, right: Real, exists: bool, active: bool) -> PartialExistence:
    if exists or left is None or right is None:
        kind = Existence.SMOOTH if exists and not active else None
        return PartialExistence(exists, kind, left, right)
    infinite = [s for s in (left, right) if isinstance(s, float)]
    kind = Existence.VERTICAL_TANGENT if infinite else Existence.KINK
    return PartialExistence(False, Existence.CUSP if infinite in ([inf, -inf], [-inf, inf]) else kind, left, right)


def _examined(paths: Paths, point: Mapping[str, Graph], name: str, active: bool) -> PartialExistence:
    """The second derivative from the left and from the right, and whether they are one number."""
    before, after = both_sides(paths, name)
    exact = paths.germ.coefficients
    if paths.germ.breaks:
        raise UndecidedError("the function may jump again and again on the way to the point")
    if oscillates(paths, before, after):
        slope = paths.side(after, paths.value()).slope
        if slope is None:
            raise UndecidedError("an oscillation hides the first derivative")
        sides = limits_beside(derivative_graph(paths.graph, name), point, name, paths.germ, slope)
        halves = [_slope(s) for s in sides]
        left, right = None if halves[0] is None else _negative(exact, halves[0]), halves[1]
    else:
        left, right = (_doubled(exact, curvature(paths.output(t))) for t in (before, after))
    numbers = [c for c in (left, right) if c is not None and not isinstance(c, float)]
    exists = len(numbers) > 1 and sign(exact.sub(*numbers)) == 0
    return _judged(as_real(right if exists else left), as_real(right), exists, active)


def _slope(side: Side) -> Coefficient | float | None:
    """The one-sided slope along the way; None where an oscillation leaves none."""
    if side.kind is SideKind.OUTSIDE:
        raise UndecidedError("the formula of the first derivative has no value beside the point")
    if side.kind is SideKind.FINITE:
        return side.slope
    return side.sign * inf if side.kind is SideKind.INFINITE else None


def _doubled(exact: Exact, value: Coefficient | float) -> Coefficient | float:
    return value if isinstance(value, float) else exact.mul(Fraction(2), value)


def _negative(exact: Exact, value: Coefficient | float) -> Coefficient | float:
    return -value if isinstance(value, float) else exact.neg(value)
