"""Programs as graphs: names, definitions, functions, derivatives, and what is shared."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from strategies import graph_of, kinked, points

from derivcheck.derive import derivative_step
from derivcheck.errors import ReadError
from derivcheck.graph import assemble as assembling
from derivcheck.graph.assemble import append, assemble, inputs_used
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Kind
from derivcheck.interpret import interpret
from derivcheck.language.expr import Definition, Program
from derivcheck.language.parser import parse
from derivcheck.numbers.exact import Exact
from derivcheck.source import Source


def value(text, **point):
    graph = graph_of(text, *point)
    return interpret(graph, Exact(), {n: Fraction(v) for n, v in point.items()}, wanted=[graph.output])[graph.output]


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("f(z) = z^2; f(3) + f(w)", {"w": 2}, 13),
        ("f(a, b) = a - b; f(w, f(1, w))", {"w": 5}, 9),
        ("g(z) = f(z) + 1; f(z) = 2*z; g(g(w))", {"w": 1}, 7),
        ("f(w) = w^2; f(x) + w", {"w": 10, "x": 3}, 19),
        ("k = 3; f(z) = k*z; f(w)", {"w": 2}, 6),
        ("f(z) = z*x; x = 5; f(2)", {}, 10),
        ("b = a + 1; a = 2*w; b^2", {"w": 1}, 9),
        ("diff(w^3, w)", {"w": 2}, 12),
        ("L = w^3*x; diff(L, w, x)", {"w": 2, "x": 7}, 12),
        ("f(z) = diff(z^2*w, z); f(3)", {"w": 2}, 12),
        ("f(z) = diff(z^2*w, z); f(w)", {"w": 3}, 18),
        ("f(a, b) = diff(a*b, a); f(w, w)", {"w": 5}, 5),
        ("f(z) = diff(z*w, w); f(w^2)", {"w": 3}, 9),
        ("f(z) = diff(z^3, z); g(z) = diff(f(z)*z, z); g(2*w)", {"w": 1}, 36),
        ("f(z) = diff(z^3, z); g(z) = f(z) + z; diff(g(w), w)", {"w": 2}, 13),
        ("u = w^2; f(z) = diff(u*z, w); f(w)", {"w": 3}, 18),
        ("u = w^2; f(u) = diff(u^3, u); f(w) + u", {"w": 3}, 36),
        ("f(u) = diff(u^2, u); u = f(3); u + w", {"w": 1}, 7),
        ("u = w^2; diff(u^3, u)", {"w": 2}, 48),
        ("where(x > 0, diff(log(x), x), 0)", {"x": -1}, 0),
    ],
)
def test_values_of_programs(text, point, expected):
    """Functions are written in place, parameters hide names, definitions stand in any order."""
    assert value(text, **point) == expected


def test_equal_steps_are_one_step():
    """What is written twice is computed once, across definitions and calls too."""
    graph = graph_of("f(z) = tanh(z*x); a = tanh(w*x); a + f(w) + tanh(w*x)")
    assert graph.ops.count("tanh") == 1


def test_unused_definitions_leave_no_steps():
    """Only what the expression needs is in the graph."""
    graph = graph_of("a = exp(x); b = sin(w); b^2")
    assert "exp" not in graph.ops
    assert set(graph.inputs) == {"w"}


def test_steps_keep_the_authors_names():
    """A definition names its step; a second name for the same step and a name for a variable change nothing."""
    graph = graph_of("u = w*x; v = w*x; t = w; L = u^2 + v + t")
    names = {graph.name(k) for k in range(len(graph))} - {None}
    assert {"u", "L"} <= names
    assert "v" not in names
    assert graph.name(graph.inputs["w"]) == "w"
    assert graph.name(graph.output) == "L"


def test_numbers_keep_the_way_they_were_written():
    """0.10 is one tenth and is remembered as 0.10."""
    graph = graph_of("0.10*w")
    step = next(k for k in range(len(graph)) if graph.kinds[k] is Kind.CONSTANT)
    assert graph.constant(step) == Fraction(1, 10)
    assert graph.literals[step] == "0.10"


def test_inputs_are_those_that_matter_in_order_of_meeting():
    """Variables in the order of the text; a variable that only an unread part mentions is none."""
    graph = graph_of("y - (w*x + b)")
    assert list(inputs_used(graph)) == ["y", "w", "x", "b"]
    assert list(inputs_used(graph_of("diff(w*x + c, w)", "c"))) == ["x"]


def test_functions_that_call_functions_need_no_recursion():
    """A ladder of 5,000 functions, each calling the one before, is written out."""
    lines = ["f_0(z) = z + 1", *(f"f_{k}(z) = f_{k - 1}(z) + 1" for k in range(1, 5_000))]
    assert value("; ".join(lines) + "; f_4999(w)", w=0) == 5_000


def test_functions_with_derivatives_need_no_recursion():
    """A ladder of 300 functions that each differentiate the one before: the derivative of z² + …, again and again."""
    lines = ["f_0(z) = z^2", *(f"f_{k}(z) = diff(f_{k - 1}(z)*z, z)/2" for k in range(1, 6))]
    lines += [f"f_{k}(z) = f_{k - 1}(z) + diff(z, z)" for k in range(6, 300)]
    assert value("; ".join(lines) + "; f_299(w)", w=2) == 4 * Fraction(3, 2) ** 5 + 294


def test_doubling_functions_share_their_work():
    """f_k(z) = f_{k-1}(z)·f_{k-1}(z), twenty times, is twenty products."""
    lines = ["f_0(z) = z", *(f"f_{k}(z) = f_{k - 1}(z)*f_{k - 1}(z)" for k in range(1, 21))]
    assert len(graph_of("; ".join(lines) + "; f_20(w)")) == 21


def test_what_writes_out_too_long_is_refused(monkeypatch):
    """Functions whose calls multiply are an error with a place, not a memory problem."""
    monkeypatch.setattr(assembling, "LARGEST_GRAPH", 2_000)
    lines = ["f_0(z) = tanh(z)", *(f"f_{k}(z) = f_{k - 1}(z + 1)*f_{k - 1}(z + {k + 2})" for k in range(1, 21))]
    with pytest.raises(ReadError) as refused:
        graph_of("; ".join(lines) + "; f_20(w)")
    assert refused.value.span is not None


def test_a_program_can_be_appended_to_a_graph():
    """A formula of the same variables, read into a derivation, uses the graph's own inputs."""
    graph = graph_of("w^2*x")
    builder = GraphBuilder(graph)
    program = Program(
        (Definition("u", None, parse(Source("w*x")).expression),), parse(Source("2*u"), ("u",)).expression
    )
    step = append(builder, program, derivative_step)
    extended = builder.finish(step)
    assert extended.inputs == graph.inputs
    assert extended.ops[: len(graph)] == graph.ops
    assert interpret(extended, Exact(), {"w": Fraction(3), "x": Fraction(5)})[step] == 30


@given(kinked(), points())
def test_a_graph_computes_what_its_expression_says(expr, point):
    """Definitions change nothing: an expression and the same expression under a name have the same steps' values."""
    plain = graph_of(expr)
    named = assemble(
        Program((Definition("whole", None, expr),), parse(Source("whole"), ("whole",)).expression), derivative_step
    )
    assert plain.ops == named.ops
    at = {n: point[n] for n in plain.inputs}
    first, second = (interpret(g, Exact(), at)[g.output] for g in (plain, named))
    assert type(first) is type(second)
    assert not isinstance(first, Fraction) or first == second
