"""Cancelling a closed form: as a quotient of polynomials in its atoms, in lowest terms, factored.

``x·p·(1 - p)·((1 - y)/(1 - p) - y/p)`` becomes ``x·(p - y)``. A factor that is one of the author's sums is written as
that sum again, so that ``y - (w·x + b)`` keeps its form. The result is taken only if it is shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Any

from derivcheck.closed.indexed import Names, children, indices, key, parts
from derivcheck.closed.monomials import Atom, Choice, Monomial, Sealed, Sum, atom, times, total

MOST_ATOMS, MOST_TERMS, LARGEST_POWER = 12, 120, 12
"""Closed forms beyond these are left as they are."""

Opened = Callable[[Any], Monomial | None]
"""What a step that is a sum of the author's consists of, as a monomial that is one sum; None for any other step."""


class _TooLargeError(Exception):
    """A polynomial grew beyond the limits."""


def cancelled(form: Monomial, opened: Opened, names: Names | None = None) -> Monomial:
    """The form in lowest terms, if that is shorter, else the form itself. A sum over indices is one atom.

    Args:
        form: what to shorten.
        opened: what the author's sums consist of.
        names: where bound indices get fresh names from, if there can be any.
    """
    if not any(isinstance(f, Sum) for f, _ in form.factors):
        return form
    known: dict[Hashable, Sealed] = {}
    inner = sealed(form, known)
    candidates = [inner, multiplied_in(inner)]
    with suppress(_TooLargeError):
        candidates.append(_Field(inner, lambda f: _opened(f, opened, known)).lowest_terms(inner))
    best = unsealed(turned(min(candidates, key=_length)), names)
    return Monomial(best.coefficient, best.factors, best.over + form.over)


def _opened(factor: Atom, opened: Opened, known: dict[Hashable, Sealed]) -> Monomial | None:
    """What a sum of the author's consists of, sums over indices within it as atoms."""
    inside = opened(factor)
    return None if inside is None or inside.over else sealed(inside, known)


def sealed(form: Monomial, known: dict[Hashable, Sealed]) -> Monomial:
    """The summand of a form, with each sum over indices within it as one atom; in a loop, inner parts first.

    Args:
        form: what is to be sealed.
        known: the atoms so far, one for all sums that differ in names of bound indices alone.
    """
    done: dict[int, Monomial] = {}
    for part in reversed(list(parts(form))):
        factors = [(_remade(f, done), e) for f, e in part.factors]
        bound = [x for x in factors if set(indices(x[0])) & set(part.over)] if part is not form else []
        made = Monomial(part.coefficient)
        for f, e in factors:
            if (f, e) not in bound:
                made = times(made, atom(f, e))
        if part.over and part is not form:
            inner = Monomial(Fraction(1), tuple(bound), part.over)
            made = times(made, atom(known.setdefault(key(inner), Sealed(inner))))
        done[id(part)] = made
    return done[id(form)]


def _remade(factor: Atom, done: Mapping[int, Monomial]) -> Atom:
    if isinstance(factor, Sum):
        return Sum(tuple(done[id(t)] for t in factor.terms))
    if isinstance(factor, Choice):
        return Choice(factor.condition, done[id(factor.then)], done[id(factor.otherwise)])
    return factor


def unsealed(form: Monomial, names: Names | None) -> Monomial:
    """The form with sums over indices as such again; a power of one stays an atom."""
    done: dict[int, Monomial] = {}
    for part in reversed(list(parts(form))):
        made = Monomial(part.coefficient, (), part.over)
        for factor, exponent in part.factors:
            if isinstance(factor, Sealed):
                inner = done[id(factor.form)] if names is None else names.apart(done[id(factor.form)])
                made = times(made, inner if exponent == 1 else atom(Sum((inner,)), exponent))
            else:
                made = times(made, atom(_remade(factor, done), exponent))
        done[id(part)] = made
    return done[id(form)]


def turned(form: Monomial) -> Monomial:
    """``-(a - b)`` as ``b - a``; any other form as it is."""
    factor, exponent = form.factors[0] if len(form.factors) == 1 else (0, Fraction(0))
    if form.coefficient != -1 or exponent != 1 or not isinstance(factor, Sum):
        return form
    if all(t.coefficient > 0 for t in factor.terms):
        return form
    return atom(Sum(tuple(Monomial(-t.coefficient, t.factors) for t in factor.terms)))


def multiplied_in(form: Monomial) -> Monomial:
    """The form with every factor brought into its sum that cancels there: ``a·(b/c - 1/a)`` becomes ``a·b/c - 1``."""
    sums = [f for f, e in form.factors if isinstance(f, Sum) and e == 1]
    if len(sums) != 1:
        return form
    below = {f for t in sums[0].terms for f, e in t.factors if e < 0}
    inside = Monomial(Fraction(1), tuple((f, e) for f, e in form.factors if f in below and e > 0))
    outside = Monomial(form.coefficient, tuple((f, e) for f, e in form.factors if f not in below and f != sums[0]))
    return times(outside, total(times(inside, t) for t in sums[0].terms)) if inside.factors else form


