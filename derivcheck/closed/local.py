"""Local derivatives between two pieces in index form: ∂consumer[a…]/∂target[b…]."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from derivcheck.closed.elements import Elements
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.closed.indexed import delta, parts, remade, renamed
from derivcheck.closed.letters import Letters
from derivcheck.closed.monomials import Delta, Monomial, Read, atom, times
from derivcheck.closed.resolve import Resolver
from derivcheck.derive import differentiate
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import MULTIPLY, SUM, Access, Graph, Kind
from derivcheck.language.builder import ExprBuilder, number
from derivcheck.language.expr import Expr

SEED = "seed'"
"""The name of the cotangent that a local derivative is read off; no variable of the author's is called so."""


@dataclass(frozen=True, slots=True)
class LocalForm:
    """The local derivative ∂consumer/∂target of two pieces in index form.

    Attributes:
        expr: the formula, one element.
        consumer: the free index names of the consumer, one for each axis.
        target: the free index names of the target; an index shared with the consumer is one that both have, all
            other elements being zero (∂u_i/∂ŷ_i = -1).
        summed: the consumer's indices that a product with its adjoint is summed over.
    """

    expr: Expr
    consumer: tuple[str, ...]
    target: tuple[str, ...]
    summed: tuple[str, ...]


def local_form(
    graph: Graph,
    consumer: int,
    target: int,
    names: Mapping[int, str] | None = None,
    *,
    stop: Collection[int] = (),
) -> LocalForm:
    """∂consumer[a…]/∂target[b…] through the steps between two pieces, in index form.

    Args:
        graph: the graph that holds both.
        consumer: the step that is differentiated.
        target: the step that it is differentiated by.
        names: names of pieces by step, written instead of what they stand for; paths through them do not count.
        stop: further steps that paths do not lead through.
    """
    names = names or {}
    builder, places = _part(graph, consumer, {*names, *stop, target} - {consumer}, names)
    own = graph.indices[consumer]
    letters = Letters(graph.sizes, {*graph.inputs, *names.values(), *(str(s) for s in graph.sizes.values())})
    rows = letters.several([graph.sizes[i] for i in own])
    columns = letters.several([graph.sizes[i] for i in graph.indices[target]], rows)
    output, primal = places[consumer], len(builder)
    seed = None
    if own:
        seed = builder.input(SEED, own)
        product = builder.map(MULTIPLY, [Access(seed, own), Access(output, own)], own)
        output = builder.reduce(SUM, Access(product, own), (), own)
        primal = len(builder)
    derivation = differentiate(builder.finish(output))
    step = derivation.adjoints.get(places[target])
    if step is None:
        return LocalForm(number(0), rows, columns, rows)
    writer = FormulaWriter(derivation.graph, primal, {places[consumer]: names[consumer]} if consumer in names else {})
    writer.indices.sizes.update({a: graph.sizes[i] for a, i in zip(rows, own, strict=True)})
    form = writer.form(Read(step, columns))
    if seed is not None:
        form = _read_off(form, seed, rows, writer.resolver)
    form = writer.shortened(form)
    names_of = _shared(form, rows, columns)
    form = renamed(form, names_of)
    target_names = tuple(names_of.get(c, c) for c in columns)
    elements = Elements(writer, ExprBuilder(), letters)
    expr = elements.written_form(form, {*rows, *target_names})
    return LocalForm(expr, rows, target_names, tuple(r for r in rows if r not in target_names))


def _part(
    graph: Graph, consumer: int, ends: Collection[int], names: Mapping[int, str]
) -> tuple[GraphBuilder, dict[int, int]]:
    """What computes the consumer, with the steps in ``ends`` as variables."""
    builder = GraphBuilder()
    builder.sizes.update(graph.sizes)
    builder.extents.update(graph.extents)
    places: dict[int, int] = {}
    for k in _between(graph, consumer, ends):
        kind, own = graph.kinds[k], graph.indices[k]
        accesses = [Access(places.get(o, 0), s) for o, s in zip(graph.operands[k], graph.subscripts[k], strict=True)]
        if kind is Kind.INPUT or k in ends:
            name = names.get(k) or graph.name(k) or f"v_{k}"
            if kind is Kind.INPUT and graph.ops[k] in graph.axes:
                builder.axes[name] = graph.axes[graph.ops[k]]
            places[k] = builder.input(name, own)
        elif kind is Kind.MAP:
            places[k] = builder.map(graph.ops[k], accesses, own, graph.params[k])
        elif kind is Kind.REDUCE:
            places[k] = builder.reduce(graph.ops[k], accesses[0], own, graph.over[k])
        elif kind is Kind.COMPOSITE:
            places[k] = builder.composite(graph.ops[k], accesses[0], own, graph.over[k], graph.params[k])
        else:
            places[k] = _leaf(builder, graph, k)
    return builder, places


def _leaf(builder: GraphBuilder, graph: Graph, k: int) -> int:
    kind, params = graph.kinds[k], graph.params[k]
    if kind is Kind.CONSTANT:
        step = builder.constant(params[0])
        if k in graph.literals:
            builder.literals.setdefault(step, graph.literals[k])
        return step
    if kind is Kind.SIZE:
        return builder.size(params[0])
    if kind is Kind.DELTA:
        return builder.delta(*params)
    return builder.array(params[0], graph.indices[k]) if kind is Kind.ARRAY else builder.position(params[0])


def _between(graph: Graph, consumer: int, ends: Collection[int]) -> list[int]:
    """What the consumer reads, up to the steps in ``ends`` and with them, in order."""
    seen, stack = {consumer, *ends}, [consumer]
    met = {consumer}
    while stack:
        for o in graph.operands[stack.pop()]:
            met.add(o)
            if o not in seen:
                seen.add(o)
                stack.append(o)
    return sorted(met)


def _read_off(form: Monomial, seed: int, rows: tuple[str, ...], resolver: Resolver) -> Monomial:
    """The factor of the cotangent's element at ``rows``: the cotangent is put to δ; inner parts first, in a loop."""
    done: dict[int, Monomial] = {}
    for part in reversed(list(parts(form))):
        made = Monomial(part.coefficient, (), part.over)
        for factor, exponent in part.factors:
            if isinstance(factor, Read) and factor.step == seed:
                for row, subscript in zip(rows, factor.subscripts, strict=True):
                    made = times(made, atom(delta(row, subscript)))
            else:
                made = times(made, remade(factor, exponent, done, resolver.total))
        done[id(part)] = resolver.resolved(made)
    return done[id(form)]


def _shared(form: Monomial, rows: tuple[str, ...], columns: tuple[str, ...]) -> dict[str, str]:
    """For indices of the target that must equal one of the consumer's, its name."""
    found: dict[str, str] = {}
    for factor, _ in form.factors:
        if isinstance(factor, Delta) and isinstance(factor.column, str):
            pair = factor.row, factor.column
            row = next((r for r in pair if r in rows), None)
            column = next((c for c in pair if c in columns), None)
            if row is not None and column is not None and row not in found.values():
                found.setdefault(column, row)
    return found
