"""Arrays and array operations as people write them: ``Xᵀ(ŷ - y)``, ``Σᵢ xᵢ·wᵢ``, ``‖v‖``."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.language import names
from derivcheck.language.array_words import BIG_SIGNS
from derivcheck.language.expr import Node, NodeKind
from derivcheck.language.notation import PlainNotation
from derivcheck.language.signs import BIG
from derivcheck.language.written import POWER, PRODUCT, Child, Part
from derivcheck.ops.array_rows import ARRAY_ROWS, ArrayOp, Setting
from derivcheck.ops.row import Layout, Op, Role
from derivcheck.ops.table import TABLE


class UnicodeArrays(PlainNotation):
    """A matrix product is written without a sign, an index as a subscript where Unicode has the letters."""

    transpose_level = POWER

    def name(self, name: str) -> str:
        """A name with its accent, subscript or Greek letter."""
        return names.unicode(name)

    def array_sign(self, row: ArrayOp) -> str:
        """The sign or the word of a row."""
        return row.notation.unicode

    def level(self, node: Node) -> int:
        """A product or a negation that ends with a large operator takes what follows, as the operator does."""
        return BIG if self.ends_big(node) else super().level(node)

    def ends_big(self, node: Node) -> bool:
        """Whether a large operator without brackets is the last factor."""
        if node.kind is not NodeKind.CALL or not node.children or not self.is_big(node.children[-1]):
            return False
        row = TABLE[node.text]
        product = row.role is Role.PRODUCT and row.notation.layout is Layout.INFIX
        return product or (row.role is Role.SUM and row.notation.layout is Layout.PREFIX)

    def shows_big(self, node: Node) -> bool:
        """A sum or a product over named indices, each of which has a subscript."""
        row = ARRAY_ROWS[node.text]
        if row.notation.latex not in BIG_SIGNS:
            return False
        plain = all(
            v == p.default for p, v in zip(row.params, node.params, strict=True) if p.setting is not Setting.OVER
        )
        over = self.over(node, row)
        return plain and bool(over) and all(self.small(i) for i in over)

    def over(self, node: Node, row: ArrayOp) -> tuple[str, ...]:
        """The indices that a node runs over."""
        found = (v for p, v in zip(row.params, node.params, strict=True) if p.setting is Setting.OVER)
        return next(found, ())

    def small(self, index: str) -> str:
        """An index as a subscript; empty where Unicode lacks the letter."""
        shown = names.unicode(f"x_{index}")[1:]
        return "" if shown.startswith("_") else shown

    def big(self, node: Node, row: ArrayOp) -> list[Part]:
        """``Σᵢ a``."""
        indices = "".join(map(self.small, self.over(node, row)))
        return [f"{BIG_SIGNS[row.notation.latex]}{indices} ", Child(node.children[0], BIG, right=True)]

    def product(self, left: int, right: int, row: Op) -> list[Part]:
        """``a·b``; a large operator needs no brackets on the right."""
        if self.is_big(right):
            return [Child(left, PRODUCT, quotient=True), self.sign(row), Child(right)]
        return super().product(left, right, row)

    def prefix(self, node: Node, row: Op) -> list[Part]:
        """``-a``, ``-Σᵢ a``, ``not p``."""
        return [self.sign(row), Child(node.children[0])] if self.ends_big(node) else super().prefix(node, row)

    def index(self, node: Node) -> list[Part]:
        """``xᵢ``, ``Xᵢⱼ``, ``δᵢⱼ``, else ``x[i]``."""
        array = self.expr.nodes[node.children[0]]
        sign = element_signs(array, node)
        shown = self.name(array.text) if array.kind is NodeKind.NAME else sign[0] if sign else ""
        letters = [self.small(s) if isinstance(s, str) and s.isalpha() else "" for s in node.params]
        if len(shown) == 1 and shown not in BIG_SIGNS.values() and all(letters):
            return [shown + "".join(letters)]
        return super().index(node)

    def array_product(self, node: Node, row: ArrayOp) -> list[Part]:
        """``X w``, ``Xᵀ(ŷ - y)``; the elementwise product has its sign."""
        if row.notation.unicode != row.notation.own:
            left, right = node.children
            sign = f" {self.array_sign(row)} "
            return [Child(left, PRODUCT, quotient=True), sign, Child(right, PRODUCT + 1, right=True)]
        if self.expr.nodes[node.children[0]].kind is NodeKind.NUMBER:
            return super().array_product(node, row)
        return self.juxtaposed(*node.children)

    def gap(self, left: int, *, bracket: bool) -> str:
        """Nothing before a bracket and after a transpose, else a space."""
        node = self.expr.nodes[left]
        raised = node.kind is NodeKind.ARRAY_CALL and ARRAY_ROWS[node.text].notation.layout is Layout.POSTFIX
        return "" if bracket or raised else " "

    def norm(self, node: Node, row: ArrayOp) -> list[Part]:
        """``‖v‖``, ``‖v‖₁``."""
        order = self.order_of_norm(node, row)
        if order is None:
            return self.array_function(node, row)
        bar = self.array_sign(row)
        return [bar, Child(node.children[0]), bar + (self.small(str(order)) if order else "")]

    def order_of_norm(self, node: Node, row: ArrayOp) -> int | None:
        """The order of a norm that is written with bars, 0 where it need not be written; None for all others."""
        order = 0
        for p, value in zip(row.params, node.params, strict=True):
            if value == p.default:
                continue
            if p.setting is not Setting.NUMBER or not isinstance(value, Fraction | int):
                return None
            if Fraction(value).denominator != 1 or not 0 < value < 10**6:
                return None
            order = int(value)
        return order


def element_signs(array: Node, index: Node) -> tuple[str, str] | None:
    """How an element of a matrix is written, in Unicode and in LaTeX, where the operation has a letter for it."""
    known = array.kind is NodeKind.ARRAY_CALL and len(index.params) == 2
    return ARRAY_ROWS[array.text].element if known else None
