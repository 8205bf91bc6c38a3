"""Cases in which an analysis once claimed too much, broke off, or was refused without a word."""

import pytest
import sympy

from derivcheck import Agreement, Verdict, analyze
from derivcheck.errors import PointError, ReadError


def test_the_constant_e_is_differentiated_in_torch_too() -> None:
    """e^x is e^x in every system, and torch's own attribute of that name is not taken for an operation."""
    result = analyze("e^x + 1/(1+e^(-x))", at={"x": 1})
    assert result.verdict is Verdict.VERIFIED
    assert result.gradient["x"].autograd.agreement is Agreement.MATCH


@pytest.mark.parametrize("loss", ["where(x!=0, x^2, 0)", "abs(x)*abs(x+y)", "cbrt(x)^6", "where(x==0, 5*x, x^2+5*x)"])
def test_no_second_derivative_is_claimed_where_an_operation_is_not_analytic(loss: str) -> None:
    """A formula that holds beside a switch says nothing on it: neither a value nor existence is claimed there."""
    result = analyze(loss, at={"x": 0, "y": 0} if "y" in loss else {"x": 0}, wrt="all", order=2, oracles=())
    assert all((p.exists, p.value) == (None, None) for p in result.hessian.values())


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
