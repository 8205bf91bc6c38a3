"""Rows of the activation functions of ``torch.nn`` that are made of pieces.

Source: the formulas of the PyTorch documentation, which also gives the value on each switch.
A parameter can take a switch away (a leaky slope of 1): its cell is then the constant 1, which never vanishes, and the
local derivative is right there too.
"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.ops.row import Op, Parameter, Switch, Term, Torch
from derivcheck.ops.terms import exp, expm1, function, greater, le, lesser, ne, scaled, where

_SELU_SCALE = Fraction("1.0507009873554804934193349852946")
_SELU_ALPHA = Fraction("1.6732632423543772848170429916717")

_BINARY32_SIXTH = Fraction(11184811, 2**26)
"""What torch's backward of hardsigmoid holds for 1/6, in every dtype."""


def _between(a: Term, lo: Fraction | int, hi: Fraction | int) -> Term:
    """The condition lo < a < hi."""
    return (a > lo) & (a < hi)


def _held(a: Term, lo: Fraction | int, hi: Fraction | int) -> Term:
    """``a``, held between ``lo`` and ``hi``."""
    return lesser(greater(a, lo), hi)


def _over(a: Term, divisor: Fraction) -> Term:
    return a if divisor == 1 else a / divisor


_LINEAR = (
    Op(
        name="relu",
        body=lambda a: greater(a, 0),
        local=(lambda a, out: where(a > 0, 1, 0),),
        switches=(Switch(lambda a: a),),
        monotone=1,
        notation=function("relu", r"\operatorname{ReLU}", aliases=("ReLU",)),
        rule="relu",
        torch=Torch("nn.functional.relu"),
        summary="max(a, 0)",
    ),
    Op(
        name="leaky_relu",
        params=(Parameter("negative_slope", Fraction(1, 100)),),
        body=lambda a, slope: where(a > 0, a, slope * a),
        local=(lambda a, out, slope: where(a > 0, 1, slope),),
        switches=(Switch(lambda a, slope: a if slope != 1 else 1),),
        notation=function("leaky_relu", r"\operatorname{LeakyReLU}"),
        rule="relu",
        torch=Torch("nn.functional.leaky_relu", {"negative_slope": "negative_slope"}),
        summary="a for a > 0, else negative_slope·a",
    ),
    Op(
        name="relu6",
        body=lambda a: _held(a, 0, 6),
        local=(lambda a, out: where(_between(a, 0, 6), 1, 0),),
        switches=(Switch(lambda a: a), Switch(lambda a: a - 6)),
        monotone=1,
        notation=function("relu6", r"\operatorname{ReLU6}"),
        rule="relu",
        torch=Torch("nn.functional.relu6"),
        summary="min(max(a, 0), 6)",
    ),
    Op(
        name="hardtanh",
        params=(Parameter("min_val", Fraction(-1)), Parameter("max_val", Fraction(1))),
        body=_held,
        local=(lambda a, out, lo, hi: where(_between(a, lo, hi), 1, 0),),
        domain=(lambda a, lo, hi: le(lo, hi),),
        switches=(
            Switch(lambda a, lo, hi: a - lo if lo < hi else 1),
            Switch(lambda a, lo, hi: a - hi if lo < hi else 1),
        ),
        monotone=1,
        notation=function("hardtanh"),
        rule="relu",
        torch=Torch("nn.functional.hardtanh", {"min_val": "min_val", "max_val": "max_val"}),
        summary="a, held between min_val and max_val",
    ),
    Op(
        name="hardsigmoid",
        body=lambda a: _held(a + 3, 0, 6) / 6,
        local=(lambda a, out: where(_between(a, -3, 3), Fraction(1, 6), 0),),
        switches=(Switch(lambda a: a + 3), Switch(lambda a: a - 3)),
        monotone=1,
        notation=function("hardsigmoid"),
        rule="relu",
        torch=Torch(
            "nn.functional.hardsigmoid",
            local=(lambda a, out: where(_between(a, -3, 3), _BINARY32_SIXTH, 0),),
        ),
        summary="relu6(a + 3)/6",
    ),
    Op(
        name="hardswish",
        body=lambda a: a * _held(a + 3, 0, 6) / 6,
        local=(lambda a, out: where(a > -3, where(a < 3, a / 3 + Fraction(1, 2), 1), 0),),
        switches=(Switch(lambda a: a + 3), Switch(lambda a: a - 3)),
        notation=function("hardswish"),
        rule="relu",
        torch=Torch("nn.functional.hardswish"),
        summary="a·relu6(a + 3)/6",
    ),
    Op(
        name="threshold",
        params=(Parameter("threshold"), Parameter("value")),
        body=lambda a, threshold, value: where(a > threshold, a, value),
        local=(lambda a, out, threshold, value: where(a > threshold, 1, 0),),
        switches=(
            Switch(lambda a, threshold, value: a - threshold if value != threshold else 1, jump=True),
            Switch(lambda a, threshold, value: a - threshold if value == threshold else 1),
        ),
        notation=function("threshold"),
        rule="relu",
        torch=Torch("nn.functional.threshold", {"threshold": "threshold", "value": "value"}),
        summary="a where it exceeds the threshold, else a fixed value",
    ),
    Op(
        name="hardshrink",
        params=(Parameter("lambd", Fraction(1, 2)),),
        body=lambda a, lambd: where((a > lambd) | (a < -lambd), a, 0),
        local=(lambda a, out, lambd: where((a > lambd) | (a < -lambd), 1, 0) if lambd else 1,),
        switches=(
            Switch(lambda a, lambd: a - lambd if lambd > 0 else 1, jump=True),
            Switch(lambda a, lambd: a + lambd if lambd > 0 else 1, jump=True),
        ),
        monotone=1,
        notation=function("hardshrink"),
        rule="relu",
        torch=Torch("nn.functional.hardshrink", {"lambd": "lambd"}),
        summary="a where |a| > lambd, else 0",
    ),
    Op(
        name="softshrink",
        params=(Parameter("lambd", Fraction(1, 2)),),
        body=lambda a, lambd: where(a > lambd, a - lambd, where(a < -lambd, a + lambd, 0)),
        local=(lambda a, out, lambd: where((a > lambd) | (a < -lambd), 1, 0) if lambd else 1,),
        domain=(lambda a, lambd: le(0, lambd),),
        switches=(
            Switch(lambda a, lambd: a - lambd if lambd > 0 else 1),
            Switch(lambda a, lambd: a + lambd if lambd > 0 else 1),
        ),
        monotone=1,
        notation=function("softshrink"),
        rule="relu",
        torch=Torch("nn.functional.softshrink", {"lambd": "lambd"}),
        summary="a moved towards 0 by lambd, and 0 where |a| ≤ lambd",
    ),
)

