"""Monomials with indices: renaming, bound names, and what does not depend on them."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from derivcheck.closed.indexed import Names, canonical, delta, free_indices, key, renamed
from derivcheck.closed.letters import Letters
from derivcheck.closed.monomials import Delta, Monomial, Read, Sum, atom, times

SIZES = {"i": "n", "j": "n", "k": "d", "l": "d"}
INDICES = tuple(SIZES)
NAMES = Names(SIZES)

reads = st.builds(
    Read, st.integers(0, 3), st.lists(st.sampled_from(INDICES), min_size=1, max_size=2, unique=True).map(tuple)
)
products = st.lists(st.tuples(reads, st.sampled_from([Fraction(1), Fraction(2), Fraction(-1)])), min_size=1, max_size=3)


def bound(form: Monomial, over: list[str]) -> Monomial:
    """The monomial summed over those of the indices that it has."""
    fresh = {i: NAMES.fresh(i) for i in dict.fromkeys(over) if i in free_indices(form)}
    inner = renamed(form, dict(fresh))
    return Monomial(inner.coefficient, inner.factors, tuple(fresh.values()))


def product(factors: list[tuple[Read, Fraction]]) -> Monomial:
    """The product of powers."""
    form = Monomial(Fraction(3, 2))
    for factor, exponent in factors:
        form = times(form, atom(factor, exponent))
    return form


sums = st.builds(lambda f, over: bound(product(f), over), products, st.lists(st.sampled_from(INDICES), max_size=3))
nested = st.builds(
    lambda a, b, f, over: bound(times(product(f), atom(Sum((a, b)))), over),
    sums,
    sums,
    products,
    st.lists(st.sampled_from(INDICES), max_size=2),
)


@given(st.one_of(sums, nested))
def test_names_of_bound_indices_do_not_matter(form: Monomial) -> None:
    """Fresh names for bound indices change neither the key nor what is free."""
    again = NAMES.apart(NAMES.apart(form))
    assert key(again) == key(form)
    assert set(free_indices(again)) == set(free_indices(form))
    assert canonical(again).coefficient == form.coefficient


@given(st.one_of(sums, nested))
def test_renaming_there_and_back_changes_nothing(form: Monomial) -> None:
    """All free indices renamed at once, and renamed back, give the form."""
    there = {i: f"{i}'" for i in free_indices(form)}
    assert renamed(renamed(form, there), {b: a for a, b in there.items()}) == form
    assert set(free_indices(renamed(form, there))) == set(there.values())


@given(st.one_of(sums, nested))
def test_letters_are_one_each(form: Monomial) -> None:
    """No bound index gets the letter of a free one, of an enclosing one, or of a name that is taken."""
    form = NAMES.apart(form)
    lettered = Letters(SIZES, {"m", "X", "n", "d"}).lettered(form, NAMES.sizes)
    assert key(lettered) == key(form)
    assert not set(lettered.over) & set(free_indices(lettered))
    assert not set(lettered.over) & {"m", "X", "n", "d"}
    for factor, _ in lettered.factors:
        for term in factor.terms if isinstance(factor, Sum) else ():
            assert not set(term.over) & (set(lettered.over) | set(free_indices(term)))


def test_deltas_of_known_subscripts_are_known() -> None:
    """δ of equal subscripts is 1, of two positions that differ 0, and renaming decides it where it can."""
    assert delta("i", "i") is True
    assert delta(1, 2) is False
    assert delta(2, "i") == Delta("i", 2)
    form = times(atom(Delta("i", "j")), atom(Read(0, ("j",))))
    assert renamed(form, {"i": "j"}) == atom(Read(0, ("j",)))
    assert not renamed(form, {"i": 0, "j": 1}).coefficient
