"""Proofs by normal form: right on identities, silent on traps, never EQUAL where a number says otherwise.

The file is longer than most: it holds one list of identities and one of traps.
"""

from __future__ import annotations

import random
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, S

from derivcheck.normal import Outcome, prove_equal

x, y, m, n = sympy.symbols("x y m n", real=True)
a, b, c, d = sympy.symbols("a b c d", real=True)
p = sympy.Symbol("p", positive=True)
half = Rational(1, 2)
UNARY = {
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "atan": mpmath.atan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "sec": mpmath.sec,
    "csc": mpmath.csc,
    "cot": mpmath.cot,
    "sech": mpmath.sech,
    "csch": mpmath.csch,
    "coth": mpmath.coth,
    "Abs": abs,
    "sign": mpmath.sign,
}


class NotRealError(Exception):
    """A subexpression has no real value at the point."""


def value(expression: sympy.Basic, point: dict[sympy.Symbol, Any]) -> Any:
    """The value at a point, all of whose parts must be real, to the working precision of mpmath."""
    if expression.is_Symbol:
        return point[expression]
    if expression.is_Rational:
        return mpmath.mpf(int(expression.p)) / int(expression.q)
    if expression is sympy.pi:
        return +mpmath.pi
    if expression is sympy.E:
        return +mpmath.e
    parts = [value(argument, point) for argument in expression.args]
    try:
        if expression.is_Add:
            return mpmath.fsum(parts)
        if expression.is_Mul:
            return mpmath.fprod(parts)
        found = parts[0] ** parts[1] if expression.is_Pow else UNARY[type(expression).__name__](*parts)
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise NotRealError from error
    if isinstance(found, mpmath.mpc) or not abs(found) < 1e9:  # larger ones leave too few digits further up
        raise NotRealError
    return found


def disagreement(
    first: sympy.Basic, second: sympy.Basic, seed: int = 0, tries: int = 24
) -> dict[sympy.Symbol, Any] | None:
    """A point where both are real and differ, or ``None``."""
    numbers = random.Random(seed)  # noqa: S311 (points to test at)
    with mpmath.workdps(40):
        for _ in range(tries):
            point = {s: mpmath.mpf(numbers.randint(-40, 40)) / 8 + mpmath.mpf("0.0137") for s in (x, y)}
            try:
                one, other = value(first, point), value(second, point)
            except NotRealError:
                continue
            scale = 1 + abs(one) + abs(other)
            if scale < 1e15 and abs(one - other) > scale * mpmath.mpf("1e-15"):
                return point
    return None


