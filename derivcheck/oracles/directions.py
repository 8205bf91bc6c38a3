"""A claimed gradient of an opaque function of an array, tested along directions.

The slope of t ↦ f(x + t·d) is compared with Σ gᵢ dᵢ: along random directions with entries of both signs, so that no
fixed pattern of errors cancels, and along each axis where the array is small. A disagreement is followed to a
coordinate by halving the set of coordinates that the direction moves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from derivcheck.oracles.claims import ClaimAgreement, ClaimFinding, compare
from derivcheck.oracles.opaque import MOST_CALLS, OpaqueSlope, slope

__all__ = ["DirectionFinding", "GradientFinding", "directional", "gradient_agreement", "most_calls"]

Array = NDArray[np.floating]

AXES = 16
"""Up to so many entries each has its own direction."""
DIRECTIONS = 4


@dataclass(frozen=True, slots=True)
class DirectionFinding:
    """A claimed gradient along one direction.

    Attributes:
        axis: the flat index of the coordinate, None for a random direction.
        claimed: Σ gᵢ dᵢ.
        measured: the slope along the direction.
        finding: the comparison of the two.
    """

    axis: int | None
    claimed: float
    measured: OpaqueSlope
    finding: ClaimFinding


@dataclass(frozen=True, slots=True)
class GradientFinding:
    """A claimed gradient beside the slopes along all directions.

    Attributes:
        agreement: DIFFERS if it differs along any direction; AGREES if it agrees along every random one (along every
            axis of a small array) and differs along none; else UNDECIDED.
        directions: what was found along each.
        worst: the direction with the largest distance in units of its tolerance, among those that differ if any do;
            None if nothing was measured.
        coordinate: the index of an entry that differs, where one was located.
        located: the comparison along that coordinate.
        reason: why the agreement is UNDECIDED: that of the first undecided direction.
    """

    agreement: ClaimAgreement
    directions: tuple[DirectionFinding, ...]
    worst: DirectionFinding | None = None
    coordinate: tuple[int, ...] | None = None
    located: DirectionFinding | None = None
    reason: str = ""


def most_calls(entries: int, directions: int = DIRECTIONS) -> int:
    """The most calls of the function that :func:`gradient_agreement` makes for so many entries."""
    axes = entries if entries <= AXES else 0
    halvings = 2 * max(1, math.ceil(math.log2(max(entries, 1)))) + 1
    return (axes + directions + halvings) * MOST_CALLS


def directional(
    function: Callable[[Array], float],
    at: Array,
    direction: Array,
    *,
    precision: int = 53,
    scale: float | None = None,
) -> OpaqueSlope:
    """Measure the slope of t ↦ f(at + t·direction) at t = 0.

    Args:
        function: f, of an array of the shape and type of ``at``; it may change its argument, which is a copy.
        at: the point; its floating type bounds the precision.
        direction: of the shape of ``at``; the slope is for its length as it is.
        precision: the bits of the function's values; a lower one is seen from the values themselves.
        scale: the change of the largest entry over which f is expected to change; None for max(1, |at|).

    Raises:
        ValueError: if the shapes differ or the direction is 0 or not finite.
    """
    point = np.asarray(at)
    kind = point.dtype if point.dtype.kind == "f" else np.dtype(np.float64)
    along = np.asarray(direction, dtype=np.float64)
    if along.shape != point.shape:
        raise ValueError(f"the direction has the shape {along.shape}, the point {point.shape}")
    length = float(np.abs(along).max(initial=0.0))
    if not 0 < length < math.inf:
        raise ValueError("the direction must be finite and not 0")
    wide = point.astype(np.float64)
    size = float(np.abs(wide[along != 0]).max(initial=0.0))
    bits = int(np.finfo(kind).nmant) + 1

    def moved(t: float) -> float:
        with np.errstate(all="ignore"):
            return function((wide + t * along).astype(kind))

    reach = scale if scale else max(1.0, size)
    # The arguments are rounded to the type of the array, each by itself: shorter steps make no difference.
    finest = size * 2.0 ** (1 - bits) / length
    return slope(
        moved, 0.0, precision=min(precision, bits), scale=reach / length, size=size / length, finest=finest or None
    )


def gradient_agreement(
    function: Callable[[Array], float],
    at: Array,
    claimed: Array,
    *,
    seed: int = 0,
    directions: int = DIRECTIONS,
    precision: int = 53,
    scale: float | None = None,
) -> GradientFinding:
    """Compare a claimed gradient with slopes along directions; at most :func:`most_calls` calls.

    Args:
        function: f, of an array.
        at: the point.
        claimed: the gradient, of the shape of ``at``.
        seed: of the random directions.
        directions: how many random directions.
        precision: the bits of the function's values.
        scale: as for :func:`directional`.

    Raises:
        ValueError: if the shapes differ, or the arrays are empty.
    """
    point, gradient = np.asarray(at), np.asarray(claimed, dtype=np.float64)
    if gradient.shape != point.shape or not gradient.size:
        raise ValueError(f"the gradient has the shape {gradient.shape}, the point {point.shape}; neither may be empty")

    def along(direction: Array, axis: int | None = None) -> DirectionFinding:
        measured = directional(function, point, direction, precision=precision, scale=scale)
        terms = (gradient * direction)[direction != 0]
        total = math.fsum(terms) if np.isfinite(terms).all() else math.nan
        return DirectionFinding(axis, total, measured, _beside(total, terms, measured))

    random = np.random.default_rng(seed)
    found = [along(_axis(point.shape, i), i) for i in range(gradient.size if gradient.size <= AXES else 0)]
    if gradient.size > 1:
        draws = [random.standard_normal(point.shape) for _ in range(directions)]
        found += [along(d / np.abs(d).max()) for d in draws]
    else:
        draws = []
    located = _locate(found, draws, along, point.shape)
    return _joined(found, located, point.shape)


def _axis(shape: tuple[int, ...], index: int) -> Array:
    unit = np.zeros(shape)
    unit.flat[index] = 1.0
    return unit


def _beside(total: float, terms: Array, measured: OpaqueSlope) -> ClaimFinding:
    """The comparison, with the rounding of the terms of Σ gᵢ dᵢ: a small sum of large ones is not well known."""
    finding = compare(total, measured)
    if finding.agreement is not ClaimAgreement.DIFFERS or not math.isfinite(total):
        return finding
    rounding = 16 * 2.0**-measured.bits * float(np.abs(terms).sum())
    if finding.distance > 10 * (finding.tolerance + rounding):
        return finding
    return ClaimFinding(ClaimAgreement.UNDECIDED, finding.distance, finding.tolerance + rounding, "close")


def _locate(
    found: list[DirectionFinding],
    draws: Sequence[Array],
    along: Callable[[Array, int | None], DirectionFinding],
    shape: tuple[int, ...],
) -> DirectionFinding | None:
    """The coordinate that differs: by its axis, or by halving the set that a differing direction moves."""
    axes = [f for f in found if f.axis is not None and f.finding.agreement is ClaimAgreement.DIFFERS]
    if axes:
        return max(axes, key=_ratio)
    differing = [d for d, f in zip(draws, found[-len(draws) :], strict=True) if _differs(f)] if draws else []
    if not differing:
        return None
    direction, indices = differing[0], np.arange(differing[0].size)
    while len(indices) > 1:
        halves = np.array_split(indices, 2)
        half = next((h for h in halves if _differs(along(_masked(direction, h), None))), None)
        if half is None:
            return None
        indices = half
    last = along(_axis(shape, int(indices[0])), int(indices[0]))
    return last if _differs(last) else None


def _masked(direction: Array, indices: NDArray[np.intp]) -> Array:
    masked = np.zeros(direction.shape)
    masked.flat[indices] = direction.flat[indices]
    masked /= np.abs(masked).max()
    return masked


def _differs(finding: DirectionFinding) -> bool:
    return finding.finding.agreement is ClaimAgreement.DIFFERS


def _ratio(finding: DirectionFinding) -> float:
    """The distance in units of the tolerance."""
    distance, tolerance = finding.finding.distance, finding.finding.tolerance
    if math.isnan(distance):
        return -1.0
    return distance / tolerance if tolerance > 0 else math.inf if distance else 0.0


def _joined(found: list[DirectionFinding], located: DirectionFinding | None, shape: tuple[int, ...]) -> GradientFinding:
    """All findings as one."""
    differing = [f for f in found if _differs(f)]
    worst = max(differing or found, key=_ratio, default=None)
    coordinate = None
    if located is not None and located.axis is not None:
        coordinate = tuple(int(i) for i in np.unravel_index(located.axis, shape))
    open_ones = [f for f in found if f.finding.agreement is ClaimAgreement.UNDECIDED]
    if differing:
        return GradientFinding(ClaimAgreement.DIFFERS, tuple(found), worst, coordinate, located)
    if open_ones or not found:
        reason = open_ones[0].finding.reason if open_ones else "few"
        return GradientFinding(ClaimAgreement.UNDECIDED, tuple(found), worst, reason=reason)
    return GradientFinding(ClaimAgreement.AGREES, tuple(found), worst)
