"""Autograd beside the certified derivative: no correct gradient is accused, a wrong one is, and its step is named."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import NoValueError, constants, expressions, graph_of, points, value_of

from derivcheck import analyze
from derivcheck.derive import differentiate
from derivcheck.frameworks.torch_bridge import run_autograd
from derivcheck.language import printer
from derivcheck.language.parser import parse
from derivcheck.nonsmooth.breaks import analytic_at
from derivcheck.oracles import autograd
from derivcheck.oracles.certified import certify, known
from derivcheck.oracles.evidence import AutogradEvidence
from derivcheck.source import Source
from derivcheck.verdict import Agreement, Verdict

CLOSE = (Agreement.MATCH, Agreement.ROUNDING)
floats = st.one_of(
    st.integers(-300, 300).map(lambda k: Fraction(k, 100)),
    st.floats(-8, 8).map(Fraction),
    st.floats(1e-8, 1e5).map(Fraction),
)


def evidence(graph, point, **options):
    """What the oracle finds at a point off every switch, and the certified derivatives."""
    derivation = differentiate(graph)
    steps = {n: derivation.gradient(n) for n in graph.inputs}
    values = certify(derivation.graph, constants(point), {k for k in steps.values() if k is not None})
    derived = {n: Fraction(0) if k is None else known(values[k]) for n, k in steps.items()}
    found = autograd.autograd_evidence(
        graph, constants(point), derived, {}, on_switch=dict.fromkeys(derived, False), **options
    )
    return derived, found


def fraction(number):
    return Fraction(number)


HARD = [
    ("expm1(w)", {"w": -8}),
    ("gelu(w)", {"w": Fraction(-87, 10)}),
    ("gelu(w)", {"w": -5}),
    ("exp(gelu(w))", {"w": Fraction(-15, 4)}),
    ("softplus(w)^3", {"w": 30}),
    ("softplus(sqrt(w))", {"w": 937}),
    ("log(softplus(w))", {"w": -700}),
    ("sigmoid(w) - 1", {"w": 40}),
    ("log(1 - sigmoid(w))", {"w": 30}),
    ("1 - tanh(w)^2", {"w": 15}),
    ("tanh(w)", {"w": 100}),
    ("sqrt(1 + w) - sqrt(w)", {"w": 10**9}),
    ("(1 - cos(w))/w^2", {"w": Fraction(1, 10**7)}),
    ("w*(1/w)", {"w": Fraction(1, 10**300)}),
    ("w^3*w^-3", {"w": 10**110}),
    ("exp(w)/(1 + exp(w))", {"w": 800}),
    ("exp(-w)", {"w": 10**9}),
    ("exp(-exp(w))", {"w": 30}),
    ("asinh(w)", {"w": 10**160}),
    ("mish(w)", {"w": -40}),
    ("silu(w)", {"w": -745}),
    ("gelu_tanh(w)", {"w": -4}),
    ("tanhshrink(w)", {"w": Fraction(1, 10**5)}),
    ("atan2(w, x)", {"w": Fraction(1, 10**200), "x": Fraction(1, 10**200)}),
    ("lgamma(w)", {"w": 2}),
    ("digamma(w)", {"w": Fraction(1461632, 10**6)}),
    ("w*x - w*x + w", {"w": Fraction(1, 3), "x": 10**17}),
]


@pytest.mark.parametrize(("text", "point"), HARD)
def test_rounding_is_never_a_mismatch(text, point):
    """Where torch's formulas lose digits, overflow or underflow, the finding is rounding."""
    graph = graph_of(text, *point)
    _, found = evidence(graph, {n: Fraction(v) for n, v in point.items()})
    for finding in found.findings.values():
        assert finding.agreement in CLOSE, finding
    assert found.disagreement is None


