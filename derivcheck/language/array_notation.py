"""How arrays, indices and array operations are written: the language's own syntax."""

from __future__ import annotations

from typing import Any

from derivcheck.language import names
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.language.signs import BIG
from derivcheck.language.written import ATOM, PRODUCT, Child, Part
from derivcheck.ops.array_rows import ARRAY_ROWS, ArrayOp, Setting
from derivcheck.ops.losses import CATALOGUE
from derivcheck.ops.row import Layout, Role
from derivcheck.ops.table import TABLE

ARRAY_KINDS = frozenset({NodeKind.ARRAY, NodeKind.ARRAY_CALL, NodeKind.INDEX})


class ArrayNotation:
    """The parts of one node of an array; other notations replace some methods."""

    opening, closing = "(", ")"
    transpose_level = ATOM

    def __init__(self, expr: Expr) -> None:
        self.expr = expr
        self._inner: frozenset[int] | None = None

    def array_parts(self, position: int) -> list[Part]:
        """The text of a node, without brackets of its own."""
        node = self.expr.nodes[position]
        if node.kind is NodeKind.ARRAY:
            return self.array(position, node)
        if node.kind is NodeKind.INDEX:
            return self.index(node)
        row = ARRAY_ROWS[node.text]
        if self.is_big(position):
            return self.big(node, row)
        layout = row.notation.layout
        if layout is Layout.INFIX:
            return self.array_product(node, row)
        if layout is Layout.POSTFIX:
            return self.transpose(node, row)
        return self.norm(node, row) if layout is Layout.FENCE else self.array_function(node, row)

    def array_level(self, node: Node) -> int:
        """How tightly the text of an array's node binds."""
        if node.kind is not NodeKind.ARRAY_CALL:
            return ATOM
        row = ARRAY_ROWS[node.text]
        if row.notation.layout is Layout.POSTFIX:
            return self.transpose_level
        if row.notation.layout is Layout.INFIX:
            return row.notation.precedence
        return BIG if self.shows_big(node) else ATOM

    def bracketed(self, head: str, children: tuple[int, ...], params: tuple[str, ...] = ()) -> list[Part]:
        """``head(a, b)``."""
        parts: list[Part] = [head, self.opening]
        for k, child in enumerate(children):
            parts += [", "] * (k > 0) + [Child(child)]
        parts += [", " * bool(k or children) + p for k, p in enumerate(params)]
        return [*parts, self.closing]

    def name(self, name: str) -> str:
        """A variable or a function of the author's."""
        return names.own(name)

    def array_sign(self, row: ArrayOp) -> str:
        """The sign or the word of a row."""
        return row.notation.own

    def shows_big(self, node: Node) -> bool:  # noqa: ARG002  # the own syntax has none
        """Whether a node is written with a large operator, which takes the product right of it."""
        return False

    def is_big(self, position: int) -> bool:
        """Whether the node at a position is written with a large operator."""
        node = self.expr.nodes[position]
        return node.kind is NodeKind.ARRAY_CALL and self.shows_big(node)

    def big(self, node: Node, row: ArrayOp) -> list[Part]:
        """``Σᵢ a``."""
        raise NotImplementedError

    def array(self, position: int, node: Node) -> list[Part]:
        """``[[1, 2], [3, 4]]``; one element that is no array needs a comma, except among rows: ``[a,]``."""
        parts: list[Part] = ["["]
        for k, child in enumerate(node.children):
            parts += [", "] * (k > 0) + [Child(child)]
        alone = len(node.children) == 1 and self.expr.nodes[node.children[0]].kind is not NodeKind.ARRAY
        return [*parts, ",]" if alone and position not in self.inner else "]"]

    @property
    def inner(self) -> frozenset[int]:
        """The nodes that stand in arrays only."""
        if self._inner is None:
            inside: set[int] = set()
            outside = {len(self.expr.nodes) - 1}
            for node in self.expr.nodes:
                (inside if node.kind is NodeKind.ARRAY else outside).update(node.children)
            self._inner = frozenset(inside - outside)
        return self._inner

    def indexed(self, child: int) -> list[Part]:
        """What stands before an index or a transpose: a numeral in brackets."""
        if self.expr.nodes[child].kind is NodeKind.NUMBER:
            return [self.opening, Child(child), self.closing]
        return [Child(child, ATOM)]

    def index(self, node: Node) -> list[Part]:
        """``X[i, 0]``."""
        return [*self.indexed(node.children[0]), f"[{', '.join(map(self.subscript, node.params))}]"]

    def subscript(self, subscript: int | str | None) -> str:
        """``i``, ``0``, ``:``."""
        return ":" if subscript is None else str(subscript) if isinstance(subscript, int) else self.name(subscript)

    def array_product(self, node: Node, row: ArrayOp) -> list[Part]:
        """``a@b``."""
        left, right = node.children
        return [Child(left, PRODUCT, quotient=True), self.array_sign(row), Child(right, PRODUCT + 1, right=True)]

    def transpose(self, node: Node, row: ArrayOp) -> list[Part]:
        """``X.T``."""
        return [*self.indexed(node.children[0]), self.array_sign(row)]

    def norm(self, node: Node, row: ArrayOp) -> list[Part]:
        """``norm(v, p=1)``."""
        return self.array_function(node, row)

    def array_function(self, node: Node, row: ArrayOp) -> list[Part]:
        """``mean(X, axis=0)``, ``sum(x[i]*w[i], i)``; a parameter that has its default is left out."""
        return self.bracketed(self.array_word(row), node.children, self.settings(node, row))

    def array_word(self, row: ArrayOp) -> str:
        """The word of a row in a call."""
        return row.notation.own if row.notation.own.isidentifier() else row.name

    def settings(self, node: Node, row: ArrayOp) -> tuple[str, ...]:
        """Static parameters: bound indices by position where they stand in the operand, the others by name."""
        first: list[str] = []
        others: list[str] = []
        for p, value in zip(row.params, node.params, strict=True):
            if p.required:
                first.append(str(value))
            elif value == p.default:
                continue
            elif p.setting is not Setting.OVER:
                others.append(self.setting(p.name, value))
            elif set(value) <= self.subscripts(node.children[0]):
                first += map(self.name, value)
            else:
                others.append(self.setting(p.name, tuple(value)))
        return (*first, *others)

    def subscripts(self, position: int) -> set[str]:
        """The names that stand as subscripts in a node."""
        found: set[str] = set()
        waiting = [position]
        seen = {position}
        while waiting:
            node = self.expr.nodes[waiting.pop()]
            if node.kind is NodeKind.INDEX:
                found.update(p for p in node.params if isinstance(p, str))
            waiting += [c for c in node.children if c not in seen]
            seen.update(node.children)
        return found

    def applied(self, node: Node) -> list[Part]:
        """``f(a)``, ``huber_loss(a, b, delta=2)``; an operand behind one that is left out goes by its name."""
        options = tuple(self.setting(name, value) for name, value in node.params if name != "operands")
        parts = self.bracketed(self.head(node.text), node.children, options)
        given = dict(node.params).get("operands", ())
        for k, (name, operand) in enumerate(zip(given, CATALOGUE[node.text].operands, strict=False) if given else ()):
            if name != operand.name:
                for later in range(k, len(given)):
                    parts.insert(parts.index(Child(node.children[later])), self.label(given[later]))
                break
        return parts

    def head(self, name: str) -> str:
        """The name of a function of the author's own or of the catalogue, before its bracket."""
        return self.name(name)

    def label(self, name: str) -> str:
        """``axis=``."""
        return f"{name}="

    def juxtaposed(self, left: int, right: int) -> list[Part]:
        """``X.T (y - z)``: a product without a sign."""
        first = Child(left, PRODUCT, quotient=True)
        if not self.can_follow(right):
            return [first, self.gap(left, bracket=True), self.opening, Child(right), self.closing]
        second = Child(right, PRODUCT + 1, right=True)
        return [first, self.gap(left, bracket=self.needs_bracket(second)), second]

    def gap(self, left: int, *, bracket: bool) -> str:  # noqa: ARG002  # other notations need fewer gaps
        """What stands between the factors of a product without a sign."""
        return " "

    def can_follow(self, position: int) -> bool:
        """Whether a factor may stand right after another: it begins with no numeral, bar or square bracket."""
        node = self.expr.nodes[position]
        while node.children and self.begins_with_operand(node):
            node = self.expr.nodes[node.children[0]]
        bars = node.kind is NodeKind.CALL and TABLE[node.text].notation.layout is Layout.FENCE
        bars |= node.kind is NodeKind.ARRAY_CALL and ARRAY_ROWS[node.text].notation.layout is Layout.FENCE
        return node.kind not in (NodeKind.NUMBER, NodeKind.ARRAY) and not bars

    def begins_with_operand(self, node: Node) -> bool:
        """Whether the text of a factor begins with that of its first operand, unless brackets stand there."""
        if node.kind is NodeKind.CALL:
            return TABLE[node.text].notation.layout is Layout.POWER
        post = node.kind is NodeKind.ARRAY_CALL and ARRAY_ROWS[node.text].notation.layout is Layout.POSTFIX
        return node.kind is NodeKind.INDEX or post

    def is_array_product(self, node: Node) -> bool:
        """Whether a product without a sign is written without one: a factor beside the gap looks like an array."""
        if not node.implied:
            return False
        left, right = (self.expr.nodes[c] for c in node.children)
        while left.kind is NodeKind.CALL and TABLE[left.text].role is Role.PRODUCT:
            left = self.expr.nodes[left.children[-1]]
        return left.kind is not NodeKind.NUMBER and any(
            n.kind in ARRAY_KINDS or (n.kind is NodeKind.NAME and n.text[0].isupper()) for n in (left, right)
        )

    def needs_bracket(self, child: Child) -> bool:
        """Whether a node needs brackets where it stands."""
        raise NotImplementedError

    def setting(self, name: str, value: Any) -> str:
        """``axis=0``, ``reduction="sum"``."""
        return self.label(name) + self.static(value)

    def static(self, value: Any) -> str:
        """The value of a static parameter: ``1/2``, ``"sum"``, ``(0, 1)``."""
        if isinstance(value, tuple):
            inner = ", ".join(v if isinstance(v, str) else self.static(v) for v in value)
            return f"({inner}{',' * (len(value) == 1)})"
        return f'"{value}"' if isinstance(value, str) else str(value)
