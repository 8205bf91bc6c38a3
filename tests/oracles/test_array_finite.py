"""Finite differences of arrays: bounds that hold, estimates that say so, and wrong gradients that are found."""

from dataclasses import replace

import numpy as np
import pytest

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.tensor import tensor
from derivcheck.oracles.array_autograd import bounded_gradients
from derivcheck.oracles.array_finite import array_differences


def _network(n: int, d: int):
    builder = GraphBuilder()
    x, w, y = tensor(builder, "X", n, d), tensor(builder, "w", d), tensor(builder, "y", n)
    graph = builder.finish((((x @ w).apply("tanh") - y) ** 2).mean().step)
    draw = np.random.default_rng(0)
    return graph, {"X": draw.normal(size=(n, d)), "w": draw.normal(size=d), "y": draw.normal(size=n)}


def test_small_losses_are_differenced_with_proved_bounds() -> None:
    """Every element and some directions of a small loss agree within a bound that is far below the slope."""
    graph, values = _network(3, 2)
    gradients = bounded_gradients(graph, values, ["w", "y"]).arrays
    found = array_differences(graph, values, gradients)
    assert found.complete
    assert {(d.name, d.kind) for d in found.findings} >= {("w", "signs"), ("w", "normal"), ("y", "element")}
    assert sum(d.kind == "element" for d in found.findings) == 5
    for finding in found.findings:
        assert finding.agrees is True
        assert finding.bound is not None
        assert finding.bound < 1e-6
        assert finding.estimate is None


def test_large_losses_are_differenced_with_estimates() -> None:
    """Beyond the limit there is no bound, an estimate instead; a sample of elements, not all."""
    graph, values = _network(2000, 30)
    gradients = bounded_gradients(graph, values, ["w"]).arrays
    found = array_differences(graph, values, gradients)
    assert not found.complete
    assert len(found.findings) == 8
    for finding in found.findings:
        assert finding.bound is None
        assert finding.agrees is True
        assert finding.estimate is not None
        assert finding.estimate < 1e-3 * abs(float(finding.derived or 0.0)) + 1e-6
    assert found == array_differences(graph, values, gradients)


@pytest.mark.parametrize("sizes", [(3, 2), (2000, 30)])
def test_a_wrong_gradient_disagrees(sizes: tuple[int, int]) -> None:
    """A gradient that is off by one percent in every element leaves bounds and estimates."""
    graph, values = _network(*sizes)
    right = bounded_gradients(graph, values, ["w"]).arrays["w"]
    found = array_differences(graph, values, {"w": replace(right, mid=right.mid * 1.01)})
    assert not any(d.agrees for d in found.findings)


def test_an_element_beside_a_switch_has_no_bound() -> None:
    """A kink inside every stencil: a value perhaps, but no bound and no agreement."""
    builder = GraphBuilder()
    w = tensor(builder, "w", 3)
    graph = builder.finish(w.apply("abs").sum().step)
    values = {"w": np.array([0.0, 1.0, -2.0])}
    found = array_differences(graph, values, bounded_gradients(graph, values, ["w"]).arrays, directions=0)
    first, *others = found.findings
    assert (first.bound, first.reason) == (None, "switch")
    assert all(d.agrees for d in others)


def test_outside_the_domain_there_is_no_difference() -> None:
    """A logarithm of negative numbers has no difference quotient, at any size."""
    builder = GraphBuilder()
    w = tensor(builder, "w", 500)
    graph = builder.finish(w.apply("log").sum().step)
    values = {"w": -np.ones(500)}
    found = array_differences(graph, values, bounded_gradients(graph, values, ["w"]).arrays, elements=2)
    assert all((d.value, d.agrees, d.reason) == (None, None, "domain") for d in found.findings)
