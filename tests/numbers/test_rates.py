"""The exponents of the scale: one order, exact sums, and what a logarithm and an exponential make of them."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.numbers.germ import Germ
from derivcheck.numbers.kernel import PrecisionError
from derivcheck.numbers.rates import Rate, count_of, exponential, logarithm, logarithms, sign_of

PARTS = st.fractions(-9, 9, max_denominator=6)
RATES = st.builds(
    lambda logs, power, steep: (-logarithm(1)) * logs[0] + logarithm(2) * logs[1] + power + exponential(-1, steep),
    st.tuples(PARTS, PARTS),
    PARTS,
    PARTS,
)


@given(RATES, RATES, RATES)
def test_the_order_is_that_of_a_group(a, b, c):
    """Sums are associative and commutative, differences give back, and an order is kept by adding the same."""
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a - b + b == a
    assert sum([a < b, a == b, b < a]) == 1
    assert (a < b) is (a + c < b + c)
    assert sign_of(a - b) == -sign_of(b - a)


@given(RATES, PARTS)
def test_the_logarithm_of_a_power_is_its_multiple(a, factor):
    """log (tᵃ)^p = p·log tᵃ."""
    assert logarithms(a * factor) == {k: c * factor for k, c in logarithms(a).items() if factor}


@given(RATES)
def test_the_exponential_of_the_logarithm_gives_back(a):
    """exp(log tᵃ) = tᵃ, term by term."""
    found = 0
    for argument, c in logarithms(a).items():
        found = found + exponential(argument, c)
    assert found == a


def test_logarithms_are_smaller_than_powers_and_exponentials_greater():
    """1 < log log 1/t < (log 1/t)^q < t^(-q) < e^(1/t) for small t, whatever q > 0."""
    small = Fraction(1, 1000)
    chain = [0, -logarithm(2), -logarithm(1) * small, -small, exponential(-1, small)]
    assert all(b < a for a, b in itertools.pairwise(chain))
    assert count_of(5, Fraction(1, 2)) == 10
    assert count_of(5, logarithm(1)) is None
    assert count_of(5, exponential(-1, Fraction(-1))) == 1


def test_irrational_powers_are_added_exactly():
    """|x|^√2 · |x|^(2-√2) is x², and t^√2 lies between t and t²."""
    k = Germ(2048, symbolic=True)
    t, root = k.monomial(Fraction(1), 1), k.power(k.constant(Fraction(2)), Fraction(1, 2))
    product = k.mul(k.pow(t, root), k.pow(t, k.sub(k.constant(Fraction(2)), root)))
    assert product.keys == [2]
    (between,) = k.pow(t, root).keys
    assert isinstance(between, Rate)
    assert 1 < between < 2
    assert k.pow(k.pow(t, root), root).keys == [2]
    with pytest.raises(PrecisionError):
        Germ().pow(t, Germ().power(Germ().constant(Fraction(2)), Fraction(1, 2)))
