"""Which operations are active at a point, where their switches lie, and which one is responsible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache

from derivcheck.emit import Emitter
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph, Kind
from derivcheck.nonsmooth.existence import ActiveSwitch, DomainExit
from derivcheck.nonsmooth.paths import Paths, Trace, constant_of, relevant, side
from derivcheck.numbers.coefficient import Coefficient, sign
from derivcheck.numbers.germ import Germ
from derivcheck.numbers.kernel import REFUSALS, Undefined
from derivcheck.numbers.logpower import LogPowerSeries
from derivcheck.numbers.side import SideKind
from derivcheck.ops.evaluate import compiled
from derivcheck.ops.row import Program, Role, trace
from derivcheck.ops.table import TABLE

_ONE = Fraction(1)


def active_switches(paths: Paths, *traces: Trace) -> tuple[ActiveSwitch, ...]:
    """The operations that are not analytic at the point and that the output depends on, in order of computation."""
    needed = relevant(paths.graph, paths.here, *traces)
    steps = sorted({k for t in traces for k in t.singular if needed[k]})
    return tuple(_located(paths, k) for k in steps)


def responsible(paths: Paths, left: Trace, right: Trace) -> tuple[ActiveSwitch, ...]:
    """The active switches, the one first whose operation is the first without a derivative along the path."""
    active = active_switches(paths, left, right)
    needed = relevant(paths.graph, paths.here, left, right)
    known = {s.step for s in active}
    for k in range(len(needed)):
        if needed[k] and (k in known or _role(paths.graph, k) is Role.SELECT) and _breaks(paths, k, left, right):
            blamed = set(_conditions(paths, k, left, right)) if _role(paths.graph, k) is Role.SELECT else {k}
            first = next((s for s in active if s.step in blamed), None)
            if first is not None:
                return (first, *(s for s in active if s is not first))
    return active


def _role(graph: Graph, k: int) -> Role | None:
    return TABLE[graph.ops[k]].role if graph.kinds[k] is Kind.MAP else None


def _breaks(paths: Paths, k: int, left: Trace, right: Trace) -> bool:
    """Whether the value of step ``k`` has no derivative along the path; where it cannot be told, no."""
    here, before, after = paths.here.values[k], left.values[k], right.values[k]
    if not all(isinstance(v, LogPowerSeries | Undefined) for v in (here, before, after)):
        return False
    try:
        at = None if isinstance(here, Undefined) else constant_of(here)
        sides = [side(v, at, paths.germ) for v in (before, after)]
        slopes = [s.slope for s in sides if s.kind is SideKind.FINITE]
        exact = paths.germ.coefficients
        return len(slopes) < 2 or sign(exact.sub(slopes[1], exact.neg(slopes[0]))) != 0
    except REFUSALS:
        return False


def _conditions(paths: Paths, k: int, left: Trace, right: Trace) -> Iterator[int]:
    """The comparisons below the condition of selection ``k`` that change at the point."""
    graph = paths.graph
    pending, seen = [graph.operands[k][0]], set()
    while pending:
        step = pending.pop()
        if step in seen or _role(graph, step) is not Role.CONDITION:
            continue
        seen.add(step)
        if len({t.values[step] is True for t in (paths.here, left, right)}) > 1:
            yield step
        pending.extend(graph.operands[step])


def _located(paths: Paths, k: int) -> ActiveSwitch:
    """The switch of step ``k`` that is active, and where it lies."""
    graph, operands = paths.graph, paths.graph.operands[k]
    if graph.kinds[k] is not Kind.MAP or graph.indices[k] or any(graph.indices[o] for o in operands):
        return ActiveSwitch(k, None, operands)
    row, values = TABLE[graph.ops[k]], [paths.here.values[o] for o in operands]
    if row.role is Role.CONDITION:
        return _placed(paths, ActiveSwitch(k, None, operands), _difference())
    if not all(isinstance(v, LogPowerSeries) for v in values):
        return ActiveSwitch(k, None, operands)
    for j, switch in enumerate(row.switches):
        program = trace(switch.at, len(operands), graph.params[k])
        if _vanishes(program, values, paths.germ, integers=switch.integers):
            return _placed(paths, ActiveSwitch(k, j, operands), program)
    zeros = tuple(o for o, v in zip(operands, values, strict=True) if _is_zero(v))
    return ActiveSwitch(k, None, zeros, Fraction(0)) if zeros else ActiveSwitch(k, None, operands)


def _is_zero(value: LogPowerSeries) -> bool:
    try:
        return sign(constant_of(value)) == 0
    except REFUSALS:
        return False


@cache
def _difference() -> Program:
    return trace(lambda a, b: a - b, 2)


def _vanishes(program: Program, values: Sequence[LogPowerSeries], germ: Germ, *, integers: bool = False) -> bool:
    try:
        found = constant_of(compiled(program, germ)(*values))
        return sign(germ.coefficients.sub(found, germ.coefficients.floor(found)) if integers else found) == 0
    except REFUSALS:
        return False


def _placed(paths: Paths, switch: ActiveSwitch, program: Program) -> ActiveSwitch:
    """The switch with the operands that its quantity really depends on, and the level where it lies.

    Moving an operand off its value shows whether the quantity depends on it; moving all of them together shows
    whether only their differences matter.
    """
    graph, germ = paths.graph, paths.germ
    values = [paths.here.values[o] for o in switch.operands]
    if not all(isinstance(v, LogPowerSeries) for v in values):
        return switch
    moved = [germ.add(v, germ.monomial(_ONE, 1)) for v in values]
    run = compiled(program, germ)

    def stays(chosen: Sequence[bool]) -> bool:
        try:
            start, end = run(*values), run(*[m if c else v for m, v, c in zip(moved, values, chosen, strict=True)])
            return bool(germ.sub(end, start).is_exact_zero)
        except REFUSALS:
            return False

    count = range(len(values))
    matters = [not stays([j == k for j in count]) for k in count]
    kept = [k for k in count if matters[k]]
    together = len(kept) > 1 and stays(matters)
    free = [k for k in kept if graph.kinds[switch.operands[k]] is not Kind.CONSTANT]
    if together and len(free) > 1:
        return ActiveSwitch(switch.step, switch.cell, tuple(switch.operands[k] for k in free))
    level = _level([constant_of(values[k]) for k in free], germ)
    return ActiveSwitch(switch.step, switch.cell, tuple(switch.operands[k] for k in free), level)


def _level(values: Sequence[Coefficient], germ: Germ) -> Fraction | None:
    """The rational number that all values are equal to, None if there is none or it cannot be told."""
    try:
        if not values or any(sign(germ.coefficients.sub(v, values[0])) for v in values[1:]):
            return None
        if isinstance(values[0], Fraction):
            return values[0]
        return None if sign(values[0]) else Fraction(0)
    except REFUSALS:
        return None


def vanishing_step(switch: ActiveSwitch) -> int | None:
    """The step of the quantity that vanishes at the switch, if there is one in the graph."""
    return switch.operands[0] if switch.level == 0 and len(switch.operands) == 1 else None


def switch_quantity(builder: GraphBuilder, switch: ActiveSwitch) -> int | None:
    """The step of the quantity that vanishes at the switch, appended to ``builder`` where there is none.

    For ``|u|`` that is u, for ``max(a, b)`` a - b, for a comparison the difference of its sides, for ``floor(x)`` at 3
    it is x - 3. None where several operands vanish at once, as in ``hypot(a, b)``, or the level is not rational.
    """
    if not switch.operands or (len(switch.operands) == 1 and switch.level is None):
        return None
    emit = Emitter(builder)
    if len(switch.operands) == 1:
        return emit.run(_difference(), [switch.operands[0], builder.constant(switch.level or 0)])
    return emit.run(_difference(), list(switch.operands[:2])) if switch.level is None else None


def exit_of(graph: Graph, found: Trace) -> DomainExit | None:
    """The step at which the run of the graph leaves its domain: the first that has the error of the output."""
    last = found.values[graph.output]
    if not isinstance(last, Undefined):
        return None
    for k, value in enumerate(found.values):
        if isinstance(value, Undefined) and value.error is last.error:
            return DomainExit(k, last.reason)
    return DomainExit(graph.output, last.reason)
