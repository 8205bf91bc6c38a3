"""Lower bounds of values that vanish or grow at a point: how fast 1/value can grow there, how fast the value does.

    |value(x₀ + h)| ≥ c · Σᵢ |gᵢ·h|^p    near the point, for some c > 0.

Where the gᵢ span the whole space the sum is at least a multiple of |h|^p, all norms being equivalent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf

_MOST_FORMS = 16

Vector = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class LowerBound:
    """The bound with exponent p = ``degree`` and the linear forms gᵢ = ``forms``; p < 0 only for a value that grows."""

    degree: Fraction
    forms: tuple[Vector, ...]

    def power(self, exponent: Fraction) -> LowerBound:
        """The bound of a positive power: (Σ sᵢ)^q ≥ c · Σ sᵢ^q for sᵢ ≥ 0."""
        return LowerBound(self.degree * exponent, self.forms)

    @property
    def is_definite(self) -> bool:
        """Whether the value is at least a multiple of |h|^degree."""
        return _rank(self.forms) == len(self.forms[0])


def growth(degree: Fraction | float, size: int) -> LowerBound | None:
    """The bound |value| ≥ c·|h|^p, p < 0, in ``size`` variables; None where the degree is not finite."""
    if degree in (inf, -inf) or not degree < 0:
        return None
    return LowerBound(Fraction(degree), tuple(tuple(Fraction(j == k) for j in range(size)) for k in range(size)))


def of_sum(a: LowerBound | None, b: LowerBound | None) -> LowerBound | None:
    """The bound of a sum of two values ≥ 0, or of the greater: near the point higher powers are smaller."""
    if a is None or b is None:
        return b if a is None else a
    forms = tuple(dict.fromkeys(a.forms + b.forms))
    return LowerBound(max(a.degree, b.degree), forms) if len(forms) <= _MOST_FORMS else a


def of_product(a: LowerBound | None, b: LowerBound | None) -> LowerBound | None:
    """The bound of a product of two values that vanish."""
    if a is None or b is None or not (a.is_definite and b.is_definite):
        return None
    return LowerBound(a.degree + b.degree, a.forms)


def _rank(vectors: Sequence[Vector]) -> int:
    """The dimension of what the vectors span, by elimination."""
    rows, rank = [list(v) for v in vectors], 0
    for column in range(len(vectors[0])):
        pivot = next((k for k in range(rank, len(rows)) if rows[k][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for k in range(rank + 1, len(rows)):
            factor = rows[k][column] / rows[rank][column]
            rows[k] = [x - factor * y for x, y in zip(rows[k], rows[rank], strict=True)]
        rank += 1
    return rank
