"""Roots, logarithms, exponentials and absolute values over a field of generators.

Let B = c · Π f_i^{e_i}, c rational and the f_i irreducible polynomials over the generators.

*Real reading* (``real_domain``): where B^{p/q}, q > 1, is real by the convention that a root takes no negative number,
B ≥ 0, hence B^{p/q} = |c|^{p/q} · Π (|f_i|^{1/q})^{p e_i}: every root splits into roots of the irreducible factors,
r_i = |f_i|^{1/q} with r_i^q = σ_i f_i. Likewise log B = log|c| + Σ e_i log|f_i|. Each adds the fact B ≥ 0. Thus
√(x²) is σ_x·x and √a·√b is √(ab) exactly where both are real.

*Principal reading*: nothing is assumed of B. Positive factors are split off, (g·R)^{1/q} = g^{1/q}·R^{1/q} for g > 0
and any complex R, and the rest stays one generator w with w^q = R. It holds for principal complex values as well, so it
also decides identities whose two sides are nowhere real together.

A power with a symbolic exponent is exp(e · log B) with the *principal* log in both readings, for B may be negative where
e happens to be an integer: positive factors are split off, the rest of B is kept whole.
"""

from __future__ import annotations

import math
from fractions import Fraction

from flint import arb, ctx, fmpz

