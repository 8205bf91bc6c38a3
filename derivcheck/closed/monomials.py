"""Sums of monomials: coefficient × Π atomᵉˣᵖᵒⁿᵉⁿᵗ. A sum is an atom and is never distributed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of two or more monomials, as a factor."""

    terms: tuple[Monomial, ...]


Atom = int | Sum
"""A step that stands for itself, or a sum."""


@dataclass(frozen=True, slots=True)
class Monomial:
    """``coefficient · Π atom^exponent``; no exponent is 0, no atom occurs twice."""

    coefficient: Fraction
    factors: tuple[tuple[Atom, Fraction], ...] = ()


ONE = Monomial(Fraction(1))
ZERO = Monomial(Fraction(0))


def constant(value: Fraction) -> Monomial:
    """A number."""
    return Monomial(value)


def atom(step: Atom) -> Monomial:
    """An atom by itself."""
    return Monomial(Fraction(1), ((step, Fraction(1)),))


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product; equal atoms add their exponents."""
    coefficient = a.coefficient * b.coefficient
    if not coefficient:
        return ZERO
    exponents = dict(a.factors)
    for factor, exponent in b.factors:
        exponents[factor] = exponents.get(factor, Fraction(0)) + exponent
    return Monomial(coefficient, tuple((f, e) for f, e in exponents.items() if e))


def power(a: Monomial, exponent: Fraction) -> Monomial | None:
    """The power, or None where it is no monomial: a fractional power of anything but one atom."""
    if exponent.denominator == 1:
        if not a.coefficient and exponent < 0:
            return None
        return Monomial(a.coefficient ** int(exponent), tuple((f, e * exponent) for f, e in a.factors))
    if a.coefficient == 1 and len(a.factors) == 1 and a.factors[0][1] == 1:
        return Monomial(Fraction(1), ((a.factors[0][0], exponent),))
    return None


def total(terms: Iterable[Monomial]) -> Monomial:
    """The sum: like terms united, the common factor and the content taken out, sums of sums opened."""
    kept = _united(terms)
    if not kept:
        return ZERO
    if len(kept) == 1:
        return kept[0]
    common = _common([dict(t.factors) for t in kept])
    content = _content([t.coefficient for t in kept])
    inverse = Monomial(1 / content, tuple((f, -e) for f, e in common.items()))
    rest = [times(t, inverse) for t in kept]
    opened = [part for term in rest for part in _opened(term)]
    inner = total(opened) if len(opened) > len(rest) else atom(Sum(tuple(rest)))
    return times(Monomial(content, tuple(common.items())), inner)


def _united(terms: Iterable[Monomial]) -> list[Monomial]:
    """The terms with equal factors added up, in order of first occurrence; zeros left out."""
    collected: dict[frozenset[tuple[Atom, Fraction]], tuple[Fraction, tuple[tuple[Atom, Fraction], ...]]] = {}
    for term in terms:
        key = frozenset(term.factors)
        before = collected.get(key, (Fraction(0), term.factors))
        collected[key] = before[0] + term.coefficient, before[1]
    return [Monomial(c, f) for c, f in collected.values() if c]


def _opened(term: Monomial) -> Iterable[Monomial]:
    """The terms of a multiple of a sum; any other term by itself."""
    if len(term.factors) == 1 and isinstance(term.factors[0][0], Sum) and term.factors[0][1] == 1:
        return [times(Monomial(term.coefficient), t) for t in term.factors[0][0].terms]
    return [term]


def _common(terms: list[Mapping[Atom, Fraction]]) -> dict[Atom, Fraction]:
    common: dict[Atom, Fraction] = {}
    for factor in terms[0]:
        others = [t.get(factor, Fraction(0)) for t in terms]
        if all(e > 0 for e in others):
            common[factor] = min(others)
        elif all(e < 0 for e in others):
            common[factor] = max(others)
    return common


def _content(coefficients: list[Fraction]) -> Fraction:
    """What is taken out of a sum: the common divisor, unless that would bring denominators under other terms."""
    denominators = {c.denominator for c in coefficients}
    content = (
        Fraction(gcd(*(c.numerator for c in coefficients)), denominators.pop())
        if len(denominators) == 1
        else Fraction(1)
    )
    return -content if all(c < 0 for c in coefficients) else content
