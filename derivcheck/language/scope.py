"""What a word of an expression stands for."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from derivcheck.errors import ReadError
from derivcheck.language.array_words import ARRAY_SPELLINGS, Overload
from derivcheck.language.characters import is_mark, lowered
from derivcheck.language.names import canonical, unicode
from derivcheck.language.tokens import DIFF
from derivcheck.ops.array_rows import ArrayOp
from derivcheck.ops.catalogue import Entry
from derivcheck.ops.losses import CATALOGUE_SPELLINGS
from derivcheck.ops.row import Layout, Op
from derivcheck.ops.table import SPELLINGS
from derivcheck.source import Span


@dataclass(frozen=True, slots=True)
class Own:
    """A function that the author defined, with the number of its parameters."""

    name: str
    arity: int


Function = Op | ArrayOp | Overload | Entry | Own | None
"""What can be called: a row of either table, a function of the catalogue or of the author's own, or (None) ``diff``."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A variable or a constant that a word, or a part of it, stands for."""

    text: str
    constant: Op | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that are known where an expression stands.

    Attributes:
        known: canonical names that were given a value or defined.
        functions: the author's functions and their numbers of parameters.
        parameters: the parameters of the function whose body it is; they hide everything else.
    """

    known: Collection[str] = frozenset()
    functions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    parameters: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        """Whether ``name`` is a known variable."""
        return name in self.parameters or name in self.known

    def function(self, word: str, name: str) -> tuple[Function] | None:
        """The function that ``word`` names, in a tuple, unless a variable or no function has that name."""
        if self.holds(name):
            return None
        if name in self.functions:
            return (Own(name, self.functions[name]),)
        row, array = SPELLINGS.get(word), ARRAY_SPELLINGS.get(word)
        if row is not None and row.notation.layout is not Layout.NAME:
            return (row,) if array is None else (Overload(row, array),)
        if array is not None:
            return (array,)
        if word in CATALOGUE_SPELLINGS:
            return (CATALOGUE_SPELLINGS[word],)
        return (None,) if word == DIFF else None

    def factors(self, word: str, name: str, span: Span) -> tuple[Factor, ...]:
        """The product that ``word`` stands for: a single name where it is known or cannot be split into known names."""
        if self.holds(name):
            return (Factor(name),)
        constant = _constant(word) or _constant(name)
        if constant is not None:
            return (Factor(constant.name, constant),)
        return self._split(word) or _cut(word, span) or (Factor(name),)

    def _split(self, word: str) -> tuple[Factor, ...]:
        """The fewest known names whose product ``word`` is, the longest first among equals; empty if there is none."""
        if not self.known and not self.parameters:
            return ()
        best: dict[int, tuple[int, int, Factor | None]] = {len(word): (0, len(word), None)}
        for start in range(len(word) - 1, -1, -1):
            if not word[start].isalpha() or _continues(word, start):
                continue
            for end in range(len(word), start, -1):
                if end not in best or (best[end][0] + 1 >= best.get(start, (len(word) + 1,))[0]):
                    continue
                factor = self._known_factor(word[start:end])
                if factor is not None:
                    best[start] = (best[end][0] + 1, end, factor)
        found: list[Factor] = []
        at = 0
        while at in best:
            _, at, factor = best[at]
            if factor is None:
                return tuple(found)
            found.append(factor)
        return ()

    def _known_factor(self, part: str) -> Factor | None:
        if part.isascii():
            return Factor(part) if self.holds(part) else None
        try:
            name = canonical(part)
        except ReadError:
            return None
        if self.holds(name):
            return Factor(name)
        constant = _constant(part)
        return Factor(constant.name, constant) if constant is not None else None

    def near(self, word: str) -> list[str]:
        """Functions whose names look like ``word``."""
        spelled = {s.lower(): s for s in (*SPELLINGS, *_FURTHER, *self.functions, DIFF) if _is_function(s)}
        return [spelled[s] for s in difflib.get_close_matches(word.lower(), spelled, 3, 0.6)]

    def ends_with_function(self, word: str) -> str:
        """The function that a word such as ``xsin`` ends with, if what stands before it is made of known names."""
        for at in range(1, len(word)):
            if word[at:] in SPELLINGS and _is_function(word[at:]) and (self.holds(word[:at]) or self._split(word[:at])):
                return word[at:]
        return ""


_FURTHER = (*ARRAY_SPELLINGS, *CATALOGUE_SPELLINGS)


def is_symbol(name: str) -> bool:
    """Whether a canonical name is that of a single letter, so that it may be a variable though a function has it."""
    return len(unicode(name)) == 1


def _is_function(word: str) -> bool:
    return word not in SPELLINGS or SPELLINGS[word].notation.layout is not Layout.NAME


def _constant(word: str) -> Op | None:
    row = SPELLINGS.get(word)
    return row if row is not None and row.notation.layout is Layout.NAME else None


def _continues(word: str, at: int) -> bool:
    """Whether the character at ``at`` belongs to the letter before it."""
    return is_mark(word[at]) or bool(lowered(word[at]))


def _cut(word: str, span: Span) -> tuple[Factor, ...]:
    """A word with a constant's own letter in it, cut there: ``πr`` is π·r."""
    parts: list[Factor] = []
    begin = 0
    for at, letter in enumerate(word):
        constant = None if letter.isascii() else _constant(letter)
        after = word[at + 1 : at + 2]
        if constant is None or (after and (after in "0123456789_" or _continues(word, at + 1))):
            continue
        parts += _names(word[begin:at], span)
        parts.append(Factor(constant.name, constant))
        begin = at + 1
    return (*parts, *_names(word[begin:], span)) if parts else ()


def _names(part: str, span: Span) -> Iterable[Factor]:
    return [Factor(canonical(part, span))] if part else []


def normal(word: str) -> str:
    """A word as the table spells it."""
    return word if word.isascii() else unicodedata.normalize("NFC", word)
