"""How each kind of node is written, one node at a time: the plain and the Unicode notation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from derivcheck.language import names
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.ops.row import PRECEDENCE, Layout, Op
from derivcheck.ops.table import TABLE

ATOM = 100
ROOT_LEVEL = 75
"""A root sign or a fraction of ∂ needs brackets under a power, not in a product."""
SUM, PRODUCT, PREFIX, POWER = (PRECEDENCE[k] for k in ("sum", "product", "prefix", "power"))
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


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
    """What the brackets around a node depend on: whether its text begins with a minus or a plain numeral."""

    minus: bool = False
    numeral: bool = False


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
            found.append(Levels(minus=True))
        elif layout in (Layout.INFIX, Layout.FRACTION):
            first = found[node.children[0]]
            product = row is not None and row.notation.precedence == PRODUCT and layout is Layout.INFIX
            found.append(Levels(first.minus, first.numeral and product))
        else:
            found.append(Levels())
    return found


def is_chain(expr: Expr, node: Node) -> bool:
    """Whether ``a < b and b < c`` is one chain: both comparisons read the very same node in the middle."""
    if len(node.children) != 2:
        return False
    left, right = (expr.nodes[c] for c in node.children)
    if not (_is_comparison(right) and TABLE[node.text].notation.precedence == PRECEDENCE["and"]):
        return False
    if left.kind is NodeKind.CALL and left.text == node.text and is_chain_end(expr, left):
        left = expr.nodes[left.children[1]]
    return _is_comparison(left) and left.children[1] == right.children[0]


def is_chain_end(expr: Expr, node: Node) -> bool:
    """Whether the second operand of a conjunction is a comparison that continues the first."""
    left, right = (expr.nodes[c] for c in node.children)
    if left.kind is NodeKind.CALL and left.text == node.text:
        left = expr.nodes[left.children[1]]
    return _is_comparison(left) and _is_comparison(right) and left.children[1] == right.children[0]


def _is_comparison(node: Node) -> bool:
    return node.kind is NodeKind.CALL and TABLE[node.text].notation.precedence == PRECEDENCE["comparison"]


class Notator:
    """A notation: the parts of one node, in which children are still to be written."""

    opening, closing = "(", ")"
    product_gap = ""

    def __init__(self, expr: Expr, levels: list[Levels]) -> None:
        self.expr = expr
        self.levels = levels
        self.layouts: dict[Layout, Callable[[Node, Op], list[Part]]] = {
            Layout.FUNCTION: self.function,
            Layout.INFIX: self.infix,
            Layout.PREFIX: self.prefix,
            Layout.FENCE: self.fence,
            Layout.ROOT: self.root,
            Layout.FRACTION: self.fraction,
            Layout.POWER: self.power,
            Layout.NAME: lambda _, row: [self.sign(row)],
        }

    def parts(self, position: int) -> list[Part]:
        """The text of a node, without brackets of its own."""
        node = self.expr.nodes[position]
        if node.kind is NodeKind.NUMBER:
            return [self.number(node)]
        if node.kind is NodeKind.NAME:
            return [self.name(node.text)]
        if node.kind is NodeKind.APPLY:
            return self.bracketed(self.name(node.text), node.children)
        if node.kind is NodeKind.PARTIAL:
            return self.partial(node)
        row = TABLE[node.text]
        return self.layouts[row.notation.layout](node, row)

    def needs_bracket(self, child: Child) -> bool:
        """Whether a node needs brackets where it stands."""
        node = self.expr.nodes[child.position]
        if child.least == 0:
            return False
        if child.right and self.levels[child.position].minus:
            return True
        return self.level(node) < child.least or (child.quotient and self.is_quotient(node))

    def level(self, node: Node) -> int:
        """How tightly the text of a node binds."""
        if node.kind is NodeKind.NUMBER:
            value = node.value or Fraction(0)
            broken = not node.text and value.denominator != 1
            return PRODUCT if broken else PREFIX if value < 0 else ATOM
        if node.kind is NodeKind.PARTIAL:
            return self.partial_level(node)
        if node.kind is not NodeKind.CALL:
            return ATOM
        row = TABLE[node.text]
        if is_chain(self.expr, node):
            return PRECEDENCE["comparison"]
        return self.row_level(row)

    def row_level(self, row: Op) -> int:
        """How tightly the text of a call binds."""
        layout = row.notation.layout
        return row.notation.precedence if layout in _SIGNED else ATOM

    def is_quotient(self, node: Node) -> bool:
        """Whether a node is written with a slash."""
        if node.kind is NodeKind.NUMBER:
            return not node.text and (node.value or Fraction(0)).denominator != 1
        return node.kind is NodeKind.CALL and TABLE[node.text].notation.layout is Layout.FRACTION

    # --- each layout; the Unicode and the LaTeX notation replace some ---

    def number(self, node: Node) -> str:
        """A number as written, or as a fraction."""
        return node.text or str(node.value)

    def name(self, name: str) -> str:
        """A variable or a function of the author's."""
        return names.own(name)

    def sign(self, row: Op) -> str:
        """The sign or the word of a row."""
        return row.notation.own

    def bracketed(self, head: str, children: tuple[int, ...], params: tuple[str, ...] = ()) -> list[Part]:
        """``head(a, b)``."""
        parts: list[Part] = [head, self.opening]
        for k, child in enumerate(children):
            parts += [", "] * (k > 0) + [Child(child)]
        parts += [", " * bool(k or children) + p for k, p in enumerate(params)]
        return [*parts, self.closing]

    def function(self, node: Node, row: Op) -> list[Part]:
        """``name(a, b, parameter=value)``; a parameter that has its default is left out."""
        params = tuple(f"{p.name}={v}" for p, v in zip(row.params, node.params, strict=True) if v != p.default)
        return self.bracketed(self.sign(row), node.children, params)

    def infix(self, node: Node, row: Op) -> list[Part]:
        """``a + b``; the right operand of an equal sign keeps its brackets, so that the tree comes back."""
        level = row.notation.precedence
        left, right = node.children
        if is_chain(self.expr, node):
            last = self.expr.nodes[right]
            sign = self.sign(TABLE[last.text])
            return [Child(left, level), f" {sign} ", Child(last.children[1], PRECEDENCE["comparison"] + 1)]
        if level == PRODUCT:
            return self.product(left, right, row)
        least = level + (level == PRECEDENCE["comparison"])
        return [Child(left, least), f" {self.sign(row)} ", Child(right, level + 1, right=True)]

    def product(self, left: int, right: int, row: Op) -> list[Part]:
        """``a*b``."""
        return [Child(left, PRODUCT, quotient=True), self.sign(row), Child(right, PRODUCT + 1, right=True)]

    def prefix(self, node: Node, row: Op) -> list[Part]:
        """``-a``, ``not p``."""
        sign = self.sign(row)
        return [sign + " " * sign.isalpha(), Child(node.children[0], row.notation.precedence + 1, right=True)]

    def fence(self, node: Node, row: Op) -> list[Part]:
        """``abs(a)``."""
        return self.bracketed(row.notation.own, node.children)

    def root(self, node: Node, row: Op) -> list[Part]:
        """``sqrt(a)``."""
        return self.bracketed(row.notation.own, node.children)

    def fraction(self, node: Node, row: Op) -> list[Part]:
        """``a/b``."""
        left, right = node.children
        return [Child(left, PRODUCT), self.sign(row), Child(right, PRODUCT + 1, right=True)]

    def power(self, node: Node, row: Op) -> list[Part]:
        """``a^2``, ``a^(1/2)``, ``a^b``."""
        base = Child(node.children[0], POWER + 1, right=True)
        if node.params:
            return [base, self.fixed(node.params[0])]
        return [base, self.sign(row), Child(node.children[1], POWER, right=True)]

    def fixed(self, exponent: Fraction) -> str:
        """A fixed exponent with its sign."""
        return f"^{exponent}" if exponent.denominator == 1 else f"^({exponent})"

    def partial(self, node: Node) -> list[Part]:
        """``diff(f, x, y)``."""
        return self.bracketed("diff", node.children)

    def partial_level(self, node: Node) -> int:
        """How tightly a derivative binds."""
        return ATOM


