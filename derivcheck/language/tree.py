"""The nodes of one expression while it is read: kinds checked, constants followed, the author's shape kept."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from derivcheck.errors import ReadError
from derivcheck.language import numerals
from derivcheck.language.array_words import split_indices
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.ops.array_rows import ArrayOp
from derivcheck.ops.row import PRECEDENCE, Layout, Op, Role
from derivcheck.ops.table import TABLE
from derivcheck.source import Span

_EXACT: dict[str, Callable[..., Fraction]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
}
"""Exact arithmetic by the name of the kernel's method."""

_FIXED_POWER = next(row.name for row in TABLE.values() if row.notation.layout is Layout.POWER and row.arity == 1)
_POWER = next(row.name for row in TABLE.values() if row.notation.layout is Layout.POWER and row.arity == 2)


_ARRAY_KINDS = frozenset({NodeKind.ARRAY, NodeKind.ARRAY_CALL, NodeKind.INDEX})


class Tree:
    """An arena under construction, in the order of reading; each method returns the new node's position.

    Beside each node stands its exact value where it is built from numerals by rational arithmetic, whether it is a
    condition, and whether it is written like an array: with an upper-case name or an array operation in it.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.exact: list[Fraction | None] = []
        self.conditions: list[bool] = []
        self.arrays: list[bool] = []
        self.shapes: dict[int, tuple[int, ...]] = {}

    def expression(self, position: int) -> Expr:
        """The expression rooted at ``position``."""
        return Expr(tuple(self.nodes[: position + 1])).sub(position)

    def _add(self, node: Node, exact: Fraction | None = None, condition: bool = False) -> int:
        self.nodes.append(node)
        self.exact.append(exact)
        self.conditions.append(condition)
        upper = node.kind is NodeKind.NAME and node.text[0].isupper()
        self.arrays.append(upper or node.kind in _ARRAY_KINDS or any(self.arrays[c] for c in node.children))
        return len(self.nodes) - 1

    def number(self, value: Fraction, text: str, span: Span) -> int:
        """A numeral."""
        return self._add(Node(NodeKind.NUMBER, text, value=value, span=span), value)

    def name(self, name: str, span: Span) -> int:
        """A variable."""
        return self._add(Node(NodeKind.NAME, name, span=span))

    def apply(self, function: str, children: tuple[int, ...], span: Span, params: tuple[Any, ...] = ()) -> int:
        """A function of the author's own, or of the catalogue with its options."""
        self.require_numbers(children, span)
        return self._add(Node(NodeKind.APPLY, function, children, params=params, span=span))

    def array(self, children: tuple[int, ...], span: Span) -> int:
        """An array of elements, which are scalars or arrays of one shape."""
        self.require_numbers(children, span)
        shapes = [self.shapes.get(c, ()) for c in children]
        for k, shape in enumerate(shapes):
            if shape != shapes[0]:
                raise _ragged(k, shapes[0], shape, self.nodes[children[k]].span or span)
        position = self._add(Node(NodeKind.ARRAY, "", children, span=span))
        self.shapes[position] = (len(children), *shapes[0])
        return position

    def array_call(self, row: ArrayOp, children: tuple[int, ...], span: Span, params: tuple[Any, ...] = ()) -> int:
        """An array operation, with one value for each of its static parameters (by default their defaults)."""
        self.require_numbers(children, span)
        params = params or tuple(p.default for p in row.params)
        return self._add(Node(NodeKind.ARRAY_CALL, row.name, children, params=params, span=span))

    def index(self, array: int, subscripts: tuple[int | str | None, ...], span: Span) -> int:
        """An element or a part of an array, by a subscript an axis."""
        self.require_numbers((array,), span)
        return self._add(Node(NodeKind.INDEX, "", (array,), params=subscripts, span=span))

    def subscripts(self, position: int) -> frozenset[str]:
        """The names that stand as subscripts in a node: ``i`` of ``x[i]``, ``xᵢ`` and ``x_ij``."""
        found: set[str] = set()
        waiting, seen = [position], {position}
        while waiting:
            node = self.nodes[waiting.pop()]
            waiting += [c for c in node.children if c not in seen]
            seen.update(node.children)
            if node.kind is NodeKind.INDEX:
                found.update(p for p in node.params if isinstance(p, str))
            elif node.kind is NodeKind.NAME and "_" in node.text:
                written = node.text.partition("_")[2]
                found.update((written, *split_indices(written)))
        return frozenset(found)

    def partial(self, children: tuple[int, ...], span: Span) -> int:
        """A partial derivative: the function, then the variables."""
        self.require_numbers(children, span)
        return self._add(Node(NodeKind.PARTIAL, "", children, span=span))

    def call(
        self,
        row: Op,
        children: tuple[int, ...],
        span: Span,
        params: tuple[Fraction, ...] = (),
        implied: bool = False,
    ) -> int:
        """An operation of the table; ``implied`` marks a product without a sign."""
        if row.name == _POWER:
            base, exponent = children
            return self.power(base, exponent, span)
        for k, child in enumerate(children):
            self.require(child, _takes_condition(row, k), span)
        node = Node(NodeKind.CALL, row.name, children, params=params, span=span, implied=implied)
        return self._add(node, fold(row, [self.exact[c] for c in children]), row.role is Role.CONDITION)

    def power(self, base: int, exponent: int, span: Span) -> int:
        """A power: with a fixed exponent where the exponent is a rational number, else with a variable one."""
        self.require_numbers((base, exponent), span)
        value = self.exact[exponent]
        if value is None:
            return self._add(Node(NodeKind.CALL, _POWER, (base, exponent), span=span))
        if abs(value) > numerals.MAX_EXPONENT:
            where = self.nodes[exponent].span or span
            raise ReadError("this exponent is too large", where, f"exponents go up to {numerals.MAX_EXPONENT:,}")
        known = self.exact[base]
        if known is not None and numerals.too_large_power(known, value):
            raise ReadError(
                f"this number needs more than {numerals.MAX_BITS:,} bits",
                span,
                "numbers are kept exactly; write a smaller one",
            )
        return self._add(
            Node(NodeKind.CALL, _FIXED_POWER, (base,), params=(value,), span=span),
            fold(TABLE[_FIXED_POWER], [known], (value,)),
        )

    def require_numbers(self, children: tuple[int, ...], span: Span) -> None:
        """Raise unless all of these nodes are numbers."""
        for child in children:
            self.require(child, False, span)

    def require(self, position: int, condition: bool, span: Span) -> None:
        """Raise unless the node is a condition (or, where ``condition`` is false, a number)."""
        if self.conditions[position] is condition:
            return
        where = self.nodes[position].span or span
        if condition:
            raise ReadError("a number stands where a condition is meant", where, "write a comparison, such as x > 0")
        raise ReadError(
            "a condition stands where a number is meant", where, "conditions belong into where(x > 0, a, b)"
        )


