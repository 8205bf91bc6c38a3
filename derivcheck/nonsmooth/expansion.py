"""First-order expansions of a value in several variables, and the plan of signs that chooses one smooth selection.

On a region S next to the point x₀ a value is known as

    f(x₀ + h) = c + g·h + O(|h|^p)    for x₀ + h in S.

The region is what a choice of signs leaves: every switch that is active at x₀ asks for the sign of a quantity, and
:class:`SignPlan` answers. Running a graph once for every plan gives all its selections, and every point near x₀ lies in
the region of at least one.

Source: S. Scholtes, Introduction to Piecewise Differentiable Equations (2012), chapters 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import TypeAlias

from derivcheck.nonsmooth.bounds import LowerBound
from derivcheck.numbers.coefficient import Coefficient, sign
from derivcheck.numbers.kernel import PrecisionError, UndecidedError

Order: TypeAlias = Fraction | float
Signs: TypeAlias = frozenset[int]
Constraint: TypeAlias = tuple[tuple[Coefficient, ...], Signs]
"""A gradient g and the signs that its quantity takes in the region: a tangent v of it has g·v of one of them, or 0."""

BELOW = (frozenset((-1,)), frozenset((0, 1)))
NOT_ABOVE = (frozenset((-1, 0)), frozenset((1,)))
ABOVE = NOT_ABOVE[::-1]
EITHER = (frozenset((0, 1)), frozenset((-1, 0)))
EQUAL = (frozenset((0,)), frozenset((-1, 1)))
"""How an operation divides the signs of its quantity; where it is continuous, 0 belongs to both."""

_ANY: Signs = frozenset((-1, 0, 1))
_ZERO: Signs = frozenset((0,))


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """A value near the point.

    Attributes:
        value: c; 0 where ``order`` ≤ 0, since nothing tends to a limit then.
        gradient: g; empty where ``order`` ≤ 1, since the remainder is greater.
        order: p; 0 for a bounded value, -∞ where nothing is known.
        nonnegative: whether the value is certainly ≥ 0.
        strict: whether g is the limit of the gradients near the point, that is, the selection is C¹.
        bound: how far the size of the value is from 0, where that was followed.
    """

    value: Coefficient
    gradient: tuple[Coefficient, ...]
    order: Order
    nonnegative: bool = False
    strict: bool = True
    bound: LowerBound | None = None

    @property
    def lower(self) -> LowerBound | None:
        """How far the size of the value is from 0; an affine value that vanishes at the point is its linear form."""
        if self.bound is not None or self.order < inf or not is_zero(self.value):
            return self.bound
        form = tuple(g for g in self.gradient if isinstance(g, Fraction))
        return LowerBound(Fraction(1), (form,)) if len(form) == len(self.gradient) and any(form) else None

    @property
    def reach(self) -> Order:
        """The order of f(x₀ + h) - c, or a lower one."""
        return min(self.order, 1) if any(not is_zero(g) for g in self.gradient) else self.order

    @property
    def is_nonnegative(self) -> bool:
        """Whether the value is certainly ≥ 0 near the point, as it is where its limit is certainly positive."""
        return self.nonnegative or (self.order > 0 and _is_positive(self.value))

    @property
    def is_constant(self) -> bool:
        """Whether the value does not change at all."""
        return self.order == inf and self.reach == inf


class EmptyRegionError(Exception):
    """No point has the signs of the plan."""


def is_zero(value: Coefficient) -> bool:
    """Whether a number is the rational 0."""
    return isinstance(value, Fraction) and not value


def _is_positive(value: Coefficient) -> bool:
    try:
        return sign(value) > 0
    except (PrecisionError, UndecidedError):
        return False


class SignPlan:
    """The signs of the quantities of the active switches, in one region.

    Args:
        plan: which option is taken at each of the first choices; later choices take the first.
    """

    def __init__(self, plan: Sequence[int] = ()) -> None:
        self.plan = plan
        self.choices: list[tuple[int, int]] = []  # what was taken, of how many
        self._signs: dict[object, tuple[Expansion, int, Signs]] = {}
        self._twins: dict[int, tuple[Expansion, Expansion]] = {}
        self._centred = False  # whether no other point than the centre has the signs

    def pair(self, a: Expansion, negative: Expansion) -> None:
        """Remember that two values are each other's negatives."""
        self._twins[id(a)] = (a, negative)
        self._twins[id(negative)] = (negative, a)

    def negative(self, a: Expansion) -> Expansion | None:
        """The negative of a value, if there was one before."""
        found = self._twins.get(id(a))
        return None if found is None else found[1]

    def constraints(self) -> list[Constraint]:
        """What the tangents of the region satisfy."""
        found = [(q.gradient, _turned(signs, o)) for q, o, signs in self._signs.values() if q.gradient]
        gone = [q.lower for q, _, signs in self._signs.values() if signs == _ZERO and q.lower is not None]
        return [*found, *((form, _ZERO) for bound in gone for form in bound.forms)]

    def holds_centre(self) -> bool:
        """Whether the point itself belongs to the region: there every quantity that was asked for is 0."""
        return all(0 in signs for _, _, signs in self._signs.values())

    def following(self) -> list[int] | None:
        """The next plan, depth first; None after the last."""
        for k in range(len(self.choices) - 1, -1, -1):
            taken, count = self.choices[k]
            if taken + 1 < count:
                return [c for c, _ in self.choices[:k]] + [taken + 1]
        return None

    def signs(self, q: Expansion, options: tuple[Signs, ...]) -> Signs:
        """The signs of a quantity in this region, all of them in one of ``options``.

        Raises:
            UndecidedError: the quantity has no limit at the point.
            EmptyRegionError: earlier choices leave it no sign.
            PrecisionError: whether the quantity vanishes at the point cannot be told.
        """
        if q.order <= 0:
            raise UndecidedError("the sign of a value that has no limit at the point")
        s = sign(q.value)
        if s or q.is_constant:
            return frozenset((s,))
        key, orientation = self._key(q)
        known = self._signs[key][2] if key in self._signs else _ANY
        if q.nonnegative:
            known &= frozenset((0, orientation))
        if self._centred:
            known &= _ZERO
        found = dict.fromkeys(known & _turned(o, orientation) for o in options)
        parts = [p for p in found if p and not any(p < other for other in found)]
        if not parts:
            raise EmptyRegionError
        taken = 0
        if len(parts) > 1:
            index = len(self.choices)
            taken = self.plan[index] if index < len(self.plan) else 0
            self.choices.append((taken, len(parts)))
        self._signs[key] = (q, orientation, parts[taken])
        if parts[taken] == _ZERO and q.lower is not None and q.lower.is_definite:
            self._centred = True
            if not self.holds_centre():
                raise EmptyRegionError
        return _turned(parts[taken], orientation)

    def _key(self, q: Expansion) -> tuple[object, int]:
        """What identifies a quantity up to its sign: an affine one its gradient, another one itself."""
        first = next((g for g in q.gradient if not is_zero(g)), None)
        if q.order == inf and isinstance(first, Fraction) and all(isinstance(g, Fraction) for g in q.gradient):
            return tuple(g / first for g in q.gradient if isinstance(g, Fraction)), 1 if first > 0 else -1
        twin = self.negative(q)
        return (id(twin), -1) if twin is not None and id(twin) < id(q) else (id(q), 1)


def _turned(signs: Signs, orientation: int) -> Signs:
    return signs if orientation > 0 else frozenset(-s for s in signs)
