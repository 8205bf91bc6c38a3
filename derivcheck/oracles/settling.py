"""Where a column of difference quotients settles, and how well: an estimate, never a bound.

The error of the quotient q_k at the step h_k is estimated as

    E_k = max over j ≤ 2 of |q_(k-j) - q_(k-j-1)| (h_k / h_(k-j))^order · slowness  +  2 N_k / h_k

The first term follows what is left of a remainder O(h^order) and, where the quotients close in more slowly than the
order says, sums the geometric series seen. N_k is the noise of one value. It is read in two ways: *trusting*, the noise
is what the format of the values explains; *doubting*, whatever the shorter steps show is noise. Where both lead to the
same number it is well supported. The step with the least E_k is taken.

Source: the step by balance of remainder and noise is that of Gill, Murray, Saunders & Wright, Computing forward-
difference intervals for numerical optimization (1983), and Moré & Wild, Estimating derivatives of noisy simulations
(2012).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from derivcheck.oracles.ladder import Column

_WINDOW = 3
_SLOWEST = 64.0
"""The largest factor by which a slow rate of convergence may enlarge the remainder."""
_RATE_RUNGS = 3
_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Settled:
    """A number on which quotients settle.

    Attributes:
        value: the quotient.
        error: an estimate of its distance from the limit, infinite if nothing settles.
        rung: its place in the column, -1 if none.
    """

    value: float = math.nan
    error: float = math.inf
    rung: int = -1

    def meets(self, other: Settled, margin: float) -> bool:
        """Whether the two lie within so many errors of each other."""
        return abs(self.value - other.value) <= margin * (self.error + other.error)


def settle(errors: Column, quotients: Column) -> Settled:
    """The quotient with the least estimated error."""
    rung = int(np.argmin(errors)) if len(errors) else -1
    if rung < 0 or not math.isfinite(errors[rung]):
        return Settled()
    return Settled(float(quotients[rung]), float(errors[rung]), rung)


def errors_of(steps: Column, quotients: Column, noise: Column, order: int, *, doubting: bool, barred: Column) -> Column:
    """The estimated error E_k of each quotient, infinite where it is not to be chosen.

    Args:
        steps: the steps, from long to short.
        quotients: the quotient at each step.
        noise: the noise of one value that is known, at each step.
        order: 2 for central differences, 1 for one-sided ones.
        doubting: whether what shorter steps show counts as noise.
        barred: nonzero at the rungs that may not be chosen.
    """
    errors = np.full(len(steps), math.inf)
    gaps = np.abs(np.diff(quotients))
    for k in range(_WINDOW, len(steps)):
        if barred[k]:
            continue
        h = float(steps[k])
        window = (float(gaps[k - j - 1]) * (h / float(steps[k - j])) ** order for j in range(_WINDOW))
        remainder = max(window) * slowness(steps, gaps, noise, k)
        seen = float(noise[k])
        if doubting and k + 1 < len(steps):
            seen = max(seen, float(np.max(np.abs(quotients[k + 1 :] - quotients[k]) * steps[k + 1 :])))
        error = remainder + 2 * seen / h
        errors[k] = error if math.isfinite(error) else math.inf
    return errors


def contradicted(settled: Settled, errors: Column, quotients: Column, margin: float) -> int:
    """The best of three or more shorter steps in a row whose quotients lie outside the errors of both, -1 if none."""
    run: list[int] = []
    for k in range(settled.rung + 1, len(quotients)):
        outside = abs(float(quotients[k]) - settled.value) > margin * (float(errors[k]) + settled.error)
        run = [*run, k] if outside else []
        if len(run) >= _IN_A_ROW:
            return min(range(run[0], len(quotients)), key=lambda j: float(errors[j]))
    return -1


def slowness(steps: Column, gaps: Column, noise: Column, k: int) -> float:
    """By what factor the sum of the gaps to come exceeds the last one, if they go on shrinking as they did; at least 1.

    Gaps that shrink with the step's power p leave |gap| ρ^p / (1 - ρ^p), ρ the ratio of two steps.
    """
    last, first = k - 1, max(0, k - 1 - _WINDOW)
    resolved = gaps[last] > 4 * noise[k] / steps[k] and gaps[first] > 0
    if first == last or not resolved:
        return 1.0
    power = (math.log(gaps[last]) - math.log(gaps[first])) / math.log(steps[last + 1] / steps[first + 1])
    left = (float(steps[k]) / float(steps[k - 1])) ** power if power > 0 else 1.0
    return min(_SLOWEST, max(1.0, left / (1 - left))) if left < 1 else _SLOWEST


def shows_taylor_rate(steps: Column, quotients: Column, noise: Column, rung: int) -> bool:
    """Whether the gaps between the quotients above a rung fall like h², as Taylor's theorem says of a smooth function.

    Gaps that the noise explains tell nothing; three in a row that it does not explain must have the rate.
    """
    gaps = np.abs(np.diff(quotients))
    found = 0
    for k in range(rung, 1, -1):
        if gaps[k - 1] <= 16 * noise[k] / steps[k]:
            continue
        shrunk = math.log(gaps[k - 2]) - math.log(gaps[k - 1]) if gaps[k - 2] else 0.0
        rate = shrunk / math.log(steps[k - 2] / steps[k - 1])
        if not 1.6 < rate < 2.6:
            return False
        found += 1
        if found == _RATE_RUNGS:
            return True
    return False
