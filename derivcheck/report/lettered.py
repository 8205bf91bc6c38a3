"""Paths of local derivatives whose indices fit together, and what is summed along them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from derivcheck.closed.axes import fresh_letters, renamed_indices
from derivcheck.closed.explanation import Explanation, Factor
from derivcheck.closed.pieces import TARGETS

Path = tuple[Factor, ...]
"""Local derivatives from the loss to a variable, each with the letters in which the one before it ends."""

_FEATURES = ("x", "X")
"""Names that by convention stand for a matrix whose rows are samples."""


def lettered(path: Sequence[Factor], own: tuple[str, ...], taken: Collection[str]) -> Path:
    """The path with letters that fit together.

    Args:
        path: local derivatives, from the loss to an element.
        own: the letters that the element is to have.
        taken: letters of axes and names, which no further letter may be.
    """
    fresh = fresh_letters({*taken, *own})
    used, end = set(own), own
    factors: list[Factor] = []
    for f in reversed(path):
        names = dict(zip(f.target_indices, end, strict=True))
        for i in f.consumer_indices:
            if i not in names:
                names[i] = i if i not in used else next(fresh)
                used.add(names[i])
        end = tuple(names[i] for i in f.consumer_indices)
        factors.insert(0, _renamed(f, names))
    return tuple(factors)


def _renamed(factor: Factor, names: dict[str, str]) -> Factor:
    return replace(
        factor,
        formula=renamed_indices(factor.formula, names),
        consumer_indices=tuple(names[i] for i in factor.consumer_indices),
        target_indices=tuple(names[i] for i in factor.target_indices),
        summed=tuple(names[i] for i in factor.summed),
    )


def summed_letters(path: Path) -> tuple[str, ...]:
    """The letters that are added over along a path, in the order in which it meets them."""
    own = path[-1].target_indices if path else ()
    return tuple(dict.fromkeys(i for f in path for i in f.consumer_indices if i not in own))


def sample_letter(explanation: Explanation) -> str | None:
    """The letter of the axis that runs over samples: the first of a matrix x or X and of the target; None without."""
    inputs = explanation.derivation.graph.inputs
    letters = {n: explanation.indices(k) for n, k in inputs.items()}
    first = {axes[0] for n, axes in letters.items() if n.split("_")[0] in TARGETS and axes}
    rows = {axes[0] for n, axes in letters.items() if n in _FEATURES and len(axes) == 2}
    return next(iter(first & rows), None)
