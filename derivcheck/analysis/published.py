"""What was checked, in public form."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from derivcheck.analysis.array_results import analysis_of_arrays, claim_result
from derivcheck.analysis.conclude import scaled, scaled_interval
from derivcheck.analysis.result import Analysis, Autograd, ByName, Number, Partial, as_number
from derivcheck.closed.explanation import ClosedForm
from derivcheck.nonsmooth import Loci
from derivcheck.oracles.evidence import AutogradFinding, ClarkeSet, PartialExistence, Real
from derivcheck.report.material import Checked
from derivcheck.verdict import Agreement, Existence, Verdict


def analysis_of(
    checked: Checked,
    derivatives: Mapping[str, Real],
    comparison: Analysis | None = None,
    loci: Loci | None = None,
) -> Analysis:
    """The public result of what was checked.

    Args:
        checked: what was found and concluded.
        derivatives: the certified numbers by variable.
        comparison: the other loss.
        loci: where no derivative exists, if that was searched for before.
    """
    if checked.arrays is not None:
        return analysis_of_arrays(checked, checked.arrays, comparison)
    subject, evidence = checked.subject, checked.evidence
    explanation, whole = subject.explanation, evidence.gradient
    gradient = {
        name: _first(
            checked,
            derivatives.get(name),
            evidence.partials.get(name),
            explanation.gradient,
            name,
            found=evidence.autograd.findings.get(name),
            verdict=checked.verdicts[name],
        )
        for name in subject.wrt
    }
    for c in checked.claims:
        if len(c.names) == 1 and c.key not in gradient:
            gradient[c.key] = _first(checked, c.value, c.existence, {c.key: c.derived}, c.key)
    return Analysis(
        checked.verdict,
        None if subject.values is None else as_number(subject.values[explanation.derivation.output]),
        None if whole is None else whole.exists,
        None if whole is None else whole.witness,
        ByName(gradient),
        {pair: _second(checked, pair) for pair in explanation.second_steps},
        explanation.derivation,
        evidence,
        checked,
        _hull(evidence.clarke),
        ByName({c.key: claim_result(c, checked) for c in checked.claims}),
        comparison,
        [] if loci is None else [loci],
    )


def _hull(found: ClarkeSet | None) -> tuple[Mapping[str, Number | float | None], ...] | None:
    if found is None:
        return None
    return tuple(dict(zip(found.names, map(as_number, vertex), strict=True)) for vertex in found.vertices)


def _first(
    checked: Checked,
    value: Real,
    existence: PartialExistence | None,
    closed: Mapping[Any, ClosedForm],
    key: str,
    *,
    found: AutogradFinding | None = None,
    verdict: Verdict | None = None,
) -> Partial:
    """A first derivative of the loss times the upstream gradient."""
    upstream, e = checked.subject.upstream, existence
    interval = None if e is None else scaled_interval(e.clarke, upstream)
    return Partial(
        as_number(value),
        None if e is None else e.exists,
        None if e is None else e.kind,
        None if e is None else as_number(scaled(e.left, upstream)),
        None if e is None else as_number(scaled(e.right, upstream)),
        None if interval is None else (as_number(interval[0]), as_number(interval[1])),
        Autograd(None, Agreement.UNAVAILABLE)
        if found is None
        else Autograd(found.value, found.agreement, found.digits, found.ulps, found.subgradient),
        verdict,
        closed,
        key,
    )


def _second(checked: Checked, pair: tuple[str, str]) -> Partial:
    """A second derivative: its formula's value where every operation is analytic; on a switch only ∂²L/∂v² is known."""
    subject, forms = checked.subject, checked.subject.explanation.hessian
    step = subject.explanation.second_steps[pair]
    e = checked.evidence.second.get(pair[0]) if pair[0] == pair[1] else None
    if subject.smooth and subject.values is not None:
        value = Fraction(0) if step is None else subject.values[step]
        e = PartialExistence(True, Existence.SMOOTH)
    elif e is None:
        value, e = None, PartialExistence(None, None)
    else:
        value = scaled(e.right, subject.upstream) if e.exists else None
    left, right = (as_number(scaled(slope, subject.upstream)) for slope in (e.left, e.right))
    unavailable = Autograd(None, Agreement.UNAVAILABLE)
    return Partial(as_number(value), e.exists, e.kind, left, right, None, unavailable, None, forms, pair)
