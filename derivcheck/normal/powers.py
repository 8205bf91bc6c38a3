"""Roots, logarithms and absolute values over a field of generators.

Let B = c · Π f_i^{e_i}, c rational and the f_i irreducible polynomials over the generators.

*Real reading* (``real_domain``): where B^{p/q}, q > 1, is real by the convention that a root takes no negative number,
B ≥ 0, hence B^{p/q} = |c|^{p/q} · Π (|f_i|^{1/q})^{p e_i}: every root splits into roots of the irreducible factors,
r_i = |f_i|^{1/q} with r_i^q = σ_i f_i. Likewise log B = log|c| + Σ e_i log|f_i|. Each adds the fact B ≥ 0. Thus
√(x²) is σ_x·x and √a·√b is √(ab) exactly where both are real.

*Principal reading*: nothing is assumed of B. Positive factors are split off, (g·R)^{1/q} = g^{1/q}·R^{1/q} for g > 0
and any complex R, and the rest stays one generator w with w^q = R. It holds for principal complex values as well, so it
also decides identities whose two sides are nowhere real together.

A power with a symbolic exponent is exp(e · log B) with the *principal* log in both readings, for B may be negative
where e happens to be an integer: positive factors are split off, the rest of B is kept whole.
"""

from __future__ import annotations

import math
from fractions import Fraction

from flint import arb, ctx, fmpz

from derivcheck.normal.field import CannotProveError, Field, Generator, Poly, Quotient, RefineExponentError
from derivcheck.normal.nested import NestedRoots
from derivcheck.normal.signs import Signs

MAX_FACTOR_TERMS = 400
MAX_FACTOR_BITS = 100


