"""What every section of a report reads: names, values and figures by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import prod
from typing import Any

from derivcheck.closed.explanation import Factor, Piece
from derivcheck.graph.steps import Graph
from derivcheck.language.builder import substitute
from derivcheck.language.expr import Expr
from derivcheck.nonsmooth.breaks import below_breaks
from derivcheck.numbers.kernel import Undefined
from derivcheck.oracles.evidence import PartialExistence
from derivcheck.report.arrays import array_cells, is_array, sizes_text
from derivcheck.report.blocks import Align, Cell, Chain, Inline, Listing, Math, Phrase, Row, Text
from derivcheck.report.figures import CLOSE, EQUAL, Figure, Style, figure, figures
from derivcheck.report.formulas import element, name, number_of, partial, partial_by_element, step_formula
from derivcheck.report.material import Subject
from derivcheck.verdict import Existence

MOST_STATEMENTS = 60
"""A shortened derivation has at most this many definitions."""

_BITS = 256
"""Bits of a product of balls."""

_OUTER_LETTERS = ("J", "G", "Z", "J_0", "G_0", "Z_0")


@dataclass(frozen=True, slots=True)
class Outline:
    """A subject with a style.

    Attributes:
        subject: what is reported.
        style: how.
        steps: the step of every name.
        broken: the local derivatives, as (consumer, target), that do not exist at the point.
        unclear: the steps whose adjoint the chain rule does not give there, since it passes a broken one.
    """

    subject: Subject
    style: Style
    steps: Mapping[str, int] = field(init=False)
    broken: frozenset[tuple[int, int]] = field(init=False)
    unclear: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", {n: k for k, n in self.subject.explanation.names.items()})
        broken, unclear = broken_passages(self.subject)
        object.__setattr__(self, "broken", broken)
        object.__setattr__(self, "unclear", unclear)

    @property
    def loss(self) -> Piece:
        """The piece that is differentiated."""
        return self.subject.explanation.loss

    @property
    def outer(self) -> str:
        """What the derivatives are taken of: the loss, or with an upstream gradient a function of it."""
        if self.subject.upstream is None:
            return self.loss.name
        taken = set(self.subject.explanation.names.values())
        return next((o for o in _OUTER_LETTERS if o not in taken), "J_outer")

    @property
    def read(self) -> frozenset[int]:
        """The steps that the loss reads, directly or not."""
        derivation = self.subject.explanation.derivation
        return frozenset(derivation.graph.ancestors(derivation.output))

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The local derivatives on paths to the variables, those of a piece in the order of the variables."""
        explanation, order = self.subject.explanation, {v: k for k, v in enumerate(self.subject.wrt)}
        consumers = {consumer for consumer, _ in explanation.links}
        leading: set[int] = {self.steps[v] for v in order if v in self.steps}
        for consumer, target in reversed(explanation.links):
            if target in leading:
                leading.add(consumer)
        kept = [f for f in explanation.factors if f.target in leading]
        place = {f.consumer: k for k, f in reversed(list(enumerate(kept)))}
        last = len(order)

        def rank(f: Factor) -> tuple[int, bool, int]:
            return place[f.consumer], f.target not in consumers, order.get(explanation.names[f.target], last)

        return tuple(sorted(kept, key=rank))

    def is_direct_part(self, factor: Factor) -> bool:
        """Whether ∂L/∂v of the loss itself is only one of several summands of the whole ∂L/∂v."""
        if factor.consumer != self.loss.step or self.subject.upstream is not None:
            return False
        if factor.target in self.unclear and (factor.consumer, factor.target) not in self.broken:
            return True
        return sum(target == factor.target for _, target in self.subject.explanation.links) > 1

    def value(self, step: int | None) -> Any:
        """The value of a step; None if there are no values."""
        return None if self.subject.values is None or step is None else self.subject.values[step]

    def figure(self, step: int | None) -> Figure | None:
        """A step's value as a figure; None if it has none, or is an array."""
        value = self.value(step)
        return None if value is None or is_array(value) else figure(value, self.style)

    def result(self, step: int | None, *, exact: bool = True) -> tuple[Cell, ...]:
        """The cells ``= value`` of a step (two where both a fraction and decimals are asked for), none without a point.

        Args:
            step: the step.
            exact: whether what stands left of it is exact.
        """
        return result_cells(self.value(step), self.style, exact=exact)

    def with_numbers(self, formula: Expr) -> tuple[Expr, bool] | None:
        """A formula with numbers in place of names, and whether all of them are exact; None if one is missing."""
        if self.subject.values is None:
            return None
        numbers: dict[str, Expr] = {}
        exact = True
        for n in formula.names():
            found = self.figure(self.steps[n]) if n in self.steps else None
            if found is None or found.expr is None:
                return None
            numbers[n] = found.expr
            exact = exact and found.exact
        return substitute(formula, numbers), exact

    def local_name(self, factor: Factor) -> Expr:
        """∂consumer/∂target, of arrays element by element."""
        names = self.subject.explanation.names
        function = element(names[factor.consumer], factor.consumer_indices)
        return partial_by_element(function, element(names[factor.target], factor.target_indices))

    def slope(self, variable: str) -> Any:
        """The value of ∂L/∂v, 0 where the loss does not depend on v; None without a point or where it is unclear."""
        step = self.subject.explanation.steps.get(variable)
        if self.subject.values is None or self.steps.get(variable) in self.unclear:
            return None
        if step is None:
            return Fraction(0)
        value = self.subject.values[step]
        closed = (
            None
            if isinstance(value, Fraction | Undefined) or is_array(value)
            else self.subject.explanation.gradient[variable].expr
        )
        return value if closed is None or (constant := number_of(closed)) is None else constant

    def certain_slope(self, variable: str, existence: PartialExistence | None) -> Any:
        """∂L/∂v at the point: on a switch, where the formula is not valid, the slope that both sides share."""
        value = self.slope(variable)
        if existence is None or not existence.exists or existence.right is None:
            return value
        valid = existence.kind is Existence.SMOOTH and not existence.switches and not isinstance(value, Undefined)
        if valid and value is not None:
            return value
        upstream = self.subject.upstream
        return existence.right if upstream is None else multiplied((upstream, existence.right))

    def derivative_name(self, *variables: str) -> Expr:
        """∂L/∂v, ∂²L/∂v∂w, or of J with an upstream gradient."""
        return partial(self.outer, *variables)

    def adjoint_name(self, step: int) -> Expr:
        """∂L/∂v, or ∂J/∂v with an upstream gradient; of an array by one element."""
        explanation = self.subject.explanation
        return self.element_derivative(step, explanation.indices(step))

    def element_derivative(self, step: int, indices: Sequence[str | int]) -> Expr:
        """∂L/∂v_ij."""
        return partial_by_element(name(self.outer), element(self.subject.explanation.names[step], indices))

    def shape(self, step: int) -> str:
        """The shape of a step's value, its sizes by their names where they have one: ``(n, d)``; empty for a scalar."""
        return sizes_text(shape_sizes(self, step))


