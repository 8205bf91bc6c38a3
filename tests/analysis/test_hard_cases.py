"""Cases in which an analysis once claimed too much, broke off, or was refused without a word."""

from fractions import Fraction
from math import inf

import pytest
import sympy

from derivcheck import Agreement, Verdict, analyze
from derivcheck.errors import PointError, ReadError


def test_the_constant_e_is_differentiated_in_torch_too() -> None:
    """e^x is e^x in every system, and torch's own attribute of that name is not taken for an operation."""
    result = analyze("e^x + 1/(1+e^(-x))", at={"x": 1})
    assert result.verdict is Verdict.VERIFIED
    assert result.gradient["x"].autograd.agreement is Agreement.MATCH


@pytest.mark.parametrize(
    ("loss", "value"),
    [("where(x!=0, x^2, 0)", 2), ("abs(x)*abs(x+y)", 2), ("cbrt(x)^6", 2), ("where(x==0, 5*x, x^2+5*x)", 2)],
)
def test_a_second_derivative_on_a_switch_is_that_of_the_function_not_of_the_formula(loss: str, value: int) -> None:
    """In one variable both sides are looked at; of mixed derivatives neither a value nor existence is claimed."""
    result = analyze(loss, at={"x": 0, "y": 0} if "y" in loss else {"x": 0}, wrt="all", order=2, oracles=())
    assert (result.hessian["x", "x"].exists, result.hessian["x", "x"].value) == (True, value)
    mixed = [p for (row, column), p in result.hessian.items() if row != column]
    assert all((p.exists, p.value) == (None, None) for p in mixed)


@pytest.mark.parametrize(
    ("loss", "left", "right"), [("x*abs(x)", -2, 2), ("x^2/2 + relu(x)^2", 1, 3), ("abs(x)^(3/2)", inf, inf)]
)
def test_where_the_slope_has_a_kink_there_is_no_second_derivative(loss: str, left: float, right: float) -> None:
    """The one-sided second derivatives are given, times the upstream gradient."""
    for upstream in (1, 3):
        found = analyze(loss, at={"x": 0}, order=2, upstream=upstream, oracles=()).hessian["x", "x"]
        assert (found.exists, found.value) == (False, None)
        assert (found.left, found.right) == (left * upstream, right * upstream)


@pytest.mark.parametrize(
    ("loss", "vertices", "inside"),
    [
        ("abs(x+y)", {(1, 1), (-1, -1)}, True),
        ("max(x,y)", {(1, 0), (0, 1)}, True),
        ("abs(x)+abs(y)", {(1, 1), (1, -1), (-1, 1), (-1, -1)}, True),
        ("leaky_relu(x,0.3)+abs(y)", {("3/10", 1), ("3/10", -1), (1, 1), (1, -1)}, True),
        ("relu(x-y)-relu(y-x)+abs(x-y)", {(2, -2), (0, 0)}, True),
        ("relu(x)-relu(-x)+abs(y)", {(1, 1), (1, -1)}, False),
    ],
)
def test_the_clarke_set_of_several_variables_holds_autograds_gradient_or_not(
    loss: str, vertices: set[tuple[int | str, int]], inside: bool
) -> None:
    """The vertices are the gradients of the pieces; torch's gradient is judged as a vector, rounding aside."""
    result = analyze(loss, at={"x": 0, "y": 0}, wrt="x,y")
    assert result.clarke is not None
    assert {(v["x"].exact, v["y"].exact) for v in result.clarke} == {(Fraction(a), Fraction(b)) for a, b in vertices}
    assert result.evidence.clarke.autograd is inside


def test_rounding_does_not_make_a_subgradient_none() -> None:
    """0.3 in binary64 is less than 3/10, the end of the interval; as torch's answer it is that end."""
    found = analyze("leaky_relu(x,0.3)", at={"x": 0}).gradient["x"].autograd
    assert found.value < Fraction(3, 10)
    assert found.subgradient is True


def test_an_upstream_gradient_of_zero_gives_zero() -> None:
    """0 is not taken for no upstream gradient."""
    result = analyze("x^2", at={"x": 2}, upstream=0)
    assert result.verdict is Verdict.VERIFIED
    assert result.gradient["x"].value == 0


def test_nothing_is_refuted_on_a_piece_without_points() -> None:
    """Signs that contradict each other through irrational constants refute nothing."""
    assert analyze("clamp(2, sqrt(2), x)", at={"x": 0}).verdict in (Verdict.VERIFIED, Verdict.CONSISTENT)


def test_digits_of_a_rounded_gradient_are_right_digits() -> None:
    """torch's hardsigmoid has a binary32 sixth in its backward: seven digits, and no more are claimed."""
    assert analyze("hardsigmoid(x)", at={"x": "0.7"}).gradient["x"].autograd.digits <= 7


def test_an_error_while_checking_leaves_the_worker_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next analysis is not kept waiting by one that broke off."""

    def broken(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("derivcheck.analysis.checks.autograd_evidence", broken)
        with pytest.raises(KeyboardInterrupt):
            analyze("x^2", at={"x": 1})
    assert analyze("x^3", at={"x": 1}, timeout=10).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("options", [{"at": {1: 2}}, {"wrt": 3}, {"timeout": "3"}, {"compare": 3}, {"timeout": -1}])
def test_options_of_the_wrong_type_are_refused(options: dict[str, object]) -> None:
    """With an error of our own, never an AttributeError."""
    with pytest.raises(PointError):
        analyze("x^2", **options)


def test_a_condition_is_no_loss() -> None:
    """Neither SymPy's nor ours; and a Piecewise whose default is the number 1 is read."""
    x = sympy.Symbol("x", real=True)
    with pytest.raises(ReadError):
        analyze(sympy.Eq(x, 1))
    assert analyze(sympy.Piecewise((x, x > 0), (1, True)), at={"x": 2}, oracles=()).gradient["x"].value == 1
