"""Rows of arithmetic: the four operations, powers, roots, and the constants π and e."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.ops.row import PRECEDENCE, Layout, Notation, Op, Parameter, Role, Switch, Term, Torch, apply
from derivcheck.ops.terms import HALF, absolute, eq, exp, function, infix, log, ne, sqrt, true, where


def _power_slope(a: Term, _out: Term, p: Fraction) -> Term | int | Fraction:
    """(a^p)′ = p·a^(p-1), the exponent a positive one wherever p is an integer."""
    if p in (0, 1):
        return p
    if p == 2:
        return 2 * a
    return p / a ** (1 - p) if p < 0 and p.denominator == 1 else p * a ** (p - 1)


def _power_in_torch(a: Term, p: Fraction) -> Term:
    """The exponent is rounded to the dtype before anything is computed."""
    dyadic = p.denominator & (p.denominator - 1) == 0
    return a**p if dyadic else apply("pow", a, p)


def _power_domain(a: Term, p: Fraction) -> Term:
    if p.denominator == 1:
        return true() if p >= 0 else ne(a, 0)
    return a >= 0 if p > 0 else a > 0


ROWS = (
    Op(
        name="add",
        arity=2,
        kernel="add",
        local=(lambda a, b, out: 1, lambda a, b, out: 1),
        role=Role.SUM,
        notation=infix("+", "sum"),
        rule="sum",
        torch=Torch("add"),
        summary="a + b",
    ),
    Op(
        name="sub",
        arity=2,
        kernel="sub",
        local=(lambda a, b, out: 1, lambda a, b, out: -1),
        role=Role.SUM,
        notation=infix("-", "sum"),
        rule="sum",
        torch=Torch("sub"),
        summary="a - b",
    ),
    Op(
        name="mul",
        arity=2,
        kernel="mul",
        local=(lambda a, b, out: b, lambda a, b, out: a),
        role=Role.PRODUCT,
        notation=infix("*", "product", "·", r"\cdot"),
        rule="product",
        torch=Torch("mul"),
        summary="a · b",
    ),
    Op(
        name="div",
        arity=2,
        kernel="div",
        local=(lambda a, b, out: 1 / b, lambda a, b, out: -out / b),
        domain=(lambda a, b: ne(b, 0),),
        role=Role.PRODUCT,
        notation=Notation("/", "/", "/", Layout.FRACTION, PRECEDENCE["product"]),
        rule="quotient",
        torch=Torch("div"),
        summary="a / b",
    ),
    Op(
        name="neg",
        kernel="neg",
        local=(lambda a, out: -1,),
        role=Role.SUM,
        monotone=-1,
        notation=Notation("-", "-", "-", Layout.PREFIX, PRECEDENCE["prefix"]),
        rule="sum",
        torch=Torch("neg"),
        summary="-a",
    ),
    Op(
        name="power",
        kernel="power",
        params=(Parameter("exponent"),),
        local=(_power_slope,),
        domain=(_power_domain,),
        switches=(Switch(lambda a, p: a if p.denominator != 1 and p > 0 else 1),),
        role=Role.POWER,
        notation=Notation("^", "^", "^", Layout.POWER, PRECEDENCE["power"]),
        rule="power",
        torch=Torch("pow", {"exponent": "exponent"}, value=_power_in_torch),
        summary="a^p with a fixed rational exponent; 0^0 = 1; real only for a ≥ 0 unless p is an integer",
    ),
    Op(
        name="pow",
        arity=2,
        kernel="pow",
        local=(lambda a, b, out: b * apply("pow", a, b - 1), lambda a, b, out: out * log(a)),
        domain=(lambda a, b: (a > 0) | (eq(a, 0) & (b >= 0)) | (ne(a, 0) & eq(b, apply("floor", b))),),
        switches=(Switch(lambda a, b: a), Switch(lambda a, b: where(eq(a, 0), b, 1), jump=True)),
        notation=Notation("^", "^", "^", Layout.POWER, PRECEDENCE["power"], ("pow",)),
        rule="general_power",
        torch=Torch("pow"),
        summary="a^b = exp(b·log a) with a variable exponent; 0^0 = 1",
    ),
    Op(
        name="sqrt",
        body=lambda a: a**HALF,
        local=(lambda a, out: 1 / (2 * out),),
        domain=(lambda a: a >= 0,),
        switches=(Switch(lambda a: a),),
        monotone=1,
        notation=Notation("sqrt", "√", r"\sqrt", Layout.ROOT),
        rule="root",
        torch=Torch("sqrt"),
        summary="the square root",
    ),
    Op(
        name="cbrt",
        body=lambda a: apply("sign", a) * absolute(a) ** Fraction(1, 3),
        local=(lambda a, out: 1 / (3 * out**2),),
        switches=(Switch(lambda a: a),),
        monotone=1,
        notation=Notation("cbrt", "∛", r"\sqrt[3]", Layout.ROOT),
        rule="root",
        summary="the odd cube root of any real number",
    ),
    Op(
        name="hypot",
        arity=2,
        body=lambda a, b: sqrt(a**2 + b**2),
        local=(lambda a, b, out: a / out, lambda a, b, out: b / out),
        switches=(Switch(lambda a, b: a**2 + b**2),),
        notation=function("hypot"),
        rule="root",
        torch=Torch("hypot"),
        summary="√(a² + b²)",
    ),
    Op(
        name="xlogy",
        arity=2,
        body=lambda a, b: where(eq(a, 0) & (b >= 0), 0, a * log(b)),
        local=(lambda a, b, out: log(b), lambda a, b, out: a / b),
        domain=(lambda a, b: (b > 0) | (eq(a, 0) & eq(b, 0)),),
        switches=(Switch(lambda a, b: b),),
        notation=function("xlogy"),
        rule="logarithm",
        torch=Torch("xlogy"),
        summary="a·log(b), and 0 where a = 0 and b ≥ 0",
    ),
    Op(
        name="pi",
        arity=0,
        kernel="pi",
        role=Role.CONSTANT,
        notation=Notation("pi", "π", r"\pi", Layout.NAME, aliases=("π",)),
        summary="the ratio of a circle's circumference to its diameter",
    ),
    Op(
        name="e",
        arity=0,
        body=lambda: exp(1),
        role=Role.CONSTANT,
        notation=Notation("e", layout=Layout.NAME, latex="e"),
        summary="the base of the natural logarithm",
    ),
)
