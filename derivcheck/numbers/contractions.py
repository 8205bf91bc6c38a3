"""Sums and sums of products of arrays with error bounds; a product is never materialised.

    |fl(Σ aᵢbᵢ) - Σ aᵢbᵢ| ≤ c·u/(1 - c·u) · Σ |aᵢ||bᵢ|,    c the number of roundings that one term passes through

Large operands are read in blocks; where extended precision pays, blocks are converted one by one.

Source: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), sections 3.1 and 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from derivcheck.numbers.bounded import Bounded, Numbers, unit, zero

WIDE_PRODUCTS = 2**18
"""The most products that are formed in extended precision."""
_BLOCK_TERMS = 128
"""So many products are added before their sum joins others, but in products of matrices."""
_BLOCK_ELEMENTS = 2**20
"""The elements of one block of an operand."""
_UNDER = 2.0**-1060
_SMALL = 2.0**-900


@dataclass(frozen=True, slots=True)
class Contraction:
    """A sum of products.

    Attributes:
        value: its numbers with bounds.
        terms: an upper bound of the sum of the terms' absolute values; of path sums for an adjoint.
        count: how many terms each sum has.
        factors: how many factors each term has.
    """

    value: Bounded
    terms: Numbers
    count: int
    factors: int


def growth(count: float, rounding: float) -> float:
    """γ = c·u/(1 - c·u): what ``count`` roundings can add to a number; infinite where c·u reaches 1."""
    return count * rounding / (1 - count * rounding) if count * rounding < 1 else np.inf


def halved(array: Numbers) -> tuple[Numbers, int]:
    """The sum over the last axis by adding halves, and how many additions a term passes through."""
    depth = 0
    while array.shape[-1] > 1:
        half, odd = divmod(array.shape[-1], 2)
        total = array[..., :half] + array[..., half : 2 * half]
        array = np.concatenate([total, array[..., -1:]], axis=-1) if odd else total
        depth += 1
    return array[..., 0], depth


def total(array: Bounded, axes: tuple[int, ...], *, wide: bool) -> Contraction:
    """The sum over some axes."""
    kept = [k for k in range(len(array.shape)) if k not in axes]
    count = prod(array.shape[a] for a in axes)
    moved = array.transpose([*kept, *axes]).reshape([*(array.shape[k] for k in kept), count])
    if not count:
        shape = tuple(array.shape[k] for k in kept)
        return Contraction(Bounded(np.zeros(shape), np.zeros(shape)), np.zeros(shape), 0, 1)
    numbers = moved.mid.astype(np.longdouble) if wide and moved.mid.size <= WIDE_PRODUCTS else moved.mid
    mid, depth = halved(numbers)
    size = np.sum(np.abs(moved.mid), axis=-1).astype(np.float64)
    err = np.zeros(()) if zero(array.err) else np.sum(moved.err, axis=-1)
    terms = (size + err if moved.paths is None else np.sum(moved.paths, axis=-1)) * _wider(count)
    err = (err + growth(depth, unit(mid)) * size) * _wider(count)
    found = Bounded(mid[()], _safe(mid, err, size))
    found.paths = None if moved.paths is None else terms
    found.open = None if moved.open is None else np.any(moved.open, axis=-1)
    return Contraction(found, terms, count, 1)


def contraction(
    subscripts: Sequence[Sequence[int]], operands: Sequence[Bounded], out: Sequence[int], *, wide: bool
) -> Contraction:
    """The sum of a product in Einstein's convention, over the indices that are not in ``out``."""
    factors = [_Factor(list(s), o) for s, o in zip(subscripts, operands, strict=True)]
    extents = {i: n for f in factors for i, n in zip(f.subscripts, f.numbers.shape, strict=True)}
    for f in factors:
        f.unstretched([g for g in factors if g is not f])
    reduced = {i: n for i, n in extents.items() if i not in out}
    wide = wide and prod(extents.values()) <= WIDE_PRODUCTS
    sums = _Sums(factors, list(out), extents, wide=wide)
    split, step = _split_elements(factors, extents) if sums.by_products else _split_terms(factors, extents, reduced)
    for block in _blocks(extents.get(split, 0), step):
        sums.add_midpoints(split, block)
    roundings = prod(n if i != split else step for i, n in reduced.items())
    bounds_split, bounds_step = _split_elements(factors, extents)
    for block in _blocks(extents.get(bounds_split, 0), bounds_step):
        sums.add_bounds(bounds_split, block)
    return sums.result((split, bounds_split), prod(reduced.values()), roundings)


