"""Quotients of polynomials over the variables and over functions of them that are left as they stand.

A *generator* is a variable or an operation of the table on quotients, such as ``exp(w·x)``. Equal quotients are equal
functions; unequal ones may still be equal, where generators depend on each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from derivcheck.numbers.kernel import UndecidedError

Poly = Any
"""``flint.fmpq_mpoly``."""

SIZES = (12, 24, 64)
"""How many generators there is room for, tried one after another: more room takes more time."""
_MOST_TERMS = 400
_ONE = Fraction(1)


class NoRoomError(UndecidedError):
    """A field has no room for a further generator."""


@lru_cache(maxsize=len(SIZES))
def _context(size: int) -> Any:
    return fmpq_mpoly_ctx.get([f"g{k}" for k in range(size)], Ordering.deglex)


@dataclass(frozen=True, slots=True, eq=False)
class Quotient:
    """``num / den`` in lowest terms; the leading coefficient of the denominator is 1."""

    num: Poly
    den: Poly

    @property
    def is_zero(self) -> bool:
        """Whether it is 0."""
        return bool(self.num.is_zero())

    @property
    def rational(self) -> Fraction | None:
        """The rational number that it is, if it is one."""
        if not self.num.is_constant() or not self.den.is_constant():
            return None
        return Fraction(0) if self.num.is_zero() else _fraction(self.num.leading_coefficient())

    def same(self, other: Quotient) -> bool:
        """Whether both are the same quotient."""
        return bool(self.num == other.num and self.den == other.den)


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A variable (``row`` is None) or an operation on quotients.

    Attributes:
        name: the variable, or the row of the table.
        params: the static parameters of the row.
        args: what it is applied to.
        depends: the variables that it depends on.
        positive: whether it is known to be positive.
        root: n where it is the n-th root of its argument, else 0.
    """

    name: str
    params: tuple[Fraction, ...] = ()
    args: tuple[Quotient, ...] = ()
    depends: frozenset[str] = frozenset()
    positive: bool = False
    root: int = 0

    @property
    def is_variable(self) -> bool:
        """Whether it is a variable."""
        return not self.args and self.depends == {self.name}


