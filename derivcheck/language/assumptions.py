"""Stated facts about inputs: ``t: onehot``, ``w: positive``, ``x > 0``, ``sum(t)=1``.

What is known of each fact is its row of :data:`derivcheck.language.facts.FACTS`.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from derivcheck.errors import PointError
from derivcheck.language.facts import FACTS, Fact
from derivcheck.language.items import halves, item_name, items, stripped, texts_of
from derivcheck.source import Source, Span


def _letters(words: str) -> str:
    return "".join(c for c in words.lower() if c.isalnum())


_SPELLED = {_letters(word): row for row in FACTS.values() for word in (row.name, *row.spellings)}
_RELATED = {relation: row for row in FACTS.values() for relation in row.relations}
_HINT = 'write --assume "t: onehot"; the facts are ' + ", ".join(FACTS)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A stated fact about one input.

    Attributes:
        name: the canonical name of the input.
        fact: the row of :data:`FACTS`.
        span: where it was stated, if in a text.
    """

    name: str
    fact: Fact
    span: Span | None = None

    @property
    def text(self) -> str:
        """The assumption as it is written."""
        return f"{self.name}: {self.fact.name}"


def read_assumptions(
    given: str | Iterable[str] | Mapping[str, Any] | None, known: Collection[str] | None = None
) -> tuple[Assumption, ...]:
    """Read stated facts.

    Args:
        given: ``"t: onehot, w: positive"``, several of these, or a mapping of names to a fact or several,
            ``{"t": "onehot", "A": ("symmetric", "positive")}``. The relations ``x > 0``, ``x >= 0``, ``x != 0``,
            ``sum(t) = 1`` and ``A = A.T`` are read as the facts that they state.
        known: canonical names of the inputs; any name if None.

    Returns:
        The assumptions in order, each once.

    Raises:
        PointError: an item that states no known fact, or a name that is not known.

    >>> [a.text for a in read_assumptions("t: one-hot, x > 0")]
    ['t: onehot', 'x: positive']
    """
    if given is None:
        return ()
    if isinstance(given, Mapping):
        found = [a for name, facts in given.items() for a in _given(name, facts)]
    else:
        found = []
        for source in texts_of(given, "--assume"):
            parts = items(source)
            if not parts:
                raise PointError("no fact is given", Span(source, 0, len(source.text)), _HINT)
            found += [_read_item(part) for part in parts]
    for assumption in found:
        if known is not None and assumption.name not in known:
            raise _unknown(assumption, known)
    first: dict[tuple[str, str], Assumption] = {}
    for assumption in found:
        first.setdefault((assumption.name, assumption.fact.name), assumption)
    return tuple(first.values())


def _unknown(assumption: Assumption, known: Collection[str]) -> PointError:
    near = difflib.get_close_matches(assumption.name, known, 3, 0.5)
    names = ", ".join(sorted(known)[:10]) or "none"
    hint = f"did you mean {' or '.join(near)}?" if near else f"the names of the expression are {names}"
    return PointError(f"the expression has no '{assumption.name}'", assumption.span, hint)


def _read_item(span: Span) -> Assumption:
    parts = halves(span, ":")
    if parts is None:
        return _read_relation(span)
    if not parts[0].text:
        raise PointError("'name: fact' is meant here", span, _HINT)
    return Assumption(item_name(parts[0].text, parts[0]), _fact(parts[1].text, parts[1]), span)


def _fact(words: str, span: Span | None) -> Fact:
    row = _SPELLED.get(_letters(words))
    if row is None:
        near = difflib.get_close_matches(_letters(words), _SPELLED, 1, 0.6)
        hint = f"did you mean {_SPELLED[near[0]].name}?" if near else _HINT
        raise PointError(f"'{words}' is no known fact" if words else "a fact is missing", span, hint)
    return row


def _read_relation(span: Span) -> Assumption:
    """``x > 0`` and the like: the relation of a row, whatever stands for its name, spaces aside."""
    text = "".join(span.text.split())
    for relation, row in _RELATED.items():
        before, *rest = relation.split("#")
        start = len(before)
        end = len(text) - sum(map(len, rest))
        name = text[start:end] if len(rest) == 1 else text[start : start + (end - start) // len(rest)]
        if name in span.text and relation.replace("#", name) == text and _is_name(name):
            return Assumption(item_name(name, span), row, span)
    raise PointError("'name: fact' is meant here", span, _HINT)


def _is_name(text: str) -> bool:
    try:
        item_name(text)
    except PointError:
        return False
    return True


def _given(name: Any, facts: Any) -> list[Assumption]:
    """The facts that a mapping from Python states of a name."""
    if not isinstance(name, str):
        raise PointError("the names of assumptions are text", None, 'write assume={"t": "onehot"}')
    words = [facts] if isinstance(facts, str) else list(facts) if isinstance(facts, Iterable) else [facts]
    if not all(isinstance(word, str) for word in words):
        raise PointError(f"the facts about '{name}' are words", None, 'write assume={"t": "onehot"}')
    sources = [Source(word, f"assumption about {name}") for word in words]
    return [
        Assumption(item_name(name), _fact(word, stripped(Span(source, 0, len(word)))))
        for word, source in zip(words, sources, strict=True)
    ]
