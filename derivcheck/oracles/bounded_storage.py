"""How arrays with error bounds are kept: broadcasting, reductions and contractions that never materialise a product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from derivcheck.graph.steps import MAXIMUM, MEAN, PRODUCT, SUM
from derivcheck.numbers.bounded import WIDE_ELEMENTS, Bounded, BoundedArrays, Extremum, above, below, unit
from derivcheck.numbers.contractions import Contraction, contraction, growth, total


class BoundedStorage:
    """Storage of :class:`derivcheck.numbers.bounded.Bounded` arrays."""

    stable = True
    fuses = True

    def __init__(self, system: BoundedArrays) -> None:
        self.system = system

    def elementwise(self, function: Callable[..., Any], arguments: Sequence[Any], shape: tuple[int, ...]) -> Any:
        """NumPy's own loop; large results are brought back to float64."""
        if self.system.wide and prod(shape) <= WIDE_ELEMENTS:
            arguments = [a.widened() if isinstance(a, Bounded) else a for a in arguments]
        out = function(*arguments)
        if isinstance(out, Bounded) and np.size(out.mid) > WIDE_ELEMENTS and out.mid.dtype != np.float64:
            narrow = out.mid.astype(np.float64)
            out = Bounded(narrow, out.err + np.abs(out.mid - narrow).astype(np.float64), out.paths, out.open)
        return out.spread(shape)

    def fill(self, shape: tuple[int, ...], value: Bounded) -> Bounded:
        """An array of equal exact numbers."""
        return Bounded(np.full(shape, np.float64(value.mid)), np.float64(0.0), fixed=True)

    def array(self, values: Sequence[Bounded], shape: tuple[int, ...]) -> Bounded:
        """The numbers as one array."""
        mid, err = np.array([v.mid for v in values]), np.array([v.err for v in values], dtype=np.float64)
        return Bounded(mid.reshape(shape), err.reshape(shape), fixed=all(v.fixed for v in values))

    def reduce(self, op: str, array: Bounded, axes: tuple[int, ...]) -> Bounded:
        """Sum, mean, product, max or min over some axes."""
        if op in (SUM, MEAN):
            found = self.summed(total(array, axes, wide=self.system.wide))
            return self.mean(found, prod(array.shape[a] for a in axes)) if op == MEAN else found
        kept = [k for k in range(len(array.shape)) if k not in axes]
        shape = [*(array.shape[k] for k in kept), prod(array.shape[a] for a in axes)]
        moved = array.transpose([*kept, *axes]).reshape(shape)
        if op == PRODUCT:
            return self.product(moved)
        return _extreme(moved, 1 if op == MAXIMUM else -1, array.origin)

    def mean(self, found: Bounded, count: int) -> Bounded:
        """A sum divided by the number of its terms."""
        return self.system.div(found, self.system.given(np.float64(count)))

    def summed(self, found: Contraction) -> Bounded:
        """A sum, with what an arithmetic under test may add to it."""
        return found.value

    def product(self, factors: Bounded) -> Bounded:
        """The product along the last axis: the error is Π(|m| + e) - Π|m|."""
        mid = np.prod(factors.mid, axis=-1)
        count = factors.shape[-1]
        sizes = np.abs(factors.mid).astype(np.float64)
        upper = np.prod(sizes + factors.err, axis=-1)
        err = upper - np.prod(sizes, axis=-1) + (growth(4 * count, 2.0**-53) + growth(count, unit(mid))) * upper
        err = np.where(np.isnan(err) | ~np.isfinite(mid), np.inf, err)
        return Bounded(mid[()], err[()], None, None if factors.open is None else np.any(factors.open, axis=-1))

    def contract(self, subscripts: Sequence[Sequence[int]], arrays: Sequence[Bounded], out: Sequence[int]) -> Bounded:
        """A sum of products."""
        return self.summed(contraction(subscripts, arrays, out, wide=self.system.wide))


def _extreme(array: Bounded, sign: int, origin: object) -> Bounded:
    """The greatest (or least) number along the last axis, and what tells who attains it."""
    signed = sign * array.mid
    err = np.broadcast_to(array.err, array.shape)
    taken = np.argmax(signed, axis=-1)[..., None]
    mid = np.take_along_axis(signed, taken, axis=-1)[..., 0]
    highs = above(signed + err)
    low = np.max(below(signed - err), axis=-1)
    rivals = np.array(highs)
    np.put_along_axis(rivals, taken, -np.inf, axis=-1)
    far = np.max(np.where(highs >= low[..., None], err, 0.0), axis=-1)  # of those that may attain it
    far = np.where(np.isfinite(mid) & ~np.isnan(far), far, np.inf)
    found = Bounded((sign * mid)[()], far[()])
    found.open = None if array.open is None else np.any(array.open, axis=-1)
    found.extremum = Extremum(origin, low, np.max(rivals, axis=-1), sign)
    return found
