"""What a number system must supply, and what stands for a value that does not exist.

A system supplies the kernel only. Every other operation is evaluated from its body, which is written over the kernel.
A system may also have methods named like an operation of the table (``log1p``, ``tanh``, ``softplus`` …): these
*stable compounds* are then used in place of the body. A system that can run rows itself, as a framework does, has a
method ``native(row, params)`` that returns the function for a row, or None.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from derivcheck.errors import DerivcheckError

Value = Any
"""A value of whichever number system is in use: the systems are interchangeable, their values are opaque here."""


class DomainError(DerivcheckError):
    """An operation has no real value at its arguments, as log(-1) or 1/0."""


class PrecisionError(DerivcheckError):
    """The sign of a number could not be told at the precision in use; a higher one may tell it."""


class UndecidedError(DerivcheckError):
    """A value exists but this number system cannot represent it, at any precision."""


REFUSALS = (DomainError, PrecisionError, UndecidedError)
"""What a kernel raises where a value does not exist or cannot be told."""


@dataclass(frozen=True, slots=True)
class Undefined:
    """Stands in an environment for a value that an operation refused to give.

    It spreads through every operation that reads it, except through the branch of a selection that is not taken.
    """

    error: DomainError | PrecisionError | UndecidedError

    @property
    def reason(self) -> str:
        """Why there is no value."""
        return self.error.message


class Kernel(Protocol):
    """The operations a number system supplies.

    Real results that do not exist raise :class:`DomainError`; a comparison that the precision in use cannot decide
    raises :class:`PrecisionError`. Floating-point systems return infinities and NaN instead.
    """

    def constant(self, value: Fraction) -> Value:
        """The number ``value``."""

    def pi(self) -> Value:
        """π."""

    def add(self, a: Value, b: Value) -> Value:
        """a + b."""

    def sub(self, a: Value, b: Value) -> Value:
        """a - b."""

    def mul(self, a: Value, b: Value) -> Value:
        """a · b."""

    def div(self, a: Value, b: Value) -> Value:
        """a / b; outside the domain where b = 0."""

    def neg(self, a: Value) -> Value:
        """-a."""

    def power(self, a: Value, exponent: Fraction) -> Value:
        """a^exponent for a fixed rational exponent; 0⁰ = 1; for a denominator other than 1 only a ≥ 0 is inside."""

    def pow(self, a: Value, b: Value) -> Value:
        """a^b with a variable exponent, exp(b·log a); an exact integer b takes any a, 0^b = 0 for b > 0."""

    def exp(self, a: Value) -> Value:
        """e^a."""

    def log(self, a: Value) -> Value:
        """The natural logarithm; inside for a > 0."""

    def sin(self, a: Value) -> Value:
        """The sine of an angle in radians."""

    def cos(self, a: Value) -> Value:
        """The cosine of an angle in radians."""

    def atan(self, a: Value) -> Value:
        """The arc tangent in (-π/2, π/2)."""

    def erf(self, a: Value) -> Value:
        """2/√π ∫₀ᵃ exp(-s²) ds."""

    def loggamma(self, a: Value) -> Value:
        """Log Γ(a) for a > 0."""

    def polygamma(self, a: Value, order: Fraction) -> Value:
        """ψ⁽ⁿ⁾(a), the (n+1)-th derivative of log Γ, for a > 0 and integer n ≥ 0."""

    def abs(self, a: Value) -> Value:
        """|a|."""

    def max(self, a: Value, b: Value) -> Value:
        """The greater of two."""

    def min(self, a: Value, b: Value) -> Value:
        """The lesser of two."""

    def floor(self, a: Value) -> Value:
        """The greatest integer not above a."""

    def lt(self, a: Value, b: Value) -> Value:
        """a < b."""

    def le(self, a: Value, b: Value) -> Value:
        """a ≤ b."""

    def eq(self, a: Value, b: Value) -> Value:
        """a = b."""

    def logical_and(self, p: Value, q: Value) -> Value:
        """Both conditions hold."""

    def logical_or(self, p: Value, q: Value) -> Value:
        """At least one condition holds."""

    def logical_not(self, p: Value) -> Value:
        """The condition does not hold."""

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """``a`` where the condition holds, else ``b``; the other one may be :class:`Undefined` and is not read."""
