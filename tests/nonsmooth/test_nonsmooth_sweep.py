"""The measurement by quotients of 900 digits, and a small sweep of random compositions beside it."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from benchmarks import gradient_sweep
from benchmarks.nonsmooth_sweep import (
    BINARY,
    CHOICES,
    CONSTANTS,
    UNARY,
    NoOpinionError,
    OutsideError,
    compare,
    measure,
    sweep,
    text_of,
    tree,
    value_of,
)
from derivcheck.nonsmooth import GradientExistence, PartialExistence
from derivcheck.verdict import Existence

NAMED = {f.text: f for f in (*UNARY, *BINARY)}
X = ("x",)


def node(text, *operands):
    return (NAMED[text], *(operands or (X,)))


MEASURED = [
    (node("abs({0})"), "0", "KINK"),
    (node("sign({0})"), "0", "JUMP"),
    (node("({0})*({1})", X, node("abs({0})")), "0", "C1_NOT_C2"),
    (node("({0})^3", node("abs({0})")), "0", "SMOOTH"),
    (node("cbrt({0})"), "0", "VERTICAL_TANGENT"),
    (node("sqrt(abs({0}))"), "0", "CUSP"),
    (node("sqrt({0})"), "0", "OUT_OF_DOMAIN"),
    (node("({0})/({1})", node("sin({0})"), X), "0", "REMOVABLE"),
    (node("abs({0})", node("({0} - {1})", node("({0})^2"), ("c", "2"))), "sqrt(2)", "KINK"),
]


@pytest.mark.parametrize(("expression", "at", "kind"), MEASURED)
def test_quotients_show_the_kind(expression, at, kind):
    """What is measured of textbook points is what is known of them."""
    assert measure(expression, CONSTANTS[at]).kinds == {kind}


def test_quotients_that_do_not_settle_say_nothing():
    """The slopes of x/log|x| at 0 are 1/log t: they tend to 0 too slowly for any step."""
    quotient = node("({0})/({1})", X, node("log({0})", node("abs({0})")))
    with pytest.raises(NoOpinionError):
        measure((CHOICES[2], X, ("c", "0"), quotient), CONSTANTS["0"])


def test_a_wrong_answer_is_seen(monkeypatch):
    """An answer that differs from the measurement in kind or slope disagrees."""
    wrong = PartialExistence(True, Existence.SMOOTH, 0, 0, (0, 0))
    monkeypatch.setattr("derivcheck.nonsmooth.partial_existence", lambda *_, **__: wrong)
    assert compare(node("abs({0})"), "0")[0] == "disagrees"
    assert compare(node("({0})^3"), "1")[0] == "disagrees"
    assert compare(node("({0})^3"), "0")[0] == "agrees"


def test_trees_are_written_as_they_are_evaluated():
    """The text of a random tree is read by the package to the value that mpmath gives."""
    from derivcheck import analyze

    rng = random.Random(7)  # noqa: S311  # reproducible, not secret
    for _ in range(20):
        expression = tree(rng, 4, "1/2")
        text = text_of(expression)
        try:
            expected = value_of(expression, CONSTANTS["3/2"])
        except (OutsideError, NoOpinionError):
            continue
        found = analyze(f"({text}) + 0*x", at={"x": "3/2"}, wrt="x", oracles=()).value
        assert float(found) == pytest.approx(float(expected), rel=1e-12, abs=1e-12)


def test_no_random_composition_disagrees():
    """A small sweep; the whole one is ``python -m benchmarks.nonsmooth_sweep --count 5000``."""
    outcomes, kinds, lines = sweep(250, seed=20)
    assert not outcomes["disagrees"], "\n".join(lines)
    assert outcomes["undecided"] <= 2, "\n".join(lines)
    assert len(kinds) >= 6


def test_no_random_gradient_disagrees():
    """A small sweep in two variables; the whole one is ``python -m benchmarks.gradient_sweep``."""
    outcomes, lines = gradient_sweep.sweep(60, seed=21)
    assert not outcomes["disagrees"], "\n".join(lines)
    assert outcomes["exists"] > 10 < outcomes["does not exist"]


def test_a_wrong_gradient_is_seen(monkeypatch):
    """That |x| + |y| has a gradient at the origin, or that x·y has none, disagrees."""
    kinked = node("({0} + {1})", node("abs({0})"), node("abs({0})", ("y",)))
    monkeypatch.setattr("derivcheck.nonsmooth.gradient_existence", lambda *_, **__: GradientExistence(True))
    assert gradient_sweep.compare(kinked, ("0", "0"))[0] == "disagrees"
    missing = GradientExistence(False, {"x": Fraction(1), "y": Fraction(1)})
    monkeypatch.setattr("derivcheck.nonsmooth.gradient_existence", lambda *_, **__: missing)
    assert gradient_sweep.compare(node("({0})*({1})", X, ("y",)), ("0", "0"))[0] == "disagrees"
    assert gradient_sweep.compare(kinked, ("0", "0"))[0] == "does not exist"
