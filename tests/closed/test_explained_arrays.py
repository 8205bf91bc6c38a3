"""Explanations of arrays: pieces, letters, local derivatives; every formula is read back and evaluated."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from array_cases import CASES, EXTENTS, array_graph, explained, point, values_of

from derivcheck.closed.axes import axis_letters, renamed_indices
from derivcheck.closed.explanation import PieceRole
from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.interpret import interpret
from derivcheck.language import printer
from derivcheck.language.builder import ExprBuilder, name
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.language.parser import parse
from derivcheck.numbers.arrays import Arrays
from derivcheck.report.lettered import lettered, summed_letters
from derivcheck.source import Source
from derivcheck.storage import NumpyStorage

DIRECT = [c for c in CASES if c not in ("named indices",)]


def told(case):
    """Every piece as ``name = formula``."""
    return [f"{printer.unicode(name(p.name))} = {printer.unicode(p.formula)}" for p in explained(case).pieces]


@pytest.mark.parametrize(
    ("case", "pieces"),
    [
        ("mean squared error", ["ŷ = X w + b", "u = y - ŷ", "L = mean(u²)"]),
        ("mean absolute error", ["ŷ = X w + b", "u = y - ŷ", "u₁ = |u|", "L = mean(u₁)"]),
        ("ridge", ["ŷ = X w", "u = y - ŷ", "L = sum(u²) + lam·sum(w²)"]),
        ("cross-entropy", ["p = softmax(z)", "u = log(p)", "L = -sum(t ⊙ u)"]),
        ("quadratic form", ["u = A x", "L = xᵀu"]),
        ("centred columns", ["u = X - mean(X, axis=0)", "L = mean(u²)"]),
        ("two layers", ["u₁ = V x + b", "u₂ = tanh(u₁)", "ŷ = W u₂", "u = ŷ - t", "L = sum(u²)"]),
    ],
)
def test_pieces_of_arrays_are_those_of_a_teacher(case, pieces):
    """A product with the sum over it is one piece, as is a sum or mean with what it adds up."""
    assert told(case) == pieces


@pytest.mark.parametrize("case", CASES)
def test_no_step_has_one_letter_twice(case):
    """Axes that meet in a step have letters of their own, none of which is a name of the loss."""
    e = explained(case)
    graph = e.derivation.graph
    for k in graph.ancestors(graph.output):
        own = [e.letters[i] for i in dict.fromkeys((*graph.indices[k], *graph.over[k]))]
        assert len(set(own)) == len(own)
    assert not set(e.letters.values()) & ({*e.names.values()} | set(graph.sizes.values()))


def test_an_axis_has_the_same_letter_everywhere():
    """The samples are i in X, in ŷ and in y, the features j in X and in w."""
    e = explained("mean squared error")
    letters = {e.names[k]: e.indices(k) for k in e.names}
    assert letters == {
        "X": ("i", "j"), "w": ("j",), "y": ("i",), "b": (), "yhat": ("i",), "u": ("i",), "L": (),
    }  # fmt: skip


def evaluated(expr, shapes, values, letters=None):
    """A formula, printed in our own syntax and read back, at values of its names."""
    program = parse(Source(printer.own(expr)), (*shapes, *EXTENTS, *(letters or {})))
    used = {n: s for n, s in shapes.items() if n in program.expression.names()}
    graph = assemble(program, derivative_step, used, extents=EXTENTS, positions=letters)
    sizes = {n: float(EXTENTS[n]) for n in graph.inputs if n not in values}
    inputs = {n: values[n] for n in graph.inputs if n in values} | sizes
    return interpret(graph, Arrays(), inputs, storage=NumpyStorage(), total=True)[graph.output]


def context(case):
    """The explanation, the shapes and the values of every name in it."""
    declared = CASES[case][1]
    e = explained(case)
    values = values_of(e, declared)
    graph = e.derivation.graph
    shapes = {n: tuple(graph.sizes[i] for i in graph.indices[k]) for k, n in e.names.items()} | dict(declared)
    named = {n: values[k] for k, n in e.names.items()} | point(declared)
    return e, shapes, named, values


@pytest.mark.parametrize("case", CASES)
def test_every_piece_read_back_has_the_value_of_its_step(case):
    """Formulas of whole arrays and of single elements say what the step computes."""
    e, shapes, named, values = context(case)
    for piece in e.pieces:
        expected = np.asarray(values[piece.step], dtype=float)
        if not piece.by_element:
            found = evaluated(piece.formula, shapes, named)
            assert np.asarray(found).reshape(expected.shape) == pytest.approx(expected, rel=1e-12, abs=1e-12)
            continue
        for at in np.ndindex(expected.shape):
            found = evaluated(piece.formula, shapes, named, dict(zip(piece.indices, at, strict=True)))
            assert float(found) == pytest.approx(expected[at], rel=1e-12, abs=1e-12)


def paths(e, variable):
    """Every path from the loss to a variable."""
    step = e.derivation.graph.inputs[variable]
    open_ends = [(step, ())]
    while open_ends:
        at, path = open_ends.pop()
        if at == e.loss.step:
            yield lettered(path, e.indices(step), {*e.letters.values(), *e.names.values()})
        open_ends += [(f.consumer, (f, *path)) for f in e.factors if f.target == at]


def summed(path):
    """The product of the local derivatives of a path, added over the letters that only inner elements have."""
    builder = ExprBuilder()
    place = builder.graft(path[0].formula)
    for f in path[1:]:
        place = builder.call("mul", place, builder.graft(f.formula))
    return builder.build(place)


@pytest.mark.parametrize("case", DIRECT)
def test_the_chain_rule_as_it_is_printed_gives_the_gradient(case):
    """Σ over the summed letters of the product of local derivatives, over all paths, is an element of the gradient."""
    e, shapes, named, values = context(case)
    for variable, step in e.steps.items():
        if step is None:
            continue
        expected = np.asarray(values[step], dtype=float)
        at = tuple(n // 2 for n in expected.shape)
        total = 0.0
        for path in paths(e, variable):
            own = dict(zip(path[-1].target_indices, at, strict=True))
            letters = summed_letters(path)
            extents = [extent_of(e, path, i) for i in letters]
            for inner in itertools.product(*map(range, extents)):
                total += float(evaluated(summed(path), shapes, named, own | dict(zip(letters, inner, strict=True))))
        assert total == pytest.approx(expected[at], rel=1e-10, abs=1e-12)


def extent_of(e, path, letter):
    """How many values a letter of a path takes."""
    graph = e.derivation.graph
    for f in path:
        for i, own in zip(f.consumer_indices, graph.indices[f.consumer], strict=True):
            if i == letter:
                return graph.extent(own)
    raise AssertionError(letter)


def test_a_step_that_is_read_element_by_element_shares_its_letters():
    """∂uᵢ/∂ŷᵢ has one letter on both sides; ∂pⱼ/∂zₖ of a softmax has two."""
    e = explained("mean squared error")
    sides = {
        (e.names[f.consumer], e.names[f.target]): (f.consumer_indices, f.target_indices, f.summed) for f in e.factors
    }
    assert sides["u", "yhat"] == (("i",), ("i",), ())
    assert sides["yhat", "w"] == (("i",), ("j",), ("i",))
    softmax = next(f for f in explained("cross-entropy").factors if f.rule == "composite")
    assert len(set(softmax.consumer_indices + softmax.target_indices)) == 3
    assert softmax.operation == "softmax"


def test_rules_pass_sums_and_matrix_products():
    """A mean hands over to what it averages, a matrix product to the factor that reads the target."""
    e = explained("ridge")
    rules = {(e.names[f.consumer], e.names[f.target]): f.rule for f in e.factors}
    assert rules["L", "u"] == "power"
    assert rules["yhat", "w"] == "constant_factor"
    assert rules["u", "yhat"] == "sum"


def test_a_softmax_is_called_p_unless_the_name_is_taken():
    """What sums to 1 is a distribution."""
    roles = {p.name: p.role for p in explained("cross-entropy").pieces}
    assert roles["p"] is PieceRole.DISTRIBUTION
    e = array_graph("-sum(p*log(softmax(z)))", {"z": ("k",), "p": ("k",)})
    assert "p" in e.inputs


def test_renaming_indices_catches_none():
    """A bound index that has the new name of a free one gets another letter."""
    nodes = (
        Node(NodeKind.NAME, "x"),
        Node(NodeKind.INDEX, "", (0,), params=("i",)),
        Node(NodeKind.INDEX, "", (0,), params=("j",)),
        Node(NodeKind.CALL, "mul", (1, 2)),
        Node(NodeKind.ARRAY_CALL, "sum", (3,), params=(None, ("j",), False)),
    )
    renamed = renamed_indices(Expr(nodes), {"i": "j"})
    assert printer.own(renamed) == "sum(x[j]*x[k], k)"


def test_letters_avoid_the_names_of_a_loss():
    """A variable called i leaves the letter to it."""
    graph = array_graph("i*sum(x**2)", {"x": ("n",), "i": ()})
    assert set(axis_letters(graph).values()) == {"j"}
