"""Token streams cut into statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derivcheck.errors import ReadError
from derivcheck.language.names import canonical
from derivcheck.language.tokens import Token, TokenKind
from derivcheck.source import Span


@dataclass(frozen=True, slots=True)
class Statement:
    """``body``, ``name = body`` or ``name(parameters) = body``; the body's tokens end with END."""

    name: str | None
    parameters: tuple[str, ...] | None
    body: tuple[Token, ...]
    span: Span


def split_statements(tokens: Sequence[Token]) -> list[Statement]:
    """The statements between separators; empty ones are left out."""
    found: list[Statement] = []
    begin = 0
    for k, token in enumerate(tokens):
        if token.kind in (TokenKind.SEPARATOR, TokenKind.END):
            if k > begin:
                found.append(_statement(tokens[begin:k]))
            begin = k + 1
    return found


def ended(tokens: Sequence[Token], after: Token) -> tuple[Token, ...]:
    """The tokens with an END after ``after``."""
    span = after.span
    return (*tokens, Token(TokenKind.END, "", Span(span.source, span.end, span.end)))


def _statement(tokens: Sequence[Token]) -> Statement:
    span = tokens[0].span.to(tokens[-1].span)
    at = _assignment(tokens)
    if at is None:
        return Statement(None, None, ended(tokens, tokens[-1]), span)
    name, parameters = _head(tokens[:at], tokens[at])
    return Statement(name, parameters, ended(tokens[at + 1 :], tokens[-1]), span)


def _assignment(tokens: Sequence[Token]) -> int | None:
    """The position of the first ``=`` outside brackets."""
    depth = 0
    for k, token in enumerate(tokens):
        depth += (token.kind is TokenKind.OPEN) - (token.kind is TokenKind.CLOSE)
        if token.kind is TokenKind.ASSIGN and depth <= 0:
            return k
    return None


def _head(head: Sequence[Token], sign: Token) -> tuple[str, tuple[str, ...] | None]:
    """What is defined: a name, or a function with its parameters."""
    if not head:
        raise ReadError("a name is missing before '='", sign.span, "write name = value")
    if head[0].kind is not TokenKind.NAME:
        raise _no_name(head)
    name = canonical(head[0].text, head[0].span)
    if len(head) == 1:
        return name, None
    inner = head[2:-1]
    wanted = [TokenKind.NAME if k % 2 == 0 else TokenKind.COMMA for k in range(len(inner))]
    brackets = head[1].text == "(" and head[-1].text == ")" and len(inner) % 2 == 1
    if not brackets or [t.kind for t in inner] != wanted:
        raise _no_name(head)
    parameters: list[str] = []
    for token in inner[::2]:
        parameter = canonical(token.text, token.span)
        if parameter in parameters:
            raise ReadError(f"the parameter '{parameter}' stands twice", token.span, "give each its own name")
        parameters.append(parameter)
    return name, tuple(parameters)


def _no_name(head: Sequence[Token]) -> ReadError:
    hint = "write name = value or f(z) = …; to compare write =="
    return ReadError("only a name or a function can be defined", head[0].span.to(head[-1].span), hint)
