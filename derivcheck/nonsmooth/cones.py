"""Directions in a polyhedral cone, exactly.

Source: Fourier-Motzkin elimination with back substitution, A. Schrijver, Theory of Linear and Integer Programming
(1986), 12.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm

from derivcheck.numbers.kernel import UndecidedError

Vector = tuple[Fraction, ...]

_LARGEST_SYSTEM = 400


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """The vectors v with normal·v ≥ 0, or > 0 if ``strict``."""

    normal: Vector
    strict: bool = False


def direction(half_spaces: Sequence[HalfSpace], size: int) -> Vector | None:
    """An integer vector that lies in all half-spaces; None if there is none.

    Raises:
        UndecidedError: the elimination grew too large.
    """
    system = {_scaled(h) for h in half_spaces}
    eliminated: list[tuple[int, set[HalfSpace]]] = []
    remaining = set(range(size))
    while True:
        if any(h.strict and not any(h.normal) for h in system):
            return None
        system = {h for h in system if any(h.normal)}
        involved = [j for j in remaining if any(h.normal[j] for h in system)]
        if not involved:
            break
        j = min(involved, key=lambda j: _pairs(system, j))
        remaining.discard(j)
        eliminated.append((j, {h for h in system if h.normal[j]}))
        system = _without(system, j)
        if len(system) > _LARGEST_SYSTEM:
            raise UndecidedError("too many inequalities")
    v = [Fraction(0)] * size
    for j, bounds in reversed(eliminated):
        v[j] = _between(bounds, j, v)
    return _integral(v)


def _scaled(h: HalfSpace) -> HalfSpace:
    size = max((abs(c) for c in h.normal), default=Fraction(0))
    return HalfSpace(tuple(c / size for c in h.normal), h.strict) if size else h


def _pairs(system: set[HalfSpace], j: int) -> int:
    above = sum(h.normal[j] > 0 for h in system)
    return above * sum(h.normal[j] < 0 for h in system)


def _without(system: set[HalfSpace], j: int) -> set[HalfSpace]:
    """The conditions on the other coordinates: every lower bound of coordinate j lies below every upper bound."""
    lower = [h for h in system if h.normal[j] > 0]
    upper = [h for h in system if h.normal[j] < 0]
    kept = {h for h in system if not h.normal[j]}
    for p in lower:
        for q in upper:
            normal = tuple(a / p.normal[j] - b / q.normal[j] for a, b in zip(p.normal, q.normal, strict=True))
            kept.add(_scaled(HalfSpace(normal, p.strict or q.strict)))
    return kept


def _between(bounds: set[HalfSpace], j: int, v: Sequence[Fraction]) -> Fraction:
    """A simple value of coordinate j that the bounds allow, the coordinates chosen before standing in ``v``."""
    lower: list[tuple[Fraction, bool]] = []
    upper: list[tuple[Fraction, bool]] = []
    for h in bounds:
        rest = sum((c * x for k, (c, x) in enumerate(zip(h.normal, v, strict=True)) if k != j), Fraction(0))
        (lower if h.normal[j] > 0 else upper).append((-rest / h.normal[j], h.strict))
    low = max(lower, default=None)
    high = min(((u, not s) for u, s in upper), default=None)
    if low is None and high is None:
        return Fraction(0)
    if high is None:
        return max(Fraction(0), Fraction(floor(low[0]) + 1)) if low is not None else Fraction(0)
    if low is None:
        return min(Fraction(0), Fraction(ceil(high[0]) - 1))
    if low[0] < 0 < high[0]:
        return Fraction(0)
    whole = Fraction(floor(low[0]) + 1)
    return whole if whole < high[0] else (low[0] + high[0]) / 2


def _integral(v: Sequence[Fraction]) -> Vector:
    factor = lcm(*(c.denominator for c in v))
    return tuple(c * factor for c in v)
