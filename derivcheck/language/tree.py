"""The nodes of one expression while it is read: kinds checked, constants followed, the author's shape kept."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction

from derivcheck.errors import ReadError
from derivcheck.language import numerals
from derivcheck.language.expr import Expr, Node, NodeKind
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


class Tree:
    """An arena under construction, in the order of reading; each method returns the new node's position.

    Beside each node stands its exact value where it is built from numerals by rational arithmetic, and whether it is
    a condition.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.exact: list[Fraction | None] = []
        self.conditions: list[bool] = []

    def expression(self, position: int) -> Expr:
        """The expression rooted at ``position``."""
        return Expr(tuple(self.nodes[: position + 1])).sub(position)

    def _add(self, node: Node, exact: Fraction | None = None, condition: bool = False) -> int:
        self.nodes.append(node)
        self.exact.append(exact)
        self.conditions.append(condition)
        return len(self.nodes) - 1

    def number(self, value: Fraction, text: str, span: Span) -> int:
        """A numeral."""
        return self._add(Node(NodeKind.NUMBER, text, value=value, span=span), value)

    def name(self, name: str, span: Span) -> int:
        """A variable."""
        return self._add(Node(NodeKind.NAME, name, span=span))

    def apply(self, function: str, children: tuple[int, ...], span: Span) -> int:
        """A function of the author's own."""
        self.require_numbers(children, span)
        return self._add(Node(NodeKind.APPLY, function, children, span=span))

    def partial(self, children: tuple[int, ...], span: Span) -> int:
        """A partial derivative: the function, then the variables."""
        self.require_numbers(children, span)
        return self._add(Node(NodeKind.PARTIAL, "", children, span=span))

    def call(self, row: Op, children: tuple[int, ...], span: Span, params: tuple[Fraction, ...] = ()) -> int:
        """An operation of the table."""
        if row.name == _POWER:
            base, exponent = children
            return self.power(base, exponent, span)
        for k, child in enumerate(children):
            self.require(child, _takes_condition(row, k), span)
        node = Node(NodeKind.CALL, row.name, children, params=params, span=span)
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
