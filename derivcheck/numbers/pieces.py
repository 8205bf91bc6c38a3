"""SymPy formulas, one smooth piece at a time.

``abs``, ``max``, ``where`` and their like have no formula that SymPy can differentiate honestly. On an *open piece*,
the set where every difference they compare has a fixed sign other than 0, they have: ``|a|`` is ``a`` or ``-a``.
:func:`pieces` runs a computation once for every choice of the signs that it asks for.

Values are SymPy expressions in real symbols, conditions are Python's ``True`` and ``False``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TypeVar

from derivcheck.numbers.branches import Assignment, Branches, Formula, constant_sign, sympy, vanishes
from derivcheck.numbers.conditions import TwoValued
from derivcheck.numbers.kernel import DomainError, UndecidedError, Undefined

__all__ = ["Assignment", "Branches", "Formula", "Symbolic", "pieces"]

LARGEST_FACTORIAL = 64

T = TypeVar("T")


class Symbolic(TwoValued):
    """The kernel on SymPy expressions, on the open piece that ``branches`` describes.

    Real symbols are expected. The compounds are SymPy's own functions, so that SymPy's derivatives owe nothing to
    the rows of the table.
    """

    def __init__(self, branches: Branches | None = None) -> None:
        self.branches = Branches() if branches is None else branches
        self._s = sympy()

    def constant(self, value: Fraction) -> Formula:
        """The rational number."""
        return self._s.Rational(value.numerator, value.denominator)

    def pi(self) -> Formula:
        """π."""
        return self._s.pi

    def add(self, a: Formula, b: Formula) -> Formula:
        """a + b."""
        return a + b

    def sub(self, a: Formula, b: Formula) -> Formula:
        """a - b."""
        return a - b

    def mul(self, a: Formula, b: Formula) -> Formula:
        """a · b."""
        return a * b

    def div(self, a: Formula, b: Formula) -> Formula:
        """a / b."""
        if b.is_zero or (not b.free_symbols and constant_sign(b) == 0):
            raise DomainError("division by 0")
        return a / b

    def neg(self, a: Formula) -> Formula:
        """-a."""
        return -a

    def power(self, a: Formula, exponent: Fraction) -> Formula:
        """a^exponent; 0⁰ = 1."""
        if exponent == 0:
            return self._s.Integer(1)
        if not a.free_symbols and (exponent < 0 or exponent.denominator != 1):
            sign = constant_sign(a)
            if sign < 0 and exponent.denominator != 1:
                raise DomainError("a negative number to a power that is not an integer")
            if sign == 0 and exponent < 0:
                raise DomainError("0 to a negative power")
        return self._without_bars(a ** self.constant(exponent))

    def pow(self, a: Formula, b: Formula) -> Formula:
        """a^b."""
        if b.is_Rational:
            return self.power(a, Fraction(int(b.p), int(b.q)))
        if not a.free_symbols and constant_sign(a) <= 0 and not b.is_integer:
            if a.is_zero and b.is_positive:
                return self._s.Integer(0)
            raise DomainError("a number that is not positive to a power that is not an integer")
        return self._without_bars(a**b)

    def _without_bars(self, value: Formula) -> Formula:
        """Absolute values and signs that SymPy brought in, as in √(x²), resolved on this piece."""
        while True:
            barred = sorted(value.atoms(self._s.Abs, self._s.sign), key=self._s.default_sort_key)
            if not barred:
                return value
            inner = next(b for b in barred if not b.args[0].has(self._s.Abs, self._s.sign))
            sign = self.branches.sign(inner.args[0])
            value = value.xreplace({inner: sign * (inner.args[0] if isinstance(inner, self._s.Abs) else 1)})

    def abs(self, a: Formula) -> Formula:
        """|a|: a or -a."""
        return a if self.branches.sign(a) >= 0 else -a

    def max(self, a: Formula, b: Formula) -> Formula:
        """The greater of two."""
        return a if self.branches.sign(a - b) >= 0 else b

    def min(self, a: Formula, b: Formula) -> Formula:
        """The lesser of two."""
        return b if self.branches.sign(a - b) >= 0 else a

    def floor(self, a: Formula) -> Formula:
        """An integer: known for a number, a symbol of its own on the piece otherwise."""
        if not a.free_symbols:
            return self._s.floor(a)
        return a if a.is_integer else self.branches.step(a)

    def lt(self, a: Formula, b: Formula) -> bool:
        """a < b."""
        return self.branches.sign(a - b) < 0

    def le(self, a: Formula, b: Formula) -> bool:
        """a ≤ b."""
        return self.branches.sign(a - b) <= 0

    def eq(self, a: Formula, b: Formula) -> bool:
        """a = b: on an open piece only if the two are identical."""
        difference = self._s.expand_mul(a - b)
        if difference.free_symbols:
            if difference.free_symbols <= self.branches.steps.keys():
                raise UndecidedError("whether two integers that depend on the piece are equal")
            return vanishes(difference)
        return constant_sign(difference) == 0

    def select(self, condition: bool, a: Formula, b: Formula) -> Formula:
        """``a`` or ``b``."""
        chosen = a if condition else b
        if isinstance(chosen, Undefined):
            raise chosen.error
        return chosen

    def polygamma(self, a: Formula, order: Fraction) -> Formula:
        """ψ⁽ⁿ⁾(a)."""
        self._require(a, "a polygamma function")
        return self._s.polygamma(self.constant(order), a, evaluate=_is_short(a))

    def loggamma(self, a: Formula) -> Formula:
        """Log Γ(a)."""
        self._require(a, "log Γ")
        return self._s.loggamma(a, evaluate=_is_short(a))

    def log(self, a: Formula) -> Formula:
        """The natural logarithm."""
        self._require(a, "the logarithm")
        return self._s.log(a)

    def _require(self, a: Formula, what: str) -> None:
        if not a.free_symbols and constant_sign(a) <= 0:
            raise DomainError(f"{what} of a number that is not positive")

    def exp(self, a: Formula) -> Formula:
        """e^a."""
        return _real(self._s.exp(a))

    def sin(self, a: Formula) -> Formula:
        """The sine."""
        return _real(self._s.sin(a))

    def cos(self, a: Formula) -> Formula:
        """The cosine."""
        return _real(self._s.cos(a))

    def tan(self, a: Formula) -> Formula:
        """The tangent."""
        return _real(self._s.tan(a))

    def asin(self, a: Formula) -> Formula:
        """The arc sine."""
        return _real(self._s.asin(a))

    def acos(self, a: Formula) -> Formula:
        """The arc cosine."""
        return _real(self._s.acos(a))

    def atan(self, a: Formula) -> Formula:
        """The arc tangent."""
        return _real(self._s.atan(a))

    def sinh(self, a: Formula) -> Formula:
        """The hyperbolic sine."""
        return _real(self._s.sinh(a))

    def cosh(self, a: Formula) -> Formula:
        """The hyperbolic cosine."""
        return _real(self._s.cosh(a))

    def tanh(self, a: Formula) -> Formula:
        """The hyperbolic tangent."""
        return _real(self._s.tanh(a))

    def asinh(self, a: Formula) -> Formula:
        """The inverse hyperbolic sine."""
        return _real(self._s.asinh(a))

    def acosh(self, a: Formula) -> Formula:
        """The inverse hyperbolic cosine."""
        return _real(self._s.acosh(a))

    def atanh(self, a: Formula) -> Formula:
        """The inverse hyperbolic tangent."""
        return _real(self._s.atanh(a))

    def erf(self, a: Formula) -> Formula:
        """The error function."""
        return _real(self._s.erf(a))

    def erfc(self, a: Formula) -> Formula:
        """1 - erf(a)."""
        return _real(self._s.erfc(a))

    def gamma(self, a: Formula) -> Formula:
        """The gamma function."""
        return _real(self._s.gamma(a, evaluate=_is_short(a)))

    def lgamma(self, a: Formula) -> Formula:
        """Log |Γ(a)|."""
        return self.log(self.abs(self.gamma(a)))

    def digamma(self, a: Formula) -> Formula:
        """Γ′(a)/Γ(a)."""
        return _real(self._s.polygamma(0, a, evaluate=_is_short(a)))


def _is_short(a: Formula) -> bool:
    """Whether SymPy may write the gamma function of ``a`` and its kin as a number, which is a factorial in length."""
    return not a.is_number or bool(abs(a.evalf(15)) <= LARGEST_FACTORIAL)


def _real(value: Formula) -> Formula:
    """The value; a number that is not a finite real is refused."""
    if not value.free_symbols and (value.is_finite is False or not value.evalf(15).is_Float):
        if value.is_Rational:
            return value
        raise DomainError(f"{value} is not a real number")
    return value


def pieces(run: Callable[[Symbolic], T], limit: int = 64) -> Iterator[tuple[Assignment, T]]:
    """What ``run`` gives on each open piece, the positive signs first.

    Signs that follow from earlier ones by linear combination are not chosen again; otherwise the pieces are formal,
    and one may be empty (|x| and |x³| have four). ``run`` is called once for each and must be deterministic.

    Args:
        run: a computation in the number system that it is given.
        limit: the largest number of pieces.

    Yields:
        The signs that define the piece, and the result.

    Raises:
        UndecidedError: when there are more than ``limit`` pieces.
    """
    steps: dict[Formula, Formula] = {}
    plan: tuple[int, ...] | None = ()
    count = 0
    while plan is not None:
        if count == limit:
            raise UndecidedError(f"there are more than {limit} smooth pieces")
        branches = Branches(plan, steps)
        result = run(Symbolic(branches))
        count += 1
        yield branches.assignment, result
        plan = following(tuple(branches.assignment.values()))


def following(signs: tuple[int, ...]) -> tuple[int, ...] | None:
    """The next plan depth first: the last +1 becomes -1; None after the last."""
    for k in range(len(signs) - 1, -1, -1):
        if signs[k] > 0:
            return (*signs[:k], -1)
    return None
