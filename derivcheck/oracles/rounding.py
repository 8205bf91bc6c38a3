"""What float64 can deliver of torch's own formulas: balls at its precision and in its range.

Every operation is rounded to a few bits less than float64 has, for the library functions' own error, and a formula of
torch that loses digits is walked as torch has it. A number that may be above the range is unbounded from there on, and
one that may be subnormal is widened by the distance of subnormal numbers.

Source: IEEE 754-2019, sections 3.3 and 7.4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

from flint import arb

from derivcheck.numbers.ball import Ball
from derivcheck.numbers.kernel import Kernel, Value
from derivcheck.ops.evaluate import compiled, evaluator
from derivcheck.ops.row import Op, trace

BITS = 49
"""float64 has 53 bits; each operation may be off by 8 units in the last place and still be explained."""
_GREATEST = arb(2) ** 1024
_LEAST_NORMAL = arb(2) ** -1022
_SUBNORMAL = arb(0, 2.0**-1074)


class Rounded:
    """Balls around what float64 may give for every row of the table, as torch computes it."""

    def __init__(self) -> None:
        self._balls = Ball(BITS)
        self._functions: dict[tuple[str, tuple[Fraction, ...], int], Callable[..., Value]] = {}

    def constant(self, value: Fraction) -> Value:
        """The number nearest to ``value``."""
        return self.delivered(self._balls.constant(value))

    def native(self, op: Op, params: tuple[Fraction, ...]) -> Callable[..., Value]:
        """A row by torch's formula, its result brought to the precision and range."""

        def run(*operands: Value) -> Value:
            key = (op.name, params, len(operands))
            if key not in self._functions:
                self._functions[key] = self._function(op, params, len(operands))
            return self.delivered(self._functions[key](*operands))

        return run

    def _function(self, op: Op, params: tuple[Fraction, ...], arity: int) -> Callable[..., Value]:
        column = op.torch
        formula = None if column is None else column.value or column.body
        if formula is not None:
            return compiled(trace(formula, arity, params), cast(Kernel, self))
        if column is None and op.body is not None:
            return compiled(op.body_program(arity, params), cast(Kernel, self))
        return evaluator(op, params, arity, self._balls)

    def delivered(self, value: Any) -> Value:
        """A ball with what rounding, overflow and gradual underflow may add; conditions as they are."""
        if not isinstance(value, arb) or value.is_zero() or not value.is_finite():
            return value
        rounded = self._balls.add(value, arb(0))
        if not abs(rounded) < _GREATEST:
            return arb(0, math.inf)
        return rounded if abs(rounded) >= _LEAST_NORMAL else self._balls.add(rounded, _SUBNORMAL)
