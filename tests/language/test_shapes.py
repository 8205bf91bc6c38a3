"""Declared shapes: what is read, what is refused and how, and the numbers that size names stand for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.errors import PointError, ShapeError
from derivcheck.language.shape_conventions import ShapeReason, default_shapes
from derivcheck.language.shapes import match_shapes, read_shapes, shape_text

SIZES = st.one_of(st.integers(1, 10**6), st.sampled_from(["n", "d", "k", "m_1", "alpha"]))
SHAPES = st.dictionaries(st.sampled_from(["X", "w", "yhat", "x_1", "A"]), st.lists(SIZES, max_size=4).map(tuple))


def test_the_usual_declaration_is_read() -> None:
    """Sizes are numbers or names, and () is a single number."""
    assert read_shapes("X=(n,d), w=(d), y=(n), A=(3,3), b=()") == {
        "X": ("n", "d"),
        "w": ("d",),
        "y": ("n",),
        "A": (3, 3),
        "b": (),
    }


def test_one_vector_may_be_written_in_every_usual_way() -> None:
    """(3), (3,), [3] and 3 are the same shape, and names are canonical."""
    assert read_shapes(["w=(3)", "ŷ = (3,)\nx₁=[3]; α=3"]) == dict.fromkeys(("w", "yhat", "x_1", "alpha"), (3,))


def test_shapes_come_from_python_too() -> None:
    """A mapping holds tuples, lists, texts or single sizes; NumPy's integers are integers."""
    given_shapes = {"X": ("n", "d"), "w": (2,), "b": (), "ŷ": "(n)", "c": "d", "v": 4, "u": [np.int64(5)]}
    assert read_shapes(given_shapes) == {
        "X": ("n", "d"),
        "w": (2,),
        "b": (),
        "yhat": ("n",),
        "c": ("d",),
        "v": (4,),
        "u": (5,),
    }
    assert read_shapes(None) == {}


@given(SHAPES)
def test_what_is_written_is_read_back(shapes: dict[str, tuple[int | str, ...]]) -> None:
    """Shapes written as text are read as themselves."""
    text = ", ".join(f"{name}={shape_text(shape)}" for name, shape in shapes.items())
    assert read_shapes([text] if shapes else []) == shapes
    assert read_shapes(shapes) == shapes


@given(st.text(alphabet="Xwnd=(),[]; \n-10.ŷ²:+e", max_size=30))
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    """A hostile text raises the error of a point and no other."""
    try:
        shapes = read_shapes(text)
    except PointError:
        return
    assert read_shapes(shapes) == shapes


@pytest.mark.parametrize(
    ("text", "message", "marked", "hint"),
    [
        ("X=(n,d), X=(d,n)", "'X' is given two shapes, (n, d) and (d, n)", "X=(d,n)",
         "give each name once, or the same shape"),
        ("X=(n,d), n=()", "'n' is both a variable and a size", "n", "give the size another name, such as n"),
        ("n=(n)", "'n' is both a variable and a size", "n", "give the size another name, such as n"),
        ("X=(0,d)", "a size of 0 is no size", "0",
         "an axis has at least one element; a single number is declared as b=()"),
        ("X=(n,-2)", "a size of -2 is no size", "-2",
         "an axis has at least one element; a single number is declared as b=()"),
        ("X", "'name=(sizes)' is meant here", "X", 'write --shape "X=(n,d), w=(d), b=()"'),
        ("X: (n,d)", "'name=(sizes)' is meant here", "X: (n,d)", 'write --shape "X=(n,d), w=(d), b=()"'),
        ("X=", "the shape of 'X' is missing", "X=", 'write --shape "X=(n,d), w=(d), b=()"'),
        ("", "no shape is given", "", 'write --shape "X=(n,d), w=(d), b=()"'),
        ("X=(n,,d)", "a size is missing", "", "a size is a positive integer or a name: X=(n,3)"),
        ("X=(n+1)", "'n+1' is no size", "n+1", "a size is a positive integer or a name: X=(n,3)"),
        ("X=(1.5)", "'1.5' is no size", "1.5", "a size is a positive integer or a name: X=(n,3)"),
        ("X=(n d)", "'n d' is no size", "n d", "a size is a positive integer or a name: X=(n,3)"),
        ("X=(n,1e3)", "'1e3' is no size", "1e3", "a size is a positive integer or a name: X=(n,3)"),
        ("X=(n", "this bracket is never closed", "(", "add the other one"),
        ("X=(n]", "']' closes no bracket", "]", "check the brackets"),
        ("X=(n,d) w=(d)", "two items stand here without a comma between them", "(n,d) w=(d)",
         'write --shape "X=(n,d), w=(d), b=()"'),
        ("X=((n),d)", "brackets stand within a shape", "(n),d", "write one size for each axis: X=(n,d)"),
        ("w=(e)", "'e' has a meaning of its own and cannot name a size", "e", "use another, such as n"),
        ("w=9999999999999999999", "this size is larger than any array", "9999999999999999999",
         "a size is a positive integer or a name: X=(n,3)"),
        ("1=(n)", "'1' is no name", "1", "a name begins with a letter"),
    ],
)  # fmt: skip
def test_an_unreadable_shape_says_what_to_write(text: str, message: str, marked: str, hint: str) -> None:
    """The message, the place and the advice of each mistake."""
    with pytest.raises(PointError) as caught:
        read_shapes(text)
    assert caught.value.message == message
    assert caught.value.span is not None
    assert caught.value.span.text == marked
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"X": (0,)}, "a size of 0 is no size"),
        ({"X": (True,)}, "the shape of 'X' has a size of type bool"),
        ({"X": (2.0,)}, "the shape of 'X' has a size of type float"),
        ({"X": None}, "the shape of 'X' has a size of type NoneType"),
        ({3: ("n",)}, "the names of shapes are text"),
        ({"X": ("n",), "n": ()}, "'n' is both a variable and a size"),
        ({"ŷ": ("n",), "yhat": (3,)}, "'yhat' is given two shapes, (n) and (3)"),
        ({"X": ""}, "the shape of 'X' is missing"),
    ],
)
def test_a_mapping_is_held_to_the_same_rules(shapes: dict[str, object], message: str) -> None:
    """What text cannot say, Python cannot say either."""
    with pytest.raises(PointError) as caught:
        read_shapes(shapes)
    assert caught.value.message == message


