"""The sets on which SymPy differences have a fixed sign: points inside, points on the edges, and their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from derivcheck.equality.points import Point, simple_points, spread_points
from derivcheck.numbers.branches import Assignment, Formula, sympy

MOST_POINTS = 160
"""Points suggested for one comparison."""
_NEAR_ZERO = 1e-30
_OFFSETS = tuple(Fraction(p, q) for p, q in ((0, 1), (1, 1), (-1, 1), (1, 8), (-1, 8)))
_MOST_ROOTS = 4
_MOST_NORM_ROOTS = 2


def sign_at(
    difference: Formula, symbols: Mapping[str, Formula], point: Point, floors: Mapping[Formula, Formula]
) -> int | None:
    """The sign of a difference at a rational point, None where it has none or it could not be told."""
    values = {symbols[n]: sympy().Rational(v.numerator, v.denominator) for n, v in point.items()}
    for dummy, argument in floors.items():
        values[dummy] = sympy().floor(argument.xreplace(values))
    found = difference.xreplace(values)
    if found.is_Rational:
        return int(found.p > 0) - int(found.p < 0)
    near = found.evalf(50)
    if not near.is_Float or abs(near) < _NEAR_ZERO:
        return 0 if found.is_zero else None
    return 1 if near > 0 else -1


def cell_points(
    differences: Sequence[Formula], symbols: Mapping[str, Formula], floors: Mapping[Formula, Formula], count: int
) -> tuple[list[Point], bool]:
    """Points in the cells and on the edges, and whether every open cell has ``count`` (an axis cut by polynomials)."""
    if not differences:
        return [], False
    if len(symbols) == 1 and not floors:
        ((name, symbol),) = symbols.items()
        norms = [_norm(d, symbol) for d in differences]
        if all(norm is not None for norm in norms):
            return [{name: value} for value in _axis(norms, symbol, count)], True
    found = list(_beside_edges(differences, symbols))
    return found[:MOST_POINTS], False


def _norm(difference: Formula, symbol: Formula) -> Formula | None:
    """A rational polynomial that vanishes wherever a polynomial with square roots in it does; None if it is neither."""
    if not difference.is_polynomial(symbol):
        return None
    if _is_rational_polynomial(difference, symbol):
        return difference
    roots = [p for p in difference.atoms(sympy().Pow) if p.exp == sympy().Rational(1, 2) and p.base.is_Integer]
    plain = difference.xreplace({r: sympy().Dummy() for r in roots})
    if not 0 < len(roots) <= _MOST_NORM_ROOTS or plain.has(sympy().NumberSymbol) or not plain.is_polynomial():
        return None
    return sympy().Poly(difference, symbol, extension=roots).norm().as_expr()


def _is_rational_polynomial(difference: Formula, symbol: Formula) -> bool:
    return all(c.is_Rational for c in sympy().Poly(difference, symbol).all_coeffs())


def _axis(differences: Sequence[Formula], symbol: Formula, count: int) -> Iterator[Fraction]:
    """The rational roots, and ``count`` points between any two neighbouring roots and beyond the outermost."""
    product = sympy().Poly(1, symbol)
    for difference in differences:
        product *= sympy().Poly(difference, symbol)
    intervals = [(_fraction(a), _fraction(b)) for (a, b), _ in product.intervals()]
    yield from (_fraction(root) for root in product.ground_roots())
    if not intervals:
        intervals = [(Fraction(0), Fraction(0))]
    for k in range(1, count + 1):
        yield from (intervals[0][0] - Fraction(k * k, 4), intervals[-1][1] + Fraction(k * k, 4))
        for (_, low), (high, _) in pairwise(intervals):
            yield low + (high - low) * Fraction(k, count + 1)


def _beside_edges(differences: Sequence[Formula], symbols: Mapping[str, Formula]) -> Iterator[Point]:
    """Points at which a difference that is linear in a variable vanishes, and points on both sides."""
    names = sorted(symbols)
    bases = [*simple_points(names, 4), *spread_points(names, 4)]
    for difference in differences:
        for name in names:
            line = _line(difference, symbols[name])
            if line is None:
                continue
            for base in bases:
                given = {symbols[n]: sympy().Rational(v.numerator, v.denominator) for n, v in base.items()}
                root = line.xreplace(given)
                if root.is_Rational:
                    yield from ({**base, name: _fraction(root) + offset} for offset in _OFFSETS)


def _line(difference: Formula, symbol: Formula) -> Formula | None:
    """Where a difference that is linear in a variable vanishes, as a formula in the others."""
    if symbol not in difference.free_symbols or not difference.is_polynomial(symbol):
        return None
    polynomial = sympy().Poly(difference, symbol)
    if polynomial.degree() != 1:
        return None
    slope, rest = polynomial.all_coeffs()
    return -rest / slope


def edge_values(difference: Formula) -> list[tuple[Formula, Formula]] | None:
    """Substitutions that together cover the set where a difference is 0; None where none are known."""
    values: list[tuple[Formula, Formula]] = []
    for factor in _factors(difference):
        found = _factor_edge(factor)
        if found is None:
            return None
        values += found
    return list(dict.fromkeys(values))


def _factors(difference: Formula) -> list[Formula]:
    """The factors of the numerator that can vanish."""
    above = sympy().fraction(sympy().together(difference))[0]
    if not above.is_polynomial():
        return [difference]
    return [factor for factor, _ in sympy().factor_list(above)[1]]


def _factor_edge(factor: Formula) -> list[tuple[Formula, Formula]] | None:
    free = sorted(factor.free_symbols, key=sympy().default_sort_key)
    for symbol in free:
        line = _line(factor, symbol)
        if line is not None and sympy().Poly(factor, symbol).LC().is_number:
            return [(symbol, line)]
    if len(free) == 1 and factor.is_polynomial(free[0]) and _is_rational_polynomial(factor, free[0]):
        distinct = list(dict.fromkeys(sympy().real_roots(sympy().Poly(factor, free[0]))))
        if len(distinct) <= _MOST_ROOTS and not any(r.has(sympy().CRootOf) for r in distinct):
            return [(free[0], root) for root in distinct]
    return None


def impossible(assignment: Assignment) -> bool:
    """Whether no point has these signs: a root would be negative, or a product have another sign than its factors."""
    return any(_never(d, sign) or _product_sign(d, assignment) == -sign for d, sign in assignment.items())


def _product_sign(difference: Formula, assignment: Assignment) -> int | None:
    """The sign of a product whose factors all have known signs."""
    total = 1
    for factor in sympy().Mul.make_args(difference):
        base, exponent = factor.as_base_exp()
        if not exponent.is_Integer or (base == difference and exponent == 1):
            return None
        if exponent % 2:
            own = assignment.get(base, -assignment[-base] if -base in assignment else None)
            if base.is_Rational:
                own = int(base.p > 0) - int(base.p < 0)
            if own is None:
                return None
            total *= own
    return total


def _never(difference: Formula, sign: int) -> bool:
    """Whether a difference made of roots, which are not negative where they are real, never has the sign."""
    roots = [p for p in difference.atoms(sympy().Pow) if p.exp.is_Rational and not p.exp.is_Integer]
    known = difference.xreplace({p: sympy().Dummy(positive=True) for p in roots})
    return bool(known.is_nonnegative if sign < 0 else known.is_nonpositive)


def sign_texts(difference: Formula, floors: Mapping[Formula, Formula]) -> tuple[str, str, str]:
    """What to say where a difference is positive, negative and 0: ``x > 1``, ``x < 1``, ``x == 1``."""
    written = difference.xreplace({dummy: sympy().floor(argument) for dummy, argument in floors.items()})
    constant, rest = written.as_coeff_Add()
    if rest == 0 or not constant.is_Rational:
        constant, rest = sympy().Integer(0), written
    signs = (">", "<", "==")
    if rest.could_extract_minus_sign():
        constant, rest, signs = -constant, -rest, ("<", ">", "==")
    factor = rest.as_coeff_Mul()[0]
    constant, rest = constant / factor, rest / factor
    above, below, equal = (f"{readable(rest)} {sign} {readable(-constant)}" for sign in signs)
    return above, below, equal


def readable(value: Formula) -> str:
    """A formula as text that the language reads: the number e is not the letter E, and |x| not Abs(x)."""
    names = {"Abs": "abs", "Max": "max", "Min": "min", "ceiling": "ceil"}
    value = value.xreplace({sympy().E: sympy().Symbol("e")})
    for old, new in names.items():
        value = value.replace(getattr(sympy(), old), sympy().Function(new))
    return str(value)


def number_text(value: Formula) -> str:
    """A number: a fraction as it is, anything else by sixteen digits, cut off."""
    if value.is_Rational:
        return str(value)
    digits = str(value.evalf(24))
    mantissa, _, power = digits.partition("e")
    return f"{mantissa[: 17 + mantissa.startswith('-')]}…{f'e{power}' if power else ''}"


def _fraction(value: Formula) -> Fraction:
    return Fraction(int(value.p), int(value.q))
