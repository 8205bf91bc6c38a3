"""Plain text to tokens."""

from __future__ import annotations

import re

from derivcheck.errors import ReadError
from derivcheck.language.characters import describe, flatten, is_letter, is_mark, lowered, raised
from derivcheck.language.names import WORDS
from derivcheck.language.numerals import NUMERAL, read_numeral
from derivcheck.language.tokens import CLOSING, CUBE_ROOT, NORM, PARTIAL, ROOT, SUPERSCRIPT, TRANSPOSE, Token, TokenKind
from derivcheck.source import Source, Span

MAX_CHARACTERS = 1_000_000
"""The longest text that is read."""

_SIGNS = {
    "**": "^", "<=": "<=", ">=": ">=", "==": "==", "!=": "!=", "&&": "and",
    "+": "+", "-": "-", "*": "*", "/": "/", "^": "^", "<": "<", ">": ">",
    "−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∗": "*", "∙": "*", "•": "*", "÷": "/", "∕": "/", "⁄": "/",
    "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "∧": "and", "∨": "or", "¬": "not",
    "√": ROOT, "∛": CUBE_ROOT, "∂": PARTIAL, "@": "@", "⊙": "⊙", "∘": "⊙", "⊤": TRANSPOSE,
}  # fmt: skip
_OTHERS = {
    **dict.fromkeys("([{", TokenKind.OPEN),
    **dict.fromkeys(")]}", TokenKind.CLOSE),
    **dict.fromkeys(("|", "∣", NORM), TokenKind.BAR),
    ",": TokenKind.COMMA,
    "=": TokenKind.ASSIGN,
    ";": TokenKind.SEPARATOR,
    "\n": TokenKind.SEPARATOR,
}
_ADVICE = {
    "%": "there is no remainder; a percentage is written x/100",
    "!": "for a factorial write gamma(n+1); for 'not equal' write !=; for 'not' write not",
    ":": "to give a name a value write name = value; a whole axis is X[:, 1]",
    '"': 'a text in quotation marks is the value of an option only: reduction="sum"',
    "'": "primes are not read; write diff(f, x) for a derivative, x_1 or xnew for a second x",
    "`": "write the formula without backticks",
    ".": "numbers are written 2.5 or .5, a product 2*x, a transpose X.T",
    "&": "write and",
    "~": "write not",
    "?": "to choose between two values write where(condition, a, b)",
    "$": "write the formula without dollar signs",
    "\\": "LaTeX commands are not read here; write sqrt(x), alpha, 1/2",
    "#": "comments are not read; write the formula only",
    "_": "a name begins with a letter",
    "∇": "write diff(f, x) for a derivative",
    "∞": "numbers are finite",
    "±": "write two expressions, one for each sign",
    "′": "write diff(f, x) for a derivative, x_1 or xnew for a second x",
    "’": "write diff(f, x) for a derivative, x_1 or xnew for a second x",
    "←": "to give a name a value write name = value",
    "≈": "write == to compare",
}
_LIKE = {ord("∑"): "Σ", ord("∏"): "Π", ord("∥"): NORM}
"""Signs that look like another and mean the same."""
_TOP = r"\top"
_ADVICE |= dict(zip("½⅓⅔¼¾", ("write 1/2", "write 1/3", "write 2/3", "write 1/4", "write 3/4"), strict=True))
_ASCII_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ATTRIBUTE = re.compile(r"\.([A-Za-z][A-Za-z0-9_]*)")
_SUBSCRIPT = re.compile(r"_([A-Za-z0-9∞]+)")
_SPACE = re.compile(r"[ \t\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
_IGNORED = frozenset("\u200b\u2060\ufeff\u2061\u2062\u200c\u200d")  # invisible characters of copied formulas


def tokenize(source: Source) -> list[Token]:
    """The tokens of a plain text, the last of kind END.

    A line break separates statements unless a bracket is open. A raised run such as ``⁻¹`` becomes the sign
    SUPERSCRIPT and a bracket around what it raises.

    Raises:
        ReadError: the text is too long, or a character has no meaning here.
    """
    if len(source.text) > MAX_CHARACTERS:
        raise ReadError(
            f"a text of {len(source.text):,} characters is too long", None, f"at most {MAX_CHARACTERS:,} are read"
        )
    lexer = _Lexer(source)
    lexer.read(flatten(source.text).translate(_LIKE), 0)
    end = len(source.text)
    lexer.tokens.append(Token(TokenKind.END, "", Span(source, end, end)))
    return lexer.tokens


class _Lexer:
    """The tokens read so far, and how many brackets are open."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens: list[Token] = []
        self.depth = 0

    def span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    def read(self, text: str, offset: int) -> None:
        """Read all of ``text``, which stands at ``offset`` in the source."""
        at = 0
        while at < len(text):
            space = _SPACE.match(text, at)
            if space is not None:
                at = space.end()
            elif text[at] in _IGNORED:
                at += 1
            elif is_letter(text[at]):
                at = self.read_name(text, at, offset)
            elif text[at].isascii() and (text[at].isdigit() or text[at] == "."):
                at = self.read_number(text, at, offset)
            elif raised(text[at]):
                at = self.read_superscript(text, at, offset)
            elif self.after_bar() and (lowered(text[at]) or _SUBSCRIPT.match(text, at)):
                at = self.read_subscript(text, at, offset)
            elif text[at] in "\"'" and self.at_option():
                at = self.read_text(text, at, offset)
            else:
                at = self.read_sign(text, at, offset)

    def read_name(self, text: str, start: int, offset: int) -> int:
        """A name ends with its subscript, so that ``x₁y`` is two."""
        match = _ASCII_NAME.match(text, start)
        end = start + 1 if match is None else match.end()
        while end < len(text) and (is_letter(text[end]) or is_mark(text[end]) or text[end] in "0123456789_"):
            end += 1
        while end < len(text) and lowered(text[end]):
            end += 1
        word = text[start:end]
        kind = TokenKind.SIGN if word in WORDS else TokenKind.NAME
        self.tokens.append(Token(kind, word, self.span(offset + start, offset + end)))
        return end

    def read_number(self, text: str, start: int, offset: int) -> int:
        match = NUMERAL.match(text, start)
        if match is None and (word := _ATTRIBUTE.match(text, start)):
            self.tokens.append(Token(TokenKind.ATTRIBUTE, word[1], self.span(offset + start, offset + word.end())))
            return word.end()
        if match is None:
            raise self.unexpected(text[start], offset + start)
        end = match.end()
        if end < len(text) and text[end] == "_":
            raise ReadError(
                "an underscore stands in a number", self.span(offset + start, offset + end + 1), "write 1000 for 1_000"
            )
        span = self.span(offset + start, offset + end)
        self.tokens.append(Token(TokenKind.NUMBER, match[0], span, read_numeral(match[0], span)))
        return end

    def read_superscript(self, text: str, start: int, offset: int) -> int:
        end = start
        while end < len(text) and raised(text[end]):
            end += 1
        first, last = self.span(offset + start, offset + start + 1), self.span(offset + end - 1, offset + end)
        if text[start:end] == TRANSPOSE:
            self.tokens.append(Token(TokenKind.SIGN, TRANSPOSE, first))
            return end
        self.tokens += [Token(TokenKind.SIGN, SUPERSCRIPT, first), Token(TokenKind.OPEN, "(", first)]
        self.read("".join(raised(c) for c in text[start:end]), offset + start)
        self.tokens.append(Token(TokenKind.CLOSE, ")", last))
        return end

    def after_bar(self) -> bool:
        return bool(self.tokens) and self.tokens[-1].kind is TokenKind.BAR

    def read_subscript(self, text: str, start: int, offset: int) -> int:
        """``₁`` or ``_1`` after the bar of a norm."""
        match = _SUBSCRIPT.match(text, start)
        end = start if match is None else match.end()
        while end < len(text) and match is None and lowered(text[end]):
            end += 1
        word = "".join(lowered(c) for c in text[start:end]) if match is None else match[1]
        self.tokens.append(Token(TokenKind.SUBSCRIPT, word, self.span(offset + start, offset + end)))
        return end

    def at_option(self) -> bool:
        return self.depth > 0 and self.tokens[-1].kind is TokenKind.ASSIGN

    def read_text(self, text: str, start: int, offset: int) -> int:
        """A text in quotation marks, which ends on its line."""
        end = text.find(text[start], start + 1)
        if end < 0 or "\n" in text[start:end]:
            where = self.span(offset + start, offset + start + 1)
            raise ReadError("this quotation mark has no partner", where, f"write {text[start]} after the text")
        self.tokens.append(Token(TokenKind.TEXT, text[start + 1 : end], self.span(offset + start, offset + end + 1)))
        return end + 1

    def read_sign(self, text: str, start: int, offset: int) -> int:
        for sign in (text[start : start + 2], text[start]):
            if sign in _SIGNS:
                span = self.span(offset + start, offset + start + len(sign))
                self.tokens.append(Token(TokenKind.SIGN, _SIGNS[sign], span))
                return start + len(sign)
        if text.startswith(_TOP, start):
            self.tokens.append(Token(TokenKind.SIGN, TRANSPOSE, self.span(offset + start, offset + start + len(_TOP))))
            return start + len(_TOP)
        kind = TokenKind.COLON if text[start] == ":" and self.depth else _OTHERS.get(text[start])
        if kind is None:
            raise self.unexpected(text[start], offset + start)
        self.depth += (kind is TokenKind.OPEN) - (kind is TokenKind.CLOSE and self.depth > 0)
        if text[start] != "\n" or self.depth == 0:
            self.tokens.append(Token(kind, text[start], self.span(offset + start, offset + start + 1)))
        return start + 1

    def unexpected(self, character: str, at: int) -> ReadError:
        shown = describe(character)
        if is_mark(character):
            return ReadError(f"{shown} stands on no letter", self.span(at, at + 1), "an accent follows its letter")
        advice = _ADVICE.get(character, "write formulas with names, numbers, + - * / ^, brackets and functions")
        return ReadError(f"{shown} has no meaning here", self.span(at, at + 1), advice)


def matching(tokens: list[Token]) -> dict[int, int]:
    """The position of the closing bracket of each opening one that has one."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for k, token in enumerate(tokens):
        if token.kind is TokenKind.OPEN:
            opened.append(k)
        elif token.kind is TokenKind.CLOSE and opened and CLOSING[tokens[opened[-1]].text] == token.text:
            pairs[opened.pop()] = k
    return pairs
