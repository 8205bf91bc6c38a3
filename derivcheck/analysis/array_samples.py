"""Formulas too long for a proof, compared at points: the sweep beside slopes found in forward mode, in balls."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from flint import arb

from derivcheck.analysis.array_points import bounded_at, certainly_apart, rational_arrays
from derivcheck.analysis.array_stages import Questions, axes_of, printed_steps
from derivcheck.analysis.request import Loss
from derivcheck.budget import Deadline
from derivcheck.closed.explanation import Explanation
from derivcheck.equality.points import Point, spread_points
from derivcheck.errors import OutOfTimeError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.interpret import interpret
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import Value
from derivcheck.numbers.precision import Precision
from derivcheck.numbers.series import Taylor
from derivcheck.oracles.certified import known
from derivcheck.slips.probes import drawn

BITS = 256
ENOUGH_POINTS, MOST_POINTS = 3, 12
"""At so many points all elements must agree, and so many are tried."""
SECONDS = 6.0
_CERTAIN_BITS = 60
_PRECISION = Precision(BITS)


def agreeing_points(questions: Questions, upstream: Fraction, deadline: Deadline) -> tuple[int, str]:
    """At how many points every element of every gradient is the slope of the loss, certainly to 60 bits.

    Args:
        questions: the elements with the steps that must be derivatives.
        upstream: the factor by which these are larger than the derivatives of the loss.
        deadline: the end of the time.

    Returns:
        The number of points, and the first element that certainly differs, or "".
    """
    limit = Deadline(min(SECONDS, deadline.remaining()))
    count = 0
    try:
        for point in spread_points(list(questions.graph.inputs), MOST_POINTS):
            agrees, different = _at(questions, upstream, point, limit)
            if different:
                return count, different
            count += agrees
            if count == ENOUGH_POINTS:
                break
    except OutOfTimeError:
        pass
    return count, ""


def _at(questions: Questions, upstream: Fraction, point: Point, deadline: Deadline) -> tuple[bool, str]:
    """Whether all elements agree at a point, and the first that certainly does not."""
    system, graph = Exact(BITS), questions.graph
    wanted = {k for _, ours, loss in questions.asked.values() for k in (*ours, loss) if k is not None}
    values = interpret(graph, system, dict(point), wanted=wanted, deadline=deadline)
    certain = True
    for element, (_, ours, loss) in questions.asked.items():
        slope = _slope(questions, element, loss, point, deadline)
        if slope is None or known(values[loss]) is None:
            return False, ""
        for k in ours:
            value = Fraction(0) if k is None else known(values[k])
            if value is None:
                return False, ""
            with _PRECISION:
                difference = system.to_ball(value) - slope * system.to_ball(upstream)
                if not difference.contains(0):
                    return False, element
                certain &= bool(difference.rad() <= arb(2) ** -_CERTAIN_BITS * (1 + abs(slope)))
    return certain, ""


def _slope(questions: Questions, element: str, loss: int, point: Mapping[str, Value], deadline: Deadline) -> arb | None:
    """The slope of the loss along one element, in forward mode; None where it has none."""
    taylor, system = Taylor(1, BITS), Exact(BITS)
    moved = {n: taylor.variable(system.to_ball(v), int(n == element)) for n, v in point.items()}
    series = interpret(questions.graph, taylor, moved, wanted=[loss], deadline=deadline)[loss]
    slope = series[1] if hasattr(series, "length") else None
    return slope if slope is not None and slope.is_finite() else None


def wrong_formulas(loss: Loss, explanation: Explanation, deadline: Deadline) -> frozenset[str]:
    """The variables whose printed formula has not the numbers of the sweep, at other sizes or at the given values.

    Formulas that rest on an assumed fact are left out: numbers that are drawn do not keep it.
    """
    found: set[str] = set()
    for name, step in explanation.steps.items():
        closed = explanation.gradient[name]
        if step is None or closed.condition is not None:
            continue
        builder = GraphBuilder(explanation.derivation.graph)
        steps = printed_steps(builder, closed, axes_of(explanation.derivation.graph, name))
        if not steps:
            continue
        printed = steps[0]
        graph = builder.finish(explanation.derivation.output)
        places = [(sized, inputs) for sized, inputs in drawn(graph)]
        if not loss.missing:
            places.append((graph.sized(loss.graph.extents), rational_arrays(loss.point)))
        for sized, inputs in places:
            numbers = bounded_at(sized, inputs, (step, printed), deadline)
            if numbers is not None and certainly_apart(*numbers):
                found.add(name)
                break
    return frozenset(found)


def unread_formulas(explanation: Explanation) -> frozenset[str]:
    """The variables whose printed formula does not read back, so that nothing was shown of it."""
    graph = explanation.derivation.graph
    forms = {n: explanation.gradient[n] for n in explanation.steps}
    return frozenset(n for n, c in forms.items() if not printed_steps(GraphBuilder(graph), c, axes_of(graph, n)))
