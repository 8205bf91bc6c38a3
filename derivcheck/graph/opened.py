"""Composite rows written out: a graph of maps and reductions in place of a graph with composites."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derivcheck.graph.labelled import composite_graph
from derivcheck.graph.steps import ADD, Graph, Kind, Subscript
from derivcheck.ops.composites import COMPOSITES, Composite

Reading = tuple[int, tuple[Subscript, ...]]
"""A step and the subscripts it is read with."""


def opened(
    graph: Graph, *, stable: bool = False, opens: Callable[[Composite], bool] | None = None
) -> tuple[Graph, tuple[int, ...]]:
    """The graph with composite rows by their definitions, and where each of its steps went.

    Args:
        graph: any graph; it is returned as it is where there is nothing to open.
        stable: whether the stable forms are wanted in place of the definitions.
        opens: which rows to open; all by default.
    """
    composites = {k for k, kind in enumerate(graph.kinds) if kind is Kind.COMPOSITE}
    if opens is not None:
        composites = {k for k in composites if opens(COMPOSITES[graph.ops[k]])}
    if not composites:
        return graph, tuple(range(len(graph)))
    columns = Columns(graph)
    for k in range(len(graph)):
        if k in composites:
            columns.places.append(_opened(columns, k, stable=stable))
        else:
            columns.copy(k)
    return columns.finish(), tuple(columns.places)


def _opened(columns: Columns, k: int, *, stable: bool) -> int:
    """The steps of one composite row."""
    graph = columns.source
    indices, over = graph.indices[k], graph.over[k]
    inner = tuple(dict.fromkeys(indices + over))
    sizes = {i: graph.sizes[i] for i in inner}
    inside = composite_graph(graph.ops[k], sizes, inner, over, graph.params[k], stable=stable)
    places: list[Reading | int] = []
    for j in range(len(inside)):
        if inside.kinds[j] is Kind.INPUT:
            places.append((columns.places[graph.operands[k][0]], graph.subscripts[k][0]))
            continue
        accesses: list[Reading] = []
        for o, read in zip(inside.operands[j], inside.subscripts[j], strict=True):
            place = places[o]
            if isinstance(place, int):
                accesses.append((place, read))
            else:
                names = dict(zip(inner, read, strict=True))
                accesses.append((place[0], tuple(names.get(x, x) if isinstance(x, str) else x for x in place[1])))
        head = (inside.kinds[j], inside.ops[j], inside.params[j])
        places.append(columns.append(*head, accesses, inside.indices[j], inside.over[j]))
    out = places[inside.output]
    reading = (out, inside.indices[inside.output]) if isinstance(out, int) else out
    return columns.on_indices(reading, indices)


class Columns:
    """The columns of a graph under construction in which no two steps are merged."""

    def __init__(self, source: Graph) -> None:
        self.source = source
        self.places: list[int] = []
        self.rows: list[tuple[Any, ...]] = []

    def append(  # noqa: PLR0917 - the columns, in their order
        self,
        kind: Kind,
        op: str = "",
        params: tuple[Any, ...] = (),
        accesses: Sequence[Reading] = (),
        indices: tuple[str, ...] = (),
        over: tuple[str, ...] = (),
    ) -> int:
        """One step."""
        operands, subscripts = tuple(s for s, _ in accesses), tuple(x for _, x in accesses)
        self.rows.append((kind, op, params, operands, subscripts, indices, over))
        return len(self.rows) - 1

    def copy(self, k: int) -> None:
        """Step ``k`` of the source as it is."""
        graph = self.source
        accesses = [(self.places[o], s) for o, s in zip(graph.operands[k], graph.subscripts[k], strict=True)]
        head = (graph.kinds[k], graph.ops[k], graph.params[k])
        self.places.append(self.append(*head, accesses, graph.indices[k], graph.over[k]))

    def on_indices(self, reading: Reading, indices: tuple[str, ...]) -> int:
        """A step that is read with its own indices in order, or one that brings it there."""
        step, subscripts = reading
        if subscripts == indices and self.rows[step][5] == indices:
            return step
        zero = self.append(Kind.CONSTANT, params=(Fraction(0),))
        return self.append(Kind.MAP, ADD, (), [reading, (zero, ())], indices)

    def finish(self) -> Graph:
        """The graph of the columns; names and spans go with their steps."""
        graph, places = self.source, self.places
        kinds, ops, params, operands, subscripts, indices, over = zip(*self.rows, strict=True)
        return replace(
            graph,
            kinds=kinds,
            ops=ops,
            params=params,
            operands=operands,
            subscripts=subscripts,
            indices=indices,
            over=over,
            inputs={n: places[k] for n, k in graph.inputs.items()},
            names={places[k]: n for k, n in graph.names.items()},
            output=places[graph.output],
            literals={places[k]: t for k, t in graph.literals.items()},
            spans={places[k]: s for k, s in graph.spans.items()},
        )
