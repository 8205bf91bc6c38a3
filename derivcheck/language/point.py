"""The point: exact values of variables, numbers or arrays of numbers, from text or Python."""

from __future__ import annotations

import difflib
import numbers
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from derivcheck.errors import PointError, ReadError
from derivcheck.language.array_values import array_expr, is_array, typed_array
from derivcheck.language.builder import number, same
from derivcheck.language.constants import rational_value, rational_values
from derivcheck.language.expr import Expr, NodeKind
from derivcheck.language.lexer import tokenize
from derivcheck.language.names import canonical
from derivcheck.language.numerals import MAX_BITS, fits
from derivcheck.language.reader import read_expression
from derivcheck.language.scope import Scope
from derivcheck.language.statements import ended
from derivcheck.language.tokens import Token, TokenKind
from derivcheck.ops.row import Layout
from derivcheck.ops.table import TABLE
from derivcheck.source import Source, Span

_HINT = "write --at x=2,w=1/3,b=-1e-3"
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})


def read_point(texts: str | Iterable[str], known: Collection[str] | None = None) -> Mapping[str, Expr]:
    """Read ``x=2,y=4,w=1/3``, ``X=[[1,2],[3,4]],w=[0.5,-0.5]``.

    Args:
        texts: one text or several; items are separated by commas.
        known: canonical names that may be given; any name if None.

    Returns:
        The values by canonical name: constant expressions, or arrays of such, with their spans, exact.

    Raises:
        PointError: an item that is no ``name=value``, a value that is no constant number or array of them, a name
            given twice with different values, or one that is not known.
    """
    point: dict[str, Expr] = {}
    for text in [texts] if isinstance(texts, str) else texts:
        source = Source(text, "--at")
        for item in _items(_tokens(source)):
            name, value, span = _read_item(item)
            if name in point and not _equal(point[name], value):
                raise PointError(f"'{name}' is given two different values", span, "give each name once")
            point.setdefault(name, value)
    if known is not None:
        check_names(point, known)
    return point


def check_names(point: Mapping[str, Expr], known: Collection[str]) -> None:
    """Raise unless every name of the point is one of ``known``.

    Raises:
        PointError: an unknown name, with those that look like it.
    """
    for name, value in point.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.5)
            names = ", ".join(sorted(known)[:10]) or "none"
            hint = f"did you mean {' or '.join(near)}?" if near else f"the names of the expression are {names}"
            raise PointError(f"the expression has no '{name}'", value.root.span, hint)


def constant_expr(value: object) -> Expr:
    """A value from Python as a constant expression, an array as an array of constants.

    Integers, fractions and ``Decimal`` are exact, a text is read as an expression, and a float is exactly its binary
    value (0.1 is 3602879701896397/36028797018963968); so are NumPy's scalars. An array is a list, a tuple, or what
    NumPy or PyTorch make.

    Raises:
        PointError: a truth value, an infinity, NaN, a complex number, rows of different lengths, or anything that is
            no number.
    """
    if is_array(value):
        return array_expr(value, constant_expr)
    if isinstance(value, str):
        return read_constant(Source(value, "value"))
    exact = _exact(value)
    if not fits(exact):
        raise PointError(f"this number needs more than {MAX_BITS:,} bits", None, "numbers are kept exactly")
    return number(exact)


def _exact(value: object) -> Fraction:
    hint = "give an int, a float, a Fraction, a Decimal, or a text such as '1/3'"
    if isinstance(value, bool):
        raise PointError(f"{value} is a truth value where a number is meant", None, hint)
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    ratio = getattr(value, "as_integer_ratio", None)
    if isinstance(value, numbers.Real | Decimal) and ratio is not None:
        if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) > MAX_BITS:
            raise PointError(f"this number needs more than {MAX_BITS:,} bits", None, "numbers are kept exactly")
        try:
            numerator, denominator = ratio()
        except (ValueError, OverflowError) as error:
            raise PointError(f"{value} is not a finite number", None, "values of a point are finite") from error
        return Fraction(int(numerator), int(denominator))
    if isinstance(value, numbers.Complex):
        raise PointError("a complex number stands where a real one is meant", None, hint)
    raise PointError(f"a value of type {type(value).__name__} is no number", None, hint)


def read_constant(source: Source) -> Expr:
    """Read one constant expression such as ``1/3``, ``-1e-3``, ``pi/4``, ``sqrt(2)``, or an array ``[1, 2]``.

    Raises:
        PointError: it is none.
    """
    tokens = _tokens(source)
    if len(tokens) == 1:
        raise PointError("a value is missing", tokens[-1].span, "write a number, such as 2, 1/3 or sqrt(2)")
    return _read_value(tokens)


def _tokens(source: Source) -> list[Token]:
    try:
        return tokenize(source)
    except ReadError as error:
        raise PointError(error.message, error.span, error.hint) from error


def _items(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens between commas, semicolons and line breaks outside brackets."""
    items: list[list[Token]] = [[]]
    depth = 0
    for token in tokens[:-1]:
        depth += (token.kind is TokenKind.OPEN) - (token.kind is TokenKind.CLOSE)
        if depth <= 0 and token.kind in (TokenKind.COMMA, TokenKind.SEPARATOR):
            items.append([])
        else:
            items[-1].append(token)
    if not any(items):
        raise PointError("the point is empty", tokens[-1].span, _HINT)
    return [item for item in items if item]


def _read_item(item: list[Token]) -> tuple[str, Expr, Span]:
    span = item[0].span.to(item[-1].span)
    if item[0].kind is not TokenKind.NAME or len(item) < 2 or item[1].kind is not TokenKind.ASSIGN:
        raise PointError("'name=value' is meant here", span, _HINT)
    name = _point_name(item[0].text, item[0].span)
    if len(item) == 2:
        raise PointError(f"the value of '{name}' is missing", span, _HINT)
    return name, _read_value(ended(item[2:], item[-1])), span


def _point_name(text: str, span: Span | None) -> str:
    try:
        return canonical(text, span)
    except ReadError as error:
        raise PointError(error.message, error.span, error.hint) from error


def _read_value(tokens: Sequence[Token]) -> Expr:
    try:
        found = read_expression(tokens, Scope())
    except ReadError as error:
        raise PointError(error.message, error.span, error.hint) from error
    expr = found.tree.expression(found.root)
    for node in expr.nodes:
        if node.kind is NodeKind.NAME and node.text.lower() in _NOT_FINITE:
            raise PointError(f"'{node.text}' is not a finite number", node.span, "values of a point are finite")
        if node.kind not in (NodeKind.NUMBER, NodeKind.CALL, NodeKind.ARRAY):
            variable = f"'{node.text}' is a variable, and a value is a number"
            text = variable if node.kind is NodeKind.NAME else "a value is a number or an array of numbers"
            raise PointError(text, node.span, "write a number, such as 2, 1/3, pi/4 or sqrt(2), or [1, 2]")
    _check_division(expr)
    return typed_array(expr, tokens)


def _check_division(expr: Expr) -> None:
    values = rational_values(expr)
    for k, node in enumerate(expr.nodes):
        quotient = node.kind is NodeKind.CALL and TABLE[node.text].notation.layout is Layout.FRACTION
        if quotient and values[k] is None and values[node.children[1]] == 0:
            raise PointError("this value divides by zero", node.span, "write a finite number")


def _equal(a: Expr, b: Expr) -> bool:
    first, second = rational_value(a), rational_value(b)
    return same(a, b) if first is None or second is None else first == second
