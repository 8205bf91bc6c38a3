"""Cutting a graph into pieces that a reader sees as one function each, and naming them.

A piece is a polynomial of variables and other pieces, such as ``w·x + b`` or ``½·u²``, or one application of a function
or quotient. A step that is read more than once, or that the author named, is always a piece, and one that can have a
kink, such as a root, always ends one. Of arrays a sum or mean belongs to the polynomial that it adds up, so that
``X w + b`` and ``mean(u²)`` are one piece each, and so is a norm; a matrix product of a matrix product is two. What is
subtracted from (or has subtracted) a target ``y`` or ``t`` is the prediction, the difference is the error, the whole is
the loss.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator

from derivcheck.closed.explanation import PieceRole
from derivcheck.graph.steps import MEAN, SUM, Graph, Kind
from derivcheck.ops.composites import COMPOSITES
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE

SQUARE_ROOT, SQUARE = "sqrt", "power"
"""The rows of which a norm is made."""

TARGETS = {"y": "yhat", "t": "yhat", "Y": "Yhat", "T": "Yhat"}
"""Names that by convention stand for what is to be predicted, and the name of the prediction."""


def cut_into_pieces(graph: Graph, active: Collection[int]) -> tuple[int, ...]:
    """The steps that end a piece, in order; the last is the graph's output.

    Args:
        graph: the loss.
        active: the steps that are differentiated through, as booleans by step.
    """
    needed = graph.ancestors(graph.output)
    readers = [0] * len(graph)
    for k in needed:
        for o in set(graph.operands[k]):
            readers[o] += 1
    flags = bytes(active)
    monomial, product = bytearray(len(graph)), bytearray(len(graph))
    cut = bytearray(len(graph))
    for k in needed:
        if not flags[k]:
            continue
        if graph.kinds[k] is Kind.INPUT:
            monomial[k] = 1
            continue
        inner = [o for o in graph.operands[k] if flags[o] and graph.kinds[o] is not Kind.INPUT]
        for o in inner:
            shared = readers[o] > 1 or o in graph.names
            twice = product[o] and bool(graph.indices[k]) and _role(graph, k) is Role.PRODUCT
            if shared or twice or not _absorbs(graph, k, o, bool(monomial[o])):
                cut[o] = 1
        inner = [o for o in inner if not cut[o]]
        monomial[k] = all(monomial[o] for o in inner) and _keeps_monomial(graph, k)
        product[k] = monomial[k] and (_is_matrix_product(graph, k) or any(product[o] for o in inner))
    cut[graph.output] = 1
    return tuple(k for k in needed if cut[k])


def _role(graph: Graph, k: int) -> Role | None:
    """The role of an elementwise step; None for any other."""
    return TABLE[graph.ops[k]].role if graph.kinds[k] is Kind.MAP else None


def _adds_up(graph: Graph, k: int) -> bool:
    """Whether a step is a sum or a mean over indices."""
    return graph.kinds[k] is Kind.REDUCE and graph.ops[k] in (SUM, MEAN)


def _is_matrix_product(graph: Graph, k: int) -> bool:
    """Whether a step adds up products."""
    return _adds_up(graph, k) and _role(graph, graph.operands[k][0]) is Role.PRODUCT


def _keeps_monomial(graph: Graph, k: int) -> bool:
    """Whether a step of monomials is one."""
    role = _role(graph, k)
    if role is Role.POWER:
        return bool(graph.params[k][0].denominator == 1)
    return _adds_up(graph, k) or role is Role.PRODUCT or (role is Role.SUM and len(graph.operands[k]) == 1)


def _absorbs(graph: Graph, reader: int, operand: int, monomial: bool) -> bool:
    """Whether ``operand`` reads as a part of the piece that ``reader`` belongs to."""
    role = _role(graph, reader)
    if role is Role.SUM:
        if residual(graph, reader):
            return False  # the prediction
        operands = graph.operands[reader]
        leading_sum = operand == operands[0] and len(operands) == 2
        return monomial or (leading_sum and _role(graph, operand) is Role.SUM)
    return monomial and (role is Role.PRODUCT or _adds_up(graph, reader) or is_norm(graph, reader))


def is_norm(graph: Graph, k: int) -> bool:
    """Whether a step is √Σ x²."""
    if graph.kinds[k] is not Kind.MAP or graph.ops[k] != SQUARE_ROOT:
        return False
    total = graph.operands[k][0]
    if graph.kinds[total] is not Kind.REDUCE or graph.ops[total] != SUM:
        return False
    squares = squares_of(graph, k)
    return graph.ops[squares] == SQUARE and graph.params[squares] == (2,) and graph.kinds[squares] is Kind.MAP


def squares_of(graph: Graph, k: int) -> int:
    """What the sum under a root adds up."""
    inner = graph.operands[graph.operands[k][0]]
    return inner[0] if inner else k


def residual(graph: Graph, k: int) -> str | None:
    """The name of the target if step ``k`` is the difference of a target and something computed."""
    row = TABLE[graph.ops[k]] if graph.kinds[k] is Kind.MAP else None
    if row is None or row.role is not Role.SUM or row.notation.own != "-" or len(graph.operands[k]) != 2:
        return None
    for target, other in (graph.operands[k], graph.operands[k][::-1]):
        name = graph.ops[target] if graph.kinds[target] is Kind.INPUT else ""
        if name.split("_")[0] in TARGETS and graph.kinds[other] is not Kind.CONSTANT:
            return name
    return None


def name_pieces(graph: Graph, cuts: tuple[int, ...]) -> dict[int, tuple[str, PieceRole]]:
    """A name and a role for every piece; the author's names win, and no name is used twice."""
    taken = set(graph.inputs) | set(graph.names.values()) | {s for s in graph.sizes.values() if isinstance(s, str)}
    named: dict[int, tuple[str, PieceRole]] = {}
    for k in cuts:
        if k in graph.names:
            named[k] = graph.names[k], PieceRole.GIVEN
    if graph.output not in named:
        named[graph.output] = _free(("L", "loss", "Loss", "L_0"), taken), PieceRole.LOSS
    for k in cuts:
        target = residual(graph, k)
        if target is None:
            continue
        stem, _, subscript = target.partition("_")
        for o in graph.operands[k]:
            prediction = TARGETS[stem] + (f"_{subscript}" if subscript else "")
            if o in cuts and o not in named and prediction not in taken:
                taken.add(prediction)
                named[o] = prediction, PieceRole.PREDICTION
        if k not in named and "u" not in taken:
            named[k] = _free(("u",), taken), PieceRole.ERROR
    for k in cuts:
        if k not in named and _is_distribution(graph, k) and "p" not in taken:
            named[k] = _free(("p",), taken), PieceRole.DISTRIBUTION
    standardized = {k: name for k in cuts if k not in named and (name := hatted(graph, k)) is not None}
    for k, name in standardized.items():
        named[k] = _free(itertools.chain((name,), _numbered(name, taken)), taken), PieceRole.PLAIN
    rest = [k for k in cuts if k not in named]
    fresh = _numbered("u", taken) if len(rest) > 1 or "u" in taken else iter(("u",))
    for k in rest:
        named[k] = _free(fresh, taken), PieceRole.PLAIN
    return named


