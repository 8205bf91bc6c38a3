"""Values from files: what is read back is what was written, and what cannot be read names its place.

The file is longer than most: each mistake in a file of each kind is listed with its message and its hint.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derivcheck.errors import PointError
from derivcheck.language import printer
from derivcheck.language.array_data import MAX_EXACT, ArrayData
from derivcheck.language.array_files import (
    ArrayFile,
    read_array_file,
    read_given_files,
    read_values,
    read_whole_file,
    split_files,
)
from derivcheck.language.constants import rational_value
from derivcheck.language.expr import Expr

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


def array(value: ArrayData | Expr) -> ArrayData:
    assert isinstance(value, ArrayData)
    return value


def listed(value: ArrayData | Expr) -> Any:
    """The elements as nested lists."""
    return array(value).values.tolist()


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(read: Callable[[], object]) -> tuple[str, str | None]:
    """The message and the hint with which something is refused."""
    with pytest.raises(PointError) as caught:
        read()
    return caught.value.message, caught.value.hint


@shared
@given(rows=st.lists(st.tuples(DECIMALS, DECIMALS), min_size=1, max_size=5), separator=st.sampled_from(",;\t"))
def test_columns_are_read_back_exactly(tmp_path: Path, rows: list[Any], separator: str) -> None:
    """Decimals of a small table are the fractions that they are, under canonical names."""
    lines = [separator.join(["x", "ŷ"])] + [separator.join(map(str, row)) for row in rows]
    found = read_array_file(write(tmp_path / "t.csv", "\r\n".join(lines)))
    assert {n: listed(v) for n, v in found.items()} == {
        "x": [Fraction(a) for a, _ in rows],
        "yhat": [Fraction(b) for _, b in rows],
    }
    assert all(array(v).exact and array(v).rational for v in found.values())
    whole = array(read_whole_file(tmp_path / "t.csv", "X"))
    assert whole.values.tolist() == [[Fraction(a), Fraction(b)] for a, b in rows]
    assert whole.source == "t.csv"


def test_a_header_of_a_matrix_may_be_anything_or_missing_and_one_column_is_a_vector(tmp_path: Path) -> None:
    """Words in the first line are left out; (n, 1) would broadcast against (n) and is never made."""
    headed = write(tmp_path / "a.csv", "sepal length,x,x\n1,2,3\n\n\n")
    assert listed(read_whole_file(headed, "X")) == [[1, 2, 3]]
    bare = write(tmp_path / "b.csv", '\ufeff1,2\n 3 ,"4"\n')
    assert listed(read_whole_file(bare, "X")) == [[1, 2], [3, 4]]
    assert array(read_whole_file(write(tmp_path / "c.csv", "y\n1\n2"), "y")).shape == (2,)


def test_a_large_table_is_read_in_binary64_and_says_so(tmp_path: Path) -> None:
    """Above the bound decimals are rounded to the nearest binary64 numbers."""
    rows = MAX_EXACT // 2 + 1
    text = "x,y\n" + "".join(f"{k},0.{k}\n" for k in range(rows))
    found = read_array_file(write(tmp_path / "t.csv", text))
    assert not array(found["x"]).exact
    assert array(found["y"]).values.dtype == "float64"
    assert listed(found["y"]) == [float(f"0.{k}") for k in range(rows)]
    quoted = read_array_file(write(tmp_path / "q.csv", text + '"7","0.1"\n'))
    assert listed(quoted["y"])[-1] == 0.1
    assert array(found["y"]).source == "t.csv, column 'y'"


CSV_MISTAKES = [
    ("x,y\n1,2\n3\n", "t.csv, line 3 has 1 cell, and line 1 has 2", "write 2 cells in every row"),
    ("x\n1,2\n", "t.csv, line 2 has 2 cells, and line 1 has 1", "write 1 cell in every row"),
    ("x,y\n1,2\n3,\n", "t.csv, line 3, column 2 ('y'): the cell is empty", "write a number, or remove the row"),
    ("x,y\n1,NaN\n", "t.csv, line 2, column 2 ('y'): 'NaN' is not a finite number",
     "write a number, or remove the row"),
    ("x,y\n-inf,1\n", "t.csv, line 2, column 1 ('x'): '-inf' is not a finite number",
     "write a number, or remove the row"),
    ("x,y\n1,2\n3,4\n5,1/3\n", "t.csv, line 4, column 2 ('y'): '1/3' is no number",
     "cells are decimal numbers such as 2, -0.5 or 1e-3"),
    ("x;y\n1,5;2\n", "t.csv, line 2, column 1 ('x'): '1,5' is no number", "write decimals with a point: 0.5"),
    ("x,y\n1,2\n\n3,4\n", "t.csv, line 3 is empty", "remove the line, or write its numbers"),
    ("\nx,y\n1,2\n", "t.csv, line 1 is empty", "write a header or numbers in the first line"),
    ("x,y\n1,2,\n", "t.csv, line 2 has 3 cells, and line 1 has 2", "write 2 cells in every row"),
    ('"x\ny",z\n1,q\n', "t.csv, line 3, column 2 ('z'): 'q' is no number",
     "cells are decimal numbers such as 2, -0.5 or 1e-3"),
    ('x,y\n1,"2\n3,4\n', "t.csv, line 2: a quotation mark is never closed", "check the quotation marks"),
    ('x,"y', "t.csv, line 1: a quotation mark is never closed", "check the quotation marks"),
    ("x,2\n1,2\n", "t.csv, line 1 holds numbers and words: '2', 'x'",
     "the first line is a header of names, or numbers like all others"),
    ("1,nan\n1,2\n", "t.csv, line 1, column 2: 'nan' is not a finite number", "write a number, or remove the row"),
    (",x\n0,1\n", "t.csv, line 1, column 1: the header is empty",
     "name every column; if it numbers the rows, write the table without it"),
    ("x,y\n", "t.csv has a header and no rows", "write a row of numbers below the header"),
    ("", "t.csv is empty", "give a file with numbers"),
    ("\n \n", "t.csv is empty", "give a file with numbers"),
    (b"x,y\n1,2\n3,\xe9\n", "t.csv, line 3: the byte 0xe9 is not UTF-8", "save the file as UTF-8"),
    ("x,y\n1,2\n".encode("utf-16"), "t.csv is UTF-16 text", "save it as UTF-8"),
    ("x,y\n1,1e9999\n", "t.csv, line 2, column 2 ('y'): this number needs more than 4,096 bits",
     "numbers are read exactly; use fewer digits or a smaller exponent"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message", "hint"), CSV_MISTAKES)
def test_a_wrong_table_names_line_column_and_header(tmp_path: Path, content: Any, message: str, hint: str) -> None:
    """However a table is read, what is wrong is found at the same place."""
    path = write(tmp_path / "t.csv", content)
    assert refused(lambda: read_whole_file(path, "X")) == (message, hint)
    if message.startswith("t.csv, line 1, column 2"):
        message, hint = (
            "t.csv has no header: its first line holds numbers",
            ("write names, or read the whole file as one matrix: X=t.csv"),
        )
    if "'z'" not in message:
        assert refused(lambda: read_array_file(path)) == (message, hint)


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("1,2\n", "t.csv has no header: its first line holds numbers",
         "write names, or read the whole file as one matrix: X=t.csv"),
        ("x,y,x\n1,2,3\n", "t.csv, line 1: columns 1 and 3 are both 'x'", "give each column its own name"),
        ("ŷ,yhat\n1,2\n", "t.csv, line 1: columns 1 and 2 are both 'yhat'", "give each column its own name"),
        ("x,sepal length\n1,2\n", "t.csv, line 1, column 2: 'sepal length' is no name",
         "use letters, digits and underscores, or read the whole file as one matrix: X=t.csv"),
    ],
)  # fmt: skip
def test_columns_need_names(tmp_path: Path, content: str, message: str, hint: str) -> None:
    """A table of named columns has a header of different names."""
    path = write(tmp_path / "t.csv", content)
    assert refused(lambda: read_array_file(path)) == (message, hint)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,abc", "column 2 ('y'): 'abc' is no number"),
        ("1,", "column 2 ('y'): the cell is empty"),
        ("1,nan", "column 2 ('y'): 'nan' is not a finite number"),
        ("1,1_0", "column 2 ('y'): '1_0' is no number"),
        ("1e400,1", "column 1 ('x'): '1e400' is too large for binary64"),
        ("1,2,3", None),
    ],
)
def test_a_wrong_cell_of_a_large_table_is_named_too(tmp_path: Path, row: str, message: str | None) -> None:
    """What NumPy's reader refuses, or reads as no finite number, is found again by its line."""
    lines = ["x,y", *["1,2"] * MAX_EXACT]
    lines[6000] = row
    said, _ = refused(lambda: read_array_file(write(tmp_path / "t.csv", "\n".join(lines))))
    assert said == ("t.csv, line 6001 has 3 cells, and line 1 has 2" if message is None else
                    f"t.csv, line 6001, {message}")  # fmt: skip