def shape_sizes(outline: Outline, step: int) -> list[str]:
    """The sizes of a step's axes: their names, or numbers of those that have none."""
    graph = outline.subject.explanation.derivation.graph
    sizes = ((graph.sizes[i], graph.extent(i)) for i in graph.indices[step])
    return [str(size if extent is None or str(size).isidentifier() else extent) for size, extent in sizes]


def result_cells(value: Any, style: Style, *, exact: bool = True) -> tuple[Cell, ...]:
    """The cells ``= value``; ≈ where the value, or what stands left of it, is rounded; none where it was not found."""
    if value is None:
        return ()
    if isinstance(value, Undefined):
        return (Cell("", Phrase("no_number"), Align.RIGHT),)
    if is_array(value):
        return array_cells(value, style, exact=exact)
    found = figures(value, style)
    cells = [Cell(f.relation if exact else CLOSE, f.shown, Align.RIGHT) for f in found[:1]]
    return (*cells, *(Cell(f.relation, f.shown, Align.RIGHT) for f in found[1:]))


def multiplied(values: Sequence[Any]) -> Any:
    """The product of exact numbers and balls, exact or a ball; None where one of them does not exist."""
    if any(v is None or isinstance(v, Undefined) for v in values):
        return None
    if all(isinstance(v, Fraction) for v in values):
        return prod(values, start=Fraction(1))
    from derivcheck.numbers.ball import Ball

    kernel = Ball(_BITS)
    return reduce(kernel.mul, (kernel.constant(v) if isinstance(v, Fraction) else v for v in values))


