"""Which single operations have no derivative at a point: there the chain rule does not apply."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph, Kind
from derivcheck.nonsmooth.partial import partial_existence
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.exact import Exact, to_ball
from derivcheck.numbers.kernel import Value
from derivcheck.ops.evaluate import compiled, refusing
from derivcheck.ops.row import Cell, Role, Switch, trace
from derivcheck.ops.table import TABLE

_SYSTEM = Exact()
_NEIGHBOURS = Ball(256)
_NEARBY = arb(2) ** -100


def broken_steps(graph: Graph, values: Sequence[Value], steps: Iterable[int]) -> frozenset[int]:
    """The steps, of those given, whose own operation has a kink or jump at the point.

    Args:
        graph: a graph of scalars.
        values: the exact value of every step; fractions are decided, other values are taken to be off every switch.
        steps: the steps that are asked about.
    """
    return frozenset(k for k in steps if graph.kinds[k] is Kind.MAP and _breaks(graph, values, k))


def analytic_at(graph: Graph, values: Sequence[Value]) -> bool:
    """Whether every operation that the value depends on is certainly analytic at the point.

    Inside their domains the rows of the table are analytic off their switches. At an end of a domain, and where one is
    thin, as that of a^b is for a < 0, nothing is proved.
    Then every derivative of every order exists and is what the chain rule says.

    Args:
        graph: a graph of scalars.
        values: the exact value or a ball for every step that the output depends on.

    Returns:
        True if proved; False where something is active, has no value, or is not certainly off a switch.
    """
    for k in graph.ancestors(graph.output):
        value = values[k]
        if graph.kinds[k] is not Kind.MAP or TABLE[graph.ops[k]].role is Role.CONDITION:
            continue
        if not isinstance(value, Fraction | arb):
            return False
        row, operands = TABLE[graph.ops[k]], graph.operands[k]
        if row.role is Role.SELECT and not _off_boundary(graph, values, operands[0]):
            return False
        if row.switches and not all(_clear(s, [values[o] for o in operands], graph.params[k]) for s in row.switches):
            return False
        if not all(_inside(cell, [values[o] for o in graph.operands[k]], graph.params[k]) for cell in row.domain):
            return False
    return True


def _inside(domain: Cell, operands: Sequence[Any], params: tuple[Fraction, ...]) -> bool:
    """Whether a condition of the domain holds for all operands near the given ones, as b = ⌊b⌋ never does."""
    if not all(isinstance(v, Fraction | arb) for v in operands):
        return False
    with _NEIGHBOURS.precision:
        balls = [to_ball(v) for v in operands]
        around = [b + arb(0, (1 if b.contains(0) else abs(b)) * _NEARBY) for b in balls]
        return _condition(domain, len(operands), params)(*around) is True


@lru_cache(maxsize=1024)
def _condition(domain: Cell, count: int, params: tuple[Fraction, ...]) -> Callable[..., Value]:
    return compiled(trace(domain, count, params), _NEIGHBOURS)


def _clear(switch: Switch, operands: Sequence[Any], params: tuple[Fraction, ...]) -> bool:
    """Whether the quantity of a switch is certainly not 0, or certainly no integer."""
    quantity = refusing(compiled(trace(switch.at, len(operands), params), Exact()))(*operands)
    if isinstance(quantity, Fraction):
        return quantity.denominator != 1 if switch.integers else quantity != 0
    return isinstance(quantity, arb) and not (quantity.contains_integer() if switch.integers else quantity.contains(0))


def _off_boundary(graph: Graph, values: Sequence[Value], condition: int) -> bool:
    """Whether every comparison below the condition compares numbers that certainly differ."""
    for k in comparisons(graph, condition):
        a, b = (values[o] for o in graph.operands[k])
        if not isinstance(a, Fraction | arb) or not isinstance(b, Fraction | arb):
            return False
        if _SYSTEM.to_ball(_SYSTEM.sub(a, b)).contains(0):
            return False
    return True


def below_breaks(graph: Graph, broken: Collection[int]) -> frozenset[int]:
    """The steps that a broken step reads, directly or not: the sweep's formula need not be their adjoint.

    Args:
        graph: the graph, or a derivation's.
        broken: see :func:`broken_steps`.
    """
    operands = [o for k in broken for o in graph.operands[k]]
    return frozenset(graph.ancestors(*operands)) if operands else frozenset()


def _breaks(graph: Graph, values: Sequence[Value], k: int) -> bool:
    row = TABLE[graph.ops[k]]
    if row.role is Role.SELECT:
        return _on_boundary(graph, values, graph.operands[k][0])
    operands = tuple(values[o] for o in graph.operands[k])
    return all(isinstance(v, Fraction) for v in operands) and breaks_at(graph.ops[k], graph.params[k], operands)


def breaks_at(op: str, params: tuple[Fraction, ...], operands: tuple[Fraction, ...]) -> bool:
    """Whether an operation that is no selection has a kink or jump at exact operands."""
    active = any(_vanishes(s, operands, params) for s in TABLE[op].switches)
    return active and not _differentiable(op, params, operands)


def _on_boundary(graph: Graph, values: Sequence[Value], condition: int) -> bool:
    """Whether a comparison below the condition compares equal numbers."""
    compared = ([values[o] for o in graph.operands[k]] for k in comparisons(graph, condition))
    return any(isinstance(a, Fraction) and isinstance(b, Fraction) and a == b for a, b in compared)


def comparisons(graph: Graph, condition: int) -> Iterator[int]:
    """The comparisons that a condition is made of."""
    pending, seen = [condition], {condition}
    while pending:
        k = pending.pop()
        if not _is_condition(graph, k):
            continue
        fresh = [o for o in graph.operands[k] if o not in seen]
        inner = any(
            graph.kinds[o] is Kind.MAP and TABLE[graph.ops[o]].role is Role.CONDITION for o in graph.operands[k]
        )
        if len(graph.operands[k]) == 2 and not inner:
            yield k
        seen.update(fresh)
        pending.extend(fresh)


def _is_condition(graph: Graph, k: int) -> bool:
    return graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].role is Role.CONDITION


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
    point = {n: constant_graph(v) for n, v in zip(names, operands, strict=True)}
    return all(partial_existence(graph, point, n).exists for n in names)


def constant_graph(value: Fraction) -> Graph:
    """A graph of one rational number."""
    builder = GraphBuilder()
    return builder.finish(builder.constant(value))
