"""Closed forms of arrays: the textbook's form comes out, and every printed formula has the derivation's value.

The file is longer than most: the table of textbook forms is half of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from array_losses import LOSSES

from derivcheck.closed.explanation import ClosedForm
from derivcheck.closed.forms import closed_form, conditional_forms
from derivcheck.derive import Derivation, derivative_step, differentiate
from derivcheck.graph import Graph, GraphBuilder
from derivcheck.graph.assemble import assemble
from derivcheck.graph.tensor import tensor
from derivcheck.interpret import interpret
from derivcheck.language import printer
from derivcheck.language.expr import Expr
from derivcheck.language.parser import parse
from derivcheck.numbers.arrays import Arrays
from derivcheck.source import Source
from derivcheck.storage import NumpyStorage

SIZES = [
    {"n": 3, "d": 4, "k": 5, "m": 2, "h": 6, "v": 3},
    {"n": 5, "d": 3, "k": 4, "m": 6, "h": 2, "v": 4},
]


def derived(text: str, shapes: Mapping[str, Sequence[str | int]]) -> Derivation:
    """The sweep of a loss; variables without a shape are scalars."""
    return differentiate(assemble(parse(Source(text), tuple(shapes)), derivative_step, shapes))


def gradient(name: str, variable: str, assumed: Mapping[str, str] | None = None) -> ClosedForm:
    """The closed form of a derivative of one of the losses."""
    derivation = derived(*LOSSES[name])
    return closed_form(derivation, derivation.gradient(variable), assumed=assumed)


def said(form: ClosedForm, expr: Expr | None = None) -> str:
    """A formula with its definitions, in our own syntax."""
    parts = [f"{n} = {printer.own(e)}" for n, e in form.definitions]
    return "; ".join([*parts, printer.own(expr or form.expr)])


def evaluated(graph: Graph, values: Mapping[str, np.ndarray], step: int) -> np.ndarray:
    """The float value of a step."""
    given = {n: values[n] for n in graph.inputs}
    run = interpret(graph, Arrays(), given, wanted=[step], storage=NumpyStorage(), total=True)
    return np.asarray(run[step])


def random_values(graph: Graph, extents: Mapping[str, int], seed: int = 7) -> dict[str, np.ndarray]:
    """Normal numbers for arrays, numbers above 1/2 for scalars."""
    draw = np.random.default_rng(seed)
    found = {}
    for name, k in graph.inputs.items():
        shape = [extents[str(graph.sizes[i])] for i in graph.indices[k]]
        found[name] = draw.normal(size=shape) if shape else np.asarray(draw.uniform(0.5, 2))
    return found


def read_back(
    text: str,
    graph: Graph,
    values: Mapping[str, np.ndarray],
    extents: Mapping[str, int],
    positions: Mapping[str, int] | None = None,
) -> np.ndarray:
    """The value of a printed formula, parsed again."""
    axes = {n: graph.axes.get(n, graph.indices[k]) for n, k in graph.inputs.items()}
    shapes = {n: tuple(1 if a is None else graph.sizes[a] for a in own) for n, own in axes.items()}
    program = parse(Source(text), (*graph.inputs, *extents, *(positions or {})))
    again = assemble(program, derivative_step, shapes, extents=extents, positions=positions)
    return evaluated(again, values, again.output)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("extents", SIZES, ids=["small", "other"])
def test_every_printed_formula_has_the_derivations_value(name: str, extents: dict[str, int]) -> None:
    """Matrix form and index form, parsed again, agree with the sweep at random arrays of two sizes."""
    derivation = derived(*LOSSES[name])
    graph = derivation.graph
    values = random_values(graph, extents)
    steps = {v: derivation.gradient(v) for v in graph.inputs}
    for classes in (v for v, step in steps.items() if step is None):
        values[classes] = np.arange(values[classes].size).reshape(values[classes].shape) % extents["k"]
    for step in (s for s in steps.values() if s is not None):
        form = closed_form(derivation, step)
        expected = evaluated(graph.sized(extents), values, step)
        whole = read_back(said(form), graph, values, extents)
        if printer.own(form.expr) != printer.own(form.index or form.expr) or not form.free:
            assert whole.shape == expected.shape, said(form)
            np.testing.assert_allclose(whole, expected, rtol=1e-9, atol=1e-11)
        assert form.index is not None
        for at in itertools.islice(itertools.product(*map(range, expected.shape)), 0, None, 7):
            element = read_back(said(form, form.index), graph, values, extents, dict(zip(form.free, at, strict=True)))
            np.testing.assert_allclose(element, expected[at], rtol=1e-9, atol=1e-11)


TEXTBOOK = [
    ("mse", "w", "yhat = X@w + b; (2/n)*X.T@(yhat - y)"),
    ("mse", "X", "yhat = X@w + b; (2/n)*outer(yhat - y, w)"),
    ("mse", "b", "yhat = X@w + b; 2*mean(yhat - y)"),
    ("mse, error turned", "w", "yhat = X@w + b; (2/n)*X.T@(yhat - y)"),
    ("mse, one formula", "w", "(2/n)*X.T@(X@w + b - y)"),
    ("mse by index", "w", "2*mean(x*(w*x - y))"),
    ("ridge", "w", "2*(X.T@(X@w - y) + lambda*w)"),
    ("ridge", "lambda", "sum(w^2)"),
    ("logistic", "w", "z = X@w + b; X.T@(sigmoid(z) - y) + lambda*w"),
    ("logistic", "b", "z = X@w + b; sum(sigmoid(z) - y)"),
    ("logistic mean", "w", "z = X@w; X.T@(sigmoid(z) - y)/n + lambda*w"),
    ("cross-entropy on probabilities", "w", "p = sigmoid(X@w); X.T@(p - y)/n"),
    ("softmax", "z", "p = softmax(z); sum(t)*p - t"),
    ("softmax", "t", "p = softmax(z); -log(p)"),
    ("log softmax", "z", "sum(t)*softmax(z) - t"),
    ("logsumexp", "z", "sum(t)*softmax(z) - t"),
    ("softmax by hand", "z", "sum(t)*softmax(z) - t"),
    ("class", "z", "softmax(z) - onehot(2, z)"),
    ("classes", "Z", "(softmax(Z) - onehot(c, Z))/n"),
    ("classes of a linear model", "W", "X.T@(softmax(X@W + b) - onehot(c, W))/n"),
    ("one class", "z", "softmax(z) - onehot(c, z)"),
    ("softmax batch", "W", "P = softmax(X@W + b); X.T@(sum(T, axis=1, keepdims=True)*P - T)/n"),
    ("network", "W_2", "h = tanh(W_1@x + b_1); z = W_2@h + b_2; outer(sum(t)*softmax(z) - t, h)"),
    ("network", "b_1", "h = tanh(W_1@x + b_1); z = W_2@h + b_2; (1 - h^2)*(W_2.T@(sum(t)*softmax(z) - t))"),
    (
        "network batch",
        "W_1",
        "A = X@W_1 + b_1; H = relu(A); Yhat = H@W_2 + b_2; (2/n)*X.T@where(A > 0, (Yhat - Y)@W_2.T, 0)",
    ),
    ("network batch", "b_2", "A = X@W_1 + b_1; H = relu(A); Yhat = H@W_2 + b_2; 2*mean(Yhat - Y, axis=0)"),
    (
        "network batch, one formula",
        "W_1",
        "G = X@W_1 + b_1; Gbar = (2/n)*where(G > 0, (relu(G)@W_2 + b_2 - Y)@W_2.T, 0); X.T@Gbar",
    ),
    (
        "batch norm",
        "X",
        (
            "D = X - mean(X, axis=0); sigma = sqrt(mean(D^2, axis=0) + 1e-5); Xhat = D/sigma; "
            "(gamma/sigma)*(C - mean(C, axis=0) - mean(C*Xhat, axis=0)*Xhat)"
        ),
    ),
    (
        "layer norm of a vector",
        "x",
        (
            "delta = x - mean(x); sigma = sqrt(mean(delta^2) + 1e-5); xhat = delta/sigma; "
            "(c*gamma - mean(c*gamma) - mean(c*gamma*xhat)*xhat)/sigma"
        ),
    ),
    ("layer norm", "gamma", "Xhat = layer_norm(X); sum(C*Xhat, axis=0)"),
    (
        "layer norm",
        "X",
        (
            "Xhat = layer_norm(X); sigma = sqrt(var(X, axis=1, keepdims=True) + 1/100000); (gamma*C"
            " - mean(C*gamma, axis=1, keepdims=True) - mean(C*Xhat*gamma, axis=1, keepdims=True)*Xhat)/sigma"
        ),
    ),
    (
        "attention",
        "Q",
        "S = Q@K.T/2; P = softmax(S); Pbar = C@V.T; Sbar = P*(Pbar - sum(P*Pbar, axis=1, keepdims=True)); Sbar@K/2",
    ),
    (
        "attention, one formula",
        "Q",
        "G = softmax(Q@K.T/2); Gbar = C@V.T; H = G*(Gbar - sum(G*Gbar, axis=1, keepdims=True)); H@K/2",
    ),
    ("attention", "V", "S = Q@K.T/2; P = softmax(S); P.T@C"),
    (
        "self attention",
        "X",
        (
            "Q = X@W_q; K = X@W_k; V = X@W_v; S = Q@K.T/2; P = softmax(S); Pbar = C@V.T; "
            "Sbar = P*(Pbar - sum(P*Pbar, axis=1, keepdims=True)); "
            "Sbar@K@W_q.T/2 + Sbar.T@Q@W_k.T/2 + P.T@C@W_v.T"
        ),
    ),
    ("cosine", "x", "(y - (x.T@y/norm(x)^2)*x)/(norm(x)*norm(y))"),
    (
        "triplet",
        "a",
        "d_p = norm(a - p); d_q = norm(a - q); where(d_p - d_q + 1 > 0, (a - p)/d_p - (a - q)/d_q, 0)",
    ),
    ("quadratic", "x", "A.T@x + A@x"),
    ("quadratic", "A", "outer(x, x)"),
    ("trace", "A", "2*A"),
    ("trace of a matrix", "A", "eye(n)"),
    ("max", "x", "where(x == max(x), 2*max(x), 0)"),
    ("outer", "x", "C@y"),
    ("outer", "C", "outer(x, y)"),
    ("huber", "w", "u = X@w - y; X.T@where(abs(u) <= delta, u, delta*sign(u))/n"),
    ("mae", "w", "-X.T@sign(y - (X@w + b))/n"),
    ("mae", "b", "-mean(sign(y - (X@w + b)))"),
    ("l1", "w", "2*X.T@(X@w - y) + lambda*sign(w)"),
    ("matrix twice", "A", "C@A.T + A.T@C"),
    ("gram", "X", "C@X + C.T@X"),
    ("square of a sum", "x", "2*sum(x)*ones(n)"),
    ("variance", "x", "(2/n)*(x - mean(x))"),
    ("deviation", "x", "(x - mean(x))/(n*std(x))"),
    ("norm", "x", "x/norm(x)"),
    ("column", "w", "(2/n)*X.T@(X@w - y)"),
    ("column", "X", "(2/n)*(X@w - y)@w.T"),
    ("column", "y", "(2/n)*(y - X@w)"),
    ("choice", "x", "where(x > 0, 2*x, -1)"),
]


@pytest.mark.parametrize(("name", "variable", "form"), TEXTBOOK)
def test_the_textbook_form_of_an_array_comes_out(name: str, variable: str, form: str) -> None:
    """The matrix form is the one that a teacher writes."""
    assert said(gradient(name, variable)) == form


ELEMENTS = [
    ("mse", "w", ("j",), "sum((2/n)*X[i, j]*(yhat[i] - y[i]), i)"),
    ("mse", "b", (), "2*mean(yhat[i] - y[i], i)"),
    ("quadratic", "x", ("i",), "sum(x[j]*A[j, i], j) + sum(x[j]*A[i, j], j)"),
    ("softmax", "z", ("i",), "p[i]*sum(t[j], j) - t[i]"),
    ("layer norm of a vector", "gamma", ("i",), "c[i]*xhat[i]"),
    (
        "batch norm",
        "X",
        ("i", "j"),
        "gamma[j]*(C[i, j] - mean(C[k, j], k) - Xhat[i, j]*mean(C[k, j]*Xhat[k, j], k))/sigma[j]",
    ),
    ("classes", "Z", ("i", "j"), "(softmax(Z)[i, j] - where(c[i] == j, 1, 0))/n"),
    ("three indices", "A", ("i", "j"), "2*A[i, j]*sum(B[i, k]^2*C[j, k]^2, k)"),
]


@pytest.mark.parametrize(("name", "variable", "free", "form"), ELEMENTS)
def test_one_element_is_a_sum_over_named_indices(name: str, variable: str, free: tuple[str, ...], form: str) -> None:
    """Every index that is summed has a letter of its own, and the variable's axes have theirs."""
    found = gradient(name, variable)
    assert found.free == free
    assert found.index is not None
    assert printer.own(found.index) == form


