"""Graphs of arrays, composed with operators: alignment of axes turns shapes into named indices and accesses.

The file is longer than most: a view of a step has many operations, and they share its alignment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from derivcheck.errors import ShapeError
from derivcheck.graph.builder import UNNAMED, GraphBuilder
from derivcheck.graph.steps import Access, Kind, Size, Subscript
from derivcheck.ops.composites import COMPOSITES

Axis = str | None
"""The label of an axis in a view; None for an axis of size 1, which owns no index."""

Axes = int | Sequence[int] | None
"""Which axes: a position, several, or all."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A view of a step: its subscripts, written in the view's own axis labels, the axes in order, and named indices.

    Operators follow NumPy: axes are aligned from the last, an axis of size 1 stretches. Named indices, as in
    ``x[i]·w[i]``, are aligned by their names.

    Attributes:
        builder: where the steps stand.
        step: what is viewed.
        subscripts: one for each of the step's own indices.
        axes: the labels of the axes, in order.
        named: the labels of named indices, by name.
    """

    builder: GraphBuilder
    step: int
    subscripts: tuple[Subscript, ...]
    axes: tuple[Axis, ...]
    named: tuple[tuple[str, str], ...] = ()

    @property
    def shape(self) -> tuple[Size, ...]:
        """The sizes of the axes."""
        return tuple(1 if a is None else self.builder.sizes[a] for a in self.axes)

    @property
    def shape_text(self) -> str:
        """The shape as people read it: ``(n, d) = (2, 3)``, ``(2, 3)``, ``a single number``."""
        if not self.axes:
            return "a single number"
        sizes = [self.builder.extent(s) if str(s).startswith(UNNAMED) else s for s in self.shape]
        extents = [self.builder.extent(s) for s in self.shape]
        text = _tuple_text(sizes)
        return text if extents == sizes or None in extents else f"{text} = {_tuple_text(extents)}"

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of named indices and of axes that own an index."""
        return (*(label for _, label in self.named), *(a for a in self.axes if a is not None))

    @property
    def T(self) -> Tensor:  # noqa: N802 - NumPy's name
        """The transpose: the axes in reverse order."""
        return self._viewed(axes=self.axes[::-1])

    def _viewed(self, names: Mapping[str, Subscript] | None = None, axes: tuple[Axis, ...] | None = None) -> Tensor:
        """The same step seen otherwise: labels replaced, other axes."""
        names = names or {}
        subscripts = tuple(names.get(s, s) if isinstance(s, str) else s for s in self.subscripts)
        named = tuple((n, str(names.get(label, label))) for n, label in self.named)
        return Tensor(self.builder, self.step, subscripts, self.axes if axes is None else axes, named)

    def __getitem__(self, position: int) -> Tensor:
        """The slice at ``position`` of the first axis, counted from 0, or from the end if negative."""
        return self.indexed((position,))

    def indexed(self, subscripts: Sequence[int | str | None]) -> Tensor:
        """``X[0, i]``: positions, names of indices, None for a whole axis; axes beyond these stay."""
        if len(subscripts) > len(self.axes):
            raise ShapeError(f"{len(subscripts)} subscripts for {self.shape_text}")
        view, at = self, 0
        for subscript in subscripts:
            if subscript is None:
                at += 1
            elif isinstance(subscript, int):
                view = view._taken(at, subscript)
            else:
                view = view._bound(at, subscript)  # noqa: SLF001 - own class
        return view

    def _without(self, at: int) -> tuple[Axis, ...]:
        return self.axes[:at] + self.axes[at + 1 :]

    def _taken(self, at: int, position: int) -> Tensor:
        axis = self.axes[at]
        size: Size = 1 if axis is None else self.builder.sizes[axis]
        extent = self.builder.extent(size)
        if extent is None and position < 0:
            raise ShapeError(f"position {position} counts from the end of an axis whose size {size} has no number")
        if extent is not None and not -extent <= position < extent:
            raise ShapeError(f"position {position} is outside an axis of size {extent}")
        names = {} if axis is None else {axis: position + (extent or 0) if position < 0 else position}
        return self._viewed(names, self._without(at))

    def _bound(self, at: int, name: str) -> Tensor:
        """One axis as a named index; a name that is there already gives the diagonal."""
        axis = self.axes[at]
        if axis is None:
            return self._taken(at, 0)
        known = dict(self.named).get(name)
        if known is None:
            viewed = self._viewed(axes=self._without(at))
            return Tensor(self.builder, self.step, viewed.subscripts, viewed.axes, (*self.named, (name, axis)))
        if not self.builder.same_size(self.builder.sizes[known], self.builder.sizes[axis]):
            raise ShapeError(f"the index {name} runs over axes of different sizes in {self.shape_text}")
        return self._viewed({axis: known}, self._without(at))

    def diagonal(self) -> Tensor:
        """The diagonal of a square matrix."""
        if len(self.axes) != 2:
            raise ShapeError(f"a diagonal needs a square matrix, not {self.shape_text}")
        row, column = self.axes
        if row is None and column is None:
            return self._viewed(axes=(None,))
        if row is None or column is None or not self.builder.same_size(*(self.builder.sizes[a] for a in (row, column))):
            raise ShapeError(f"a diagonal needs a square matrix, not {self.shape_text}")
        return self._viewed({column: row}, (row,))

    def diag(self) -> Tensor:
        """The diagonal of a matrix, or the matrix that has a vector on its diagonal."""
        if len(self.axes) != 1:
            return self.diagonal()
        axis = self.axes[0]
        if axis is None:
            return self._viewed(axes=(None, None))
        row, column = (self.builder.fresh(self.builder.sizes[axis]) for _ in range(2))
        delta = Tensor(self.builder, self.builder.delta(row, column), (row, column), (row, column))
        return delta * self.unsqueezed(-1)

    def trace(self) -> Tensor:
        """The sum of the diagonal."""
        return self.diagonal().sum()

    def unsqueezed(self, axis: int) -> Tensor:
        """A further axis of size 1 at a position."""
        at = axis % (len(self.axes) + 1)
        return self._viewed(axes=(*self.axes[:at], None, *self.axes[at:]))

    def positions(self, axis: int = -1) -> Tensor:
        """0, 1, 2, … along an axis of this tensor."""
        label = self.axes[self._place(axis)]
        if label is None:
            return lifted(self.builder, 0)._viewed(axes=(None,))  # noqa: SLF001 - own class
        return Tensor(self.builder, self.builder.position(label), (label,), (label,))

    def onehot(self, like: Tensor) -> Tensor:
        """Class numbers as rows of 0 and 1, as wide as the last axis of ``like``."""
        places = like.positions(-1)
        builder, label = self.builder, like.axes[-1] if like.axes else None
        if builder.kinds[self.step] is Kind.INPUT and label is not None:
            builder.classes[builder.ops[self.step]] = label
        return self.unsqueezed(-1).apply("eq", places).apply("where", 1, 0)

    def count(self, axis: Axes = None, over: Sequence[str] = ()) -> Tensor:
        """How many elements there are along axes or named indices, as a number."""
        sizes = [Tensor(self.builder, self.builder.size(label), (), ()) for label in self._labels(axis, over)]
        return prod(sizes[1:], start=sizes[0]) if sizes else lifted(self.builder, 1)

    def apply(self, op: str, *others: Tensor | int | Fraction, params: tuple[Any, ...] = ()) -> Tensor:
        """The elementwise operation ``op`` on this and further tensors."""
        return mapped(op, [self, *(lifted(self.builder, o) for o in others)], params)

    def __add__(self, other: Tensor | int | Fraction) -> Tensor:
        return self.apply("add", other)

    def __radd__(self, other: int | Fraction) -> Tensor:
        return lifted(self.builder, other).apply("add", self)

    def __sub__(self, other: Tensor | int | Fraction) -> Tensor:
        return self.apply("sub", other)

    def __rsub__(self, other: int | Fraction) -> Tensor:
        return lifted(self.builder, other).apply("sub", self)

    def __mul__(self, other: Tensor | int | Fraction) -> Tensor:
        return self.apply("mul", other)

    def __rmul__(self, other: int | Fraction) -> Tensor:
        return lifted(self.builder, other).apply("mul", self)

    def __truediv__(self, other: Tensor | int | Fraction) -> Tensor:
        return self.apply("div", other)

    def __rtruediv__(self, other: int | Fraction) -> Tensor:
        return lifted(self.builder, other).apply("div", self)

    def __neg__(self) -> Tensor:
        return self.apply("neg")

    def __pow__(self, exponent: int | Fraction) -> Tensor:
        return self.apply("power", params=(Fraction(exponent),))

    def __matmul__(self, other: Tensor) -> Tensor:
        """The matrix product: the sum over the last axis of this and the second-last (or only) axis of the other.

        Leading axes of products of more than two axes are aligned as in NumPy.
        """
        if not self.axes or not other.axes:
            raise ShapeError("a matrix product needs two arrays; a single number is multiplied by *")
        left = self if len(self.axes) > 1 else self.unsqueezed(0)
        right = other if len(other.axes) > 1 else other.unsqueezed(-1)
        inner = [1 if a is None else self.builder.sizes[a] for a in (left.axes[-1], right.axes[-2])]
        if not self.builder.same_size(*inner):
            raise ShapeError("the last axis of the left and the second-last (or only) axis of the right must be equal")
        products = left.unsqueezed(-1) * right.unsqueezed(-3)
        total = products.sum(axis=-2)
        gone = {len(total.axes) - 2} if len(self.axes) == 1 else set()
        gone |= {len(total.axes) - 1} if len(other.axes) == 1 else set()
        return total._viewed(axes=tuple(a for p, a in enumerate(total.axes) if p not in gone))

    def dot(self, other: Tensor) -> Tensor:
        """The sum of the products of two vectors."""
        if len(self.axes) != 1 or len(other.axes) != 1:
            raise ShapeError("dot takes two vectors; write A @ B for matrices")
        return self @ other

    def outer(self, other: Tensor) -> Tensor:
        """All products of the elements of two vectors."""
        if len(self.axes) != 1 or len(other.axes) != 1:
            raise ShapeError("outer takes two vectors")
        return self.unsqueezed(-1) * other

    def _place(self, axis: int) -> int:
        if not -len(self.axes) <= axis < len(self.axes):
            raise ShapeError(f"there is no axis {axis}: found {self.shape_text}")
        return axis % len(self.axes)

    def _places(self, axis: Axes, over: Sequence[str]) -> list[int]:
        if axis is None:
            return [] if over else list(range(len(self.axes)))
        return [self._place(a) for a in ([axis] if isinstance(axis, int) else axis)]

    def _labels(self, axis: Axes, over: Sequence[str]) -> tuple[str, ...]:
        known = dict(self.named)
        for name in over:
            if name not in known:
                raise ShapeError(f"nothing that is summed has the index {name}")
        own = (self.axes[p] for p in self._places(axis, over))
        return (*(known[n] for n in over), *(a for a in own if a is not None))

    def reduced(self, op: str, axis: Axes = None, over: Sequence[str] = (), *, keep: bool = False) -> Tensor:
        """A reduction over axes, all by default, or over named indices.

        Args:
            op: sum, mean, product, max or min.
            axis: the axes to reduce.
            over: names of indices to reduce; then no axis is reduced unless given.
            keep: leave an axis of size 1 in the place of each.
        """
        labels, places = self._labels(axis, over), self._places(axis, over)
        kept = [(p, None if p in places else a) for p, a in enumerate(self.axes)]
        axes = tuple(a for p, a in kept if keep or p not in places)
        named = tuple((n, label) for n, label in self.named if n not in over)
        if not labels:
            return Tensor(self.builder, self.step, self.subscripts, axes, named)
        indices = tuple(dict.fromkeys((*(label for _, label in named), *(a for a in axes if a is not None))))
        step = self.builder.reduce(op, Access(self.step, self.subscripts), indices, tuple(dict.fromkeys(labels)))
        return Tensor(self.builder, step, indices, axes, named)

    def sum(self, axis: Axes = None) -> Tensor:
        """The sum over one axis, or all."""
        return self.reduced("sum", axis)

    def mean(self, axis: Axes = None) -> Tensor:
        """The mean over one axis, or all."""
        return self.reduced("mean", axis)

    def prod(self, axis: Axes = None) -> Tensor:
        """The product over one axis, or all."""
        return self.reduced("product", axis)

    def max(self, axis: Axes = None) -> Tensor:
        """The greatest element over one axis, or all."""
        return self.reduced("max", axis)

    def min(self, axis: Axes = None) -> Tensor:
        """The least element over one axis, or all."""
        return self.reduced("min", axis)

    def composite(self, op: str, axis: int = -1, params: tuple[Any, ...] = ()) -> Tensor:
        """A composite row, such as softmax, along one axis."""
        if not self.axes:
            raise ShapeError(f"{op} runs along an axis, and this is a single number")
        place = self._place(axis)
        view, along = self, self.axes[place]
        if along is None:
            along = self.builder.fresh(self.builder.unnamed(1))
            ones = Tensor(self.builder, self.builder.array((Fraction(1),), (along,)), (along,), (along,))
            view = Tensor(self.builder, self.step, self.subscripts, (), self.named) * ones
            view = view._viewed(axes=(*self.axes[:place], along, *self.axes[place + 1 :]))  # noqa: SLF001
        keeps = COMPOSITES[op].keeps_axis
        axes = tuple(a for p, a in enumerate(view.axes) if keeps or p != place)
        indices = (*(label for _, label in view.named), *(a for a in axes if a is not None))
        step = self.builder.composite(op, Access(view.step, view.subscripts), indices, (along,), params)
        return Tensor(self.builder, step, indices, axes, view.named)

    def whole(self) -> Tensor:
        """A step whose own indices are the axes in their order."""
        own = self.labels
        if self.subscripts == own and len(set(own)) == len(own):
            return self
        step = self.builder.map("mul", [Access(self.step, self.subscripts), Access(self.builder.constant(1))], own)
        return Tensor(self.builder, step, own, self.axes, self.named)


