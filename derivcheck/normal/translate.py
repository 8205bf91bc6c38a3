"""SymPy expressions of real variables → quotients over generators, one rule for each function.

Functions without a rule are *opaque*: one generator for each function and arguments, arguments compared by proof.
Nothing here evaluates or simplifies with SymPy; only ``args``, class names and exact numbers are read.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derivcheck.normal.angles import Angles
from derivcheck.normal.exponentials import Exponentials
from derivcheck.normal.field import CannotProveError, Field, Generator, Poly, Quotient
from derivcheck.normal.kernels import Kernels
from derivcheck.normal.powers import Powers
from derivcheck.normal.signs import Signs

if TYPE_CHECKING:
    from sympy import Basic

REFUSED = {"ImaginaryUnit", "Float", "NaN", "Infinity", "NegativeInfinity", "ComplexInfinity", "Order"}


class Translator:
    """One reading of expressions over one field.

    Args:
        size: how many generators there is room for.
        denominators: divisions of the angles known to be needed.
        divisions: those of the exponents.
        deadline: raises to stop.
        real_domain: the real reading of roots and logarithms; otherwise the principal one.
    """

    def __init__(
        self,
        size: int,
        denominators: dict[int, int],
        divisions: dict[int, int],
        deadline: Callable[[], None],
        *,
        real_domain: bool,
    ) -> None:
        self.base = Field(size, deadline)
        self.signs = Signs(self.base)
        self.powers = Powers(self.base, self.signs, real_domain=real_domain)
        self.exponentials = Exponentials(self.base, self.powers, divisions)
        self.kernels = Kernels(self.base, self.powers, self.exponentials, Angles(self.base, self.powers, denominators))
        self.memo: dict[Basic, Quotient] = {}
        self.leaves: dict[Basic, int] = {}

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
            return self.base.rational(Fraction(int(node.p), int(node.q)))
        if not node.args or not self.reads_arguments(node):
            return self.leaf(node, name)
        values = [self.memo[a] for a in node.args]
        if name == "Add":
            return self.base.total(values)
        if name == "Mul":
            return self.multiply(values)
        if name == "Pow":
            return self.power(node.args[0], values[0], values[1])
        return self.kernels.function(name, type(node).__module__, values)

    def written(self, p: Poly) -> Basic | None:
        """A polynomial in symbols as a SymPy expression; None if other generators occur in it."""
        symbols = {slot: node for node, slot in self.leaves.items() if getattr(node, "is_Symbol", False)}
        if not set(self.base.used(p)) <= symbols.keys():
            return None
        total: Any = 0
        for monomial, coefficient in p.terms():
            term: Any = int(coefficient)
            for slot, exponent in enumerate(monomial):
                if exponent:
                    term = term * symbols[slot] ** int(exponent)
            total = term + total
        return total

    def leaf(self, node: Basic, name: str) -> Quotient:
        """A symbol, a constant, or something that is the same only where it is written the same."""
        if name == "Pi":
            return self.kernels.pi()
        if name == "Exp1":
            return self.exponentials.exp(self.base.rational(1))
        if node not in self.leaves:
            generator = Generator("opaque", real=True, positive=False)
            if getattr(node, "is_Symbol", False):
                generator = self.symbol(node)
            if generator.kind != "symbol":
                self.base.canonical = False
            self.leaves[node] = self.base.new(generator)
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
            return self.exponentials.exp(exponent)
        if exponent.num.is_constant() and exponent.den.is_constant():
            top = int(exponent.num.leading_coefficient()) if exponent.num != 0 else 0
            if top < 0:
                self.signs.exclude_zeros([f for f, e in self.powers.factors(below)[1] if e > 0])
            a = Fraction(top, int(exponent.den.leading_coefficient()))
            return self.base.pow(below, int(a)) if a.denominator == 1 else self.powers.root(below, a)
        logarithm = self.base.mul(exponent, self.exponentials.principal_log(below))
        return self.exponentials.exp(logarithm, real=self.powers.real_domain)
