"""How arrays are kept: NumPy arrays of a system's Python numbers, or of float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce as fold
from math import prod
from typing import Any

import numpy as np

from derivcheck.graph.steps import MEAN, PRODUCT, SUM
from derivcheck.numbers.kernel import Kernel, Value
from derivcheck.ops.evaluate import refusing


class Objects:
    """Arrays of the numbers of an exact system: NumPy arrays of Python objects."""

    stable = False
    fuses = False

    def __init__(self, system: Kernel) -> None:
        self._system = system

    def elementwise(self, function: Callable[..., Value], arguments: Sequence[Value], shape: tuple[int, ...]) -> Value:
        """One element after another."""
        spread = [np.broadcast_to(_boxed(a), shape).ravel() for a in arguments]
        out = np.empty(prod(shape), dtype=object)
        for k in range(out.size):
            out[k] = function(*[a[k] for a in spread])
        return out.reshape(shape)

    def fill(self, shape: tuple[int, ...], value: Value) -> Value:
        """An array of equal values."""
        out = np.empty(shape, dtype=object)
        out.fill(value)
        return out

    def array(self, values: Sequence[Value], shape: tuple[int, ...]) -> Value:
        """The numbers one by one."""
        out = np.empty(len(values), dtype=object)
        for k, value in enumerate(values):
            out[k] = value
        return out.reshape(shape)

    def reduce(self, op: str, array: Value, axes: tuple[int, ...]) -> Value:
        """Fold the kernel's operation over the axes."""
        keep = [k for k in range(array.ndim) if k not in axes]
        count = prod(array.shape[a] for a in axes)
        rows = np.transpose(array, keep + list(axes)).reshape(-1, count)
        step = refusing(getattr(self._system, {SUM: "add", MEAN: "add", PRODUCT: "mul"}.get(op, op)))
        out = np.empty(len(rows), dtype=object)
        for k, row in enumerate(rows):
            total = fold(step, row)
            out[k] = refusing(self._system.div)(total, self._system.constant(Fraction(count))) if op == MEAN else total
        return out.reshape([array.shape[a] for a in keep]) if keep else out[0]

    def contract(self, subscripts: Sequence[Sequence[int]], arrays: Sequence[Value], out: Sequence[int]) -> Value:
        """Never asked for: exact systems materialise the product."""
        raise NotImplementedError


class NumpyStorage:
    """Arrays of float64."""

    stable = True
    fuses = True

    def elementwise(self, function: Callable[..., Value], arguments: Sequence[Value], shape: tuple[int, ...]) -> Value:
        """NumPy's own loop."""
        return np.broadcast_to(function(*arguments), shape)

    def fill(self, shape: tuple[int, ...], value: Value) -> Value:
        """An array of equal values."""
        return np.full(shape, value)

    def array(self, values: Sequence[Value], shape: tuple[int, ...]) -> Value:
        """A float array."""
        return np.array(values, dtype=np.float64).reshape(shape)

    def reduce(self, op: str, array: Value, axes: tuple[int, ...]) -> Value:
        """NumPy's reduction."""
        functions: dict[str, Callable[..., Value]] = {
            "sum": np.sum,
            "mean": np.mean,
            "product": np.prod,
            "max": np.max,
            "min": np.min,
        }
        return functions[op](array, axis=axes)

    def contract(self, subscripts: Sequence[Sequence[int]], arrays: Sequence[Value], out: Sequence[int]) -> Value:
        """``numpy.einsum``."""
        operands = [x for pair in zip(arrays, map(list, subscripts), strict=True) for x in pair]
        return np.einsum(*operands, list(out), optimize=True)


def _boxed(value: Value) -> Any:
    if isinstance(value, np.ndarray):
        return value
    box = np.empty((), dtype=object)
    box[()] = value
    return box
