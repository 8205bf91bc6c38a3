"""The Python interface: the public names, what they hold, and what they refuse."""

import dataclasses
import json
import threading
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy

import derivcheck
from derivcheck import Agreement, Existence, Verdict, analyze
from derivcheck.errors import OutOfTimeError, PointError, ReadError

POINT = {"x": 2, "y": 4, "w": 3, "b": 1}
LOSS = "(y-(w*x+b))**2"


def test_the_example_is_verified_with_its_values() -> None:
    """The numbers of the note, exactly, and proved."""
    result = analyze(LOSS, at=POINT, lr="0.1")
    assert result.verdict is Verdict.VERIFIED
    assert result.value == 9
    assert {n: p.value.exact for n, p in result.gradient.items()} == {"w": 12, "b": 6}
    assert result.differentiable is True
    assert [p.autograd.agreement for p in result.gradient.values()] == [Agreement.MATCH] * 2
    update = result.checked.subject.update
    assert update.values == {"w": Fraction(9, 5), "b": Fraction(2, 5)}
    assert update.loss_after == 0
    assert result.checked.ways == 4


def test_results_are_frozen_and_show_themselves_in_one_line() -> None:
    """An analysis is a value: it cannot be changed, and its repr is short."""
    result = analyze(LOSS, at=POINT, oracles=())
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.verdict = Verdict.REFUTED
    assert repr(result).count("\n") == 0
    assert "12" in repr(result)


def test_every_spelling_of_a_name_finds_its_derivative() -> None:
    """gradient["ŷ"], in both Unicode spellings, and gradient["yhat"] are one."""
    gradient = analyze("|y-ŷ|", at={"y": 4, "y\u0302": 3}, wrt="yhat", oracles=()).gradient
    assert gradient["ŷ"] is gradient["y\u0302"] is gradient["yhat"]
    with pytest.raises(KeyError):
        gradient["z"]


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ("0.1", Fraction(1, 10)),
        (0.1, Fraction(0.1)),
        (Decimal("0.1"), Fraction(1, 10)),
        (Fraction(1, 3), Fraction(1, 3)),
        (np.float64(0.5), Fraction(1, 2)),
        (np.int64(3), Fraction(3)),
        ("1e-3", Fraction(1, 1000)),
        (10**40, Fraction(10**40)),
    ],
)
def test_values_are_exact(value: object, exact: Fraction) -> None:
    """Text, integers, fractions and decimals are what they say; a float is its binary64 value."""
    assert analyze("x", at={"x": value}, oracles=()).value.exact == exact


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, 1j, [1, [2]], None, object(), "y", ""])
def test_values_that_are_no_numbers_are_refused(value: object) -> None:
    """A point holds finite real numbers."""
    with pytest.raises(PointError):
        analyze("x", at={"x": value}, oracles=())


@pytest.mark.parametrize("bad", [None, 5, 2.5, ["x"], object()])
def test_an_expression_is_text_or_sympy(bad: object) -> None:
    """Anything else is refused with a message."""
    with pytest.raises((ReadError, PointError)):
        analyze(bad)


def test_sympy_expressions_are_read() -> None:
    """Powers, functions, Max, Abs and Piecewise of SymPy have the same derivative as the text."""
    x, w, s = sympy.symbols("x w S", real=True)
    loss = sympy.Max(w * x, 0) + sympy.Abs(w - 1) + sympy.exp(-w / 2) * sympy.sqrt(x) + sympy.Rational(1, 3) * s**-2
    result = analyze(loss, at={"x": 4, "w": 3, "S": 2}, wrt="all")
    assert result.verdict is Verdict.VERIFIED
    truth = sympy.diff(loss, w).subs({x: 4, w: 3, s: 2})
    assert float(result.gradient["w"].value) == pytest.approx(float(truth), rel=1e-15)
    piecewise = sympy.Piecewise((x**2, x > 1), (2 * x - 1, True))
    assert analyze(piecewise, at={"x": 1}, oracles=()).gradient["x"].value == 2
    with pytest.raises(ReadError):
        analyze(sympy.Integral(x, x))


