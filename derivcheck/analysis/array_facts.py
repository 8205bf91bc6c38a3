"""Facts of inputs put into formulas: where a row sums to 1, its last element is 1 minus the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.splice import spliced
from derivcheck.graph.steps import Graph
from derivcheck.language.assumptions import Assumption

SUBTRACT = "sub"

Position = tuple[int, ...]


def with_facts(
    graph: Graph,
    steps: Sequence[int],
    sums: Mapping[str, Fraction],
    inputs: Mapping[str, tuple[str, Position]],
) -> tuple[Graph, tuple[int, ...]]:
    """Steps of a graph of elements where arrays sum to given numbers along their last axis.

    Args:
        graph: scalars that are elements of arrays.
        steps: the steps that are asked for.
        sums: what each row of an array sums to, by its name.
        inputs: the variable and the position of every element.

    Returns:
        The graph with further steps, in which the last element of each row is that sum minus the other elements.
    """
    builder = GraphBuilder(graph)
    rows: dict[tuple[str, Position], list[tuple[Position, str]]] = {}
    for element, (name, position) in inputs.items():
        if name in sums and position:
            rows.setdefault((name, position[:-1]), []).append((position, element))
    by: dict[int, int] = {}
    for (name, _), members in rows.items():
        *others, (_, last) = sorted(members)
        value = builder.constant(sums[name])
        for _, element in others:
            value = builder.scalar(SUBTRACT, value, builder.input(element))
        if last in graph.inputs:
            by[graph.inputs[last]] = value
    places = tuple(spliced(builder, graph, k, by) for k in steps)
    return builder.finish(graph.output), places


def assumed_sums(assumptions: Sequence[Assumption]) -> dict[str, Fraction]:
    """What each row of an array is assumed to sum to, by its name."""
    return {a.name: a.fact.sums_to for a in assumptions if a.fact.sums_to is not None}
