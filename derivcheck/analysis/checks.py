"""The second stage of an analysis: ask every oracle about what was derived, and conclude."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivcheck.analysis.conclude import chain_rule_value, conclude, derivatives, scaled_interval, unclear_variables
from derivcheck.analysis.request import Loss
from derivcheck.analysis.stages import Derived, Key
from derivcheck.budget import Deadline, Job
from derivcheck.errors import OutOfTimeError
from derivcheck.nonsmooth import GradientExistence, PartialExistence, gradient_existence, partial_existence
from derivcheck.nonsmooth.breaks import analytic_at
from derivcheck.numbers.exact import Exact
from derivcheck.oracles.autograd import autograd_evidence
from derivcheck.oracles.direct import finish_proof
from derivcheck.oracles.evidence import AutogradEvidence, DirectFinding, Evidence, FiniteFinding, Real
from derivcheck.oracles.finite import central_difference
from derivcheck.report.material import Checked, Subject
from derivcheck.verdict import Existence

_BITS = 512
LONG_GRAPH = 300
"""A loss of more steps than this is not followed to both sides of a point where every operation is analytic."""


def check(derived: Derived) -> Checked:
    """Ask every oracle and judge; whatever happens, the worker is free again afterwards."""
    try:
        return _asked(derived)
    finally:
        if isinstance(derived.proof, Job):
            derived.proof.close()


def _asked(derived: Derived) -> Checked:
    loss, deadline = derived.loss, derived.deadline
    names = loss.wrt
    values = derived.subject.values
    partials: dict[str, PartialExistence] = {}
    gradient: GradientExistence | None = None
    finite: dict[str, FiniteFinding] = {}
    autograd = AutogradEvidence(unavailable="point" if loss.missing else "off")
    if derived.subject.late:
        partials = dict.fromkeys(names, PartialExistence(None, None, reason="timeout"))
        gradient = GradientExistence(None, reason="timeout")
        autograd = AutogradEvidence(unavailable="timeout")
    if values is not None:
        partials, gradient = _existence(derived)
        certain = derivatives(derived.subject, partials)
        if "finite" in derived.oracles:
            finite = {n: _finite(loss, n, certain[n], derived.subject.upstream, deadline) for n in names}
        if "autograd" in derived.oracles:
            autograd = _autograd(derived, partials, certain)
    direct: Mapping[Key, DirectFinding] = {}
    if derived.proof is not None:
        direct = finish_proof(derived.proof, derived.keys, deadline)
    evidence = Evidence(partials, gradient, autograd, finite, direct)
    return conclude(derived.subject, evidence)


def _existence(derived: Derived) -> tuple[dict[str, PartialExistence], GradientExistence]:
    """Whether each derivative and the gradient exist; a long loss is first asked whether it is analytic there."""
    loss, deadline, subject = derived.loss, derived.deadline, derived.subject
    if len(loss.graph) > LONG_GRAPH and analytic_at(loss.graph, subject.values or ()):
        slopes = {n: _chain_rule(subject, n) for n in loss.wrt}
        smooth = {n: PartialExistence(True, Existence.SMOOTH, v, v, (v, v)) for n, v in slopes.items()}
        return smooth, GradientExistence(True)
    partials = {n: _partial(loss, n, deadline) for n in loss.wrt}
    return partials, _gradient(loss, partials, deadline)


def _chain_rule(subject: Subject, name: str) -> Real:
    """What the chain rule gives for the loss itself, without the upstream gradient."""
    value = chain_rule_value(subject, name)
    if value is None or subject.upstream in (None, 0):
        return value
    return Exact(_BITS).div(value, subject.upstream)


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


def _finite(loss: Loss, name: str, derived: Real, upstream: Fraction | None, deadline: Deadline) -> FiniteFinding:
    try:
        return central_difference(loss.graph, loss.constants, name, derived, upstream=upstream, deadline=deadline)
    except OutOfTimeError:
        return FiniteFinding(reason="timeout")


def _autograd(
    derived: Derived, partials: Mapping[str, PartialExistence], certain: Mapping[str, Real]
) -> AutogradEvidence:
    loss = derived.loss
    unclear = unclear_variables(derived.subject)
    try:
        return autograd_evidence(
            loss.graph,
            loss.constants,
            certain,
            {n: scaled_interval(p.clarke, derived.subject.upstream) for n, p in partials.items()},
            on_switch={n: p.exists is not True or n in unclear for n, p in partials.items()},
            broken=derived.subject.broken,
            upstream=1 if derived.subject.upstream is None else derived.subject.upstream,
            dtype=derived.machine.dtype,
            device=derived.machine.device,
            deadline=derived.deadline,
        )
    except OutOfTimeError:
        return AutogradEvidence(unavailable="timeout")
