"""Arrays of a point as constant expressions: from text, from nested lists, and from array-like objects of Python."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from derivcheck.errors import PointError
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.language.lexer import matching
from derivcheck.language.shapes import MAX_AXES
from derivcheck.language.tokens import Token

MAX_ELEMENTS = 100_000
"""The elements of the largest array that is written out as an expression."""

_HINT = "write X=[[1, 2], [3, 4]]"


def is_array(value: object) -> bool:
    """Whether a value from Python is an array: a list, a tuple, or what NumPy or PyTorch make."""
    if isinstance(value, str | bytes | bytearray | numbers.Number):
        return False
    return isinstance(value, Sequence) or hasattr(value, "tolist") or hasattr(value, "__array__")


def array_expr(value: object, element: Callable[[Any], Expr], name: str = "the array") -> Expr:
    """An array from Python as an expression of constants; a single number where it has no axes.

    Args:
        value: nested lists or tuples of one shape, or an object with ``tolist`` or ``__array__``.
        element: reads one element.
        name: what the array is called in messages.

    Raises:
        PointError: rows of different lengths, no elements, too many, or one that is no number; its place is named.
    """
    level: list[Any] = [_listed(value)]
    shape: tuple[int, ...] = ()
    while isinstance(level[0], list):
        length = len(level[0])
        for k, row in enumerate(level):
            _check_row(row, length, name, _place(k, shape))
        shape = (*shape, length)
        if len(shape) > MAX_AXES:
            raise PointError(f"{name} has more than {MAX_AXES} axes", None, _HINT)
        if prod(shape) > MAX_ELEMENTS:
            text = f"{name} has more than {MAX_ELEMENTS:,} elements"
            raise PointError(text, None, "give a NumPy array or a .npz file for many numbers")
        level = [_listed(e) for row in level for e in row]
    builder = ExprBuilder()
    places = [_element(e, element, builder, name, _place(k, shape)) for k, e in enumerate(level)]
    for length in reversed(shape):
        places = [builder.array(*places[k : k + length]) for k in range(0, len(places), length)]
    return builder.build(places[0])


def _listed(value: Any) -> Any:
    """A list in place of what is an array."""
    if not is_array(value) or isinstance(value, list):
        return value
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Sequence):
        return list(value)
    import numpy as np

    return np.asarray(value).tolist()


def _place(k: int, shape: tuple[int, ...]) -> str:
    """The element number ``k`` of an array in the order of rows: ``[0, 2]``."""
    found: list[str] = []
    for length in reversed(shape):
        k, position = divmod(k, length)
        found.append(str(position))
    return f"[{', '.join(reversed(found))}]" if found else ""


def _check_row(row: Any, length: int, name: str, place: str) -> None:
    hint = "the rows of an array have one length"
    if not isinstance(row, list):
        raise PointError(f"{name}{place} is a single value where the rows before it are lists", None, hint)
    if len(row) != length:
        raise PointError(f"{name}{place} has {len(row)} elements where the first has {length}", None, hint)
    if length == 0:
        raise PointError(f"{name}{place} has no elements", None, "give at least one element")


def _element(value: Any, element: Callable[[Any], Expr], builder: ExprBuilder, name: str, place: str) -> int:
    if isinstance(value, list):
        raise PointError(f"{name}{place} is a list where the elements before it are numbers", None, _HINT)
    try:
        return builder.graft(element(value))
    except PointError as error:
        if not place:
            raise
        raise PointError(f"{name}{place}: {error.message}", error.span, error.hint) from error


def typed_array(expr: Expr, tokens: Sequence[Token]) -> Expr:
    """A value as it was typed; one element in square brackets is an array here: ``x=[2]``.

    Raises:
        PointError: an array stands in a formula.
    """
    bracket = len(tokens) > 2 and tokens[0].text == "[" and matching(list(tokens)).get(0) == len(tokens) - 2
    if bracket and expr.root.kind is not NodeKind.ARRAY:
        span = tokens[0].span.to(tokens[-2].span)
        expr = Expr((*expr.nodes, Node(NodeKind.ARRAY, "", (len(expr.nodes) - 1,), span=span)))
    for node in expr.nodes:
        inside = (expr.nodes[c] for c in node.children)
        if node.kind is not NodeKind.ARRAY and any(child.kind is NodeKind.ARRAY for child in inside):
            text = "an array stands in a formula where its elements are meant"
            raise PointError(text, node.span, "write the elements as numbers: w=[1/2, -1/2]")
    return expr