ARRAYS = st.one_of(
    st.lists(DECIMALS, min_size=1, max_size=4),
    st.lists(st.lists(DECIMALS, min_size=3, max_size=3), min_size=1, max_size=3),
)


@shared
@given(ARRAYS)
def test_json_lists_are_read_back_exactly(tmp_path: Path, values: Any) -> None:
    """Numbers of a JSON file are the fractions that their decimals are, nested as written."""
    text = json.dumps(values, default=float) if not isinstance(values, list) else str(values)
    text = text.replace("Decimal('", "").replace("')", "")
    expected = np.vectorize(Fraction, otypes=[object])(np.array(values, dtype=object)).tolist()
    assert listed(read_array_file(write(tmp_path / "v.json", f'{{"ŷ": {text}, "w": "1/3"}}'))["yhat"]) == expected
    assert listed(read_whole_file(write(tmp_path / "a.json", text), "X")) == expected


def test_single_numbers_are_constant_expressions_wherever_they_come_from(tmp_path: Path) -> None:
    """A number of a JSON file or an array without axes is what ``--at x=…`` would give."""
    found = read_array_file(write(tmp_path / "v.json", '{"a": "sqrt(2)", "b": 0.1, "c": ["1/3", 2]}'))
    assert isinstance(found["a"], Expr)
    assert printer.own(found["a"]) == "sqrt(2)"
    assert isinstance(found["b"], Expr)
    assert rational_value(found["b"]) == Fraction(1, 10)
    assert listed(found["c"]) == [Fraction(1, 3), 2]
    np.savez(tmp_path / "a.npz", b=np.float64(0.1), n=np.array(3))
    loaded = read_array_file(tmp_path / "a.npz")
    assert [rational_value(e) for e in loaded.values() if isinstance(e, Expr)] == [Fraction(0.1), 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"X": [[1, 2], [3]]}', "v.json: X[1] has 1 entry where X[0] has 2 entries"),
        ('{"X": [[1, 2], 3]}', "v.json: X[1] is 3 where X[0] has 2 entries"),
        ('{"X": [[1, 2], {"a": 1}]}', "v.json: X[1] is an object where X[0] has 2 entries"),
        ('{"X": [1, [2]]}', "v.json: X[1] is a list, no number"),
        ('{"X": [1, null]}', "v.json: X[1] is null, no number"),
        ('{"X": [[1, true]]}', "v.json: X[0, 1] is true, no number"),
        ('{"X": [[1, NaN]]}', "v.json: X[0, 1] = NaN is not a finite number"),
        ('{"X": [[1, "pi"]]}', "v.json: X[0, 1] = pi is irrational"),
        ('{"X": [1, 1e9999]}', "v.json: X[1]: this number needs more than 4,096 bits"),
        ('{"X": []}', "v.json: X is an empty list"),
        ('{"X": [[], []]}', "v.json: X[0] is an empty list"),
        ('{"X": null}', "v.json: the value of 'X' is no number"),
        ('{"X": {"a": 1}}', "v.json: the value of 'X' is no number"),
        ('{"X": [1], "X": [2]}', "v.json: 'X' is given twice"),
        ('{"2x": [1]}', "v.json: '2x' is no name"),
        ('{"x": "y"}', "'y' is a variable"),
        ('{"x": ""}', "a value is missing"),
        ('{"x": ' + "9" * 5000 + "}", "this number needs more than 4,096 bits"),
        ("[1, 2]", "v.json holds no object of names and values"),
        ('{"X": ' + "[" * 40 + "1" + "]" * 40 + "}", "v.json: 'X' has more than 32 axes"),
        ('{"X": ' + "[" * 100_000, "v.json is not JSON: maximum recursion depth exceeded"),
        ("{", "v.json is not JSON: Expecting property name enclosed in double quotes"),
    ],
)  # fmt: skip
def test_a_wrong_json_file_names_the_element(tmp_path: Path, text: str, message: str) -> None:
    """The element is named as the language writes it."""
    said, hint = refused(lambda: read_array_file(write(tmp_path / "v.json", text)))
    assert said.startswith(message)
    assert hint


