"""The condition under which two formulas are equal, as short as the pieces allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derivcheck.equality.proof import Piece


def condition_text(
    good: Sequence[Piece], bad: Sequence[Piece], texts: Sequence[tuple[str, str, str]], *, jumped: bool
) -> str:
    """A condition that holds on the good pieces and on none of the bad ones: ``x > 0``, or several joined by ``or``.

    Where the formulas may jump the condition leaves out every edge, also those between two good pieces.
    """
    signed = {k for p in (*good, *bad) for k in p.signs}
    apart = [text[2].replace("==", "!=") for k, text in enumerate(texts) if k not in signed]
    written = [_written(p.signs if jumped else _shortened(p.signs, bad), texts) for p in good]
    found = dict.fromkeys(" and ".join([w, *apart]) for w in written)
    if len(found) == 1:
        return next(iter(found))
    return " or ".join(f"({t})" if " and " in t else t for t in found)


def _shortened(signs: Mapping[int, int], bad: Sequence[Piece]) -> Mapping[int, int]:
    """The signs without those that are not needed to keep the bad pieces out."""
    kept = dict(signs)
    for number in signs:
        fewer = {k: s for k, s in kept.items() if k != number}
        if not any(_meets(fewer, p.signs) for p in bad):
            kept = fewer
    return kept


def _meets(signs: Mapping[int, int], other: Mapping[int, int]) -> bool:
    return all(other.get(k, s) == s for k, s in signs.items())


def _written(signs: Mapping[int, int], texts: Sequence[tuple[str, str, str]]) -> str:
    return " and ".join(texts[k][0 if s > 0 else 1] for k, s in signs.items())
