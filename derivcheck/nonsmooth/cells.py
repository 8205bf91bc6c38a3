"""The kernel on quotients: a loss as one smooth formula, on one side of a surface or on the surface itself.

Every branch asks for signs of irreducible polynomials. In a cell each of them has one sign; the cells that occur are
enumerated by :func:`cells`. The surface f = 0 that is looked at has the sign of the side, and the sign of another
polynomial is that of what it becomes on the surface.

The file is longer than most: it is one kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import Any, TypeVar

from derivcheck.nonsmooth.definite import definite, implied_sign
from derivcheck.nonsmooth.quotients import Field, Poly, Quotient, terms
from derivcheck.numbers.conditions import TwoValued
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import REFUSALS, DomainError, UndecidedError
from derivcheck.numbers.pieces import following
from derivcheck.ops.evaluate import compiled, evaluator
from derivcheck.ops.row import CONSTANT, Op, Role, trace
from derivcheck.ops.table import TABLE

T = TypeVar("T")
Memo = dict[tuple[str, tuple[tuple[str, int], ...]], int]
"""The sign of a polynomial that follows from others, 0 if none does."""
_ONE = Fraction(1)
_LARGEST_POWER = 64
_EXACT = Exact()


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Where an irreducible polynomial over the generators vanishes.

    Attributes:
        poly: the polynomial f.
        slot: the generator that f = 0 is solved for; None if there is none.
        solution: what it is on the surface.
        thin: f is nowhere negative and vanishes only where all of these polynomials do.
    """

    poly: Poly
    slot: int | None = None
    solution: Quotient | None = None
    thin: tuple[Poly, ...] = ()


@dataclass(slots=True)
class Choices:
    """The signs of polynomials in one cell; ``plan`` are those of the first that are asked for."""

    plan: tuple[int, ...] = ()
    signs: dict[str, int] = field(default_factory=dict)
    polys: dict[str, Poly] = field(default_factory=dict)
    memo: Memo = field(default_factory=dict)
    _implied: dict[str, int] = field(default_factory=dict)

    def sign(self, p: Poly) -> int:
        """The sign that the cell gives to an irreducible polynomial."""
        key = str(p)
        if key in self._implied:
            return self._implied[key]
        if key not in self.signs:
            known = tuple(self.signs.items())
            if (key, known) not in self.memo:
                self.memo[key, known] = implied_sign(p, [(self.polys[k], s) for k, s in known])
            implied = self.memo[key, known]
            if implied:
                self._implied[key] = implied
                return implied
            self.signs[key] = self.plan[len(self.signs)] if len(self.signs) < len(self.plan) else 1
            self.polys[key] = p
        return self.signs[key]


def cells(run: Callable[[Choices], T], limit: int, memo: Memo) -> Iterator[tuple[Choices, T]]:
    """What ``run`` gives for every choice of the signs that it asks for; ``memo`` keeps what follows from what.

    Raises:
        UndecidedError: there are more than ``limit`` cells.
    """
    plan: tuple[int, ...] | None = ()
    count = 0
    while plan is not None:
        if count == limit:
            raise UndecidedError(f"more than {limit} combinations of signs")
        choices = Choices(plan, memo=memo)
        result = run(choices)
        count += 1
        yield choices, result
        plan = following(tuple(choices.signs.values()))


