"""A graph of arrays written out as a graph of scalars: one step for each element of each step that is needed.

At small sizes a loss of arrays *is* the scalar loss of its elements, so that whatever is known of scalars answers for
it. Only what is asked for is written out: one element of a step reads a row of a matrix, not the matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

from derivcheck.errors import ShapeError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.opened import opened
from derivcheck.graph.steps import ADD, MAXIMUM, MEAN, MINIMUM, MULTIPLY, PRODUCT, SUM, Graph, Kind, Subscript

if TYPE_CHECKING:
    from numpy.typing import NDArray

Position = tuple[int, ...]

MOST_STEPS = 100_000
"""How many scalar steps are written out unless told otherwise."""
_MOST_OPERANDS = 16
"""The operands of one row that chooses the greatest or least; more are chosen among in groups."""
_FOLDED = {SUM: ADD, MEAN: ADD, PRODUCT: MULTIPLY}
_CHOSEN = {MAXIMUM: "max", MINIMUM: "min"}
_QUOTIENT = "div"


@dataclass(frozen=True, slots=True, eq=False)
class Elements:
    """A graph of scalars and where the elements of a graph of arrays are in it.

    Attributes:
        graph: the scalars; its output is the one element of the source's output, or the first that was asked for.
        source: the graph of arrays.
        inputs: the variable and the position that every scalar variable stands for; scalars keep their names.
        flat: by step of the source the elements that were written out, counted in C order, ascending.
        steps: by step of the source their scalar steps.
    """

    graph: Graph
    source: Graph
    inputs: Mapping[str, tuple[str, Position]]
    flat: Mapping[int, NDArray[Any]]
    steps: Mapping[int, NDArray[Any]]

    def shape(self, step: int) -> tuple[int, ...]:
        """The extents of a step of the source."""
        return extents(self.source, self.source.indices[step])

    def at(self, step: int, position: Position = ()) -> int | None:
        """The scalar step of an element; None if it was not written out."""
        if step not in self.flat:
            return None
        flat = _flat(position, self.shape(step))
        place = int(self.flat[step].searchsorted(flat))
        found = place < len(self.flat[step]) and self.flat[step][place] == flat
        return int(self.steps[step][place]) if found else None

    def array(self, step: int) -> NDArray[Any]:
        """The scalar steps of a step of the source in its shape; -1 where an element was not written out."""
        import numpy as np

        out = np.full(prod(self.shape(step)), -1, dtype=np.int64)
        if step in self.flat:
            out[self.flat[step]] = self.steps[step]
        return out.reshape(self.shape(step))

    def positions(self, step: int) -> list[tuple[Position, int]]:
        """The elements of a step that were written out: position and scalar step."""
        import numpy as np

        if step not in self.flat:
            return []
        shape, scalars = self.shape(step), self.steps[step].tolist()
        if not shape:
            return [((), scalars[0])]
        places = zip(*(axis.tolist() for axis in np.unravel_index(self.flat[step], shape)), strict=True)
        return list(zip(places, scalars, strict=True))

    def point(self, values: Mapping[str, Any]) -> dict[str, Graph]:
        """A graph of a constant for every scalar variable, from the arrays' values (numbers are exact)."""
        found = {}
        for name, (variable, position) in self.inputs.items():
            builder = GraphBuilder()
            value = values[variable][position] if position else values[variable]
            found[name] = builder.finish(builder.constant(Fraction(value.item() if hasattr(value, "item") else value)))
        return found


def written_out(
    graph: Graph,
    steps: Collection[int] | Mapping[int, Collection[Position]],
    *,
    most: int = MOST_STEPS,
    deadline: Callable[[], None] | None = None,
) -> Elements | None:
    """Write out some steps, all their elements or those at given positions.

    Sums are chains of additions, means are divided by their number, the greatest and least are rows of the table,
    composite rows stand by their definitions. The extents of all sizes must be known.

    Args:
        graph: a graph of arrays.
        steps: the steps asked for; a mapping gives the positions wanted of each, none for all.
        most: how many scalar steps may come out.
        deadline: called now and then; raises when time is up.

    Returns:
        The elements, or None where there would be more scalar steps than ``most``: that is counted before any step is
        made.
    """
    flat_graph, places = opened(graph)
    asked = steps if isinstance(steps, Mapping) else dict.fromkeys(steps, ())
    needed = _needed(flat_graph, {places[k]: p for k, p in asked.items()}, most, deadline)
    if needed is None:
        return None
    writer = _Writer(flat_graph, needed)
    for count, k in enumerate(sorted(needed)):
        if deadline is not None and count % 16 == 0:
            deadline()
        writer.write(k)
    back = {k: places[k] for k in range(len(graph)) if places[k] in needed}
    first = places[graph.output] if places[graph.output] in needed else places[next(iter(asked))]
    scalars = writer.builder.finish(int(writer.steps[first][0]))
    flat = {k: needed[p] for k, p in back.items()}
    return Elements(scalars, graph, writer.inputs, flat, {k: writer.steps[p] for k, p in back.items()})


