"""Rows of the trigonometric functions, in radians, and their inverses.

Derivatives: NIST Digital Library of Mathematical Functions, 4.20 and 4.24; arccot(a) is arctan(1/a) as in 4.23.9.
"""

from __future__ import annotations

from derivcheck.ops.row import Op, Switch, Torch, apply
from derivcheck.ops.terms import HALF, absolute, cos, eq, function, ne, pi, sin, sqrt, where

_CIRCULAR = (
    Op(
        name="sin",
        kernel="sin",
        local=(lambda a, out: cos(a),),
        notation=function("sin", r"\sin"),
        rule="sine",
        torch=Torch("sin"),
        summary="the sine",
    ),
    Op(
        name="cos",
        kernel="cos",
        local=(lambda a, out: -sin(a),),
        notation=function("cos", r"\cos"),
        rule="cosine",
        torch=Torch("cos"),
        summary="the cosine",
    ),
    Op(
        name="tan",
        body=lambda a: sin(a) / cos(a),
        local=(lambda a, out: 1 + out**2,),
        domain=(lambda a: ne(cos(a), 0),),
        notation=function("tan", r"\tan"),
        rule="tangent",
        torch=Torch("tan"),
        summary="sin(a)/cos(a)",
    ),
    Op(
        name="sec",
        body=lambda a: 1 / cos(a),
        local=(lambda a, out: out * apply("tan", a),),
        domain=(lambda a: ne(cos(a), 0),),
        notation=function("sec", r"\sec"),
        rule="trigonometric",
        summary="1/cos(a)",
    ),
    Op(
        name="csc",
        body=lambda a: 1 / sin(a),
        local=(lambda a, out: -out * apply("cot", a),),
        domain=(lambda a: ne(sin(a), 0),),
        notation=function("csc", r"\csc", aliases=("cosec",)),
        rule="trigonometric",
        summary="1/sin(a)",
    ),
    Op(
        name="cot",
        body=lambda a: cos(a) / sin(a),
        local=(lambda a, out: -(1 + out**2),),
        domain=(lambda a: ne(sin(a), 0),),
        notation=function("cot", r"\cot"),
        rule="trigonometric",
        summary="cos(a)/sin(a)",
    ),
)

_ATAN2_SLOPES_IN_TORCH = (
    lambda a, b, out: b * (1 / (a**2 + b**2)),
    lambda a, b, out: -a * (1 / (a**2 + b**2)),
)
"""The reciprocal may leave the range where the slope does not."""

_INVERSE = (
    Op(
        name="asin",
        body=lambda a: 2 * apply("atan", a / (1 + sqrt((1 - a) * (1 + a)))),
        local=(lambda a, out: 1 / sqrt(1 - a**2),),
        domain=(lambda a: a >= -1, lambda a: a <= 1),
        switches=(Switch(lambda a: a + 1), Switch(lambda a: a - 1)),
        monotone=1,
        notation=function("asin", r"\arcsin", "arcsin"),
        rule="inverse_trigonometric",
        torch=Torch("asin"),
        summary="the angle in [-π/2, π/2] with sine a",
    ),
    Op(
        name="acos",
        body=lambda a: where(eq(a, -1), pi(), 2 * apply("atan", sqrt((1 - a) / (1 + a)))),
        local=(lambda a, out: -1 / sqrt(1 - a**2),),
        domain=(lambda a: a >= -1, lambda a: a <= 1),
        switches=(Switch(lambda a: a + 1), Switch(lambda a: a - 1)),
        monotone=-1,
        notation=function("acos", r"\arccos", "arccos"),
        rule="inverse_trigonometric",
        torch=Torch("acos"),
        summary="the angle in [0, π] with cosine a",
    ),
    Op(
        name="atan",
        kernel="atan",
        local=(lambda a, out: 1 / (1 + a**2),),
        monotone=1,
        notation=function("atan", r"\arctan", "arctan"),
        rule="inverse_trigonometric",
        torch=Torch("atan"),
        summary="the angle in (-π/2, π/2) with tangent a",
    ),
    Op(
        name="atan2",
        arity=2,
        body=lambda a, b: where(
            b > 0,
            apply("atan", a / b),
            where(
                a > 0,
                pi() / 2 - apply("atan", b / a),
                where(a < 0, -pi() / 2 - apply("atan", b / a), where(b < 0, pi(), apply("atan", a / b))),
            ),
        ),
        local=(lambda a, b, out: b / (a**2 + b**2), lambda a, b, out: -a / (a**2 + b**2)),
        domain=(lambda a, b: ne(a, 0) | ne(b, 0),),
        switches=(Switch(lambda a, b: where(b < 0, a, 1), jump=True),),
        notation=function("atan2", aliases=("arctan2",)),
        rule="inverse_trigonometric",
        torch=Torch("atan2", local=_ATAN2_SLOPES_IN_TORCH),
        summary="the angle in (-π, π] of the point with height a and abscissa b",
    ),
    Op(
        name="asec",
        body=lambda a: apply("acos", 1 / a),
        local=(lambda a, out: 1 / (absolute(a) * sqrt(a**2 - 1)),),
        domain=(lambda a: absolute(a) >= 1,),
        switches=(Switch(lambda a: absolute(a) - 1),),
        notation=function("asec", r"\operatorname{arcsec}", "arcsec"),
        rule="inverse_trigonometric",
        summary="arccos(1/a)",
    ),
    Op(
        name="acsc",
        body=lambda a: apply("asin", 1 / a),
        local=(lambda a, out: -1 / (absolute(a) * sqrt(a**2 - 1)),),
        domain=(lambda a: absolute(a) >= 1,),
        switches=(Switch(lambda a: absolute(a) - 1),),
        notation=function("acsc", r"\operatorname{arccsc}", "arccsc"),
        rule="inverse_trigonometric",
        summary="arcsin(1/a)",
    ),
    Op(
        name="acot",
        body=lambda a: where(eq(a, 0), HALF * pi(), apply("atan", 1 / a)),
        local=(lambda a, out: -1 / (1 + a**2),),
        switches=(Switch(lambda a: a, jump=True),),
        notation=function("acot", r"\operatorname{arccot}", "arccot"),
        rule="inverse_trigonometric",
        summary="arctan(1/a), and π/2 at 0",
    ),
)

ROWS = (*_CIRCULAR, *_INVERSE)
