"""Local derivatives between pieces of arrays, in index form."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from array_losses import LOSSES
from test_array_forms import SIZES, derived, evaluated

from derivcheck.closed.forms import LocalForm, local_form
from derivcheck.derive import derivative_step
from derivcheck.graph import Graph
from derivcheck.graph.assemble import assemble, inputs_used
from derivcheck.language import printer
from derivcheck.language.expr import Program
from derivcheck.language.parser import parse
from derivcheck.source import Source

NAMED = [
    "mse",
    "logistic",
    "softmax",
    "softmax batch",
    "network",
    "network batch",
    "batch norm",
    "layer norm of a vector",
    "layer norm",
    "attention",
    "self attention",
    "triplet",
]

LOCAL = [
    ("mse", "yhat", "w", "X[i, j]", ("i",), ("j",), ("i",)),
    ("mse", "yhat", "X", "w[j]", ("i",), ("i", "j"), ()),
    ("mse", "yhat", "b", "1", ("i",), (), ("i",)),
    ("network", "h", "b_1", "1 - h[j]^2", ("j",), ("j",), ()),
    ("batch norm", "Xhat", "sigma", "-Xhat[i, j]/sigma[j]", ("i", "j"), ("j",), ("i",)),
    ("batch norm", "Xhat", "D", "1/sigma[j]", ("i", "j"), ("i", "j"), ()),
    ("softmax", "p", "z", "p[j]*(eye(k)[i, j] - p[i])", ("i",), ("j",), ("i",)),
    ("attention", "S", "K", "Q[i, j]/2", ("i", "k"), ("k", "j"), ("i",)),
]


@pytest.mark.parametrize(("name", "consumer", "target", "form", "rows", "columns", "summed"), LOCAL)
def test_local_derivatives_have_the_indices_of_both_pieces(  # noqa: PLR0917 - a row of the table
    name: str,
    consumer: str,
    target: str,
    form: str,
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    summed: tuple[str, ...],
) -> None:
    """∂u_i/∂w_j names the elements of both, shares an index where others are 0, and says what is summed."""
    graph = derived(*LOSSES[name]).graph
    steps = {**{n: k for k, n in graph.names.items()}, **graph.inputs}
    found = local_form(graph, steps[consumer], steps[target], dict(graph.names))
    assert (printer.own(found.expr), found.consumer, found.target, found.summed) == (form, rows, columns, summed)


def slopes(graph: Graph, values: dict[str, np.ndarray], target: str) -> np.ndarray:
    """∂value/∂target by central differences: the axes of the value, then those of the target."""
    step = 1e-5
    found = []
    for at in np.ndindex(values[target].shape):
        sides = []
        for sign in (1, -1):
            moved = values[target].copy()
            moved[at] += sign * step
            sides.append(evaluated(graph, {**values, target: moved}, graph.output))
        found.append((sides[0] - sides[1]) / (2 * step))
    value = np.asarray(found[0])
    return np.moveaxis(
        np.reshape(found, (*values[target].shape, *value.shape)),
        range(values[target].ndim),
        range(-values[target].ndim, 0),
    )


def element(form: LocalForm, given: Graph, values: dict[str, np.ndarray], at: dict[str, int]) -> float:
    """The value of the printed formula at one position."""
    shapes = {n: tuple(given.sizes[i] for i in given.indices[k]) for n, k in given.inputs.items()}
    program = parse(Source(printer.own(form.expr)), (*values, *at, *map(str, given.sizes.values())))
    graph = assemble(program, derivative_step, shapes, extents=given.extents, positions=at)
    return float(evaluated(graph, values, graph.output))


@pytest.mark.parametrize("name", NAMED)
def test_local_derivatives_are_the_slopes_of_their_pieces(name: str) -> None:
    """Every element of every printed local derivative is the slope of the piece with all other pieces held."""
    text, shapes = LOSSES[name]
    whole = derived(text, shapes).graph
    program = parse(Source(text), tuple(shapes))
    named = {n: k for k, n in whole.names.items()}
    steps = {**named, **whole.inputs}
    extents = SIZES[1]
    draw = np.random.default_rng(3)
    of = {n: tuple(whole.sizes[i] for i in whole.indices[k]) for n, k in steps.items()}
    values = {n: np.asarray(draw.uniform(0.2, 1.2, [extents[str(s)] for s in shape])) for n, shape in of.items()}
    for definition in program.definitions:
        piece = assemble(Program((), definition.body), derivative_step, of, extents=extents)
        piece = replace(piece, extents=extents)
        values[definition.name] = evaluated(piece, values, piece.output)
        for target in inputs_used(piece):
            form = local_form(whole, steps[definition.name], steps[target], dict(whole.names))
            expected = slopes(piece, {n: values[n] for n in piece.inputs}, target)
            given = replace(_variables(of), extents=extents)
            for at in itertools.islice(itertools.product(*map(range, expected.shape)), 0, None, 5):
                chosen = dict(zip((*form.consumer, *form.target), at, strict=True))
                agree = all(chosen[i] == p for i, p in zip((*form.consumer, *form.target), at, strict=True))
                found = element(form, given, values, chosen) if agree else 0.0
                assert found == pytest.approx(expected[at], rel=1e-5, abs=1e-7), (definition.name, target, at)


def _variables(shapes: dict[str, tuple[int | str, ...]]) -> Graph:
    """A graph in which every piece is a variable of its shape."""
    text = " + ".join(f"sum({n})" if shape else n for n, shape in shapes.items())
    return assemble(parse(Source(text), tuple(shapes)), derivative_step, shapes)
