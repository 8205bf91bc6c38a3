"""Tables of numbers from ``.csv`` files: each column a vector by its header, or the whole file one matrix.

Cells are decimal numbers, separated by commas, or by semicolons or tabs where the first line has no comma. Lines are
counted from 1 as in an editor, columns from 1.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from derivcheck.errors import PointError, ReadError
from derivcheck.language.array_data import MAX_EXACT, ArrayData, fraction_array
from derivcheck.language.items import item_name
from derivcheck.language.numerals import NUMERAL, read_numeral

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 1_000_000_000
"""The largest file that is read."""

_SEPARATORS = ",;\t"
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_LIKE_NUMBER = re.compile(r"[+\-−]?\.?[0-9]|" + _NOT_FINITE.pattern + "$", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_BYTE_ORDER = (b"\xff\xfe", b"\xfe\xff")
_BLANK = re.compile(r"\n[ \t]*\n")
_CELL_HINT = "cells are decimal numbers such as 2, -0.5 or 1e-3"


@dataclass(frozen=True, slots=True)
class _Table:
    """The text of a table: its first record, and where the rows of numbers begin."""

    where: str
    text: str
    separator: str
    first: tuple[str, ...]
    headed: bool
    lines: int
    start: int

    def column(self, k: int) -> str:
        """A column as messages name it, with its header."""
        return f"column {k + 1} ('{self.first[k]}')" if self.headed else f"column {k + 1}"


def read_csv_columns(path: str | Path) -> Mapping[str, ArrayData]:
    """The columns of a table as vectors, by the names in its first line.

    Raises:
        PointError: the file cannot be read, has no header of names, has a row with another number of cells or a cell
            that is no finite number; the line and the column are named.
    """
    table = _read_table(Path(path))
    names = _names(table)
    values, exact = _numbers(table)
    return {
        name: ArrayData(_column(values, k), exact, f"{table.where}, column '{name}'") for k, name in enumerate(names)
    }


def read_csv_array(path: str | Path) -> ArrayData:
    """A whole table as one matrix of shape (rows, columns); a table of one column is a vector.

    A first line of words is a header and is left out.

    Raises:
        PointError: as for :func:`read_csv_columns`.
    """
    table = _read_table(Path(path))
    _check_headers(table)
    values, exact = _numbers(table)
    return ArrayData(values[:, 0] if values.shape[1] == 1 else values, exact, table.where)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with line breaks as newlines.

    Raises:
        PointError: the file cannot be read, is too large, empty, or not UTF-8; the line is named.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PointError(f"{path} has more than {MAX_BYTES:,} bytes", None, "give a smaller file")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PointError(f"{path} cannot be read: {reason}", None, "check the name of the file") from error
    if raw[:2] in _BYTE_ORDER:
        raise PointError(f"{path.name} is UTF-16 text", None, "save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        said = f"{path.name}, line {line}: the byte 0x{raw[error.start]:02x} is not UTF-8"
        raise PointError(said, None, "save the file as UTF-8") from error
    if not text.strip():
        raise PointError(f"{path.name} is empty", None, "give a file with numbers")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_table(path: Path) -> _Table:
    text = read_text(path).rstrip(" \n") + "\n"
    where = path.name
    line = text[: text.index("\n")]
    separator = next((s for s in _SEPARATORS if s in line), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        first = tuple(cell.strip() for cell in next(reader))
    except csv.Error as error:
        raise PointError(f"{where}, line 1: {_complaint(error)}", None, "check the quotation marks") from error
    if not any(first):
        raise PointError(f"{where}, line 1 is empty", None, "write a header or numbers in the first line")
    like = [bool(_LIKE_NUMBER.match(cell)) for cell in first]
    if any(like) and not all(like) and all(first):
        raise PointError(
            f"{where}, line 1 holds numbers and words: '{first[like.index(True)]}', '{first[like.index(False)]}'",
            None,
            "the first line is a header of names, or numbers like all others",
        )
    headed = not any(like)
    lines = reader.line_num if headed else 0
    start = 0
    for _ in range(lines):
        start = text.index("\n", start) + 1
    if start >= len(text):
        raise PointError(f"{where} has a header and no rows", None, "write a row of numbers below the header")
    blank = _BLANK.search(text, max(start - 1, 0))
    if blank is not None:
        number = text.count("\n", 0, blank.start()) + 2
        raise PointError(f"{where}, line {number} is empty", None, "remove the line, or write its numbers")
    return _Table(where, text, separator, first, headed, lines, start)


def _names(table: _Table) -> list[str]:
    """The headers as canonical names."""
    whole = f"read the whole file as one matrix: X={table.where}"
    if not table.headed:
        raise PointError(f"{table.where} has no header: its first line holds numbers", None, f"write names, or {whole}")
    _check_headers(table)
    names: list[str] = []
    for k, header in enumerate(table.first):
        try:
            name = item_name(header)
        except PointError as error:
            said = f"{table.where}, line 1, column {k + 1}: '{header}' is no name"
            raise PointError(said, None, f"use letters, digits and underscores, or {whole}") from error
        if name in names:
            said = f"{table.where}, line 1: columns {names.index(name) + 1} and {k + 1} are both '{name}'"
            raise PointError(said, None, "give each column its own name")
        names.append(name)
    return names


def _check_headers(table: _Table) -> None:
    """Raise where a column has no header: most often it numbers the rows and is no column of values."""
    if table.headed and not all(table.first):
        said = f"{table.where}, line 1, column {table.first.index('') + 1}: the header is empty"
        raise PointError(said, None, "name every column; if it numbers the rows, write the table without it")


def _numbers(table: _Table) -> tuple[NDArray[Any], bool]:
    """The numbers of a table as a matrix, exact where there are few."""
    rows, columns = table.text.count("\n", table.start), len(table.first)
    if rows * columns <= MAX_EXACT:
        cells = [[_fraction(table, line, k, c) for k, c in enumerate(row)] for line, row in _rows(table)]
        return fraction_array([cell for row in cells for cell in row], (len(cells), columns)), True
    return _read_many(table), False


def _read_many(table: _Table) -> NDArray[Any]:
    """The numbers as binary64, by NumPy's reader; what that refuses is read cell by cell, to name the cell."""
    import numpy as np

    if table.text.find('"', table.start) < 0:
        body = io.StringIO(table.text)
        body.seek(table.start)
        try:
            found = np.loadtxt(body, delimiter=table.separator, comments=None, ndmin=2)
        except ValueError:
            found = np.empty((0, 0))
        if found.shape[1] == len(table.first) and np.isfinite(found).all():
            return found
    return np.array([[_float(table, line, k, c) for k, c in enumerate(row)] for line, row in _rows(table)])


