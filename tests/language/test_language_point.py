"""The point: exact values from text, a file, and Python."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.errors import DerivcheckError, PointError
from derivcheck.language import printer
from derivcheck.language.constants import rational_value
from derivcheck.language.point import check_names, constant_expr, read_point, read_point_file


def values(text: str | list[str]) -> dict[str, Fraction | None]:
    return {name: rational_value(expr) for name, expr in read_point(text).items()}


def test_values_are_exact() -> None:
    assert values("x=2, y=-4,w=1/3,b=1e-3 , ŷ=0.1\nα=2^10; x₁=.5") == {
        "x": 2,
        "y": -4,
        "w": Fraction(1, 3),
        "b": Fraction(1, 1000),
        "yhat": Fraction(1, 10),
        "alpha": 1024,
        "x_1": Fraction(1, 2),
    }


def test_constants_and_functions_make_values() -> None:
    point = read_point("x=pi/4,y=sqrt(2),z=2π,w=max(1,2),e=e")
    shown = [printer.own(e) for e in point.values()]
    assert shown == ["pi/4", "sqrt(2)", "2*pi", "max(1, 2)", "e"]
    assert point["x"].root.span is not None
    assert point["x"].root.span.text == "pi/4"


def test_several_texts_make_one_point_and_equal_values_may_be_repeated() -> None:
    assert values(["x=2", "y=1/2,x=2.0", "y=0.5"]) == {"x": 2, "y": Fraction(1, 2)}
    assert list(read_point(["x=pi", "x=π"])) == ["x"]


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("x=1,x=2", "two different values", "x=2"),
        ("ŷ=1,yhat=2", "two different values", "yhat=2"),
        ("x=pi,x=3", "two different values", "x=3"),
        ("", "empty", ""),
        (",", "empty", ""),
        ("x", "'name=value'", "x"),
        ("x 2", "'name=value'", "x 2"),
        ("2=x", "'name=value'", "2=x"),
        ("x=", "is missing", "x="),
        ("x=,y=1", "is missing", "x="),
        ("x==1", "'name=value'", "x==1"),
        ("x=w+1", "'w' is a variable", "w"),
        ("x=2,y=x", "'x' is a variable", "x"),
        ("x=abc", "'abc' is a variable", "abc"),
        ("x=nan", "not a finite number", "nan"),
        ("x=-inf", "not a finite number", "inf"),
        ("x=[[1,2],[3]]", "row 2 has 1 elements", "[3]"),
        ("x=2*[1,2]", "an array stands in a formula", "2*[1,2]"),
        ("x=sum([1,2])", "a number or an array", "sum([1,2])"),
        ("x=[1,w]", "'w' is a variable", "w"),
        ("x=1/0", "divides by zero", "1/0"),
        ("x=1+2/(1-1)", "divides by zero", "2/(1-1)"),
        ("x=(1<2)", "a condition", "1<2"),
        ("x='2'", "'''", "'"),
        ("x=1e99999", "4,096 bits", "1e99999"),
        ("x=9**9**9**9", "too large", "9**9"),
        ("x=(1", "never closed", "("),
        ("and=1", "'name=value'", "and=1"),
    ],
)
def test_bad_points_are_answered_with_their_place(text: str, message: str, marked: str) -> None:
    with pytest.raises(PointError) as caught:
        read_point(text)
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.span is not None
    assert caught.value.span.text == marked


def test_an_unknown_name_is_answered_with_near_names() -> None:
    with pytest.raises(PointError, match="has no 'yhta'") as caught:
        read_point("x=1,yhta=2", known=("x", "yhat"))
    assert caught.value.hint == "did you mean yhat?"
    with pytest.raises(PointError) as caught:
        check_names(read_point("q=1"), ("x", "w"))
    assert caught.value.hint == "the names of the expression are w, x"


def test_a_file_is_read_exactly(tmp_path: Path) -> None:
    path = tmp_path / "point.json"
    path.write_text('{"x": 2, "w": "1/3", "b": 0.1, "ŷ": -1e-3, "z": "sqrt(2)"}', encoding="utf-8")
    point = read_point_file(path)
    assert {n: rational_value(e) for n, e in point.items()} == {
        "x": 2,
        "w": Fraction(1, 3),
        "b": Fraction(1, 10),
        "yhat": Fraction(-1, 1000),
        "z": None,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[1]", "no object"),
        ("2", "no object"),
        ('{"x": [[1, 2], [3]]}', r"x\[1\] has 1 elements where the first has 2"),
        ('{"x": [1, true]}', r"x\[1\]: .* no number"),
        ('{"x": true}', "no number"),
        ('{"x": null}', "no number"),
        ('{"x": {"y": 1}}', None),
        ('{"x": NaN}', "not a finite"),
        ('{"x": -Infinity}', "not a finite"),
        ('{"x": "y"}', "is a variable"),
        ('{"x": 1, "x": 2}', "two different values"),
        ('{"1x": 1}', "no name"),
        ('{"x": ""}', "is missing"),
        ('{"x": 1e999999}', "4,096 bits"),
        ('{"x": ' + "[" * 200_000, "not JSON"),
        ('{"x": ' + "9" * 5000 + "}", "4,096 bits"),
    ],
    ids=range(17),
)
def test_bad_files_are_refused(tmp_path: Path, text: str, message: str | None) -> None:
    path = tmp_path / "point.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PointError, match=message):
        read_point_file(path)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    large = tmp_path / "large.json"
    large.write_text(" " * 1_000_001)
    for path in (tmp_path / "missing.json", tmp_path, binary, large, "\x00"):
        with pytest.raises(PointError):
            read_point_file(path)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (2, Fraction(2)),
        (Fraction(1, 3), Fraction(1, 3)),
        (Decimal("0.1"), Fraction(1, 10)),
        ("0.1", Fraction(1, 10)),
        ("1/3", Fraction(1, 3)),
        (0.1, Fraction(3602879701896397, 36028797018963968)),
        (5e-324, Fraction(1, 2**1074)),
        (np.float64(0.1), Fraction(0.1)),
        (np.float32(0.1), Fraction(13421773, 134217728)),
        (np.float16(0.5), Fraction(1, 2)),
        (np.int64(-3), Fraction(-3)),
        (np.uint8(255), Fraction(255)),
    ],
)
def test_values_from_python_are_exact(value: object, exact: Fraction) -> None:
    assert rational_value(constant_expr(value)) == exact


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.bool_(True),
        float("nan"),
        float("inf"),
        np.float64("nan"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1e999999"),
        Decimal("1e-999999"),
        1j,
        np.complex128(1),
        [1, [2]],
        ([1, 2], 3),
        np.array([1.0, np.nan]),
        np.array([]),
        None,
        object(),
        b"1",
        10**2000,
        "x",
        "",
        "nan",
    ],
    ids=range(23),
)
def test_what_is_no_real_number_is_refused(value: object) -> None:
    with pytest.raises(PointError) as caught:
        constant_expr(value)
    assert caught.value.hint


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_its_binary_value(value: float) -> None:
    assert rational_value(constant_expr(value)) == Fraction(value)


@given(st.fractions(), st.decimals(allow_nan=False, allow_infinity=False, places=5))
def test_text_is_read_exactly(fraction: Fraction, decimal: Decimal) -> None:
    assert values(f"x={fraction},y={decimal}") == {"x": fraction, "y": Fraction(decimal)}


@given(
    st.text(max_size=40) | st.lists(st.sampled_from([*"xy=,2./()[]{}-;e ", "pi", "sqrt("]), max_size=20).map("".join)
)
def test_arbitrary_points_raise_only_own_errors(text: str) -> None:
    try:
        read_point(text)
    except DerivcheckError as error:
        assert isinstance(error, PointError)  # noqa: PT017  # most texts are no point, some are


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=5))
def test_arbitrary_json_raises_only_own_errors(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps({"x": value}), encoding="utf-8")
    try:
        read_point_file(path)
    except DerivcheckError as error:
        assert isinstance(error, PointError)  # noqa: PT017  # some values are numbers
