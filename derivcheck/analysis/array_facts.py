"""Facts of inputs put into formulas: where a row sums to 1, its last element is 1 minus the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.splice import spliced
from derivcheck.graph.steps import Graph
from derivcheck.language.assumptions import Assumption
from derivcheck.language.facts import Sign

SUBTRACT = "sub"
_COMPARED = {Sign.POSITIVE: "gt", Sign.NONNEGATIVE: "ge", Sign.NONZERO: "ne"}

Position = tuple[int, ...]


def with_facts(
    graph: Graph,
    steps: Sequence[int],
    sums: Mapping[str, Fraction],
    inputs: Mapping[str, tuple[str, Position]],
    symmetric: Collection[str] = (),
) -> tuple[Graph, tuple[int, ...]]:
    """Steps of a graph of elements where arrays sum to given numbers along their last axis.

    Args:
        graph: scalars that are elements of arrays.
        steps: the steps that are asked for.
        sums: what each row of an array sums to, by its name.
        inputs: the variable and the position of every element.
        symmetric: arrays in which exchanging the last two axes changes nothing.

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
    for element, (name, position) in inputs.items():
        if name in symmetric and len(position) > 1 and position[-2] > position[-1] and element in graph.inputs:
            mirrored = (*position[:-2], position[-1], position[-2])
            twin = next((e for e, (n, p) in inputs.items() if n == name and p == mirrored), None)
            if twin is not None:
                by[graph.inputs[element]] = builder.input(twin)
    places = tuple(spliced(builder, graph, k, by) for k in steps)
    return builder.finish(graph.output), places


def assumed_sums(assumptions: Sequence[Assumption]) -> dict[str, Fraction]:
    """What each row of an array is assumed to sum to, by its name."""
    return {a.name: a.fact.sums_to for a in assumptions if a.fact.sums_to is not None}


def assumed_symmetric(assumptions: Sequence[Assumption]) -> frozenset[str]:
    """The arrays that are assumed to be symmetric."""
    return frozenset(a.name for a in assumptions if a.fact.symmetric)


def sign_condition(
    builder: GraphBuilder, assumptions: Sequence[Assumption], inputs: Mapping[str, tuple[str, Position]]
) -> int | None:
    """The step of the condition that elements have the assumed signs; None where no sign is assumed."""
    signs = {a.name: a.fact.sign for a in assumptions if a.fact.sign is not None and a.fact.values is None}
    condition: int | None = None
    for element, (name, _) in inputs.items():
        sign = signs.get(name)
        if sign is None or element not in builder.inputs:
            continue
        step = builder.scalar(_COMPARED[sign], builder.inputs[element], builder.constant(0))
        condition = step if condition is None else builder.scalar("and", condition, step)
    return condition
