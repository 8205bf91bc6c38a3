"""Steps of a graph of arrays at given values, in floats with rigorous error bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from flint import arb

from derivcheck.analysis.array_request import Value, constant_graphs
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret, values_at
from derivcheck.language.array_data import ArrayData
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.kernel import Kernel

if TYPE_CHECKING:
    from derivcheck.numbers.bounded import Bounded

_CLOSE = 1e-9
BITS = 256
"""Bits of the rational number that stands for an irrational one; no type of torch's tells them apart."""


def bounded_values(
    graph: Graph, point: Mapping[str, Value], steps: Sequence[int], deadline: Callable[[], None]
) -> list[Bounded] | None:
    """The values of some steps at a point with error bounds; None where one of them has a value that is not known."""
    return bounded_at(graph, rational_arrays(point), steps, deadline)


def bounded_at(
    graph: Graph, arrays: Mapping[str, Any], steps: Sequence[int], deadline: Callable[[], None]
) -> list[Bounded] | None:
    """The same with arrays of exact numbers for the variables."""
    import numpy as np

    from derivcheck.numbers.bounded import Bounded, BoundedArrays, silent
    from derivcheck.oracles.bounded_storage import BoundedStorage

    system = BoundedArrays()
    with silent():
        inputs = {n: system.given(v) for n, v in arrays.items()}
        found = interpret(
            graph,
            cast(Kernel, system),
            inputs,
            wanted=steps,
            storage=BoundedStorage(system),
            total=True,
            deadline=deadline,
        )
    values = [found[k] for k in steps]
    if not all(isinstance(v, Bounded) and np.all(np.isfinite(v.mid)) and np.all(np.isfinite(v.err)) for v in values):
        return None
    return values


def spread_to(array: Any, like: Any) -> Any:
    """An array or number in the shape of another array."""
    import numpy as np

    return np.broadcast_to(array, np.shape(like))


def position_of_greatest(apart: Any, difference: Any) -> tuple[int, ...] | None:
    """Where two bounded arrays certainly differ most; None where they may be equal."""
    import numpy as np

    if not np.any(np.asarray(apart) > 0):
        return None
    size = np.where(np.asarray(apart) > 0, np.abs(difference), -1.0)
    return tuple(int(p) for p in np.unravel_index(int(np.argmax(size)), np.shape(size)))


def close_enough(a: Bounded, b: Bounded) -> bool:
    """Whether two bounded arrays agree to nine digits of the greatest element, their bounds included."""
    import numpy as np

    apart = np.abs(a.mid - b.mid) + a.err + b.err
    scale = float(np.max(np.abs(b.mid), initial=0.0))
    return bool(np.all(apart <= _CLOSE * scale)) if scale else bool(np.all(apart == 0))


def rational_arrays(point: Mapping[str, Value]) -> dict[str, Any]:
    """Every value as an array of rational numbers or of float64, axes of size 1 left out; numbers as they are."""
    large = {n: v for n, v in point.items() if isinstance(v, ArrayData) and not v.rational}
    small = values_at(constant_graphs({n: v for n, v in point.items() if n not in large}), Ball(BITS))
    found: dict[str, Any] = {n: v.values.squeeze() for n, v in large.items() if isinstance(v, ArrayData)}
    return found | {n: _rational(v) for n, v in small.items()}


def _rational(value: Any) -> Any:
    if isinstance(value, arb):
        mantissa, exponent = value.mid().man_exp()
        return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    import numpy as np

    out = np.empty(value.shape, dtype=object)
    for position, element in np.ndenumerate(value):
        out[position] = _rational(element)
    return out


def certainly_apart(a: Bounded, b: Bounded) -> bool:
    """Whether two bounded arrays certainly differ in some element."""
    apart = abs(a.mid - b.mid) - a.err - b.err
    return position_of_greatest(apart, a.mid - b.mid) is not None
