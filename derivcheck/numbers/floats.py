"""Binary64 arithmetic with IEEE 754 semantics: infinities and NaN instead of errors. Scalars here, arrays beside it.

Source: IEEE 754-2019; results of elementary functions are those of the C library (a few units in the last place).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from derivcheck.numbers.ball import Ball
from derivcheck.numbers.conditions import TwoValued

INF, NAN = math.inf, math.nan
_POLYGAMMA_BITS = 80


class Floats(TwoValued):
    """The kernel on Python floats; conditions are Python bools, false wherever a NaN is compared."""

    def constant(self, value: Fraction) -> float:
        """The binary64 number nearest to ``value``; an infinity beyond the range."""
        try:
            return float(value)
        except OverflowError:
            return INF if value > 0 else -INF

    def pi(self) -> float:
        """π."""
        return math.pi

    def add(self, a: float, b: float) -> float:
        """a + b."""
        return a + b

    def sub(self, a: float, b: float) -> float:
        """a - b."""
        return a - b

    def mul(self, a: float, b: float) -> float:
        """a · b."""
        return a * b

    def div(self, a: float, b: float) -> float:
        """a / b; ±∞ for a ≠ 0 and b = ±0, NaN for 0/0."""
        if b == 0:
            return NAN if a == 0 or math.isnan(a) else math.copysign(INF, a) * math.copysign(1.0, b)
        return a / b

    def neg(self, a: float) -> float:
        """-a."""
        return -a

    def power(self, a: float, exponent: Fraction) -> float:
        """a^exponent; NaN for a < 0 and an exponent that is not an integer."""
        if exponent == Fraction(1, 2):
            return math.sqrt(a) if a >= 0 else NAN
        if exponent.denominator != 1 and a < 0:
            return NAN
        return self.pow(a, self.constant(exponent))

    def pow(self, a: float, b: float) -> float:
        """a^b as C's ``pow``."""
        try:
            return math.pow(a, b)
        except OverflowError:
            return -INF if a < 0 and b % 2 == 1 else INF
        except ValueError:  # a < 0 with a fractional exponent, or 0 with a negative one
            if a == 0:
                return math.copysign(INF, a) if b % 2 == 1 else INF
            return NAN

    def exp(self, a: float) -> float:
        """e^a."""
        return _overflowing(math.exp, a)

    def log(self, a: float) -> float:
        """The natural logarithm; -∞ at 0, NaN below."""
        return math.log(a) if a > 0 else -INF if a == 0 else NAN

    def sin(self, a: float) -> float:
        """sin a; NaN at ±∞."""
        return NAN if math.isinf(a) else math.sin(a)

    def cos(self, a: float) -> float:
        """cos a; NaN at ±∞."""
        return NAN if math.isinf(a) else math.cos(a)

    def atan(self, a: float) -> float:
        """arctan a."""
        return math.atan(a)

    def erf(self, a: float) -> float:
        """The error function."""
        return math.erf(a)

    def loggamma(self, a: float) -> float:
        """Log Γ(a); ∞ at 0, NaN below."""
        if a > 0:
            return _overflowing(math.lgamma, a)
        return INF if a == 0 else NAN

    def polygamma(self, a: float, order: Fraction) -> float:
        """ψ⁽ⁿ⁾(a), correctly rounded but for rare ties; the infinite limit at 0, NaN below."""
        n = int(order)
        if a == INF:
            return INF if n == 0 else 0.0
        if a == 0:
            return INF if n % 2 else -INF
        if not a > 0:
            return NAN
        ball = _BALLS.polygamma(_BALLS.constant(Fraction(a)), order)
        return float(ball.mid())

    def abs(self, a: float) -> float:
        """|a|."""
        return abs(a)

    def max(self, a: float, b: float) -> float:
        """The greater of two; NaN if either is."""
        return a if a > b or math.isnan(a) else b

    def min(self, a: float, b: float) -> float:
        """The lesser of two; NaN if either is."""
        return a if a < b or math.isnan(a) else b

    def floor(self, a: float) -> float:
        """⌊a⌋."""
        return float(math.floor(a)) if math.isfinite(a) else a

    def lt(self, a: float, b: float) -> bool:
        """a < b."""
        return a < b

    def le(self, a: float, b: float) -> bool:
        """a ≤ b."""
        return a <= b

    def eq(self, a: float, b: float) -> bool:
        """a = b."""
        return a == b

    # Stable compounds: their bodies would cancel or overflow.

    def log1p(self, a: float) -> float:
        """log(1 + a)."""
        return math.log1p(a) if a > -1 else -INF if a == -1 else NAN

    def expm1(self, a: float) -> float:
        """e^a - 1."""
        return _overflowing(math.expm1, a)

    def erfc(self, a: float) -> float:
        """1 - erf a."""
        return math.erfc(a)

    def sinh(self, a: float) -> float:
        """sinh a."""
        return math.copysign(_overflowing(math.sinh, abs(a)), a)

    def cosh(self, a: float) -> float:
        """cosh a."""
        return _overflowing(math.cosh, a)

    def tanh(self, a: float) -> float:
        """tanh a."""
        return math.tanh(a)

    def sigmoid(self, a: float) -> float:
        """1 / (1 + e^-a), without overflow."""
        if a < 0:
            e = math.exp(a)
            return e / (1 + e)
        return 1 / (1 + math.exp(-a))

    def softplus(self, a: float) -> float:
        """log(1 + e^a), as max(a, 0) + log1p(e^-|a|)."""
        return self.max(a, 0.0) + math.log1p(math.exp(-abs(a)))

    def logsigmoid(self, a: float) -> float:
        """-log(1 + e^-a)."""
        return -self.softplus(-a)

    def cbrt(self, a: float) -> float:
        """The odd cube root."""
        return math.cbrt(a)


_BALLS = Ball(_POLYGAMMA_BITS)


def _overflowing(function: Callable[[float], float], a: float) -> float:
    """A function whose only failure is a result above the range."""
    try:
        return function(a)
    except OverflowError:
        return INF
