"""Losses of ``torch.nn`` over classes: scores, log-probabilities or labels of a sample stand in a row.

Classes run along the last axis, samples along the one before, if there is one. Class numbers become rows of 0 and 1.

Source: the formulas of the PyTorch documentation of ``torch.nn``; where the function differs from its page, the
function is followed (``multi_margin_loss`` multiplies the power by the weight, its page raises the product).
"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.errors import ReadError, ShapeError
from derivcheck.ops.catalogue import Entry, Given, Operand, TorchCall, Values
from derivcheck.ops.options import Option, Setting, literal
from derivcheck.ops.phrasing import REDUCTION, defined, reduced, shifted

_ZERO, _ONE = Fraction(0), Fraction(1)
_CLASSES = Operand("y", ("n",), Values.CLASSES)
_WEIGHT = Operand("weight", ("k",), Values.TARGET, optional=True)
_IGNORE = Option("ignore_index", Setting.COUNT, None, nothing=True)
_SMOOTHING = Option("label_smoothing", Setting.NUMBER, _ZERO, least=_ZERO, most=_ONE)
_LAST = "axis=-1"


def _samples(given: Given, scores: str) -> int:
    """How many axes come before the classes, which run along the last: none or one.

    Raises:
        ShapeError: there are more.
    """
    before = given.axes(scores) - 1
    if before not in (0, 1):
        raise ShapeError(f"{scores} has one value a class, in one row or a row a sample: found {before + 1} axes")
    return before


def _from_classes(given: Given, logp: str, like: str) -> str:
    """The negative log likelihood of class numbers, from the text of log-probabilities.

    The mean is over what is not ignored, weighted; smoothed targets do not enter the weights that it is divided by.
    """
    smoothing = given["label_smoothing"] if "label_smoothing" in given.options else _ZERO
    row = "t"
    if smoothing:
        row = f"({literal(1 - smoothing)}*t + {literal(smoothing)}/size({like}, {_LAST}))"
    each = f"-sum(weight*{row}*{logp}, {_LAST})" if given.has("weight") else f"-sum({row}*{logp}, {_LAST})"
    if logp != like and not given.has("weight"):
        each = f"logsumexp({like}) - sum({row}*{like}, {_LAST})"  # a row of class numbers sums to 1
    weights = f"sum(weight*t, {_LAST})" if given.has("weight") else ""
    ignored = given["ignore_index"]
    target = f"t = onehot(y, {like})"
    if ignored is None and not weights:
        return defined(target, reduced(given, each))
    kept = "" if ignored is None else f"where(y == {literal(ignored)}, 0, 1)"
    factor = "keep*" if kept else ""
    total = f"sum({factor}{weights})" if weights else "sum(keep)"
    keep = f"keep = {kept}" if kept else ""
    if given["reduction"] == "mean":
        return defined(target, keep, f"sum({factor}({each}))/{total}" if factor else f"sum({each})/{total}")
    return defined(target, keep, reduced(given, f"{factor}({each})" if factor else each))


def _from_probabilities(given: Given, logp: str, like: str) -> str:
    if given["ignore_index"] is not None:
        raise ReadError("ignore_index needs class numbers, and the target holds probabilities")
    smoothing = given["label_smoothing"]
    row = f"({literal(1 - smoothing)}*y + {literal(smoothing)}/size({like}, {_LAST}))" if smoothing else "y"
    weighted = f"weight*{row}" if given.has("weight") else row
    return reduced(given, f"-sum({weighted}*{logp}, {_LAST})")


def _entropy(given: Given, scores: str, before: int) -> str:
    """Cross-entropy of scores, whose target is class numbers or, with the scores' own axes, probabilities."""
    axes = given.axes("y")
    if axes not in (before, before + 1):
        raise ShapeError(
            f"the target has {axes} axes: {before} for class numbers, {before + 1} for a probability of every class"
        )
    write = _from_classes if axes == before else _from_probabilities
    return write(given, f"log_softmax({scores})", scores)


def _cross_entropy(given: Given) -> str:
    return _entropy(given, "z", _samples(given, "z"))


def _linear_cross_entropy(given: Given) -> str:
    before = _samples(given, "X")
    bias = " + bias" if given.has("bias") else ""
    product = "X @ W.T" if before else "W @ X"
    return defined(f"z = {product}{bias}", _entropy(given, "z", before))


def _nll(given: Given) -> str:
    _samples(given, "logp")
    return _from_classes(given, "logp", "logp")


def _multilabel_margin(given: Given) -> str:
    """Every pair of a labelled and another class; labels count up to the first -1."""
    _samples(given, "z")
    ended = f"max(where((unsqueeze(y, axis=-2) < 0) and (positions(y) <= unsqueeze(positions(y))), 1, 0), {_LAST})"
    labelled = f"t = sum(unsqueeze(1 - {ended})*onehot(y, z), axis=-2)"
    hinges = "relu(1 - unsqueeze(z) + unsqueeze(z, axis=-2))"
    pairs = f"sum(unsqueeze(t)*(1 - unsqueeze(t, axis=-2))*{hinges}, axis=(-2, -1))/size(z, {_LAST})"
    return defined(labelled, reduced(given, pairs))


