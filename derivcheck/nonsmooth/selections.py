"""The kernel on first-order expansions: one selection of a piecewise function around a point.

The file is longer than most: it has one method for each operation of the kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf

from derivcheck.nonsmooth.bounds import LowerBound, growth, of_product, of_sum
from derivcheck.nonsmooth.expansion import (
    ABOVE,
    BELOW,
    EITHER,
    EQUAL,
    NOT_ABOVE,
    Expansion,
    Order,
    SignPlan,
    is_zero,
)
from derivcheck.numbers import expansions
from derivcheck.numbers.coefficient import Coefficient, sign, to_ball
from derivcheck.numbers.conditions import TwoValued
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import DomainError, UndecidedError

ZERO, ONE = Fraction(0), Fraction(1)


_MARGIN = Fraction(1, 1000)
_FLAT = Fraction(10**6)
"""The order given to what vanishes faster than every power of |h|."""


def _least(a: Order, b: Order) -> Order:
    return a if a <= b else b


def _below(value: Coefficient) -> Fraction:
    """A positive rational below a positive number and near it: next to the point |a|^b ≤ |a|^this for small a."""
    if isinstance(value, Fraction):
        return value * (1 - _MARGIN)
    return Fraction(float(to_ball(value).lower())) * (1 - _MARGIN)


class Selections(TwoValued):
    """The kernel on first-order expansions, on the selection that a plan of signs describes.

    Args:
        coefficients: the arithmetic of the coefficients; one that remembers, so that selections can be compared.
        size: the number of variables.
        plan: which option is taken at each of the first choices.
        merged: whether ``abs``, ``max`` and ``min`` are to give the size of what they may change instead of a choice:
            one run then stands for all their selections, and knows less.
    """

    def __init__(self, coefficients: Exact, size: int, plan: Sequence[int] = (), *, merged: bool = False) -> None:
        self.coefficients, self.size, self.merged = coefficients, size, merged
        self.plan = SignPlan(plan)
        self._differences: dict[tuple[int, int], tuple[Expansion, Expansion, Expansion]] = {}
        self._none: tuple[Coefficient, ...] = (ZERO,) * size

    def variable(self, value: Coefficient, index: int | None) -> Expansion:
        """The variable number ``index``; a fixed one if that is None."""
        return Expansion(value, tuple(ONE if j == index else ZERO for j in range(self.size)), inf)

    def constant(self, value: Fraction) -> Expansion:
        """A constant."""
        return self._number(self.coefficients.constant(value))

    def pi(self) -> Expansion:
        """π."""
        return self._number(self.coefficients.pi())

    def _number(self, value: Coefficient) -> Expansion:
        return Expansion(value, self._none, inf, isinstance(value, Fraction) and value >= 0)

    def _small(
        self, order: Order, *, nonnegative: bool = False, strict: bool = False, bound: LowerBound | None = None
    ) -> Expansion:
        """Something of which only the size O(|h|^order) is known, and what bounds it from below."""
        return Expansion(ZERO, self._none if order > 1 else (), order, nonnegative, strict, bound)

    def add(self, a: Expansion, b: Expansion) -> Expansion:
        """a + b."""
        order = _least(a.order, b.order)
        add = self.coefficients.add
        value = add(a.value, b.value) if order > 0 else ZERO
        gradient = tuple(map(add, a.gradient, b.gradient)) if order > 1 else ()
        positive = a.is_nonnegative and b.is_nonnegative
        bound = of_sum(a.lower, b.lower) if positive else None
        return Expansion(value, gradient, order, positive, a.strict and b.strict, bound)

    def neg(self, a: Expansion) -> Expansion:
        """-a; the negative of a negative is the same object again."""
        known = self.plan.negative(a)
        if known is not None:
            return known
        neg = self.coefficients.neg
        found = Expansion(neg(a.value), tuple(map(neg, a.gradient)), a.order, strict=a.strict, bound=a.lower)
        self.plan.pair(a, found)
        return found

    def sub(self, a: Expansion, b: Expansion) -> Expansion:
        """a - b; exactly 0 for the same object, and the same object for the same operands."""
        if a is b:
            return self._number(ZERO)
        if b.is_constant and is_zero(b.value):
            return a
        if (id(b), id(a)) in self._differences:
            return self.neg(self._differences[id(b), id(a)][0])
        if (id(a), id(b)) not in self._differences:
            self._differences[id(a), id(b)] = (self.add(a, self.neg(b)), a, b)
        return self._differences[id(a), id(b)][0]

    def mul(self, a: Expansion, b: Expansion) -> Expansion:
        """a · b; the product of two values that vanish at the point is of the sum of their orders."""
        if any(x.is_constant and is_zero(x.value) for x in (a, b)):
            return self._number(ZERO)
        for x, y in ((a, b), (b, a)):
            if x.is_constant and isinstance(x.value, Fraction) and x.value < 0 and y.is_nonnegative:
                return self.neg(self.mul(self._number(-x.value), y))
        order = inf if inf in (a.reach, b.reach) else a.reach + b.reach
        if not is_zero(a.value):
            order = _least(order, b.order)
        if not is_zero(b.value):
            order = _least(order, a.order)
        mul, add = self.coefficients.mul, self.coefficients.add
        gradient = self._none if order > 1 else ()
        for x, y in ((a, b), (b, a)) if gradient else ():
            if not is_zero(x.value):
                gradient = tuple(add(g, mul(x.value, k)) for g, k in zip(gradient, y.gradient, strict=True))
        value = mul(a.value, b.value) if order > 0 else ZERO
        nonnegative = a is b or (a.is_nonnegative and b.is_nonnegative)
        bound = self._bound_of_product(a, b)
        return Expansion(value, gradient, order, nonnegative, a.strict and b.strict, bound)

    def _bound_of_product(self, a: Expansion, b: Expansion) -> LowerBound | None:
        if a is b:
            return None if a.lower is None else a.lower.power(Fraction(2))
        for x, y in ((a, b), (b, a)):
            if y.order > 0 and isinstance(y.value, Fraction) and y.value:
                return x.lower
        return of_product(a.lower, b.lower)

    def div(self, a: Expansion, b: Expansion) -> Expansion:
        """a / b."""
        return self._number(ONE) if a is b else self.mul(a, self.power(b, Fraction(-1)))

    def power(self, a: Expansion, exponent: Fraction) -> Expansion:
        """a^p; of order p times the order of a where a tends to 0."""
        if exponent in (0, 1):
            return a if exponent else self._number(ONE)
        whole, even = exponent.denominator == 1, exponent.numerator % 2 == 0 and exponent.denominator == 1
        if a.order <= 0:
            bounded = a.order == 0 and whole and exponent > 0
            return self._small(0 if bounded else -inf, nonnegative=even)
        s = sign(a.value)
        if s < 0 and not whole:
            raise DomainError("a negative number to a power that is not an integer")
        if s:
            found = self._smooth(expansions.power(exponent), a)
            return Expansion(found.value, found.gradient, found.order, even or s > 0, found.strict)
        if exponent < 0:
            if 0 in self.plan.signs(a, EQUAL):
                raise DomainError("division by 0")
            if not whole and -1 in self.plan.signs(a, BELOW):
                raise DomainError("a negative number to a power that is not an integer")
            grows = growth(a.reach * exponent, self.size)
            nonnegative = even or a.nonnegative
            return self._small(self._most(a) * exponent, nonnegative=nonnegative, bound=grows)
        if not whole and -1 in self.plan.signs(a, BELOW):
            raise DomainError("a negative number to a power that is not an integer")
        strict = a.strict and whole
        nonnegative, bound = even or a.nonnegative or not whole, a.lower and a.lower.power(exponent)
        return self._small(a.reach * exponent, nonnegative=nonnegative, strict=strict, bound=bound)

    def pow(self, a: Expansion, b: Expansion) -> Expansion:
        """a^b for a > 0 or a constant rational b."""
        if b.is_constant and isinstance(b.value, Fraction):
            return self.power(a, b.value)
        if a.order <= 0 or b.order <= 0:
            raise UndecidedError("a variable power of a value that has no limit")
        if sign(a.value) > 0:
            return self.exp(self.mul(b, self.log(a)))
        if sign(a.value) < 0 or -1 in self.plan.signs(a, BELOW):
            raise DomainError("a negative number to a power that is not an integer")
        if sign(b.value) <= 0:
            raise UndecidedError("a variable power of a value that tends to 0")
        if a.is_constant:
            return self._number(ZERO)
        return self._small(a.reach * _below(b.value), nonnegative=True)

    def _smooth(self, expansion: expansions.Expansion, a: Expansion) -> Expansion:
        """f(a) for an f that is analytic at the value of a."""
        if a.is_constant:
            return self._number(expansion(self.coefficients, a.value, 1)[0])
        value, slope = expansion(self.coefficients, a.value, 2)
        order = a.reach * 2 if is_zero(slope) else _least(a.order, a.reach * 2)
        gradient = tuple(self.coefficients.mul(slope, g) for g in a.gradient or self._none) if order > 1 else ()
        return Expansion(value, gradient, order, strict=a.strict)

    def _entire(self, expansion: expansions.Expansion, a: Expansion, *, bounded: bool) -> Expansion:
        if a.order <= 0:
            return self._small(0 if bounded or a.order == 0 else -inf)
        return self._smooth(expansion, a)

    def _most(self, a: Expansion) -> Order:
        """The p of |a| ≥ c·|h|^p, for an a that tends to 0; infinite where nothing is known."""
        return a.lower.degree if a.lower is not None and a.lower.is_definite else inf

    def exp(self, a: Expansion) -> Expansion:
        """e^a; flat where a tends to -∞ as a power of 1/|h| does."""
        opposite = self.plan.negative(a)
        if a.order <= 0 and opposite is not None and opposite.nonnegative:
            falls = opposite.bound is not None and opposite.bound.degree < 0 and opposite.bound.is_definite
            return self._small(_FLAT if falls else 0, nonnegative=True)
        found = self._entire(expansions.exp, a, bounded=False)
        return Expansion(found.value, found.gradient, found.order, True, found.strict)

    def log(self, a: Expansion) -> Expansion:
        """The natural logarithm; of what tends to 0 as a power of |h| does, less than any power of 1/|h|."""
        if self._positive(a, "the logarithm"):
            return self._smooth(expansions.log, a)
        return self._small(-inf if self._most(a) == inf else -_MARGIN)

    def _positive(self, a: Expansion, name: str) -> bool:
        """Whether a > 0 at the point; False where it is 0 there and greater in the region."""
        positive = self.plan.signs(a, ABOVE)
        if 1 not in positive:
            raise DomainError(f"{name} of a number that is not positive")
        return sign(a.value) > 0

    def sin(self, a: Expansion) -> Expansion:
        """The sine: bounded whatever a does."""
        return self._entire(expansions.sin, a, bounded=True)

    def cos(self, a: Expansion) -> Expansion:
        """The cosine: bounded whatever a does."""
        return self._entire(expansions.cos, a, bounded=True)

    def atan(self, a: Expansion) -> Expansion:
        """The arc tangent: bounded whatever a does."""
        return self._entire(expansions.atan, a, bounded=True)

    def erf(self, a: Expansion) -> Expansion:
        """The error function: bounded whatever a does."""
        return self._entire(expansions.erf, a, bounded=True)

    def loggamma(self, a: Expansion) -> Expansion:
        """log Γ(a)."""
        return self._smooth(expansions.loggamma, a) if self._positive(a, "log Γ") else self._small(-inf)

    def polygamma(self, a: Expansion, order: Fraction) -> Expansion:
        """ψ⁽ⁿ⁾(a)."""
        inside = self._positive(a, "a polygamma function")
        return self._smooth(expansions.polygamma(order), a) if inside else self._small(-inf)

    # Branches

    def abs(self, a: Expansion) -> Expansion:
        """|a|; no branch is needed where a is o(|h|)."""
        if a.nonnegative:
            return a
        if a.order <= 0:
            return self._small(a.order, nonnegative=True)
        if sign(a.value) == 0 and (self.merged or a.order <= 1 or a.reach > 1):
            return self._small(a.reach, nonnegative=True, strict=a.strict and a.reach > 1, bound=a.lower)
        found = a if -1 not in self.plan.signs(a, EITHER) else self.neg(a)
        return Expansion(found.value, found.gradient, found.order, True, found.strict, a.lower)

    def max(self, a: Expansion, b: Expansion) -> Expansion:
        """The greater of two."""
        found = self._choice(a, b, 1)
        return Expansion(found.value, found.gradient, found.order, a.is_nonnegative or b.is_nonnegative, found.strict)

    def min(self, a: Expansion, b: Expansion) -> Expansion:
        """The lesser of two."""
        found = self._choice(a, b, -1)
        return Expansion(found.value, found.gradient, found.order, a.is_nonnegative and b.is_nonnegative, found.strict)

    def _choice(self, a: Expansion, b: Expansion, which: int) -> Expansion:
        difference = self.sub(a, b)
        if difference.order <= 0:
            return self._small(difference.order)
        reach = difference.reach
        if sign(difference.value) == 0 and (self.merged or difference.order <= 1 or reach > 1):
            return self.add(b, self._small(reach, strict=difference.strict and reach > 1))
        return a if -which not in self.plan.signs(difference, EITHER) else b

    def floor(self, a: Expansion) -> Expansion:
        """⌊a⌋."""
        if a.order <= 0:
            raise UndecidedError("the integer part of a value that has no limit at the point")
        whole = self.coefficients.floor(a.value)
        rest = self.sub(a, self._number(whole))
        below = sign(rest.value) == 0 and -1 in self.plan.signs(rest, BELOW)
        return self._number(self.coefficients.sub(whole, ONE) if below else whole)

    def lt(self, a: Expansion, b: Expansion) -> bool:
        """a < b."""
        return -1 in self.plan.signs(self.sub(a, b), BELOW)

    def le(self, a: Expansion, b: Expansion) -> bool:
        """a ≤ b."""
        return 1 not in self.plan.signs(self.sub(a, b), NOT_ABOVE)

    def eq(self, a: Expansion, b: Expansion) -> bool:
        """a = b."""
        return 0 in self.plan.signs(self.sub(a, b), EQUAL)
