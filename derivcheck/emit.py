"""Emitting derived steps: arithmetic that folds what is trivial, and values guarded by conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce as fold

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import ADD, MULTIPLY, NEGATE, SELECT, Access, Kind
from derivcheck.ops.row import CONSTANT, Program, Role
from derivcheck.ops.table import TABLE

AND, OR, NOT = "and", "or", "not"
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
        role = TABLE[op].role
        if role is Role.SUM:
            return self._sum(op, args)
        if role is Role.PRODUCT:
            return self._product(op, args)
        if role is Role.POWER:
            return self._power(op, args[0], params[0])
        return self.builder.scalar(op, *args, params=params)

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
                return Guarded(otherwise, builder.scalar(NOT, condition))
        return Guarded(step)

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
        guards = tuple(dict.fromkeys(v.guard for v in values))
        if len(guards) == 1:
            return Guarded(self._added([v.value for v in values]), guards[0])
        total = self._added([self.materialised(v) for v in values])
        conditions = [g for g in guards if g is not None]
        if len(conditions) < len(guards):
            return Guarded(total)
        return Guarded(total, fold(lambda p, q: self.builder.scalar(OR, p, q), conditions), covered=True)

    def _added(self, steps: Sequence[int]) -> int:
        total = steps[0]
        for step in steps[1:]:
            total = self.add(total, step)
        return total


def _short(value: Fraction, exponent: Fraction = _ONE) -> bool:
    return (value.numerator.bit_length() + value.denominator.bit_length()) * abs(exponent) <= _BITS
