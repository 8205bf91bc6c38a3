"""Composite rows: each adjoint rule is the sweep of its definition, each stable form the same function, facts hold."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.derive import differentiate
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.labelled import Labelled, composite_graph
from derivcheck.graph.steps import Access, Graph
from derivcheck.graph.tensor import tensor
from derivcheck.interpret import interpret
from derivcheck.numbers.arrays import Arrays
from derivcheck.ops.composites import COMPOSITES
from derivcheck.storage import NumpyStorage

PARAMS = {"standardize": [(Fraction(0),), (Fraction(1, 100),)]}
"""Static parameters to try; none for any other row."""
QUESTIONS = [(row, params) for row in COMPOSITES.values() for params in PARAMS.get(row.name, [()])]
"""Every row with its static parameters."""
SHAPE = (2, 3, 2)
OVER = [("j",), ("j", "k")]


def _loss(op: str, params: tuple[Fraction, ...], over: tuple[str, ...], form: str) -> Graph:
    """Σ c ⊙ f(z), with f the row itself, or written out by its definition or stable form."""
    row = COMPOSITES[op]
    builder = GraphBuilder()
    builder.sizes.update(zip("ijk", SHAPE, strict=True))
    z = Labelled(builder, builder.input("z", ("i", "j", "k")), ("i", "j", "k"))
    own = ("i", "j", "k") if row.keeps_axis else tuple(i for i in "ijk" if i not in over)
    c = Labelled(builder, builder.input("c", own), own)
    if form == "row":
        step = builder.composite(op, Access(z.step, z.subscripts), own, over, params)
        out = Labelled(builder, step, own)
    else:
        out = getattr(row, form)(z, over, *params)
    return builder.finish((c * out).sum(own).step)


def _gradient(graph: Graph, values: dict[str, np.ndarray]) -> np.ndarray:
    derivation = differentiate(graph)
    step = derivation.gradient("z")
    assert step is not None
    return np.asarray(
        interpret(derivation.graph, Arrays(), values, wanted=[step], storage=NumpyStorage(), total=True)[step]
    )


def _values(row: str, over: tuple[str, ...], seed: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    kept = SHAPE if COMPOSITES[row].keeps_axis else tuple(s for s, i in zip(SHAPE, "ijk", strict=True) if i not in over)
    return {"z": draw.normal(size=SHAPE), "c": draw.normal(size=kept)}


@pytest.mark.parametrize(("row", "params"), QUESTIONS, ids=lambda x: getattr(x, "name", str(x)))
@pytest.mark.parametrize("over", OVER)
@given(seed=st.integers(0, 2**32))
def test_the_adjoint_rule_is_the_sweep_of_the_definition(row, params, over, seed):
    """The rule and the sweep of definition and stable form give one gradient, along one index or two."""
    values = _values(row.name, over, seed)
    expected = _gradient(_loss(row.name, params, over, "definition"), values)
    scale = np.max(np.abs(expected)) + np.max(np.abs(values["c"]))
    for form in ("row", "stable"):
        found = _gradient(_loss(row.name, params, over, form), values)
        assert np.max(np.abs(found - expected)) <= 1e-9 * scale / _spread(values["z"])


def _spread(z: np.ndarray) -> float:
    """The least deviation of any slice: what a standardization divides by, at most 1."""
    return min(1.0, float(np.min(np.std(z, axis=1))) ** 3)


@pytest.mark.parametrize(("row", "params"), QUESTIONS, ids=lambda x: getattr(x, "name", str(x)))
def test_what_a_row_sums_to_is_so(row, params):
    """A stated sum along the axis is the sum of the value's elements."""
    if row.sums_to is None:
        return
    sizes = dict(zip("ijk", SHAPE, strict=True))
    for stable in (True, False):
        graph = composite_graph(row.name, sizes, ("i", "j", "k"), ("j",), params, stable=stable)
        z = np.random.default_rng(3).normal(size=SHAPE)
        out = interpret(graph, Arrays(), {"z": z}, storage=NumpyStorage(), total=True)[graph.output]
        np.testing.assert_allclose(np.sum(out, axis=1), float(row.sums_to), atol=1e-14)


def test_standardization_is_torchs_layer_norm():
    """(x - mean)/√(var + eps) along the last axis is what torch calls layer normalisation, value and gradient."""
    torch = pytest.importorskip("torch")
    builder = GraphBuilder()
    x, c = tensor(builder, "x", 3, 5), tensor(builder, "c", 3, 5)
    graph = builder.finish((x.composite("standardize", -1, (Fraction(1, 1000),)) * c).sum().step)
    draw = np.random.default_rng(5)
    values = {"x": draw.normal(size=(3, 5)), "c": draw.normal(size=(3, 5))}
    leaf = torch.tensor(values["x"], requires_grad=True)
    (torch.nn.functional.layer_norm(leaf, (5,), eps=1e-3) * torch.tensor(values["c"])).sum().backward()
    derivation = differentiate(graph)
    step = derivation.gradient("x")
    ours = interpret(derivation.graph, Arrays(), values, wanted=[step], storage=NumpyStorage(), total=True)[step]
    np.testing.assert_allclose(ours, leaf.grad.numpy(), rtol=1e-12, atol=1e-13)
