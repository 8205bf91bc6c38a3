"""Truncated Taylor series with ball coefficients: f(c + t) for every c in a ball.

The coefficient of tᵏ encloses f⁽ᵏ⁾(c)/k! for every c of the centre's ball, so that a series over an interval bounds
f‴ there and proves that no switch lies inside: a sign that the ball leaves open raises :class:`PrecisionError`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb, arb_series

from derivcheck.numbers import expansions
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.conditions import TwoValued
from derivcheck.numbers.kernel import DomainError, PrecisionError
from derivcheck.numbers.precision import Precision

Series = Any  # arb_series


class Taylor(TwoValued):
    """The kernel on series with coefficients of t⁰ … t^``order``."""

    def __init__(self, order: int = 3, bits: int = 128) -> None:
        self.order = order
        self.bits = bits
        self._count = order + 1
        self._balls = Ball(bits)
        self._precision = Precision(bits, self._count)

    def variable(self, centre: arb, slope: arb | int = 1) -> Series:
        """The series of c + slope · t."""
        with self._precision:
            return arb_series([centre, arb(slope)], prec=self._count)

    def coefficient(self, series: Series, k: int) -> arb:
        """The ball around f⁽ᵏ⁾(c)/k!."""
        return series[k]

    def derivative(self, series: Series, k: int) -> arb:
        """The ball around f⁽ᵏ⁾(c)."""
        with self._precision:
            return series[k] * arb(k).fac()

    def constant(self, value: Fraction) -> Series:
        """A constant."""
        return self._constant(self._balls.constant(value))

    def pi(self) -> Series:
        """π."""
        return self._constant(self._balls.pi())

    def add(self, a: Series, b: Series) -> Series:
        """a + b."""
        with self._precision:
            return a + b

    def sub(self, a: Series, b: Series) -> Series:
        """a - b; exactly 0 for the same object."""
        if a is b:
            return self._constant(arb(0))
        with self._precision:
            return a - b

    def mul(self, a: Series, b: Series) -> Series:
        """a · b."""
        with self._precision:
            return a * b

    def div(self, a: Series, b: Series) -> Series:
        """a / b."""
        return self.mul(a, self.power(b, Fraction(-1)))

    def neg(self, a: Series) -> Series:
        """-a."""
        with self._precision:
            return -a

    def power(self, a: Series, exponent: Fraction) -> Series:
        """a^exponent."""
        if exponent.denominator != 1 and not a[0].is_zero():
            self._require_positive(a[0], "a fractional power", strictly=False)
        elif exponent < 0 and self._sign(a[0]) == 0:
            raise DomainError("division by 0")
        if a[0].is_zero() and exponent > 0 and exponent.denominator != 1:
            if self._is_constant(a):
                return self._constant(arb(0))
            raise PrecisionError("the end of the domain of a fractional power lies inside")
        return self._compose(expansions.power(exponent), a)

    def pow(self, a: Series, b: Series) -> Series:
        """a^b; a constant exact integer b takes any a, else exp(b·log a)."""
        if self._is_constant(b):
            if b[0].is_exact() and b[0].is_integer():
                return self.power(a, Fraction(int(b[0].fmpz())))
            if a[0].is_zero() and self._is_constant(a):
                return self._constant(self._balls.pow(a[0], b[0]))
        return self.exp(self.mul(b, self.log(a)))

    def exp(self, a: Series) -> Series:
        """e^a."""
        return self._compose(expansions.exp, a)

    def log(self, a: Series) -> Series:
        """The natural logarithm."""
        self._require_positive(a[0], "the logarithm")
        return self._compose(expansions.log, a)

    def sin(self, a: Series) -> Series:
        """sin a."""
        return self._compose(expansions.sin, a)

    def cos(self, a: Series) -> Series:
        """cos a."""
        return self._compose(expansions.cos, a)

    def atan(self, a: Series) -> Series:
        """arctan a."""
        return self._compose(expansions.atan, a)

    def erf(self, a: Series) -> Series:
        """The error function."""
        return self._compose(expansions.erf, a)

    def loggamma(self, a: Series) -> Series:
        """Log Γ(a)."""
        self._require_positive(a[0], "log Γ")
        return self._compose(expansions.loggamma, a)

    def polygamma(self, a: Series, order: Fraction) -> Series:
        """ψ⁽ⁿ⁾(a)."""
        self._require_positive(a[0], "a polygamma function")
        return self._compose(expansions.polygamma(order), a)

    def abs(self, a: Series) -> Series:
        """|a|."""
        return self.neg(a) if self._switch(a) < 0 else a

    def max(self, a: Series, b: Series) -> Series:
        """The greater of two."""
        return b if self.lt(a, b) else a

    def min(self, a: Series, b: Series) -> Series:
        """The lesser of two."""
        return b if self.lt(b, a) else a

    def floor(self, a: Series) -> Series:
        """⌊a⌋, constant on the ball."""
        whole = a[0].floor().unique_fmpz()
        if whole is None or (not self._is_constant(a) and not a[0] > arb(whole)):
            raise PrecisionError("a jump of floor lies inside")
        return self._constant(arb(whole))

    def lt(self, a: Series, b: Series) -> bool:
        """a < b on the whole ball."""
        return self._switch(self.sub(a, b)) < 0

    def le(self, a: Series, b: Series) -> bool:
        """a ≤ b on the whole ball."""
        return self._switch(self.sub(a, b)) <= 0

    def eq(self, a: Series, b: Series) -> bool:
        """a = b on the whole ball."""
        return self._switch(self.sub(a, b)) == 0

    # Stable compounds: values and derivatives keep their relative precision.

    def log1p(self, a: Series) -> Series:
        """log(1 + a)."""
        self._require_positive(self._balls.add(a[0], arb(1)), "the logarithm")
        return self._compose(expansions.log1p, a)

    def expm1(self, a: Series) -> Series:
        """e^a - 1."""
        return self._compose(expansions.expm1, a)

    def erfc(self, a: Series) -> Series:
        """1 - erf a."""
        return self._compose(expansions.erfc, a)

    def tanh(self, a: Series) -> Series:
        """Tanh a, by y′ = (1 - y²) a′ with 1 - y² begun as sech² a, which does not cancel."""
        with self._precision:
            y, w = [a[0].tanh()], [a[0].sech() ** 2]
            for k in range(1, self._count):
                y.append(sum((a[j] * w[k - j] * j for j in range(1, k + 1)), arb(0)) / k)
                w.append(-sum((y[j] * y[k - j] for j in range(k + 1)), arb(0)))
            return arb_series(y, prec=self._count)

    def sigmoid(self, a: Series) -> Series:
        """1 / (1 + e^-a), as e^a / (1 + e^a) for a < 0."""
        one = self.constant(Fraction(1))
        e = self.exp(a if a[0] < 0 else self.neg(a))
        inverse = self.power(self.add(one, e), Fraction(-1))
        return self._with_value(self.mul(e, inverse) if a[0] < 0 else inverse, self._balls.sigmoid(a[0]))

    def softplus(self, a: Series) -> Series:
        """log(1 + e^a), as a + log(1 + e^-a) for a > 0."""
        return self.add(a, self.softplus(self.neg(a))) if a[0] > 0 else self.log1p(self.exp(a))

    def logsigmoid(self, a: Series) -> Series:
        """-log(1 + e^-a)."""
        return self.neg(self.softplus(self.neg(a)))

    def _constant(self, value: arb) -> Series:
        with self._precision:
            return arb_series([value], prec=self._count)

    def _with_value(self, series: Series, value: arb) -> Series:
        """The series with a tighter constant term."""
        with self._precision:
            return arb_series([value, *[series[k] for k in range(1, self._count)]], prec=self._count)

    def _compose(self, expansion: expansions.Expansion, a: Series) -> Series:
        """f(a) by Horner's rule on the Taylor coefficients of f at the constant term."""
        with self._precision:
            coefficients = expansion(self._balls, a[0], self._count)
            if not all(c.is_finite() for c in coefficients):
                raise PrecisionError("a singularity lies inside, or too close to be told apart")
            step = arb_series([arb(0), *[a[k] for k in range(1, self._count)]], prec=self._count)
            found = arb_series([coefficients[-1]], prec=self._count)
            for c in reversed(coefficients[:-1]):
                found = found * step + arb_series([c], prec=self._count)
            return found

    def _is_constant(self, a: Series) -> bool:
        return all(a[k].is_zero() for k in range(1, self._count))

    def _sign(self, value: arb) -> int:
        if value > 0:
            return 1
        if value < 0:
            return -1
        if value.is_zero():
            return 0
        raise PrecisionError("a switch, a zero or the end of a domain lies inside")

    def _switch(self, a: Series) -> int:
        """The sign of a on the whole ball and beside it: 0 only where a is constantly 0."""
        found = self._sign(a[0])
        if found == 0 and not self._is_constant(a):
            raise PrecisionError("a switch lies inside")
        return found

    def _require_positive(self, value: arb, name: str, strictly: bool = True) -> None:
        if value < 0 or (strictly and value <= 0):
            raise DomainError(f"{name} of a number that is not positive")
        if not value > 0:
            raise PrecisionError(f"the end of the domain of {name} lies inside")
