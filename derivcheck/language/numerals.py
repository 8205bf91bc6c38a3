"""Exact numbers from text, with a bound on their size."""

from __future__ import annotations

import re
from fractions import Fraction

from derivcheck.errors import ReadError
from derivcheck.source import Span

MAX_BITS = 4096
"""Bits of the numerator and of the denominator of the largest exact number that is read."""

MAX_EXPONENT = 1_000_000
"""The largest absolute value of a constant exponent."""

NUMERAL = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PARTS = re.compile(r"([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?")
_MAX_DIGITS = 1300  # more than log10(2)·4096 = 1233.02


def fits(value: Fraction) -> bool:
    """Whether an exact number is within :data:`MAX_BITS`."""
    return value.numerator.bit_length() <= MAX_BITS and value.denominator.bit_length() <= MAX_BITS


def read_numeral(text: str, span: Span | None = None) -> Fraction:
    """The exact value of an unsigned decimal numeral such as ``2``, ``2.5``, ``.5``, ``1e-3``.

    Raises:
        ReadError: the number needs more than :data:`MAX_BITS` bits.
    """
    match = _PARTS.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        raise ReadError(f"'{text}' is not a number", span, "write numbers as 2, 2.5, 1/3 or 1e-3")
    whole, decimals, exponent = match[1].lstrip("0"), match[2].rstrip("0"), (match[3] or "0")
    digits = (whole + decimals).lstrip("0")
    if not digits:
        return Fraction(0)
    if len(digits) > _MAX_DIGITS or len(exponent.lstrip("+-0")) > 5:
        raise _too_large(span)
    shift = int(exponent) - len(decimals)
    if len(digits) + abs(shift) > 2 * _MAX_DIGITS:
        raise _too_large(span)
    value = Fraction(int(digits)) * Fraction(10) ** shift
    if not fits(value):
        raise _too_large(span)
    return value


def _too_large(span: Span | None) -> ReadError:
    return ReadError(
        f"this number needs more than {MAX_BITS:,} bits",
        span,
        "numbers are read exactly; use fewer digits or a smaller exponent",
    )


def power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """``base ** exponent`` where it is rational at a glance (an integer exponent) and within bounds, else None."""
    if exponent.denominator != 1 or (base == 0 and exponent < 0) or too_large_power(base, exponent):
        return None
    return base ** int(exponent)


def too_large_power(base: Fraction, exponent: Fraction) -> bool:
    """Whether |base|^exponent surely needs about :data:`MAX_BITS` bits or more."""
    bits = max(base.numerator.bit_length(), base.denominator.bit_length()) - 1
    return bits * abs(exponent) > MAX_BITS
