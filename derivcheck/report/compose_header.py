"""The head of a report: the loss as it was read, its definitions, the point, and what is differentiated by what."""

from __future__ import annotations

from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Definition, Expr, NodeKind, Reading
from derivcheck.report.blocks import Block, Chain, Flow, Inline, Listing, Math, Paragraph, Phrase, Text
from derivcheck.report.compose_shapes import shape_blocks
from derivcheck.report.figures import EQUAL
from derivcheck.report.formulas import name
from derivcheck.report.outline import Outline, names_listing, shortened

GAP = "   "
"""Between the equations of a point."""


def header(outline: Outline) -> tuple[Block, ...]:
    """The loss, the point, the definitions, the readings, the variables; then which values are missing."""
    subject = outline.subject
    own = _own_definition(outline)
    expression = subject.expression if own is None else own.body
    loss = Chain((("", Math(name(outline.loss.name))), (EQUAL, Math(expression))))
    items: list[Inline] = [loss]
    if subject.point and subject.shapes is None:
        given = tuple(Chain((("", Math(name(v))), (EQUAL, Math(e)))) for v, e in subject.point.items())
        items.append(Phrase("at_point", {"point": Listing(given, GAP)}))
    blocks: list[Block] = [Flow(tuple(items))]
    definitions = [d for d in subject.program.definitions if d.name != subject.program.name and d is not own]
    if definitions:
        blocks.append(Flow(shortened(outline, [_defined(d) for d in definitions], "more_definitions")))
    if subject.shapes is not None:
        blocks += shape_blocks(outline, subject.shapes)
    blocks += [Paragraph(Phrase("assumed", {"fact": Text(a.text)})) for a in subject.assumptions]
    blocks += [Paragraph(_reading(r)) for r in subject.program.readings]
    blocks.append(Paragraph(_variables(outline)))
    if subject.upstream is not None:
        seed = Math(outline.adjoint_name(outline.loss.step))
        blocks.append(Paragraph(Phrase("upstream", {"seed": Chain((("", seed), (EQUAL, _number(outline))))})))
    if subject.late:
        blocks.append(Paragraph(Phrase("late")))
    if subject.missing:
        missing: dict[str, Inline] = {"names": names_listing(subject.missing), "count": Text(str(len(subject.missing)))}
        blocks.append(Paragraph(Phrase("missing_values", missing)))
    return tuple(blocks)


def _number(outline: Outline) -> Inline:
    from derivcheck.report.figures import figure

    return figure(outline.subject.upstream, outline.style).shown


def _own_definition(outline: Outline) -> Definition | None:
    """The definition of the loss, where the text ends with its name alone."""
    root = outline.subject.expression.root
    if root.kind is not NodeKind.NAME or root.text != outline.loss.name:
        return None
    definitions = outline.subject.program.definitions
    return next((d for d in reversed(definitions) if d.name == root.text and d.parameters is None), None)


def _defined(definition: Definition) -> Inline:
    return Phrase("defined", {"equation": Chain((("", Math(_head(definition))), (EQUAL, Math(definition.body))))})


def _head(definition: Definition) -> Expr:
    if definition.parameters is None:
        return name(definition.name)
    builder = ExprBuilder()
    return builder.build(builder.apply(definition.name, *[builder.name(p) for p in definition.parameters]))


def _reading(reading: Reading) -> Inline:
    texts: dict[str, Inline] = {
        "typed": Text(reading.span.text),
        "taken": Text(reading.taken),
        "other": Text(reading.other),
    }
    return Phrase("reading", texts)


def _variables(outline: Outline) -> Inline:
    subject = outline.subject
    args: dict[str, Inline] = {"names": names_listing(subject.wrt), "count": Text(str(len(subject.wrt)))}
    return Phrase(f"wrt_{subject.wrt_reason}", args)
