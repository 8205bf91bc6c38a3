"""Closed forms of derived steps, for scalars and arrays alike: the entry for reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derivcheck.closed.arrays import ArrayWriter
from derivcheck.closed.contraction import NoArrayFormError
from derivcheck.closed.explanation import ClosedForm
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.derive import Derivation
from derivcheck.graph.steps import Graph
from derivcheck.language.builder import ExprBuilder, number
from derivcheck.language.expr import Expr


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


def closed_form(
    derivation: Derivation,
    step: int | None,
    names: Mapping[int, str] | None = None,
    *,
    free: tuple[str, ...] | None = None,
    assumed: Mapping[str, str] | None = None,
) -> ClosedForm:
    """The closed form of a derived step.

    Args:
        derivation: the derivation that holds the step.
        step: the step to write, such as an adjoint; None is the derivative 0.
        names: names for pieces by step, used where a formula would repeat them or grow too long.
        free: names for the step's own indices; letters that suit the sizes by default.
        assumed: stated facts of inputs by name (``"onehot"``, ``"probabilities"``: they sum to 1 along the last axis).

    Returns:
        The form; ``index`` is None where no array occurs.
    """
    if step is None:
        return ClosedForm(number(0))
    graph = derivation.graph
    writer = FormulaWriter(graph, derivation.primal, graph.names, assumed)
    return _written(writer, step, free)


def _written(writer: FormulaWriter, step: int, free: tuple[str, ...] | None) -> ClosedForm:
    writer.simplify(step)
    own = writer.graph.indices[step]
    builder = ExprBuilder()
    letters = free or writer.letters().several([writer.graph.sizes[i] for i in own])
    index = writer.formula(step, free=letters)
    try:
        value = ArrayWriter(writer, builder).form(writer.monomial(step), own)
    except NoArrayFormError:
        return ClosedForm(index, (), index, letters)
    return ClosedForm(builder.build(value.place), (), index, letters)


def local_form(
    graph: Graph, consumer: int, target: int, names: Mapping[int, str] | None = None, *, stop: tuple[int, ...] = ()
) -> LocalForm:
    """∂consumer[a…]/∂target[b…] through the steps between two pieces, in index form.

    Args:
        graph: the graph that holds both.
        consumer: the step that is differentiated.
        target: the step that it is differentiated by.
        names: names of pieces by step, written instead of what they stand for; paths through them do not count.
        stop: further steps that paths do not lead through.
    """
    raise NotImplementedError
