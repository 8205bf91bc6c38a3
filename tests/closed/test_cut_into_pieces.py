"""Cutting a loss into pieces, and their names."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import graph_of, kinked

from derivcheck.closed.explain import explain
from derivcheck.closed.explanation import PieceRole
from derivcheck.closed.pieces import cut_into_pieces, name_pieces
from derivcheck.derive import active_steps, differentiate
from derivcheck.language import printer
from derivcheck.language.builder import name
from derivcheck.ops.table import TABLE


def told(text, *known):
    """Every piece as ``name = formula``."""
    graph = graph_of(text, *known)
    pieces = explain(graph, tuple(graph.inputs), full=True).pieces
    return [f"{printer.unicode(name(p.name))} = {printer.unicode(p.formula)}" for p in pieces]


PIECES = [
    ("(y-(w*x+b))^2", ["yhat = w·x + b", "u = y - yhat", "L = u²"]),
    ("1/2*(y-(w*x+b))^2", ["yhat = w·x + b", "u = y - yhat", "L = (1/2)·u²"]),
    ("(w*x+b-y)^2", ["yhat = w·x + b", "u = yhat - y", "L = u²"]),
    ("|y - ŷ|", ["u = y - ŷ", "L = |u|"]),
    ("(t - w*x)^2", ["ŷ = w·x", "u = t - ŷ", "L = u²"]),
    ("(y_1 - w*x_1)^2", ["ŷ₁ = w·x₁", "u = y₁ - ŷ₁", "L = u²"]),
    ("yhat = w*x+b; e = y - yhat; e^2", ["ŷ = w·x + b", "e = y - ŷ", "L = e²"]),
    ("J = (y - w*x)^2", ["ŷ = w·x", "u = y - ŷ", "J = u²"]),
    ("tanh(w*x + b)^2", ["u₁ = w·x + b", "u₂ = tanh(u₁)", "L = u₂²"]),
    ("softplus(w)", ["L = softplus(w)"]),
    ("w*x + b", ["L = w·x + b"]),
    ("3*w^2*x", ["L = 3w²·x"]),
    ("|w|^(1/2) + w", ["u₁ = |w|", "u₂ = u₁^(1/2)", "L = u₂ + w"]),
    ("s = w*x; s^2 + s", ["s = w·x", "L = s² + s"]),
    ("exp(w*x) + w*x", ["u₁ = w·x", "u₂ = exp(u₁)", "L = u₂ + u₁"]),
]


@pytest.mark.parametrize(("text", "pieces"), PIECES)
def test_pieces_are_those_of_a_teacher(text, pieces):
    """Prediction, error and loss have their names; the author's names win; what is read twice is a piece."""
    assert told(text) == [p.replace("yhat", "ŷ") for p in pieces]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("u*(y - w*x)^2", {"u", "y", "w", "x"}),
        ("L*(y - w*x)^2 + loss", {"L", "loss"}),
        ("yhat*(y - w*x)^2", {"yhat"}),
        ("(y - tanh(w*x + u_1))^2*u_2 + L", {"u_1", "u_2", "L"}),
        ("u = w*x; L = u^2; ubar*L + u", {"ubar"}),
    ],
)
def test_no_piece_takes_the_name_of_a_variable(text, names):
    """A letter that the author uses stands for nothing else, and no two pieces share one."""
    graph = graph_of(text)
    cuts = cut_into_pieces(graph, active_steps(graph))
    named = [n for n, _ in name_pieces(graph, cuts).values()]
    assert len(named) == len(cuts) == len(set(named))
    assert names <= set(graph.inputs)
    assert not set(named) & set(graph.inputs)


@given(kinked())
def test_pieces_cover_the_loss(expr):
    """The last piece is the loss, roles are unique, and pieces are made of variables and earlier pieces alone."""
    graph = graph_of(expr)
    explanation = explain(graph, tuple(graph.inputs), full=True)
    assert explanation.loss.step == graph.output
    known = set(graph.inputs)
    for piece in explanation.pieces:
        assert set(piece.formula.names()) <= known
        known.add(piece.name)
    assert [p.role for p in explanation.pieces].count(PieceRole.ERROR) <= 1


@given(kinked())
def test_what_can_have_a_kink_ends_a_piece(expr):
    """No switch hides inside a piece: a step with switches that is differentiated is the last of its piece."""
    graph = graph_of(expr)
    cuts = set(cut_into_pieces(graph, active_steps(graph)))
    for k in {c.consumer for c in differentiate(graph).contributions}:
        if TABLE[graph.ops[k]].switches:
            smooth = graph.ops[k] == "power" and graph.params[k][0].denominator == 1
            assert k in cuts or smooth
