"""Certified values: they hold the truth, say where there is none, and decide hidden zeros."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb
from hypothesis import assume, given
from strategies import NoValueError, constants, contains, expressions, graph_of, points, value_of

from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.language.parser import parse
from derivcheck.numbers.kernel import Undefined
from derivcheck.oracles.certified import ENOUGH_BITS, certify, known, refused
from derivcheck.source import Source


def value(text, **point):
    graph = graph_of(text, *point)
    at = {n: assemble(parse(Source(str(v))), derivative_step) for n, v in point.items()}
    return certify(graph, at, [graph.output])[graph.output]


@given(expressions(), points())
def test_values_hold_the_truth(expr, point):
    """A certified value is a fraction or a narrow ball that holds mpmath's value; outside the domain there is none."""
    graph = graph_of(expr)
    found = certify(graph, constants(point), [graph.output])[graph.output]
    try:
        truth = value_of(expr, point)
    except (NoValueError, ZeroDivisionError, OverflowError):
        assert known(found) is None or isinstance(found, arb)
        return
    assume(abs(truth) < 1e100)
    if isinstance(found, Undefined):
        assert refused(found) == "undecided"
        return
    assert contains(found, truth)
    if isinstance(found, arb):
        assert found.rel_accuracy_bits() >= ENOUGH_BITS or abs(found) < 1e-100


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("(y-(w*x+b))^2", {"x": 2, "y": 4, "w": 3, "b": 1}, 9),
        ("x + 1/10", {"x": "0.1"}, Fraction(1, 5)),
        ("sqrt(x)", {"x": "4/9"}, Fraction(2, 3)),
        ("sign(sqrt(2)^2 - x)", {"x": 2}, 0),
        ("Max(sqrt(2)*sqrt(3) - sqrt(6), x)", {"x": "-1"}, 0),
        ("sign(sin(x)^2 + cos(x)^2 - 1)", {"x": 1}, 0),
        ("floor(sqrt(x)^2)", {"x": 2}, 2),
        ("where(log(x) == 0, 5, 6)", {"x": 1}, 5),
        ("sign(exp(log(x)) - x)", {"x": 3}, 0),
        ("|sqrt(x) - 7/5|*0", {"x": 2}, 0),
        ("sign(pi - 3)", {}, 1),
        ("where(x == pi/4, 1, 0)", {"x": "pi/4"}, 1),
    ],
)
def test_exact_values(text, point, expected):
    """Rational values are fractions, and a hidden zero is proved to be one."""
    assert value(text, **point) == expected


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("log(x)", {"x": -1}),
        ("1/x", {"x": 0}),
        ("x^(1/2)", {"x": -4}),
        ("1/(sqrt(x)^2 - 2)", {"x": 2}),
        ("asin(x)", {"x": 2}),
    ],
)
def test_outside_the_domain_there_is_no_value(text, point):
    """A value that does not exist is said not to exist, also where only a proof can tell."""
    assert refused(value(text, **point)) == "domain"


def test_what_cannot_be_told_is_undecided():
    """Neither precision nor SymPy tells 1 - tanh(10⁶) from 0: that is undecided, and not a number."""
    assert refused(value("1/(1 - tanh(x))", x=10**6)) == "undecided"


def test_cancellation_is_met_with_more_bits():
    """The difference of nearly equal numbers has as many certain bits as any other value."""
    ball = value("(1 + x)^(1/2) - 1 - x/2", x="1e-40")
    assert ball.rel_accuracy_bits() >= ENOUGH_BITS
    assert float(ball) == pytest.approx(-1.25e-81, rel=1e-14)


def test_values_far_outside_the_range_of_floats_are_balls():
    """exp(-exp(30)) is a narrow ball, not 0, and is found without writing its digits out."""
    ball = value("exp(-exp(x))", x=30)
    assert ball > 0
    assert ball.rel_accuracy_bits() >= ENOUGH_BITS


def test_all_wanted_steps_are_settled_together():
    """Every wanted step has a value, what they read has one, and the others have none."""
    graph = graph_of("a = sqrt(x); b = log(x); a + 0*b", "x")
    root = graph.ops.index("sqrt")
    found = certify(graph, constants({"x": Fraction(4)}), [root])
    assert found[root] == 2
    assert found[graph.output] is None
    also = certify(graph, constants({"x": Fraction(4)}), [root], also=[graph.output])
    assert also[graph.output] == 2
