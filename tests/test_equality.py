"""Two formulas: the same function, different at a certified point, or undecided; never wrong."""

from __future__ import annotations

import threading
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import derivcheck
from derivcheck import ClaimResult, Verdict, equal
from derivcheck.analysis.equality_request import read_pair
from derivcheck.budget import WORKER, Deadline
from derivcheck.equality.decide import ENOUGH_POINTS, decide
from derivcheck.equality.points import simple_points, spread_points
from derivcheck.equality.sampling import Pair, Relation, sample
from derivcheck.errors import ReadError

SAME = [
    ("x", "x", None),
    ("(x+1)^2", "x^2 + 2x + 1", None),
    ("wx+b", "b + w*x", None),
    ("sin(x)^2 + cos(x)^2", "1", None),
    ("diff(log(x), x)", "1/x", None),
    ("diff((y-(w*x+b))^2, w)", "-2*x*(y-(w*x+b))", None),
    ("sqrt(x**2)", "|x|", None),
    ("sqrt(x**2)", "x", "x > 0"),
    ("|x|*|x^3|", "x^4", None),
    ("|x*y|", "|x|*|y|", None),
    ("max(x, y)", "(x + y + |x-y|)/2", None),
    ("relu(x) - relu(-x)", "x", None),
    ("sign(x-y)", "where(x > y, 1, where(x < y, -1, 0))", None),
    ("where(x^2 < 2, 1, x)", "where(x^2 >= 2, x, 1)", None),
    ("softplus(x) - softplus(-x)", "x", None),
    ("asin(x) + acos(x)", "pi/2", None),
    ("x^y*x^z", "x^(y+z)", None),
    ("floor(x) + 1", "1 + floor(x)", None),
]

DIFFERENT = [
    ("2x", "x", {"x": 1}, ("2", "1")),
    ("x^2", "x^3", {"x": -1}, ("1", "-1")),
    ("3", "4", {}, ("3", "4")),
    ("x*(1+1e-6)", "x", {"x": 1}, ("1000001/1000000", "1")),
    ("sin(x) + 1e-50", "sin(x)", {"x": 0}, ("1/1" + "0" * 50, "0")),
    ("w*x", "w+x", {"w": 0, "x": 1}, ("0", "1")),
    ("ceil(x)", "floor(x) + 1", {"x": 0}, ("0", "1")),
    ("atan(x) + atan(1/x)", "pi/2", {"x": -1}, ("-1.570796326794896…", "1.570796326794896…")),
]


@pytest.mark.parametrize(("a", "b", "where"), SAME)
def test_formulas_that_are_the_same_function_are_proved_so(a: str, b: str, where: str | None) -> None:
    """A proof on every smooth piece and on every edge between two."""
    assert equal(a, b, where=where).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(("a", "b", "point", "values"), DIFFERENT)
def test_the_counterexample_is_simple_and_shows_both_values(
    a: str, b: str, point: dict[str, int], values: tuple[str, str]
) -> None:
    """Small integers come first, and the values stand beside each other."""
    found = equal(a, b)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample is not None
    assert found.counterexample.point == point
    assert (found.counterexample.left, found.counterexample.right) == values


@pytest.mark.parametrize(
    ("a", "b", "condition", "witness"),
    [
        ("sqrt(x**2)", "x", "x > 0", {"x": -1}),
        ("|x - 1000|", "x - 1000", "x > 1000", {"x": 0}),
        ("|3x - 7|", "7 - 3x", "x < 7/3", {"x": 3}),
        ("max(x, y)", "x", "x - y > 0", {"x": 0, "y": 1}),
        ("relu(x)", "0", "x < 0", {"x": 1}),
        ("hardtanh(x)", "x", "x > -1 and x < 1", {"x": 2}),
    ],
)
def test_equal_on_some_pieces_only_is_conditional(a: str, b: str, condition: str, witness: dict[str, int]) -> None:
    """The condition is named by signs, the counterexample lies outside it, and under it the formulas are equal."""
    found = equal(a, b)
    assert (found.verdict, found.condition) == (Verdict.CONDITIONAL, condition)
    assert found.counterexample is not None
    assert found.counterexample.point == witness
    assert equal(a, b, where=condition).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("switch", ["0", "7/3", "2"])
