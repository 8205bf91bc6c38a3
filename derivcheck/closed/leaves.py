"""Leaves of formulas of arrays, and calls of array operations: what every way of writing arrays shares."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.graph.steps import Graph
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Node, NodeKind
from derivcheck.ops.array_rows import ARRAY_ROWS, row_of_composite

AXIS, OVER = "axis", "over"


def variable_along(graph: Graph, index: str) -> tuple[str, int] | None:
    """A variable with an axis as long as an index, and the axis: -1 for its last, which is preferred."""
    found: tuple[str, int] | None = None
    for name, k in graph.inputs.items():
        axes = graph.axes.get(name, graph.indices[k])
        for axis, own in enumerate(axes):
            if own is not None and graph.sizes[own] == graph.sizes[index]:
                if axis == len(axes) - 1:
                    return name, -1
                found = found or (name, axis)
    return found


class ArrayBuilder(ExprBuilder):
    """An arena for formulas of the steps of one graph."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph

    def array_call(self, op: str, *children: int, **settings: object) -> int:
        """An array operation; static parameters that are not given have their defaults."""
        params = tuple(settings.get(p.name, p.default) for p in ARRAY_ROWS[op].params)
        return self.add(Node(NodeKind.ARRAY_CALL, op, children, params=params))

    def signed(self, value: Fraction, text: str = "") -> int:
        """A number; a negative one as the minus that it is."""
        return self.call("neg", self.number(-value)) if value < 0 else self.number(value, text)

    def constant(self, k: int) -> int:
        """A constant step."""
        return self.signed(self.graph.params[k][0], self.graph.literals.get(k, ""))

    def size(self, index: str) -> int:
        """How many values an index takes: the name of the size, or its number where it has no name."""
        size, extent = self.graph.sizes[index], self.graph.extent(index)
        if isinstance(size, str) and (extent is None or size.isidentifier()):
            return self.name(size)
        return self.number(extent or 0)

    def literal(self, k: int) -> int:
        """An array of constants, row by row."""
        places = [self.signed(v) for v in self.graph.params[k][0]]
        for index in reversed(self.graph.indices[k]):
            size = self.graph.extent(index) or 1
            rows = [tuple(places[r : r + size]) for r in range(0, len(places), size)]
            places = [self.add(Node(NodeKind.ARRAY, "", row)) for row in rows]
        return places[0]

    def composite(self, k: int, operand: int, axis: int) -> int:
        """A composite step as the array operation of its name, along an axis counted from the last."""
        own = iter(self.graph.params[k])
        settings: dict[str, object] = {}
        row = row_of_composite(self.graph.ops[k], self.graph.params[k])
        for p in row.params:
            settings[p.name] = axis if p.name == AXIS else next(own, p.default)
        return self.array_call(row.name, operand, **settings)
