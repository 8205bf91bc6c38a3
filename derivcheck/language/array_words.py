"""The words and signs of array operations and of the catalogue's functions, read from their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from derivcheck.errors import ReadError
from derivcheck.language.characters import lowered
from derivcheck.ops.array_rows import ARRAY_ROWS, ArrayOp, Setting
from derivcheck.ops.row import Layout, Op
from derivcheck.source import Span


@dataclass(frozen=True, slots=True)
class Overload:
    """A word that names an elementwise operation and one along axes; the arguments decide."""

    row: Op
    array: ArrayOp


def _words(row: ArrayOp) -> tuple[str, ...]:
    own = (row.notation.own,) if row.notation.own.isidentifier() else ()
    return (row.name, *own, *row.notation.aliases)


ARRAY_SPELLINGS: Mapping[str, ArrayOp] = MappingProxyType(
    {word: row for row in ARRAY_ROWS.values() for word in _words(row)}
)
"""Array operations by every word under which a person may write them."""

NORM_ROW: ArrayOp = next(row for row in ARRAY_ROWS.values() if row.notation.layout is Layout.FENCE)
"""The operation of double bars."""

TRANSPOSE_ROW: ArrayOp = next(row for row in ARRAY_ROWS.values() if row.notation.layout is Layout.POSTFIX)
"""The operation of a sign behind its operand."""

ATTRIBUTES: Mapping[str, ArrayOp] = MappingProxyType(
    {row.notation.own[1:]: row for row in ARRAY_ROWS.values() if row.notation.layout is Layout.POSTFIX}
)
"""Operations that are written ``.word`` behind their operand."""

BIG_SIGNS: Mapping[str, str] = MappingProxyType({r"\sum": "Σ", r"\prod": "Π"})
"""The letter of an operation that is a large operator in LaTeX, ``Σᵢ``."""

_BIG: Mapping[str, ArrayOp] = MappingProxyType(
    {BIG_SIGNS[row.notation.latex]: row for row in ARRAY_ROWS.values() if row.notation.latex in BIG_SIGNS}
)


def takes_indices(row: ArrayOp) -> bool:
    """Whether the operation can run over named indices."""
    return any(p.setting is Setting.OVER for p in row.params)


def big_operator(word: str, span: Span) -> tuple[ArrayOp, tuple[str, ...]] | None:
    """The operation and its indices of ``Σᵢ``, ``Σ_i``, ``Πᵢⱼ``; None for every other word.

    Raises:
        ReadError: bounds stand at the sign.
    """
    found = _subscripted(word, _BIG)
    if found is not None and any("=" in index for index in found[1]):
        hint = f"write {word[0]}ᵢ: it runs over the whole axis"
        raise ReadError(f"the bounds of {word[0]} are not read", span, hint)
    return found


def indexed_function(word: str) -> tuple[ArrayOp, tuple[str, ...]] | None:
    """The operation and its indices of ``sum_i``, ``mean_i``; None for every other word."""
    found = _subscripted(word, ARRAY_SPELLINGS)
    return found if found is not None and takes_indices(found[0]) else None


def _subscripted(word: str, rows: Mapping[str, ArrayOp]) -> tuple[ArrayOp, tuple[str, ...]] | None:
    stem = word
    while stem and lowered(stem[-1]):
        stem = stem[:-1]
    base, _, written = stem.partition("_")
    index = written + "".join(lowered(c) for c in word[len(stem) :])
    if base not in rows or not index[:1].isalpha():
        return None
    return rows[base], split_indices(index)


def split_indices(index: str) -> tuple[str, ...]:
    """The indices of a subscript: each letter is one, digits belong to the letter before them."""
    found: list[str] = []
    for c in index:
        if c.isdigit() and found:
            found[-1] += c
        elif c != "_":
            found.append(c)
    return tuple(found)
