"""Claims: the verdict on what somebody says a derivative is."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcheck import DerivcheckError, Verdict, analyze
from derivcheck.analysis.claimed import Asked, claim_items
from derivcheck.numbers.kernel import UndecidedError, Undefined

LOSS = "(y-(w*x+b))**2"
POINT = {"x": 2, "y": 4, "w": 3, "b": 1}


def verdict_on(expression, claims, at=None, **options):
    """The result of the only claim."""
    (result,) = analyze(expression, at, claims=claims, oracles=(), **options).claims.values()
    return result


@pytest.mark.parametrize(
    ("expression", "name", "claimed", "at", "verdict"),
    [
        (LOSS, "w", "-2*x*(y-(w*x+b))", None, "VERIFIED"),
        (LOSS, "w", "2*w*x^2 + 2*b*x - 2*x*y", POINT, "VERIFIED"),
        (LOSS, "w", "2*x*(y-(w*x+b))", None, "REFUTED"),
        (LOSS, "w", "-2*x*u", POINT, "VERIFIED"),
        (LOSS, "yhat", "-2*u", POINT, "VERIFIED"),
        (LOSS, "ŷ", "2*u", POINT, "REFUTED"),
        ("a = w; a*x", "a", "x", {"x": 2, "w": 3}, "VERIFIED"),
        ("(y-w*x)^2", "L", 1, None, "VERIFIED"),
        ("x", "x", "x/x", {"x": 0}, "REFUTED"),
        ("where(x==0, 0, x^2*sin(1/x))", "x", "2*x*sin(1/x)-cos(1/x)", {"x": 0}, "REFUTED"),
        ("where(x==0, 0, x^2*sin(1/x))", "x", 0, {"x": 0}, "VERIFIED"),
        (LOSS, "u", 2, POINT, "REFUTED"),
        (LOSS, "u", -6, POINT, "VERIFIED"),
        (LOSS, "x", "-2*w*u", POINT, "VERIFIED"),
        ("sqrt(x^2)", "x", "x/abs(x)", None, "VERIFIED"),
        ("sqrt(x^2)", "x", "1", None, "CONDITIONAL"),
        ("sqrt(x^2)*w", "x", "w", {"x": 3, "w": 2}, "CONDITIONAL"),
        ("sqrt(x^2)*w", "x", "w", {"x": -3, "w": 2}, "REFUTED"),
        ("abs(x)", "x", "sign(x)", None, "VERIFIED"),
        ("abs(x)", "x", "where(x > 0, 1, -1)", None, "VERIFIED"),
        ("abs(x)", "x", "sign(x)", {"x": 0}, "NOT_DIFFERENTIABLE"),
        ("abs(x)", "x", 0, {"x": 0}, "NOT_DIFFERENTIABLE"),
        ("sqrt(x)", "x", 1, {"x": -1}, "NOT_DIFFERENTIABLE"),
        ("relu(x)-relu(-x)", "x", "1", {"x": 0}, "VERIFIED"),
        ("relu(x)-relu(-x)", "x", "where(x>0,1,0)+where(x<0,1,0)", {"x": 0}, "REFUTED"),
        ("x*abs(x)", "x", "2*abs(x)", {"x": 0}, "VERIFIED"),
        ("x^2", "x", "where(x==1, 5, 2*x)", None, "REFUTED"),
        ("x^2", "x", "2*x + 1e-9", None, "REFUTED"),
        ("x^2", "x", "2.000001*x", None, "REFUTED"),
        ("sin(x)", "x", "cos(1)", {"x": 1}, "VERIFIED"),
        ("sin(x)", "x", "sqrt(2)/2", {"x": "pi/4"}, "VERIFIED"),
        ("3*x", "x", 3, None, "VERIFIED"),
        ("3*x", "x", "2", None, "REFUTED"),
        ("sigma(z) = 1/(1+exp(-z)); sigma(w*x)", "w", "x*sigma(w*x)*(1-sigma(w*x))", None, "VERIFIED"),
    ],
)
def test_a_claim_gets_the_verdict_that_its_truth_bears(expression, name, claimed, at, verdict):
    assert verdict_on(expression, {name: claimed}, at).verdict.name == verdict


@pytest.mark.parametrize(
    ("claimed", "verdict"),
    [
        ("0.54", "VERIFIED"), ("0.540302", "VERIFIED"), ("0.55", "REFUTED"), ("0.541", "REFUTED"),
        (0.5403023058681398, "VERIFIED"), (0.5403023058681388, "REFUTED"), (Decimal("0.5403"), "VERIFIED"),
        (Decimal("0.5402"), "REFUTED"), (Fraction(54, 100), "REFUTED"), (1, "REFUTED"),
        (np.float32(0.5403023), "VERIFIED"), (np.float32(0.54031), "REFUTED"),
        (np.float64(0.5403023058681398), "VERIFIED"),
        (sympy.cos(1), "VERIFIED"), (sympy.sin(1), "REFUTED"),
    ],
)  # fmt: skip
def test_a_claimed_number_is_judged_by_what_it_can_say(claimed, verdict):
    """Decimals to half a unit of the last digit, floats to one unit in the last place, all else exactly."""
    assert verdict_on("sin(x)", {"x": claimed}, {"x": 1}).verdict.name == verdict


def test_the_counterexample_is_simple_and_certain():
    found = verdict_on("(y-w*x)^2", {"w": "2*x*(y-w*x)"}).counterexample
    assert found is not None
    x, y, w = (Fraction(found.point[n]) for n in "xyw")
    assert Fraction(found.left) == 2 * x * (y - w * x)
    assert Fraction(found.right) == -2 * x * (y - w * x)
    assert all(abs(v) <= 2 and v.denominator == 1 for v in (x, y, w))


def test_a_claim_that_fails_at_the_given_point_is_refuted_there_with_its_condition():
    found = verdict_on("sqrt(x^2)*w", {"x": "w"}, {"x": -3, "w": 2})
    assert found.condition is not None
    assert found.counterexample is not None
    assert (found.counterexample.point["x"], found.counterexample.left, found.counterexample.right) == (-3, "2", "-2")


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        ("2*x*(y-(w*x+b))", "a minus sign is lost: ∂u/∂ŷ = -1"),
        ("-x*(y-(w*x+b))", "the factor 2 is missing: ∂L/∂u = 2u"),
        ("-2*(y-(w*x+b))", "a factor of the chain rule is missing: the derivative of w·x by w is x"),
        ("-2*x*(y-w*x+b)", "the term b of w·x + b has the wrong sign; are brackets missing?"),
        ("5*x*(y-(w*x+b))", "it is -5/2 times the derivative"),
        (6, "A usual slip gives this number; the factor 2 is missing: ∂L/∂u = 2u"),
        (8, "A usual slip gives this number; the term b of w·x + b is left out"),
        (20, "it would be right for y = 2"),
        ("2*w*x^2+2*b*x-2*x*y+b", None),
        ("x^5", None),
    ],
)
def test_a_refuted_claim_is_diagnosed_where_one_slip_explains_it(claimed, words):
    assert verdict_on(LOSS, {"w": claimed}, POINT).diagnosis == words


@pytest.mark.parametrize(
    ("expression", "claimed", "verdict"),
    [
        ("relu(x)-relu(-x)", "where(x == 5, 7, 1)", "REFUTED"),
        ("abs(x)", "where(x == 5, 7, where(x > 0, 1, -1))", "REFUTED"),
        ("abs(x)", "where(x == 0, 7, where(x > 0, 1, -1))", "VERIFIED"),
        ("abs(x) + abs(x-1)", "where(x == 0, 7, where(x == 1, 7, sign(x) + sign(x-1)))", "VERIFIED"),
        ("x^2", "where(x == sqrt(2), 5, 2*x)", "REFUTED"),
        ("x^2", "where(x == sqrt(2), 2*sqrt(2), 2*x)", "VERIFIED"),
        ("x^2*w", "where(x == 3, 5, 2*x*w)", "REFUTED"),
        ("x^2*w", "where(x == pi, 5, 2*x*w)", "CONSISTENT"),
        ("w*abs(x)", "where(x > 0, w, -w)", "CONSISTENT"),
    ],
)
def test_a_claim_is_judged_on_every_switch(expression, claimed, verdict):
    """One point where it may say anything does not excuse another, and what was not looked at is not proved."""
    assert verdict_on(expression, {"x": claimed}).verdict.name == verdict


@pytest.mark.parametrize("claimed", ["sqrt(4)/2", "sin(2)/(2*sin(1)*cos(1))"])
def test_a_number_whose_value_cannot_be_told_is_undecided(claimed, monkeypatch):
    """That no value was found is no proof that there is none."""

    def refused(graph, *_, **__):
        return [Undefined(UndecidedError("whether a constant is 0"))] * len(graph)

    monkeypatch.setattr("derivcheck.analysis.claims.certify", refused)
    found = verdict_on("x", {"x": claimed}, {"x": 1})
    assert found.verdict is Verdict.UNDECIDED
    assert found.reason


def test_second_derivatives_can_be_claimed_by_pairs_of_variables():
    claims = {"w,w": "2*x^2", "w,b": "2*x", "b,w": "x"}
    found = analyze(LOSS, order=2, claims=claims, oracles=()).claims
    assert [found[k].verdict.name for k in claims] == ["VERIFIED", "VERIFIED", "REFUTED"]


def test_what_is_claimed_about_joins_the_gradient():
    found = analyze(LOSS, POINT, claims={"x": "-2*w*u", "yhat": "-2*u"}, oracles=())
    assert {n: str(p.value) for n, p in found.gradient.items()} == {"w": "12", "b": "6", "x": "18", "yhat": "6"}
    assert found.gradient["ŷ"].formula == "-2*(y - yhat)"


def test_the_verdict_of_an_analysis_is_the_worst_of_derivation_and_claims():
    assert analyze("x^2", {"x": 1}, claims={"x": "2*x"}).verdict is Verdict.VERIFIED
    assert analyze("x^2", {"x": 1}, claims={"x": "3*x"}).verdict is Verdict.REFUTED
    assert analyze("sqrt(x^2)*w", {"x": 1, "w": 1}, claims={"x": "w"}).verdict is Verdict.CONDITIONAL


def test_out_of_time_no_right_claim_is_refuted():
    loss = "*".join(f"sin(x+{k})" for k in range(40))
    found = verdict_on(loss, {"x": f"({loss})*(" + "+".join(f"1/tan(x+{k})" for k in range(40)) + ")"}, timeout=2)
    assert found.verdict.name in ("UNDECIDED", "CONSISTENT", "VERIFIED")


def test_claims_are_read_from_texts_with_colons_equals_signs_and_quotients():
    for text, of in (("w: -2*x*u", ""), ("w = -2*x*u", ""), ("dL/dw = -2*x*u", "L"), ("∂L/∂w: -2*x*u", "L")):
        assert claim_items([text]) == {("w",): Asked(" -2*x*u", of)}
    for text in ("∂²L/∂w∂b: x", "d^2L/dw db = x", "w,b: x"):
        assert list(claim_items([text])) == [("w", "b")]
    for text in ("∂²L/∂w²: x", "d2L/dw2: x", "d^2L/dw^2 = x", "w,w: x"):
        assert list(claim_items([text])) == [("w", "w")]


@pytest.mark.parametrize(
    ("expression", "claims", "options"),
    [
        (LOSS, ["du/dw: -x"], {}),
        ("s=sigmoid(z); z=w*x; (s-y)^2", ["ds/dz: s*(1-s)"], {}),
        ("x^2", ["dL/dx: 2*x"], {"upstream": 3}),
    ],
)
def test_a_claim_about_the_derivative_of_something_else_is_not_judged_as_one_of_the_loss(expression, claims, options):
    with pytest.raises(DerivcheckError, match="the claim is about"):
        analyze(expression, claims=claims, **options)


def test_claims_are_read_in_the_reading_of_the_numbers_of_the_loss():
    for literals in ("decimal", "binary64"):
        assert verdict_on("0.1*x^2", {"x": "0.2*x"}, literals=literals).verdict.name == "VERIFIED"


def test_a_claimed_number_that_agrees_in_all_its_digits_is_shown_beside_further_ones():
    found = verdict_on("sigmoid(w*x)", {"w": "0.1966119332414818"}, {"w": 1, "x": 1})
    assert found.verdict.name == "REFUTED"
    assert found.counterexample.right.startswith("0.19661193324148185")


@pytest.mark.parametrize(
    ("expression", "claimed"), [("cbrt(x-sin(x))", "1/cbrt(6)"), ("where(x==0, e, (1+x)^(1/x))", "-e/2")]
)
def test_an_irrational_slope_on_a_switch_is_consistent_with_a_claim_that_agrees_in_all_digits(expression, claimed):
    """Equality of two irrational numbers is not proved by enclosures, however narrow; a wrong one is refuted."""
    found = verdict_on(expression, {"x": claimed}, {"x": 0})
    assert (found.verdict.name, found.points) == ("CONSISTENT", 1)
    assert found.digits >= 15
    assert verdict_on(expression, {"x": f"{claimed} + 1e-12"}, {"x": 0}).verdict.name == "REFUTED"


def test_where_a_right_claim_has_no_value_is_said():
    found = analyze("x^2", claims={"x": "2*sqrt(x)^2"}, oracles=())
    assert found.claims["x"].verdict.name == "VERIFIED"
    assert found.claims["x"].missing_at["x"] < 0
    assert "the claim has no value, though the derivative has one." in found.to_text()


def test_a_loss_that_is_always_on_a_switch_of_constants_can_be_claimed_about():
    assert verdict_on("max(2,2)*w", {"w": "2"}).verdict.name == "VERIFIED"


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"q": "1"}, "has no 'q' to differentiate by"),
        ({"w": "z*x"}, "the claim uses 'z', which the loss does not have"),
        ({"w": "2*"}, "is missing after"),
        ({"w": None}, "is no number"),
        ({"w": float("nan")}, "is not a finite number"),
        ({"w,b,x": "1"}, "order 3"),
        ({"w,b": "x"}, "two variables that are differentiated by"),
        ("w", "a name and a formula or a number"),
        (["w: 1", "w: 2"], "two claims"),
        (7, "names with formulas"),
    ],
)
def test_a_claim_that_cannot_be_read_is_refused_and_the_worker_stays_free(claims, message):
    with pytest.raises(DerivcheckError, match=message):
        analyze(LOSS, POINT, claims=claims)
    assert analyze("x^2", {"x": 1}, timeout=20).verdict is Verdict.VERIFIED


def test_claims_stand_in_the_json():
    found = json.loads(analyze(LOSS, POINT, claims={"w": "2*x*u"}, oracles=()).to_json())["claims"]["w"]
    assert found["verdict"] == "REFUTED"
    assert found["slip"] == "LOST_SIGN"
    assert found["claimed"] == "2*x*u"
    assert found["holds_here"] is False
    assert set(found["counterexample"]) == {"at", "claimed", "derived"}


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([LOSS, "sin(w*x)*b", "exp(-w^2*x)+b", "log(1+exp(w*x))", "w^3/(1+x^2)", "tanh(w*x+b)", "|w*x-y|"]),
    st.sampled_from(["1000001/1000000", "999999/1000000"]),
)
def test_a_relative_error_of_a_millionth_is_refuted(expression, factor):
    """The right formula is verified, or consistent; off by a millionth it is refuted."""
    formula = analyze(expression, oracles=()).gradient["w"].formula
    assert verdict_on(expression, {"w": formula}).verdict in (Verdict.VERIFIED, Verdict.CONSISTENT)
    assert verdict_on(expression, {"w": f"{factor}*({formula})"}).verdict is Verdict.REFUTED
