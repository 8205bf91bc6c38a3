"""Balls as text: only digits that are certain."""

from __future__ import annotations

from fractions import Fraction
from math import floor, log10

from flint import arb

EXACT_DIGITS = 10**6
"""What :func:`digits` says of a ball of radius 0: every digit is certain."""


_LARGEST_EXPONENT = 10_000
_LEAST_PLAIN, _GREATEST_PLAIN = -5, 15


def digits(ball: arb) -> int:
    """How many significant decimal digits are certain: -log₁₀ of the relative radius, rounded down, at least 0."""
    if not ball.is_finite():
        return 0
    if ball.is_exact():
        return EXACT_DIGITS
    return max(0, floor(int(ball.rel_accuracy_bits()) * log10(2)))


def enclosure_text(ball: arb, digits: int = 16) -> str:
    """The ball in decimals, such as ``0.7310585786300048…``.

    All digits before the ellipsis are those of every number of the ball, cut off and not rounded. A short decimal
    that is exact stands without an ellipsis. Where the ball lies across a change of digit (``0.50000 ± 1e-20``), or
    has no certain digit, midpoint and radius are given.
    """
    if not ball.is_finite():
        return "[-∞, ∞]"
    if not is_moderate(ball):
        return str(ball.str(digits, radius=False))
    low, high = ends(ball)
    if low == high:
        text, is_whole = _cut(low, digits)
        return text if is_whole else text + "…"
    if low.numerator * high.numerator > 0:
        for count in range(digits, 0, -1):
            text = _cut(low, count)[0]
            if text == _cut(high, count)[0]:
                return text + "…"
    middle, text = _rounded((low + high) / 2, digits)
    return f"{text} ± {_rounded(max(abs(low - middle), abs(high - middle)), 2, up=True)[1]}"


def is_moderate(ball: arb) -> bool:
    """Whether the exponents of a finite ball are small enough for its ends to be written out as rationals."""
    return all(abs(int(part.man_exp()[1])) <= _LARGEST_EXPONENT for part in (ball.mid(), ball.rad()))


def ends(ball: arb) -> tuple[Fraction, Fraction]:
    """The least and the greatest number of a finite ball, exactly; see :func:`is_moderate`."""
    middle, radius = _dyadic(ball.mid()), _dyadic(ball.rad())
    return middle - radius, middle + radius


def _dyadic(number: arb) -> Fraction:
    mantissa, exponent = number.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _cut(value: Fraction, count: int) -> tuple[str, bool]:
    """The first ``count`` significant digits of a rational, cut off, and whether they are all of it."""
    if value == 0:
        return "0", True
    size = abs(value)
    exponent = _exponent(size)
    scaled = size * Fraction(10) ** (count - 1 - exponent)
    figures = str(scaled.numerator // scaled.denominator)
    if scaled.denominator == 1:
        figures = figures.rstrip("0")
    is_whole = scaled.denominator == 1
    plain = _LEAST_PLAIN <= exponent <= _GREATEST_PLAIN and (is_whole or exponent < count)
    return ("-" if value < 0 else "") + _placed(figures, exponent, plain), is_whole


def _rounded(value: Fraction, count: int, up: bool = False) -> tuple[Fraction, str]:
    """A rational to ``count`` significant digits, to nearest or up, and its text."""
    if value == 0:
        return value, "0"
    size = abs(value)
    unit = Fraction(10) ** (_exponent(size) - count + 1)
    steps = -floor(-size / unit) if up else floor(size / unit + Fraction(1, 2))
    found = unit * steps * (1 if value > 0 else -1)
    return found, _cut(found, count + 1)[0]


def _exponent(size: Fraction) -> int:
    """e with 10^e ≤ size < 10^(e+1)."""
    found = len(str(size.numerator)) - len(str(size.denominator))
    return found - 1 if size < Fraction(10) ** found else found


def _placed(figures: str, exponent: int, plain: bool) -> str:
    """The number d.ddd · 10^exponent of the given digits, with or without an exponent."""
    if not plain:
        return figures[0] + ("." + figures[1:] if len(figures) > 1 else "") + f"e{exponent}"
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + figures
    whole = figures[: exponent + 1].ljust(exponent + 1, "0")
    return whole + ("." + figures[exponent + 1 :] if len(figures) > exponent + 1 else "")
