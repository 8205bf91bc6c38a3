"""A graph of arrays written out as a graph of scalars: one step for every element that is needed.

What is decided exactly for scalars is then decided for the elements of arrays: ``w`` of two elements becomes the
variables ``w[0]`` and ``w[1]``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce as fold
from itertools import product
from math import prod

from derivcheck.errors import ShapeError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.opened import opened
from derivcheck.graph.steps import ADD, MAXIMUM, MEAN, MINIMUM, MULTIPLY, PRODUCT, SUM, Graph, Kind, Subscript

Position = tuple[int, ...]

_FOLDS = {SUM: ADD, MEAN: ADD, PRODUCT: MULTIPLY, MAXIMUM: MAXIMUM, MINIMUM: MINIMUM}
_DIVIDE = "div"
_LEAVES = (Kind.INPUT, Kind.CONSTANT, Kind.SIZE, Kind.DELTA, Kind.ARRAY, Kind.POSITION)


@dataclass(frozen=True, slots=True)
class Elements:
    """A graph of scalars and what its steps are elements of.

    Attributes:
        graph: the scalars; its output is the element of the output at the first position that was asked for.
        steps: for every step that was asked for, the scalar step of each of its elements, by position.
        inputs: the variable and the position of every element that occurs, by its name.
    """

    graph: Graph
    steps: Mapping[int, Mapping[Position, int]]
    inputs: Mapping[str, tuple[str, Position]]

    def at(self, step: int, position: Position = ()) -> int | None:
        """The scalar step of an element; None if it was not asked for."""
        return self.steps.get(step, {}).get(position)

    def positions(self, step: int) -> Mapping[Position, int]:
        """The elements of a step that were asked for: their scalar steps by position."""
        return self.steps.get(step, {})


def written_out(graph: Graph, steps: Collection[int], *, most: int) -> Elements | None:
    """Every element of some steps, with all that they read.

    Args:
        graph: a graph of arrays whose sizes are known.
        steps: the steps that are asked for.
        most: the most scalar operations that may be written.

    Returns:
        The elements, or None if there are too many.

    Raises:
        ShapeError: a size has no number.
    """
    if sum(prod(_shape(graph, graph.indices[k])) for k in steps) > most:
        return None
    return elements_at(graph, {k: list(_positions(graph, graph.indices[k])) for k in steps}, most=most)


def elements_at(graph: Graph, wanted: Mapping[int, Iterable[Position]], *, most: int) -> Elements | None:
    """Single elements of some steps, with all that they read; None if there are too many."""
    unfolded, places = opened(graph)
    asked = {k: list(dict.fromkeys(positions)) for k, positions in wanted.items()}
    needed = _needed(unfolded, {places[k]: positions for k, positions in asked.items()}, most)
    return None if needed is None else _Writer(unfolded, needed).elements(asked, places)


def element_name(graph: Graph, variable: str, position: Position) -> str:
    """What an element of a variable is called: ``X[0,1]``; a scalar keeps its name. Axes of size 1 count."""
    axes = graph.axes.get(variable, graph.indices[graph.inputs[variable]])
    own = iter(position)
    return _numbered(variable, [0 if axis is None else next(own) for axis in axes])


def _numbered(name: str, position: Sequence[int]) -> str:
    return f"{name}[{','.join(map(str, position))}]" if position else name


def _shape(graph: Graph, indices: Sequence[str]) -> list[int]:
    extents = [graph.extent(i) for i in indices]
    for index, extent in zip(indices, extents, strict=True):
        if extent is None:
            raise ShapeError(f"the size {graph.sizes[index]} has no value")
    return [e for e in extents if e is not None]


def _positions(graph: Graph, indices: Sequence[str]) -> Iterator[Position]:
    return product(*(range(e) for e in _shape(graph, indices)))


def _read_at(subscripts: Sequence[Subscript], place: Mapping[str, int]) -> Position:
    return tuple(s if isinstance(s, int) else place[s] for s in subscripts)


def _places(graph: Graph, k: int, position: Position) -> Iterator[dict[str, int]]:
    """What the indices of a step's operands stand for, for one element of the step."""
    own = dict(zip(graph.indices[k], position, strict=True))
    for inner in _positions(graph, graph.over[k]):
        yield own | dict(zip(graph.over[k], inner, strict=True))