def _length(form: Monomial) -> int:
    """How many letters and signs a reader meets."""
    total, stack = 0, [form]
    while stack:
        m = stack.pop()
        total += m.coefficient not in (1, -1)
        for factor, exponent in m.factors:
            total += 1 + (exponent not in (1, -1))
            stack.extend(children(factor))
    return total


class _Field:
    """Quotients of polynomials over the atoms of one form."""

    def __init__(self, form: Monomial, opened: Opened) -> None:
        self.opened = opened
        self.sums: dict[Atom, Monomial] = {}
        self.generators: dict[tuple[Atom, Fraction], int] = {}
        self._register(form)
        if not 0 < len(self.generators) <= MOST_ATOMS:
            raise _TooLargeError
        from flint import Ordering, fmpq_mpoly_ctx

        self.context = fmpq_mpoly_ctx.get([f"g{k}" for k in range(len(self.generators))], Ordering.lex)
        self.variables = self.context.gens()
        self.one = self.context.constant(1)

    def _register(self, form: Monomial) -> None:
        """Give every atom a generator; a fractional part of an exponent is a generator of its own."""
        stack = [form]
        while stack:
            for factor, exponent in stack.pop().factors:
                if isinstance(factor, Sum):
                    stack.extend(factor.terms)
                    continue
                inside = self.opened(factor) if exponent.denominator == 1 else None
                if inside is not None:
                    self.sums[factor] = inside
                    stack.append(inside)
                else:
                    self.generators.setdefault(_generator(factor, exponent), len(self.generators))

    def lowest_terms(self, form: Monomial) -> Monomial:
        """The form as a product of irreducible factors."""
        above, below = self.quotient(form)
        if below == 0:
            raise _TooLargeError
        common = above.gcd(below)
        above, below = above / common, below / common
        known = self._known_sums()
        return times(self._factored(above, known, 1), self._factored(below, known, -1))

    def quotient(self, form: Monomial) -> tuple[Any, Any]:
        """Numerator and denominator."""
        from flint import fmpq

        above = self.one * fmpq(form.coefficient.numerator, form.coefficient.denominator)
        below = self.one
        for factor, exponent in form.factors:
            top, bottom, power = self._atom(factor, exponent)
            if abs(power) > LARGEST_POWER:
                raise _TooLargeError
            if power < 0:
                top, bottom, power = bottom, top, -power
            above, below = above * top**power, below * bottom**power
            if max(len(above), len(below)) > MOST_TERMS:
                raise _TooLargeError
        return above, below

    def _atom(self, factor: Atom, exponent: Fraction) -> tuple[Any, Any, int]:
        if isinstance(factor, Sum):
            return (*self._sum(factor), int(exponent))
        if factor in self.sums:
            return (*self.quotient(self.sums[factor]), int(exponent))
        key = _generator(factor, exponent)
        return self.variables[self.generators[key]], self.one, int(exponent / key[1])

    def _sum(self, total: Sum) -> tuple[Any, Any]:
        above, below = self.context.constant(0), self.one
        for term in total.terms:
            top, bottom = self.quotient(term)
            above, below = above * bottom + top * below, below * bottom
            if max(len(above), len(below)) > MOST_TERMS:
                raise _TooLargeError
        return above, below

    def _known_sums(self) -> list[tuple[Any, Atom]]:
        """The author's sums that are polynomials, to be recognised among factors."""
        known = []
        for step, inside in self.sums.items():
            above, below = self.quotient(inside)
            if below == self.one and len(above) > 1:
                known.append((above, step))
        return known

    def _factored(self, polynomial: Any, known: list[tuple[Any, Atom]], sign: int) -> Monomial:
        constant, factors = polynomial.factor()
        value = _fraction(constant)
        product: Mapping[Atom, Fraction] = {}
        exponents: dict[Atom, Fraction] = dict(product)
        for factor, power in factors:
            atom, scale = self._recognised(factor, known)
            value *= scale ** int(power)
            for base, exponent in atom.factors:
                exponents[base] = exponents.get(base, Fraction(0)) + exponent * int(power) * sign
            value *= atom.coefficient ** int(power)
        return Monomial(value**sign, tuple((f, e) for f, e in exponents.items() if e))

    def _recognised(self, factor: Any, known: list[tuple[Any, Atom]]) -> tuple[Monomial, Fraction]:
        """An irreducible factor as an atom, and the number it is larger by."""
        for polynomial, step in known:
            for scale in (1, -1):
                if factor == polynomial * scale:
                    return Monomial(Fraction(1), ((step, Fraction(1)),)), Fraction(scale)
        terms = [self._term(exponents, c) for exponents, c in factor.to_dict().items()]
        if len(terms) == 1:
            return terms[0], Fraction(1)
        return Monomial(Fraction(1), ((Sum(tuple(terms)), Fraction(1)),)), Fraction(1)

    def _term(self, exponents: tuple[int, ...], coefficient: Any) -> Monomial:
        factors = []
        for (factor, unit), k in self.generators.items():
            if exponents[k]:
                factors.append((factor, unit * int(exponents[k])))
        return Monomial(_fraction(coefficient), tuple(factors))


def _generator(factor: Atom, exponent: Fraction) -> tuple[Atom, Fraction]:
    return factor, Fraction(1, exponent.denominator)


def _fraction(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q))