def tensor(builder: GraphBuilder, name: str, *shape: Size) -> Tensor:
    """An input of the given shape; a size is a number or a symbol, such as ``"n"``."""
    axes = tuple(None if builder.extent(size) == 1 else builder.fresh(size) for size in shape)
    own = tuple(a for a in axes if a is not None)
    return Tensor(builder, builder.input(name, own), own, axes)


def lifted(builder: GraphBuilder, value: Tensor | int | Fraction) -> Tensor:
    """A number as a tensor without axes; tensors stay."""
    return value if isinstance(value, Tensor) else Tensor(builder, builder.constant(value), (), ())


def mapped(op: str, tensors: Sequence[Tensor], params: tuple[Any, ...] = ()) -> Tensor:
    """An elementwise operation on tensors: axes aligned from the last, named indices by their names.

    Raises:
        ShapeError: two sizes differ and none of them is 1.
    """
    builder = tensors[0].builder
    if not any(t.subscripts or t.axes for t in tensors):
        return Tensor(builder, builder.scalar(op, *[t.step for t in tensors], params=params), (), ())
    named = _united([t.named for t in tensors], builder)
    labels = _aligned_axes(tensors, [label for _, label in named])
    accesses = []
    for t in tensors:
        pairs = zip(reversed(t.axes), reversed(labels), strict=False)
        names: dict[str, Subscript] = {own: label for own, label in pairs if own is not None and label is not None}
        names |= {label: dict(named)[n] for n, label in t.named}
        accesses.append(Access(t.step, t._viewed(names).subscripts))  # noqa: SLF001 - own class
    indices = (*(label for _, label in named), *(a for a in labels if a is not None))
    return Tensor(builder, builder.map(op, accesses, indices, params), indices, tuple(labels), named)


