"""Sums, products and compositions of one-sided log-power series."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.numbers.coefficient import Coefficient
from derivcheck.numbers.conditions import TwoValued
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.expansions import Expansion
from derivcheck.numbers.kernel import UndecidedError
from derivcheck.numbers.logpower import (
    ONE,
    ZERO,
    LogPowerSeries,
    least,
)
from derivcheck.numbers.rates import Exponent, count_of, exponent_of

_LEAST_TAYLOR, _MOST_TAYLOR = 4, 64


class GermArithmetic(TwoValued):
    """Arithmetic of germs over a system of coefficients.

    Args:
        coefficients: the arithmetic of the coefficients.
        order: how many powers of t beyond the leading one are kept where a series has to be cut.
    """

    def __init__(self, coefficients: Exact, order: int) -> None:
        self.coefficients = coefficients
        self.order = order

    def number(self, value: Coefficient) -> LogPowerSeries:
        """The constant germ."""
        return LogPowerSeries({} if isinstance(value, Fraction) and not value else {0: value})

    def monomial(self, value: Coefficient, exponent: Exponent) -> LogPowerSeries:
        """c · t^exponent."""
        return LogPowerSeries({exponent_of(exponent): value})

    def add(self, a: LogPowerSeries, b: LogPowerSeries) -> LogPowerSeries:
        """a + b."""
        if a.is_exact_zero:
            return b
        if b.is_exact_zero:
            return a
        terms = dict(a.terms)
        for key, c in b.terms.items():
            terms[key] = self.coefficients.add(terms[key], c) if key in terms else c
        oscillations = [k for k in (a.oscillation, b.oscillation) if k is not None]
        return _series(terms, least(a.order, b.order), oscillations)

    def neg(self, a: LogPowerSeries) -> LogPowerSeries:
        """-a."""
        return LogPowerSeries({k: self.coefficients.neg(c) for k, c in a.terms.items()}, a.order, a.oscillation)

    def sub(self, a: LogPowerSeries, b: LogPowerSeries) -> LogPowerSeries:
        """a - b; exactly 0 for the same object, which is the same function."""
        return LogPowerSeries() if a is b else self.add(a, self.neg(b))

    def scale(self, a: LogPowerSeries, factor: Coefficient, shift: Exponent = 0) -> LogPowerSeries:
        """factor · t^shift · a, for a factor other than 0."""
        terms = {exponent_of(e + shift): self.coefficients.mul(factor, c) for e, c in a.terms.items()}
        order = None if a.order is None else exponent_of(a.order + shift)
        oscillation = a.oscillation
        if oscillation is not None:
            oscillation = exponent_of(oscillation + shift)
        return LogPowerSeries(terms, order, oscillation)

    def mul(self, a: LogPowerSeries, b: LogPowerSeries, below: Exponent | None = None) -> LogPowerSeries:
        """a · b, without the terms of exponent ``below`` and above; long products are cut to the order."""
        least_a, least_b = a.valuation(), b.valuation()
        if least_a is None or least_b is None:
            return LogPowerSeries()
        order = below
        if a.order is not None:
            order = least(order, exponent_of(a.order + least_b))
        if b.order is not None:
            order = least(order, exponent_of(b.order + least_a))
        if len(a.terms) * len(b.terms) > 2 * self.order:
            order = least(order, exponent_of(least_a + least_b + self.order))
        terms = self._products(a, b, order)
        oscillations = self._product_oscillations(a, b)
        if a.oscillation is not None and b.oscillation is not None:  # Ω·Ω may be anything of its size
            order = least(order, exponent_of(a.oscillation + b.oscillation))
        return _series(terms, order, oscillations)

    def _products(self, a: LogPowerSeries, b: LogPowerSeries, order: Exponent | None) -> dict[Exponent, Coefficient]:
        add, mul = self.coefficients.add, self.coefficients.mul
        terms: dict[Exponent, Coefficient] = {}
        for e, c in a.terms.items():
            for f, d in b.terms.items():
                key = exponent_of(e + f)
                if order is not None and key >= order:
                    continue
                product = mul(c, d)
                terms[key] = add(terms[key], product) if key in terms else product
        return terms

    def _product_oscillations(self, a: LogPowerSeries, b: LogPowerSeries) -> list[Exponent]:
        """The sizes of the oscillations of a product: each factor's, times the leading term of the other."""
        found: list[Exponent] = []
        for one, other in ((a, b), (b, a)):
            if one.oscillation is not None and other.terms:
                try:
                    leading = other.leading()
                except UndecidedError:
                    leading = None
                key = other.keys[0] if leading is None else leading[0]
                size = exponent_of(one.oscillation + key)
                found.extend([size] if leading is not None else [size, size])
            elif one.oscillation is not None and other.order is not None:
                size = exponent_of(one.oscillation + other.order)
                found.extend([size, size])
        return found

    def compose(self, expansion: Expansion, u: LogPowerSeries) -> LogPowerSeries:
        """f(u) for an f that is analytic at the finite limit of u, by Horner's rule on its Taylor coefficients."""
        centre = u.terms.get(0, ZERO)
        terms = {key: c for key, c in u.terms.items() if key > 0}  # unbounded ones are 0
        step = LogPowerSeries(terms, u.order, u.oscillation)
        size = step.valuation()
        if size is None:
            return self.number(expansion(self.coefficients, centre, 1)[0])
        if size <= 0:
            raise UndecidedError("a composition with what has no known limit")
        count = min(max(_taylor_terms(self.order, size), _LEAST_TAYLOR), _MOST_TAYLOR)
        limit = exponent_of(size * count)
        with self.coefficients.precision:
            values = expansion(self.coefficients, centre, count)
            found = self.number(values[-1])
            for value in reversed(values[:-1]):
                found = self.add(self.mul(found, step, limit), self.number(value))
        return LogPowerSeries(found.terms, least(found.order, limit), found.oscillation)

    def whole_power(self, u: LogPowerSeries, exponent: int) -> LogPowerSeries:
        """u^n, n ≥ 1, by repeated squaring."""
        found: LogPowerSeries | None = None
        square = u
        while True:
            if exponent & 1:
                found = square if found is None else self.mul(found, square)
            exponent >>= 1
            if not exponent:
                return found if found is not None else self.number(ONE)
            square = self.mul(square, square)


def _taylor_terms(order: int, size: Exponent) -> int:
    """How many terms reach the order, one more; of what no multiple reaches it, such as 1/log t, as many as that."""
    count = count_of(order, size)
    return order + 1 if count is None else count + 1


def _series(terms: dict[Exponent, Coefficient], order: Exponent | None, oscillations: list[Exponent]) -> LogPowerSeries:
    """A series in normal form: no rational zeros, nothing beyond the order, at most one oscillation.

    Of two oscillations of different size the greater one remains genuine; two of the same size may cancel, and all
    that is known then is their order.
    """
    oscillation: Exponent | None = None
    ranked = sorted(oscillations)
    if ranked:
        oscillation = ranked[0]
        if len(ranked) > 1:
            order = least(order, ranked[1])
        if order is not None and oscillation >= order:
            oscillation = None
    kept = {
        key: c for key, c in terms.items() if (order is None or key < order) and not (isinstance(c, Fraction) and not c)
    }
    return LogPowerSeries(kept, order, oscillation)
