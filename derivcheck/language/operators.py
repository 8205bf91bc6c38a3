"""The operators of an expression while it is read: what waits for an operand, and the nodes that are built."""

from __future__ import annotations

from derivcheck.errors import ReadError
from derivcheck.language.ambiguity import Ambiguity
from derivcheck.language.array_words import NORM_ROW
from derivcheck.language.expr import NodeKind
from derivcheck.language.frames import MAX_DEPTH, Frame, Operand, Pending, Static
from derivcheck.language.signs import CONJUNCTION, FENCE, Sign
from derivcheck.language.tokens import NORM, Token
from derivcheck.language.tree import Tree
from derivcheck.ops.array_rows import Setting
from derivcheck.ops.row import Op
from derivcheck.source import Span


class Operators:
    """The open frames with their operands and operators; the tree grows as operators find their operands."""

    def __init__(self, opener: Token) -> None:
        self.tree = Tree()
        self.ambiguities: list[Ambiguity] = []
        self.frames = [Frame(opener)]

    @property
    def frame(self) -> Frame:
        """The frame that is open."""
        return self.frames[-1]

    def open(self, frame: Frame) -> bool:
        """Begin a bracket, a bar or a call."""
        if len(self.frames) > MAX_DEPTH:
            raise ReadError(
                f"more than {MAX_DEPTH:,} brackets are open", frame.opener.span, "give inner parts a name: u = …; u^2"
            )
        self.frames.append(frame)
        return True

    def push(self, operand: Operand) -> bool:
        """A value has been read."""
        self.frame.operands.append(operand)
        return False

    def at_argument(self) -> bool:
        """Whether an argument or an element begins here."""
        return not self.frame.operands and not self.frame.pending and self.frame.keyword is None

    def wait_infix(self, sign: Sign, span: Span, implied: bool = False) -> bool:
        """A sign between two operands; what binds tighter to its left is built."""
        last = self.frame.pending[-1] if self.frame.pending else None
        if last is not None and last.sign.implies and sign.power and not self.frame.operands[-1].bracketed:
            raise ReadError("a power of a root can be read in two ways", last.span.to(span), "write √(x^2) or (√(x))^2")
        self.reduce(sign.precedence, sign.rightward)
        return self.wait(Pending(sign, span, implied))

    def wait(self, pending: Pending) -> bool:
        """An operator has been read."""
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

    def build(self, pending: Pending) -> None:
        """Build one operator on the last operands."""
        operands = self.frame.operands
        right = operands.pop()
        sign = pending.sign
        if sign.prefix:
            span = pending.span.to(right.span)
            position = self.make(pending, (right.position,), span)
            ambiguity = Ambiguity(sign.row.name, (), right.position, span) if sign.implies else None
            self.push(Operand(position, span, ambiguity=self.note(ambiguity)))
            return
        left = operands.pop()
        span = left.span.to(right.span)
        if sign.compares:
            self.push(self.build_comparison(sign, left, right, span))
            return
        position = self.make(pending, (left.position, right.position), span)
        ambiguity = None
        if pending.implied and left.ambiguity is not None and not left.bracketed:
            ambiguity = left.ambiguity
            ambiguity.extend(right.position, span)
        elif sign.divides and not right.bracketed:
            ambiguity = self.note(Ambiguity(sign.row.name, (left.position,), right.position, span))
        self.push(Operand(position, span, ambiguity=ambiguity))

    def make(self, pending: Pending, children: tuple[int, ...], span: Span) -> int:
        """The node of an operator."""
        row = pending.sign.row
        if isinstance(row, Op):
            return self.tree.call(row, children, span, implied=pending.implied)
        params = tuple(pending.over if p.setting is Setting.OVER else p.default for p in row.params)
        return self.tree.array_call(row, children, span, params)

    def note(self, ambiguity: Ambiguity | None) -> Ambiguity | None:
        """Remember what can be read in two ways."""
        if ambiguity is not None:
            self.ambiguities.append(ambiguity)
        return ambiguity

    def build_comparison(self, sign: Sign, left: Operand, right: Operand, span: Span) -> Operand:
        """A comparison; ``a < b < c`` is ``a < b and b < c``."""
        if not isinstance(sign.row, Op):
            raise TypeError(f"{sign.row.name} is no comparison")
        if left.chain is None or left.bracketed:
            position = self.tree.call(sign.row, (left.position, right.position), span)
            return Operand(position, span, chain=right.position)
        middle = self.tree.nodes[left.chain].span or left.span
        second = self.tree.call(sign.row, (left.chain, right.position), middle.to(right.span))
        position = self.tree.call(CONJUNCTION, (left.position, second), span)
        return Operand(position, span, chain=right.position)

    def finish(self) -> Operand:
        """Build all that waits in the frame; its one operand."""
        self.reduce(0)
        return self.frame.operands.pop()

    def finish_argument(self) -> None:
        """An argument of a call ends."""
        frame = self.frame
        argument = self.finish()
        if frame.keyword is None:
            if frame.keywords:
                raise ReadError("an argument stands after a named one", argument.span, "put name=value arguments last")
            frame.arguments.append(argument.position)
            return
        self.keep(frame.keyword, argument.position)

    def keep(self, keyword: Token, value: int | Static) -> None:
        """Remember what a named argument is."""
        if keyword.text in self.frame.keywords:
            raise ReadError(f"the parameter '{keyword.text}' is given twice", keyword.span, "give it once")
        self.frame.keywords[keyword.text] = (value, keyword.span)
        self.frame.keyword = None

    def close_bars(self, inner: Operand, token: Token, span: Span) -> bool:
        """An absolute value or a norm; two bars right beside each other on both sides are a norm's, ``||v||``."""
        single = inner.span.start == span.start + 1 and inner.span.end == span.end - 1
        if token.text == NORM:
            return self.push(Operand(self.tree.array_call(NORM_ROW, (inner.position,), span), span, bracketed=True))
        if inner.bars and single:
            position = self.tree.array_call(NORM_ROW, self.tree.nodes[inner.position].children, span)
            return self.push(Operand(position, span, bracketed=True))
        position = self.tree.call(FENCE, (inner.position,), span)
        return self.push(Operand(position, span, bracketed=True, bars=True))

    def close_list(self, token: Token) -> bool:
        """A square bracket: an array where a comma stands in it or its elements are square brackets, else a group."""
        frame = self.frame
        comma = bool(frame.elements)
        if frame.operands or frame.pending:
            frame.elements.append(self.finish())
        self.frames.pop()
        span = frame.opener.span.to(token.span)
        if not comma and not frame.elements[0].square:
            return self.push(Operand(frame.elements[0].position, span, bracketed=True, square=True))
        children = tuple(e.position if not e.square else self.as_array(e) for e in frame.elements)
        return self.push(Operand(self.tree.array(children, span), span, bracketed=True, square=True))

    def as_array(self, operand: Operand) -> int:
        """A square bracket as an array, of one element where it was read as a group."""
        if self.tree.nodes[operand.position].kind is NodeKind.ARRAY:
            return operand.position
        return self.tree.array((operand.position,), operand.span)
