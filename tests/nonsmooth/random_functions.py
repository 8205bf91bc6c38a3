"""Random nonsmooth compositions, as graphs and, independently of the table, as mpmath functions."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from mpmath import MPContext

from derivcheck.graph.builder import GraphBuilder

mp = MPContext()
mp.dps = 900
STEP = mp.mpf(10) ** -250

CONSTANTS = st.sampled_from([Fraction(k, 2) for k in range(-4, 5)])
COORDINATES = st.sampled_from([Fraction(k, 2) for k in range(-3, 4)])
UNARY = ("abs", "relu", "square", "cube", "root", "sin", "cbrt")
BINARY = ("add", "sub", "mul", "max", "min")


def expressions(variables, size=9, unary=UNARY):
    leaves = st.sampled_from([("x", n) for n in variables]) | st.tuples(st.just("c"), CONSTANTS)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(BINARY), inner, inner),
            st.tuples(st.sampled_from(unary), inner),
            st.tuples(st.just("where"), inner, inner, inner),
            st.tuples(st.just("clamp"), inner),
        ),
        max_leaves=size,
    )


def build(expression):
    """The graph; ``root`` is √(1 + a²), ``where`` compares its first operand with 0, ``clamp`` has bounds -1 and 1."""
    builder = GraphBuilder()
    builder.input("x")
    return builder.finish(_place(builder, expression))


def _place(b, expression):
    op, *rest = expression
    if op == "x":
        return b.input(rest[0])
    if op == "c":
        return b.constant(rest[0])
    args = [_place(b, r) for r in rest]
    if op in ("square", "cube"):
        return b.scalar("power", *args, params=(Fraction(2 if op == "square" else 3),))
    if op == "root":
        square = b.scalar("power", *args, params=(Fraction(2),))
        return b.scalar("sqrt", b.scalar("add", b.constant(1), square))
    if op == "where":
        return b.scalar("where", b.scalar("lt", args[0], b.constant(0)), args[1], args[2])
    if op == "clamp":
        return b.scalar("clamp", args[0], b.constant(-1), b.constant(1))
    return b.scalar(op, *args)


def evaluate(expression, at):
    """The value at a point of mpmath numbers."""
    op, *rest = expression
    if op == "x":
        return at[rest[0]]
    if op == "c":
        return mp.mpf(rest[0].numerator) / rest[0].denominator
    if op == "where":
        return evaluate(rest[1] if evaluate(rest[0], at) < 0 else rest[2], at)
    return FUNCTIONS[op](*[evaluate(r, at) for r in rest])


FUNCTIONS = {
    "abs": abs,
    "relu": lambda a: max(a, mp.mpf(0)),
    "square": lambda a: a * a,
    "cube": lambda a: a * a * a,
    "root": lambda a: mp.sqrt(1 + a * a),
    "sin": mp.sin,
    "cbrt": lambda a: mp.sign(a) * mp.cbrt(abs(a)),
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "max": max,
    "min": min,
    "clamp": lambda a: min(max(a, mp.mpf(-1)), mp.mpf(1)),
}


def quotient(expression, at, direction, bend=None):
    """(f(x₀ + t·v + t²·w) - f(x₀)) / t for t = 1e-250."""
    start = {n: mp.mpf(c.numerator) / c.denominator for n, c in at.items()}
    end = {
        n: c + STEP * _mpf((direction or {}).get(n, 0)) + STEP**2 * _mpf((bend or {}).get(n, 0))
        for n, c in start.items()
    }
    return (evaluate(expression, end) - evaluate(expression, start)) / STEP


def _mpf(value):
    value = Fraction(value)
    return mp.mpf(value.numerator) / value.denominator
