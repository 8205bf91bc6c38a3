"""Text that a person wrote, and places in it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """A text with a name for messages, such as ``expression`` or ``--at``."""

    text: str
    name: str = "expression"


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open range ``start:end`` of characters of a source."""

    source: Source = field(repr=False)
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end <= len(self.source.text):
            raise ValueError(f"span {self.start}:{self.end} lies outside a text of {len(self.source.text)} characters")

    @property
    def text(self) -> str:
        """The characters of the span."""
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        """The line on which the span starts, counted from 1."""
        return self.source.text.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """The column in which the span starts, counted from 1 in characters."""
        return self.start - (self.source.text.rfind("\n", 0, self.start) + 1) + 1

    def to(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))

    def excerpt(self, width: int = 76) -> str:
        """The line of the span, cut to ``width`` terminal cells around it, with carets beneath."""
        text = self.source.text
        begin = text.rfind("\n", 0, self.start) + 1
        newline = text.find("\n", self.start)
        stop = len(text) if newline < 0 else newline
        left, right = _window(begin, stop, self.start, min(self.end, stop), width)
        shown = "".join(c if c.isprintable() else "�" for c in text[left:right])
        lead, tail = ("…" if left > begin else ""), ("…" if right < stop else "")
        before = shown[: self.start - left]
        marked = shown[self.start - left : max(min(self.end, right) - left, self.start - left)]
        carets = "^" * max(1, cells(marked))
        return f"  {lead}{shown}{tail}\n  {' ' * (len(lead) + cells(before))}{carets}"


def cells(text: str) -> int:
    """The number of terminal cells that ``text`` takes: two for East Asian wide letters, none for combining marks."""
    return sum(_cell(c) for c in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _window(begin: int, stop: int, start: int, end: int, width: int) -> tuple[int, int]:
    """The part of ``begin:stop`` of at most ``width`` characters that shows the start of ``start:end``."""
    if stop - begin <= width:
        return begin, stop
    room = max(width - min(end - start, width // 2), 0) // 2
    left = max(begin, min(start - room, stop - width))
    return left, min(stop, left + width)