IDENTITIES = {
    "rational": ((x**2 - y**2) / (x - y), x + y),
    "double angle": (sympy.sin(2 * x), 2 * sympy.sin(x) * sympy.cos(x)),
    "half angle": (sympy.cos(x / 2) ** 2, (1 + sympy.cos(x)) / 2),
    "angle sum": (sympy.cos(x + y), sympy.cos(x) * sympy.cos(y) - sympy.sin(x) * sympy.sin(y)),
    "angle difference": (sympy.tan(x - y), (sympy.tan(x) - sympy.tan(y)) / (1 + sympy.tan(x) * sympy.tan(y))),
    "secant": (sympy.sec(x) ** 2 - sympy.tan(x) ** 2, S.One),
    "cosecant": (sympy.csc(x) ** 2, 1 + sympy.cot(x) ** 2),
    "eighth turn": (sympy.sin(x + sympy.pi / 4), (sympy.sin(x) + sympy.cos(x)) / sympy.sqrt(2)),
    "third turn": (sympy.cos(x + sympy.pi / 3), (sympy.cos(x) - sympy.sqrt(3) * sympy.sin(x)) / 2),
    "seventh turn": (sympy.sin(sympy.pi / 7) ** 2 + sympy.cos(sympy.pi / 7) ** 2, S.One),
    "hyperbolic": (sympy.tanh(x), 1 - 2 / (sympy.exp(2 * x) + 1)),
    "hyperbolic reciprocal": (sympy.coth(x) ** 2 - sympy.csch(x) ** 2, sympy.tanh(x) ** 2 + sympy.sech(x) ** 2),
    "exponential fractions": (sympy.exp(x / 2) * sympy.exp(x / 3) ** 2, sympy.exp(7 * x / 6)),
    "exponential of logarithm": (sympy.exp(x + 2 * sympy.log(y)), y**2 * sympy.exp(x)),
    "e as a number": ((sympy.E + 1) * sympy.exp(x) - sympy.exp(x), sympy.exp(x + 1)),
    "bases": (4**x * 3**x, 2**x * 6**x),
    "symbolic powers": (x ** (m + 1) * x**n, x * x ** (m + n)),
    "symbolic half power": (x ** (m + half), sympy.sqrt(x) * x**m),
    "positive base": ((p * y) ** m, p**m * y**m),
    "roots": (sympy.sqrt(x) * sympy.sqrt(y), sympy.sqrt(x * y)),
    "root of a square": (sympy.sqrt(x**2 - 2 * x + 1), abs(x - 1)),
    "root of 1 - sin²": (sympy.sqrt(1 - sympy.sin(x) ** 2), abs(sympy.cos(x))),
    "nested root": (sympy.sqrt(5 + 2 * sympy.sqrt(6)), sympy.sqrt(2) + sympy.sqrt(3)),
    "conjugate roots": (sympy.sqrt(5 + sympy.sqrt(5)) * sympy.sqrt(5 - sympy.sqrt(5)), 2 * sympy.sqrt(5)),
    "root of a quotient": (sympy.sqrt(x / y), sympy.sqrt(x * y) / abs(y)),
    "logarithm of a product": (sympy.log(x * y), sympy.log(x) + sympy.log(y)),
    "logarithm of a square": (sympy.log(x**2 + 2 * x + 1), 2 * sympy.log(abs(x + 1))),
    "area sine": (sympy.asinh(x), sympy.log(x + sympy.sqrt(x**2 + 1))),
    "area cosine": (sympy.acosh(x), sympy.log(x + sympy.sqrt(x**2 - 1))),
    "area tangent": (sympy.exp(2 * sympy.atanh(x)), (1 + x) / (1 - x)),
    "arc sine": (sympy.cos(3 * sympy.asin(x)), sympy.sqrt(1 - x**2) * (1 - 4 * x**2)),
    "arc tangent": (sympy.sin(2 * sympy.atan(x)), 2 * x / (1 + x**2)),
    "arc cosine": (sympy.acos(x) + sympy.asin(x), sympy.pi / 2),
    "gamma": (sympy.gamma(x + 2), x * (x + 1) * sympy.gamma(x)),
    "log gamma": (sympy.loggamma(x + 1), sympy.loggamma(x) + sympy.log(x)),
    "digamma": (sympy.polygamma(0, x + 2), sympy.polygamma(0, x) + 1 / x + 1 / (x + 1)),
    "trigamma": (sympy.polygamma(1, x - 1), sympy.polygamma(1, x) + 1 / (x - 1) ** 2),
    "error function": (sympy.erfc(x), 1 + sympy.erf(-x)),
    "undefined function": (sympy.Function("f")((x + 1) ** 2), sympy.Function("f")(x**2 + 2 * x + 1)),
    "sign": (sympy.sign(x), x / abs(x)),
    "softplus": (sympy.log(1 + sympy.exp(x)) - x, sympy.log(1 + sympy.exp(-x))),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identity_is_proved(name: str) -> None:
    """Each identity is proved, from either side."""
    first, second = IDENTITIES[name]
    assert prove_equal(first, second) is Outcome.EQUAL
    assert prove_equal(second, first) is Outcome.EQUAL


DERIVATIVES = {
    "quadratic arc tangent": (sympy.atan((2 * x + 1) / sympy.sqrt(3)) / sympy.sqrt(3), 1 / (2 * (x**2 + x + 1))),
    "logarithm": (sympy.log(a + b * sympy.exp(c * x)) / (b * c), sympy.exp(c * x) / (a + b * sympy.exp(c * x))),
    "by parts": (x * sympy.asin(x) + sympy.sqrt(1 - x**2), sympy.asin(x)),
    "area of a circle": ((x * sympy.sqrt(a**2 - x**2) + a**2 * sympy.asin(x / abs(a))) / 2, sympy.sqrt(a**2 - x**2)),
    "area sine": (sympy.asinh(b * x / abs(a)) / b, 1 / sympy.sqrt(a**2 + b**2 * x**2)),
    "secant": (sympy.log(sympy.tan(x) + sympy.sec(x)), sympy.sec(x)),
    "powers": ((a + b * x) ** (m + 1) / (b * (m + 1)), (a + b * x) ** m),
    "self power": (x**x, x**x * (1 + sympy.log(x))),
    "gaussian": (sympy.sqrt(sympy.pi) * sympy.erf(x * p) / (2 * p), sympy.exp(-(p**2) * x**2)),
    "sine squared": (x / 2 - sympy.sin(2 * a * x + 2 * b) / (4 * a), sympy.sin(a * x + b) ** 2),
    "damped": (
        sympy.exp(a * x) * (a * sympy.sin(b * x) - b * sympy.cos(b * x)) / (a**2 + b**2),
        sympy.exp(a * x) * sympy.sin(b * x),
    ),
    "gudermann": (2 * sympy.atan(sympy.tanh(x / 2)), sympy.sech(x)),
    "log of sine": (sympy.log(sympy.sin(a * x + b)) / a, sympy.cot(a * x + b)),
    "nested roots": (sympy.sqrt(1 + sympy.sqrt(x)), 1 / (4 * sympy.sqrt(x + x ** Rational(3, 2)))),
    "cubic root": ((a + b * x**3) ** Rational(2, 3) / (2 * b), x**2 / (a + b * x**3) ** Rational(1, 3)),
    "sigmoid": (1 / (1 + sympy.exp(-x)), sympy.exp(x) / (1 + sympy.exp(x)) ** 2),
    "area tangent": (sympy.atanh(b * x / a) / (a * b), 1 / (a**2 - b**2 * x**2)),
    "logarithm of a power": (sympy.log(c * x**n) ** 2 / (2 * n), sympy.log(c * x**n) / x),
    "square of a perfect square": (sympy.sqrt((a + b * x) ** 2) ** 3 / (3 * b), (a + b * x) * abs(a + b * x)),
    "log gamma": (sympy.loggamma(x + 1), sympy.polygamma(0, x) + 1 / x),
}
DERIVATIVES["quadratic arc tangent"] = (2 * DERIVATIVES["quadratic arc tangent"][0], 1 / (x**2 + x + 1))


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivative_identity_is_proved(name: str) -> None:
    """The derivative of each antiderivative, taken by SymPy, is proved equal to the integrand, a wrong one is not."""
    antiderivative, integrand = DERIVATIVES[name]
    found = sympy.diff(antiderivative, x)
    if name == "square of a perfect square":
        found = found.subs(sympy.sign(a + b * x), (a + b * x) / abs(a + b * x))
    assert prove_equal(found, integrand) is Outcome.EQUAL
    for wrong in (-integrand, 2 * integrand, integrand + x / 1000, integrand * (1 + x)):
        assert prove_equal(found, wrong) is not Outcome.EQUAL


TRAPS = {
    "root of a square": (sympy.sqrt(x**2), x),
    "root of a shifted square": (sympy.sqrt(x**2 - 2 * x + 1), x - 1),
    "root of a power": (sympy.sqrt(x**4 * y**2), x**2 * y),
    "logarithm of a square": (
        sympy.log(x**2),
        2 * sympy.log(abs(x + 1)) - 2 * sympy.log(abs(1 + 1 / x)) + sympy.sign(x) - 1,
    ),
    "logarithm of a negative": (sympy.log(-x), sympy.log(x)),
    "cube root": ((-(x**3)) ** Rational(1, 3), x),
    "arc sine": (sympy.asin(sympy.sin(x)), x),
    "arc tangent": (sympy.atan(sympy.tan(x)), x),
    "arc cosine": (sympy.acos(sympy.cos(x)), x),
    "1 - cos²": (sympy.sqrt(1 - sympy.cos(x) ** 2), sympy.sin(x)),
    "root of a quotient": (sympy.sqrt(x / y), sympy.sqrt(x * y) / y),
    "symbolic power of a square": ((x**2) ** m, x ** (2 * m)),
    "symbolic power of a product": ((x * y) ** m, x**m * y**m),
    "complementary arc tangents": (sympy.atan(x) + sympy.atan(1 / x), sympy.pi / 2),
    "arc cotangent": (sympy.acot(x), sympy.pi / 2 - sympy.atan(x)),
    "sign squared at zero": (sympy.sign(x) ** 2, S.One),
    "addition of arc tangents": (sympy.atan(x) + sympy.atan(y), sympy.atan((x + y) / (1 - x * y))),
    "hyperbolic cosine": (sympy.sqrt(sympy.cosh(x) ** 2 - 1), sympy.sinh(x)),
    "area cosine": (sympy.acosh(sympy.cosh(x)), x),
    "empty domain": (sympy.sqrt(x) * sympy.sqrt(-x - 1), sympy.sqrt(x**2 + x)),
    "isolated line": (
        sympy.sqrt((1 + sympy.cos(x)) * (y - 1)) + abs(y - 1),
        sympy.sqrt((1 + sympy.cos(x)) * (y - 1)) + y - 1,
    ),
    "sign at isolated points": (sympy.sign(1 + sympy.cos(x)), S.One),
    "isolated point": (sympy.sqrt(x**4 - x**2 * y) + abs(x**2 - y), sympy.sqrt(x**4 - x**2 * y) + x**2 - y),
}


@pytest.mark.parametrize("name", TRAPS)
def test_trap_is_not_called_equal(name: str) -> None:
    """An identity that fails somewhere on the real domain, or has none, is not proved."""
    first, second = TRAPS[name]
    assert prove_equal(first, second) is not Outcome.EQUAL


def test_equal_speaks_of_the_common_domain() -> None:
    """log(x²) is 2 log x where both are real, x > 0, and 2 log(−x) where those are, x < 0."""
    assert prove_equal(sympy.log(x**2), 2 * sympy.log(x)) is Outcome.EQUAL
    assert prove_equal(sympy.log(x**2), 2 * sympy.log(-x)) is Outcome.EQUAL
    assert prove_equal(sympy.log(x**2), 2 * sympy.log(abs(x))) is Outcome.EQUAL
    assert prove_equal((x**3) ** Rational(1, 3), x) is Outcome.EQUAL
    assert prove_equal((x**3) ** Rational(1, 3), -x) is Outcome.UNKNOWN


def test_assumptions_make_a_conditional_identity_provable() -> None:
    """√(x²) = x and √((x − 1)²) = x − 1 follow where x and x − 1 are said to be positive."""
    assert prove_equal(sympy.sqrt(x**2), x, [x]) is Outcome.EQUAL
    assert prove_equal(sympy.sqrt((x - 1) ** 2), x - 1, [x - 1]) is Outcome.EQUAL
    assert prove_equal(sympy.sqrt((x - 1) ** 2), x - 1, [x]) is Outcome.UNKNOWN
    assert prove_equal(sympy.sqrt((x - 1) ** 2), 1 - x, [1 - x]) is Outcome.EQUAL


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (x**2, x**2 + 1, Outcome.DIFFERENT),
        (sympy.sin(x), sympy.cos(x), Outcome.DIFFERENT),
        (sympy.exp(2 * x), sympy.exp(x) ** 2 + y, Outcome.DIFFERENT),
        (sympy.sinh(x + y), sympy.sinh(x) + sympy.sinh(y), Outcome.DIFFERENT),
        (sympy.exp(x + sympy.pi), sympy.exp(x), Outcome.UNKNOWN),
        (sympy.log(x), sympy.log(2 * x), Outcome.UNKNOWN),
        (sympy.Function("f")(x), x, Outcome.UNKNOWN),
    ],
)
def test_difference_is_claimed_only_over_independent_kernels(
    first: sympy.Expr, second: sympy.Expr, outcome: Outcome
) -> None:
    """DIFFERENT needs kernels that are provably independent."""
    assert prove_equal(first, second) is outcome


