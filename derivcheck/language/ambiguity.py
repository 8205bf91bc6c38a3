"""Products without a sign, right of a slash or a root sign, which people read in two ways."""

from __future__ import annotations

from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Expr, Reading
from derivcheck.language.printer import unicode
from derivcheck.language.signs import INFIX
from derivcheck.language.tree import Tree
from derivcheck.source import Span

_LONGEST = 200
"""Characters of the longest text whose two readings are spelled out."""


class Ambiguity:
    """``1/2x``: the operation, what stands left of it, what it was taken to read, and the factors that follow."""

    __slots__ = ("before", "factors", "inner", "op", "span")

    def __init__(self, op: str, before: tuple[int, ...], inner: int, span: Span) -> None:
        self.op = op
        self.before = before
        self.inner = inner
        self.factors: list[int] = []
        self.span = span

    def extend(self, factor: int, span: Span) -> None:
        """One more factor without a sign before it; ``span`` is all so far."""
        self.factors.append(factor)
        self.span = span

    def reading(self, tree: Tree) -> Reading | None:
        """Both readings in words of the Unicode notation; None where the text is too long to echo."""
        if self.span.end - self.span.start > _LONGEST:
            return None
        builder = ExprBuilder()
        graft = [builder.graft(_part(tree, k)) for k in (*self.before, self.inner, *self.factors)]
        before, inner, factors = graft[: len(self.before)], graft[len(self.before)], graft[len(self.before) + 1 :]
        product = INFIX["*"].row.name
        taken, within = builder.call(self.op, *before, inner), inner
        for factor in factors:
            taken, within = builder.call(product, taken, factor), builder.call(product, within, factor)
        other = builder.call(self.op, *before, within)
        return Reading(self.span, unicode(builder.build(taken)), unicode(builder.build(other)))


def _part(tree: Tree, position: int) -> Expr:
    return tree.expression(position)
