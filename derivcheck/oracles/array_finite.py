"""Finite differences of losses of arrays: along random directions and of single elements.

A loss that is small enough to be written out is differenced as a function of one number t ↦ L(x + t·v), with the
certified bound of :mod:`derivcheck.oracles.finite`. A larger one is evaluated with running error bounds at x ± h·v and
x ± 2h·v:

    |D_h - L′(x; v)| ≲ (E₊ + E₋)/(2h) + |D_h - D_2h|

The first term is proved, the second is an estimate of the truncation (four times larger at 2h than at h, so that their
difference is three times that at h), and the finding says that it is an estimate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import numpy as np
from flint import arb

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.elements import Elements, written_out
from derivcheck.graph.splice import spliced
from derivcheck.graph.steps import ADD, MULTIPLY, Graph
from derivcheck.interpret import interpret
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.bounded import Bounded, BoundedArrays, Numbers, silent
from derivcheck.numbers.contractions import total
from derivcheck.numbers.kernel import Kernel
from derivcheck.oracles.array_evidence import ArrayDifferences, DirectionalFinding, Position
from derivcheck.oracles.bounded_storage import BoundedStorage
from derivcheck.oracles.finite import central_difference

MOST_SCALARS = 400
"""A loss of at most so many scalar operations is differenced with a certified bound."""
_BALL = Ball(128)
_STEPS = (2.0**-8, 2.0**-12, 2.0**-16, 2.0**-20)
"""The steps tried where nothing is certified, relative to the size of what is moved."""
_SIXTEENTH = 16.0
"""Directions near the normal distribution are multiples of one sixteenth."""


@dataclass(frozen=True, slots=True)
class _Direction:
    """Numbers by which the elements of one variable are moved."""

    name: str
    position: Position | None
    kind: str
    numbers: Numbers


def array_differences(
    graph: Graph,
    values: Mapping[str, Any],
    gradients: Mapping[str, Bounded],
    *,
    directions: int = 2,
    elements: int = 6,
    seed: int = 0,
    upstream: Fraction | int = 1,
    deadline: Callable[[], None] | None = None,
) -> ArrayDifferences:
    """Difference a loss of arrays, and compare with our gradients.

    Args:
        graph: the primal graph, its extents known.
        values: for every variable an array of its own indices; numbers are exact.
        gradients: our gradients with their bounds (see :func:`derivcheck.oracles.array_autograd.bounded_gradients`),
            the upstream gradient included.
        directions: how many random directions are taken for each variable of more than one element.
        elements: how many single elements of each variable are moved.
        seed: of the random choice.
        upstream: the factor that the gradients have over the difference quotients.
        deadline: called now and then; raises when time is up.
    """
    chosen = [d for n in gradients for d in _directions(n, gradients[n].shape, directions, elements, seed)]
    written = written_out(graph, [graph.output], most=MOST_SCALARS)
    factor = Fraction(upstream)
    found = []
    for direction in chosen:
        if deadline is not None:
            deadline()
        slope = _along(gradients[direction.name], direction.numbers)
        if written is not None:
            found.append(_certified(written, values, direction, slope, factor, deadline))
        else:
            found.append(_estimated(graph, values, direction, slope, factor))
    complete = all(gradients[n].mid.size <= elements for n in gradients)
    return ArrayDifferences(tuple(found), seed, complete)


def _directions(name: str, shape: tuple[int, ...], directions: int, elements: int, seed: int) -> Iterator[_Direction]:
    """Random directions of a variable, and some of its elements: corners first."""
    draw = np.random.default_rng([seed, *name.encode()])
    size = math.prod(shape)
    if size > 1:
        for k in range(directions):
            if k % 2 == 0:
                yield _Direction(name, None, "signs", draw.integers(0, 2, shape) * 2.0 - 1)
            else:
                yield _Direction(name, None, "normal", np.round(draw.normal(size=shape) * _SIXTEENTH) / _SIXTEENTH)
    for position in sample(shape, elements, draw):
        numbers = np.zeros(shape)
        numbers[position] = 1.0
        yield _Direction(name, position, "element", numbers)


def sample(shape: tuple[int, ...], most: int, draw: np.random.Generator) -> list[Position]:
    """All positions where there are at most ``most``, else the first and the last and random ones, ascending."""
    size = math.prod(shape)
    flat = set(range(size)) if size <= most else {0, size - 1}
    while len(flat) < min(most, size):
        flat.add(int(draw.integers(size)))
    return [tuple(int(p) for p in np.unravel_index(f, shape)) for f in sorted(flat)]


def _along(gradient: Bounded, numbers: Numbers) -> arb | None:
    """A ball around the sum of a gradient's elements times a direction; None where an element is unknown."""
    system = BoundedArrays()
    moved = numbers != 0
    err = np.broadcast_to(gradient.err, gradient.shape)[moved]
    with silent():
        terms = system.mul(Bounded(np.asarray(gradient.mid)[moved], err), system.given(numbers[moved]))
        found = total(terms, (0,), wide=True).value
    if not np.isfinite(found.err):
        return None
    high = float(found.mid)
    with _BALL.precision:
        return arb(high) + arb(float(found.mid - high)) + arb(0, float(found.err))


