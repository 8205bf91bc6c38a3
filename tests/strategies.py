"""Random expressions, points, and the truth about them by mpmath, which owes nothing to the table of operations."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from flint import arb
from hypothesis import strategies as st
from mpmath import MPContext

from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.graph.steps import Graph
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.constants import rational_value
from derivcheck.language.expr import Expr, NodeKind, Program
from derivcheck.language.parser import parse
from derivcheck.source import Source

mp = MPContext()
mp.dps = 80

FUNCTIONS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "sqrt": lambda a: _real(a >= 0, mp.sqrt, a),
    "exp": lambda a: _real(abs(a) < 10**4, mp.exp, a),
    "log": lambda a: _real(a > 0, mp.log, a),
    "log1p": lambda a: _real(a > -1, mp.log1p, a),
    "expm1": lambda a: _real(abs(a) < 10**4, mp.expm1, a),
    "sin": mp.sin,
    "cos": mp.cos,
    "atan": mp.atan,
    "asinh": mp.asinh,
    "tanh": mp.tanh,
    "erf": mp.erf,
    "sigmoid": lambda a: 1 / (1 + _real(abs(a) < 10**4, mp.exp, -a)),
    "softplus": lambda a: mp.log1p(_real(abs(a) < 10**4, mp.exp, a)),
    "silu": lambda a: a / (1 + _real(abs(a) < 10**4, mp.exp, -a)),
    "gelu": lambda a: a * mp.erfc(-a / mp.sqrt(2)) / 2,
}
"""Smooth on their whole domain."""
UNARY = [n for n in FUNCTIONS if n not in ("add", "sub", "mul", "div")]
TOTAL = [n for n in UNARY if n not in ("sqrt", "log", "log1p", "exp", "expm1")]
DEFAULTS = {"softplus": (Fraction(1), Fraction(20))}
NAMES = ("x", "w", "b")


class NoValueError(ArithmeticError):
    """mpmath was asked for a value outside the domain."""


def _real(inside, function, a):
    if not inside:
        raise NoValueError
    return function(a)


def value_of(expr: Expr, point: Mapping[str, Fraction | object]):
    """The value by mpmath, node by node."""
    values = []
    for node in expr.nodes:
        args = [values[c] for c in node.children]
        if node.kind is NodeKind.NUMBER:
            values.append(mp.mpf(node.value.numerator) / node.value.denominator)
        elif node.kind is NodeKind.NAME:
            values.append(_number(point[node.text]))
        elif node.text == "power":
            values.append(_power(args[0], node.params[0]))
        elif node.text == "pi":
            values.append(mp.pi())
        else:
            if node.text == "div" and args[1] == 0:
                raise NoValueError
            values.append(FUNCTIONS[node.text](*args))
    return values[-1]


def _number(value):
    return mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mp.mpf(value)


def _power(a, p):
    if (a == 0 and p < 0) or (a < 0 and p.denominator != 1):
        raise NoValueError
    return a ** (mp.mpf(p.numerator) / p.denominator) if p.denominator != 1 else a ** int(p)


def slope_of(expr: Expr, point: Mapping[str, Fraction], name: str):
    """The derivative by a central difference of step 1e-25 at 80 digits: right to some 45 digits where it is smooth."""
    step = mp.mpf(10) ** -25
    at = {n: _number(v) for n, v in point.items()}
    above = value_of(expr, {**at, name: at[name] + step})
    below = value_of(expr, {**at, name: at[name] - step})
    return (above - below) / (2 * step)


rationals = st.fractions(Fraction(-3), Fraction(3), max_denominator=8)
decimals = st.integers(-300, 300).map(lambda k: Fraction(k, 100))


def points(names=NAMES, values=rationals):
    return st.fixed_dictionaries(dict.fromkeys(names, values))


@st.composite
def _tree(draw, names, unary, inner):
    builder = ExprBuilder()
    op = draw(st.sampled_from([*unary, *["add", "sub", "mul", "div", "power"] * 3]))
    first = builder.graft(draw(inner))
    if op == "power":
        if rational_value(builder.build(first)) is not None:
            return builder.build(first)
        exponent = draw(st.sampled_from([2, 2, 3, -1, -2, 4, Fraction(1, 2), Fraction(3, 2)]))
        return builder.build(builder.call(op, first, params=(exponent,)))
    if op in ("add", "sub", "mul", "div"):
        return builder.build(builder.call(op, first, builder.graft(draw(inner))))
    return builder.build(builder.call(op, first, params=DEFAULTS.get(op, ())))


def expressions(names=NAMES, size=8, unary=tuple(UNARY)):
    """Random smooth expressions as trees of at most ``size`` leaves."""
    numbers = st.integers(1, 5).map(lambda k: number_expr(Fraction(k)))
    halves = st.sampled_from([Fraction(1, 2), Fraction(1, 10), Fraction(3, 4)]).map(number_expr)
    variables = st.sampled_from(names).map(_name)
    leaves = st.one_of(variables, variables, variables, numbers, halves)
    return st.recursive(leaves, lambda inner: _tree(names, unary, inner), max_leaves=size)


def number_expr(value) -> Expr:
    """A rational number; a negative one as a negation."""
    builder = ExprBuilder()
    place = builder.number(abs(Fraction(value)))
    return builder.build(builder.call("neg", place) if value < 0 else place)


def _name(name: str) -> Expr:
    builder = ExprBuilder()
    return builder.build(builder.name(name))


def graph_of(expr: Expr | str, *known: str) -> Graph:
    """The graph of an expression or of a text."""
    program = parse(Source(expr), known) if isinstance(expr, str) else Program((), expr)
    return assemble(program, derivative_step)


def constants(point: Mapping[str, Fraction]) -> dict[str, Graph]:
    """A point of rationals as graphs of constants."""
    return {n: graph_of(number_expr(v)) for n, v in point.items()}


def contains(found, truth, tolerance=1e-18):
    """Whether a fraction or ball holds a number of mpmath, as far as that is known."""
    if not isinstance(found, Fraction | arb):
        return False
    ball = arb(found.numerator) / found.denominator if isinstance(found, Fraction) else found
    exact = arb(mp.nstr(truth, 60, strip_zeros=False))
    return bool(abs(ball - exact).lower() <= float(tolerance * (1 + abs(truth))))


KINKED = ("abs", "relu", "sign", "cbrt", "sqrt", "tanh", "sin", "log", "sigmoid")


@st.composite
def _kinked_tree(draw, inner):
    builder = ExprBuilder()
    op = draw(st.sampled_from([*KINKED, *["add", "sub", "mul", "div", "power", "max", "min", "where", "clamp"] * 2]))
    first, second = builder.graft(draw(inner)), builder.graft(draw(inner))
    if op == "power":
        return builder.build(builder.call(op, first, params=(draw(st.sampled_from([2, 3, -1, Fraction(1, 2)])),)))
    if op == "where":
        comparison = draw(st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"]))
        condition = builder.call(comparison, first, second)
        if draw(st.booleans()):
            condition = builder.call("not", condition)
        return builder.build(builder.call(op, condition, builder.graft(draw(inner)), builder.graft(draw(inner))))
    if op == "clamp":
        return builder.build(builder.call(op, first, builder.number(-1), builder.number(1)))
    if op in KINKED:
        return builder.build(builder.call(op, first))
    return builder.build(builder.call(op, first, second))


def kinked(names=NAMES, size=7):
    """Random expressions with kinks, jumps, selections and ends of domains."""
    leaves = st.sampled_from(names).map(_name) | st.sampled_from([0, 1, 2, Fraction(1, 2)]).map(number_expr)
    return st.recursive(leaves, _kinked_tree, max_leaves=size)