_SIGNED = (Layout.INFIX, Layout.PREFIX, Layout.FRACTION, Layout.POWER)
PlainNotation = Notator


class UnicodeNotation(Notator):
    """``(y - (w·x + b))²``, ``|x|``, ``√x``, ``∂L/∂w``."""

    def name(self, name: str) -> str:
        """A name with its accent, subscript or Greek letter."""
        return names.unicode(name)

    def sign(self, row: Op) -> str:
        """The sign or the word of a row."""
        return row.notation.unicode

    def product(self, left: int, right: int, row: Op) -> list[Part]:
        """``w·x``; no dot between a number and what it multiplies: ``2x``, ``2x(y - 1)``."""
        joined = self.levels[left].numeral and self.level(self.expr.nodes[left]) >= PRODUCT and self.joins(left, right)
        sign = self.product_gap if joined else self.sign(row)
        return [Child(left, PRODUCT, quotient=True), sign, Child(right, PRODUCT + 1, right=True)]

    def joins(self, left: int, right: int) -> bool:
        """Whether nothing needs to stand between two factors, the first of which begins with a numeral."""
        factor = self.expr.nodes[right]
        if self.needs_bracket(Child(right, PRODUCT + 1, right=True)):
            return self.is_coefficient(left)
        if self.expr.nodes[left].kind is not NodeKind.NUMBER:
            return False
        return self.follows_numeral(factor)

    def is_coefficient(self, position: int) -> bool:
        """A number, or a number with one factor that is a name: what may stand right before a bracket."""
        node = self.expr.nodes[position]
        if node.kind is NodeKind.NUMBER:
            return True
        first, last = (self.expr.nodes[c] for c in node.children)
        return first.kind is NodeKind.NUMBER and last.kind is NodeKind.NAME

    def follows_numeral(self, factor: Node) -> bool:
        """Whether a factor may stand right after a numeral: a name, a function, a root, or a power of a name."""
        while factor.kind is NodeKind.CALL and TABLE[factor.text].notation.layout is Layout.POWER:
            factor = self.expr.nodes[factor.children[0]]
        if factor.kind in (NodeKind.NAME, NodeKind.APPLY):
            return not factor.text.lower().startswith("e")
        if factor.kind is not NodeKind.CALL:
            return False
        row = TABLE[factor.text]
        plain = row.notation.layout in (Layout.FUNCTION, Layout.ROOT, Layout.NAME)
        return plain and not row.notation.unicode.lower().startswith("e")

    def fence(self, node: Node, row: Op) -> list[Part]:
        """``|a|``."""
        bar = self.sign(row)
        return [bar, Child(node.children[0]), bar]

    def root(self, node: Node, row: Op) -> list[Part]:
        """``√x``, ``√(x + 1)``."""
        return [self.sign(row), Child(node.children[0], ATOM, right=True)]

    def row_level(self, row: Op) -> int:
        """A root sign without brackets binds less than a bracket."""
        return ROOT_LEVEL if row.notation.layout is Layout.ROOT else super().row_level(row)

    def fixed(self, exponent: Fraction) -> str:
        """``²``, ``⁻¹``, ``^(1/2)``."""
        return str(exponent).translate(_RAISED) if exponent.denominator == 1 else f"^({exponent})"

    def fraction(self, node: Node, row: Op) -> list[Part]:
        """``a/b``; a derivative gets brackets on either side of a slash."""
        left, right = node.children
        over = [PRODUCT, PRODUCT + 1]
        for k, child in enumerate(node.children):
            if self.expr.nodes[child].kind is NodeKind.PARTIAL:
                over[k] = ATOM
        return [Child(left, over[0]), self.sign(row), Child(right, over[1], right=True)]

    def partial(self, node: Node) -> list[Part]:
        """``∂²L/∂w∂b``, ``∂(x + y)/∂x``."""
        function, *variables = node.children
        order = str(len(variables)).translate(_RAISED) if len(variables) > 1 else ""
        plain = self.expr.nodes[function].kind is NodeKind.NAME
        head: list[Part] = [Child(function)] if plain else [self.opening, Child(function), self.closing]
        return [f"∂{order}", *head, "/", *self.variables(variables)]

    def variables(self, variables: list[int]) -> list[Part]:
        """``∂w²∂b``: equal neighbours share one ∂."""
        parts: list[Part] = []
        at = 0
        while at < len(variables):
            name = self.expr.nodes[variables[at]].text
            times = 1
            while at + times < len(variables) and self.expr.nodes[variables[at + times]].text == name:
                times += 1
            parts.append(f"{self.nabla}{self.name(name)}{self.order(times) if times > 1 else ''}")
            at += times
        return parts

    nabla = "∂"

    def order(self, times: int) -> str:
        """A raised order."""
        return str(times).translate(_RAISED)

    def partial_level(self, node: Node) -> int:
        """A fraction of ∂ is a factor, but no base of a power."""
        return ROOT_LEVEL