def broken_passages(subject: Subject) -> tuple[frozenset[tuple[int, int]], frozenset[int]]:
    """The local derivatives (consumer, target) that pass an operation without derivative, and what lies below them."""
    if not subject.broken:
        return frozenset(), frozenset()
    explanation = subject.explanation
    graph, names = explanation.derivation.graph, explanation.names
    broken: set[tuple[int, int]] = set()
    unclear = set(below_breaks(graph, subject.broken) & names.keys())
    for consumer, target in explanation.links:
        inside = {k for k in _below(graph, consumer, names) & subject.broken if k == consumer or k not in names}
        if any(target in _below(graph, k, names) for k in inside):
            broken.add((consumer, target))
        if (consumer, target) in broken or consumer in unclear:
            unclear.add(target)
    return frozenset(broken), frozenset(unclear)


def _below(graph: Graph, step: int, names: Mapping[int, str]) -> set[int]:
    """A step and all that it reads within its piece, the named steps at the piece's edge included."""
    seen, waiting = {step}, [step]
    while waiting:
        k = waiting.pop()
        if k == step or k not in names:
            fresh = set(graph.operands[k]) - seen
            seen |= fresh
            waiting += fresh
    return seen


def quantity(outline: Outline, step: int, *, named: bool) -> Inline:
    """A step by its formula; with ``named`` also by its name, ``u = y - ŷ``."""
    explanation = outline.subject.explanation
    own = explanation.names.get(step)
    formula: Expr | None = next((p.formula for p in explanation.pieces if p.step == step), None)
    if formula is None and own is None:
        formula = step_formula(explanation.derivation.graph, step, explanation.names)
    if formula is None:
        return Math(name(own)) if own else Phrase("step_number", {"number": Text(str(step))})
    return Chain((("", Math(name(own))), (EQUAL, Math(formula)))) if named and own else Math(formula)


def relation(*, exact: bool) -> str:
    """= or ≈."""
    return EQUAL if exact else CLOSE


def shortened(outline: Outline, items: Sequence[Inline], key: str) -> tuple[Inline, ...]:
    """Statements as they are; of very many beside a shortened derivation the first and the last, and how many more."""
    if not outline.subject.explanation.omitted or len(items) <= MOST_STATEMENTS:
        return tuple(items)
    half = MOST_STATEMENTS // 2
    rest = Phrase(key, {"count": Text(f"{len(items) - 2 * half:,}")})
    return (*items[:half], rest, *items[-half:])


def names_listing(names: Iterable[str]) -> Listing:
    """Names, separated by commas."""
    return Listing(tuple(Math(name(n)) for n in names))


def vector(parts: Sequence[Inline]) -> Inline:
    """Entries in brackets, separated by commas."""
    return Listing((Text("("), Listing(tuple(parts)), Text(")")), "")


def remainder(outline: Outline) -> tuple[Row, ...]:
    """The remark that pieces are left out of a long derivation, if some are."""
    count = outline.subject.explanation.omitted
    return (Row((), Phrase("omitted", {"count": Text(f"{count:,}")})),) if count else ()
