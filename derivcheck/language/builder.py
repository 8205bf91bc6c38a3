"""Assembling expressions: an arena in which equal subexpressions are one node."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.ops.array_rows import ARRAY_ROWS
from derivcheck.source import Span

MATRIX_PRODUCT = next(row.name for row in ARRAY_ROWS.values() if row.notation.own == "@")
"""The row that a product without a sign stands for between arrays."""

_Key = tuple[NodeKind, str, tuple[int, ...], Fraction | None, tuple[Any, ...], bool]


class ExprBuilder:
    """An arena under construction. Each method returns the position of a node, made only if no equal one is there.

    Spans and the way a number was written belong to no node's identity: the first one met is kept. A product that was
    written without a sign is another node than one with a sign, since between arrays it is the matrix product.
    """

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._known: dict[_Key, int] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def node(self, position: int) -> Node:
        """The node at ``position``."""
        return self._nodes[position]

    def add(self, node: Node) -> int:
        """Any node whose children stand in this arena."""
        text = "" if node.kind is NodeKind.NUMBER else node.text
        key = (node.kind, text, node.children, node.value, node.params, node.implied)
        position = self._known.get(key)
        if position is None:
            if any(not 0 <= c < len(self._nodes) for c in node.children):
                raise ValueError("a node reads only nodes that stand before it")
            position = self._known[key] = len(self._nodes)
            self._nodes.append(node)
        return position

    def number(self, value: int | Fraction, text: str = "", span: Span | None = None) -> int:
        """A rational number; ``text`` is how to write it, a fraction or an integer by default."""
        return self.add(Node(NodeKind.NUMBER, text, value=Fraction(value), span=span))

    def name(self, name: str, span: Span | None = None) -> int:
        """A variable by its canonical name."""
        return self.add(Node(NodeKind.NAME, name, span=span))

    def call(self, op: str, *children: int, params: tuple[int | Fraction, ...] = (), span: Span | None = None) -> int:
        """The operation ``op`` of the table on nodes of this arena, with its static parameters."""
        return self.add(Node(NodeKind.CALL, op, children, params=tuple(Fraction(p) for p in params), span=span))

    def apply(
        self, function: str, *children: int, params: tuple[tuple[str, Any], ...] = (), span: Span | None = None
    ) -> int:
        """A function of the author's own, or of the catalogue with its options, on nodes of this arena."""
        return self.add(Node(NodeKind.APPLY, function, children, params=params, span=span))

    def array(self, *children: int, span: Span | None = None) -> int:
        """An array of elements, which are scalars or arrays of one shape."""
        return self.add(Node(NodeKind.ARRAY, "", children, span=span))

    def array_call(self, op: str, *children: int, params: tuple[Any, ...] = (), span: Span | None = None) -> int:
        """An array operation on nodes of this arena; the last static parameters have their defaults if left out."""
        defaults = tuple(p.default for p in ARRAY_ROWS[op].params[len(params) :])
        return self.add(Node(NodeKind.ARRAY_CALL, op, children, params=params + defaults, span=span))

    def index(self, array: int, *subscripts: int | str | None, span: Span | None = None) -> int:
        """A part of an array: a position, the name of an index, or None for all, an axis."""
        return self.add(Node(NodeKind.INDEX, "", (array,), params=subscripts, span=span))

    def partial(self, function: int, *variables: int, span: Span | None = None) -> int:
        """The partial derivative of a node with respect to variables, which are NAME nodes."""
        if not variables or any(self._nodes[v].kind is not NodeKind.NAME for v in variables):
            raise ValueError("a partial derivative is taken with respect to one or more names")
        return self.add(Node(NodeKind.PARTIAL, "", (function, *variables), span=span))

    def graft(self, expr: Expr, replace: Mapping[str, int] | None = None) -> int:
        """Copy ``expr`` into the arena, each name of ``replace`` becoming the node given for it; the root's position.

        The variables of a partial derivative stay names: ∂f/∂x is not the derivative by what x stands for.
        """
        replace = replace or {}
        place: list[int] = []
        for node in expr.nodes:
            if node.kind is NodeKind.NAME and node.text in replace:
                place.append(replace[node.text])
                continue
            if node.kind is NodeKind.PARTIAL:
                variables = tuple(self.name(expr.nodes[c].text) for c in node.children[1:])
                children = (place[node.children[0]], *variables)
            else:
                children = tuple(place[c] for c in node.children)
            place.append(
                self.add(Node(node.kind, node.text, children, node.value, node.params, node.span, node.implied))
            )
        return place[-1]

    def build(self, position: int) -> Expr:
        """The expression rooted at ``position``, with the nodes it does not read left out."""
        return Expr(tuple(self._nodes[: position + 1])).sub(position)


def number(value: int | Fraction, text: str = "") -> Expr:
    """A rational number as an expression."""
    return Expr((Node(NodeKind.NUMBER, text, value=Fraction(value)),))


def name(canonical: str) -> Expr:
    """A variable as an expression."""
    return Expr((Node(NodeKind.NAME, canonical),))


def call(op: str, *operands: Expr, params: tuple[int | Fraction, ...] = ()) -> Expr:
    """The operation ``op`` of the table on expressions."""
    builder = ExprBuilder()
    return builder.build(builder.call(op, *[builder.graft(o) for o in operands], params=params))


def substitute(expr: Expr, replacements: Mapping[str, Expr]) -> Expr:
    """``expr`` with names replaced by expressions, all at once; the variables of partial derivatives stay."""
    builder = ExprBuilder()
    return builder.build(builder.graft(expr, {n: builder.graft(e) for n, e in replacements.items()}))


def same(a: Expr, b: Expr) -> bool:
    """Whether two expressions are the same tree, however their numbers and products are written, spans aside."""
    builder = ExprBuilder()
    return builder.graft(explicit(a)) == builder.graft(explicit(b))


def explicit(expr: Expr, matrix: Collection[int] = ()) -> Expr:
    """``expr`` without implied products: those at the positions ``matrix`` as matrix products, the others with a sign.

    >>> x = Expr((Node(NodeKind.NAME, "X"), Node(NodeKind.NAME, "w"), Node(NodeKind.CALL, "mul", (0, 1), implied=True)))
    >>> explicit(x, {2}).root.text, explicit(x).root.text
    ('matmul', 'mul')
    """
    nodes: list[Node] = []
    for position, node in enumerate(expr.nodes):
        if node.implied and position in matrix:
            node = Node(NodeKind.ARRAY_CALL, MATRIX_PRODUCT, node.children, span=node.span)
        elif node.implied:
            node = Node(node.kind, node.text, node.children, node.value, node.params, node.span)
        nodes.append(node)
    return Expr(tuple(nodes))
