"""Losses of ``torch.nn`` on vectors: cosines and distances, along the last axis.

Source: the formulas of the PyTorch documentation of ``torch.nn``.
"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.ops.catalogue import Entry, Given, Operand, TorchCall, Values
from derivcheck.ops.options import Option, Setting, literal
from derivcheck.ops.phrasing import REDUCTION, defined, reduced, shifted

_ZERO, _ONE = Fraction(0), Fraction(1)
_LAST = "axis=-1"


def _cosine(given: Given) -> str:
    eps = given["eps"]
    squares = [shifted(f"sum({v}^2, {_LAST})", eps) for v in ("u", "v")]
    under = f"sqrt(({squares[0]})*({squares[1]}))" if eps else f"(norm(u, {_LAST})*norm(v, {_LAST}))"
    hinge = f"relu({shifted('c', -given['margin'])})"
    return defined(f"c = sum(u*v, {_LAST})/{under}", reduced(given, f"where(y == 1, 1 - c, {hinge})"))


def _distance(given: Given, a: str, b: str) -> str:
    kind = given.options.get("distance", "euclidean")
    if kind == "cosine":
        return f"(1 - sum({a}*{b}, {_LAST})/(norm({a}, {_LAST})*norm({b}, {_LAST})))"
    if kind == "squared":
        return f"sum(({a} - {b})^2, {_LAST})"
    p = given.options.get("p", Fraction(2))
    order = "" if p == 2 else f"{literal(p)}, "
    return f"norm({shifted(f'{a} - {b}', given['eps'])}, {order}{_LAST})"


def _triplet(given: Given) -> str:
    """The distance to the negative is that of the nearer of anchor and positive where ``swap`` is asked for."""
    far = _distance(given, "anchor", "negative")
    if given["swap"]:
        far = f"min({far}, {_distance(given, 'positive', 'negative')})"
    near = _distance(given, "anchor", "positive")
    return reduced(given, f"relu({shifted(f'{near} - {far}', given['margin'])})")


_TRIPLET = tuple(Operand(name, ("n", "d")) for name in ("anchor", "positive", "negative"))
_TRIPLET_OPTIONS = (
    REDUCTION,
    Option("margin", Setting.NUMBER, _ONE, least=_ZERO, above=True),
    Option("swap", Setting.FLAG, False),
    Option("eps", Setting.NUMBER, Fraction(1, 10**6), least=_ZERO),
)
_TRIPLET_TORCH = {n: n for n in ("anchor", "positive", "negative", "margin", "swap", "reduction")}

ENTRIES = (
    Entry(
        name="cosine_embedding_loss",
        aliases=("cosine_embedding",),
        operands=(Operand("u", ("n", "d")), Operand("v", ("n", "d")), Operand("y", ("n",), Values.SIGNS)),
        options=(
            REDUCTION,
            Option("margin", Setting.NUMBER, _ZERO, least=-_ONE, most=_ONE),
            Option("eps", Setting.NUMBER, _ZERO, least=_ZERO),
        ),
        write=_cosine,
        torch=TorchCall(
            "cosine_embedding_loss",
            {"input1": "u", "input2": "v", "target": "y", "margin": "margin", "reduction": "reduction"},
            settings={"eps": Fraction(1, 10**12)},
            classes=("CosineEmbeddingLoss",),
        ),
        summary="1 - cos(u, v) for y = 1, a hinge on cos(u, v) for y = -1",
        note="torch adds 1e-12 to both squared norms; eps=1e-12 does the same.",
    ),
    Entry(
        name="triplet_margin_loss",
        aliases=("triplet_margin", "triplet"),
        operands=_TRIPLET,
        options=(*_TRIPLET_OPTIONS, Option("p", Setting.NUMBER, Fraction(2), least=_ONE)),
        write=_triplet,
        torch=TorchCall(
            "triplet_margin_loss", {**_TRIPLET_TORCH, "eps": "eps", "p": "p"}, classes=("TripletMarginLoss",)
        ),
        summary="hinge on the distances to a positive and a negative",
    ),
    Entry(
        name="triplet_margin_with_distance_loss",
        aliases=("triplet_margin_with_distance",),
        operands=_TRIPLET,
        options=(
            *_TRIPLET_OPTIONS,
            Option("distance", Setting.CHOICE, "euclidean", choices=("euclidean", "squared", "cosine")),
        ),
        write=_triplet,
        torch=TorchCall(
            "triplet_margin_with_distance_loss",
            {**_TRIPLET_TORCH, "distance_function": "distance"},
            classes=("TripletMarginWithDistanceLoss",),
        ),
        summary="the triplet loss with a distance of one's choice",
        note="torch takes a function as the distance; any other than these is written as an expression.",
    ),
)
