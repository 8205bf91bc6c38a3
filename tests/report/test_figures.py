"""Numbers in reports: exact where short, otherwise certain digits and ≈."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.language.printer import unicode
from derivcheck.numbers.enclosure import ends
from derivcheck.numbers.precision import Precision, rational_ball
from derivcheck.report.blocks import Phrase, Text
from derivcheck.report.figures import Figure, Style, bound_text, figure, figures, float_text


def written(value: object, style: Style) -> list[str]:
    return [f"{f.relation} {unicode(f.expr) if f.expr else f.shown}" for f in figures(value, style)]


@pytest.mark.parametrize(
    ("value", "numbers", "expected"),
    [
        (Fraction(9, 5), "auto", ["= 1.8"]),
        (Fraction(-3), "auto", ["= -3"]),
        (Fraction(1, 3), "auto", ["= 1/3"]),
        (Fraction(12345, 99991), "auto", ["≈ 0.123461"]),
        (Fraction(1, 3), "decimal", ["≈ 0.333333"]),
        (Fraction(9, 5), "fraction", ["= 9/5"]),
        (Fraction(3, 4), "both", ["= 3/4", "= 0.75"]),
        (Fraction(2, 3), "both", ["= 2/3", "≈ 0.666667"]),
        (Fraction(7), "both", ["= 7"]),
        (Fraction(10) ** 20, "auto", ["= 1e20"]),
    ],
)
def test_a_rational_is_written_in_the_style_asked_for(value, numbers, expected):
    assert written(value, Style(numbers)) == expected


def test_infinite_and_missing_numbers_are_said_to_be_so():
    """±∞ are signs, and what is no number is named by a phrase."""
    assert figure(math.inf, Style()) == Figure(Text("∞"))
    assert figure(-math.inf, Style()) == Figure(Text("-∞"))
    assert figure(None, Style()) == Figure(Phrase("no_number"))


def test_a_wide_ball_is_given_with_its_radius():
    """A ball without a certain digit shows midpoint and radius instead of digits that may be wrong."""
    shown = figure(arb(0, 0.25), Style())
    assert not shown.exact
    assert isinstance(shown.shown, Text)
    assert "±" in shown.shown.text


def test_a_ball_around_zero_is_near_zero():
    """Sign and digits of such a number are not known; that it is near 0 is."""
    assert figure(arb(0, 1e-80), Style()).expr is not None
    assert figure(arb(0, 1e-80), Style()).relation == "≈"
    assert figure(arb(1e-9, 2e-9), Style()).shown == Text("0 ± 3.1e-9")


@given(st.fractions(max_denominator=10**9), st.integers(1, 12))
def test_what_stands_after_an_equals_sign_is_the_number(value, digits):
    """= is written only where the text is the number exactly; after ≈ the digits are the nearest."""
    for numbers in ("auto", "fraction", "decimal", "both"):
        for f in figures(value, Style(numbers, digits)):
            assert f.expr is not None
            assert f.exact == (f.expr.root.value == value)
            text = unicode(f.expr)
            assert Fraction(text) == f.expr.root.value
            if not f.exact:
                assert abs(f.expr.root.value - value) * 2 * Fraction(10) ** (digits - 1) <= abs(value)


@given(st.fractions(max_denominator=10**6), st.integers(10, 100))
def test_digits_of_a_ball_are_those_of_every_number_in_it(value, bits):
    """A ball and the rational it holds are written alike, or the ball is not said to be exact."""
    with Precision(bits):
        ball = rational_ball(value) + arb(0, arb(2) ** -bits)
    shown = figure(ball, Style(digits=6))
    if shown.expr is not None:
        text, number = unicode(shown.expr), shown.expr.root.value
        last = Decimal(text).as_tuple().exponent
        for end in (*ends(ball), value):
            assert abs(number - end) * 2 <= (Fraction(10) ** last if not shown.exact else 0)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_in_full_reads_back(value):
    assert float(float_text(value, 17)) == value


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_bound_is_never_rounded_down(bound):
    assert Fraction(bound_text(bound)) >= Fraction(bound)
    assert Fraction(bound_text(bound)) <= Fraction(bound) * Fraction(11, 10)