@settings(max_examples=300)
@given(expressions(), points(values=floats))
@example(parse(Source("erf(w)*w")).expression, {"x": Fraction(0), "w": Fraction(10) ** 5, "b": Fraction(0)})
def test_a_correct_gradient_is_never_called_a_mismatch(expr, point):
    """On random smooth expressions at random floats and decimals, every finding is a match or rounding."""
    graph = graph_of(expr)
    point = {n: point[n] for n in graph.inputs}
    try:
        assume(point and abs(value_of(expr, point)) < 1e200)
    except (NoValueError, ZeroDivisionError, OverflowError):
        assume(False)
    values = certify(graph, constants(point), {graph.output})
    assume(analytic_at(graph, values))
    derived, found = evidence(graph, point)
    assume(all(d is not None for d in derived.values()))
    for name, finding in found.findings.items():
        assert finding.agreement in CLOSE, (printer.own(expr), point, name, finding)
    assert found.disagreement is None, (printer.own(expr), point, found.disagreement)


def test_decimals_cause_no_alarm():
    """0.1 is no float, and the nearest float's gradient is a match within the bound, its step too."""
    graph = graph_of("(y-(w*x+b))^2", "y", "w", "x", "b")
    point = {n: Fraction(v, 10) for n, v in {"y": 4, "w": 3, "x": 1, "b": 7}.items()}
    _, found = evidence(graph, point)
    assert {f.agreement for f in found.findings.values()} <= set(CLOSE)
    assert found.disagreement is None


def test_digits_are_those_that_are_right():
    """The stated number of digits of a rounded gradient is never more than it has."""
    graph = graph_of("(1 - cos(w))/w^2", "w")
    for k in range(1, 9):
        point = {"w": Fraction(3, 10**k)}
        derived, found = evidence(graph, point)
        finding = found.findings["w"]
        if finding.agreement is Agreement.ROUNDING and finding.digits:
            error = abs(float(derived["w"]) - finding.value)
            assert error <= 0.5 * 10.0**-finding.digits * abs(float(derived["w"])) * (1 + 1e-9)


TAMPERED = [
    ("(y-(w*x+b))^2", {"y": 4, "w": 3, "x": 2, "b": 1}),
    ("tanh(w*x)*exp(b) + y", {"y": 4, "w": 3, "x": Fraction(1, 7), "b": 1}),
    ("log(1 + exp(-y*(w*x + b)))", {"y": 1, "w": Fraction(1, 3), "x": 2, "b": Fraction(1, 10)}),
]


@pytest.mark.parametrize(("text", "point"), TAMPERED)
@pytest.mark.parametrize("quantity", ["gradients", "values"])
def test_a_wrong_step_is_named(text, point, quantity, monkeypatch):
    """One gradient or value that is wrong by 1e-6 of its size is a disagreement at exactly that step."""
    graph = graph_of(text, *point)
    point = {n: Fraction(v) for n, v in point.items()}
    honest = run_autograd(graph, {n: float(v) for n, v in point.items()})
    numbers = getattr(honest, quantity)
    steps = [k for k, v in enumerate(numbers) if isinstance(v, float) and v and graph.operands[k]]
    assert len(steps) > 2
    for step in steps:
        changed = tuple(v * (1 + 1e-6) if k == step else v for k, v in enumerate(numbers))
        tampered = dataclasses.replace(honest, **{quantity: changed})
        monkeypatch.setattr(autograd, "run_autograd", lambda *_, run=tampered, **__: run)
        _, found = evidence(graph, point)
        assert (found.disagreement.step, found.disagreement.quantity) == (step, quantity.rstrip("s"))


@pytest.mark.parametrize("factor", [1 + 1e-6, 1 - 1e-6, -1, 0, math.nan, math.inf])
def test_a_wrong_gradient_is_a_mismatch(factor, monkeypatch):
    """A gradient that is off by 1e-6, has the wrong sign, or is no number is outside the bound."""
    text, point = TAMPERED[0]
    graph = graph_of(text, *point)
    point = {n: Fraction(v) for n, v in point.items()}
    honest = run_autograd(graph, {n: float(v) for n, v in point.items()})
    at = graph.inputs["w"]
    changed = tuple(v * factor if k == at else v for k, v in enumerate(honest.gradients))
    tampered = dataclasses.replace(honest, gradients=changed)
    monkeypatch.setattr(autograd, "run_autograd", lambda *_, **__: tampered)
    _, found = evidence(graph, point)
    assert found.findings["w"].agreement is Agreement.MISMATCH
    assert found.findings["b"].agreement is Agreement.MATCH
    assert found.disagreement.step == at


