"""Formulas that a report shows beside those it is given: derivatives by name, products, numbers put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from derivcheck.graph.steps import Graph, Kind
from derivcheck.language.builder import ExprBuilder, call, name, number
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.ops.array_rows import ARRAY_ROWS
from derivcheck.ops.row import PRECEDENCE, Layout, Role
from derivcheck.ops.table import TABLE
from derivcheck.report.blocks import Chain, Inline, Math
from derivcheck.report.figures import integer_text

_PRODUCTS = ("matmul", "dot", "outer")

_MAX_NODES = 60
"""Nodes of the longest formula that is written for a step without a name."""


def partial(function: str, *variables: str) -> Expr:
    """∂f/∂x, ∂²f/∂x∂y in names."""
    builder = ExprBuilder()
    return builder.build(builder.partial(builder.name(function), *[builder.name(v) for v in variables]))


def element(array: str, indices: Sequence[str | int]) -> Expr:
    """``w_j`` of an array w; the name itself of a scalar."""
    if not indices:
        return name(array)
    return Expr((Node(NodeKind.NAME, array), Node(NodeKind.INDEX, "", (0,), params=tuple(indices))))


def partial_by_element(function: Expr, variable: Expr) -> Expr:
    """∂u_i/∂w_j, each of the two a name or an element of an array."""
    builder = ExprBuilder()
    parts = (builder.graft(function), builder.graft(variable))
    return builder.build(builder.add(Node(NodeKind.PARTIAL, "", parts)))


def product(factors: Sequence[Expr]) -> Expr:
    """f₁ · f₂ · …, grouped from the left."""
    return _joined("mul", factors)


def total(summands: Sequence[Expr]) -> Expr:
    """s₁ + s₂ + …, grouped from the left."""
    return _joined("add", summands)


def _joined(op: str, parts: Sequence[Expr]) -> Expr:
    builder = ExprBuilder()
    position = builder.graft(parts[0])
    for part in parts[1:]:
        position = builder.call(op, position, builder.graft(part))
    return builder.build(position)


def comparison(left: Expr, sign: str, right: Expr) -> Expr:
    """``left sign right``, the sign as it is written or printed: ``<=`` or ``≤``."""
    rows = (r for r in TABLE.values() if r.role is Role.CONDITION and sign in (r.notation.own, r.notation.unicode))
    return call(next(rows).name, left, right)


def equation_of(condition: Expr) -> Inline:
    """``sum(t) = 1`` of a condition that two quantities are equal, as people write it; any other as it is."""
    root = condition.root
    row = TABLE.get(root.text) if root.kind is NodeKind.CALL else None
    if row is None or row.role is not Role.CONDITION or row.notation.own != "==":
        return Math(condition)
    left, right = (condition.sub(c) for c in root.children)
    return Chain((("", Math(left)), ("=", Math(right))))


def multiplies_matrices(expr: Expr) -> bool:
    """Whether a formula holds a product of arrays that runs over an index."""
    return any(n.kind is NodeKind.ARRAY_CALL and n.text in _PRODUCTS for n in expr.nodes)


def multiplies_others(expr: Expr) -> bool:
    """Whether a formula holds the product of the elements at all other positions, ``Πⱼ where(δᵢⱼ == 1, 1, xⱼ)``."""
    for node in expr.nodes:
        inner = expr.sub(node.children[0]) if node.kind is NodeKind.ARRAY_CALL and node.text == "product" else None
        if inner is not None and inner.root.kind is NodeKind.CALL and TABLE[inner.root.text].role is Role.SELECT:
            condition = inner.sub(inner.root.children[0])
            if any(n.kind is NodeKind.ARRAY_CALL and ARRAY_ROWS[n.text].element for n in condition.nodes):
                return True
    return False


def is_number(expr: Expr) -> bool:
    """Whether a formula is one number, with or without a sign."""
    return number_of(expr) is not None


def number_of(expr: Expr) -> Fraction | None:
    """The number that a formula is; None if it is another formula."""
    root, sign = expr.root, 1
    if root.kind is NodeKind.CALL and root.text == "neg":
        root, sign = expr.nodes[root.children[0]], -1
    return sign * root.value if root.kind is NodeKind.NUMBER and root.value is not None else None


def is_atom(expr: Expr) -> bool:
    """Whether a formula is a single name or a number."""
    return len(expr.nodes) == 1 or is_number(expr)


def as_factor(expr: Expr) -> Math:
    """A formula as a factor of a product: sums, signs and what begins with a minus stand in brackets."""
    root = expr.root
    if root.kind not in (NodeKind.CALL, NodeKind.ARRAY_CALL) or _begins_with_minus(expr):
        return Math(expr, fenced=_begins_with_minus(expr))
    if root.kind is NodeKind.ARRAY_CALL and any(p and isinstance(p, tuple) for p in root.params):
        return Math(expr, fenced=True)
    notation = (TABLE if root.kind is NodeKind.CALL else ARRAY_ROWS)[root.text].notation
    loose = notation.layout is Layout.PREFIX or (
        notation.layout is Layout.INFIX and notation.precedence < PRECEDENCE["product"]
    )
    return Math(expr, fenced=loose)


def _begins_with_minus(expr: Expr) -> bool:
    """Whether the leftmost operand of a product or a quotient has a sign or is a negative number."""
    node = expr.root
    while node.kind is NodeKind.CALL and TABLE[node.text].role is Role.PRODUCT:
        node = expr.nodes[node.children[0]]
    if node.kind is NodeKind.CALL:
        return TABLE[node.text].notation.layout is Layout.PREFIX
    return node.value is not None and node.value < 0


def readable(expr: Expr) -> Expr:
    """The formula with long round integers as powers of ten: ``1/1e300``."""
    if not any(_long_text(n) for n in expr.nodes):
        return expr
    return Expr(tuple(replace(n, text=_long_text(n) or n.text) for n in expr.nodes))


def _long_text(node: Node) -> str:
    return integer_text(node.value) if node.kind is NodeKind.NUMBER and node.value is not None else ""


def step_formula(graph: Graph, step: int, names: Mapping[int, str]) -> Expr | None:
    """The formula of one step over the named steps below it; None if it would be long, or is no scalar formula.

    Args:
        graph: where the step stands.
        step: its number; its own name is not used.
        names: names of variables and pieces by step.
    """
    needed, waiting = {step}, [step]
    while waiting:
        k = waiting.pop()
        if k != step and k in names:
            continue
        fresh = set(graph.operands[k]) - needed
        needed |= fresh
        waiting += fresh
        if len(needed) > _MAX_NODES:
            return None
    builder = ExprBuilder()
    place: dict[int, int] = {}
    for k in sorted(needed):
        if k in names and k != step:
            place[k] = builder.name(names[k])
        elif (built := _built(graph, k, builder, place)) is not None:
            place[k] = built
        else:
            return None
    return builder.build(place[step])


def _built(graph: Graph, k: int, builder: ExprBuilder, place: Mapping[int, int]) -> int | None:
    if graph.kinds[k] is Kind.INPUT:
        return builder.name(graph.ops[k])
    if graph.kinds[k] is Kind.CONSTANT:
        return builder.number(graph.params[k][0], graph.literals.get(k, ""))
    if graph.kinds[k] is not Kind.MAP or graph.indices[k]:
        return None
    return builder.call(graph.ops[k], *[place[o] for o in graph.operands[k]], params=graph.params[k])


__all__ = [
    "as_factor",
    "call",
    "element",
    "equation_of",
    "is_atom",
    "is_number",
    "multiplies_matrices",
    "multiplies_others",
    "name",
    "number",
    "number_of",
    "partial",
    "partial_by_element",
    "product",
    "readable",
    "step_formula",
    "total",
]
