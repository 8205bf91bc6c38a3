"""Names of variables: one identity, the canonical name, for every way of writing one; and how it is shown.

A canonical name begins with a letter and holds letters, digits and underscores. A Greek letter becomes its English
name (``α`` → ``alpha``), an accent a suffix (``ŷ`` → ``yhat``), a subscript follows an underscore (``x₁`` → ``x_1``).
Letters of other scripts stay as they are (NFC).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from derivcheck.errors import ReadError
from derivcheck.language.characters import describe, flatten, is_letter, is_mark, lowered
from derivcheck.source import Span

MAX_LENGTH = 100
"""Characters of the longest name."""

WORDS = frozenset({"and", "or", "not"})
"""Words of the language, which are no names."""

_MARKS = {
    "\u0302": "hat", "\u0304": "bar", "\u0305": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0308": "ddot",
    "\u030c": "check", "\u20d7": "vec", "\u0301": "acute", "\u0300": "grave", "\u0306": "breve",
}  # fmt: skip
_ACCENTS = {word: mark for mark, word in reversed(_MARKS.items())}

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi",
    "ρ": "rho", "ς": "varsigma", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega",
}  # fmt: skip
_GREEK |= {g.upper(): n.capitalize() for g, n in _GREEK.items() if g != "ς"}
_SHOWN = {n: g for g, n in _GREEK.items() if g.islower() or g in "ΓΔΘΛΞΠΣΥΦΨΩ"}
del _SHOWN["omicron"]
_SUBSCRIPTS = dict(zip("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))

_ASCII = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def canonical(text: str, span: Span | None = None) -> str:
    """The canonical name of a variable as someone wrote it, in any Unicode normal form.

    Args:
        text: the name as written.
        span: where it stands, for the error message.

    Raises:
        ReadError: the text is no name.

    >>> canonical("ŷ"), canonical("x₁"), canonical("α")
    ('yhat', 'x_1', 'alpha')
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise ReadError(f"a name of {len(text)} characters is too long", span, f"use at most {MAX_LENGTH} characters")
    if text in WORDS:
        raise ReadError(f"'{text}' is a word of the language and no name", span, "choose another name")
    if _ASCII.fullmatch(text):
        return text
    return _canonical(text, span)


def _canonical(text: str, span: Span | None) -> str:
    """The canonical name of a text that is not a plain ASCII name."""
    stem = flatten(unicodedata.normalize("NFC", text))
    index = ""
    while stem and lowered(stem[-1]):
        stem, index = stem[:-1], lowered(stem[-1]) + index
    _check(stem, text, span)
    spelled = "".join(_spelled(c) for c in _clusters(stem))
    joint = "_" if index and not spelled.endswith("_") else ""
    return spelled + joint + "".join(_GREEK.get(c, c) for c in index)


def _check(stem: str, text: str, span: Span | None) -> None:
    """Raise unless ``stem``, a name without its subscript, is made as a name is."""
    if not stem or not is_letter(stem[0]):
        raise ReadError(f"'{text}' is no name" if text else "a name is missing", span, "a name begins with a letter")
    for c in stem:
        if c in "'′″‴’":
            raise ReadError("a prime cannot stand in a name", span, "write x_1 or xnew for x'; diff(f, x) for f'")
        if lowered(c):
            raise ReadError(
                f"'{text}' goes on after its subscript", span, "a subscript ends a name: write x₁·y or x_1y"
            )
        if not (is_letter(c) or is_mark(c) or c in "0123456789_"):
            raise ReadError(f"{describe(c)} cannot stand in a name", span, "use letters, digits and underscores")


def _clusters(text: str) -> list[str]:
    """Letters with the marks that follow them."""
    found: list[str] = []
    for c in text:
        if found and is_mark(c):
            found[-1] += c
        else:
            found.append(c)
    return found


@lru_cache(maxsize=4096)
def _spelled(cluster: str) -> str:
    base, *marks = list(unicodedata.normalize("NFD", cluster))
    if not (base in _GREEK or _is_latin(base)) or any(m not in _MARKS for m in marks):
        return unicodedata.normalize("NFC", cluster)
    return _GREEK.get(base, base) + "".join(_MARKS[m] for m in marks)


def _is_latin(letter: str) -> bool:
    return len(letter) == 1 and letter.isascii() and letter.isalpha()


def own(name: str) -> str:
    """The name as the language writes it: the canonical name itself."""
    return name


@lru_cache(maxsize=4096)
def unicode(name: str) -> str:
    """A canonical name as people write it; reading it back gives the same name.

    >>> unicode("yhat"), unicode("x_1"), unicode("alpha"), unicode("w_new")
    ('ŷ', 'x₁', 'α', 'w_new')
    """
    if name.endswith("]"):  # one element of an array
        array, _, position = name.partition("[")
        return f"{unicode(array)}[{position}"
    base, underscore, index = name.partition("_")
    letter, accent = _parts(base)
    shown = unicodedata.normalize("NFC", _SHOWN.get(letter, letter) + _ACCENTS.get(accent, ""))
    if index in _SUBSCRIPTS or (index.isascii() and index.isdigit()):
        return shown + "".join(_SUBSCRIPTS[c] for c in index)
    return shown + underscore + index


def _parts(base: str) -> tuple[str, str]:
    """The letter and the accent of ``yhat``; a base that is no accented letter is given back whole."""
    for accent in _ACCENTS:
        letter = base.removesuffix(accent)
        if letter != base and (_is_latin(letter) or letter in _SHOWN):
            return letter, accent
    return base, ""


@lru_cache(maxsize=4096)
def latex(name: str) -> str:
    r"""A canonical name in LaTeX's mathematical mode.

    >>> print(latex("yhat"), latex("x_1"), latex("alpha"), latex("w_new"))
    \hat{y} x_{1} \alpha w_{\text{new}}
    """
    if name.endswith("]"):  # one element of an array
        array, _, position = name.partition("[")
        return f"{latex(array)}[{position}"
    base, _, index = name.partition("_")
    letter, accent = _parts(base)
    shown = rf"\{accent}{{{_latex_letters(letter, 'mathrm')}}}" if accent else _latex_letters(base, "mathrm")
    if not index:
        return shown + (r"\_" if name.endswith("_") else "")
    indices = ",".join(i if i.isdigit() else _latex_letters(i, "text") for i in index.split("_"))
    return f"{shown}_{{{indices}}}"


def _latex_letters(letters: str, font: str) -> str:
    if letters in _SHOWN:
        return rf"\{letters}"
    if len(letters) <= 1 and letters.isascii():
        return letters
    return rf"\{font}{{{letters}}}" if letters.isascii() else rf"\text{{{letters}}}"
