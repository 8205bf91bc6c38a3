"""A claimed slope beside the measured slope of an opaque function.

The measured slope is an estimate, so that a claim is refused only where many steps bear it out, and no structure at
shorter steps, that no noise explains, could be what the claim is about.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from derivcheck.oracles.ladder import Column
from derivcheck.oracles.opaque import MARGIN, STIRRING, OpaqueSlope, SlopeKind

_BEARING = 5
"""So many steps must speak for the measured slope and against the claimed one."""
_CONTRARY = 4
"""So many steps in a row that speak for the claimed slope leave the matter open."""
_STEADY = 3
"""So many steps in a row that speak for the claimed slope are no noise, which would scatter their slopes."""
_LUCK = 1e-3
"""Steps in a row that speak for the claimed slope with a smaller chance than this, were it noise, are none."""
_SMALLEST = 2.0**-1074
_RESOLVED = 0.01
"""An error of at most this part of a claim can speak for it."""


class ClaimAgreement(Enum):
    """What a claimed slope is beside the measured one."""

    AGREES = "AGREES"
    DIFFERS = "DIFFERS"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, slots=True)
class ClaimFinding:
    """A claimed slope beside the measured one.

    Attributes:
        agreement: what can be said.
        distance: |claimed - measured|, NaN where no slope was measured.
        tolerance: the estimated error of both together.
        reason: for UNDECIDED: the measured slope's reason or kind, "kink" (a kink, and the claim may be a
            subgradient), "resolution" (the error is too large to speak for the claim), "close" (neither near nor far),
            "scales" (the slope is the claimed one at other steps).
    """

    agreement: ClaimAgreement
    distance: float = math.nan
    tolerance: float = math.nan
    reason: str = ""


def compare(claimed: float, measured: OpaqueSlope) -> ClaimFinding:
    """Say whether a claimed derivative is the measured slope.

    It AGREES where it lies within the error, and the error is at most 1 % of the claim (or both are exactly 0). It
    DIFFERS where it lies ten errors away and more than 10 ε^(2/3) of the slope, ε = 2^-bits, about what a central
    difference reaches of a function that is no polynomial; at least five steps speak for the measured slope; and no
    steps in a row speak for the claimed one that are too many, or too unlikely, for noise: a staircase has such steps
    on its treads. At a kink it DIFFERS only far outside the one-sided slopes.
    """
    with np.errstate(all="ignore"):
        return _compared(claimed, measured)


def _compared(claimed: float, measured: OpaqueSlope) -> ClaimFinding:
    if measured.kind is SlopeKind.KINK:
        return _beside_kink(claimed, measured)
    if measured.kind is not SlopeKind.SMOOTH:
        return ClaimFinding(ClaimAgreement.UNDECIDED, reason=measured.reason or measured.kind.value.lower())
    relative = min(0.05, 16 * 2.0**-measured.bits + 4 * measured.relative_noise)
    tolerance = measured.error + relative * abs(measured.value)
    distance = abs(claimed - measured.value)
    if not math.isfinite(claimed):
        return ClaimFinding(ClaimAgreement.DIFFERS, math.inf, tolerance)
    if distance <= tolerance:
        fine = tolerance <= _RESOLVED * abs(claimed) or claimed == measured.value == 0
        agreement = ClaimAgreement.AGREES if fine else ClaimAgreement.UNDECIDED
        return ClaimFinding(agreement, distance, tolerance, "" if fine else "resolution")
    negligible = min(_RESOLVED, MARGIN * 2.0 ** (-2 * measured.bits / 3)) * max(abs(claimed), abs(measured.value))
    if distance <= max(MARGIN * tolerance, negligible):
        return ClaimFinding(ClaimAgreement.UNDECIDED, distance, tolerance, "close")
    if not _bears(claimed, measured):
        return ClaimFinding(ClaimAgreement.UNDECIDED, distance, tolerance, "scales")
    return ClaimFinding(ClaimAgreement.DIFFERS, distance, tolerance)


def _beside_kink(claimed: float, measured: OpaqueSlope) -> ClaimFinding:
    low, high = sorted((measured.left, measured.right))
    error = measured.left_error + measured.right_error
    distance = max(low - claimed, claimed - high, 0.0) if math.isfinite(claimed) else math.inf
    outside = distance > (high - low) + MARGIN * error and not _stirred((low + high) / 2, distance, measured)
    agreement = ClaimAgreement.DIFFERS if outside else ClaimAgreement.UNDECIDED
    return ClaimFinding(agreement, distance, error, "" if outside else "kink")


def _bears(claimed: float, measured: OpaqueSlope) -> bool:
    """Whether enough steps speak for the measured slope, and no run of steps for the claimed one."""
    distance = abs(claimed - measured.value)
    quotients, steps, noises = (np.array(c) for c in (measured.quotients, measured.steps, measured.noises))
    bearing = int((abs(quotients - measured.value) < distance / 4).sum())
    if bearing < _BEARING or distance <= 2 * measured.bend or _stirred(measured.value, distance, measured):
        return False
    noise = measured.noise * (noises == 0) + noises
    speaking = abs(quotients - claimed) < distance / 4
    resolved = speaking & (noise <= steps * distance / 4)
    exact = speaking & (np.array(measured.roundings) <= steps * distance / 4)
    chance = np.minimum(1.0, steps * distance / (2 * np.maximum(noise, _SMALLEST)))
    steady = _longest_run(exact) >= _STEADY or _least_chance(exact, chance) < _LUCK
    return _longest_run(resolved) < _CONTRARY and not steady


def _longest_run(marks: NDArray[np.bool_]) -> int:
    """The most marks in a row."""
    longest = run = 0
    for mark in marks:
        run = run + 1 if mark else 0
        longest = max(longest, run)
    return longest


def _least_chance(marks: NDArray[np.bool_], chances: Column) -> float:
    """The least product of the chances of marks in a row."""
    least = product = 1.0
    for mark, chance in zip(marks, chances, strict=True):
        product = product * float(chance) if mark else 1.0
        least = min(least, product)
    return least


def _stirred(level: float, distance: float, measured: OpaqueSlope) -> bool:
    """Whether at shorter steps the slopes leave a level by about the given distance, and no noise explains it."""
    quotients, steps, noises = (np.array(c) for c in (measured.quotients, measured.steps, measured.noises))
    away = abs(quotients - level)
    seen = (noises > 0) & (steps < measured.step) & (away > distance / 4) & (away > 2 * noises / steps)
    return int(seen.sum()) >= STIRRING
