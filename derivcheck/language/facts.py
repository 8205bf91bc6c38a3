"""Facts that can be stated about an input: one table, one row for each.

Along an axis a fact speaks of the last one: each row of a matrix that is ``onehot`` holds one 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from types import MappingProxyType


class Sign(Enum):
    """What is known of the sign of every entry."""

    POSITIVE = auto()
    NONNEGATIVE = auto()
    NONZERO = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row: what holds of an array.

    Attributes:
        name: how the fact is called.
        spellings: other words for it.
        relations: relations that say the same, with ``#`` for the name and without spaces.
        sums_to: what the entries sum to along the last axis.
        sign: the sign of every entry.
        values: all values that an entry can have.
        symmetric: whether exchanging the last two axes changes nothing.
        phrase: the key of the words for it in a report.
    """

    name: str
    spellings: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    sums_to: Fraction | None = None
    sign: Sign | None = None
    values: tuple[Fraction, ...] | None = None
    symmetric: bool = False
    phrase: str

    @property
    def nonnegative(self) -> bool:
        """Whether every entry is known to be at least 0."""
        return self.sign in (Sign.POSITIVE, Sign.NONNEGATIVE)

    @property
    def nonzero(self) -> bool:
        """Whether no entry can be 0."""
        return self.sign in (Sign.POSITIVE, Sign.NONZERO)

    @property
    def idempotent(self) -> bool:
        """Whether every entry is its own square."""
        return self.values is not None and all(v * v == v for v in self.values)

    @property
    def least_axes(self) -> int:
        """The fewest axes of an array that the fact can be about."""
        return 2 if self.symmetric else 0 if self.sums_to is None else 1


_BITS = (Fraction(0), Fraction(1))

FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        row.name: row
        for row in (
            Fact(
                name="onehot",
                sums_to=Fraction(1),
                sign=Sign.NONNEGATIVE,
                values=_BITS,
                phrase="fact_onehot",
            ),
            Fact(
                name="probabilities",
                spellings=("simplex", "probability", "distribution"),
                sums_to=Fraction(1),
                sign=Sign.NONNEGATIVE,
                phrase="fact_probabilities",
            ),
            Fact(
                name="sums_to_one",
                spellings=("sums to 1",),
                relations=("sum(#)=1", "sum(#)==1"),
                sums_to=Fraction(1),
                phrase="fact_sums_to_one",
            ),
            Fact(name="positive", relations=("#>0", "0<#"), sign=Sign.POSITIVE, phrase="fact_positive"),
            Fact(
                name="nonnegative",
                relations=("#>=0", "#≥0", "0<=#", "0≤#"),
                sign=Sign.NONNEGATIVE,
                phrase="fact_nonnegative",
            ),
            Fact(name="nonzero", relations=("#!=0", "#≠0"), sign=Sign.NONZERO, phrase="fact_nonzero"),
            Fact(
                name="binary",
                spellings=("zero or one",),
                sign=Sign.NONNEGATIVE,
                values=_BITS,
                phrase="fact_binary",
            ),
            Fact(
                name="symmetric",
                relations=("#=#.T", "#==#.T", "#=#ᵀ", "#==#ᵀ"),
                symmetric=True,
                phrase="fact_symmetric",
            ),
        )
    }
)
"""All facts that can be assumed, by name."""
