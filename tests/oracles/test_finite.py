"""Central differences: the bound holds, and switches are seen."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import NoValueError, constants, expressions, graph_of, mp, points, rationals, slope_of, value_of

from derivcheck.language import printer
from derivcheck.oracles.finite import central_difference


def difference(text, name, derived=None, upstream=None, **point):
    point = {n: Fraction(v) for n, v in point.items()}
    return central_difference(graph_of(text, *point), constants(point), name, derived, upstream=upstream)


values = (
    rationals
    | st.floats(-50, 50).filter(lambda v: not 0 < abs(v) < 1e-6).map(Fraction)
    | st.floats(1e-6, 1e6).map(Fraction)
)


@settings(max_examples=150)
@given(expressions(), points(values=values), st.integers(0, 2), rationals.filter(bool))
def test_the_bound_holds(expr, point, place, upstream):
    """|D_h - f′(x)| is at most the stated bound, with the truth from mpmath at 80 digits."""
    names = expr.names()
    assume(names)
    name = names[place % len(names)]
    point = {n: point[n] for n in names}
    try:
        value_of(expr, point)
        truth = slope_of(expr, point, name) * mp.mpf(upstream.numerator) / upstream.denominator
    except (NoValueError, ZeroDivisionError, OverflowError):
        assume(False)
    assume(abs(truth) < 1e50)
    found = central_difference(graph_of(expr), constants(point), name, None, upstream=upstream)
    if found.bound is not None:
        slack = (1 + abs(truth)) * mp.mpf(10) ** -25  # what mpmath's own difference may be off
        assert abs(mp.mpf(found.value) - truth) <= mp.mpf(found.bound) + slack, (printer.own(expr), point, name, found)


@settings(max_examples=100)
@given(expressions(size=5), points())
def test_the_bound_is_useful(expr, point):
    """Where a bound is given at an ordinary point, the truth agrees and twice the bound beside it does not."""
    names = expr.names()
    assume(names)
    point = {n: point[n] for n in names}
    try:
        value_of(expr, point)
        truth = slope_of(expr, point, names[0])
    except (NoValueError, ZeroDivisionError, OverflowError):
        assume(False)
    assume(abs(truth) < 1e50)
    exact = Fraction(mp.nstr(truth, 40))
    graph = graph_of(expr)
    found = central_difference(graph, constants(point), names[0], exact)
    if found.bound is None:
        return
    slack = (1 + abs(exact)) / 10**25  # what mpmath's own difference may be off
    assert found.agrees or abs(Fraction(found.value) - exact) <= Fraction(found.bound) * 2 + slack
    for sign in (1, -1):
        wrong = Fraction(found.value) + sign * (3 * Fraction(found.bound) + (1 + abs(Fraction(found.value))) / 2**100)
        assert central_difference(graph, constants(point), names[0], wrong).agrees is False


@pytest.mark.parametrize(
    ("text", "name", "point", "expected"),
    [
        ("(y-(w*x+b))^2", "w", {"y": 4, "w": 3, "x": 2, "b": 1}, 12),
        ("w^2", "w", {"w": 0}, 0),
        ("3*w + 1", "w", {"w": Fraction(1, 10)}, 3),
        ("sin(w)", "w", {"w": 0}, 1),
        ("log(w)", "w", {"w": Fraction(1, 10**6)}, 10**6),
        ("|w|", "w", {"w": Fraction(1, 10**9)}, 1),
        ("where(w > 0, sqrt(w), 0)", "w", {"w": -1}, 0),
        ("w*b", "b", {"w": Fraction(1, 3), "b": 10**12}, Fraction(1, 3)),
    ],
)
def test_right_derivatives_agree_within_a_narrow_bound(text, name, point, expected):
    """The derivative lies within the bound, and the bound is less than a millionth of its size."""
    found = difference(text, name, Fraction(expected), **point)
    assert found.agrees is True
    assert found.bound <= 1e-6 * max(1, abs(expected))
    assert math.log2(found.step) % 1 == 0


@pytest.mark.parametrize("wrong", [12 + Fraction(1, 10**9), -12, 0, 6])
def test_wrong_derivatives_disagree(wrong):
    """A derivative that is wrong by 1e-9 of its size is outside the bound."""
    assert difference("(y-(w*x+b))^2", "w", Fraction(wrong), y=4, w=3, x=2, b=1).agrees is False


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("|w|", 0),
        ("relu(w)", 0),
        ("|w - 1/10|", Fraction(1, 10)),
        ("w*|w|", 0),
        ("where(w > 1, w^2, 2*w - 1)", 1),
        ("floor(w)", 3),
        ("Max(w, w^2)", 1),
        ("sign(w)", 0),
    ],
)
def test_on_a_switch_there_is_no_bound(text, at):
    """A quotient across a kink or jump is shown as what it is: a number without a bound, that agrees with nothing."""
    found = difference(text, "w", Fraction(0), w=at)
    assert (found.bound, found.agrees, found.reason) == (None, None, "switch")
    assert found.value is not None


@pytest.mark.parametrize(("text", "at"), [("log(w)", -1), ("sqrt(w)", -1), ("log(w)", 0), ("1/w", 0)])
def test_outside_the_domain_there_is_no_quotient(text, at):
    """No value, no bound, and no agreement."""
    found = difference(text, "w", Fraction(0), w=at)
    assert (found.value, found.bound, found.agrees, found.reason) == (None, None, None, "domain")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("exp(-w)", 10**9),
        ("exp(-exp(w))", 30),
        ("erf(w)", 10**5),
        ("tanh(w)", 400),
        ("exp(-w^2)", 40),
        ("w^9", Fraction(1, 10**60)),
    ],
)
def test_a_bound_does_not_underflow(text, at):
    """A derivative smaller than any float is not refuted by a bound of 0."""
    from derivcheck.derive import differentiate
    from derivcheck.oracles.certified import certify

    graph = graph_of(text, "w")
    derivation = differentiate(graph)
    step = derivation.gradient("w")
    point = constants({"w": Fraction(at)})
    truth = certify(derivation.graph, point, [step])[step]
    assert central_difference(graph, point, "w", truth).agrees is True


@pytest.mark.parametrize(("text", "at"), [("exp(w)", 1000), ("w^3", 10**200), ("exp(exp(w))", 10)])
def test_above_the_range_of_floats_there_is_no_quotient(text, at):
    """A float infinity is no evidence, and it is said why."""
    found = difference(text, "w", Fraction(1), w=at)
    assert found.agrees is None
    assert found.reason == "range"


@pytest.mark.parametrize(
    ("text", "at", "truth"),
    [
        ("exp(w) - 1 - w - w^2/2", Fraction(1, 10**5), 5.0000166667e-11),
        ("(w - 1)*(w^2 - 2*w + 1) - (w^3 - 3*w^2 + 3*w - 1) + w", Fraction(11, 10), 1.0),
    ],
)
def test_values_that_cancel_are_differenced_over_a_longer_step(text, at, truth):
    """The step answers to how wrong the values are, not to how large: the bound still tells the derivative from 0."""
    found = difference(text, "w", w=at)
    assert found.bound < truth
    assert abs(found.value - truth) <= found.bound * (1 + 1e-9)


def test_an_upstream_gradient_scales_value_and_bound():
    """The quotient times 1/3 has its bound times 1/3, the rounding of 1/3 included."""
    plain = difference("exp(w)", "w", w=1)
    scaled = difference("exp(w)", "w", upstream=Fraction(1, 3), w=1)
    assert scaled.value == pytest.approx(plain.value / 3)
    assert plain.bound / 3 <= scaled.bound <= plain.bound / 2
