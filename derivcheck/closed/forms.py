"""Closed forms of derived steps, for scalars and arrays alike: the entry for reports."""

from __future__ import annotations

from collections.abc import Mapping

from derivcheck.closed.contraction import TRANSPOSE, NoArrayFormError
from derivcheck.closed.explanation import ClosedForm
from derivcheck.closed.facts import SUMS, SYMMETRIC
from derivcheck.closed.local import LocalForm, local_form
from derivcheck.closed.naming import NamedForms
from derivcheck.derive import Derivation
from derivcheck.graph.steps import SUM, Graph
from derivcheck.language.builder import ExprBuilder, number
from derivcheck.language.expr import Expr

__all__ = ["LocalForm", "closed_form", "conditional_forms", "local_form"]


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
        assumed: stated facts of inputs, by the names of :data:`derivcheck.language.facts.FACTS`; used are those that
            say what rows sum to.

    Returns:
        The form; ``index`` is None where no array occurs.
    """
    if step is None:
        return ClosedForm(number(0))
    named = NamedForms(derivation, names or {}, assumed)
    graph = derivation.graph
    try:
        written = named.written(step)
        formula, definitions = written.expr, written.definitions
    except NoArrayFormError:
        named = NamedForms(derivation, {}, assumed)
        named.writer.names.clear()
        formula, definitions = None, ()
    writer = named.writer
    letters = free or writer.letters().several([graph.sizes[i] for i in graph.indices[step]])
    writer.forms.pop(step, None)
    writer.simplify(step)
    index = writer.formula(step, unfold=True, free=letters)
    condition = _condition(graph, writer.facts.used) if writer.facts.used else None
    return ClosedForm(formula or index, definitions, index, letters, condition)


def conditional_forms(
    derivation: Derivation, step: int, names: Mapping[int, str] | None = None, *, free: tuple[str, ...] | None = None
) -> tuple[ClosedForm, ...]:
    """Shorter forms of a derived step that hold where an input sums to 1 along its last axis, or is symmetric.

    The gradient of ``-Σ t·log softmax(z)`` is ``sum(t)*softmax(z) - t``; where ``sum(t) == 1`` it is
    ``softmax(z) - t``. The gradient of ``xᵀAx`` is ``A.T@x + A@x``; where ``A == A.T`` it is ``2*A@x``.

    Args:
        derivation: the derivation that holds the step.
        step: the step to write.
        names: names for pieces by step.
        free: names for the step's own indices.

    Returns:
        A form for each input of which such a fact matters, with the condition on which it holds.
    """
    graph = derivation.graph
    plain = closed_form(derivation, step, names, free=free)
    found = []
    below = set(graph.ancestors(step))
    for name, k in graph.inputs.items():
        own = graph.indices[k] if k in below else ()
        square = len(own) == 2 and graph.sizes[own[0]] == graph.sizes[own[1]]
        for fact in (SUMS, SYMMETRIC)[: bool(own) + square]:
            form = closed_form(derivation, step, names, free=free, assumed={name: fact})
            if form.condition is not None and len(form.expr.nodes) < len(plain.expr.nodes):
                found.append(form)
    return tuple(found)


def _condition(graph: Graph, used: Mapping[str, str]) -> Expr:
    """``sum(t) == 1``, of a matrix ``sum(T, axis=1) == 1``; ``A == A.T``."""
    builder = ExprBuilder()
    places = []
    for name, fact in sorted(used.items()):
        variable = builder.name(name)
        axes = len(graph.axes.get(name, graph.indices[graph.inputs[name]]))
        if fact == SYMMETRIC:
            places.append(builder.call("eq", variable, builder.array_call(TRANSPOSE, variable)))
        else:
            total = builder.array_call(SUM, variable, params=(None if axes == 1 else axes - 1, ()))
            places.append(builder.call("eq", total, builder.number(1)))
    place = places[0]
    for further in places[1:]:
        place = builder.call("and", place, further)
    return builder.build(place)