@shared
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=5))
def test_arbitrary_json_raises_only_own_errors(tmp_path: Path, value: object) -> None:
    """Whatever stands in a JSON file, it is a value or is refused with a message."""
    with suppress(PointError):
        read_array_file(write(tmp_path / "v.json", json.dumps({"x": value})))


def test_large_json_lists_are_binary64(tmp_path: Path) -> None:
    """Above the bound decimals are rounded, and what binary64 cannot hold is named."""
    many = ["0.1"] * MAX_EXACT
    found = array(read_whole_file(write(tmp_path / "v.json", f'[{", ".join(many)}, "1/3"]'), "x"))
    assert not found.exact
    assert found.values[-1] == 1 / 3
    said, _ = refused(lambda: read_whole_file(write(tmp_path / "v.json", f"[{', '.join(many)}, 1e999]"), "x"))
    assert said == f"v.json: x[{MAX_EXACT}] = 1e999 is too large for binary64"


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", ">f8", "int64", "uint8", "int16"])
@pytest.mark.parametrize("shape", [(3,), (2, 2), (2, 1, 3)])
def test_numpy_arrays_are_read_back_as_their_binary_numbers(tmp_path: Path, dtype: str, shape: Any) -> None:
    """Elements are exactly the stored numbers, and their precision is kept."""
    values = (np.arange(np.prod(shape)) / (3 if "f" in dtype else 1)).astype(dtype).reshape(shape)
    np.savez(tmp_path / "a.npz", X=values, ŷ=values)
    np.save(tmp_path / "a.npy", values)
    for found in (*read_array_file(tmp_path / "a.npz").values(), read_whole_file(tmp_path / "a.npy", "X")):
        assert array(found).exact
        assert array(found).bits == {"float64": 53, "float32": 24, "float16": 11, ">f8": 53}.get(dtype)
        assert listed(found) == values.tolist()
    assert list(read_array_file(tmp_path / "a.npz")) == ["X", "yhat"]