@pytest.mark.parametrize(
    "refused",
    [
        sympy.Float("0.5") * x,
        sympy.I * x,
        sympy.nan,
        sympy.zoo,
        sympy.oo,
        1 / (sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1),
    ],
)
def test_what_is_not_an_exact_real_function_is_unknown(refused: sympy.Expr) -> None:
    """Floats, complex numbers, infinities and expressions that are defined nowhere are not decided."""
    assert prove_equal(refused, refused + x) is Outcome.UNKNOWN
    assert prove_equal(x, refused) is Outcome.UNKNOWN


def test_limits_answer_unknown() -> None:
    """Too deep, too many nodes, too large a degree: UNKNOWN, soon."""
    deep = x
    for _ in range(320):
        deep = sympy.sin(deep, evaluate=False) + 1
    assert prove_equal(deep, deep) is Outcome.UNKNOWN
    shared = x
    for k in range(16):
        shared = shared * shared + k
    assert prove_equal(shared, shared + 1) is Outcome.UNKNOWN
    many = sympy.symbols("u:30", real=True)
    assert prove_equal(sympy.Add(*many) ** 30, S.Zero) is Outcome.UNKNOWN


def test_deadline_stops_the_work() -> None:
    """What the deadline raises goes through."""

    class LateError(Exception):
        pass

    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls > 20:
            raise LateError

    with pytest.raises(LateError):
        prove_equal((sympy.sin(x) + y) ** 9, (sympy.sin(x) + y) ** 8 * (sympy.sin(x) + x), deadline=stop)


