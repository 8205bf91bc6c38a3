"""What a germ says of the one-sided derivative lim (f(x₀ + t·v) - f(x₀)) / t for t → 0+."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from derivcheck.numbers.coefficient import Coefficient, sign
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import DomainError, Undefined
from derivcheck.numbers.logpower import ZERO, LogPowerSeries, Tendency, TruncationError
from derivcheck.numbers.rates import Exponent

SLOPE = 1
"""The exponent of the term that gives the slope."""


class SideKind(Enum):
    """How a function behaves on one side of a point."""

    FINITE = auto()  # the difference quotient has a finite limit: the slope
    INFINITE = auto()  # continuous, but the difference quotient grows without bound: a root, x log x
    JUMP = auto()  # a finite limit that is not the value at the point
    UNBOUNDED = auto()  # the function itself tends to ±∞
    OSCILLATION = auto()  # continuous, but the difference quotient has no limit, not even an infinite one
    NO_LIMIT = auto()  # the function itself oscillates
    OUTSIDE = auto()  # no real value on this side


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a point, along the direction v in which the germ was taken.

    The slope is along v: for the left derivative of a function of one variable take v = -1 and change the sign.

    Attributes:
        kind: what happens.
        slope: the one-sided directional derivative, of a FINITE side.
        sign: of the infinite slope, of the jump (limit minus value), or of the infinity; else 0.
        limit: the finite limit of the function, where there is one.
        oscillation: the exponent of a NO_LIMIT or OSCILLATION.
    """

    kind: SideKind
    slope: Coefficient | None = None
    sign: int = 0
    limit: Coefficient | None = None
    oscillation: Exponent | None = None

    @property
    def is_continuous(self) -> bool:
        """Whether the function tends to its value at the point on this side."""
        return self.kind in (SideKind.FINITE, SideKind.INFINITE, SideKind.OSCILLATION)


def one_sided(germ: LogPowerSeries | Undefined, value: Coefficient | None, coefficients: Exact) -> Side:
    """Classify a germ beside the value at the point.

    Args:
        germ: f(x₀ + t·v), or what stands for it where it has no value.
        value: f(x₀), best computed as the germ of constants by the same :class:`Germ`, whose irrational numbers are
            then recognised; None where it is the limit, as when ``Germ.singularities`` is 0.
        coefficients: the arithmetic of the germ's coefficients, ``Germ.coefficients``.

    Raises:
        PrecisionError: whether a coefficient is 0 cannot be told.
        TruncationError: the series is too short.
        UndecidedError: the germ could not be computed.
    """
    if isinstance(germ, Undefined):
        if isinstance(germ.error, DomainError):
            return Side(SideKind.OUTSIDE)
        raise germ.error
    tendency = germ.tendency()
    if tendency is Tendency.INFINITE:
        return Side(SideKind.UNBOUNDED, sign=germ.sign())
    if tendency is not Tendency.LIMIT:
        return Side(SideKind.NO_LIMIT, oscillation=germ.oscillation)
    limit = germ.coefficient(0)
    step = 0 if value is None else sign(coefficients.sub(limit, value))
    if step:
        return Side(SideKind.JUMP, sign=step, limit=limit)
    return _slope(germ, limit)


def _slope(germ: LogPowerSeries, limit: Coefficient) -> Side:
    """The side of a germ that is continuous."""
    oscillation = germ.oscillation
    for key in germ.keys:
        if key <= 0:
            continue  # the limit, and unbounded terms that were found to be 0
        if key >= SLOPE or (oscillation is not None and key >= oscillation):
            break
        s = sign(germ.terms[key])
        if s:
            return Side(SideKind.INFINITE, sign=s, limit=limit)
    if oscillation is not None and oscillation <= SLOPE:
        return Side(SideKind.OSCILLATION, limit=limit, oscillation=oscillation)
    if germ.order is not None and germ.order <= SLOPE:
        raise TruncationError("the slope lies beyond the order of the series")
    return Side(SideKind.FINITE, slope=germ.terms.get(SLOPE, ZERO), limit=limit)
