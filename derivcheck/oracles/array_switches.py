"""Which elements of a loss of arrays lie on a switch: a kink, a jump, a tie of a greatest element, a norm at 0.

All elements are looked at with running error bounds; those that are certainly away from a switch are done with. The few
that are on it, or that the bounds cannot tell, are written out as scalars, each with what it reads and no more, and
decided in exact arithmetic: ``|y[17] - ŷ[17]|`` names the sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any, cast

import numpy as np
from flint import arb

from derivcheck.derive import active_steps
from derivcheck.emit import Emitter
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.elements import elements_at
from derivcheck.graph.steps import MAXIMUM, MINIMUM, Graph, Kind
from derivcheck.interpret import interpret
from derivcheck.numbers.bounded import Bounded, BoundedArrays, Numbers, silent
from derivcheck.numbers.kernel import Kernel, Value
from derivcheck.ops.evaluate import compiled
from derivcheck.ops.row import Program, Role, trace
from derivcheck.ops.table import TABLE
from derivcheck.oracles.array_evidence import MOST_POSITIONS, ElementSwitch, Position
from derivcheck.oracles.bounded_storage import BoundedStorage
from derivcheck.oracles.certified import certify

MOST_SCALARS = 20_000
"""The most scalar operations that one element may take to be decided exactly."""


@dataclass(frozen=True, slots=True)
class _Surface:
    """Where a step may lie on a switch: the zeros (or integers) of a quantity over its operands."""

    step: int
    switch: int
    quantity: Program
    jump: bool = False
    integers: bool = False


def array_switches(
    graph: Graph,
    values: Mapping[str, Any],
    wanted: Sequence[str],
    *,
    deadline: Callable[[], None] | None = None,
) -> tuple[ElementSwitch, ...]:
    """The elements on switches that the gradients in ``wanted`` depend on, by step.

    Args:
        graph: a loss of arrays, its extents known.
        values: for every variable an array of its own indices; numbers are exact.
        wanted: the variables that are differentiated.
        deadline: called now and then; raises when time is up.

    Returns:
        One entry for each switch on which elements lie or may lie; empty where all elements are certainly away from
        every switch.
    """
    active = _depends(graph, wanted)
    needed = graph.ancestors(graph.output)
    surfaces = [s for k in needed for s in _surfaces(graph, k, active)]
    ties = [k for k in needed if _chooses(graph, k) and active[graph.operands[k][0]]]
    reads = {o for s in surfaces for o in graph.operands[s.step]} | {graph.operands[k][0] for k in ties}
    if not reads:
        return ()
    system = BoundedArrays()
    with silent():
        found = interpret(
            graph,
            cast(Kernel, system),
            {n: system.given(v) for n, v in values.items()},
            wanted=reads,
            storage=BoundedStorage(system),
            total=True,
            deadline=deadline,
        )
    judge = _Judge(graph, values, found, deadline)
    judged = [*(judge.surface(s) for s in surfaces), *(judge.tie(k) for k in ties)]
    return tuple(sorted((j for j in judged if j is not None), key=lambda j: (j.step, j.switch)))


def _depends(graph: Graph, wanted: Sequence[str]) -> bytearray:
    """Which steps depend differentiably on the variables that are differentiated."""
    active, reached = active_steps(graph), bytearray(len(graph))
    for k in range(len(graph)):
        own = graph.kinds[k] is Kind.INPUT and graph.ops[k] in wanted
        reached[k] = active[k] and (own or any(reached[o] for o in graph.operands[k]))
    return reached


def _chooses(graph: Graph, k: int) -> bool:
    return graph.kinds[k] is Kind.REDUCE and graph.ops[k] in (MAXIMUM, MINIMUM)


def _surfaces(graph: Graph, k: int, active: Sequence[int]) -> Iterator[_Surface]:
    """The switches of a map that its operands can bring to bear."""
    operands = graph.operands[k]
    if graph.kinds[k] is not Kind.MAP or not any(active[o] for o in operands):
        return
    row = TABLE[graph.ops[k]]
    if row.role is Role.CONDITION:
        numbers = not any(graph.kinds[o] is Kind.MAP and TABLE[graph.ops[o]].role is Role.CONDITION for o in operands)
        if numbers and len(operands) == 2:
            yield _Surface(k, 0, _difference(), jump=True)
        return
    for j, switch in enumerate(row.switches):
        quantity = trace(switch.at, len(operands), graph.params[k])
        if any(active[operands[o]] for o in quantity.reads):
            yield _Surface(k, j, quantity, switch.jump, switch.integers)


@cache
def _difference() -> Program:
    return trace(lambda a, b: a - b, 2)


class _Judge:
    """Decides candidates among the elements."""

    def __init__(
        self,
        graph: Graph,
        values: Mapping[str, Any],
        found: Sequence[Value],
        deadline: Callable[[], None] | None,
    ) -> None:
        self.graph, self.values, self.found, self.deadline = graph, values, found, deadline

    def operand(self, k: int, place: int, indices: tuple[str, ...]) -> Bounded:
        """An operand of a step in the shape of some indices."""
        graph = self.graph
        array: Bounded = self.found[graph.operands[k][place]]
        names = list(graph.subscripts[k][place])
        for axis in range(len(names) - 1, -1, -1):
            if isinstance(names[axis], int):
                array = array[(slice(None),) * axis + (names[axis],)]
                del names[axis]
        while repeated := next((n for n in names if names.count(n) > 1), None):
            first, second = (p for p in range(len(names)) if names[p] == repeated)
            array = array.diagonal(0, first, second)
            names = [n for p, n in enumerate(names) if p not in (first, second)] + [repeated]
        order = [names.index(i) for i in indices if i in names]
        shape = self.shape(indices)
        sizes = [n if i in names else 1 for i, n in zip(indices, shape, strict=True)]
        return array.transpose(order).reshape(sizes).spread(shape) if shape else array

    def shape(self, indices: Sequence[str]) -> tuple[int, ...]:
        return tuple(self.graph.extent(i) or 0 for i in indices)

    def surface(self, surface: _Surface) -> ElementSwitch | None:
        """The elements of a map that lie on one of its switches."""
        k, indices = surface.step, self.graph.indices[surface.step]
        operands = [self.operand(k, place, indices) for place in range(len(self.graph.operands[k]))]
        with silent():
            quantity = compiled(surface.quantity, cast(Kernel, BoundedArrays()))(*operands).spread(self.shape(indices))
            mid = quantity.mid - np.round(quantity.mid) if surface.integers else quantity.mid
            certain = (mid == 0) & (quantity.err == 0)  # computed without any error
            there, candidates = np.argwhere(certain), np.argwhere(~(np.abs(mid) > quantity.err) & ~certain)
        positions = _positions(candidates)
        answers = [self.vanishes(surface, p) for p in positions]
        on = tuple(p for p, a in zip(positions, answers, strict=True) if a)
        unknown = tuple(p for p, a in zip(positions, answers, strict=True) if a is None)
        count, undecided = len(there) + len(on), len(unknown) + len(candidates) - len(positions)
        if not count and not undecided:
            return None
        on = tuple(sorted([*_positions(there), *on]))[:MOST_POSITIONS]
        return ElementSwitch(
            k, surface.switch, prod(self.shape(indices)), on, count, unknown, undecided, jump=surface.jump
        )

    def vanishes(self, surface: _Surface, position: Position) -> bool | None:
        """Whether an element is exactly on the switch; None where that cannot be told."""
        k = surface.step
        read = self.read(k, dict(zip(self.graph.indices[k], position, strict=True)))
        numbers = self.exactly(read, surface.quantity)
        return None if numbers is None else _is_zero(numbers[0], integers=surface.integers)

    def read(self, k: int, place: Mapping[str, int]) -> list[tuple[int, Position]]:
        """The elements that a step reads of its operands, where its indices stand for some numbers."""
        pairs = zip(self.graph.operands[k], self.graph.subscripts[k], strict=True)
        return [(o, tuple(s if isinstance(s, int) else place[s] for s in subscripts)) for o, subscripts in pairs]

    def exactly(self, read: Sequence[tuple[int, Position]], quantity: Program | None) -> list[Value] | None:
        """A quantity over some elements, or these themselves, in exact arithmetic; None if there is too much to do."""
        if self.deadline is not None:
            self.deadline()
        asked: dict[int, list[Position]] = {}
        for o, position in read:
            asked.setdefault(o, []).append(position)
        elements = elements_at(self.graph, asked, most=MOST_SCALARS)
        if elements is None:
            return None
        steps = [elements.steps[o][p] for o, p in read]
        builder = GraphBuilder(elements.graph)
        if quantity is not None:
            steps = [Emitter(builder).run(quantity, steps)]
        point = {e: _constant(self.values[n], p) for e, (n, p) in elements.inputs.items()}
        found = certify(builder.finish(steps[0]), point, set(steps), deadline=self.deadline)
        return [found[s] for s in steps]

    def tie(self, k: int) -> ElementSwitch | None:
        """The elements of a greatest or least that several elements attain."""
        graph, indices, over = self.graph, self.graph.indices[k], self.graph.over[k]
        inner = self.operand(k, 0, indices + over).reshape([*self.shape(indices), prod(self.shape(over))])
        sign = 1 if graph.ops[k] == MAXIMUM else -1
        with silent():
            low = np.max(sign * inner.mid - inner.err, axis=-1)
            rivals = ~(sign * inner.mid + inner.err < low[..., None])
            candidates = np.argwhere(np.count_nonzero(rivals, axis=-1) > 1)
        on: dict[Position, tuple[Position, ...]] = {}
        unknown: list[Position] = []
        for candidate in candidates[:MOST_POSITIONS]:
            position = tuple(int(p) for p in candidate)
            tied = self.tied(k, position, rivals[position])
            if tied is None:
                unknown.append(position)
            elif len(tied) > 1:
                on[position] = tied
        left = max(0, len(candidates) - MOST_POSITIONS)
        if not on and not unknown and not left:
            return None
        elements = prod(self.shape(indices))
        return ElementSwitch(
            k, 0, elements, tuple(on), len(on), tuple(unknown), len(unknown) + left, jump=False, tied=on
        )

    def tied(self, k: int, position: Position, rivals: Numbers) -> tuple[Position, ...] | None:
        """The positions of the operand that attain the extremum together; None where that cannot be told."""
        own = dict(zip(self.graph.indices[k], position, strict=True))
        inner = [np.unravel_index(int(r), self.shape(self.graph.over[k])) for r in np.flatnonzero(rivals)]
        if len(inner) > MOST_POSITIONS:
            return None
        places = [own | {i: int(c) for i, c in zip(self.graph.over[k], r, strict=True)} for r in inner]
        read = list(dict.fromkeys(self.read(k, place)[0] for place in places))
        numbers = self.exactly(read, None)
        if numbers is None or not all(isinstance(n, Fraction) for n in numbers):
            return self._surely_apart(read, numbers) if numbers is not None else None
        best = max(numbers) if self.graph.ops[k] == MAXIMUM else min(numbers)
        return tuple(p for (_, p), n in zip(read, numbers, strict=True) if n == best)

    def _surely_apart(
        self, read: Sequence[tuple[int, Position]], numbers: Sequence[Value]
    ) -> tuple[Position, ...] | None:
        """One position if the balls are all apart from each other, so that only one attains the extremum."""
        if any(not isinstance(n, Fraction | arb) for n in numbers):
            return None
        balls = [arb(n.numerator) / n.denominator if isinstance(n, Fraction) else n for n in numbers]
        apart = all(not a.overlaps(b) for j, a in enumerate(balls) for b in balls[:j])
        return (read[0][1],) if apart else None


def _positions(places: Numbers) -> list[Position]:
    """The first of some positions."""
    return [tuple(int(p) for p in place) for place in places[:MOST_POSITIONS]]


def _is_zero(number: Value, *, integers: bool) -> bool | None:
    if isinstance(number, Fraction):
        return number.denominator == 1 if integers else number == 0
    if not isinstance(number, arb):
        return None
    return None if (number.contains_integer() if integers else number.contains(0)) else False


def _constant(values: Any, position: Position) -> Graph:
    """One element of a variable as a graph of a constant."""
    builder = GraphBuilder()
    number = np.asarray(values)[position]
    return builder.finish(builder.constant(Fraction(number.item() if hasattr(number, "item") else number)))
