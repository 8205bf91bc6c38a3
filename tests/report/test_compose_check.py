"""What the report of the checks says of existence, of autograd and of the oracles."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import agreeing, convention, kink, main_subject, subject, undecided

from derivcheck.oracles.evidence import (
    AutogradEvidence,
    AutogradFinding,
    Disagreement,
    Evidence,
    GradientExistence,
    PartialExistence,
)
from derivcheck.render import terminal
from derivcheck.report.blocks import Block
from derivcheck.report.compose import check_report, derivation_report
from derivcheck.report.compose_autograd import remark, told_apart
from derivcheck.report.figures import Style
from derivcheck.report.material import Checked
from derivcheck.report.outline import Outline
from derivcheck.report.phrases import language
from derivcheck.verdict import Agreement, Existence, Verdict

SCREEN = terminal.Screen(language("en"), 200)


JUMP = PartialExistence(False, Existence.JUMP)
EDGE = PartialExistence(False, Existence.OUT_OF_DOMAIN)
SMOOTH = PartialExistence(True, Existence.SMOOTH, Fraction(12), Fraction(12))
OPEN = PartialExistence(None, None)


def said(blocks: tuple[Block, ...]) -> str:
    return terminal.text(blocks, SCREEN)


def test_the_check_of_the_main_example():
    text = said(check_report(agreeing(main_subject()), Style()))
    assert "PyTorch float64       12                6                 0 ulp, 0 ulp" in text
    assert "error at most 2e-14" in text
    assert "identical         identical" in text
    assert "left slope = right slope: smooth here" in text
    assert text.endswith("VERIFIED   2 derivatives, 4 ways\n")


def test_a_kink_is_said_with_its_slopes_its_subgradients_and_its_place():
    text = said(check_report(kink(), Style()))
    assert "left slope -1   right slope +1   →  no derivative; subgradients [-1, 1]" in text
    assert "PyTorch says 0, a central difference says 0: where no derivative exists, they agree only by" in text
    assert "0 lies in [-1, 1], so it is a valid subgradient." in text
    assert "NOT DIFFERENTIABLE at ŷ = 4          kink where y - ŷ = 0" in text
    assert "exact                 none" in text


def test_autograds_number_is_not_the_derivative_where_one_exists():
    text = said(check_report(convention(), Style()))
    assert (
        "The derivative is 1; autograd's 0 is not it: it puts a convention in where relu(x) has no derivative" in text
    )
    assert "0                 not the derivative" in text
    assert "exact                 1" in text


def test_what_is_said_of_autograd_is_said_once_where_it_is_the_same():
    """At the kink of max(w, b) both variables have the same findings; an upstream 3 widens the interval."""
    material = subject("max(w,b)*x", {"w": 1, "b": 1, "x": 2}, ("w", "b"), upstream=Fraction(3))
    ends = (Fraction(0), Fraction(2))
    found = PartialExistence(False, Existence.KINK, *ends, ends)
    autograd = AutogradFinding(3.0, Agreement.CONVENTION, subgradient=True)
    evidence = Evidence(dict.fromkeys("wb", found), None, AutogradEvidence(dict.fromkeys("wb", autograd)), {}, {})
    text = said(check_report(Checked(material, evidence, Verdict.NOT_DIFFERENTIABLE, {}, 0), Style()))
    assert text.count("3 lies in [0, 6], so it is a valid subgradient.") == 1
    assert "∂L/∂w, ∂L/∂b:  left slope 0   right slope +2" in text


def test_a_factor_that_does_not_exist_gives_no_numbers():
    """At the kink of |u| the local derivative has no value, and so has no product; that of the sum next to it has."""
    text = said(derivation_report(kink().subject, Style()))
    assert "∂L/∂u = sign(u)                           derivative of the absolute value, none at this point" in text
    assert "∂u/∂ŷ = -1                                y is constant" in text
    assert "|u| has no derivative at this point, so the chain rule gives no number here." in text
    other = said(derivation_report(convention().subject, Style()))
    assert other.count("none at this point") == 2


def test_an_oracle_that_could_not_be_asked_is_named_with_the_cure():
    text = said(check_report(undecided(), Style()))
    assert "pip install torch --index-url https://download.pytorch.org/whl/cpu" in text
    assert "not tried" in text
    assert "the loss is too large" in text
    assert "whether a derivative exists is undecided: the sign of a number is open" in text
    assert "UNDECIDED   ∂L/∂w" in text


def test_a_disagreement_names_the_step_where_it_starts():
    checked = agreeing(main_subject())
    piece = checked.subject.explanation.pieces[1]
    finding = AutogradFinding(11.0, Agreement.MISMATCH, 1e15, bound=1e-14)
    autograd = AutogradEvidence(
        {"w": finding, "b": finding}, disagreement=Disagreement(piece.step, "gradient", 3.0, 6.0)
    )
    text = said(check_report(replace(checked, evidence=replace(checked.evidence, autograd=autograd)), Style()))
    assert "PyTorch's disagreement starts at the gradient of u = y - ŷ: 3.0, expected 6.0." in text
    assert "WRONG: further off than 1e-14" in text


def test_a_failing_direction_is_shown_where_only_the_gradient_is_missing():
    checked = agreeing(main_subject())
    evidence = replace(checked.evidence, gradient=GradientExistence(False, {"w": Fraction(1), "b": Fraction(-1)}))
    text = said(check_report(replace(checked, evidence=evidence, verdict=Verdict.NOT_DIFFERENTIABLE), Style()))
    assert "along  w = 1   b = -1  the slope is not the sum of the parts" in text
    assert "smooth here" not in text
    assert "the partial derivatives exist, the gradient does not" in text


def test_more_variables_than_columns_turn_the_table():
    """With five variables every variable has a row."""
    names = tuple("abcde")
    material = subject("(a+b+c+d+e)^2", dict.fromkeys(names, 1), names)
    lines = said(check_report(agreeing(material), Style())).splitlines()
    assert "exact" in lines[0]
    assert [line.split()[0] for line in lines[1:6]] == [f"∂L/∂{n}" for n in names]


@pytest.mark.parametrize(
    ("finding", "existence", "words"),
    [
        (AutogradFinding(math.nan, Agreement.CONVENTION), JUMP, "not a number"),
        (AutogradFinding(math.inf, Agreement.CONVENTION), JUMP, "infinite"),
        (AutogradFinding(2.0, Agreement.CONVENTION), JUMP, "a convention"),
        (AutogradFinding(2.0, Agreement.CONVENTION), EDGE, "at the end of the domain"),
        (AutogradFinding(2.0, Agreement.CONVENTION), SMOOTH, "not the derivative"),
        (AutogradFinding(2.0, Agreement.CONVENTION), OPEN, "not judged"),
        (AutogradFinding(1e-17, Agreement.ROUNDING, 9.0, 0, 3e-16), SMOOTH, "rounding: error at most 3e-16"),
        (AutogradFinding(1.0, Agreement.ROUNDING, 9.0, 0, math.inf), SMOOTH, "rounding: 0 correct digits"),
        (AutogradFinding(math.nan, Agreement.ROUNDING, math.inf, 0, math.inf), SMOOTH, "not a number"),
        (AutogradFinding(12.0, Agreement.ROUNDING, 9.0, 14, 3e-14), SMOOTH, "rounding: 14 correct digits"),
    ],
)
def test_what_autograds_number_is_said_to_be(finding, existence, words):
    checked = agreeing(main_subject())
    evidence = replace(
        checked.evidence, partials={"w": existence}, autograd=AutogradEvidence({"w": finding}), gradient=None
    )
    outline = Outline(checked.subject, Style())
    said_of_it = remark(outline, replace(checked, evidence=evidence), "w")
    assert language("en").plain(said_of_it) == words


def test_outside_the_domain_no_number_means_anything():
    """log(-1) has no value; autograd's -1 is neither a convention nor a subgradient."""
    material = subject("log(w)", {"w": -1}, ("w",))
    found = PartialExistence(False, Existence.OUT_OF_DOMAIN, reason="the logarithm of a negative number", outside=1)
    autograd = AutogradEvidence({"w": AutogradFinding(-1.0, Agreement.CONVENTION)})
    evidence = Evidence({"w": found}, None, autograd, {}, {})
    text = said(check_report(Checked(material, evidence, Verdict.NOT_DIFFERENTIABLE, {}, 0), Style()))
    assert "outside the domain: log(w) has no real value here (the logarithm of a negative number)" in text
    assert "PyTorch says -1: outside the domain that number means nothing." in text
    assert "convention" not in text


def test_at_the_end_of_a_domain_the_slope_of_the_other_side_is_said():
    material = subject("sqrt(w)^3", {"w": 0}, ("w",))
    found = PartialExistence(
        False,
        Existence.OUT_OF_DOMAIN,
        right=Fraction(0),
        reason="on the left side: a negative number to a power that is not an integer",
        outside=material.explanation.derivation.graph.ops.index("sqrt"),
    )
    autograd = AutogradEvidence({"w": AutogradFinding(0.0, Agreement.CONVENTION)})
    evidence = Evidence({"w": found}, None, autograd, {}, {})
    text = said(check_report(Checked(material, evidence, Verdict.NOT_DIFFERENTIABLE, {}, 0), Style()))
    assert "right slope 0   →  no derivative; to the left √w has no real value (the root of a negative number)" in text
    assert "PyTorch says 0: that is the slope of one side only." in text


@given(st.fractions(max_denominator=1000), st.floats(-1000, 1000))
def test_two_numbers_that_are_said_to_differ_are_written_differently(exact, value):
    shown = told_apart(exact, value, Style())
    texts = [language("en").plain(s) for s in shown]
    assert (texts[0] == texts[1]) <= (abs(exact - Fraction(value)) < Fraction(1, 10**30))
