"""Sections 4 and 5: closed forms of first and second derivatives, and one step of gradient descent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derivcheck.closed.explanation import ClosedForm
from derivcheck.language.builder import same
from derivcheck.language.expr import Expr
from derivcheck.report.arrays import grids, in_grid, in_line, is_array, summed_up
from derivcheck.report.blocks import (
    Block,
    Cell,
    Chain,
    Flow,
    Inline,
    Ledger,
    Listing,
    Math,
    Paragraph,
    Phrase,
    Row,
    Section,
    Text,
)
from derivcheck.report.figures import CLOSE, EQUAL, figure, figures
from derivcheck.report.formulas import (
    call,
    equation_of,
    is_number,
    multiplies_matrices,
    multiplies_others,
    name,
    readable,
)
from derivcheck.report.material import Update
from derivcheck.report.outline import Outline, shape_sizes, shortened
from derivcheck.report.shape_notes import shape_note

GETS = "←"

Members = tuple[tuple[str, Inline], ...]


def closed_section(outline: Outline, first: int) -> Section:
    """∂L/∂v in the author's letters for every variable, numbered ``first``."""
    forms = outline.subject.explanation.gradient
    lines = [(outline.derivative_name(v), forms[v], ()) for v in outline.subject.wrt if v in forms]
    if outline.subject.shapes is not None:
        return Section(first, Phrase("heading_closed"), _array_forms(outline, forms))
    return Section(first, Phrase("heading_closed"), _forms(outline, lines))


def _array_forms(outline: Outline, forms: Mapping[str, ClosedForm]) -> tuple[Block, ...]:
    """For every variable the matrix form with the shapes of its factors, where there is one, and the index form."""
    rows: list[Row] = []
    defined: dict[str, Expr] = {}
    explanation = outline.subject.explanation
    shapes = {explanation.names[k]: tuple(shape_sizes(outline, k)) for k in explanation.names}
    for v in (v for v in outline.subject.wrt if v in forms):
        form = forms[v]
        defined |= dict(form.definitions)
        if form.index is None or not same(form.expr, form.index):
            note = shape_note(form.expr, shapes)
            cells = (Cell("", Math(outline.derivative_name(v))), Cell(EQUAL, Math(readable(form.expr))))
            rows.append(Row(cells, Text(note) if note else None))
        if form.index is not None and (form.free or same(form.expr, form.index) or multiplies_matrices(form.expr)):
            left = Math(outline.element_derivative(outline.steps[v], form.free))
            words = Phrase("product_of_others") if multiplies_others(form.index) else None
            rows.append(Row((Cell("", left), Cell(EQUAL, Math(readable(form.index)))), words))
        if form.condition is not None:
            rows.append(Row((), Phrase("form_condition", {"condition": equation_of(form.condition)})))
    return (Ledger(tuple(rows)), *_definitions(outline, defined))


def _definitions(outline: Outline, defined: Mapping[str, Expr]) -> tuple[Block, ...]:
    """``where u = …   v = …``."""
    equations: list[Inline] = [Chain((("", Math(name(n))), (EQUAL, Math(readable(e))))) for n, e in defined.items()]
    if not equations:
        return ()
    equations[0] = Phrase("where_defined", {"equation": equations[0]})
    return (Flow(shortened(outline, equations, "more_definitions")),)


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
    definitions = dict(d for _, form, _ in lines for d in form.definitions)
    return (Flow(tuple(equations)), *_definitions(outline, definitions))


def update_section(outline: Outline, update: Update, first: int) -> Section:
    """v ← v - η·∂L/∂v for every variable, and the loss before and after, numbered ``first``."""
    subject = outline.subject
    moved = [v for v in subject.wrt if v in update.values]
    lines = tuple(_step(outline, update, v) for v in moved)
    arrays = [(Math(name(v)), update.values[v]) for v in moved]
    before, after = (figure(v, outline.style).shown for v in (update.loss_before, update.loss_after))
    change = Phrase("loss_change", {"loss": Math(name(outline.loss.name)), "before": before, "after": after})
    heading = Phrase("heading_update", {"rate_symbol": Math(name("eta")), "rate": Math(update.rate)})
    return Section(first, heading, (Flow(lines), *grids(arrays, outline.style), Paragraph(change)))


def _step(outline: Outline, update: Update, variable: str) -> Inline:
    """``w ← 3 - 0.1·12 = 1.8``."""
    if is_array(update.values[variable]):
        return _array_step(outline, update, variable)
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


def _array_step(outline: Outline, update: Update, variable: str) -> Inline:
    """``w ← [1, 2] - 0.1·[3, 4] = [0.7, 1.6]``; of larger arrays by name, with what sums up the new value."""
    values = (outline.value(outline.steps.get(variable)), outline.slope(variable), update.values[variable])
    shown = [in_line(v, outline.style) if is_array(v) else None for v in values]
    members: list[tuple[str, Inline]] = [("", Math(name(variable)))]
    before, slope, after = shown
    if before is not None and slope is not None and after is not None:
        exact = before.exact and slope.exact
        members += [(GETS, before.shown), ("-", Math(update.rate)), ("·", slope.shown)]
        return Chain((*members, (after.relation if exact else CLOSE, after.shown)))
    members += [(GETS, Math(name(variable))), ("-", Math(update.rate)), ("·", Math(outline.derivative_name(variable)))]
    if after is None and in_grid(Math(name(variable)), values[2], outline.style) is None:
        members.append(("", Listing((Text(" "), summed_up(values[2], outline.style)), "")))
    return Chain(tuple(members))
