"""Values of arrays from files: what ``--at`` says when it names one.

- ``--at table.csv``: each column is a vector, named by its header.
- ``--at X=table.csv``: the whole table is the matrix X; a table of one column is a vector.
- ``--at values.json``: an object of numbers and nested lists by name; ``--at X=rows.json``: one nested list.
- ``--at arrays.npz``: arrays by name; ``--at X=array.npy``: one array.

Such items stand between commas beside others, ``--at X=table.csv,w=[0.5,-0.5]``; an option that is itself the name of a
file that exists is that file, whatever letters it has. Numbers in texts are exact decimals; where there are more than
:data:`MAX_EXACT` of them they are rounded to binary64, and ``ArrayData.exact`` is False.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from derivcheck.errors import PointError
from derivcheck.language.array_data import ArrayData
from derivcheck.language.csv_files import read_csv_array, read_csv_columns
from derivcheck.language.expr import Expr
from derivcheck.language.items import halves, item_name, items
from derivcheck.language.json_files import read_json_array, read_json_values
from derivcheck.language.numpy_files import read_npy, read_npz
from derivcheck.language.point import read_point
from derivcheck.source import Source, Span

Value = ArrayData | Expr
"""A given value: a single number is a constant expression wherever it comes from, an array is its elements."""

_NAMED: Mapping[str, Callable[[Path], Mapping[str, Value]]] = MappingProxyType(
    {".csv": read_csv_columns, ".json": read_json_values, ".npz": read_npz}
)
_SINGLE: Mapping[str, Callable[[Path, str], Value]] = MappingProxyType(
    {".csv": lambda path, _: read_csv_array(path), ".json": read_json_array, ".npy": read_npy}
)
SUFFIXES = tuple(dict.fromkeys((*_NAMED, *_SINGLE)))
"""The endings of files that values are read from."""


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """A file that was named in place of values.

    Attributes:
        path: the file.
        name: the input that the whole file is for, canonical; empty where the file names its arrays itself.
        span: where it was named.
    """

    path: Path
    name: str = ""
    span: Span | None = None


def split_files(texts: Iterable[str], option: str = "--at") -> tuple[tuple[str, ...], tuple[ArrayFile, ...]]:
    """Tell the files among the values of an option from the rest.

    Returns:
        The texts without the files, those of a text that names one item by item; and the files.

    Raises:
        PointError: what stands before a file is no name, or brackets beside a file do not match.

    >>> split_files(["X=rows.csv,b=1", "w=2"])[0]
    ('b=1', 'w=2')
    """
    plain: list[str] = []
    files: list[ArrayFile] = []
    for text in texts:
        source = Source(text, option)
        if text.strip().lower().endswith(SUFFIXES) and Path(text.strip()).is_file():
            files.append(ArrayFile(Path(text.strip()), "", Span(source, 0, len(text))))
        elif any(suffix in text.lower() for suffix in SUFFIXES):
            for item in items(source):
                if item.text.lower().endswith(SUFFIXES):
                    files.append(_file(item))
                else:
                    plain.append(item.text)
        else:
            plain.append(text)
    return tuple(plain), tuple(files)


def read_values(texts: Iterable[str], option: str = "--at") -> Mapping[str, Value]:
    """Read values given as texts, files among them.

    Raises:
        PointError: a text or a file cannot be read, or a name is given twice.
    """
    plain, files = split_files(texts, option)
    typed: Mapping[str, Value] = read_point(plain) if plain else {}
    return read_given_files(files, typed)


def read_array_file(path: str | Path) -> Mapping[str, Value]:
    """Read the named arrays of a file: columns of a ``.csv``, entries of a ``.json`` or ``.npz``.

    Raises:
        PointError: the file cannot be read, or does not name its arrays.
    """
    path = Path(path)
    read = _NAMED.get(path.suffix.lower())
    if read is None:
        raise PointError(f"{path.name} does not name its arrays", None, f"say which input it is: X={path.name}")
    return read(path)


def read_whole_file(path: str | Path, name: str) -> Value:
    """Read a file as the value of one input: a ``.csv`` as a matrix, a ``.json`` as a nested list, a ``.npy``.

    Raises:
        PointError: the file cannot be read, or holds arrays by name.
    """
    path = Path(path)
    read = _SINGLE.get(path.suffix.lower())
    if read is None:
        raise PointError(f"{path.name} names its arrays itself", None, f"give it without a name: --at {path.name}")
    return read(path, name)


def read_given_files(files: Iterable[ArrayFile], typed: Mapping[str, Value] | None = None) -> Mapping[str, Value]:
    """Read all files and join them with the values that were typed; no name may be given twice.

    Raises:
        PointError: a file cannot be read, or two give the same name.
    """
    found: dict[str, Value] = dict(typed or {})
    origins = dict.fromkeys(found, "--at")
    for file in files:
        given = {file.name: read_whole_file(file.path, file.name)} if file.name else read_array_file(file.path)
        for name, value in given.items():
            if name in found:
                said = f"'{name}' is given in {origins[name]} and in {file.path.name}"
                raise PointError(said, file.span, "give each name once")
            found[name], origins[name] = value, file.path.name
    return found


def _file(item: Span) -> ArrayFile:
    parts = halves(item, "=")
    if parts is None:
        return ArrayFile(Path(item.text), "", item)
    return ArrayFile(Path(parts[1].text), item_name(parts[0].text, parts[0]), item)
