"""Closed forms: each reads back as the derivation's value, and the textbook's form comes out where there is one."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given, settings
from strategies import expressions, graph_of, kinked, points
from textbook_losses import LOSSES

from derivcheck.analysis.request import read_loss
from derivcheck.closed.explain import explain
from derivcheck.interpret import interpret
from derivcheck.language import printer
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import Undefined

SYSTEM = Exact(400)


def written(form):
    """A closed form with its definitions, in our own syntax."""
    return "; ".join([*(f"{n} = {printer.own(e)}" for n, e in form.definitions), printer.own(form.expr)])


def read_back(form, names, point):
    """The value of the printed formula, parsed again."""
    graph = graph_of(written(form), *names, *(n for n, _ in form.definitions))
    return interpret(graph, SYSTEM, point, wanted=[graph.output])[graph.output]


def agree(printed, derived):
    """The same number; a formula may have a value where the derivation's quotient has none, never the other way."""
    if isinstance(derived, Undefined):
        return True
    if isinstance(printed, Undefined):
        return False
    if isinstance(printed, Fraction) and isinstance(derived, Fraction):
        return printed == derived
    return bool((SYSTEM.to_ball(printed) - SYSTEM.to_ball(derived)).contains(arb(0)))


def check(graph, wrt, points_to_try, order=1):
    """Compare every printed derivative with the derivation at every point; how many had a value."""
    explanation = explain(graph, wrt, order=order)
    forms = {**explanation.gradient, **explanation.hessian}
    steps = {**explanation.steps, **explanation.second_steps}
    names = tuple(graph.inputs)
    compared = 0
    for point in points_to_try:
        at = {n: point[n] for n in names}
        values = interpret(explanation.derivation.graph, SYSTEM, at)
        if isinstance(values[explanation.derivation.output], Undefined):
            continue
        for key, form in forms.items():
            derived = Fraction(0) if steps[key] is None else values[steps[key]]
            assert agree(read_back(form, names, at), derived), (key, written(form), at, derived)
            compared += not isinstance(derived, Undefined)
    return compared


def rational_points(text, names, count):
    """Points of both signs and points inside (0, 1), the same every time."""
    draw = random.Random(text)  # noqa: S311 - sample points, not secrets
    for k in range(count):
        low = 1 if k % 2 else -40
        yield {n: Fraction(draw.randint(low, 15 if k % 2 else 40), 16) for n in names}


@pytest.mark.parametrize("text", LOSSES)
@pytest.mark.parametrize("order", [1, 2])
def test_textbook_gradients_read_back(text, order):
    """Every printed first and second derivative of a textbook loss has the derivation's exact value."""
    loss = read_loss(text)
    tried = rational_points(text, loss.variables, 6 if order == 1 else 3)
    assert check(loss.graph, loss.wrt, tried, order) > 0


@settings(max_examples=100)
@given(expressions(), points())
def test_gradients_of_smooth_expressions_read_back(expr, point):
    """The same for random smooth expressions."""
    graph = graph_of(expr)
    check(graph, tuple(graph.inputs), [point])


@settings(max_examples=100)
@given(kinked(), points())
def test_gradients_of_kinked_expressions_read_back(expr, point):
    """The same for random expressions with selections and kinks."""
    graph = graph_of(expr)
    check(graph, tuple(graph.inputs), [point])


@settings(max_examples=25)
@given(kinked(size=5), points())
def test_second_derivatives_read_back(expr, point):
    """The same for Hessians of random expressions."""
    graph = graph_of(expr)
    check(graph, tuple(graph.inputs), [point], order=2)


