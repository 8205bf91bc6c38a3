"""What the reader holds while brackets are open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from derivcheck.language.ambiguity import Ambiguity
from derivcheck.language.scope import Function
from derivcheck.language.signs import Sign
from derivcheck.language.tokens import Token
from derivcheck.source import Span

MAX_DEPTH = 1000
"""Brackets within brackets, and operators that wait for their right operand."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A node with the text it takes, brackets included.

    Attributes:
        position: the node.
        span: its text.
        bracketed: whether a bracket or a call encloses it.
        square: whether the bracket is a square one.
        bars: whether it is an absolute value written ``|…|``.
        chain: the right operand of the comparison that it ends with.
        ambiguity: how it can be read otherwise.
    """

    position: int
    span: Span
    bracketed: bool = False
    square: bool = False
    bars: bool = False
    chain: int | None = None
    ambiguity: Ambiguity | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """An operator that waits for its right operand; ``over`` holds the indices of a large operator."""

    sign: Sign
    span: Span
    implied: bool = False
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Static:
    """The value of a static parameter that is no expression: a text, a truth value, positions, None."""

    value: Any
    span: Span


@dataclass(slots=True)
class Frame:
    """An open bracket, bar or call; the first frame is the whole expression.

    ``over`` holds the indices that stand with the callee's name, ``method`` says that the first argument stood before
    a dot.
    """

    opener: Token
    callee: tuple[Function] | None = None
    start: Span | None = None
    over: tuple[str, ...] = ()
    method: bool = False
    operands: list[Operand] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    arguments: list[int] = field(default_factory=list)
    elements: list[Operand] = field(default_factory=list)
    keywords: dict[str, tuple[int | Static, Span]] = field(default_factory=dict)
    keyword: Token | None = None

    @property
    def lists(self) -> bool:
        """Whether it is a square bracket, whose commas separate elements."""
        return self.callee is None and self.opener.text == "["