def hatted(graph: Graph, k: int) -> str | None:
    """The name x̂ of what is standardized, after the variable if that is a letter; None for any other step."""
    if graph.kinds[k] is not Kind.COMPOSITE or COMPOSITES[graph.ops[k]].sums_to != 0:
        return None
    operand = graph.operands[k][0]
    variable = graph.ops[operand] if graph.kinds[operand] is Kind.INPUT else ""
    stem = variable if len(variable) == 1 else "X" if len(graph.indices[k]) > 1 else "x"
    return f"{stem}hat"


def _is_distribution(graph: Graph, k: int) -> bool:
    """Whether a step's elements are known to sum to 1 along an axis."""
    return graph.kinds[k] is Kind.COMPOSITE and COMPOSITES[graph.ops[k]].sums_to == 1


def _numbered(stem: str, taken: set[str]) -> Iterator[str]:
    number = 1
    while True:
        if f"{stem}_{number}" not in taken:
            yield f"{stem}_{number}"
        number += 1


def _free(candidates: Iterator[str] | tuple[str, ...], taken: set[str]) -> str:
    for name in candidates:
        if name not in taken:
            taken.add(name)
            return name
    return _free(_numbered("L", taken), taken)


def residual_piece(graph: Graph, cuts: Iterable[int]) -> int | None:
    """The first piece that is the error, if there is one."""
    return next((k for k in cuts if residual(graph, k) is not None), None)
