"""Slips that only arrays have: a sum taken for a mean, a transpose, the gradient of something else of that shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.numbers.arrays import Arrays
from derivcheck.slips.kinds import Slip, SlipKind
from derivcheck.storage import NumpyStorage

LARGEST_MULTIPLE = 1000
"""The numerator and denominator of a constant multiple that is named are at most this."""
PROBES = ((2, 3, 4, 5), (3, 5, 2, 4), (4, 2, 5, 3))
"""The sizes at which a slip is looked for, in the order of their symbols; equal symbols keep equal sizes."""
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
        tried = [self._run(sizes, [*others.values()]) for sizes in self._sizes()]
        runs = [r for r in tried if r is not None]
        if not runs:
            return None
        for kind, explains in self._changes(transposed=transposed):
            if all(explains(claim, truth) for claim, truth, _, _ in runs):
                return Slip(kind)
        for k, step in others.items():
            if all(_same(claim, values[step]) for claim, _, values, _ in runs):
                return self._of_other(k)
        return self._multiple(runs)

    def _of_other(self, step: int) -> Slip:
        """The derivative by something else: a variable, or a quantity on the way."""
        name = next((n for n, k in self.graph.inputs.items() if k == step), None)
        if name is not None:
            return Slip(SlipKind.OTHER_VARIABLE, names=(name,))
        return Slip(SlipKind.STOPPED_EARLY, consumer=step)

    def _changes(self, *, transposed: bool) -> list[tuple[SlipKind, Callable[[Any, Any], bool]]]:
        turned = SlipKind.TRANSPOSED, lambda claim, truth: _same(claim if transposed else claim.T, truth)
        return [turned, (SlipKind.OPPOSITE, lambda claim, truth: _same(claim, -truth))]

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

    def _sizes(self) -> list[dict[str, int]]:
        """Several sizes for the symbols; those of arrays of constants stay."""
        symbols = [s for s in dict.fromkeys(self.graph.sizes.values()) if isinstance(s, str)]
        fixed = dict(self.graph.extents) if any(k.name in ("ARRAY", "DELTA") for k in self.graph.kinds) else {}
        return [{s: fixed.get(s, probe[min(k, len(probe) - 1)]) for k, s in enumerate(symbols)} for probe in PROBES]

    def _run(self, sizes: Mapping[str, int], others: list[int]) -> _Probe | None:
        import numpy as np

        self.deadline()
        graph = self.graph.sized(sizes)
        random = np.random.default_rng(sum(sizes.values()))
        inputs = {}
        for name, k in graph.inputs.items():
            shape = tuple(e for e in (graph.extent(i) for i in graph.indices[k]) if e is not None)
            inputs[name] = np.round(random.uniform(0.25, 2, prod(shape) or 1), 3).reshape(shape)[()]
        wanted = [self.claimed, self.truth, *others]
        values = interpret(graph, Arrays(), inputs, wanted=wanted, storage=NumpyStorage(), total=True)
        claim, truth = (np.asarray(values[k], dtype=float) for k in (self.claimed, self.truth))
        if not np.all(np.isfinite(claim)) or not np.all(np.isfinite(truth)) or not np.any(truth):
            return None
        return claim, truth, {k: np.asarray(values[k]) for k in others}, sizes


def _same(a: Any, b: Any) -> bool:
    import numpy as np

    return a.shape == b.shape and bool(np.allclose(a, b, rtol=_SAME, atol=0))


def _ratio(claim: Any, truth: Any) -> float | None:
    """The constant by which an array is larger than another."""
    import numpy as np

    if claim.shape != truth.shape or not np.all(truth):
        return None
    ratios = claim / truth
    first = float(ratios.reshape(-1)[0])
    return first if np.allclose(ratios, first, rtol=_SAME, atol=0) else None
