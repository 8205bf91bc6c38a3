"""Exact arithmetic: rationals while they stay rational and small, then balls; each value stands for one real number.

Signs and comparisons are exact for rationals. A ball that holds 0 has no known sign: that raises
:class:`PrecisionError`, and the caller tries again with more bits. Because a value stands for one number, the same
object subtracted from itself is exactly 0.

The file is longer than most: it has one method for each operation of the kernel.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

from flint import arb, fmpz

from derivcheck.numbers.ball import Ball
from derivcheck.numbers.coefficient import Coefficient, sign, to_ball
from derivcheck.numbers.conditions import TwoValued
from derivcheck.numbers.kernel import DomainError, PrecisionError

__all__ = ["LARGEST_RATIONAL", "Coefficient", "Exact", "rational_root", "sign", "to_ball"]

LARGEST_RATIONAL = 4096
"""Bits of numerator and denominator together beyond which a rational is continued as a ball."""

ZERO, ONE = Fraction(0), Fraction(1)

_ODD_TOGETHER = frozenset(("add", "mul", "div"))
"""Operations whose result changes its sign with one operand, or with both: so -a·b is recognised as -(a·b)."""


class Exact(TwoValued):
    """The kernel on exactly known reals; irrational results are balls of ``bits`` bits.

    With ``remember`` the same operation on the same operands gives the same object, so that a number reached twice in
    the same way is recognised: for short computations, since every irrational result is kept.
    """

    def __init__(self, bits: int = 128, remember: bool = False) -> None:
        self.bits = bits
        self._known: dict[tuple[Any, ...], tuple[Any, ...]] | None = {} if remember else None
        self._negatives: set[int] = set()
        self._balls = Ball(bits)
        self.precision = self._balls.precision
        self._pi: Coefficient | None = None

    def sign_of(self, value: Coefficient) -> Fraction:
        """-1, 0 or 1, a number of this system; raises PrecisionError where the ball does not tell."""
        return Fraction(sign(value))

    def to_ball(self, value: Coefficient) -> arb:
        """A ball of the system's precision around the value."""
        with self._balls.precision:
            return to_ball(value)

    def constant(self, value: Fraction) -> Coefficient:
        """The number itself."""
        return self._kept(value)

    def pi(self) -> Coefficient:
        """π, always the same object."""
        if self._pi is None:
            self._pi = self._inexact("pi", ())
        return self._pi

    def add(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """a + b."""
        if type(a) is Fraction:
            if type(b) is Fraction:
                return self._kept(a + b)
            if not a:
                return b
        elif type(b) is Fraction and not b:
            return a
        return self._inexact("add", (a, b))

    def sub(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """a - b; exactly 0 for the same object."""
        if type(a) is Fraction and type(b) is Fraction:
            return self._kept(a - b)
        if a is b:
            return ZERO
        if type(b) is Fraction and not b:
            return a
        return self._inexact("sub", (a, b))

    def mul(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """a · b; exactly 0 where a rational factor is 0."""
        if type(a) is Fraction:
            if type(b) is Fraction:
                return self._kept(a * b)
            if not a or a == 1:
                return b if a else a
            if a == -1:
                return self.neg(b)
        elif type(b) is Fraction and (not b or b == 1):
            return a if b else b
        elif type(b) is Fraction and b == -1:
            return self.neg(a)
        return self._inexact("mul", (a, b))

    def div(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """a / b."""
        if self.sign_of(b) == 0:
            raise DomainError("division by 0")
        if type(a) is Fraction and type(b) is Fraction:
            return self._kept(a / b)
        if a is b:
            return ONE
        if type(a) is Fraction and not a:
            return a
        return a if type(b) is Fraction and b == 1 else self._inexact("div", (a, b))

    def neg(self, a: Coefficient) -> Coefficient:
        """-a."""
        return -a if type(a) is Fraction else self._inexact("neg", (a,))

    def power(self, a: Coefficient, exponent: Fraction) -> Coefficient:
        """a^exponent; 0⁰ = 1, a non-integer exponent needs a ≥ 0; rational wherever the result is."""
        if exponent == 0:
            return ONE
        if exponent == 1:
            return a
        if exponent.denominator != 1 or exponent < 0:
            s = self.sign_of(a)
            if s == 0:
                if exponent < 0:
                    raise DomainError("0 to a negative power")
                return ZERO
            if s < 0 and exponent.denominator != 1:
                raise DomainError("a negative number to a power that is not an integer")
        if type(a) is Fraction:
            root = rational_root(a, exponent.denominator)
            if root is not None:
                if _bits(root) * abs(exponent.numerator) <= LARGEST_RATIONAL or root in (0, 1, -1):
                    return Fraction(root ** _parity(root, exponent.numerator))
                return self._inexact("power", (root,), Fraction(exponent.numerator))
        return self._inexact("power", (a,), exponent)

    def pow(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """a^b = exp(b·log a); a rational b is a fixed exponent, and 0^b = 0 for b > 0."""
        if type(b) is Fraction:
            return self.power(a, b)
        s = self.sign_of(a)
        if s > 0:
            return ONE if type(a) is Fraction and a == 1 else self._inexact("pow", (a, b))
        if s < 0:
            if self.to_ball(b).contains_integer():
                raise PrecisionError("whether an exponent is an integer")
            raise DomainError("a negative number to a power that is not an integer")
        t = self.sign_of(b)
        if t < 0:
            raise DomainError("0 to a negative power")
        return ZERO if t else ONE

    def exp(self, a: Coefficient) -> Coefficient:
        """e^a."""
        return ONE if type(a) is Fraction and not a else self._inexact("exp", (a,))

    def log(self, a: Coefficient) -> Coefficient:
        """The natural logarithm, for a > 0."""
        self._require_positive(a, "the logarithm")
        return ZERO if type(a) is Fraction and a == 1 else self._inexact("log", (a,))

    def sin(self, a: Coefficient) -> Coefficient:
        """sin a."""
        return self._odd("sin", a)

    def cos(self, a: Coefficient) -> Coefficient:
        """cos a."""
        return ONE if type(a) is Fraction and not a else self._inexact("cos", (a,))

    def atan(self, a: Coefficient) -> Coefficient:
        """arctan a."""
        return self._odd("atan", a)

    def erf(self, a: Coefficient) -> Coefficient:
        """The error function."""
        return self._odd("erf", a)

    def loggamma(self, a: Coefficient) -> Coefficient:
        """Log Γ(a) for a > 0."""
        self._require_positive(a, "log Γ")
        return ZERO if type(a) is Fraction and a in (1, 2) else self._inexact("loggamma", (a,))

    def polygamma(self, a: Coefficient, order: Fraction) -> Coefficient:
        """ψ⁽ⁿ⁾(a) for a > 0."""
        self._require_positive(a, "a polygamma function")
        return self._inexact("polygamma", (a,), order)

    def abs(self, a: Coefficient) -> Coefficient:
        """|a|."""
        return self.neg(a) if self.sign_of(a) < 0 else a

    def max(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """The greater of two."""
        return b if self.lt(a, b) else a

    def min(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """The lesser of two."""
        return b if self.lt(b, a) else a

    def floor(self, a: Coefficient) -> Coefficient:
        """⌊a⌋."""
        if type(a) is Fraction:
            return Fraction(floor(a))
        ball = self.to_ball(a)
        found = ball.floor().unique_fmpz()
        if found is not None:
            return Fraction(int(found))
        nearest = (ball.mid() + arb(1) / 2).floor().unique_fmpz()
        if nearest is None:
            raise PrecisionError("the integer part of a number that is too large")
        whole = Fraction(int(nearest))
        return whole if self.sign_of(self.sub(a, whole)) >= 0 else whole - 1

    def lt(self, a: Coefficient, b: Coefficient) -> bool:
        """a < b."""
        return self.sign_of(self.sub(a, b)) < 0

    def le(self, a: Coefficient, b: Coefficient) -> bool:
        """a ≤ b."""
        return self.sign_of(self.sub(a, b)) <= 0

    def eq(self, a: Coefficient, b: Coefficient) -> bool:
        """a = b."""
        return self.sign_of(self.sub(a, b)) == 0

    # Stable compounds: with their bodies a ball would lose every correct bit at some arguments.

    def log1p(self, a: Coefficient) -> Coefficient:
        """log(1 + a) for a > -1."""
        self._require_positive(self.add(a, ONE), "the logarithm")
        return self._odd("log1p", a)

    def expm1(self, a: Coefficient) -> Coefficient:
        """e^a - 1."""
        return self._odd("expm1", a)

    def erfc(self, a: Coefficient) -> Coefficient:
        """1 - erf a."""
        return ONE if type(a) is Fraction and not a else self._inexact("erfc", (a,))

    def sinh(self, a: Coefficient) -> Coefficient:
        """sinh a."""
        return self._odd("sinh", a)

    def cosh(self, a: Coefficient) -> Coefficient:
        """cosh a."""
        return ONE if type(a) is Fraction and not a else self._inexact("cosh", (a,))

    def tanh(self, a: Coefficient) -> Coefficient:
        """tanh a."""
        return self._odd("tanh", a)

    def sigmoid(self, a: Coefficient) -> Coefficient:
        """1 / (1 + e^-a)."""
        return Fraction(1, 2) if type(a) is Fraction and not a else self._inexact("sigmoid", (a,))

    def softplus(self, a: Coefficient) -> Coefficient:
        """log(1 + e^a)."""
        return self._inexact("softplus", (a,))

    def logsigmoid(self, a: Coefficient) -> Coefficient:
        """-log(1 + e^-a)."""
        return self._inexact("logsigmoid", (a,))

    def cbrt(self, a: Coefficient) -> Coefficient:
        """The odd cube root."""
        third = Fraction(1, 3)
        return self.neg(self.power(self.neg(a), third)) if self.sign_of(a) < 0 else self.power(a, third)

    def _odd(self, name: str, a: Coefficient) -> Coefficient:
        """A function that is 0 at 0 and irrational at every other rational."""
        return a if type(a) is Fraction and not a else self._inexact(name, (a,))

    def _require_positive(self, a: Coefficient, name: str) -> None:
        if self.sign_of(a) <= 0:
            raise DomainError(f"{name} of a number that is not positive")

    def _kept(self, value: Fraction) -> Coefficient:
        """A rational, or a ball in its place once it has grown too large."""
        if value.numerator.bit_length() + value.denominator.bit_length() <= LARGEST_RATIONAL:
            return value
        return self._wrapped(self.to_ball(value))

    def _wrapped(self, ball: arb) -> Coefficient:
        return ball

    def _inexact(self, name: str, operands: tuple[Coefficient, ...], *params: Any) -> Coefficient:
        """Kernel operation ``name`` on balls around the operands.

        Raises:
            PrecisionError: the result is not finite at this precision.
        """
        if self._known is None:
            return self._irrational(name, operands, params)
        if name in _ODD_TOGETHER and self._leads_negative(name, operands):
            return self.neg(self._inexact(name, self._unsigned(name, operands)))
        key = (name, *[a if type(a) is Fraction else id(a) for a in operands], *params)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (self._irrational(name, operands, params), operands)  # operands keep their ids
            if name == "neg":
                self._known[name, id(known[0])] = (operands[0], known[0])
                self._negatives.add(id(known[0]))
        found: Coefficient = known[0]
        return found

    def _leads_negative(self, name: str, operands: tuple[Coefficient, ...]) -> bool:
        """Whether a sum begins with a negative, or a product has any: the minus goes to the front."""
        signs = [a < 0 if type(a) is Fraction else id(a) in self._negatives for a in operands]
        return signs[0] if name == "add" else any(signs)

    def _unsigned(self, name: str, operands: tuple[Coefficient, ...]) -> tuple[Coefficient, ...]:
        """The operands of which the result is the negative."""
        if name == "add":
            return tuple(map(self.neg, operands))
        k = next(k for k, a in enumerate(operands) if (a < 0 if type(a) is Fraction else id(a) in self._negatives))
        return (*operands[:k], self.neg(operands[k]), *operands[k + 1 :])

    def _irrational(self, name: str, operands: tuple[Coefficient, ...], params: tuple[Any, ...]) -> Coefficient:
        return self._ball_result(name, operands, params)

    def _ball_result(self, name: str, operands: tuple[Coefficient, ...], params: tuple[Any, ...]) -> arb:
        with self._balls.precision:
            found = getattr(self._balls, name)(*[to_ball(a) for a in operands], *params)
        if not found.is_finite():
            raise PrecisionError(f"the result of {name} is not finite at {self.bits} bits")
        return found


def rational_root(value: Fraction, degree: int) -> Fraction | None:
    """The ``degree``-th root of a rational if it is rational, else None; ``value`` ≥ 0 unless the degree is 1."""
    if degree == 1:
        return value
    top, bottom = _integer_root(value.numerator, degree), _integer_root(value.denominator, degree)
    return None if top is None or bottom is None else Fraction(top, bottom)


def _integer_root(value: int, degree: int) -> int | None:
    if value in (0, 1):
        return value
    if degree >= value.bit_length():
        return None
    root = int(fmpz(value).root(degree))
    return root if root**degree == value else None


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _parity(base: Fraction, exponent: int) -> int:
    """An exponent that gives the same power: for -1, 0 and 1 a small one."""
    return exponent if base not in (0, 1, -1) else exponent % 2 if base == -1 else 1
