"""The explanation of a loss: what it says of each piece, and what it costs."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from flint import arb
from hypothesis import given
from strategies import graph_of, kinked, points

from derivcheck.closed.explain import LARGEST_FORMULA, MOST_PIECES, explain
from derivcheck.errors import OutOfTimeError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.interpret import interpret
from derivcheck.language import printer
from derivcheck.language.builder import ExprBuilder
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.floats import Floats
from derivcheck.numbers.kernel import Undefined


def told(text, *wrt):
    """Every local derivative as ``consumer/target = formula (rule) [held]``."""
    explanation = explain(graph_of(text), wrt)
    names = explanation.names
    return [
        f"{names[f.consumer]}/{names[f.target]} = {printer.own(f.formula)} ({f.rule})"
        + "".join(f" [{printer.own(h)}]" for h in f.held)
        for f in explanation.factors
    ]


def test_the_main_example_says_what_a_teacher_says():
    """Each local derivative with its rule; in a sum, the terms that count as constants."""
    assert set(told("(y-(w*x+b))^2", "w", "b")) == {
        "L/u = 2*u (power)",
        "u/y = 1 (sum) [yhat]",
        "u/yhat = -1 (sum) [y]",
        "yhat/w = x (constant_factor) [b]",
        "yhat/x = w (constant_factor) [b]",
        "yhat/b = 1 (sum) [w*x]",
    }


@given(kinked(), points())
def test_factors_are_the_local_derivatives(expr, point):
    """product = adjoint · local at every point, and the printed local derivative has the local derivative's value."""
    graph = graph_of(expr)
    explanation = explain(graph, tuple(graph.inputs), full=True)
    system = Exact(300)
    values = interpret(explanation.derivation.graph, system, {n: point[n] for n in graph.inputs})
    known = {n: values[k] for k, n in explanation.names.items() if not isinstance(values[k], Undefined)}
    for factor in explanation.factors:
        local = values[factor.local]
        names = factor.formula.names()
        if isinstance(local, Undefined) or not set(names) <= known.keys():
            continue
        printed = graph_of(printer.own(factor.formula), *explanation.names.values())
        found = interpret(printed, system, {n: known[n] for n in printed.inputs}, wanted=[printed.output])
        number = found[printed.output]
        assert not isinstance(number, Undefined)
        assert (system.to_ball(number) - system.to_ball(local)).contains(arb(0))


@given(kinked(), points())
def test_pieces_compute_what_they_say(expr, point):
    """The formula of every piece, from the values of the names in it, is the value of its step."""
    graph = graph_of(expr)
    explanation = explain(graph, tuple(graph.inputs), full=True)
    system = Exact(300)
    values = interpret(explanation.derivation.graph, system, {n: point[n] for n in graph.inputs})
    known = {n: values[k] for k, n in explanation.names.items() if not isinstance(values[k], Undefined)}
    for piece in explanation.pieces:
        value = values[piece.step]
        if isinstance(value, Undefined) or not set(piece.formula.names()) <= known.keys():
            continue
        printed = graph_of(printer.own(piece.formula), *explanation.names.values())
        found = interpret(printed, system, {n: known[n] for n in printed.inputs}, wanted=[printed.output])
        assert (system.to_ball(found[printed.output]) - system.to_ball(value)).contains(arb(0))


def doubled(times):
    builder = GraphBuilder()
    e = builder.input("x")
    for _ in range(times):
        e = builder.scalar("add", builder.scalar("mul", e, e), e)
    return builder.finish(e)


def printed_size(form):
    return sum(len(printer.unicode(e)) for e in (form.expr, *(d for _, d in form.definitions)))


def test_doubling_prints_in_linear_size():
    """e ← e·e + e, 12, 14, …, 20 times: steps, pieces, definitions and letters grow by a constant each time."""
    steps, definitions, letters = [], [], []
    for k in range(12, 21, 2):
        explanation = explain(doubled(k), ("x",), full=True)
        form = explanation.gradient["x"]
        assert len(explanation.pieces) == k
        steps.append(len(explanation.derivation.graph))
        definitions.append(len(form.definitions))
        letters.append(printed_size(form))
    assert len({b - a for a, b in pairwise(steps)}) == 1
    assert max(definitions) <= 2 * 20
    assert max(b - a for a, b in pairwise(letters)) <= 2 * min(b - a for a, b in pairwise(letters))


