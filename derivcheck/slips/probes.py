"""Graphs of arrays run in floats at several sizes: what holds at one size only shows there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from derivcheck.graph.steps import Graph, Kind
from derivcheck.interpret import interpret
from derivcheck.numbers.arrays import Arrays
from derivcheck.storage import NumpyStorage

PROBES = ((2, 3, 4, 5), (3, 5, 2, 4), (4, 2, 5, 3), (7, 1, 3, 2), (1, 4, 6, 7))
"""The sizes that are tried, in the order of their symbols."""
RANGES = ((0.25, 2.0), (-1.5, 1.5), (0.05, 0.9), (2.0, 5.0))
"""The numbers that are tried; functions have different domains."""
_SAME = 1e-9

Values = Mapping[int, Any]
"""Float arrays by step."""


def drawn(graph: Graph, fixed: Mapping[str, int] | None = None) -> Iterator[tuple[Graph, Mapping[str, Any]]]:
    """The graph at several sizes, and random numbers for its variables.

    Sizes that a position or an array of constants fixes stay as they are.
    """
    import numpy as np

    symbols = [s for s in dict.fromkeys(graph.sizes.values()) if isinstance(s, str)]
    kept = {**_fixed(graph), **(fixed or {})}
    for probe, (low, high) in product(PROBES, RANGES):
        sizes = {s: kept.get(s, probe[min(k, len(probe) - 1)]) for k, s in enumerate(symbols)}
        sized = graph.sized(sizes)
        random = np.random.default_rng(sum(sizes.values()))
        inputs = {}
        for name, k in graph.inputs.items():
            shape = tuple(e for e in (sized.extent(i) for i in graph.indices[k]) if e is not None)
            inputs[name] = np.round(random.uniform(low, high, prod(shape) or 1), 3).reshape(shape)[()]
        yield sized, inputs


def probes(
    graph: Graph, steps: Sequence[int], deadline: Callable[[], None], fixed: Mapping[str, int] | None = None
) -> Iterator[tuple[Mapping[str, int], Values]]:
    """Sizes, and the values of the steps there at random numbers; nothing where one of them is not finite."""
    import numpy as np

    for sized, inputs in drawn(graph, fixed):
        deadline()
        values = interpret(sized, Arrays(), inputs, wanted=steps, storage=NumpyStorage(), total=True)
        found = {k: np.asarray(values[k], dtype=float) for k in steps}
        if all(np.all(np.isfinite(v)) for v in found.values()):
            yield {s: sized.extents[s] for s in dict.fromkeys(graph.sizes.values()) if isinstance(s, str)}, found


def _fixed(graph: Graph) -> dict[str, int]:
    """Known sizes that something in the graph depends on: an array of constants, or a position that is read."""
    if Kind.ARRAY in graph.kinds:
        return dict(graph.extents)
    least: dict[str, int] = {}
    for operands, accesses in zip(graph.operands, graph.subscripts, strict=True):
        for operand, subscripts in zip(operands, accesses, strict=True):
            for index, subscript in zip(graph.indices[operand], subscripts, strict=True):
                size = graph.sizes[index]
                if isinstance(subscript, int) and isinstance(size, str):
                    least[size] = max(least.get(size, 0), subscript + 1)
    for k, kind in enumerate(graph.kinds):
        if kind is Kind.DELTA and isinstance(graph.params[k][1], int):
            size = graph.sizes[graph.params[k][0]]
            if isinstance(size, str):
                least[size] = max(least.get(size, 0), graph.params[k][1] + 1)
    return {s: graph.extents.get(s, n + 1) for s, n in least.items()}


def same(a: Any, b: Any) -> bool:
    """Whether two float arrays of one shape agree but for rounding; a single number stands for all elements."""
    import numpy as np

    size = max(float(np.max(np.abs(a), initial=0)), float(np.max(np.abs(b), initial=0)))
    fits = a.shape == b.shape or not a.shape or not b.shape
    return fits and bool(np.all(np.abs(a - b) <= _SAME * size))


@dataclass(frozen=True, slots=True)
class Difference:
    """What two steps are found to be at several sizes.

    Attributes:
        sizes: sizes at which they have other numbers, as far as floats tell; None if none was found.
        tried: the sizes at which both had numbers.
    """

    sizes: Mapping[str, int] | None
    tried: tuple[Mapping[str, int], ...]


def sizes_that_differ(
    graph: Graph, a: int, b: int, deadline: Callable[[], None], fixed: Mapping[str, int] | None = None
) -> Difference:
    """Compare two steps at several sizes, some of which may be fixed."""
    tried: list[Mapping[str, int]] = []
    for sizes, values in probes(graph, [a, b], deadline, fixed):
        tried.append(sizes)
        if not same(values[a], values[b]):
            return Difference(sizes, tuple(tried))
    return Difference(None, tuple(tried))
