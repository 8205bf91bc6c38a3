"""The rule of each function: what it is over roots, logarithms, exponentials, half angles and opaque generators.

A function without a rule is *opaque*: one generator for each function and arguments, arguments compared by proof.
Source of the identities: NIST DLMF 4.21, 4.24, 4.37, 5.5, 5.15, 7.2.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb, ctx

from derivcheck.normal.angles import Angles
from derivcheck.normal.exponentials import Exponentials
from derivcheck.normal.field import CannotProveError, Field, Generator, Quotient
from derivcheck.normal.powers import Powers

MAX_SHIFT = 12
HALF = Fraction(1, 2)
REFUSED = {"log", "re", "im", "arg", "conjugate"}
ODD = {"asin", "atan", "erf", "erfi", "asinh", "atanh", "Si", "Shi", "fresnels", "fresnelc"}
REAL_EVERYWHERE = {
    "atan",
    "erf",
    "erfi",
    "sign",
    "acot",
    "asinh",
    "Max",
    "Min",
    "floor",
    "ceiling",
    "Heaviside",
    "atan2",
}
RECIPROCAL = {"acot": "atan", "asec": "acos", "acsc": "asin", "acoth": "atanh", "asech": "acosh", "acsch": "asinh"}


class Kernels:
    """The functions over one field.

    Args:
        base: the field.
        powers: its roots and signs.
        exponentials: its logarithms and exponentials.
        angles: its sines and cosines.
    """

    def __init__(self, base: Field, powers: Powers, exponentials: Exponentials, angles: Angles) -> None:
        self.base = base
        self.powers = powers
        self.exponentials = exponentials
        self.angles = angles
        self.known: dict[str, list[tuple[list[Quotient], int]]] = {}
        self.rules: dict[str, Callable[[Quotient], Quotient]] = {
            "exp": exponentials.exp,
            "log": exponentials.log,
            "Abs": lambda u: powers.modulus(u) or self.opaque("Abs", [u]),
            "sin": lambda u: angles.sine_cosine(u)[0],
            "cos": lambda u: angles.sine_cosine(u)[1],
            "tan": self.tangent,
            "cot": lambda u: base.invert(self.tangent(u)),
            "sec": lambda u: base.invert(angles.sine_cosine(u)[1]),
            "csc": lambda u: base.invert(angles.sine_cosine(u)[0]),
            "sinh": lambda u: self.hyperbolic(u, -1),
            "cosh": lambda u: self.hyperbolic(u, 1),
            "tanh": self.hyperbolic_tangent,
            "coth": lambda u: base.invert(self.hyperbolic_tangent(u)),
            "sech": lambda u: base.invert(self.hyperbolic(u, 1)),
            "csch": lambda u: base.invert(self.hyperbolic(u, -1)),
            "asin": self.arc_sine,
            "acos": self.arc_cosine,
            "asinh": self.area_sine,
            "acosh": self.area_cosine,
            "atanh": self.area_tangent,
            "erfc": lambda u: self.minus(base.rational(1), self.opaque("erf", [u])),
            "gamma": self.gamma,
            "loggamma": self.log_gamma,
            "sign": self.sign,
            "factorial": lambda u: self.gamma(base.add(u, base.rational(1))),
        }

    def function(self, name: str, module: str | None, values: list[Quotient]) -> Quotient:
        """A function, told by name and module, of translated arguments."""
        if module is None or not module.startswith("sympy.functions"):
            return self.opaque(f"{module} {name}", values)
        if len(values) == 1:
            if name in RECIPROCAL and (name != "acot" or self.vanishes_nowhere(values[0])):
                name, values = RECIPROCAL[name], [self.base.invert(values[0])]
            if name in self.rules:
                return self.rules[name](values[0])
        if name == "polygamma":
            return self.polygamma(*values)
        if name in REFUSED:
            raise CannotProveError
        return self.opaque(name, values)

    def opaque(self, name: str, values: list[Quotient]) -> Quotient:
        """The generator of a function at these arguments; odd functions at ± the same argument share one."""
        sign = 1
        if name in ODD and len(values) == 1 and values[0].num != 0 and values[0].num.leading_coefficient() < 0:
            sign, values = -1, [self.base.negate(values[0])]
        known = self.known.setdefault(name, [])
        for arguments, slot in known:
            if len(arguments) == len(values) and all(map(self.base.equal, arguments, values)):
                return self.base.polynomial(sign * self.base.variables[slot])
        kind = name if name in {"asin", "atan"} else "opaque"
        real = self.powers.real_domain or (
            name in REAL_EVERYWHERE and all(self.base.is_real(u.num) and self.base.is_real(u.den) for u in values)
        )
        payload = values[0] if kind != "opaque" else None
        slot = self.base.new(Generator(kind, real=real, positive=False, payload=payload))
        self.base.canonical = False
        known.append((values, slot))
        return self.base.polynomial(sign * self.base.variables[slot])

    def vanishes_nowhere(self, u: Quotient) -> bool:
        """Whether u is known not to vanish: its factors stand in denominators, or are positive."""
        if u.num != 0 and not self.powers.vanishes_at_infinity(u):
            factors = self.powers.factors(u)[1]
            if all(self.powers.signs.never_zero(f) for f, _ in factors):
                return True
        self.powers.signs.wanted = True
        return False

    def sign(self, u: Quotient) -> Quotient:
        """sign u = u/|u| where u cannot vanish; otherwise opaque, since sign 0 = 0."""
        modulus = self.powers.modulus(u) if self.vanishes_nowhere(u) else None
        if modulus is not None:
            return self.base.mul(u, self.base.invert(modulus))
        return self.opaque("sign", [u])

    def minus(self, a: Quotient, b: Quotient) -> Quotient:
        """a − b."""
        return self.base.add(a, self.base.negate(b))

    def pi(self) -> Quotient:
        """π."""
        if self.angles.pi is None:
            with ctx.workprec(256):
                ball = arb.pi()
            self.angles.pi = self.base.new(Generator("constant", real=True, positive=True, ball=ball))
            self.base.canonical = False
        return self.base.generator(self.angles.pi)

    # trigonometric and hyperbolic ---------------------------------------------------------------------------------

    def tangent(self, u: Quotient) -> Quotient:
        """tan u = sin u / cos u."""
        sine, cosine = self.angles.sine_cosine(u)
        return self.base.mul(sine, self.base.invert(cosine))

    def hyperbolic(self, u: Quotient, sign: int) -> Quotient:
        """(e^u ± e^−u)/2."""
        e = self.exponentials.exp(u)
        other = self.base.mul(self.base.rational(sign), self.base.invert(e))
        return self.base.mul(self.base.add(e, other), self.base.rational(HALF))

    def hyperbolic_tangent(self, u: Quotient) -> Quotient:
        """tanh u = sinh u / cosh u."""
        return self.base.mul(self.hyperbolic(u, -1), self.base.invert(self.hyperbolic(u, 1)))

    # inverse functions --------------------------------------------------------------------------------------------

    def arc_sine(self, u: Quotient) -> Quotient:
        """asin u, real where −1 ≤ u ≤ 1."""
        if self.powers.real_domain:
            self.powers.not_negative(self.minus(self.base.rational(1), u))
            self.powers.not_negative(self.base.add(self.base.rational(1), u))
        return self.opaque("asin", [u])

    def arc_cosine(self, u: Quotient) -> Quotient:
        """acos u = π/2 − asin u."""
        return self.minus(self.base.mul(self.pi(), self.base.rational(HALF)), self.arc_sine(u))

    def area_sine(self, u: Quotient) -> Quotient:
        """asinh u = log(u + √(u² + 1))."""
        if not self.powers.real_domain:
            return self.opaque("asinh", [u])
        if u.num != 0 and u.num.leading_coefficient() < 0:
            return self.base.negate(self.area_sine(self.base.negate(u)))
        root = self.powers.root(self.base.add(self.base.mul(u, u), self.base.rational(1)), HALF)
        return self.exponentials.log(self.base.add(u, root))

    def area_cosine(self, u: Quotient) -> Quotient:
        """acosh u = log(u + √(u − 1)·√(u + 1)), u ≥ 1."""
        if not self.powers.real_domain:
            return self.opaque("acosh", [u])
        one = self.base.rational(1)
        less, more = self.powers.root(self.minus(u, one), HALF), self.powers.root(self.base.add(u, one), HALF)
        return self.exponentials.log(self.base.add(u, self.base.mul(less, more)))

    def area_tangent(self, u: Quotient) -> Quotient:
        """atanh u = (log(1 + u) − log(1 − u))/2, |u| < 1."""
        if not self.powers.real_domain:
            return self.opaque("atanh", [u])
        one = self.base.rational(1)
        more, less = self.exponentials.log(self.base.add(one, u)), self.exponentials.log(self.minus(one, u))
        return self.base.mul(self.base.rational(HALF), self.minus(more, less))

    # the gamma function -------------------------------------------------------------------------------------------

    def shifted(self, u: Quotient) -> tuple[Quotient, int]:
        """(v, n) with u = v + n, the constant term of v in [0, 1)."""
        if not u.den.is_constant():
            return u, 0
        constant = next((c for m, c in u.num.terms() if not any(m)), 0)
        n = int(constant) // int(u.den.leading_coefficient())
        v = self.base.add(u, self.base.rational(-n))
        if v.num == 0 or abs(n) > MAX_SHIFT:
            return u, 0
        return v, n

    def steps(self, v: Quotient, n: int) -> list[Quotient]:
        """v, v + 1, …, v + n − 1 for n > 0; v − 1, …, v + n for n < 0."""
        shifts = range(n) if n > 0 else range(-1, n - 1, -1)
        return [self.base.add(v, self.base.rational(k)) for k in shifts]

    def gamma(self, u: Quotient) -> Quotient:
        """Γ(v + 1) = v Γ(v)."""
        v, n = self.shifted(u)
        result = self.opaque("gamma", [v])
        for step in self.steps(v, n):
            result = self.base.mul(result, step if n > 0 else self.base.invert(step))
        return result

    def log_gamma(self, u: Quotient) -> Quotient:
        """log Γ(u), u > 0, from log|Γ(v + 1)| = log|v| + log|Γ(v)|."""
        if not self.powers.real_domain:
            return self.opaque("loggamma", [u])
        v, n = self.shifted(u)
        result = self.opaque("loggamma", [v])
        for step in self.steps(v, n):
            log = self.exponentials.log_modulus(*self.powers.factors(step))
            result = self.base.add(result, log) if n > 0 else self.minus(result, log)
        return result

    def polygamma(self, order: Quotient, u: Quotient) -> Quotient:
        """ψ⁽ᵐ⁾(v + 1) = ψ⁽ᵐ⁾(v) + (−1)^m m! v^(−m−1)."""
        if not (order.num.is_constant() and order.den.is_one()):
            return self.opaque("polygamma", [order, u])
        m = int(order.num.leading_coefficient()) if order.num != 0 else 0
        if not 0 <= m <= MAX_SHIFT:
            return self.opaque("polygamma", [order, u])
        v, n = self.shifted(u)
        result = self.opaque("polygamma", [order, v])
        scale = (-1) ** m if n > 0 else -((-1) ** m)
        for j in range(2, m + 1):
            scale *= j
        for step in self.steps(v, n):
            result = self.base.add(result, self.base.mul(self.base.rational(scale), self.base.pow(step, -m - 1)))
        return result
