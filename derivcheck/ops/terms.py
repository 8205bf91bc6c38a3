"""Short names with which the rows of the table write their cells and their notation."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.ops.row import PRECEDENCE, Layout, Notation, Term, apply

Number = Term | int | Fraction

HALF = Fraction(1, 2)


def where(condition: Term, a: Number, b: Number) -> Term:
    """``a`` where the condition holds, else ``b``."""
    return apply("where", condition, a, b)


def eq(a: Number, b: Number) -> Term:
    """The condition a = b."""
    return apply("eq", a, b)


def ne(a: Number, b: Number) -> Term:
    """The condition a ≠ b."""
    return apply("ne", a, b)


def le(a: Number, b: Number) -> Term:
    """The condition a ≤ b, also of two numbers."""
    return apply("le", a, b)


def true() -> Term:
    """The condition that always holds."""
    return apply("true")


def pi() -> Term:
    """π."""
    return apply("pi")


def exp(a: Number) -> Term:
    """e^a."""
    return apply("exp", a)


def log(a: Number) -> Term:
    """The natural logarithm."""
    return apply("log", a)


def log1p(a: Number) -> Term:
    """log(1 + a)."""
    return apply("log1p", a)


def expm1(a: Number) -> Term:
    """e^a - 1."""
    return apply("expm1", a)


def sqrt(a: Number) -> Term:
    """√a."""
    return apply("sqrt", a)


def sin(a: Number) -> Term:
    """The sine."""
    return apply("sin", a)


def cos(a: Number) -> Term:
    """The cosine."""
    return apply("cos", a)


def tanh(a: Number) -> Term:
    """The hyperbolic tangent."""
    return apply("tanh", a)


def sigmoid(a: Number) -> Term:
    """1/(1 + e^-a)."""
    return apply("sigmoid", a)


def scaled(factor: int | Fraction, a: Term) -> Term:
    """factor·a, and ``a`` itself for a factor of 1."""
    return a if factor == 1 else factor * a


def absolute(a: Number) -> Term:
    """|a|."""
    return apply("abs", a)


def greater(a: Number, b: Number) -> Term:
    """max(a, b)."""
    return apply("max", a, b)


def lesser(a: Number, b: Number) -> Term:
    """min(a, b)."""
    return apply("min", a, b)


def infix(own: str, level: str, unicode: str = "", latex: str = "") -> Notation:
    """The notation of an operation between its operands."""
    return Notation(own, unicode, latex or own, Layout.INFIX, PRECEDENCE[level])


def function(own: str, latex: str = "", unicode: str = "", aliases: tuple[str, ...] = ()) -> Notation:
    """The notation ``own(a, b)``; a Unicode name is an alias too, so that what is printed can be read."""
    known = (*aliases, unicode) if unicode and unicode not in aliases else aliases
    return Notation(own, unicode, latex, Layout.FUNCTION, aliases=known)
