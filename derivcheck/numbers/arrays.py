"""Binary64 arithmetic on NumPy arrays, elementwise, with IEEE 754 semantics and no warnings."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derivcheck.numbers.floats import Floats

Array = NDArray[np.float64] | np.float64
Mask = NDArray[np.bool_] | np.bool_

_SCALAR = Floats()
_ERF = np.frompyfunc(_SCALAR.erf, 1, 1)
_ERFC = np.frompyfunc(_SCALAR.erfc, 1, 1)
_LOGGAMMA = np.frompyfunc(_SCALAR.loggamma, 1, 1)
_POLYGAMMA: Any = np.frompyfunc(_SCALAR.polygamma, 2, 1)


def _silent() -> np.errstate:
    return np.errstate(all="ignore")


def _numbers(values: Any) -> Array:
    """The binary64 array of what an elementwise Python function returned."""
    found: Array = np.float64(values) if np.ndim(values) == 0 else np.asarray(values, dtype=np.float64)
    return found


class Arrays:
    """The kernel on float64 arrays and scalars that broadcast together; conditions are boolean arrays."""

    def constant(self, value: Fraction) -> Array:
        """The binary64 number nearest to ``value``."""
        return np.float64(_SCALAR.constant(value))

    def pi(self) -> Array:
        """π."""
        return np.float64(math.pi)

    def add(self, a: Array, b: Array) -> Array:
        """a + b."""
        with _silent():
            return a + b

    def sub(self, a: Array, b: Array) -> Array:
        """a - b."""
        with _silent():
            return a - b

    def mul(self, a: Array, b: Array) -> Array:
        """a · b."""
        with _silent():
            return a * b

    def div(self, a: Array, b: Array) -> Array:
        """a / b."""
        with _silent():
            return a / b

    def neg(self, a: Array) -> Array:
        """-a."""
        return -a

    def power(self, a: Array, exponent: Fraction) -> Array:
        """a^exponent; NaN for a < 0 and an exponent that is not an integer."""
        with _silent():
            if exponent == 2:
                return a * a
            if exponent == Fraction(1, 2):
                return np.sqrt(a)
            found = np.power(a, self.constant(exponent))
            return found if exponent.denominator == 1 else self.select(np.less(a, 0), np.float64(np.nan), found)

    def pow(self, a: Array, b: Array) -> Array:
        """a^b as C's ``pow``."""
        with _silent():
            return np.power(a, b)

    def exp(self, a: Array) -> Array:
        """e^a."""
        with _silent():
            return np.exp(a)

    def log(self, a: Array) -> Array:
        """The natural logarithm; -∞ at 0, NaN below."""
        with _silent():
            return np.log(a)

    def sin(self, a: Array) -> Array:
        """sin a."""
        with _silent():
            return np.sin(a)

    def cos(self, a: Array) -> Array:
        """cos a."""
        with _silent():
            return np.cos(a)

    def atan(self, a: Array) -> Array:
        """arctan a."""
        return np.arctan(a)

    def erf(self, a: Array) -> Array:
        """The error function."""
        with _silent():
            return _numbers(_ERF(a))

    def loggamma(self, a: Array) -> Array:
        """Log Γ(a); ∞ at 0, NaN below."""
        with _silent():
            return _numbers(_LOGGAMMA(a))

    def polygamma(self, a: Array, order: Fraction) -> Array:
        """ψ⁽ⁿ⁾(a) for a > 0; the infinite limit at 0, NaN below."""
        with _silent():
            return _numbers(_POLYGAMMA(a, order))

    def abs(self, a: Array) -> Array:
        """|a|."""
        found: Array = np.abs(a)
        return found

    def max(self, a: Array, b: Array) -> Array:
        """The greater of two; NaN if either is."""
        with _silent():
            return np.maximum(a, b)

    def min(self, a: Array, b: Array) -> Array:
        """The lesser of two; NaN if either is."""
        with _silent():
            return np.minimum(a, b)

    def floor(self, a: Array) -> Array:
        """⌊a⌋."""
        with _silent():
            return np.floor(a)

    def lt(self, a: Array, b: Array) -> Mask:
        """a < b."""
        return np.less(a, b)

    def le(self, a: Array, b: Array) -> Mask:
        """a ≤ b."""
        return np.less_equal(a, b)

    def eq(self, a: Array, b: Array) -> Mask:
        """a = b."""
        return np.equal(a, b)

    def logical_and(self, p: Mask, q: Mask) -> Mask:
        """Both."""
        return np.logical_and(p, q)

    def logical_or(self, p: Mask, q: Mask) -> Mask:
        """At least one."""
        return np.logical_or(p, q)

    def logical_not(self, p: Mask) -> Mask:
        """Not."""
        return np.logical_not(p)

    def select(self, condition: Mask, a: Array, b: Array) -> Array:
        """``a`` where the condition holds, else ``b``."""
        return np.where(condition, a, b)[()]

    # Stable compounds: their bodies would cancel or overflow.

    def log1p(self, a: Array) -> Array:
        """log(1 + a)."""
        with _silent():
            return np.log1p(a)

    def expm1(self, a: Array) -> Array:
        """e^a - 1."""
        with _silent():
            return np.expm1(a)

    def erfc(self, a: Array) -> Array:
        """1 - erf a."""
        with _silent():
            return _numbers(_ERFC(a))

    def sinh(self, a: Array) -> Array:
        """sinh a."""
        with _silent():
            return np.sinh(a)

    def cosh(self, a: Array) -> Array:
        """cosh a."""
        with _silent():
            return np.cosh(a)

    def tanh(self, a: Array) -> Array:
        """tanh a."""
        return np.tanh(a)

    def sigmoid(self, a: Array) -> Array:
        """1 / (1 + e^-a), without overflow."""
        with _silent():
            e = np.exp(-np.abs(a))
            return self.select(np.less(a, 0), e / (1 + e), 1 / (1 + e))

    def softplus(self, a: Array) -> Array:
        """log(1 + e^a), as max(a, 0) + log1p(e^-|a|)."""
        with _silent():
            found: Array = np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a)))
            return found

    def logsigmoid(self, a: Array) -> Array:
        """-log(1 + e^-a)."""
        return -self.softplus(-a)

    def cbrt(self, a: Array) -> Array:
        """The odd cube root."""
        return np.cbrt(a)
