"""Values from ``.json`` files: numbers and nested lists of numbers, exactly as their text says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from math import inf, isinf, prod
from pathlib import Path
from typing import Any

from derivcheck.errors import PointError, ReadError
from derivcheck.language.array_data import MAX_EXACT, ArrayData, fraction_array
from derivcheck.language.constants import rational_value
from derivcheck.language.csv_files import read_text
from derivcheck.language.expr import Expr
from derivcheck.language.items import item_name
from derivcheck.language.numerals import read_numeral
from derivcheck.language.point import read_constant
from derivcheck.language.shapes import MAX_AXES
from derivcheck.source import Source

_HINT = 'write {"x": 2, "w": "1/3", "X": [[1, 2], [3, 4]]}'
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")


class _Number(str):
    """A number of the file as it stands there."""

    __slots__ = ()


class _Pairs(list[tuple[str, Any]]):
    """An object of the file, repeated keys included."""


def read_json_values(path: str | Path) -> Mapping[str, ArrayData | Expr]:
    """The values of an object such as ``{"w": "1/3", "X": [[1, 2], [3, 4]]}``.

    A single number or text is a constant expression, a list an array; elements are numbers, or texts of rational
    constants such as ``"1/3"``.

    Raises:
        PointError: the file cannot be read or is no such object; a name is given twice; a list is ragged or empty, or
            an element is no rational number: the element is named.
    """
    path = Path(path)
    found = _read_tree(path)
    if not isinstance(found, _Pairs):
        hint = f"{_HINT}, or say which input the list is: X={path.name}" if isinstance(found, list) else _HINT
        raise PointError(f"{path.name} holds no object of names and values", None, hint)
    values: dict[str, ArrayData | Expr] = {}
    for key, value in found:
        name = item_name(key, where=path.name)
        if name in values:
            raise PointError(f"{path.name}: '{name}' is given twice", None, "give each name once")
        values[name] = _value(value, path.name, f"{path.name}, '{key}'", name)
    return values


def read_json_array(path: str | Path, name: str) -> ArrayData | Expr:
    """The value of a file that holds one number or one nested list, for the input ``name``.

    Raises:
        PointError: as for :func:`read_json_values`.
    """
    path = Path(path)
    found = _read_tree(path)
    if isinstance(found, _Pairs):
        raise PointError(f"{path.name} names its arrays itself", None, f"give it without a name: --at {path.name}")
    return _value(found, path.name, path.name, name)


def _read_tree(path: Path) -> Any:
    text = read_text(path)
    try:
        return json.loads(
            text, parse_float=_Number, parse_int=_Number, parse_constant=_Number, object_pairs_hook=_Pairs
        )
    except (ValueError, RecursionError) as error:
        raise PointError(f"{path.name} is not JSON: {error}", None, _HINT) from error


def _value(value: Any, where: str, source: str, name: str) -> ArrayData | Expr:
    if not isinstance(value, list) or isinstance(value, _Pairs):
        if not isinstance(value, str):
            raise PointError(f"{where}: the value of '{name}' is no number", None, _HINT)
        return read_constant(Source(str(value), f"{where}, {name}"))
    array = _Array(where, name)
    elements = array.flatten(value)
    if prod(array.shape) <= MAX_EXACT:
        exact = [array.exact(element, k) for k, element in enumerate(elements)]
        return ArrayData(fraction_array(exact, array.shape), True, source)
    import numpy as np

    floats = np.array([array.rounded(element, k) for k, element in enumerate(elements)], dtype=np.float64)
    return ArrayData(floats.reshape(array.shape), False, source)


class _Array:
    """The array that is being read: its place for messages, and its shape as far as it is known."""

    def __init__(self, where: str, name: str) -> None:
        self.where = where
        self.name = name
        self.shape: tuple[int, ...] = ()

    def flatten(self, value: list[Any]) -> list[Any]:
        """The elements of a nested list in the order of rows."""
        level: list[Any] = [value]
        while isinstance(level[0], list) and not isinstance(level[0], _Pairs):
            length = len(level[0])
            if length == 0:
                raise PointError(f"{self.element(0)} is an empty list", None, "give at least one element")
            for k, row in enumerate(level):
                if not isinstance(row, list) or isinstance(row, _Pairs) or len(row) != length:
                    raise self.ragged(k, row, length)
            level = [element for row in level for element in row]
            self.shape = (*self.shape, length)
            if len(self.shape) > MAX_AXES:
                raise PointError(f"{self.where}: '{self.name}' has more than {MAX_AXES} axes", None, _HINT)
        return level

    def ragged(self, k: int, row: Any, length: int) -> PointError:
        """The error of a row that is not as long as the first."""
        is_list = isinstance(row, list) and not isinstance(row, _Pairs)
        found = f"has {_entries(len(row))}" if is_list else f"is {_described(row)}"
        first = f"{self.element(0).removeprefix(self.where + ': ')} has {_entries(length)}"
        return PointError(f"{self.element(k)} {found} where {first}", None, "all rows have the same length")

    def exact(self, element: Any, k: int) -> Fraction:
        """An element as an exact number."""
        if not isinstance(element, _Number) or element in _NOT_FINITE:
            return self.constant(element, k)
        try:
            value = read_numeral(element.removeprefix("-"))
        except ReadError as error:
            raise PointError(f"{self.element(k)}: {error.message}", None, error.hint) from error
        return -value if element[0] == "-" else value

    def rounded(self, element: Any, k: int) -> float:
        """An element as binary64."""
        try:
            written = isinstance(element, _Number) and element not in _NOT_FINITE
            number = float(element if written else self.constant(element, k))
        except OverflowError:
            number = inf
        if isinf(number):
            hint = f"arrays of more than {MAX_EXACT:,} numbers are kept in binary64"
            raise PointError(f"{self.element(k)} = {element} is too large for binary64", None, hint)
        return number

    def constant(self, element: Any, k: int) -> Fraction:
        """An element that is a text such as ``"1/3"``."""
        if not isinstance(element, str):
            raise PointError(f"{self.element(k)} is {_described(element)}, no number", None, _HINT)
        if element in _NOT_FINITE:
            raise PointError(f"{self.element(k)} = {element} is not a finite number", None, "give a finite number")
        value = rational_value(read_constant(Source(str(element), self.element(k))))
        if value is None:
            raise PointError(f"{self.element(k)} = {element} is irrational", None, "give rational elements")
        return value

    def element(self, k: int) -> str:
        """The element number ``k``, in the order of rows, as messages name it."""
        position: list[int] = []
        for size in reversed(self.shape):
            k, index = divmod(k, size)
            position.insert(0, index)
        subscripts = f"[{', '.join(map(str, position))}]" if position else ""
        return f"{self.where}: {self.name}{subscripts}"


def _described(value: Any) -> str:
    """What stands in the place of a number or a list."""
    if isinstance(value, _Pairs):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return str(value) if isinstance(value, _Number) else json.dumps(value)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