def test_a_stated_fact_is_used_only_if_it_is_given() -> None:
    """p·Σt - t is p - t where t is stated to be one-hot, and the condition is said."""
    form = gradient("softmax", "z", {"t": "onehot"})
    assert printer.own(form.expr) == "p - t"
    assert form.condition is not None
    assert printer.own(form.condition) == "sum(t) == 1"
    assert gradient("softmax", "z").condition is None
    assert gradient("softmax", "z", {"t": "positive"}).condition is None


def test_the_condition_of_a_simpler_form_is_found() -> None:
    """Without a stated fact the condition on which the shorter form would hold is named."""
    derivation = derived(*LOSSES["softmax batch"])
    step = derivation.gradient("W")
    assert step is not None
    (form,) = conditional_forms(derivation, step)
    assert printer.own(form.expr) == "X.T@(P - T)/n"
    assert form.condition is not None
    assert printer.own(form.condition) == "sum(T, axis=1) == 1"
    square = derived(*LOSSES["quadratic"])
    slope = square.gradient("x")
    assert slope is not None
    (form,) = conditional_forms(square, slope)
    assert printer.own(form.expr) == "2*A@x"
    assert form.condition is not None
    assert printer.own(form.condition) == "A == A.T"
    plain = derived(*LOSSES["ridge"])
    weights = plain.gradient("w")
    assert weights is not None
    assert conditional_forms(plain, weights) == ()