def element_name(graph: Graph, variable: str, position: Position) -> str:
    """What an element of a variable is called: ``X[0,1]``; a scalar keeps its name. Axes of size 1 count."""
    axes = graph.axes.get(variable, graph.indices[graph.inputs[variable]])
    own = iter(position)
    full = [0 if axis is None else next(own) for axis in axes]
    return f"{variable}[{','.join(map(str, full))}]" if full else variable


def count_steps(graph: Graph, steps: Collection[int]) -> int:
    """An upper bound of the scalar steps that :func:`written_out` makes for all elements of some steps."""
    flat_graph, places = opened(graph)
    return sum(_cost(flat_graph, k) for k in flat_graph.ancestors(*(places[s] for s in steps)))


def extents(graph: Graph, indices: Sequence[str]) -> tuple[int, ...]:
    """How many values indices take.

    Raises:
        ShapeError: a size has no known extent.
    """
    found = []
    for i in indices:
        extent = graph.extent(i)
        if extent is None:
            raise ShapeError(f"the size {graph.sizes[i]} of the index {i} has no value")
        found.append(extent)
    return tuple(found)


def _cost(graph: Graph, k: int) -> int:
    """The scalar steps of all elements of a step."""
    return prod(extents(graph, graph.indices[k])) * prod(extents(graph, graph.over[k]))


def _flat(position: Position, shape: tuple[int, ...]) -> int:
    flat = 0
    for p, n in zip(position, shape, strict=True):
        flat = flat * n + p
    return flat


def _needed(
    graph: Graph, asked: Mapping[int, Collection[Position]], most: int, deadline: Callable[[], None] | None
) -> dict[int, NDArray[Any]] | None:
    """By step the elements that are read, directly or not; None where they make too many scalar steps."""
    import numpy as np

    wanted: dict[int, list[NDArray[Any]]] = {}
    for k, positions in asked.items():
        shape = extents(graph, graph.indices[k])
        if not positions and prod(shape) > most:
            return None
        chosen = [_flat(p, shape) for p in positions] if positions else range(prod(shape))
        wanted[k] = [np.fromiter(chosen, dtype=np.int64)]
    needed, total = {}, 0
    for k in range(max(asked, default=-1), -1, -1):
        if k not in wanted:
            continue
        if deadline is not None:
            deadline()
        needed[k] = np.unique(np.concatenate(wanted.pop(k)))
        total += len(needed[k]) * prod(extents(graph, graph.over[k]))
        if total > most:
            return None
        coordinates = _coordinates(graph, k, needed[k])
        for o, subscripts in zip(graph.operands[k], graph.subscripts[k], strict=True):
            wanted.setdefault(o, []).append(_read(graph, o, subscripts, coordinates, len(needed[k])))
    return needed


