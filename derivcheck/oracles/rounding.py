"""What a floating type can deliver of torch's own formulas: balls at its precision and in its range.

Every operation is rounded to a few bits less than the type has, for the library functions' own error. A formula of
torch that loses digits is walked as torch has it, and a row that torch has no function for is written out, since torch
then differentiates its parts. A number that may be above the range is unknown from there on, and one that may be
subnormal is widened by the distance of subnormal numbers. In 16 bits torch computes many functions in float32 and
rounds once at the end; balls that are rounded at every operation hold that result too.

Source: IEEE 754-2019, sections 3.3, 3.6 and 7.4; bfloat16: PyTorch's documentation of torch.finfo.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from flint import arb

from derivcheck.graph.steps import Graph, Kind
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.kernel import Kernel, Value
from derivcheck.ops.evaluate import compiled, evaluator
from derivcheck.ops.row import CONSTANT, Op, Program, Role, trace
from derivcheck.ops.table import TABLE

_EXACT = (Role.SUM, Role.PRODUCT, Role.SELECT)
"""Operations that floats do exactly wherever their result is a number of few bits."""


@dataclass(frozen=True, slots=True)
class Format:
    """A binary floating type.

    Attributes:
        name: torch's name for it.
        bits: its precision p, the hidden bit included.
        least: the exponent of the least normal number 2^least.
        above: the least power of two above the range.
        trusted: the bits that one operation is relied on to deliver. Library functions of 32 and 64 bits may be off by
            8 units in the last place; in 16 bits they are computed in float32 and rounded once.
        working: the bits with which balls are computed.
    """

    name: str
    bits: int
    least: int
    above: int
    trusted: int
    working: int

    @property
    def greatest(self) -> float:
        """The greatest finite number: 65504 in float16."""
        return math.ldexp(2.0 - 2.0 ** (1 - self.bits), self.above - 1)

    @property
    def digits(self) -> int:
        """Decimal digits that every number of the type keeps: 15 in float64."""
        return int((self.bits - 1) * math.log10(2))

    @property
    def short(self) -> bool:
        """Whether the type has 16 bits."""
        return self.bits <= _MOST_BITS_IN_16

    @property
    def least_normal(self) -> float:
        """The least positive number of full precision."""
        return math.ldexp(1.0, self.least)

    @property
    def error(self) -> float:
        """The relative error of one operation."""
        return 2.0**-self.trusted

    def spacing(self, value: float) -> float:
        """The unit in the last place at a finite number, that of subnormal numbers below the normal ones."""
        exponent = math.frexp(value)[1] if value else self.least
        return math.ldexp(1.0, max(exponent - self.bits, self.least - self.bits + 1))

    def nearest(self, value: float) -> float:
        """The number of the type nearest to a float64 number, ties to even; infinite beyond the range."""
        if not math.isfinite(value):
            return value
        spacing = self.spacing(value)
        rounded = round(value / spacing) * spacing if spacing > _LEAST_FLOAT else value
        return rounded if abs(rounded) <= self.greatest else math.copysign(math.inf, value)


_MOST_BITS_IN_16 = 11
_LEAST_FLOAT = 2.0**-1074
FORMATS: Mapping[str, Format] = {
    f.name: f
    for f in (
        Format("float64", 53, -1022, 1024, 49, 49),
        Format("float32", 24, -126, 128, 20, 20),
        Format("float16", 11, -14, 16, 10, 12),
        Format("bfloat16", 8, -126, 128, 7, 9),
    )
}
"""The floating types that autograd is judged in."""


class Rounded:
    """Balls around what a floating type may give for every row of the table, as torch computes it."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self._balls = Ball(form.working)
        self._greatest = arb(form.greatest)
        self._least_normal = arb(form.least_normal)
        self._subnormal = arb(0, 2.0 ** (form.least - form.bits + 1))
        self._rounding = arb(1, form.error)
        self._inside: tuple[str, tuple[Fraction, ...]] | None = None  # the row whose own formula is being read
        self._functions: dict[tuple[str, tuple[Fraction, ...], int], Callable[..., Value]] = {}

    def constant(self, value: Fraction) -> Value:
        """The number nearest to ``value``."""
        return self.delivered(self._balls.constant(value))

    def native(self, op: Op, params: tuple[Fraction, ...]) -> Callable[..., Value]:
        """A row by torch's formula, its result brought to the precision and range."""
        if (op.name, params) == self._inside:
            plain = evaluator(op, params, op.arity or op.least, self._balls)
            return lambda *operands: self.delivered(plain(*operands))

        def run(*operands: Value) -> Value:
            key = (op.name, params, len(operands))
            if key not in self._functions:
                self._functions[key] = self._function(op, params, len(operands))
            found = self._functions[key](*operands)
            return self.delivered(found, exactly=op.role in _EXACT)

        return run

    def _function(self, op: Op, params: tuple[Fraction, ...], arity: int) -> Callable[..., Value]:
        if self.form.short and op.torch is not None and op.torch.short is not None:
            return compiled(trace(op.torch.short, arity, params), cast(Kernel, Rounded(FORMATS["float32"])))
        formula = None if op.torch is None else op.torch.value
        program = written_out(op, params, arity) if formula is None else trace(formula, arity, params)
        if program is None:
            return evaluator(op, params, arity, self._balls)
        outer, self._inside = self._inside, (op.name, params)
        try:
            return compiled(program, cast(Kernel, self))
        finally:
            self._inside = outer

    def delivered(self, value: Any, *, exactly: bool = True) -> Value:
        """A ball with what rounding, overflow and gradual underflow may add; conditions as they are.

        Args:
            value: a ball, or a condition.
            exactly: whether a number of few bits is delivered as it is.
        """
        if not isinstance(value, arb) or value.is_zero():
            return value
        if not value.is_finite():
            return arb.nan()
        if not exactly or not value.is_exact() or value.bits() > self.form.bits:
            value = self._balls.mul(value, self._rounding)
        size = abs(value)
        if not size <= self._greatest:
            return arb.nan()
        return value if size >= self._least_normal else self._balls.add(value, self._subnormal)


