"""Exponents of the scale on which one-sided series are written: those of t, of its logarithms, of exponentials.

Every function that grows or vanishes in some order is written as a formal power tʳ, t → 0+. The exponent r is a
rational number where that is what it is; else it is a :class:`Rate`, a sum of parts that belong to *levels*:

    level 0        tᶜ
    level -n       ℓₙ^(-c),       ℓ₁ = log(1/t), ℓ₂ = log ℓ₁, …
    level a > 0    exp(-c·t^(-a)), a itself any exponent

A part of a higher level outweighs all lower ones, so rates are ordered by the first part that differs, and a greater
rate always means that a function is smaller. Each part is a rational number or an irrational one with its formula.

Source: G. H. Hardy, Orders of Infinity (2nd ed., 1924), chapter 3: logarithmico-exponential scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any, TypeAlias

from flint import arb

from derivcheck.numbers.coefficient import Coefficient, Symbolic
from derivcheck.numbers.kernel import PrecisionError, UndecidedError
from derivcheck.numbers.precision import LADDER, Precision, rational_ball

_PRECISION = Precision(LADDER[-1])
_UNTOLD = "whether two exponents are equal could not be told"


@dataclass(frozen=True, slots=True)
class Linear:
    """An irrational part: a sum of irrational numbers with rational factors, which says whether two parts are equal.

    Attributes:
        form: the irrational numbers, SymPy's formulas, each with its factor; a rational summand belongs to 1.
        ball: the number.
    """

    form: frozenset[tuple[Any, Fraction]]
    ball: arb = field(compare=False, repr=False)

    def sign(self) -> int:
        """1 or -1.

        Raises:
            UndecidedError: it is 0 to working precision.
        """
        if self.ball.contains(0):
            raise UndecidedError(_UNTOLD)
        return 1 if self.ball > 0 else -1


Part: TypeAlias = Fraction | Linear


class Rate:
    """An exponent that is not a rational number.

    Args:
        parts: the parts that are not 0, by level.
    """

    __slots__ = ("_hash", "parts")

    def __init__(self, parts: Mapping[Exponent, Part]) -> None:
        self.parts = dict(parts)
        self._hash = hash(frozenset(self.parts.items()))

    @property
    def levels(self) -> list[Exponent]:
        """The levels, the highest first."""
        return sorted(self.parts, reverse=True)

    def sign(self) -> int:
        """1 if tʳ vanishes, -1 if it grows."""
        return _part_sign(self.parts[self.levels[0]])

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rate) and self.parts == other.parts

    def __add__(self, other: Exponent) -> Exponent:
        parts = dict(self.parts)
        for level, part in _parts(other).items():
            parts[level] = _sum(parts[level], part) if level in parts else part
        return _normal(parts)

    __radd__ = __add__

    def __neg__(self) -> Exponent:
        return self * -1

    def __sub__(self, other: Exponent) -> Exponent:
        return self + -other

    def __rsub__(self, other: Exponent) -> Exponent:
        return -self + other

    def __mul__(self, factor: int | Fraction) -> Exponent:
        return _normal({level: _multiple(part, Fraction(factor)) for level, part in self.parts.items()})

    __rmul__ = __mul__

    def __lt__(self, other: Exponent) -> bool:
        return sign_of(self - other) < 0

    def __le__(self, other: Exponent) -> bool:
        return sign_of(self - other) <= 0

    def __gt__(self, other: Exponent) -> bool:
        return sign_of(self - other) > 0

    def __ge__(self, other: Exponent) -> bool:
        return sign_of(self - other) >= 0

    def __repr__(self) -> str:
        return f"Rate({self.parts})"


Exponent: TypeAlias = int | Fraction | Rate
"""An exponent of the scale, an ``int`` wherever it is one (as fast as can be)."""


def exponent_of(value: Exponent) -> Exponent:
    """The same exponent, as an ``int`` if it is one."""
    return value if isinstance(value, int | Rate) or value.denominator != 1 else value.numerator


def sign_of(value: Exponent) -> int:
    """-1, 0 or 1."""
    return value.sign() if isinstance(value, Rate) else (value > 0) - (value < 0)


def logarithm(level: int) -> Rate:
    """The exponent of 1/ℓₙ, the n-th logarithm of 1/t, n ≥ 1."""
    return Rate({-level: Fraction(1)})


def count_of(order: int, size: Exponent) -> int | None:
    """How many times a positive exponent goes into a number; None where no multiple of it ever reaches the number."""
    if not isinstance(size, Rate):
        return ceil(order / size)
    highest = size.levels[0]
    if highest != 0:
        return 1 if highest > 0 else None
    part = size.parts[highest]
    return ceil(order / part) if isinstance(part, Fraction) else ceil(float((order / part.ball).mid()))


def exponential(exponent: Exponent, c: Coefficient) -> Exponent | None:
    """The exponent s with e^(c·t^exponent) = tˢ, for what grows; None where the scale has none.

    Raises:
        PrecisionError: c is irrational, and its formula was not kept.
    """
    level = _level_of(exponent)
    return None if level is None else _normal({level: _multiple(_part(c), Fraction(-1))})


def logarithms(exponent: Exponent) -> Mapping[Exponent, Coefficient]:
    """What log(t^exponent) is: the coefficient of each growing function of the scale."""
    found: dict[Exponent, Coefficient] = {}
    for level, part in _parts(exponent).items():
        argument = exponent_of(-level) if level > 0 else -logarithm(1 - level)  # type: ignore[arg-type]
        found[argument] = _coefficient(_multiple(part, Fraction(-1)))
    return found


def _level_of(exponent: Exponent) -> Exponent | None:
    """The level of the exponentials of c·t^exponent."""
    grows = -exponent
    if not isinstance(grows, Rate) or grows.levels[0] >= 0:
        return exponent_of(grows) if sign_of(grows) > 0 else None
    level, *rest = grows.levels
    return level + 1 if not rest and grows.parts[level] == 1 else None


def _parts(value: Exponent) -> Mapping[Exponent, Part]:
    return value.parts if isinstance(value, Rate) else {0: Fraction(value)} if value else {}


def _normal(parts: Mapping[Exponent, Part]) -> Exponent:
    kept = {level: part for level, part in parts.items() if part}
    if not kept:
        return 0
    only = kept.get(0)
    return exponent_of(only) if len(kept) == 1 and isinstance(only, Fraction) else Rate(kept)


def _sum(a: Part, b: Part) -> Part:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a + b
    form = dict(_form(a))
    for generator, factor in _form(b):
        form[generator] = form.get(generator, Fraction(0)) + factor
    with _PRECISION:
        return _linear(form, _ball(a) + _ball(b))


def _multiple(a: Part, factor: Fraction) -> Part:
    if isinstance(a, Fraction):
        return a * factor
    with _PRECISION:
        return _linear({g: c * factor for g, c in a.form}, a.ball * rational_ball(factor))


def _linear(form: Mapping[Any, Fraction], ball: arb) -> Part:
    """A part in normal form: rational where nothing irrational is left."""
    kept = {g: c for g, c in form.items() if c}
    if all(g == 1 for g in kept):
        return kept.get(1, Fraction(0))
    return Linear(frozenset(kept.items()), ball)


def _form(a: Part) -> frozenset[tuple[Any, Fraction]]:
    return a.form if isinstance(a, Linear) else frozenset([(1, a)])


def _ball(a: Part) -> arb:
    return a.ball if isinstance(a, Linear) else rational_ball(a)


def _part_sign(a: Part) -> int:
    return a.sign() if isinstance(a, Linear) else (a > 0) - (a < 0)


def _part(c: Coefficient) -> Part:
    """An exponent's part from a coefficient.

    Raises:
        PrecisionError: the coefficient is irrational and has no formula at this rung of the ladder.
        UndecidedError: its formula grew too large.
    """
    if isinstance(c, Fraction):
        return c
    if not isinstance(c, Symbolic):
        raise PrecisionError("a power with an irrational exponent")
    if c.formula is None:
        raise UndecidedError("a power with an irrational exponent whose formula is too large")
    form = {}
    for summand, factor in c.formula.expand().as_coefficients_dict().items():
        if not factor.is_Rational:
            raise UndecidedError("a power with an irrational exponent whose formula is too large")
        form[1 if summand == 1 else summand] = Fraction(int(factor.p), int(factor.q))
    return _linear(form, c.ball)


def _coefficient(a: Part) -> Coefficient:
    if isinstance(a, Fraction):
        return a
    import sympy

    formula = sympy.Add(*[g * sympy.Rational(c.numerator, c.denominator) for g, c in a.form])
    return Symbolic(a.ball, formula, 1 + int(formula.count_ops()))
