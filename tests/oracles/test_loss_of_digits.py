"""The step that loses a gradient's digits is named, with its cause."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck import analyze
from derivcheck.language.printer import own
from derivcheck.oracles.evidence import Cause, Passage
from derivcheck.report.formulas import step_formula

FOUND = [
    ("(w - 1)^2*x", {"w": "1.00000001", "x": 1}, "float64", "w - 1", Passage.VALUE, Cause.CANCELLATION),
    ("(w - 1)^2*x", {"w": "1.0001", "x": 1}, "float32", "w - 1", Passage.VALUE, Cause.CANCELLATION),
    ("1/(1 - cos(w))", {"w": "1e-5"}, "float64", "1 - cos(w)", Passage.VALUE, Cause.CANCELLATION),
    ("sqrt(1 + w) - sqrt(w)", {"w": 10**9}, "float64", "w", Passage.GRADIENT, Cause.CANCELLATION),
    ("tanh(w*x)", {"w": 30, "x": 1}, "float32", "tanh(w*x)", Passage.SLOPE, Cause.SATURATION),
    ("tanh(w)", {"w": 100}, "float64", "tanh(w)", Passage.SLOPE, Cause.SATURATION),
    ("sigmoid(w)*x", {"w": 20, "x": 2}, "float32", "sigmoid(w)", Passage.SLOPE, Cause.SATURATION),
    ("exp(w)", {"w": 12}, "float16", "exp(w)", Passage.VALUE, Cause.OVERFLOW),
    ("exp(w)/(1 + exp(w))", {"w": 800}, "float64", "exp(w)", Passage.VALUE, Cause.OVERFLOW),
    ("asinh(w)", {"w": 10**160}, "float64", "asinh(w)", Passage.SLOPE, Cause.OVERFLOW),
    ("log(softplus(w))", {"w": -700}, "float32", "softplus(w)", Passage.VALUE, Cause.UNDERFLOW),
    ("exp(-w)", {"w": 10**6}, "float64", "-w", Passage.GRADIENT, Cause.UNDERFLOW),
    ("w^2*1e-200*1e-200", {"w": 1}, "float64", "w^2", Passage.GRADIENT, Cause.UNDERFLOW),
    ("log(sigmoid(w))", {"w": -800}, "float64", "sigmoid(w)", Passage.VALUE, Cause.UNDERFLOW),
    ("sqrt(w^2 + x^2)", {"w": "1e-200", "x": "1e-300"}, "float64", "w^2", Passage.VALUE, Cause.UNDERFLOW),
    ("softplus(w) - w", {"w": 50}, "float64", "w", Passage.GRADIENT, Cause.CANCELLATION),
    ("gelu(w)", {"w": -8}, "float64", "gelu(w)", Passage.SLOPE, Cause.FORMULA),
    ("expm1(w)", {"w": -8}, "float64", "expm1(w)", Passage.SLOPE, Cause.FORMULA),
    ("softplus(w)^3", {"w": 30}, "float64", "softplus(w)", Passage.SLOPE, Cause.APPROXIMATION),
    ("sin(w)", {"w": 10**15}, "float32", "sin(w)", Passage.SLOPE, Cause.SENSITIVE),
]


@pytest.mark.parametrize(("text", "at", "dtype", "step", "what"), [(*f[:4], f[4:]) for f in FOUND])
def test_the_step_and_the_cause_are_named(text, at, dtype, step, what):
    """One loss, at one step, for one cause."""
    found = analyze(text, at=at, wrt="w", dtype=dtype, oracles=("autograd",))
    graph = found.derivation.graph
    told = [(own(step_formula(graph, k.step, {})), k.passage, k.cause) for k in found.evidence.autograd.losses]
    assert told == [(step, *what)]
    assert "w" in found.evidence.autograd.losses[0].variables
    for language in ("en", "ko"):
        assert found.to_text(language=language)


@pytest.mark.parametrize(
    ("text", "at", "dtype"),
    [
        ("log(1 - sigmoid(w))", {"w": 40}, "float64"),
        ("sqrt(w^2 + 1) - w", {"w": 10**9}, "float64"),
        ("(1 - cos(w))/w^2", {"w": "1e-9"}, "float64"),
        ("sqrt(w^2 + 1) - w", {"w": 10**5}, "float32"),
    ],
)
def test_no_more_digits_are_lost_than_there_are(text, at, dtype):
    """Where a number is wrong by more than its size, all digits are lost, not more."""
    (loss,) = analyze(text, at=at, wrt="w", dtype=dtype, oracles=("autograd",)).evidence.autograd.losses
    assert loss.digits is None


@given(st.integers(2, 13))
def test_a_cancellation_costs_the_digits_that_agree(k):
    """1 + 10⁻ᵏ and 1 agree in k digits, and so many are lost."""
    found = analyze("(w - 1)^2", at={"w": 1 + Fraction(3, 10 ** (k + 1))}, oracles=("autograd",))
    losses = found.evidence.autograd.losses
    if losses:
        assert losses[0].cause is Cause.CANCELLATION
        assert abs(losses[0].digits - k) <= 2


@pytest.mark.parametrize("text", ["(y - (w*x + b))^2", "log(1 + w)", "w*x", "tanh(w)"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_nothing_is_said_of_digits_that_are_kept(text, dtype):
    """Where the gradient is right to the last places, no step is blamed and nothing is advised."""
    at = {n: v for n, v in {"y": 4, "w": 3, "x": 2, "b": 1}.items() if n in text.replace("log", "").replace("tanh", "")}
    at = {**at, "w": "0.5"} if "tanh" in text else at
    found = analyze(text, at=at, dtype=dtype, oracles=("autograd",))
    assert not found.evidence.autograd.losses
    assert not found.evidence.autograd.cures
    assert "Advice" not in found.to_text()
