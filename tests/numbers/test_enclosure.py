"""A ball is printed with no digit that is not certain."""

from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.numbers.ball import Ball
from derivcheck.numbers.enclosure import EXACT_DIGITS, digits, enclosure_text

B = Ball(128)
Q = Fraction


@pytest.mark.parametrize(
    ("ball", "text"),
    [
        (B.sigmoid(arb(1)), "0.7310585786300048…"),
        (B.pi(), "3.141592653589793…"),
        (B.neg(B.pi()), "-3.141592653589793…"),
        (arb(0.5), "0.5"),
        (arb(-120), "-120"),
        (arb(0), "0"),
        (B.constant(Q(10**20)), "1e20"),
        (B.constant(Q(1, 3)), "0.3333333333333333…"),
        (B.constant(Q(1, 3 * 10**9)), "3.333333333333333e-10…"),
        (arb.nan(), "[-∞, ∞]"),
    ],
)
def test_text_of_a_ball(ball, text):
    assert enclosure_text(ball) == text


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=1000), st.integers(1, 60), st.integers(1, 18))
def test_printed_digits_are_those_of_both_ends(value, bits, count):
    """The truth lies between the digits cut off there and the next number of as many digits, or within the ±."""
    with B.precision:
        ball = B.constant(value) + arb(0, Fraction(1, 2**bits).__float__())
    text = enclosure_text(ball, count)
    if "±" in text:
        middle, radius = (Q(part) for part in text.split(" ± "))
        low, high = middle - radius, middle + radius
    else:
        shown, exact = text.rstrip("…"), not text.endswith("…")
        mantissa, _, exponent = shown.partition("e")
        unit = Q(10) ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        near = Q(shown)
        far = near if exact else near + (unit if not shown.startswith("-") else -unit)
        low, high = min(near, far), max(near, far)
    assert low <= value <= high


@given(st.fractions(min_value=Q(1, 100), max_value=100), st.integers(5, 300))
def test_digits_count_what_the_radius_leaves(value, bits):
    ball = Ball(bits + 30).constant(value)
    if ball.is_exact():
        assert digits(ball) == EXACT_DIGITS
    else:
        radius = ball.rad() / abs(ball).lower()
        assert radius <= arb(10) ** -digits(ball) * 2
