"""Shapes by the names that the field uses, for a loss over a batch of which no shape was declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from derivcheck.language.shapes import Shape


class ShapeReason(Enum):
    """Why names have the shapes that they have."""

    SCALARS = "SCALARS"  # nothing is reduced: every name is a single number
    BATCH = "BATCH"  # a mean or sum over samples: data has one value for each sample
    FEATURES = "FEATURES"  # besides, X has a row of features for each sample, and w one weight for each feature


@dataclass(frozen=True, slots=True)
class DefaultShapes:
    """Shapes that nobody declared, and why they were taken."""

    shapes: Mapping[str, Shape]
    reason: ShapeReason


_SAMPLES = frozenset({"x", "y", "t", "yhat"})
_TARGETS = frozenset({"Y", "T", "Yhat"})
_WEIGHTS = frozenset({"w", "theta", "beta"})


def default_shapes(names: Iterable[str], reduced: bool) -> DefaultShapes:
    """Shapes of inputs by convention, where none is declared and no value is given.

    The convention, for n samples of d features with k outputs each:

    - ``x``, ``y``, ``t``, ``yhat``: (n), one number for each sample; so are their subscripted forms, such as ``x_1``;
    - ``X``: (n, d), a row for each sample;
    - ``Y``, ``T``, ``Yhat``: (n, k);
    - ``w``, ``theta``, ``beta``: (d) beside an ``X``, and (d, k) where ``Y`` or ``T`` is there too; else ();
    - ``W``: (d, k) beside an ``X``, else ();
    - all other names, ``b`` among them: (). A bias is added to every sample.

    Args:
        names: canonical names of the inputs.
        reduced: whether the loss takes a mean or a sum that would have no axis if all names were single numbers.

    Returns:
        A shape for every name; all are () unless ``reduced``. A size name that is also one of ``names`` gets
        underscores (``n_``), so that no letter stands for two things.

    >>> default_shapes(["y", "w", "x", "b"], True).shapes
    {'y': ('n',), 'w': (), 'x': ('n',), 'b': ()}
    """
    names = list(names)
    if not reduced:
        return DefaultShapes(dict.fromkeys(names, ()), ShapeReason.SCALARS)
    n, d, k = (_unused(size, names) for size in "ndk")
    stems = {name: re.split(r"[_\d]", name, maxsplit=1)[0] for name in names}
    features = "X" in stems.values()
    outputs = features and not _TARGETS.isdisjoint(stems.values())
    shapes: dict[str, Shape] = {}
    for name, stem in stems.items():
        if stem in _SAMPLES:
            shapes[name] = (n,)
        elif stem == "X":
            shapes[name] = (n, d)
        elif stem in _TARGETS:
            shapes[name] = (n, k)
        elif features and stem == "W":
            shapes[name] = (d, k)
        elif features and stem in _WEIGHTS:
            shapes[name] = (d, k) if outputs else (d,)
        else:
            shapes[name] = ()
    return DefaultShapes(shapes, ShapeReason.FEATURES if features else ShapeReason.BATCH)


def _unused(size: str, names: list[str]) -> str:
    while size in names:
        size += "_"
    return size
