"""Quotients as expressions: terms in the variables' order, the numerator over the denominator."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Expr
from derivcheck.nonsmooth.cells import INTEGER
from derivcheck.nonsmooth.definite import definite
from derivcheck.nonsmooth.quotients import Field, Poly, Quotient, terms

ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATE, POWER = "add", "sub", "mul", "div", "neg", "power"


class Writer:
    """Writes quotients over one field.

    Args:
        base: the field.
        integer: the name of the symbol that stands for any integer.
    """

    def __init__(self, base: Field, integer: str = "k") -> None:
        self.base, self.integer = base, integer
        self.builder = ExprBuilder()
        self._generators: dict[int, int] = {}

    def expr(self, a: Quotient) -> Expr:
        """The quotient as an expression."""
        return self.builder.build(self._quotient(a))

    def size(self, a: Quotient, *, negative: bool = False) -> Expr:
        """The absolute value of a quotient, or its negative; |c·a| as c·|a|."""
        if not a.den.is_constant():
            place = self.builder.call("abs", self._quotient(a))
            return self.builder.build(self.builder.call(NEGATE, place) if negative else place)
        content, factors = self.base.factors(a.num) if not a.is_zero else (Fraction(0), ())
        places = [] if abs(content) == 1 and factors else [self._number(abs(content))]
        for f, e in factors:
            known = definite(self.base, f)[0]
            inner = self._poly(-f if known < 0 else f)
            places.append(self._raised(inner if known or e % 2 == 0 else self.builder.call("abs", inner), e))
        return self.builder.build(self._multiplied(places, negative))

    def _multiplied(self, places: list[int], negative: bool) -> int:
        """A product, the sign at its first factor."""
        place = self.builder.call(NEGATE, places[0]) if negative else places[0]
        for factor in places[1:]:
            place = self.builder.call(MULTIPLY, place, factor)
        return place

    def _quotient(self, a: Quotient) -> int:
        if a.den.is_constant():
            return self._factored(a.num)
        top_content, _ = self.base.factors(a.num) if not a.num.is_zero() else (Fraction(0), ())
        scale = Fraction(1)
        for _, c in terms(a.den):
            scale *= Fraction(c.denominator, 1) if (scale * c).denominator != 1 else 1
        factor = self.base.constant(scale).num
        top, bottom = a.num * factor, a.den * factor
        if top_content and all(c < 0 for _, c in terms(bottom)):
            top, bottom = -top, -bottom
        return self.builder.call(DIVIDE, self._factored(top), self._factored(bottom))

    def _factored(self, p: Poly) -> int:
        """A product where there is more than one factor, else a sum."""
        if p.is_constant():
            return self._poly(p)
        content, factors = self.base.factors(p)
        if len(factors) == 1 and factors[0][1] == 1 and content.denominator == 1 and abs(content) == 1:
            return self._poly(p)
        if len(factors) == 1 and factors[0][1] == 1 and len(terms(p)) == 1:
            return self._poly(p)
        places = [self._number(Fraction(abs(content.numerator)))] if abs(content.numerator) != 1 else []
        negative = content < 0
        for f, e in sorted(factors, key=lambda f: len(f[0]) > 1):
            turned = negative and len(f) > 1 and e % 2 == 1 and not places
            places.append(self._raised(self._poly(-f if turned else f), e))
            negative = negative and not turned
        place = self._multiplied(places, negative)
        below = content.denominator
        return place if below == 1 else self.builder.call(DIVIDE, place, self._number(Fraction(below)))

    def _ordered(self, p: Poly) -> list[tuple[tuple[int, ...], Fraction]]:
        """The terms, positive ones first, numbers last."""
        found = terms(p)
        return sorted(found, key=lambda t: (t[1] < 0, not any(t[0])))

    def _poly(self, p: Poly) -> int:
        if p.is_zero():
            return self._number(Fraction(0))
        first, *others = self._ordered(p)
        place = self._term(first[0], abs(first[1]), first[1] < 0)
        for exponents, c in others:
            place = self.builder.call(SUBTRACT if c < 0 else ADD, place, self._term(exponents, abs(c)))
        return place

    def _term(self, exponents: tuple[int, ...], c: Fraction, negative: bool = False) -> int:
        places = [self._raised(self._generator(k), e) for k, e in enumerate(exponents) if e]
        if not places or c.numerator != 1:
            places.insert(0, self._number(Fraction(c.numerator)))
        place = self._multiplied(places, negative)
        below = c.denominator
        return place if below == 1 else self.builder.call(DIVIDE, place, self._number(Fraction(below)))

    def _raised(self, place: int, exponent: int) -> int:
        return place if exponent == 1 else self.builder.call(POWER, place, params=(exponent,))

    def _number(self, value: Fraction) -> int:
        top = self.builder.number(abs(value.numerator))
        signed = self.builder.call(NEGATE, top) if value < 0 else top
        if value.denominator == 1:
            return signed
        return self.builder.call(DIVIDE, signed, self.builder.number(value.denominator))

    def _generator(self, slot: int) -> int:
        if slot not in self._generators:
            generator = self.base.generators[slot]
            if generator.is_variable:
                place = self.builder.name(generator.name)
            elif generator.root == 2:
                place = self.builder.call("sqrt", self._quotient(generator.args[0]))
            elif not generator.args and not generator.params and generator.name == INTEGER:
                place = self.builder.name(self.integer)
            else:
                args = [self._quotient(a) for a in generator.args]
                place = self.builder.call(generator.name, *args, params=generator.params)
            self._generators[slot] = place
        return self._generators[slot]