def test_a_missing_gradient_counts_as_zero():
    """A variable that torch gives no gradient for has derivative 0."""
    graph = graph_of("sign(w)*x + floor(w)", "w", "x")
    _, found = evidence(graph, {"w": Fraction(5, 2), "x": Fraction(3)})
    assert found.findings["w"].value == 0
    assert found.findings["w"].agreement is Agreement.MATCH


AT_SWITCHES = [
    ("relu(w)", 0, None, Agreement.CONVENTION, True),
    ("|w|", 0, None, Agreement.CONVENTION, True),
    ("Max(w, 0)", 0, None, Agreement.CONVENTION, True),
    ("relu(w) - relu(-w)", 0, 1, Agreement.CONVENTION, None),
    ("w*|w|", 0, 0, Agreement.MATCH, True),
    ("sign(w)", 0, None, Agreement.CONVENTION, None),
    ("|w - 1/10| + |w - 3|", Fraction(1, 10), None, Agreement.CONVENTION, None),
]


@pytest.mark.parametrize(("text", "at", "slope", "agreement", "subgradient"), AT_SWITCHES)
def test_at_a_switch_a_finite_value_is_a_convention(text, at, slope, agreement, subgradient):
    """On a kink or jump torch's number is its convention, and it is said whether it is a subgradient."""
    found = analyze(text, at={"w": at}, oracles=("autograd",)).gradient["w"]
    assert found.value == slope
    assert found.autograd.agreement is agreement
    if subgradient is not None:
        assert found.autograd.subgradient is subgradient


def test_a_convention_outside_the_subdifferential_is_said_to_be_outside():
    """relu(w) - relu(-w) is w; torch's 0 at 0 is no subgradient of it."""
    found = analyze("relu(w) - relu(-w)", at={"w": 0}, oracles=("autograd",))
    assert found.gradient["w"].autograd.value == 0
    assert found.gradient["w"].autograd.subgradient is False
    assert found.verdict is Verdict.CONSISTENT


@pytest.mark.parametrize("text", ["sign(log(w^-1))", "sign(sin(x/w))", "Min(sqrt(-1 - w), x)"])
def test_where_the_loss_has_no_value_no_gradient_is_accused(text):
    """NaN beside nothing is no disagreement."""
    found = analyze(text, at={"w": 0, "x": 1} if "x" in text else {"w": 0}, oracles=("autograd",))
    assert found.evidence.autograd.disagreement is None


def test_without_torch_the_evidence_says_so(monkeypatch):
    """A missing package is evidence that autograd did not run, not a failure and not an agreement."""
    from derivcheck.frameworks import torch_bridge

    monkeypatch.setattr(torch_bridge, "available", lambda: False)
    _, found = evidence(graph_of("w^2", "w"), {"w": Fraction(3)})
    assert found == AutogradEvidence(unavailable="missing")


def test_an_upstream_gradient_reaches_torch():
    """Both sides are scaled, also by a fraction that no float equals."""
    graph = graph_of("w^3", "w")
    derivation = differentiate(graph, upstream=Fraction(1, 3))
    value = certify(derivation.graph, constants({"w": Fraction(2)}), [derivation.gradient("w")])
    found = autograd.autograd_evidence(
        graph,
        constants({"w": Fraction(2)}),
        {"w": value[derivation.gradient("w")]},
        {},
        on_switch={"w": False},
        upstream=Fraction(1, 3),
    )
    assert found.findings["w"].value == pytest.approx(4)
    assert found.findings["w"].agreement is Agreement.MATCH


def test_every_step_is_compared():
    """A chain of 10,000 tanh is compared at every step, forward and backward."""
    from derivcheck.graph.builder import GraphBuilder

    builder = GraphBuilder()
    step = builder.input("w")
    for _ in range(10_000):
        step = builder.scalar("tanh", step)
    _, found = evidence(builder.finish(step), {"w": Fraction(1, 2)})
    assert found.steps == 2 * 10_001
    assert found.disagreement is None
    assert found.findings["w"].agreement in CLOSE