def test_names_do_not_collide() -> None:
    """Free indices asked for are used; no bound index and no name given takes the letter of anything else."""
    shapes = {"i": ("n",), "j": ("n",), "X": ("n", "k")}
    derivation = derived("sum((X.T@(i - j))^2)", shapes)
    step = derivation.gradient("X")
    assert step is not None
    form = closed_form(derivation, step, free=("a", "b"))
    assert form.free == ("a", "b")
    assert form.index is not None
    bound = [p for node in form.index.nodes for p in node.params if isinstance(p, tuple)]
    assert bound
    assert not {i for over in bound for i in over} & {"i", "j", "X", "n", "k", "a", "b"}


def test_doublings_of_an_array_print_in_few_lines() -> None:
    """Twenty times e ← e·e + e has a derivative of some lines, not of a million factors."""
    text = "; ".join(f"e_{k + 1} = e_{k}*e_{k} + e_{k}" for k in range(20)) + "; sum(e_20)"
    derivation = derived(text, {"e_0": ("n",)})
    step = derivation.gradient("e_0")
    assert step is not None
    form = closed_form(derivation, step)
    assert len(form.definitions) <= 30
    assert len(said(form)) < 1500
    small = {"e_0": np.array([0.01, -0.02, 0.015])}
    expected = evaluated(derivation.graph.sized({"n": 3}), small, step)
    np.testing.assert_allclose(read_back(said(form), derivation.graph, small, {"n": 3}), expected, rtol=1e-9)


