"""A graph of arrays written out: the same values, the same sweep, only what is asked for, within its limit."""

import numpy as np
import pytest
from array_graphs import SHAPES, exact, loss, values
from hypothesis import given
from hypothesis import strategies as st
from test_arrays import CASES, _graph, _values

from derivcheck.derive import differentiate
from derivcheck.errors import UnsupportedError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.elements import count_steps, written_out
from derivcheck.graph.steps import Graph
from derivcheck.graph.tensor import tensor
from derivcheck.interpret import interpret, values_at
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.floats import Floats

seeds = st.integers(0, 2**32)


def _scalar_values(elements, arrays) -> list:
    system = Exact()
    return interpret(elements.graph, system, values_at(elements.point(arrays), system))


@given(seeds, seeds)
def test_the_written_out_graph_has_the_arrays_values(seed: int, at: int) -> None:
    """Every element of every step is the exact value that the arrays give."""
    graph = loss(seed)
    arrays = values(graph, at)
    elements = written_out(graph, range(len(graph)))
    assert elements is not None
    assert elements.graph.scalar
    found = _scalar_values(elements, arrays)
    expected = interpret(graph, Exact(), exact(arrays))
    for k in range(len(graph)):
        flat = elements.array(k).reshape(-1)
        shown = np.asarray(expected[k], dtype=object)
        if shown.ndim == 0:
            shown = np.broadcast_to(shown, elements.shape(k))
        assert [found[s] for s in flat] == list(shown.reshape(-1))


@given(seeds, seeds)
def test_the_sweep_of_the_scalars_is_the_written_out_sweep(seed: int, at: int) -> None:
    """Away from ties, differentiating the scalars and writing out the arrays' gradient give one gradient."""
    graph = loss(seed, ("neg", "tanh", "sigmoid"), ("softmax", "log_softmax", "standardize"))
    generator = np.random.default_rng(at)
    arrays = {n: np.asarray(generator.normal(size=SHAPES[n])) for n in graph.inputs}
    scalars = written_out(graph, [graph.output])
    assert scalars is not None
    try:
        derivation = differentiate(graph)
    except UnsupportedError:  # a reduction whose derivative is not available
        return
    wanted = {n: derivation.gradient(n) for n in graph.inputs}
    gradient = written_out(derivation.graph, {s for s in wanted.values() if s is not None})
    assert gradient is not None
    swept = differentiate(scalars.graph)
    floats = {n: float(arrays[v][p]) for n, (v, p) in (scalars.inputs | gradient.inputs).items()}
    ours = interpret(swept.graph, Floats(), floats, total=True)
    theirs = interpret(gradient.graph, Floats(), floats, total=True)
    for name, (variable, position) in scalars.inputs.items():
        one, other = swept.gradient(name), wanted[variable]
        assert other is not None
        element = gradient.at(other, position)
        assert element is not None
        assert (0.0 if one is None else ours[one]) == pytest.approx(theirs[element], rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("case", CASES)
def test_known_losses_written_out_have_their_value(case: str) -> None:
    """The losses of the other tests have the value that floats compute."""
    shapes, make = CASES[case]
    graph = _graph(shapes, make)
    arrays = _values(shapes, graph)
    elements = written_out(graph, [graph.output])
    assert elements is not None
    floats = {n: float(arrays[v][p]) for n, (v, p) in elements.inputs.items()}
    found = interpret(elements.graph, Floats(), floats, total=True)[elements.graph.output]
    scalar = interpret(graph, Exact(), exact(arrays))[graph.output]
    assert found == pytest.approx(float(scalar if not hasattr(scalar, "mid") else scalar.mid()), rel=1e-12)


def _regression(n: int | str, d: int | str) -> tuple[Graph, int]:
    builder = GraphBuilder()
    x, w, y = tensor(builder, "X", n, d), tensor(builder, "w", d), tensor(builder, "y", n)
    residual = x @ w - y
    return builder.finish(residual.apply("abs").mean().step), residual.step


def test_one_element_reads_only_what_it_needs() -> None:
    """One residual of a million reads one row of the matrix, and names its elements by their positions."""
    graph, residual = _regression("n", "d")
    elements = written_out(graph.sized({"n": 1_000_000, "d": 3}), {residual: [(17,)]})
    assert elements is not None
    assert set(elements.inputs) == {"X[17,0]", "X[17,1]", "X[17,2]", "w[0]", "w[1]", "w[2]", "y[17]"}
    assert elements.inputs["X[17,2]"] == ("X", (17, 2))
    assert elements.graph.output == elements.at(residual, (17,))
    assert elements.at(residual, (16,)) is None


def test_too_many_scalar_steps_are_refused_before_any_is_made() -> None:
    """Beyond the limit there is no graph; the bound of the count is what would be made."""
    graph, _ = _regression(1000, 1000)
    assert written_out(graph, [graph.output]) is None
    assert count_steps(graph, [graph.output]) > 1_000_000
    small, _ = _regression(3, 2)
    elements = written_out(small, [small.output])
    assert elements is not None
    assert len(elements.graph) <= count_steps(small, [small.output])


def test_sizes_positions_and_deltas_are_numbers() -> None:
    """What only depends on shapes is written out as constants."""
    builder = GraphBuilder()
    v = tensor(builder, "v", "n")
    index = v.axes[0]
    delta = builder.delta(str(index), 1)
    graph = builder.finish((v * 2).sum().step).sized({"n": 3})
    elements = written_out(graph, [delta])
    assert elements is not None
    assert [elements.graph.constant(s) for s in elements.array(delta)] == [0, 1, 0]
