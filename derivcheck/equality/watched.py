"""Symbolic arithmetic on one piece, or on the edge of one, that remembers what was met."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from derivcheck.numbers.branches import Branches, Formula, sympy
from derivcheck.numbers.pieces import Symbolic


class Edge:
    """The signs of a piece, but 0 for some differences: what holds where these vanish.

    Args:
        inner: the signs of all others.
        zeros: the differences that vanish.
    """

    def __init__(self, inner: Branches, zeros: Collection[Formula]) -> None:
        self.inner = inner
        self.zeros = [sympy().expand_mul(zero).as_content_primitive()[1] for zero in zeros]
        self.step = inner.step
        self.steps = inner.steps

    def vanishes(self, difference: Formula) -> bool:
        """Whether a difference is a multiple of one that vanishes."""
        _, primitive = difference.as_content_primitive()
        return any(primitive in {zero, sympy().expand_mul(-zero)} for zero in self.zeros)

    def sign(self, difference: Formula) -> int:
        """-1, 0 or 1."""
        return 0 if self.vanishes(sympy().expand_mul(difference)) else self.inner.sign(difference)


class Watched(Symbolic):
    """Symbolic arithmetic that remembers whether anything was met that can jump.

    Attributes:
        jumped: whether a comparison was met.
        zeros: differences that were asked to be 0.
        vanished: what was multiplied by 0, and must have a value all the same.
        selected: whether some values may not be needed, for a condition chose others.

    Args:
        branches: the signs of a piece.
        on_edge: differences that are 0.
    """

    def __init__(self, branches: Branches, on_edge: Collection[Formula] = ()) -> None:
        super().__init__(branches)
        self.edge = Edge(branches, on_edge)
        if on_edge:
            self.branches = self.edge  # type: ignore[assignment]
        self.jumped = False
        self.zeros: list[Formula] = []
        self.vanished: list[Formula] = []
        self.selected = False

    def mul(self, a: Formula, b: Formula) -> Formula:
        """a · b; 0 · b is 0, and b has to have a value."""
        if a.is_zero and b.free_symbols:
            self.vanished.append(b)
        return super().mul(a, b)

    def abs(self, a: Formula) -> Formula:
        """|a|, 0 on the edge."""
        sign = self.branches.sign(a)
        return a if sign > 0 else -a if sign < 0 else sympy().Integer(0)

    def select(self, condition: bool, a: Any, b: Any) -> Formula:
        """``a`` or ``b``; from here on not all that is computed needs to have a value."""
        self.selected = True
        return super().select(condition, a, b)

    def lt(self, a: Formula, b: Formula) -> bool:
        """a < b."""
        self.jumped = True
        return super().lt(a, b)

    def le(self, a: Formula, b: Formula) -> bool:
        """a ≤ b."""
        self.jumped = True
        return super().le(a, b)

    def eq(self, a: Formula, b: Formula) -> bool:
        """a = b: on an open piece only if the two are identical, but an edge where they meet."""
        self.jumped = True
        if self.edge.vanishes(sympy().expand_mul(a - b)):
            return True
        found = super().eq(a, b)
        if not found and (a - b).free_symbols:
            self.zeros.append(a - b)
        return found
