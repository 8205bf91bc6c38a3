"""Graphs of arrays written out as graphs of scalars: the same values, the same gradients."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.derive import differentiate
from derivcheck.errors import ShapeError
from derivcheck.graph import Graph, GraphBuilder
from derivcheck.graph.elements import Elements, element_name, elements_at, written_out
from derivcheck.graph.tensor import Tensor, tensor
from derivcheck.interpret import interpret
from derivcheck.numbers.arrays import Arrays
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.floats import Floats
from derivcheck.storage import NumpyStorage

Make = Callable[[dict[str, Tensor]], Tensor]
SHAPES = {"X": ("n", "d"), "w": ("d",), "y": ("n",)}
LOSSES: dict[str, Make] = {
    "linear": lambda v: ((v["y"] - v["X"] @ v["w"]) ** 2).mean(),
    "greatest": lambda v: (v["X"].max(axis=0) * v["w"]).sum() + v["y"].min(),
    "products": lambda v: (v["X"].prod(axis=1) * v["y"]).sum() + v["w"].prod(),
    "itself": lambda v: (v["X"] @ v["X"].T).sum() + (v["X"].T @ v["X"]).trace(),
    "one element": lambda v: v["X"][1][0] * v["y"][1] + v["w"].sum(),
    "positions": lambda v: (v["y"] * v["y"].positions()).sum() * v["w"].mean(),
}
TRANSCENDENTAL: dict[str, Make] = {
    "softmax": lambda v: ((v["X"] @ v["w"]).composite("softmax") * v["y"]).sum(),
    "standardized": lambda v: (v["X"].composite("standardize", 0, (Fraction(1, 8),)) @ v["w"] * v["y"]).sum(),
}


def _graph(make: Make) -> Graph:
    builder = GraphBuilder()
    loss = make({name: tensor(builder, name, *shape) for name, shape in SHAPES.items()})
    return builder.finish(loss.step)


def _at_elements(found: Elements, values: dict[str, Any]) -> dict[str, Any]:
    return {e: values[name][position] for e, (name, position) in found.inputs.items()}


@pytest.mark.parametrize("loss", LOSSES)
@given(n=st.integers(2, 4), d=st.integers(2, 3), seed=st.integers(0, 10_000))
def test_the_elements_have_the_values_of_the_arrays(loss: str, n: int, d: int, seed: int) -> None:
    """Value and gradients of the written-out graph are those of the arrays, in exact arithmetic."""
    graph = _graph(LOSSES[loss])
    derivation = differentiate(graph)
    sized = derivation.graph.sized({"n": n, "d": d})
    steps = [sized.output, *(k for k in map(derivation.gradient, graph.inputs) if k is not None)]
    found = written_out(sized, steps, most=20_000)
    assert found is not None
    assert found.graph.scalar
    random = np.random.default_rng(seed)
    values: dict[str, Any] = {}
    for name, shape in SHAPES.items():
        size = tuple({"n": n, "d": d}[s] for s in shape)
        values[name] = np.frompyfunc(Fraction, 1, 1)(random.integers(-9, 9, size).astype(object))
    arrays = interpret(sized, Exact(), values, wanted=steps)
    scalars = interpret(found.graph, Exact(), _at_elements(found, values))
    for step in steps:
        for position, element in found.steps[step].items():
            expected = arrays[step][position] if position else arrays[step]
            assert scalars[element] == expected


@pytest.mark.parametrize("loss", TRANSCENDENTAL)
def test_composite_rows_are_written_by_their_definitions(loss: str) -> None:
    """Softmax and its kin have the same values written out as in arrays."""
    graph = _graph(TRANSCENDENTAL[loss]).sized({"n": 3, "d": 2})
    found = written_out(graph, [graph.output], most=2_000)
    assert found is not None
    random = np.random.default_rng(5)
    values = {"X": random.normal(size=(3, 2)), "w": random.normal(size=2), "y": random.normal(size=3)}
    whole = interpret(graph, Arrays(), values, wanted=[graph.output], storage=NumpyStorage(), total=True)
    scalars = interpret(found.graph, Floats(), {e: float(v) for e, v in _at_elements(found, values).items()})
    assert scalars[found.graph.output] == pytest.approx(float(whole[graph.output]), rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_sweep_of_the_elements_is_the_written_out_sweep(loss: str) -> None:
    """Sweeping the written-out loss gives the elements of the swept arrays."""
    graph = _graph(LOSSES[loss])
    derivation = differentiate(graph)
    sizes = {"n": 3, "d": 2}
    step = derivation.gradient("X") or derivation.gradient("w")
    assert step is not None
    name = graph.ops[graph.inputs["X"]] if derivation.gradient("X") is not None else "w"
    ours = written_out(derivation.graph.sized(sizes), [step], most=20_000)
    loss_elements = written_out(graph.sized(sizes), [graph.output], most=20_000)
    assert ours is not None
    assert loss_elements is not None
    swept = differentiate(loss_elements.graph)
    random = np.random.default_rng(11)
    values = {
        n: np.frompyfunc(Fraction, 1, 1)(random.integers(-9, 9, s).astype(object))
        for n, s in (
            ("X", (3, 2)),
            ("w", (2,)),
            ("y", (3,)),
        )
    }
    left = interpret(ours.graph, Exact(), _at_elements(ours, values))
    right = interpret(swept.graph, Exact(), _at_elements(loss_elements, values))
    for position, element in ours.steps[step].items():
        input_name = element_name(graph, name, position)
        other = swept.gradient(input_name) if input_name in swept.graph.inputs else None
        assert left[element] == (0 if other is None else right[other])


def test_one_element_needs_only_what_it_reads() -> None:
    """A single residual is written out without the others."""
    builder = GraphBuilder()
    x, w, y = tensor(builder, "X", "n", "d"), tensor(builder, "w", "d"), tensor(builder, "y", "n")
    residual = (y - x @ w).whole()
    graph = builder.finish(residual.step).sized({"n": 1_000_000, "d": 3})
    found = elements_at(graph, {residual.step: [(17,)]}, most=100)
    assert found is not None
    assert set(found.inputs) == {"X[17,0]", "X[17,1]", "X[17,2]", "w[0]", "w[1]", "w[2]", "y[17]"}


def test_too_many_elements_are_refused_before_they_are_written() -> None:
    """A large graph gives None at once; a size without a number is an error."""
    graph = _graph(LOSSES["linear"])
    assert written_out(graph.sized({"n": 100_000, "d": 100}), [graph.output], most=1_000) is None
    with pytest.raises(ShapeError, match="has no value"):
        written_out(graph, [graph.output], most=1_000)


def test_an_axis_of_size_1_counts_in_the_name_of_an_element() -> None:
    """The elements of a matrix of one row are called X[0,0], X[0,1]."""
    builder = GraphBuilder()
    x = tensor(builder, "X", 1, "d")
    builder.axes["X"] = x.axes
    graph = builder.finish((x**2).sum().step).sized({"d": 2})
    found = written_out(graph, [graph.output], most=100)
    assert found is not None
    assert list(found.inputs) == ["X[0,0]", "X[0,1]"]