def test_size_names_are_found_from_given_arrays() -> None:
    """Each name is one number, whichever array gives it."""
    declared = read_shapes("X=(n,d), w=(d), y=(n), A=(3,3)")
    assert match_shapes(declared, {"X": (4, 2), "y": (4,), "A": (3, 3), "other": (7,)}) == {"n": 4, "d": 2}


@pytest.mark.parametrize(
    ("actual", "message"),
    [
        ({"X": (4, 2), "y": (5,)}, "'y' has the shape (5), but (n) is declared, and 'X' has n = 4"),
        ({"A": (3, 2)}, "'A' has the shape (3, 2), but (3, 3) is declared"),
        ({"y": (5, 1)}, "'y' has the shape (5, 1), but (n) is declared"),
        ({"B": (2, 3)}, "'B' has the shape (2, 3), but (n, n) is declared, and 'B' has n = 2"),
    ],
)
def test_arrays_that_contradict_the_declaration_are_named(actual: dict[str, tuple[int, ...]], message: str) -> None:
    """The message names the array, both shapes, and the array that fixed the size."""
    with pytest.raises(ShapeError) as caught:
        match_shapes(read_shapes("X=(n,d), y=(n), A=(3,3), B=(n,n)"), actual)
    assert caught.value.message == message


def test_a_mean_of_single_names_runs_over_samples() -> None:
    """Data has one value for each sample, parameters are single numbers."""
    found = default_shapes(["y", "w", "x", "b", "yhat", "x_2"], reduced=True)
    assert found.shapes == {"y": ("n",), "w": (), "x": ("n",), "b": (), "yhat": ("n",), "x_2": ("n",)}
    assert found.reason is ShapeReason.BATCH


def test_beside_an_upper_case_x_weights_have_one_value_for_each_feature() -> None:
    """X is a matrix of samples by features; with several outputs w is a matrix too."""
    found = default_shapes(["X", "y", "w", "b"], reduced=True)
    assert found.shapes == {"X": ("n", "d"), "y": ("n",), "w": ("d",), "b": ()}
    assert found.reason is ShapeReason.FEATURES
    several = default_shapes(["X", "Y", "W", "b"], reduced=True).shapes
    assert several == {"X": ("n", "d"), "Y": ("n", "k"), "W": ("d", "k"), "b": ()}


def test_without_a_reduction_all_names_are_single_numbers() -> None:
    """The scalar case is left as it is."""
    found = default_shapes(["X", "y", "w"], reduced=False)
    assert found.shapes == {"X": (), "y": (), "w": ()}
    assert found.reason is ShapeReason.SCALARS


@given(st.lists(st.sampled_from(["x", "X", "y", "Y", "w", "W", "b", "n", "n_", "d", "k", "T"]), unique=True))
def test_conventional_sizes_are_no_variables(names: list[str]) -> None:
    """No letter stands for a size and a variable; what the convention gives can be declared."""
    shapes = default_shapes(names, reduced=True).shapes
    assert read_shapes(shapes) == shapes
