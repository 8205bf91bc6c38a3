"""Certified elements of gradients: all of few, a stated sample of many, each certainly enclosed."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from flint import arb

from derivcheck.derive import differentiate
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.tensor import tensor
from derivcheck.oracles.array_autograd import bounded_gradients, sized_by
from derivcheck.oracles.array_certified import certified_elements


def _certified(n: int, d: int, **settings):
    builder = GraphBuilder()
    x, w, y = tensor(builder, "X", n, d), tensor(builder, "w", d), tensor(builder, "y", n)
    graph = builder.finish((((x @ w) - y) ** 2).mean().step)
    draw = np.random.default_rng(0)
    values = {name: draw.integers(-8, 9, s) / 4 for name, s in (("X", (n, d)), ("w", (d,)), ("y", (n,)))}
    derivation = differentiate(graph)
    gradients = bounded_gradients(graph, values, ["w", "y", "X"]).arrays
    sized = replace(derivation, graph=sized_by(derivation.graph, values))
    residual = values["X"] @ values["w"] - values["y"]
    return certified_elements(sized, values, gradients, **settings), 2 / n * values["X"].T @ residual


def test_a_small_gradient_is_certified_in_all_elements() -> None:
    """Rational data give rational gradients, element by element."""
    found, expected = _certified(4, 3)
    assert found["w"].complete
    assert found["w"].exact
    assert not found["w"].reasons
    assert [found["w"].values[k,] for k in range(3)] == [Fraction(e) for e in expected]
    assert len(found["X"].values) == 12


def test_of_a_large_gradient_a_sample_is_certified() -> None:
    """Corners, the element asked for and random ones, the same for the same seed."""
    found, _ = _certified(40, 20, worst={"X": (17, 3)})
    sample = found["X"]
    assert not sample.complete
    assert sample.reasons[0, 0] == sample.reasons[39, 19] == "corner"
    assert sample.reasons[17, 3] == "worst"
    assert list(sample.reasons.values()).count("random") >= 5
    assert sample.values.keys() == _certified(40, 20, worst={"X": (17, 3)})[0]["X"].values.keys()
    assert sample.values.keys() != _certified(40, 20, seed=1)[0]["X"].values.keys()
    assert sample.exact
    assert all(isinstance(v, Fraction) for v in sample.values.values())


def test_where_exact_arithmetic_is_too_much_the_bounds_enclose() -> None:
    """An element that reads a whole large matrix lies in the ball of its running error bound."""
    found, expected = _certified(500, 200)
    sample = found["w"]
    assert not sample.exact
    for (k,), ball in sample.values.items():
        assert isinstance(ball, arb)
        assert ball.rad() < 1e-9
        assert abs(ball - arb(float(expected[k]))) < arb(1e-9)
