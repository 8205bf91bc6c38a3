"""Random losses of arrays, small enough to be written out, with exact values."""

import random
from fractions import Fraction

import numpy as np

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph
from derivcheck.graph.tensor import Tensor, tensor

SHAPES = {"X": (3, 2), "w": (2,), "b": (), "y": (3,), "A": (2, 2)}
SMOOTH = ("tanh", "sigmoid", "sin", "exp", "softplus", "silu")
EXACT = ("neg", "abs", "relu", "sign")


def loss(seed: int, elementwise: tuple[str, ...] = EXACT, composites: tuple[str, ...] = ()) -> Graph:
    """A scalar loss of some of the variables, every kind of step among those that may occur."""
    draw = random.Random(seed)  # noqa: S311 - a choice of losses, no secret
    builder = GraphBuilder()
    v = {name: tensor(builder, name, *shape) for name, shape in SHAPES.items()}
    vector = draw.choice(
        [
            lambda: v["X"] @ v["w"] + v["b"],
            lambda: (v["X"] @ v["A"] @ v["w"]) * 2,
            lambda: v["X"].sum(axis=1) - v["y"],
            lambda: v["X"].max(axis=1) * v["y"],
            lambda: (v["X"] * v["w"]).prod(axis=1) + v["y"],
            lambda: v["X"] @ v["A"].diagonal(),
            lambda: v["X"].mean(axis=1) * v["w"][1] - v["X"].min(axis=1),
        ]
    )()
    if draw.random() < 0.7:
        vector = vector.apply(draw.choice(elementwise))
    if composites and draw.random() < 0.7:
        vector = _along(vector, draw.choice(composites))
    other = draw.choice(
        [lambda: vector - v["y"], lambda: vector * v["y"] + vector, lambda: vector + v["X"][2].sum(), lambda: vector]
    )()
    if draw.random() < 0.5:
        other = other.apply(draw.choice(elementwise))
    total = draw.choice([(other**2).mean, other.sum, other.max, (other[1] * 3).sum])()
    if draw.random() < 0.4:
        total = total + v["A"].trace() * v["b"]
    return builder.finish(total.step)


def _along(vector: Tensor, row: str) -> Tensor:
    params = (Fraction(1, 2),) if row == "standardize" else ()
    return vector.composite(row, -1, params) + vector


def values(graph: Graph, seed: int) -> dict[str, np.ndarray]:
    """Small dyadic numbers for every variable: exact, and the same as floats; ties occur."""
    draw = np.random.default_rng(seed)
    return {n: np.asarray(draw.integers(-8, 9, SHAPES[n]) / 4) for n in graph.inputs}


def exact(arrays: dict[str, np.ndarray]) -> dict[str, object]:
    """The same values as fractions."""
    to = np.vectorize(Fraction, otypes=[object])
    return {n: to(a) if a.ndim else Fraction(a.item()) for n, a in arrays.items()}
