"""The judge: what all the evidence together shows of our derivation. Never stronger than its strongest oracle."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from derivcheck.oracles.evidence import (
    AutogradFinding,
    DirectFinding,
    Evidence,
    FiniteFinding,
    PartialExistence,
    Proof,
    Real,
)
from derivcheck.verdict import Agreement, Verdict

_NEAR_ZERO = 1e-9
"""A bound below this tells something even of a derivative that is 0."""
_WORST_FIRST = (
    Verdict.REFUTED,
    Verdict.NOT_DIFFERENTIABLE,
    Verdict.UNDECIDED,
    Verdict.CONDITIONAL,
    Verdict.CONSISTENT,
    Verdict.VERIFIED,
)


def judge_partial(
    existence: PartialExistence | None,
    finite: FiniteFinding | None,
    direct: DirectFinding | None,
    *,
    consistent: bool,
) -> Verdict:
    """The verdict on one derivative.

    Args:
        existence: whether it exists at the point; None without a point.
        finite: the central difference, if one was taken.
        direct: SymPy's own derivative beside ours, if it was asked.
        consistent: whether the derived formula's value at the point is the slope that the germs found, where the
            point lies on no switch.
    """
    refuted = direct is not None and direct.proof is Proof.DIFFERENT
    if refuted or not consistent or (finite is not None and finite.agrees is False):
        return Verdict.REFUTED
    if existence is not None and existence.exists is False:
        return Verdict.NOT_DIFFERENTIABLE
    if existence is not None and existence.exists is None:
        return Verdict.UNDECIDED
    if direct is not None and direct.proof is Proof.PROVED:
        return Verdict.VERIFIED
    return Verdict.CONSISTENT if existence is not None else Verdict.UNDECIDED


def judge(verdicts: Mapping[str, Verdict], evidence: Evidence) -> Verdict:
    """The verdict on all derivatives together: the worst of them, and whether the gradient exists as a whole."""
    found = set(verdicts.values())
    if evidence.gradient is not None and found <= {Verdict.VERIFIED, Verdict.CONSISTENT}:
        if evidence.gradient.exists is False:
            return Verdict.NOT_DIFFERENTIABLE
        if evidence.gradient.exists is None:
            return Verdict.UNDECIDED
    return worst(found)


def worst(verdicts: Collection[Verdict]) -> Verdict:
    """The verdict on several things together."""
    return next((v for v in _WORST_FIRST if v in verdicts), Verdict.VERIFIED)


def agreeing_ways(names: Sequence[str], derived: Mapping[str, Real], evidence: Evidence) -> int:
    """How many independent ways gave every derivative: exact value, autograd, finite differences, SymPy."""
    ways = (
        all(derived.get(n) is not None for n in names),
        all(_tells(evidence.autograd.findings.get(n)) for n in names),
        all(_bounds(evidence.finite.get(n), derived.get(n)) for n in names),
        all(n in evidence.direct and evidence.direct[n].proof is Proof.PROVED for n in names),
    )
    return sum(ways)


def _tells(found: AutogradFinding | None) -> bool:
    """Whether autograd's number says something: right to the last places, or to at least one digit."""
    if found is None:
        return False
    rounded = found.agreement is Agreement.ROUNDING and (found.digits or 0) > 0
    return found.agreement is Agreement.MATCH or rounded


def _bounds(found: FiniteFinding | None, derived: Real) -> bool:
    """Whether a difference quotient agrees and its bound is small enough to tell the derivative from 0 or twice it."""
    if found is None or found.agrees is not True or found.bound is None or derived is None:
        return False
    size = abs(float(derived)) if isinstance(derived, Fraction) else float(abs(derived).upper())
    return found.bound < max(size, _NEAR_ZERO)
