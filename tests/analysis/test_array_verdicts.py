"""Verdicts on losses of arrays where they could be too strong or too weak."""

from typing import Any

import numpy as np
import pytest

from derivcheck import Verdict, analyze
from derivcheck.errors import PointError


def _claim(loss: str, claim: Any, name: str = "w", **request: Any) -> Verdict:
    return analyze(loss, claims={name: claim}, oracles=(), **request).claims[name].verdict


def test_a_mean_over_both_axes_is_no_mean_along_one() -> None:
    """A - mean(A) over all elements does not sum to 0 along a row, whatever is proved of it elsewhere."""
    found = analyze("var(log(A-30)+v)", {"A": [[40, 50], [60, 45]], "v": [1, 2]}, wrt="v")
    assert found.verdict is Verdict.VERIFIED
    assert [float(x) for x in found.gradient["v"].value] == pytest.approx([-0.5, 0.5])


@pytest.mark.parametrize("loss", ["sum(log(x))", "sum(x*log(x))", "sum(1/x)"])
def test_many_elements_with_one_outside_the_domain_are_not_called_consistent(loss: str) -> None:
    """NaN beside NaN is no agreement."""
    x = np.abs(np.random.default_rng(0).normal(size=3000)) + 0.1
    x[5] = 0
    assert analyze(loss, {"x": x}, wrt="x").verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("loss", "claim"),
    [
        ("mean((y-log(1-p))**2)", "(y-log(1-p))/(1-p)"),
        ("mean((y-acos(p))**2)", "(y-acos(p))/sqrt(1-p**2)"),
    ],
)
def test_a_factor_that_is_1_at_small_sizes_is_missed_on_no_domain(loss: str, claim: str) -> None:
    """2/n is 1 at n = 2; other sizes are tried at numbers at which the functions have values."""
    assert _claim(loss, claim, "p", shapes="y=(n), p=(n)") is Verdict.REFUTED


def test_numbers_of_the_transposed_shape_are_wrong() -> None:
    """A claimed matrix of numbers must not be transposed."""
    transposed = _claim("sum(A**2)", "[[2,6],[4,8],[6,10]]", "A", at={"A": [[1, 2, 3], [3, 4, 5]]})
    assert transposed is Verdict.REFUTED


def test_a_condition_is_that_of_all_elements_and_is_tried_at_the_point() -> None:
    """w**0 is the derivative of sum(|w|) where all are positive, and not at [1, -1]."""
    assert _claim("sum(abs(w))", "w**0", at={"w": [1, -1]}) is Verdict.REFUTED
    assert _claim("sum(abs(w))", "w**0", at={"w": [1, 2]}) is Verdict.CONDITIONAL


@pytest.mark.parametrize(
    ("loss", "claim", "w"),
    [("max(w)", "where(w==max(w),1,0)", [3, 3]), ("sum(abs(w))", "sign(w)", [1, 0])],
)
def test_no_claim_is_right_where_there_is_no_derivative(loss: str, claim: str, w: list[int]) -> None:
    """Not even the formula of the sweep itself."""
    assert _claim(loss, claim, at={"w": w}) is Verdict.NOT_DIFFERENTIABLE


def test_claims_about_many_elements_are_judged_at_the_given_values() -> None:
    """A right formula holds, written with n or with its number; a wrong one is refuted in an element."""
    random = np.random.default_rng(1)
    at = {"X": random.normal(size=(300, 20)), "w": random.normal(size=20), "y": random.normal(size=300)}
    loss = "mean((y-X@w)**2)"
    assert _claim(loss, "2/n*X.T@(X@w-y)", at=at) is Verdict.CONSISTENT
    assert _claim(loss, "2/300*X.T@(X@w-y)", at=at) is Verdict.CONSISTENT
    assert _claim(loss, "1/n*X.T@(X@w-y)", at=at) is Verdict.REFUTED


