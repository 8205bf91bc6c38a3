"""Building graphs of arrays in Python, with NumPy's rules of alignment."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from derivcheck.errors import ShapeError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Access, Size, Subscript
from derivcheck.ops.composites import COMPOSITES

Axis = str | None
"""The index of an axis, or None for an axis of size 1, which owns no index."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A view of a step: its subscripts, written in the view's own axis labels, and the axes in order.

    Operators follow NumPy: axes are aligned from the last, an axis of size 1 stretches.
    """

    builder: GraphBuilder
    step: int
    subscripts: tuple[Subscript, ...]
    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[Size, ...]:
        """The sizes of the axes."""
        return tuple(1 if a is None else self.builder.sizes[a] for a in self.axes)

    @property
    def T(self) -> Tensor:  # noqa: N802 - NumPy's name
        """The transpose: the axes in reverse order."""
        return Tensor(self.builder, self.step, self.subscripts, self.axes[::-1])

    def __getitem__(self, position: int) -> Tensor:
        """The slice at ``position`` of the first axis, counted from 0."""
        axis = self.axes[0]
        if axis is None:
            if position not in (0, -1):
                raise ShapeError(f"position {position} is outside an axis of size 1")
            return Tensor(self.builder, self.step, self.subscripts, self.axes[1:])
        size = self.builder.sizes[axis]
        if position < 0 and isinstance(size, int):
            position += size
        if position < 0 or (isinstance(size, int) and position >= size):
            raise ShapeError(f"position {position} is outside an axis of size {size}")
        return Tensor(self.builder, self.step, self._renamed({axis: position}), self.axes[1:])

    def diagonal(self) -> Tensor:
        """The diagonal of a square matrix."""
        row, column = self.axes
        if row is None or column is None or self.builder.sizes[row] != self.builder.sizes[column]:
            raise ShapeError(f"a diagonal needs a square matrix, found the shape {self.shape}")
        return Tensor(self.builder, self.step, self._renamed({column: row}), (row,))

    def trace(self) -> Tensor:
        """The sum of the diagonal."""
        return self.diagonal().sum()

    def _renamed(self, names: dict[str, Subscript]) -> tuple[Subscript, ...]:
        return tuple(names.get(s, s) if isinstance(s, str) else s for s in self.subscripts)

    def _lift(self, other: Tensor | int | Fraction) -> Tensor:
        return other if isinstance(other, Tensor) else Tensor(self.builder, self.builder.constant(other), (), ())

    def apply(self, op: str, *others: Tensor | int | Fraction, params: tuple[Fraction, ...] = ()) -> Tensor:
        """The elementwise operation ``op`` on this and further tensors."""
        return _map(op, [self, *map(self._lift, others)], params)

    def __add__(self, other: Tensor | int | Fraction) -> Tensor:
        return self.apply("add", other)

    def __radd__(self, other: int | Fraction) -> Tensor:
        return self._lift(other).apply("add", self)

    def __sub__(self, other: Tensor | int | Fraction) -> Tensor:
        return self.apply("sub", other)

    def __rsub__(self, other: int | Fraction) -> Tensor:
        return self._lift(other).apply("sub", self)

    def __mul__(self, other: Tensor | int | Fraction) -> Tensor:
        return self.apply("mul", other)

    def __rmul__(self, other: int | Fraction) -> Tensor:
        return self._lift(other).apply("mul", self)

    def __truediv__(self, other: Tensor | int | Fraction) -> Tensor:
        return self.apply("div", other)

    def __rtruediv__(self, other: int | Fraction) -> Tensor:
        return self._lift(other).apply("div", self)

    def __neg__(self) -> Tensor:
        return self.apply("neg")

    def __pow__(self, exponent: int | Fraction) -> Tensor:
        return self.apply("power", params=(Fraction(exponent),))

    def __matmul__(self, other: Tensor) -> Tensor:
        """The matrix product: the sum over the last axis of this and the second-last (or only) axis of the other."""
        left, right = self.axes[-1], other.axes[max(len(other.axes) - 2, 0)]
        sizes = [1 if a is None else self.builder.sizes[a] for a in (left, right)]
        if sizes[0] != sizes[1]:
            raise ShapeError(f"cannot multiply the shapes {self.shape} and {other.shape}: {sizes[0]} is not {sizes[1]}")
        if left is None or right is None:
            raise ShapeError("a matrix product over an axis of size 1 is an elementwise product")
        names: dict[str, Subscript] = {right: left}
        column: Axis = other.axes[-1] if len(other.axes) > 1 else None
        if column is not None and column in self.axes:
            fresh = self.builder.fresh(self.builder.sizes[column])
            names[column], column = fresh, fresh
        rows = [a for a in self.axes[:-1] if a is not None]
        outer = tuple(rows + ([column] if column is not None else []))
        product = self.builder.map(
            "mul",
            [Access(self.step, self.subscripts), Access(other.step, other._renamed(names))],
            (*outer, left),
        )
        total = self.builder.reduce("sum", Access(product, (*outer, left)), outer, (left,))
        axes = self.axes[:-1] + ((column,) if len(other.axes) > 1 else ())
        return Tensor(self.builder, total, outer, axes)

    def _reduced(self, op: str, axis: int | None) -> Tensor:
        places = range(len(self.axes)) if axis is None else [axis % len(self.axes)]
        over = tuple(a for a in (self.axes[p] for p in places) if a is not None)
        axes = tuple(a for p, a in enumerate(self.axes) if p not in places)
        if not over:
            return Tensor(self.builder, self.step, self.subscripts, axes)
        indices = tuple(a for a in axes if a is not None)
        step = self.builder.reduce(op, Access(self.step, self.subscripts), indices, over)
        return Tensor(self.builder, step, indices, axes)

    def sum(self, axis: int | None = None) -> Tensor:
        """The sum over one axis, or all."""
        return self._reduced("sum", axis)

    def mean(self, axis: int | None = None) -> Tensor:
        """The mean over one axis, or all."""
        return self._reduced("mean", axis)

    def prod(self, axis: int | None = None) -> Tensor:
        """The product over one axis, or all."""
        return self._reduced("product", axis)

    def max(self, axis: int | None = None) -> Tensor:
        """The greatest element over one axis, or all."""
        return self._reduced("max", axis)

    def min(self, axis: int | None = None) -> Tensor:
        """The least element over one axis, or all."""
        return self._reduced("min", axis)

    def composite(self, op: str, axis: int = -1) -> Tensor:
        """A composite row, such as softmax, along one axis."""
        along = self.axes[axis]
        if along is None:
            raise ShapeError(f"{op} needs an axis of more than one element")
        keeps = COMPOSITES[op].keeps_axis
        axes = tuple(a for a in self.axes if keeps or a != along)
        indices = tuple(a for a in axes if a is not None)
        step = self.builder.composite(op, Access(self.step, self.subscripts), indices, (along,))
        return Tensor(self.builder, step, indices, axes)


def tensor(builder: GraphBuilder, name: str, *shape: Size) -> Tensor:
    """An input of the given shape; a size is a number or a symbol, such as ``"n"``."""
    axes = tuple(None if size == 1 else builder.fresh(size) for size in shape)
    own = tuple(a for a in axes if a is not None)
    return Tensor(builder, builder.input(name, own), own, axes)


def _map(op: str, tensors: list[Tensor], params: tuple[Fraction, ...]) -> Tensor:
    builder = tensors[0].builder
    labels: list[Axis] = []
    for place in range(1, max(len(t.axes) for t in tensors) + 1):
        present = [t.axes[-place] for t in tensors if place <= len(t.axes)]
        named = [a for a in present if a is not None]
        sizes = {builder.sizes[a] for a in named}
        if len(sizes) > 1:
            shapes = " and ".join(str(t.shape) for t in tensors)
            raise ShapeError(f"the shapes {shapes} do not fit together in {op}")
        label: Axis = None
        if named:
            label = next((a for a in named if a not in labels), None) or builder.fresh(sizes.pop())
        labels.insert(0, label)
    accesses = []
    for t in tensors:
        pairs = zip(reversed(t.axes), reversed(labels), strict=False)
        names: dict[str, Subscript] = {own: label for own, label in pairs if own is not None and label is not None}
        accesses.append(Access(t.step, t._renamed(names)))  # noqa: SLF001 - own class
    indices = tuple(a for a in labels if a is not None)
    return Tensor(builder, builder.map(op, accesses, indices, params), indices, tuple(labels))