def _blocks(extent: int, step: int) -> Iterator[slice]:
    return (slice(k, min(k + step, extent)) for k in range(0, extent, step)) if extent else iter([slice(None)])


def _split_terms(factors: Sequence[_Factor], extents: dict[int, int], reduced: dict[int, int]) -> tuple[int, int]:
    """The index along which sums are cut, so that few terms are added in a row; -1 for none."""
    longest = max(reduced, key=lambda i: reduced[i], default=-1)
    if longest >= 0 and reduced[longest] > _BLOCK_TERMS:
        return longest, _BLOCK_TERMS
    return _split_elements(factors, extents)


def _split_elements(factors: Sequence[_Factor], extents: dict[int, int]) -> tuple[int, int]:
    """The index along which operands are read in blocks of bounded size, and the length of a block; -1 for none."""
    largest = max(factors, key=lambda f: f.numbers.mid.size)
    size = largest.numbers.mid.size
    if size <= _BLOCK_ELEMENTS or not largest.subscripts:
        return -1, 1
    index = max(largest.subscripts, key=lambda i: extents[i])
    return index, max(1, _BLOCK_ELEMENTS * extents[index] // size)


@dataclass(slots=True)
class _Factor:
    subscripts: list[int]
    numbers: Bounded

    def unstretched(self, others: Sequence[_Factor]) -> None:
        """Drop the axes along which nothing changes and another factor has the index."""
        for axis in range(len(self.subscripts) - 1, -1, -1):
            parts = (self.numbers.mid, self.numbers.err, self.numbers.paths, self.numbers.open)
            owned = any(self.subscripts[axis] in o.subscripts for o in others)
            if owned and all(p is None or np.ndim(p) == 0 or p.strides[axis] == 0 for p in parts):
                key = (slice(None),) * axis + (0,)
                self.numbers = self.numbers.viewed(lambda part, key=key: part[key])  # type: ignore[misc]
                del self.subscripts[axis]

    def block(self, split: int, block: slice) -> Bounded:
        if split not in self.subscripts:
            return self.numbers
        key = (slice(None),) * self.subscripts.index(split) + (block,)
        return self.numbers.viewed(lambda part: part[key])


class _Sums:
    """The blocks' sums: of the midpoints, of absolute values, of errors, of path sums, of open terms."""

    def __init__(self, factors: Sequence[_Factor], out: list[int], extents: dict[int, int], *, wide: bool) -> None:
        self.factors, self.out, self.wide = factors, out, wide
        self.erring = [k for k, f in enumerate(factors) if not zero(f.numbers.err)]
        self.open = [k for k, f in enumerate(factors) if f.numbers.open is not None]
        self.paths = any(f.numbers.paths is not None for f in factors)
        # a matrix times a vector only reads the matrix: NumPy's own loop does that as fast as a library with threads
        self.by_products = not wide and prod(extents.values()) > 4 * max(f.numbers.mid.size for f in factors)
        self.parts: dict[str, list[Numbers]] = {"mid": [], "size": [], "err": [], "paths": [], "open": []}

    def add_midpoints(self, split: int, block: slice) -> None:
        """Contract the midpoints of one block."""
        kind = np.longdouble if self.wide else np.float64
        mids = [f.block(split, block).mid.astype(kind, copy=False) for f in self.factors]
        self.parts["mid"].append(self._sum(mids))

    def add_bounds(self, split: int, block: slice) -> None:
        """Contract the absolute values, errors, path sums and open terms of one block."""
        numbers = [f.block(split, block) for f in self.factors]
        sizes = [np.abs(n.mid).astype(np.float64, copy=False) for n in numbers]
        self.parts["size"].append(self._sum(sizes))
        uppers = [s if k not in self.erring else s + numbers[k].err for k, s in enumerate(sizes)]
        for k in self.erring:
            err = np.broadcast_to(numbers[k].err, sizes[k].shape)
            self.parts["err"].append(self._sum([*sizes[:k], err, *uppers[k + 1 :]]))
        if self.paths:
            weights = [u if n.paths is None else n.paths for u, n in zip(uppers, numbers, strict=True)]
            self.parts["paths"].append(self._sum(weights))
        for k in self.open:
            mask = np.asarray(numbers[k].open, dtype=np.float64)
            others = [np.asarray(u > 0, dtype=np.float64) for u in uppers]
            self.parts["open"].append(self._sum([*others[:k], mask, *others[k + 1 :]]))

    def _sum(self, arrays: Sequence[Numbers]) -> Numbers:
        operands = [x for a, f in zip(arrays, self.factors, strict=True) for x in (a, f.subscripts)]
        return np.asarray(np.einsum(*operands, self.out, optimize=self.by_products or len(arrays) > 2))

    def result(self, splits: tuple[int, int], count: int, in_a_row: int) -> Contraction:
        """The whole sum with its bounds.

        Args:
            splits: the indices along which midpoints and bounds were cut.
            count: how many terms a sum has.
            in_a_row: how many of them are added in one block.
        """
        at, axis = (self.out.index(s) if s in self.out else None for s in splits)
        size = self._joined("size", axis, 1)
        mid, depth = self._midpoints(at)
        roundings = len(self.factors) + depth + in_a_row
        narrowed = 0.0 if self.wide else len(self.factors) * 2.0**-53
        err = self._joined("err", axis, max(1, len(self.erring))) if self.erring else np.zeros(())
        wider = _wider(count + len(self.factors))
        terms = (self._joined("paths", axis, 1) if self.paths else size + err) * wider
        err = (err + (growth(roundings, unit(mid)) + narrowed) * size) * wider
        found = Bounded(mid[()], _safe(mid, err, size, count))
        found.paths = terms if self.paths else None
        found.open = self._joined("open", axis, len(self.open)) > 0 if self.open else None
        return Contraction(found, terms, count, len(self.factors))

    def _midpoints(self, axis: int | None) -> tuple[Numbers, int]:
        blocks = self.parts["mid"]
        if len(blocks) == 1:
            return blocks[0], 0
        if axis is not None:
            return np.concatenate(blocks, axis=axis), 0
        return halved(np.stack(blocks, axis=-1))

    def _joined(self, name: str, axis: int | None, each: int) -> Numbers:
        """Blocks of numbers that are not negative, put together; ``each`` of them belong to one block."""
        blocks = self.parts[name]
        if each > 1:
            blocks = [sum(blocks[k : k + each]) for k in range(0, len(blocks), each)]
        if len(blocks) == 1:
            return blocks[0]
        return np.concatenate(blocks, axis=axis) if axis is not None else np.sum(np.stack(blocks), axis=0)


def _wider(count: int) -> float:
    """Covers the rounding of a sum of errors of so many terms."""
    return 1 + (count + 64) * 2.0**-51


def _safe(mid: Numbers, err: Numbers, size: Numbers, count: int = 1) -> Any:
    """Errors with what underflow may add, infinite where there is no number."""
    err = np.where((size < _SMALL) & (size + err > 0), err + (count + 1) * _UNDER, err)
    return np.where(np.isfinite(mid) & ~np.isnan(err), err, np.inf)[()]
