"""Precedence climbing over one token stream, with an explicit stack: tokens of one expression to a tree.

Every bracket, bar and call is a frame with its own operands and pending operators, so that neither the depth of the
text nor the thread's stack limits what can be read; :data:`MAX_DEPTH` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from derivcheck.errors import ReadError
from derivcheck.language.ambiguity import Ambiguity
from derivcheck.language.calls import build_call
from derivcheck.language.complaints import mismatched, missing_operand, unclosed, unexpected, unknown_function
from derivcheck.language.names import canonical
from derivcheck.language.scope import Function, Own, Scope, is_symbol, normal
from derivcheck.language.signs import FENCE, INFIX, PREFIX, Sign
from derivcheck.language.tokens import CLOSING, DIFF, SUPERSCRIPT, Token, TokenKind
from derivcheck.language.tree import Tree
from derivcheck.ops.row import Op
from derivcheck.source import Span

MAX_DEPTH = 1000
"""Brackets within brackets, and operators that wait for their right operand."""


@dataclass(frozen=True, slots=True)
class _Operand:
    """A node with the text it takes, brackets included."""

    position: int
    span: Span
    bracketed: bool = False
    chain: int | None = None  # the right operand of the comparison that the operand ends with
    ambiguity: Ambiguity | None = None


@dataclass(frozen=True, slots=True)
class _Pending:
    """An operator that waits for its right operand."""

    sign: Sign
    span: Span
    implied: bool = False


@dataclass(slots=True)
class _Frame:
    """An open bracket, bar or call; the first frame is the whole expression."""

    opener: Token
    callee: tuple[Function] | None = None
    start: Span | None = None
    operands: list[_Operand] = field(default_factory=list)
    pending: list[_Pending] = field(default_factory=list)
    arguments: list[int] = field(default_factory=list)
    keywords: dict[str, tuple[int, Span]] = field(default_factory=dict)
    keyword: Token | None = None


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


class _Reader:
    """The frames; ``read_…``, ``open``, ``push``, ``wait`` and ``close`` return whether an operand is expected next."""

    def __init__(self, tokens: Sequence[Token], scope: Scope) -> None:
        self.tokens = tokens
        self.scope = scope
        self.tree = Tree()
        self.ambiguities: list[Ambiguity] = []
        self.frames = [_Frame(tokens[-1])]
        self.at = 0

    @property
    def frame(self) -> _Frame:
        return self.frames[-1]

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
            return self.push(_Operand(self.tree.number(token.value, token.text, token.span), token.span))
        if token.kind is TokenKind.NAME:
            if following.kind is TokenKind.ASSIGN and self.at_argument() and self.takes(token.text):
                self.frame.keyword = token
                self.at += 1
                return True
            return self.read_name(token, following)
        if token.kind in (TokenKind.OPEN, TokenKind.BAR):
            return self.open(_Frame(token))
        if token.kind is TokenKind.SIGN and token.text in PREFIX:
            return self.wait(_Pending(PREFIX[token.text], token.span))
        if token.kind is TokenKind.SIGN and token.text == DIFF:
            self.at += 1
            return self.open(_Frame(following, (None,), token.span))
        if token.kind is TokenKind.SIGN and token.text == "+":
            return True
        if token.kind is TokenKind.CLOSE and self.frame.callee and self.at_argument() and not self.frame.arguments:
            return self.close_call(token)
        raise missing_operand(self.tokens, self.at - 1, self.frame.opener, len(self.frames) == 1)

    def read_name(self, token: Token, following: Token) -> bool:
        word = normal(token.text)
        name = canonical(word, token.span)
        bracket = following.kind is TokenKind.OPEN and following.text == "("
        function = self.scope.function(word, name)
        if function is not None and bracket:
            self.at += 1
            return self.open(_Frame(following, function, token.span))
        if function is not None and (isinstance(function[0], Own) or not is_symbol(name)):
            hint = f"write {word}(x)" if following.text not in (SUPERSCRIPT, "^") else f"write {word}(x)^2"
            raise ReadError(f"'{word}' is a function and needs its argument in round brackets", token.span, hint)
        factors = self.scope.factors(word, name, token.span)
        alone = len(factors) == 1 and factors[0].constant is None and not self.scope.holds(factors[0].text)
        if alone and bracket:
            raise unknown_function(word, token, self.scope)
        if alone and word in ("if", "else"):
            raise ReadError(f"'{word}' is not read here", token.span, "write where(x > 0, a, b)")
        if following.kind is TokenKind.OPEN and following.text == "[":
            raise ReadError("an index stands in square brackets", following.span, "write x_1 for a numbered variable")
        for k, factor in enumerate(factors):
            if k:
                self.wait_infix(INFIX["*"], token.span, implied=True)
            if factor.constant is not None:
                self.push(_Operand(self.tree.call(factor.constant, (), token.span), token.span))
            else:
                self.push(_Operand(self.tree.name(factor.text, token.span), token.span))
        return False

    def open(self, frame: _Frame) -> bool:
        if len(self.frames) > MAX_DEPTH:
            raise ReadError(
                f"more than {MAX_DEPTH:,} brackets are open", frame.opener.span, "give inner parts a name: u = …; u^2"
            )
        self.frames.append(frame)
        return True

    def push(self, operand: _Operand) -> bool:
        self.frame.operands.append(operand)
        return False

    def takes(self, keyword: str) -> bool:
        """Whether the call that is open has this static parameter."""
        row = self.frame.callee[0] if self.frame.callee else None
        return isinstance(row, Op) and any(p.name == keyword for p in row.params)

    def at_argument(self) -> bool:
        return not self.frame.operands and not self.frame.pending and self.frame.keyword is None

    def read_operator(self) -> bool:
        token = self.tokens[self.at]
        if token.kind is TokenKind.SIGN and token.text in INFIX:
            self.at += 1
            return self.wait_infix(INFIX[token.text], token.span)
        if token.kind is TokenKind.CLOSE or (token.kind is TokenKind.BAR and self.frame.opener.kind is TokenKind.BAR):
            self.at += 1
            return self.close(token)
        if token.kind is TokenKind.COMMA and self.frame.callee:
            self.at += 1
            self.finish_argument()
            return True
        root = token.kind is TokenKind.SIGN and token.text in PREFIX and PREFIX[token.text].implies
        if token.kind in (TokenKind.NAME, TokenKind.OPEN, TokenKind.BAR) or root or token.text == DIFF:
            return self.wait_infix(INFIX["*"], token.span, implied=True)
        raise unexpected(token, self.frame.opener)

    def wait_infix(self, sign: Sign, span: Span, implied: bool = False) -> bool:
        last = self.frame.pending[-1] if self.frame.pending else None
        if last is not None and last.sign.implies and sign.power and not self.frame.operands[-1].bracketed:
            raise ReadError("a power of a root can be read in two ways", last.span.to(span), "write √(x^2) or (√(x))^2")
        self.reduce(sign.precedence, sign.rightward)
        return self.wait(_Pending(sign, span, implied))

    def wait(self, pending: _Pending) -> bool:
        if len(self.frame.pending) > MAX_DEPTH:
            raise ReadError(
                f"more than {MAX_DEPTH:,} operators wait for their operand", pending.span, "give inner parts a name"
            )
        self.frame.pending.append(pending)
        return True

    def reduce(self, precedence: int, rightward: bool = False) -> None:
        """Build the pending operators that bind tighter than one of this precedence to their right."""
        pending = self.frame.pending
        while pending:
            top = pending[-1].sign.precedence
            if top < precedence or (top == precedence and rightward):
                break
            self.build(pending.pop())

    def build(self, pending: _Pending) -> None:
        operands = self.frame.operands
        right = operands.pop()
        sign = pending.sign
        if sign.prefix:
            span = pending.span.to(right.span)
            position = self.tree.call(sign.row, (right.position,), span)
            ambiguity = Ambiguity(sign.row.name, (), right.position, span) if sign.implies else None
            self.push(_Operand(position, span, ambiguity=self.note(ambiguity)))
            return
        left = operands.pop()
        span = left.span.to(right.span)
        if sign.compares:
            self.push(self.build_comparison(sign, left, right, span))
            return
        position = self.tree.call(sign.row, (left.position, right.position), span)
        ambiguity = None
        if pending.implied and left.ambiguity is not None and not left.bracketed:
            ambiguity = left.ambiguity
            ambiguity.extend(right.position, span)
        elif sign.divides and not right.bracketed:
            ambiguity = self.note(Ambiguity(sign.row.name, (left.position,), right.position, span))
        self.push(_Operand(position, span, ambiguity=ambiguity))

    def note(self, ambiguity: Ambiguity | None) -> Ambiguity | None:
        if ambiguity is not None:
            self.ambiguities.append(ambiguity)
        return ambiguity

    def build_comparison(self, sign: Sign, left: _Operand, right: _Operand, span: Span) -> _Operand:
        """A comparison; ``a < b < c`` is ``a < b and b < c``."""
        if left.chain is None or left.bracketed:
            position = self.tree.call(sign.row, (left.position, right.position), span)
            return _Operand(position, span, chain=right.position)
        middle = self.tree.nodes[left.chain].span or left.span
        second = self.tree.call(sign.row, (left.chain, right.position), middle.to(right.span))
        position = self.tree.call(INFIX["and"].row, (left.position, second), span)
        return _Operand(position, span, chain=right.position)

    def finish(self) -> _Operand:
        """Build all that waits in the frame; its one operand."""
        self.reduce(0)
        return self.frame.operands.pop()

    def finish_argument(self) -> None:
        frame = self.frame
        argument = self.finish()
        if frame.keyword is None:
            if frame.keywords:
                raise ReadError("an argument stands after a named one", argument.span, "put name=value arguments last")
            frame.arguments.append(argument.position)
            return
        key = frame.keyword.text
        if key in frame.keywords:
            raise ReadError(f"the parameter '{key}' is given twice", frame.keyword.span, "give it once")
        frame.keywords[key] = (argument.position, frame.keyword.span)
        frame.keyword = None

    def close(self, token: Token) -> bool:
        frame = self.frame
        if len(self.frames) == 1 or (token.kind is TokenKind.CLOSE and CLOSING.get(frame.opener.text) != token.text):
            raise mismatched(frame.opener, token, len(self.frames) == 1)
        if frame.callee:
            self.finish_argument()
            return self.close_call(token)
        inner = self.finish()
        self.frames.pop()
        span = frame.opener.span.to(token.span)
        if token.kind is TokenKind.BAR:
            return self.push(_Operand(self.tree.call(FENCE, (inner.position,), span), span, bracketed=True))
        return self.push(_Operand(inner.position, span, bracketed=True))

    def close_call(self, token: Token) -> bool:
        frame = self.frames.pop()
        span = (frame.start or frame.opener.span).to(token.span)
        callee = frame.callee[0] if frame.callee else None
        position = build_call(self.tree, callee, frame.arguments, frame.keywords, span)
        return self.push(_Operand(position, span, bracketed=True))