def test_large_numpy_arrays_stay_as_they_are(tmp_path: Path) -> None:
    """float64 is exact as it is; integers beyond 2⁵³ are not."""
    np.save(tmp_path / "a.npy", np.full((200, 100), 0.1))
    np.save(tmp_path / "b.npy", np.full(20_000, 2**53 + 1))
    found, rounded = array(read_whole_file(tmp_path / "a.npy", "X")), array(read_whole_file(tmp_path / "b.npy", "x"))
    assert found.exact
    assert found.shape == (200, 100)
    assert not rounded.exact
    with pytest.raises(ValueError, match="read-only"):
        found.values[0] = 1


def test_a_wrong_numpy_file_says_what_it_holds(tmp_path: Path) -> None:
    """No numbers, not finite, empty, pickled, or no such file at all."""
    wrong = {
        "a": (np.array([[1.0, np.nan]]), "f.npz, 'a': a[0, 1] = nan is not a finite number"),
        "b": (np.array([True]), "f.npz, 'b' holds values of type bool"),
        "c": (np.array([1j]), "f.npz, 'c' holds values of type complex128"),
        "d": (np.zeros((0, 3)), "f.npz, 'd' has no elements: its shape is (0, 3)"),
        "e": (np.array(["x"]), "f.npz, 'e' holds values of type <U1"),
        "f": (np.array([None]), "f.npz is no .npz file of numbers: Object arrays cannot be loaded"),
        "2": (np.array([1]), "f.npz: '2' is no name"),
    }
    for key, (values, message) in wrong.items():
        np.savez(tmp_path / "f.npz", **{key: values})
        assert refused(lambda: read_array_file(tmp_path / "f.npz"))[0].startswith(message)
    np.savez(tmp_path / "f.npz")
    assert refused(lambda: read_array_file(tmp_path / "f.npz"))[0] == "f.npz holds no array"
    for name, read in (("x.npz", read_array_file), ("x.npy", lambda p: read_whole_file(p, "X"))):
        for content in (b"", b"hello", b"PK\x03\x04", b"\x93NUMPY\x01\x00v\x00", _cut_short()):
            path = write(tmp_path / name, content)
            said, hint = refused(lambda read=read, path=path: read(path))
            assert said.startswith(f"{name} is no {name[1:]} file of numbers")
            assert hint == "write it with numpy.save or numpy.savez, without objects"


