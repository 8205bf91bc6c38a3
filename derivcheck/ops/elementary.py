"""Rows of exponentials, logarithms and the hyperbolic functions with their inverses.

Derivatives: NIST Digital Library of Mathematical Functions, 4.7, 4.34 and 4.37.
"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.ops.row import Op, Switch, Torch, apply
from derivcheck.ops.terms import absolute, exp, expm1, function, log, log1p, ne, sqrt, tanh

_EXPONENTIAL = (
    Op(
        name="exp",
        kernel="exp",
        local=(lambda a, out: out,),
        monotone=1,
        notation=function("exp", r"\exp"),
        rule="exponential",
        torch=Torch("exp"),
        summary="e^a",
    ),
    Op(
        name="expm1",
        body=lambda a: exp(a) - 1,
        local=(lambda a, out: exp(a),),
        monotone=1,
        notation=function("expm1"),
        rule="exponential",
        torch=Torch("expm1", local=(lambda a, out: out + 1,)),
        summary="e^a - 1, without cancellation near 0",
    ),
    Op(
        name="log",
        kernel="log",
        local=(lambda a, out: 1 / a,),
        domain=(lambda a: a > 0,),
        known={"e": Fraction(1)},
        monotone=1,
        notation=function("log", r"\log", aliases=("ln",)),
        rule="logarithm",
        torch=Torch("log"),
        summary="the natural logarithm",
    ),
    Op(
        name="log1p",
        body=lambda a: log(1 + a),
        local=(lambda a, out: 1 / (1 + a),),
        domain=(lambda a: a > -1,),
        monotone=1,
        notation=function("log1p"),
        rule="logarithm",
        torch=Torch("log1p"),
        summary="log(1 + a), without cancellation near 0",
    ),
    Op(
        name="log2",
        body=lambda a: log(a) / log(2),
        local=(lambda a, out: 1 / (a * log(2)),),
        domain=(lambda a: a > 0,),
        monotone=1,
        notation=function("log2", r"\log_{2}", "log₂", ("log_2",)),
        rule="logarithm",
        torch=Torch("log2"),
        summary="the logarithm to base 2",
    ),
    Op(
        name="log10",
        body=lambda a: log(a) / log(10),
        local=(lambda a, out: 1 / (a * log(10)),),
        domain=(lambda a: a > 0,),
        monotone=1,
        notation=function("log10", r"\log_{10}", "log₁₀", ("log_10",)),
        rule="logarithm",
        torch=Torch("log10"),
        summary="the logarithm to base 10",
    ),
)

_HYPERBOLIC = (
    Op(
        name="sinh",
        body=lambda a: (expm1(a) - expm1(-a)) / 2,
        local=(lambda a, out: apply("cosh", a),),
        monotone=1,
        notation=function("sinh", r"\sinh"),
        rule="hyperbolic",
        torch=Torch("sinh"),
        summary="(e^a - e^-a)/2",
    ),
    Op(
        name="cosh",
        body=lambda a: (exp(a) + exp(-a)) / 2,
        local=(lambda a, out: apply("sinh", a),),
        notation=function("cosh", r"\cosh"),
        rule="hyperbolic",
        torch=Torch("cosh"),
        summary="(e^a + e^-a)/2",
    ),
    Op(
        name="tanh",
        body=lambda a: 1 - 2 / (exp(2 * a) + 1),
        local=(lambda a, out: 1 - out**2,),
        monotone=1,
        notation=function("tanh", r"\tanh"),
        rule="tanh",
        torch=Torch("tanh"),
        summary="sinh(a)/cosh(a)",
    ),
    Op(
        name="sech",
        body=lambda a: 1 / apply("cosh", a),
        local=(lambda a, out: -out * tanh(a),),
        notation=function("sech", r"\operatorname{sech}"),
        rule="hyperbolic",
        summary="1/cosh(a)",
    ),
    Op(
        name="csch",
        body=lambda a: 1 / apply("sinh", a),
        local=(lambda a, out: -out * apply("coth", a),),
        domain=(lambda a: ne(a, 0),),
        notation=function("csch", r"\operatorname{csch}"),
        rule="hyperbolic",
        summary="1/sinh(a)",
    ),
    Op(
        name="coth",
        body=lambda a: 1 / tanh(a),
        local=(lambda a, out: 1 - out**2,),
        domain=(lambda a: ne(a, 0),),
        notation=function("coth", r"\coth"),
        rule="hyperbolic",
        summary="1/tanh(a)",
    ),
)

_INVERSE_HYPERBOLIC = (
    Op(
        name="asinh",
        body=lambda a: 2 * apply("atanh", a / (1 + sqrt(a**2 + 1))),
        local=(lambda a, out: 1 / sqrt(a**2 + 1),),
        monotone=1,
        notation=function("asinh", r"\operatorname{arsinh}", "arsinh", ("arcsinh",)),
        rule="inverse_hyperbolic",
        torch=Torch("asinh"),
        summary="log(a + √(a² + 1))",
    ),
    Op(
        name="acosh",
        body=lambda a: log1p((a - 1) + sqrt((a - 1) * (a + 1))),
        local=(lambda a, out: 1 / sqrt(a**2 - 1),),
        domain=(lambda a: a >= 1,),
        switches=(Switch(lambda a: a - 1),),
        monotone=1,
        notation=function("acosh", r"\operatorname{arcosh}", "arcosh", ("arccosh",)),
        rule="inverse_hyperbolic",
        torch=Torch("acosh"),
        summary="log(a + √(a² - 1))",
    ),
    Op(
        name="atanh",
        body=lambda a: (log1p(a) - log1p(-a)) / 2,
        local=(lambda a, out: 1 / (1 - a**2),),
        domain=(lambda a: a > -1, lambda a: a < 1),
        monotone=1,
        notation=function("atanh", r"\operatorname{artanh}", "artanh", ("arctanh",)),
        rule="inverse_hyperbolic",
        torch=Torch("atanh"),
        summary="log((1 + a)/(1 - a))/2",
    ),
    Op(
        name="asech",
        body=lambda a: apply("acosh", 1 / a),
        local=(lambda a, out: -1 / (a * sqrt(1 - a**2)),),
        domain=(lambda a: a > 0, lambda a: a <= 1),
        switches=(Switch(lambda a: a - 1),),
        monotone=-1,
        notation=function("asech", r"\operatorname{arsech}", "arsech", ("arcsech",)),
        rule="inverse_hyperbolic",
        summary="arcosh(1/a)",
    ),
    Op(
        name="acsch",
        body=lambda a: apply("asinh", 1 / a),
        local=(lambda a, out: -1 / (absolute(a) * sqrt(1 + a**2)),),
        domain=(lambda a: ne(a, 0),),
        notation=function("acsch", r"\operatorname{arcsch}", "arcsch", ("arccsch",)),
        rule="inverse_hyperbolic",
        summary="arsinh(1/a)",
    ),
    Op(
        name="acoth",
        body=lambda a: apply("atanh", 1 / a),
        local=(lambda a, out: 1 / (1 - a**2),),
        domain=(lambda a: absolute(a) > 1,),
        notation=function("acoth", r"\operatorname{arcoth}", "arcoth", ("arccoth",)),
        rule="inverse_hyperbolic",
        summary="artanh(1/a)",
    ),
)

ROWS = (*_EXPONENTIAL, *_HYPERBOLIC, *_INVERSE_HYPERBOLIC)
