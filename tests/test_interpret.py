"""Running graphs of scalars: the systems agree, refusals spread and are left out by selections, depth is no limit."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from flint import arb
from hypothesis import assume, given
from strategies import NoValueError, constants, contains, expressions, graph_of, kinked, points, value_of

from derivcheck.errors import OutOfTimeError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.interpret import interpret, values_at
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.floats import Floats
from derivcheck.numbers.kernel import DomainError, PrecisionError, Undefined


@given(expressions(), points())
def test_exact_values_hold_the_truth(expr, point):
    """What the exact system says of a random expression is what mpmath says, and it has none where mpmath has none."""
    graph = graph_of(expr)
    found = interpret(graph, Exact(300), point)[graph.output]
    try:
        truth = value_of(expr, point)
    except (NoValueError, ZeroDivisionError, OverflowError):
        assert isinstance(found, Undefined) or not isinstance(found, Fraction)
        return
    assume(abs(truth) < 1e100)
    assert contains(found, truth)


@given(kinked(), points())
def test_balls_hold_what_the_exact_system_says(expr, point):
    """Ball arithmetic of 60 bits is never contradicted by the exact system."""
    graph = graph_of(expr)
    system = Exact(300)
    exact = interpret(graph, system, point)[graph.output]
    balls = {n: Ball(60).constant(v) for n, v in point.items()}
    ball = interpret(graph, Ball(60), balls)[graph.output]
    if isinstance(exact, Undefined) or isinstance(ball, Undefined):
        assert isinstance(exact, Undefined) or not isinstance(ball.error, DomainError)
    else:
        assert ball.overlaps(system.to_ball(exact)) or not ball.is_finite()


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("where(x > 0, log(x), x)", -2, -2),
        ("where(x > 0, where(x > 1, 1/(x - 1), 5), 1/x)", Fraction(1, 2), 5),
        ("where(x != 0, 1/x, 0)", 0, 0),
        ("where(x > 0 and 1 < x, 1/(x - 1), 3)", 1, 3),
        ("Max(x, -x, 1/2)", -3, 3),
        ("sqrt(x^2)", -3, 3),
        ("0^0 + x", 1, 2),
        ("cbrt(x)", -27, -3),
    ],
)
def test_exact_values_at_switches(text, x, expected):
    """Selections read one branch, and rational results are fractions."""
    graph = graph_of(text, "x")
    assert interpret(graph, Exact(), {"x": Fraction(x)})[graph.output] == expected


@pytest.mark.parametrize(
    ("text", "x", "error"),
    [
        ("where(x > 0, 1, log(x))", -1, DomainError),
        ("where(log(x) > 0, 1, 2)", -1, DomainError),
        ("0*log(x)", -1, DomainError),
        ("1/(sqrt(x)^2 - 2)", 2, PrecisionError),
        ("sign(exp(log(x)) - x)", 3, PrecisionError),
    ],
)
def test_refusals_are_values_that_spread(text, x, error):
    """What has no value, or no known sign, is said to be so and taken for no number."""
    graph = graph_of(text, "x")
    found = interpret(graph, Exact(), {"x": Fraction(x)})[graph.output]
    assert isinstance(found, Undefined)
    assert isinstance(found.error, error)


def test_only_what_is_wanted_is_computed():
    """Steps that the wanted ones do not read stay None, and each computed step is observed once, in order."""
    graph = graph_of("a = exp(x); b = log(x); a + 0*b", "x")
    exponential = graph.ops.index("exp")
    seen = []
    values = interpret(graph, Exact(), {"x": Fraction(1)}, wanted=[exponential], observe=seen.append)
    assert seen == graph.ancestors(exponential)
    assert [k for k, v in enumerate(values) if v is not None] == seen


def test_floats_are_those_of_the_c_library():
    """The float system gives IEEE values: infinities and NaN instead of refusals."""
    graph = graph_of("1/(x - 1)", "x")
    assert interpret(graph, Floats(), {"x": 1.0}, total=True)[graph.output] == math.inf
    graph = graph_of("exp(sin(x))/x", "x")
    assert interpret(graph, Floats(), {"x": 0.75}, total=True)[graph.output] == math.exp(math.sin(0.75)) / 0.75


def chain(length):
    builder = GraphBuilder()
    step = builder.input("x")
    for _ in range(length):
        step = builder.scalar("tanh", step)
    return builder.finish(step)


def test_ten_thousand_steps_run_without_recursion():
    """A chain of 10,000 tanh has a value in floats and in balls, and the float lies in the ball."""
    graph = chain(10_000)
    number = interpret(graph, Floats(), {"x": 0.5}, total=True)[graph.output]
    ball = interpret(graph, Ball(128), {"x": arb(0.5)})[graph.output]
    assert abs(ball - arb(number)) < 1e-12


def test_a_deadline_stops_the_loop():
    """What the deadline raises goes through, also between the steps of a long graph."""
    calls = []

    def deadline():
        calls.append(1)
        if len(calls) == 3:
            raise OutOfTimeError("late")

    with pytest.raises(OutOfTimeError):
        interpret(chain(5_000), Floats(), {"x": 0.5}, total=True, deadline=deadline)


def test_a_point_is_read_in_every_system():
    """A point of graphs of constants gives fractions exactly and floats to the nearest."""
    point = constants({"x": Fraction(1, 10), "w": Fraction(-3)})
    assert values_at(point, Exact()) == {"x": Fraction(1, 10), "w": Fraction(-3)}
    assert values_at(point, Floats()) == {"x": 0.1, "w": -3.0}
    assert values_at(point, Ball(64))["x"].overlaps(arb(1) / 10)
