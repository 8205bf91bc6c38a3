"""The reverse sweep: against SymPy's derivative, against mpmath, across cuts, guards, second order, and its cost.

The file is longer than most: one law after the other of one function.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
import sympy
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import (
    NAMES,
    NoValueError,
    contains,
    decimals,
    expressions,
    graph_of,
    kinked,
    mp,
    number_expr,
    points,
    rationals,
    slope_of,
    value_of,
)

from derivcheck.closed.pieces import cut_into_pieces
from derivcheck.derive import active_steps, differentiate
from derivcheck.errors import OutOfTimeError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.interpret import interpret
from derivcheck.language import printer
from derivcheck.language.builder import call, name
from derivcheck.normal import Outcome, prove_equal
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import DomainError, Undefined
from derivcheck.numbers.pieces import Symbolic

BITS = 500


def at(text, point, variable):
    """The value of the sweep's derivative of a text; exact 0 where the derivative is absent."""
    graph = graph_of(text, *point)
    derivation = differentiate(graph)
    step = derivation.gradient(variable)
    if step is None:
        return Fraction(0)
    return interpret(derivation.graph, Exact(BITS), {n: Fraction(v) for n, v in point.items()}, wanted=[step])[step]


def gradients(derivation, point):
    """The derivative's value by variable."""
    values = interpret(derivation.graph, Exact(BITS), point)
    steps = {n: derivation.gradient(n) for n in derivation.graph.inputs}
    return {n: Fraction(0) if k is None else values[k] for n, k in steps.items()}


def truth(expr, point, variable):
    """The derivative by mpmath; the example is left out where the function has no value near the point."""
    try:
        value_of(expr, point)
        slope = slope_of(expr, point, variable)
    except (NoValueError, ZeroDivisionError, OverflowError):
        assume(False)
    assume(abs(slope) < 1e30)
    return slope


def same_number(a, b):
    """Equal fractions, or overlapping balls, or both without a value."""
    if isinstance(a, Undefined) or isinstance(b, Undefined):
        return isinstance(a, Undefined) and isinstance(b, Undefined)
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    system = Exact(BITS)
    return bool((system.to_ball(a) - system.to_ball(b)).contains(arb(0)))


@settings(max_examples=150)
@given(expressions(), points(), st.integers(0, 2))
def test_the_sweep_is_the_derivative(expr, point, place):
    """At random rational points the swept derivative holds what mpmath finds with 80 digits."""
    assume(expr.names())
    variable = expr.names()[place % len(expr.names())]
    graph = graph_of(expr)
    slope = truth(expr, point, variable)
    found = gradients(differentiate(graph), {n: point[n] for n in graph.inputs})[variable]
    assert contains(found, slope), (printer.own(expr), found, slope)


@settings(max_examples=40)
@given(expressions(size=5))
def test_the_sweep_equals_sympys_derivative(expr):
    """On random smooth expressions SymPy's derivative of the whole is never proved different from ours."""
    graph = graph_of(expr)
    derivation = differentiate(graph)
    symbols = {n: sympy.Symbol(n, real=True) for n in graph.inputs}
    values = interpret(derivation.graph, Symbolic(), symbols)
    loss = values[derivation.output]
    assume(not isinstance(loss, Undefined))
    for variable, symbol in symbols.items():
        step = derivation.gradient(variable)
        ours = sympy.Integer(0) if step is None else values[step]
        if not isinstance(ours, Undefined):
            assert prove_equal(sympy.diff(loss, symbol), ours) is not Outcome.DIFFERENT, printer.own(expr)


PROVABLE = [
    "(y-(w*x+b))^2",
    "log(1+exp(-y*w*x))",
    "tanh(w*x)^3/w",
    "exp(w*x)*sin(w)",
    "w*sqrt(x^2+w^2)",
    "sigmoid(w*x)^2",
]


