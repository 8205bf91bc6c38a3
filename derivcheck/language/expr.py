"""Expressions as the author wrote them: a flat arena of nodes, children before parents."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from typing import Any

from derivcheck.source import Span


class NodeKind(Enum):
    """What a node of an expression is."""

    NUMBER = auto()  # value: Fraction; text: as written
    NAME = auto()  # text: canonical name of a variable
    CALL = auto()  # text: name of a row of the operation table; children: operands; params: static parameters
    APPLY = auto()  # text: name of a function of the author's own; children: arguments
    PARTIAL = auto()  # children: (function, variable, variable, …); the derivative ∂f/∂x, ∂²f/∂x∂y
    ARRAY = auto()  # children: the elements: scalars, or arrays of one shape
    ARRAY_CALL = auto()  # text: name of a row of the array operations; children: operands; params: one a parameter
    INDEX = auto()  # children: (array,); params: a subscript an axis: a position, the name of an index, None for all


@dataclass(frozen=True, slots=True)
class Node:
    """One node; ``children`` are positions in the arena, each smaller than the node's own.

    ``params`` are static: rational numbers for a row of the table; for array operations also positions, names, tuples
    of names, None; for a function of the catalogue pairs of option and value. ``implied`` marks a product that was
    written by juxtaposition: between two arrays it is the matrix product.
    """

    kind: NodeKind
    text: str
    children: tuple[int, ...] = ()
    value: Fraction | None = None
    params: tuple[Any, ...] = ()
    span: Span | None = None
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression: the arena up to and including its root, the last node."""

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        if not self.nodes:
            raise ValueError("an expression has at least one node")
        for k, node in enumerate(self.nodes):
            if any(not 0 <= c < k for c in node.children):
                raise ValueError(f"node {k} reads a node that does not stand before it")

    @property
    def root(self) -> Node:
        """The node that the expression stands for."""
        return self.nodes[-1]

    def names(self) -> tuple[str, ...]:
        """The variables that occur, in order of first occurrence."""
        return tuple(dict.fromkeys(n.text for n in self.nodes if n.kind is NodeKind.NAME))

    def sub(self, position: int) -> Expr:
        """The expression rooted at ``position``, with the nodes it does not read left out."""
        keep = {position}
        for k in range(position, -1, -1):
            if k in keep:
                keep.update(self.nodes[k].children)
        order = sorted(keep)
        place = {old: new for new, old in enumerate(order)}
        return Expr(tuple(_moved(self.nodes[k], place) for k in order))


def _moved(node: Node, place: dict[int, int]) -> Node:
    children = tuple(place[c] for c in node.children)
    return Node(node.kind, node.text, children, node.value, node.params, node.span, node.implied)


@dataclass(frozen=True, slots=True)
class Definition:
    """``name = body`` or ``name(parameters) = body``."""

    name: str
    parameters: tuple[str, ...] | None
    body: Expr
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How two readings of a juxtaposition right of a slash differ: ``1/2x`` is 1/(2·x) or (1/2)·x."""

    span: Span
    taken: str
    other: str


@dataclass(frozen=True, slots=True)
class Program:
    """What was read: definitions in order, then the expression itself.

    ``name`` is the last definition's name where the text ends with a definition instead of an expression
    (``L = (y - w*x)^2``): then ``expression`` is that definition's body.
    """

    definitions: tuple[Definition, ...]
    expression: Expr
    readings: tuple[Reading, ...] = ()
    name: str | None = None