from derivcheck.normal.field import CannotProveError, Field, Generator, Poly, Quotient, TooLargeError
from derivcheck.normal.linear import combination
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
        self.logs: dict[str, int] = {}
        self.exponents: list[tuple[Quotient, int]] = []
        self.opaque_roots: dict[tuple[str, str, int], int] = {}
        self.used_principal_log = False

    # factors ------------------------------------------------------------------------------------------------------

    def factors(self, b: Quotient) -> tuple[Fraction, list[tuple[Poly, int]]]:
        """b = c · Π f^e with the f primitive, irreducible where the polynomial is small, leading coefficient positive."""
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
        inner, degree = self.origin(f)
        if degree != 1:
            return self.absolute_power(inner, a / degree)
        whole = math.floor(a)
        result = self.base.pow(self.absolute(f), whole) if whole else self.base.rational(1)
        return self.base.mul(result, self.tower(f, a - whole)) if a != whole else result

    def origin(self, f: Poly) -> tuple[Poly, int]:
        """(g, q) if f is the generator of g^(1/q) > 0, else (f, 1)."""
        used = self.base.used(f)
        if len(used) == 1 and f == self.base.variables[used[0]]:
            generator = self.base.generators[used[0]]
            if generator.kind in {"root", "exp"} and generator.positive and generator.payload is not None:
                inner, degree = generator.payload
                return inner, degree
        return f, 1

    def tower(self, f: Poly, a: Fraction) -> Quotient:
        """|f|^a for 0 < a < 1, by the generator |f|^(1/L), L a multiple of a's denominator.

        A finer root r' of a base that has one already satisfies r'^k = r, so that the newest expresses all.
        """
        key, q = str(f), a.denominator
        used = self.base.used(f)
        if key not in self.towers and len(used) == 1 and str(self.base.variables[used[0]]) == key:
            if self.base.generators[used[0]].kind == "exp":
                self.towers[key] = (1, used[0])
        if key not in self.towers:
            ball = self.base.ball(f)
            slot = self.base.new(Generator("root", real=True, positive=True, payload=(f, q)))
            if ball is not None:
                self.base.generators[slot].ball = real_root(abs(ball), q)
            self.finish_root(slot, q, self.absolute(f).num)
            self.towers[key] = (q, slot)
        finest, slot = self.towers[key]
        if finest % q:
            finer = math.lcm(finest, q)
            slot = self.refine(slot, finer // finest, (f, finer))
            self.towers[key] = (finer, slot)
            finest = finer
        exponent = int(a * finest)
        return self.base.polynomial(self.base.reduce(self.base.variables[slot] ** exponent))

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
            self.signs.assume(-1 if content < 0 else 1, [f for f, e in factors if e % 2])
            return self.product([(f, e * a) for f, e in pieces + factors])
        outer, rest = self.split(content, factors)
        result = self.product([(f, e * a) for f, e in pieces + outer])
        return self.base.mul(result, self.opaque_root(rest, a))

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

    def modulus(self, b: Quotient) -> Quotient:
        """|b| for a real b."""
        if b.num == 0:
            return b
        content, factors = self.factors(b)
        if not all(self.base.is_real(f) for f, _ in factors):
            raise CannotProveError
        return self.base.mul(self.base.rational(abs(content)), self.product([(f, Fraction(e)) for f, e in factors]))

    # logarithms ---------------------------------------------------------------------------------------------------

    def log(self, b: Quotient) -> Quotient:
        """The logarithm that stands in an expression: real, so its argument is positive (in the real reading)."""
        content, factors = self.factors(b)
        if self.real_domain and all(self.base.is_real(f) for f, _ in factors):
            self.signs.assume(-1 if content < 0 else 1, [f for f, e in factors if e % 2])
            return self.log_modulus(content, factors)
        return self.principal_log(b)

    def log_modulus(self, content: Fraction, factors: list[tuple[Poly, int]]) -> Quotient:
        """log|c| + Σ e·log|f|."""
        terms = [
            self.base.mul(self.base.rational(e), self.log_factor(f)) for f, e in self.primes(abs(content)) + factors
        ]
        return self.base.total(terms)

    def log_factor(self, f: Poly) -> Quotient:
        """log|f|: known for generators that are powers, else a generator."""
        used = self.base.used(f)
        if len(used) == 1 and f == self.base.variables[used[0]]:
            generator = self.base.generators[used[0]]
            if generator.log is not None and generator.positive:
                return generator.log
            inner, degree = self.origin(f)
            if degree != 1:
                return self.base.mul(self.base.rational(Fraction(1, degree)), self.log_factor(inner))
        key = str(f)
        if key not in self.logs:
            ball = self.base.ball(f)
            self.logs[key] = self.base.new(Generator("log", real=True, positive=False, payload=(f, True)))
            self.base.canonical = False
            if ball is not None:
                with ctx.workprec(256):
                    self.base.generators[self.logs[key]].ball = abs(ball).log()
        return self.base.generator(self.logs[key])

    def principal_log(self, b: Quotient) -> Quotient:
        """The principal logarithm of a number of which nothing is assumed: log(g·R) = log g + log R for g > 0."""
        content, factors = self.factors(b)
        outer, rest = self.split(content, factors)
        result = self.log_modulus(content, outer)
        if rest.num.is_one() and rest.den.is_one():
            return result
        self.used_principal_log = True
        key = f"principal {rest.num} / {rest.den}"
        if key not in self.logs:
            self.logs[key] = self.base.new(Generator("log", real=False, positive=False, payload=(rest, False)))
            self.base.canonical = False
        return self.base.add(result, self.base.generator(self.logs[key]))

    # exponentials -------------------------------------------------------------------------------------------------

    def exp(self, v: Quotient) -> Quotient:
        """exp(v): multiples of logarithms leave as powers, the rest is put over a basis of exponents."""
        result, v = self.take_logs(v)
        if v.num == 0:
            return result
        coefficients = combination(self.base, [b for b, _ in self.exponents], v)
        if coefficients is None:
            coefficients = [Fraction(0)] * len(self.exponents) + [Fraction(1)]
            self.exponents.append((v, self.exponential(v)))
        for (_, slot), c in zip(self.exponents, coefficients, strict=True):
            if c:
                result = self.base.mul(result, self.exponential_power(slot, c))
        return result

    def exponential(self, v: Quotient) -> int:
        """A new generator exp(v)."""
        if not is_plain_polynomial(self.base, v):
            self.base.canonical = False
        real = self.base.is_real(v.num) and self.base.is_real(v.den)
        ball = None
        top, bottom = self.base.ball(v.num), self.base.ball(v.den)
        if top is not None and bottom is not None:
            with ctx.workprec(256):
                ball = (top / bottom).exp()
        return self.base.new(Generator("exp", real, real, ball, v if real else None))

    def exponential_power(self, slot: int, c: Fraction) -> Quotient:
        """exp(v)^c, by the finest root of exp(v) that there is."""
        key = str(self.base.variables[slot])
        finest, finest_slot = self.towers.get(key, (1, slot))
        if finest % c.denominator:
            finer = math.lcm(finest, c.denominator)
            finest_slot = self.refine(finest_slot, finer // finest, (self.base.variables[slot], finer))
            finest = finer
            self.towers[key] = (finest, finest_slot)
        exponent = int(c * finest)
        if abs(exponent) > 400:
            raise TooLargeError
        power = self.base.polynomial(self.base.reduce(self.base.variables[finest_slot] ** abs(exponent)))
        return power if exponent > 0 else self.base.invert(power)

    def take_logs(self, v: Quotient) -> tuple[Quotient, Quotient]:
        """exp of the terms k·log f (k rational for real logarithms, its integer part for principal ones), and the rest."""
        result = self.base.rational(1)
        if not v.den.is_constant():
            return result, v
        below = int(v.den.leading_coefficient())
        rest: dict[tuple[int, ...], Fraction] = {}
        for monomial, coefficient in v.num.terms():
            k = Fraction(int(coefficient), below)
            power, remaining = self.log_power(monomial, k)
            if power is not None:
                result = self.base.mul(result, power)
            if remaining:
                rest[monomial] = remaining
        scale = math.lcm(*(c.denominator for c in rest.values())) if rest else 1
        num = self.base.context.from_dict({m: int(c * scale) for m, c in rest.items()})
        return result, self.base.quotient(num, self.base.context.constant(scale))

    def log_power(self, monomial: tuple[int, ...], k: Fraction) -> tuple[Quotient | None, Fraction]:
        """exp(k · monomial) if the monomial is a single logarithm, and the part of k that it leaves."""
        slots = [i for i, e in enumerate(monomial) if e]
        if len(slots) != 1 or monomial[slots[0]] != 1 or self.base.generators[slots[0]].kind != "log":
            return None, k
        inner, real = self.base.generators[slots[0]].payload
        if abs(k) > 200:
            raise TooLargeError
        if real:
            return self.absolute_power(inner, k), Fraction(0)
        whole = math.floor(k)
        return self.base.pow(inner, whole), k - whole


def real_root(ball: object, k: int) -> object:
    """An enclosure of the k-th root of a positive ball."""
    with ctx.workprec(256):
        return (arb(ball).log() / k).exp()


def is_plain_polynomial(base: Field, v: Quotient) -> bool:
    """Whether v is a polynomial in symbols, with rational coefficients and no constant term."""
    if not v.den.is_constant():
        return False
    return all(any(m) for m in v.num.monoms()) and all(base.generators[i].kind == "symbol" for i in base.used(v.num))
