"""The slope of a Python function of which nothing is known but its values.

Nothing can be certified here: every error below is an *estimate*, and between two neighbouring samples a function may
do anything. A structure that is smaller than the function's own noise cannot be seen by differences at all. What is
told apart, with the evidence of all steps, is in :class:`SlopeKind`; the rest is UNDECIDED, with a reason.

Sources: Moré & Wild, Estimating computational noise (2011) and Estimating derivatives of noisy simulations (2012);
Gill, Murray, Saunders & Wright (1983); see :mod:`derivcheck.oracles.noise` and :mod:`derivcheck.oracles.settling`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from derivcheck.oracles.ladder import MOST_CALLS, Column, Ladder, climb, flat_rungs
from derivcheck.oracles.noise import rounding
from derivcheck.oracles.settling import Settled, contradicted, errors_of, settle, shows_taylor_rate

__all__ = ["MOST_CALLS", "OpaqueSlope", "SlopeKind", "slope"]

_FEWEST_RUNGS = 8
MARGIN = 10.0
"""So many estimated errors apart are two numbers that differ."""
_WILD = 8
"""A difference of so many times the noise is no noise."""
_SHORTEST = 4
"""At so many shortest steps whatever is seen is noise."""
STIRRING = 2
"""So many shorter steps whose slopes stray as far as the claim leave the matter open."""
_RESOLVED = 0.01
_COARSEST, _FLAT_RUNG = 11, 4
"""Where all values are equal, their format is not seen: they may be scaled values of binary16, and waves may hide."""


class SlopeKind(Enum):
    """What a function looks like at a point, from its values."""

    SMOOTH = "SMOOTH"  # central differences settle, and one-sided ones meet
    KINK = "KINK"  # one-sided differences settle on two numbers
    JUMP = "JUMP"  # the differences do not shrink with the step
    STEEP = "STEEP"  # the one-sided slopes grow without bound
    OUT_OF_DOMAIN = "OUT_OF_DOMAIN"  # no finite value at the point, or at short steps on a side
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, slots=True)
class OpaqueSlope:
    """A slope from values alone.

    Attributes:
        kind: what the function looks like.
        value: the slope where it is SMOOTH, else NaN.
        error: an estimate of how far the value is from the derivative.
        left: the slope from the left, NaN if it does not settle.
        left_error: an estimate.
        right: the slope from the right.
        right_error: an estimate.
        noise: an estimate of the noise of one value of the function.
        relative_noise: the noise over the function's values.
        step: the step h of the value.
        bits: the precision of the function's values, as told or as seen.
        reason: for UNDECIDED "raised …", "unsteady", "gaps", "few", "noise", "scales", "slow"; for OUT_OF_DOMAIN
            "point", "left", "right" or "both".
        steps: all steps, from long to short.
        quotients: the central differences at these steps.
        noises: the noise of one value that is explained, at these steps; 0 where the function is constant.
        roundings: the part of it that the format of the values and of the argument explains, at these steps.
        bend: the largest difference of the one-sided slopes at shorter steps where it does not shrink.
    """

    kind: SlopeKind
    value: float = math.nan
    error: float = math.inf
    left: float = math.nan
    left_error: float = math.inf
    right: float = math.nan
    right_error: float = math.inf
    noise: float = math.nan
    relative_noise: float = 0.0
    step: float = math.nan
    bits: int = 53
    reason: str = ""
    steps: tuple[float, ...] = ()
    quotients: tuple[float, ...] = ()
    noises: tuple[float, ...] = ()
    roundings: tuple[float, ...] = ()
    bend: float = 0.0


def slope(
    function: Callable[[float], float],
    at: float,
    *,
    precision: int = 53,
    scale: float | None = None,
    size: float | None = None,
    finest: float | None = None,
) -> OpaqueSlope:
    """Measure f′(at) by differences over a ladder of steps.

    Args:
        function: f, of one float; exceptions of arithmetic say that it has no value. It is called at most
            :data:`MOST_CALLS` times.
        at: the point.
        precision: the bits of the function's values; a lower one is seen from the values themselves.
        scale: the length over which f is expected to change; None for max(1, |at|).
        size: the size of the numbers that a step is added to, where it is not |at|.
        finest: the shortest step that makes a difference; None for the last place of ``at``.

    Returns:
        The slope; no error in it is certified.
    """
    size = abs(at) if size is None else size
    ladder = climb(function, at, bits=precision, scale=scale, size=size, finest=finest)
    obstacle = _obstacle(ladder)
    if obstacle is not None:
        return obstacle
    with np.errstate(all="ignore"):
        return _Reading(ladder, size).slope()


def _obstacle(ladder: Ladder) -> OpaqueSlope | None:
    """Why the values tell nothing, if they do not."""
    if ladder.failed:
        return OpaqueSlope(SlopeKind.UNDECIDED, reason=f"raised {ladder.failed}")
    if ladder.unsteady:
        return OpaqueSlope(SlopeKind.UNDECIDED, reason="unsteady")
    if ladder.missing:
        return OpaqueSlope(SlopeKind.OUT_OF_DOMAIN, reason=ladder.missing)
    if ladder.broken:
        return OpaqueSlope(SlopeKind.UNDECIDED, reason="gaps")
    if len(ladder.steps) < _FEWEST_RUNGS:
        return OpaqueSlope(SlopeKind.UNDECIDED, reason="few")
    return None


class _Reading:
    """What the values of a ladder say."""

    def __init__(self, ladder: Ladder, size: float) -> None:
        self.ladder, self.steps, self.size = ladder, ladder.steps, size
        self.right = (ladder.above - ladder.centre) / self.steps
        self.left = (ladder.centre - ladder.below) / self.steps
        self.central = (ladder.above - ladder.below) / (2 * self.steps)
        self.sizes = np.maximum(np.maximum(abs(ladder.above), abs(ladder.below)), abs(ladder.centre))
        self.floor: Column = np.array([2 * rounding(float(s), ladder.bits) for s in self.sizes])
        arguments = abs(self.central) * size * 2.0**-ladder.bits
        self.rounding: Column = self.floor + arguments
        self.noise: Column = np.maximum(self.rounding, 2 * ladder.scatter)
        self.flat = flat_rungs(ladder.centre, ladder.above, ladder.below)
        self.bent = self._bent()

    def _bent(self) -> Column:
        """1 at the steps where the one-sided slopes differ and do not come nearer to each other."""
        gap = abs(self.right - self.left)
        power = np.log(gap[:-1] / gap[1:]) / np.log(self.steps[:-1] / self.steps[1:])
        kept = (power < 0.4) & (gap[1:] > 16 * self.noise[1:] / self.steps[1:])
        return np.concatenate(([0.0], kept))

    def slope(self) -> OpaqueSlope:
        """The slope and its kind."""
        if self.flat.all():
            size = float(self.sizes[0])
            unseen = max(rounding(size, bits) for bits in (min(self.ladder.bits, _COARSEST), _COARSEST))
            return self._found(SlopeKind.SMOOTH, self._level(_FLAT_RUNG, unseen), Settled(), Settled())
        left, right = self._one_sided(self.left), self._one_sided(self.right)
        if self._jumps():
            return self._found(SlopeKind.JUMP, Settled(), left, right)
        if self._grows(self.left) or self._grows(self.right):
            return self._found(SlopeKind.STEEP, Settled(), left, right)
        central, reason = self._central()
        gap = abs(right.value - left.value)
        apart = gap > 2 * MARGIN * (left.error + right.error)
        if apart and not central.error < gap / 50:
            return self._found(SlopeKind.KINK, Settled(), left, right)
        if not reason and not self._resolved(central):
            reason = "noise" if math.isfinite(central.error) else "slow"
        return self._found(SlopeKind.UNDECIDED if reason else SlopeKind.SMOOTH, central, left, right, reason)

    def _level(self, rung: int, change: float = 0.0) -> Settled:
        """The slope 0 of a function that is constant up to a step, beyond which it changes by so much at once."""
        return Settled(0.0, (2 * float(self.noise[rung]) + change) / float(self.steps[rung]), rung)

    def _central(self) -> tuple[Settled, str]:
        """Where the central differences settle, or why that is open."""
        barred = self.bent + self.flat
        errors = errors_of(self.steps, self.central, self.noise, 2, doubting=False, barred=barred)
        trusting = settle(errors, self.central)
        doubting = self._settled(self.central, 2, barred, doubting=True)
        if self.ladder.edge:
            changing = int(np.flatnonzero(~self.flat)[-1])
            level = self._level(changing + 1, self.ladder.edge)
            if level.error < doubting.error:
                return level, ""
        shorter = contradicted(trusting, errors, self.central, MARGIN)
        if shorter >= 0:
            trusting = Settled(float(self.central[shorter]), float(errors[shorter]), shorter)
        elif not math.isfinite(doubting.error) or trusting.meets(doubting, MARGIN):
            return (doubting if math.isfinite(doubting.error) else trusting), ""
        smooth = shows_taylor_rate(self.steps, self.central, self.noise, trusting.rung)
        return trusting, "" if smooth else "scales"

    def _one_sided(self, quotients: Column) -> Settled:
        """Where the slopes on one side settle; nothing if the steps do not agree on it."""
        barred = self.flat.astype(float)
        trusting = self._settled(quotients, 1, barred, doubting=False)
        doubting = self._settled(quotients, 1, barred, doubting=True)
        return doubting if trusting.meets(doubting, MARGIN) else Settled()

    def _settled(self, quotients: Column, order: int, barred: Column, *, doubting: bool) -> Settled:
        errors = errors_of(self.steps, quotients, self.noise, order, doubting=doubting, barred=barred)
        return settle(errors, quotients)

    def _resolved(self, central: Settled) -> bool:
        """Whether the error is small beside the slope, or beside the slopes around."""
        if not math.isfinite(central.error):
            return False
        around = max(abs(self.right[: central.rung + 1]).max(), abs(self.left[: central.rung + 1]).max())
        return bool(central.error <= max(0.1 * abs(central.value), _RESOLVED * around))

    def _jumps(self) -> bool:
        """Whether the values on a side stay away from the value at the point by the same height."""
        rungs = slice(-12, None)
        for values in (self.ladder.above, self.ladder.below):
            height = abs(values - self.ladder.centre)[rungs]
            if height.min() > _WILD * self.floor[rungs].max() and height.min() > 0.999 * height.max():
                return True
        return False

    def _grows(self, quotients: Column) -> bool:
        """Whether the slopes on a side grow towards the point, by gaps that do not shrink."""
        last = quotients[-12:]
        gaps = np.diff(last)
        seen = abs(gaps) > 16 * (self.noise / self.steps)[1:][-11:]
        away = gaps * last[1:] > 0
        return bool(seen.all() and away.all() and (abs(gaps[1:]) > 0.95 * abs(gaps[:-1])).all())

    def _found(self, kind: SlopeKind, central: Settled, left: Settled, right: Settled, reason: str = "") -> OpaqueSlope:
        rung = max(left.rung, right.rung, 0) if kind is SlopeKind.KINK else max(central.rung, 0)
        level = (left.value + right.value) / 2 if kind is SlopeKind.KINK else central.value
        noises = self._explained(level)
        size = float(self.sizes[rung])
        return OpaqueSlope(
            kind,
            value=central.value if kind is SlopeKind.SMOOTH else math.nan,
            error=central.error + self._conditioning(central.rung),
            left=left.value,
            left_error=left.error,
            right=right.value,
            right_error=right.error,
            noise=max(float(self.noise[rung]), float(noises[rung])),
            relative_noise=float(self.noise[rung]) / size if size else 0.0,
            step=float(self.steps[rung]),
            bits=self.ladder.bits,
            reason=reason,
            steps=tuple(map(float, self.steps)),
            quotients=tuple(map(float, self.central)),
            noises=tuple(map(float, np.where(self.flat, 0.0, noises))),
            roundings=tuple(map(float, self.rounding)),
            bend=self._bend(rung, noises),
        )

    def _bend(self, rung: int, noises: Column) -> float:
        """The largest difference of the one-sided slopes below a rung that neither shrinks nor is noise."""
        gap = abs(self.right - self.left)
        seen = (self.bent > 0) & (gap > 16 * noises / self.steps)
        seen[: rung + 1] = False
        return float(gap[seen].max()) if int(seen.sum()) >= STIRRING else 0.0

    def _conditioning(self, rung: int) -> float:
        """What rounding the argument and the coefficients once does to a derivative: about |x f″| + |f′| units."""
        if rung < 0:
            return 0.0
        curvature = abs(self.right[rung] - self.left[rung]) / self.steps[rung]
        reach = max(self.size, float(self.steps[rung]))
        return float(4 * 2.0**-self.ladder.bits * (curvature * reach + abs(self.central[rung])))

    def _explained(self, level: float) -> Column:
        """The noise that the format explains, or that is there at the shortest steps, where no slope matters."""
        shortest = ~self.flat
        shortest[:-_SHORTEST] = False
        seen = np.abs(self.central[shortest] - level) * self.steps[shortest]
        height = float(seen.max()) if seen.size and math.isfinite(level) else 0.0
        return np.maximum(self.noise, 3 * height)
