"""Prose in every language: one file per language, with the same keys.

A template holds places: ``{name}`` is filled with an argument, ``{name?a/b}`` chooses one of two forms by it (in
English singular or plural by a count, in Korean a particle by the final sound).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from derivcheck.errors import PointError
from derivcheck.language import printer
from derivcheck.report.blocks import Chain, Entries, Inline, Interval, Listing, Math, Phrase, Summation, Text

LANGUAGES = ("en", "ko")
"""The codes of all languages; the first is the default."""

Part = Text | Math | Chain | Interval | Entries | Summation
"""What is left of an inline when its phrases and listings are written out."""

_PLACE = re.compile(r"\{(\w+)(?:\?([^/{}]*)/([^/{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Language:
    """The prose of one language.

    Attributes:
        code: its ISO 639-1 code.
        phrases: the templates by key.
        choose: which of two forms fits after a text.
    """

    code: str
    phrases: Mapping[str, str]
    choose: Callable[[str, str, str], str]

    def resolve(self, inline: Inline) -> tuple[Part, ...]:
        """An inline as texts and formulas in order, with its phrases written out."""
        return tuple(self._parts(inline))

    def plain(self, inline: Inline) -> str:
        """An inline as one text, formulas in Unicode; what forms are chosen by."""
        return "".join(_plain(p, self) for p in self._parts(inline))

    def _parts(self, inline: Inline) -> Iterator[Part]:
        match inline:
            case Phrase(key, args):
                yield from self._filled(self.phrases[key], args)
            case Listing(items, separator):
                for k, item in enumerate(items):
                    if k:
                        yield Text(separator)
                    yield from self._parts(item)
            case _:
                yield inline

    def _filled(self, template: str, args: Mapping[str, Inline]) -> Iterator[Part]:
        end = 0
        for place in _PLACE.finditer(template):
            if template[end : place.start()]:
                yield Text(template[end : place.start()])
            name, first, second = place.groups()
            if first is None:
                yield from self._parts(args[name])
            else:
                yield Text(self.choose(self.plain(args[name]), first, second))
            end = place.end()
        if template[end:]:
            yield Text(template[end:])


def _plain(part: Part, language: Language) -> str:
    match part:
        case Text(text):
            return text
        case Math(expr, fenced):
            return f"({printer.unicode(expr)})" if fenced else printer.unicode(expr)
        case Chain(members):
            return " ".join(f"{sign} {language.plain(m)}".strip() for sign, m in members)
        case Interval(low, high):
            return f"[{language.plain(low)}, {language.plain(high)}]"
        case Entries(items):
            return f"[{', '.join(map(language.plain, items))}]"
        case Summation(indices):
            return f"Σ_{''.join(indices)}"


@lru_cache(maxsize=len(LANGUAGES))
def language(code: str) -> Language:
    """The language with the given code.

    Raises:
        PointError: there is no phrase file for it.
    """
    if code not in LANGUAGES:
        raise PointError(f"there is no language '{code}'", None, f"choose one of {', '.join(LANGUAGES)}")
    module = import_module(f"{__name__}.{code}")
    return Language(code, module.PHRASES, module.choose)
