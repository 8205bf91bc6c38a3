"""What stands behind a value: an index, a transpose, a call such as ``x.sum()``, the subscript of a norm."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derivcheck.errors import ReadError
from derivcheck.language.array_words import ARRAY_SPELLINGS, NORM_ROW
from derivcheck.language.complaints import unclosed
from derivcheck.language.expr import NodeKind
from derivcheck.language.frames import Static
from derivcheck.language.names import canonical
from derivcheck.language.scope import Scope, normal
from derivcheck.language.tokens import TRANSPOSE, Token, TokenKind
from derivcheck.language.tree import Tree
from derivcheck.ops.table import SPELLINGS
from derivcheck.source import Span

_INDEX_HINT = "write x[0], X[i, j] or X[:, 1]; for a product write *"
_MODULES = frozenset({"np", "numpy", "jnp", "torch", "F", "nn", "math", "tf", "scipy"})
_WORDS = {"None": None, "True": True, "true": True, "False": False, "false": False}

Subscript = int | str | None


def read_subscripts(tokens: Sequence[Token], at: int) -> tuple[tuple[Subscript, ...], int]:
    """The subscripts of the square bracket at ``at``, and the position after it.

    A subscript is a whole number, the name of an index, or ``:`` for a whole axis (None).

    Raises:
        ReadError: something else stands there.
    """
    opener = tokens[at]
    found: list[Subscript] = []
    at += 1
    while True:
        if tokens[at].kind is TokenKind.CLOSE and tokens[at].text == "]":
            if not found:
                raise ReadError("nothing stands in this bracket", opener.span.to(tokens[at].span), _INDEX_HINT)
            return tuple(found), at + 1
        subscript, at = _subscript(tokens, at, opener)
        found.append(subscript)
        after = tokens[at]
        if after.kind is TokenKind.COMMA:
            at += 1
        elif after.kind is TokenKind.END:
            raise unclosed(opener)
        elif after.kind is not TokenKind.CLOSE or after.text != "]":
            raise _no_subscript(after)


def _subscript(tokens: Sequence[Token], at: int, opener: Token) -> tuple[Subscript, int]:
    token = tokens[at]
    minus = token.kind is TokenKind.SIGN and token.text == "-"
    number = tokens[at + 1] if minus else token
    if number.kind is TokenKind.NUMBER and number.value is not None:
        if number.value.denominator != 1:
            raise ReadError("a position is a whole number", number.span, "positions are counted from 0: x[0], x[-1]")
        return (-1 if minus else 1) * int(number.value), at + 1 + minus
    if token.kind is TokenKind.COLON:
        return None, at + 1
    if token.kind is TokenKind.NAME:
        return canonical(normal(token.text), token.span), at + 1
    if token.kind is TokenKind.END:
        raise unclosed(opener)
    raise _no_subscript(token)


def _no_subscript(token: Token) -> ReadError:
    if token.kind is TokenKind.COLON or token.kind is TokenKind.NUMBER:
        return ReadError("a part of an axis is not read", token.span, "write X[:, 1] for a whole axis, x[0] for one")
    text = f"'{token.text}' has no place in an index, which is a whole number, a name or ':'"
    return ReadError(text, token.span, _INDEX_HINT)


def transposes(tokens: Sequence[Token], at: int, tree: Tree, base: int, scope: Scope) -> int:
    """How many tokens from ``at`` on transpose the node ``base``: ``ᵀ``, ``^⊤``, and ``^T`` after an array.

    ``^T`` is a power where ``T`` is a known name, or where nothing shows that the base is an array: an upper-case
    name, an index or an array operation.
    """
    token, following = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else tokens[at]
    if token.kind is not TokenKind.SIGN:
        return 0
    if token.text == TRANSPOSE:
        return 1
    if token.text != "^":
        return 0
    if following.kind is TokenKind.SIGN and following.text == TRANSPOSE:
        return 2
    braced = following.kind is TokenKind.OPEN and following.text == "{" and at + 3 < len(tokens)
    letter = tokens[at + 2] if braced else following
    if braced and letter.text == TRANSPOSE and tokens[at + 3].kind is TokenKind.CLOSE:
        return 4
    if letter.kind is not TokenKind.NAME or letter.text != "T" or scope.holds("T") or not tree.arrays[base]:
        return 0
    return 2 if not braced else 4 * (tokens[at + 3].kind is TokenKind.CLOSE)


def no_attribute(tokens: Sequence[Token], at: int, scope: Scope) -> ReadError:
    """The error of ``.word`` at ``at`` behind a value; it marks the dot."""
    token, before = tokens[at], tokens[at - 1]
    dot = Span(token.span.source, token.span.start, token.span.start + 1)
    known = token.text in ARRAY_SPELLINGS or token.text in SPELLINGS
    if is_module(tokens, at, scope):
        while tokens[at + 1].kind is TokenKind.ATTRIBUTE:
            at += 1
        hint = f"leave out the module: write {tokens[at].text}(x)"
    elif known:
        hint = f"write {token.text}({before.text if before.kind is TokenKind.NAME else '…'})"
    elif scope.holds(canonical(token.text)) or len(token.text) == 1:
        hint = "write * for a product, @ for a product of matrices, X.T for a transpose"
    else:
        hint = "numbers are written 2.5 or .5, a product 2*x, a transpose X.T"
    return ReadError("'.' has no meaning here", dot, hint)


def is_module(tokens: Sequence[Token], at: int, scope: Scope) -> bool:
    """Whether the attribute at ``at`` stands behind the name of a Python module."""
    before = tokens[at - 1]
    return before.kind is TokenKind.NAME and before.text in _MODULES and not scope.holds(before.text)


def norm_order(tree: Tree, position: int, token: Token) -> int:
    """The norm at ``position`` with the subscript behind it, ``‖v‖₁``.

    Raises:
        ReadError: the subscript stands behind no norm, or is no order.
    """
    node = tree.nodes[position]
    if node.kind is not NodeKind.ARRAY_CALL or node.text != NORM_ROW.name:
        raise ReadError("a subscript stands behind no norm", token.span, "write ‖v‖₁ or norm(v, 1)")
    if token.text == "F":
        order = Fraction(2)
    elif token.text.isascii() and token.text.isdigit() and 0 < len(token.text) < 10 and int(token.text):
        order = Fraction(int(token.text))
    else:
        hint = "write ‖v‖₁, norm(v, 3/2), or max(abs(v)) for the maximum norm"
        raise ReadError("the order of a norm is a positive number", token.span, hint)
    span = (node.span or token.span).to(token.span)
    return tree.array_call(NORM_ROW, node.children, span, (order, *node.params[1:]))


def read_static(tokens: Sequence[Token], at: int) -> tuple[Static | None, int]:
    """The static value at ``at`` that is no expression, and the position after it; None if there is none.

    It is a text in quotation marks, a word alone (None, True, a name), or whole numbers or names in brackets.
    """
    token, after = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else tokens[at]
    ends = after.kind in (TokenKind.COMMA, TokenKind.CLOSE)
    if token.kind is TokenKind.TEXT:
        return Static(token.text, token.span), at + 1
    if token.kind is TokenKind.NAME and ends:
        value = _WORDS[token.text] if token.text in _WORDS else canonical(normal(token.text), token.span)
        return Static(value, token.span), at + 1
    if token.kind is not TokenKind.OPEN or token.text not in ("(", "["):
        return None, at
    return _listed_values(tokens, at)


def _listed_values(tokens: Sequence[Token], at: int) -> tuple[Static | None, int]:
    found: list[int | str] = []
    start, place = at, at + 1
    while place + 1 < len(tokens):
        token = tokens[place]
        if token.kind is TokenKind.CLOSE and (len(found) > 1 or (found and tokens[place - 1].kind is TokenKind.COMMA)):
            span = tokens[start].span.to(token.span)
            return Static(tuple(found), span), place + 1
        minus = token.kind is TokenKind.SIGN and token.text == "-"
        place += minus
        value = tokens[place]
        if value.kind is TokenKind.NUMBER and value.value is not None and value.value.denominator == 1:
            found.append((-1 if minus else 1) * int(value.value))
        elif value.kind is TokenKind.NAME and not minus:
            found.append(canonical(normal(value.text), value.span))
        else:
            return None, at
        place += 1
        if tokens[place].kind is TokenKind.COMMA:
            place += 1
        elif tokens[place].kind is not TokenKind.CLOSE:
            return None, at
    return None, at