def _cut_short() -> bytes:
    """The beginning of a file of one array."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(100))
    return buffer.getvalue()[:-8]


@pytest.mark.parametrize("name", ["no.csv", "no.json", "no.npz"])
def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path, name: str) -> None:
    """The message holds the path and the reason."""
    said, hint = refused(lambda: read_array_file(tmp_path / name))
    assert said == f"{tmp_path / name} cannot be read: No such file or directory"
    assert hint is not None


def test_files_are_told_from_values() -> None:
    """Items that end like a file are files, with the input that they are for; the rest stays text."""
    plain, files = split_files(["X=a/rows.csv, w=[1,2];y=t.JSON", "d.npz", "b=1,c=(2)", "x=1/2,A=m.npy"])
    assert plain == ("w=[1,2]", "b=1,c=(2)", "x=1/2")
    assert [(str(f.path), f.name) for f in files] == [
        ("a/rows.csv", "X"),
        ("t.JSON", "y"),
        ("d.npz", ""),
        ("m.npy", "A"),
    ]
    assert [f.span.text for f in files if f.span] == ["X=a/rows.csv", "y=t.JSON", "d.npz", "A=m.npy"]


def test_a_file_that_exists_is_a_file_whatever_its_name(tmp_path: Path) -> None:
    """Commas and equality signs in a name do no harm."""
    path = write(tmp_path / "a=1, b.csv", "x\n1\n")
    plain, files = split_files([str(path)])
    assert plain == ()
    assert [listed(v) for v in read_given_files(files).values()] == [[1]]


def test_names_are_given_once_across_files(tmp_path: Path) -> None:
    """Two files, or a file and a whole file, cannot give one name two values."""
    one, two = write(tmp_path / "a.csv", "x,y\n1,2\n"), write(tmp_path / "b.json", '{"y": [1]}')
    said, hint = refused(lambda: read_given_files([ArrayFile(one), ArrayFile(two)]))
    assert (said, hint) == ("'y' is given in a.csv and in b.json", "give each name once")
    found = read_given_files([ArrayFile(one, "X"), ArrayFile(two)])
    assert {n: array(v).shape for n, v in found.items()} == {"X": (1, 2), "y": (1,)}


def test_files_stand_beside_typed_values(tmp_path: Path) -> None:
    """An option may give a file and values; a name of both is refused."""
    path = write(tmp_path / "rows.csv", "1,2\n3,4\n")
    found = read_values([f"X={path},b=1/2", "w=2"])
    assert listed(found["X"]) == [[1, 2], [3, 4]]
    assert [rational_value(e) for e in (found["b"], found["w"]) if isinstance(e, Expr)] == [Fraction(1, 2), 2]
    said, hint = refused(lambda: read_values([f"X={path}", "X=2"]))
    assert (said, hint) == ("'X' is given in --at and in rows.csv", "give each name once")


def test_files_that_name_their_arrays_and_those_that_do_not(tmp_path: Path) -> None:
    """A hint says how the other kind is given."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(2))
    write(tmp_path / "a.npy", buffer.getvalue())
    np.savez(tmp_path / "a.npz", x=np.zeros(2))
    write(tmp_path / "a.json", '{"x": [1]}')
    assert refused(lambda: read_array_file(tmp_path / "a.npy")) == (
        "a.npy does not name its arrays", "say which input it is: X=a.npy")  # fmt: skip
    for name in ("a.npz", "a.json"):
        assert refused(lambda name=name: read_whole_file(tmp_path / name, "X")) == (
            f"{name} names its arrays itself", f"give it without a name: --at {name}")  # fmt: skip
