"""The explanation of a loss of arrays: its pieces, their local derivatives in index form, closed forms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from derivcheck.closed.authored import authored, whole_formula
from derivcheck.closed.axes import axis_letters, fresh_letters, renamed_indices
from derivcheck.closed.explanation import ClosedForm, Factor, Piece, PieceRole
from derivcheck.closed.forms import LocalForm, closed_form, local_form
from derivcheck.closed.rules import rule_of
from derivcheck.derive import Derivation
from derivcheck.graph.steps import Graph, Kind
from derivcheck.language.builder import name, number
from derivcheck.language.expr import Expr
from derivcheck.ops.array_rows import row_of_composite

Link = tuple[int, int]
"""A piece, and a piece or variable that it reads."""


class ArrayWriting:
    """Writes pieces, factors and closed forms of one derivation.

    Args:
        derivation: the sweep over every step.
        pieces: the names of the pieces by step.
        assumed: stated facts of variables by name.
        deadline: called now and then; raises when time is up.
    """

    def __init__(
        self,
        derivation: Derivation,
        pieces: Mapping[int, str],
        assumed: Mapping[str, str] | None = None,
        deadline: Callable[[], None] | None = None,
    ) -> None:
        self.derivation, self.pieces, self.assumed, self.deadline = derivation, pieces, assumed, deadline
        self.graph = derivation.graph
        self.names = {**pieces, **{k: n for n, k in self.graph.inputs.items()}}
        self.letters = axis_letters(self.graph, self.names.values())

    def own_letters(self, step: int) -> tuple[str, ...]:
        """The letters of a step's own indices."""
        return tuple(self.letters[i] for i in self.graph.indices[step])

    def piece(self, step: int, called: str, role: PieceRole) -> Piece:
        """A piece with its formula: of the whole array, or of one element."""
        written = authored(self.graph, step, self.names, self.letters)
        return Piece(step, called, role, written.expr, self.own_letters(step), written.element is not None)

    def links(self, active: Collection[int]) -> tuple[Link, ...]:
        """Every piece with the pieces and variables that it reads differentiably, the last piece first."""
        flags = bytes(active)
        pieces = sorted(self.pieces, reverse=True)
        return tuple((c, t) for c in pieces for t in _read_names(self.graph, self.names, c, flags))

    def factors(self, links: Sequence[Link], shown: Collection[int]) -> Iterator[Factor]:
        """The local derivatives of the shown pieces; what is 0 is left out."""
        for consumer, target in links:
            if consumer in shown:
                if self.deadline is not None:
                    self.deadline()
                yield self.factor(consumer, target, alone=sum(t == target for _, t in links) == 1)

    def factor(self, consumer: int, target: int, *, alone: bool) -> Factor:
        """One local derivative; ``alone`` says that no other piece reads the target."""
        form = self._with_letters(local_form(self.graph, consumer, target, self.pieces), consumer, target)
        rule, held = rule_of(self.graph, self.names, consumer, target)
        adjoints, d = self.derivation.adjoints, self.derivation
        product = adjoints.get(target) if alone else None
        whole = consumer == d.output and self.graph.constant(d.seed) == 1
        return Factor(
            consumer,
            target,
            product if whole else None,
            adjoints.get(consumer),
            product,
            form.expr,
            rule,
            tuple(self.whole(k) for k in held),
            form.consumer,
            form.target,
            form.summed,
            self._operation(consumer),
        )

    def _operation(self, step: int) -> str:
        """The name under which an operation along an axis is written; empty for any other step."""
        graph = self.graph
        return row_of_composite(graph.ops[step], graph.params[step]).name if graph.kinds[step] is Kind.COMPOSITE else ""

    def _with_letters(self, form: LocalForm, consumer: int, target: int) -> LocalForm:
        """The form with the letters of the axes; where one is in use by the consumer, with another."""
        names = dict(zip(form.consumer, self.own_letters(consumer), strict=True))
        fresh = fresh_letters({*self.letters.values(), *self.names.values()})
        for old, letter in zip(form.target, self.own_letters(target), strict=True):
            if old not in names:
                names[old] = letter if letter not in names.values() else next(fresh)
        return LocalForm(
            renamed_indices(form.expr, names),
            tuple(names[i] for i in form.consumer),
            tuple(names[i] for i in form.target),
            tuple(names[i] for i in form.summed),
        )

    def whole(self, step: int) -> Expr:
        """A part of a piece as a formula; a piece or variable by its name."""
        if step in self.names:
            return name(self.names[step])
        return whole_formula(self.graph, step, self.names) or authored(self.graph, step, self.names, self.letters).expr

    def closed(self, variable: str, step: int | None) -> ClosedForm:
        """The closed form of the derivative by a variable, its free indices named by the letters of its axes."""
        if step is None:
            return ClosedForm(number(0))
        own = self.own_letters(self.graph.inputs[variable])
        return closed_form(self.derivation, step, self.pieces, free=own, assumed=self.assumed)


def _read_names(graph: Graph, names: Mapping[int, str], piece: int, active: bytes) -> list[int]:
    """The pieces and variables that a piece reads differentiably, in order."""
    found: set[int] = set()
    waiting, seen = [piece], {piece}
    while waiting:
        k = waiting.pop()
        if k != piece and k in names:
            found.add(k)
            continue
        for o in graph.operands[k]:
            if active[o] and o not in seen:
                seen.add(o)
                waiting.append(o)
    return sorted(found)
