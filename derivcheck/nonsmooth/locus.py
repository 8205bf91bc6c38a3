"""Where a function has no derivative, as formulas. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from derivcheck.language.expr import Expr
from derivcheck.verdict import Existence


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
    """

    by_variable: Mapping[str, tuple[Locus, ...] | None]
    domain: tuple[Locus, ...] = ()
    reason: str = ""
    analytic: bool = False

    @property
    def nowhere(self) -> bool:
        """Whether it is proved that every derivative exists wherever the function has a value."""
        found = self.by_variable.values()
        return not self.reason and all(v is not None and all(x.is_hole for x in v) for v in found)
