"""Assumptions: how facts are stated, what each row says, and values that contradict them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.errors import PointError
from derivcheck.language.array_data import ArrayData
from derivcheck.language.assumption_checks import check_assumed_shape, check_assumption
from derivcheck.language.assumptions import Assumption, read_assumptions
from derivcheck.language.facts import FACTS, Fact, Sign

HINT = (
    'write --assume "t: onehot"; the facts are '
    "onehot, probabilities, sums_to_one, positive, nonnegative, nonzero, binary, symmetric"
)


def exact(values: Any) -> ArrayData:
    """An array of exact numbers from nested lists of numbers or texts."""
    numbers = np.vectorize(Fraction, otypes=[object])(np.array(values, dtype=object))
    return ArrayData(np.asarray(numbers, dtype=object), exact=True, source="--at")


def one(text: str) -> Assumption:
    (assumption,) = read_assumptions(text)
    return assumption


def test_facts_are_stated_in_words_and_relations() -> None:
    """Each way of writing gives the row of the fact, under the canonical name."""
    read = read_assumptions(
        ["t: onehot, p: simplex; ŷ > 0", "x>=0, q ≠ 0, sum( s ) = 1\nA = A.T, 0<σ, B=Bᵀ, m: One-Hot"]
    )
    assert [a.text for a in read] == [
        "t: onehot",
        "p: probabilities",
        "yhat: positive",
        "x: nonnegative",
        "q: nonzero",
        "s: sums_to_one",
        "A: symmetric",
        "sigma: positive",
        "B: symmetric",
        "m: onehot",
    ]


def test_assumptions_come_from_python_too_and_are_kept_once() -> None:
    """A mapping gives a name one fact or several; what is said twice is said once."""
    read = read_assumptions({"ŷ": "positive", "A": ("symmetric", "non-negative")})
    assert [a.text for a in read] == ["yhat: positive", "A: symmetric", "A: nonnegative"]
    assert [a.text for a in read_assumptions("x>0, x: positive, x: nonzero")] == ["x: positive", "x: nonzero"]
    assert read_assumptions(None) == ()


@pytest.mark.parametrize("row", FACTS.values(), ids=FACTS)
def test_every_row_is_read_by_its_name_its_spellings_and_its_relations(row: Fact) -> None:
    """What the table says can be written."""
    written = [f"z: {word}" for word in (row.name, *row.spellings)] + [r.replace("#", "z") for r in row.relations]
    for text in written:
        assert one(text).fact is row
        assert one(text).name == "z"


def test_what_follows_from_a_fact() -> None:
    """Columns of the rows that closed forms and equality read."""
    onehot = FACTS["onehot"]
    assert (onehot.sums_to, onehot.nonnegative, onehot.nonzero, onehot.idempotent) == (1, True, False, True)
    assert FACTS["positive"].nonzero
    assert FACTS["positive"].nonnegative
    assert not FACTS["probabilities"].idempotent
    assert FACTS["nonzero"].sign is Sign.NONZERO
    assert not FACTS["nonzero"].nonnegative
    assert {row.phrase for row in FACTS.values()} == {f"fact_{name}" for name in FACTS}


@pytest.mark.parametrize(
    ("text", "message", "marked", "hint"),
    [
        ("t", "'name: fact' is meant here", "t", HINT),
        (": onehot", "'name: fact' is meant here", ": onehot", HINT),
        ("t: ", "a fact is missing", "", HINT),
        ("t: onhot", "'onhot' is no known fact", "onhot", "did you mean onehot?"),
        ("x: blue", "'blue' is no known fact", "blue", HINT),
        ("x > 1", "'name: fact' is meant here", "x > 1", HINT),
        ("A = B.T", "'name: fact' is meant here", "A = B.T", HINT),
        ("x y > 0", "'name: fact' is meant here", "x y > 0", HINT),
        ("t, s: onehot", "'name: fact' is meant here", "t", HINT),
        ("", "no fact is given", "", HINT),
        ("2: onehot", "'2' is no name", "2", "a name begins with a letter"),
        ("xx: onehot", "the expression has no 'xx'", "xx: onehot", "did you mean x?"),
        ("zeta: onehot", "the expression has no 'zeta'", "zeta: onehot", "the names of the expression are t, x"),
    ],
)
def test_an_unreadable_assumption_says_what_to_write(text: str, message: str, marked: str, hint: str) -> None:
    """The message, the place and the advice of each mistake."""
    with pytest.raises(PointError) as caught:
        read_assumptions(text, known=["t", "x", "s", "A"] if "'t'" in hint else ["t", "x"])
    assert caught.value.message == message
    assert caught.value.span is not None
    assert caught.value.span.text == marked
    assert caught.value.hint == hint


@pytest.mark.parametrize(("facts", "name"), [(3, "t"), ((1,), "t"), ("onehot", 4)])
def test_a_mapping_of_something_else_is_refused(facts: object, name: Any) -> None:
    """Names and facts are texts."""
    with pytest.raises(PointError):
        read_assumptions({name: facts})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("t: onehot", [[0, 1], [1, 0]]),
        ("t: onehot", [0, 0, 1]),
        ("t: probabilities", ["1/3", "2/3"]),
        ("t: sums_to_one", ["-1", "2"]),
        ("t: positive", "1/10"),
        ("t: nonnegative", [0, 1]),
        ("t: nonzero", [-1, 1]),
        ("t: binary", [[[0, 1]], [[1, 1]]]),
        ("t: symmetric", [[1, 2], [2, 3]]),
    ],
)
def test_values_that_keep_the_fact_pass(text: str, values: Any) -> None:
    """Nothing is raised where the fact holds."""
    check_assumption(one(text), exact(values))


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("t: onehot", [[0, 1], [1, 1]], "the row t[1] sums to 2, not 1"),
        ("t: onehot", [[0, 1], ["1/2", "1/2"]], "t[1, 0] = 1/2 is not 0 or 1"),
        ("t: probabilities", ["1/2", "1/3"], "the entries of 't' sum to 5/6, not 1"),
        ("t: probabilities", ["3/2", "-1/2"], "t[1] = -1/2 is not at least 0"),
        ("t: sums_to_one", ["0.1", "0.2", "0.70000000000000001"],
         "the entries of 't' sum to 1 + 1e-17, not 1"),
        ("t: positive", 0, "t = 0 is not greater than 0"),
        ("t: nonnegative", [[1], [-2]], "t[1, 0] = -2 is not at least 0"),
        ("t: nonzero", [1, 0], "t[1] = 0 is not different from 0"),
        ("t: binary", [1, 2], "t[1] = 2 is not 0 or 1"),
        ("t: symmetric", [[1, 2], [3, 4]], "t[0, 1] = 2 and t[1, 0] = 3 differ"),
    ],
)  # fmt: skip
def test_values_that_break_a_fact_are_named(text: str, values: Any, said: str) -> None:
    """The message names the first element, or the row, that breaks the fact."""
    with pytest.raises(PointError) as caught:
        check_assumption(one(text), exact(values))
    assert caught.value.message == f"'{text}' is assumed, but {said} (--at)"
    assert caught.value.hint == "leave the assumption out, or give values of which it holds"


@given(st.integers(1, 6), st.integers(1, 5), st.randoms(use_true_random=False))
def test_a_softmax_in_floats_is_taken_as_probabilities(columns: int, rows: int, random: Any) -> None:
    """Rounding in the given floating type is no contradiction; a changed digit of an entry is."""
    for dtype, bits in ((np.float64, 53), (np.float32, 24)):
        scores = np.array([[random.uniform(-5, 5) for _ in range(columns)] for _ in range(rows)], dtype=dtype)
        p = np.exp(scores)
        p /= p.sum(axis=-1, keepdims=True)
        for values in (p.astype(np.float64), np.vectorize(Fraction, otypes=[object])(p)):
            check_assumption(one("p: probabilities"), ArrayData(values, exact=True, source="p.npz", bits=bits))
            changed = values.copy()
            changed[-1, 0] += Fraction(1, 1000) if values.dtype == object else 0.001
            broken = ArrayData(changed, exact=True, source="p.npz", bits=bits)
            with pytest.raises(PointError, match=rf"row p\[{rows - 1}\] sums to 1(\.00|001/1000)"):
                check_assumption(one("p: probabilities"), broken)


@pytest.mark.parametrize(
    ("text", "shape", "message"),
    [
        ("t: onehot", (), "'t: onehot' cannot hold: 't' is a single number"),
        ("t: symmetric", ("n",), "'t: symmetric' cannot hold: 't' is an array of the shape (n)"),
        ("t: symmetric", ("n", "d"), "'t: symmetric' cannot hold: 't' has the shape (n, d)"),
    ],
)
def test_a_fact_that_no_array_of_the_shape_can_have_is_refused(text: str, shape: Any, message: str) -> None:
    """Declared shapes are asked before values are there."""
    with pytest.raises(PointError) as caught:
        check_assumed_shape(one(text), shape)
    assert caught.value.message == message
    check_assumed_shape(one("t: symmetric"), ("b", "n", "n"))
    check_assumed_shape(one("t: positive"), ())