class Powers:
    """The kernels made of powers, over one field.

    Args:
        base: the field.
        signs: its signs.
        real_domain: the real reading; otherwise the principal one.
    """

    def __init__(self, base: Field, signs: Signs, *, real_domain: bool) -> None:
        self.base = base
        self.signs = signs
        self.real_domain = real_domain
        self.towers: dict[str, tuple[int, int]] = {}  # base → (finest denominator L, slot of base^(1/L))
        self.opaque_roots: dict[tuple[str, str, int], int] = {}
        self.nested = NestedRoots(self)
        self.exponents: dict[int, int] = {}  # slot of exp(v) → number of v in the basis of exponents

    # factors ------------------------------------------------------------------------------------------------------

    def factors(self, b: Quotient) -> tuple[Fraction, list[tuple[Poly, int]]]:
        """b = c · Π f^e, the f primitive, irreducible where b is small, with a positive leading coefficient."""
        content, found = self.polynomial_factors(b.num)
        below, others = self.polynomial_factors(b.den)
        return Fraction(content) / below, found + [(f, -e) for f, e in others]

    def polynomial_factors(self, p: Poly) -> tuple[int, list[tuple[Poly, int]]]:
        """The content and the factors of a polynomial."""
        if p == 0:
            raise CannotProveError
        self.base.deadline()
        content, found = p.factor() if len(p) <= MAX_FACTOR_TERMS else p.factor_squarefree()
        factors = []
        for f, e in found:
            if f.leading_coefficient() < 0:
                f, content = -f, content * (-1) ** int(e)
            factors.append((f, int(e)))
        return int(content), factors

    def primes(self, c: Fraction) -> list[tuple[Poly, int]]:
        """The prime factors of a positive rational, large integers left whole."""
        result: list[tuple[Poly, int]] = []
        for n, sign in ((c.numerator, 1), (c.denominator, -1)):
            pairs = fmpz(n).factor() if n.bit_length() <= MAX_FACTOR_BITS else [(n, 1)]
            result += [(self.base.context.constant(int(p)), sign * int(e)) for p, e in pairs if p != 1]
        return result

    # powers of positive things ------------------------------------------------------------------------------------

    def absolute(self, f: Poly) -> Quotient:
        """|f| = σ_f · f."""
        return self.base.polynomial(self.base.multiply(self.signs.generator(f), f))

    def absolute_power(self, f: Poly, a: Fraction) -> Quotient:
        """|f|^a for rational a."""
        slot = self.base.own_slot(f)
        if slot is not None and self.base.generators[slot].kind == "sign":
            return self.base.rational(1)
        inner, degree = self.origin(f)
        if degree != 1:
            return self.absolute_power(inner, a / degree)
        whole = math.floor(a)
        result = self.base.pow(self.absolute(f), whole) if whole else self.base.rational(1)
        return self.base.mul(result, self.tower(f, a - whole)) if a != whole else result

    def origin(self, f: Poly) -> tuple[Poly, int]:
        """(g, q) if f is the generator of g^(1/q) > 0, else (f, 1)."""
        slot = self.base.own_slot(f)
        if slot is not None:
            generator = self.base.generators[slot]
            if generator.kind in {"root", "exp"} and generator.positive and generator.payload is not None:
                inner, degree = generator.payload
                return inner, degree
        return f, 1

    def tower(self, f: Poly, a: Fraction) -> Quotient:
        """|f|^a for 0 < a < 1, by the generator |f|^(1/L), L a multiple of a's denominator.

        A finer root r' of a base that has one already satisfies r'^k = r, so that the newest expresses all.
        """
        key, q = str(f), a.denominator
        slot = self.base.own_slot(f)
        if key not in self.towers and slot is not None and self.base.generators[slot].kind == "exp":
            self.towers[key] = (1, slot)
        if key not in self.towers:
            nested = self.nested.simpler(f, a)
            if nested is not None:
                return nested
            self.towers[key] = (q, self.new_root(f, q))
        finest, slot = self.finest(f, q)
        return self.base.polynomial(self.base.reduce(self.base.variables[slot] ** int(a * finest)))

    def new_root(self, f: Poly, q: int) -> int:
        """The generator r = |f|^(1/q), r^q = σ_f f."""
        ball = self.base.ball(f)
        value = self.absolute(f).num
        slot = self.base.new(Generator("root", real=True, positive=True, payload=(f, q)))
        if ball is not None:
            self.base.generators[slot].ball = real_root(abs(ball), q)
        self.finish_root(slot, q, value)
        return slot

    def finest(self, f: Poly, q: int) -> tuple[int, int]:
        """(L, slot of |f|^(1/L)) with q a divisor of L, refining the root that there is where necessary."""
        key = str(f)
        finest, slot = self.towers[key]
        if finest % q:
            finer = math.lcm(finest, q)
            if slot in self.exponents:
                raise RefineExponentError(self.exponents[slot], finer // finest)
            slot = self.refine(slot, finer // finest, (f, finer))
            finest = finer
            self.towers[key] = (finest, slot)
        return finest, slot

    def finish_root(self, slot: int, degree: int, value: Poly) -> None:
        """Record the relation of a root."""
        self.base.canonical = False
        self.base.relate(slot, degree, value)

    def refine(self, slot: int, k: int, payload: tuple[Poly, int]) -> int:
        """A generator that is the k-th root of another one of the same character."""
        old = self.base.generators[slot]
        ball = real_root(old.ball, k) if old.ball is not None else None
        log = self.base.mul(old.log, self.base.rational(Fraction(1, k))) if old.log is not None else None
        finer = self.base.new(Generator(old.kind, old.real, old.positive, ball, log, payload))
        self.base.relate(finer, k, self.base.variables[slot])
        return finer

    def root(self, b: Quotient, a: Fraction) -> Quotient:
        """b^a for a rational a that is no integer."""
        if b.num == 0:
            raise CannotProveError
        content, factors = self.factors(b)
        pieces = self.primes(abs(content))
        if self.real_domain and all(self.base.is_real(f) for f, _ in factors):
            if a < 0:
                self.signs.assume(-1 if content < 0 else 1, [f for f, e in factors if e % 2])
            else:
                self.not_negative(b)
            return self.product([(f, e * a) for f, e in pieces + factors])
        outer, rest = self.split(content, factors)
        result = self.product([(f, e * a) for f, e in pieces + outer])
        return self.base.mul(result, self.opaque_root(rest, a))

    def not_negative(self, b: Quotient) -> None:
        """Take in that b ≥ 0 on the domain, where isolated points, at which b vanishes, can be ruled out."""
        if b.num == 0:
            return
        content, factors = self.factors(b)
        others = [f for f, e in factors if e % 2 == 0 or self.signs.known(f)]
        real = all(self.base.is_real(f) for f, _ in factors)
        if real and all(map(self.signs.never_zero, others)) and not self.vanishes_at_infinity(b):
            self.signs.assume(-1 if content < 0 else 1, [f for f, e in factors if e % 2])

    def vanishes_at_infinity(self, b: Quotient) -> bool:
        """Whether b tends to 0 as some tangent of a half angle grows, as 1 + cos x = 2/(1 + t²) does at π."""
        above, below = b.num.degrees(), b.den.degrees()
        return any(g.kind == "tangent" and above[i] < below[i] for i, g in self.base.generators.items())

    def split(self, content: Fraction, factors: list[tuple[Poly, int]]) -> tuple[list[tuple[Poly, int]], Quotient]:
        """The positive part of a product, |f| for each factor, and the rest, which holds the sign."""
        outer: list[tuple[Poly, int]] = []
        rest = self.base.rational(-1 if content < 0 else 1)
        for f, e in factors:
            sign = self.signs.known(f)
            if sign:
                outer.append((f, e))
                rest = self.base.mul(rest, self.base.rational(sign ** (e % 2)))
            elif e % 2 == 0 and self.base.is_real(f):
                outer.append((f, e))
            else:
                rest = self.base.mul(rest, self.base.pow(self.base.polynomial(f), e))
        return outer, rest

    def product(self, powers: list[tuple[Poly, Fraction]]) -> Quotient:
        """Π |f|^a."""
        result = self.base.rational(1)
        for f, a in powers:
            result = self.base.mul(result, self.absolute_power(f, Fraction(a)))
        return result

    def opaque_root(self, rest: Quotient, a: Fraction) -> Quotient:
        """The principal power R^a, by a generator w = D·R^(1/q), w^q = N·D^(q−1)."""
        if rest.num.is_one() and rest.den.is_one():
            return rest
        q = a.denominator
        key = (str(rest.num), str(rest.den), q)
        if key not in self.opaque_roots:
            slot = self.base.new(Generator("root", real=False, positive=False))
            value = self.base.multiply(rest.num, self.base.power(rest.den, q - 1))
            self.finish_root(slot, q, value)
            self.opaque_roots[key] = slot
        w = self.base.quotient(self.base.variables[self.opaque_roots[key]], rest.den)
        whole = math.floor(a)
        part = self.base.pow(w, int((a - whole) * q))
        return self.base.mul(part, self.base.pow(rest, whole)) if whole else part

    # absolute values ----------------------------------------------------------------------------------------------

    def modulus(self, b: Quotient) -> Quotient | None:
        """|b|, or ``None`` where b is not known to be a product of real factors."""
        if b.num == 0:
            return b
        content, factors = self.factors(b)
        if not all(self.base.is_real(f) for f, _ in factors):
            return None
        return self.base.mul(self.base.rational(abs(content)), self.product([(f, Fraction(e)) for f, e in factors]))


def real_root(ball: object, k: int) -> object:
    """An enclosure of the k-th root of a positive ball."""
    with ctx.workprec(256):
        return (arb(ball).log() / k).exp()
