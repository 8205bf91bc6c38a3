"""The second stage for a loss of arrays: its elements judged as scalars, its gradients compared in every element."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from derivcheck.analysis.array_claims import judge_array_claims
from derivcheck.analysis.array_existence import certainly_smooth, joined_existence
from derivcheck.analysis.array_oracles import array_evidence
from derivcheck.analysis.array_samples import ENOUGH_POINTS, agreeing_points, unread_formulas, wrong_formulas
from derivcheck.analysis.array_stages import ElementView, element_view
from derivcheck.analysis.claimed import Claim
from derivcheck.analysis.conclude import conclude
from derivcheck.analysis.stages import Derived, derive
from derivcheck.oracles.array_evidence import ArrayEvidence
from derivcheck.oracles.direct import finish_proof
from derivcheck.oracles.evidence import (
    AutogradEvidence,
    DirectFinding,
    Evidence,
    GradientExistence,
    PartialExistence,
    Proof,
)
from derivcheck.oracles.judge import worst
from derivcheck.report.material import Checked, CheckedArrays
from derivcheck.verdict import Agreement, Existence, Verdict

Asked = Callable[[Derived], Evidence]
"""How the oracles are asked about a loss of scalars."""


def check_arrays(derived: Derived, asked: Asked, claims: Sequence[Claim] = ()) -> Checked:
    """Ask every oracle about every element, and judge.

    Args:
        derived: the loss of arrays, derived.
        asked: how the oracles are asked about a loss of scalars.
        claims: what is claimed.
    """
    proofs = derived.arrays
    direct: Mapping[str, DirectFinding] = {}
    if derived.proof is not None and proofs is not None:
        direct = finish_proof(derived.proof, proofs.keys, derived.deadline)
    questions = None if proofs is None else proofs.questions
    inputs = {} if questions is None else questions.inputs
    given = questions is not None and questions.given
    view = element_view(derived.loss, derived.subject.explanation.names)
    elements = None if view is None else _judged(view, derived, asked, direct if given else {})
    names = derived.loss.wrt
    joined = {n: _joined_proof([f for e, f in direct.items() if inputs[e][0] == n]) for n in names} if direct else {}
    found = None if derived.loss.missing else array_evidence(derived, elements)
    partials: Mapping[str, PartialExistence] = {}
    gradient: GradientExistence | None = None
    if elements is not None and view is not None:
        by_name = {n: [e for e in elements.subject.wrt if view.inputs[e][0] == n] for n in names}
        partials = {n: joined_existence(elements.evidence.partials[e] for e in es) for n, es in by_name.items()}
        gradient = elements.evidence.gradient
    elif found is not None and certainly_smooth(derived.loss.graph, found):
        gradient = GradientExistence(True)
        partials = dict.fromkeys(names, PartialExistence(True, Existence.SMOOTH))
    evidence = Evidence(partials, gradient, AutogradEvidence(unavailable="off"), {}, joined)
    points, different = 0, ""
    if questions is not None and any(f.proof not in (Proof.PROVED, Proof.DIFFERENT) for f in joined.values()):
        points, different = agreeing_points(questions, _factor(derived.subject.upstream), derived.deadline)
    arrays = CheckedArrays(found, elements, {} if view is None else view.inputs, points)
    verdicts = {n: _verdict(n, arrays, joined.get(n), given=given) for n in names}
    if different:
        verdicts[inputs[different][0]] = Verdict.REFUTED
    wrong = wrong_formulas(derived.loss, derived.subject.explanation, derived.deadline)
    verdicts |= dict.fromkeys(wrong, Verdict.REFUTED)
    for name in unread_formulas(derived.subject.explanation):
        verdicts[name] = worst([verdicts[name], Verdict.UNDECIDED])
    verdict = worst(set(verdicts.values()))
    if elements is not None:
        verdict = worst([verdict, elements.verdict])
    judged = judge_array_claims(claims, derived, arrays)
    verdict = worst([verdict, *(c.result.verdict for c in judged)])
    return Checked(derived.subject, evidence, verdict, verdicts, _ways(names, arrays, joined), judged, arrays)


def _factor(upstream: Fraction | None) -> Fraction:
    return Fraction(1) if upstream is None else upstream


def _judged(view: ElementView, derived: Derived, asked: Asked, direct: Mapping[str, DirectFinding]) -> Checked:
    """The loss of the elements, judged like any other."""
    scalars = derive(view.loss, derived.deadline, upstream=derived.subject.upstream, oracles=())
    evidence = replace(asked(scalars), direct=direct)
    return conclude(scalars.subject, evidence)


def _joined_proof(findings: Sequence[DirectFinding]) -> DirectFinding:
    """What SymPy showed of all elements together."""
    for status in (Proof.DIFFERENT, Proof.UNDECIDED, Proof.NOT_TRIED):
        for finding in findings:
            if finding.proof is status:
                return finding
    if not findings:
        return DirectFinding(Proof.NOT_TRIED, reason="size")
    return max(findings, key=lambda f: f.pieces)


def _verdict(name: str, arrays: CheckedArrays, direct: DirectFinding | None, *, given: bool) -> Verdict:
    """The verdict on the gradient in one variable."""
    if direct is not None and direct.proof is Proof.DIFFERENT:
        return Verdict.REFUTED
    proved = direct is not None and direct.proof is Proof.PROVED
    if arrays.elements is not None:
        own = [v for e, v in arrays.elements.verdicts.items() if arrays.inputs[e][0] == name]
        return worst(own) if own else Verdict.VERIFIED if proved and given else Verdict.CONSISTENT
    if arrays.evidence is not None:
        return _of_large(name, arrays.evidence)
    if not proved:
        return Verdict.CONSISTENT if arrays.points >= ENOUGH_POINTS else Verdict.UNDECIDED
    return Verdict.VERIFIED if given else Verdict.CONSISTENT


def _of_large(name: str, evidence: ArrayEvidence) -> Verdict:
    """What vectorised checks show: agreement within proved bounds at the point, nothing where a switch is active."""
    if any(s.count or s.undecided for s in evidence.switches):
        return Verdict.UNDECIDED
    differences = [d.agrees for d in evidence.differences.findings if d.name in ("", name) and d.bound is not None]
    if False in differences:
        return Verdict.REFUTED
    finding = evidence.autograd.findings.get(name)
    if finding is None:
        return Verdict.CONSISTENT if True in differences else Verdict.UNDECIDED
    agreed = finding.agreement in (Agreement.MATCH, Agreement.ROUNDING)
    return Verdict.CONSISTENT if agreed else Verdict.UNDECIDED


def _ways(names: Sequence[str], arrays: CheckedArrays, direct: Mapping[str, DirectFinding]) -> int:
    """How many independent ways agree for every variable."""
    found = arrays.evidence
    agreeing = (Agreement.MATCH, Agreement.ROUNDING)
    autograd = {} if found is None else found.autograd.findings
    differences = () if found is None else found.differences.findings
    elements = arrays.elements
    partials = {} if elements is None else elements.evidence.partials
    ways = (
        bool(partials) and all(p.exists for p in partials.values()),
        all(n in autograd and autograd[n].agreement in agreeing for n in names),
        bool(differences) and all(d.agrees for d in differences),
        all(n in direct and direct[n].proof is Proof.PROVED for n in names),
    )
    return sum(ways)
