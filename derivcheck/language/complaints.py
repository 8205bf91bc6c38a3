"""What is said of tokens that make no expression."""

from __future__ import annotations

from collections.abc import Sequence

from derivcheck.errors import ReadError
from derivcheck.language.scope import Scope
from derivcheck.language.tokens import CLOSING, SUPERSCRIPT, Token, TokenKind
from derivcheck.ops.table import SPELLINGS


def missing_operand(tokens: Sequence[Token], at: int, opener: Token, outermost: bool) -> ReadError:
    """The error of a token, at position ``at``, that stands where a value should begin."""
    token = tokens[at]
    before = tokens[at - 1] if at else None
    if token.kind is TokenKind.END and before is opener:
        return unclosed(opener)
    if token.kind is TokenKind.CLOSE and before is not None and before.kind is TokenKind.OPEN:
        return ReadError("nothing stands in this bracket", before.span.to(token.span), "write a number or a name")
    if token.kind is TokenKind.CLOSE and outermost and before is None:
        return _unopened(token)
    if token.kind is TokenKind.ASSIGN:
        return ReadError("'=' has no place here", token.span, "write == to compare")
    if before is None or before.kind is TokenKind.OPEN:
        found = f"before '{token.text}'" if token.text else "here"
    else:
        found = f"after '{'^' if before.text == SUPERSCRIPT else before.text}'"
    return ReadError(f"a number or a name is missing {found}", token.span, "every sign stands between two values")


def unexpected(token: Token, opener: Token) -> ReadError:
    """The error of a token that stands where an operator should."""
    if token.kind is TokenKind.NUMBER:
        hint = "write * for a product, ^ for a power, or put the number first: 2x"
        return ReadError("a number stands right after a value", token.span, hint)
    if token.kind is TokenKind.ASSIGN:
        hint = "write == to compare; a definition is name = value on its own line or before ;"
        return ReadError("'=' has no place here", token.span, hint)
    if token.kind is not TokenKind.COMMA:
        return ReadError(f"'{token.text}' stands right after a value", token.span, "write an operator before it")
    if opener.text in ("[", "{"):
        text = "a list or a matrix stands where a single number is meant"
        return ReadError(text, opener.span.to(token.span), "write one number, such as 2 or 1/3")
    if opener.kind is TokenKind.BAR:
        return unclosed(opener)
    hint = "commas separate the arguments of a function; decimals are written 2.5"
    return ReadError("a comma stands outside the arguments of a function", token.span, hint)


def mismatched(opener: Token, token: Token, outermost: bool) -> ReadError:
    """The error of a closing bracket that does not fit what is open."""
    if outermost:
        return _unopened(token)
    if opener.kind is TokenKind.BAR:
        return unclosed(opener)
    text = f"'{opener.text}' is closed by '{token.text}'"
    return ReadError(text, opener.span.to(token.span), f"write {CLOSING[opener.text]}")


def unclosed(opener: Token) -> ReadError:
    """The error of a bracket or a bar without its partner."""
    if opener.kind is TokenKind.BAR:
        return ReadError("this bar has no partner", opener.span, "write abs(…) for an absolute value, 'or' for ||")
    return ReadError("this bracket is never closed", opener.span, f"write {CLOSING.get(opener.text, ')')} after it")


def _unopened(token: Token) -> ReadError:
    return ReadError("this bracket was never opened", token.span, "remove it, or open one before it")


def unknown_function(word: str, token: Token, scope: Scope) -> ReadError:
    """The error of an unknown name right before a bracket."""
    inner = scope.ends_with_function(word)
    if inner:
        head = word[: -len(inner)]
        return ReadError(f"'{word}' is no function", token.span, f"for a product write {head}*{inner}(…)")
    near = scope.near(word)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    hint += f"for a product write {word}*(…)"
    if word not in SPELLINGS:
        hint += f", for a function of your own {word}(z) = …"
    return ReadError(f"'{word}' is no function that is known", token.span, hint)
