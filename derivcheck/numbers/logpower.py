"""One-sided series on a scale of powers, logarithms and exponentials, for t → 0+.

    f(t) = Σ c · tᵃ  +  Ω(t)  +  O(tᴺ)

with exactly known c and exponents a that may stand for logarithms and exponentials too, see
:mod:`derivcheck.numbers.rates`; every tᵃ is positive. The *order* N is the truncation: "O(tᴺ)" allows powers of log t
besides. Ω is a genuine oscillation: continuous, tᵃ times a bounded function that has no limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from fractions import Fraction
from functools import cached_property

from derivcheck.numbers.coefficient import Coefficient, sign
from derivcheck.numbers.kernel import UndecidedError
from derivcheck.numbers.rates import Exponent, exponent_of

ZERO, ONE = Fraction(0), Fraction(1)


class TruncationError(UndecidedError):
    """The answer lies beyond the order to which a series is known; a higher order may show it."""


class OscillationError(UndecidedError):
    """An oscillation hides the leading term; no precision and no higher order shows it."""


class Tendency(Enum):
    """What a germ does as t → 0+."""

    LIMIT = auto()
    INFINITE = auto()
    BOUNDED_OSCILLATION = auto()
    UNBOUNDED_OSCILLATION = auto()


def least(a: Exponent | None, b: Exponent | None) -> Exponent | None:
    """The lower of two orders; None is no truncation."""
    return b if a is None else a if b is None else min(a, b)


@dataclass(frozen=True)
class LogPowerSeries:
    """A germ. Never changed after it is made; ``terms`` holds no coefficient that is a rational 0.

    Attributes:
        terms: the coefficient of each tᵃ.
        order: N, None for a finite sum that is exact.
        oscillation: the exponent of Ω, None where there is none; always lower than ``order``.
    """

    terms: dict[Exponent, Coefficient] = field(default_factory=dict)
    order: Exponent | None = None
    oscillation: Exponent | None = None

    @cached_property
    def keys(self) -> list[Exponent]:
        """The exponents of the terms, the greatest term first."""
        return sorted(self.terms)

    @property
    def is_exact_zero(self) -> bool:
        """Whether the germ is 0 on an interval right of 0."""
        return not self.terms and self.order is None and self.oscillation is None

    @property
    def is_constant(self) -> bool:
        """Whether the germ is a constant, exactly."""
        return self.order is None and self.oscillation is None and all(key == 0 for key in self.terms)

    @property
    def is_oscillating(self) -> bool:
        """Whether the germ has a genuine oscillation of some known size."""
        return self.oscillation is not None

    def coefficient(self, exponent: Exponent) -> Coefficient:
        """The coefficient of t^exponent.

        Raises:
            TruncationError: the term lies beyond the order.
        """
        if self.order is not None and exponent >= self.order:
            raise TruncationError(f"the coefficient of t^{exponent} lies beyond the order {self.order}")
        return self.terms.get(exponent_of(exponent), ZERO)

    def valuation(self) -> Exponent | None:
        """A lower bound of all exponents, the order's and the oscillation's too; None for exactly 0."""
        found = least(self.keys[0] if self.terms else None, self.order)
        return found if self.oscillation is None else least(found, self.oscillation)

    def leading(self) -> tuple[Exponent, Coefficient] | None:
        """The exponent and the coefficient of the greatest term that is not 0; None for exactly 0.

        Raises:
            TruncationError: all known terms are 0, or none is known.
            OscillationError: an oscillation is at least as great as every term.
            PrecisionError: whether a coefficient is 0 cannot be told.
            UndecidedError: the same at any precision.
        """
        for key in self.keys:
            if self.oscillation is not None and key >= self.oscillation:
                break
            if sign(self.terms[key]) != 0:
                return key, self.terms[key]
        if self.oscillation is not None:
            raise OscillationError("an oscillation hides the sign")
        if self.order is not None:
            raise TruncationError(f"the leading term lies beyond the order {self.order}")
        return None

    def sign(self) -> int:
        """The sign of the germ for all small t > 0: -1, 0 (exactly 0) or 1; raises as :meth:`leading` does."""
        found = self.leading()
        return 0 if found is None else sign(found[1])

    def tendency(self) -> Tendency:
        """What the germ does as t → 0+.

        Raises:
            TruncationError: the series is not known to o(1).
            PrecisionError: whether an unbounded term is 0 cannot be told.
        """
        for key in self.keys:
            if key >= 0 or (self.oscillation is not None and key >= self.oscillation):
                break
            if sign(self.terms[key]) != 0:
                return Tendency.INFINITE
        if self.oscillation is not None and self.oscillation <= 0:
            bounded = self.oscillation == 0
            return Tendency.BOUNDED_OSCILLATION if bounded else Tendency.UNBOUNDED_OSCILLATION
        if self.order is not None and self.order <= 0:
            raise TruncationError("the limit lies beyond the order of the series")
        return Tendency.LIMIT

    def limit_value(self) -> Coefficient | None:
        """The finite limit for t → 0+; None where there is none. Raises as :meth:`tendency` does."""
        return self.terms.get(0, ZERO) if self.tendency() is Tendency.LIMIT else None