def _needed(
    graph: Graph, wanted: Mapping[int, Sequence[Position]], most: int
) -> dict[int, dict[Position, None]] | None:
    """The positions of every step that are read, in order; None if there are more operations than ``most``."""
    needed: dict[int, dict[Position, None]] = {}
    for k, positions in wanted.items():
        needed.setdefault(k, {}).update(dict.fromkeys(positions))
    count = 0
    for k in range(max(needed, default=-1), -1, -1):
        if k not in needed or graph.kinds[k] in _LEAVES:
            continue
        for position in needed[k]:
            count += prod(_shape(graph, graph.over[k]))
            if count > most:
                return None
            for place in _places(graph, k, position):
                for operand, subscripts in zip(graph.operands[k], graph.subscripts[k], strict=True):
                    needed.setdefault(operand, {})[_read_at(subscripts, place)] = None
    return needed


class _Writer:
    """Writes the needed elements one step of the arrays after the other."""

    def __init__(self, graph: Graph, needed: Mapping[int, Mapping[Position, None]]) -> None:
        self.graph, self.needed = graph, needed
        self.builder = GraphBuilder()
        self.found: dict[int, dict[Position, int]] = {}
        self.inputs: dict[str, tuple[str, Position]] = {}

    def elements(self, wanted: Mapping[int, Sequence[Position]], places: Sequence[int]) -> Elements:
        """All of them."""
        graph, builder = self.graph, self.builder
        for k in sorted(self.needed):
            self.found[k] = {p: self.element(k, p) for p in sorted(self.needed[k])}
            for position, step in self.found[k].items():
                if k in graph.names and builder.kinds[step] not in _LEAVES:
                    builder.names.setdefault(step, _numbered(graph.names[k], position))
                if k in graph.spans:
                    builder.spans.setdefault(step, graph.spans[k])
        steps = {k: {p: self.found[places[k]][p] for p in positions} for k, positions in wanted.items()}
        first = steps.get(places.index(graph.output)) or next(iter(steps.values()))
        return Elements(builder.finish(next(iter(first.values()))), steps, self.inputs)

    def element(self, k: int, position: Position) -> int:
        """The scalar step of one element."""
        graph, builder, kind = self.graph, self.builder, self.graph.kinds[k]
        if kind in _LEAVES:
            return self.leaf(k, position)
        if kind is Kind.MAP:
            place = next(_places(graph, k, position))
            reads = zip(graph.operands[k], graph.subscripts[k], strict=True)
            operands = [self.found[o][_read_at(s, place)] for o, s in reads]
            return builder.scalar(graph.ops[k], *operands, params=graph.params[k])
        operand, subscripts = graph.operands[k][0], graph.subscripts[k][0]
        terms = [self.found[operand][_read_at(subscripts, place)] for place in _places(graph, k, position)]
        total = fold(lambda a, b: builder.scalar(_FOLDS[graph.ops[k]], a, b), terms)
        if graph.ops[k] != MEAN or len(terms) == 1:
            return total
        return builder.scalar(_DIVIDE, total, builder.constant(len(terms)))

    def leaf(self, k: int, position: Position) -> int:
        """An element of an input, or a constant."""
        graph, builder, params = self.graph, self.builder, self.graph.params[k]
        kind = graph.kinds[k]
        if kind is Kind.INPUT:
            name = element_name(graph, graph.ops[k], position)
            self.inputs[name] = (graph.ops[k], position)
            return builder.input(name)
        if kind is Kind.CONSTANT:
            return builder.constant(params[0])
        if kind is Kind.SIZE:
            return builder.constant(_shape(graph, params)[0])
        if kind is Kind.POSITION:
            return builder.constant(position[0])
        if kind is Kind.DELTA:
            column = params[1] if isinstance(params[1], int) else position[1]
            return builder.constant(int(position[0] == column))
        flat = 0
        for size, at in zip(_shape(graph, graph.indices[k]), position, strict=True):
            flat = flat * size + at
        return builder.constant(params[0][flat])
