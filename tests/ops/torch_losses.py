"""The torch side of the catalogue's test: an entry's function of torch, called through the entry's torch column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name

from derivcheck.ops.catalogue import Entry, Values

Tensors = Mapping[str, torch.Tensor]


def torch_value(entry: Entry, options: Mapping[str, Any], tensors: Tensors) -> torch.Tensor:
    """The value of torch's own function; operands and options are handed over as the torch column says."""
    settled = entry.settled(options)
    arguments: dict[str, Any] = dict(entry.torch.fixed)
    for keyword, ours in entry.torch.arguments.items():
        if ours in tensors:
            arguments[keyword] = tensors[ours]
        elif ours in settled and settled[ours] is not None:
            value = settled[ours]
            arguments[keyword] = float(value) if isinstance(value, Fraction) else value
    arguments |= SPECIAL.get(entry.name, lambda *_: {})(settled, tensors)
    value = getattr(F, entry.torch.function)(**arguments)
    return value[0] if isinstance(value, tuple) else value


def _sequence(options: Mapping[str, Any], tensors: Tensors) -> dict[str, Any]:
    target = options["target"]
    return {
        "log_probs": F.log_softmax(tensors["logp"], -1),
        "targets": torch.tensor(target, dtype=torch.long),
        "input_lengths": torch.tensor(len(tensors["logp"])),
        "target_lengths": torch.tensor(len(target)),
    }


def _heads(_: Mapping[str, Any], tensors: Tensors) -> dict[str, Any]:
    biases = [tensors[b] for b in ("bq", "bk", "bv") if b in tensors]
    return {
        "embed_dim_to_check": len(tensors["Wq"]),
        "in_proj_bias": torch.cat(biases) if biases else None,
        "out_proj_bias": tensors.get("bo"),
    }


_DISTANCES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "squared": lambda a, b: ((a - b) ** 2).sum(-1),
    "cosine": lambda a, b: 1 - (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1)),
}


def _with_distance(options: Mapping[str, Any], _: Tensors) -> dict[str, Any]:
    eps = float(options["eps"])
    euclidean = lambda a, b: F.pairwise_distance(a, b, eps=eps)  # noqa: E731 - one of three functions
    return {"distance_function": _DISTANCES.get(options["distance"], euclidean)}


SPECIAL: dict[str, Callable[[Mapping[str, Any], Tensors], dict[str, Any]]] = {
    "ctc_loss": _sequence,
    "multihead_attention": _heads,
    "triplet_margin_with_distance_loss": _with_distance,
    "prelu": lambda _, tensors: {"weight": tensors["a"].reshape(-1)},
}
"""What no map of arguments can say: lengths of a sequence, joined biases, a function as an argument, a list of one."""


WITHOUT_BACKWARD = {
    "nll_loss": ("weight",),
    "cross_entropy": ("weight",),
    "linear_cross_entropy": ("weight",),
    "multi_margin_loss": ("weight",),
    "binary_cross_entropy": ("weight",),
    "binary_cross_entropy_with_logits": ("weight", "pos_weight"),
    "soft_margin_loss": ("y",),
}
"""Operands for which torch has no backward pass."""


def as_tensors(entry: Entry, point: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """The point as torch's tensors; class numbers are integers, everything else is differentiated by."""
    kinds = {o.name: o.values for o in entry.operands}
    first = np.ndim(next(iter(point.values())))
    tensors = {}
    for name, value in point.items():
        numbers = kinds[name] is Values.LABELS or (kinds[name] is Values.CLASSES and np.ndim(value) < first)
        tensor = torch.tensor(value, dtype=torch.long if numbers else torch.float64)
        constant = numbers or name in WITHOUT_BACKWARD.get(entry.name, ())
        tensors[name] = tensor if constant else tensor.requires_grad_()
    return tensors