def test_nested_softmaxes_print_in_few_lines() -> None:
    """Each of twelve softmaxes with a shortcut reads the adjoint of the next one twice; the form does not double."""
    text = "; ".join(f"e_{k + 1} = softmax(e_{k}) + e_0" for k in range(12)) + "; sum(c*e_12)"
    derivation = derived(text, {"e_0": ("n",), "c": ("n",)})
    step = derivation.gradient("e_0")
    assert step is not None
    form = closed_form(derivation, step)
    assert len(form.definitions) <= 30
    assert len(said(form)) < 2000
    small = {"e_0": np.array([0.3, -0.2, 0.5]), "c": np.array([1.0, -2.0, 0.5])}
    expected = evaluated(derivation.graph.sized({"n": 3}), small, step)
    np.testing.assert_allclose(read_back(said(form), derivation.graph, small, {"n": 3}), expected, rtol=1e-9)


def test_a_deep_chain_is_no_limit() -> None:
    """A chain of 600 functions of an array is written with names in between, and read back."""
    builder = GraphBuilder()
    x = tensor(builder, "x", "n")
    y = x
    for _ in range(600):
        y = y.apply("sin")
    derivation = differentiate(builder.finish(y.sum().step))
    step = derivation.gradient("x")
    assert step is not None
    form = closed_form(derivation, step)
    assert form.definitions
    small = {"x": np.array([0.5, -1.2])}
    expected = evaluated(derivation.graph.sized({"n": 2}), small, step)
    program = parse(Source(said(form)), ("x", "n"))
    again = assemble(program, derivative_step, {"x": ("n",)}, extents={"n": 2})
    np.testing.assert_allclose(evaluated(again, small, again.output), expected, rtol=1e-9)