def _united(all_named: Sequence[Sequence[tuple[str, str]]], builder: GraphBuilder) -> tuple[tuple[str, str], ...]:
    """One label for every name of an index, and another for every other name: ``t[a]·t[b]`` reads t twice."""
    found: dict[str, str] = {}
    for named in all_named:
        for name, label in named:
            if name not in found:
                taken = label in found.values()
                found[name] = builder.fresh(builder.sizes[label]) if taken else label
            if not builder.same_size(builder.sizes[found[name]], builder.sizes[label]):
                raise ShapeError(f"the index {name} runs over axes of different sizes")
    return tuple(found.items())


def _aligned_axes(tensors: Sequence[Tensor], taken: Sequence[str]) -> list[Axis]:
    """The labels of the axes of an elementwise result; an axis that meets itself gets a fresh label."""
    builder = tensors[0].builder
    labels: list[Axis] = []
    for place in range(1, max(len(t.axes) for t in tensors) + 1):
        here = [t.axes[-place] for t in tensors if place <= len(t.axes)]
        owned = [a for a in here if a is not None]
        for other in owned[1:]:
            if not builder.same_size(builder.sizes[owned[0]], builder.sizes[other]):
                raise ShapeError("axes are aligned from the last, and two that meet must be equal, or one of them 1")
        label: Axis = None
        if owned:
            used = {*labels, *taken}
            label = next((a for a in owned if a not in used), None) or builder.fresh(builder.sizes[owned[0]])
        labels.insert(0, label)
    return labels


def _tuple_text(sizes: Sequence[Size | None]) -> str:
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(map(str, sizes))})"
