"""Numbers as a reader sees them: exact where they are short, else rounded to certain digits and marked ≈."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from typing import Any, Literal

from derivcheck.language.builder import number
from derivcheck.language.expr import Expr
from derivcheck.report.blocks import Inline, Math, Phrase, Text

EQUAL, CLOSE = "=", "≈"

_LONGEST_INTEGER = 15
_LONGEST_DECIMAL = 9
_GREATEST_PART = 1000
_LEAST_PLAIN, _GREATEST_PLAIN = -4, 15
_FLOAT_DIGITS = 17
_NOTHING = Fraction(1, 10**60)
"""What may be 0 and is certainly smaller than this is written ≈ 0, without its bound."""

Numbers = Literal["auto", "fraction", "decimal", "both"]


@dataclass(frozen=True, slots=True)
class Style:
    """How a report is to look.

    Attributes:
        numbers: "auto" (short decimals and small fractions exact, others rounded), "fraction", "decimal" or "both".
        digits: significant digits of a rounded number.
    """

    numbers: Numbers = "auto"
    digits: int = 6

    def __post_init__(self) -> None:
        if not 1 <= self.digits <= 1000:
            raise ValueError("digits lies between 1 and 1000")


@dataclass(frozen=True, slots=True)
class Figure:
    """One way of writing a number, and whether it is that number exactly."""

    shown: Inline
    exact: bool = True

    @property
    def relation(self) -> str:
        """The sign that may stand before it: = or ≈."""
        return EQUAL if self.exact else CLOSE

    @property
    def expr(self) -> Expr | None:
        """The number as a formula, if it can stand in one."""
        return self.shown.expr if isinstance(self.shown, Math) else None


def figures(value: Any, style: Style) -> tuple[Figure, ...]:
    """The ways in which ``value`` is written in ``style``: one, or for "both" a fraction and its decimals.

    Args:
        value: a ``Fraction`` or ``int``, a ball (``flint.arb``), a float (infinities too), or anything else for
            a number that does not exist.
        style: the style.

    >>> from derivcheck.language.printer import unicode
    >>> [unicode(f.expr) for f in figures(Fraction(1, 8), Style("both"))]
    ['1/8', '0.125']
    """
    if isinstance(value, (int, Fraction)):
        return _rational(Fraction(value), style)
    if isinstance(value, float):
        if not math.isfinite(value):
            return (Figure(_infinite(value)),)
        exact = Fraction(value)
        return (_rounded(exact, min(style.digits, _FLOAT_DIGITS)),)
    if hasattr(value, "is_finite") and hasattr(value, "rad"):
        return _ball(value, style)
    return (Figure(Phrase("no_number")),)


def integer_text(value: Fraction) -> str:
    """A long integer with many zeros at its end as a power of ten times a short one; empty for any other number.

    >>> integer_text(Fraction(6022 * 10**20)), integer_text(Fraction(1234567890123456789)), integer_text(Fraction(5))
    ('6.022e23', '', '')
    """
    digits = str(abs(value.numerator))
    short = value.denominator == 1 and len(digits) > _LONGEST_INTEGER and len(digits.rstrip("0")) <= _LONGEST_DECIMAL
    return _decimal_text(value) if short else ""


def figure(value: Any, style: Style) -> Figure:
    """The shortest way of writing ``value`` in ``style``, for use inside a formula."""
    return figures(value, style)[0]


def bound_text(bound: float | Fraction) -> str:
    """A bound rounded up to two digits.

    >>> bound_text(1.901e-14), bound_text(0.0), bound_text(250.0)
    ('2e-14', '0', '250')
    """
    if bound == 0 or math.isinf(bound):
        return "∞" if bound else "0"
    exact = Fraction(bound)
    context = Context(prec=2, rounding=ROUND_CEILING)
    return _decimal_text(Fraction(context.divide(Decimal(exact.numerator), Decimal(exact.denominator))))


def float_text(value: float, digits: int) -> str:
    """A float in ``digits`` significant digits at most, without trailing zeros; ``repr`` for more than 16.

    >>> float_text(12.000000000000002, 6), float_text(1e-20, 6), float_text(4294967296.0, 6), float_text(1e7, 6)
    ('12', '1e-20', '4.29497e9', '10000000')
    """
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "-∞"}.get(value, "NaN")
    if digits >= _FLOAT_DIGITS:
        return repr(value)
    rounded = _round(Fraction(value), digits)
    return _decimal_text(rounded) if rounded == value else _decimal_text(rounded, digits)


def _infinite(value: float) -> Text:
    return Text(float_text(value, 1))


def _rational(value: Fraction, style: Style) -> tuple[Figure, ...]:
    whole = value.denominator == 1
    if whole and len(str(abs(value.numerator))) <= _LONGEST_INTEGER:
        return (Figure(Math(number(value))),)
    fraction = Figure(Math(number(value)))
    decimal = _decimal(value, style.digits)
    if style.numbers == "decimal":
        return (decimal,)
    if style.numbers == "fraction":
        return (fraction if _fits(value) else decimal,)
    if style.numbers == "both":
        return (fraction, decimal) if _fits(value) and not whole else (decimal,)
    small = abs(value.numerator) < _GREATEST_PART and value.denominator < _GREATEST_PART
    return (fraction,) if small and not decimal.exact else (decimal,)


def _fits(value: Fraction) -> bool:
    return len(str(abs(value.numerator))) <= _LONGEST_INTEGER and len(str(value.denominator)) <= _LONGEST_INTEGER


def _decimal(value: Fraction, digits: int) -> Figure:
    """Exact where the decimal expansion ends soon, else rounded."""
    for places in range(max(_LONGEST_DECIMAL, digits)):
        scaled = value * 10**places
        if scaled.denominator == 1:
            if len(str(abs(scaled.numerator))) > max(_LONGEST_DECIMAL, digits):
                break
            return Figure(Math(number(value, _decimal_text(value))))
    return _rounded(value, digits)


def _rounded(value: Fraction, digits: int) -> Figure:
    rounded = _round(value, digits)
    return Figure(Math(number(rounded, _decimal_text(rounded, digits))), exact=rounded == value)


def _ball(ball: Any, style: Style) -> tuple[Figure, ...]:
    if not ball.is_finite():
        return (Figure(Phrase("no_number")),)
    from derivcheck.numbers.enclosure import enclosure_text, ends, is_moderate

    if not is_moderate(ball):
        return (Figure(Text(enclosure_text(ball, style.digits)), exact=False),)
    low, high = ends(ball)
    if low == high:
        return _rational(low, style)
    for digits in range(style.digits, 0, -1):
        rounded = _round(low, digits)
        if rounded == _round(high, digits):
            return (Figure(Math(number(rounded, _decimal_text(rounded, digits))), exact=False),)
    if low <= 0 <= high:
        size = max(-low, high)
        return (Figure(Math(number(0)) if size < _NOTHING else Text(f"0 ± {bound_text(size)}"), exact=False),)
    return (Figure(Text(enclosure_text(ball, style.digits)), exact=False),)


def _round(value: Fraction, digits: int) -> Fraction:
    """``value`` to ``digits`` significant decimal digits, ties to even."""
    if value == 0:
        return value
    shift = digits - 1 - _exponent(value)
    scaled = Fraction(round(value * Fraction(10) ** shift))
    return scaled / Fraction(10) ** shift


def _exponent(value: Fraction) -> int:
    """⌊log₁₀|value|⌋ of a number other than 0."""
    size = abs(value)
    guess = int((size.numerator.bit_length() - size.denominator.bit_length()) * math.log10(2))
    while Fraction(10) ** guess > size:
        guess -= 1
    while Fraction(10) ** (guess + 1) <= size:
        guess += 1
    return guess


def _decimal_text(value: Fraction, digits: int = _GREATEST_PLAIN) -> str:
    """A rational with a finite decimal expansion; scientific where zeros would pass for more than ``digits`` digits."""
    if value == 0:
        return "0"
    exponent = _exponent(value)
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    sign, size = ("-" if value < 0 else ""), abs(value)
    if _LEAST_PLAIN <= exponent < min(digits, _GREATEST_PLAIN):
        figures = str((size * 10**places).numerator).rjust(places + 1, "0")
        return sign + (f"{figures[:-places]}.{figures[-places:]}" if places else figures)
    figures = str((size * 10**places).numerator).rstrip("0")
    return f"{sign}{figures[0]}{'.' if len(figures) > 1 else ''}{figures[1:]}e{exponent}"
