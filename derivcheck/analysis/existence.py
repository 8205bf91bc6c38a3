"""Whether the derivatives and the gradient exist at the point.

Where every operation is certainly analytic at the point, they do, and no side has to be followed. The slope is then
found once more in forward mode, by a Taylor series of first order in ball arithmetic: it owes nothing to the reverse
sweep, and stands in place of what the chain rule gives where the two contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product

from flint import arb

from derivcheck.analysis.conclude import BITS, chain_rule_value, scaled
from derivcheck.analysis.readings import OtherReading
from derivcheck.analysis.request import Loss
from derivcheck.analysis.stages import Derived
from derivcheck.budget import Deadline
from derivcheck.errors import OutOfTimeError
from derivcheck.graph.steps import Kind
from derivcheck.interpret import interpret, values_at
from derivcheck.nonsmooth import (
    GradientExistence,
    PartialExistence,
    clarke_vertices,
    gradient_existence,
    in_clarke,
    partial_existence,
    second_existence,
)
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.series import Taylor
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE
from derivcheck.oracles.evidence import AutogradEvidence, ClarkeSet, Real
from derivcheck.report.material import Subject
from derivcheck.verdict import Existence

LONG_GRAPH = 300
"""In a loss of more steps than this, the slope at a point where every operation is analytic is found once only."""


def existence(derived: Derived) -> tuple[dict[str, PartialExistence], GradientExistence]:
    """Whether each derivative and the gradient exist; both are decided by germs unless everything is analytic there."""
    loss, deadline = derived.loss, derived.deadline
    if derived.subject.smooth:
        try:
            slopes = _smooth_slopes(derived)
        except OutOfTimeError:
            slopes = None
        if slopes is not None:
            smooth = {n: PartialExistence(True, Existence.SMOOTH, v, v, (v, v)) for n, v in slopes.items()}
            return smooth, GradientExistence(True)
    partials = {n: _partial(loss, n, deadline) for n in loss.wrt}
    return partials, _gradient(loss, partials, deadline)


def _smooth_slopes(derived: Derived) -> dict[str, Real] | None:
    """The derivatives of the loss where every operation is analytic; None where one has no value."""
    loss, subject = derived.loss, derived.subject
    found: dict[str, Real] = {n: _chain_rule(subject, n) for n in loss.wrt}
    if len(loss.graph) <= LONG_GRAPH:
        for name, forward in forward_slopes(loss, derived.deadline).items():
            if forward is None:
                return None
            if not _overlap(found[name], forward):
                found[name] = forward
    return None if None in found.values() else found


def forward_slopes(loss: Loss, deadline: Deadline) -> dict[str, arb | None]:
    """Enclosures of the derivatives at a point where the loss is analytic, in forward mode; None where that failed."""
    taylor, output = Taylor(1, BITS), loss.graph.output
    centre = values_at(loss.constants, Exact(BITS))
    system = Exact(BITS)
    balls = {n: system.to_ball(v) for n, v in centre.items()}
    fixed = {n: taylor.variable(v, 0) for n, v in balls.items()}
    found: dict[str, arb | None] = {}
    for name in loss.wrt:
        moved = {**fixed, name: taylor.variable(balls[name], 1)}
        series = interpret(loss.graph, taylor, moved, wanted=[output], deadline=deadline)[output]
        slope = series[1] if hasattr(series, "length") else None
        found[name] = slope if slope is not None and slope.is_finite() else None
    return found


def _overlap(value: Real, ball: arb) -> bool:
    return isinstance(value, Fraction | arb) and bool(Exact(BITS).to_ball(value).overlaps(ball))


def _chain_rule(subject: Subject, name: str) -> Real:
    """What the chain rule gives for the loss itself, without the upstream gradient."""
    value = chain_rule_value(subject, name)
    if value is None or subject.upstream in (None, 0):
        return value
    return Exact(BITS).div(value, subject.upstream)


def _partial(loss: Loss, name: str, deadline: Deadline) -> PartialExistence:
    try:
        return partial_existence(loss.graph, loss.constants, name, deadline=deadline)
    except OutOfTimeError:
        return PartialExistence(None, None, reason="timeout")


def _gradient(loss: Loss, partials: Mapping[str, PartialExistence], deadline: Deadline) -> GradientExistence:
    if any(p.exists is False for p in partials.values()):
        name = next(n for n, p in partials.items() if p.exists is False)
        return GradientExistence(False, {n: Fraction(n == name) for n in partials})
    try:
        return gradient_existence(loss.graph, loss.constants, loss.wrt, deadline=deadline)
    except OutOfTimeError:
        return GradientExistence(None, reason="timeout")


MOST_VERTICES = 8
"""A Clarke subdifferential of more vertices than this is not written down."""
MOST_WIDENED = 4
"""With more variables than this, a vector just outside the hull is not told from one inside it."""


def clarke_set(loss: Loss, upstream: Fraction | None, found: AutogradEvidence, deadline: Deadline) -> ClarkeSet | None:
    """The Clarke subdifferential in all variables, and whether autograd's gradient lies in it."""
    try:
        vertices = clarke_vertices(loss.graph, loss.constants, loss.wrt, deadline=deadline)
        if vertices is None or not 1 < len(vertices) <= MOST_VERTICES:
            return None
        hull = tuple(tuple(scaled(c, upstream) for c in v) for v in vertices)
        answers = [found.findings.get(n) for n in loss.wrt]
        numbers = [(a.value, a.bound or 0.0) for a in answers if a is not None and a.value is not None]
        inside = _in_hull(hull, numbers, deadline) if len(numbers) == len(loss.wrt) else None
        return ClarkeSet(loss.wrt, hull, inside)
    except OutOfTimeError:
        return None


