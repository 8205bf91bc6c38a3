"""Quotients of integer polynomials over *generators*, and the relations that hold between generators.

A generator stands for the value of a kernel (x, exp(w), tan(φ/2), |f|^(1/q), log|f|, …) at an arbitrary point P of the
domain. Every operation here keeps this invariant: the quotient N/D of an expression has D(P) ≠ 0 and
N(P)/D(P) = the expression's value at P, for every P at which the expression is defined. Every relation g^k = p holds
at every such P. Hence an expression whose numerator reduces to 0 *is* 0 wherever it is defined, whatever further
relations the generators satisfy that are not known here: missing relations cost completeness, never soundness.

Generators are numbered from the last polynomial variable backwards, so that in the lexicographic order a newer one is
larger than all older ones and each relation, monic in its newest generator, rewrites downwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from flint import Ordering, arb, ctx, fmpz_mpoly_ctx

Poly = Any  # flint.fmpz_mpoly, which ships no types

MAX_TERMS = 20_000
MAX_PRODUCT = 2_000_000
MAX_GCD = 4_000_000
MAX_EXPONENT = 120
MAX_DEGREE = 4_000


class CannotProveError(Exception):
    """The method does not decide this question."""


class TooLargeError(CannotProveError):
    """A limit on terms, degrees or generators was met."""


class EmptyDomainError(CannotProveError):
    """The sign conditions contradict each other: there is no open set on which everything is real."""


class NowhereError(EmptyDomainError):
    """There is not even a single point at which everything is real."""


class NoSlotError(TooLargeError):
    """All generators of this field are in use; a larger field may do."""


class RefineExponentError(Exception):
    """An exponent of the basis must be divided further: start again with this denominator.

    Args:
        index: its number.
        denominator: what it must be divided by.
    """

    def __init__(self, index: int, denominator: int) -> None:
        super().__init__(index, denominator)
        self.index = index
        self.denominator = denominator


@dataclass(frozen=True, slots=True)
class Quotient:
    """A fraction of two polynomials, without a common factor, the denominator's leading coefficient positive."""

    num: Poly
    den: Poly


@dataclass(slots=True)
class Generator:
    """What is known of one generator: its kind, whether real, whether positive, and a ball if it is a constant."""

    kind: str
    real: bool
    positive: bool
    ball: Any = None
    log: Quotient | None = None  # the logarithm of the generator, where it is a positive kernel
    payload: Any = None


@dataclass(slots=True)
class Relation:
    """``gen^degree = value`` as the polynomial gen^degree − value, monic in the newest generator."""

    slot: int
    degree: int
    poly: Poly
    length: int = field(init=False)

    def __post_init__(self) -> None:
        self.length = len(self.poly) - 1


def binomial_terms(terms: int, power: int) -> int:
    """How many terms the power of a polynomial can have."""
    return math.comb(power + terms - 1, power) if terms else 0


