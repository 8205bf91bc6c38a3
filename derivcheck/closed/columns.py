"""Vectors as columns beside matrices, by keeping the axis that was summed over: ``sum(A, axis=1, keepdims=True)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Node, NodeKind
from derivcheck.ops.array_rows import ARRAY_ROWS, Setting

ELEMENTWISE, ROWS = "hadamard", 1
"""The elementwise product; the axis along which a matrix is summed to a number for each row."""


class Columns:
    """Writes vectors of one arena, with a number for each row of a matrix, as columns.

    A vector has such a form where it is made of sums, means and the like along rows; of any other a further axis has
    to be added. The formulas are small, so that the walk may call itself.

    Args:
        builder: the arena.
        is_single: whether a name is that of a single number.
    """

    def __init__(self, builder: ExprBuilder, is_single: Callable[[str], bool]) -> None:
        self.builder, self.is_single = builder, is_single

    def column(self, place: int) -> int | None:
        """The vector as a column; a single number as it is; None where there is no such form."""
        builder, node = self.builder, self.builder.node(place)
        if node.kind is NodeKind.NUMBER:
            return place
        if node.kind is NodeKind.NAME:
            return place if self.is_single(node.text) else None
        if node.kind is NodeKind.INDEX:
            return node.children[0] if node.params == (None, 0) else None
        if node.kind is NodeKind.ARRAY_CALL and node.text != ELEMENTWISE:
            return self._kept(place, node)
        if node.kind not in (NodeKind.CALL, NodeKind.ARRAY_CALL):
            return None
        children = [self.column(c) for c in node.children]
        found = [c for c in children if c is not None]
        if len(found) < len(children):
            return None
        return builder.add(Node(node.kind, node.text, tuple(found), node.value, node.params))

    def _kept(self, place: int, node: Node) -> int | None:
        """A reduction along rows with its axis kept; one to a single number as it is."""
        settings = dict(zip((p.name for p in ARRAY_ROWS[node.text].params), node.params, strict=True))
        names = [p.name for p in ARRAY_ROWS[node.text].params if p.setting is Setting.FLAG]
        if not names or settings[names[0]] or settings.get("over"):
            return None
        if settings["axis"] is None:
            return place
        if settings["axis"] != ROWS:
            return None
        return self.builder.array_call(node.text, *node.children, params=_with(settings, names))


def _with(settings: dict[str, object], flags: Sequence[str]) -> tuple[object, ...]:
    """Static parameters in order, the flags set."""
    return tuple(True if name in flags else value for name, value in settings.items())
