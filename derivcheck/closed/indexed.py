"""Monomials with indices: which occur, renaming, and a form that does not depend on the names of bound indices."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from fractions import Fraction
from itertools import count
from typing import Any

from derivcheck.closed.monomials import (
    ZERO,
    Atom,
    Bracket,
    Choice,
    Delta,
    Monomial,
    Read,
    Sealed,
    Sum,
    atom,
    power,
    times,
)

Subscript = str | int


def children(factor: Atom) -> tuple[Monomial, ...]:
    """The monomials that an atom is made of."""
    if isinstance(factor, Sum):
        return factor.terms
    if isinstance(factor, Choice):
        return factor.then, factor.otherwise
    return (factor.form,) if isinstance(factor, Sealed) else ()


def parts(form: Monomial) -> Iterator[Monomial]:
    """The monomial and all that its atoms are made of, outer ones first."""
    stack = [form]
    while stack:
        m = stack.pop()
        yield m
        for factor, _ in reversed(m.factors):
            stack.extend(reversed(children(factor)))


def own_subscripts(factor: Atom) -> tuple[Subscript, ...]:
    """The subscripts of an atom itself, without those of what it is made of."""
    if isinstance(factor, Read):
        return factor.subscripts
    if isinstance(factor, Delta):
        return factor.row, factor.column
    if isinstance(factor, Bracket | Choice):
        return factor.condition.subscripts
    return ()


def indices(factor: Atom) -> dict[str, None]:
    """The free indices of an atom, in order of first occurrence."""
    return _occurring(atom(factor))


def free_indices(form: Monomial) -> tuple[str, ...]:
    """The indices of a monomial that are not bound in it, in order of first occurrence."""
    return tuple(_occurring(form))


def _occurring(form: Monomial) -> dict[str, None]:
    found: dict[str, None] = {}
    bound: set[str] = set()
    for part in parts(form):
        bound.update(part.over)
        for factor, _ in part.factors:
            found.update((s, None) for s in own_subscripts(factor) if isinstance(s, str))
    return {i: None for i in found if i not in bound}


def atoms(form: Monomial) -> Iterator[Atom]:
    """Every atom of a monomial, those inside others included."""
    for part in parts(form):
        for factor, _ in part.factors:
            yield factor


def plain(form: Monomial) -> bool:
    """Whether neither the monomial nor anything in it has an index."""
    return not any(part.over for part in parts(form)) and not any(own_subscripts(f) for f in atoms(form))


def rebuilt(form: Monomial, changed: Callable[[Any], Any], over: Mapping[str, str]) -> Monomial:
    """The monomial with every atom without parts replaced, and bound indices renamed; in a loop, inner parts first."""
    done: dict[int, Monomial] = {}
    for part in reversed(list(parts(form))):
        if id(part) in done:
            continue
        made = Monomial(part.coefficient, (), tuple(over.get(i, i) for i in part.over))
        for factor, exponent in part.factors:
            made = times(made, atom(_remade(factor, changed, done), exponent))
        done[id(part)] = made
    return done[id(form)]


def _remade(factor: Atom, changed: Callable[[Any], Any], done: Mapping[int, Monomial]) -> Atom:
    if isinstance(factor, Sum):
        return Sum(tuple(done[id(t)] for t in factor.terms))
    if isinstance(factor, Choice):
        return Choice(changed(factor.condition), done[id(factor.then)], done[id(factor.otherwise)])
    return Sealed(done[id(factor.form)]) if isinstance(factor, Sealed) else changed(factor)


def remade(
    factor: Atom,
    exponent: Fraction,
    done: Mapping[int, Monomial],
    total: Callable[[list[Monomial]], Monomial],
) -> Monomial:
    """A power of an atom with the monomials it is made of replaced by what was made of them."""
    if isinstance(factor, Sum):
        inside = total([done[id(t)] for t in factor.terms])
        raised = power(inside, exponent)
        return atom(Sum((inside,)), exponent) if raised is None else raised
    if isinstance(factor, Choice):
        return atom(Choice(factor.condition, done[id(factor.then)], done[id(factor.otherwise)]), exponent)
    return atom(factor, exponent)


def substituted(factor: Any, names: Mapping[str, Subscript]) -> Any:
    """An atom without parts, its subscripts replaced; a δ that is known to be 1 or 0 becomes True or False."""
    if isinstance(factor, Read):
        return Read(factor.step, tuple(names.get(s, s) if isinstance(s, str) else s for s in factor.subscripts))
    if isinstance(factor, Bracket):
        return Bracket(substituted(factor.condition, names), factor.holds)
    if isinstance(factor, Delta):
        return delta(
            names.get(factor.row, factor.row),
            names.get(factor.column, factor.column) if isinstance(factor.column, str) else factor.column,
        )
    return factor


def delta(a: Subscript, b: Subscript) -> Delta | bool:
    """δ with an index in front; whether the two are equal where both are known to be or not to be."""
    if a == b or (isinstance(a, int) and isinstance(b, int)):
        return a == b
    first, second = (b, a) if isinstance(a, int) else (a, b)
    return Delta(str(first), second)


def renamed(form: Monomial, names: Mapping[str, Subscript]) -> Monomial:
    """The monomial with free indices renamed or given a position, all at once; δ of equal subscripts is 1."""
    if not names:
        return form
    made = rebuilt(form, lambda f: substituted(f, names), {})
    return _without_constants(made) if any(isinstance(f, bool) for f in atoms(made)) else made


def _without_constants(form: Monomial) -> Monomial:
    """The monomial without the factors 1 that were δs, and without the terms in which one is 0."""
    done: dict[int, Monomial] = {}
    for part in reversed(list(parts(form))):
        made = Monomial(part.coefficient, (), part.over)
        for factor, exponent in part.factors:
            if isinstance(factor, bool):
                made = made if factor else Monomial(made.coefficient * 0)
                continue
            inside = [m for m in (done[id(t)] for t in children(factor)) if m.coefficient]
            if isinstance(factor, Sum):
                made = times(made, _added(inside, exponent))
            else:
                made = times(made, atom(_remade(factor, lambda f: f, done), exponent))
        done[id(part)] = made if made.coefficient else Monomial(made.coefficient)
    return done[id(form)]


def _added(terms: list[Monomial], exponent: Fraction) -> Monomial:
    if not terms:
        return ZERO
    return terms[0] if len(terms) == 1 and exponent == 1 else atom(Sum(tuple(terms)), exponent)


class Names:
    """Fresh names for bound indices, and the size of every index."""

    def __init__(self, sizes: Mapping[str, int | str]) -> None:
        self.sizes = dict(sizes)
        self._numbers = count(1)

    @staticmethod
    def like(name: str) -> str:
        """The index of the graph that a name stands for one of the size of."""
        return name.partition("#")[0]

    def fresh(self, like: str) -> str:
        """A new index of the size of another one."""
        name = f"{self.like(like)}#{next(self._numbers)}"
        self.sizes[name] = self.sizes[like]
        return name

    def apart(self, form: Monomial) -> Monomial:
        """The monomial with new names for all bound indices."""
        over = {i: self.fresh(i) for part in parts(form) for i in part.over}
        return rebuilt(form, lambda f: substituted(f, over), over) if over else form


def key(form: Monomial) -> Hashable:
    """Equal for monomials that differ in coefficient and in names of bound indices alone."""
    if not any(part.over for part in parts(form)):
        return frozenset(form.factors)
    standard = canonical(form)
    return frozenset(standard.factors), standard.over


def canonical(form: Monomial) -> Monomial:
    """The monomial with bound indices named by how deep a sum goes and by where they occur; in a loop, inner first."""
    done: dict[int, Monomial] = {}
    heights: dict[int, int] = {}
    for part in reversed(list(parts(form))):
        inner = [m for factor, _ in part.factors for m in children(factor)]
        height = heights[id(part)] = max((heights[id(m)] for m in inner), default=0) + bool(part.over)
        made = Monomial(part.coefficient, (), part.over)
        for factor, exponent in part.factors:
            made = times(made, atom(_remade(factor, lambda f: f, done), exponent))
        order = sorted(part.over, key=lambda i: _signature(made, i))
        names = {index: f"@{height}.{place}" for place, index in enumerate(order)}
        done[id(part)] = _bound_renamed(made, names) if names else made
    return done[id(form)]


def _bound_renamed(form: Monomial, names: Mapping[str, str]) -> Monomial:
    made = rebuilt(form, lambda f: substituted(f, names), {})
    return Monomial(made.coefficient, made.factors, tuple(sorted(names.values())))


def _signature(form: Monomial, index: str) -> str:
    """Where an index occurs in a monomial, without the names of the indices bound with it."""
    found = []
    for part in parts(form):
        for factor, exponent in part.factors:
            subscripts = own_subscripts(factor)
            if index in subscripts:
                shown = [index == s or ("*" if s in form.over else s) for s in subscripts]
                number = factor.step if isinstance(factor, Read) else type(factor).__name__
                found.append(f"{number}{exponent}{shown}")
    return " ".join(sorted(found))
