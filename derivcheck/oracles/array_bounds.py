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
from derivcheck.numbers.bounded import Bounded, BoundedArrays, Numbers, silent, unstretched
from derivcheck.numbers.kernel import Kernel
from derivcheck.ops.row import CONSTANT, Op, Role
from derivcheck.ops.table import TABLE
from derivcheck.oracles.bounded_storage import BoundedStorage
from derivcheck.oracles.delivered import Delivered, DeliveredStorage
from derivcheck.oracles.rounding import Format, written_out

_SEED = "∂L"
"""The variable that stands for the gradient of the output; no variable of a loss is called so."""


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """Gradients with bounds.

    Attributes:
        arrays: by variable.
        defined: whether the loss itself has a value that the arithmetic can bound; nothing is said of its gradients
            otherwise.
        largest: the greatest finite number that occurs; in the sweep for torch, the greatest product of a gradient
            and a value, since torch may form that first.
        unbounded: whether some number that occurs has no bound: the arithmetic may make it infinite or no number.
    """

    arrays: Mapping[str, Bounded]
    defined: bool
    largest: float
    unbounded: bool


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
    arrays = {n: _gradient(None if k is None else found[k], shapes[n], defined=defined) for n, k in steps.items()}
    computed = [f for k, f in enumerate(found) if isinstance(f, Bounded) and graph.kinds[k] is not Kind.INPUT]
    values = max((_greatest(f.mid) for f in computed if f.paths is None), default=0.0)
    adjoints = max((_greatest(f.mid) for f in computed if f.paths is not None), default=1.0)
    unbounded = any(not np.all(np.isfinite(unstretched(f.err))) for f in computed)
    largest = max(values, adjoints, values * adjoints)
    return Gradients(arrays, defined, largest, unbounded), [k for k in needed if k >= primal]


def _gradient(found: Bounded | None, shape: tuple[int, ...], *, defined: bool) -> Bounded:
    """A gradient in its shape: zeros where nothing depends on the variable, unknown where the loss has no value."""
    if not defined:
        return Bounded(np.full(shape, np.nan), np.full(shape, np.inf))
    return Bounded(np.zeros(shape), np.zeros(shape)) if found is None else found.spread(shape)


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
        inputs = {n: replace(system.given(v), fixed=n not in wanted) for n, v in values.items()}
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
