"""Truncated series of balls hold the Taylor coefficients, at a point and over an interval."""

from fractions import Fraction

import mpmath
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcheck.numbers.ball import Ball
from derivcheck.numbers.kernel import DomainError, PrecisionError
from derivcheck.numbers.series import Taylor

Q = Fraction
T = Taylor(4, 120)
FUNCTIONS = {
    "exp": mpmath.exp,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "atan": mpmath.atan,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "expm1": mpmath.expm1,
    "tanh": mpmath.tanh,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "logsigmoid": lambda z: -mpmath.log1p(mpmath.exp(-z)),
}
POSITIVE = {
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "loggamma": mpmath.loggamma,
}


def variable(x):
    return T.variable(Ball(120).constant(Q(x)))


def middle(ball):
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.mpf(int(mantissa)) * mpmath.mpf(2) ** int(exponent)


def agree(series, function, x):
    truth = mpmath.taylor(function, mpmath.mpf(x), T.order)
    return all(
        abs(middle(series[k]) - truth[k]) <= mpmath.mpf(10) ** -18 * (1 + abs(truth[k])) for k in range(T.order + 1)
    )


@settings(max_examples=15, deadline=None)
@given(st.floats(-6, 6))
def test_coefficients_agree_with_mpmath(x):
    with mpmath.workdps(40):
        for name, function in FUNCTIONS.items():
            assert agree(getattr(T, name)(variable(x)), function, x), name


@settings(max_examples=15, deadline=None)
@given(st.floats(0.5, 20))
def test_coefficients_at_positive_points_agree_with_mpmath(x):
    with mpmath.workdps(40):
        for name, function in POSITIVE.items():
            assert agree(getattr(T, name)(variable(x)), function, x), name
        assert agree(T.polygamma(variable(x), Q(1)), lambda z: mpmath.psi(1, z), x)
        assert agree(T.power(variable(x), Q(1, 2)), mpmath.sqrt, x)
        assert agree(T.power(variable(x), Q(-3)), lambda z: z**-3, x)
        assert agree(T.pow(variable(x), variable(x)), lambda z: z**z, x)
        assert agree(T.div(T.sin(variable(x)), variable(x)), lambda z: mpmath.sin(z) / z, x)


@settings(max_examples=60, deadline=None)
@given(st.floats(-4, 4), st.floats(0, 0.01), st.floats(-1, 1))
def test_a_series_over_an_interval_holds_the_series_at_each_of_its_points(x, radius, where):
    wide = T.variable(arb(x, radius))
    point = variable(Q(x) + Q(radius) * Q(where))
    for name in FUNCTIONS:
        over, at = getattr(T, name)(wide), getattr(T, name)(point)
        assert all(over[k].overlaps(at[k]) for k in range(T.order + 1)), name


def test_derivatives_are_coefficients_times_factorials():
    series = T.exp(variable(0))
    assert all(T.derivative(series, k).overlaps(arb(1)) for k in range(5))
    assert T.coefficient(series, 3).overlaps(arb(1) / 6)


@pytest.mark.parametrize(
    "switch",
    [
        T.abs,
        T.floor,
        lambda x: T.max(x, T.constant(Q(0))),
        lambda x: T.min(T.constant(Q(0)), x),
        lambda x: T.lt(x, T.constant(Q(0))),
        T.log,
        lambda x: T.power(x, Q(1, 2)),
        lambda x: T.div(T.constant(Q(1)), x),
        T.loggamma,
    ],
)
def test_a_switch_or_an_end_of_a_domain_inside_is_noticed(switch):
    with pytest.raises(PrecisionError):
        switch(T.variable(arb(0, 0.001)))


def test_a_switch_at_the_very_centre_is_noticed():
    for ask in (T.abs, T.floor, lambda x: T.eq(x, T.constant(Q(0))), lambda x: T.power(x, Q(1, 2))):
        with pytest.raises(PrecisionError):
            ask(variable(0))


def test_switches_elsewhere_are_decided():
    x = variable(Q(-3, 2))
    assert T.abs(x)[1] == -1
    assert T.max(x, T.constant(Q(0)))[1] == 0
    assert T.floor(x)[0] == -2
    assert T.floor(T.constant(Q(2)))[0] == 2
    assert T.eq(T.sub(x, x), T.constant(Q(0)))


@pytest.mark.parametrize(
    "outside",
    [
        lambda: T.log(variable(-1)),
        lambda: T.power(variable(-1), Q(1, 3)),
        lambda: T.div(T.constant(Q(1)), T.constant(Q(0))),
        lambda: T.loggamma(variable(-3)),
        lambda: T.log1p(variable(-2)),
    ],
)
def test_what_is_outside_a_domain_raises(outside):
    with pytest.raises(DomainError):
        outside()
