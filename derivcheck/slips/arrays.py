"""Slips that only arrays have: a sum taken for a mean, a transpose, the gradient of something else of that shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from derivcheck.graph.steps import Graph
from derivcheck.slips.kinds import Slip, SlipKind
from derivcheck.slips.probes import probes, same

LARGEST_MULTIPLE = 1000
"""The numerator and denominator of a constant multiple that is named are at most this."""
_SAME = 1e-9

_Probe = tuple[Any, Any, Mapping[int, Any], Mapping[str, int]]
"""The claim's numbers, the derivative's, those of other derivatives by step, the sizes."""


class ArraySlips:
    """The search for the slip that explains a wrong gradient: it must explain it at several sizes.

    Attributes:
        graph: holds the claim, the right derivative and what the claim could be instead.
        claimed, truth: the steps of the claim and of the derivative.
    """

    def __init__(self, graph: Graph, claimed: int, truth: int, deadline: Callable[[], None]) -> None:
        self.graph, self.claimed, self.truth = graph, claimed, truth
        self.deadline = deadline

    def slip(self, others: Mapping[int, int], *, transposed: bool) -> Slip | None:
        """The slip that explains the claim.

        Args:
            others: derivatives by other quantities: the quantity's step, and the derivative's.
            transposed: whether the claim has the shape of the transposed derivative.
        """
        wanted = [self.claimed, self.truth, *others.values()]
        tried = [(v[self.claimed], v[self.truth], v, sizes) for sizes, v in probes(self.graph, wanted, self.deadline)]
        runs = [r for r in tried if r[1].any()]
        if not runs:
            return None
        for kind, explains in self._changes(transposed=transposed):
            if all(explains(claim, truth) for claim, truth, _, _ in runs):
                return Slip(kind)
        for k, step in others.items():
            if all(same(claim, values[step]) for claim, _, values, _ in runs):
                return self._of_other(k)
        return self._multiple(runs)

    def _of_other(self, step: int) -> Slip:
        """The derivative by something else: a variable, or a quantity on the way."""
        name = next((n for n, k in self.graph.inputs.items() if k == step), None)
        if name is not None:
            return Slip(SlipKind.OTHER_VARIABLE, names=(name,))
        return Slip(SlipKind.STOPPED_EARLY, consumer=step)

    def _changes(self, *, transposed: bool) -> list[tuple[SlipKind, Callable[[Any, Any], bool]]]:
        turned = SlipKind.TRANSPOSED, lambda claim, truth: same(claim if transposed else claim.T, truth)
        return [turned, (SlipKind.OPPOSITE, lambda claim, truth: same(claim, -truth))]

    def _multiple(self, runs: Sequence[_Probe]) -> Slip | None:
        """A constant multiple: a size of the arrays, one over it, or a number."""
        ratios = [_ratio(claim, truth) for claim, truth, _, _ in runs]
        found = [r for r in ratios if r is not None]
        if len(found) < len(ratios):
            return None
        for symbol in runs[0][3]:
            sizes = [extents[symbol] for *_, extents in runs]
            for kind, wanted in ((SlipKind.TIMES_SIZE, sizes), (SlipKind.OVER_SIZE, [1 / s for s in sizes])):
                scaled = [r / w for r, w in zip(found, wanted, strict=True)]
                factor = Fraction(scaled[0]).limit_denominator(LARGEST_MULTIPLE)
                if factor == 1 and all(abs(s - 1) < _SAME for s in scaled) and len(set(sizes)) > 1:
                    return Slip(kind, names=(symbol,))
        factor = Fraction(found[0]).limit_denominator(LARGEST_MULTIPLE)
        if factor in (0, 1) or any(abs(r - float(factor)) > _SAME * abs(r) for r in found):
            return None
        return Slip(SlipKind.MULTIPLE, factor=factor)


def _ratio(claim: Any, truth: Any) -> float | None:
    """The constant by which an array is larger than another."""
    import numpy as np

    if claim.shape != truth.shape or not np.all(truth):
        return None
    ratios = claim / truth
    first = float(ratios.reshape(-1)[0])
    return first if np.allclose(ratios, first, rtol=_SAME, atol=0) else None
