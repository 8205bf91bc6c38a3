"""The token stream between a lexer and the parser: any notation that becomes these tokens can be parsed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction

from derivcheck.source import Span


class TokenKind(Enum):
    """What a token is."""

    NUMBER = auto()  # value: Fraction; text: as written, in ASCII
    NAME = auto()  # text: as written
    SIGN = auto()  # text: an operator as the table's own notation writes it, or one of the signs below
    OPEN = auto()  # text: ( [ {
    CLOSE = auto()  # text: ) ] }
    BAR = auto()  # | or ‖, opening or closing by where it stands
    SUBSCRIPT = auto()  # right after a bar: ‖v‖₁; text: what is lowered
    ATTRIBUTE = auto()  # .T, .sum; text: the word after the dot
    TEXT = auto()  # "sum", the value of an option; text: without quotation marks
    COLON = auto()  # a whole axis, in the square brackets of an index
    COMMA = auto()
    ASSIGN = auto()  # a single =
    SEPARATOR = auto()  # ; or a line break outside brackets
    END = auto()


SUPERSCRIPT = "superscript"
"""The sign of a raised exponent; the bracket that follows holds the exponent. It binds tighter than ``^``."""

TRANSPOSE = "ᵀ"
"""The sign of a transpose, after its operand."""

NORM = "‖"
"""The bar of a norm."""

ROOT = "√"
CUBE_ROOT = "∛"
PARTIAL = "∂"
DIFF = "diff"
"""The sign of a derivative, made from ``∂f/∂x``; the bracket that follows holds the function and the variables."""

CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token and where it stands."""

    kind: TokenKind
    text: str
    span: Span
    value: Fraction | None = None
