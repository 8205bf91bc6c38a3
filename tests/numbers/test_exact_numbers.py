"""Exact arithmetic: rational where the truth is, never wrong about a sign, never large."""

from fractions import Fraction

import mpmath
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcheck.numbers.coefficient import Symbolic
from derivcheck.numbers.exact import Exact, rational_root, sign
from derivcheck.numbers.kernel import DomainError, PrecisionError, UndecidedError
from derivcheck.numbers.symbolic import SymbolicExact

E = Exact(200)
Q = Fraction
rationals = st.fractions(min_value=-50, max_value=50, max_denominator=60)
positive = st.fractions(min_value=Q(1, 60), max_value=50, max_denominator=60)


def as_mpmath(value):
    """The number, to 100 digits."""
    if isinstance(value, Fraction):
        return mpmath.mpf(value.numerator) / value.denominator
    ball = value.ball if isinstance(value, Symbolic) else value
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.mpf(int(mantissa)) * mpmath.mpf(2) ** int(exponent)


def agrees(value, truth):
    return abs(as_mpmath(value) - truth) <= mpmath.mpf(10) ** -45 * (1 + abs(truth))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: E.exp(Q(0)), Q(1)),
        (lambda: E.log(Q(1)), Q(0)),
        (lambda: E.sin(Q(0)), Q(0)),
        (lambda: E.cos(Q(0)), Q(1)),
        (lambda: E.atan(Q(0)), Q(0)),
        (lambda: E.erf(Q(0)), Q(0)),
        (lambda: E.erfc(Q(0)), Q(1)),
        (lambda: E.loggamma(Q(2)), Q(0)),
        (lambda: E.power(Q(9, 4), Q(1, 2)), Q(3, 2)),
        (lambda: E.power(Q(8, 27), Q(1, 3)), Q(2, 3)),
        (lambda: E.power(Q(8, 27), Q(-2, 3)), Q(9, 4)),
        (lambda: E.power(Q(2), Q(100)), Q(2**100)),
        (lambda: E.power(Q(0), Q(0)), Q(1)),
        (lambda: E.power(Q(0), Q(1, 2)), Q(0)),
        (lambda: E.power(Q(-1), Q(10**50 + 1)), Q(-1)),
        (lambda: E.pow(Q(0), E.pi()), Q(0)),
        (lambda: E.cbrt(Q(-8)), Q(-2)),
        (lambda: E.tanh(Q(0)), Q(0)),
        (lambda: E.sigmoid(Q(0)), Q(1, 2)),
        (lambda: E.floor(Q(-7, 2)), Q(-4)),
        (lambda: E.floor(E.pi()), Q(3)),
        (lambda: E.sub(E.pi(), E.pi()), Q(0)),
        (lambda: E.mul(Q(0), E.pi()), Q(0)),
    ],
)
def test_rational_results_stay_rational(found, expected):
    value = found()
    assert isinstance(value, Fraction)
    assert value == expected


@given(rationals, rationals)
def test_field_operations_are_those_of_rationals(a, b):
    assert E.add(a, b) == a + b
    assert E.sub(a, b) == a - b
    assert E.mul(a, b) == a * b
    assert E.max(a, b) == max(a, b)
    assert E.min(a, b) == min(a, b)
    assert E.lt(a, b) is (a < b)
    assert E.le(a, b) is (a <= b)
    assert E.eq(a, b) is (a == b)
    if b:
        assert E.div(a, b) == a / b


@settings(max_examples=40, deadline=None)
@given(rationals)
def test_functions_agree_with_mpmath(a):
    with mpmath.workdps(100):
        x = as_mpmath(a)
        for name, function in {
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
            "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
            "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
            "logsigmoid": lambda z: -mpmath.log(1 + mpmath.exp(-z)),
        }.items():
            assert agrees(getattr(E, name)(a), function(x)), name


@settings(max_examples=40, deadline=None)
@given(positive, rationals)
def test_functions_of_positive_numbers_agree_with_mpmath(a, b):
    with mpmath.workdps(100):
        x = as_mpmath(a)
        assert agrees(E.log(a), mpmath.log(x))
        assert agrees(E.log1p(a), mpmath.log1p(x))
        assert agrees(E.loggamma(a), mpmath.loggamma(x))
        assert agrees(E.polygamma(a, Q(0)), mpmath.psi(0, x))
        assert agrees(E.polygamma(a, Q(2)), mpmath.psi(2, x))
        exponent = Q(b.numerator, max(b.denominator, 2))
        assert agrees(E.power(a, exponent), mpmath.power(x, as_mpmath(exponent)))


