"""How each kind of node is written, one node at a time: the language's own syntax."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derivcheck.language.array_notation import ARRAY_KINDS, ArrayNotation
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.language.written import ATOM, POWER, PREFIX, PRODUCT, SIGNED, Child, Levels, Part
from derivcheck.ops.row import PRECEDENCE, Layout, Op
from derivcheck.ops.table import TABLE


class PlainNotation(ArrayNotation):
    """The parts of one node, in which children are still to be written; other notations replace some methods."""

    product_gap = ""
    partial_level = ATOM
    brackets_quotients = True

    def __init__(self, expr: Expr, levels: list[Levels]) -> None:
        super().__init__(expr)
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
        if self.levels[position].chain:
            return self.chain(node)
        if node.kind is NodeKind.NUMBER:
            return [self.number(node)]
        if node.kind is NodeKind.NAME:
            return [self.name(node.text)]
        if node.kind is NodeKind.APPLY:
            return self.applied(node)
        if node.kind in ARRAY_KINDS:
            return self.array_parts(position)
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
        level = PRECEDENCE["comparison"] if self.levels[child.position].chain else self.level(node)
        return level < child.least or (child.quotient and self.brackets_quotients and self.is_quotient(node))

    def level(self, node: Node) -> int:
        """How tightly the text of a node binds."""
        if node.kind is NodeKind.NUMBER:
            value = node.value or Fraction(0)
            broken = not node.text and value.denominator != 1
            return PRODUCT if broken else PREFIX if value < 0 else ATOM
        if node.kind is NodeKind.PARTIAL:
            return self.partial_level
        if node.kind in ARRAY_KINDS:
            return self.array_level(node)
        if node.kind is not NodeKind.CALL:
            return ATOM
        row = TABLE[node.text]
        return self.row_level(row)

    def row_level(self, row: Op) -> int:
        """How tightly the text of a call binds."""
        layout = row.notation.layout
        return row.notation.precedence if layout in SIGNED else ATOM

    def is_quotient(self, node: Node) -> bool:
        """Whether a node is written with a slash."""
        if node.kind is NodeKind.NUMBER:
            return not node.text and (node.value or Fraction(0)).denominator != 1
        return node.kind is NodeKind.CALL and TABLE[node.text].notation.layout is Layout.FRACTION

    def number(self, node: Node) -> str:
        """A number as written, or as a fraction."""
        return node.text or str(node.value)

    def sign(self, row: Op) -> str:
        """The sign or the word of a row."""
        return row.notation.own

    def function(self, node: Node, row: Op) -> list[Part]:
        """``name(a, b, parameter=value)``; a parameter that has its default is left out."""
        params = tuple(f"{p.name}={v}" for p, v in zip(row.params, node.params, strict=True) if v != p.default)
        return self.bracketed(self.sign(row), node.children, params)

    def infix(self, node: Node, row: Op) -> list[Part]:
        """``a + b``; the right operand of an equal sign keeps its brackets, so that the tree comes back."""
        level = row.notation.precedence
        left, right = node.children
        if self.is_array_product(node):
            return self.juxtaposed(left, right)
        if level == PRODUCT:
            return self.product(left, right, row)
        least = level + (level == PRECEDENCE["comparison"])
        beside = level > PRECEDENCE["comparison"]  # right of a comparison a sign stands free: x < -1
        return [Child(left, least), f" {self.sign(row)} ", Child(right, level + 1, right=beside)]

    def chain(self, node: Node) -> list[Part]:
        """``a < b <= c``."""
        last = self.expr.nodes[node.children[1]]
        end = Child(last.children[1], PRECEDENCE["comparison"] + 1)
        return [Child(node.children[0]), f" {self.sign(TABLE[last.text])} ", end]

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
