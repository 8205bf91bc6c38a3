"""Whether linear forms can all be positive at once.

Source: Fourier-Motzkin elimination, as in A. Schrijver, Theory of Linear and Integer Programming (1986), 12.2.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from itertools import product

UNIT = ""
"""The key of a form's constant."""

LinearForm = Mapping[Hashable, Fraction]
"""Rational coefficients by variable."""

_LARGEST_SYSTEM = 200


def can_be_positive(forms: Sequence[LinearForm]) -> bool:
    """Whether some real values of the variables make every form positive.

    Returns:
        False only if there are none; True also where the elimination grows too large to tell.
    """
    system = {_scaled(f) for f in forms}
    while True:
        if any(not form and constant <= 0 for form, constant in system):
            return False
        variables = {v for form, _ in system for v, _ in form}
        if not variables or len(system) > _LARGEST_SYSTEM:
            return True
        system = _eliminated(system, min(variables, key=lambda v: (_pairs(system, v), str(v))))


_Row = tuple[frozenset[tuple[Hashable, Fraction]], Fraction]


def _scaled(form: LinearForm) -> _Row:
    constant = form.get(UNIT, Fraction(0))
    size = max((abs(c) for v, c in form.items() if v != UNIT), default=Fraction(1)) or Fraction(1)
    return frozenset((v, c / size) for v, c in form.items() if v != UNIT and c), constant / size


def _pairs(system: set[_Row], variable: Hashable) -> int:
    signs = [c > 0 for form, _ in system for v, c in form if v == variable]
    return sum(signs) * (len(signs) - sum(signs))


def _eliminated(system: set[_Row], variable: Hashable) -> set[_Row]:
    """The conditions on the other variables: each lower bound of ``variable`` lies below each upper bound."""
    lower: list[dict[Hashable, Fraction]] = []
    upper: list[dict[Hashable, Fraction]] = []
    kept: set[_Row] = set()
    for form, constant in system:
        coefficients = dict(form)
        c = coefficients.pop(variable, Fraction(0))
        if c == 0:
            kept.add((form, constant))
            continue
        rest = {v: k / abs(c) for v, k in coefficients.items()}
        (lower if c > 0 else upper).append({**rest, UNIT: constant / abs(c)})
    for p, q in product(lower, upper):
        kept.add(_scaled({v: p.get(v, Fraction(0)) + q.get(v, Fraction(0)) for v in {**p, **q}}))
    return kept
