"""Losses of arrays that the tests of explanations and reports share: text, shapes, values."""

from __future__ import annotations

import numpy as np

from derivcheck.closed.explain import explain
from derivcheck.closed.explanation import Explanation
from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.language.parser import parse
from derivcheck.numbers.arrays import Arrays
from derivcheck.source import Source
from derivcheck.storage import NumpyStorage

Shapes = dict[str, tuple[str | int, ...]]

LINEAR: Shapes = {"X": ("n", "d"), "w": ("d",), "y": ("n",), "b": ()}
BATCH: Shapes = {"z": ("n", "k"), "t": ("n", "k")}
EXTENTS = {"n": 4, "d": 3, "k": 3, "h": 2}
CASES: dict[str, tuple[str, Shapes]] = {
    "mean squared error": ("mean((y-(X@w+b))**2)", LINEAR),
    "mean absolute error": ("mean(|y-(X@w+b)|)", LINEAR),
    "ridge": ("sum((y-X@w)**2)+lam*sum(w**2)", {"X": ("n", "d"), "w": ("d",), "y": ("n",), "lam": ()}),
    "cross-entropy": ("-sum(t*log(softmax(z)))", BATCH),
    "two layers": (
        "yhat = W@tanh(V@x+b); sum((yhat-t)**2)",
        {"x": ("d",), "V": ("h", "d"), "b": ("h",), "W": ("k", "h"), "t": ("k",)},
    ),
    "batch of two layers": (
        "mean((relu(X@V)@W-Y)**2)",
        {"X": ("n", "d"), "V": ("d", "h"), "W": ("h", "k"), "Y": ("n", "k")},
    ),
    "a matrix meets itself": ("sum((A@A)*C)", {"A": ("n", "n"), "C": ("n", "n")}),
    "a matrix and its transpose": ("sum((X.T@X)*C)", {"X": ("n", "d"), "C": ("d", "d")}),
    "quadratic form": ("x@(A@x)", {"A": ("n", "n"), "x": ("n",)}),
    "centred columns": ("mean((X-mean(X,axis=0))**2)", {"X": ("n", "d")}),
    "centred rows": ("sum((X-mean(X,axis=1).T)**2*c)", {"X": ("n", "n"), "c": ("n",)}),
    "one element": ("-log(softmax(z)[1])", {"z": ("k",)}),
    "named indices": ("sum(x[i]*X[i,j]*w[j], i, j)**2", {"x": ("n",), "X": ("n", "d"), "w": ("d",)}),
    "cosine": ("dot(x,v)/(norm(x)*norm(v))", {"x": ("n",), "v": ("n",)}),
    "trace": ("trace(A@A.T)", {"A": ("n", "n")}),
    "normalized": ("sum(c*layer_norm(X))", {"X": ("n", "d"), "c": ("n", "d")}),
    "attention": (
        "sum(softmax(Q@K.T/2)@V*C)",
        {"Q": ("n", "d"), "K": ("k", "d"), "V": ("k", "h"), "C": ("n", "h")},
    ),
    "a column and a row": ("sum((a*c+X)**2)", {"a": ("n", 1), "c": ("d",), "X": ("n", "d")}),
}


def array_graph(text: str, shapes: Shapes) -> Graph:
    """The loss as a graph of arrays with known extents."""
    program = parse(Source(text), tuple(shapes))
    used = {s: EXTENTS[s] for shape in shapes.values() for s in shape if isinstance(s, str)}
    return assemble(program, derivative_step, shapes, extents=used)


def explained(case: str) -> Explanation:
    """The explanation of a case, by all its variables."""
    graph = array_graph(*CASES[case])
    return explain(graph, tuple(graph.inputs), full=True)


def point(shapes: Shapes) -> dict[str, np.ndarray]:
    """Values for every variable; axes of size 1 are left out, as in graphs."""
    random = np.random.default_rng(5)
    own = {n: [EXTENTS[s] for s in shape if isinstance(s, str)] for n, shape in shapes.items()}
    return {n: np.asarray(random.integers(1, 60, size) / 32 - 1) for n, size in own.items()}


def values_of(explanation: Explanation, shapes: Shapes) -> list[object]:
    """The values of the pieces, the variables and the gradient, in floats."""
    d = explanation.derivation
    wanted = [*explanation.names, *(s for s in explanation.steps.values() if s is not None)]
    return interpret(d.graph, Arrays(), point(shapes), wanted=wanted, storage=NumpyStorage(), total=True)