def smooth(depth: int) -> st.SearchStrategy[sympy.Expr]:
    """Small random expressions of x and y, traps included."""
    leaves = st.sampled_from([x, y, S(2), S(-3), half, x + 1, x - y])
    functions = ["sin", "cos", "tan", "exp", "sinh", "tanh", "atan", "asinh", "log", "Abs", "erf", "acosh", "atanh"]

    def grow(inner: st.SearchStrategy[sympy.Expr]) -> st.SearchStrategy[sympy.Expr]:
        return st.one_of(
            st.tuples(inner, inner).map(sum),
            st.tuples(inner, inner).map(lambda t: t[0] * t[1]),
            st.tuples(inner, inner).map(lambda t: t[0] - 2 * t[1]),
            st.tuples(inner, st.sampled_from([2, 3, -1, half, -half, Rational(1, 3), Rational(3, 2)])).map(
                lambda t: t[0] ** t[1]
            ),
            st.tuples(st.sampled_from(functions), inner).map(lambda t: getattr(sympy, t[0])(t[1])),
            inner.map(lambda e: sympy.sqrt(e**2)),
            inner.map(lambda e: sympy.log(e**2)),
        )

    return st.recursive(leaves, grow, max_leaves=depth)


def usable(expression: sympy.Basic) -> bool:
    """Whether an expression is free of infinities and complex numbers and not too large."""
    return not expression.has(sympy.I, sympy.zoo, sympy.nan, sympy.oo, sympy.AccumBounds) and len(str(expression)) < 160


