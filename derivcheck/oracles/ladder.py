"""Values of a function of one float on both sides of a point, at steps from long to short.

The steps shrink by a factor a little under 2, so that a function of short period is not met at the same phase again and
again and does not look flat; and x + h and x - h lie at exactly the same distance from x. The ladder begins at the size
of 1 or of the point, which is larger, and ends at the last place of the point; where these are far apart, both ends are
looked at closely and what lies between is left out. At 0 it goes on in longer strides to the smallest numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from derivcheck.oracles.noise import bits_of, noise_from_differences

Column = NDArray[np.float64]

_TOP = 0.3774388331233464
"""The first step over the scale: half the inverse of the plastic number, far from every simple fraction."""
_RATIO = 1.93
_DENSE, _SPARSE, _STRIDE = 56, 58, 16
_SHORTEST_RUN = 8
_HALVINGS = 40
_BINARY32, _NEAR, _PROBES = 24, 64, 10
_NOISE_POINTS = 8
_NOISE_SPACINGS = (2.0**-44, 2.0**-30)
_ALIKE = 8.0
"""Noise is about as high at one spacing as at another; a corner or a wave is not."""

MOST_CALLS = 2 * (_DENSE + _SPARSE) + 2 * _NOISE_POINTS + 5 + 6 * _PROBES + 2 * _HALVINGS
"""The most calls of the function that a ladder makes."""

_REFUSALS = (ValueError, ZeroDivisionError, OverflowError, FloatingPointError)


@dataclass(frozen=True, slots=True)
class Ladder:
    """What was sampled.

    Attributes:
        steps: the steps, from long to short, where both sides have values.
        above: the values at x + h.
        below: the values at x - h.
        centre: the value at x.
        bits: the precision of the values, as told or as seen.
        scatter: the noise that differences of close values show; an estimate, 0 if none.
        edge: where the function is constant around x, the height of the first change farther out.
        missing: "" or where the function has no finite value at short steps: "point", "left", "right", "both".
        unsteady: whether two calls at the same point gave two values.
        broken: whether values are missing at short steps and there again at shorter ones.
        failed: the name of an exception that is no sign of a domain, "" if none.
    """

    steps: Column
    above: Column
    below: Column
    centre: float
    bits: int
    scatter: float = 0.0
    edge: float = 0.0
    missing: str = ""
    unsteady: bool = False
    broken: bool = False
    failed: str = ""


class Sampler:
    """Calls a function and keeps what came of it.

    Attributes:
        bits: the precision of the least precise NumPy type that was returned, or the one told.
        failed: the name of an unforeseen exception.
    """

    def __init__(self, function: Callable[[float], float], bits: int) -> None:
        self.function, self.bits, self.failed = function, bits, ""

    def __call__(self, x: float) -> float:
        """The value, NaN where there is none."""
        try:
            with np.errstate(all="ignore"):
                returned = self.function(x)
            kind = getattr(returned, "dtype", None)
            if isinstance(kind, np.dtype) and kind.kind == "f":
                self.bits = min(self.bits, int(np.finfo(kind).nmant) + 1)
            return float(returned)
        except _REFUSALS:
            return math.nan
        except Exception as error:  # noqa: BLE001 - a stranger's function may raise anything; the name is reported
            self.failed = self.failed or type(error).__name__
            return math.nan


def climb(
    function: Callable[[float], float],
    at: float,
    *,
    bits: int,
    scale: float | None,
    size: float,
    finest: float | None = None,
) -> Ladder:
    """Sample a function around a point.

    Args:
        function: of one float.
        at: the point x.
        bits: the precision of the function's values.
        scale: the length over which the function is expected to change; None for the larger of 1 and ``size``.
        size: the size of the numbers that the step is added to: |x|, or the largest entry of an array.
        finest: the shortest step; None for the last place of the point as the function reads it.

    Returns:
        The values; at most :data:`MOST_CALLS` calls were made.
    """
    call = Sampler(function, bits)
    nothing = np.empty(0)
    centre = call(at) if math.isfinite(at) else math.nan
    if not math.isfinite(centre):
        missing = "" if call.failed else "point"
        return Ladder(nothing, nothing, nothing, centre, bits, missing=missing, failed=call.failed)
    again = call(at)
    top = scale if scale else max(1.0, size)
    grid = _grid(call, at, _TOP * top) if finest is None else 53
    at = _rounded(at, grid)
    pairs = dict.fromkeys(
        _exact(at, h, grid) for h in _lengths(_TOP * top, size * 2.0 ** (1 - grid) if finest is None else finest)
    )
    steps = np.array([h for h in pairs if 0 < h < math.inf])
    with np.errstate(all="ignore"):
        above = np.array([call(at + float(h)) for h in steps])
        below = np.array([call(at - float(h)) for h in steps])
    low, high = sorted(_scatter(call, at, (min(top, size) or top) * spacing) for spacing in _NOISE_SPACINGS)
    scatter = high if high <= _ALIKE * low else 0.0
    repeats = [again, call(at)]
    unsteady = any(not _same(v, centre) for v in repeats)
    if len(steps):
        middle = len(steps) // 2
        unsteady |= not _same(call(at + float(steps[middle])), float(above[middle]))
    run, missing, broken = _usable(np.isfinite(above), np.isfinite(below))
    seen = bits_of([centre, *above[run], *below[run]])
    return Ladder(
        steps[run], above[run], below[run], centre, min(call.bits, seen), scatter,
        _edge(call, at, steps[run], above[run], below[run]), missing, unsteady, broken, call.failed,
    )  # fmt: skip


def _same(first: float, second: float) -> bool:
    return first == second or (math.isnan(first) and math.isnan(second))


def _grid(call: Sampler, at: float, top: float) -> int:
    """24 if the function seems to round its argument to binary32 before anything else, else 53.

    Coarser formats are not looked for: values that are themselves rounded so coarsely would look the same. A function
    that is a staircase of wider steps has equal values at neighbouring numbers of binary32, and does not round to it.
    """
    probes = [at + top * _RATIO**-k for k in range(2, 2 + _PROBES)]
    values = [call(x) for x in probes]
    same = all(_same(v, call(y)) for x, v in zip(probes, values, strict=True) for y in _rounded_alike(x))
    if not same or len(set(values)) == 1:
        return 53
    coarse = min(call.bits, bits_of(values)) <= _BINARY32
    return 53 if not coarse and any(_steps(call, x, v) for x, v in zip(probes, values, strict=True)) else _BINARY32


def _rounded_alike(x: float) -> tuple[float, ...]:
    """The number of binary32 next to a number, and two almost half a unit away, which round to it too."""
    nearest = _rounded(x, _BINARY32)
    half = math.ldexp(0.49, math.frexp(nearest)[1] - _BINARY32)
    return nearest, nearest - half, nearest + half


def _steps(call: Sampler, x: float, value: float) -> bool:
    """Whether a function is constant from one number of binary32 to the next, but not farther."""
    nearest = _rounded(x, _BINARY32)
    unit = math.ldexp(1.0, math.frexp(nearest)[1] - _BINARY32)
    return call(nearest + unit) == value != call(nearest + _NEAR * unit)


def _rounded(value: float, bits: int) -> float:
    """The number of so many bits next to a number."""
    if not math.isfinite(value) or bits >= 53:
        return value
    mantissa, exponent = math.frexp(value)
    whole = round(math.ldexp(mantissa, bits))
    try:
        return math.ldexp(whole, exponent - bits)
    except OverflowError:
        return math.copysign(math.inf, value)


def _lengths(top: float, finest: float) -> list[float]:
    """The steps before they are rounded to what can be added to the point exactly."""
    if not finest:
        dense = [top * _RATIO**-k for k in range(_DENSE)]
        sparse = [dense[-1] * 2.0 ** (-_STRIDE * k) for k in range(1, _SPARSE + 1)]
        return dense + [h for h in sparse if h > 2.0**-1000]
    count = int(math.log(top / finest, _RATIO)) + 1 if top / finest < 2.0**200 else math.inf
    if count <= _DENSE + _SPARSE:
        return [top * _RATIO**-k for k in range(int(count))]
    return [top * _RATIO**-k for k in range(_DENSE)] + [finest * _RATIO**k for k in range(_SPARSE - 1, -1, -1)]


def _exact(at: float, step: float, grid: int) -> float:
    """The step next to ``step`` that can be added and taken away without rounding, where there is one."""
    return _rounded(at + step, grid) - at if at >= 0 else at - _rounded(at - step, grid)


def _scatter(call: Sampler, at: float, spacing: float) -> float:
    """The noise at points at equal distances around the point, 0 where the format explains it."""
    spacing = max(spacing, 4 * math.ulp(at))
    values = [call(at + (k - _NOISE_POINTS / 2) * spacing) for k in range(_NOISE_POINTS)]
    noise = noise_from_differences(values) or 0.0
    return noise if noise > 4 * 2.0**-call.bits * max(map(abs, values)) else 0.0


def flat_rungs(centre: float, above: Column, below: Column) -> NDArray[np.bool_]:
    """At which steps both values are the value at the point."""
    flat: NDArray[np.bool_] = (above == centre) & (below == centre)
    return flat


def _edge(call: Sampler, at: float, steps: Column, above: Column, below: Column) -> float:
    """The height of the first change of a function that is constant around the point; 0 if there is none.

    A step of the function, also one of rounding, has the same height however closely it is looked at; a kink has none.
    """
    centre = call(at)
    changing = np.flatnonzero(~flat_rungs(centre, above, below))
    if not len(changing) or len(steps) - changing[-1] <= _SHORTEST_RUN:
        return 0.0
    rung = int(changing[-1])
    height = 0.0
    for side, value in ((1.0, float(above[rung])), (-1.0, float(below[rung]))):
        inside, outside = float(steps[rung + 1]), float(steps[rung])
        for _ in range(_HALVINGS if value != centre else 0):
            middle = (inside + outside) / 2
            found = call(at + side * middle)
            if found == centre:
                inside = middle
            else:
                outside, value = middle, found
        height = max(height, abs(value - centre)) if math.isfinite(value) else math.inf
    return height


def _usable(above: NDArray[np.bool_], below: NDArray[np.bool_]) -> tuple[slice, str, bool]:
    """The longest run of steps with values on both sides, which side has none, and whether values come and go."""
    if not len(above):
        return slice(0), "", False
    both = above & below
    edges = np.flatnonzero(np.diff(np.concatenate(([False], both, [False])).astype(np.int8)))
    start, stop = max(zip(edges[::2], edges[1::2], strict=True), key=lambda run: run[1] - run[0], default=(0, 0))
    if stop - start >= _SHORTEST_RUN and (stop == len(both) or not (above | below)[stop:].any()):
        return slice(start, stop), "", False
    tail = slice(-_SHORTEST_RUN, None)
    left, right = not below[tail].any(), not above[tail].any()
    missing = "both" if left and right else "left" if left else "right" if right else ""
    return slice(0), missing, not missing
