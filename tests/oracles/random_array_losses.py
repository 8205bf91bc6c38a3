"""Losses of arrays on which autograd is right, and one in which a single element can be spoiled."""

import random
from fractions import Fraction

import numpy as np

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph
from derivcheck.graph.tensor import tensor
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE

STEEP = {"exp", "expm1", "exp2", "sinh", "cosh", "mish", "logit", "digamma", "gamma", "lgamma", "loggamma"}
UNARY = [
    r
    for r in TABLE.values()
    if r.arity == 1
    and r.role not in (Role.CONDITION, Role.SELECT, Role.CONSTANT)
    and not r.domain
    and r.name not in STEEP
    and all(p.default is not None for p in r.params)
]
"""Functions of one number that are defined everywhere and do not grow fast."""


def random_loss(seed: int) -> tuple[Graph, dict[str, np.ndarray]]:
    """A loss of matrices and vectors with every kind of step, at a random point."""
    draw = random.Random(seed)  # noqa: S311 - a choice of losses, no secret
    builder = GraphBuilder()
    n, d, m = draw.choice([(5, 4, 3), (40, 7, 5), (150, 20, 3)])
    shapes = {"X": (n, d), "w": (d,), "W": (d, m), "y": (n,)}
    v = {name: tensor(builder, name, *shape) for name, shape in shapes.items()}

    def elementwise(t):
        row = draw.choice(UNARY)
        return t.apply(row.name, params=tuple(p.default for p in row.params))

    vector, matrix = v["X"] @ v["w"], v["X"] @ v["W"]
    vector = elementwise(vector) if draw.random() < 0.5 else vector
    matrix = elementwise(matrix) if draw.random() < 0.7 else matrix
    along = draw.choice(["", "", "softmax", "log_softmax", "standardize"])
    if along:
        matrix = matrix.composite(along, draw.choice([0, 1]), (Fraction(1, 100),) if along == "standardize" else ())
    how = draw.choice(["sum", "mean", "max", "min", "logsumexp"])
    reduced = matrix.composite(how, -1) if how == "logsumexp" else getattr(matrix, how)(1)
    joined = draw.choice(
        [
            lambda: vector - reduced,
            lambda: vector * reduced,
            lambda: vector + v["y"] * reduced,
            lambda: (vector - v["y"]) / (reduced**2 + 1),
        ]
    )()
    joined = elementwise(joined) if draw.random() < 0.6 else joined
    total = draw.choice([joined.sum, joined.mean])()
    total = elementwise(total) if draw.random() < 0.3 else total
    generator = np.random.default_rng(seed)
    size = 10 ** draw.uniform(-1.5, 1)
    graph = builder.finish(total.step)
    return graph, {name: generator.normal(size=shapes[name]) * size for name in graph.inputs}


def two_layers(n: int, d: int, h: int) -> tuple[Graph, dict[str, np.ndarray]]:
    """The mean squared error of a network with one hidden layer of h units."""
    builder = GraphBuilder()
    x, w, v, y = (tensor(builder, *a) for a in (("X", n, d), ("W", d, h), ("v", h), ("y", n)))
    loss = (((x @ w).apply("tanh") @ v - y) ** 2).mean()
    draw = np.random.default_rng(0)
    shapes = {"X": (n, d), "W": (d, h), "v": (h,), "y": (n,)}
    return builder.finish(loss.step), {name: draw.normal(size=s) / s[0] ** 0.5 for name, s in shapes.items()}
