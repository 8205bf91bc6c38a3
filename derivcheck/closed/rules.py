"""Which rule gives the local derivative of a piece, and what counts as a constant in it."""

from __future__ import annotations

from collections.abc import Mapping

from derivcheck.graph.steps import MEAN, PRODUCT, SUM, Graph, Kind
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE

CONSTANT_FACTOR, SUM_RULE, PRODUCT_RULE, QUOTIENT_RULE = "constant_factor", "sum", "product", "quotient"
EXTREMUM_RULE, COMPOSITE_RULE = "extremum", "composite"


def rule_of(graph: Graph, names: Mapping[int, str], consumer: int, target: int) -> tuple[str, list[int]]:
    """The rule that gives a local derivative, and the terms (of a product: the factors) that are constants in it.

    A sum hands over to the rule of its only term that reads the target, a product or quotient to that of its only
    factor that does, a sum or mean over indices to that of what it adds up; the rule of a product is needed where two
    factors read the target.

    Args:
        graph: the graph.
        names: the steps that are pieces or variables.
        consumer: the piece that is differentiated.
        target: the piece or variable it is differentiated by.
    """
    terms = _terms(graph, names, consumer)
    reading = [t for t in terms if t == consumer or _reads(graph, names, t, target)]
    held = [t for t in terms if t not in reading]
    if len(reading) != 1:
        return SUM_RULE, held
    scaled, factors, step = not held, [], reading[0]
    while step != target:
        if graph.kinds[step] is not Kind.MAP:
            if graph.kinds[step] is Kind.COMPOSITE or graph.ops[step] not in (SUM, MEAN):
                return _along(graph, step), held
            scaled, step = True, graph.operands[step][0]
            continue
        row = TABLE[graph.ops[step]]
        inside = [o for o in graph.operands[step] if _reads(graph, names, o, target)]
        below = row.rule == QUOTIENT_RULE and inside != [graph.operands[step][0]]
        if row.role not in (Role.PRODUCT, Role.SUM) or len(inside) != 1 or below:
            return row.rule, held
        factors += [o for o in graph.operands[step] if o not in inside and _varies(graph, names, o)]
        scaled, step = True, inside[0]
    return CONSTANT_FACTOR if scaled else SUM_RULE, held or sorted(factors)


def _along(graph: Graph, step: int) -> str:
    """The rule of an operation along an axis that is no sum."""
    if graph.kinds[step] is Kind.COMPOSITE:
        return COMPOSITE_RULE
    return PRODUCT_RULE if graph.ops[step] == PRODUCT else EXTREMUM_RULE


def _terms(graph: Graph, names: Mapping[int, str], step: int) -> list[int]:
    """The terms of a sum within a piece."""
    terms, stack = [], [step]
    while stack:
        k = stack.pop()
        inside = k == step or k not in names
        if inside and graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].role is Role.SUM:
            stack.extend(reversed(graph.operands[k]))
        else:
            terms.append(k)
    return terms


def _reads(graph: Graph, names: Mapping[int, str], step: int, target: int) -> bool:
    """Whether a part of a piece reads ``target``, without looking into other pieces."""
    return target in _inside(graph, names, step)


def _varies(graph: Graph, names: Mapping[int, str], step: int) -> bool:
    """Whether a part of a piece holds a name, so that it is no number."""
    return any(k in names or graph.kinds[k] is Kind.INPUT for k in _inside(graph, names, step))


def _inside(graph: Graph, names: Mapping[int, str], step: int) -> set[int]:
    """What a part of a piece is made of, up to other pieces, itself included."""
    stack, seen = [step], {step}
    while stack:
        k = stack.pop()
        if k in names:
            continue
        for o in graph.operands[k]:
            if o not in seen:
                seen.add(o)
                stack.append(o)
    return seen