GOLDEN = [
    ("(y - (w*x + b))^2", "w", "-2x(y - (w·x + b))"),
    ("(y - (w*x + b))^2", "b", "-2(y - (w·x + b))"),
    ("(w*x + b - y)^2", "w", "2x(w·x + b - y)"),
    ("1/2*(y - (w*x + b))^2", "w", "-x·(y - (w·x + b))"),
    ("(y - (w*x + b))^2/(2*n)", "b", "-(y - (w·x + b))/n"),
    ("|y - (w*x + b)|", "w", "-x·sign(y - (w·x + b))"),
    ("-(y*log(sigmoid(w*x + b)) + (1 - y)*log(1 - sigmoid(w*x + b)))", "w", "x·(sigmoid(w·x + b) - y)"),
    ("p = sigmoid(w*x + b); -y*log(p) - (1 - y)*log(1 - p)", "b", "sigmoid(w·x + b) - y"),
    ("z = w*x + b; softplus(z) - y*z", "w", "x·(sigmoid(w·x + b) - y)"),
    ("softplus(w)", "w", "sigmoid(w)"),
    ("softplus(-y*w*x)", "w", "-y·x·sigmoid(-y·w·x)"),
    ("relu(1 - y*(w*x + b))", "w", "where(1 - y·(w·x + b) > 0, -y·x, 0)"),
    ("Max(0, 1 - y*(w*x + b))", "b", "where(1 - y·(w·x + b) > 0, -y, 0)"),
    (
        "u = y - w*x; where(abs(u) <= 1, u^2/2, abs(u) - 1/2)",
        "w",
        "-x·where(|y - w·x| ≤ 1, y - w·x, sign(y - w·x))",
    ),
    ("where(y > w*x, q*(y - w*x), (q - 1)*(y - w*x))", "w", "-x·where(y > w·x, q, q - 1)"),
    ("(y - w*x)^2 + l*w^2", "w", "2(w·l - x·(y - w·x))"),
    ("(y - w*x)^2 + l*|w|", "w", "l·sign(w) - 2x(y - w·x)"),
    ("(y - w_1*x_1 - w_2*x_2)^2", "w_2", "-2x₂(y - w₁·x₁ - w₂·x₂)"),
    ("(y - tanh(w*x + b))^2", "w", "-2x(y - tanh(w·x + b))·(1 - tanh(w·x + b)²)"),
    (
        "(y - (v_1*tanh(w_1*x) + v_2*tanh(w_2*x)))^2",
        "v_1",
        "-2tanh(w₁·x)·(y - (v₁·tanh(w₁·x) + v₂·tanh(w₂·x)))",
    ),
    (
        "(y - (v_1*tanh(w_1*x) + v_2*tanh(w_2*x)))^2",
        "w_1",
        "-2v₁·x·(y - (v₁·tanh(w₁·x) + v₂·tanh(w₂·x)))·(1 - tanh(w₁·x)²)",
    ),
    (
        "((y_1 - (w*x_1 + b))^2 + (y_2 - (w*x_2 + b))^2)/2",
        "w",
        "-(x₁·(y₁ - (w·x₁ + b)) + x₂·(y₂ - (w·x₂ + b)))",
    ),
    ("-log(exp(z_1)/(exp(z_1) + exp(z_2) + exp(z_3)))", "z_1", "exp(z₁)/(exp(z₁) + exp(z₂) + exp(z₃)) - 1"),
    ("log(exp(z_1) + exp(z_2) + exp(z_3)) - z_1", "z_2", "exp(z₂)/(exp(z₁) + exp(z₂) + exp(z₃))"),
    ("exp(w*x + b) - y*log(exp(w*x + b))", "w", "x·(exp(w·x + b) - y)"),
    ("-log(sigmoid(s_1 - s_2))", "s_1", "sigmoid(s₁ - s₂) - 1"),
    ("log(1 + (y - w*x)^2)", "w", "-2x(y - w·x)/(1 + (y - w·x)²)"),
    ("x^w", "w", "x^w·log(x)"),
    ("(y - w*x)^4", "w", "-4x·(y - w·x)³"),
]


@pytest.mark.parametrize(("text", "variable", "form"), GOLDEN)
def test_the_textbook_form_comes_out(text, variable, form):
    """As a teacher would write it: the author's sums whole, the factor in front, nothing twice."""
    loss = read_loss(text, wrt=variable)
    closed = explain(loss.graph, loss.wrt).gradient[variable]
    assert not closed.definitions
    assert printer.unicode(closed.expr) == form


SHADOWED = ["u", "L", "yhat", "ubar", "u_1", "u_2", "u_3", "Lbar", "ubar_1", "yhatbar", "e", "loss", "L_0", "pi"]


@pytest.mark.parametrize("variable", SHADOWED)
def test_no_name_collides_with_a_variable(variable):
    """Whatever a variable is called, no definition of a closed form takes its name, and the form reads back."""
    text = (
        f"(y - tanh({variable}*x + w))^2*exp(tanh({variable}*x + w)^2)"
        f" + log(1 + exp(tanh({variable}*x + w)*w)^2)*{variable}"
    )
    loss = read_loss(text, at={variable: 1}, wrt=f"{variable},w", known=(variable,))
    assert variable in loss.graph.inputs
    explanation = explain(loss.graph, loss.wrt)
    for form in explanation.gradient.values():
        defined = [n for n, _ in form.definitions]
        assert variable not in defined
        assert len(set(defined)) == len(defined)
    tried = rational_points(variable, loss.variables, 3)
    assert check(loss.graph, loss.wrt, tried) > 0


def test_a_user_may_use_many_names_at_once():
    """All the names that the program itself would give, used by the author together."""
    names = [n for n in SHADOWED if n not in ("e", "pi")]
    terms = " + ".join(f"tanh({n}*w)^2*exp({n}*w)" for n in names)
    loss = read_loss(f"(y - ({terms}))^2", wrt="w")
    tried = rational_points("many", loss.variables, 2)
    assert check(loss.graph, loss.wrt, tried) > 0
