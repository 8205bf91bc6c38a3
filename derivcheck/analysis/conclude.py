"""From evidence to verdicts: which number is the derivative at the point, and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from flint import arb

from derivcheck.nonsmooth import PartialExistence
from derivcheck.nonsmooth.breaks import below_breaks
from derivcheck.numbers.exact import Exact
from derivcheck.oracles.certified import known
from derivcheck.oracles.evidence import Evidence, Proof, Real
from derivcheck.oracles.judge import agreeing_ways, judge, judge_partial, worst
from derivcheck.report.material import Checked, CheckedClaim, Subject
from derivcheck.verdict import Verdict

BITS = 512
"""Bits of balls in what an analysis computes itself."""


def derivatives(subject: Subject, partials: Mapping[str, PartialExistence]) -> dict[str, Real]:
    """The certified derivative in every variable, None where there is none.

    On a switch the formula of the sweep is not valid, so the slope of the germs counts there.
    """
    found: dict[str, Real] = {}
    unclear = unclear_variables(subject)
    for name in subject.wrt:
        existence = partials.get(name)
        value = chain_rule_value(subject, name)
        if existence is None or existence.exists is not True:
            found[name] = None
        elif name not in unclear and value is not None:
            found[name] = value
        else:
            found[name] = scaled(existence.right, subject.upstream)
    return found


def chain_rule_value(subject: Subject, name: str) -> Real:
    """What the sweep's formula gives at the point, the upstream gradient included; None where it has no value."""
    step = subject.explanation.steps[name]
    if step is None:
        return Fraction(0)
    return None if subject.values is None else known(subject.values[step])


def unclear_variables(subject: Subject) -> frozenset[str]:
    """The variables whose derivative comes through an operation that has none of its own at the point."""
    derivation = subject.explanation.derivation
    steps = below_breaks(derivation.graph, subject.broken)
    return frozenset(n for n, k in derivation.graph.inputs.items() if k in steps)


def scaled(slope: Real, upstream: Fraction | None) -> Real:
    """A slope of the loss times the upstream gradient; infinities keep their meaning."""
    if isinstance(slope, float) and upstream is not None:
        return slope * float(upstream) if upstream else 0.0
    return slope if upstream is None or slope is None else Exact(BITS).mul(slope, upstream)


def scaled_interval(interval: tuple[Real, Real] | None, upstream: Fraction | None) -> tuple[Real, Real] | None:
    """An interval of slopes times the upstream gradient, its ends in order."""
    if interval is None or upstream is None:
        return interval
    low, high = (scaled(end, upstream) for end in interval)
    return (low, high) if upstream >= 0 else (high, low)


def conclude(subject: Subject, evidence: Evidence, claims: Sequence[CheckedClaim] = ()) -> Checked:
    """The verdicts that the evidence bears, on the derivation and on what is claimed."""
    certain = derivatives(subject, evidence.partials)
    verdicts = {
        n: judge_partial(
            evidence.partials.get(n),
            evidence.finite.get(n),
            evidence.direct.get(n),
            consistent=_consistent(subject, n, evidence.partials.get(n)),
        )
        for n in subject.wrt
    }
    verdict = judge(verdicts, evidence)
    if subject.explanation.second_steps:
        verdict = _with_second(verdict, evidence, subject)
    verdict = worst([verdict, *(c.result.verdict for c in claims)])
    return Checked(subject, evidence, verdict, verdicts, agreeing_ways(subject.wrt, certain, evidence), tuple(claims))


def outcome(checked: Checked) -> Verdict:
    """The verdict that the exit code goes by: a claim that holds on a condition which the point meets holds there."""
    conditional = [c.here for c in checked.claims if c.result.verdict is Verdict.CONDITIONAL]
    met = checked.verdict is Verdict.CONDITIONAL and all(conditional)
    return Verdict.CONSISTENT if met else checked.verdict


def _with_second(verdict: Verdict, evidence: Evidence, subject: Subject) -> Verdict:
    """Second derivatives are part of the answer: what is not proved of them cannot be called proved."""
    proofs = [evidence.direct.get(k) for k in subject.explanation.second_steps]
    if any(p is not None and p.proof is Proof.DIFFERENT for p in proofs):
        return Verdict.REFUTED
    if verdict is Verdict.VERIFIED and any(p is None or p.proof is not Proof.PROVED for p in proofs):
        return Verdict.CONSISTENT
    return verdict


def _consistent(subject: Subject, name: str, existence: PartialExistence | None) -> bool:
    """Whether the formula's value and the slope of the germs are the same number, off the switches."""
    if (
        existence is None
        or existence.exists is not True
        or subject.values is None
        or name in unclear_variables(subject)
    ):
        return True
    value = chain_rule_value(subject, name)
    slope = scaled(existence.right, subject.upstream)
    if value is None or slope is None:
        return True
    if isinstance(value, Fraction) and isinstance(slope, Fraction):
        return value == slope
    system = Exact(BITS)
    return bool((system.to_ball(value) - system.to_ball(slope)).contains(arb(0)))
