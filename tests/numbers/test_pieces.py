"""SymPy formulas on open pieces: every point off the switches lies on one piece, and the formula is right there."""

from __future__ import annotations

from fractions import Fraction as Q

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derivcheck.numbers.branches import Branches, constant_sign
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.inequalities import UNIT, can_be_positive
from derivcheck.numbers.kernel import DomainError, UndecidedError
from derivcheck.numbers.pieces import Symbolic, pieces

x, y, z = sympy.symbols("x y z", real=True)
BROKEN = (sympy.Abs, sympy.Max, sympy.Min, sympy.sign, sympy.Heaviside, sympy.DiracDelta, sympy.Piecewise, sympy.floor)


def rational(value):
    return sympy.Rational(value.numerator, value.denominator)


leaves = st.sampled_from(["x", "y"]) | st.fractions(-3, 3, max_denominator=4)
trees = st.recursive(
    leaves,
    lambda t: (
        st.tuples(st.sampled_from(["abs", "neg", "root of square"]), t)
        | st.tuples(st.sampled_from(["add", "sub", "max", "min", "mul", "where"]), t, t)
    ),
    max_leaves=6,
)


def evaluate(tree, system, point):
    if isinstance(tree, str):
        return point[tree]
    if isinstance(tree, Q):
        return system.constant(tree)
    name, *operands = tree
    values = [evaluate(t, system, point) for t in operands]
    if name == "root of square":
        return system.power(system.power(values[0], Q(2)), Q(1, 2))
    if name == "where":
        return system.select(system.lt(*values), values[0], system.neg(values[1]))
    return getattr(system, name)(*values)


@settings(max_examples=60, deadline=None)
@given(trees, st.fractions(-5, 5, max_denominator=9), st.fractions(-5, 5, max_denominator=9))
def test_a_point_off_the_switches_lies_on_exactly_one_piece_whose_formula_is_right_and_smooth(tree, p, q):
    at = {x: rational(p), y: rational(q)}
    found = list(pieces(lambda s: evaluate(tree, s, {"x": x, "y": y}), 256))
    assume(all(d.subs(at) != 0 for signs, _ in found for d in signs))
    mine = [f for signs, f in found if all(constant_sign(d.subs(at)) == s for d, s in signs.items())]
    assert len(mine) == 1
    assert not mine[0].has(*BROKEN)
    assert mine[0].subs(at) == rational(evaluate(tree, Exact(), {"x": p, "y": q}))


def test_signs_that_follow_from_others_are_not_chosen_so_three_numbers_have_six_orders():
    orders = [found for _, found in pieces(lambda s: (s.lt(x, y), s.lt(y, z), s.lt(x, z)))]
    assert len(orders) == 6
    assert (True, True, False) not in orders
    assert (False, False, True) not in orders


def test_multiples_of_a_difference_are_one_switch_and_a_positive_expression_is_none():
    assert [set(s) for s, _ in pieces(lambda s: (s.lt(2 * x, 2 * y), s.lt(y / 3, x / 3)))] == [{x - y}] * 2
    assert [dict(s) for s, _ in pieces(lambda s: s.abs(sympy.exp(x) + 1))] == [{}]


def test_the_pieces_come_positive_first_and_more_than_the_limit_are_undecided():
    run = lambda s: s.add(s.abs(x), s.abs(y))  # noqa: E731 - one formula
    assert [f for _, f in pieces(run, 4)] == [x + y, x - y, y - x, -x - y]
    with pytest.raises(UndecidedError):
        list(pieces(run, 3))


def test_a_floor_is_one_constant_integer_for_one_argument_in_all_pieces():
    def run(system):
        whole = system.floor(x / 2)
        return system.mul(whole, system.abs(y)), dict(system.branches.steps)

    (_, (first, steps)), (_, (second, _)) = pieces(run)
    (step,) = steps
    assert steps[step] == x / 2
    assert (first, second) == (step * y, -step * y)
    assert sympy.diff(first, x) == 0
    assert Symbolic().floor(sympy.pi) == 3


def test_on_an_open_piece_only_identical_expressions_are_equal():
    system = Symbolic()
    assert system.eq((x + y) ** 2, x**2 + 2 * x * y + y**2)
    assert system.eq(sympy.sin(x) ** 2, 1 - sympy.cos(x) ** 2)
    assert not system.eq(x, y)
    assert not system.branches.assignment
    with pytest.raises(UndecidedError):
        system.eq(system.floor(x), system.floor(y))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        (sympy.sqrt(2) + sympy.sqrt(3) - sympy.sqrt(5 + 2 * sympy.sqrt(6)), 0),
        (sympy.sin(1) ** 2 + sympy.cos(1) ** 2 - 1, 0),
        (sympy.exp(sympy.pi * sympy.sqrt(163)) - 262537412640768744, -1),
        (sympy.pi - sympy.Rational(355, 113), -1),
        (sympy.log(2) + sympy.log(3) - sympy.log(6) + sympy.Rational(1, 10**200), 1),
    ],
)
def test_signs_of_constants_are_exact(text, sign):
    assert constant_sign(text) == sign


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("log", (sympy.Integer(0),)),
        ("log", (1 - sympy.sqrt(2),)),
        ("div", (x, sympy.sin(1) ** 2 + sympy.cos(1) ** 2 - 1)),
        ("power", (sympy.Integer(-1), Q(1, 2))),
        ("power", (sympy.Integer(0), Q(-1))),
        ("pow", (sympy.Integer(-2), sympy.sqrt(2))),
        ("asin", (sympy.Integer(2),)),
        ("acosh", (sympy.Rational(1, 2),)),
        ("atanh", (sympy.Integer(1),)),
        ("loggamma", (sympy.Integer(0),)),
        ("gamma", (sympy.Integer(-1),)),
    ],
)
def test_numbers_outside_the_domain_are_refused(name, arguments):
    with pytest.raises(DomainError):
        getattr(Symbolic(), name)(*arguments)


def test_a_plan_is_followed_and_kept():
    branches = Branches((-1, 1))
    assert [branches.sign(x), branches.sign(y - 1), branches.sign(-x), branches.sign(z)] == [-1, 1, 1, 1]
    assert dict(branches.assignment) == {x: -1, y - 1: 1, z: 1}


coefficients = st.integers(-4, 4).map(Q)
forms = st.dictionaries(st.sampled_from("uvw"), coefficients, max_size=3)


@given(st.lists(forms, max_size=6), st.fixed_dictionaries(dict.fromkeys("uvw", coefficients)))
def test_forms_that_are_positive_at_a_point_can_be_positive(lines, point):
    shifted = [{**f, UNIT: 1 - sum(c * point[v] for v, c in f.items())} for f in lines]
    assert can_be_positive(shifted)


@given(st.lists(st.tuples(forms, coefficients, st.integers(1, 5)), min_size=1, max_size=4))
def test_forms_with_a_positive_combination_that_is_not_positive_cannot(weighted):
    total = {v: sum(k * f.get(v, Q(0)) for f, _, k in weighted) for v in "uvw"}
    constant = sum(k * c for _, c, k in weighted)
    closing = {**{v: -t for v, t in total.items()}, UNIT: -constant}
    assert not can_be_positive([*[{**f, UNIT: c} for f, c, _ in weighted], closing])
