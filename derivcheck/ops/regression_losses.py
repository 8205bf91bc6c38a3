"""Losses of ``torch.nn`` that compare numbers with numbers, element by element.

Source: the formulas of the PyTorch documentation of ``torch.nn``; where the function differs from its page, the
function is followed.
"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.ops.catalogue import Entry, Given, Operand, TorchCall, Values
from derivcheck.ops.options import Option, Setting, literal
from derivcheck.ops.phrasing import REDUCTION, reduced, shifted

_ZERO, _ONE = Fraction(0), Fraction(1)
_PAIR = (Operand("yhat"), Operand("y", values=Values.TARGET))
_WEIGHT = Operand("weight", values=Values.TARGET, optional=True)
_TO_TORCH = {"input": "yhat", "target": "y", "reduction": "reduction"}
_SIGNS = Operand("y", values=Values.SIGNS)


def _weighted(given: Given, each: str) -> str:
    """Weighted elements; their mean is divided by the sum of the weights."""
    if not given.has("weight"):
        return reduced(given, each)
    each = f"weight*{each}"
    return f"sum({each})/sum(weight)" if given["reduction"] == "mean" else reduced(given, each)


def _huber(given: Given) -> str:
    delta, half = given.number("delta"), literal(given["delta"] / 2)
    line = f"|u| - {half}" if given["delta"] == 1 else f"{delta}*(|u| - {half})"
    each = f"where(|u| <= {delta}, u^2/2, {line})"
    return f"u = yhat - y; {reduced(given, f'weight*{each}' if given.has('weight') else each)}"


def _smooth_l1(given: Given) -> str:
    beta = given["beta"]
    if not beta:
        return reduced(given, "|yhat - y|")
    each = f"where(|u| < {literal(beta)}, u^2/{literal(2 * beta)}, |u| - {literal(beta / 2)})"
    return f"u = yhat - y; {reduced(given, each)}"


def _poisson(given: Given) -> str:
    each = "exp(yhat) - y*yhat" if given["log_input"] else f"yhat - y*log({shifted('yhat', given['eps'])})"
    if given["full"]:
        each += " + where(y > 1, y*log(y) - y + log(2*pi*y)/2, 0)"
    return reduced(given, each)


def _gaussian(given: Given) -> str:
    held = f"max(variance, {given.number('eps')})" if given["eps"] else "variance"
    if given.has("variance") and given.axes("variance") == given.axes("yhat") - 1:
        held = f"unsqueeze({held})"
    constant = " + log(2*pi)/2" if given["full"] else ""
    return f"v = {held}; {reduced(given, f'(log(v) + (yhat - y)^2/v)/2{constant}')}"


def _kl(given: Given) -> str:
    each = "exp(t)*(t - logq)" if given["log_target"] else "xlogy(t, t) - t*logq"
    if given["reduction"] == "batchmean":
        return f"sum({each})/size(logq, axis=0)" if given.axes("logq") else each
    return reduced(given, each)


def _log(of: str, given: Given) -> str:
    floor = given["floor"]
    return f"log({of})" if floor is None else f"where({of} > exp({literal(floor)}), log({of}), {literal(floor)})"


def _bce(given: Given) -> str:
    each = f"-(y*{_log('p', given)} + (1 - y)*{_log('(1 - p)', given)})".replace("log((1 - p))", "log(1 - p)")
    return reduced(given, f"weight*({each})" if given.has("weight") else each)


def _bce_with_logits(given: Given) -> str:
    each = "softplus(z) - y*z"
    if given.has("pos_weight"):
        each = "(1 - y)*z + (1 + (pos_weight - 1)*y)*softplus(-z)"
    return reduced(given, f"weight*({each})" if given.has("weight") else each)


_ERRORS = (
    Entry(
        name="l1_loss",
        aliases=("mae",),
        operands=(*_PAIR, _WEIGHT),
        options=(REDUCTION,),
        write=lambda given: _weighted(given, "|yhat - y|"),
        torch=TorchCall("l1_loss", {**_TO_TORCH, "weight": "weight"}, classes=("L1Loss",)),
        summary="mean absolute error",
    ),
    Entry(
        name="mse_loss",
        aliases=("mse",),
        operands=(*_PAIR, _WEIGHT),
        options=(REDUCTION,),
        write=lambda given: _weighted(given, "(yhat - y)^2"),
        torch=TorchCall("mse_loss", {**_TO_TORCH, "weight": "weight"}, classes=("MSELoss",)),
        summary="mean squared error",
    ),
    Entry(
        name="huber_loss",
        aliases=("huber",),
        operands=(*_PAIR, _WEIGHT),
        options=(REDUCTION, Option("delta", Setting.NUMBER, _ONE, least=_ZERO, above=True)),
        write=_huber,
        torch=TorchCall("huber_loss", {**_TO_TORCH, "weight": "weight", "delta": "delta"}, classes=("HuberLoss",)),
        summary="squared for small errors, absolute for large ones",
    ),
    Entry(
        name="smooth_l1_loss",
        aliases=("smooth_l1",),
        operands=_PAIR,
        options=(REDUCTION, Option("beta", Setting.NUMBER, _ONE, least=_ZERO)),
        write=_smooth_l1,
        torch=TorchCall("smooth_l1_loss", {**_TO_TORCH, "beta": "beta"}, classes=("SmoothL1Loss",)),
        summary="the Huber loss divided by its threshold",
    ),
)

_LIKELIHOODS = (
    Entry(
        name="poisson_nll_loss",
        aliases=("poisson_nll",),
        operands=_PAIR,
        options=(
            REDUCTION,
            Option("log_input", Setting.FLAG, True),
            Option("full", Setting.FLAG, False),
            Option("eps", Setting.NUMBER, Fraction(1, 10**8), least=_ZERO),
        ),
        write=_poisson,
        torch=TorchCall(
            "poisson_nll_loss",
            {**_TO_TORCH, "log_input": "log_input", "full": "full", "eps": "eps"},
            classes=("PoissonNLLLoss",),
        ),
        summary="negative log likelihood of a Poisson count",
    ),
    Entry(
        name="gaussian_nll_loss",
        aliases=("gaussian_nll",),
        operands=(*_PAIR, Operand("variance")),
        options=(
            REDUCTION,
            Option("full", Setting.FLAG, False),
            Option("eps", Setting.NUMBER, Fraction(1, 10**6), least=_ZERO),
        ),
        write=_gaussian,
        torch=TorchCall(
            "gaussian_nll_loss",
            {**_TO_TORCH, "var": "variance", "full": "full", "eps": "eps"},
            classes=("GaussianNLLLoss",),
        ),
        summary="negative log likelihood of a normal distribution",
        note="Where the variance is below eps, torch's backward pass differentiates as if it were not held at eps.",
    ),
    Entry(
        name="kl_div",
        aliases=("kl_divergence",),
        operands=(Operand("logq"), Operand("t", values=Values.TARGET)),
        options=(
            Option("reduction", Setting.CHOICE, "mean", choices=("mean", "batchmean", "sum", "none")),
            Option("log_target", Setting.FLAG, False),
        ),
        write=_kl,
        torch=TorchCall(
            "kl_div",
            {"input": "logq", "target": "t", "reduction": "reduction", "log_target": "log_target"},
            classes=("KLDivLoss",),
        ),
        summary="Kullback-Leibler divergence of log-probabilities from a target",
    ),
    Entry(
        name="binary_cross_entropy",
        aliases=("bce",),
        operands=(Operand("p"), Operand("y", values=Values.TARGET), _WEIGHT),
        options=(REDUCTION, Option("floor", Setting.NUMBER, None, most=_ZERO, nothing=True)),
        write=_bce,
        torch=TorchCall(
            "binary_cross_entropy",
            {"input": "p", "target": "y", "weight": "weight", "reduction": "reduction"},
            settings={"floor": -100},
            classes=("BCELoss",),
        ),
        summary="cross-entropy of a probability with a target in [0, 1]",
        note="torch holds the logarithms at -100; floor=-100 does the same.",
    ),
    Entry(
        name="binary_cross_entropy_with_logits",
        aliases=("bce_with_logits",),
        operands=(
            Operand("z"),
            Operand("y", values=Values.TARGET),
            _WEIGHT,
            Operand("pos_weight", values=Values.TARGET, optional=True),
        ),
        options=(REDUCTION,),
        write=_bce_with_logits,
        torch=TorchCall(
            "binary_cross_entropy_with_logits",
            {"input": "z", "target": "y", "weight": "weight", "pos_weight": "pos_weight", "reduction": "reduction"},
            classes=("BCEWithLogitsLoss",),
        ),
        summary="cross-entropy of sigmoid(z) with a target in [0, 1]",
    ),
)


def _relu(given: Given, inner: str) -> str:
    return f"relu({shifted(inner, given['margin'])})"


_MARGINS = (
    Entry(
        name="margin_ranking_loss",
        aliases=("margin_ranking",),
        operands=(Operand("s1"), Operand("s2"), _SIGNS),
        options=(REDUCTION, Option("margin", Setting.NUMBER, _ZERO)),
        write=lambda given: reduced(given, _relu(given, "-y*(s1 - s2)")),
        torch=TorchCall(
            "margin_ranking_loss",
            {"input1": "s1", "input2": "s2", "target": "y", "margin": "margin", "reduction": "reduction"},
            classes=("MarginRankingLoss",),
        ),
        summary="hinge on the order of two scores",
    ),
    Entry(
        name="hinge_embedding_loss",
        aliases=("hinge_embedding",),
        operands=(Operand("d"), _SIGNS),
        options=(REDUCTION, Option("margin", Setting.NUMBER, _ONE)),
        write=lambda given: reduced(given, f"where(y == 1, d, {_relu(given, '-d')})"),
        torch=TorchCall(
            "hinge_embedding_loss",
            {"input": "d", "target": "y", "margin": "margin", "reduction": "reduction"},
            classes=("HingeEmbeddingLoss",),
        ),
        summary="a distance for y = 1, a hinge on it for y = -1",
    ),
    Entry(
        name="soft_margin_loss",
        aliases=("soft_margin",),
        operands=(Operand("z"), _SIGNS),
        options=(REDUCTION,),
        write=lambda given: reduced(given, "softplus(-y*z)"),
        torch=TorchCall(
            "soft_margin_loss", {"input": "z", "target": "y", "reduction": "reduction"}, classes=("SoftMarginLoss",)
        ),
        summary="logistic loss of a score and y = 1 or -1",
    ),
)

ENTRIES = (*_ERRORS, *_LIKELIHOODS, *_MARGINS)
