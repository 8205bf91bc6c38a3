"""Sums of monomials: coefficient × Π atomᵉˣᵖᵒⁿᵉⁿᵗ, summed over bound indices.

A sum is an atom and is never distributed. Any hashable value can be an atom; those of a graph are steps read through
subscripts, sizes, deltas and conditions. A scalar is the case without subscripts. Bound indices have names of their
own: no two monomials bind the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of two or more monomials, as a factor."""

    terms: tuple[Monomial, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two monomials, by a condition (a step read through subscripts)."""

    condition: Read
    then: Monomial
    otherwise: Monomial


@dataclass(frozen=True, slots=True)
class Read:
    """A step that stands for itself, read through one subscript for each of its indices."""

    step: int
    subscripts: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """How many values an index takes, by the symbol of the size."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Delta:
    """Kronecker's delta: 1 where two subscripts are equal, else 0."""

    row: str
    column: str | int


@dataclass(frozen=True, slots=True)
class Bracket:
    """Iverson's bracket: 1 where a condition holds (or where it does not), else 0."""

    condition: Read
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sum over indices, as one atom."""

    form: Monomial


Atom = Hashable
"""What a monomial is a product of."""


@dataclass(frozen=True, slots=True)
class Monomial:
    """``Σ coefficient · Π atom^exponent`` over the bound indices; no exponent is 0, no atom occurs twice."""

    coefficient: Fraction
    factors: tuple[tuple[Atom, Fraction], ...] = ()
    over: tuple[str, ...] = ()


ONE = Monomial(Fraction(1))
ZERO = Monomial(Fraction(0))


def constant(value: Fraction) -> Monomial:
    """A number."""
    return Monomial(value)


def atom(step: Atom, exponent: Fraction | int = 1) -> Monomial:
    """A power of an atom by itself."""
    return Monomial(Fraction(1), ((step, Fraction(exponent)),))


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product; equal atoms add their exponents."""
    coefficient = a.coefficient * b.coefficient
    if not coefficient:
        return ZERO
    exponents = dict(a.factors)
    for factor, exponent in b.factors:
        exponents[factor] = exponents.get(factor, Fraction(0)) + exponent
    return Monomial(coefficient, tuple((f, e) for f, e in exponents.items() if e), a.over + b.over)


def power(a: Monomial, exponent: Fraction) -> Monomial | None:
    """The power, or None where it is no monomial: of a sum, or a fractional power of anything but one atom."""
    if a.over:
        return a if exponent == 1 else None
    if exponent.denominator == 1:
        if not a.coefficient and exponent < 0:
            return None
        return Monomial(a.coefficient ** int(exponent), tuple((f, e * exponent) for f, e in a.factors))
    if a.coefficient == 1 and len(a.factors) == 1 and a.factors[0][1] == 1:
        return Monomial(Fraction(1), ((a.factors[0][0], exponent),))
    return None


def total(terms: Iterable[Monomial], key: Callable[[Monomial], Hashable] | None = None) -> Monomial:
    """The sum: like terms united, the common factor and the content taken out, sums of sums opened.

    Args:
        terms: what is added.
        key: equal for terms that differ in their coefficients alone; by default terms with the same factors.
    """
    key = key or (lambda term: (frozenset(term.factors), term.over))
    kept = _united(terms, key)
    if not kept:
        return ZERO
    if len(kept) == 1:
        return kept[0]
    common = _common([dict(t.factors) for t in kept])
    content = _content([t.coefficient for t in kept])
    inverse = Monomial(1 / content, tuple((f, -e) for f, e in common.items()))
    rest = [times(t, inverse) for t in kept]
    opened = [part for term in rest for part in _opened(term)]
    inner = total(opened, key) if len(opened) > len(rest) else atom(Sum(tuple(rest)))
    return times(Monomial(content, tuple(common.items())), inner)


def _united(terms: Iterable[Monomial], key: Callable[[Monomial], Hashable]) -> list[Monomial]:
    """The terms with equal factors added up, in order of first occurrence; zeros left out."""
    collected: dict[Hashable, Monomial] = {}
    for term in terms:
        like = key(term)
        before = collected.get(like)
        added = term.coefficient + (before.coefficient if before else 0)
        shown = before or term
        collected[like] = Monomial(added, shown.factors, shown.over)
    return [term for term in collected.values() if term.coefficient]


def _opened(term: Monomial) -> Iterable[Monomial]:
    """The terms of a multiple of a sum; any other term by itself."""
    if len(term.factors) == 1 and isinstance(term.factors[0][0], Sum) and term.factors[0][1] == 1 and not term.over:
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