@given(positive, st.integers(2, 9))
def test_the_root_of_a_power_is_the_base(a, degree):
    assert rational_root(a**degree, degree) == a


@given(positive, st.integers(2, 9))
def test_a_rational_root_is_a_root(a, degree):
    root = rational_root(a, degree)
    assert root is None or root**degree == a


@pytest.mark.parametrize(
    "outside",
    [
        lambda: E.div(Q(1), Q(0)),
        lambda: E.log(Q(0)),
        lambda: E.log(Q(-1)),
        lambda: E.power(Q(0), Q(-1)),
        lambda: E.power(Q(-1), Q(1, 3)),
        lambda: E.loggamma(Q(0)),
        lambda: E.polygamma(Q(-1, 2), Q(1)),
        lambda: E.pow(Q(-2), E.pi()),
        lambda: E.log1p(Q(-1)),
        lambda: E.log(E.neg(E.pi())),
    ],
)
def test_what_has_no_real_value_is_outside_the_domain(outside):
    with pytest.raises(DomainError):
        outside()


def test_towers_of_powers_are_compared_without_being_written_out():
    tower = E.power(Q(9), Q(9**9))
    assert E.sign_of(tower) == 1
    assert E.lt(E.power(Q(9), Q(9**9 - 1)), tower)
    with pytest.raises(PrecisionError):
        E.pow(Q(9), tower)


def test_large_rationals_become_balls_that_hold_them():
    third = Q(1, 3)
    value = third
    for _ in range(14):
        value = E.mul(value, value) if isinstance(value, Fraction) else value
    assert isinstance(value, arb)
    with mpmath.workdps(100):
        assert abs(as_mpmath(value) * mpmath.mpf(3) ** 4096 - 1) < mpmath.mpf(10) ** -50


def test_the_sign_of_a_hidden_zero_is_not_guessed():
    one = Q(1)
    zero = E.sub(E.add(E.power(E.sin(one), Q(2)), E.power(E.cos(one), Q(2))), one)
    for ask in (sign, E.abs, lambda z: E.lt(z, Q(0)), lambda z: E.div(one, z), lambda z: E.max(z, Q(0)), E.log):
        with pytest.raises(PrecisionError):
            ask(zero)


def test_sympy_proves_a_hidden_zero_on_the_last_rung():
    system = SymbolicExact(256)
    one = Q(1)
    squares = system.add(system.power(system.sin(one), Q(2)), system.power(system.cos(one), Q(2)))
    assert system.sign_of(system.sub(squares, one)) == 0
    assert system.sin(system.pi()) == 0
    root = system.power(Q(2), Q(1, 2))
    assert system.eq(system.mul(root, root), Q(2))
    assert system.floor(system.log(system.exp(Q(3)))) == 3


def test_what_sympy_cannot_prove_stays_undecided():
    """e^(-10^4) is not 0, but a ball of 1 + e^(-10^4) - 1 at 256 bits holds 0."""
    system = SymbolicExact(256)
    tiny = system.sub(system.add(Q(1), system.exp(Q(-(10**4)))), system.cos(system.sub(system.pi(), system.pi())))
    near = system.mul(system.sub(system.add(system.pi(), system.exp(Q(-(10**4)))), system.pi()), Q(3))
    with pytest.raises(UndecidedError):
        system.sign_of(Symbolic(E.to_ball(Q(0)) + arb(0, 1), None))
    for value in (tiny, near):
        try:
            assert system.sign_of(value) == 1
        except UndecidedError:
            assert value.ball.contains(0)


@settings(max_examples=30, deadline=None)
@given(rationals, rationals)
def test_formulas_and_balls_stand_for_the_same_number(a, b):
    system = SymbolicExact(200)
    value = system.add(system.exp(system.sin(a)), system.mul(system.atan(b), system.pi()))
    with mpmath.workdps(60):
        truth = mpmath.exp(mpmath.sin(as_mpmath(a))) + mpmath.atan(as_mpmath(b)) * mpmath.pi
        assert agrees(value, truth)
        formula = value.formula if isinstance(value, Symbolic) else value
        assert abs(mpmath.mpf(str(formula.evalf(60) if isinstance(value, Symbolic) else formula)) - truth) < 1e-45