class Cell(TwoValued):
    """The kernel of one cell.

    Args:
        base: the field of quotients.
        choices: the signs.
        surface: the surface that is looked at, if any.
        side: 1 where its polynomial is positive, -1 where negative, 0 on the surface.
    """

    def __init__(self, base: Field, choices: Choices, surface: Surface | None = None, side: int = 1) -> None:
        self.base, self.choices, self.surface, self.side = base, choices, surface, side
        self.met: dict[str, Poly] = {}
        self.whole: list[Quotient] = []
        self.checking = True
        self.noted = ""
        self._slopes: dict[tuple[int, str], Quotient] = {}
        self._restricted: dict[int, Quotient] = {}
        self._pending: set[int] = set()

    # Signs

    def sign_of(self, a: Quotient) -> int:
        """The sign of a quotient in the cell: 0 only where it vanishes on the whole of it."""
        if a.is_zero:
            return 0
        below = self._sign(a.den)
        if below == 0:
            raise DomainError("division by 0")
        return self._sign(a.num) * below

    def _sign(self, p: Poly) -> int:
        content, factors = self.base.factors(p)
        sign = 1 if content > 0 else -1
        for f, exponent in factors:
            found = self._factor_sign(f)
            if found == 0:
                return 0
            sign *= found if exponent % 2 else 1
        return sign

    def _factor_sign(self, f: Poly) -> int:
        same = self._argument(f)
        if same is not None:
            return self.sign_of(same)
        known, never_zero = definite(self.base, f)
        if self.surface is not None and f == self.surface.poly:
            return self.side if not known else known * abs(self.side)
        if not never_zero:
            self.met[str(f)] = f
        if known:
            return known
        if self.surface is None:
            return self.choices.sign(f)
        there = self.restricted(Quotient(f, self.base.one_poly))
        if there.is_zero:
            raise UndecidedError("two surfaces that fall together")
        sign = 1
        for p in (there.num, there.den):
            content, factors = self.base.factors(p)
            sign *= 1 if content > 0 else -1
            for g, exponent in factors:
                own = definite(self.base, g)[0] or self.choices.sign(g)
                sign *= own if exponent % 2 else 1
        return sign

    def _argument(self, f: Poly) -> Quotient | None:
        """What has the sign of f where f is a monotone function of it less its value at 0 or 1, as e^a - 1 has a's."""
        used = self.base.used(f)
        generator = self.base.generators[used[0]] if len(used) == 1 else None
        if generator is None or len(generator.args) != 1 or int(f.degrees()[used[0]]) != 1:
            return None
        monotone = 0 if generator.root else TABLE[generator.name].monotone
        if not monotone:
            return None
        level = self.base.quotient(-(f - f.derivative(used[0]) * self.base.gens[used[0]]), f.derivative(used[0]))
        turned = monotone * (1 if f.derivative(used[0]).leading_coefficient() > 0 else -1)
        for place in (self.base.zero, self.base.one):
            try:
                value = self._number(generator.name, generator.params, (place,))
            except REFUSALS:
                continue
            if value is not None and value.same(level):
                found = self.base.sub(generator.args[0], place)
                return found if turned > 0 else self.base.neg(found)
        return None

    # On the surface

    def restricted(self, a: Quotient) -> Quotient:
        """What a quotient is on the surface; where it was not solved, its remainder."""
        surface = self.surface
        if surface is None:
            return a
        if surface.slot is None or surface.solution is None:
            num, den = (divmod(p, surface.poly)[1] for p in (a.num, a.den))
            return self.base.quotient(num, den)
        return self.base.replaced(a, {k: self._on_surface(k) for k in self.base.used(a.num, a.den)})

    def _on_surface(self, slot: int) -> Quotient:
        surface, generator = self.surface, self.base.generators[slot]
        if surface is not None and slot == surface.slot and surface.solution is not None:
            return surface.solution
        if generator.is_variable or not generator.args:
            return Quotient(self.base.gens[slot], self.base.one_poly)
        if slot in self._pending:
            raise UndecidedError("a root whose sign depends on itself")
        if slot not in self._restricted:
            self._pending.add(slot)
            try:
                args = tuple(self.restricted(a) for a in generator.args)
                unchanged = all(a.same(b) for a, b in zip(args, generator.args, strict=True))
                self._restricted[slot] = (
                    Quotient(self.base.gens[slot], self.base.one_poly)
                    if unchanged
                    else self._again(generator.name, generator.params, args, generator.root)
                )
            finally:
                self._pending.discard(slot)
        return self._restricted[slot]

    def _again(self, row: str, params: tuple[Fraction, ...], args: tuple[Quotient, ...], root: int) -> Quotient:
        if root:
            return self.power(args[0], Fraction(1, root))
        kernel = TABLE[row].kernel
        return getattr(self, kernel)(*args, *params) if kernel else self._opaque(row, params, args)

    # Slopes

    def slope(self, a: Quotient, variable: str) -> Quotient:
        """The derivative of a quotient by a variable."""
        self.checking = False
        try:
            return self.base.slope(a, lambda k: self._generator_slope(k, variable))
        finally:
            self.checking = True

    def _generator_slope(self, slot: int, variable: str) -> Quotient:
        generator = self.base.generators[slot]
        if variable not in generator.depends:
            return self.base.zero
        if generator.is_variable:
            return self.base.one
        if (slot, variable) not in self._slopes:
            out = Quotient(self.base.gens[slot], self.base.one_poly)
            total = self.base.zero
            for j, arg in enumerate(generator.args):
                inner = self.base.slope(arg, lambda k: self._generator_slope(k, variable))
                if inner.is_zero:
                    continue
                program = TABLE[generator.name].local_program(j, len(generator.args), generator.params)
                if program is None:
                    raise UndecidedError("an operation without a derivative")
                local = compiled(program, self)(*generator.args, out)
                total = self.base.add(total, self.base.mul(local, inner))
            self._slopes[slot, variable] = total
        return self._slopes[slot, variable]

    # The kernel

    def native(self, op: Op, params: tuple[Fraction, ...]) -> Callable[..., Any] | None:
        """Operations that are analytic on their whole domain, though their bodies branch, are left as they stand."""
        if op.kernel or op.switches or op.role is not Role.ORDINARY or not op.local or not _branches(op, params):
            return None
        return lambda *args: self._opaque(op.name, params, args)

    def _opaque(self, row: str, params: tuple[Fraction, ...], args: tuple[Quotient, ...]) -> Quotient:
        op = TABLE[row]
        if self.checking:
            for cell in op.domain:
                if not compiled(trace(cell, len(args), params), self)(*args):
                    raise DomainError(f"{row} is not a real number")
        return self._number(row, params, args) or self.base.applied(row, params, args)

    def _number(self, row: str, params: tuple[Fraction, ...], args: tuple[Quotient, ...]) -> Quotient | None:
        """The value at rational arguments, if it is rational."""
        numbers = [r for a in args if (r := a.rational) is not None]
        if len(numbers) < len(args):
            return None
        found = evaluator(TABLE[row], params, len(args), _EXACT)(*numbers)
        return self.base.constant(found) if isinstance(found, Fraction) else None

    def constant(self, value: Fraction) -> Quotient:
        """The number ``value``."""
        return self.base.constant(value)

    def pi(self) -> Quotient:
        """π."""
        return self.base.applied("pi", (), (), positive=True)

    def add(self, a: Quotient, b: Quotient) -> Quotient:
        """a + b."""
        return self.base.add(a, b)

    def sub(self, a: Quotient, b: Quotient) -> Quotient:
        """a - b."""
        return self.base.sub(a, b)

    def mul(self, a: Quotient, b: Quotient) -> Quotient:
        """a · b."""
        return self.base.mul(a, b)

    def neg(self, a: Quotient) -> Quotient:
        """-a."""
        return self.base.neg(a)

    def div(self, a: Quotient, b: Quotient) -> Quotient:
        """a / b; outside the domain where b vanishes on the whole cell."""
        if self.checking and self.sign_of(b) == 0:
            raise DomainError("division by 0")
        return self.base.div(a, b)

    def power(self, a: Quotient, exponent: Fraction) -> Quotient:
        """a^p; a root of every factor by itself, by its sign in the cell."""
        if abs(exponent) > _LARGEST_POWER:
            raise UndecidedError("a large power")
        if exponent == 0:
            return self.base.one
        if exponent.denominator == 1:
            if exponent < 0 and self.checking and self.sign_of(a) == 0:
                raise DomainError("division by 0")
            return self.base.integer_power(a, exponent.numerator)
        sign = self.sign_of(a)
        if sign < 0:
            raise DomainError("a negative number to a power that is not an integer")
        if sign == 0:
            if exponent < 0:
                raise DomainError("0 to a negative power")
            return self.base.zero
        return self.base.div(self._rooted(a.num, exponent), self._rooted(a.den, exponent))

    def _rooted(self, p: Poly, exponent: Fraction) -> Quotient:
        content, factors = self.base.factors(p)
        total = self._root_of_number(abs(content), exponent)
        for f, e in factors:
            size = Quotient(f if self._factor_sign(f) > 0 else -f, self.base.one_poly)
            total = self.base.mul(total, self._root_of_factor(size, e * exponent))
        return total

    def _root_of_factor(self, size: Quotient, exponent: Fraction) -> Quotient:
        whole, part = divmod(exponent.numerator, exponent.denominator)
        total = self.base.integer_power(size, whole)
        if part:
            n = exponent.denominator
            root = self.base.applied("power", (Fraction(1, n),), (size,), positive=True, root=n)
            total = self.base.mul(total, self.base.integer_power(root, part))
        return total

    def _root_of_number(self, value: Fraction, exponent: Fraction) -> Quotient:
        if value == 1:
            return self.base.one
        if exponent.denominator == 2:
            top, bottom = isqrt(value.numerator), isqrt(value.denominator)
            if top * top == value.numerator and bottom * bottom == value.denominator:
                return self.base.constant(Fraction(top, bottom) ** exponent.numerator)
        return self._root_of_factor(self.base.constant(value), exponent)

    def pow(self, a: Quotient, b: Quotient) -> Quotient:
        """a^b for a > 0, or a rational b."""
        rational = b.rational
        if rational is not None:
            return self.power(a, rational)
        sign = self.sign_of(a)
        if sign < 0:
            self.noted = "a variable power of a negative number"
            raise DomainError("a negative number to a power that is not an integer")
        if sign == 0:
            exponent = self.sign_of(b)
            if exponent < 0:
                raise DomainError("0 to a negative power")
            return self.base.constant(Fraction(1 - exponent))
        return self.exp(self.mul(b, self.log(a)))

    def exp(self, a: Quotient) -> Quotient:
        """e^a, with integer factors of a as powers."""
        if a.is_zero:
            return self.base.one
        content = abs(self.base.factors(a.num)[0])
        below = self.base.factors(a.den)[0]
        scale = content / below if abs(content / below) <= _LARGEST_POWER else _ONE
        scale *= 1 if terms(a.num)[0][1] > 0 else -1
        if scale.denominator != 1:
            scale = Fraction(1 if scale > 0 else -1)
        inner = self.base.div(a, self.base.constant(scale))
        made = self.base.applied("exp", (), (inner,), positive=True)
        return self.base.integer_power(made, int(scale))

    def log(self, a: Quotient) -> Quotient:
        """The natural logarithm."""
        if self.checking and self.sign_of(a) <= 0:
            raise DomainError("the logarithm of a number that is not positive")
        for k in self.base.used(a.num):
            generator = self.base.generators[k]
            if generator.name == "exp" and generator.args and a.num == self.base.gens[k] and a.den.is_constant():
                return generator.args[0]
        return self._kernel("log", a)

    def _kernel(self, row: str, a: Quotient, *params: Fraction) -> Quotient:
        return self._number(row, params, (a,)) or self.base.applied(row, params, (a,))

    def sin(self, a: Quotient) -> Quotient:
        """The sine."""
        return self._kernel("sin", a)

    def cos(self, a: Quotient) -> Quotient:
        """The cosine."""
        return self._kernel("cos", a)

    def atan(self, a: Quotient) -> Quotient:
        """The arc tangent."""
        return self._kernel("atan", a)

    def erf(self, a: Quotient) -> Quotient:
        """The error function."""
        return self._kernel("erf", a)

    def loggamma(self, a: Quotient) -> Quotient:
        """log Γ(a) for a > 0."""
        if self.checking and self.sign_of(a) <= 0:
            raise DomainError("log Γ of a number that is not positive")
        return self._kernel("loggamma", a)

    def polygamma(self, a: Quotient, order: Fraction) -> Quotient:
        """ψ⁽ⁿ⁾(a) for a > 0."""
        if self.checking and self.sign_of(a) <= 0:
            raise DomainError("a polygamma function of a number that is not positive")
        return self._kernel("polygamma", a, order)

    # Branches

    def abs(self, a: Quotient) -> Quotient:
        """|a|: a or -a."""
        return a if self.sign_of(a) >= 0 else self.neg(a)

    def max(self, a: Quotient, b: Quotient) -> Quotient:
        """The greater of two."""
        return a if self.sign_of(self.sub(a, b)) >= 0 else b

    def min(self, a: Quotient, b: Quotient) -> Quotient:
        """The lesser of two."""
        return b if self.sign_of(self.sub(a, b)) >= 0 else a

    def floor(self, a: Quotient) -> Quotient:
        """⌊a⌋: a number, or constant between its jumps; beside a jump at an integer k it is k or k - 1."""
        value = a.rational
        if value is not None:
            return self.base.constant(Fraction(value.numerator // value.denominator))
        if self._is_integer(a):
            return a
        self.whole.append(a)
        there = a if self.surface is None else self.restricted(a)
        part = _constant_part(there)
        whole = self.base.sub(there, self.base.constant(part))
        if self.surface is None or not self._is_integer(whole):
            return self.base.applied("floor", (), (a,))
        below = self.base.add(whole, self.base.constant(Fraction(part.numerator // part.denominator)))
        if part.denominator != 1:
            return below
        away = self.base.sub(a, there)
        return below if away.is_zero or self.sign_of(away) >= 0 else self.base.sub(below, self.base.one)

    def _is_integer(self, a: Quotient) -> bool:
        """Whether it is a polynomial with integer coefficients in symbols of integers."""
        if not a.den.is_constant():
            return False
        return all(
            c.denominator == 1 and all(not e or is_whole(self.base, k) for k, e in enumerate(exponents))
            for exponents, c in terms(a.num)
        )

    def lt(self, a: Quotient, b: Quotient) -> bool:
        """a < b."""
        return self.sign_of(self.sub(a, b)) < 0

    def le(self, a: Quotient, b: Quotient) -> bool:
        """a ≤ b."""
        return self.sign_of(self.sub(a, b)) <= 0

    def eq(self, a: Quotient, b: Quotient) -> bool:
        """a = b, which holds on the surface alone."""
        return self.sign_of(self.sub(a, b)) == 0


def _constant_part(a: Quotient) -> Fraction:
    """The constant term of a polynomial."""
    if not a.den.is_constant():
        return Fraction(0)
    return sum((c for m, c in terms(a.num) if not any(m)), Fraction(0))


def is_whole(base: Field, slot: int) -> bool:
    """Whether a generator stands for an integer: an integer part, or the symbol of any integer."""
    generator = base.generators[slot]
    return generator.name in ("floor", INTEGER) and not generator.is_variable


INTEGER = "k"


@lru_cache(maxsize=512)
def _branches(op: Op, params: tuple[Fraction, ...]) -> bool:
    """Whether the body of an operation selects, or reads an operation that is not analytic on its whole domain."""
    if op.kernel or op.role is Role.SELECT:
        return bool(op.switches) or op.role is Role.SELECT
    arity = op.arity if op.arity is not None else op.least
    used = [i for i in op.body_program(arity, params).instructions if i.op != CONSTANT]
    return any(bool(TABLE[i.op].switches) or _branches(TABLE[i.op], i.params) for i in used)
