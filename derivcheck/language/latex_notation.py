"""Expressions in LaTeX's mathematical mode."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.language import names
from derivcheck.language.expr import Node, NodeKind
from derivcheck.language.latex_arrays import LatexArrays
from derivcheck.language.written import ATOM, POWER, PREFIX, PRODUCT, QUANTITIES, Child, Part
from derivcheck.ops.row import Layout, Op, Role
from derivcheck.ops.table import TABLE

_FRACTION_LEVEL = 70
"""A fraction bar brackets by itself in a product, not under a power."""
_FUNCTION_LEVEL = 78
"""A function's value needs brackets under a power: sin(x)² is read as sin(x²)."""


class LatexNotation(LatexArrays):
    r"""``\left(y - \left(w \cdot x + b\right)\right)^{2}``."""

    opening, closing = r"\left(", r"\right)"
    product_gap = r" \, "
    nabla = r"\partial "
    brackets_quotients = False  # a fraction bar is never misread in a product

    def number(self, node: Node) -> str:
        """A number as written, a power of ten for an exponent, a fraction for a fraction."""
        mantissa, mark, exponent = node.text.lower().partition("e")
        if mark:
            return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
        return node.text or fraction(node.value or Fraction(0))

    def name(self, name: str) -> str:
        """A name with its accent, subscript or Greek letter."""
        return names.latex(name)

    def sign(self, row: Op) -> str:
        """The sign or the command of a row."""
        return row.notation.latex

    def level(self, node: Node) -> int:
        """A fraction bar holds its parts together; a number with a power of ten is a product."""
        if node.kind is NodeKind.NUMBER and "e" in node.text.lower():
            return PRODUCT
        if node.kind is NodeKind.NUMBER and self.is_broken(node):
            return PREFIX if (node.value or 0) < 0 else _FRACTION_LEVEL
        return super().level(node)

    def is_broken(self, node: Node) -> bool:
        """Whether a number is shown as a fraction."""
        return not node.text and (node.value or Fraction(0)).denominator != 1

    def row_level(self, row: Op) -> int:
        """How tightly the text of a call binds."""
        special = {Layout.FRACTION: _FRACTION_LEVEL, Layout.FUNCTION: _FUNCTION_LEVEL, Layout.ROOT: ATOM}
        return special.get(row.notation.layout, super().row_level(row))

    def product(self, left: int, right: int, row: Op) -> list[Part]:
        r"""``w \cdot x``, ``2 x``."""
        first, sign, second = super().product(left, right, row)
        return [first, sign if sign == self.product_gap else f" {sign} ", second]

    def fraction(self, node: Node, row: Op) -> list[Part]:
        r"""``\frac{a}{b}``; a sign of the numerator stands before a fraction that is a whole formula."""
        left, right = node.children
        above = self.expr.nodes[left]
        minus = TABLE[above.text] if above.kind is NodeKind.CALL else row
        if node is self.expr.root and minus.notation.layout is Layout.PREFIX and minus.role is Role.SUM:
            return [self.sign(minus), r"\frac{", Child(above.children[0]), "}{", Child(right), "}"]
        return [r"\frac{", Child(left), "}{", Child(right), "}"]

    def function(self, node: Node, row: Op) -> list[Part]:
        r"""``\sin\left(x\right)``, static parameters by name; a selection by its cases."""
        if row.role is Role.SELECT:
            condition, chosen, other = node.children
            cases: list[Part] = [
                Child(chosen),
                r" & \text{if } ",
                Child(condition),
                r" \\ ",
                Child(other),
                r" & \text{else}",
            ]
            return [r"\begin{cases} ", *cases, r" \end{cases}"]
        params = tuple(
            rf"\mathit{{{p.name}}}={fraction(v)}".replace("_", r"\_")
            for p, v in zip(row.params, node.params, strict=True)
            if v != p.default
        )
        return self.bracketed(self.sign(row), node.children, params)

    def fence(self, node: Node, row: Op) -> list[Part]:  # noqa: ARG002  # one signature for every layout
        r"""``\left|x\right|``."""
        return [r"\left|", Child(node.children[0]), r"\right|"]

    def root(self, node: Node, row: Op) -> list[Part]:
        r"""``\sqrt{x}``."""
        return [self.sign(row) + "{", Child(node.children[0]), "}"]

    def power(self, node: Node, row: Op) -> list[Part]:  # noqa: ARG002  # one signature for every layout
        """``x^{2}``."""
        base = Child(node.children[0], POWER + 1, right=True)
        if node.params:
            return [base, f"^{{{node.params[0]}}}"]
        return [base, "^{", Child(node.children[1]), "}"]

    def prefix(self, node: Node, row: Op) -> list[Part]:
        r"""``-a``, ``\lnot p``."""
        if self.ends_big(node):
            return [self.sign(row), Child(node.children[0])]
        sign = self.sign(row)
        gap = " " if sign.startswith("\\") else ""
        return [sign + gap, Child(node.children[0], row.notation.precedence + 1, right=True)]

    def partial(self, node: Node) -> list[Part]:
        r"""``\frac{\partial^{2} L}{\partial w \partial b}``."""
        function, *variables = node.children
        order = self.order(len(variables)) if len(variables) > 1 else ""
        below: list[Part] = []
        for k, variable in enumerate(self.variables(variables)):
            below += [*[" "] * (k > 0), *variable]
        if self.expr.nodes[function].kind in QUANTITIES:
            return [rf"\frac{{\partial{order} ", Child(function), "}{", *below, "}"]
        return [rf"\frac{{\partial{order}}}{{", *below, "}", self.opening, Child(function), self.closing]

    def order(self, times: int) -> str:
        """A raised order."""
        return f"^{{{times}}}"


def fraction(value: Fraction) -> str:
    r"""A rational number: ``2``, ``-\frac{1}{3}``."""
    if value.denominator == 1:
        return str(value.numerator)
    return rf"{'-' * (value < 0)}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
