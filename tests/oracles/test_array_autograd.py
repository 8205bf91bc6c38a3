"""Autograd on arrays, element by element: nothing right is accused, nothing wrong passes, bounds hold the truth."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from random_array_losses import random_loss, two_layers

from derivcheck.derive import differentiate
from derivcheck.frameworks.torch_bridge import run_gradients
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.tensor import tensor
from derivcheck.interpret import interpret
from derivcheck.numbers.ball import Ball
from derivcheck.oracles.array_autograd import array_autograd, bounded_gradients, judged_array
from derivcheck.oracles.array_bounds import delivered_gradients
from derivcheck.oracles.array_evidence import summary
from derivcheck.oracles.rounding import FORMATS
from derivcheck.verdict import Agreement


@pytest.mark.parametrize("dtype", FORMATS)
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32))
def test_no_right_gradient_is_accused(dtype: str, seed: int) -> None:
    """Thousands of elements of random losses, in every floating type: torch's gradients are right but for rounding."""
    graph, values = random_loss(seed)
    found = array_autograd(graph, values, list(values), dtype=dtype)
    if found.unavailable:
        return
    for finding in found.findings.values():
        assert finding.agreement is not Agreement.MISMATCH, (finding.worst, finding.counts)
        assert finding.elements == values[finding.name].size


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_wrong_element_among_a_hundred_thousand_is_found(dtype: str) -> None:
    """A relative error of 1e-6 in one element is a mismatch in float64; in float32, 5 % of the greatest element."""
    graph, values = two_layers(200, 250, 400)
    form = FORMATS[dtype]
    run = run_gradients(graph, values, ["W"], dtype=dtype)
    derived = bounded_gradients(graph, values, ["W"]).arrays["W"]
    delivered = delivered_gradients(graph, values, ["W"], form).arrays["W"]
    honest = judged_array("W", run.gradients["W"], derived, delivered, form)
    assert Agreement.MISMATCH not in honest.counts
    assert honest.elements == 100_000
    for position in [(17, 3), (0, 0), (249, 399)]:
        spoiled = run.gradients["W"].copy()
        spoiled[position] += spoiled[position] * 1e-6 if dtype == "float64" else np.max(np.abs(spoiled)) / 20
        judged = judged_array("W", spoiled, derived, delivered, form)
        assert judged.counts[Agreement.MISMATCH] == 1
        assert judged.worst is not None
        assert judged.worst.position == position
        assert judged.worst.agreement is Agreement.MISMATCH


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_our_gradient_is_within_its_own_bound(seed: int) -> None:
    """A certified gradient of every element lies within the running error bound, and within what a type may deliver."""
    graph, values = random_loss(seed)
    if values[next(iter(values))].size > 300:
        return
    derivation = differentiate(graph)
    steps = {n: k for n in values if (k := derivation.gradient(n)) is not None}
    balls = {n: np.vectorize(lambda x: arb(float(x)), otypes=[object])(v) for n, v in values.items()}
    system = Ball(400)
    truth = interpret(derivation.graph, system, balls, wanted=list(steps.values()))
    bounded = bounded_gradients(graph, values, list(steps))
    delivered = delivered_gradients(graph, values, list(steps), FORMATS["float32"])
    for name, step in steps.items():
        for found in (bounded.arrays[name], delivered.arrays[name]):
            err = np.broadcast_to(found.err, found.shape)
            for position in np.ndindex(*found.shape):
                exact = truth[step][position]
                if not isinstance(exact, arb) or not np.isfinite(err[position]):
                    continue
                high = float(found.mid[position])
                mid = arb(high) + arb(float(found.mid[position] - np.longdouble(high)))
                assert not bool(abs(exact - mid) > arb(float(err[position]))), (name, position)


def _absolute(n: int):
    builder = GraphBuilder()
    y, w = tensor(builder, "y", n), tensor(builder, "w", n)
    return builder.finish((y - w).apply("abs").mean().step)


def test_an_element_on_a_kink_is_a_convention() -> None:
    """Where one residual is exactly 0, torch's 0 there is a convention; the other elements match."""
    values = {"y": np.array([1.0, 2.0, 3.0, 4.0]), "w": np.array([0.0, 5.0, 3.0, 1.0])}
    found = array_autograd(_absolute(4), values, ["w"]).findings["w"]
    assert found.counts == {Agreement.MATCH: 3, Agreement.CONVENTION: 1}
    assert found.worst is not None
    assert found.worst.position == (2,)


def test_a_tie_in_a_maximum_is_a_convention() -> None:
    """Torch shares a tie evenly; that is no mistake, and no match."""
    builder = GraphBuilder()
    x = tensor(builder, "x", 4)
    graph = builder.finish(x.max().step)
    found = array_autograd(graph, {"x": np.array([1.0, 7.0, 7.0, 2.0])}, ["x"]).findings["x"]
    assert found.counts == {Agreement.MATCH: 2, Agreement.CONVENTION: 2}
    alone = array_autograd(graph, {"x": np.array([1.0, 7.0, 6.0, 2.0])}, ["x"]).findings["x"]
    assert alone.counts == {Agreement.MATCH: 4}


def test_nothing_is_promised_where_the_loss_has_no_value() -> None:
    """A logarithm outside its domain: every bound is infinite and no element matches."""
    builder = GraphBuilder()
    x = tensor(builder, "x", 3)
    graph = builder.finish(x.apply("log").sum().step)
    found = array_autograd(graph, {"x": np.array([1.0, -1.0, 2.0])}, ["x"]).findings["x"]
    assert Agreement.MATCH not in found.counts
    assert np.isinf(found.bounds).all()


