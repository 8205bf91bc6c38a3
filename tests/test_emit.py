"""Emitted arithmetic: what is folded, what stays, and values under conditions."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import rationals

from derivcheck.emit import AND, NOT, OR, Emitter, Guarded
from derivcheck.graph.builder import GraphBuilder
from derivcheck.interpret import interpret
from derivcheck.numbers.exact import Exact


@pytest.fixture
def emit():
    builder = GraphBuilder()
    for name in ("x", "p", "q"):
        builder.input(name)
    return Emitter(builder)


def value(emit, step, **inputs):
    """The value of a step at a point; x, p and q are 0 unless given."""
    point = {n: Fraction(inputs.get(n, 0)) for n in emit.builder.inputs}
    return interpret(emit.builder.finish(step), Exact(), point, wanted=[step])[step]


FOLDED = [
    ("add", (), ("x", 0), "x"),
    ("add", (), (0, "x"), "x"),
    ("sub", (), ("x", 0), "x"),
    ("mul", (), ("x", 1), "x"),
    ("mul", (), (1, "x"), "x"),
    ("mul", (), ("x", 0), 0),
    ("mul", (), (0, "x"), 0),
    ("div", (), ("x", 1), "x"),
    ("div", (), (0, "x"), 0),
    ("neg", (), (3,), -3),
    ("power", (Fraction(1),), ("x",), "x"),
    ("power", (Fraction(0),), ("x",), 1),
    ("power", (Fraction(2),), (3,), 9),
    ("add", (), (2, 3), 5),
    ("sub", (), (2, 3), -1),
    ("mul", (), (2, 3), 6),
    ("div", (), (2, 3), Fraction(2, 3)),
]


@pytest.mark.parametrize(("op", "params", "operands", "expected"), FOLDED)
def test_what_changes_nothing_is_left_out(emit, op, params, operands, expected):
    """0 + a, 1 · a, a¹ and arithmetic of constants add no operation."""
    b = emit.builder
    place = {"x": b.inputs["x"]}
    steps = [place[o] if o == "x" else b.constant(o) for o in operands]
    found = emit.apply(op, params, steps)
    assert found == (place["x"] if expected == "x" else b.constant(expected))


@pytest.mark.parametrize(
    ("op", "params", "operands"),
    [("div", (), (1, 0)), ("power", (Fraction(-1),), (0,)), ("power", (Fraction(1, 2),), (2,)), ("div", (), ("x", 0))],
)
def test_what_has_no_rational_value_is_not_folded(emit, op, params, operands):
    """1/0, 0⁻¹ and √2 stay operations, to be refused or evaluated by a number system."""
    b = emit.builder
    steps = [b.inputs["x"] if o == "x" else b.constant(o) for o in operands]
    assert b.ops[emit.apply(op, params, steps)] == op


def test_constants_are_folded_while_they_are_short(emit):
    """9^9^9 is not written out."""
    b = emit.builder
    huge = emit.apply("power", (Fraction(9**9),), [b.constant(9)])
    assert b.ops[huge] == "power"
    long = b.constant(Fraction(7) ** 1500)
    assert b.ops[emit.multiply(long, long)] == "mul"


@given(st.sampled_from(["add", "sub", "mul", "div", "neg"]), rationals, rationals, st.booleans(), st.booleans())
def test_folding_keeps_the_value(op, first, second, first_constant, second_constant):
    """Whatever is folded, the value is that of the operation."""
    builder = GraphBuilder()
    emit = Emitter(builder)
    operands = [
        builder.constant(v) if c else builder.input(n)
        for n, v, c in (("a", first, first_constant), ("b", second, second_constant))
    ]
    values = {"a": first, "b": second}
    operands = operands[: 1 if op == "neg" else 2]
    if op == "div" and second == 0:
        return
    plain = builder.scalar(op, *operands)
    folded = emit.apply(op, (), operands)
    run = interpret(builder.finish(folded), Exact(), values)
    assert run[plain] == run[folded]


def test_signs_turn_without_piling_up(emit):
    """-(-a) is a, and a factor -1 is a sign."""
    x = emit.builder.inputs["x"]
    assert emit.negated(emit.negated(x)) == x
    assert emit.multiply(emit.builder.constant(-1), x) == emit.negated(x)


def conditions(emit):
    b = emit.builder
    return b.scalar("gt", b.inputs["p"], emit.zero), b.scalar("eq", b.inputs["q"], emit.one)


@given(st.lists(st.tuples(st.sampled_from(["", "p", "not p", "q", "p and q", "p and not q", "not q"]), rationals)))
def test_guarded_values_sum_to_what_holds(parts):
    """At every truth of the conditions, the sum is that of the values whose condition holds."""
    builder = GraphBuilder()
    for name in ("x", "p", "q"):
        builder.input(name)
    emit = Emitter(builder)
    p, q = conditions(emit)
    guards = {
        "": None,
        "p": p,
        "not p": emit.negation(p),
        "q": q,
        "not q": emit.negation(q),
        "p and q": builder.scalar(AND, p, q),
        "p and not q": builder.scalar(AND, p, emit.negation(q)),
    }
    values = [Guarded(builder.constant(v), guards[g]) for g, v in parts]
    if not values:
        return
    total = emit.materialised(emit.total(values))
    for p_holds, q_holds in product([True, False], repeat=2):
        truth = {
            "": True,
            "p": p_holds,
            "not p": not p_holds,
            "q": q_holds,
            "not q": not q_holds,
            "p and q": p_holds and q_holds,
            "p and not q": p_holds and not q_holds,
        }
        expected = sum((v for g, v in parts if truth[g]), Fraction(0))
        assert value(emit, total, p=int(p_holds), q=int(q_holds)) == expected


def test_a_condition_and_its_negation_are_one_selection(emit):
    """Under p and under not p is a selection by p; under (p and q) and (p and not q), a selection under p."""
    p, q = conditions(emit)
    b = emit.builder
    one, two = b.constant(1), b.constant(2)
    joined = emit.total([Guarded(one, p), Guarded(two, emit.negation(p))])
    assert joined.guard is None
    assert (b.ops[joined.value], b.operands[joined.value]) == ("where", (p, one, two))
    under = emit.total([Guarded(two, b.scalar(AND, p, emit.negation(q))), Guarded(one, b.scalar(AND, p, q))])
    assert (under.guard, b.operands[under.value]) == (p, (q, one, two))
    assert emit.total([Guarded(one, p), Guarded(one, emit.negation(p))]) == Guarded(one)


def test_unrelated_conditions_are_joined_by_or(emit):
    """A sum of values under different conditions is itself under their disjunction."""
    p, q = conditions(emit)
    b = emit.builder
    joined = emit.total([Guarded(b.constant(1), p), Guarded(b.constant(2), q)])
    assert (b.ops[joined.guard], b.operands[joined.guard]) == (OR, (p, q))


@pytest.mark.parametrize("op", ["lt", "le", "gt", "ge", "eq", "ne"])
@given(a=rationals, b=rationals)
def test_a_negated_comparison_is_the_opposite_one(op, a, b):
    """The negation of a comparison is one comparison, true where the other is false, and negates back."""
    builder = GraphBuilder()
    emit = Emitter(builder)
    condition = builder.scalar(op, builder.input("a"), builder.input("b"))
    opposite = emit.negation(condition)
    run = interpret(builder.finish(opposite), Exact(), {"a": a, "b": b})
    assert run[opposite] is not run[condition]
    assert emit.negation(opposite) == condition
    assert builder.ops[opposite] != NOT


def test_times_needs_both_conditions(emit):
    """A product of guarded values is 0 unless both conditions hold."""
    p, q = conditions(emit)
    b = emit.builder
    both = emit.materialised(emit.times(Guarded(b.constant(2), p), Guarded(b.constant(3), q)))
    assert [value(emit, both, p=i, q=j) for i, j in product([0, 1], repeat=2)] == [0, 0, 0, 6]
    assert emit.times(Guarded(b.constant(2), p), Guarded(b.constant(3), p)).guard == p


def test_a_selection_with_zero_is_taken_apart(emit):
    """where(c, v, 0) is v under c, and where(c, 0, v) is v under the negation."""
    p, _ = conditions(emit)
    b = emit.builder
    x = b.inputs["x"]
    assert emit.guarded(b.scalar("where", p, x, emit.zero)) == Guarded(x, p)
    assert emit.guarded(b.scalar("where", p, emit.zero, x)) == Guarded(x, emit.negation(p))
    other = b.scalar("where", p, x, emit.one)
    assert emit.guarded(other) == Guarded(other)
