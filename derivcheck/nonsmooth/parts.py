"""The smooth parts of a function of scalars that chooses between formulas: the conditions and the formula of each.

A choice is taken as it is written: the condition of a selection holds or not, ``|a|`` is a or -a, ``max(a, b)`` is one
of both. Other operations with switches are written out by their bodies. Every way to choose is followed, and kept
where a point of it is found among some hundred; a part in which none of them lies would be missed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any, NoReturn

from derivcheck.emit import Emitter
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.splice import spliced
from derivcheck.graph.steps import SELECT, Graph, Kind
from derivcheck.interpret import interpret
from derivcheck.numbers.floats import Floats
from derivcheck.numbers.kernel import UndecidedError, Undefined
from derivcheck.ops.row import Op, Role
from derivcheck.ops.table import TABLE

MOST_PARTS = 32
"""A function of more parts is not cut."""
_POINTS, _MOVED = 400, 0.75
_LATTICE = (-7.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0, 7.0)
_INTERIOR = {"le": "lt", "ge": "gt"}
"""The comparison without its boundary, on which no formula of a derivative is promised."""

Step = tuple[int, int]
"""A step as it is written, and the same with every choice as a selection."""


@dataclass(frozen=True, slots=True)
class Part:
    """One smooth part: graphs of what must hold there, and of the function."""

    conditions: tuple[Graph, ...]
    formula: Graph


class _Selecting:
    """The kernel on steps: operations without switches stay as they are, the others become selections."""

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder

    def native(self, op: Op, params: tuple[Fraction, ...]) -> Callable[..., Step] | None:
        """The row itself, unless it chooses: then a method of this class, or its body."""
        if hasattr(self, op.kernel) if op.kernel else op.switches:
            return None
        return lambda *steps: self._both(op.name, *steps, params=params)

    def _both(self, op: str, *steps: Step, params: tuple[Fraction, ...] = ()) -> Step:
        typed, chosen = (self.builder.scalar(op, *(s[side] for s in steps), params=params) for side in (0, 1))
        return typed, chosen if TABLE[op].role is not Role.CONDITION else typed

    def constant(self, value: Fraction) -> Step:
        """A number."""
        step = self.builder.constant(value)
        return step, step

    def select(self, condition: Step, a: Step, b: Step) -> Step:
        """A selection."""
        return self._chosen(condition[0], a, b, self.builder.scalar(SELECT, condition[0], a[0], b[0]))

    def _chosen(self, condition: int, a: Step, b: Step, typed: int) -> Step:
        return typed, self.builder.scalar(SELECT, condition, a[1], b[1])

    def abs(self, a: Step) -> Step:
        """a or -a."""
        above = self.builder.scalar("gt", a[1], self.builder.constant(0))
        negative = (a[0], self.builder.scalar("neg", a[1]))
        return self._chosen(above, a, negative, self.builder.scalar("abs", a[0]))

    def max(self, a: Step, b: Step) -> Step:
        """The greater of two."""
        return self._chosen(self.builder.scalar("gt", a[1], b[1]), a, b, self.builder.scalar("max", a[0], b[0]))

    def min(self, a: Step, b: Step) -> Step:
        """The lesser of two."""
        return self._chosen(self.builder.scalar("lt", a[1], b[1]), a, b, self.builder.scalar("min", a[0], b[0]))

    def floor(self, _: Step) -> NoReturn:
        """Infinitely many parts."""
        raise UndecidedError("the integer part has infinitely many parts")


def smooth_parts(graph: Graph, ranges: Mapping[str, Sequence[float]] | None = None) -> tuple[Part, ...] | None:
    """The smooth parts of a graph of scalars, one for a function that chooses nothing; None if there are too many.

    Args:
        graph: the function.
        ranges: by variable the values among which points are looked for; by default numbers of both signs.
    """
    builder = GraphBuilder()
    inputs = {n: (s := builder.input(n), s) for n in graph.inputs}
    value: Any = interpret(graph, _Selecting(builder), inputs, wanted=[graph.output])[graph.output]  # type: ignore[arg-type]
    if isinstance(value, Undefined):
        return None
    whole = builder.finish(value[1])
    parts: list[Part] = []
    plan: list[bool] | None = []
    for _ in range(2 * MOST_PARTS):
        if plan is None:
            return tuple(parts)
        way = _Way(whole, plan)
        part = way.followed()
        if _has_point(part, graph, ranges or {}):
            parts.append(part)
        plan = _next_plan(list(way.taken.values()))
    return None


def _next_plan(taken: Sequence[bool]) -> list[bool] | None:
    """The next way to choose: the last choice that went the first way goes the other."""
    last = next((k for k in range(len(taken) - 1, -1, -1) if taken[k]), None)
    return None if last is None else [*taken[:last], False]


class _Way:
    """One way through the selections of a graph; choices beyond the plan go the first way."""

    def __init__(self, graph: Graph, plan: Sequence[bool]) -> None:
        self.graph, self.plan = graph, plan
        self.builder = GraphBuilder()
        self.emit = Emitter(self.builder)
        self.places: dict[int, int] = {}
        self.taken: dict[int, bool] = {}

    def followed(self) -> Part:
        """The part at the end of the way."""
        stack = [self.graph.output]
        while stack:
            waiting = [o for o in self._reads(stack[-1]) if o not in self.places]
            if waiting:
                stack.extend(waiting)
            else:
                k = stack.pop()
                self.places.setdefault(k, self._placed(k))
        whole = self.builder.finish(self.places[self.graph.output])
        formula = GraphBuilder()
        alone = formula.finish(spliced(formula, whole, whole.output, {}))
        return Part(tuple(_condition(whole, c, held) for c, held in self.taken.items()), alone)

    def _selects(self, k: int) -> bool:
        return self.graph.kinds[k] is Kind.MAP and TABLE[self.graph.ops[k]].role is Role.SELECT

    def _reads(self, k: int) -> Sequence[int]:
        """What is read next: of a selection its condition, then the branch that is taken."""
        reads = self.graph.operands[k]
        if not self._selects(k):
            return reads
        if reads[0] not in self.places:
            return reads[:1]
        return reads[1:2] if self._held(self.places[reads[0]]) else reads[2:]

    def _held(self, condition: int) -> bool:
        """Whether a condition holds on this way; one of numbers alone is no choice."""
        alone = self.builder.finish(condition)
        if not any(alone.kinds[a] is Kind.INPUT for a in alone.ancestors(condition)):
            return _holds(alone, {})
        at = len(self.taken)
        return self.taken.setdefault(condition, self.plan[at] if at < len(self.plan) else True)

    def _placed(self, k: int) -> int:
        graph = self.graph
        if self._selects(k):
            return self.places[self._reads(k)[0]]
        if graph.kinds[k] is Kind.MAP:
            return self.emit.apply(graph.ops[k], graph.params[k], [self.places[o] for o in graph.operands[k]])
        return spliced(self.builder, graph, k, {})


def _condition(graph: Graph, step: int, held: bool) -> Graph:
    builder = GraphBuilder()
    copied = spliced(builder, graph, step, {})
    condition = copied if held else Emitter(builder).negation(copied)
    strict = _INTERIOR.get(builder.ops[condition])
    return builder.finish(condition if strict is None else builder.scalar(strict, *builder.operands[condition]))


def _has_point(part: Part, graph: Graph, ranges: Mapping[str, Sequence[float]]) -> bool:
    """Whether one of some hundred points lies in the part."""
    random = Random(len(part.conditions))  # noqa: S311 - points, not secrets
    names = list(graph.inputs)
    for _ in range(_POINTS if part.conditions else 1):
        moved = {n: n not in ranges and random.random() < _MOVED for n in names}
        point = {n: random.choice(ranges.get(n, _LATTICE)) + random.random() * moved[n] for n in names}
        if all(_holds(c, point) for c in part.conditions):
            return True
    return False


def _holds(condition: Graph, point: Mapping[str, float]) -> bool:
    given = {n: point[n] for n in condition.inputs if n in point}
    return bool(interpret(condition, Floats(), given, wanted=[condition.output], total=True)[condition.output])