def _certified(  # noqa: PLR0917 - what is differenced, where, along what, compared with what
    elements: Elements,
    values: Mapping[str, Any],
    direction: _Direction,
    slope: arb | None,
    factor: Fraction,
    deadline: Callable[[], None] | None,
) -> DirectionalFinding:
    """The central difference of t ↦ L(x + t·v) at 0 with a proved bound."""
    builder = GraphBuilder()
    t = builder.input("t")
    by: dict[int, int] = {}
    point = {"t": _constant(0)}
    for name, step in elements.graph.inputs.items():
        variable, position = elements.inputs[name]
        point[name] = _constant(np.asarray(values[variable])[position])
        moved = float(direction.numbers[position]) if variable == direction.name else 0.0
        if moved:
            shift = builder.scalar(MULTIPLY, builder.constant(Fraction(moved)), t)
            by[step] = builder.scalar(ADD, builder.input(name), shift)
    line = builder.finish(spliced(builder, elements.graph, elements.graph.output, by))
    found = central_difference(line, point, "t", slope, upstream=factor, deadline=deadline)
    return DirectionalFinding(
        direction.name,
        direction.position,
        direction.kind,
        found.value,
        None if slope is None else float(slope.mid()),
        bound=found.bound,
        step=found.step,
        agrees=found.agrees,
        reason=found.reason,
    )


def _constant(value: Any) -> Graph:
    builder = GraphBuilder()
    return builder.finish(builder.constant(Fraction(value.item() if hasattr(value, "item") else value)))


def _estimated(
    graph: Graph, values: Mapping[str, Any], direction: _Direction, slope: arb | None, factor: Fraction
) -> DirectionalFinding:
    """The central difference with the least estimated error, of steps relative to the size of what is moved."""
    system = BoundedArrays()
    with silent():
        inputs = {n: system.given(v) for n, v in values.items()}
        centre = inputs[direction.name]
        moved = np.abs(centre.mid).astype(np.float64)[direction.numbers != 0]
        size = 2.0 ** math.frexp(float(np.sqrt(np.mean(moved**2))) or 1.0)[1]
        best: tuple[float, float, float] | None = None
        for step in _STEPS:
            h = step * size
            one, two = (_quotient(graph, system, inputs, direction, m * h) for m in (1, 2))
            if one is None or two is None:
                continue
            error = (one[1] + abs(one[0] - two[0])) * abs(float(factor))
            if best is None or error < best[1]:
                best = one[0] * float(factor), error, h
    derived = None if slope is None else float(slope.mid())
    if best is None:
        return DirectionalFinding(direction.name, direction.position, direction.kind, None, derived, reason="domain")
    value, error, h = best
    agrees = None
    if slope is not None:
        agrees = not bool(abs(slope - arb(value)) > arb(error))
    return DirectionalFinding(
        direction.name, direction.position, direction.kind, value, derived, estimate=error, step=h, agrees=agrees
    )


def _quotient(
    graph: Graph, system: BoundedArrays, inputs: Mapping[str, Bounded], direction: _Direction, h: float
) -> tuple[float, float] | None:
    """The difference quotient at ± h, and how far rounding can have moved it; None outside the domain."""
    found = []
    for shift in (h, -h):
        by = system.given(direction.numbers * shift)
        moved = {**inputs, direction.name: system.add(inputs[direction.name], by)}
        run = interpret(
            graph,
            cast(Kernel, system),
            moved,
            wanted=[graph.output],
            storage=BoundedStorage(system),
            total=True,
        )
        found.append(run[graph.output])
    above, below = found
    error = (above.err + below.err) / (2 * h)
    if not np.isfinite(error):
        return None
    value = float((above.mid - below.mid) / (2 * h))
    return value, float(error) * (1 + 2.0**-40) + abs(value) * 2.0**-50
