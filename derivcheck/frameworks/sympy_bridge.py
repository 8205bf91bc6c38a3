"""SymPy expressions as our own: read from SymPy's tree, in SymPy's order of terms; nothing is evaluated."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from derivcheck.errors import ReadError
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Expr
from derivcheck.language.names import canonical
from derivcheck.ops.row import Role
from derivcheck.ops.table import SPELLINGS, TABLE

_RELATIONS = {
    "StrictGreaterThan": "gt",
    "StrictLessThan": "lt",
    "GreaterThan": "ge",
    "LessThan": "le",
    "Equality": "eq",
    "Unequality": "ne",
    "And": "and",
    "Or": "or",
    "Not": "not",
}
"""SymPy's class names of conditions, and ours."""
_CONSTANTS = {"Pi": "pi", "Exp1": "e"}
_RENAMED = {"ceiling": "ceil", "Heaviside": "heaviside", "loggamma": "lgamma"}
_FOLDED = {"Add": "add", "Mul": "mul"}


def from_sympy(value: Any) -> Expr:
    """A SymPy expression as an expression of ours.

    Raises:
        ReadError: it holds something that is no real elementary expression.
    """
    if not hasattr(value, "free_symbols") or not hasattr(value, "args"):
        kind = type(value).__name__
        raise ReadError(f"an expression is text or a SymPy expression, not {kind}", None, 'write it as text: "w*x + b"')
    if getattr(value, "is_Boolean", False) or getattr(value, "is_Relational", False):
        raise ReadError("a condition is no loss", None, "put it inside a Piecewise")
    builder = ExprBuilder()
    places: dict[Any, int] = {}
    stack = [value]
    while stack:
        node = stack[-1]
        waiting = [a for a in _operands(node) if a not in places]
        if waiting:
            stack.extend(waiting)
            continue
        if node not in places:
            places[node] = _place(node, builder, lambda a: places[a])
        stack.pop()
    return builder.build(places[value])


def _operands(node: Any) -> list[Any]:
    if type(node).__name__ == "Piecewise":
        return [x for pair in node.args for x in pair.args if not _holds_always(x)]
    if node.is_Pow and node.exp.is_Rational:
        return [node.base]
    if _has_fixed_order(node):
        return [node.args[1]]
    return list(node.args) if not node.is_Rational else []


def _has_fixed_order(node: Any) -> bool:
    """Whether this is the digamma function or one of its derivatives, ψ⁽ⁿ⁾ for a given n."""
    return type(node).__name__ == "polygamma" and bool(node.args[0].is_Integer and node.args[0] >= 0)


def _holds_always(condition: Any) -> bool:
    """Whether this is SymPy's own truth value; the number 1 equals it."""
    return bool(condition.is_Boolean and condition == True)  # noqa: E712 - SymPy's own truth value


def _place(node: Any, builder: ExprBuilder, at: Callable[[Any], int]) -> int:
    kind = type(node).__name__
    if node.is_Symbol:
        return builder.name(canonical(node.name))
    if node.is_Rational:
        return _number(builder, Fraction(int(node.p), int(node.q)))
    if node.is_Float:
        return _number(builder, Fraction(float(node)))
    if kind in _CONSTANTS:
        return builder.call(_CONSTANTS[kind])
    if node.is_Pow and node.exp.is_Rational:
        return builder.call("power", at(node.base), params=(Fraction(int(node.exp.p), int(node.exp.q)),))
    if node.is_Pow:
        return builder.call("pow", at(node.base), at(node.exp))
    if kind in _FOLDED or kind in ("And", "Or"):
        return _folded(_FOLDED.get(kind) or _RELATIONS[kind], [at(a) for a in node.args], builder)
    if kind == "Piecewise":
        return _piecewise(node, builder, at)
    if _has_fixed_order(node):
        order, place = int(node.args[0]), at(node.args[1])
        return builder.call("polygamma", place, params=(order,)) if order else builder.call("digamma", place)
    if kind in _RELATIONS:
        return builder.call(_RELATIONS[kind], *[at(a) for a in node.args])
    row = SPELLINGS.get(_RENAMED.get(kind, kind)) or SPELLINGS.get(kind.lower())
    if row is None or row.role is Role.CONDITION or (row.arity is not None and row.arity != len(node.args)):
        raise ReadError(f"SymPy's {kind} is not an operation that can be differentiated here", None, "write it as text")
    return builder.call(row.name, *[at(a) for a in node.args])


def _number(builder: ExprBuilder, value: Fraction) -> int:
    return builder.call("neg", builder.number(-value)) if value < 0 else builder.number(value)


def _folded(op: str, places: list[int], builder: ExprBuilder) -> int:
    place = places[0]
    for further in places[1:]:
        place = builder.call(op, place, further)
    return place


def _piecewise(node: Any, builder: ExprBuilder, at: Callable[[Any], int]) -> int:
    """Nested selections; the last piece must hold everywhere else."""
    *pieces, last = node.args
    if not _holds_always(last.cond):
        raise ReadError("a SymPy Piecewise needs a last piece for all other points", None, "add (value, True)")
    place = at(last.expr)
    for piece in reversed(pieces):
        place = builder.call(TABLE["where"].name, at(piece.cond), at(piece.expr), place)
    return place
