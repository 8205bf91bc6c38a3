"""What a floating type may deliver of the gradients of a loss of arrays, as torch computes them, element by element.

Torch's own formulas are walked with a running error bound at the rounding of the type (see
:mod:`derivcheck.numbers.bounded`): what torch has no function for is written out, since torch then differentiates its
parts. A sum of n terms may come in any order: e^(n·u) - 1 times the sum of the terms' absolute values. Adjoints carry
their path sums Σ |products over the chain-rule paths|; reverse mode adds contributions in another order than the sweep
does, which N additions answer for with N·u times the path sum.

Source: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), sections 3.1 and 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

import numpy as np

from derivcheck.derive import Derivation, differentiate
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.opened import Columns, Reading, opened
from derivcheck.graph.steps import MULTIPLY, Graph, Kind
from derivcheck.interpret import interpret
from derivcheck.numbers.bounded import Bounded, BoundedArrays, Numbers, Truth, silent, unstretched, zero
from derivcheck.numbers.contractions import Contraction
from derivcheck.numbers.kernel import Kernel, Value
from derivcheck.ops.evaluate import compiled, evaluator
from derivcheck.ops.row import CONSTANT, Op, Role, trace
from derivcheck.ops.table import TABLE
from derivcheck.oracles.bounded_storage import BoundedStorage
from derivcheck.oracles.rounding import FORMATS, Format, written_out

_SEED = "∂L"
"""The variable that stands for the gradient of the output; no variable of a loss is called so."""
_UNROUNDED = (Role.SELECT, Role.CONDITION)


class Delivered(BoundedArrays):
    """Arrays around what a floating type may give for every row of the table, as torch computes it."""

    def __init__(self, form: Format) -> None:
        super().__init__(wide=False)
        self.form = form
        self._plain = BoundedArrays(wide=False)
        self._inside: tuple[str, tuple[Fraction, ...]] | None = None  # the row whose own formula is being read

    def derive(self) -> None:
        """From now on derivatives are computed."""
        super().derive()
        self._plain.derive()

    def given(self, values: Any) -> Bounded:
        """Numbers as they were given and as the type holds them."""
        exact = super().given(values)
        if self.form.bits >= unit_bits(exact.mid) and zero(exact.err):
            return exact
        size = np.abs(exact.mid)
        held = size if self.form.bits >= unit_bits(exact.mid) else _nearest(size, self.form)
        moved = np.abs(held - size)
        err = exact.err + np.where((moved > 0) | (exact.err > 0), moved + 2.0**-self.form.bits * exact.err, 0.0)
        return Bounded(exact.mid, np.where(size > self.form.greatest, np.inf, err)[()])

    def native(self, op: Op, params: tuple[Fraction, ...]) -> Callable[..., Value]:
        """A row by torch's formula, its result brought to the precision and range."""
        found: dict[int, Callable[..., Value]] = {}
        own = (op.name, params) == self._inside

        def run(*operands: Value) -> Value:
            if len(operands) not in found:
                found[len(operands)] = self._function(op, params, len(operands), own=own)
            out = found[len(operands)](*operands)
            return out if isinstance(out, Truth) or op.role in _UNROUNDED else self.delivered(out)

        return run

    def _function(self, op: Op, params: tuple[Fraction, ...], arity: int, *, own: bool) -> Callable[..., Value]:
        formula = None if op.torch is None or own else op.torch.value
        if self.form.short and not own and op.torch is not None and op.torch.short is not None:
            return compiled(trace(op.torch.short, arity, params), cast(Kernel, Delivered(FORMATS["float32"])))
        if formula is None:
            return evaluator(op, params, arity, cast(Kernel, self._plain))
        outer, self._inside = self._inside, (op.name, params)
        try:
            return compiled(trace(formula, arity, params), cast(Kernel, self))
        finally:
            self._inside = outer

    def delivered(self, found: Bounded, terms: Numbers | None = None, error: float | None = None) -> Bounded:
        """A result with what rounding, overflow and gradual underflow may add.

        Args:
            found: the result with the errors of its operands.
            terms: what the rounding is relative to; the size of the result, or its path sum, by default.
            error: the relative rounding; that of one operation by default.
        """
        form = self.form
        size = np.abs(found.mid) + found.err
        relative = found.size if terms is None else terms
        err = found.err + (form.error if error is None else error) * relative
        tiny = (size < form.least_normal * 2) & (size > 0)
        if np.any(tiny):
            err = np.where(tiny, err + 2.0 ** max(form.least - form.bits + 2, -1074), err)
        over = np.maximum(size, relative) > form.greatest if terms is not None else size > form.greatest
        found.err = np.where(over | np.isnan(err), np.inf, err)[()] if np.any(over | np.isnan(err)) else err
        return found