@pytest.mark.parametrize("text", PROVABLE)
@pytest.mark.parametrize("order", [1, 2])
def test_first_and_second_order_are_proved_equal_to_sympys(text, order):
    """The sweep, and the sweep of the sweep, are proved equal to SymPy's diff."""
    graph = graph_of(text, "w", "x", "y", "b")
    first = differentiate(graph)
    derivation = first if order == 1 else differentiate(first.graph, output=first.gradient("w"))
    symbols = {n: sympy.Symbol(n, real=True) for n in graph.inputs}
    values = interpret(derivation.graph, Symbolic(), symbols)
    for variable, symbol in symbols.items():
        direct = sympy.diff(values[graph.output], *([symbols["w"]] if order == 2 else []), symbol)
        step = derivation.gradient(variable)
        assert prove_equal(direct, sympy.Integer(0) if step is None else values[step]) is Outcome.EQUAL


@settings(max_examples=60)
@given(expressions(size=6), points(), st.integers(0, 2), st.integers(0, 2))
def test_second_order_is_the_sweep_twice(expr, point, first_place, second_place):
    """The second sweep holds the slope of the first one's truth, and second derivatives are symmetric."""
    names = expr.names()
    assume(names)
    row, column = names[first_place % len(names)], names[second_place % len(names)]
    graph = graph_of(expr)
    first = differentiate(graph)
    exact = {n: point[n] for n in graph.inputs}
    step = mp.mpf(10) ** -12
    try:
        ends = [{**{n: mp.mpf(v.numerator) / v.denominator for n, v in exact.items()}} for _ in range(2)]
        ends[0][column], ends[1][column] = ends[0][column] + step, ends[1][column] - step
        slope = (slope_of(expr, ends[0], row) - slope_of(expr, ends[1], row)) / (2 * step)
    except (NoValueError, ZeroDivisionError, OverflowError):
        assume(False)
    assume(abs(slope) < 1e8)
    found = {}
    for a, b in ((row, column), (column, row)):
        k = first.gradient(a)
        found[a, b] = Fraction(0) if k is None else gradients(differentiate(first.graph, output=k), exact)[b]
        assume(not isinstance(found[a, b], Undefined))
    assert contains(found[row, column], slope, 1e-8), printer.own(expr)
    assert same_number(found[row, column], found[column, row])


@settings(max_examples=150)
@given(kinked(), points())
def test_cuts_do_not_change_the_gradient(expr, point):
    """Sweeping over pieces and sweeping over every step give the same exact numbers, switches included."""
    graph = graph_of(expr)
    exact = {n: point[n] for n in graph.inputs}
    whole = gradients(differentiate(graph), exact)
    pieces = gradients(differentiate(graph, cuts=cut_into_pieces(graph, active_steps(graph))), exact)
    for variable, value in whole.items():
        assert same_number(value, pieces[variable]), (printer.own(expr), variable, value, pieces[variable])


@settings(max_examples=80)
@given(kinked(), points(), rationals.filter(bool))
def test_an_upstream_gradient_scales(expr, point, factor):
    """The adjoint of the output multiplies every derivative."""
    graph = graph_of(expr)
    exact = {n: point[n] for n in graph.inputs}
    plain, scaled = gradients(differentiate(graph), exact), gradients(differentiate(graph, upstream=factor), exact)
    for variable, value in plain.items():
        expected = value if isinstance(value, Undefined) else Exact(BITS).mul(value, factor)
        assert same_number(scaled[variable], expected)


@settings(max_examples=80)
@given(kinked(), kinked(), points(), decimals)
def test_the_sweep_is_linear(first, second, point, factor):
    """The derivative of c·f + g is c·f′ + g′."""
    joined = call("add", call("mul", number_expr(factor), first), second)
    found = [gradients(differentiate(graph_of(e)), point) for e in (first, second, joined)]
    system = Exact(BITS)
    for variable, value in found[2].items():
        parts = [f.get(variable, Fraction(0)) for f in found[:2]]
        if not any(isinstance(p, Undefined) for p in (*parts, value)):
            assert same_number(value, system.add(system.mul(factor, parts[0]), parts[1]))


@pytest.mark.parametrize(
    "text", ["x", "sign(w)*x", "floor(w)+x", "where(w > 0, x, x)", "w - w + x", "(w>0 and w<1) and x"]
)
def test_zero_derivatives_are_absent(text):
    """What is constant in w between its switches contributes no step, not a 0 that is multiplied."""
    if text.startswith("(w>0"):
        text = "where(w > 0 and w < 1, x, x)"
    graph = graph_of(text, "w", "x")
    derivation = differentiate(graph)
    step = derivation.gradient("w") if "w" in graph.inputs else None
    assert step is None or derivation.graph.constant(step) == 0


