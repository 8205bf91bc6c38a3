"""The chain rule of steps with indices: contributions brought onto each operand's own indices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from derivcheck.emit import Emitter
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.labelled import Labelled, lift
from derivcheck.graph.steps import MAXIMUM, MEAN, MINIMUM, MULTIPLY, NEGATE, PRODUCT, SELECT, Access, Kind, Subscript
from derivcheck.ops.composites import COMPOSITES
from derivcheck.ops.row import CONSTANT, Op, Program, Role
from derivcheck.ops.table import TABLE

LocalDerivative = Callable[[Op, int, int, tuple[Fraction, ...]], Program | None]
"""The cell of a row's local derivative in one of its operands, over the operands and the value."""


def array_contributions(
    emit: Emitter,
    node: int,
    adjoint: int,
    active: Sequence[int],
    local: LocalDerivative = Op.local_program,
) -> Iterator[tuple[int, int]]:
    """For every operand of ``node`` that matters: its step and the step of its contribution, on its own indices."""
    builder = emit.builder
    own = builder.indices[node]
    bar = Labelled(builder, adjoint, own)
    for place, target in enumerate(builder.operands[node]):
        if not active[target]:
            continue
        subscripts = builder.subscripts[node][place]
        spread = _spread(builder, node, place, bar, local)
        if spread is not None:
            yield target, _collected(builder, spread, target, subscripts)


def _spread(builder: GraphBuilder, node: int, place: int, bar: Labelled, local: LocalDerivative) -> Labelled | None:
    """The contribution before it is brought onto the operand's indices."""
    kind = builder.kinds[node]
    if kind is Kind.MAP:
        return _mapped(builder, node, place, bar, local)
    operand = Labelled(builder, builder.operands[node][0], builder.subscripts[node][0])
    out = Labelled(builder, node, builder.indices[node])
    over = builder.over[node]
    if kind is Kind.COMPOSITE:
        spread: Labelled = COMPOSITES[builder.ops[node]].adjoint(bar, operand, out, over, *builder.params[node])
        return spread
    reduction = builder.ops[node]
    if reduction == MEAN:
        for index in over:
            bar = bar / Labelled(builder, builder.size(index), ())
        return bar
    if reduction in (MAXIMUM, MINIMUM):
        return operand.map("eq", out).map(SELECT, bar, 0)
    if reduction == PRODUCT:
        return bar * _others(builder, operand, over)
    return bar


def _others(builder: GraphBuilder, operand: Labelled, over: tuple[str, ...]) -> Labelled:
    """For every element the product of all others over the indices: no quotient, so that zeros do no harm."""
    again = {i: builder.fresh(builder.sizes[i]) for i in over}
    other = Labelled(
        builder, operand.step, tuple(again.get(s, s) if isinstance(s, str) else s for s in operand.subscripts)
    )
    same = lift(builder, 1)
    for index, fresh in again.items():
        same = same * Labelled(builder, builder.delta(index, fresh), (index, fresh))
    return same.map("eq", 1).map(SELECT, 1, other).product(tuple(again.values()))


def _mapped(
    builder: GraphBuilder, node: int, place: int, bar: Labelled, local_program: LocalDerivative
) -> Labelled | None:
    operands = [Labelled(builder, o, s) for o, s in zip(builder.operands[node], builder.subscripts[node], strict=True)]
    program = local_program(TABLE[builder.ops[node]], place, len(operands), builder.params[node])
    if program is None:
        return None
    local = _run(builder, program, [*operands, Labelled(builder, node, builder.indices[node])])
    constant = builder.params[local.step][0] if builder.kinds[local.step] is Kind.CONSTANT else None
    if constant == 0:
        return None
    if constant == 1:
        return bar
    if _selects(builder, local):
        return _selected(builder, local, bar)
    if constant == -1:
        return _guarded(builder, bar, lambda b: b.map(NEGATE))
    if set(local.indices) <= set(bar.indices):
        return _guarded(builder, bar, lambda b: b.map(MULTIPLY, local))
    return bar.map(MULTIPLY, local)


def _selects(builder: GraphBuilder, value: Labelled) -> bool:
    return builder.kinds[value.step] is Kind.MAP and TABLE[builder.ops[value.step]].role is Role.SELECT


def _branches(builder: GraphBuilder, value: Labelled) -> tuple[Labelled, ...]:
    """The condition and both branches of a selection, on the indices it is read with."""
    names = dict(zip(builder.indices[value.step], value.subscripts, strict=True))
    return tuple(
        Labelled(builder, o, tuple(names.get(x, x) if isinstance(x, str) else x for x in s))
        for o, s in zip(builder.operands[value.step], builder.subscripts[value.step], strict=True)
    )


def _selected(builder: GraphBuilder, local: Labelled, bar: Labelled) -> Labelled:
    """The cotangent selected, not multiplied, by a local derivative that chooses between two values."""
    condition, then, otherwise = _branches(builder, local)
    zero = builder.constant(0)
    left, right = (v if v.step == zero else bar.map(MULTIPLY, v) for v in (then, otherwise))
    return condition.map(SELECT, left, right)


def _guarded(builder: GraphBuilder, bar: Labelled, change: Callable[[Labelled], Labelled]) -> Labelled:
    """A changed cotangent that stays 0 where a selection makes it 0, whatever the change is there: no 0·∞ arises.

    Only for changes element by element; a factor with further indices is to be contracted, not selected.
    """
    zero = builder.constant(0)
    guards: list[tuple[Labelled, bool]] = []
    while _selects(builder, bar):
        condition, then, otherwise = _branches(builder, bar)
        if zero not in (then.step, otherwise.step):
            break
        first = otherwise.step == zero
        guards.append((condition, first))
        bar = then if first else otherwise
    if bar.step == zero:
        return bar
    value = change(bar)
    for condition, first in reversed(guards):
        value = condition.map(SELECT, value, 0) if first else condition.map(SELECT, 0, value)
    return value


def _run(builder: GraphBuilder, program: Program, operands: Sequence[Labelled]) -> Labelled:
    registers = list(operands)
    for i in program.instructions:
        if i.op == CONSTANT:
            registers.append(lift(builder, i.params[0]))
        elif not i.args:
            registers.append(Labelled(builder, builder.scalar(i.op, params=i.params), ()))
        else:
            first, *rest = (registers[a] for a in i.args)
            registers.append(first.map(i.op, *rest, params=i.params))
    return registers[program.result]


def _collected(builder: GraphBuilder, spread: Labelled, target: int, subscripts: tuple[Subscript, ...]) -> int:
    """Σ over the indices that the operand was not read with, δ for integers and repeated ones, renamed to its own."""
    missing = tuple(i for i in spread.indices if i not in subscripts)
    spread = spread.sum(missing)
    own = builder.indices[target]
    names: dict[str, str] = {}
    deltas: list[Labelled] = []
    for index, subscript in zip(own, subscripts, strict=True):
        if isinstance(subscript, int) or subscript in names:
            column = names[subscript] if isinstance(subscript, str) else subscript
            step = builder.delta(index, column)
            deltas.append(Labelled(builder, step, builder.indices[step]))
        else:
            names[subscript] = index
    value = Labelled(
        builder, spread.step, tuple(names.get(s, s) if isinstance(s, str) else s for s in spread.subscripts)
    )
    for delta in deltas:
        value = value.map(MULTIPLY, delta)
    ones = [i for i in own if i not in value.indices]
    if ones or value.subscripts != own:
        return builder.map(MULTIPLY, [value.access, Access(builder.constant(1))], own)
    return value.step
