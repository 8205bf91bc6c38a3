"""The points at which two formulas are compared: simple ones, and ones spread widely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from heapq import heappop, heappush
from itertools import product
from math import isqrt

Point = Mapping[str, Fraction]

INTEGERS = tuple(Fraction(n) for n in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5))
FRACTIONS = tuple(
    s * Fraction(p, q) for p, q in ((1, 2), (3, 2), (1, 3), (2, 3), (1, 4), (3, 4), (5, 2), (1, 10)) for s in (1, -1)
)
SIMPLE = (*INTEGERS, *FRACTIONS)
"""Values from the simplest on."""
CORNERS = tuple(Fraction(p, q) for p, q in ((-1, 1), (2, 1), (1, 2), (-2, 1), (3, 1), (-1, 2)))
"""Signs, whole numbers and halves."""

_ONE = 1 << 40
_SCALES = (Fraction(2), Fraction(9, 10), Fraction(5), Fraction(1, 4), Fraction(30))


def simple_points(names: Sequence[str], limit: int) -> Iterator[Point]:
    """Points of simple values, those with the least sum of ranks first, at most ``limit``."""
    if not names:
        yield {}
        return
    start = (0,) * len(names)
    heap, seen = [(0, start)], {start}
    for _ in range(limit):
        if not heap:
            return
        rank, places = heappop(heap)
        yield {name: SIMPLE[k] for name, k in zip(names, places, strict=True)}
        for at, k in enumerate(places):
            following = (*places[:at], k + 1, *places[at + 1 :])
            if k + 1 < len(SIMPLE) and following not in seen:
                seen.add(following)
                heappush(heap, (rank + 1, following))


def spread_points(names: Sequence[str], count: int, start: int = 0) -> Iterator[Point]:
    """Points k·(√2, √3, √5, …) modulo 1 stretched to boxes of several sizes, half of them with positive coordinates.

    Source: L. Kuipers, H. Niederreiter, Uniform Distribution of Sequences (1974), chapter 1, section 6.
    """
    slopes = [isqrt(prime << 80) for prime in _primes(len(names))]
    for k in range(start, start + count):
        scale, signed = _SCALES[k // 2 % len(_SCALES)], k % 2
        units = [Fraction(((k + 1) * slope % _ONE) * 2003 // _ONE * 2 + 1, 4007) for slope in slopes]
        yield {name: scale * (2 * u - 1 if signed else u) for name, u in zip(names, units, strict=True)}


def corner_points(names: Sequence[str], limit: int) -> Iterator[Point]:
    """Points whose coordinates are few numbers, in all combinations while they are no more than ``limit``.

    Powers with variable exponents have values for a negative base only where the exponent is a whole number.
    """
    if len(CORNERS) ** len(names) <= limit:
        yield from ({**dict(zip(names, values, strict=True))} for values in product(CORNERS, repeat=len(names)))
        return
    for point in spread_points(names, limit):
        yield {name: CORNERS[value.numerator % len(CORNERS)] for name, value in point.items()}


def near_points(point: Point, count: int) -> Iterator[Point]:
    """Points about a given one, closer and closer, in directions that differ."""
    for k in range(count):
        size = Fraction(1, 8 * (k + 1))
        yield {n: v + size * Fraction((k * (j + 2) + j) % 7 - 3, 3) for j, (n, v) in enumerate(point.items())}


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found
