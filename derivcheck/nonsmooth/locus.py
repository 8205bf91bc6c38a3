"""Where a function has no derivative, as formulas. Values only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

from derivcheck.language.constants import rational_value
from derivcheck.language.expr import Expr
from derivcheck.verdict import Existence

_BELOW, _ABOVE = ("<", "≤"), (">", "≥")


class Certainty(Enum):
    """How much is known of a locus."""

    PROVED = "PROVED"  # derived from the formulas on both sides
    SAMPLED = "SAMPLED"  # decided by one-sided series at points of it, not for the whole of it
    CANDIDATE = "CANDIDATE"  # something switches there; what that does to the derivative was not decided


@dataclass(frozen=True, slots=True)
class Relation:
    """``left sign right``, the sign one of = ≠ < > ≤ ≥."""

    left: Expr
    sign: str
    right: Expr


@dataclass(frozen=True, slots=True)
class Locus:
    """A set of points at which the function of one variable has no derivative, whatever else holds.

    Attributes:
        equations: the equations of the set; several hold together.
        conditions: what must hold besides.
        kind: what the function of the variable is like there.
        left, right: the one-sided derivatives on the set, as formulas, where they are finite.
        subdifferential: the ends of the Clarke interval, None where the function is not locally Lipschitz.
        solved: the equation solved for the variable, where that can be done.
        certainty: how much of it is proved.
        outside: where the function has no value beside the set: the relations between the equation's sides that
            leave the domain, as "<" or "≤" or "="; empty where it has values on both sides and on the set.
        integer: the name that stands for any integer in the equations; empty if there is none.
    """

    equations: tuple[Relation, ...]
    conditions: tuple[Relation, ...]
    kind: Existence | None
    left: Expr | None = None
    right: Expr | None = None
    subdifferential: tuple[Expr, Expr] | None = None
    solved: Relation | None = None
    certainty: Certainty = Certainty.PROVED
    outside: str = ""
    integer: str = ""

    @property
    def is_hole(self) -> bool:
        """Whether the function has no value on the locus itself."""
        return self.outside in ("=", "≤", "≥")


@dataclass(frozen=True, slots=True)
class Loci:
    """All loci of a function.

    Attributes:
        by_variable: for each variable the loci of the function of it; None where they were not found.
        domain: the loci beside or on which the function has no value, for every variable of the function, each once.
        reason: why some were not found.
        analytic: whether no operation of it switches or leaves its domain anywhere.
        valued: whether a point was found at which the function has a value.
    """

    by_variable: Mapping[str, tuple[Locus, ...] | None]
    domain: tuple[Locus, ...] = ()
    reason: str = ""
    analytic: bool = False
    valued: bool = True

    @property
    def nowhere(self) -> bool:
        """Whether it is proved that every derivative exists wherever the function has a value."""
        found = self.by_variable.values()
        return self.valued and not self.reason and all(v is not None and all(x.is_hole for x in v) for v in found)

    @property
    def outside(self) -> tuple[tuple[Relation, ...], ...]:
        """The sets on which the function has no value, whatever else holds; ends on one line bound intervals."""
        ends: dict[Expr, list[tuple[Fraction, Relation]]] = {}
        others: list[tuple[Relation, ...]] = []
        for locus in self.domain:
            relations = tuple(replace(e, sign=locus.outside) for e in locus.equations)
            level = rational_value(relations[0].right) if len(relations) == 1 and not locus.integer else None
            if locus.conditions or locus.integer:
                continue
            if level is None:
                others.append(relations)
            else:
                ends.setdefault(relations[0].left, []).append((level, relations[0]))
        return (*(s for line in ends.values() for s in _intervals(sorted(line, key=lambda e: e[0]))), *others)


def _intervals(ends: Sequence[tuple[Fraction, Relation]]) -> Iterator[tuple[Relation, ...]]:
    """The sets that ends on a line bound, from left to right; what begins at one may end at the next."""
    begun: tuple[Fraction, Relation] | None = None
    for level, end in ends:
        if end.sign in _BELOW and begun is not None and begun[0] < level:
            yield (begun[1], end)
            begun = None
        elif end.sign not in _ABOVE:
            yield (end,)
        else:
            if begun is not None:
                yield (begun[1],)
            begun = level, end
    if begun is not None:
        yield (begun[1],)
