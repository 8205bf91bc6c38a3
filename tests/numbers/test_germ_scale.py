"""Exponentials on the scale of powers, and signs that are not known."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.numbers.exact import Exact
from derivcheck.numbers.germ import FLAT, Germ
from derivcheck.numbers.kernel import PrecisionError, UndecidedError
from derivcheck.numbers.logpower import LogPowerSeries, Tendency
from derivcheck.numbers.rates import exponential, logarithm, logarithms

MULTIPLES = st.fractions(-20, 20, max_denominator=12).filter(bool)


def power(k, exponent, factor=1):
    return k.monomial(Fraction(factor), exponent)


@given(MULTIPLES, MULTIPLES, st.integers(1, 4), st.fractions(-9, 9, max_denominator=6))
def test_an_exponential_is_read_back(c, d, steps, e):
    """log of e^(c·t^(-a))·e^(d·t^(-b))·tᵉ gives c, d and e again."""
    first, second = Fraction(-steps, 2), Fraction(-steps - 1, 2)
    exponent = exponential(first, c) + exponential(second, d) + e
    expected = {first: c, second: d} | ({-logarithm(1): -e} if e else {})
    assert logarithms(exponent) == expected


@given(MULTIPLES, MULTIPLES)
def test_exponentials_multiply_and_cancel(c, d):
    """e^(c/t)·e^(d/t) = e^((c+d)/t), and the logarithm gives the exponent back."""
    k = Germ()
    a, b = (k.exp(power(k, -1, x)) for x in (c, d))
    assert k.sub(k.mul(a, b), k.exp(power(k, -1, c + d))).is_exact_zero
    assert k.sub(k.log(a), power(k, -1, c)).is_exact_zero
    assert (a.valuation() > FLAT) == (c < 0)


def test_growth_is_ordered():
    """e^(1/t²) outgrows every power of e^(1/t), which outgrows every power of 1/t."""
    k = Germ()
    steep, slow = k.exp(power(k, -2)), k.exp(power(k, -1, 1000))
    assert k.lt(slow, steep)
    assert k.lt(power(k, -1000), slow)
    assert k.sub(steep, slow).tendency() is Tendency.INFINITE
    assert k.sub(k.exp(steep), k.power(steep, Fraction(100))).sign() == 1
    assert k.sub(k.log(k.log(k.exp(steep))), power(k, -2)).is_exact_zero


def test_an_integer_part_of_what_grows_is_known_up_to_one():
    """⌊1/t⌋ = 1/t + O(1), so t·⌊1/t⌋ tends to 1."""
    k = Germ()
    floor = k.floor(power(k, -1))
    assert floor == LogPowerSeries({-1: Fraction(1)}, 0)
    assert k.mul(power(k, 1), floor).limit_value() == 1


def test_a_sign_that_no_precision_tells_is_not_taken_for_a_size():
    """|c + t| with a number c that may be 0 is refused; it is not a germ of the size of t."""
    k = Germ()
    one = k.number(Fraction(1))
    zero = k.sub(k.add(k.power(k.sin(one), Fraction(2)), k.power(k.cos(one), Fraction(2))), one)
    for ask in (k.abs, lambda a: k.max(a, LogPowerSeries()), lambda a: k.min(a, LogPowerSeries())):
        with pytest.raises((PrecisionError, UndecidedError)):
            ask(k.add(zero, power(k, 1)))


@given(st.lists(st.sampled_from(["log1p", "atan", "cbrt"]), min_size=1, max_size=3), st.integers(2, 9))
def test_a_minus_goes_to_the_front(names, start):
    """(-a)·b, a·(-b) and -(a·b) are one object, and so are -a - b and -(a + b)."""
    system = Exact(128, remember=True)
    a = b = system.exp(Fraction(start))
    for name in names:
        b = getattr(system, name)(b)
    product = system.mul(a, b)
    assert system.mul(system.neg(a), b) is system.mul(a, system.neg(b)) is system.neg(product)
    assert system.add(system.neg(a), system.neg(b)) is system.neg(system.add(a, b))
    assert system.mul(system.neg(a), system.neg(b)) is product
