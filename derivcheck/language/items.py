"""Lists of ``name=…`` and ``name: …`` items in a text, each with its place."""

from __future__ import annotations

from collections.abc import Iterable

from derivcheck.errors import PointError, ReadError
from derivcheck.language.names import canonical
from derivcheck.source import Source, Span

MAX_CHARACTERS = 1_000_000
"""The longest list that is read."""

_OPENING, _CLOSING = "([{", ")]}"


def items(source: Source) -> list[Span]:
    """The items between commas, semicolons and line breaks outside brackets, without the spaces around them.

    Raises:
        PointError: a bracket that is never closed or never opened, or a text that is too long.
    """
    text = source.text
    if len(text) > MAX_CHARACTERS:
        raise PointError(
            f"a list of {len(text):,} characters is too long", None, f"at most {MAX_CHARACTERS:,} are read"
        )
    found: list[Span] = []
    opened: list[int] = []
    start = 0
    for at, c in enumerate(text):
        if c in _OPENING:
            opened.append(at)
        elif c in _CLOSING:
            if not opened or _CLOSING[_OPENING.index(text[opened.pop()])] != c:
                raise PointError(f"'{c}' closes no bracket", Span(source, at, at + 1), "check the brackets")
        elif c in ",;\n" and not opened:
            found.append(stripped(Span(source, start, at)))
            start = at + 1
    if opened:
        raise PointError("this bracket is never closed", Span(source, opened[-1], opened[-1] + 1), "add the other one")
    found.append(stripped(Span(source, start, len(text))))
    return [span for span in found if span.text]


def stripped(span: Span) -> Span:
    """The span without the spaces at its ends."""
    text = span.text
    start = span.start + len(text) - len(text.lstrip())
    return Span(span.source, start, max(start, span.start + len(text.rstrip())))


def halves(span: Span, sign: str) -> tuple[Span, Span] | None:
    """What stands before and after the first ``sign`` of an item, or None if it has none."""
    at = span.text.find(sign)
    if at < 0:
        return None
    middle = span.start + at
    return stripped(Span(span.source, span.start, middle)), stripped(Span(span.source, middle + len(sign), span.end))


def item_name(text: str, span: Span | None = None, where: str = "") -> str:
    """A canonical name; what is no name raises the error of a point, which begins with ``where``, such as a file.

    Raises:
        PointError: the text is no name.
    """
    try:
        return canonical(text, span)
    except ReadError as error:
        raise PointError(f"{where}: {error.message}" if where else error.message, error.span, error.hint) from error


def texts_of(given: str | Iterable[str], option: str) -> list[Source]:
    """One text or several as sources named for messages.

    Raises:
        PointError: what is given is no text.
    """
    texts = [given] if isinstance(given, str) else list(given)
    wrong = next((t for t in texts if not isinstance(t, str)), None)
    if wrong is not None:
        raise PointError(f"a value of type {type(wrong).__name__} is no text", None, f"give {option} as text")
    return [Source(t, option) for t in texts]
