"""Elements on switches: named where they lie exactly on one, not where floats only look so."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.tensor import tensor
from derivcheck.oracles.array_autograd import array_autograd
from derivcheck.oracles.array_switches import array_switches
from derivcheck.verdict import Agreement


def _absolute(n: int, d: int):
    builder = GraphBuilder()
    x, w, y = tensor(builder, "X", n, d), tensor(builder, "w", d), tensor(builder, "y", n)
    return builder.finish((y - x @ w).apply("abs").mean().step)


def _regression(n: int, d: int, seed: int = 0) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    return {"X": draw.normal(size=(n, d)), "w": draw.normal(size=d), "y": draw.normal(size=n)}


def test_the_sample_with_residual_zero_is_named() -> None:
    """Of a thousand residuals the one that is exactly 0 is found, in exact arithmetic."""
    graph, values = _absolute(1000, 4), _regression(1000, 4)
    values["X"][17], values["w"] = [1, 2, 0, 4], np.array([0.5, 0.25, 3.0, 0.125])
    values["y"][17] = 1.5
    (found,) = array_switches(graph, values, ["w"])
    assert (found.on, found.count, found.undecided, found.elements) == (((17,),), 1, 0, 1000)
    assert graph.ops[found.step] == "abs"


def test_a_residual_that_only_rounds_to_zero_is_on_no_switch() -> None:
    """0.1 + 0.2 - 0.3 is no zero in binary64, and is one in fractions."""
    graph = _absolute(2, 2)
    values = {"X": np.array([[1.0, 1.0], [1.0, 2.0]]), "w": np.array([0.1, 0.2]), "y": np.array([0.3, 4.0])}
    assert array_switches(graph, values, ["w"]) == ()
    exact = np.vectorize(lambda v: Fraction(str(v)), otypes=[object])
    (found,) = array_switches(graph, {n: exact(v) for n, v in values.items()}, ["w"])
    assert found.on == ((0,),)


def test_what_is_not_differentiated_has_no_switch() -> None:
    """A kink in the data alone is none of the gradient's."""
    builder = GraphBuilder()
    y, w = tensor(builder, "y", 3), tensor(builder, "w", 3)
    graph = builder.finish((y.apply("abs") * w).sum().step)
    values = {"y": np.array([0.0, 1.0, 2.0]), "w": np.ones(3)}
    assert array_switches(graph, values, ["w"]) == ()
    assert [s.on for s in array_switches(graph, values, ["y"])] == [((0,),)]


def test_ties_of_a_greatest_element_name_the_elements() -> None:
    """Rows with a tie are listed with the positions that attain the maximum together."""
    builder = GraphBuilder()
    x = tensor(builder, "X", 3, 4)
    graph = builder.finish(x.max(axis=1).sum().step)
    values = {"X": np.array([[1.0, 3, 3, 0], [5, 1, 2, 3], [2, 2, 2, 2]])}
    (found,) = array_switches(graph, values, ["X"])
    assert found.on == ((0,), (2,))
    assert found.tied[0,] == ((0, 1), (0, 2))
    assert len(found.tied[2,]) == 4


def test_a_norm_at_zero_is_on_the_switch_of_its_root() -> None:
    """√Σv² has a kink where v = 0."""
    builder = GraphBuilder()
    v = tensor(builder, "v", 3)
    graph = builder.finish((v**2).sum().apply("sqrt").step)
    (found,) = array_switches(graph, {"v": np.zeros(3)}, ["v"])
    assert (found.on, graph.ops[found.step]) == (((),), "sqrt")
    assert array_switches(graph, {"v": np.array([0.0, 1e-30, 0.0])}, ["v"]) == ()


def test_a_comparison_that_changes_is_a_switch() -> None:
    """A selection by hand has its switch in the comparison."""
    builder = GraphBuilder()
    x = tensor(builder, "x", 3)
    condition = x.apply("gt", 0)
    graph = builder.finish(condition.apply("where", x, x * 2).sum().step)
    (found,) = array_switches(graph, {"x": np.array([1.0, 0.0, -2.0])}, ["x"])
    assert (found.on, graph.ops[found.step]) == (((1,),), "gt")


@given(st.integers(0, 2**32))
def test_random_points_are_on_no_switch(seed: int) -> None:
    """At random points no element is accused of lying on a switch, and no element is excused."""
    graph, values = _absolute(50, 3), _regression(50, 3, seed)
    found = array_switches(graph, values, ["w"])
    assert found == ()
    autograd = array_autograd(graph, values, ["w"], switches=found).findings["w"]
    assert set(autograd.counts) <= {Agreement.MATCH, Agreement.ROUNDING}


def test_many_elements_on_a_switch_are_counted() -> None:
    """Zeros that are computed without error are all counted; of others what is not decided is said to be open."""
    builder = GraphBuilder()
    x, y = tensor(builder, "x", 500), tensor(builder, "y", 500)
    zeros = np.zeros(500)
    (found,) = array_switches(builder.finish(x.apply("relu").sum().step), {"x": zeros, "y": zeros}, ["x"])
    assert (found.count, len(found.on), found.undecided) == (500, 100, 0)
    graph = builder.finish((x * 3 - y).apply("relu").sum().step)
    third = np.full(500, Fraction(1, 3), dtype=object)
    (found,) = array_switches(graph, {"x": third, "y": np.ones(500)}, ["x"])
    assert (found.count, len(found.on), found.undecided) == (100, 100, 400)
