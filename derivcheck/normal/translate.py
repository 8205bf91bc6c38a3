"""SymPy expressions of real variables → quotients over generators, one rule for each function.

Functions without a rule are *opaque*: one generator for each function and arguments, arguments compared by proof.
Nothing here evaluates or simplifies with SymPy; only ``args``, class names and exact numbers are read.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import arb, ctx

from derivcheck.normal.angles import Angles
from derivcheck.normal.field import CannotProveError, Field, Generator, Quotient
from derivcheck.normal.powers import Powers
from derivcheck.normal.signs import Signs

if TYPE_CHECKING:
    from sympy import Basic

MAX_SHIFT = 12
REFUSED = {"ImaginaryUnit", "Float", "NaN", "Infinity", "NegativeInfinity", "ComplexInfinity", "re", "im", "arg"}
ODD = {"asin", "atan", "erf", "erfi", "sign", "asinh", "atanh", "Si", "Shi", "fresnels", "fresnelc"}
RECIPROCAL = {
    "acot": "atan",
    "asec": "acos",
    "acsc": "asin",
    "acoth": "atanh",
    "asech": "acosh",
    "acsch": "asinh",
}


class Translator:
    """One reading of expressions over one field.

    Args:
        size: how many generators there is room for.
        denominators: divisions of the angles known to be needed.
        deadline: raises to stop.
        real_domain: the real reading of roots and logarithms; otherwise the principal one.
    """

    def __init__(
        self, size: int, denominators: dict[int, int], deadline: Callable[[], None], *, real_domain: bool
    ) -> None:
        self.base = Field(size, deadline)
        self.signs = Signs(self.base)
        self.powers = Powers(self.base, self.signs, real_domain=real_domain)
        self.angles = Angles(self.base, self.powers, denominators)
        self.real_domain = real_domain
        self.memo: dict[Basic, Quotient] = {}
        self.leaves: dict[Basic, int] = {}
        self.kernels: dict[str, list[tuple[list[Quotient], int]]] = {}

    def translate(self, root: Basic) -> Quotient:
        """The quotient of an expression, by a loop over its nodes in post-order."""
        stack: list[tuple[Basic, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in self.memo:
                continue
            if ready or not node.args or not self.reads_arguments(node):
                self.base.deadline()
                self.memo[node] = self.visit(node)
            else:
                stack.append((node, True))
                stack.extend((argument, False) for argument in reversed(node.args))
        return self.memo[root]

    def reads_arguments(self, node: Basic) -> bool:
        """Whether the value of a node is a function of the values of its arguments."""
        name = type(node).__name__
        if name in {"Add", "Mul", "Pow"}:
            return True
        return bool(getattr(node, "is_Function", False)) and all(
            getattr(c, "is_number", None) is not None for c in node.args
        )

    def visit(self, node: Basic) -> Quotient:
        """The quotient of a node whose arguments are done."""
        name = type(node).__name__
        if name in REFUSED or getattr(node, "is_commutative", None) is False:
            raise CannotProveError
        if getattr(node, "is_Rational", False):
            return self.base.rational(Fraction(int(node.p), int(node.q)))  # type: ignore[attr-defined]
        if not node.args or not self.reads_arguments(node):
            return self.leaf(node, name)
        values = [self.memo[a] for a in node.args]
        if name == "Add":
            return self.base.total(values)
        if name == "Mul":
            return self.multiply(values)
        if name == "Pow":
            return self.power(node.args[0], values[0], values[1])
        return self.function(name, node, values)

    def leaf(self, node: Basic, name: str) -> Quotient:
        """A symbol, a constant, or something that is the same only where it is written the same."""
        if node not in self.leaves:
            generator = Generator("opaque", real=True, positive=False)
            if getattr(node, "is_Symbol", False):
                generator = self.symbol(node)
            elif name in {"Pi", "Exp1"}:
                generator = Generator("constant", real=True, positive=True, ball=constant_ball(name))
                if name == "Exp1":
                    generator.log = self.base.rational(1)
            if generator.kind != "symbol":
                self.base.canonical = False
            self.leaves[node] = self.base.new(generator)
            if name == "Pi":
                self.angles.pi = self.leaves[node]
            if getattr(node, "is_Symbol", False) and node.is_negative:
                self.signs.assume(-1, [self.base.variables[self.leaves[node]]])
        return self.base.generator(self.leaves[node])

    def symbol(self, node: Any) -> Generator:
        """A real variable; one that is declared not to be real is refused."""
        if node.is_real is False or node.is_infinite:
            raise CannotProveError
        if node.is_integer or node.is_zero:
            self.base.canonical = False
        return Generator("symbol", real=True, positive=bool(node.is_nonnegative))

    def multiply(self, values: list[Quotient]) -> Quotient:
        """The product, small factors first."""
        result = self.base.rational(1)
        for value in sorted(values, key=lambda q: len(q.num) + len(q.den)):
            result = self.base.mul(result, value)
        return result

    def power(self, written_base: Basic, below: Quotient, exponent: Quotient) -> Quotient:
        """base ** exponent, by the kind of exponent."""
        if type(written_base).__name__ == "Exp1":
            return self.powers.exp(exponent)
        if exponent.num.is_constant() and exponent.den.is_constant():
            top = int(exponent.num.leading_coefficient()) if exponent.num != 0 else 0
            a = Fraction(top, int(exponent.den.leading_coefficient()))
            return self.base.pow(below, int(a)) if a.denominator == 1 else self.powers.root(below, a)
        return self.powers.exp(self.base.mul(exponent, self.powers.principal_log(below)))

    # functions ----------------------------------------------------------------------------------------------------

    def function(self, name: str, node: Basic, values: list[Quotient]) -> Quotient:
        """A function of translated arguments."""
        if len(values) == 1 and name in RECIPROCAL:
            name, values = RECIPROCAL[name], [self.base.invert(values[0])]
        rule = getattr(self, f"rule_{name.lower()}", None)
        if rule is not None and len(values) == (2 if name == "polygamma" else 1):
            result: Quotient = rule(*values)
            return result
        if name == "log" or name in REFUSED:
            raise CannotProveError
        known = type(node).__module__.startswith("sympy.functions")
        return self.kernel(name if known else f"{type(node).__module__} {name}", values)

    def kernel(self, name: str, values: list[Quotient]) -> Quotient:
        """The generator of an opaque function at these arguments; odd functions at ± the same argument share one."""
        sign = 1
        if name in ODD and len(values) == 1 and values[0].num != 0 and values[0].num.leading_coefficient() < 0:
            sign, values = -1, [self.base.negate(values[0])]
        known = self.kernels.setdefault(name, [])
        for arguments, slot in known:
            if len(arguments) == len(values) and all(map(self.base.equal, arguments, values)):
                return self.base.polynomial(sign * self.base.variables[slot])
        kind = name if name in {"asin", "atan"} else "opaque"
        payload = values[0] if kind != "opaque" else None
        slot = self.base.new(Generator(kind, real=True, positive=False, payload=payload))
        self.base.canonical = False
        known.append((values, slot))
        return self.base.polynomial(sign * self.base.variables[slot])

    def rule_exp(self, u: Quotient) -> Quotient:
        return self.powers.exp(u)

    def rule_log(self, u: Quotient) -> Quotient:
        return self.powers.log(u)

    def rule_abs(self, u: Quotient) -> Quotient:
        return self.powers.modulus(u)

    def rule_sin(self, u: Quotient) -> Quotient:
        return self.angles.sine_cosine(u)[0]

    def rule_cos(self, u: Quotient) -> Quotient:
        return self.angles.sine_cosine(u)[1]

    def rule_tan(self, u: Quotient) -> Quotient:
        sine, cosine = self.angles.sine_cosine(u)
        return self.base.mul(sine, self.base.invert(cosine))

    def rule_cot(self, u: Quotient) -> Quotient:
        return self.base.invert(self.rule_tan(u))

    def rule_sec(self, u: Quotient) -> Quotient:
        return self.base.invert(self.rule_cos(u))

    def rule_csc(self, u: Quotient) -> Quotient:
        return self.base.invert(self.rule_sin(u))

    def halves(self, u: Quotient, sign: int) -> Quotient:
        """(e^u ± e^−u)/2."""
        e = self.powers.exp(u)
        other = self.base.mul(self.base.rational(sign), self.base.invert(e))
        return self.base.mul(self.base.add(e, other), self.base.rational(Fraction(1, 2)))

    def rule_sinh(self, u: Quotient) -> Quotient:
        return self.halves(u, -1)

    def rule_cosh(self, u: Quotient) -> Quotient:
        return self.halves(u, 1)

    def rule_tanh(self, u: Quotient) -> Quotient:
        return self.base.mul(self.halves(u, -1), self.base.invert(self.halves(u, 1)))

    def rule_coth(self, u: Quotient) -> Quotient:
        return self.base.invert(self.rule_tanh(u))

    def rule_sech(self, u: Quotient) -> Quotient:
        return self.base.invert(self.rule_cosh(u))

    def rule_csch(self, u: Quotient) -> Quotient:
        return self.base.invert(self.rule_sinh(u))

    def rule_acos(self, u: Quotient) -> Quotient:
        """acos u = π/2 − asin u."""
        from sympy import pi

        right_angle = self.base.mul(self.leaf(pi, "Pi"), self.base.rational(Fraction(1, 2)))
        return self.base.add(right_angle, self.base.negate(self.kernel("asin", [u])))

    def rule_asinh(self, u: Quotient) -> Quotient:
        """asinh u = log(u + √(u² + 1))."""
        if not self.real_domain:
            return self.kernel("asinh", [u])
        if u.num != 0 and u.num.leading_coefficient() < 0:
            return self.base.negate(self.rule_asinh(self.base.negate(u)))
        root = self.powers.root(self.base.add(self.base.mul(u, u), self.base.rational(1)), Fraction(1, 2))
        return self.powers.log(self.base.add(u, root))

    def rule_acosh(self, u: Quotient) -> Quotient:
        """acosh u = log(u + √(u − 1)·√(u + 1)), u ≥ 1."""
        if not self.real_domain:
            return self.kernel("acosh", [u])
        one, half = self.base.rational(1), Fraction(1, 2)
        less = self.powers.root(self.base.add(u, self.base.negate(one)), half)
        more = self.powers.root(self.base.add(u, one), half)
        return self.powers.log(self.base.add(u, self.base.mul(less, more)))

    def rule_atanh(self, u: Quotient) -> Quotient:
        """atanh u = (log(1 + u) − log(1 − u))/2, |u| < 1."""
        if not self.real_domain:
            return self.kernel("atanh", [u])
        one = self.base.rational(1)
        more = self.powers.log(self.base.add(one, u))
        less = self.powers.log(self.base.add(one, self.base.negate(u)))
        return self.base.mul(self.base.rational(Fraction(1, 2)), self.base.add(more, self.base.negate(less)))

    def rule_erfc(self, u: Quotient) -> Quotient:
        """erfc u = 1 − erf u."""
        return self.base.add(self.base.rational(1), self.base.negate(self.kernel("erf", [u])))

    def shifted(self, u: Quotient) -> tuple[Quotient, int]:
        """(v, n) with u = v + n, the constant term of v in [0, 1)."""
        if not u.den.is_constant():
            return u, 0
        constant = next((c for m, c in u.num.terms() if not any(m)), 0)
        n = int(constant) // int(u.den.leading_coefficient())
        if abs(n) > MAX_SHIFT:
            return u, 0
        return self.base.add(u, self.base.rational(-n)), n

    def rule_gamma(self, u: Quotient) -> Quotient:
        """Γ(v + 1) = v Γ(v)."""
        v, n = self.shifted(u)
        if v.num == 0:
            v, n = self.base.rational(1), n - 1
        result = self.kernel("gamma", [v])
        for k in range(abs(n)):
            if n > 0:
                result = self.base.mul(result, self.base.add(v, self.base.rational(k)))
            else:
                step = self.base.add(v, self.base.rational(-k - 1))
                result = self.base.mul(result, self.base.invert(step))
        return result

    def rule_factorial(self, u: Quotient) -> Quotient:
        """u! = Γ(u + 1)."""
        return self.rule_gamma(self.base.add(u, self.base.rational(1)))

    def rule_polygamma(self, order: Quotient, u: Quotient) -> Quotient:
        """ψ⁽ᵐ⁾(v + 1) = ψ⁽ᵐ⁾(v) + (−1)^m m! v^(−m−1)."""
        if not (order.num.is_constant() and order.den.is_one()):
            return self.kernel("polygamma", [order, u])
        m = int(order.num.leading_coefficient()) if order.num != 0 else 0
        v, n = self.shifted(u)
        if not 0 <= m <= MAX_SHIFT or v.num == 0:
            return self.kernel("polygamma", [order, u])
        result = self.kernel("polygamma", [order, v])
        scale = (-1) ** m
        for j in range(2, m + 1):
            scale *= j
        for k in range(abs(n)):
            shift, sign = (k, 1) if n > 0 else (-k - 1, -1)
            step = self.base.pow(self.base.add(v, self.base.rational(shift)), -m - 1)
            result = self.base.add(result, self.base.mul(self.base.rational(sign * scale), step))
        return result


def constant_ball(name: str) -> Any:
    """π or e, enclosed to 256 bits."""
    with ctx.workprec(256):
        return arb.pi() if name == "Pi" else arb(1).exp()
