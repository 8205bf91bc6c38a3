"""Whether one derivative exists at a point: the function of one variable followed to the left and to the right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import inf
from typing import Any

from flint import arb

from derivcheck.errors import OutOfTimeError
from derivcheck.graph.steps import Graph
from derivcheck.nonsmooth.existence import ActiveSwitch, DomainExit, PartialExistence, Real
from derivcheck.nonsmooth.paths import Deadline, Paths, Trace, relevant
from derivcheck.nonsmooth.regularity import regularity
from derivcheck.nonsmooth.switches import active_switches, exit_of, responsible, vanishing_step
from derivcheck.numbers.coefficient import Coefficient, Symbolic, sign
from derivcheck.numbers.germ import Germ, decide
from derivcheck.numbers.kernel import REFUSALS, UndecidedError, Undefined
from derivcheck.numbers.precision import LADDER
from derivcheck.numbers.side import Side, SideKind
from derivcheck.verdict import Existence

OUT_OF_TIME = "the time limit passed"
_SHARP_BITS = 96
_FORWARD, _BACKWARD = Fraction(1), Fraction(-1)


def partial_existence(
    graph: Graph, point: Mapping[str, Graph], name: str, *, deadline: Deadline = None
) -> PartialExistence:
    """Decide whether ∂f/∂name exists at a point.

    f(x₀ + t·e) and f(x₀ - t·e) are expanded in one-sided series for t → 0+, in exact arithmetic.

    Args:
        graph: a scalar graph.
        point: a graph of constants for each variable.
        name: the variable.
        deadline: called now and then; raises when time is up.

    Returns:
        What was proved; ``exists`` is None with a reason where the sign of a constant could not be told, a series
        stayed too short, or time ran out.

    Raises:
        PointError: a variable has no value.
    """
    try:
        found = _sharp(lambda germ: _examined(Paths(graph, point, germ, deadline), name), deadline)
        if found.exists and found.switches:
            return _graded(graph, point, name, found, deadline)
    except OutOfTimeError:
        return PartialExistence(None, None, reason=OUT_OF_TIME)
    except UndecidedError as error:
        return PartialExistence(None, None, reason=error.message)
    return found


def _sharp(compute: Callable[[Germ], PartialExistence], deadline: Deadline) -> PartialExistence:
    """What was decided, its slopes to many digits where cancellation left few."""
    found = decide(compute, deadline=deadline)
    for bits in LADDER[1:]:
        if not any(isinstance(s, arb) and s.rel_accuracy_bits() < _SHARP_BITS for s in (found.left, found.right)):
            break
        try:
            found = compute(Germ(bits))
        except REFUSALS:
            continue
    return found


def domain_reason(graph: Graph, point: Mapping[str, Graph], *, deadline: Deadline = None) -> DomainExit | None:
    """Where and why the function has no value at the point; None where it has one, or where that is undecided."""

    def left(germ: Germ) -> DomainExit | None:
        paths = Paths(graph, point, germ, deadline)
        return exit_of(graph, paths.here) if paths.value() is None else None

    try:
        return decide(left, deadline=deadline)
    except UndecidedError:
        return None


def _graded(
    graph: Graph, point: Mapping[str, Graph], name: str, found: PartialExistence, deadline: Deadline
) -> PartialExistence:
    """A derivative that exists although something is active, with how smooth the function is."""
    try:
        kind, is_c1 = decide(lambda germ: regularity(graph, point, name, germ, deadline), deadline=deadline)
    except UndecidedError:
        kind, is_c1 = None, False
    clarke = (found.right, found.right) if is_c1 else None
    return PartialExistence(True, kind, found.left, found.right, clarke, switches=found.switches)


def _examined(paths: Paths, name: str) -> PartialExistence:
    """What the two sides show; with only one needed where nothing is active."""
    right = paths.along({name: _FORWARD})
    needed = relevant(paths.graph, right)
    if not any(needed[k] for k in right.singular) and not isinstance(right.values[paths.graph.output], Undefined):
        return _differentiable(as_real(paths.side(right, None).slope), ())
    left = paths.along({name: _BACKWARD})
    value = paths.value()
    if value is None:
        return _without_value(paths, left, right)
    return _with_value(paths, left, right, value)


def _differentiable(slope: Real, active: tuple[ActiveSwitch, ...]) -> PartialExistence:
    """A derivative that exists: analytic along the line where nothing is active."""
    kind = None if active else Existence.SMOOTH
    return PartialExistence(True, kind, slope, slope, None if active else (slope, slope), switches=active)


def _without_value(paths: Paths, left: Trace, right: Trace) -> PartialExistence:
    """The function has no value at the point: removable if it is proved to have one limit from both sides."""
    gone = exit_of(paths.graph, paths.here)
    reason, step = ("", None) if gone is None else (gone.reason, gone.step)
    try:
        limits = [paths.side(t, None).limit for t in (left, right)]
    except UndecidedError:
        limits = [None]
    kind = Existence.REMOVABLE if _all_equal(paths, limits) else Existence.OUT_OF_DOMAIN
    return PartialExistence(False, kind, reason=reason, outside=step)


def _all_equal(paths: Paths, limits: list[Coefficient | None]) -> bool:
    known = [c for c in limits if c is not None]
    return len(known) == len(limits) and all(sign(paths.germ.coefficients.sub(c, known[0])) == 0 for c in known)


def _with_value(paths: Paths, left: Trace, right: Trace, value: Coefficient) -> PartialExistence:
    before, after = paths.side(left, value), paths.side(right, value)
    slopes = _slope(before, _BACKWARD, paths), _slope(after, _FORWARD, paths)
    if before.kind is SideKind.FINITE and after.kind is SideKind.FINITE:
        exact = paths.germ.coefficients
        difference = sign(exact.sub(after.slope, exact.neg(before.slope)))
        if difference == 0:
            return _differentiable(slopes[1], active_switches(paths, left, right))
        low, high = slopes if difference > 0 else slopes[::-1]
        return _blamed(paths, left, right, Existence.KINK, *slopes, clarke=(low, high))
    outside = {
        label: t for label, t, s in (("left", left, before), ("right", right, after)) if s.kind is SideKind.OUTSIDE
    }
    if outside:
        gone = exit_of(paths.graph, next(iter(outside.values())))
        where = "on both sides" if len(outside) > 1 else f"on the {next(iter(outside))} side"
        reason = f"{where}: {gone.reason}" if gone else where
        step = gone.step if gone else None
        return PartialExistence(False, Existence.OUT_OF_DOMAIN, *slopes, reason=reason, outside=step)
    return _blamed(paths, left, right, _kind(paths, before, after), *slopes)


def _kind(paths: Paths, before: Side, after: Side) -> Existence:
    """What a point is like where both sides have values and not both slopes are finite."""
    kinds = {before.kind, after.kind}
    if SideKind.NO_LIMIT in kinds:
        return Existence.OSCILLATION
    if kinds == {SideKind.JUMP} and _all_equal(paths, [before.limit, after.limit]):
        return Existence.REMOVABLE
    if kinds & {SideKind.JUMP, SideKind.UNBOUNDED}:
        return Existence.JUMP
    if SideKind.OSCILLATION in kinds:
        return Existence.OSCILLATION
    cusp = kinds == {SideKind.INFINITE} and before.sign == after.sign
    return Existence.CUSP if cusp else Existence.VERTICAL_TANGENT


def _blamed(
    paths: Paths, left: Trace, right: Trace, kind: Existence, *slopes: Real, clarke: tuple[Real, Real] | None = None
) -> PartialExistence:
    """No derivative, and the switch that is responsible."""
    switches: tuple[ActiveSwitch, ...] = responsible(paths, left, right)
    step = vanishing_step(switches[0]) if switches else None
    return PartialExistence(False, kind, slopes[0], slopes[1], clarke, step, switches=switches)


def _slope(found: Side, direction: Fraction, paths: Paths) -> Real:
    """The derivative on one side of the point, ±∞ where the difference quotient grows without bound."""
    if found.kind is SideKind.FINITE and found.slope is not None:
        return as_real(found.slope if direction > 0 else paths.germ.coefficients.neg(found.slope))
    if found.sign:
        return inf if found.sign * direction > 0 else -inf
    return None


def as_real(value: Coefficient | None) -> Any:
    """A number without its formula."""
    return value.ball if isinstance(value, Symbolic) else value
