"""Resolving monomials: δ, indices that nothing has, known sums, quotients that have a name."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derivcheck.closed.facts import SYMMETRIC, Facts
from derivcheck.closed.indexed import Names, children, delta, indices, key, renamed
from derivcheck.closed.monomials import (
    ZERO,
    Atom,
    Bracket,
    Choice,
    Delta,
    Monomial,
    Read,
    Size,
    Sum,
    atom,
    constant,
    times,
    total,
)

MOST_TERMS = 12
"""A sum of more terms than this is not distributed to look for known sums."""


class Resolver:
    """Uses the facts of one graph on monomials.

    Args:
        facts: what is known of the steps.
        names: sizes and fresh names of indices.
        quotients: named steps that are quotients: their number, and numerator and denominator over own indices.
    """

    def __init__(self, facts: Facts, names: Names) -> None:
        self.facts, self.names = facts, names
        self.quotients: dict[int, tuple[Read, Read]] = {}

    def resolved(self, form: Monomial) -> Monomial:
        """The monomial with all facts used that it meets."""
        form = self.folded(self._symmetric(form) if self.facts.symmetric else form)
        changed = True
        while changed and form.coefficient:
            changed = False
            for index in form.over:
                found = self._bound(form, index)
                if found is not None:
                    form, changed = self.folded(found), True
                    break
        return form if form.coefficient else ZERO

    def _symmetric(self, form: Monomial) -> Monomial:
        """Symmetric matrices read with the index in front that is not summed over."""
        made = Monomial(form.coefficient, (), form.over)
        for factor, exponent in form.factors:
            read = factor
            if isinstance(factor, Read) and factor.step in self.facts.symmetric:
                first, second = factor.subscripts
                if first in form.over and second not in form.over:
                    read = Read(factor.step, (second, first))
                    self.facts.used[self.facts.graph.ops[factor.step]] = SYMMETRIC
            made = times(made, atom(read, exponent))
        return made

    def total(self, terms: Iterable[Monomial]) -> Monomial:
        """The sum; what holds under a condition and what holds otherwise become one choice."""
        return total(self._chosen(list(terms)), key)

    def times(self, a: Monomial, b: Monomial) -> Monomial:
        """The product, with bound indices kept apart; sums that differ in bound indices alone are one factor."""
        known = {key(atom(f)): f for f, _ in a.factors if children(f)}
        if known:
            factors = tuple((known.get(key(atom(f)), f) if children(f) else f, e) for f, e in b.factors)
            b = Monomial(b.coefficient, factors, b.over)
        return times(a, self.names.apart(b) if set(a.over) & set(b.over) else b)

    def _chosen(self, terms: list[Monomial]) -> list[Monomial]:
        while True:
            pair = self._complementary(terms)
            if pair is None:
                return terms
            then: list[Monomial] = []
            otherwise: list[Monomial] = []
            rest: list[Monomial] = []
            place = None
            for term in terms:
                sides = [f for f, _ in term.factors if isinstance(f, Bracket) and f.condition == pair]
                if not sides or set(pair.subscripts) & set(term.over):
                    rest.append(term)
                    continue
                place = len(rest) if place is None else place
                without = Monomial(term.coefficient, tuple(x for x in term.factors if x[0] != sides[0]), term.over)
                (then if sides[0].holds else otherwise).append(without)
            a, b = total(then, key), total(otherwise, key)
            rest.insert(place or 0, self.choice(pair, a, b))
            terms = rest

    @staticmethod
    def _complementary(terms: list[Monomial]) -> Read | None:
        seen: set[Bracket] = set()
        for term in terms:
            for f, _ in term.factors:
                if isinstance(f, Bracket) and not set(f.condition.subscripts) & set(term.over):
                    if Bracket(f.condition, not f.holds) in seen:
                        return f.condition
                    seen.add(f)
        return None

    @staticmethod
    def choice(condition: Read, then: Monomial, otherwise: Monomial) -> Monomial:
        """One of two monomials by a condition; a common factor stands before it."""
        if not otherwise.coefficient:
            return times(then, atom(Bracket(condition)))
        if not then.coefficient:
            return times(otherwise, atom(Bracket(condition, holds=False)))
        if key(then) == key(otherwise) and then.coefficient == otherwise.coefficient:
            return then
        if then.coefficient < 0 and otherwise.coefficient < 0:
            opposite = constant(Fraction(-1))
            return times(opposite, Resolver.choice(condition, times(opposite, then), times(opposite, otherwise)))
        below = dict(otherwise.factors)
        common = tuple((f, e) for f, e in then.factors if below.get(f) == e and not isinstance(f, Sum))
        inverse = Monomial(Fraction(1), tuple((f, -e) for f, e in common))
        chosen = Choice(condition, times(then, inverse), times(otherwise, inverse))
        return times(Monomial(Fraction(1), common), atom(chosen))

    def _bound(self, form: Monomial, index: str) -> Monomial | None:
        """The sum over one bound index, where something is known of it."""
        having = [(f, e) for f, e in form.factors if index in indices(f)]
        rest = Monomial(
            form.coefficient,
            tuple(x for x in form.factors if x not in having),
            tuple(i for i in form.over if i != index),
        )
        if not having:
            return times(rest, self.size(index))
        for f, e in having:
            if isinstance(f, Delta):
                other = f.column if f.row == index else f.row
                others = Monomial(Fraction(1), tuple(x for x in having if x[0] != f))
                if delta(index, other) is not True and e > 0:
                    return times(rest, renamed(others, {index: other}))
        if len(having) == 1 and having[0][1] == 1:
            known = self._known(having[0][0], index)
            if known is not None:
                return times(rest, constant(known))
        return self._distributed(rest, having, index)

    def size(self, index: str) -> Monomial:
        """The number of values of an index."""
        size = self.names.sizes[index]
        return constant(Fraction(size)) if isinstance(size, int) else atom(Size(size))

    def _known(self, factor: Atom, index: str) -> Fraction | None:
        if not isinstance(factor, Read) or factor.subscripts.count(index) != 1:
            return None
        return self.facts.total(factor.step, factor.subscripts.index(index))

    def _distributed(self, rest: Monomial, having: list[tuple[Atom, Fraction]], index: str) -> Monomial | None:
        """A sum multiplied out, if over one of its terms the sum is known."""
        sums = [f for f, e in having if isinstance(f, Sum) and e == 1]
        if len(sums) != 1 or len(sums[0].terms) > MOST_TERMS:
            return None
        others = Monomial(Fraction(1), tuple(x for x in having if x[0] != sums[0]), (index,))
        terms = [self.times(others, term) for term in sums[0].terms]
        found = [self.resolved(t) for t in terms]
        shorter = any(not f.coefficient or index not in f.over for f in found)
        kept = [self.resolved(self.names.apart(self.times(rest, f))) for f in found if f.coefficient] if shorter else []
        return self.resolved(self.total(kept)) if shorter else None

    def folded(self, form: Monomial) -> Monomial:
        """Quotients written by what they are: exp z / Σ exp z as softmax z, d/σ by its name."""
        changed = True
        while changed:
            changed = False
            for f, e in form.factors:
                found = self._quotient(form, f, e)
                if found is not None:
                    form, changed = found, True
                    break
        return form

    def _quotient(self, form: Monomial, factor: Atom, exponent: Fraction) -> Monomial | None:
        if not isinstance(factor, Read):
            return None
        if factor.step in self.facts.same:
            return self._replaced(
                form, {factor: exponent}, Read(self.facts.same[factor.step], factor.subscripts), exponent
            )
        if exponent < 1:
            return None
        for other, e in form.factors:
            if e >= 0 or not isinstance(other, Read):
                continue
            found = self._named_quotient(factor, other)
            if found is not None:
                return self._replaced(form, {factor: Fraction(1), other: Fraction(-1)}, found, Fraction(1))
        return None

    def _replaced(self, form: Monomial, gone: dict[Atom, Fraction], by: Read, exponent: Fraction) -> Monomial:
        inverse = Monomial(Fraction(1), tuple((f, -e) for f, e in gone.items()))
        return times(times(form, inverse), atom(by, exponent))

    def _named_quotient(self, above: Read, below: Read) -> Read | None:
        softmax = self.facts.quotients.get((above.step, below.step))
        graph = self.facts.graph
        if softmax is not None:
            names = dict(zip(graph.subscripts[below.step][0], above.subscripts, strict=True))
            if all(names.get(o) == s for o, s in zip(graph.indices[below.step], below.subscripts, strict=True)):
                return Read(softmax, above.subscripts)
        for step, (numerator, denominator) in self.quotients.items():
            if (numerator.step, denominator.step) != (above.step, below.step):
                continue
            known: dict[str | int, str | int] = {}
            pairs = [*zip(numerator.subscripts, above.subscripts, strict=True)]
            pairs += zip(denominator.subscripts, below.subscripts, strict=True)
            if all(known.setdefault(a, b) == b for a, b in pairs) and set(graph.indices[step]) <= known.keys():
                return Read(step, tuple(known[i] for i in graph.indices[step]))
        return None
