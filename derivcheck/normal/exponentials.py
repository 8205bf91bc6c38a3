"""Logarithms and exponentials over a field of generators.

log B = log|c| + Σ e_i log|f_i| for B = c · Π f_i^{e_i} > 0 (see :mod:`derivcheck.normal.powers`), one generator log|f|
for each irreducible factor and prime. Exponents are put over a basis of their rational linear span, and
exp(c_1 v_1 + c_2 v_2) = exp(v_1)^{c_1} · exp(v_2)^{c_2}; k · log|f| in an exponent leaves it as |f|^k.
"""

from __future__ import annotations

import math
from fractions import Fraction

from flint import ctx

from derivcheck.normal.field import Field, Generator, Poly, Quotient, TooLargeError
from derivcheck.normal.linear import combination
from derivcheck.normal.powers import Powers


class Exponentials:
    """The logarithms and exponentials over one field.

    Args:
        base: the field.
        powers: its powers, which hold the reading too.
        denominators: divisions of the exponents known to be needed, so that no polynomial is factored in exp(2v) first
            and in exp(v) later.
    """

    def __init__(self, base: Field, powers: Powers, denominators: dict[int, int]) -> None:
        self.base = base
        self.powers = powers
        self.denominators = denominators
        self.logs: dict[str, int] = {}
        self.exponents: list[tuple[Quotient, int]] = []

    # logarithms ---------------------------------------------------------------------------------------------------

    def log(self, b: Quotient) -> Quotient:
        """The logarithm that stands in an expression: real, so its argument is positive (in the real reading)."""
        content, factors = self.powers.factors(b)
        if self.powers.real_domain and all(self.base.is_real(f) for f, _ in factors):
            self.powers.signs.assume(-1 if content < 0 else 1, [f for f, e in factors if e % 2])
            return self.log_modulus(content, factors)
        return self.principal_log(b)

    def log_modulus(self, content: Fraction, factors: list[tuple[Poly, int]]) -> Quotient:
        """log|c| + Σ e·log|f|."""
        terms = [
            self.base.mul(self.base.rational(e), self.log_factor(f))
            for f, e in self.powers.primes(abs(content)) + factors
        ]
        return self.base.total(terms)

    def log_factor(self, f: Poly) -> Quotient:
        """log|f|: known for generators that are powers, else a generator."""
        slot = self.base.own_slot(f)
        if slot is not None:
            if self.base.generators[slot].kind == "sign":
                return self.base.rational(0)
            log = self.base.generators[slot].log
            if log is not None and self.base.generators[slot].positive:
                return log
            inner, degree = self.powers.origin(f)
            if degree != 1:
                return self.base.mul(self.base.rational(Fraction(1, degree)), self.log_factor(inner))
        key = str(f)
        if key not in self.logs:
            found = self.powers.nested.conjugate(f, self.logs)
            if found is not None and found[1] != 0:
                above = self.log_modulus(*self.powers.factors(self.base.polynomial(found[1])))
                return self.base.add(above, self.base.negate(self.log_factor(found[0])))
            ball = self.base.ball(f)
            self.logs[key] = self.base.new(Generator("log", real=True, positive=False, payload=(f, True)))
            self.base.canonical = False
            if ball is not None:
                with ctx.workprec(256):
                    self.base.generators[self.logs[key]].ball = abs(ball).log()
        return self.base.generator(self.logs[key])

    def principal_log(self, b: Quotient) -> Quotient:
        """The principal logarithm of a number of which nothing is assumed: log(g·R) = log g + log R for g > 0."""
        content, factors = self.powers.factors(b)
        outer, rest = self.powers.split(content, factors)
        result = self.log_modulus(content, outer)
        if rest.num.is_one() and rest.den.is_one():
            return result
        self.powers.signs.wanted = True
        key = f"principal {rest.num} / {rest.den}"
        if key not in self.logs:
            self.logs[key] = self.base.new(Generator("log", real=False, positive=False, payload=(rest, False)))
            self.base.canonical = False
        return self.base.add(result, self.base.generator(self.logs[key]))

    # exponentials -------------------------------------------------------------------------------------------------

    def exp(self, v: Quotient, *, real: bool = False) -> Quotient:
        """The exponential: multiples of logarithms leave as powers, the rest is put over a basis of exponents.

        Args:
            v: the exponent.
            real: whether the value is known to be real though v may not be, as that of (−2)^n, n an integer.
        """
        result, v = self.take_logs(v)
        if v.num == 0:
            return result
        coefficients = combination(self.base, [b for b, _ in self.exponents], v)
        if coefficients is None:
            index = len(self.exponents)
            parts = self.denominators.get(index, 1)
            part = self.base.mul(v, self.base.rational(Fraction(1, parts)))
            coefficients = [Fraction(0)] * index + [Fraction(parts)]
            self.exponents.append((part, self.exponential(part)))
            self.powers.exponents[self.exponents[-1][1]] = index
        used = [(slot, c) for (_, slot), c in zip(self.exponents, coefficients, strict=True) if c]
        if real and len(used) == 1 and abs(used[0][1]) == 1:
            self.base.generators[used[0][0]].real = True
        for slot, c in used:
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
        f = self.base.variables[slot]
        self.powers.towers.setdefault(str(f), (1, slot))
        finest, finest_slot = self.powers.finest(f, c.denominator)
        exponent = int(c * finest)
        if abs(exponent) > 400:
            raise TooLargeError
        power = self.base.polynomial(self.base.reduce(self.base.variables[finest_slot] ** abs(exponent)))
        return power if exponent > 0 else self.base.invert(power)

    def take_logs(self, v: Quotient) -> tuple[Quotient, Quotient]:
        """Powers for the terms k·log f (k rational for real logarithms, integer for principal ones); the rest."""
        result = self.base.rational(1)
        if not v.den.is_constant():
            whole, part = self.base.divided(v)
            if whole.num == 0:
                return result, v
            result, left = self.take_logs(whole)
            return result, self.base.add(left, part)
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
            return self.powers.absolute_power(inner, k), Fraction(0)
        whole = math.floor(k)
        return self.base.pow(inner, whole), k - whole


def is_plain_polynomial(base: Field, v: Quotient) -> bool:
    """Whether v is a polynomial in symbols, with rational coefficients and no constant term."""
    if not v.den.is_constant():
        return False
    return all(any(m) for m in v.num.monoms()) and all(base.generators[i].kind == "symbol" for i in base.used(v.num))
