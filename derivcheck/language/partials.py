"""``∂f/∂x`` as tokens of ``diff(f, x)``, before parsing."""

from __future__ import annotations

from derivcheck.errors import ReadError
from derivcheck.language.lexer import matching
from derivcheck.language.tokens import DIFF, PARTIAL, SUPERSCRIPT, Token, TokenKind

_HINT = "write ∂L/∂w, ∂²L/∂w∂b, ∂(…)/∂w or diff(L, w)"
MAX_ORDER = 10
"""The highest order of a derivative that is written as an expression."""


def rewrite_partials(tokens: list[Token]) -> list[Token]:
    """The tokens with every fraction of ∂ written as a call: ``∂²(f)/∂x∂y`` as ``diff((f), x, y)``.

    Raises:
        ReadError: a ∂ that is not part of such a fraction, or an order that does not fit the variables.
    """
    if not any(t.text == PARTIAL and t.kind is TokenKind.SIGN for t in tokens):
        return tokens
    return _Rewriter(tokens).run()


class _Rewriter:
    """A walk over the tokens; brackets that close a function of ∂ get their variables after them."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.pairs = matching(tokens)
        self.written: list[Token] = []
        self.after: dict[int, tuple[list[Token], int]] = {}  # closing bracket -> what follows it, where to go on

    def run(self) -> list[Token]:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind is TokenKind.SIGN and token.text == PARTIAL:
                at = self.fraction(at)
                continue
            self.written.append(token)
            at += 1
            if at - 1 in self.after:
                tail, at = self.after[at - 1]
                self.written += tail
        return self.written

    def fraction(self, at: int) -> int:
        """Write the head of the fraction that begins at ``at``; the position to go on from."""
        sign = self.tokens[at]
        order, at = self.exponent(at + 1)
        head = self.tokens[at]
        last = self.pairs.get(at, -1) if head.kind is TokenKind.OPEN else at
        if last < 0 or head.kind not in (TokenKind.OPEN, TokenKind.NAME):
            raise ReadError("a name or a bracket is missing after ∂", sign.span, _HINT)
        variables, end = self.variables(last + 1, sign)
        if len(variables) != (order or 1):
            text = f"the order {order or 1} of ∂ does not fit the {len(variables)} variables below"
            raise ReadError(text, sign.span, _HINT)
        tail = [t for v in variables for t in (Token(TokenKind.COMMA, ",", v.span), v)]
        tail.append(Token(TokenKind.CLOSE, ")", self.tokens[end - 1].span))
        self.written += [Token(TokenKind.SIGN, DIFF, sign.span), Token(TokenKind.OPEN, "(", sign.span)]
        if head.kind is TokenKind.NAME:
            self.written += [head, *tail]
            return end
        self.after[last] = (tail, end)
        return at

    def variables(self, at: int, sign: Token) -> tuple[list[Token], int]:
        """The variables of ``/∂x∂y²`` from ``at`` on, and the position after them."""
        tokens = self.tokens
        if not (tokens[at].kind is TokenKind.SIGN and tokens[at].text == "/" and self.is_partial(at + 1)):
            raise ReadError("∂ without a ∂ below it", sign.span, _HINT)
        at += 1
        found: list[Token] = []
        while self.is_partial(at):
            if tokens[at + 1].kind is not TokenKind.NAME:
                raise ReadError("a name is missing after ∂", tokens[at].span, _HINT)
            name = tokens[at + 1]
            times, at = self.exponent(at + 2)
            found += [name] * (times or 1)
            if self.is_partial(at) and at + 2 < len(tokens) and tokens[at + 2].text == "/":
                break
        return found, at

    def is_partial(self, at: int) -> bool:
        return at < len(self.tokens) and self.tokens[at].kind is TokenKind.SIGN and self.tokens[at].text == PARTIAL

    def exponent(self, at: int) -> tuple[int, int]:
        """A raised or ``^`` order at ``at`` (0 if there is none) and the position after it."""
        tokens = self.tokens
        if tokens[at].kind is not TokenKind.SIGN or tokens[at].text not in (SUPERSCRIPT, "^"):
            return 0, at
        place = at + 2 if tokens[at].text == SUPERSCRIPT else at + 1
        after = place + 2 if tokens[at].text == SUPERSCRIPT else place + 1
        value = tokens[place].value if place < len(tokens) else None
        if value is None or value.denominator != 1 or not 1 <= value <= MAX_ORDER or after > len(tokens):
            raise ReadError("the order of ∂ is not a small whole number", tokens[at].span, _HINT)
        if tokens[at].text == SUPERSCRIPT and tokens[place + 1].kind is not TokenKind.CLOSE:
            raise ReadError("the order of ∂ is not a small whole number", tokens[at].span, _HINT)
        return int(value), after