GUARDS = [
    ("where(x > 0, sqrt(x), 0)", -1, 0),
    ("where(x > 0, sqrt(x), 0)", 0, 0),
    ("where(x > 0, sqrt(x), 0)", 4, Fraction(1, 4)),
    ("where(x > 0, log(x), x^2)", -3, -6),
    ("where(x == 0, 1, sin(x)/x)", 0, 0),
    ("where(x != 0, 1/x, 0)*x", 0, 0),
    ("relu(x)*where(x > 0, 1/x, 0)", 0, 0),
    ("where(x > 0, where(x > 1, sqrt(x - 1), 0), where(x < -1, sqrt(-x - 1), 0))", Fraction(1, 2), 0),
    ("where(x > 0, where(x > 1, sqrt(x - 1), 0), where(x < -1, sqrt(-x - 1), 0))", -5, Fraction(-1, 4)),
    ("where(x > 0, where(x > 1, sqrt(x - 1), 0), where(x < -1, sqrt(-x - 1), 0))", 5, Fraction(1, 4)),
    ("u = where(x > 0, 1/x, 5); where(x > 0, u, 2)", -1, 0),
    ("u = sqrt(x); where(x > 0, u, 0) + where(x < 0, sqrt(-x), 0)", -4, Fraction(-1, 4)),
    ("where(x > 0, x, 0) + where(not x > 0, -x, 0)", -2, -1),
    ("Max(x, 2, 3*x)", 5, 3),
    ("Max(x, 2, 3*x)", -1, 0),
    ("Min(x, x^2, 4)", Fraction(1, 2), 1),
    ("Max(log(x), -1)", Fraction(1, 8), 0),
    ("clamp(x, 0, 1)*7", Fraction(1, 2), 7),
    ("|x|*sign(x)", -3, 1),
]


@pytest.mark.parametrize(("text", "point", "slope"), GUARDS)
def test_a_branch_that_is_not_taken_is_not_read(text, point, slope):
    """Selections select: 0 · ∞ does not arise, and nested and repeated conditions give the taken branch's slope."""
    assert at(text, {"x": point}, "x") == slope


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("where(x > 0, 0, sqrt(x))", -1),
        ("where(x >= 0, sqrt(x), 0)", 0),
        ("1/x", 0),
        ("asin(x)", -1),
        ("x^(1/2)", 0),
    ],
)
def test_a_branch_that_is_taken_and_has_no_slope_is_undefined(text, point):
    """Where the taken branch's formula has no value, neither has the derivative."""
    found = at(text, {"x": point}, "x")
    assert isinstance(found, Undefined)
    assert isinstance(found.error, DomainError)


@given(kinked(), kinked(), rationals, points())
def test_a_condition_and_its_negation_are_one_selection(first, second, level, point):
    """where(c, f, g) has the derivative of f where c holds and of g elsewhere, undefined parts elsewhere or not."""
    condition = call("gt", name("x"), number_expr(level))
    chosen = first if point["x"] > level else second
    whole = gradients(differentiate(graph_of(call("where", condition, first, second))), point)
    part = gradients(differentiate(graph_of(chosen)), point)
    for variable in NAMES:
        assert same_number(whole.get(variable, Fraction(0)), part.get(variable, Fraction(0)))


def test_huber_has_no_condition_that_always_holds():
    """The two branches of Huber's loss meet in one selection."""
    derivation = differentiate(graph_of("where(|w - y| <= 1, (w - y)^2/2, |w - y| - 1/2)", "w", "y"))
    assert "or" not in derivation.graph.ops
    assert "and" not in derivation.graph.ops


