"""Floats follow IEEE 754 and never raise; arrays do, elementwise, what scalars do."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from derivcheck.numbers.arrays import Arrays
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.floats import Floats

Q = Fraction
S, A = Floats(), Arrays()
UNARY = [
    "neg",
    "exp",
    "log",
    "sin",
    "cos",
    "atan",
    "erf",
    "loggamma",
    "abs",
    "floor",
    "log1p",
    "expm1",
    "erfc",
    "sinh",
    "cosh",
    "tanh",
    "sigmoid",
    "softplus",
    "logsigmoid",
    "cbrt",
]
BINARY = ["add", "sub", "mul", "div", "pow", "max", "min", "lt", "le", "eq"]
POWERS = [Q(0), Q(1), Q(2), Q(3), Q(-1), Q(-2), Q(1, 2), Q(1, 3), Q(-1, 2), Q(3, 2), Q(10**400)]
numbers = st.one_of(st.floats(), st.sampled_from([0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, 5e-324, 1.7e308]))


def same(a, b, ulps=4):
    """Equal to a few units in the last place; NaN equals NaN."""
    if math.isnan(a) or math.isnan(b) or math.isinf(a) or math.isinf(b):
        return a == b or (math.isnan(a) and math.isnan(b))
    return abs(a - b) <= ulps * max(math.ulp(a), math.ulp(b))


@given(numbers)
def test_scalars_never_raise_and_arrays_agree_with_them(x):
    for name in UNARY:
        scalar = getattr(S, name)(x)
        assert isinstance(scalar, float)
        array = getattr(A, name)(np.array([x, 1.0]))
        assert array.dtype == np.float64
        assert array.shape == (2,)
        assert same(scalar, float(array[0])), name
        assert same(scalar, float(getattr(A, name)(np.float64(x)))), name
    for exponent in POWERS:
        assert same(S.power(x, exponent), float(A.power(np.array([x]), exponent)[0])), exponent


@given(numbers, numbers)
@example(0.0, 0.0)
@example(1.0, -0.0)
@example(-0.0, -1.0)
def test_binary_operations_of_arrays_are_those_of_scalars(x, y):
    for name in BINARY:
        scalar = getattr(S, name)(x, y)
        assert same(float(scalar), float(getattr(A, name)(np.array([x]), np.array([y]))[0])), name


@settings(max_examples=50, deadline=None)
@given(st.floats(-1e300, 1e300))
def test_values_are_within_ulps_of_the_ball(x):
    balls = Ball(1200)
    exact = balls.constant(Q(x))
    for name in ("sin", "cos", "atan", "erf", "tanh", "sigmoid", "softplus", "cbrt"):
        value, truth = getattr(S, name)(x), getattr(balls, name)(exact)
        assert abs(truth - arb(value)) <= 4 * arb(math.ulp(value)), name


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-3, 1e6), st.integers(0, 4))
def test_polygamma_is_correctly_rounded(x, order):
    truth = Ball(300).polygamma(Ball(300).constant(Q(x)), Q(order))
    value = S.polygamma(x, Q(order))
    assert abs(truth - arb(value)) <= arb(math.ulp(value)) * 0.5001
    assert A.polygamma(np.array([x]), Q(order))[0] == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: S.div(1.0, 0.0), math.inf),
        (lambda: S.div(-1.0, 0.0), -math.inf),
        (lambda: S.div(1.0, -0.0), -math.inf),
        (lambda: S.div(0.0, 0.0), math.nan),
        (lambda: S.log(0.0), -math.inf),
        (lambda: S.log(-1.0), math.nan),
        (lambda: S.exp(1000.0), math.inf),
        (lambda: S.power(-1.0, Q(1, 3)), math.nan),
        (lambda: S.power(-math.inf, Q(1, 2)), math.nan),
        (lambda: S.power(0.0, Q(-1)), math.inf),
        (lambda: S.power(-0.0, Q(-1)), -math.inf),
        (lambda: S.power(-1e200, Q(3)), -math.inf),
        (lambda: S.pow(0.0, 0.0), 1.0),
        (lambda: S.loggamma(0.0), math.inf),
        (lambda: S.polygamma(0.0, Q(0)), -math.inf),
        (lambda: S.polygamma(0.0, Q(1)), math.inf),
        (lambda: S.max(math.nan, 1.0), math.nan),
        (lambda: S.max(1.0, math.nan), math.nan),
        (lambda: S.softplus(-800.0), 0.0),
        (lambda: S.softplus(800.0), 800.0),
        (lambda: S.constant(Q(10**400)), math.inf),
        (lambda: S.constant(Q(-(10**400))), -math.inf),
        (lambda: S.constant(Q(1, 10)), 0.1),
    ],
)
def test_special_values(value, expected):
    assert same(value(), expected, 0)


def test_select_reads_elementwise_and_lets_no_warning_escape():
    x = np.array([-1.0, 0.0, 4.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = A.select(A.lt(A.constant(Q(0)), x), A.power(x, Q(1, 2)), A.constant(Q(0)))
        A.div(A.log(x), A.sub(x, x))
    assert found.tolist() == [0.0, 0.0, 2.0]
    both = A.logical_and(A.le(A.constant(Q(0)), x), A.logical_not(A.eq(x, A.constant(Q(0)))))
    assert both.tolist() == [False, False, True]
    assert A.logical_or(both, A.lt(x, A.constant(Q(0)))).tolist() == [True, False, True]
