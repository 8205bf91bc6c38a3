"""Claimed gradients of functions of arrays: every wrong entry is found, no right one is accused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcheck.oracles.claims import ClaimAgreement
from derivcheck.oracles.directions import directional, gradient_agreement, most_calls
from derivcheck.oracles.opaque import SlopeKind

AGREES, DIFFERS, UNDECIDED = ClaimAgreement.AGREES, ClaimAgreement.DIFFERS, ClaimAgreement.UNDECIDED


def _problem(seed: int, shape: tuple[int, ...], kind: type = np.float64):
    """A smooth function, a point and the gradient there."""
    draws = np.random.default_rng(seed)
    point, weights = draws.standard_normal(shape).astype(kind), draws.standard_normal(shape).astype(kind)
    wide, w = point.astype(float), weights.astype(float)
    gradient = w * np.cos(w * wide) + 2 * wide * np.mean(wide**2) * 2 / wide.size
    return lambda z: np.sum(np.sin(weights * z)) + np.mean(z**2) ** 2, point, gradient


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    shape=st.sampled_from([(1,), (3,), (2, 4), (40,), (5, 8)]),
    kind=st.sampled_from([np.float64, np.float32]),
)
def test_a_correct_gradient_is_never_accused(seed, shape, kind) -> None:
    """The true gradient differs along no direction."""
    function, point, gradient = _problem(seed, shape, kind)
    assert gradient_agreement(function, point, gradient, seed=seed).agreement is not DIFFERS


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), shape=st.sampled_from([(3,), (2, 4), (40,), (10, 30)]), factor=st.floats(-3, 0.5))
def test_one_wrong_entry_is_located(seed, shape, factor) -> None:
    """One entry that is wrong by half or more is found among all, by its index."""
    function, point, gradient = _problem(seed, shape)
    index = tuple(int(np.random.default_rng(seed).integers(n)) for n in shape)
    gradient[index] = factor * gradient[index] + (0.1 if abs(gradient[index]) < 0.1 else 0.0)
    found = gradient_agreement(function, point, gradient, seed=seed)
    assert (found.agreement, found.coordinate) == (DIFFERS, index)
    assert found.worst is not None
    assert found.worst.finding.agreement is DIFFERS


def test_one_entry_among_a_thousand() -> None:
    """An entry that is wholly wrong among 1,000 is found, whatever its sign."""
    function, point, gradient = _problem(5, (1000,))
    assert gradient_agreement(function, point, gradient).agreement is AGREES
    for wrong in (0.0, -gradient[617], 2 * gradient[617]):
        claimed = gradient.copy()
        claimed[617] = wrong
        assert gradient_agreement(function, point, claimed).coordinate == (617,)


def test_errors_that_cancel_in_a_sum_are_found() -> None:
    """Two errors of opposite sign, which a fixed positive direction does not see, are seen."""
    function, point, gradient = _problem(2, (100,))
    gradient[[3, 70]] += (0.5, -0.5)
    found = gradient_agreement(function, point, gradient)
    assert found.agreement is DIFFERS
    assert found.coordinate in {(3,), (70,)}


def test_a_kink_is_told_along_the_direction() -> None:
    """At a kink the slopes to both sides are told, and a subgradient is left open."""
    point = np.zeros(3)
    measured = directional(lambda z: np.abs(z).sum(), point, np.array([1.0, 2.0, 0.0]))
    assert measured.kind is SlopeKind.KINK
    assert (measured.left, measured.right) == (pytest.approx(-3), pytest.approx(3))
    found = gradient_agreement(lambda z: np.abs(z).sum(), point, np.array([0.0, 1.0, -1.0]))
    assert (found.agreement, found.reason) == (UNDECIDED, "kink")


def test_nan_in_a_gradient_differs() -> None:
    """A claimed NaN is no derivative of a smooth function."""
    function, point, gradient = _problem(1, (4,))
    gradient[2] = np.nan
    found = gradient_agreement(function, point, gradient)
    assert (found.agreement, found.coordinate) == (DIFFERS, (2,))


def test_calls_are_bounded_and_the_point_is_kept() -> None:
    """The function is called no more often than stated, and may spoil what it is given."""
    calls: list[int] = []

    def spoiling(z: np.ndarray) -> float:
        calls.append(1)
        z *= z
        return float(z.sum())

    point = np.arange(1.0, 41.0)
    found = gradient_agreement(spoiling, point, 2 * point + (point == 7))
    assert found.coordinate == (6,)
    assert len(calls) <= most_calls(40)
    assert (point == np.arange(1.0, 41.0)).all()


def test_shapes_are_checked() -> None:
    """A gradient or direction of another shape, or without a length, is refused."""
    with pytest.raises(ValueError, match="shape"):
        gradient_agreement(np.sum, np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="empty"):
        gradient_agreement(np.sum, np.ones(0), np.ones(0))
    with pytest.raises(ValueError, match="shape"):
        directional(np.sum, np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="not 0"):
        directional(np.sum, np.ones(3), np.zeros(3))