def test_names_that_sympy_reserves_are_ordinary_names() -> None:
    """N, S, E, I, beta, gamma, lambda, and a user's own e are variables like any other."""
    names = ["N", "S", "E", "I", "beta", "gamma", "lambda", "e", "pi", "zoo", "Q", "O"]
    result = analyze(" + ".join(f"{n}^2" for n in names), at={n: k for k, n in enumerate(names)}, wrt="all")
    assert result.verdict is Verdict.VERIFIED
    assert [p.value.exact for p in result.gradient.values()] == [2 * k for k in range(len(names))]


def test_the_hessian_is_derived_and_proved() -> None:
    """order=2 gives every second derivative, at the point and as a formula."""
    result = analyze("x^3*y + sin(x*y)", at={"x": 1, "y": "1/2"}, wrt="all", order=2)
    assert result.verdict is Verdict.VERIFIED
    x, y = sympy.symbols("x y")
    for (a, b), partial in result.hessian.items():
        truth = sympy.diff(x**3 * y + sympy.sin(x * y), a, b).subs({x: 1, y: sympy.Rational(1, 2)})
        assert float(partial.value) == pytest.approx(float(truth), rel=1e-14)
        assert partial.exists is True


def test_an_upstream_gradient_scales_everything() -> None:
    """Values, slopes and the proof are those of 3·L."""
    result = analyze(LOSS, at=POINT, upstream=3)
    assert result.verdict is Verdict.VERIFIED
    assert result.gradient["w"].value == 36
    assert result.gradient["w"].autograd.value == 36.0


def test_a_kink_is_not_differentiable_whatever_autograd_returns() -> None:
    """|y-ŷ| at 0: slopes -1 and 1, Clarke interval [-1, 1], torch's 0 a subgradient by convention."""
    partial = analyze("|y-ŷ|", at={"y": 4, "ŷ": 4}, wrt="ŷ").gradient["ŷ"]
    assert (partial.exists, partial.kind, partial.left, partial.right) == (False, Existence.KINK, -1, 1)
    assert partial.clarke == (-1, 1)
    assert partial.value is None
    assert (partial.autograd.agreement, partial.autograd.value) == (Agreement.CONVENTION, 0.0)
    assert partial.autograd.subgradient is True


def test_a_derivative_that_exists_across_kinks_is_found() -> None:
    """relu(x)-relu(-x) at 0 has derivative 1; autograd's 0 is no subgradient."""
    result = analyze("relu(x)-relu(-x)", at={"x": 0})
    partial = result.gradient["x"]
    assert result.verdict is Verdict.VERIFIED
    assert (partial.exists, partial.value) == (True, 1)
    assert (partial.autograd.value, partial.autograd.subgradient) == (0.0, False)


def test_outside_the_domain_is_a_finding() -> None:
    """log(-1) is said to be outside, not a crash."""
    result = analyze("log(x)", at={"x": -1})
    assert result.verdict is Verdict.NOT_DIFFERENTIABLE
    assert result.value is None
    assert result.gradient["x"].kind is Existence.OUT_OF_DOMAIN


def test_a_point_that_is_missing_a_value_leaves_the_formulas() -> None:
    """Without every value the derivation is whole and proved, without numbers."""
    result = analyze(LOSS, at={"x": 2})
    assert result.verdict is Verdict.VERIFIED
    assert (result.value, result.differentiable) == (None, None)
    assert result.gradient["b"].formula == "-2*(y - (w*x + b))"
    assert result.checked.subject.missing == ("y", "w", "b")


