"""Questions to the catalogue: every combination of options, shapes of operands, random and nonsmooth points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from derivcheck.ops.catalogue import Entry, Operand, Values
from derivcheck.ops.losses import CATALOGUE
from derivcheck.ops.options import Option, Setting

Shapes = dict[str, tuple[int, ...]]
Array = Any


@dataclass(frozen=True)
class Question:
    """One entry with options, at one point."""

    entry: Entry
    options: Mapping[str, Any]
    point: Mapping[str, Array]
    nonsmooth: bool = False
    conventions: tuple[str, ...] = ()

    @property
    def shapes(self) -> Shapes:
        return {n: np.shape(v) for n, v in self.point.items()}

    @property
    def label(self) -> str:
        options = ",".join(f"{n}={v}" for n, v in self.options.items())
        shapes = ",".join(f"{n}{s}".replace(" ", "") for n, s in self.shapes.items())
        return f"{self.entry.name}[{options}]({shapes}){'!' if self.nonsmooth else ''}"


SIZES = {"n": 2, "k": 3, "d": 4, "m": 4, "p": 3, "T": 4, "h": 2, "w": 3}
OTHER_VALUES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("huber_loss", "delta"): (Fraction(1, 4),),
    ("smooth_l1_loss", "beta"): (Fraction(1, 4), Fraction(0)),
    ("binary_cross_entropy", "floor"): (None,),
    ("cosine_embedding_loss", "eps"): (Fraction(0),),
    ("ctc_loss", "target"): ((1, 2), (1, 1), (), (2,)),
    ("ctc_loss", "blank"): (3,),
    ("triplet_margin_loss", "p"): (Fraction(1), Fraction(3)),
    ("multihead_attention", "num_heads"): (2,),
    ("rrelu", "upper"): (Fraction(1, 2),),
    ("rrelu", "lower"): (Fraction(1, 4),),
    ("softmin", "dim"): (0,),
}
"""Further values of options where one that fits any option of its kind says too little."""
USUAL_VALUES = {
    Setting.FLAG: (True,),
    Setting.NUMBER: (Fraction(1, 4),),
    Setting.COUNT: (1,),
}
SELDOM = {("binary_cross_entropy", "floor"), ("cosine_embedding_loss", "eps"), ("triplet_margin_loss", "p")}
"""Options that no other option can meddle with, so that they are tried with the defaults alone."""

RANKS: dict[str, list[Shapes]] = {
    "elementwise": [{}],
    "cross_entropy": [
        {"z": (3,), "y": (), "weight": (3,)},
        {"z": (2, 3), "y": (2,), "weight": (3,)},
        {"z": (2, 3), "y": (2, 3), "weight": (3,)},
    ],
    "nll_loss": [{"logp": (3,), "y": (), "weight": (3,)}, {"logp": (2, 3), "y": (2,), "weight": (3,)}],
    "linear_cross_entropy": [
        {"X": (2, 2), "W": (3, 2), "y": (2,), "bias": (3,), "weight": (3,)},
        {"X": (2, 2), "W": (3, 2), "y": (2, 3), "bias": (3,), "weight": (3,)},
    ],
    "multilabel_margin_loss": [{"z": (3,), "y": (3,)}, {"z": (2, 3), "y": (2, 3)}],
    "multi_margin_loss": [{"z": (3,), "y": (), "weight": (3,)}, {"z": (2, 3), "y": (2,), "weight": (3,)}],
    "gaussian_nll_loss": [
        {"yhat": (2, 2), "y": (2, 2), "variance": (2, 2)},
        {"yhat": (2, 2), "y": (2, 2), "variance": (2,)},
    ],
    "cosine_embedding_loss": [{"u": (3,), "v": (3,), "y": ()}, {"u": (2, 3), "v": (2, 3), "y": (2,)}],
    "triplet_margin_loss": [dict.fromkeys(("anchor", "positive", "negative"), s) for s in ((3,), (2, 3))],
    "ctc_loss": [{"logp": (4, 4)}],
    "rrelu": [{"z": (2, 2)}],
    "prelu": [{"z": (2, 3), "a": ()}, {"z": (2, 3), "a": (3,)}],
}
"""Shapes that are tried, where the usual ones say too little; optional operands are left out in turn."""


def _options(entry: Entry) -> Iterator[Mapping[str, Any]]:
    tried = [o for o in entry.options if (entry.name, o.name) not in SELDOM]
    yield from (
        {o.name: v for o, v in zip(tried, values, strict=True)} for values in product(*map(_tried(entry), tried))
    )
    for option in entry.options:
        if (entry.name, option.name) in SELDOM:
            yield from ({option.name: v} for v in OTHER_VALUES[entry.name, option.name])


def _tried(entry: Entry) -> Any:
    def values(option: Option) -> Sequence[Any]:
        if option.setting is Setting.CHOICE:
            return option.choices
        default = () if option.required else (option.default,)
        return (*default, *OTHER_VALUES.get((entry.name, option.name), USUAL_VALUES.get(option.setting, ())))

    return values


def _shapes(entry: Entry) -> Iterator[Shapes]:
    usual = {o.name: tuple(SIZES[s] for s in o.shape) or (2, 2) for o in entry.operands}
    optional = [o.name for o in entry.operands if o.optional]
    together = [optional] if entry.name == "multihead_attention" else [[o] for o in optional]
    for shapes in RANKS.get(entry.name, [usual]):
        for given in product((False, True), repeat=len(together)):
            left_out = {n for names, there in zip(together, given, strict=True) if not there for n in names}
            yield {n: s for n, s in shapes.items() if n not in left_out}


POSITIVE = {("poisson_nll_loss", "y"), ("kl_div", "t")}


def _values(entry: Entry, operand: Operand, shapes: Shapes, options: Mapping[str, Any], seed: int) -> Array:
    """Dyadic values, away from every switch almost surely."""
    random = np.random.default_rng([seed, len(operand.name), *map(ord, operand.name)])
    shape = shapes[operand.name]
    unit = random.integers(20, 236, shape) / 256
    if operand.values is Values.CLASSES and shape == next(iter(shapes.values()))[: len(shape)] and len(shape) < 2:
        return np.array([2.0, 1.0]) if shape else np.array(2.0)
    if operand.values is Values.LABELS:
        return np.broadcast_to(
            np.array([[2.0, -1, 1], [1, 0, -1]][-len(shape) :])
            .reshape(-1, 3)[: shape[0] if len(shape) == 2 else 1]
            .reshape(shape),
            shape,
        )
    if operand.values is Values.SIGNS:
        return np.resize([1.0, -1.0], shape) if shape else np.array(1.0 if seed % 2 else -1.0)
    if entry.name == "binary_cross_entropy" or operand.name.startswith("weight") or operand.name == "pos_weight":
        return unit
    if operand.name == "variance":
        return unit + 0.5
    positive = (entry.name, operand.name) in POSITIVE and not options.get("log_target")
    if positive or (operand.name == "yhat" and options.get("log_input") is False):
        return unit * 2
    if operand.name in ("logp", "logq"):
        return -unit * 2
    return random.integers(-400, 400, shape) / 256


def random_questions(entry: Entry) -> Iterator[Question]:
    """Every combination of options with every shape, at a random point each."""
    for at, (options, shapes) in enumerate(product(_options(entry), list(_shapes(entry)))):
        by_probabilities = len(shapes.get("y", ())) == 2 and "ignore_index" in options
        if by_probabilities and options["ignore_index"] is not None:
            continue
        point = {o.name: _values(entry, o, shapes, options, at) for o in entry.operands if o.name in shapes}
        yield Question(entry, {**entry.torch.settings, **options}, point)


@dataclass(frozen=True)
class _Corner:
    name: str
    point: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    conventions: tuple[str, ...] = ()


_HALVES = {"yhat": [1, 0.5, -0.25], "y": [1, 0.25, 0]}
_ROW = {"z": [0.5, -0.5, 1.5], "y": 0}
_CORNERS = (
    _Corner("l1_loss", _HALVES),
    _Corner("mse_loss", _HALVES),
    _Corner("huber_loss", {"yhat": [2, -0.5, 0], "y": [1, 0.5, 0]}),
    _Corner("huber_loss", _HALVES, {"delta": Fraction(1, 4)}),
    _Corner("smooth_l1_loss", {"yhat": [2, -0.5, 0], "y": [1, 0.5, 0]}),
    _Corner("smooth_l1_loss", _HALVES, {"beta": Fraction(0)}),
    _Corner("poisson_nll_loss", {"yhat": [0.5, 0.25], "y": [1, 0]}, {"full": True}, ("y",)),
    _Corner("gaussian_nll_loss", {"yhat": [0.5], "y": [0.25], "variance": [0.25]}, {"eps": Fraction(1, 4)}),
    _Corner("kl_div", {"logq": [-0.5, -1], "t": [0, 0.5]}, conventions=("t",)),
    _Corner("binary_cross_entropy", {"p": [0, 1], "y": [1, 0]}, {"floor": Fraction(-100)}, ("p", "y")),
    _Corner("binary_cross_entropy_with_logits", {"z": [0, 0], "y": [0.5, 1]}),
    _Corner("margin_ranking_loss", {"s1": [1, 2], "s2": [1, 1], "y": [1, -1]}),
    _Corner("margin_ranking_loss", {"s1": [1], "s2": [0.5], "y": [1]}, {"margin": Fraction(1, 2)}),
    _Corner("hinge_embedding_loss", {"d": [1, 1, 0], "y": [-1, 1, 1]}),
    _Corner("soft_margin_loss", {"z": [0, 0], "y": [1, -1]}),
    _Corner("multilabel_margin_loss", {"z": [0.5, -0.5, 1.5], "y": [0, -1, -1]}),
    _Corner("multi_margin_loss", _ROW),
    _Corner("multi_margin_loss", _ROW, {"p": 2}),
    _Corner("cosine_embedding_loss", {"u": [1, 0, 0], "v": [0, 1, 0], "y": -1}, {"eps": Fraction(1, 10**12)}),
    _Corner("triplet_margin_loss", {"anchor": [0, 0], "positive": [3, 4], "negative": [6, 0]}, {"eps": Fraction(0)}),
    _Corner("triplet_margin_loss", {"anchor": [0, 1], "positive": [0, 1], "negative": [0.5, 1]}, {"eps": Fraction(0)}),
    _Corner(
        "triplet_margin_loss",
        {"anchor": [0, 0], "positive": [1, 0], "negative": [0.5, 0]},
        {"eps": Fraction(0), "swap": True},
    ),
    _Corner("prelu", {"z": [[0, 1]], "a": [0.25, 0.5]}),
    _Corner("rrelu", {"z": [0, 1, -1]}),
)


def nonsmooth_questions() -> list[Question]:
    """Points on the switches of the entries that have any."""
    return [
        Question(
            CATALOGUE[c.name], c.options, {n: np.asarray(v, float) for n, v in c.point.items()}, True, c.conventions
        )
        for c in _CORNERS
    ]
