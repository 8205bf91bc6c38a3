"""Closed forms of random losses of arrays: every formula has the derivation's value."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from graph.array_graphs import EXACT, SMOOTH, loss
from test_array_forms import evaluated, read_back, said

from derivcheck.closed.forms import closed_form
from derivcheck.derive import differentiate
from derivcheck.graph import Graph
from derivcheck.ops.table import TABLE

PLAIN = tuple(op for op in SMOOTH if not TABLE[op].params)


def values(graph: Graph, seed: int) -> dict[str, np.ndarray]:
    """Positive numbers of the shapes of the variables."""
    draw = np.random.default_rng(seed)
    sizes = {i: s if isinstance(s, int) else graph.extents[s] for i, s in graph.sizes.items()}
    return {
        n: np.asarray(draw.uniform(0.3, 1.5, [sizes[i] for i in graph.indices[k]])) for n, k in graph.inputs.items()
    }


@pytest.mark.parametrize("seed", range(16))
def test_random_forms_have_the_derivations_value(seed: int) -> None:
    """Matrix form and index form of every gradient, parsed again, agree with the sweep."""
    rows = (EXACT, ()) if seed % 2 else (PLAIN, ("softmax", "log_softmax", "logsumexp", "standardize"))
    derivation = differentiate(loss(seed, *rows))
    graph = derivation.graph
    given = values(graph, seed)
    for variable in graph.inputs:
        step = derivation.gradient(variable)
        if step is None:
            continue
        form = closed_form(derivation, step)
        expected = evaluated(graph, given, step)
        if form.expr is not form.index or not form.free:
            whole = read_back(said(form), graph, given, graph.extents)
            assert whole.shape == expected.shape
            np.testing.assert_allclose(whole, expected, rtol=1e-8, atol=1e-10)
        for at in itertools.islice(itertools.product(*map(range, expected.shape)), 0, None, 4):
            positions = dict(zip(form.free, at, strict=True))
            element = read_back(said(form, form.index), graph, given, graph.extents, positions)
            np.testing.assert_allclose(element, expected[at], rtol=1e-8, atol=1e-10)
