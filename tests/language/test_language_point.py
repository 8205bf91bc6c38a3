"""The point: exact values from text and Python."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.errors import DerivcheckError, PointError
from derivcheck.language import printer
from derivcheck.language.constants import rational_value
from derivcheck.language.point import check_names, constant_expr, read_point


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
