"""Closed forms of derived steps, for scalars and arrays alike: the entry for reports."""

from __future__ import annotations

from collections.abc import Mapping

from derivcheck.closed.contraction import NoArrayFormError
from derivcheck.closed.explanation import ClosedForm
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.closed.local import LocalForm, local_form
from derivcheck.closed.naming import NamedForms
from derivcheck.derive import Derivation
from derivcheck.language.builder import number


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
    named = NamedForms(derivation, names or {}, assumed)
    graph = derivation.graph
    try:
        written = named.written(step)
    except NoArrayFormError:
        return _by_element(derivation, step, free, assumed)
    writer = named.writer
    letters = free or writer.letters().several([graph.sizes[i] for i in graph.indices[step]])
    writer.simplify(step)
    index = writer.formula(step, unfold=True, free=letters)
    return ClosedForm(written.expr, written.definitions, index, letters)


def _by_element(
    derivation: Derivation, step: int, free: tuple[str, ...] | None, assumed: Mapping[str, str] | None
) -> ClosedForm:
    """The index form alone, in the letters of variables, of what has no form in matrices."""
    graph = derivation.graph
    writer = FormulaWriter(graph, derivation.primal, {}, assumed)
    letters = free or writer.letters().several([graph.sizes[i] for i in graph.indices[step]])
    writer.simplify(step)
    index = writer.formula(step, free=letters)
    return ClosedForm(index, (), index, letters)