def test_a_value_at_a_single_point_counts(switch: str) -> None:
    """sign(x) is 0 at 0, where(x > 0, 1, -1) is not: other functions, equal elsewhere."""
    a, b = f"sign(x - {switch})", f"where(x > {switch}, 1, -1)"
    found = equal(a, b)
    assert (found.verdict, found.condition) == (Verdict.REFUTED, f"x != {switch}")
    assert found.counterexample is not None
    assert found.counterexample.point == {"x": Fraction(switch)}
    assert equal(a, b, where=f"x != {switch}").verdict is Verdict.VERIFIED


def test_values_on_switches_can_be_left_out() -> None:
    """Where a derivative does not exist its formula's value is a convention, which a caller may choose to ignore."""
    pair = read_pair("sign(x)", "where(x > 0, 1, -1)")
    without_edges = Pair(pair.graph, pair.left, pair.right, edges=False)
    assert decide(without_edges, Deadline(5.0)).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("a", "b", "which", "place"),
    [("log(x^2)", "2*log(x)", "first", "x = -1"), ("x/x", "1", "second", "x = 0")],
)
def test_other_domains_are_a_remark_and_no_refutation(a: str, b: str, which: str, place: str) -> None:
    """Where only one side has a value there is nothing to compare."""
    found = equal(a, b)
    assert found.verdict is Verdict.VERIFIED
    assert found.condition == f"different domains: only the {which} is defined at {place}"


def test_without_a_common_point_nothing_is_decided() -> None:
    """Formulas that are never both real are neither equal nor different."""
    found = equal("sqrt(-1-x^2)", "1")
    assert (found.verdict, found.reason) == (Verdict.UNDECIDED, "domain")


def test_what_is_true_and_not_proved_is_consistent() -> None:
    """Many points agree to 30 digits, the normal form does not see why."""
    found = equal("atan(x) + atan(1/x)", "pi/2", where="x > 0")
    assert (found.verdict, found.reason) == (Verdict.CONSISTENT, "proof")
    assert found.points >= ENOUGH_POINTS
    assert found.digits >= 30


def test_out_of_time_is_undecided() -> None:
    """A time limit is no counterexample."""
    found = equal("(x+y+z)^9 + sin(x*y)", "(z+y+x)^9 + sin(y*x)", timeout=0.0)
    assert (found.verdict, found.counterexample, found.reason) == (Verdict.UNDECIDED, None, "timeout")