@pytest.mark.parametrize(
    ("expression", "wrt", "reason"),
    [
        ("w*x+b", ("w", "b"), "parameters"),
        ("x_1*w_1 + X*t", ("w_1",), "parameters"),
        ("x*y", ("x", "y"), "nothing_else"),
    ],
)
def test_the_variables_by_default_are_the_parameters(expression: str, wrt: tuple[str, ...], reason: str) -> None:
    """Every name that is not data by convention, or all where nothing else is left."""
    subject = analyze(expression, oracles=()).checked.subject
    assert (subject.wrt, subject.wrt_reason) == (wrt, reason)


@pytest.mark.parametrize(
    "arguments",
    [
        {"at": {"z": 1}},
        {"wrt": "z"},
        {"wrt": ""},
        {"order": 3},
        {"upstream": "pi"},
        {"lr": "a"},
        {"oracles": ("oracle",)},
        {"at": {"x": 1, "X": 2}},
        {"compare": "mae"},
    ],
)
def test_options_that_do_not_fit_are_refused(arguments: dict[str, object]) -> None:
    """With an error of our own, which says what was found."""
    with pytest.raises(PointError):
        analyze("x^2", **arguments)


def test_mae_stands_beside_mse_with_facts_that_were_found() -> None:
    """MSE has a derivative everywhere, MAE has none at error 0, is convex, and its gradient does not shrink."""
    result = analyze(LOSS, at=POINT, compare="mae")
    text = " ".join(result.to_text().split())
    assert result.comparison.value == 3
    assert "smooth bowl" in text
    assert "sharp point" in text
    for phrase in ("y - (w·x + b) = 0", "grows with the error", "MAE is convex"):
        assert phrase in text


def test_the_report_has_every_form() -> None:
    """Text in two languages, Markdown, HTML for notebooks, JSON that is JSON."""
    result = analyze(LOSS, at=POINT, oracles=())
    assert "연쇄 법칙" in result.to_text(language="ko")
    assert r"\partial" in result.to_markdown()
    assert result._repr_markdown_() == result.to_markdown()
    html = result._repr_html_()
    assert html.startswith("<")
    assert r"\(" in html
    assert json.loads(result.to_json())["gradient"]["w"]["value"] == "12"
    assert result.to_text(ascii_only=True).isascii()


def test_no_time_left_is_an_error_of_our_own() -> None:
    """A derivation that cannot be finished in time says so; nothing is left running."""
    chain = "; ".join(["e_0 = x", *(f"e_{k + 1} = tanh(e_{k}*x + {k})" for k in range(4000)), "e_4000"])
    with pytest.raises(OutOfTimeError):
        analyze(chain, at={"x": "1/3"}, timeout=0.05)


def test_late_oracles_leave_the_verdict_undecided_or_consistent() -> None:
    """What SymPy could not finish in time is not called wrong, and what was finished is there."""
    hard = "*".join(f"(sin({k}*x)+exp(x/{k}))" for k in range(1, 40))
    result = analyze(hard, at={"x": "1/7"}, timeout=1.5)
    assert result.verdict in (Verdict.VERIFIED, Verdict.CONSISTENT, Verdict.UNDECIDED)
    assert result.value is not None


def test_threads_get_their_own_answers() -> None:
    """Several analyses at once do not disturb one another."""
    found: dict[int, object] = {}

    def work(k: int) -> None:
        found[k] = analyze("sin(w*x)^2", at={"w": k, "x": Fraction(1, 3)}, wrt="w").gradient["w"]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for k, partial in found.items():
        truth = float(sympy.sin(2 * sympy.Rational(k, 3)) / 3)
        assert float(partial.value) == pytest.approx(truth, rel=1e-15)
        assert partial.verdict is Verdict.VERIFIED


def test_the_public_names_are_lazy_and_complete() -> None:
    """Every name of __all__ is there; an unknown one is an AttributeError."""
    for name in derivcheck.__all__:
        assert getattr(derivcheck, name) is not None
    with pytest.raises(AttributeError):
        _ = derivcheck.nonsense
