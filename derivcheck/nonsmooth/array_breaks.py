"""Which steps of arrays have an element at which their operation has no derivative."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from derivcheck.graph.steps import MAXIMUM, MINIMUM, Graph, Kind
from derivcheck.nonsmooth.breaks import breaks_at, comparisons
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE

MOST_ELEMENTS = 20_000
"""Steps of more elements than this are not looked at."""

Position = tuple[int, ...]


def broken_array_steps(graph: Graph, values: Sequence[Any], steps: Iterable[int]) -> frozenset[int]:
    """The steps, of those given, with an element whose operation has a kink, a jump or a tie at the point.

    Args:
        graph: a graph of arrays of known sizes.
        values: the value of every step; fractions are decided, other numbers are taken to be off every switch.
        steps: the steps that are asked about.
    """
    return frozenset(k for k in steps if _broken(graph, values, k))


def _broken(graph: Graph, values: Sequence[Any], k: int) -> bool:
    if graph.kinds[k] is Kind.REDUCE and graph.ops[k] in (MAXIMUM, MINIMUM):
        return _tied(graph, values, k)
    if graph.kinds[k] is not Kind.MAP:
        return False
    row = TABLE[graph.ops[k]]
    if row.role is Role.SELECT:
        return any(_equal_somewhere(graph, values, c) for c in comparisons(graph, graph.operands[k][0]))
    if not row.switches:
        return False
    return any(breaks_at(graph.ops[k], graph.params[k], e) for e in _elements(graph, values, k))


def _equal_somewhere(graph: Graph, values: Sequence[Any], comparison: int) -> bool:
    return any(e[0] == e[1] for e in _elements(graph, values, comparison))


def _tied(graph: Graph, values: Sequence[Any], k: int) -> bool:
    """Whether an extremum is attained more than once; equal operands that vary together are a tie too."""
    indices = graph.indices[k]
    operand, subscripts = graph.operands[k][0], graph.subscripts[k][0]
    counts: dict[Position, int] = {}
    for at in _positions(graph, (*indices, *graph.over[k])):
        element = _element(values[operand], [at[s] if isinstance(s, str) else s for s in subscripts])
        own = tuple(at[i] for i in indices)
        if isinstance(element, Fraction) and element == _element(values[k], own):
            counts[own] = counts.get(own, 0) + 1
    return any(c > 1 for c in counts.values())


def _elements(graph: Graph, values: Sequence[Any], k: int) -> Iterator[tuple[Fraction, ...]]:
    """The operands of every element of an elementwise step, where all are fractions."""
    accesses = list(zip(graph.operands[k], graph.subscripts[k], strict=True))
    for at in _positions(graph, graph.indices[k]):
        found = [_element(values[o], [at[s] if isinstance(s, str) else s for s in own]) for o, own in accesses]
        if all(isinstance(v, Fraction) for v in found):
            yield tuple(found)


def _positions(graph: Graph, indices: Sequence[str]) -> Iterator[dict[str, int]]:
    """Every position, as a number for each index; none of too many, or of sizes without numbers."""
    extents = [graph.extent(i) for i in indices]
    known = [e for e in extents if e is not None]
    count = 1
    for e in known:
        count *= e
    if len(known) == len(extents) and count <= MOST_ELEMENTS:
        for at in product(*map(range, known)):
            yield dict(zip(indices, at, strict=True))


def _element(value: Any, position: Sequence[int]) -> Any:
    return value[tuple(position)] if position and value is not None else value
