"""What a graph is: columns, and views of single steps made on request.

Every axis of a value is a *named index* with a size that is a number or a symbol; a scalar has none. A step reads each
operand through an *access*: one subscript per own index of the operand, either an index of the reading step or an
integer. Transpose, diagonal, trace, ``z[2]`` and broadcasting are accesses, not operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from fractions import Fraction
from typing import Any

from derivcheck.source import Span

Subscript = str | int
Size = int | str

ADD, MULTIPLY, NEGATE, SELECT = "add", "mul", "neg", "where"
"""The rows that the chain rule itself is written in."""

SUM, MEAN, PRODUCT, MAXIMUM, MINIMUM = "sum", "mean", "product", "max", "min"
"""The reductions."""


class Kind(IntEnum):
    """What a step does."""

    INPUT = 0  # op: the variable's name
    CONSTANT = 1  # params: (the rational number,)
    SIZE = 2  # params: (an index,); the number of values of the index
    DELTA = 3  # params: (a subscript, a subscript); 1 where they are equal, else 0
    MAP = 4  # op: a row of the table, elementwise
    REDUCE = 5  # op: sum, mean, product, max or min over the indices `over`
    COMPOSITE = 6  # op: a composite row, along the indices `over`
    ARRAY = 7  # params: (rational numbers in C order,); an array of constants
    POSITION = 8  # params: (an index,); 0, 1, 2, … along the index


@dataclass(frozen=True, slots=True)
class Access:
    """How a step reads an operand: the operand's number and one subscript for each of its own indices."""

    step: int
    subscripts: tuple[Subscript, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a graph, as a view.

    Attributes:
        number: its position.
        kind: what it does.
        op: the operation's name, or the variable's for an input.
        params: static parameters.
        operands: what it reads, and how.
        indices: its own indices; empty for a scalar.
        over: the indices it reduces over, or runs along.
        name: the name the author gave it, if any.
    """

    number: int
    kind: Kind
    op: str
    params: tuple[Any, ...]
    operands: tuple[Access, ...]
    indices: tuple[str, ...]
    over: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Graph:
    """A graph in columns; position k of every column belongs to step k, and a step reads only earlier ones.

    Attributes:
        kinds, ops, params, operands, subscripts, indices, over: the columns, see :class:`Step`.
        sizes: the size of every index, a number or a symbol.
        extents: the numbers that symbols stand for, where they are known.
        classes: the index that the class numbers of a variable choose from, by the variable's name.
        axes: the indices of every variable whose shape was declared, None for an axis of size 1, which owns no index.
        inputs: the step of every variable.
        names: the names that the author gave to steps that are not inputs.
        literals: the text of constants as they were typed.
        spans: where in the author's text a step stands.
        output: the step that the graph computes.
    """

    kinds: tuple[Kind, ...]
    ops: tuple[str, ...]
    params: tuple[tuple[Any, ...], ...]
    operands: tuple[tuple[int, ...], ...]
    subscripts: tuple[tuple[tuple[Subscript, ...], ...], ...]
    indices: tuple[tuple[str, ...], ...]
    over: tuple[tuple[str, ...], ...]
    sizes: Mapping[str, Size]
    inputs: Mapping[str, int]
    names: Mapping[int, str]
    output: int
    literals: Mapping[int, str] = field(default_factory=dict)
    spans: Mapping[int, Span] = field(default_factory=dict)
    extents: Mapping[str, int] = field(default_factory=dict)
    axes: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.kinds)

    def __iter__(self) -> Iterator[Step]:
        return (self.step(k) for k in range(len(self.kinds)))

    def step(self, k: int) -> Step:
        """The view of step ``k``."""
        accesses = tuple(Access(o, s) for o, s in zip(self.operands[k], self.subscripts[k], strict=True))
        name = self.names.get(k)
        return Step(k, self.kinds[k], self.ops[k], self.params[k], accesses, self.indices[k], self.over[k], name)

    def constant(self, k: int) -> Fraction | None:
        """The value of step ``k`` if it is a rational constant."""
        return self.params[k][0] if self.kinds[k] is Kind.CONSTANT else None

    def name(self, k: int) -> str | None:
        """The variable's name for an input, the author's name for a step, else None."""
        return self.ops[k] if self.kinds[k] is Kind.INPUT else self.names.get(k)

    def ancestors(self, *targets: int) -> list[int]:
        """Every step that the targets read, directly or not, themselves included, in order."""
        needed = bytearray(len(self.kinds))
        for t in targets:
            needed[t] = 1
        for k in range(max(targets, default=-1), -1, -1):
            if needed[k]:
                for o in self.operands[k]:
                    needed[o] = 1
        return [k for k in range(len(needed)) if needed[k]]

    def readers(self) -> list[int]:
        """How many operand places read each step."""
        count = [0] * len(self.kinds)
        for operands in self.operands:
            for o in operands:
                count[o] += 1
        return count

    @property
    def scalar(self) -> bool:
        """Whether no step has an index."""
        return not any(self.indices) and not any(self.over)

    def extent(self, index: str) -> int | None:
        """How many values an index takes, if that is known."""
        size = self.sizes[index]
        return size if isinstance(size, int) else self.extents.get(size)

    def shape(self, k: int) -> tuple[Size, ...]:
        """The sizes of a step's own indices."""
        return tuple(self.sizes[i] for i in self.indices[k])

    def sized(self, extents: Mapping[str, int]) -> Graph:
        """The graph with numbers for the symbols of its sizes."""
        return replace(self, extents={**self.extents, **extents})