def test_stated_symmetry_and_signs_count() -> None:
    """2A x is the gradient of xᵀA x for a symmetric A, ones that of sum(|w|) for a positive w."""
    symmetric = {"shapes": "x=(n), A=(n,n)", "wrt": "x"}
    assert _claim("x@A@x", "2*A@x", "x", assume="A: symmetric", **symmetric) is Verdict.CONSISTENT
    assert _claim("x@A@x", "2*A@x", "x", **symmetric) is Verdict.REFUTED
    assert _claim("sum(abs(w))", "ones(n)", shapes="w=(n)", assume="w: positive") is Verdict.CONSISTENT


@pytest.mark.parametrize(
    ("loss", "w", "claim", "verdict"),
    [
        ("sum(exp(w))", [1, 1], "[2.718, 2.72]", Verdict.VERIFIED),
        ("sum(exp(w))", [1, 1], "[2.718, 2.73]", Verdict.REFUTED),
        ("sum(w**2/3)", [1, 1], "[0.67, 2/3]", Verdict.VERIFIED),
        ("sum(w**2)", [1, 1.5], np.array([2.0, 3.0]), Verdict.VERIFIED),
        ("sum(w**2/3)", [1, 1], np.array([2 / 3, 2 / 3]), Verdict.VERIFIED),
        ("sum(w**2/3)", [1, 1], np.array([2 / 3, 0.66]), Verdict.REFUTED),
    ],
)
def test_numbers_of_arrays_are_judged_by_what_they_can_say(loss: str, w: Any, claim: Any, verdict: Verdict) -> None:
    """Decimals to half a unit of their last digit, floats to one unit in the last place, fractions exactly."""
    assert _claim(loss, claim, at={"w": w}) is verdict


def test_a_number_that_is_no_number_does_not_agree() -> None:
    """Where PyTorch overflows, its NaN says nothing and is not counted as agreeing."""
    found = analyze("log(sum(exp(z)))", {"z": [1000, 1001]})
    assert found.checked.ways == 3 - 1 + ("finite" in found.evidence.finite)
    assert "2 of 2 agree" not in found.to_text().split("finite differences")[0].split("PyTorch")[1]


def test_elements_that_the_loss_does_not_read_have_the_derivative_0() -> None:
    """A gradient has the shape of its variable, axes of size 1 included."""
    trace = analyze("trace(A)", {"A": [[1, 2], [3, 4]]}, oracles=()).gradient["A"].value
    assert [[float(x) for x in row] for row in trace] == [[1, 0], [0, 1]]
    assert analyze("sum(A)", {"A": [[1, 2]]}, oracles=()).gradient["A"].value.shape == (1, 2)


@pytest.mark.parametrize("classes", [[3, 0], [-1, 0], ["1/2", 0]])
def test_class_numbers_outside_the_classes_are_refused(classes: list[Any]) -> None:
    """They count from 0 and are below the number of classes."""
    with pytest.raises(PointError, match="class numbers are integers from 0 to 2"):
        analyze("cross_entropy(z,c)", {"z": [[1, 2, 3], [0, 1, -1]], "c": classes})
    ignored = analyze("cross_entropy(z,c,ignore_index=-100)", {"z": [[1, 2, 3], [0, 1, -1]], "c": [-100, 0]})
    assert ignored.verdict is Verdict.VERIFIED


@pytest.mark.parametrize("loss", ["mean(X)", "sum(X*X)", "sum(sin(X))**2", "sum(max(X, axis=0))"])
def test_arrays_of_three_axes_have_gradients(loss: str) -> None:
    """Formulas without a matrix form are proved as they are printed, element by element."""
    found = analyze(loss, {"X": [[[1, 2], [3, 4]], [[5, 6], [7, 9]]]}, wrt="X")
    assert found.verdict in (Verdict.VERIFIED, Verdict.CONSISTENT)
    assert found.gradient["X"].value.shape == (2, 2, 2)


@pytest.mark.parametrize(("loss", "slope"), [("sum(w*ones(3))", 3), ("max([w,2*w,3*w])", 3)])
def test_arrays_of_constants_need_no_variable_that_is_one(loss: str, slope: int) -> None:
    """A loss of single numbers may have arrays on the way."""
    found = analyze(loss, {"w": 2})
    assert found.verdict is Verdict.VERIFIED
    assert found.gradient["w"].value == slope
