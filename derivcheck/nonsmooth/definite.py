"""Polynomials over generators that take only one sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import fmpz_poly

from derivcheck.nonsmooth.cones import HalfSpace, direction
from derivcheck.nonsmooth.quotients import Field, Poly, terms
from derivcheck.numbers.kernel import UndecidedError

_HIGHEST_DEGREE = 12


def definite(base: Field, f: Poly) -> tuple[int, bool]:
    """The sign of a polynomial off its zeros if it has only one, else 0; and whether it has no zeros."""
    sign, parts = semidefinite(base, f)
    return sign, sign != 0 and parts is None


def semidefinite(base: Field, f: Poly) -> tuple[int, tuple[Poly, ...] | None]:
    """The only sign that a polynomial takes, and what vanishes together where it is 0; None if it never is.

    Even powers of one sign are told at once, zeros of one generator are counted; else squares are completed, one
    generator after another. The sign is 0 where that tells nothing.
    """
    key = str(f)
    if key not in base.definite:
        base.definite[key] = _semidefinite(base, f)
    return base.definite[key]


def _semidefinite(base: Field, f: Poly) -> tuple[int, tuple[Poly, ...] | None]:
    found = terms(f)
    signs = {1 if c > 0 else -1 for _, c in found}
    even = all(not e % 2 or base.generators[k].positive for m, _ in found for k, e in enumerate(m) if e)
    if len(signs) == 1 and even:
        free = [[k for k, e in enumerate(m) if e and not base.generators[k].positive] for m, _ in found]
        if any(not ks for ks in free):
            return signs.pop(), None
        if all(len(ks) == 1 for ks in free):
            return signs.pop(), tuple(base.gens[ks[0]] for ks in free)
        return 0, ()
    used = base.used(f)
    if len(used) == 1:
        return _of_one_generator(base, f, used[0]), None
    return _completed(base, f)


def _of_one_generator(base: Field, f: Poly, slot: int) -> int:
    """The sign of an irreducible polynomial of one generator that has no real root in its range, else 0."""
    if int(f.degrees()[slot]) > _HIGHEST_DEGREE:
        return 0
    roots = _real_roots(f, slot)
    if base.generators[slot].positive:
        roots = [r for r in roots if not r < 0]
    if roots:
        return 0
    return 1 if sum(c for _, c in terms(f)) > 0 else -1


def _completed(base: Field, f: Poly) -> tuple[int, tuple[Poly, ...] | None]:
    """Squares completed: a·g² + b·g + c = a·(g + b/2a)² + (c - b²/4a), while a is a number."""
    parts: list[Poly] = []
    signs: set[int] = set()
    rest = f
    while not rest.is_constant():
        slot = next((k for k in base.used(rest) if int(rest.degrees()[k]) == 2
                     and rest.derivative(k).derivative(k).is_constant()), None)  # fmt: skip
        if slot is None:
            return 0, ()
        double = rest.derivative(slot).derivative(slot)  # 2a
        linear = rest.derivative(slot) - double * base.gens[slot]  # b
        part = base.gens[slot] + linear / double.leading_coefficient()
        rest = rest - part * part * (double.leading_coefficient() / 2)
        parts.append(part)
        signs.add(1 if double.leading_coefficient() > 0 else -1)
    if not rest.is_zero():
        signs.add(1 if rest.leading_coefficient() > 0 else -1)
    if len(signs) > 1:
        return 0, ()
    return signs.pop(), tuple(parts) if rest.is_zero() else None


def _real_roots(f: Poly, slot: int) -> Sequence[Any]:
    """The real parts of the roots that may be real."""
    denominator = 1
    for _, c in terms(f):
        denominator *= c.denominator
    coefficients = [0] * (int(f.degrees()[slot]) + 1)
    for m, c in terms(f):
        coefficients[m[slot]] = int(c * denominator)
    return [r.real for r, _ in fmpz_poly(coefficients).complex_roots() if r.imag.contains(0)]


def implied_sign(f: Poly, known: Sequence[tuple[Poly, int]]) -> int:
    """The sign of a polynomial that follows from those of others by linear combination; 0 if none does.

    Every monomial counts as a coordinate of its own, those that are squares as not negative.
    """
    known = _related(f, known)
    if not known:
        return 0
    columns: dict[tuple[int, ...], int] = {}
    rows = [{columns.setdefault(m, len(columns)): s * c for m, c in terms(p)} for p, s in known]
    asked = {columns.setdefault(m, len(columns)): c for m, c in terms(f)}
    size = len(columns)

    def normal(row: Mapping[int, Fraction]) -> tuple[Fraction, ...]:
        return tuple(row.get(j, Fraction(0)) for j in range(size))

    spaces = [HalfSpace(normal(row), strict=True) for row in rows]
    for m, j in columns.items():
        if all(e % 2 == 0 for e in m):
            spaces.append(HalfSpace(normal({j: Fraction(1)}), strict=not any(m)))
    try:
        possible = [
            s
            for s in (1, -1)
            if direction([*spaces, HalfSpace(normal({j: s * c for j, c in asked.items()}), strict=True)], size)
        ]
    except UndecidedError:
        return 0
    return possible[0] if len(possible) == 1 else 0


def _related(f: Poly, known: Sequence[tuple[Poly, int]]) -> list[tuple[Poly, int]]:
    """The polynomials that share a monomial with f, directly or through others."""
    reached = {m for m, _ in terms(f) if any(m)}
    waiting = [(p, s, {m for m, _ in terms(p) if any(m)}) for p, s in known]
    related: list[tuple[Poly, int]] = []
    while near := [w for w in waiting if w[2] & reached]:
        waiting = [w for w in waiting if not w[2] & reached]
        for p, s, monomials in near:
            related.append((p, s))
            reached = reached | monomials
    return related
