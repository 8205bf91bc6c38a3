"""Running a graph in a number system.

Values of scalar steps are the system's own. Values of steps with indices are arrays: NumPy arrays (of floats, or of
objects where the system's numbers are Python objects), or tensors of a framework; :class:`Storage` is what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

from derivcheck.errors import ShapeError
from derivcheck.graph.labelled import composite_graph
from derivcheck.graph.steps import MULTIPLY, SUM, Graph, Kind, Subscript
from derivcheck.numbers.kernel import Kernel, Value
from derivcheck.ops.composites import COMPOSITES
from derivcheck.ops.evaluate import evaluator, refusing
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE


class Storage(Protocol):
    """How a system keeps arrays.

    A storage that can run composite rows itself, as a framework does, has a method ``composite(name, array, axes)``
    that returns the value, its axes in the order of the array's, or None.
    """

    stable: bool
    """Whether composite rows are to be evaluated by their stable forms."""
    fuses: bool
    """Whether a product that is only summed is contracted instead of materialised."""

    def elementwise(self, function: Callable[..., Value], arguments: Sequence[Value], shape: tuple[int, ...]) -> Value:
        """``function`` of aligned arrays, stretched to ``shape``."""

    def fill(self, shape: tuple[int, ...], value: Value) -> Value:
        """An array of equal values."""

    def array(self, values: Sequence[Value], shape: tuple[int, ...]) -> Value:
        """An array of the system's numbers, given in C order."""

    def reduce(self, op: str, array: Value, axes: tuple[int, ...]) -> Value:
        """Sum, mean, product, max or min over some axes."""

    def contract(self, subscripts: Sequence[Sequence[int]], arrays: Sequence[Value], out: Sequence[int]) -> Value:
        """The sum of a product in Einstein's convention; asked for only where the storage fuses."""


def interpret(
    graph: Graph,
    system: Kernel,
    inputs: Mapping[str, Value],
    *,
    wanted: Collection[int] | None = None,
    storage: Storage | None = None,
    total: bool = False,
    deadline: Callable[[], None] | None = None,
    observe: Callable[[int], None] | None = None,
) -> list[Value]:
    """The value of every step that is needed, in the number system.

    Args:
        graph: what to run.
        system: the number system.
        inputs: the value of every variable; arrays have the shape of the variable's own indices.
        wanted: the steps to compute, with all they read; by default every step.
        storage: how arrays are kept; NumPy arrays of objects by default.
        total: says that the system never refuses a value (floats, tensors).
        deadline: called now and then; raises when time is up.
        observe: called with the number of every step that was computed, right after it.

    Returns:
        One entry a step, :class:`Undefined` where the system refused it, None where it was not wanted.
    """
    return _Run(graph, system, inputs, storage, total).all(wanted, deadline, observe)


