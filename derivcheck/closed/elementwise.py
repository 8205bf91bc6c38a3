"""Steps of arrays written element by element: ``X_ij - m_i``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from derivcheck.closed.leaves import OVER, ArrayBuilder
from derivcheck.graph.steps import Graph, Kind, Subscript
from derivcheck.language.expr import Expr, Node, NodeKind

_EQUAL, _CHOOSE = "eq", "where"

Item = tuple[int, tuple[Subscript, ...]]
"""A step read through subscripts."""

Whole = Callable[[Graph, int, Mapping[int, str]], Expr | None]
"""The formula of a whole array, if there is one."""


class Elements:
    """Writes one element of a step, in a loop over what it reads."""

    def __init__(
        self, graph: Graph, step: int, names: Mapping[int, str], letters: Mapping[str, str], whole: Whole
    ) -> None:
        self.graph, self.step, self.names, self.letters, self.whole = graph, step, names, letters, whole
        self.builder = ArrayBuilder(graph)
        self.places: dict[Item, int] = {}

    def written(self) -> Expr:
        """The formula of the element at the letters of the step's indices."""
        own = tuple(self.letters[i] for i in self.graph.indices[self.step])
        start: Item = (self.step, own)
        stack = [start]
        while stack:
            item = stack[-1]
            waiting = [i for i in self.needs(item) if i not in self.places]
            if waiting:
                stack.extend(waiting)
                continue
            self.places[item] = self.place(item)
            stack.pop()
        return self.builder.build(self.places[start])

    def leaf(self, k: int) -> bool:
        """Whether a step is written without what it reads."""
        named = k in self.names and k != self.step
        return named or self.graph.kinds[k] not in (Kind.MAP, Kind.REDUCE, Kind.COMPOSITE)

    def needs(self, item: Item) -> list[Item]:
        """What must be placed before an item."""
        k, subscripts = item
        if self.leaf(k) or self.graph.kinds[k] is Kind.COMPOSITE:
            return []
        return list(self.read(k, subscripts))

    def read(self, k: int, subscripts: tuple[Subscript, ...]) -> Iterator[Item]:
        """What a step reads, written in the subscripts that it is itself read through."""
        graph = self.graph
        names: dict[str, Subscript] = {i: self.letters[i] for i in graph.over[k]}
        names |= dict(zip(graph.indices[k], subscripts, strict=True))
        for o, s in zip(graph.operands[k], graph.subscripts[k], strict=True):
            yield o, tuple(names[x] if isinstance(x, str) else x for x in s)

    def place(self, item: Item) -> int:
        """The place of an item, all that it needs being placed."""
        k, subscripts = item
        graph, builder = self.graph, self.builder
        if k in self.names and k != self.step:
            return self.indexed(builder.name(self.names[k]), k, subscripts)
        kinds: dict[Kind, Callable[[], int]] = {
            Kind.INPUT: lambda: self.indexed(builder.name(graph.ops[k]), k, subscripts),
            Kind.CONSTANT: lambda: builder.constant(k),
            Kind.SIZE: lambda: builder.size(graph.params[k][0]),
            Kind.ARRAY: lambda: self.indexed(builder.literal(k), k, subscripts),
            Kind.POSITION: lambda: self.position(subscripts[0]),
            Kind.DELTA: lambda: self.delta(k, subscripts),
            Kind.COMPOSITE: lambda: self.composite(k, subscripts),
        }
        if graph.kinds[k] in kinds:
            return kinds[graph.kinds[k]]()
        operands = [self.places[i] for i in self.read(k, subscripts)]
        if graph.kinds[k] is Kind.REDUCE:
            over = tuple(self.letters[i] for i in graph.over[k])
            return builder.array_call(graph.ops[k], operands[0], **{OVER: over})
        return builder.call(graph.ops[k], *operands, params=graph.params[k])

    def indexed(self, place: int, k: int, subscripts: tuple[Subscript, ...]) -> int:
        """An element of an array; axes of size 1 are read at their only position."""
        graph = self.graph
        axes = graph.axes.get(graph.ops[k], graph.indices[k]) if graph.kinds[k] is Kind.INPUT else graph.indices[k]
        own = dict(zip(graph.indices[k], subscripts, strict=True))
        params = tuple(0 if a is None else own[a] for a in axes)
        return self.builder.add(Node(NodeKind.INDEX, "", (place,), params=params)) if params else place

    def position(self, subscript: Subscript) -> int:
        """A subscript as a number."""
        return self.builder.name(subscript) if isinstance(subscript, str) else self.builder.number(subscript)

    def delta(self, k: int, subscripts: tuple[Subscript, ...]) -> int:
        """1 where two subscripts are equal, else 0."""
        builder = self.builder
        names = dict(zip(self.graph.indices[k], subscripts, strict=True))
        row, column = (names[s] if isinstance(s, str) else s for s in self.graph.params[k])
        equal = builder.call(_EQUAL, self.position(row), self.position(column))
        return builder.call(_CHOOSE, equal, builder.number(1), builder.number(0))

    def composite(self, k: int, subscripts: tuple[Subscript, ...]) -> int:
        """An element of an operation along an axis of a whole array."""
        graph, builder = self.graph, self.builder
        operand, own = graph.operands[k][0], graph.subscripts[k][0]
        if operand in self.names:
            place = builder.name(self.names[operand])
        else:
            inner = self.whole(graph, operand, self.names)
            place = builder.name(f"v_{operand}") if inner is None else builder.graft(inner)
        axis = own.index(graph.over[k][0]) - len(own) if graph.over[k][0] in own else -1
        return self.indexed(builder.composite(k, place, axis), k, subscripts)
