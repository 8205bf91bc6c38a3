"""Declared shapes of inputs: ``X=(n,d), w=(d), y=(n), A=(3,3), b=()``.

A size is a positive integer or the name of one. The same size name stands for the same number everywhere, so that
``X=(n,d), y=(n)`` says that X has as many rows as y has elements. ``()`` is a single number, ``(d)`` and ``d`` are a
vector.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from derivcheck.errors import PointError, ShapeError
from derivcheck.language.items import halves, item_name, items, stripped, texts_of
from derivcheck.ops.table import SPELLINGS
from derivcheck.source import Source, Span

Size = int | str
Shape = tuple[Size, ...]

MAX_AXES = 32
"""The most axes of a declared shape."""

_HINT = 'write --shape "X=(n,d), w=(d), b=()"'
_SIZE_HINT = "a size is a positive integer or a name: X=(n,3)"
_EMPTY_HINT = "an axis has at least one element; a single number is declared as b=()"
_MAX_DIGITS = 18


def read_shapes(given: str | Iterable[str] | Mapping[str, Any] | None) -> Mapping[str, Shape]:
    """Read declared shapes.

    Args:
        given: ``"X=(n,d), w=(d)"``, several of these, or a mapping ``{"X": ("n", "d"), "w": (2,), "b": ()}``, in which
            a single size stands for a vector.

    Returns:
        The shapes by canonical name; size names are canonical too.

    Raises:
        PointError: an item that is no ``name=(sizes)``, a size that is no positive integer and no name, a name with
            two different shapes, or a size that is also a variable or a constant such as e.

    >>> read_shapes("X=(n,d), ŷ=(n), b=()")
    {'X': ('n', 'd'), 'yhat': ('n',), 'b': ()}
    """
    if given is None:
        return {}
    found: list[tuple[str, Shape, tuple[Span | None, ...], Span | None]] = []
    if isinstance(given, Mapping):
        found = [_given_item(name, shape) for name, shape in given.items()]
    else:
        for source in texts_of(given, "--shape"):
            parts = items(source)
            if not parts:
                raise PointError("no shape is given", Span(source, 0, len(source.text)), _HINT)
            found += [_read_item(part) for part in parts]
    shapes: dict[str, Shape] = {}
    for name, shape, _, span in found:
        if shapes.setdefault(name, shape) != shape:
            first, second = shape_text(shapes[name]), shape_text(shape)
            raise PointError(
                f"'{name}' is given two shapes, {first} and {second}", span, "give each name once, or the same shape"
            )
    for _, shape, spans, span in found:
        for size, place in zip(shape, spans or [span] * len(shape), strict=True):
            if size in shapes:
                raise PointError(
                    f"'{size}' is both a variable and a size", place or span, "give the size another name, such as n"
                )
    return shapes


def match_shapes(declared: Mapping[str, Shape], actual: Mapping[str, tuple[int, ...]]) -> Mapping[str, int]:
    """The numbers that size names stand for, found from arrays that were given.

    Args:
        declared: shapes by name.
        actual: shapes of the given arrays by name; names that are not declared are left alone.

    Returns:
        The extents by size name, of the sizes that occur in declared arrays with values.

    Raises:
        ShapeError: an array has another number of axes, another size than the declared number, or a size name would
            stand for two numbers; the message names both arrays.

    >>> match_shapes(read_shapes("X=(n,d), w=(d)"), {"X": (3, 2), "w": (2,)})
    {'n': 3, 'd': 2}
    """
    extents: dict[str, int] = {}
    origins: dict[str, str] = {}
    for name, shape in actual.items():
        wanted = declared.get(name)
        if wanted is None:
            continue
        said = f"'{name}' has the shape {shape_text(shape)}, but {shape_text(wanted)} is declared"
        if len(wanted) != len(shape):
            raise ShapeError(said, None, "give values of the declared shape, or declare another")
        for size, extent in zip(wanted, shape, strict=True):
            known = extents.setdefault(size, extent) if isinstance(size, str) else size
            if isinstance(size, str):
                origins.setdefault(size, name)
            if known != extent:
                other = origins.get(str(size), name)
                why = "" if isinstance(size, int) else f", and '{other}' has {size} = {known}"
                raise ShapeError(f"{said}{why}", None, "give values of the declared shape, or declare another")
    return extents


def shape_text(shape: Sequence[Size]) -> str:
    """A shape as it is declared: ``(n, d)``, ``(d)``, ``()``."""
    return f"({', '.join(map(str, shape))})"


def _read_item(span: Span) -> tuple[str, Shape, tuple[Span | None, ...], Span]:
    parts = halves(span, "=")
    if parts is None or not parts[0].text:
        raise PointError("'name=(sizes)' is meant here", span, _HINT)
    name = item_name(parts[0].text, parts[0])
    if not parts[1].text:
        raise PointError(f"the shape of '{name}' is missing", span, _HINT)
    shape, spans = _read_sizes(parts[1])
    return name, shape, spans, span


def _read_sizes(span: Span) -> tuple[Shape, tuple[Span, ...]]:
    text = span.text
    if "=" in text:
        raise PointError("two items stand here without a comma between them", span, _HINT)
    if text[0] + text[-1] in ("()", "[]"):
        inner = stripped(Span(span.source, span.start + 1, span.end - 1))
        if any(c in inner.text for c in "()[]{}"):
            raise PointError("brackets stand within a shape", inner, "write one size for each axis: X=(n,d)")
        texts = _between_commas(inner) if inner.text else []
    else:
        texts = [span]
    if len(texts) > MAX_AXES:
        raise PointError(f"a shape of {len(texts)} axes is too long", span, f"at most {MAX_AXES} axes are read")
    return tuple(_read_size(t.text, t) for t in texts), tuple(texts)


def _between_commas(span: Span) -> list[Span]:
    """The sizes of a shape; one comma may follow the last, as Python writes ``(3,)``."""
    parts: list[Span] = []
    start = span.start
    for piece in span.text.split(","):
        parts.append(stripped(Span(span.source, start, start + len(piece))))
        start += len(piece) + 1
    if len(parts) > 1 and not parts[-1].text:
        parts.pop()
    return parts


def _read_size(text: str, span: Span | None) -> Size:
    sign, digits = text[:1] in ("-", "−"), text.lstrip("-−+ ")
    if digits.isascii() and digits.isdigit():
        if sign or not digits.strip("0"):
            raise PointError(f"a size of {text} is no size", span, _EMPTY_HINT)
        if len(digits) > _MAX_DIGITS:
            raise PointError("this size is larger than any array", span, _SIZE_HINT)
        return int(digits)
    if not text:
        raise PointError("a size is missing", span, _SIZE_HINT)
    if not text[0].isalpha():
        raise PointError(f"'{text}' is no size", span, _SIZE_HINT)
    try:
        name = item_name(text, span)
    except PointError as error:
        raise PointError(f"'{text}' is no size", span, _SIZE_HINT) from error
    if name in SPELLINGS:
        raise PointError(f"'{text}' has a meaning of its own and cannot name a size", span, "use another, such as n")
    return name


def _given_item(name: Any, shape: Any) -> tuple[str, Shape, tuple[Span | None, ...], Span | None]:
    """An item of a mapping from Python."""
    if not isinstance(name, str):
        raise PointError("the names of shapes are text", None, 'write shapes={"X": ("n", "d")}')
    if isinstance(shape, str):
        source = Source(shape, f"shape of {name}")
        whole = stripped(Span(source, 0, len(shape)))
        if not whole.text:
            raise PointError(f"the shape of '{name}' is missing", whole, 'write shapes={"X": ("n", "d"), "b": ()}')
        sizes, spans = _read_sizes(whole)
        return item_name(name), sizes, spans, whole
    parts = list(shape) if isinstance(shape, Sequence) else [shape]
    if len(parts) > MAX_AXES:
        raise PointError(f"a shape of {len(parts)} axes is too long", None, f"at most {MAX_AXES} axes are read")
    return item_name(name), tuple(_given_size(p, name) for p in parts), (), None


def _given_size(size: Any, name: str) -> Size:
    if isinstance(size, str):
        return _read_size(size.strip(), None)
    if isinstance(size, numbers.Integral) and not isinstance(size, bool):
        return _read_size(str(int(size)), None)
    raise PointError(
        f"the shape of '{name}' has a size of type {type(size).__name__}",
        None,
        'a size is a positive integer or a name: shapes={"X": ("n", 3)}',
    )
