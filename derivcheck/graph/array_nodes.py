"""Nodes of array expressions as tensors, and what is said where shapes do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derivcheck.errors import ShapeError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import MULTIPLY, Size
from derivcheck.graph.tensor import Tensor, lifted, mapped
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.ops.array_rows import ARRAY_ROWS


class Algebra:
    """What rows without operands are built from."""

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder

    def _size(self, n: int | str) -> Size:
        """A number of elements, or the symbol of a size that is there."""
        if isinstance(n, int):
            return self.builder.unnamed(n)
        if n not in self.builder.sizes.values():
            raise ShapeError(f"there is no size '{n}' here", None, "write a number, or the name of a size")
        return n

    def full(self, value: int, n: int | str) -> Tensor:
        """A vector of ``n`` equal numbers."""
        label = None if n == 1 else self.builder.fresh(self._size(n))
        return Tensor(self.builder, self.builder.constant(value), (), (label,))

    def eye(self, n: int | str) -> Tensor:
        """The identity matrix."""
        if n == 1:
            return Tensor(self.builder, self.builder.constant(1), (), (None, None))
        size = self._size(n)
        labels = self.builder.fresh(size), self.builder.fresh(size)
        return Tensor(self.builder, self.builder.delta(*labels), labels, labels)


def elementwise(builder: GraphBuilder, node: Node, operands: Sequence[Tensor]) -> Tensor:
    """A row of the table; a product of two arrays that stand side by side is the matrix product."""
    if node.implied and len(operands) == 2 and all(o.axes for o in operands):
        return operands[0] @ operands[1]
    if operands:
        return mapped(node.text, operands, node.params)
    return Tensor(builder, builder.scalar(node.text, params=node.params), (), ())


def from_row(builder: GraphBuilder, node: Node, operands: Sequence[Tensor]) -> Tensor:
    """An array operation."""
    row = ARRAY_ROWS[node.text]
    sources: Sequence[Tensor | Algebra] = operands or [Algebra(builder)]
    built: Tensor = row.build(*sources, *node.params)
    return built


def skipped(expr: Expr, exact: Sequence[Fraction | None]) -> frozenset[int]:
    """The nodes inside arrays of constants, which are read as a whole."""
    inside: set[int] = set()
    for at in range(len(expr.nodes) - 1, -1, -1):
        node = expr.nodes[at]
        if at in inside or (node.kind is NodeKind.ARRAY and _leaves(expr, at, exact) is not None):
            inside.update(node.children)
    readers: dict[int, set[int]] = {}
    for at, node in enumerate(expr.nodes):
        for child in node.children:
            readers.setdefault(child, set()).add(at)
    kinds = (NodeKind.ARRAY, NodeKind.NUMBER, NodeKind.CALL)
    return frozenset(k for k in inside if expr.nodes[k].kind in kinds and len(readers[k]) == 1)


def _leaves(expr: Expr, at: int, exact: Sequence[Fraction | None]) -> tuple[list[Fraction], tuple[int, ...]] | None:
    """The constants of an array in C order and its shape; None where an element is no constant."""
    level, shape = [at], []
    while expr.nodes[level[0]].kind is NodeKind.ARRAY:
        shape.append(len(expr.nodes[level[0]].children))
        level = [c for k in level for c in expr.nodes[k].children]
    values = [exact[k] for k in level]
    found = [v for v in values if v is not None]
    return (found, tuple(shape)) if len(found) == len(values) else None


def array_node(
    builder: GraphBuilder, expr: Expr, at: int, places: Sequence[Tensor], exact: Sequence[Fraction | None]
) -> Tensor:
    """An array of constants as one step; any other as Σ δ · element."""
    constants = _leaves(expr, at, exact)
    if constants is not None:
        return constant_array(builder, tuple(constants[0]), constants[1])
    elements = [places[c] for c in expr.nodes[at].children]
    if len(elements) == 1:
        return elements[0].unsqueezed(0)
    label = builder.fresh(builder.unnamed(len(elements)))
    total: Tensor | None = None
    for k, element in enumerate(elements):
        delta = Tensor(builder, builder.delta(label, k), (label,), (label, *(None for _ in element.axes)))
        term = mapped(MULTIPLY, [delta, element.unsqueezed(0)])
        total = term if total is None else total + term
    return lifted(builder, 0) if total is None else total


def constant_array(builder: GraphBuilder, values: tuple[Fraction, ...], shape: tuple[int, ...]) -> Tensor:
    """An array of rational constants, given in C order."""
    axes = tuple(None if size == 1 else builder.fresh(builder.unnamed(size)) for size in shape)
    own = tuple(a for a in axes if a is not None)
    step = builder.array(values, own) if own else builder.constant(values[0])
    return Tensor(builder, step, own, axes)


def axis_error(error: ShapeError, node: Node, operands: Sequence[tuple[Node, Tensor]]) -> ShapeError:
    """The same error with both operands, their shapes and the place."""
    parts = [f"{_quoted(n)} is {t.shape_text}" for n, t in operands]
    known = " and ".join(p for p in parts if p)
    message = f"the shapes do not fit: {known}" if len(operands) > 1 else f"the shape does not fit: {known}"
    return ShapeError(message, node.span, error.hint or error.message)


def _quoted(node: Node) -> str:
    text = " ".join(node.span.text.split()) if node.span is not None else node.text or "an operand"
    return f"'{text if len(text) <= 40 else text[:39] + '…'}'"