def _rows(table: _Table) -> Iterator[tuple[int, Sequence[str]]]:
    """Each row of numbers with the line on which it begins, its number of cells checked."""
    body = io.StringIO(table.text, newline="")
    body.seek(table.start)
    reader = csv.reader(body, delimiter=table.separator, strict=True)
    wanted = len(table.first)
    line = table.lines + 1
    try:
        for row in reader:
            if len(row) != wanted:
                said = f"{table.where}, line {line} has {_count(len(row), 'cell')}, and line 1 has {wanted}"
                raise PointError(said, None, f"write {_count(wanted, 'cell')} in every row")
            yield line, row
            line = table.lines + reader.line_num + 1
    except csv.Error as error:
        raise PointError(
            f"{table.where}, line {line}: {_complaint(error)}", None, "check the quotation marks"
        ) from error


def _fraction(table: _Table, line: int, k: int, cell: str) -> Fraction:
    text = cell.strip()
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not NUMERAL.fullmatch(digits):
        _refuse(table, line, k, text)
    try:
        value = read_numeral(digits)
    except ReadError as error:
        raise PointError(f"{table.where}, line {line}, {table.column(k)}: {error.message}", None, error.hint) from error
    return -value if text[0] == "-" else value


def _float(table: _Table, line: int, k: int, cell: str) -> float:
    text = cell.strip()
    if not NUMERAL.fullmatch(text[1:] if text[:1] in ("+", "-") else text):
        _refuse(table, line, k, text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        said = f"{table.where}, line {line}, {table.column(k)}: '{text}' is too large for binary64"
        raise PointError(said, None, f"files of more than {MAX_EXACT:,} numbers are kept in binary64")
    return value


def _refuse(table: _Table, line: int, k: int, text: str) -> NoReturn:
    place = f"{table.where}, line {line}, {table.column(k)}"
    if not text:
        raise PointError(f"{place}: the cell is empty", None, "write a number, or remove the row")
    if _NOT_FINITE.fullmatch(text):
        raise PointError(f"{place}: '{text}' is not a finite number", None, "write a number, or remove the row")
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    hint = "write decimals with a point: 0.5" if _DECIMAL_COMMA.fullmatch(text) else _CELL_HINT
    raise PointError(f"{place}: '{shown}' is no number", None, hint)


def _complaint(error: csv.Error) -> str:
    """What is wrong with the quotation marks."""
    return "a quotation mark is never closed" if "unexpected end" in str(error) else str(error)


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _column(values: NDArray[Any], k: int) -> NDArray[Any]:
    import numpy as np

    return np.ascontiguousarray(values[:, k])
