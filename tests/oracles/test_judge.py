"""The judge is never stronger than its evidence, and the exit codes are those that are promised."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.nonsmooth.existence import GradientExistence, PartialExistence
from derivcheck.oracles.evidence import (
    AutogradEvidence,
    AutogradFinding,
    DirectFinding,
    Evidence,
    FiniteFinding,
    Proof,
)
from derivcheck.oracles.judge import agreeing_ways, judge, judge_partial
from derivcheck.verdict import Agreement, Existence, Verdict, exit_code

SMOOTH = PartialExistence(True, Existence.SMOOTH)
KINK = PartialExistence(False, Existence.KINK)
OPEN = PartialExistence(None, None, reason="undecided")
AGREES, DISAGREES = FiniteFinding(1.0, 1e-9, 0.5, True), FiniteFinding(1.0, 1e-9, 0.5, False)
NO_BOUND = FiniteFinding(1.0, reason="switch")
DIRECT = {p: DirectFinding(p) for p in Proof}


@pytest.mark.parametrize(
    ("existence", "finite", "direct", "verdict"),
    [
        (SMOOTH, AGREES, Proof.PROVED, Verdict.VERIFIED),
        (SMOOTH, None, Proof.PROVED, Verdict.VERIFIED),
        (SMOOTH, AGREES, Proof.UNDECIDED, Verdict.CONSISTENT),
        (SMOOTH, AGREES, Proof.NOT_TRIED, Verdict.CONSISTENT),
        (SMOOTH, NO_BOUND, None, Verdict.CONSISTENT),
        (SMOOTH, AGREES, Proof.DIFFERENT, Verdict.REFUTED),
        (SMOOTH, DISAGREES, Proof.PROVED, Verdict.REFUTED),
        (KINK, NO_BOUND, Proof.PROVED, Verdict.NOT_DIFFERENTIABLE),
        (KINK, NO_BOUND, Proof.DIFFERENT, Verdict.REFUTED),
        (OPEN, NO_BOUND, Proof.PROVED, Verdict.UNDECIDED),
        (None, None, Proof.PROVED, Verdict.VERIFIED),
        (None, None, Proof.UNDECIDED, Verdict.UNDECIDED),
        (None, None, None, Verdict.UNDECIDED),
    ],
)
def test_the_verdict_on_one_derivative(existence, finite, direct, verdict):
    """Proof is needed for VERIFIED, a contradiction of any oracle refutes, existence is asked before agreement."""
    found = judge_partial(existence, finite, direct and DIRECT[direct], consistent=True)
    assert found is verdict


@given(
    st.sampled_from([None, SMOOTH, KINK, OPEN]),
    st.sampled_from([None, AGREES, DISAGREES, NO_BOUND]),
    st.sampled_from([None, *DIRECT.values()]),
    st.booleans(),
)
def test_no_verdict_is_stronger_than_its_evidence(existence, finite, direct, consistent):
    """VERIFIED without a proof, or anything good beside a contradiction, does not happen."""
    found = judge_partial(existence, finite, direct, consistent=consistent)
    proved = direct is not None and direct.proof is Proof.PROVED
    contradicted = (
        not consistent
        or (finite is not None and finite.agrees is False)
        or (direct is not None and direct.proof is Proof.DIFFERENT)
    )
    assert (found is Verdict.REFUTED) == contradicted
    assert found is not Verdict.VERIFIED or (proved and (existence is None or existence.exists is True))
    assert found is not Verdict.CONSISTENT or existence.exists is True


def evidence(gradient=None, **parts):
    return Evidence(
        parts.get("partials", {}),
        gradient,
        parts.get("autograd", AutogradEvidence()),
        parts.get("finite", {}),
        parts.get("direct", {}),
    )


V = Verdict
WHOLE = [
    ([V.VERIFIED, V.VERIFIED], True, V.VERIFIED),
    ([V.VERIFIED, V.CONSISTENT], True, V.CONSISTENT),
    ([V.VERIFIED, V.UNDECIDED], True, V.UNDECIDED),
    ([V.UNDECIDED, V.NOT_DIFFERENTIABLE], True, V.NOT_DIFFERENTIABLE),
    ([V.NOT_DIFFERENTIABLE, V.REFUTED], False, V.REFUTED),
    ([V.VERIFIED, V.VERIFIED], False, V.NOT_DIFFERENTIABLE),
    ([V.VERIFIED, V.CONSISTENT], None, V.UNDECIDED),
    ([], True, V.VERIFIED),
]


@pytest.mark.parametrize(("verdicts", "exists", "whole"), WHOLE)
def test_the_verdict_on_the_gradient_is_the_worst(verdicts, exists, whole):
    """The worst of the partials, and a gradient that does not exist though its partials do."""
    named = {f"w_{k}": v for k, v in enumerate(verdicts)}
    assert judge(named, evidence(GradientExistence(exists))) is whole


CODES = {
    V.VERIFIED: 0,
    V.CONSISTENT: 0,
    V.NOT_APPLICABLE: 0,
    V.UNREADABLE: 0,
    V.REFUTED: 1,
    V.FOLLOWS_FROM_ERROR: 1,
    V.CONDITIONAL: 3,
    V.UNDECIDED: 3,
    V.NOT_DIFFERENTIABLE: 4,
}


def test_every_verdict_has_the_promised_exit_code():
    """0 verified or consistent, 1 refuted, 3 undecided or conditional, 4 no derivative at the point."""
    assert {v: exit_code([v]) for v in Verdict} == CODES


@pytest.mark.parametrize(("a", "b"), list(product(Verdict, repeat=2)))
def test_of_several_results_the_worst_code_counts(a, b):
    """1 before 4 before 3 before 0."""
    order = [1, 4, 3, 0]
    assert exit_code([a, b]) == min(CODES[a], CODES[b], key=order.index)


def test_no_results_are_no_failure():
    """Nothing to judge ends with 0."""
    assert exit_code([]) == 0


def test_ways_are_counted_only_where_they_tell():
    """Of exact value, autograd, finite differences and SymPy, each counts if it agrees for every variable."""
    names = ("w", "b")
    derived = {"w": Fraction(1), "b": Fraction(2)}
    match = AutogradFinding(1.0, Agreement.MATCH)
    all_four = evidence(
        autograd=AutogradEvidence(dict.fromkeys(names, match)),
        finite=dict.fromkeys(names, AGREES),
        direct=dict.fromkeys(names, DIRECT[Proof.PROVED]),
    )
    assert agreeing_ways(names, derived, all_four) == 4
    assert agreeing_ways(names, {"w": Fraction(1), "b": None}, all_four) < 4
    for finding in (
        AutogradFinding(1.0, Agreement.MISMATCH),
        AutogradFinding(1.0, Agreement.CONVENTION),
        AutogradFinding(1.0, Agreement.ROUNDING, digits=0),
    ):
        mixed = evidence(autograd=AutogradEvidence({"w": match, "b": finding}))
        assert agreeing_ways(names, derived, mixed) == 1
    loose = FiniteFinding(1.0, 50.0, 0.5, True)
    assert agreeing_ways(names, derived, evidence(finite={"w": AGREES, "b": loose})) == 1
