"""Sines and cosines over the tangents of half angles.

With t = tan(φ/2): sin φ = 2t/(1 + t²), cos φ = (1 − t²)/(1 + t²), rational and without a relation. The angles that
occur are put over a basis b_1, …, b_n of their rational linear span; φ_j = b_j/L_j with L_j the common denominator of
the coefficients met, multiples by (1 + it)^{2k}, sums by the addition formulas. Where some t_j is infinite (φ_j = π)
the claims follow by continuity. Multiples of π/2 are split off exactly, and asin u, acos u, atan u resolve:
sin(atan u) = u/√(1 + u²), cos(asin u) = √(1 − u²) ≥ 0.
"""

from __future__ import annotations

import math
from fractions import Fraction

from derivcheck.normal.exponentials import is_plain_polynomial
from derivcheck.normal.field import CannotProveError, Field, Generator, Quotient, TooLargeError
from derivcheck.normal.linear import combination
from derivcheck.normal.powers import Powers

MAX_MULTIPLE = 40
Pair = tuple[Quotient, Quotient]  # (sin, cos)


class RefineAngleError(Exception):
    """An angle of the basis must be divided further: start again with this denominator.

    Args:
        index: which vector of the basis.
        denominator: what its denominator must be a multiple of.
    """

    def __init__(self, index: int, denominator: int) -> None:
        super().__init__()
        self.index = index
        self.denominator = denominator


class Angles:
    """The trigonometric kernels over one field.

    Args:
        base: the field.
        powers: its powers.
        denominators: L_j for each angle of the basis, as far as known from an earlier attempt.
    """

    def __init__(self, base: Field, powers: Powers, denominators: dict[int, int]) -> None:
        self.base = base
        self.powers = powers
        self.denominators = denominators
        self.basis: list[tuple[Quotient, int]] = []
        self.pi: int | None = None

    def sine_cosine(self, v: Quotient) -> Pair:
        """(sin v, cos v)."""
        result: Pair = (self.base.rational(0), self.base.rational(1))
        if v.den.is_constant():
            result, v = self.special_parts(v)
        else:
            whole, part = self.base.divided(v)
            if whole.num != 0:
                result, left = self.special_parts(whole)
                v = self.base.add(left, part)
        if v.num == 0:
            return result
        coefficients = combination(self.base, [b for b, _ in self.basis], v)
        if coefficients is None:
            coefficients = [Fraction(0)] * len(self.basis) + [Fraction(1)]
            if not is_plain_polynomial(self.base, v):
                self.base.canonical = False
            real = self.base.is_real(v.num) and self.base.is_real(v.den)
            self.basis.append((v, self.base.new(Generator("tangent", real=real, positive=False))))
        for j, c in enumerate(coefficients):
            multiple = c * self.denominators.get(j, 1)
            if multiple.denominator != 1:
                raise RefineAngleError(j, c.denominator)
            if multiple:
                result = self.add_angles(result, self.multiple(self.basis[j][1], int(multiple)))
        return result

    def add_angles(self, first: Pair, second: Pair) -> Pair:
        """The addition formulas."""
        mul, add, negate = self.base.mul, self.base.add, self.base.negate
        (s, c), (u, w) = first, second
        if s.num == 0:
            return (u, w) if c.num == 1 and c.den == 1 else (mul(c, u), mul(c, w))
        return add(mul(s, w), mul(c, u)), add(mul(c, w), negate(mul(s, u)))

    def multiple(self, slot: int, k: int) -> Pair:
        """(sin kφ, cos kφ) from t = tan(φ/2): the parts of (1 − t² + 2it)^|k| / (1 + t²)^|k|."""
        if abs(k) > MAX_MULTIPLE:
            raise TooLargeError
        t = self.base.variables[slot]
        real, imaginary = self.base.one, self.base.zero
        for _ in range(abs(k)):
            real, imaginary = real * (1 - t**2) - imaginary * 2 * t, real * 2 * t + imaginary * (1 - t**2)
        below = (1 + t**2) ** abs(k)
        sine = imaginary if k > 0 else -imaginary
        return self.base.quotient(sine, below), self.base.quotient(real, below)

    def special_parts(self, v: Quotient) -> tuple[Pair, Quotient]:
        """The sine and cosine of the multiples of π and of inverse functions in v, and what is left of v."""
        below = int(v.den.leading_coefficient())
        result: Pair = (self.base.rational(0), self.base.rational(1))
        rest = v
        for monomial, coefficient in v.num.terms():
            slots = [i for i, e in enumerate(monomial) if e]
            if len(slots) != 1 or monomial[slots[0]] != 1:
                continue
            k = Fraction(int(coefficient), below)
            kind = self.base.generators[slots[0]].kind
            taken, pair = k, None
            if slots[0] == self.pi:
                taken, pair = self.turn(k)
            elif kind in {"asin", "atan"} and k.denominator == 1:
                pair = self.inverse_multiple(slots[0], int(k))
            if pair is not None:
                result = self.add_angles(result, pair)
                part = self.base.mul(self.base.rational(taken), self.base.generator(slots[0]))
                rest = self.base.add(rest, self.base.negate(part))
        return result, rest

    def turn(self, k: Fraction) -> tuple[Fraction, Pair]:
        """The part of kπ whose sine and cosine are written down: all of it for twelfths known by roots, else halves."""
        number, root = self.base.rational, self.powers.root
        half = Fraction(1, 2)
        quarter_turns = math.floor(k * 2)
        left = k - quarter_turns * half
        if left == 0:
            pair: Pair | None = (number(0), number(1))
        elif left == Fraction(1, 4):
            pair = (root(number(half), half), root(number(half), half))
        elif left in {Fraction(1, 6), Fraction(1, 3)}:
            pair = (number(half), self.base.mul(root(number(3), half), number(half)))
            pair = pair if left == Fraction(1, 6) else (pair[1], pair[0])
        else:
            pair = None
        taken = k if pair is not None else quarter_turns * half
        pair = pair or (number(0), number(1))
        for _ in range(quarter_turns % 4):
            pair = (pair[1], self.base.negate(pair[0]))
        return taken, pair

    def inverse_multiple(self, slot: int, k: int) -> Pair:
        """(sin, cos) of k·asin u or k·atan u."""
        if abs(k) > MAX_MULTIPLE:
            raise TooLargeError
        mul, add, number = self.base.mul, self.base.add, self.base.rational
        generator = self.base.generators[slot]
        if generator.payload is None:
            raise CannotProveError
        u = generator.payload
        if generator.kind == "asin":
            one = (u, self.powers.root(add(number(1), self.base.negate(mul(u, u))), Fraction(1, 2)))
        else:
            cosine = self.powers.root(add(number(1), mul(u, u)), Fraction(-1, 2))
            one = (mul(u, cosine), cosine)
        if k < 0:
            one = (self.base.negate(one[0]), one[1])
        result = one
        for _ in range(abs(k) - 1):
            result = self.add_angles(result, one)
        return result
