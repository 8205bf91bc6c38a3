"""Forward: the slips that a derivation offers, and the wrong derivative that each of them gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from derivcheck.closed.formulas import FormulaWriter
from derivcheck.derive import Contribution, Derivation, derivative_step
from derivcheck.emit import Emitter, Guarded
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.splice import spliced
from derivcheck.graph.steps import Graph, Kind
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE
from derivcheck.slips.kinds import Slip, SlipKind

MOST_CONTRIBUTIONS = 80
"""Slips are looked for in derivations of at most so many contributions."""
OF_TERMS = frozenset({SlipKind.DROPPED_TERM, SlipKind.TERM_SIGN, SlipKind.KEPT_CONSTANT})
"""Slips with a term of a sum."""
MOST_EXCHANGED = 5
"""Variables are interchanged where there are at most so many."""


def usual_slips(derivation: Derivation, variable: int, names: Mapping[int, str] | None = None) -> tuple[Slip, ...]:
    """The slips that can happen on the way to a derivative, those that explain best first.

    Args:
        derivation: adjoints at every step, of scalars.
        variable: the step that is differentiated by: a variable, or any step that the output reads.
        names: names of steps besides variables, for the formulas of local derivatives.

    Returns:
        Slips, some of which may give the same wrong derivative; none where the derivation is long.
    """
    if len(derivation.contributions) > MOST_CONTRIBUTIONS:
        return ()
    places = _Places(derivation, variable, dict(names or {}))
    found = [*(s for c in places.leading for s in places.local_slips(c)), *places.whole()]
    order = list(SlipKind)
    return tuple(sorted(found, key=lambda s: order.index(s.kind)))


def wrong_derivatives(derivation: Derivation, variable: int, slips: Sequence[Slip]) -> tuple[Graph, tuple[int, ...]]:
    """The derivative by a step that comes out with each of the slips.

    Returns:
        The derivation's graph with further steps, and for every slip the step of the wrong derivative.
    """
    changed = _Changed(derivation, variable)
    steps = tuple(changed.derivative(s) for s in slips)
    return changed.builder.finish(derivation.output), steps


@dataclass(slots=True)
class _Places:
    """Where slips can happen: the contributions that lead to one variable."""

    derivation: Derivation
    variable: int
    names: dict[int, str]

    @property
    def writer(self) -> FormulaWriter:
        names = {k: n for k, n in self.names.items() if k < self.derivation.primal}
        return FormulaWriter(self.derivation.graph, self.derivation.primal, names)

    @property
    def leading(self) -> list[Contribution]:
        reached, kept = {self.variable}, []
        for c in reversed(self.derivation.contributions):
            if c.target in reached:
                reached.add(c.consumer)
                kept.append(c)
        return kept[::-1]

    def local_slips(self, c: Contribution) -> Iterator[Slip]:
        """The ways to get one local derivative wrong."""
        graph, writer = self.derivation.graph, self.writer
        row = TABLE[graph.ops[c.consumer]]
        number, local = graph.constant(c.local), writer.formula(c.local)
        coefficient = writer.monomial(c.local).coefficient if number is None else number
        linear = row.role in (Role.SUM, Role.PRODUCT)
        size = abs(coefficient)
        if coefficient < 0:
            yield Slip(SlipKind.LOST_SIGN, c.consumer, c.target, local)
        elif not linear and number is None:
            yield Slip(SlipKind.EXTRA_SIGN, c.consumer, c.target, local)
        if size not in (0, 1):
            readers = len({k.target for k in self.derivation.contributions if k.consumer == c.target})
            mean = size.numerator == 1 and size.denominator == max(readers, self._terms(c.target))
            yield Slip(SlipKind.SUM_FOR_MEAN if mean else SlipKind.LOST_FACTOR, c.consumer, c.target, local, size)
        if number is None:
            yield Slip(SlipKind.LOST_INNER, c.consumer, c.target, local)
        if not linear and row.role is not Role.SELECT:
            if c.local != c.consumer:
                signs = (-1, 1) if coefficient < 0 else (1,)
                unchanged = (SlipKind.LEFT_UNCHANGED, c.consumer, c.target, local)
                yield from (Slip(*unchanged, Fraction(sign)) for sign in signs)
            if row.role is Role.POWER:
                yield Slip(SlipKind.KEPT_EXPONENT, c.consumer, c.target, local)
            if self.inner(c.target) is not None:
                yield Slip(SlipKind.INNER_ARGUMENT, c.consumer, c.target, local)
        if sum(k.target == c.target for k in self.derivation.contributions) > 1:
            yield Slip(SlipKind.DROPPED_PATH, c.consumer, c.target, local)

    def _terms(self, step: int) -> int:
        """How many terms a sum has."""
        graph, count, stack = self.derivation.graph, 0, [step]
        while stack:
            k = stack.pop()
            if graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].role is Role.SUM:
                stack.extend(graph.operands[k])
            else:
                count += 1
        return count

    def inner(self, step: int) -> int | None:
        """The only operand of a step that is no constant."""
        return inner_operand(self.derivation.graph, step)

    def whole(self) -> Iterator[Slip]:
        """The slips that concern the derivation as a whole."""
        graph, leading = self.derivation.graph, self.leading
        for step in dict.fromkeys(c.consumer for c in leading):
            row = TABLE[graph.ops[step]]
            if row.role is Role.PRODUCT and len({c.target for c in leading if c.consumer == step}) > 1:
                yield Slip(SlipKind.SEPARATE_FACTORS, step)
        for term, total in self.terms():
            yield Slip(SlipKind.DROPPED_TERM, term, total)
            yield Slip(SlipKind.TERM_SIGN, term, total)
        for total in dict.fromkeys(c.consumer for c in leading):
            if TABLE[graph.ops[total]].role is Role.SUM:
                kept = [o for o in graph.operands[total] if self.variable not in graph.ancestors(o)]
                yield from (Slip(SlipKind.KEPT_CONSTANT, o, total) for o in kept)
        last = {c.consumer for c in leading if c.target == self.variable}
        for step in dict.fromkeys(c.target for c in leading if c.target not in (*last, self.variable)):
            yield Slip(SlipKind.STOPPED_EARLY, step)
        others = [n for n, k in graph.inputs.items() if k != self.variable and k in self.derivation.adjoints]
        yield from (Slip(SlipKind.OTHER_VARIABLE, names=(n,)) for n in others)
        if len(graph.inputs) <= MOST_EXCHANGED:
            yield from (Slip(SlipKind.EXCHANGED, names=pair) for pair in combinations(graph.inputs, 2))
        yield Slip(SlipKind.OPPOSITE)

    def terms(self) -> list[tuple[int, int]]:
        """The terms of the sums that the derivative reads, each with its sum."""
        graph, d = self.derivation.graph, self.derivation
        below = [k for k in graph.ancestors(d.adjoints.get(self.variable, d.seed)) if k < d.primal]
        sums = [k for k in below if graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].role is Role.SUM]
        return list(dict.fromkeys((o, k) for k in sums for o in graph.operands[k] if len(graph.operands[k]) > 1))


def inner_operand(graph: Graph, step: int) -> int | None:
    """The only operand of a step that is no constant; None for a variable, or where there are several."""
    operands = [o for o in dict.fromkeys(graph.operands[step]) if graph.kinds[o] is not Kind.CONSTANT]
    return operands[0] if graph.kinds[step] is Kind.MAP and len(operands) == 1 else None


class _Changed:
    """The sweep taken again with one thing changed."""

    def __init__(self, derivation: Derivation, variable: int) -> None:
        self.derivation, self.variable = derivation, variable
        self.builder = GraphBuilder(derivation.graph)
        self.emit = Emitter(self.builder)

    @property
    def right(self) -> int:
        """The step of the right derivative."""
        return self.derivation.adjoints.get(self.variable, self.emit.zero)

    def derivative(self, slip: Slip) -> int:
        d, emit = self.derivation, self.emit
        if slip.kind in OF_TERMS and slip.consumer is not None and slip.target is not None:
            return self.with_term(slip.kind, slip.consumer, slip.target)
        if slip.target is not None:
            return self.swept(slip)
        if slip.kind is SlipKind.STOPPED_EARLY and slip.consumer is not None:
            return d.adjoints[slip.consumer]
        if slip.kind is SlipKind.OTHER_VARIABLE:
            return d.adjoints[d.graph.inputs[slip.names[0]]]
        if slip.kind is SlipKind.EXCHANGED:
            a, b = (d.graph.inputs[n] for n in slip.names)
            return spliced(self.builder, d.graph, self.right, {a: b, b: a})
        if slip.kind is SlipKind.SEPARATE_FACTORS and slip.consumer is not None:
            return self.separate(slip.consumer)
        factor = Fraction(-1) if slip.kind is SlipKind.OPPOSITE else slip.factor or Fraction(1)
        return emit.multiply(self.builder.constant(factor), self.right)

    def swept(self, slip: Slip) -> int:
        """The derivative with another local derivative at one place, or none."""
        d, emit = self.derivation, self.emit
        totals: dict[int, list[Guarded]] = {d.output: [Guarded(d.seed)]}
        for c in d.contributions:
            if c.consumer not in totals:
                continue
            local: int | None = c.local
            if (c.consumer, c.target) == (slip.consumer, slip.target):
                local = self.local(slip, c)
            if local is not None:
                adjoint = emit.total(totals[c.consumer])
                totals.setdefault(c.target, []).append(emit.times(adjoint, Guarded(local)))
        return emit.materialised(emit.total(totals[self.variable])) if self.variable in totals else emit.zero

    def local(self, slip: Slip, c: Contribution) -> int | None:
        """The wrong local derivative; None where the contribution is left out."""
        graph, emit, kind = self.derivation.graph, self.emit, slip.kind
        if kind is SlipKind.DROPPED_PATH:
            return None
        if kind in (SlipKind.LOST_SIGN, SlipKind.EXTRA_SIGN):
            return emit.multiply(self.builder.constant(-1), c.local)
        if kind in (SlipKind.LOST_FACTOR, SlipKind.SUM_FOR_MEAN):
            return emit.multiply(self.builder.constant(1 / (slip.factor or Fraction(1))), c.local)
        if kind is SlipKind.LOST_INNER:
            return emit.one
        if kind is SlipKind.LEFT_UNCHANGED:
            return emit.multiply(self.builder.constant(slip.factor or 1), c.consumer)
        if kind is SlipKind.KEPT_EXPONENT:
            return emit.multiply(c.local, c.target)
        inner = inner_operand(graph, c.target)
        return c.local if inner is None else self.elsewhere(c, inner)

    def elsewhere(self, c: Contribution, inner: int) -> int:
        """The local derivative of a step at its target's own operand."""
        return spliced(self.builder, self.derivation.graph, c.local, {c.target: inner})

    def with_term(self, kind: SlipKind, term: int, total: int) -> int:
        """The right derivative with another term in a sum, or with a constant term that is kept."""
        d, emit = self.derivation, self.emit
        operands, op = d.graph.operands[total], d.graph.ops[total]
        if kind is SlipKind.KEPT_CONSTANT:
            kept = emit.apply(op, (), [o if o == term else emit.zero for o in operands])
            return emit.add(self.right, emit.multiply(d.adjoints[total], kept))
        other = emit.zero if kind is SlipKind.DROPPED_TERM else emit.negated(term)
        changed = emit.apply(op, (), [other if o == term else o for o in operands])
        return spliced(self.builder, d.graph, self.right, {total: changed})

    def separate(self, step: int) -> int:
        """The right derivative with (f·g)' = f'·g + f·g' replaced by f'·g'."""
        d, builder, emit = self.derivation, self.builder, self.emit
        parts = [derivative_step(builder, o, self.variable) for o in d.graph.operands[step]]
        apart = emit.apply(d.graph.ops[step], (), parts)
        change = emit.add(apart, emit.negated(derivative_step(builder, step, self.variable)))
        return emit.add(self.right, emit.multiply(d.adjoints[step], change))
