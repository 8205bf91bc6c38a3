"""Where a surface meets the zeros of another polynomial: whether a claim holds there, by series at exact points."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from derivcheck.nonsmooth.cells import Surface
from derivcheck.nonsmooth.claims import Claim, Surveyor
from derivcheck.nonsmooth.existence import PartialExistence, Real
from derivcheck.nonsmooth.partial import domain_reason, partial_existence
from derivcheck.nonsmooth.quotients import Poly
from derivcheck.nonsmooth.witnesses import Wanted, Witness, evaluated, witnesses
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import REFUSALS
from derivcheck.verdict import Existence

MOST = 40
"""A loss has at most this many corners looked at."""

_WITNESSES = 2
_SYSTEM = Exact(256)


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """What was found where a surface meets others.

    Attributes:
        closed: the signs of a claim, by polynomial, that may be 0 as well.
        excluded: polynomials that must not vanish although the claim is the same on both of their sides.
        further: polynomials at whose zeros on the surface there is no derivative either, but another claim holds.
    """

    closed: frozenset[str] = frozenset()
    excluded: tuple[Poly, ...] = ()
    further: tuple[tuple[Poly, Existence], ...] = ()


def corners(surveyor: Surveyor, surface: Surface, name: str, claim: Claim) -> Corners:
    """What a claim about a variable becomes where the other polynomials that it asks about vanish.

    Args:
        surveyor: the loss.
        surface: the surface.
        name: the variable.
        claim: what is claimed off those polynomials' zeros.
    """
    if surface.thin or claim.outside:
        return Corners()
    closed: set[str] = set()
    excluded: list[Poly] = []
    further: list[tuple[Poly, Existence]] = []
    told = {**claim.signs, **dict.fromkeys(claim.dropped, 0)}
    jumps = claim.kind in (Existence.JUMP, Existence.REMOVABLE)
    asked = [(surveyor.polys[k], k) for k in told] + [(p, "") for p in claim.nonzero if jumps]
    for p, key in asked:
        seen = _seen(surveyor, surface, name, claim, p)
        if not seen:
            continue
        if key and all(_fits(surveyor, claim, w, e) for w, e in seen):
            closed |= {key} & claim.signs.keys()
            continue
        if key in claim.dropped:
            excluded.append(p)
        if any(domain_reason(surveyor.graph, w.point) for w, _ in seen):
            continue
        kinds = {e.kind for _, e in seen if e.exists is False and e.kind is not None}
        if len(kinds) == 1 and all(e.exists is False for _, e in seen):
            further.append((p, kinds.pop()))
    return Corners(frozenset(closed), tuple(excluded), tuple(further))


def _seen(
    surveyor: Surveyor, surface: Surface, name: str, claim: Claim, p: Poly
) -> list[tuple[Witness, PartialExistence]]:
    """Points at which p vanishes on the surface, and what the series find there."""
    wanted = besides(surveyor, claim, p)
    found = witnesses(surveyor.landscape, surface, wanted)
    return [
        (w, partial_existence(surveyor.graph, w.point, name, deadline=surveyor.deadline))
        for w, _ in zip(found, range(_WITNESSES), strict=False)
    ]


def besides(surveyor: Surveyor, claim: Claim, p: Poly) -> Wanted:
    """What a claim asks for, p left out, where p vanishes."""
    signs = [(surveyor.polys[k], s) for k, s in claim.signs.items() if k != str(p)]
    return Wanted(signs, [q for q in claim.nonzero if q != p], p)


def _fits(surveyor: Surveyor, claim: Claim, witness: Witness, found: PartialExistence) -> bool:
    """Whether a point is as claimed, its slopes those of the formulas."""
    if found.exists is not False or found.kind is not claim.kind:
        return False
    if claim.slopes is None or claim.normal is None or claim.axis:
        return True
    try:
        below, above, normal = (evaluated(surveyor.base, q, witness.values) for q in (*claim.slopes, claim.normal))
    except REFUSALS:
        return False
    left, right = (below, above) if normal > 0 else (above, below)
    return _equal(left, found.left) and _equal(right, found.right)


def _equal(a: Real, b: Real) -> bool:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    if b is None or isinstance(b, float):
        return False
    return bool((_SYSTEM.to_ball(a) - _SYSTEM.to_ball(b)).contains(0))
