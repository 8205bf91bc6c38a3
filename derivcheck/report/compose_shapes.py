"""The variables of a loss of arrays with their shapes and values, the sizes, and how a gradient is laid out."""

from __future__ import annotations

from derivcheck.report.arrays import grids, is_array, sizes_text
from derivcheck.report.blocks import Block, Cell, Chain, Inline, Ledger, Listing, Math, Paragraph, Phrase, Row, Text
from derivcheck.report.figures import EQUAL
from derivcheck.report.formulas import name, number
from derivcheck.report.lettered import sample_letter
from derivcheck.report.material import Shapes
from derivcheck.report.outline import Outline


def shape_blocks(outline: Outline, shapes: Shapes) -> tuple[Block, ...]:
    """A row for every variable: name, shape, value; the numbers of sizes; what shape a gradient has."""
    subject = outline.subject
    inputs = subject.explanation.derivation.graph.inputs
    values = [(Math(name(v)), outline.value(k)) for v, k in inputs.items()]
    rows = tuple(_variable_row(outline, shapes, v) for v in inputs)
    said: list[Inline] = []
    if shapes.extents:
        sizes = (Chain((("", Math(name(s))), (EQUAL, Math(number(e))))) for s, e in shapes.extents.items())
        said.append(Listing(tuple(sizes)))
    if shapes.reason == "convention":
        said.append(Phrase("shapes_convention"))
    if not shapes.exact:
        said.append(Phrase("values_rounded"))
    return (Ledger(rows), *grids(values, outline.style), *(Paragraph(s) for s in (*said, layout(outline))))


def _variable_row(outline: Outline, shapes: Shapes, variable: str) -> Row:
    """``X (n, d) = [[1, 2], [3, 4]]``."""
    step = outline.steps[variable]
    sizes = shapes.sizes.get(variable, ())
    single = not sizes and variable not in outline.subject.point
    shape = "()" if single else sizes_text([str(s) for s in sizes])
    cells = (Cell("", Math(name(variable))), Cell("", Text(shape)))
    value = outline.value(step)
    if not sizes and not single:
        return Row((*cells, Cell(EQUAL, Math(outline.subject.point[variable]))))
    shown = outline.result(step) if is_array(value) else ()
    return Row((*cells, *(Cell(c.sign, c.content) for c in shown)))


def layout(outline: Outline) -> Inline:
    """A gradient has the shape of its variable; the rows of X are samples."""
    explanation = outline.subject.explanation
    letter = sample_letter(explanation)
    inputs = explanation.derivation.graph.inputs
    samples = [n for n, k in inputs.items() if letter and len(explanation.indices(k)) == 2]
    rows = [n for n in samples if explanation.indices(inputs[n])[0] == letter]
    if not rows:
        return Phrase("layout")
    args: dict[str, Inline] = {"names": Listing(tuple(Math(name(n)) for n in rows)), "count": Text(str(len(rows)))}
    return Phrase("layout_samples", args)
