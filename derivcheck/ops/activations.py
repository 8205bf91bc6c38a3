"""Rows of the smooth activation functions of ``torch.nn``.

Source: the formulas of the PyTorch documentation; softplus leaves its formula beyond a threshold there, to save
time, which is rounding and no part of the definition.
"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.ops.row import Op, Parameter, Switch, Term, Torch, apply
from derivcheck.ops.terms import HALF, absolute, exp, function, log1p, ne, pi, scaled, sigmoid, sqrt, tanh, where

_CUBIC = Fraction(44715, 10**6)
"""The coefficient of a³ in the tanh form of GELU."""


def _density(a: Term) -> Term:
    """The standard normal density."""
    return exp(-(a**2) / 2) / sqrt(2 * pi())


def _bent(a: Term) -> Term:
    """The argument of the hyperbolic tangent in the tanh form of GELU."""
    return sqrt(2 / pi()) * (a + _CUBIC * a**3)


def _bent_slope(a: Term) -> Term:
    return sqrt(2 / pi()) * (1 + 3 * _CUBIC * a**2)


def _gelu_tanh_slope(a: Term, _out: Term) -> Term:
    s = sigmoid(2 * _bent(a))
    return s * (1 + 2 * a * sigmoid(-2 * _bent(a)) * _bent_slope(a))


def _gelu_tanh_slope_in_torch(a: Term, _out: Term) -> Term:
    t = tanh(_bent(a))
    return HALF * (1 + t) + HALF * a * ((1 - t**2) * _bent_slope(a))


def _softplus(a: Term, beta: Fraction, _threshold: Fraction) -> Term:
    """log(1 + e^(βa))/β, by way of the number systems' own logsigmoid(x) = -log(1 + e^-x)."""
    unscaled = -apply("logsigmoid", -scaled(beta, a))
    return unscaled if beta == 1 else unscaled / beta


def _sigmoid_in_torch(a: Term) -> Term:
    """The exponential overflows where the value is subnormal."""
    return 1 / (1 + exp(-a))


def _silu_slope_in_torch(a: Term, _out: Term) -> Term:
    s = _sigmoid_in_torch(a)
    return s * (1 + a * (1 - s))


def _softplus_slope_in_torch(a: Term, _out: Term, beta: Fraction, threshold: Fraction) -> Term:
    z = exp(scaled(beta, a))
    return where(scaled(beta, a) > threshold, 1, z / (z + 1))


def _softplus_in_torch(a: Term, beta: Fraction, threshold: Fraction) -> Term:
    return where(scaled(beta, a) > threshold, a, log1p(exp(scaled(beta, a))) / beta)


def _softsign_slope_in_torch(a: Term, out: Term) -> Term:
    """The quotient rule on a/(1 + |a|)."""
    return 1 / (1 + absolute(a)) - apply("sign", a) * out / (1 + absolute(a))


def _mish_slope(a: Term, _out: Term) -> Term:
    t = tanh(apply("softplus", a, beta=1, threshold=20))
    return t + a * (1 - t**2) * sigmoid(a)


ROWS = (
    Op(
        name="sigmoid",
        body=lambda a: 1 / (1 + exp(-a)),
        local=(lambda a, out: out * (1 - out),),
        monotone=1,
        notation=function("sigmoid"),
        rule="sigmoid",
        torch=Torch("sigmoid", value=_sigmoid_in_torch),
        summary="1/(1 + e^-a)",
    ),
    Op(
        name="logsigmoid",
        body=lambda a: -log1p(exp(-a)),
        local=(lambda a, out: sigmoid(-a),),
        monotone=1,
        notation=function("logsigmoid", aliases=("log_sigmoid",)),
        rule="activation",
        torch=Torch("nn.functional.logsigmoid"),
        summary="log(sigmoid(a))",
    ),
    Op(
        name="softplus",
        params=(Parameter("beta", Fraction(1)), Parameter("threshold", Fraction(20))),
        body=_softplus,
        local=(lambda a, out, beta, threshold: sigmoid(scaled(beta, a)),),
        domain=(lambda a, beta, threshold: ne(beta, 0),),
        monotone=1,
        notation=function("softplus"),
        rule="activation",
        torch=Torch(
            "nn.functional.softplus",
            {"beta": "beta", "threshold": "threshold"},
            value=_softplus_in_torch,
            local=(_softplus_slope_in_torch,),
        ),
        summary="log(1 + e^(beta·a))/beta",
    ),
    Op(
        name="gelu",
        body=lambda a: a * apply("erfc", -a / sqrt(2)) / 2,
        local=(lambda a, out: apply("erfc", -a / sqrt(2)) / 2 + a * _density(a),),
        notation=function("gelu", r"\operatorname{GELU}"),
        rule="activation",
        torch=Torch(
            "nn.functional.gelu",
            value=lambda a: HALF * a * (1 + apply("erf", a / sqrt(2))),
            local=(lambda a, out: HALF * (1 + apply("erf", a / sqrt(2))) + a * _density(a),),
        ),
        summary="a times the standard normal distribution function",
    ),
    Op(
        name="gelu_tanh",
        body=lambda a: a * sigmoid(2 * _bent(a)),
        local=(_gelu_tanh_slope,),
        notation=function("gelu_tanh", r"\operatorname{GELU}_{\tanh}"),
        rule="activation",
        torch=Torch(
            "nn.functional.gelu",
            {"approximate": "tanh"},
            value=lambda a: HALF * a * (1 + tanh(_bent(a))),
            local=(_gelu_tanh_slope_in_torch,),
        ),
        summary="a/2·(1 + tanh(√(2/π)·(a + 0.044715·a³)))",
    ),
    Op(
        name="silu",
        body=lambda a: a * sigmoid(a),
        local=(lambda a, out: sigmoid(a) * (1 + a * (1 - sigmoid(a))),),
        notation=function("silu", r"\operatorname{SiLU}", aliases=("swish",)),
        rule="activation",
        torch=Torch("nn.functional.silu", value=lambda a: a / (1 + exp(-a)), local=(_silu_slope_in_torch,)),
        summary="a·sigmoid(a)",
    ),
    Op(
        name="mish",
        body=lambda a: a * tanh(apply("softplus", a, beta=1, threshold=20)),
        local=(_mish_slope,),
        notation=function("mish"),
        rule="activation",
        torch=Torch("nn.functional.mish"),
        summary="a·tanh(softplus(a))",
    ),
    Op(
        name="softsign",
        body=lambda a: a / (1 + absolute(a)),
        local=(lambda a, out: 1 / (1 + absolute(a)) ** 2,),
        switches=(Switch(lambda a: a),),
        monotone=1,
        notation=function("softsign"),
        rule="activation",
        torch=Torch("nn.functional.softsign", value=lambda a: a / (1 + absolute(a)), local=(_softsign_slope_in_torch,)),
        summary="a/(1 + |a|); its slope is continuous, its curvature is not",
    ),
    Op(
        name="tanhshrink",
        body=lambda a: a - tanh(a),
        local=(lambda a, out: tanh(a) ** 2,),
        monotone=1,
        notation=function("tanhshrink"),
        rule="activation",
        torch=Torch(
            "nn.functional.tanhshrink", value=lambda a: a - tanh(a), local=(lambda a, out: 1 - (1 - tanh(a) ** 2),)
        ),
        summary="a - tanh(a)",
    ),
)
