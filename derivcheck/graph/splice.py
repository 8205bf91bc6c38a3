"""Copying part of a graph of scalars into another one, with other steps in place of some of its own."""

from __future__ import annotations

from collections.abc import Mapping

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph, Kind


def spliced(builder: GraphBuilder, graph: Graph, step: int, by: Mapping[int, int]) -> int:
    """Append what computes ``step`` of ``graph``, which holds scalars only.

    Args:
        builder: where it is appended; ``graph`` may be the graph that the builder went on from.
        graph: the graph to copy from.
        step: the step to compute.
        by: for some steps of ``graph`` the steps of the builder that stand in their place; what only they read is
            left out. Other inputs keep their names.

    Returns:
        The step of the builder that computes it.
    """
    places = dict(by)
    for k in _below(graph, step, by):
        if graph.kinds[k] is Kind.INPUT:
            places[k] = builder.input(graph.ops[k])
            continue
        if graph.kinds[k] is Kind.CONSTANT:
            places[k] = builder.constant(graph.params[k][0])
        else:
            places[k] = builder.scalar(graph.ops[k], *[places[o] for o in graph.operands[k]], params=graph.params[k])
        _keep_names(builder, graph, k, places[k])
    return places[step]


def _below(graph: Graph, step: int, stop: Mapping[int, int]) -> list[int]:
    """What computes a step, in order, without the steps in ``stop`` and what only they read."""
    if step in stop:
        return []
    seen, stack = {step}, [step]
    while stack:
        for o in graph.operands[stack.pop()]:
            if o not in seen and o not in stop:
                seen.add(o)
                stack.append(o)
    return sorted(seen)


def _keep_names(builder: GraphBuilder, graph: Graph, step: int, place: int) -> None:
    for column, copy in ((graph.names, builder.names), (graph.literals, builder.literals)):
        if step in column:
            copy.setdefault(place, column[step])
    if step in graph.spans:
        builder.spans.setdefault(place, graph.spans[step])


def with_input(graph: Graph, step: int, name: str) -> Graph:
    """The graph as a function of one of its steps, which becomes the variable ``name``."""
    builder = GraphBuilder()
    return builder.finish(spliced(builder, graph, graph.output, {step: builder.input(name)}))


def at_point(builder: GraphBuilder, graph: Graph, step: int, point: Mapping[str, Graph]) -> int:
    """Append a step's value at a point: what computes it, graphs of constants in place of the variables."""
    below = set(graph.ancestors(step))
    by = {k: spliced(builder, point[n], point[n].output, {}) for n, k in graph.inputs.items() if k in below}
    return spliced(builder, graph, step, by)
