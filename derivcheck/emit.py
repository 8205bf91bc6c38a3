"""Emitting derived steps: arithmetic that folds what is trivial, and values guarded by conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce as fold

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import ADD, MULTIPLY, NEGATE, SELECT, Access, Kind
from derivcheck.ops.row import CONSTANT, Op, Program, Role
from derivcheck.ops.table import TABLE

AND, OR, NOT = "and", "or", "not"
_OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}
"""The comparison that holds where the other one does not."""
_ONE = Fraction(1)
_BITS = 4096
"""Constants are folded while they stay shorter than this."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """The scalar ``value`` where the condition ``guard`` holds, else 0; without a guard, everywhere.

    ``covered`` says that the value is 0 by itself where the guard does not hold.
    """

    value: int
    guard: int | None = None
    covered: bool = False


class Emitter:
    """Appends scalar steps to a builder, leaving out what changes nothing: 0 + a, 1 · a, a¹, sums of constants."""

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder
        self.zero = builder.constant(0)
        self.one = builder.constant(1)

    def constant_of(self, step: int) -> Fraction | None:
        """The rational value of a constant step, else None."""
        builder = self.builder
        return builder.params[step][0] if builder.kinds[step] is Kind.CONSTANT else None

    def run(self, program: Program, operands: Sequence[int]) -> int:
        """The steps of a cell on the given operands."""
        registers = list(operands)
        for i in program.instructions:
            if i.op == CONSTANT:
                registers.append(self.builder.constant(i.params[0]))
            else:
                registers.append(self.apply(i.op, i.params, [registers[a] for a in i.args]))
        return registers[program.result]

    def apply(self, op: str, params: tuple[Fraction, ...], args: list[int]) -> int:
        """A row on scalar steps, folded where its role allows."""
        row = TABLE[op]
        role = row.role
        if row.known and (value := self._known(row, args)) is not None:
            return self.builder.constant(value)
        if role is Role.SUM:
            return self._sum(op, args)
        if role is Role.PRODUCT:
            return self._product(op, args)
        if role is Role.POWER:
            return self._power(op, args[0], params[0])
        return self.builder.scalar(op, *args, params=params)

    def _known(self, row: Op, args: list[int]) -> Fraction | None:
        """The row's exact value at a named constant."""
        constant = self.builder.kinds[args[0]] is Kind.MAP and not self.builder.operands[args[0]]
        return row.known.get(self.builder.ops[args[0]]) if constant else None

    def _sum(self, op: str, args: list[int]) -> int:
        local = TABLE[op].local
        signs = [-1 if (k and op != ADD) or len(args) == 1 else 1 for k in range(len(args))] if local else []
        values = [self.constant_of(a) for a in args]
        if all(v is not None for v in values):
            return self.builder.constant(
                sum((s * v for s, v in zip(signs, values, strict=True) if v is not None), Fraction(0))
            )
        if len(args) == 1:
            return self.negated(args[0])
        if values[1] == 0:
            return args[0]
        if values[0] == 0:
            return args[1] if signs[1] > 0 else self.negated(args[1])
        return self.builder.scalar(op, *args)

    def negated(self, a: int) -> int:
        """-a; the sign of a constant, of a negation or of a product's constant factor is turned."""
        value, builder = self.constant_of(a), self.builder
        if value is not None:
            return builder.constant(-value)
        if builder.kinds[a] is Kind.MAP and builder.ops[a] == NEGATE and not builder.indices[a]:
            return builder.operands[a][0]
        return builder.scalar(NEGATE, a)

    def _product(self, op: str, args: list[int]) -> int:
        a, b = (self.constant_of(x) for x in args)
        multiply = op == MULTIPLY
        if a is not None and b is not None and (multiply or b != 0) and _short(a) and _short(b):
            return self.builder.constant(a * b if multiply else a / b)
        if b == 1:
            return args[0]
        if multiply and a == 1:
            return args[1]
        if a == 0 or (multiply and b == 0):
            return self.zero
        if b == -1:
            return self.negated(args[0])
        if multiply and a == -1:
            return self.negated(args[1])
        return self.builder.scalar(op, *args)

    def _power(self, op: str, base: int, exponent: Fraction) -> int:
        value = self.constant_of(base)
        if exponent == 1:
            return base
        if exponent == 0:
            return self.one
        if value is not None and exponent.denominator == 1 and (value or exponent > 0) and _short(value, exponent):
            return self.builder.constant(value ** int(exponent))
        return self.builder.scalar(op, base, params=(exponent,))

    def add(self, a: int, b: int) -> int:
        """The sum of two steps on the same indices."""
        indices = self.builder.indices[a]
        if indices:
            return self.builder.map(ADD, [Access(a, indices), Access(b, indices)], indices)
        return self.apply(ADD, (), [a, b])

    def multiply(self, a: int, b: int) -> int:
        """The product of two scalar steps."""
        return self.apply(MULTIPLY, (), [a, b])

    def guarded(self, step: int) -> Guarded:
        """A step that selects between a value and 0, taken apart; any other step without a guard."""
        builder = self.builder
        if (
            builder.kinds[step] is Kind.MAP
            and TABLE[builder.ops[step]].role is Role.SELECT
            and not builder.indices[step]
        ):
            condition, then, otherwise = builder.operands[step]
            if otherwise == self.zero:
                return Guarded(then, condition)
            if then == self.zero:
                return Guarded(otherwise, self.negation(condition))
        return Guarded(step)

    def negation(self, condition: int) -> int:
        """The condition that holds where this one does not: a comparison turned round, any other negated."""
        builder = self.builder
        if self._is(condition, NOT):
            return builder.operands[condition][0]
        if self._is(condition, *_OPPOSITE):
            return builder.scalar(_OPPOSITE[builder.ops[condition]], *builder.operands[condition])
        return builder.scalar(NOT, condition)

    def materialised(self, value: Guarded) -> int:
        """The guarded value as one step."""
        if value.guard is None or value.covered or value.value == self.zero:
            return value.value
        return self.builder.scalar(SELECT, value.guard, value.value, self.zero)

    def times(self, a: Guarded, b: Guarded) -> Guarded:
        """The product, guarded by both conditions."""
        guard = a.guard if b.guard in (None, a.guard) else b.guard
        if a.guard is not None and b.guard is not None and a.guard != b.guard:
            guard = self.builder.scalar(AND, a.guard, b.guard)
        return Guarded(self.multiply(a.value, b.value), guard)

    def total(self, values: Sequence[Guarded]) -> Guarded:
        """The sum; under one common guard if there is one, else under the disjunction of all."""
        parts = self._joined(values)
        if len(parts) == 1:
            return parts[0]
        total = self._added([self.materialised(p) for p in parts])
        conditions = [p.guard for p in parts if p.guard is not None]
        if len(conditions) < len(parts):
            return Guarded(total)
        return Guarded(total, fold(lambda p, q: self.builder.scalar(OR, p, q), conditions))

    def _joined(self, values: Sequence[Guarded]) -> list[Guarded]:
        """One value a guard; where a condition and its negation both occur, one selection between the two."""
        found: dict[int | None, int] = {}
        waiting = list(reversed(values))
        while waiting:
            part = waiting.pop()
            if part.guard in found:
                found[part.guard] = self.add(found[part.guard], part.value)
                continue
            common, condition = self._split(part.guard)
            other = None if condition is None else self._under(common, self.negation(condition))
            if condition is None or other not in found:
                found[part.guard] = part.value
            else:
                waiting.append(Guarded(self._chosen(condition, part.value, found.pop(other)), common))
        return [Guarded(value, guard) for guard, value in found.items()]

    def _chosen(self, condition: int, then: int, otherwise: int) -> int:
        """A selection, the condition first met in front."""
        if then == otherwise:
            return then
        opposite = self.negation(condition)
        if opposite < condition:
            condition, then, otherwise = opposite, otherwise, then
        return self.builder.scalar(SELECT, condition, then, otherwise)

    def _split(self, guard: int | None) -> tuple[int | None, int | None]:
        """A guard as what must hold besides, and the last condition."""
        if guard is not None and self._is(guard, AND):
            common, last = self.builder.operands[guard]
            return common, last
        return None, guard

    def _under(self, common: int | None, condition: int) -> int:
        return condition if common is None else self.builder.scalar(AND, common, condition)

    def _is(self, step: int, *ops: str) -> bool:
        return self.builder.kinds[step] is Kind.MAP and self.builder.ops[step] in ops

    def _added(self, steps: Sequence[int]) -> int:
        total = steps[0]
        for step in steps[1:]:
            total = self.add(total, step)
        return total


def _short(value: Fraction, exponent: Fraction = _ONE) -> bool:
    return (value.numerator.bit_length() + value.denominator.bit_length()) * abs(exponent) <= _BITS