def _coordinates(graph: Graph, k: int, flat: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The values of a step's indices at some elements, each element repeated over the indices it reduces."""
    import numpy as np

    own, over = extents(graph, graph.indices[k]), extents(graph, graph.over[k])
    inner = prod(over)
    found = {}
    if own:
        places = np.unravel_index(flat, own)
        found = {i: np.repeat(c, inner) for i, c in zip(graph.indices[k], places, strict=True)}
    if over:
        bound = np.unravel_index(np.arange(inner), over)
        found |= {i: np.tile(c, len(flat)) for i, c in zip(graph.over[k], bound, strict=True)}
    return found


def _read(
    graph: Graph, operand: int, subscripts: Sequence[Subscript], coordinates: Mapping[str, NDArray[Any]], count: int
) -> NDArray[Any]:
    """The elements of an operand that are read, one for each element that reads."""
    import numpy as np

    length = len(next(iter(coordinates.values()))) if coordinates else count
    flat = np.zeros(length, dtype=np.int64)
    for s, n in zip(subscripts, extents(graph, graph.indices[operand]), strict=True):
        flat = flat * n + (s if isinstance(s, int) else coordinates[s])
    return flat


class _Writer:
    """Writes the needed elements of one step after another."""

    def __init__(self, graph: Graph, needed: Mapping[int, NDArray[Any]]) -> None:
        self.graph, self.needed = graph, needed
        self.builder = GraphBuilder()
        self.steps: dict[int, NDArray[Any]] = {}
        self.inputs: dict[str, tuple[str, Position]] = {}

    def write(self, k: int) -> None:
        """The elements of step ``k``."""
        import numpy as np

        graph, builder, flat = self.graph, self.builder, self.needed[k]
        before = len(builder)
        if graph.kinds[k] in (Kind.MAP, Kind.REDUCE):
            found = self.operation(k, flat)
        else:
            shape = extents(graph, graph.indices[k])
            found = [self.leaf(k, tuple(int(p) for p in np.unravel_index(f, shape)) if shape else ()) for f in flat]
        self.steps[k] = np.array(found, dtype=np.int64)
        name, span = graph.names.get(k), graph.spans.get(k)
        for f, step in zip(flat, found, strict=True):
            if step < before:  # an earlier step already computes it
                continue
            if name is not None:
                builder.names[step] = _element_name(name, f, extents(graph, graph.indices[k]))
            if span is not None:
                builder.spans[step] = span
            if k in graph.literals:
                builder.literals[step] = graph.literals[k]

    def operation(self, k: int, flat: NDArray[Any]) -> list[int]:
        """The elements of a map or a reduction."""
        graph, builder = self.graph, self.builder
        coordinates = _coordinates(graph, k, flat)
        read = []
        for o, subscripts in zip(graph.operands[k], graph.subscripts[k], strict=True):
            places = self.needed[o].searchsorted(_read(graph, o, subscripts, coordinates, len(flat)))
            read.append(self.steps[o][places].tolist())
        op, params = graph.ops[k], graph.params[k]
        if graph.kinds[k] is Kind.MAP:
            rows: Any = zip(*read, strict=True) if read else [()] * len(flat)
            return [builder.scalar(op, *operands, params=params) for operands in rows]
        inner = prod(extents(graph, graph.over[k]))
        return [self.reduced(op, read[0][e * inner : (e + 1) * inner]) for e in range(len(flat))]

    def reduced(self, op: str, terms: list[int]) -> int:
        """A chain of additions or products, or a choice among the terms."""
        builder = self.builder
        if op in _CHOSEN:
            while len(terms) > 1:
                groups = [terms[k : k + _MOST_OPERANDS] for k in range(0, len(terms), _MOST_OPERANDS)]
                terms = [builder.scalar(_CHOSEN[op], *g) if len(g) > 1 else g[0] for g in groups]
            return terms[0]
        if not terms:
            return builder.constant(1 if op == PRODUCT else 0)
        total = terms[0]
        for t in terms[1:]:
            total = builder.scalar(_FOLDED[op], total, t)
        return builder.scalar(_QUOTIENT, total, builder.constant(len(terms))) if op == MEAN else total

    def leaf(self, k: int, position: Position) -> int:
        """One element of a variable or of what is given by the shapes."""
        graph, builder, params = self.graph, self.builder, self.graph.params[k]
        kind = graph.kinds[k]
        if kind is Kind.INPUT:
            name = element_name(graph, graph.ops[k], position)
            self.inputs[name] = (graph.ops[k], position)
            return builder.input(name)
        if kind is Kind.CONSTANT:
            return builder.constant(params[0])
        if kind is Kind.SIZE:
            return builder.constant(extents(graph, params)[0])
        if kind is Kind.ARRAY:
            return builder.constant(params[0][_flat(position, extents(graph, graph.indices[k]))])
        if kind is Kind.POSITION:
            return builder.constant(position[0])
        row, column = position if len(position) > 1 else (position[0], params[1])  # Kronecker's delta
        return builder.constant(int(row == column))


def _element_name(name: str, flat: int, shape: tuple[int, ...]) -> str:
    position = []
    for n in reversed(shape):
        flat, p = divmod(int(flat), n)
        position.append(p)
    return f"{name}[{','.join(map(str, reversed(position)))}]" if shape else name
