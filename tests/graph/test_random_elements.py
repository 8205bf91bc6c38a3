"""Random losses of arrays written out: the arrays' values, the arrays' sweep, and only what is asked for."""

import numpy as np
import pytest
from array_graphs import SHAPES, exact, loss, values
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.derive import differentiate
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.elements import Elements, elements_at, written_out
from derivcheck.graph.tensor import tensor
from derivcheck.interpret import interpret
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.floats import Floats

MOST = 20_000
seeds = st.integers(0, 2**32)


def _written(graph, steps) -> Elements:
    found = written_out(graph, steps, most=MOST)
    assert found is not None
    return found


@given(seeds, seeds)
def test_every_element_of_every_step_is_the_arrays(seed: int, at: int) -> None:
    """In exact arithmetic the scalars are the elements of the arrays, ties and switches included."""
    graph = loss(seed)
    arrays = exact(values(graph, at))
    elements = _written(graph, range(len(graph)))
    point = {e: arrays[n][p] if p else arrays[n] for e, (n, p) in elements.inputs.items()}
    found = interpret(elements.graph, Exact(), point)
    expected = interpret(graph, Exact(), arrays)
    for k, places in elements.steps.items():
        for position, step in places.items():
            shown = expected[k]
            assert found[step] == (shown[position] if position and isinstance(shown, np.ndarray) else shown)


@given(seeds, seeds)
def test_sweeping_and_writing_out_commute(seed: int, at: int) -> None:
    """Away from ties, differentiating the scalars gives the elements of the arrays' gradients."""
    graph = loss(seed, ("neg", "tanh", "sigmoid"), ("softmax", "log_softmax", "standardize"))
    draw = np.random.default_rng(at)
    arrays = {n: np.asarray(draw.normal(size=SHAPES[n])) for n in graph.inputs}
    derivation = differentiate(graph)
    wanted = {n: k for n in graph.inputs if (k := derivation.gradient(n)) is not None}
    gradient = _written(derivation.graph, set(wanted.values()))
    scalars = _written(graph, [graph.output])
    swept = differentiate(scalars.graph)
    floats = {e: float(arrays[n][p]) for e, (n, p) in (scalars.inputs | gradient.inputs).items()}
    ours = interpret(swept.graph, Floats(), floats, total=True)
    theirs = interpret(gradient.graph, Floats(), floats, total=True)
    for name, (variable, position) in scalars.inputs.items():
        step = swept.gradient(name)
        expected = theirs[gradient.steps[wanted[variable]][position]]
        assert (0.0 if step is None else ours[step]) == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_one_element_of_a_million_reads_one_row() -> None:
    """A residual reads its own row of the matrix, whatever the number of rows."""
    builder = GraphBuilder()
    x, w, y = tensor(builder, "X", "n", "d"), tensor(builder, "w", "d"), tensor(builder, "y", "n")
    residual = x @ w - y
    graph = builder.finish(residual.apply("abs").mean().step).sized({"n": 1_000_000, "d": 2})
    elements = elements_at(graph, {residual.step: [(17,)]}, most=100)
    assert elements is not None
    assert set(elements.inputs) == {"X[17,0]", "X[17,1]", "w[0]", "w[1]", "y[17]"}
