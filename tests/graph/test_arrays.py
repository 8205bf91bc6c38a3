"""Graphs of arrays built in Python: values and gradients against PyTorch, exact and certified systems."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch
from flint import arb

from derivcheck.derive import differentiate
from derivcheck.errors import ShapeError
from derivcheck.frameworks.torch_bridge import run_autograd
from derivcheck.graph import Graph, GraphBuilder
from derivcheck.graph.tensor import Tensor, tensor
from derivcheck.interpret import interpret
from derivcheck.numbers.arrays import Arrays
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.exact import Exact
from derivcheck.storage import NumpyStorage

Make = Callable[[dict[str, Tensor]], Tensor]


def _graph(shapes: dict[str, tuple[int, ...]], make: Make) -> Graph:
    builder = GraphBuilder()
    loss = make({name: tensor(builder, name, *shape) for name, shape in shapes.items()})
    return builder.finish(loss.step)


MSE = {"X": (4, 3), "w": (3,), "b": (), "y": (4,)}
CASES: dict[str, tuple[dict[str, tuple[int, ...]], Make]] = {
    "mean squared error": (MSE, lambda v: ((v["y"] - (v["X"] @ v["w"] + v["b"])) ** 2).mean()),
    "mean absolute error": (MSE, lambda v: (v["y"] - (v["X"] @ v["w"] + v["b"])).apply("abs").mean()),
    "a matrix meets itself": ({"X": (3, 3), "C": (3, 3)}, lambda v: ((v["X"] @ v["X"]) * v["C"]).sum()),
    "a matrix meets its transpose": ({"X": (3, 2), "C": (3, 3)}, lambda v: ((v["X"] @ v["X"].T) * v["C"]).sum()),
    "trace": ({"A": (3, 3)}, lambda v: (v["A"] @ v["A"]).trace() + v["A"].trace()),
    "one element": ({"z": (4,)}, lambda v: v["z"][2].apply("exp") * v["z"].sum()),
    "softmax cross-entropy": (
        {"z": (2, 4), "t": (2, 4)},
        lambda v: -(v["t"] * v["z"].composite("softmax").apply("log")).sum(),
    ),
    "cross-entropy by log-softmax": ({"z": (4,)}, lambda v: -v["z"].composite("log_softmax")[1]),
    "logsumexp": ({"z": (2, 4)}, lambda v: (v["z"].composite("logsumexp") ** 2).sum()),
    "broadcasting": (
        {"a": (3, 1), "b": (1, 4), "c": (4,)},
        lambda v: ((v["a"] * v["b"] + v["c"]).apply("tanh") * v["c"]).sum(),
    ),
    "columns and rows": ({"X": (3, 4)}, lambda v: (v["X"].sum(axis=0) ** 2).sum() * v["X"].mean(axis=1).sum()),
    "greatest element": ({"X": (3, 4)}, lambda v: v["X"].max(axis=1).sum() * v["X"].min()),
    "two layers": (
        {"x": (3,), "W": (4, 3), "V": (2, 4), "t": (2,)},
        lambda v: ((v["V"] @ (v["W"] @ v["x"]).apply("relu") - v["t"]) ** 2).sum(),
    ),
}


def _values(shapes: dict[str, tuple[int, ...]], graph: Graph, seed: int = 3) -> dict[str, np.ndarray]:
    """Dyadic values, so that exact and floating-point systems are given the same numbers."""
    random = np.random.default_rng(seed)
    own = {n: [s for s in shape if s != 1] for n, shape in shapes.items()}
    return {n: np.asarray(random.integers(1, 200, own[n]) / 64 - 1) for n in graph.inputs}


@pytest.mark.parametrize("case", CASES)
def test_every_gradient_element_agrees_with_autograd(case: str) -> None:
    """The sweep over arrays, run in floats, gives what PyTorch's backward gives."""
    shapes, make = CASES[case]
    graph = _graph(shapes, make)
    values = _values(shapes, graph)
    derivation = differentiate(graph)
    wanted = [s for s in (derivation.gradient(n) for n in graph.inputs) if s is not None]
    run = interpret(
        derivation.graph, Arrays(), values, wanted=[*wanted, graph.output], storage=NumpyStorage(), total=True
    )
    ours = run_autograd(graph, {n: v.tolist() for n, v in values.items()})
    assert run[graph.output] == pytest.approx(ours.values[graph.output], rel=1e-13)
    for name in graph.inputs:
        step = derivation.gradient(name)
        expected = ours.gradients[graph.inputs[name]]
        assert step is not None
        assert np.shape(run[step]) == np.shape(expected)
        np.testing.assert_allclose(run[step], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("bits", [60, 200])
def test_balls_on_arrays_contain_the_float_gradient(case: str, bits: int) -> None:
    """A certified gradient, widened by rounding, holds every element that floats computed."""
    shapes, make = CASES[case]
    graph = _graph(shapes, make)
    values = _values(shapes, graph)
    derivation = differentiate(graph)
    steps = {n: derivation.gradient(n) for n in graph.inputs}
    wanted = [s for s in steps.values() if s is not None]
    floats = interpret(derivation.graph, Arrays(), values, wanted=wanted, storage=NumpyStorage(), total=True)
    to_ball = np.vectorize(lambda x: arb(float(x)), otypes=[object])
    inputs = {n: to_ball(v) if v.ndim else arb(float(v)) for n, v in values.items()}
    balls = interpret(derivation.graph, Ball(bits), inputs, wanted=wanted)
    for step in wanted:
        for ball, number in zip(np.ravel(np.asarray(balls[step])), np.ravel(floats[step]), strict=True):
            assert abs(ball - arb(float(number))) < arb(1e-11), (ball, number)


def test_rational_inputs_give_rational_gradients() -> None:
    """Exact arithmetic reaches through reductions: the gradient of a mean squared error is a fraction."""
    shapes, make = CASES["mean squared error"]
    graph = _graph(shapes, make)
    derivation = differentiate(graph)
    third = np.vectorize(lambda x: Fraction(x) / 3, otypes=[object])
    inputs = {n: third(v.astype(int)) if v.ndim else Fraction(int(v), 3) for n, v in _values(shapes, graph).items()}
    step = derivation.gradient("w")
    assert step is not None
    gradient = interpret(derivation.graph, Exact(), inputs, wanted=[step])[step]
    assert all(isinstance(g, Fraction) for g in gradient)
    residual = inputs["X"] @ inputs["w"] + inputs["b"] - inputs["y"]
    assert list(gradient) == [Fraction(2, 4) * g for g in inputs["X"].T @ residual]


def test_second_order_is_the_sweep_twice() -> None:
    """Sweeping a gradient element again gives a row of the Hessian, as torch's functional Hessian has it."""
    graph = _graph({"z": (3,)}, lambda v: v["z"].composite("logsumexp") * v["z"][0].apply("tanh"))
    derivation = differentiate(graph)
    gradient = derivation.gradient("z")
    assert gradient is not None
    builder = GraphBuilder(derivation.graph)
    picked = Tensor(builder, gradient, builder.indices[gradient], builder.indices[gradient])[1]
    row = picked * 1
    again = differentiate(builder.finish(row.step))
    step = again.gradient("z")
    assert step is not None
    point = np.array([0.25, -0.5, 1.0])
    ours = interpret(again.graph, Arrays(), {"z": point}, wanted=[step], storage=NumpyStorage(), total=True)[step]

    def loss(z: torch.Tensor) -> torch.Tensor:
        return torch.logsumexp(z, 0) * torch.tanh(z[0])

    expected = torch.autograd.functional.hessian(loss, torch.tensor(point))[1].numpy()
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


def test_a_product_and_its_sum_are_contracted_not_materialised() -> None:
    """A matrix product needs memory for its result, not for its n³ products."""
    graph = _graph({"A": (60, 60), "B": (60, 60)}, lambda v: ((v["A"] @ v["B"]) ** 2).sum())
    random = np.random.default_rng(1)
    values = {"A": random.normal(size=(60, 60)), "B": random.normal(size=(60, 60))}
    run = interpret(graph, Arrays(), values, wanted=[graph.output], storage=NumpyStorage(), total=True)
    assert run[graph.output] == pytest.approx(((values["A"] @ values["B"]) ** 2).sum(), rel=1e-12)
    assert max(np.size(v) for v in run if v is not None) == 3600


@pytest.mark.parametrize(
    "make",
    [
        lambda v: v["X"] @ v["y"],
        lambda v: v["X"] + v["y"],
        lambda v: v["y"][4],
        lambda v: v["X"].trace(),
    ],
)
def test_shapes_that_do_not_fit_are_refused(make: Make) -> None:
    """Alignment follows NumPy's rules, never a coincidence of sizes."""
    with pytest.raises(ShapeError):
        _graph({"X": (4, 3), "y": (4,)}, make)
