"""Closed forms of derived steps, for scalars and arrays alike: the entry for reports."""

from __future__ import annotations

from collections.abc import Mapping

from derivcheck.closed.arrays import ArrayWriter
from derivcheck.closed.contraction import NoArrayFormError
from derivcheck.closed.explanation import ClosedForm
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.closed.local import LocalForm, local_form
from derivcheck.derive import Derivation
from derivcheck.language.builder import ExprBuilder, number


__all__ = ["LocalForm", "closed_form", "local_form"]


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
