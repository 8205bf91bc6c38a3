"""Rational linear dependence of quotients: is v = Σ c_j b_j with rational c_j?"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.normal.field import Field, Quotient


def combination(base: Field, vectors: list[Quotient], target: Quotient) -> list[Fraction] | None:
    """The coefficients c with target = Σ c_j · vectors_j, or ``None``.

    All are put over one denominator; monomials then give a linear system over the rationals, solved by elimination.
    The vectors are linearly independent, so a solution is the only one.
    """
    if not vectors:
        return None
    common = target.den
    for vector in vectors:
        common = base.multiply(common, vector.den // common.gcd(vector.den))
    columns = [base.multiply(v.num, common // v.den) for v in [*vectors, target]]
    rows: dict[tuple[int, ...], list[Fraction]] = {}
    for j, column in enumerate(columns):
        for monomial, coefficient in column.terms():
            rows.setdefault(monomial, [Fraction(0)] * len(columns))[j] = Fraction(int(coefficient))
    return solve(list(rows.values()), len(vectors))


def solve(rows: list[list[Fraction]], unknowns: int) -> list[Fraction] | None:
    """The solution of an augmented system whose columns are independent, or ``None`` where it has none."""
    done = 0
    for j in range(unknowns):
        pivot = next((i for i in range(done, len(rows)) if rows[i][j]), None)
        if pivot is None:
            return None
        rows[done], rows[pivot] = rows[pivot], rows[done]
        scale = rows[done][j]
        rows[done] = [value / scale for value in rows[done]]
        for i, row in enumerate(rows):
            if i != done and row[j]:
                factor = row[j]
                rows[i] = [value - factor * lead for value, lead in zip(row, rows[done], strict=True)]
        done += 1
    if any(row[unknowns] for row in rows[done:]):
        return None
    return [rows[j][unknowns] for j in range(unknowns)]