def test_a_worker_that_fails_proves_and_refutes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the prover the points still speak, and claim no proof."""

    def broken(*_: Any, **__: Any) -> None:
        raise derivcheck.budget.WorkerFailedError("no worker")  # type: ignore[attr-defined]

    monkeypatch.setattr(WORKER, "submit", broken)
    found = equal("(x+1)^2", "x^2+2x+1")
    assert (found.verdict, found.reason) == (Verdict.CONSISTENT, "unsupported")
    assert equal("(x+1)^2", "x^2+2x").verdict is Verdict.REFUTED


def test_sympy_expressions_and_text_mix() -> None:
    """What is read differently is compared alike."""
    x = sympy.Symbol("x")
    assert equal(sympy.sin(2 * x), "2*sin(x)*cos(x)").verdict is Verdict.VERIFIED
    assert equal(sympy.Abs(x), x).condition == "x > 0"


@pytest.mark.parametrize("where", ["x", "x >", "x > 0, 1, 0) + where(x > 0", "1"])
def test_a_condition_that_is_none_is_an_error(where: str) -> None:
    """Only a comparison, or several joined, restricts the points."""
    with pytest.raises(ReadError):
        equal("x", "|x|", where=where)


def test_several_threads_can_compare_at_once() -> None:
    """The worker and the precision are shared; answers are not."""
    verdicts: dict[int, Verdict] = {}

    def compare(k: int) -> None:
        verdicts[k] = equal(f"(x+{k})^2", f"x^2 + {2 * k}*x + {k * k + k % 2}", timeout=20.0).verdict

    threads = [threading.Thread(target=compare, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == {k: Verdict.REFUTED if k % 2 else Verdict.VERIFIED for k in range(6)}


def test_a_result_is_no_truth_value() -> None:
    """``if equal(a, b)`` would take every outcome for a yes."""
    with pytest.raises(TypeError):
        bool(equal("x", "x"))


COEFFICIENTS = st.lists(st.integers(-4, 4), min_size=1, max_size=4)


@settings(max_examples=40)
@given(COEFFICIENTS, COEFFICIENTS, st.sampled_from(["x", "sin(x)", "exp(x)", "|x|", "sqrt(x)"]))
def test_polynomials_in_a_function_are_told_apart_exactly(p: list[int], q: list[int], inner: str) -> None:
    """Polynomials in a function that takes infinitely many values are equal exactly if their coefficients are."""
    first, second = (" + ".join(f"({c})*({inner})^{k}" for k, c in enumerate(poly)) for poly in (p, q))
    length = max(len(p), len(q))
    same = p + [0] * (length - len(p)) == q + [0] * (length - len(q))
    found = equal(first, second)
    assert found.verdict is (Verdict.VERIFIED if same else Verdict.REFUTED)


@settings(max_examples=40)
@given(st.integers(-3, 3), st.integers(1, 5), st.fractions(-3, 3, max_denominator=4), st.integers(1, 9))
def test_a_small_relative_error_is_refuted(a: int, power: int, shift: Fraction, digit: int) -> None:
    """A formula with a relative error of 1e-6 is never taken for the right one."""
    formula = f"exp({a}*x)*(x^2 + 1)^{power} + ({shift})^2"
    found = equal(formula, f"({formula})*(1 + {digit}e-6)")
    assert found.verdict is Verdict.REFUTED


def test_points_are_distinct_and_begin_simply() -> None:
    """The search for a counterexample begins at the origin and repeats no point."""
    points = [tuple(p.items()) for p in simple_points(["x", "y"], 100)]
    assert points[0] == (("x", 0), ("y", 0))
    assert len(set(points)) == 100
    spread = [tuple(p.values()) for p in spread_points(["a", "b", "c"], 80)]
    assert len(set(spread)) == 80
    octants = {tuple(value > 0 for value in point) for point in spread}
    assert len(octants) == 8


def test_a_difference_is_certified_by_disjoint_values() -> None:
    """Small values are compared by their relative difference, and equal values are never told apart."""
    equal_values = read_pair("sqrt(2)*sqrt(3) + x", "x + sqrt(6)")
    assert sample(equal_values, {"x": Fraction(0)}, lambda: None).relation is Relation.EQUAL
    tiny = read_pair("exp(-x)/10^300 + 1/10^301", "exp(-x)/10^300")
    assert sample(tiny, {"x": Fraction(1)}, lambda: None).relation is Relation.DIFFERENT


def test_values_that_agree_to_many_digits_are_not_taken_for_equal() -> None:
    """What agrees and is not proved is looked at once more, with thousands of digits."""
    found = equal("sqrt(2) + x + 1/10^300", "x + sqrt(2)")
    assert isinstance(found, ClaimResult)
    assert found.verdict is Verdict.REFUTED


@pytest.mark.parametrize("at", ["7/3", "1/97"])
def test_a_value_given_by_an_equation_counts(at: str) -> None:
    """where(x == c, 5, x) differs from x at c, however unusual a number c is."""
    found = equal(f"where(x == {at}, 5, x)", "x")
    assert (found.verdict, found.condition) == (Verdict.REFUTED, f"x != {at}")
    assert equal(f"where(x == {at}, {at}, x)", "x").verdict is Verdict.VERIFIED
    partly = equal(f"where(x == {at}, 5, |x|)", "x")
    assert partly.verdict is not Verdict.VERIFIED


def test_an_edge_between_good_pieces_is_proved_or_left_out() -> None:
    """A condition never holds at a jump that was not compared."""
    found = equal("where(x < 1/7, x, where(x > 1/7, x, 9)) + |x + 3| - (x + 3)", "x")
    assert found.verdict is not Verdict.VERIFIED
    if found.verdict is Verdict.CONDITIONAL:
        assert equal("where(x == 1/7, 9, x)", "x", where=found.condition).verdict is Verdict.VERIFIED


def test_a_condition_that_cannot_be_read_is_quoted_as_it_was_typed():
    with pytest.raises(ReadError, match=r"the condition, line 1, column 3: .* missing after '>'"):
        equal("x", "|x|", where="x>")
