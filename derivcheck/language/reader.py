"""Precedence climbing over one token stream, with an explicit stack: tokens of one expression to a tree.

Every bracket, bar and call is a frame with its own operands and pending operators, so that neither the depth of the
text nor the thread's stack limits what can be read; :data:`MAX_DEPTH` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derivcheck.errors import ReadError
from derivcheck.language.ambiguity import Ambiguity
from derivcheck.language.array_calls import keyword_role
from derivcheck.language.array_words import (
    ATTRIBUTES,
    TRANSPOSE_ROW,
    big_operator,
    indexed_function,
)
from derivcheck.language.calls import build_call
from derivcheck.language.complaints import mismatched, missing_operand, unclosed, unexpected, unknown_function
from derivcheck.language.expr import NodeKind
from derivcheck.language.frames import Frame, Operand, Pending
from derivcheck.language.names import canonical
from derivcheck.language.operators import Operators
from derivcheck.language.postfix import (
    is_module,
    no_attribute,
    norm_order,
    read_static,
    read_subscripts,
    transposes,
)
from derivcheck.language.scope import Function, Own, Scope, is_symbol, normal
from derivcheck.language.signs import BIG, INFIX, PREFIX, TIGHT, Sign
from derivcheck.language.tokens import CLOSING, DIFF, NORM, SUPERSCRIPT, Token, TokenKind
from derivcheck.language.tree import Tree
from derivcheck.ops.array_rows import ArrayOp
from derivcheck.ops.catalogue import Entry
from derivcheck.ops.row import Op
from derivcheck.source import Span


@dataclass(frozen=True, slots=True)
class Found:
    """An expression that was read: its tree, its root, and what could have been read otherwise."""

    tree: Tree
    root: int
    ambiguities: tuple[Ambiguity, ...]


def read_expression(tokens: Sequence[Token], scope: Scope) -> Found:
    """Read all of ``tokens``, which end with a token of kind END, as one number-valued expression.

    Raises:
        ReadError: the tokens are no expression.
    """
    reader = _Reader(tokens, scope)
    root = reader.read()
    reader.tree.require(root, False, tokens[-1].span)
    return Found(reader.tree, root, tuple(a for a in reader.ambiguities if a.factors))


class _Reader(Operators):
    """The frames; ``read_…``, ``open``, ``push``, ``wait`` and ``close`` return whether an operand is expected next."""

    def __init__(self, tokens: Sequence[Token], scope: Scope) -> None:
        super().__init__(tokens[-1])
        self.tokens = tokens
        self.scope = scope
        self.at = 0

    def read(self) -> int:
        wants_operand = True
        while self.tokens[self.at].kind is not TokenKind.END:
            wants_operand = self.read_operand() if wants_operand else self.read_operator()
        if wants_operand:
            raise missing_operand(self.tokens, self.at, self.frame.opener, len(self.frames) == 1)
        if len(self.frames) > 1:
            raise unclosed(self.frame.opener)
        return self.finish().position

    def read_operand(self) -> bool:
        token = self.tokens[self.at]
        following = self.tokens[self.at + 1]
        self.at += 1
        if token.kind is TokenKind.NUMBER and token.value is not None:
            return self.push(Operand(self.tree.number(token.value, token.text, token.span), token.span))
        if token.kind is TokenKind.NAME:
            if following.kind is TokenKind.ASSIGN and self.at_argument() and self.role(token.text):
                return self.open_keyword(token)
            return self.read_name(token, following)
        if token.kind in (TokenKind.OPEN, TokenKind.BAR):
            return self.open(Frame(token))
        if token.kind is TokenKind.SIGN and token.text in PREFIX:
            return self.wait(Pending(PREFIX[token.text], token.span))
        if token.kind is TokenKind.SIGN and token.text == DIFF:
            self.at += 1
            return self.open(Frame(following, (None,), token.span))
        if token.kind is TokenKind.SIGN and token.text == "+":
            return True
        if token.kind is TokenKind.CLOSE and self.at_argument():
            if self.frame.callee and len(self.frame.arguments) == self.frame.method and not self.frame.keywords:
                return self.close_call(token)
            if self.frame.elements and token.text == "]":
                return self.close_list(token)
        raise missing_operand(self.tokens, self.at - 1, self.frame.opener, len(self.frames) == 1)

    def read_name(self, token: Token, following: Token) -> bool:
        word = normal(token.text)
        name = canonical(word, token.span)
        bracket = following.kind is TokenKind.OPEN and following.text == "("
        function = self.scope.function(word, name)
        if function is not None and bracket:
            self.at += 1
            return self.open(Frame(following, function, token.span))
        if function is None and not self.scope.holds(name) and self.begins(following):
            big, indexed = big_operator(word, token.span), indexed_function(word) if bracket else None
            if big is not None:
                return self.wait(Pending(Sign(big[0], BIG, prefix=True), token.span, over=big[1]))
            if indexed is not None:
                self.at += 1
                return self.open(Frame(following, (indexed[0],), token.span, indexed[1]))
        if function is not None and self.is_needed(function[0], name, following):
            hint = f"write {word}(x)" if following.text not in (SUPERSCRIPT, "^") else f"write {word}(x)^2"
            raise ReadError(f"'{word}' is a function and needs its argument in round brackets", token.span, hint)
        factors = self.scope.factors(word, name, token.span)
        alone = len(factors) == 1 and factors[0].constant is None and not self.scope.holds(factors[0].text)
        if alone and bracket:
            raise unknown_function(word, token, self.scope)
        if alone and word in ("if", "else"):
            raise ReadError(f"'{word}' is not read here", token.span, "write where(x > 0, a, b)")
        for k, factor in enumerate(factors):
            if k:
                self.wait_infix(INFIX["*"], token.span, implied=True)
            if factor.constant is not None:
                self.push(Operand(self.tree.call(factor.constant, (), token.span), token.span))
            else:
                self.push(Operand(self.tree.name(factor.text, token.span), token.span))
        return False

    def is_needed(self, function: Function, name: str, following: Token) -> bool:
        """Whether a word that names a function, without a bracket behind it, cannot be a variable."""
        if isinstance(function, ArrayOp | Entry):
            return following.kind in (TokenKind.NAME, TokenKind.NUMBER)
        return isinstance(function, Own) or not is_symbol(name)

    def role(self, keyword: str) -> str:
        """What the word before an ``=`` gives in the call that is open."""
        return keyword_role(self.frame.callee[0], keyword) if self.frame.callee else ""

    def open_keyword(self, token: Token) -> bool:
        """``name=value`` from the sign on; a value that is no expression is read at once."""
        self.at += 1
        self.frame.keyword = token
        if isinstance(self.frame.callee and self.frame.callee[0], Op) or self.role(token.text) == "operand":
            return True
        static, self.at = read_static(self.tokens, self.at)
        if static is None:
            return True
        self.keep(token, static)
        closes = self.tokens[self.at]
        if closes.kind is TokenKind.COMMA:
            self.at += 1
            return True
        if closes.kind is not TokenKind.CLOSE or CLOSING.get(self.frame.opener.text) != closes.text:
            raise unexpected(closes, self.frame.opener)
        self.at += 1
        return self.close_call(closes)

    def read_postfix(self) -> bool | None:
        """What stands right behind a value; None if no such thing does."""
        token, frame = self.tokens[self.at], self.frame
        raised = bool(frame.pending) and frame.pending[-1].sign.precedence == TIGHT
        count = transposes(self.tokens, self.at, self.tree, frame.operands[-1].position, self.scope)
        if raised and (count or token.kind is TokenKind.ATTRIBUTE):
            self.build(frame.pending.pop())
        operand = frame.operands[-1]
        node = self.tree.nodes[operand.position]
        span = operand.span.to(self.tokens[self.at + max(count - 1, 0)].span)
        if count or (token.kind is TokenKind.ATTRIBUTE and token.text in ATTRIBUTES):
            row = TRANSPOSE_ROW if count else ATTRIBUTES[token.text]
            self.at += count or 1
            return self.behind(self.tree.array_call(row, (operand.position,), span), span)
        if token.kind is TokenKind.ATTRIBUTE:
            return self.open_method(token)
        if token.kind is TokenKind.SUBSCRIPT:
            self.at += 1
            return self.behind(norm_order(self.tree, operand.position, token), span)
        numeral = node.kind is NodeKind.NUMBER and not operand.bracketed
        if token.kind is TokenKind.OPEN and token.text == "[" and not numeral and not raised:
            subscripts, self.at = read_subscripts(self.tokens, self.at)
            span = operand.span.to(self.tokens[self.at - 1].span)
            return self.behind(self.tree.index(operand.position, subscripts, span), span)
        return None

    def behind(self, position: int, span: Span) -> bool:
        """The last operand with what stands behind it."""
        self.frame.operands[-1] = Operand(position, span, bracketed=True)
        return False

    def open_method(self, token: Token) -> bool:
        """``x.sum(axis=0)`` is ``sum(x, axis=0)``."""
        bracket = self.tokens[self.at + 1]
        function = self.scope.function(token.text, canonical(token.text, token.span))
        called = bracket.kind is TokenKind.OPEN and bracket.text == "("
        if not called or function is None or function[0] is None or is_module(self.tokens, self.at, self.scope):
            raise no_attribute(self.tokens, self.at, self.scope)
        self.at += 2
        operand = self.frame.operands.pop()
        return self.open(Frame(bracket, function, operand.span, arguments=[operand.position], method=True))

    def read_operator(self) -> bool:
        token = self.tokens[self.at]
        behind = self.read_postfix()
        if behind is not None:
            return behind
        if token.kind is TokenKind.SIGN and token.text in INFIX:
            self.at += 1
            return self.wait_infix(INFIX[token.text], token.span)
        if token.kind is TokenKind.CLOSE or self.closes(token):
            self.at += 1
            return self.close(token)
        if token.kind is TokenKind.COMMA and self.frame.lists:
            self.at += 1
            self.frame.elements.append(self.finish())
            return True
        if token.kind is TokenKind.COMMA and self.frame.callee:
            self.at += 1
            self.finish_argument()
            return True
        if self.begins(token) and token.kind is not TokenKind.NUMBER:
            return self.wait_infix(INFIX["*"], token.span, implied=True)
        raise unexpected(token, self.frame.opener)

    def begins(self, token: Token) -> bool:
        """Whether a value begins with this token, so that a value right before it is multiplied by it."""
        root = token.kind is TokenKind.SIGN and token.text in PREFIX and PREFIX[token.text].implies
        kinds = (TokenKind.NAME, TokenKind.NUMBER, TokenKind.OPEN, TokenKind.BAR)
        return token.kind in kinds or root or (token.kind is TokenKind.SIGN and token.text == DIFF)

    def closes(self, token: Token) -> bool:
        """Whether a bar closes the one that is open."""
        opener = self.frame.opener
        bars = token.kind is TokenKind.BAR and opener.kind is TokenKind.BAR
        return bars and (token.text == NORM) == (opener.text == NORM)

    def close(self, token: Token) -> bool:
        frame = self.frame
        if len(self.frames) == 1 or (token.kind is TokenKind.CLOSE and CLOSING.get(frame.opener.text) != token.text):
            raise mismatched(frame.opener, token, len(self.frames) == 1)
        if frame.callee:
            self.finish_argument()
            return self.close_call(token)
        if frame.lists:
            return self.close_list(token)
        inner = self.finish()
        self.frames.pop()
        span = frame.opener.span.to(token.span)
        if token.kind is TokenKind.BAR:
            return self.close_bars(inner, token, span)
        return self.push(Operand(inner.position, span, bracketed=True))

    def close_call(self, token: Token) -> bool:
        frame = self.frames.pop()
        span = (frame.start or frame.opener.span).to(token.span)
        callee = frame.callee[0] if frame.callee else None
        position = build_call(self.tree, callee, frame.arguments, frame.keywords, span, over=frame.over)
        return self.push(Operand(position, span, bracketed=True))
