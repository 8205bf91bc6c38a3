"""Two steps of a graph at a point: certainly different, equal to many digits, or without a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from flint import arb

from derivcheck.equality.points import Point
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.numbers.coefficient import Coefficient, to_ball
from derivcheck.numbers.enclosure import enclosure_text
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import DomainError, Undefined, Value

LADDER = (192, 768, 2048)
"""Bits of precision that are tried, in order."""
MANY_BITS = 8192
"""Bits for a second look at formulas that agree and are not proved equal."""
DIGITS = 30
"""Values that agree to so many digits count as equal."""
LONGEST_FRACTION = 256
"""Bits of a fraction that is written out."""


_MORE_DIGITS = 4


class Relation(Enum):
    """How two values stand to each other."""

    EQUAL = "equal"  # to DIGITS digits
    DIFFERENT = "different"  # certainly
    LEFT_ONLY = "left"  # only the first is defined
    RIGHT_ONLY = "right"
    OUTSIDE = "outside"  # neither is defined, or the condition does not hold
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two formulas as steps of one graph of scalars.

    Attributes:
        graph: holds both.
        left: the step of the first.
        right: the step of the second.
        condition: the step of the condition under which they are compared.
        edges: whether values exactly on a switch count, as that of ``sign(x)`` at 0.
    """

    graph: Graph
    left: int
    right: int
    condition: int | None = None
    edges: bool = True

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps whose values are needed."""
        return (self.left, self.right) if self.condition is None else (self.left, self.right, self.condition)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that occur."""
        needed = set(self.graph.ancestors(*self.steps))
        return tuple(name for name, k in self.graph.inputs.items() if k in needed)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found at one point.

    Attributes:
        point: the values of the variables that occur.
        relation: what the two values are to each other.
        left: the first value, where they differ.
        right: the second.
        compared: whether the values depend on a comparison, where they differ.
    """

    point: Point
    relation: Relation
    left: str = ""
    right: str = ""
    compared: bool = False


def sample(pair: Pair, point: Point, deadline: Callable[[], None], ladder: Sequence[int] = LADDER) -> Sample:
    """Compare at a point, with more and more bits until the values differ or agree to :data:`DIGITS` digits.

    Values differ only where exact fractions do, or balls that have no number in common.
    """
    for bits in ladder:
        deadline()
        system = _Watched(bits)
        values = interpret(pair.graph, system, point, wanted=pair.steps, deadline=deadline)
        left, right = values[pair.left], values[pair.right]
        if pair.condition is not None and values[pair.condition] is not True:
            return Sample(point, Relation.OUTSIDE)
        if system.on_switch and not pair.edges:
            return Sample(point, Relation.OUTSIDE)
        relation = _relation(left, right, system, last=bits == ladder[-1])
        if relation is Relation.DIFFERENT:
            with system.precision:
                return Sample(point, relation, value_text(left), value_text(right), system.compared)
        if relation is not Relation.UNKNOWN:
            return Sample(point, relation)
    return Sample(point, Relation.UNKNOWN)


def value_text(value: Coefficient, *, more_than: str = "") -> str:
    """A fraction of moderate length as it is, everything else by its certain digits: more than another text's."""
    if isinstance(value, Fraction) and (value.numerator * value.denominator).bit_length() <= LONGEST_FRACTION:
        return str(value)
    text = enclosure_text(to_ball(value))
    begun = bool(more_than) and text.startswith(more_than.rstrip("…"))
    return enclosure_text(to_ball(value), len(more_than) + _MORE_DIGITS) if begun else text


def _relation(left: Value, right: Value, system: Exact, *, last: bool) -> Relation:
    outside = [isinstance(v, Undefined) and isinstance(v.error, DomainError) for v in (left, right)]
    unknown = [isinstance(v, Undefined) and not out for v, out in zip((left, right), outside, strict=True)]
    if any(unknown):
        return Relation.UNKNOWN
    if any(outside):
        return Relation.OUTSIDE if all(outside) else Relation.RIGHT_ONLY if outside[0] else Relation.LEFT_ONLY
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return Relation.EQUAL if left == right else Relation.DIFFERENT
    a, b = system.to_ball(left), system.to_ball(right)
    if not a.overlaps(b):
        return Relation.DIFFERENT
    with system.precision:
        difference, size = abs(a - b).upper(), a.abs_lower().max(b.abs_lower())
        close = difference <= size * arb(10) ** -DIGITS or (last and difference <= arb(10) ** (-4 * DIGITS))
    return Relation.EQUAL if close else Relation.UNKNOWN


class _Watched(Exact):
    """Exact arithmetic that remembers whether a comparison was met exactly at the point where it changes."""

    def __init__(self, bits: int) -> None:
        super().__init__(bits)
        self.on_switch = False
        self.compared = False

    def _note(self, a: Coefficient, b: Coefficient) -> None:
        self.compared = True
        self.on_switch = self.on_switch or self.to_ball(a).overlaps(self.to_ball(b))

    def abs(self, a: Coefficient) -> Coefficient:
        """|a|."""
        self._note(a, Fraction(0))
        return super().abs(a)

    def max(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """The greater of two."""
        self._note(a, b)
        return super().max(a, b)

    def min(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """The lesser of two."""
        self._note(a, b)
        return super().min(a, b)

    def floor(self, a: Coefficient) -> Coefficient:
        """⌊a⌋."""
        found = super().floor(a)
        self._note(a, found)
        return found

    def lt(self, a: Coefficient, b: Coefficient) -> bool:
        """a < b."""
        self._note(a, b)
        return super().lt(a, b)

    def le(self, a: Coefficient, b: Coefficient) -> bool:
        """a ≤ b."""
        self._note(a, b)
        return super().le(a, b)

    def eq(self, a: Coefficient, b: Coefficient) -> bool:
        """a = b."""
        self._note(a, b)
        return super().eq(a, b)