class _Run:
    def __init__(
        self, graph: Graph, system: Kernel, inputs: Mapping[str, Value], storage: Storage | None, total: bool
    ) -> None:
        self.graph, self.system, self.inputs, self.total = graph, system, inputs, total
        self._storage = storage
        self.values: list[Value] = [None] * len(graph)
        self.functions: dict[tuple[str, tuple[Any, ...], int], Callable[..., Value]] = {}
        self.fused: set[int] = set()

    def all(
        self,
        wanted: Collection[int] | None,
        deadline: Callable[[], None] | None,
        observe: Callable[[int], None] | None = None,
    ) -> list[Value]:
        graph, values = self.graph, self.values
        order = range(len(graph)) if wanted is None else graph.ancestors(*wanted)
        if wanted is not None and any(graph.over) and self.storage.fuses:
            self.fused = _contractions(graph, wanted)
        kinds, ops, params, operands, indices = graph.kinds, graph.ops, graph.params, graph.operands, graph.indices
        subscripts, scalar_map = graph.subscripts, Kind.MAP
        for count, k in enumerate(order):
            if deadline is not None and count % 256 == 0:
                deadline()
            if kinds[k] is scalar_map and not indices[k] and not any(subscripts[k]):
                values[k] = self.function(ops[k], params[k], len(operands[k]))(*[values[o] for o in operands[k]])
            elif k not in self.fused:
                values[k] = self.step(k)
            if observe is not None:
                observe(k)
        return values

    @property
    def storage(self) -> Storage:
        """How arrays are kept; NumPy is imported only where there are any."""
        if self._storage is None:
            from derivcheck.storage import Objects

            self._storage = Objects(self.system)
        return self._storage

    def function(self, op: str, params: tuple[Any, ...], arity: int) -> Callable[..., Value]:
        key = (op, params, arity)
        if key not in self.functions:
            row = TABLE[op]
            plain = evaluator(row, params, arity, self.system)
            self.functions[key] = plain if self.total else refusing(plain, reads_all=row.role is not Role.SELECT)
        return self.functions[key]

    def shape(self, indices: tuple[str, ...]) -> tuple[int, ...]:
        extents = [self.graph.extent(i) for i in indices]
        for index, extent in zip(indices, extents, strict=True):
            if extent is None:
                raise ShapeError(f"the size {self.graph.sizes[index]} of the index {index} has no value")
        return tuple(e for e in extents if e is not None)

    def step(self, k: int) -> Value:
        graph, system = self.graph, self.system
        kind, params, indices = graph.kinds[k], graph.params[k], graph.indices[k]
        if kind is Kind.INPUT:
            return self.inputs[graph.ops[k]]
        if kind is Kind.CONSTANT:
            return system.constant(params[0])
        if kind is Kind.SIZE:
            return system.constant(Fraction(self.shape(params)[0]))
        if kind is Kind.DELTA:
            return self.delta(params, indices)
        if kind in (Kind.ARRAY, Kind.POSITION):
            shape = self.shape(indices)
            numbers = params[0] if kind is Kind.ARRAY else [Fraction(i) for i in range(shape[0])]
            return self.storage.array([system.constant(n) for n in numbers], shape)
        if kind is Kind.MAP:
            arguments = [self.read(o, s, indices) for o, s in zip(graph.operands[k], graph.subscripts[k], strict=True)]
            function = self.function(graph.ops[k], params, len(arguments))
            return (
                self.storage.elementwise(function, arguments, self.shape(indices)) if indices else function(*arguments)
            )
        return self.reduction(k) if kind is Kind.REDUCE else self.composite(k)

    def delta(self, params: tuple[Subscript, ...], indices: tuple[str, ...]) -> Value:
        zero, one = self.system.constant(Fraction(0)), self.system.constant(Fraction(1))
        out = self.storage.fill(self.shape(indices), zero)
        if len(indices) == 1:
            out[params[1]] = one
        else:
            for i in range(self.shape(indices)[0]):
                out[i, i] = one
        return out

    def reduction(self, k: int) -> Value:
        graph, over, indices = self.graph, self.graph.over[k], self.graph.indices[k]
        source, inner = graph.operands[k][0], indices + over
        if source in self.fused:
            return self.contraction(k, source)
        array = self.read(source, graph.subscripts[k][0], inner)
        array = self.storage.elementwise(lambda x: x, [array], self.shape(inner))
        return self.storage.reduce(graph.ops[k], array, tuple(range(len(indices), len(inner))))

    def contraction(self, k: int, product: int) -> Value:
        graph = self.graph
        names = dict(zip(graph.indices[product], graph.subscripts[k][0], strict=True))
        inner = graph.indices[k] + graph.over[k]
        place = {name: position for position, name in enumerate(inner)}
        arrays, subscripts = [], []
        for o, s in zip(graph.operands[product], graph.subscripts[product], strict=True):
            array, left = _taken(self.values[o], s)
            arrays.append(array)
            subscripts.append([place[str(names[x])] for x in left])
        return self.storage.contract(subscripts, arrays, [place[i] for i in graph.indices[k]])

    def composite(self, k: int) -> Value:
        graph, over, indices = self.graph, self.graph.over[k], self.graph.indices[k]
        inner = tuple(dict.fromkeys(indices + over))
        z = self.read(graph.operands[k][0], graph.subscripts[k][0], inner)
        z = self.storage.elementwise(lambda x: x, [z], self.shape(inner))
        native = getattr(self.storage, "composite", None)
        if native is not None:
            out = native(graph.ops[k], z, tuple(inner.index(i) for i in over))
            if out is not None:
                left = inner if COMPOSITES[graph.ops[k]].keeps_axis else tuple(i for i in inner if i not in over)
                return _aligned(out, left, indices)
        sizes = {i: graph.extent(i) for i in inner}
        inside = composite_graph(graph.ops[k], sizes, inner, over, graph.params[k], stable=self.storage.stable)
        out = _Run(inside, self.system, {"z": z}, self.storage, self.total).all([inside.output], None)[inside.output]
        return _aligned(out, inside.indices[inside.output], indices)

    def read(self, operand: int, subscripts: tuple[Subscript, ...], indices: tuple[str, ...]) -> Value:
        """The operand's array, its axes brought in the order of ``indices``, of size 1 where it has none."""
        if not subscripts:
            return self.values[operand]
        array, names = _taken(self.values[operand], subscripts)
        return _aligned(array, tuple(names), indices)