def _ragged(position: int, first: tuple[int, ...], other: tuple[int, ...], span: Span) -> ReadError:
    """The error of an array whose elements have different shapes."""
    hint = "the rows of an array have one length"
    if first and other and len(first) == len(other):
        text = f"row {position + 1} has {_shown(other)} elements where row 1 has {_shown(first)}"
        return ReadError(text, span, hint)
    kinds = ["a row" if shape else "a number" for shape in (other, first)]
    if kinds[0] == kinds[1]:
        kinds = [f"an array of {len(shape)} axes" for shape in (other, first)]
    return ReadError(f"{kinds[0]} stands beside {kinds[1]} in an array", span, hint)


def _shown(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _takes_condition(row: Op, operand: int) -> bool:
    if row.role is Role.SELECT:
        return operand == 0
    return row.role is Role.CONDITION and row.notation.precedence < PRECEDENCE["comparison"]


def fold(row: Op, values: Sequence[Fraction | None], params: tuple[Fraction, ...] = ()) -> Fraction | None:
    """The exact value of a row of rational arithmetic; None where it is another, undefined, or out of bounds."""
    operands = [v for v in values if v is not None]
    if not values or len(operands) < len(values):
        return None
    if row.name == _FIXED_POWER:
        return numerals.power(operands[0], params[0])
    function = _EXACT.get(row.kernel)
    if function is None:
        return None
    try:
        value = function(*operands)
    except ZeroDivisionError:
        return None
    return value if numerals.fits(value) else None
