"""Laws of comparison: a small error is always refuted, a rewriting never, and a time limit refutes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.identities import read_cases
from derivcheck import Verdict, equal

TRUE = [c for c in read_cases() if not c["corrupted"]]
REWRITINGS = (
    "(({u})*({v})/({v}))",
    "(({u}) + ({v}) - ({v}))",
    "(2*({u}) - ({u}))",
    "(1/(1/({u})))",
    "(({u})*(sin(x)^2 + cos(x)^2))",
    "(({u})*(cosh({v})^2 - sinh({v})^2))",
    "(({u})*exp({v})*exp(-({v})))",
    "((({u}) + ({v}))^2 - ({v})^2 - 2*({v})*({u}))/({u})",
    "log(exp({u}))",
    "-(-({u}))",
)
OTHERS = ("x", "a", "x^2 + 1", "exp(x)", "sin(x)", "3", "b*x + 1")

cases = st.sampled_from(TRUE)
rewritings = st.tuples(st.sampled_from(REWRITINGS), st.sampled_from(OTHERS))


@settings(max_examples=40)
@given(cases, rewritings, rewritings)
def test_a_rewriting_is_never_refuted(case: dict[str, str], first: tuple[str, str], second: tuple[str, str]) -> None:
    """An integrand and an antiderivative stay what they are, however they are written."""
    integrand = first[0].format(u=case["integrand"], v=first[1])
    antiderivative = second[0].format(u=case["antiderivative"], v=second[1])
    found = equal(f"diff({antiderivative}, x)", integrand)
    assert found.verdict in {Verdict.VERIFIED, Verdict.CONSISTENT, Verdict.UNDECIDED}, (integrand, antiderivative)


@settings(max_examples=40)
@given(cases, rewritings, st.sampled_from(["1.000001", "0.999999", "(1 + 1e-6)"]), st.booleans())
def test_a_relative_error_of_a_millionth_is_refuted(
    case: dict[str, str], rewriting: tuple[str, str], factor: str, swapped: bool
) -> None:
    """Whichever side it is on, and however that is written."""
    integrand = f"{factor}*({case['integrand']})"
    derivative = f"diff({rewriting[0].format(u=case['antiderivative'], v=rewriting[1])}, x)"
    pair = (integrand, derivative) if swapped else (derivative, integrand)
    found = equal(*pair)
    assert found.verdict is Verdict.REFUTED, pair
    assert found.counterexample is not None


@settings(max_examples=30)
@given(cases, st.floats(0.0, 0.03))
def test_a_time_limit_refutes_no_identity(case: dict[str, str], timeout: float) -> None:
    """What is not done in time is undecided."""
    found = equal(f"diff({case['antiderivative']}, x)", case["integrand"], timeout=timeout)
    assert found.verdict in {Verdict.VERIFIED, Verdict.CONSISTENT, Verdict.UNDECIDED}


@pytest.mark.parametrize(
    ("a", "b", "where"),
    [
        ("log(|x|)", "log(x)", None),
        ("cbrt(x)", "x^(1/3)", None),
        ("lgamma(x+1)", "log(x) + lgamma(x)", None),
        ("sqrt((1+x)/(1-x))", "(1+x)/sqrt(1-x^2)", None),
        ("sqrt(x + 2*sqrt(x-1))", "1 + sqrt(x-1)", None),
        ("sqrt(x + sqrt(x^2-1))", "(sqrt(x+1) + sqrt(x-1))/sqrt(2)", None),
        ("sqrt(a + b + 2*sqrt(a*b))", "sqrt(a) + sqrt(b)", "a > 0"),
        ("where(x < sqrt(2), 1, 0)", "where(x^2 < 2, 1, where(x < 0, 1, 0))", None),
        ("diff(-log(|cos(a*x)|)/a, x)", "tan(a*x)", None),
        ("(a + b*x^n)^(-1 - 1/n)*(a + b*x^n)", "(a + b*x^n)^(-1/n)", None),
        ("1/(1 + sin(a/x - pi/4))", "1/(1 - sin(pi/4 - a/x))", None),
        ("tan(pi/4 + sinh(x)/2)", "cos(sinh(x))/(1 - sin(sinh(x)))", None),
        ("sqrt(1 - x^(2*n))", "sqrt(1 - x^n)*sqrt(1 + x^n)", None),
        ("exp(atanh(a*exp(x)))", "(1 + a*exp(x))/sqrt(1 - a^2*exp(x)^2)", None),
        ("sqrt(x^(2*n))", "|x^n|", None),
    ],
)
def test_formulas_that_need_their_domain_are_proved(a: str, b: str, where: str | None) -> None:
    """Signs follow from what roots, logarithms and arc functions need to be real."""
    assert equal(a, b, where=where).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("a", "b", "condition"),
    [
        ("a*sqrt(x/a)", "sqrt(a*x)", "x > 0"),
        ("sqrt(a*x^2)", "sqrt(a)*x", "x > 0"),
        ("(x^2)^n", "x^(2*n)", "x > 0"),
        ("sqrt(x^2)/x", "1", "x > 0"),
        ("|x - e*y|", "x - exp(1)*y", "-e*y + x > 0"),
        ("1/sqrt(x^2 - a^2)", "diff(acosh(x/a), x)", "a > 0"),
    ],
)
def test_roots_that_need_a_sign_are_conditional(a: str, b: str, condition: str) -> None:
    """Equal for one sign of a variable, refuted for the other."""
    found = equal(a, b)
    assert (found.verdict, found.condition) == (Verdict.CONDITIONAL, condition)
    assert equal(a, b, where=condition).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("a", "b", "point"),
    [
        ("where(x == sqrt(2), 1, 0)", "0", "sqrt(2)"),
        ("where(x^2 == 2, 1, 0)", "0", "-sqrt(2)"),
        ("where(x == pi, 1, 0)", "0", "pi"),
        ("sign(x - sqrt(3))", "where(x > sqrt(3), 1, -1)", "sqrt(3)"),
    ],
)
def test_a_value_at_an_irrational_point_counts(a: str, b: str, point: str) -> None:
    """No fraction hits the point; the edge itself is put in."""
    found = equal(a, b)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample is not None
    assert found.counterexample.point == {"x": point}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("(x^n)^m", "x^(n*m)"),
        ("(x^n)^(1/n)", "x"),
        ("sqrt(x^(2*n))", "x^n"),
        ("(-1)^(2*n)", "1"),
        ("sqrt(x^n)", "x^(n/2)"),
        ("asin(sin(x))", "x"),
        ("acot(x)", "pi/2 - atan(x)"),
        ("sqrt(x - 2*sqrt(x-1))", "sqrt(x-1) - 1"),
    ],
)
def test_what_holds_only_for_some_powers_or_angles_is_refuted(a: str, b: str) -> None:
    """Whole exponents of negative numbers are looked at, and more than one period."""
    assert equal(a, b).verdict is Verdict.REFUTED