REWRITES = {
    "expand": sympy.expand,
    "trigonometric": sympy.expand_trig,
    "together": sympy.together,
    "multiplied out": lambda e: sympy.expand_mul(e * (x + 2)) / (x + 2),
    "powers gathered": sympy.powsimp,
    "added and taken away": lambda e: (
        sympy.expand((e + sympy.sin(x * y)) ** 2) / (e + sympy.sin(x * y)) - sympy.sin(x * y)
    ),
}


@settings(max_examples=120, deadline=None)
@given(smooth(6), st.sampled_from(sorted(REWRITES)))
def test_rewriting_keeps_equality(expression: sympy.Expr, rewriting: str) -> None:
    """What SymPy rewrites is never called different, and an expression is always proved equal to itself."""
    if not usable(expression):
        return
    rewritten = REWRITES[rewriting](expression)
    if not usable(rewritten):
        return
    outcome = prove_equal(expression, rewritten)
    assert outcome is not Outcome.DIFFERENT
    if outcome is Outcome.EQUAL:
        assert disagreement(expression, rewritten) is None
    assert prove_equal(rewritten, rewritten) is Outcome.EQUAL


@settings(max_examples=150, deadline=None)
@given(smooth(6), smooth(3), st.integers(0, 4))
def test_equal_is_never_claimed_against_a_number(expression: sympy.Expr, other: sympy.Expr, edit: int) -> None:
    """Where values differ at a point at which both are real, the answer is not EQUAL."""
    changed = [
        expression + other,
        expression * other,
        -expression,
        abs(expression),
        sympy.sqrt(expression**2),
    ][edit]
    if not (usable(expression) and usable(changed)):
        return
    outcome = prove_equal(expression, changed)
    if outcome is Outcome.EQUAL:
        assert disagreement(expression, changed) is None


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=5))
def test_polynomials_in_independent_kernels_are_decided(terms: list[tuple[int, int, int]]) -> None:
    """Over sin x and exp y every question is decided, and rightly."""
    total = sympy.Add(*(k * sympy.sin(x) ** i * sympy.exp(j * y) for k, i, j in terms))
    merged: dict[tuple[int, int], int] = {}
    for k, i, j in terms:
        merged[i, j] = merged.get((i, j), 0) + k
    expected = Outcome.EQUAL if not any(merged.values()) else Outcome.DIFFERENT
    assert prove_equal(total * sympy.cos(x), S.Zero) is expected