class DeliveredStorage(BoundedStorage):
    """Sums as the type may deliver them, in any order."""

    def __init__(self, system: Delivered) -> None:
        super().__init__(system)
        self.rounded = system

    def summed(self, found: Contraction) -> Bounded:
        """A sum of n products: n + 2 roundings at most for every term."""
        if found.count <= 1 and found.factors <= 1:
            return found.value
        error = float(np.expm1((found.count + found.factors) * 2.0**-self.rounded.form.bits))
        return self.rounded.delivered(found.value, found.terms, error)

    def mean(self, found: Bounded, count: int) -> Bounded:
        """A sum divided by the number of its terms."""
        return self.rounded.delivered(super().mean(found, count))

    def product(self, factors: Bounded) -> Bounded:
        """A product of n factors: n - 1 roundings."""
        found = super().product(factors)
        error = float(np.expm1(factors.shape[-1] * self.rounded.form.error))
        return self.rounded.delivered(found, np.abs(found.mid) + found.err, error)


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """Gradients with bounds.

    Attributes:
        arrays: by variable.
        defined: whether the loss itself has a value that the arithmetic can bound; nothing is said of its gradients
            otherwise.
        largest: the greatest finite number that occurs; in the sweep for torch, the greatest product of a gradient
            and a value, since torch may form that first.
    """

    arrays: Mapping[str, Bounded]
    defined: bool
    largest: float


def swept(
    derivation: Derivation,
    system: BoundedArrays,
    inputs: Mapping[str, Bounded],
    shapes: Mapping[str, tuple[int, ...]],
    *,
    storage: BoundedStorage,
    deadline: Callable[[], None] | None = None,
) -> tuple[Gradients, list[int]]:
    """Evaluate a sweep with bounds, under :func:`derivcheck.numbers.bounded.silent`.

    Args:
        derivation: the sweep, its sizes known.
        system: the number system; ``deriving`` is set as soon as the loss is computed.
        inputs: every variable.
        shapes: the shape of every variable to give the gradient of.
        storage: how arrays are kept.
        deadline: called now and then; raises when time is up.

    Returns:
        The gradients, and the derived steps that were needed.
    """
    graph, primal = derivation.graph, derivation.primal
    steps = {n: derivation.gradient(n) if n in graph.inputs else None for n in shapes}
    asked = [derivation.output, *(k for k in steps.values() if k is not None)]
    needed = graph.ancestors(*asked)
    last = max((k for k in needed if k < primal), default=-1)

    def observe(k: int) -> None:
        if k >= last:
            system.derive()

    found = interpret(
        graph,
        cast(Kernel, system),
        inputs,
        wanted=asked,
        storage=storage,
        total=True,
        deadline=deadline,
        observe=observe,
    )
    defined = bool(np.isfinite(found[derivation.output].err))
    arrays = {}
    for name, step in steps.items():
        shape = shapes[name]
        zeros = Bounded(np.zeros(shape), np.zeros(shape))
        arrays[name] = zeros if step is None else found[step].spread(shape)
        if not defined:
            arrays[name] = Bounded(np.full(shape, np.nan), np.full(shape, np.inf))
    computed = [f for k, f in enumerate(found) if isinstance(f, Bounded) and graph.kinds[k] is not Kind.INPUT]
    values = max((_greatest(f.mid) for f in computed if f.paths is None), default=0.0)
    adjoints = max((_greatest(f.mid) for f in computed if f.paths is not None), default=1.0)
    return Gradients(arrays, defined, max(values, adjoints, values * adjoints)), [k for k in needed if k >= primal]