def test_a_printed_doubling_reads_back():
    """The named parts of twelve doublings have the derivative's exact value."""
    graph = doubled(12)
    explanation = explain(graph, ("x",))
    form = explanation.gradient["x"]
    text = "; ".join([*(f"{n} = {printer.own(e)}" for n, e in form.definitions), printer.own(form.expr)])
    read = graph_of(text, "x")
    at = {"x": Fraction(1, 1000)}
    derived = interpret(explanation.derivation.graph, Exact(300), at)[explanation.steps["x"]]
    found = interpret(read, Exact(300), at)[read.output]
    assert (Exact(300).to_ball(found) - Exact(300).to_ball(derived)).contains(arb(0))


def chained(length):
    """``a_1 = tanh(x); a_2 = tanh(a_1); …`` by definitions."""
    lines = ["a_1 = tanh(w*x)", *(f"a_{k} = tanh(a_{k - 1})" for k in range(2, length + 1)), f"a_{length}"]
    return "; ".join(lines)


@pytest.mark.slow
def test_ten_thousand_definitions_are_read_derived_explained_and_evaluated():
    """No pass recurses over depth: parse, sweep, explanation, printing, and three number systems."""
    graph = graph_of(chained(10_000))
    explanation = explain(graph, ("w",))
    assert len(explanation.pieces) <= MOST_PIECES
    assert explanation.omitted == 10_001 - len(explanation.pieces)
    derivation = explanation.derivation
    step = explanation.steps["w"]
    number = interpret(derivation.graph, Floats(), {"w": 0.5, "x": 1.0}, wanted=[step], total=True)[step]
    at = {"w": Fraction(1, 2), "x": Fraction(1)}
    exact = interpret(derivation.graph, Exact(128), at, wanted=[step])[step]
    ball = interpret(derivation.graph, Ball(128), {"w": arb(0.5), "x": arb(1)}, wanted=[step])[step]
    assert ball.overlaps(exact)
    assert abs(float(exact.mid()) - number) < 1e-12 * abs(number)
    form = explanation.gradient["w"]
    assert form.definitions
    assert all(len(e.nodes) <= LARGEST_FORMULA for _, e in form.definitions)


def test_a_long_loss_shows_its_ends_and_its_named_pieces():
    """Of more than twenty pieces the first and the last are shown, and named ones as far as there is room."""
    text = "(".join(["tanh"] * 30) + "(w)" + ")" * 29
    explanation = explain(graph_of(f"m = {text}; exp(exp(m))"), ("w",))
    names = [p.name for p in explanation.pieces]
    assert len(names) <= MOST_PIECES
    assert "m" in names
    assert explanation.omitted + len(names) == 32
    assert len(explain(graph_of(f"m = {text}; exp(exp(m))"), ("w",), full=True).pieces) == 32


def test_closed_forms_are_written_when_asked_for():
    """A mapping with the asked names, each form written once."""
    explanation = explain(graph_of("w^2*b"), ("w", "b"))
    assert list(explanation.gradient) == ["w", "b"]
    assert explanation.gradient["w"] is explanation.gradient["w"]
    with pytest.raises(KeyError):
        explanation.gradient["x"]


def test_a_variable_without_influence_has_derivative_zero():
    """A name that is not in the loss, or only in a condition, has the closed form 0."""
    explanation = explain(graph_of("where(c > 0, w, w)", "c"), ("w", "c", "z"))
    assert [printer.own(explanation.gradient[n].expr) for n in ("c", "z")] == ["0", "0"]
    assert explanation.steps["z"] is None


def test_a_deadline_stops_the_explanation():
    """What the deadline raises goes through."""

    def late():
        raise OutOfTimeError("late")

    with pytest.raises(OutOfTimeError):
        explain(doubled(300), ("x",), deadline=late).gradient["x"]


def test_equal_subformulas_are_one_definition():
    """A part that a form holds twice is named once, if it is large enough to be worth a name."""
    form = explain(graph_of("log(1 + exp(-y*(w*x + b)))"), ("w",)).gradient["w"]
    assert [n for n, _ in form.definitions] == ["u_3"]
    builder = ExprBuilder()
    assert builder.graft(form.expr) < LARGEST_FORMULA
