"""The second stage of an analysis: ask every oracle about what was derived, and conclude."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from derivcheck.analysis.claimed import Claim
from derivcheck.analysis.claims import judge_claims
from derivcheck.analysis.conclude import conclude, derivatives, scaled_interval, unclear_variables
from derivcheck.analysis.existence import clarke_set, existence, otherwise, second_partials
from derivcheck.analysis.request import Loss
from derivcheck.analysis.stages import Derived, Key
from derivcheck.budget import Deadline, Job
from derivcheck.errors import OutOfTimeError
from derivcheck.nonsmooth import GradientExistence, PartialExistence
from derivcheck.oracles.autograd import autograd_evidence
from derivcheck.oracles.direct import finish_proof
from derivcheck.oracles.evidence import AutogradEvidence, DirectFinding, Evidence, FiniteFinding, Real
from derivcheck.oracles.finite import central_difference
from derivcheck.report.material import Checked


def check(derived: Derived, claims: Sequence[Claim] = ()) -> Checked:
    """Ask every oracle and judge; whatever happens, the worker is free again afterwards."""
    try:
        if derived.loss.shapes is not None:
            from derivcheck.analysis.array_checks import check_arrays

            return check_arrays(derived, _asked, claims)
        evidence = _asked(derived)
    finally:
        if isinstance(derived.proof, Job):
            derived.proof.close()
    return conclude(derived.subject, evidence, judge_claims(claims, derived, evidence) if claims else ())


def _asked(derived: Derived) -> Evidence:
    loss, deadline = derived.loss, derived.deadline
    names = loss.wrt
    values = derived.subject.values
    partials: dict[str, PartialExistence] = {}
    gradient: GradientExistence | None = None
    finite: dict[str, FiniteFinding] = {}
    asked = "autograd" in derived.oracles
    autograd = AutogradEvidence(unavailable="point" if loss.missing and asked else "off")
    if derived.subject.late:
        partials = dict.fromkeys(names, PartialExistence(None, None, reason="timeout"))
        gradient = GradientExistence(None, reason="timeout")
        autograd = AutogradEvidence(unavailable="timeout")
    if values is not None:
        partials, gradient = existence(derived)
        certain = derivatives(derived.subject, partials)
        if "finite" in derived.oracles:
            finite = {n: _finite(loss, n, certain[n], derived.subject.upstream, deadline) for n in names}
        if "autograd" in derived.oracles:
            autograd = _autograd(derived, partials, certain)
    direct: Mapping[Key, DirectFinding] = {}
    if derived.proof is not None:
        direct = finish_proof(derived.proof, derived.keys, deadline)
    several = gradient is not None and gradient.exists is False and len(names) > 1
    hull = clarke_set(loss, derived.subject.upstream, autograd, deadline) if several else None
    second = {} if values is None else second_partials(derived, partials, deadline)
    other = {} if loss.other is None else otherwise(loss.other, partials, deadline)
    reading = loss.other.literals if loss.other else ""
    return Evidence(partials, gradient, autograd, finite, direct, other, reading, hull, second)


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
