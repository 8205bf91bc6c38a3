"""Where a NaN begins: the branch that was not selected, infinities that meet, values that overflow."""

from __future__ import annotations

import math

import pytest

from derivcheck import analyze
from derivcheck.language.printer import own
from derivcheck.report.formulas import step_formula

TRAPS = [
    ("where(w > 0, sqrt(w), 0)", {"w": 0}, "sqrt(w)", "sqrt(w)", "where(w > 0, sqrt(where(w > 0, w, 1)), 0)"),
    ("where(w > 1, log(w), w^2)", {"w": 0}, "log(w)", "log(w)", "where(w > 1, log(where(w > 1, w, 1)), w^2)"),
    ("where(w == 0, 1, sin(w)/w)", {"w": 0}, None, "sin(w)/w", None),
    (
        "where(w < 0, x, w*sqrt(w))",
        {"w": -1, "x": 2},
        "sqrt(w)",
        "w*sqrt(w)",
        "where(w < 0, x, where(w < 0, 1, w)*sqrt(where(w < 0, 1, w)))",
    ),
]


@pytest.mark.parametrize(("text", "at", "step", "branch", "cure"), TRAPS)
def test_the_branch_that_poisons_is_named(text, at, step, branch, cure):
    """The operation, the branch and the selection that left it out; the cure writes the selection twice."""
    found = analyze(text, at=at, wrt="w", oracles=("autograd",))
    graph = found.derivation.graph
    assert math.isnan(found.gradient["w"].autograd.value)
    begun = found.evidence.autograd.no_numbers[0]
    assert own(step_formula(graph, begun.branch, {})) == branch
    assert own(step_formula(graph, begun.selection, {})) == own(step_formula(graph, graph.output, {}))
    assert begun.variables == ("w",)
    if step is not None:
        assert own(step_formula(graph, begun.step, {})) == step
    if cure is not None:
        cured = analyze(cure, at=at, wrt="w", oracles=("autograd",)).gradient["w"].autograd
        assert math.isfinite(cured.value)
        assert "√where(" in found.to_text() or "log(where(" in found.to_text()


def test_infinities_of_both_signs_meet():
    """√w - √(w·2) at 0 passes ∞ and -∞ back to w."""
    found = analyze("sqrt(w) - sqrt(2*w)", at={"w": 0}, oracles=("autograd",))
    begun = found.evidence.autograd.no_numbers
    assert len(begun) == 1
    assert {math.isinf(n) for n in begun[0].numbers} == {True}
    assert begun[0].selection is None


def test_a_value_that_overflows_makes_nan_forward():
    """exp(800)/(1 + exp(800)) is ∞/∞ in float64."""
    found = analyze("exp(w)/(1 + exp(w))", at={"w": 800}, oracles=("autograd",))
    begun = found.evidence.autograd.no_numbers[0]
    assert begun.operand is None
    assert begun.numbers == (math.inf, math.inf)
    assert "∞, ∞" in found.to_text()


def test_without_nan_nothing_is_said():
    """A branch that was not selected and is harmless is no news."""
    assert not analyze("where(w > 0, w, -w)", at={"w": 1}, oracles=("autograd",)).evidence.autograd.no_numbers