def _greatest(numbers: Numbers) -> float:
    """The greatest finite |x|."""
    sizes = np.abs(unstretched(numbers))
    return float(np.max(np.where(np.isfinite(sizes), sizes, 0.0), initial=0.0))


def delivered_gradients(
    graph: Graph,
    values: Mapping[str, Any],
    wanted: Sequence[str],
    form: Format,
    *,
    upstream: Fraction | int = 1,
    deadline: Callable[[], None] | None = None,
) -> Gradients:
    """What a floating type may deliver of the gradients in ``wanted``: numbers, and how far torch's can be from them.

    The true gradient lies within the errors too.
    """
    system = Delivered(form)
    seeded = _seeded(as_torch_runs_arrays(graph))
    derivation = differentiate(seeded, local=Op.torch_local_program, deadline=deadline)
    shapes = {n: tuple(np.shape(values[n])) for n in wanted}
    with silent():
        inputs = {n: system.given(v) for n, v in values.items()}
        seed = system.given(np.array(Fraction(upstream), dtype=object))
        seed.paths = seed.size
        inputs[_SEED] = seed
        storage = DeliveredStorage(system)
        found, derived = swept(derivation, system, inputs, shapes, storage=storage, deadline=deadline)
        additions = _additions(derivation.graph, derived)
        arrays = {}
        for name, gradient in found.arrays.items():
            reordered = 0.0 if gradient.paths is None else additions * form.error * gradient.paths
            arrays[name] = replace(gradient, err=gradient.err + reordered)
    return replace(found, arrays=arrays)


def _seeded(graph: Graph) -> Graph:
    """The loss times a variable, whose path sum is followed through the sweep."""
    builder = GraphBuilder(graph)
    return builder.finish(builder.scalar(MULTIPLY, graph.output, builder.input(_SEED)))


def _additions(graph: Graph, derived: Sequence[int]) -> int:
    """How many of the derived steps add two numbers."""
    maps = [k for k in derived if graph.kinds[k] is Kind.MAP]
    return sum(TABLE[graph.ops[k]].role is Role.SUM and len(graph.operands[k]) == 2 for k in maps)


def unit_bits(numbers: Numbers) -> int:
    """The precision of an array's floating type."""
    return int(np.finfo(numbers.dtype).nmant) + 1


def _nearest(size: Numbers, form: Format) -> Numbers:
    """The numbers of the type nearest to some that are not negative."""
    spacing = spacings(size, form)
    return np.round(size / spacing) * spacing


def spacings(size: Numbers, form: Format) -> Numbers:
    """The unit in the last place at every number, that of subnormal numbers below the normal ones."""
    exponents = np.frexp(np.abs(size))[1]
    exponents = np.where(size == 0, form.least, exponents)
    return np.ldexp(1.0, np.maximum(exponents - form.bits, form.least - form.bits + 1))


def as_torch_runs_arrays(graph: Graph) -> Graph:
    """A graph in the operations that torch has; no two steps are merged, since torch would not merge them either.

    Composite rows that torch has no function for stand by their stable forms.
    """
    graph, _ = opened(graph, stable=True, opens=lambda row: not row.torch)
    columns = Columns(graph)
    for k in range(len(graph)):
        if graph.kinds[k] is not Kind.MAP:
            columns.copy(k)
            continue
        accesses = [(columns.places[o], s) for o, s in zip(graph.operands[k], graph.subscripts[k], strict=True)]
        reading = _written(columns, graph.ops[k], graph.params[k], accesses, graph.indices[k])
        columns.places.append(columns.on_indices(reading, graph.indices[k]))
    return columns.finish()


def _written(
    columns: Columns, op: str, params: tuple[Any, ...], accesses: Sequence[Reading], indices: tuple[str, ...]
) -> Reading:
    """A row on operands, written out if torch has no function for it; rows nest a few levels."""
    program = written_out(TABLE[op], params, len(accesses))
    if program is None:
        return columns.append(Kind.MAP, op, params, accesses, indices), indices
    registers = list(accesses)
    for i in program.instructions:
        if i.op == CONSTANT:
            registers.append((columns.append(Kind.CONSTANT, params=i.params), ()))
        else:
            registers.append(_written(columns, i.op, i.params, [registers[a] for a in i.args], indices))
    return registers[program.result]
