"""What a notation is made of: nodes to be written, how tightly they bind, how their texts begin."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.ops.array_rows import ARRAY_ROWS
from derivcheck.ops.row import PRECEDENCE, Layout
from derivcheck.ops.table import TABLE

ATOM = 100
SIGNED = (Layout.INFIX, Layout.PREFIX, Layout.FRACTION, Layout.POWER)
ROOT_LEVEL = 75
"""A root sign or a fraction of ∂ needs brackets under a power, not in a product."""
SUM, PRODUCT, PREFIX, POWER = (PRECEDENCE[k] for k in ("sum", "product", "prefix", "power"))


QUANTITIES = (NodeKind.NAME, NodeKind.INDEX)
"""What is differentiated without brackets around it: a name, an element of an array."""


@dataclass(frozen=True, slots=True)
class Child:
    """A node to be written where something binds.

    Attributes:
        position: the node.
        least: brackets are needed unless it binds at least this tightly.
        right: it stands right of a sign, where a leading minus needs brackets.
        quotient: brackets are needed if it is a quotient.
    """

    position: int
    least: int = 0
    right: bool = False
    quotient: bool = False


@dataclass(frozen=True, slots=True)
class Levels:
    """Whether a node's text begins with a minus, begins with a plain numeral, is a chain of comparisons."""

    minus: bool = False
    numeral: bool = False
    chain: bool = False


Part = str | Child


def survey(expr: Expr) -> list[Levels]:
    """How the text of each node begins."""
    found: list[Levels] = []
    for node in expr.nodes:
        row = TABLE.get(node.text) if node.kind is NodeKind.CALL else None
        layout = None if row is None else row.notation.layout
        if node.kind is NodeKind.NUMBER:
            value = node.value or Fraction(0)
            found.append(Levels(value < 0, bool(node.text) or value.denominator == 1))
        elif layout is Layout.PREFIX and row is not None and row.notation.precedence == PREFIX:
            found.append(Levels(minus=True, numeral=expr.nodes[node.children[0]].kind is NodeKind.NUMBER))
        elif layout in (Layout.INFIX, Layout.FRACTION):
            first = found[node.children[0]]
            product = row is not None and row.notation.precedence == PRODUCT and layout is Layout.INFIX
            found.append(Levels(first.minus, first.numeral and product, _chain(expr, node, found)))
        elif node.kind is NodeKind.ARRAY_CALL and ARRAY_ROWS[node.text].notation.layout is Layout.INFIX:
            found.append(Levels(found[node.children[0]].minus))
        else:
            found.append(Levels())
    return found


def _chain(expr: Expr, node: Node, found: list[Levels]) -> bool:
    """Whether ``a < b and b < c`` is one chain: each comparison begins with the very node that ends the one before."""
    if TABLE[node.text].notation.precedence != PRECEDENCE["and"] or not _is_comparison(expr.nodes[node.children[1]]):
        return False
    before, last = (expr.nodes[c] for c in node.children)
    if found[node.children[0]].chain:
        before = expr.nodes[before.children[1]]
    return _is_comparison(before) and before.children[1] == last.children[0]


def _is_comparison(node: Node) -> bool:
    return node.kind is NodeKind.CALL and TABLE[node.text].notation.precedence == PRECEDENCE["comparison"]
