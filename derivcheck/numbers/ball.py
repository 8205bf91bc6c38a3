"""Ball arithmetic: every value is an interval that certainly holds the true real number (Arb, through python-flint).

A comparison is ``True``, ``False`` or ``None`` (either may hold), and a selection by ``None`` gives the hull of both
branches. An argument certainly outside a domain raises :class:`DomainError`. One that only overlaps the boundary
gives a ball that is not finite where the function is unbounded there (logarithm, quotient), and the hull of the
values inside the domain where it is bounded (a positive fractional power).

Source: F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, IEEE Trans. Computers 66
(2017).

The file is longer than most: it has one method for each operation of the kernel.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial

from flint import arb

from derivcheck.numbers.kernel import DomainError, Undefined
from derivcheck.numbers.precision import Precision, rational_ball

Condition = bool | None
"""The truth of a comparison of balls; None where the balls leave it open."""

_LARGEST_ROOT = 64


class Ball:
    """The kernel on balls of ``bits`` bits."""

    def __init__(self, bits: int = 128) -> None:
        self.bits = bits
        self.precision = Precision(bits)

    def constant(self, value: Fraction) -> arb:
        """The least ball around ``value``."""
        with self.precision:
            return rational_ball(value)

    def pi(self) -> arb:
        """π."""
        with self.precision:
            return arb.pi()

    def add(self, a: arb, b: arb) -> arb:
        """a + b."""
        with self.precision:
            return a + b

    def sub(self, a: arb, b: arb) -> arb:
        """a - b."""
        with self.precision:
            return a - b

    def mul(self, a: arb, b: arb) -> arb:
        """a · b."""
        with self.precision:
            return a * b

    def div(self, a: arb, b: arb) -> arb:
        """a / b; outside the domain where b is exactly 0, not finite where b may be 0."""
        if b.is_zero():
            raise DomainError("division by 0")
        with self.precision:
            return a / b

    def neg(self, a: arb) -> arb:
        """-a."""
        with self.precision:
            return -a

    def power(self, a: arb, exponent: Fraction) -> arb:
        """a^exponent; 0⁰ = 1, and a non-integer exponent needs a ≥ 0."""
        if exponent == 0:
            return arb(1)
        with self.precision:
            if a.is_zero():
                if exponent < 0:
                    raise DomainError("0 to a negative power")
                return arb(0)
            if exponent.denominator != 1:
                return _fractional_power(a, exponent)
            return _integer_power(a, exponent.numerator)

    def pow(self, a: arb, b: arb) -> arb:
        """a^b = exp(b·log a); an exact integer b takes any a, and 0^b = 0 for b > 0."""
        if b.is_exact() and b.is_integer():
            return self.power(a, Fraction(int(b.fmpz())))
        with self.precision:
            if a > 0:
                return a**b
            if a.is_zero():
                return _zero_power(b)
            if a < 0:
                if not b.contains_integer():
                    raise DomainError("a negative number to a power that is not an integer")
                return arb.nan()
            return (a.upper() ** b).union(arb(0)) if b > 0 and a.upper() > 0 else arb.nan()

    def exp(self, a: arb) -> arb:
        """e^a."""
        with self.precision:
            return a.exp()

    def log(self, a: arb) -> arb:
        """The natural logarithm; outside for a ≤ 0, not finite where a may be 0."""
        if a <= 0:
            raise DomainError("the logarithm of a number that is not positive")
        with self.precision:
            return a.log()

    def sin(self, a: arb) -> arb:
        """sin a."""
        with self.precision:
            return a.sin()

    def cos(self, a: arb) -> arb:
        """cos a."""
        with self.precision:
            return a.cos()

    def atan(self, a: arb) -> arb:
        """arctan a."""
        with self.precision:
            return a.atan()

    def erf(self, a: arb) -> arb:
        """The error function."""
        with self.precision:
            return a.erf()

    def loggamma(self, a: arb) -> arb:
        """Log Γ(a); outside for a ≤ 0."""
        if a <= 0:
            raise DomainError("log Γ of a number that is not positive")
        with self.precision:
            return a.lgamma() if a > 0 else arb.nan()

    def polygamma(self, a: arb, order: Fraction) -> arb:
        """ψ⁽ⁿ⁾(a) = (-1)ⁿ⁺¹ n! ζ(n+1, a); outside for a ≤ 0. Source: DLMF 25.11.12."""
        if a <= 0:
            raise DomainError("a polygamma function of a number that is not positive")
        n = int(order)
        with self.precision:
            if not a > 0:
                return arb.nan()
            if n == 0:
                return a.digamma()
            return arb((-1) ** (n + 1) * factorial(n)) * arb(n + 1).zeta(a)

    def abs(self, a: arb) -> arb:
        """|a|; the hull where the sign is open."""
        with self.precision:
            return abs(a) if a >= 0 or a <= 0 else a.abs_upper().union(arb(0))

    def max(self, a: arb, b: arb) -> arb:
        """The greater of two; the hull where the order is open."""
        with self.precision:
            return a.max(b)

    def min(self, a: arb, b: arb) -> arb:
        """The lesser of two; the hull where the order is open."""
        with self.precision:
            return a.min(b)

    def floor(self, a: arb) -> arb:
        """⌊a⌋; the hull where a ball holds an integer."""
        with self.precision:
            return a.floor()

    def lt(self, a: arb, b: arb) -> Condition:
        """a < b, None where open."""
        return True if a < b else False if a >= b else None

    def le(self, a: arb, b: arb) -> Condition:
        """a ≤ b, None where open."""
        return True if a <= b else False if a > b else None

    def eq(self, a: arb, b: arb) -> Condition:
        """a = b, None where open."""
        return True if a == b else None if a.overlaps(b) else False

    def logical_and(self, p: Condition, q: Condition) -> Condition:
        """Both, in three-valued logic."""
        return False if p is False or q is False else None if p is None or q is None else True

    def logical_or(self, p: Condition, q: Condition) -> Condition:
        """At least one, in three-valued logic."""
        return True if p is True or q is True else None if p is None or q is None else False

    def logical_not(self, p: Condition) -> Condition:
        """Not, in three-valued logic."""
        return None if p is None else not p

    def select(self, condition: Condition, a: arb | Undefined, b: arb | Undefined) -> arb:
        """The branch that is taken; the hull of both where that is open, not finite if one of them has no value."""
        if condition is None:
            if isinstance(a, Undefined) or isinstance(b, Undefined):
                return arb.nan()
            with self.precision:
                return a.union(b)
        chosen = a if condition else b
        if isinstance(chosen, Undefined):
            raise chosen.error
        return chosen

    # Stable compounds: their bodies would lose every correct bit at some arguments.

    def log1p(self, a: arb) -> arb:
        """log(1 + a); outside for a ≤ -1."""
        if a <= -1:
            raise DomainError("log1p of a number not above -1")
        with self.precision:
            return a.log1p()

    def expm1(self, a: arb) -> arb:
        """e^a - 1."""
        with self.precision:
            return a.expm1()

    def erfc(self, a: arb) -> arb:
        """1 - erf a."""
        with self.precision:
            return a.erfc()

    def sinh(self, a: arb) -> arb:
        """sinh a."""
        with self.precision:
            return a.sinh()

    def cosh(self, a: arb) -> arb:
        """cosh a."""
        with self.precision:
            return a.cosh()

    def tanh(self, a: arb) -> arb:
        """tanh a."""
        with self.precision:
            return a.tanh()

    def sigmoid(self, a: arb) -> arb:
        """1 / (1 + e^-a)."""
        with self.precision:
            return 1 / (1 + (-a).exp())

    def softplus(self, a: arb) -> arb:
        """log(1 + e^a), as a + log(1 + e^-a) for a > 0."""
        with self.precision:
            return a + (-a).exp().log1p() if a > 0 else a.exp().log1p()

    def logsigmoid(self, a: arb) -> arb:
        """-log(1 + e^-a)."""
        with self.precision:
            return a - a.exp().log1p() if a < 0 else -((-a).exp().log1p())

    def cbrt(self, a: arb) -> arb:
        """The odd cube root."""
        with self.precision:
            if a >= 0:
                return _root(a, 3)
            if a <= 0:
                return -_root(-a, 3)
            return (-_root(-a.lower(), 3)).union(_root(a.upper(), 3))


def _root(a: arb, degree: int) -> arb:
    return arb(0) if a.is_zero() else a.root(degree) if a > 0 else a.upper().root(degree).union(arb(0))


def _integer_power(a: arb, exponent: int) -> arb:
    """a^n, n ≠ 0, for a ball other than exactly 0: tight for a ball of any sign, and |n| may be huge."""
    if a > 0:
        return a ** arb(exponent)
    if a < 0:
        size = (-a) ** arb(exponent)
        return -size if exponent % 2 else size
    if exponent < 0:
        return arb.nan()
    top = a.upper() ** arb(exponent)
    bottom = -((-a.lower()) ** arb(exponent))
    return top.union(bottom) if exponent % 2 else top.max(-bottom).union(arb(0))


def _fractional_power(a: arb, exponent: Fraction) -> arb:
    """a^exponent for a ball other than exactly 0."""
    if a < 0:
        raise DomainError("a negative number to a power that is not an integer")
    if not a > 0:
        top = a.upper()
        return _fractional_power(top, exponent).union(arb(0)) if exponent > 0 and top > 0 else arb.nan()
    if exponent.denominator == 2 and abs(exponent.numerator) == 1:
        return a.sqrt() if exponent > 0 else a.rsqrt()
    if exponent.denominator <= _LARGEST_ROOT:
        return a.root(exponent.denominator) ** arb(exponent.numerator)
    return a ** rational_ball(exponent)


def _zero_power(exponent: arb) -> arb:
    if exponent > 0:
        return arb(0)
    if exponent < 0:
        raise DomainError("0 to a negative power")
    return arb.nan()
