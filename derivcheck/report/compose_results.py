"""Sections 4 and 5: closed forms of first and second derivatives, and one step of gradient descent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derivcheck.closed.explanation import ClosedForm
from derivcheck.language.builder import same
from derivcheck.language.expr import Expr
from derivcheck.report.blocks import Block, Chain, Flow, Inline, Math, Paragraph, Phrase, Section
from derivcheck.report.figures import EQUAL, figure, figures
from derivcheck.report.formulas import call, is_number, name, readable
from derivcheck.report.material import Update
from derivcheck.report.outline import Outline, shortened

GETS = "←"

Members = tuple[tuple[str, Inline], ...]


def closed_section(outline: Outline, first: int) -> Section:
    """∂L/∂v in the author's letters for every variable, numbered ``first``."""
    forms = outline.subject.explanation.gradient
    lines = [(outline.derivative_name(v), forms[v], ()) for v in outline.subject.wrt if v in forms]
    return Section(first, Phrase("heading_closed"), _forms(outline, lines))


def second_section(outline: Outline, first: int) -> Section:
    """∂²L/∂v∂w for every pair of variables with its value, numbered ``first``."""
    explanation = outline.subject.explanation
    lines = [
        (outline.derivative_name(*pair), form, _value(outline, explanation.second_steps.get(pair), form.expr))
        for pair, form in explanation.hessian.items()
        if not _repeats(pair, explanation.hessian)
    ]
    return Section(first, Phrase("heading_second"), _forms(outline, lines))


def _repeats(pair: tuple[str, str], forms: Mapping[tuple[str, str], ClosedForm]) -> bool:
    """Whether ∂²L/∂v∂w was written as ∂²L/∂w∂v already."""
    mirrored = (pair[1], pair[0])
    order = list(forms)
    if mirrored == pair or mirrored not in forms or order.index(mirrored) > order.index(pair):
        return False
    return same(forms[pair].expr, forms[mirrored].expr)


def _value(outline: Outline, step: int | None, formula: Expr) -> Members:
    """``= value`` after a formula; nothing where the formula is the value, or without a point."""
    if step is None or outline.subject.values is None or not outline.subject.smooth or is_number(formula):
        return ()
    return tuple((f.relation, f.shown) for f in figures(outline.subject.values[step], outline.style))


def _forms(outline: Outline, lines: Sequence[tuple[Expr, ClosedForm, Members]]) -> tuple[Block, ...]:
    equations = [Chain((("", Math(left)), (EQUAL, Math(readable(form.expr))), *value)) for left, form, value in lines]
    blocks: list[Block] = [Flow(tuple(equations))]
    definitions = dict(d for _, form, _ in lines for d in form.definitions)
    if definitions:
        where = [
            Phrase("where_defined", {"equation": Chain((("", Math(name(n))), (EQUAL, Math(readable(e)))))})
            for n, e in definitions.items()
        ]
        blocks.append(Flow(shortened(outline, where, "more_definitions")))
    return tuple(blocks)


def update_section(outline: Outline, update: Update, first: int) -> Section:
    """v ← v - η·∂L/∂v for every variable, and the loss before and after, numbered ``first``."""
    subject = outline.subject
    lines = tuple(_step(outline, update, v) for v in subject.wrt if v in update.values)
    before, after = (figure(v, outline.style).shown for v in (update.loss_before, update.loss_after))
    change = Phrase("loss_change", {"loss": Math(name(outline.loss.name)), "before": before, "after": after})
    heading = Phrase("heading_update", {"rate_symbol": Math(name("eta")), "rate": Math(update.rate)})
    return Section(first, heading, (Flow(lines), Paragraph(change)))


def _step(outline: Outline, update: Update, variable: str) -> Inline:
    """``w ← 3 - 0.1·12 = 1.8``."""
    step = outline.steps.get(variable)
    before = None if step is None else outline.figure(step)
    slope = outline.slope(variable)
    gradient = None if slope is None else figure(slope, outline.style)
    members: list[tuple[str, Inline]] = [("", Math(name(variable)))]
    exact = True
    if before is not None and gradient is not None and before.expr is not None and gradient.expr is not None:
        exact = before.exact and gradient.exact
        change = call("mul", update.rate, gradient.expr)
        members.append((GETS, Math(call("sub", before.expr, change))))
    sign = GETS
    for found in figures(update.values[variable], outline.style):
        if len(members) > 1:
            sign = found.relation if exact else "≈"
        members.append((sign, found.shown))
    return Chain(tuple(members))