def written_out(op: Op, params: tuple[Fraction, ...], arity: int) -> Program | None:
    """What torch runs for a row that it has no function for; None for any other row."""
    if op.torch is None:
        return None if op.body is None else op.body_program(arity, params)
    return None if op.torch.body is None else trace(op.torch.body, arity, params)


def as_torch_runs_it(graph: Graph) -> tuple[Graph, tuple[int, ...]]:
    """A graph of scalars in the operations that torch has, and where each of its steps went.

    No two steps are merged, since torch would not merge them either.
    """
    columns = _Columns()
    places: list[int] = []
    for k in range(len(graph)):
        operands = [places[o] for o in graph.operands[k]]
        if graph.kinds[k] is Kind.MAP:
            places.append(columns.run(graph.ops[k], graph.params[k], operands))
        else:
            places.append(columns.append(graph.kinds[k], graph.ops[k], graph.params[k], operands))
    return columns.graph(graph, places), tuple(places)


class _Columns:
    """The columns of a graph of scalars under construction."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []
        self.ops: list[str] = []
        self.params: list[tuple[Any, ...]] = []
        self.operands: list[tuple[int, ...]] = []

    def append(self, kind: Kind, op: str, params: tuple[Any, ...], operands: Sequence[int]) -> int:
        self.kinds.append(kind)
        self.ops.append(op)
        self.params.append(params)
        self.operands.append(tuple(operands))
        return len(self.kinds) - 1

    def run(self, op: str, params: tuple[Any, ...], operands: Sequence[int]) -> int:
        """A row, written out if torch has no function for it; rows nest a few levels."""
        program = written_out(TABLE[op], params, len(operands))
        if program is None:
            return self.append(Kind.MAP, op, params, operands)
        registers = list(operands)
        for i in program.instructions:
            if i.op == CONSTANT:
                registers.append(self.append(Kind.CONSTANT, "", i.params, ()))
            else:
                registers.append(self.run(i.op, i.params, [registers[a] for a in i.args]))
        return registers[program.result]

    def graph(self, source: Graph, places: Sequence[int]) -> Graph:
        count = len(self.kinds)
        return replace(
            source,
            kinds=tuple(self.kinds),
            ops=tuple(self.ops),
            params=tuple(self.params),
            operands=tuple(self.operands),
            subscripts=tuple(((),) * len(o) for o in self.operands),
            indices=((),) * count,
            over=((),) * count,
            inputs={n: places[k] for n, k in source.inputs.items()},
            names={},
            output=places[source.output],
            literals={},
            spans={},
        )
