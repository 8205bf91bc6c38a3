"""Activations of ``torch.nn`` that are no row of a table: they join halves, heads or learned slopes.

Source: the formulas of the PyTorch documentation of ``torch.nn``.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derivcheck.errors import ReadError, ShapeError
from derivcheck.ops.catalogue import Entry, Given, Operand, TorchCall, Values
from derivcheck.ops.options import Option, Setting, literal
from derivcheck.ops.phrasing import defined

_AXIS = Option("dim", Setting.COUNT, -1)


def _matrix(rows: Iterable[Iterable[int]]) -> str:
    return f"[{', '.join(_row(r) for r in rows)}]"


def _row(numbers: Iterable[int]) -> str:
    return f"[{', '.join(map(str, numbers))}]"


def _glu(given: Given) -> str:
    """Both halves of the last axis, each by a matrix of 0 and 1."""
    size = given.extent("z", -1)
    if size % 2:
        raise ShapeError(f"the last axis of z is cut in halves: its size {size} is odd")
    half = size // 2
    first, second = (_matrix([int(i == j + start) for j in range(half)] for i in range(size)) for start in (0, half))
    return f"(z @ {first})*sigmoid(z @ {second})"


def _rrelu(given: Given) -> str:
    if given["lower"] > given["upper"]:
        raise ReadError("the option 'lower' exceeds 'upper'")
    if given.has("slope"):
        return "where(z > 0, z, slope*z)"
    return f"leaky_relu(z, {literal((given['lower'] + given['upper']) / 2)})"


def _prelu(given: Given) -> str:
    if given.axes("z") > 2:
        raise ShapeError(
            f"the channels of z run along its last axis: it has {given.axes('z')} axes, at most 2 are read"
        )
    return "where(z > 0, z, a*z)"


def _attention(given: Given) -> str:
    scale = "/sqrt(size(Q, axis=-1))" if given["scale"] is None else f"*{given.number('scale')}"
    return f"softmax((Q @ K.T){scale}) @ V"


def _multihead(given: Given) -> str:
    """The sum over heads: the columns of a head are kept by a row of 0 and 1, its part of the output added up."""
    width, heads = given.extent("Wq", 0), given["num_heads"]
    if width % heads:
        raise ShapeError(f"{width} columns cannot be shared out among {heads} heads")
    each = width // heads
    projected = [f"{new} = {old} @ W{w}.T{_bias(given, 'b' + w)}" for new, old, w in _PROJECTIONS]
    parts = []
    for head in range(heads):
        kept = _row(int(j // each == head) for j in range(width))
        mask = f"*{kept}" if heads > 1 else ""
        parts.append(f"softmax(({_fenced('q' + mask)} @ k.T)/sqrt({each})) @ {_fenced('v' + mask)}")
    joined = parts[0] if heads == 1 else " + ".join(parts)
    return defined(*projected, f"({joined}) @ Wo.T{_bias(given, 'bo')}")


_PROJECTIONS = (("q", "Q", "q"), ("k", "K", "k"), ("v", "V", "v"))


def _fenced(text: str) -> str:
    return f"({text})" if "*" in text else text


def _bias(given: Given, name: str) -> str:
    return f" + {name}" if given.has(name) else ""


_Z = Operand("z")

ENTRIES = (
    Entry(
        name="glu",
        operands=(Operand("z", ("n", "m")),),
        write=_glu,
        torch=TorchCall("glu", {"input": "z"}, classes=("GLU",)),
        shown_sizes={"m": 4},
        summary="the first half of the last axis times the sigmoid of the second",
        loss=False,
    ),
    Entry(
        name="prelu",
        operands=(_Z, Operand("a")),
        write=_prelu,
        torch=TorchCall("prelu", {"input": "z", "weight": "a"}, classes=("PReLU",)),
        summary="z for z > 0, else a·z with a learned slope",
        loss=False,
    ),
    Entry(
        name="rrelu",
        operands=(_Z, Operand("slope", values=Values.TARGET, optional=True)),
        options=(
            Option("lower", Setting.NUMBER, Fraction(1, 8), least=Fraction(0)),
            Option("upper", Setting.NUMBER, Fraction(1, 3), least=Fraction(0)),
        ),
        write=_rrelu,
        torch=TorchCall("rrelu", {"input": "z", "lower": "lower", "upper": "upper"}, classes=("RReLU",)),
        summary="z for z > 0, else z times a slope, drawn in training",
        note="In training torch draws a slope between lower and upper for every element: hand them over as slope. "
        "Without slopes it is the mean of both, as torch has it in evaluation.",
        loss=False,
    ),
    Entry(
        name="softmin",
        operands=(Operand("z", ("n", "k")),),
        options=(_AXIS,),
        write=lambda given: f"softmax(-z, axis={given['dim']})",
        torch=TorchCall("softmin", {"input": "z", "dim": "dim"}, classes=("Softmin",)),
        summary="softmax(-z) along an axis",
        loss=False,
    ),
    Entry(
        name="softmax2d",
        operands=(Operand("z", ("k", "h", "w")),),
        write=lambda given: "softmax(z, axis=-3)",
        torch=TorchCall("softmax", {"input": "z"}, {"dim": -3}, classes=("Softmax2d",)),
        summary="softmax over the channels of every pixel",
        loss=False,
    ),
    Entry(
        name="scaled_dot_product_attention",
        aliases=("attention",),
        operands=(Operand("Q", ("n", "d")), Operand("K", ("m", "d")), Operand("V", ("m", "p"))),
        options=(Option("scale", Setting.NUMBER, None, nothing=True),),
        write=_attention,
        torch=TorchCall("scaled_dot_product_attention", {"query": "Q", "key": "K", "value": "V", "scale": "scale"}),
        summary="softmax(Q Kᵀ/√d) V, attention of one head",
        loss=False,
    ),
    Entry(
        name="multihead_attention",
        operands=(
            Operand("Q", ("n", "d")),
            Operand("K", ("m", "d")),
            Operand("V", ("m", "d")),
            *(Operand(f"W{w}", ("d", "d")) for w in "qkvo"),
            *(Operand(f"b{w}", ("d",), optional=True) for w in "qkvo"),
        ),
        options=(Option("num_heads", Setting.COUNT, 1, least=Fraction(1)),),
        write=_multihead,
        torch=TorchCall(
            "multi_head_attention_forward",
            {
                "query": "Q",
                "key": "K",
                "value": "V",
                "num_heads": "num_heads",
                "q_proj_weight": "Wq",
                "k_proj_weight": "Wk",
                "v_proj_weight": "Wv",
                "out_proj_weight": "Wo",
                "out_proj_bias": "bo",
            },
            {
                "in_proj_weight": None,
                "bias_k": None,
                "bias_v": None,
                "add_zero_attn": False,
                "dropout_p": 0.0,
                "need_weights": False,
                "use_separate_proj_weight": True,
            },
            classes=("MultiheadAttention",),
        ),
        shown_sizes={"d": 4},
        shown_options={"num_heads": 2},
        summary="attention of several heads, projected before and after",
        note="torch takes bq, bk and bv as one vector in_proj_bias; without masks and dropout.",
        loss=False,
    ),
)
