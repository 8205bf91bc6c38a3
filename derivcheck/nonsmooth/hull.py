"""Whether a vector lies in a convex hull, exactly: is a returned subgradient an element of the Clarke set?

The vector is in the hull of the vertices pᵢ exactly if there are λᵢ ≥ 0 with Σ λᵢ = 1 and Σ λᵢ·pᵢ = v. Phase 1 of the
simplex method in rational arithmetic answers it, and ends because of Bland's rule.

Source: A. Schrijver, Theory of Linear and Integer Programming (1986), 11.1 to 11.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

from derivcheck.nonsmooth.cones import Vector
from derivcheck.numbers.coefficient import Coefficient

_ONE = Fraction(1)


def in_clarke(
    vertices: Sequence[Sequence[Coefficient]] | None,
    vector: Sequence[Fraction | float],
    *,
    deadline: Callable[[], None] | None = None,
) -> bool | None:
    """Whether ``vector`` is in the convex hull of ``vertices``, as :func:`derivcheck.nonsmooth.clarke_vertices` gives.

    Args:
        vertices: gradients, one a vertex, of n entries each; None where the set is not known.
        vector: n entries; floats are read as the binary numbers that they are.
        deadline: called now and then; raises when time is up.

    Returns:
        True or False, exactly; False for a vector with an entry that is not finite; None where the set is not known
        or a vertex is not rational.

    Raises:
        ValueError: the lengths differ.
    """
    if vertices is None or not vertices:
        return None
    if any(len(p) != len(vector) for p in vertices):
        raise ValueError(f"a vector of {len(vector)} entries beside vertices of {len(vertices[0])}")
    if not all(isfinite(c) for c in vector):
        return False
    rational = [tuple(c for c in p if isinstance(c, Fraction)) for p in vertices]
    if any(len(p) != len(vector) for p in rational):
        return None
    return in_hull(rational, tuple(Fraction(c) for c in vector), deadline)


def in_hull(points: Sequence[Vector], vector: Vector, deadline: Callable[[], None] | None = None) -> bool:
    """Whether the vector is a convex combination of the points, exactly; never for no points."""
    if not points or vector in points:
        return bool(points)
    if any(not min(c) <= v <= max(c) for c, v in zip(zip(*points, strict=True), vector, strict=True)):
        return False
    rows = [[*column, v] for column, v in zip(zip(*points, strict=True), vector, strict=True)]
    rows.append([_ONE] * (len(points) + 1))
    tableau: list[list[Any]] = [[-c for c in row] if row[-1] < 0 else row for row in rows]
    return _is_feasible(tableau, deadline)


def _is_feasible(tableau: list[list[Any]], deadline: Callable[[], None] | None) -> bool:
    """Whether A·λ = b has a solution λ ≥ 0: rows (A | b) with b ≥ 0, changed in place.

    The artificial variables of the rows are the first basis; their columns are not kept, since none comes back.
    """
    cost = [sum(column) for column in zip(*tableau, strict=True)]  # how the sum of the artificial variables falls
    count = len(cost) - 1
    basis = [count + k for k in range(len(tableau))]
    while cost[-1]:
        if deadline is not None:
            deadline()
        enter = next((j for j in range(count) if cost[j] > 0), None)
        if enter is None:
            return False
        rising = [k for k, row in enumerate(tableau) if row[enter] > 0]
        leave = min(rising, key=lambda k: (tableau[k][-1] / tableau[k][enter], basis[k]))
        pivot = tableau[leave][enter]
        tableau[leave] = [c / pivot for c in tableau[leave]]
        for row in (*tableau[:leave], *tableau[leave + 1 :], cost):
            factor = row[enter]
            if factor:
                row[:] = [c - factor * p for c, p in zip(row, tableau[leave], strict=True)]
        basis[leave] = enter
    return True
