"""Graphs of arrays run in floats at several sizes: what holds at one size only shows there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any

from derivcheck.graph.steps import Graph, Kind
from derivcheck.interpret import interpret
from derivcheck.numbers.arrays import Arrays
from derivcheck.storage import NumpyStorage

PROBES = ((2, 3, 4, 5), (3, 5, 2, 4), (4, 2, 5, 3), (7, 1, 3, 2), (1, 4, 6, 7))
"""The sizes that are tried, in the order of their symbols."""
_SAME = 1e-9

Values = Mapping[int, Any]
"""Float arrays by step."""


def probes(
    graph: Graph, steps: Sequence[int], deadline: Callable[[], None]
) -> Iterator[tuple[Mapping[str, int], Values]]:
    """Sizes, and the values of the steps there at positive random numbers; nothing where one of them is not finite.

    Sizes that a position or an array of constants fixes stay as they are.
    """
    import numpy as np

    symbols = [s for s in dict.fromkeys(graph.sizes.values()) if isinstance(s, str)]
    fixed = _fixed(graph)
    for probe in PROBES:
        deadline()
        sizes = {s: fixed.get(s, probe[min(k, len(probe) - 1)]) for k, s in enumerate(symbols)}
        sized = graph.sized(sizes)
        random = np.random.default_rng(sum(sizes.values()))
        inputs = {}
        for name, k in graph.inputs.items():
            shape = tuple(e for e in (sized.extent(i) for i in graph.indices[k]) if e is not None)
            inputs[name] = np.round(random.uniform(0.25, 2, prod(shape) or 1), 3).reshape(shape)[()]
        values = interpret(sized, Arrays(), inputs, wanted=steps, storage=NumpyStorage(), total=True)
        found = {k: np.asarray(values[k], dtype=float) for k in steps}
        if all(np.all(np.isfinite(v)) for v in found.values()):
            yield sizes, found


def _fixed(graph: Graph) -> dict[str, int]:
    """Known sizes that something in the graph depends on: an array of constants, or a position that is read."""
    reads = any(isinstance(s, int) for accesses in graph.subscripts for access in accesses for s in access)
    whole = reads or Kind.ARRAY in graph.kinds or Kind.DELTA in graph.kinds
    return dict(graph.extents) if whole else {}


def same(a: Any, b: Any) -> bool:
    """Whether two float arrays of one shape agree but for rounding; a single number stands for all elements."""
    import numpy as np

    size = max(float(np.max(np.abs(a), initial=0)), float(np.max(np.abs(b), initial=0)))
    fits = a.shape == b.shape or not a.shape or not b.shape
    return fits and bool(np.all(np.abs(a - b) <= _SAME * size))


def sizes_that_differ(graph: Graph, a: int, b: int, deadline: Callable[[], None]) -> Mapping[str, int] | None:
    """Sizes at which two steps have other numbers, as far as floats tell; None if none was found."""
    for sizes, values in probes(graph, [a, b], deadline):
        if not same(values[a], values[b]):
            return sizes
    return None
