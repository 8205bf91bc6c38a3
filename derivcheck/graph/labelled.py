"""Values aligned by the names of their indices: the notation of the sweep and of composite rows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Access, Graph, Subscript
from derivcheck.ops.composites import COMPOSITES

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Labelled:
    """A step read through subscripts; arithmetic unites the indices of its operands by name."""

    builder: GraphBuilder
    step: int
    subscripts: tuple[Subscript, ...]

    @property
    def indices(self) -> tuple[str, ...]:
        """The named subscripts, each once."""
        return tuple(dict.fromkeys(s for s in self.subscripts if isinstance(s, str)))

    @property
    def access(self) -> Access:
        """How a step reads this value."""
        return Access(self.step, self.subscripts)

    def map(self, op: str, *others: Labelled | Number, params: tuple[Any, ...] = ()) -> Labelled:
        """The elementwise operation ``op`` on this and further values."""
        values = [self, *(lift(self.builder, o) for o in others)]
        indices = tuple(dict.fromkeys(i for v in values for i in v.indices))
        return Labelled(self.builder, self.builder.map(op, [v.access for v in values], indices, params), indices)

    def _reduced(self, op: str, over: tuple[str, ...]) -> Labelled:
        over = tuple(o for o in over if o in self.indices)
        if not over:
            return self
        indices = tuple(i for i in self.indices if i not in over)
        return Labelled(self.builder, self.builder.reduce(op, self.access, indices, over), indices)

    def sum(self, over: tuple[str, ...]) -> Labelled:
        """The sum over the indices in ``over`` that this value has."""
        return self._reduced("sum", over)

    def mean(self, over: tuple[str, ...]) -> Labelled:
        """The mean over the indices in ``over`` that this value has."""
        return self._reduced("mean", over)

    def product(self, over: tuple[str, ...]) -> Labelled:
        """The product over the indices in ``over`` that this value has."""
        return self._reduced("product", over)

    def max(self, over: tuple[str, ...]) -> Labelled:
        """The greatest element over the indices in ``over`` that this value has."""
        return self._reduced("max", over)

    def __add__(self, other: Labelled | Number) -> Labelled:
        return self.map("add", other)

    def __sub__(self, other: Labelled | Number) -> Labelled:
        return self.map("sub", other)

    def __mul__(self, other: Labelled | Number) -> Labelled:
        return self.map("mul", other)

    def __truediv__(self, other: Labelled | Number) -> Labelled:
        return self.map("div", other)


def lift(builder: GraphBuilder, value: Labelled | Number) -> Labelled:
    """A number as a labelled constant; labelled values stay."""
    return value if isinstance(value, Labelled) else Labelled(builder, builder.constant(value), ())


def composite_graph(
    op: str,
    sizes: dict[str, Any],
    indices: tuple[str, ...],
    over: tuple[str, ...],
    params: tuple[Any, ...] = (),
    *,
    stable: bool,
) -> Graph:
    """The definition of a composite row, or its stable form, as a graph of one input ``z`` with ``indices``."""
    builder = GraphBuilder()
    builder.sizes.update(sizes)
    row = COMPOSITES[op]
    z = Labelled(builder, builder.input("z", indices), indices)
    out: Labelled = (row.stable if stable else row.definition)(z, over, *params)
    return builder.finish(out.step)
