"""Which single operations have no derivative at a point: there the chain rule does not apply."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from derivcheck.derive import Contribution
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph, Kind
from derivcheck.nonsmooth.partial import partial_existence
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import Value
from derivcheck.ops.evaluate import compiled
from derivcheck.ops.row import Role, Switch, trace
from derivcheck.ops.table import TABLE


def broken_steps(graph: Graph, values: Sequence[Value], steps: Iterable[int]) -> frozenset[int]:
    """The steps, of those given, whose own operation has a kink or jump at the point.

    Args:
        graph: a graph of scalars.
        values: the exact value of every step; fractions are decided, other values are taken to be off every switch.
        steps: the steps that are asked about.
    """
    return frozenset(k for k in steps if graph.kinds[k] is Kind.MAP and _breaks(graph, values, k))


def through_breaks(contributions: Iterable[Contribution], broken: Collection[int]) -> frozenset[int]:
    """The steps whose adjoint comes through a broken step: there the sweep's formula is not the derivative.

    Args:
        contributions: of a derivation, consumers before what they read.
        broken: see :func:`broken_steps`.
    """
    unclear: set[int] = set()
    for c in contributions:
        if c.consumer in broken or c.consumer in unclear:
            unclear.add(c.target)
    return frozenset(unclear)


def _breaks(graph: Graph, values: Sequence[Value], k: int) -> bool:
    row = TABLE[graph.ops[k]]
    if row.role is Role.SELECT:
        return _on_boundary(graph, values, graph.operands[k][0])
    operands = [values[o] for o in graph.operands[k]]
    if not all(isinstance(v, Fraction) for v in operands):
        return False
    params = graph.params[k]
    active = any(_vanishes(s, operands, params) for s in row.switches)
    return active and not _differentiable(graph.ops[k], params, tuple(operands))


def _on_boundary(graph: Graph, values: Sequence[Value], condition: int) -> bool:
    """Whether a comparison below the condition compares equal numbers."""
    pending, seen = [condition], {condition}
    while pending:
        k = pending.pop()
        if graph.kinds[k] is not Kind.MAP or TABLE[graph.ops[k]].role is not Role.CONDITION:
            continue
        operands = graph.operands[k]
        numbers = [values[o] for o in operands if isinstance(values[o], Fraction)]
        if len(numbers) == len(operands) == 2 and numbers[0] == numbers[1]:
            return True
        fresh = [o for o in operands if o not in seen]
        seen.update(fresh)
        pending.extend(fresh)
    return False


def _vanishes(switch: Switch, operands: Sequence[Any], params: tuple[Fraction, ...]) -> bool:
    """Whether the quantity of a switch is 0, or an integer, at the operands."""
    quantity = compiled(trace(switch.at, len(operands), params), Exact())(*operands)
    return isinstance(quantity, Fraction) and (quantity.denominator == 1 if switch.integers else quantity == 0)


@lru_cache(maxsize=256)
def _differentiable(op: str, params: tuple[Fraction, ...], operands: tuple[Fraction, ...]) -> bool:
    """Whether the operation by itself has a derivative in each of its operands."""
    builder = GraphBuilder()
    names = [f"a_{j}" for j in range(len(operands))]
    graph = builder.finish(builder.scalar(op, *[builder.input(n) for n in names], params=params))
    point = {n: _constant(v) for n, v in zip(names, operands, strict=True)}
    return all(partial_existence(graph, point, n).exists for n in names)


def _constant(value: Fraction) -> Graph:
    builder = GraphBuilder()
    return builder.finish(builder.constant(value))