class Field:
    """The generators met so far, and arithmetic over them.

    Args:
        size: how many generators there is room for.
    """

    def __init__(self, size: int = SIZES[-1]) -> None:
        self.size, self.context = size, _context(size)
        self.definite: dict[str, tuple[int, tuple[Poly, ...] | None]] = {}
        self.gens = self.context.gens()
        self.generators: list[Generator] = []
        self.one_poly = self.context.constant(1)
        self.zero, self.one = self.constant(Fraction(0)), self.constant(_ONE)
        self._known: dict[tuple[Any, ...], int] = {}
        self._factors: dict[str, tuple[Fraction, tuple[tuple[Poly, int], ...]]] = {}

    def constant(self, value: Fraction) -> Quotient:
        """A rational number."""
        return Quotient(self.context.constant(fmpq(value.numerator, value.denominator)), self.one_poly)

    def variable(self, name: str) -> Quotient:
        """A variable."""
        return self._generator(Generator(name, depends=frozenset({name})))

    def applied(
        self,
        row: str,
        params: tuple[Fraction, ...],
        args: tuple[Quotient, ...],
        *,
        positive: bool = False,
        root: int = 0,
    ) -> Quotient:
        """An operation of the table on quotients, as a generator."""
        depends = frozenset(n for a in args for n in self.depends(a))
        return self._generator(Generator(row, params, args, depends, positive, root))

    def _generator(self, made: Generator) -> Quotient:
        key = (made.name, made.params, tuple((str(a.num), str(a.den)) for a in made.args), made.is_variable)
        slot = self._known.get(key)
        if slot is None:
            if len(self.generators) == self.size:
                raise NoRoomError("the loss has too many different parts")
            slot = self._known[key] = len(self.generators)
            self.generators.append(made)
        return Quotient(self.gens[slot], self.one_poly)

    def used(self, *polys: Poly) -> list[int]:
        """The generators that occur in polynomials."""
        degrees = [p.degrees() for p in polys]
        return [k for k in range(len(self.generators)) if any(d[k] > 0 for d in degrees)]

    def depends(self, a: Quotient) -> frozenset[str]:
        """The variables that a quotient depends on."""
        return frozenset(n for k in self.used(a.num, a.den) for n in self.generators[k].depends)

    def quotient(self, num: Poly, den: Poly) -> Quotient:
        """``num / den`` in lowest terms, powers of roots reduced."""
        num, den = self._reduced(num), self._reduced(den)
        if den.is_zero():
            raise UndecidedError("a denominator that vanishes everywhere")
        if num.is_zero():
            return Quotient(num, self.one_poly)
        if len(num) > _MOST_TERMS or len(den) > _MOST_TERMS:
            raise UndecidedError("the formula grows too large")
        if not den.is_constant():
            common = num.gcd(den)
            if not common.is_constant():
                num, den = divmod(num, common)[0], divmod(den, common)[0]
        lead = 1 / den.leading_coefficient()
        return Quotient(num * lead, den * lead)

    def _reduced(self, p: Poly) -> Poly:
        """ρⁿ = a for every n-th root ρ of a, where a is a polynomial."""
        for k, g in enumerate(self.generators):
            while g.root and p.degrees()[k] >= g.root and g.args[0].den.is_constant():
                p = self._replace_power(p, k, g.root, g.args[0].num)
        return p

    def _replace_power(self, p: Poly, slot: int, n: int, by: Poly) -> Poly:
        total = self.context.constant(0)
        for exponents, c in p.to_dict().items():
            times, rest = divmod(int(exponents[slot]), n)
            left = tuple(rest if k == slot else int(e) for k, e in enumerate(exponents))
            total = total + self.context.from_dict({left: c}) * by**times
        return total

    def add(self, a: Quotient, b: Quotient) -> Quotient:
        """a + b."""
        if a.den == b.den:
            return self.quotient(a.num + b.num, a.den)
        return self.quotient(a.num * b.den + b.num * a.den, a.den * b.den)

    def neg(self, a: Quotient) -> Quotient:
        """-a."""
        return Quotient(-a.num, a.den)

    def sub(self, a: Quotient, b: Quotient) -> Quotient:
        """a - b."""
        return self.add(a, self.neg(b))

    def mul(self, a: Quotient, b: Quotient) -> Quotient:
        """a · b."""
        return self.quotient(a.num * b.num, a.den * b.den)

    def div(self, a: Quotient, b: Quotient) -> Quotient:
        """a / b, b not identically 0."""
        return self.quotient(a.num * b.den, a.den * b.num)

    def integer_power(self, a: Quotient, n: int) -> Quotient:
        """aⁿ, n of either sign."""
        top, bottom = (a.num, a.den) if n >= 0 else (a.den, a.num)
        if abs(n) > 1 and abs(n) * (len(top) + len(bottom)) > _MOST_TERMS:
            raise UndecidedError("the formula grows too large")
        return self.quotient(top ** abs(n), bottom ** abs(n))

    def factors(self, p: Poly) -> tuple[Fraction, tuple[tuple[Poly, int], ...]]:
        """A constant and irreducible factors with their exponents; p is not 0."""
        key = str(p)
        if key not in self._factors:
            content, found = p.factor()
            self._factors[key] = (_fraction(content), tuple((f, int(e)) for f, e in found))
        return self._factors[key]

    def replaced(self, a: Quotient, values: Mapping[int, Quotient]) -> Quotient:
        """The quotient with quotients in place of generators."""
        return self.div(self._evaluated(a.num, values), self._evaluated(a.den, values))

    def _evaluated(self, p: Poly, values: Mapping[int, Quotient]) -> Quotient:
        total = self.zero
        for exponents, c in p.to_dict().items():
            left = tuple(0 if k in values else int(e) for k, e in enumerate(exponents))
            term = Quotient(self.context.from_dict({left: c}), self.one_poly)
            for k, value in values.items():
                if exponents[k]:
                    term = self.mul(term, self.integer_power(value, int(exponents[k])))
            total = self.add(total, term)
        return total

    def slope(self, a: Quotient, of_generator: Callable[[int], Quotient]) -> Quotient:
        """The derivative of a quotient, given that of every generator."""
        total = self.zero
        for k in self.used(a.num, a.den):
            inner = of_generator(k)
            if not inner.is_zero:
                above, below = a.num.derivative(k), a.den.derivative(k)
                local = self.quotient(above * a.den - a.num * below, a.den * a.den)
                total = self.add(total, self.mul(local, inner))
        return total


def _fraction(c: Any) -> Fraction:
    return Fraction(int(c.p), int(c.q)) if isinstance(c, fmpq) else Fraction(int(c))


def terms(p: Poly) -> list[tuple[tuple[int, ...], Fraction]]:
    """The exponents and the coefficient of every term, the leading one first."""
    return [(tuple(int(e) for e in m), _fraction(c)) for m, c in p.terms()]
