"""Balls hold the truth, at every precision, and lose it nowhere."""

import math
from fractions import Fraction

import mpmath
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcheck.numbers.ball import Ball
from derivcheck.numbers.kernel import DomainError, Undefined

Q = Fraction
floats = st.floats(-300, 300)
positive = st.floats(1e-6, 300)
FUNCTIONS = {
    "exp": mpmath.exp,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "atan": mpmath.atan,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "expm1": mpmath.expm1,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "floor": mpmath.floor,
    "abs": abs,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "logsigmoid": lambda z: -mpmath.log1p(mpmath.exp(-z)),
    "cbrt": lambda z: mpmath.sign(z) * mpmath.cbrt(abs(z)),
}
POSITIVE = {
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "loggamma": mpmath.loggamma,
}


def rational(value):
    """An mpmath number as the rational it is."""
    sign_, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
    return (-1) ** sign_ * Q(int(mantissa)) * Q(2) ** exponent


def holds(ball, truth):
    """Whether a wide ball holds a 300-digit number, up to the error of that number."""
    slack = abs(truth) * mpmath.mpf(10) ** -290
    high = Ball(1200)
    return ball.overlaps(high.constant(rational(truth - slack)).union(high.constant(rational(truth + slack))))


@pytest.mark.parametrize("bits", [24, 53, 128])
@settings(max_examples=30, deadline=None)
@given(x=floats)
def test_a_function_of_a_ball_holds_the_function_of_its_centre(bits, x):
    system = Ball(bits)
    ball = system.constant(Q(x))
    with mpmath.workdps(330):
        for name, function in FUNCTIONS.items():
            assert holds(getattr(system, name)(ball), function(mpmath.mpf(x))), name


@settings(max_examples=40, deadline=None)
@given(positive)
def test_functions_of_positive_numbers_hold_the_truth(x):
    system = Ball(100)
    ball = system.constant(Q(x))
    with mpmath.workdps(330):
        for name, function in POSITIVE.items():
            assert holds(getattr(system, name)(ball), function(mpmath.mpf(x))), name
        assert holds(system.power(ball, Q(2, 3)), mpmath.power(mpmath.mpf(x), mpmath.mpf(2) / 3))
        assert holds(system.power(ball, Q(-5, 2)), mpmath.power(mpmath.mpf(x), mpmath.mpf(-5) / 2))


@settings(deadline=None)
@given(st.floats(-20, 20), st.floats(0, 5), st.floats(0, 1))
def test_a_function_of_an_interval_holds_the_function_of_each_of_its_numbers(middle, radius, where):
    system = Ball(64)
    wide = arb(middle, radius)
    inside = Q(middle) + Q(radius) * (2 * Q(where) - 1)
    point = system.constant(inside)
    for name in FUNCTIONS:
        assert getattr(system, name)(wide).overlaps(getattr(system, name)(point)), name
    for exponent in (Q(2), Q(3), Q(4), Q(1, 2), Q(5, 3)):
        if inside >= 0 or exponent.denominator == 1:
            try:
                found = system.power(wide, exponent)
            except DomainError:
                assert inside <= 0
            else:
                assert found.overlaps(system.power(point, exponent)) or found.is_nan()


@pytest.mark.parametrize(
    ("name", "at", "formula"),
    [
        ("softplus", Q(-800), lambda x: mpmath.log1p(mpmath.exp(x))),
        ("log1p", Q(1, 10**18), mpmath.log1p),
        ("expm1", Q(1, 10**30), mpmath.expm1),
        ("erfc", Q(30), mpmath.erfc),
        ("sigmoid", Q(-900), lambda x: mpmath.exp(x) / (1 + mpmath.exp(x))),
        ("logsigmoid", Q(800), lambda x: -mpmath.log1p(mpmath.exp(-x))),
        ("tanh", Q(1, 10**25), mpmath.tanh),
    ],
)
def test_stable_compounds_have_all_their_bits(name, at, formula):
    system = Ball(53)
    found = getattr(system, name)(system.constant(at))
    assert found.rel_accuracy_bits() >= 45
    with mpmath.workdps(500):
        assert holds(found, formula(mpmath.mpf(at.numerator) / at.denominator))


def test_an_open_comparison_is_none_and_selects_the_hull():
    system = Ball(64)
    wide, one, two = arb(0, 1), arb(1), arb(2)
    assert system.lt(wide, arb(0)) is None
    assert system.eq(wide, wide) is None
    assert system.lt(one, two) is True
    assert system.le(two, one) is False
    assert system.eq(one, two) is False
    assert system.eq(one, arb(1)) is True
    hull = system.select(None, one, two)
    assert hull.contains(one)
    assert hull.contains(two)
    assert system.select(True, one, Undefined(DomainError("not read"))) is one
    assert not system.select(None, one, Undefined(DomainError("perhaps read"))).is_finite()
    with pytest.raises(DomainError, match="it is read"):
        system.select(False, one, Undefined(DomainError("it is read")))


@pytest.mark.parametrize("p", [True, False, None])
@pytest.mark.parametrize("q", [True, False, None])
def test_conditions_follow_three_valued_logic(p, q):
    """A condition that is None stands for either truth value."""
    system = Ball(64)

    def either(c):
        return [c] if c is not None else [True, False]

    for found, operation in ((system.logical_and(p, q), all), (system.logical_or(p, q), any)):
        possible = {operation((a, b)) for a in either(p) for b in either(q)}
        assert found is (possible.pop() if len(possible) == 1 else None)
    assert system.logical_not(p) is (None if p is None else not p)


@pytest.mark.parametrize(
    "outside",
    [
        lambda s: s.log(arb(-1)),
        lambda s: s.log(arb(0)),
        lambda s: s.div(arb(1), arb(0)),
        lambda s: s.power(arb(-1), Q(1, 2)),
        lambda s: s.power(arb(0), Q(-2)),
        lambda s: s.pow(arb(-2), arb("0.5")),
        lambda s: s.loggamma(arb(-1)),
        lambda s: s.polygamma(arb(0), Q(0)),
        lambda s: s.log1p(arb(-2)),
    ],
)
def test_what_is_certainly_outside_raises(outside):
    with pytest.raises(DomainError):
        outside(Ball(64))


def test_what_overlaps_a_boundary_is_wide_and_not_refused():
    system = Ball(64)
    wide = arb(0, 1)
    assert not system.log(wide).is_finite()
    assert not system.div(arb(1), wide).is_finite()
    assert system.power(wide, Q(1, 2)).contains(arb(1))
    assert system.abs(wide).contains(arb(0))
    assert system.abs(wide) >= -1e-6
    assert system.power(wide, Q(2)) >= -1e-6


@given(st.integers(-30, 30), st.integers(-9, 9))
def test_integer_powers_are_exact_where_they_fit(base, exponent):
    system = Ball(400)
    if base == 0 and exponent < 0:
        return
    truth = Q(base) ** exponent
    for found in (
        system.power(system.constant(Q(base)), Q(exponent)),
        system.pow(arb(base), arb(exponent)),
    ):
        assert found.overlaps(system.constant(truth))
        assert found.rel_accuracy_bits() > 380


@given(floats)
def test_a_float_lies_within_an_ulp_of_the_ball(x):
    """The C library's exponential is within two units in the last place of the ball."""
    system = Ball(80)
    truth = system.exp(system.constant(Q(x)))
    value = math.exp(x)
    assert abs(truth - arb(value)) <= 2 * arb(math.ulp(value))