def _columns(x):
    return {
        "product": x.prod(axis=1).sum(),
        "greatest": (x.max(axis=1) ** 2).sum(),
        "softmax": -(x.composite("log_softmax") * x.composite("softmax")).mean(),
        "standardized": (x.composite("standardize", 0, (Fraction(0),)) ** 3).sum(),
        "norm": (x**2).sum().apply("sqrt"),
        "second element": x[1].apply("exp").sum() * x.sum(),
    }


@pytest.mark.parametrize("name", _columns(tensor(GraphBuilder(), "X", 20, 5)))
def test_bounds_are_narrow_where_nothing_is_lost(name: str) -> None:
    """A bound is some units in the last place wide, so that what is wrong cannot hide in it."""
    builder = GraphBuilder()
    graph = builder.finish(_columns(tensor(builder, "X", 20, 5))[name].step)
    values = {"X": np.random.default_rng(2).normal(size=(20, 5))}
    found = array_autograd(graph, values, ["X"], switches=()).findings["X"]
    size = np.max(np.abs(found.derived))
    assert found.agreement in (Agreement.MATCH, Agreement.ROUNDING)
    assert np.max(found.bounds) < 1e-11 * size
    assert np.max(found.uncertain) < 1e-13 * size


def test_what_leaves_the_range_may_spoil_other_elements() -> None:
    """In bfloat16 1/x rounds to a pole that is none: 0 times infinity is torch's NaN there, and no mistake of its."""
    builder = GraphBuilder()
    x, y = tensor(builder, "x", 3), tensor(builder, "y", 3)
    graph = builder.finish((x - y).apply("acot").mean().apply("sign").step)
    values = {"x": np.array([1.001, 2.0, 3.0]), "y": np.array([1.0, 1.0, 1.0])}
    found = array_autograd(graph, values, ["x"], dtype="bfloat16").findings["x"]
    assert np.isnan(found.values).any()
    assert Agreement.MISMATCH not in found.counts
    exact = array_autograd(graph, values, ["x"]).findings["x"]
    assert exact.counts == {Agreement.MATCH: 3}


def test_a_selection_does_not_hide_a_pole() -> None:
    """where(x > 1, √(x - 1), 0) at 1/2: torch's NaN beside a gradient of 0 is torch's own."""
    builder = GraphBuilder()
    x = tensor(builder, "x", 2)
    graph = builder.finish(x.apply("gt", 1).apply("where", (x - 1).apply("sqrt"), 0).sum().step)
    found = array_autograd(graph, {"x": np.array([0.5, 2.0])}, ["x"]).findings["x"]
    assert found.counts == {Agreement.MATCH: 1, Agreement.MISMATCH: 1}
    assert found.worst is not None
    assert found.worst.position == (0,)


def test_rational_and_integer_values_are_exact() -> None:
    """Fractions are known exactly, and torch's rounding of them is part of its bound."""
    values = {"y": np.array([Fraction(1, 3), Fraction(2), Fraction(1, 7)], dtype=object), "w": np.array([1, 3, 5])}
    for dtype in ("float64", "float32"):
        builder = GraphBuilder()
        y, w = tensor(builder, "y", 3), tensor(builder, "w", 3)
        graph = builder.finish(((y - w) ** 2).mean().step)
        found = array_autograd(graph, values, ["w", "y"], dtype=dtype).findings
        assert set(found["w"].counts) <= {Agreement.MATCH, Agreement.ROUNDING}
        assert found["w"].derived[0] == pytest.approx(4 / 9, rel=1e-15)


def test_scalars_beside_arrays_keep_all_their_digits() -> None:
    """A scalar variable goes to torch as binary64, not by way of a shorter type."""
    builder = GraphBuilder()
    w, b = tensor(builder, "w", 3), tensor(builder, "b")
    graph = builder.finish(((w + b) ** 2).mean().step)
    found = array_autograd(graph, {"w": np.array([1.0, 2.0, 4.0]), "b": 0.3}, ["w", "b"]).findings
    assert set(found["w"].counts) == set(found["b"].counts) == {Agreement.MATCH}


def test_the_upstream_gradient_scales_everything() -> None:
    """Autograd and our sweep are given the same gradient of the output."""
    values = {"y": np.array([1.0, 2.0]), "w": np.array([3.0, 0.5])}
    builder = GraphBuilder()
    y, w = tensor(builder, "y", 2), tensor(builder, "w", 2)
    graph = builder.finish(((y - w) ** 2).sum().step)
    found = array_autograd(graph, values, ["w"], upstream=Fraction(-3, 2)).findings["w"]
    assert found.values.tolist() == [-6.0, 4.5]
    assert found.counts == {Agreement.MATCH: 2}


def test_a_summary_names_extremes_and_what_is_not_finite() -> None:
    """Shape, norm, extremes and their places, of finite elements only."""
    found = summary(np.array([[3.0, -4.0], [np.nan, 0.0]]))
    assert (found.shape, found.norm, found.least, found.greatest) == ((2, 2), 5.0, -4.0, 3.0)
    assert (found.least_at, found.greatest_at, found.zeros, found.not_finite) == ((0, 1), (0, 0), 1, 1)
    assert summary(np.array([np.inf])).least is None
