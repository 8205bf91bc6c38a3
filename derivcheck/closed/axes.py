"""Letters for the axes of a graph: the same axis has the same letter wherever it is met."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from derivcheck.graph.steps import Graph
from derivcheck.language.expr import Expr, Node, NodeKind

ORDER = "ijklmpqrstvabcdefgh"
"""Letters for axes, in the order in which they are given out."""


def axis_letters(graph: Graph, taken: Collection[str] = ()) -> dict[str, str]:
    """A letter for every index that the steps of the output have.

    An axis that is read through an index shares its letter, unless a step would then have one letter twice: the matrix
    that meets itself in ``A A`` has the letters i, j, and the product is summed over a third.

    Args:
        graph: the graph.
        taken: names that no index may have; names of variables, of the author's steps and of sizes are avoided too.
    """
    needed = graph.ancestors(graph.output)
    kin = _Kinship()
    for k in needed:
        kin.meet((*graph.indices[k], *(i for i in graph.over[k] if i not in graph.indices[k])))
    for k in needed:
        for o, subscripts in zip(graph.operands[k], graph.subscripts[k], strict=True):
            for own, subscript in zip(graph.indices[o], subscripts, strict=True):
                if isinstance(subscript, str):
                    kin.unite(own, subscript)
    fresh = fresh_letters({*taken, *graph.inputs, *graph.names.values(), *map(str, graph.sizes.values())})
    letters: dict[int, str] = {}
    for number in kin.group.values():
        if number not in letters:
            letters[number] = next(fresh)
    return {i: letters[number] for i, number in kin.group.items()}


class _Kinship:
    """Which indices stand for one axis, and which ones must be told apart."""

    def __init__(self) -> None:
        self.group: dict[str, int] = {}
        self.members: list[set[str]] = []
        self.apart: dict[str, set[str]] = {}

    def meet(self, indices: Sequence[str]) -> None:
        """Indices of one step."""
        for i in indices:
            if i not in self.group:
                self.group[i] = len(self.members)
                self.members.append({i})
            self.apart.setdefault(i, set()).update(j for j in indices if j != i)

    def unite(self, first: str, second: str) -> None:
        """Let two indices stand for one axis, unless they, or what they stand for already, meet in a step."""
        a, b = sorted((self.group[first], self.group[second]))
        if a == b or any(self.apart[i] & self.members[b] for i in self.members[a]):
            return
        for i in self.members[b]:
            self.group[i] = a
        self.members[a] |= self.members[b]


def fresh_letters(used: Collection[str]) -> Iterator[str]:
    """Letters, then numbered ones, that are not in use."""
    number = 0
    while True:
        for letter in ORDER:
            name = f"{letter}_{number}" if number else letter
            if name not in used:
                yield name
        number += 1


def renamed_indices(expr: Expr, names: Mapping[str, str]) -> Expr:
    """A formula with its free indices renamed, all at once; a bound one that would be caught gets another letter."""
    occurring = {i for node in expr.nodes for i in _index_names(node)} | (names.keys() & set(expr.names()))
    moved = {i: n for i, n in names.items() if i in occurring and i != n}
    if not moved:
        return expr
    targets = {names.get(i, i) for i in names}
    fresh = fresh_letters({*occurring, *targets, *expr.names()})
    moved |= {i: next(fresh) for i in sorted(occurring - names.keys()) if i in targets}
    return Expr(tuple(_renamed(node, moved) for node in expr.nodes))


def _index_names(node: Node) -> Iterator[str]:
    """The names of indices that a node reads or binds."""
    if node.kind is NodeKind.INDEX:
        yield from (p for p in node.params if isinstance(p, str))
    elif node.kind is NodeKind.ARRAY_CALL:
        for p in node.params:
            if isinstance(p, tuple):
                yield from (i for i in p if isinstance(i, str))


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    if node.kind is NodeKind.NAME:
        return replace(node, text=names.get(node.text, node.text))
    if node.kind is NodeKind.INDEX:
        return replace(node, params=tuple(names.get(p, p) if isinstance(p, str) else p for p in node.params))
    if node.kind is not NodeKind.ARRAY_CALL:
        return node
    params = (tuple(names.get(i, i) for i in p) if isinstance(p, tuple) else p for p in node.params)
    return replace(node, params=tuple(params))