def _taken(array: Value, subscripts: Sequence[Subscript]) -> tuple[Value, list[str]]:
    """Integer subscripts taken out, repeated ones brought onto the diagonal: the array and the names left."""
    names = list(subscripts)
    for axis in range(len(names) - 1, -1, -1):
        if isinstance(names[axis], int):
            array = array[(slice(None),) * axis + (names[axis],)]
            del names[axis]
    repeated = next((n for n in names if names.count(n) > 1), None)
    while repeated is not None:
        first, second = (p for p in range(len(names)) if names[p] == repeated)
        array = array.diagonal(0, first, second)
        names = [n for p, n in enumerate(names) if p not in (first, second)] + [repeated]
        repeated = next((n for n in names if names.count(n) > 1), None)
    return array, [str(n) for n in names]


def _aligned(array: Value, names: tuple[str, ...], indices: tuple[str, ...]) -> Value:
    if names == indices or not names:
        return array
    order = [names.index(i) for i in indices if i in names]
    # NumPy calls it transpose, torch permute; both have both methods with other meanings, so the name decides
    array = array.permute(*order) if hasattr(array, "permute") else array.transpose(order)
    return array.reshape(
        [array.shape[[i for i in indices if i in names].index(i)] if i in names else 1 for i in indices]
    )


def _contractions(graph: Graph, wanted: Collection[int]) -> set[int]:
    """The products that are read by one sum alone, over indices that their factors have."""
    if not any(graph.over):
        return set()
    readers = graph.readers()
    found = set()
    for k, kind in enumerate(graph.kinds):
        if kind is not Kind.REDUCE or graph.ops[k] != SUM:
            continue
        product, subscripts = graph.operands[k][0], graph.subscripts[k][0]
        if graph.kinds[product] is not Kind.MAP or graph.ops[product] != MULTIPLY or product in wanted:
            continue
        plain = len(set(subscripts)) == len(subscripts) and all(isinstance(s, str) for s in subscripts)
        factors = {s for own in graph.subscripts[product] for s in own}
        if (
            plain
            and readers[product] == 1
            and set(graph.over[k]) <= set(subscripts)
            and factors >= set(graph.indices[product])
        ):
            found.add(product)
    return found


def values_at(point: Mapping[str, Graph], system: Kernel) -> dict[str, Value]:
    """The value of every variable in a number system; a point holds a graph of constants for each variable."""
    return {name: interpret(graph, system, {}, wanted=[graph.output])[graph.output] for name, graph in point.items()}