_EXPONENTIAL = (
    Op(
        name="elu",
        params=(Parameter("alpha", Fraction(1)),),
        body=lambda a, alpha: where(a > 0, a, scaled(alpha, expm1(a))),
        local=(lambda a, out, alpha: where(a > 0, 1, scaled(alpha, exp(a))),),
        switches=(Switch(lambda a, alpha: a),),
        notation=function("elu", r"\operatorname{ELU}"),
        rule="activation",
        torch=Torch("nn.functional.elu", {"alpha": "alpha"}),
        summary="a for a > 0, else alpha·(e^a - 1)",
    ),
    Op(
        name="selu",
        body=lambda a: _SELU_SCALE * where(a > 0, a, _SELU_ALPHA * expm1(a)),
        local=(lambda a, out: _SELU_SCALE * where(a > 0, 1, _SELU_ALPHA * exp(a)),),
        switches=(Switch(lambda a: a),),
        monotone=1,
        notation=function("selu", r"\operatorname{SELU}"),
        rule="activation",
        torch=Torch("nn.functional.selu"),
        summary="1.0507·a for a > 0, else 1.7581·(e^a - 1): the self-normalising ELU",
    ),
    Op(
        name="celu",
        params=(Parameter("alpha", Fraction(1)),),
        body=lambda a, alpha: where(a > 0, a, scaled(alpha, expm1(_over(a, alpha)))),
        local=(lambda a, out, alpha: where(a > 0, 1, exp(_over(a, alpha))),),
        domain=(lambda a, alpha: ne(alpha, 0),),
        switches=(Switch(lambda a, alpha: a),),
        monotone=1,
        notation=function("celu", r"\operatorname{CELU}"),
        rule="activation",
        torch=Torch("nn.functional.celu", {"alpha": "alpha"}),
        summary="a for a > 0, else alpha·(e^(a/alpha) - 1)",
    ),
)

ROWS = (*_LINEAR, *_EXPONENTIAL)
