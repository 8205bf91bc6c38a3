"""Expressions as people write them."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.language.expr import Node, NodeKind
from derivcheck.language.unicode_arrays import UnicodeArrays
from derivcheck.language.written import ATOM, PRODUCT, QUANTITIES, ROOT_LEVEL, Child, Part
from derivcheck.ops.row import Layout, Op
from derivcheck.ops.table import TABLE

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class UnicodeNotation(UnicodeArrays):
    """``(y - (w·x + b))²``, ``|x|``, ``√x``, ``∂L/∂w``."""

    nabla = "∂"
    partial_level = ROOT_LEVEL

    def sign(self, row: Op) -> str:
        """The sign or the word of a row."""
        return row.notation.unicode

    def product(self, left: int, right: int, row: Op) -> list[Part]:
        """``w·x``; no dot between a number and what it multiplies: ``2x``, ``2x(y - 1)``."""
        if self.is_big(right):
            return super().product(left, right, row)
        joined = self.levels[left].numeral and self.level(self.expr.nodes[left]) >= PRODUCT and self.joins(left, right)
        sign = self.product_gap if joined else self.sign(row)
        return [Child(left, PRODUCT, quotient=True), sign, Child(right, PRODUCT + 1, right=True)]

    def joins(self, left: int, right: int) -> bool:
        """Whether nothing needs to stand between two factors, the first of which begins with a numeral."""
        factor = self.expr.nodes[right]
        if self.is_numeral(right):
            return False
        if self.needs_bracket(Child(right, PRODUCT + 1, right=True)):
            return self.is_coefficient(left)
        return self.is_numeral(left) and self.is_short(left) and self.follows_numeral(factor)

    def is_short(self, position: int) -> bool:
        """Whether a number is written as an integer: ``2sin(x)``, but ``1.25·sin(x)``."""
        node = self.expr.nodes[position]
        while node.children:
            node = self.expr.nodes[node.children[0]]
        return node.value is not None and node.value.denominator == 1

    def is_scientific(self, position: int) -> bool:
        """Whether a number is written with a power of ten: ``1e-9·(x + 1)``."""
        node = self.expr.nodes[position]
        while node.children:
            node = self.expr.nodes[node.children[0]]
        return "e" in node.text.lower()

    def is_coefficient(self, position: int) -> bool:
        """A number, or a number with one factor that is a name: what may stand right before a bracket."""
        if self.is_numeral(position):
            return not self.is_scientific(position)
        first, last = self.expr.nodes[position].children
        return self.is_numeral(first) and self.expr.nodes[last].kind is NodeKind.NAME

    def is_numeral(self, position: int) -> bool:
        """A number, or a number with a minus."""
        node = self.expr.nodes[position]
        minus = self.levels[position].numeral and len(node.children) == 1
        return node.kind is NodeKind.NUMBER or minus

    def follows_numeral(self, factor: Node) -> bool:
        """Whether a factor may stand right after a numeral: a name, a function, a root, or a power of a name."""
        while factor.children and self.begins_with_operand(factor):
            factor = self.expr.nodes[factor.children[0]]
        if factor.kind in (NodeKind.NAME, NodeKind.APPLY):
            return not factor.text.lower().startswith("e")
        if factor.kind is not NodeKind.CALL:
            return False
        row = TABLE[factor.text]
        plain = row.notation.layout in (Layout.FUNCTION, Layout.ROOT, Layout.NAME)
        return plain and not row.notation.unicode.lower().startswith("e")

    def fence(self, node: Node, row: Op) -> list[Part]:
        """``|a|``; two bars side by side are a norm's."""
        bar = self.sign(row)
        inner = self.expr.nodes[node.children[0]]
        if inner.kind is NodeKind.CALL and TABLE[inner.text].notation.layout is Layout.FENCE:
            return [bar, self.opening, Child(node.children[0]), self.closing, bar]
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
        plain = self.expr.nodes[function].kind in QUANTITIES
        head: list[Part] = [Child(function)] if plain else [self.opening, Child(function), self.closing]
        below = (part for variable in self.variables(variables) for part in variable)
        return [f"∂{order}", *head, "/", *below]

    def variables(self, variables: list[int]) -> list[list[Part]]:
        """``∂w²``, ``∂b``: equal neighbours share one ∂."""
        found: list[list[Part]] = []
        at = 0
        while at < len(variables):
            times = 1
            while at + times < len(variables) and self.quantity(variables[at]) == self.quantity(variables[at + times]):
                times += 1
            found.append([self.nabla, Child(variables[at]), self.order(times) if times > 1 else ""])
            at += times
        return found

    def quantity(self, position: int) -> tuple[str, tuple[object, ...]]:
        """A name, or the name of an array and the subscripts of an element."""
        node = self.expr.nodes[position]
        return (self.expr.nodes[node.children[0]].text if node.children else node.text), node.params

    def order(self, times: int) -> str:
        """A raised order."""
        return str(times).translate(_RAISED)
