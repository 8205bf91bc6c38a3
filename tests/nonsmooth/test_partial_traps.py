"""Points where checkers go wrong: each answer follows from the definition of the derivative."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import pytest
from flint import arb
from nonsmooth_cases import graph_of, point_of

from derivcheck.errors import OutOfTimeError, PointError, UnsupportedError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Access
from derivcheck.graph.tensor import tensor
from derivcheck.nonsmooth import domain_reason, partial_existence, switch_quantity
from derivcheck.verdict import Existence

AT_ZERO = {"x": 0}

EXISTING = [
    ("relu(x) - relu(-x)", AT_ZERO, 1, Existence.SMOOTH),
    ("min(x, 1) + max(x, 1)", {"x": 1}, 1, Existence.SMOOTH),
    ("x*1e20 - x*1e20 + x", AT_ZERO, 1, Existence.SMOOTH),
    ("x*abs(x)", AT_ZERO, 0, Existence.C1_NOT_C2),
    ("max(x, 0)^2", AT_ZERO, 0, Existence.C1_NOT_C2),
    ("abs(x)^3", AT_ZERO, 0, Existence.SMOOTH),
    ("abs(x)^(3/2)", AT_ZERO, 0, Existence.C1_NOT_C2),
    ("abs(x)^(5/2)", AT_ZERO, 0, Existence.SMOOTH),
    ("softsign(x)", AT_ZERO, 1, Existence.C1_NOT_C2),
    ("elu(x)", AT_ZERO, 1, Existence.C1_NOT_C2),
    ("where(x == 0, 1, sin(x)/x)", AT_ZERO, 0, Existence.SMOOTH),
    ("where(x == 0, 0, x^2*log(abs(x)))", AT_ZERO, 0, Existence.C1_NOT_C2),
    ("where(x == 0, 0, x^2*sin(1/x))", AT_ZERO, 0, Existence.DIFFERENTIABLE_NOT_C1),
    ("where(x == 0, 0, x^3*sin(1/x))", AT_ZERO, 0, Existence.C1_NOT_C2),
    ("where(x == 0, 0, x^4*sin(1/x))", AT_ZERO, 0, Existence.C1_NOT_C2),
    ("where(x == 0, 0, x^5*sin(1/x))", AT_ZERO, 0, Existence.SMOOTH),
    ("where(x > 0, exp(-1/x), 0)", AT_ZERO, 0, Existence.SMOOTH),
    ("where(x > 0, log(x), x)", {"x": -1}, 1, Existence.SMOOTH),
    ("where(x > 0, log(x), 0)", {"x": 2}, Fraction(1, 2), Existence.SMOOTH),
    ("abs(x)*y", {"x": 0, "y": 0}, 0, Existence.SMOOTH),
    ("abs(y - (w*x + b))", {"x": 0, "y": 1, "w": 3, "b": 1}, 0, Existence.SMOOTH),
    ("tanh(x)*sigmoid(x)", AT_ZERO, Fraction(1, 2), Existence.SMOOTH),
    ("abs(sin(x)^2 + cos(x)^2 - 1)", {"x": 1}, 0, None),
]

MISSING = [
    ("sqrt(x^2)", AT_ZERO, Existence.KINK, -1, 1),
    ("max(x, -x, 0)", AT_ZERO, Existence.KINK, -1, 1),
    ("max(x, y)", {"x": 2, "y": 2}, Existence.KINK, 0, 1),
    ("sqrt(x^2 + y^2)", {"x": 0, "y": 0}, Existence.KINK, -1, 1),
    ("hypot(x, y)", {"x": 0, "y": 0}, Existence.KINK, -1, 1),
    ("clamp(x, 0, 1)", AT_ZERO, Existence.KINK, 0, 1),
    ("clamp(x, 0, 1)", {"x": 1}, Existence.KINK, 1, 0),
    ("hardswish(x)", {"x": 3}, Existence.KINK, Fraction(3, 2), 1),
    ("sign(x)*x", AT_ZERO, Existence.KINK, -1, 1),
    ("sign(x)", AT_ZERO, Existence.JUMP, inf, inf),
    ("floor(x)", {"x": 3}, Existence.JUMP, inf, 0),
    ("where(x == 0, 0, 1/x)", AT_ZERO, Existence.JUMP, inf, inf),
    ("where(x == 0, 2, sin(x)/x)", AT_ZERO, Existence.REMOVABLE, inf, -inf),
    ("where(x > 0, sqrt(x), 0)", AT_ZERO, Existence.VERTICAL_TANGENT, 0, inf),
    ("cbrt(x)", AT_ZERO, Existence.VERTICAL_TANGENT, inf, inf),
    ("cbrt(x^2)", AT_ZERO, Existence.CUSP, -inf, inf),
    ("where(x == 0, 0, x*log(abs(x)))", AT_ZERO, Existence.VERTICAL_TANGENT, -inf, -inf),
    ("where(x == 0, 0, x*sin(1/x))", AT_ZERO, Existence.OSCILLATION, None, None),
    ("where(x == 0, 0, sin(1/x))", AT_ZERO, Existence.OSCILLATION, None, None),
    ("sin(x)/x", AT_ZERO, Existence.REMOVABLE, None, None),
    ("sqrt(x)", AT_ZERO, Existence.OUT_OF_DOMAIN, None, inf),
    ("(x^3)^(1/3)", AT_ZERO, Existence.OUT_OF_DOMAIN, None, 1),
    ("x^x", AT_ZERO, Existence.OUT_OF_DOMAIN, None, -inf),
    ("xlogy(x, y)", {"x": 0, "y": 0}, Existence.OUT_OF_DOMAIN, None, None),
    ("log(abs(x))", AT_ZERO, Existence.OUT_OF_DOMAIN, None, None),
    ("log(x)", {"x": -1}, Existence.OUT_OF_DOMAIN, None, None),
    ("1/x", AT_ZERO, Existence.OUT_OF_DOMAIN, None, None),
]


@pytest.mark.parametrize(("text", "at", "slope", "kind"), EXISTING)
def test_a_derivative_that_exists(text, at, slope, kind):
    found = partial_existence(graph_of(text), point_of(**at), "w" if "w" in at else "x")
    assert (found.exists, found.left, found.right) == (True, slope, slope), found.reason
    assert kind is None or found.kind is kind
    assert found.clarke in ((slope, slope), None)
    assert (found.clarke is None) == (found.kind is Existence.DIFFERENTIABLE_NOT_C1)


@pytest.mark.parametrize(("text", "at", "kind", "left", "right"), MISSING)
def test_a_derivative_that_does_not_exist(text, at, kind, left, right):
    found = partial_existence(graph_of(text), point_of(**at), "x")
    assert (found.exists, found.kind, found.left, found.right) == (False, kind, left, right), found.reason
    assert found.clarke == ((min(left, right), max(left, right)) if kind is Existence.KINK else None)
    assert bool(found.reason) == (found.outside is not None)
    assert (found.outside is not None) == (kind is Existence.OUT_OF_DOMAIN or text == "sin(x)/x")


@pytest.mark.parametrize(
    ("text", "at", "left", "right"),
    [
        ("abs(x^2 - 2)", "sqrt(2)", -2 * arb(2).sqrt(), 2 * arb(2).sqrt()),
        ("abs(x - pi/4)", "pi/4", arb(-1), arb(1)),
        ("abs(sin(x) - cos(x))", "pi/4", -arb(2).sqrt(), arb(2).sqrt()),
        ("max(x*x, 2) + x", "sqrt(2)", arb(1), 1 + 2 * arb(2).sqrt()),
    ],
)
def test_a_kink_at_an_irrational_point_is_exact(text, at, left, right):
    """The kink is found although no precision can show that the quantity vanishes."""
    found = partial_existence(graph_of(text), point_of(x=at), "x")
    assert found.kind is Existence.KINK
    sides = [arb(s.numerator) if isinstance(s, Fraction) else s for s in (found.left, found.right)]
    assert sides[0].overlaps(left)
    assert sides[1].overlaps(right)
    assert all(s.rad() < 1e-30 for s in sides)


def test_a_point_beside_an_irrational_kink_is_smooth():
    """A decimal that agrees with √2 to 60 digits is not √2."""
    near = "1.414213562373095048801688724209698078569671875376948073176680"
    assert partial_existence(graph_of("abs(x^2 - 2)"), point_of(x=near), "x").kind is Existence.SMOOTH


SWITCHES = [
    ("abs(y - yhat)", {"y": 4, "yhat": 4}, "yhat", "y - yhat"),
    ("relu(w*x + b)", {"w": 1, "x": 2, "b": -2}, "w", "w*x + b"),
    ("max(a*x, b)", {"a": 1, "x": 2, "b": 2}, "x", "a*x - b"),
    ("where(x > y, x, y)", {"x": 1, "y": 1}, "x", "y - x"),
    ("max(x, y, z)", {"x": 2, "y": 2, "z": 1}, "x", "x - y"),
    ("relu6(2*x)", {"x": 3}, "x", "2*x - 6"),
    ("floor(x/2)", {"x": 6}, "x", "x/2 - 3"),
    ("clamp(x, y, z)", {"x": 3, "y": 1, "z": 3}, "x", "x - z"),
    ("relu(x) - relu(-x) + abs(x - y)", {"x": 1, "y": 1}, "x", "x - y"),
    ("max(x, 1)", {"x": 1}, "x", "x - 1"),
]


@pytest.mark.parametrize(("text", "at", "name", "quantity"), SWITCHES)
def test_the_responsible_switch_vanishes_where_it_is_said(text, at, name, quantity):
    graph = graph_of(text)
    found = partial_existence(graph, point_of(**at), name)
    assert found.exists is False
    builder = GraphBuilder(graph_of(quantity))
    expected = partial_existence(builder.finish(len(builder) - 1), point_of(**at), name)
    emitted = GraphBuilder(graph)
    step = switch_quantity(emitted, found.switches[0])
    assert step is not None
    got = partial_existence(emitted.finish(step), point_of(**at), name)
    assert expected.exists
    assert got.exists
    assert abs(got.left) == abs(expected.left) != 0
    if found.switch is not None:
        assert step == found.switch


def test_two_quantities_that_vanish_together_have_no_single_formula():
    graph = graph_of("hypot(x, y)")
    found = partial_existence(graph, point_of(x=0, y=0), "x").switches[0]
    assert (found.operands, found.level) == (tuple(graph.inputs.values()), 0)
    assert switch_quantity(GraphBuilder(graph), found) is None


def test_a_switch_in_a_branch_that_is_not_taken_is_not_active():
    found = partial_existence(graph_of("where(x > -1, x, abs(x))"), point_of(x=0), "x")
    assert (found.kind, found.switches) == (Existence.SMOOTH, ())


def test_where_a_function_leaves_its_domain_is_named():
    graph = graph_of("log(x - 1) + 1/x")
    step = domain_reason(graph, point_of(x=0))
    assert graph.ops[step.step] == "log"
    assert "negative" in step.reason
    assert domain_reason(graph, point_of(x=2)) is None
    found = partial_existence(graph_of("y + sqrt(x)"), point_of(x=0, y=1), "x")
    assert found.reason.startswith("on the left side")


def test_a_distance_too_small_for_every_precision_is_not_called_a_kink():
    """1 + e^-2000 is not 1, but no ball of 2,048 bits shows it: undecided with a reason, or smooth, never a kink."""
    found = partial_existence(graph_of("abs(x - 1)"), point_of(x="1 + exp(-2000)"), "x")
    assert found.exists is not False
    assert found.exists or found.reason


def test_a_time_limit_is_undecided():
    def over():
        raise OutOfTimeError("out of time")

    found = partial_existence(graph_of("abs(x)"), point_of(x=0), "x", deadline=over)
    assert (found.exists, found.kind) == (None, None)
    assert "time" in found.reason


def test_a_variable_without_a_value_is_refused():
    with pytest.raises(PointError, match="y"):
        partial_existence(graph_of("x + y"), point_of(x=0), "x")
    with pytest.raises(PointError, match="x"):
        partial_existence(graph_of("x"), point_of(x="log(-1)"), "x")


def test_a_mean_over_an_array_in_a_scalar_variable():
    """mean |x·w - y| over x = (1, 2), y = (1, 4): at w = 1 the first summand has its kink."""
    builder = GraphBuilder()
    w, x, y = tensor(builder, "w"), tensor(builder, "x", 2), tensor(builder, "y", 2)
    graph = builder.finish((x * w - y).apply("abs").mean().step)
    at = {"w": point_of(w=1)["w"], "x": _values(1, 2), "y": _values(1, 4)}
    found = partial_existence(graph, at, "w")
    assert (found.kind, found.left, found.right) == (Existence.KINK, Fraction(-3, 2), Fraction(-1, 2))
    with pytest.raises(UnsupportedError, match="array"):
        partial_existence(graph, at, "x")


def _values(*numbers):
    """A graph of constants with one axis: Σ numberₖ δₖ."""
    builder = GraphBuilder()
    index = builder.fresh(len(numbers))
    total = builder.constant(0)
    for k, number in enumerate(numbers):
        scaled = [Access(builder.delta(index, k), (index,)), Access(builder.constant(number))]
        term = builder.map("mul", scaled, (index,))
        own = (index,) if builder.indices[total] else ()
        total = builder.map("add", [Access(total, own), Access(term, (index,))], (index,))
    return builder.finish(total)
