"""Sums, products and compositions of one-sided log-power series."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from derivcheck.numbers.coefficient import Coefficient
from derivcheck.numbers.conditions import TwoValued
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.expansions import Expansion
from derivcheck.numbers.kernel import UndecidedError
from derivcheck.numbers.logpower import (
    CONSTANT_KEY,
    ONE,
    ZERO,
    Exponent,
    Key,
    LogPowerSeries,
    exponent_of,
    least,
    rank,
)

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
        return LogPowerSeries({} if isinstance(value, Fraction) and not value else {CONSTANT_KEY: value})

    def monomial(self, value: Coefficient, exponent: Exponent, logpower: int = 0) -> LogPowerSeries:
        """c · t^exponent · (log t)^logpower."""
        return LogPowerSeries({(exponent_of(exponent), logpower): value})

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

    def scale(self, a: LogPowerSeries, factor: Coefficient, shift: Exponent = 0, logshift: int = 0) -> LogPowerSeries:
        """factor · t^shift · (log t)^logshift · a, for a factor other than 0."""
        terms = {
            (exponent_of(e + shift), j + logshift): self.coefficients.mul(factor, c) for (e, j), c in a.terms.items()
        }
        order = None if a.order is None else exponent_of(a.order + shift)
        oscillation = a.oscillation
        if oscillation is not None:
            oscillation = (exponent_of(oscillation[0] + shift), oscillation[1] + logshift)
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
            order = least(order, exponent_of(a.oscillation[0] + b.oscillation[0]))
        return _series(terms, order, oscillations)

    def _products(self, a: LogPowerSeries, b: LogPowerSeries, order: Exponent | None) -> dict[Key, Coefficient]:
        add, mul = self.coefficients.add, self.coefficients.mul
        terms: dict[Key, Coefficient] = {}
        for (e, j), c in a.terms.items():
            for (f, k), d in b.terms.items():
                exponent = e + f
                if order is not None and exponent >= order:
                    continue
                key = (exponent_of(exponent), j + k)
                product = mul(c, d)
                terms[key] = add(terms[key], product) if key in terms else product
        return terms

    def _product_oscillations(self, a: LogPowerSeries, b: LogPowerSeries) -> list[Key]:
        """The sizes of the oscillations of a product: each factor's, times the leading term of the other."""
        found: list[Key] = []
        for one, other in ((a, b), (b, a)):
            if one.oscillation is not None and other.terms:
                try:
                    leading = other.leading()
                except UndecidedError:
                    leading = None
                key = other.keys[0] if leading is None else leading[0]
                size = (exponent_of(one.oscillation[0] + key[0]), one.oscillation[1] + key[1])
                found.extend([size] if leading is not None else [size, size])
            elif one.oscillation is not None and other.order is not None:
                size = (exponent_of(one.oscillation[0] + other.order), one.oscillation[1])
                found.extend([size, size])
        return found

    def compose(self, expansion: Expansion, u: LogPowerSeries) -> LogPowerSeries:
        """f(u) for an f that is analytic at the finite limit of u, by Horner's rule on its Taylor coefficients."""
        centre = u.terms.get(CONSTANT_KEY, ZERO)
        terms = {key: c for key, c in u.terms.items() if rank(key) > rank(CONSTANT_KEY)}  # unbounded ones are 0
        step = LogPowerSeries(terms, u.order, u.oscillation)
        size = step.valuation()
        if size is None:
            return self.number(expansion(self.coefficients, centre, 1)[0])
        if size <= 0:
            raise UndecidedError("a composition that expands in powers of 1/log t")
        count = min(max(ceil(self.order / size) + 1, _LEAST_TAYLOR), _MOST_TAYLOR)
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


def _series(terms: dict[Key, Coefficient], order: Exponent | None, oscillations: list[Key]) -> LogPowerSeries:
    """A series in normal form: no rational zeros, nothing beyond the order, at most one oscillation.

    Of two oscillations of different size the greater one remains genuine; two of the same size may cancel, and all
    that is known then is their order.
    """
    oscillation: Key | None = None
    ranked = sorted(oscillations, key=rank)
    if ranked:
        oscillation = ranked[0]
        if len(ranked) > 1:
            order = least(order, ranked[1][0])
        if order is not None and oscillation[0] >= order:
            oscillation = None
    kept = {
        key: c
        for key, c in terms.items()
        if (order is None or key[0] < order) and not (isinstance(c, Fraction) and not c)
    }
    return LogPowerSeries(kept, order, oscillation)
