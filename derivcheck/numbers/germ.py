"""Germs: what a function does on one side of a point, f(x₀ + t·v) for t → 0+, as a one-sided log-power series.

Switches (abs, max, floor, comparisons) are decided by the sign of the leading coefficient, and only the branch taken
is read. The sign of a coefficient is exact if it is rational; a ball that holds 0 raises :class:`PrecisionError`, and
:func:`decide` climbs to more bits and at last to SymPy. Wherever the series is too short to tell, that is
:class:`TruncationError`: more terms may tell it, and "zero" is never concluded.

The file is longer than most: it has one method for each operation of the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from derivcheck.numbers import expansions
from derivcheck.numbers.coefficient import Coefficient, sign, within
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.expansions import Expansion
from derivcheck.numbers.germarithmetic import GermArithmetic
from derivcheck.numbers.kernel import DomainError, PrecisionError, UndecidedError
from derivcheck.numbers.logpower import (
    ONE,
    LogPowerSeries,
    OscillationError,
    Tendency,
    TruncationError,
    least,
)
from derivcheck.numbers.precision import LADDER
from derivcheck.numbers.rates import Exponent, exponential, logarithms
from derivcheck.numbers.symbolic import SymbolicExact

DEFAULT_ORDER = 5
FLAT = 10**6
"""The order given to what vanishes faster than every power of t and is not on the scale, as exp(-log²t) is not."""

HIDDEN = (TruncationError, OscillationError)
"""Why a series may have no leading term although all its coefficients are known: its size is known all the same."""

_LARGEST_PRODUCT_POWER = 64
_HALF = Fraction(1, 2)
_OSCILLATING = LogPowerSeries(oscillation=0)

T = TypeVar("T")


class Germ(GermArithmetic):
    """The kernel on germs.

    Args:
        bits: the precision of irrational coefficients.
        order: how many powers of t are kept.
        symbolic: coefficients carry SymPy formulas, which are asked where a ball does not tell whether it is 0.

    Attributes:
        coefficients: the arithmetic of the coefficients.
        singularities: how many operations so far were not analytic at the point: a switch that is active there, a
            root or a logarithm of something that tends to 0 or ∞, an integer under floor. While it is 0, everything
            computed is an analytic function of all variables around the point: it equals its limit there, and its
            gradient exists.
        breaks: how many operations so far jump again and again on the way to the point, as ⌊1/t⌋ does.
    """

    def __init__(self, bits: int = LADDER[0], order: int = DEFAULT_ORDER, symbolic: bool = False) -> None:
        system = SymbolicExact if symbolic else Exact
        super().__init__(system(bits, remember=True), order)
        self.bits = bits
        self.singularities = 0
        self.breaks = 0
        self._one = self.number(ONE)

    def variable(self, value: Coefficient, slope: Coefficient) -> LogPowerSeries:
        """The germ value + slope · t of a variable that starts at ``value`` and moves with ``slope``."""
        return self.add(self.number(value), self.mul(self.number(slope), self.monomial(ONE, 1)))

    def constant(self, value: Fraction) -> LogPowerSeries:
        """A constant."""
        return self.number(self.coefficients.constant(value))

    def pi(self) -> LogPowerSeries:
        """π."""
        return self.number(self.coefficients.pi())

    def div(self, a: LogPowerSeries, b: LogPowerSeries) -> LogPowerSeries:
        """a / b; outside where b is 0 on the whole side."""
        if b.is_exact_zero:
            raise DomainError("division by 0")
        inverse = self.power(b, Fraction(-1))  # also where a is b: at a zero of b there is no value
        return self._one if a is b else self.mul(a, inverse)

    def power(self, a: LogPowerSeries, exponent: Fraction) -> LogPowerSeries:
        """a^p: the leading term to the power p, times (1 + ε)^p; a small natural p multiplies."""
        if exponent == 0:
            return self._one
        if exponent.denominator == 1 and 0 < exponent <= _LARGEST_PRODUCT_POWER:
            return self._natural_power(a, exponent.numerator)
        found = a.leading()
        if found is None:
            if exponent < 0:
                raise DomainError("0 to a negative power")
            self.singularities += 1
            return LogPowerSeries()
        e, c = found
        if e != 0:
            self.singularities += 1
        if exponent.denominator != 1 and a.sign() < 0:
            raise DomainError("a negative number to a power that is not an integer")
        rest = self.compose(expansions.power(exponent), self._ratio_to_leading(a, e, c))
        return self.scale(rest, self.coefficients.power(c, exponent), e * exponent)

    def _natural_power(self, a: LogPowerSeries, exponent: int) -> LogPowerSeries:
        if a.oscillation is not None and _is_pure_oscillation(a):  # takes an interval of values, and so does its power
            return LogPowerSeries(oscillation=a.oscillation * exponent)
        return self.whole_power(a, exponent)

    def _ratio_to_leading(self, a: LogPowerSeries, key: Exponent, c: Coefficient) -> LogPowerSeries:
        """a / (c tᵉ) = 1 + ε, the 1 exact; terms that were found to be 0 are left out."""
        greater = set(a.keys[: a.keys.index(key) + 1])
        others = LogPowerSeries({k: v for k, v in a.terms.items() if k not in greater}, a.order, a.oscillation)
        ratio = self.scale(others, self.coefficients.div(ONE, c), -key)
        return self.add(ratio, self._one)

    def pow(self, a: LogPowerSeries, b: LogPowerSeries) -> LogPowerSeries:
        """a^b = exp(b·log a); a constant rational b is a fixed exponent."""
        if b.is_constant:
            exponent = b.coefficient(0)
            if isinstance(exponent, Fraction):
                self.singularities += self._may_leave(a)
                return self.power(a, exponent)
        s = self._switch(a)
        if s > 0:
            return self.exp(self.mul(b, self.log(a)))
        if s < 0:
            raise DomainError("a negative number to a power that is not an integer")
        if b.sign() < 0:
            raise DomainError("0 to a negative power")
        return LogPowerSeries() if b.sign() else self._one

    def _may_leave(self, a: LogPowerSeries) -> bool:
        """Whether a is not certainly positive: then a^b has no value for some b beside a constant one."""
        try:
            found = a.leading()
            return found is None or found[0] != 0 or a.sign() < 0
        except UndecidedError:
            return True

    def exp(self, a: LogPowerSeries) -> LogPowerSeries:
        """e^a: unbounded terms give powers of t, see :mod:`derivcheck.numbers.rates`; else flat for a → -∞."""
        rest: LogPowerSeries = a
        shift: Exponent = 0
        while rest.tendency() is Tendency.INFINITE:
            key, c = self._unbounded(rest)
            try:
                found = exponential(key, c)
            except PrecisionError:
                if a.sign() > 0 or not key < -1:
                    raise
                found = None
            if found is None:
                if a.sign() < 0:
                    return LogPowerSeries(order=FLAT)
                raise UndecidedError("the exponential of something that grows without bound")
            shift += found
            rest = LogPowerSeries({k: v for k, v in rest.terms.items() if k != key}, rest.order, rest.oscillation)
        self.singularities += rest is not a
        return self.scale(self._entire(expansions.exp, rest, rest.tendency()), ONE, shift)

    def log(self, a: LogPowerSeries) -> LogPowerSeries:
        """Of c tᵉ (1 + ε): log c - e·log(1/t) + the logarithm of 1 + ε; of an exponential its exponent."""
        found = a.leading()
        if found is None:
            raise DomainError("the logarithm of 0")
        e, c = found
        if a.sign() < 0:
            raise DomainError("the logarithm of a negative number")
        ratio = self._ratio_to_leading(a, e, c)
        head = self.number(self.coefficients.log(c))
        if e != 0:
            self.singularities += 1
            head = self.add(head, LogPowerSeries(dict(logarithms(e))))
        return self.add(head, self.compose(expansions.log, ratio))

    def sin(self, a: LogPowerSeries) -> LogPowerSeries:
        """sin a; a bounded oscillation for an unbounded a."""
        return self._circular(expansions.sin, a)

    def cos(self, a: LogPowerSeries) -> LogPowerSeries:
        """cos a; a bounded oscillation for an unbounded a."""
        return self._circular(expansions.cos, a)

    def atan(self, a: LogPowerSeries) -> LogPowerSeries:
        """arctan a; ±π/2 - arctan(1/a) for an unbounded a."""
        tendency = a.tendency()
        if tendency is not Tendency.INFINITE:
            return self._entire(expansions.atan, a, tendency)
        right_angle = self.scale(self.pi(), _HALF if a.sign() > 0 else -_HALF)
        return self.sub(right_angle, self.atan(self.power(a, Fraction(-1))))

    def erf(self, a: LogPowerSeries) -> LogPowerSeries:
        """The error function; flat beside ±1 for an unbounded a."""
        tendency = a.tendency()
        if tendency is not Tendency.INFINITE:
            return self._entire(expansions.erf, a, tendency)
        return self.add(self.number(Fraction(a.sign())), LogPowerSeries(order=FLAT))

    def loggamma(self, a: LogPowerSeries) -> LogPowerSeries:
        """log Γ(a); near 0+ as log Γ(1 + a) - log a."""
        if self._starts_at_zero(a, "log Γ"):
            return self.sub(self.compose(expansions.loggamma, self.add(a, self._one)), self.log(a))
        return self.compose(expansions.loggamma, a)

    def polygamma(self, a: LogPowerSeries, order: Fraction) -> LogPowerSeries:
        """ψ⁽ⁿ⁾(a); near 0+ as ψ⁽ⁿ⁾(1 + a) - (-1)ⁿ n! / aⁿ⁺¹. Source: DLMF 5.15.5."""
        if self._starts_at_zero(a, "a polygamma function"):
            shifted = self.compose(expansions.polygamma(order), self.add(a, self._one))
            factor = ONE
            for k in range(1, int(order) + 1):
                factor *= -k
            return self.sub(shifted, self.scale(self.power(a, -order - 1), factor))
        return self.compose(expansions.polygamma(order), a)

    def abs(self, a: LogPowerSeries) -> LogPowerSeries:
        """|a|; where an oscillation or the truncation hides the sign, its size alone."""
        try:
            return self.neg(a) if self._switch(a) < 0 else a
        except HIDDEN:
            return a if _is_pure_oscillation(a) else _size(a)

    def max(self, a: LogPowerSeries, b: LogPowerSeries) -> LogPowerSeries:
        """The greater of two on this side; within |a - b| of both where the order is hidden."""
        difference = self.sub(a, b)
        try:
            return b if self._switch(difference) < 0 else a
        except HIDDEN:
            return self.add(b, _size(difference))

    def min(self, a: LogPowerSeries, b: LogPowerSeries) -> LogPowerSeries:
        """The lesser of two on this side; within |a - b| of both where the order is hidden."""
        difference = self.sub(a, b)
        try:
            return b if self._switch(difference) > 0 else a
        except HIDDEN:
            return self.add(b, _size(difference))

    def floor(self, a: LogPowerSeries) -> LogPowerSeries:
        """⌊a⌋, constant on this side; a + O(1) for an unbounded a."""
        limit = a.limit_value()
        if limit is None:
            if a.is_oscillating:
                raise UndecidedError("the integer part of an oscillation")
            self.singularities += 1
            self.breaks += 1
            return LogPowerSeries({k: c for k, c in a.terms.items() if k < 0}, least(a.order, 0))
        whole = self.coefficients.floor(limit)
        if sign(self.coefficients.sub(limit, whole)) == 0:
            self.singularities += 1
            below = self.sub(a, self.number(whole)).sign() < 0
            return self.number(self.coefficients.sub(whole, ONE) if below else whole)
        return self.number(whole)

    def lt(self, a: LogPowerSeries, b: LogPowerSeries) -> bool:
        """a < b on this side."""
        return self._switch(self.sub(a, b)) < 0

    def le(self, a: LogPowerSeries, b: LogPowerSeries) -> bool:
        """a ≤ b on this side."""
        return self._switch(self.sub(a, b)) <= 0

    def eq(self, a: LogPowerSeries, b: LogPowerSeries) -> bool:
        """a = b on this whole side."""
        return self._switch(self.sub(a, b)) == 0

    # Stable compounds: coefficients keep their relative precision, and limits at infinity are known.

    def log1p(self, a: LogPowerSeries) -> LogPowerSeries:
        """log(1 + a)."""
        shifted = self.add(a, self._one)
        if shifted.sign() > 0 and a.tendency() is Tendency.LIMIT and sign(shifted.coefficient(0)) > 0:
            return self.compose(expansions.log1p, a)
        return self.log(shifted)

    def expm1(self, a: LogPowerSeries) -> LogPowerSeries:
        """e^a - 1."""
        if a.tendency() is Tendency.INFINITE:
            return self.sub(self.exp(a), self._one)
        return self._entire(expansions.expm1, a, a.tendency())

    def erfc(self, a: LogPowerSeries) -> LogPowerSeries:
        """1 - erf a."""
        if a.tendency() is Tendency.INFINITE:
            return self.sub(self._one, self.erf(a))
        return self._entire(expansions.erfc, a, a.tendency())

    def tanh(self, a: LogPowerSeries) -> LogPowerSeries:
        """tanh a = ±(1 - e)/(1 + e) with e = e^(∓2a)."""
        if self._guessed_sign(a) < 0:
            return self.neg(self.tanh(self.neg(a)))
        e = self.exp(self.scale(a, Fraction(-2)))
        return self.div(self.sub(self._one, e), self.add(self._one, e))

    def sigmoid(self, a: LogPowerSeries) -> LogPowerSeries:
        """1 / (1 + e^-a), as e^a / (1 + e^a) for a < 0."""
        if self._guessed_sign(a) < 0:
            e = self.exp(a)
            return self.div(e, self.add(self._one, e))
        return self.div(self._one, self.add(self._one, self.exp(self.neg(a))))

    def softplus(self, a: LogPowerSeries) -> LogPowerSeries:
        """log(1 + e^a), as a + log(1 + e^-a) for a > 0."""
        if self._guessed_sign(a) > 0:
            return self.add(a, self.log1p(self.exp(self.neg(a))))
        return self.log1p(self.exp(a))

    def logsigmoid(self, a: LogPowerSeries) -> LogPowerSeries:
        """-log(1 + e^-a)."""
        return self.neg(self.softplus(self.neg(a)))

    def cbrt(self, a: LogPowerSeries) -> LogPowerSeries:
        """The odd cube root."""
        third = Fraction(1, 3)
        return self.neg(self.power(self.neg(a), third)) if a.sign() < 0 else self.power(a, third)

    def _switch(self, a: LogPowerSeries) -> int:
        """The sign of a germ on which a branch depends; a switch is active unless the germ starts with a constant."""
        try:
            found = a.leading()
        except UndecidedError:
            self.singularities += 1
            raise
        if found is None or found[0] != 0:
            self.singularities += 1
        return a.sign() if found is not None else 0

    def _entire(self, expansion: Expansion, a: LogPowerSeries, tendency: Tendency) -> LogPowerSeries:
        """f(a) for an f that is analytic on the real line, not constant, and bounded on bounded sets."""
        if tendency is Tendency.BOUNDED_OSCILLATION:
            return _OSCILLATING
        if tendency is Tendency.UNBOUNDED_OSCILLATION:
            raise UndecidedError("a function of an oscillation without bound")
        return self.compose(expansion, a)

    def _circular(self, expansion: Expansion, a: LogPowerSeries) -> LogPowerSeries:
        """Sine or cosine: a continuous unbounded argument passes through all of their period again and again."""
        tendency = a.tendency()
        unbounded = tendency in (Tendency.INFINITE, Tendency.UNBOUNDED_OSCILLATION)
        if unbounded and self.breaks:
            raise UndecidedError("a periodic function of a value that may jump")
        return _OSCILLATING if unbounded else self._entire(expansion, a, tendency)

    def _unbounded(self, a: LogPowerSeries) -> tuple[Exponent, Coefficient]:
        found = a.leading()
        if found is None:
            raise UndecidedError("a leading term that is 0")
        return found

    def _starts_at_zero(self, a: LogPowerSeries, name: str) -> bool:
        """Whether the germ tends to 0 from above; it must be positive and have a finite limit."""
        if a.sign() <= 0:
            raise DomainError(f"{name} of a number that is not positive")
        limit = a.limit_value()
        if limit is None:
            raise UndecidedError(f"{name} of a value without a finite limit")
        return sign(limit) == 0

    def _guessed_sign(self, a: LogPowerSeries) -> int:
        """A sign that only chooses the stabler of two formulas that are both right."""
        try:
            return a.sign()
        except (PrecisionError, UndecidedError):
            return 0


def _is_pure_oscillation(a: LogPowerSeries) -> bool:
    return a.oscillation is not None and not a.terms and a.order is None


def _size(a: LogPowerSeries) -> LogPowerSeries:
    """Something of the size of a germ whose leading term is hidden, and of which nothing else is known."""
    return LogPowerSeries(order=least(a.order, a.oscillation))


def decide(compute: Callable[[Germ], T], order: int = DEFAULT_ORDER, deadline: object = None) -> T:
    """``compute`` on the germs of the least precision and order that lets it finish.

    Precision climbs through 128, 512 and 2048 bits and then asks SymPy; a truncated series is tried once more with
    four times the order. SymPy is waited for no longer than a :class:`~derivcheck.budget.Deadline` allows.

    Raises:
        UndecidedError: not even the last rung could tell.
        DomainError: the function is not defined on this side.
    """
    rungs = [(bits, False) for bits in LADDER] + [(LADDER[-1], True)]
    for bits, symbolic in rungs:
        try:
            with within(deadline):
                return _with_longer_series(compute, bits, order, symbolic)
        except PrecisionError as error:
            failure = error
    raise UndecidedError(failure.message)


def _with_longer_series(compute: Callable[[Germ], T], bits: int, order: int, symbolic: bool) -> T:
    try:
        return compute(Germ(bits, order, symbolic))
    except TruncationError:
        return compute(Germ(bits, 4 * order, symbolic))
