"""Exact arithmetic that carries a SymPy formula beside every ball: the last rung of the precision ladder.

No precision can tell that sin²(1) + cos²(1) - 1 is 0. Here the sign of a ball that holds 0 is asked of SymPy.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb

from derivcheck.numbers.coefficient import LARGEST_FORMULA, Coefficient, Symbolic, to_ball
from derivcheck.numbers.exact import Exact

_LARGEST_EXPONENT = 512
_LARGEST_ARGUMENT = 1024

_GROWING = frozenset(
    ("exp", "expm1", "sinh", "cosh", "tanh", "sigmoid", "softplus", "logsigmoid", "loggamma", "polygamma", "pow")
)
"""Functions whose values SymPy finds by numbers about as long as their arguments are large."""

_FORMULAS: dict[str, Callable[..., Any]] = {
    "pi": lambda s: s.pi,
    "add": lambda _, a, b: a + b,
    "sub": lambda _, a, b: a - b,
    "mul": lambda _, a, b: a * b,
    "div": lambda _, a, b: a / b,
    "neg": lambda _, a: -a,
    "power": lambda _, a, p: a**p,
    "pow": lambda _, a, b: a**b,
    "exp": lambda s, a: s.exp(a),
    "log": lambda s, a: s.log(a),
    "sin": lambda s, a: s.sin(a),
    "cos": lambda s, a: s.cos(a),
    "atan": lambda s, a: s.atan(a),
    "erf": lambda s, a: s.erf(a),
    "loggamma": lambda s, a: s.loggamma(a),
    "polygamma": lambda s, a, n: s.polygamma(n, a),
    "log1p": lambda s, a: s.log(1 + a),
    "expm1": lambda s, a: s.exp(a) - 1,
    "erfc": lambda s, a: 1 - s.erf(a),
    "sinh": lambda s, a: (s.exp(a) - s.exp(-a)) / 2,
    "cosh": lambda s, a: (s.exp(a) + s.exp(-a)) / 2,
    "tanh": lambda s, a: (s.exp(2 * a) - 1) / (s.exp(2 * a) + 1),
    "sigmoid": lambda s, a: 1 / (1 + s.exp(-a)),
    "softplus": lambda s, a: s.log(1 + s.exp(a)),
    "logsigmoid": lambda s, a: -s.log(1 + s.exp(-a)),
}


class SymbolicExact(Exact):
    """The kernel on exactly known reals whose irrational results are balls with formulas."""

    def _wrapped(self, ball: arb) -> Coefficient:
        return Symbolic(ball, None, LARGEST_FORMULA)

    def _irrational(self, name: str, operands: tuple[Coefficient, ...], params: tuple[Any, ...]) -> Coefficient:
        ball = self._ball_result(name, operands, params)
        size = 1 + sum(a.size if isinstance(a, Symbolic) else 1 for a in operands)
        formulas = [_formula(a) for a in operands]
        if size > LARGEST_FORMULA or None in formulas or _is_costly(name, operands, params):
            return Symbolic(ball, None, size)
        import sympy

        try:
            found = _FORMULAS[name](sympy, *formulas, *[sympy.Rational(p.numerator, p.denominator) for p in params])
        except (ArithmeticError, ValueError, RecursionError):
            return Symbolic(ball, None, size)
        if found.is_Rational:
            return Fraction(int(found.p), int(found.q))
        return Symbolic(ball, found, size)


def _formula(value: Coefficient) -> Any:
    if isinstance(value, Symbolic):
        return value.formula
    import sympy

    return sympy.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else None


def _is_costly(name: str, operands: tuple[Coefficient, ...], params: tuple[Any, ...]) -> bool:
    """Whether SymPy would at once compute a large number: a high power, a factorial, an exponential."""
    if name == "power":
        return bool(abs(params[0].numerator) > _LARGEST_EXPONENT)
    return name in _GROWING and not all(bool(abs(to_ball(a)) <= _LARGEST_ARGUMENT) for a in operands)