def _in_hull(hull: Sequence[Sequence[Real]], numbers: Sequence[tuple[float, float]], deadline: Deadline) -> bool | None:
    """Whether a vector of numbers, each with what rounding may have changed, meets a convex hull.

    The hull is widened by the box of all changes; only few variables have a box of few corners.
    """
    vector = [value for value, _ in numbers]
    exact = in_clarke(hull, vector, deadline=deadline)
    if exact is not False:
        return exact
    if len(numbers) > MOST_WIDENED:
        return None
    changes = list(product(*((Fraction(-slack), Fraction(slack)) for _, slack in numbers)))
    wider = [[c + d for c, d in zip(v, change, strict=True)] for v in hull for change in changes]
    return in_clarke(wider, vector, deadline=deadline)


def second_partials(
    derived: Derived, partials: Mapping[str, PartialExistence], deadline: Deadline
) -> dict[str, PartialExistence]:
    """Whether ∂²L/∂v² exists where some operation is not analytic, for the loss itself; none where all are."""
    names = {row for row, column in derived.subject.explanation.second_steps if row == column}
    if derived.subject.smooth:
        return {}
    loss = derived.loss
    return {
        n: second_existence(loss.graph, loss.constants, n, first=partials[n], deadline=deadline)
        for n in partials
        if n in names
    }


def otherwise(
    other: OtherReading, partials: Mapping[str, PartialExistence], deadline: Deadline
) -> dict[str, PartialExistence]:
    """What is another kind of point with the numbers read the other way, by variable; only where something switches."""
    graph = other.graph
    rows = {TABLE[op] for op, kind in zip(graph.ops, graph.kinds, strict=True) if kind is Kind.MAP}
    if not any(row.switches or row.role is Role.SELECT for row in rows):
        return {}
    try:
        found = {n: partial_existence(graph, other.constants, n, deadline=deadline) for n in partials}
    except OutOfTimeError:
        return {}
    kinds = {n: (p.exists, p.kind) for n, p in partials.items()}
    return {n: p for n, p in found.items() if p.exists is not None and (p.exists, p.kind) != kinds[n]}
