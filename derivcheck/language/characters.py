"""What single characters mean in names and formulas."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=8192)
def is_letter(character: str) -> bool:
    """Whether a character is a letter of a name; raised, lowered and modifier letters are not."""
    return unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lo") and not _shift(character)


def is_mark(character: str) -> bool:
    """Whether a character combines with the letter before it, such as U+0302 COMBINING CIRCUMFLEX ACCENT."""
    return not character.isascii() and unicodedata.category(character) in ("Mn", "Mc")


@lru_cache(maxsize=8192)
def lowered(character: str) -> str:
    """The letter or digit that a subscript character lowers (``₁`` → ``1``), or the empty text."""
    return _plain(character) if _shift(character) == "<sub>" else ""


@lru_cache(maxsize=8192)
def raised(character: str) -> str:
    """The character that a superscript character raises (``²`` → ``2``, ``⁻`` → ``−``), or the empty text."""
    return _plain(character) if _shift(character) == "<super>" else ""


def flatten(text: str) -> str:
    """The text with each character that is only another form of one character replaced by it.

    Mathematical and full-width letters, digits and signs become plain ones; the length, and so every position, stays.
    """
    return text if text.isascii() else "".join(_flat(c) for c in text)


def describe(character: str) -> str:
    """A character as an error message names it."""
    if character.isprintable() and not unicodedata.combining(character):
        return f"'{character}'"
    try:
        return f"U+{ord(character):04X} {unicodedata.name(character)}"
    except ValueError:
        return f"the control character U+{ord(character):04X}"


@lru_cache(maxsize=8192)
def _shift(character: str) -> str:
    """The tag ``<sub>`` or ``<super>`` of a subscript or superscript, or the empty text."""
    tag = unicodedata.decomposition(character).partition(" ")[0]
    return tag if tag in ("<sub>", "<super>") else ""


def _plain(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and character not in "ªº" else ""


@lru_cache(maxsize=8192)
def _flat(character: str) -> str:
    if character.isascii() or _shift(character):
        return character
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character
