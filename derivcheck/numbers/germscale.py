"""Exponentials that outgrow every power of t, as formal powers: e^(1/t) is written t^(-U) with a great number U.

The functions e^(c·t^(-a)), rational c and a > 0, together with the powers of t, form a multiplicative group that is
ordered by size. It is written on the one scale of exponents by a unit for every a,

    e^(c·t^(-a)) = t^(-c·U(a)),    U(a) = 10^(24·a),

so great that every exponent that occurs keeps its place in the order, and can be read back. Sums, products, powers and
compositions of germs need no more than this order, and products of exponentials cancel as they should.

Source: G. H. Hardy, Orders of Infinity (2nd ed., 1924), chapter 3: logarithmico-exponential scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivcheck.numbers.coefficient import Coefficient
from derivcheck.numbers.kernel import UndecidedError
from derivcheck.numbers.logpower import Exponent, Key, exponent_of

_STEPS = 2
"""The powers a are multiples of 1/2."""

_HIGHEST = 8
_UNIT = 10**12
_LARGEST_MULTIPLE = 10**4
"""Numerators and denominators of c stay below this, and so do other exponents."""


def shift_of(key: Key, c: Coefficient) -> Exponent | None:
    """The formal exponent s with e^(c·tᵉ(log t)ʲ) = t^s; None where the scale has none."""
    e, j = key
    if not isinstance(c, Fraction) or max(abs(c.numerator), c.denominator) > _LARGEST_MULTIPLE:
        return None
    if (e, j) == (0, 1):
        return exponent_of(c)
    steps = -e * _STEPS
    if j or steps != int(steps) or not 0 < steps <= _HIGHEST:
        return None
    return exponent_of(-c * _UNIT ** int(steps))


def parts_of(exponent: Exponent) -> Mapping[Key, Fraction]:
    """What log(t^exponent) is: the multiples of the powers t^(-a), and of log t.

    Raises:
        UndecidedError: the exponent is none of the scale.
    """
    rest, found = Fraction(exponent), {}
    for steps in range(_HIGHEST, 0, -1):
        unit = _UNIT**steps
        if abs(rest) * _LARGEST_MULTIPLE >= unit:
            multiple = (rest / unit).limit_denominator(_LARGEST_MULTIPLE)
            rest -= multiple * unit
            found[exponent_of(Fraction(-steps, _STEPS)), 0] = -multiple
    if abs(rest) > _LARGEST_MULTIPLE:
        raise UndecidedError("the logarithm of a product of exponentials that are too many")
    if rest:
        found[0, 1] = rest
    return found
