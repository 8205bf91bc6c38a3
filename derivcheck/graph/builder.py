"""Building a graph step by step; equal steps are one step."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, count
from typing import Any

from derivcheck.errors import ShapeError
from derivcheck.graph.steps import Access, Graph, Kind, Size, Subscript
from derivcheck.source import Span

UNNAMED = "?"
"""What the symbol of a size begins with that is known and has no name yet."""
SIZE_LETTERS = "ndkmpqrsh"
"""Names for sizes, in the order in which they are given."""


class GraphBuilder:
    """Appends steps to columns and hands out their numbers.

    A step that equals an earlier one in everything is that earlier step, so a subexpression typed twice is computed
    once. Builders can go on from a finished graph.
    """

    def __init__(self, base: Graph | None = None) -> None:
        self.kinds: list[Kind] = list(base.kinds) if base else []
        self.ops: list[str] = list(base.ops) if base else []
        self.params: list[tuple[Any, ...]] = list(base.params) if base else []
        self.operands: list[tuple[int, ...]] = list(base.operands) if base else []
        self.subscripts: list[tuple[tuple[Subscript, ...], ...]] = list(base.subscripts) if base else []
        self.indices: list[tuple[str, ...]] = list(base.indices) if base else []
        self.over: list[tuple[str, ...]] = list(base.over) if base else []
        self.sizes: dict[str, Size] = dict(base.sizes) if base else {}
        self.extents: dict[str, int] = dict(base.extents) if base else {}
        self.inputs: dict[str, int] = dict(base.inputs) if base else {}
        self.axes: dict[str, tuple[str | None, ...]] = dict(base.axes) if base else {}
        self.classes: dict[str, str] = dict(base.classes) if base else {}
        self.names: dict[int, str] = dict(base.names) if base else {}
        self.literals: dict[int, str] = dict(base.literals) if base else {}
        self.spans: dict[int, Span] = dict(base.spans) if base else {}
        self._unnamed = 0
        self._known: dict[tuple[Any, ...], int] = {}
        for k in range(len(self.kinds)):
            self._known.setdefault(self._key(k), k)

    def __len__(self) -> int:
        return len(self.kinds)

    def _key(self, k: int) -> tuple[Any, ...]:
        if self.kinds[k] is Kind.MAP and not self.indices[k] and not any(self.subscripts[k]):
            return (self.ops[k], self.params[k], self.operands[k])
        columns = (self.kinds, self.ops, self.params, self.operands, self.subscripts, self.indices, self.over)
        return tuple(column[k] for column in columns)

    def _append(  # noqa: PLR0917 - the columns, in their order
        self,
        key: tuple[Any, ...],
        kind: Kind,
        op: str,
        params: tuple[Any, ...],
        operands: tuple[int, ...],
        subscripts: tuple[tuple[Subscript, ...], ...],
        indices: tuple[str, ...],
        over: tuple[str, ...],
    ) -> int:
        number = self._known.get(key)
        if number is not None:
            return number
        number = self._known[key] = len(self.kinds)
        self.kinds.append(kind)
        self.ops.append(op)
        self.params.append(params)
        self.operands.append(operands)
        self.subscripts.append(subscripts)
        self.indices.append(indices)
        self.over.append(over)
        return number

    def input(self, name: str, indices: tuple[str, ...] = ()) -> int:
        """The variable ``name`` with its own indices."""
        key = (Kind.INPUT, name, (), (), (), indices, ())
        number = self._append(key, Kind.INPUT, name, (), (), (), indices, ())
        if self.inputs.setdefault(name, number) != number:
            raise ShapeError(f"the variable {name} is used with two different shapes")
        return number

    def constant(self, value: Fraction | int) -> int:
        """A rational number."""
        params = (Fraction(value),)
        return self._append((Kind.CONSTANT, "", params, (), (), (), ()), Kind.CONSTANT, "", params, (), (), (), ())

    def size(self, index: str) -> int:
        """How many values the index takes, as a step."""
        known = self.sizes[index]
        if isinstance(known, int):
            return self.constant(known)
        return self._append((Kind.SIZE, "", (index,), (), (), (), ()), Kind.SIZE, "", (index,), (), (), (), ())

    def position(self, index: str) -> int:
        """0, 1, 2, … along the index."""
        key = (Kind.POSITION, "", (index,), (), (), (index,), ())
        return self._append(key, Kind.POSITION, "", (index,), (), (), (index,), ())

    def array(self, values: tuple[Fraction, ...], indices: tuple[str, ...]) -> int:
        """An array of rational constants, in C order."""
        key = (Kind.ARRAY, "", (values,), (), (), indices, ())
        return self._append(key, Kind.ARRAY, "", (values,), (), (), indices, ())

    def delta(self, row: str, column: Subscript) -> int:
        """Kronecker's delta over one or two indices."""
        indices = (row, column) if isinstance(column, str) else (row,)
        key = (Kind.DELTA, "", (row, column), (), (), indices, ())
        return self._append(key, Kind.DELTA, "", (row, column), (), (), indices, ())

    def scalar(self, op: str, *operands: int, params: tuple[Any, ...] = ()) -> int:
        """An elementwise operation on scalars."""
        return self._append((op, params, operands), Kind.MAP, op, params, operands, ((),) * len(operands), (), ())

    def map(
        self, op: str, accesses: Sequence[Access], indices: tuple[str, ...] = (), params: tuple[Any, ...] = ()
    ) -> int:
        """An elementwise operation whose value has ``indices``; the accesses are written in these."""
        if not indices and not any(a.subscripts for a in accesses):
            return self.scalar(op, *[a.step for a in accesses], params=params)
        self._check(accesses, indices)
        operands, subscripts = _columns(accesses)
        key = (Kind.MAP, op, params, operands, subscripts, indices, ())
        return self._append(key, Kind.MAP, op, params, operands, subscripts, indices, ())

    def reduce(self, op: str, access: Access, indices: tuple[str, ...], over: tuple[str, ...]) -> int:
        """A reduction over the indices ``over``; the access is written in ``indices`` and ``over``."""
        self._check([access], indices + over)
        if not set(over) <= set(access.subscripts):
            raise ShapeError(f"the operand has no index among {over} to reduce over")
        operands, subscripts = _columns([access])
        key = (Kind.REDUCE, op, (), operands, subscripts, indices, over)
        return self._append(key, Kind.REDUCE, op, (), operands, subscripts, indices, over)

    def composite(
        self, op: str, access: Access, indices: tuple[str, ...], over: tuple[str, ...], params: tuple[Any, ...] = ()
    ) -> int:
        """A composite row along ``over``; the access is written in ``indices`` and ``over``."""
        self._check([access], tuple(dict.fromkeys(indices + over)))
        operands, subscripts = _columns([access])
        key = (Kind.COMPOSITE, op, params, operands, subscripts, indices, over)
        return self._append(key, Kind.COMPOSITE, op, params, operands, subscripts, indices, over)

    def _check(self, accesses: Sequence[Access], indices: tuple[str, ...]) -> None:
        if len(set(indices)) != len(indices):
            raise ShapeError(f"an index occurs twice in {indices}")
        for access in accesses:
            own = self.indices[access.step]
            if len(own) != len(access.subscripts):
                raise ShapeError(f"{len(access.subscripts)} subscripts for a value with {len(own)} indices")
            for index, subscript in zip(own, access.subscripts, strict=True):
                self._check_subscript(index, subscript, indices)

    def _check_subscript(self, index: str, subscript: Subscript, indices: tuple[str, ...]) -> None:
        size = self.sizes[index]
        if isinstance(subscript, int):
            extent = self.extent(size)
            if extent is not None and not 0 <= subscript < extent:
                raise ShapeError(f"position {subscript} is outside an axis of size {extent}")
        elif subscript not in indices:
            raise ShapeError(f"the subscript {subscript} is no index of the step, which has {indices}")
        elif not self.same_size(self.sizes[subscript], size):
            raise ShapeError(f"an axis of size {size} does not fit one of size {self.sizes[subscript]}")

    def extent(self, size: Size) -> int | None:
        """The number that a size is, if it is known."""
        return size if isinstance(size, int) else self.extents.get(size)

    def same_size(self, a: Size, b: Size) -> bool:
        """Whether two sizes are one; a symbol that the author did not choose becomes the other size if that fits.

        Two symbols of the author's are different sizes, even where they stand for equal numbers.
        """
        if a == b:
            return True
        first, second = self.extent(a), self.extent(b)
        unnamed = [s for s in (b, a) if isinstance(s, str) and s.startswith(UNNAMED)]
        if not unnamed or (first is not None and second is not None and first != second):
            return False
        gone = unnamed[0]
        stays = a if gone == b else b
        known = first if second is None else second
        if known is not None and isinstance(stays, str):
            self.extents[stays] = known
        self.extents.pop(gone, None)
        for index, size in self.sizes.items():
            if size == gone:
                self.sizes[index] = stays
        return True

    def unnamed(self, extent: int) -> str:
        """A symbol for a size that is known and has no name yet; :meth:`finish` gives it one."""
        self._unnamed += 1
        symbol = f"{UNNAMED}{self._unnamed}"
        self.extents[symbol] = extent
        return symbol

    def _name_sizes(self) -> None:
        """Letters for the sizes without a name: first the rows and columns of what has most axes."""
        steps = sorted(self.inputs.values(), key=lambda k: -len(self.indices[k]))
        order = [i for k in steps for i in self.indices[k]] + list(self.sizes)
        taken = set(self.inputs) | set(self.names.values()) | {s for s in self.sizes.values() if isinstance(s, str)}
        letters = (c for c in chain(SIZE_LETTERS, (f"n_{k}" for k in count(1))) if c not in taken)
        for index in order:
            size = self.sizes[index]
            if isinstance(size, str) and size.startswith(UNNAMED):
                self.same_size(next(letters), size)

    def fresh(self, size: Size) -> str:
        """A new index of the given size."""
        name = next((c for c in "ijklmpqrsabcdfgh" if c not in self.sizes), f"i{len(self.sizes)}")
        self.sizes[name] = size
        return name

    def finish(self, output: int) -> Graph:
        """The graph as it stands, computing ``output``."""
        if self._unnamed:
            self._name_sizes()
        return Graph(
            tuple(self.kinds),
            tuple(self.ops),
            tuple(self.params),
            tuple(self.operands),
            tuple(self.subscripts),
            tuple(self.indices),
            tuple(self.over),
            dict(self.sizes),
            dict(self.inputs),
            dict(self.names),
            output,
            dict(self.literals),
            dict(self.spans),
            dict(self.extents),
            dict(self.axes),
            dict(self.classes),
        )


def _columns(accesses: Sequence[Access]) -> tuple[tuple[int, ...], tuple[tuple[Subscript, ...], ...]]:
    return tuple(a.step for a in accesses), tuple(a.subscripts for a in accesses)
