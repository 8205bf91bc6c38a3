"""How noisy a function is, from its values alone.

Two sources: what the format of the values rounds away, and what a table of differences shows. The k-th differences of a
smooth function sampled closely vanish, those of noise with deviation σ have the variance σ² (2k)!/(k!)².

Source: Moré & Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011), algorithm ECnoise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

FORMATS = {8: 2.0**-133, 11: 2.0**-24, 24: 2.0**-149, 53: 2.0**-1074}
"""Bits of bfloat16, binary16, binary32 and binary64, each with its smallest positive number."""

_LEVELS = 3
"""So many levels of differences in a row must tell the same deviation."""
_SPREAD = 4.0


def noise_from_differences(values: Sequence[float]) -> float | None:
    """The standard deviation of the noise in values at equal distances; an estimate.

    Args:
        values: at least six finite values, sampled so closely that the function is nearly a straight line.

    Returns:
        The estimate; 0 if all values are equal; None if the differences do not look like noise.
    """
    table = np.asarray(values, dtype=float)
    count = len(table)
    if count < 6 or not np.isfinite(table).all():
        return None
    if bool((table == table[0]).all()):
        return 0.0
    deviations: list[float] = []
    changes: list[bool] = []
    factor = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        for level in range(1, count - 1):
            table = np.diff(table)
            factor *= level / (2.0 * (2 * level - 1))
            largest = float(np.abs(table).max())
            root = float(np.sqrt(np.mean((table / largest) ** 2))) if 0 < largest < math.inf else 0.0
            deviations.append(math.sqrt(factor) * largest * root)
            changes.append(bool(table.min() < 0 < table.max()))
    for start in range(len(deviations) - _LEVELS + 1):
        window = deviations[start : start + _LEVELS]
        if changes[start] and 0 < max(window) <= _SPREAD * min(window) and math.isfinite(max(window)):
            return deviations[start]
    return None


def bits_of(values: Iterable[float]) -> int:
    """The bits of the least precise format that holds all the values: 8, 11, 24 or 53."""
    bits = 8
    for value in values:
        if math.isfinite(value) and value:
            bits = max(bits, _bits(value))
    return next((b for b in FORMATS if b >= bits), 53)


def _bits(value: float) -> int:
    """The length of the significand without trailing zeros."""
    numerator = int(abs(math.frexp(value)[0]) * 2**53)
    return numerator.bit_length() - ((numerator & -numerator).bit_length() - 1)


def rounding(size: float, bits: int) -> float:
    """What one value of the given size may be away from the exact one by its format alone, at least."""
    return size * 2.0**-bits + FORMATS.get(bits, 2.0**-1074)