FUNCTIONS = [
    ("f(z) = z^2; g(z) = f(z) + f(2*z); g(w*x) + w", {"w": 3, "x": 2}, "w", 5 * 4 * 2 * 3 + 1),
    ("f(a, b) = a*b^2; f(f(w, x), w)", {"w": 2, "x": 3}, "w", 9 * 3 * 4),
    ("f(x) = x^2; f(w) + x", {"w": 5, "x": 1}, "w", 10),
    ("L = (y - w)^2; diff(L, w)", {"w": 5, "y": 1}, "w", 2),
    ("diff(w^3*x, w, w)", {"w": 5, "x": 2}, "w", 12),
    ("diff(diff(w^4, w)*w, w)", {"w": 2}, "w", 4 * 4 * 3 * 4),
    ("diff(w^2, w)^2 + diff(x*w, x)", {"w": 3, "x": 1}, "w", 25),
    ("u = w*x; diff(u^2*x, u)", {"w": 3, "x": 2}, "w", 2 * 2 * 2),
    ("u = w*x; L = u^3; diff(L, u)*diff(u, w)", {"w": 1, "x": 2}, "w", 3 * 2 * 1 * 4 * 2),
    ("f(z) = diff(z^3, z); f(w)", {"w": 2}, "w", 12),
    ("diff(where(w > 0, w^2, 0), w)", {"w": 3}, "w", 2),
]


@pytest.mark.parametrize(("text", "point", "variable", "slope"), FUNCTIONS)
def test_functions_and_derivatives_inside_expressions(text, point, variable, slope):
    """The author's functions, and derivatives as expressions, are differentiated like anything else."""
    assert at(text, point, variable) == slope


def test_a_derivation_keeps_the_primal_steps():
    """The primal graph is the beginning of the derivation's graph, and every contribution names steps of it."""
    graph = graph_of("softplus(w*x) - y*(w*x) + |w|", "w", "x", "y")
    derivation = differentiate(graph)
    assert derivation.primal == len(graph)
    assert derivation.graph.ops[: len(graph)] == graph.ops
    assert derivation.graph.operands[: len(graph)] == graph.operands
    for c in derivation.contributions:
        assert c.target < c.consumer < derivation.primal
        assert c.adjoint == derivation.adjoints[c.consumer]


@given(kinked(), points())
def test_contributions_sum_to_the_adjoints(expr, point):
    """Explanation and answer cannot disagree: each adjoint is the sum of the recorded products adjoint · local."""
    graph = graph_of(expr)
    derivation = differentiate(graph)
    values = interpret(derivation.graph, Exact(BITS), {n: point[n] for n in graph.inputs})
    system = Exact(BITS)
    sums = {derivation.output: Fraction(1)}
    for c in derivation.contributions:
        product = values[c.product]
        if isinstance(product, Undefined):
            return
        sums[c.target] = system.add(sums.get(c.target, Fraction(0)), product)
        factors = values[c.adjoint], values[c.local]
        if not any(isinstance(f, Undefined) for f in factors):
            assert same_number(product, system.mul(*factors))
    for step, total in sums.items():
        assert same_number(values[derivation.adjoints[step]], total)


def doubled(times):
    builder = GraphBuilder()
    e = builder.input("x")
    for _ in range(times):
        e = builder.scalar("add", builder.scalar("mul", e, e), e)
    return builder.finish(e)


def test_doubling_costs_a_constant_number_of_steps_more():
    """e ← e·e + e, 12, 14, …, 20 times: the derivation grows by equally many steps each time."""
    lengths = [len(differentiate(doubled(k)).graph) for k in range(12, 21, 2)]
    assert len({b - a for a, b in pairwise(lengths)}) == 1


def test_a_deadline_stops_the_sweep():
    """What the deadline raises goes through."""

    def late():
        raise OutOfTimeError("late")

    with pytest.raises(OutOfTimeError):
        differentiate(doubled(400), deadline=late)


def test_fan_in_is_swept_in_linear_time():
    """A variable that 4,000 selections read, each under its own condition, has one adjoint of that many summands."""
    builder = GraphBuilder()
    x = builder.input("x")
    total = builder.constant(0)
    for k in range(4_000):
        total = builder.scalar("add", total, builder.scalar("relu", builder.scalar("sub", x, builder.constant(k))))
    derivation = differentiate(builder.finish(total))
    step = derivation.gradient("x")
    value = interpret(derivation.graph, Ball(64), {"x": arb(99) / 2}, wanted=[step])[step]
    assert value == 50
