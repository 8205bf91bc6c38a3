"""Arrays and array operations in LaTeX."""

from __future__ import annotations

from typing import Any

from derivcheck.language import names
from derivcheck.language.expr import Node, NodeKind
from derivcheck.language.signs import BIG
from derivcheck.language.unicode_arrays import element_signs
from derivcheck.language.unicode_notation import UnicodeNotation
from derivcheck.language.written import Child, Part
from derivcheck.ops.array_rows import ArrayOp, Setting
from derivcheck.ops.losses import CATALOGUE
from derivcheck.ops.row import Layout


class LatexArrays(UnicodeNotation):
    r"""``X^{\top}\left(\hat{y} - y\right)``, ``\sum_{i} x_{i} \cdot w_{i}``, ``\begin{bmatrix} … \end{bmatrix}``."""

    def array_sign(self, row: ArrayOp) -> str:
        """The sign or the command of a row."""
        return row.notation.latex

    def small(self, index: str) -> str:
        """An index, of which every letter can be written."""
        return names.latex(index)

    def big(self, node: Node, row: ArrayOp) -> list[Part]:
        r"""``\sum_{i} a``."""
        return [f"{row.notation.latex}{self.below(self.over(node, row))} ", Child(node.children[0], BIG, right=True)]

    def below(self, indices: tuple[int | str | None, ...]) -> str:
        """``_{ij}``, ``_{0,1}``."""
        shown = [self.subscript(i) for i in indices]
        plain = all(isinstance(i, str) and len(i) == 1 for i in indices)
        return f"_{{{('' if plain else ',').join(shown)}}}"

    def index(self, node: Node) -> list[Part]:
        """``X_{ij}``; a subscript that the name already has stays in brackets."""
        array = self.expr.nodes[node.children[0]]
        sign = element_signs(array, node)
        if sign is not None and None not in node.params:
            return [sign[1], self.below(node.params)]
        plain = array.kind is NodeKind.NAME and "_" not in array.text
        inner: list[Part] = [Child(node.children[0])]
        before = inner if plain else [self.opening, *inner, self.closing]
        return [*before, self.below(node.params)]

    def array(self, position: int, node: Node) -> list[Part]:  # noqa: ARG002  # one signature for every notation
        """A column for an array of one axis, a matrix for one of two; further axes are nested columns."""
        rows = [self.expr.nodes[c] for c in node.children]
        parts: list[Part] = [r"\begin{bmatrix} "]
        for k, row in enumerate(rows):
            parts += [r" \\ "] * (k > 0)
            elements = row.children if self.is_row(row) else (node.children[k],)
            for j, element in enumerate(elements):
                parts += [" & "] * (j > 0) + [Child(element)]
        return [*parts, r" \end{bmatrix}"]

    def is_row(self, node: Node) -> bool:
        """Whether a node is an array of numbers."""
        return node.kind is NodeKind.ARRAY and all(self.expr.nodes[c].kind is not NodeKind.ARRAY for c in node.children)

    def gap(self, left: int, *, bracket: bool) -> str:  # noqa: ARG002  # one signature for every notation
        """A space."""
        return " "

    def norm(self, node: Node, row: ArrayOp) -> list[Part]:
        r"""``\left\lVert v \right\rVert_{1}``."""
        order = self.order_of_norm(node, row)
        if order is None:
            return self.array_function(node, row)
        last = rf" \right{row.notation.latex.replace('l', 'r', 1)}" + (f"_{{{order}}}" if order else "")
        return [rf"\left{row.notation.latex} ", Child(node.children[0]), last]

    def array_function(self, node: Node, row: ArrayOp) -> list[Part]:
        r"""``\operatorname{mean}_{i}\left(x_{i}\right)``."""
        shown = row.notation.layout is Layout.FUNCTION
        head = row.notation.latex if shown else rf"\operatorname{{{self.array_word(row)}}}"
        over = self.over(node, row)
        params = tuple(
            str(value) if p.required else self.setting(p.name, value)
            for p, value in zip(row.params, node.params, strict=True)
            if p.setting is not Setting.OVER and (p.required or value != p.default)
        )
        return self.bracketed(head + (self.below(over) if over else ""), node.children, params)

    def head(self, name: str) -> str:
        """The name of a function; that of the catalogue keeps its underscores."""
        return rf"\operatorname{{{name}}}".replace("_", r"\_") if name in CATALOGUE else super().head(name)

    def label(self, name: str) -> str:
        r"""``\mathit{axis}=``."""
        return rf"\mathit{{{name}}}=".replace("_", r"\_")

    def static(self, value: Any) -> str:
        r"""``\frac{1}{2}``, ``\text{sum}``."""
        if isinstance(value, str | bool):
            return rf"\text{{{value}}}".replace("_", r"\_")
        return super().static(value)
