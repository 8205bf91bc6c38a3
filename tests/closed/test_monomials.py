"""Sums of monomials: the algebra keeps values, and takes out what is common."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from derivcheck.closed.cancel import cancelled, multiplied_in, turned
from derivcheck.closed.monomials import ONE, ZERO, Monomial, Sum, atom, constant, power, times, total

ATOMS = (0, 1, 2)
coefficients = st.fractions(Fraction(-3), Fraction(3), max_denominator=4)
values = st.fixed_dictionaries({a: st.fractions(Fraction(1, 4), Fraction(4), max_denominator=4) for a in ATOMS})


def grown(inner):
    exponents = st.sampled_from([-2, -1, 1, 2]).map(Fraction)
    product = st.tuples(coefficients, inner, inner).map(lambda t: times(constant(t[0]), times(t[1], t[2])))
    powers = st.tuples(inner, exponents).map(lambda t: power(*t) or ONE)
    return product | powers | st.lists(inner, min_size=1, max_size=3).map(total)


monomials = st.recursive(st.sampled_from(ATOMS).map(atom) | coefficients.map(constant), grown, max_leaves=6)


def value(form, at):
    """The number a form stands for; None where a denominator vanishes."""
    product = form.coefficient
    for factor, exponent in form.factors:
        base = at[factor] if not isinstance(factor, Sum) else sum_of(factor, at)
        if base is None or (base == 0 and exponent < 0):
            return None
        product *= base ** int(exponent)
    return product


def sum_of(factor, at):
    terms = [value(t, at) for t in factor.terms]
    return None if None in terms else sum(terms, Fraction(0))


def length(form):
    """Letters and signs, counted independently of the module."""
    return (form.coefficient not in (1, -1)) + sum(
        1 + (e not in (1, -1)) + (sum(map(length, f.terms)) if isinstance(f, Sum) else 0) for f, e in form.factors
    )


@given(monomials, monomials, values)
def test_products_and_sums_keep_their_values(a, b, at):
    """a · b and a + b have the values of their parts, wherever these have any."""
    x, y = value(a, at), value(b, at)
    assume(x is not None and y is not None)
    product, added = value(times(a, b), at), value(total([a, b]), at)
    assert product is None or product == x * y
    assert added is None or added == x + y


@given(monomials)
def test_a_monomial_is_in_order(form):
    """No exponent is 0, no atom occurs twice, a sum has at least two terms and none of them is 0."""
    stack = [form]
    while stack:
        m = stack.pop()
        assert all(e for _, e in m.factors)
        assert len({f for f, _ in m.factors}) == len(m.factors)
        for f, _ in m.factors:
            if isinstance(f, Sum):
                assert len(f.terms) > 1
                assert all(t.coefficient for t in f.terms)
                stack += f.terms


def test_like_terms_unite_and_common_factors_come_out():
    """2ab + 2ac is 2a(b + c), a - a is 0, a + a is 2a, and a/a is 1."""
    a, b, c = (atom(k) for k in ATOMS)
    two = constant(Fraction(2))
    found = total([times(two, times(a, b)), times(two, times(a, c))])
    assert found.coefficient == 2
    assert found.factors == ((0, Fraction(1)), (Sum((b, c)), Fraction(1)))
    assert total([a, times(constant(Fraction(-1)), a)]) == ZERO
    assert total([a, a]) == times(two, a)
    assert times(a, power(a, Fraction(-1))) == ONE
    assert power(ZERO, Fraction(-1)) is None
    assert power(times(two, a), Fraction(1, 2)) is None


@given(monomials, values)
def test_cancelling_keeps_the_value_and_is_never_longer(form, at):
    """Lowest terms have the form's value wherever that has one, and as many letters at most."""
    found = cancelled(form, lambda _: None)
    expected = value(form, at)
    assert length(found) <= length(form)
    if expected is not None:
        assert value(found, at) == expected


@given(monomials, values)
def test_multiplying_in_and_turning_keep_the_value(form, at):
    """Both rewritings are identities wherever both sides have a value."""
    for found in (multiplied_in(form), turned(form)):
        pair = value(form, at), value(found, at)
        assert None in pair or pair[0] == pair[1]


@given(monomials, values)
def test_the_authors_sums_are_recognised(form, at):
    """A sum that the author wrote is opened to cancel and written as that sum again; the value stays."""
    inside = total([atom(1), times(constant(Fraction(-2)), atom(2))])
    opened = {**at, 0: value(inside, at)}
    found = cancelled(form, lambda k: inside if k == 0 else None)
    expected = value(form, opened)
    if expected is not None:
        assert value(found, opened) == expected


def test_cross_entropy_cancels():
    """x·p·(1 - p)·((1 - y)/(1 - p) - y/p) is x·(p - y)."""
    x, p, y = (atom(k) for k in ATOMS)
    minus = constant(Fraction(-1))
    q, not_y = total([ONE, times(minus, p)]), total([ONE, times(minus, y)])
    inner = total([times(not_y, power(q, Fraction(-1))), times(minus, times(y, power(p, Fraction(-1))))])
    found = cancelled(times(times(x, p), times(q, inner)), lambda _: None)
    expected = times(x, atom(Sum((p, times(minus, y)))))
    assert isinstance(found, Monomial)
    assert length(found) == length(expected) == 4
    at = {0: Fraction(3), 1: Fraction(1, 3), 2: Fraction(1, 4)}
    assert value(found, at) == value(expected, at)
