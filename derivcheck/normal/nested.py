"""Roots of sums of roots: written with simpler roots, or with the root of the conjugate, where that can be done."""

from __future__ import annotations

import math
from collections.abc import Collection
from fractions import Fraction
from typing import TYPE_CHECKING

from derivcheck.normal.field import Poly, Quotient

if TYPE_CHECKING:
    from derivcheck.normal.powers import Powers

MAX_CONJUGATE_TERMS = 40


class NestedRoots:
    """The rules for |f|^a where f is linear in a square root.

    Args:
        powers: the powers over the same field.
    """

    def __init__(self, powers: Powers) -> None:
        self.powers = powers
        self.base = powers.base
        self.postponed: set[str] = set()  # polynomials for which more facts about signs could help

    def simpler(self, f: Poly, a: Fraction) -> Quotient | None:
        """|f|^a by other roots, or ``None``."""
        self.postponed.discard(str(f))
        return self.denest(f, a) or self.square_of_roots(f, a) or self.by_conjugate(f, a)

    def reconsider(self) -> None:
        """Forget the roots for which more facts could help, so that they are looked at anew."""
        for key in self.postponed:
            self.powers.towers.pop(key, None)

    def denest(self, f: Poly, a: Fraction) -> Quotient | None:
        """√|A + B√c| = √((A + d)/2) ± √((A − d)/2), integer A, d > 0, d² = A² − B²c, else ``None``."""
        if a != Fraction(1, 2) or len(f) != 2 or not self.powers.signs.known(f) or self.base.ball(f) is None:
            return None
        f = f if self.powers.signs.known(f) > 0 else -f
        for slot, outer, constant in self.linear_in_root(f):
            radicand = self.base.variables[slot] ** 2 - next(r for r in self.base.relations if r.slot == slot).poly
            under = self.base.reduce(outer * outer * radicand)
            if not (under.is_constant() and constant.is_constant()) or constant == 0:
                continue
            big, c = int(constant.leading_coefficient()), int(under.leading_coefficient())
            square = big * big - c
            if big <= 0 or square <= 0 or math.isqrt(square) ** 2 != square:
                return None
            half, d = Fraction(1, 2), math.isqrt(square)
            first = self.powers.root(self.base.rational(Fraction(big + d, 2)), half)
            second = self.powers.root(self.base.rational(Fraction(big - d, 2)), half)
            return self.base.add(first, second if self.powers.signs.known(outer) > 0 else self.base.negate(second))
        return None

    def square_of_roots(self, f: Poly, a: Fraction) -> Quotient | None:
        """√|A + B√c| = |√P ± √Q|, P = (A + d)/2 and Q = (A − d)/2 not negative, d² = A² − B²c, else ``None``."""
        if a != Fraction(1, 2) or self.base.ball(f) is not None:
            return None
        for slot, outer, constant in self.linear_in_root(f):
            radicand = self.base.variables[slot] ** 2 - next(r for r in self.base.relations if r.slot == slot).poly
            norm = self.base.reduce(constant * constant - self.base.reduce(outer * outer * radicand))
            d = self.exact_root(norm)
            if d is None or len(d) > MAX_CONJUGATE_TERMS:
                continue
            halves = [self.base.quotient(part, self.base.context.constant(2)) for part in (constant + d, constant - d)]
            if not all(self.powers.signs.known(h.num) > 0 for h in halves):
                self.postponed.add(str(f))
                self.powers.signs.wanted = True
                continue
            first, second = (self.powers.root(h, Fraction(1, 2)) for h in halves)
            sign = self.powers.signs.known(outer)
            if sign:
                return self.powers.modulus(self.base.add(first, second if sign > 0 else self.base.negate(second)))
        return None

    def exact_root(self, p: Poly) -> Poly | None:
        """The polynomial whose square is p, if there is one."""
        if p == 0:
            return None
        content, factors = self.powers.polynomial_factors(p)
        if content <= 0 or math.isqrt(content) ** 2 != content or any(e % 2 for _, e in factors):
            return None
        result = self.base.context.constant(math.isqrt(content))
        for f, e in factors:
            result *= f ** (e // 2)
        return result

    def linear_in_root(self, f: Poly) -> list[tuple[int, Poly, Poly]]:
        """Each way to write f = A·r + B with r a square root, as (slot of r, A, B)."""
        ways = []
        degrees = f.degrees()
        for relation in self.base.relations:
            is_root = relation.degree == 2 and self.base.generators[relation.slot].kind == "root"
            if is_root and degrees[relation.slot] == 1 and len(f) <= MAX_CONJUGATE_TERMS:
                parts = self.powers.signs.coefficients(f, relation.slot)
                ways.append((relation.slot, parts[1], parts.get(0, self.base.zero)))
        return ways

    def conjugate(self, f: Poly, known: Collection[str]) -> tuple[Poly, Poly] | None:
        """A conjugate g of f (r → −r) among the known polynomials, and the norm f·g, or ``None``."""
        for slot, outer, rest in self.linear_in_root(f):
            g = outer * self.base.variables[slot] - rest
            g = -g if g != 0 and g.leading_coefficient() < 0 else g
            if rest != 0 and str(g) in known:
                return g, self.base.multiply(f, g)
        return None

    def by_conjugate(self, f: Poly, a: Fraction) -> Quotient | None:
        """|f|^a = |f·g|^a / |g|^a where the conjugate g has a root already, else ``None``."""
        found = self.conjugate(f, self.powers.towers)
        if found is None or found[1] == 0:
            return None
        g, norm = found
        content, factors = self.powers.factors(self.base.polynomial(norm))
        above = self.powers.product([(p, e * a) for p, e in self.powers.primes(abs(content)) + factors])
        return self.base.mul(above, self.powers.absolute_power(g, -a))