def _multilabel_soft_margin(given: Given) -> str:
    _samples(given, "z")
    each = "softplus(z) - y*z"
    return reduced(given, f"mean({f'weight*({each})' if given.has('weight') else each}, {_LAST})")


def _multi_margin(given: Given) -> str:
    _samples(given, "z")
    inner = shifted(f"z - sum(t*z, {_LAST})", given["margin"])
    if given.axes("z") == 2:
        inner = shifted(f"z - unsqueeze(sum(t*z, {_LAST}))", given["margin"])
    power = "^2" if given["p"] == 2 else ""
    each = f"mean((1 - t)*relu({inner}){power}, {_LAST})"
    return defined(
        "t = onehot(y, z)", reduced(given, f"sum(weight*t, {_LAST})*{each}" if given.has("weight") else each)
    )


_CLASS_TORCH = {"weight": "weight", "ignore_index": "ignore_index", "reduction": "reduction"}

_ENTROPIES = (
    Entry(
        name="cross_entropy",
        aliases=("cross_entropy_loss",),
        operands=(Operand("z", ("n", "k")), _CLASSES, _WEIGHT),
        options=(REDUCTION, _IGNORE, _SMOOTHING),
        write=_cross_entropy,
        torch=TorchCall(
            "cross_entropy",
            {"input": "z", "target": "y", **_CLASS_TORCH, "label_smoothing": "label_smoothing"},
            classes=("CrossEntropyLoss",),
        ),
        summary="cross-entropy of softmax(z) with class numbers or probabilities",
    ),
    Entry(
        name="nll_loss",
        aliases=("nll",),
        operands=(Operand("logp", ("n", "k")), _CLASSES, _WEIGHT),
        options=(REDUCTION, _IGNORE),
        write=_nll,
        torch=TorchCall("nll_loss", {"input": "logp", "target": "y", **_CLASS_TORCH}, classes=("NLLLoss", "NLLLoss2d")),
        summary="negative log likelihood of class numbers",
    ),
    Entry(
        name="linear_cross_entropy",
        operands=(
            Operand("X", ("n", "d")),
            Operand("W", ("k", "d")),
            _CLASSES,
            Operand("bias", ("k",), optional=True),
            _WEIGHT,
        ),
        options=(REDUCTION, _IGNORE, _SMOOTHING),
        write=_linear_cross_entropy,
        torch=TorchCall(
            "linear_cross_entropy",
            {
                "input": "X",
                "linear_weight": "W",
                "target": "y",
                "linear_bias": "bias",
                **_CLASS_TORCH,
                "label_smoothing": "label_smoothing",
            },
            classes=("LinearCrossEntropyLoss",),
        ),
        summary="cross-entropy of the scores X Wᵀ + bias",
    ),
)

_MARGINS = (
    Entry(
        name="multilabel_margin_loss",
        aliases=("multilabel_margin",),
        operands=(Operand("z", ("n", "k")), Operand("y", ("n", "k"), Values.LABELS)),
        options=(REDUCTION,),
        write=_multilabel_margin,
        torch=TorchCall(
            "multilabel_margin_loss",
            {"input": "z", "target": "y", "reduction": "reduction"},
            classes=("MultiLabelMarginLoss",),
        ),
        summary="hinge on every labelled class against every other",
    ),
    Entry(
        name="multilabel_soft_margin_loss",
        aliases=("multilabel_soft_margin",),
        operands=(Operand("z", ("n", "k")), Operand("y", ("n", "k"), Values.TARGET), _WEIGHT),
        options=(REDUCTION,),
        write=_multilabel_soft_margin,
        torch=TorchCall(
            "multilabel_soft_margin_loss",
            {"input": "z", "target": "y", "weight": "weight", "reduction": "reduction"},
            classes=("MultiLabelSoftMarginLoss",),
        ),
        summary="binary cross-entropy of every class, averaged over classes",
    ),
    Entry(
        name="multi_margin_loss",
        aliases=("multi_margin",),
        operands=(Operand("z", ("n", "k")), _CLASSES, _WEIGHT),
        options=(
            REDUCTION,
            Option("p", Setting.COUNT, 1, least=_ONE, most=Fraction(2)),
            Option("margin", Setting.NUMBER, _ONE),
        ),
        write=_multi_margin,
        torch=TorchCall(
            "multi_margin_loss",
            {"input": "z", "target": "y", "p": "p", "margin": "margin", "weight": "weight", "reduction": "reduction"},
            classes=("MultiMarginLoss",),
        ),
        summary="hinge on the right class against every other",
    ),
)

ENTRIES = (*_ENTROPIES, *_MARGINS)