class Field:
    """The fraction field over up to ``size`` generators.

    Args:
        size: how many generators there is room for.
        deadline: called before each costly step; raises to stop.
    """

    def __init__(self, size: int, deadline: Callable[[], None]) -> None:
        self.size = size
        self.deadline = deadline
        self.context = fmpz_mpoly_ctx.get([f"g{i:02d}" for i in range(size)], Ordering.lex)
        self.variables = self.context.gens()
        self.generators: dict[int, Generator] = {}
        self.relations: list[Relation] = []
        self.one = self.context.constant(1)
        self.zero = self.context.constant(0)
        self.canonical = True

    # generators ---------------------------------------------------------------------------------------------------

    def new(self, generator: Generator) -> int:
        """Take the next slot for a generator and return its number."""
        slot = self.size - 1 - len(self.generators)
        if slot < 0:
            raise NoSlotError
        self.generators[slot] = generator
        return slot

    def relate(self, slot: int, degree: int, value: Poly) -> None:
        """Add the relation gen^degree = value, where ``value`` holds older generators only."""
        self.relations = [r for r in self.relations if r.slot != slot]
        self.relations.append(Relation(slot, degree, self.variables[slot] ** degree - value))
        self.relations.sort(key=lambda r: r.slot)

    def used(self, p: Poly) -> list[int]:
        """The generators that occur in a polynomial."""
        return [i for i, d in enumerate(p.degrees()) if d > 0]

    def own_slot(self, f: Poly) -> int | None:
        """The slot of f if f is a generator, else ``None``."""
        used = self.used(f)
        return used[0] if len(used) == 1 and f == self.variables[used[0]] else None

    def is_real(self, p: Poly) -> bool:
        """Whether every generator of a polynomial is known to be real."""
        return all(self.generators[i].real for i in self.used(p))

    # polynomials --------------------------------------------------------------------------------------------------

    def reduce(self, p: Poly) -> Poly:
        """The remainder modulo the relations, newest generator first."""
        for relation in self.relations:
            degree = p.degrees()[relation.slot] if len(p) else 0
            if degree < relation.degree:
                continue
            self.deadline()
            steps = degree // relation.degree
            if len(p) * min(binomial_terms(relation.length, steps), 10**9) > MAX_PRODUCT:
                raise TooLargeError
            p = p % relation.poly
        return self.checked(p)

    def checked(self, p: Poly) -> Poly:
        """The polynomial itself, if within the limits."""
        if len(p) > MAX_TERMS or (len(p) and max(p.degrees()) > MAX_DEGREE):
            raise TooLargeError
        return p

    def multiply(self, p: Poly, q: Poly) -> Poly:
        """The reduced product."""
        if len(p) * len(q) > MAX_PRODUCT:
            raise TooLargeError
        self.deadline()
        return self.reduce(p * q)

    def power(self, p: Poly, n: int) -> Poly:
        """The reduced power, n ≥ 0, by squaring."""
        if n > (MAX_EXPONENT if len(p) > 1 else MAX_DEGREE):
            raise TooLargeError
        result, square = self.one, p
        while n:
            if n & 1:
                result = self.multiply(result, square)
            n >>= 1
            if n:
                square = self.multiply(square, square)
        return result

    # quotients ----------------------------------------------------------------------------------------------------

    def quotient(self, num: Poly, den: Poly) -> Quotient:
        """The cancelled fraction of two reduced polynomials."""
        if den == 0:
            raise CannotProveError
        if num == 0:
            return Quotient(self.zero, self.one)
        if den.is_one():
            return Quotient(num, den)
        self.deadline()
        if len(num) * len(den) <= MAX_GCD:
            common = num.gcd(den)
            if not common.is_one():
                num, den = num // common, den // common
        if den.leading_coefficient() < 0:
            num, den = -num, -den
        return Quotient(num, den)

    def rational(self, value: Fraction | int) -> Quotient:
        """A rational number."""
        value = Fraction(value)
        return Quotient(self.context.constant(value.numerator), self.context.constant(value.denominator))

    def polynomial(self, p: Poly) -> Quotient:
        """A polynomial over 1."""
        return Quotient(p, self.one)

    def generator(self, slot: int) -> Quotient:
        """A generator as a quotient."""
        return Quotient(self.variables[slot], self.one)

    def add(self, a: Quotient, b: Quotient) -> Quotient:
        """a + b."""
        if a.den == b.den:
            return self.quotient(self.reduce(a.num + b.num), a.den)
        common = a.den.gcd(b.den)
        left, right = a.den // common, b.den // common
        num = self.multiply(a.num, right) + self.multiply(b.num, left)
        return self.quotient(self.reduce(num), self.multiply(a.den, right))

    def total(self, terms: list[Quotient]) -> Quotient:
        """The sum of many quotients, equal denominators gathered first, then small ones before large ones."""
        groups: dict[str, Quotient] = {}
        for term in terms:
            key = str(term.den)
            found = groups.get(key)
            groups[key] = term if found is None else Quotient(found.num + term.num, term.den)
        result = self.rational(0)
        for group in sorted(groups.values(), key=lambda q: len(q.den)):
            result = self.add(result, self.quotient(self.reduce(group.num), group.den))
        return result

    def negate(self, a: Quotient) -> Quotient:
        """−a."""
        return Quotient(-a.num, a.den)

    def mul(self, a: Quotient, b: Quotient) -> Quotient:
        """a · b, cancelled crosswise before multiplying."""
        first, second = self.quotient(a.num, b.den), self.quotient(b.num, a.den)
        return self.quotient(self.multiply(first.num, second.num), self.multiply(first.den, second.den))

    def invert(self, a: Quotient) -> Quotient:
        """1/a; a must not be the zero of the field."""
        return self.quotient(a.den, a.num)

    def pow(self, a: Quotient, n: int) -> Quotient:
        """The integer power."""
        if n < 0:
            a, n = self.invert(a), -n
        return self.quotient(self.power(a.num, n), self.power(a.den, n))

    def divided(self, a: Quotient) -> tuple[Quotient, Quotient]:
        """A polynomial with rational coefficients and a fraction whose sum is a, by division in the order of terms."""
        scale = a.den.leading_coefficient()
        whole, remainder = divmod(a.num * scale, a.den)
        constant = self.context.constant(scale)
        return self.quotient(whole, constant), self.quotient(remainder, a.den * constant)

    def equal(self, a: Quotient, b: Quotient) -> bool:
        """Whether two quotients are proved equal."""
        return bool(self.difference(a, b) == 0)

    def difference(self, a: Quotient, b: Quotient) -> Poly:
        """The numerator of a − b, reduced."""
        return self.reduce(self.multiply(a.num, b.den) - self.multiply(b.num, a.den))

    # constants ----------------------------------------------------------------------------------------------------

    def ball(self, p: Poly) -> Any:
        """An enclosure of a polynomial in constants, or ``None`` where some generator is no enclosed constant."""
        if any(self.generators[i].ball is None for i in self.used(p)):
            return None
        result = arb(0)
        with ctx.workprec(256):
            for monomial, coefficient in p.terms():
                term = arb(coefficient)
                for slot, exponent in enumerate(monomial):
                    if exponent:
                        term *= self.generators[slot].ball ** int(exponent)
                result += term
        return result
