"""Sections 1 and 2: the pieces with their values, and the derivative of each piece on its own."""

from __future__ import annotations

from derivcheck.closed.explanation import Factor, Piece, PieceRole
from derivcheck.language.builder import same
from derivcheck.numbers.kernel import Undefined
from derivcheck.report.arrays import grids
from derivcheck.report.blocks import Cell, Inline, Ledger, Listing, Math, Paragraph, Phrase, Row, Section, Text
from derivcheck.report.figures import EQUAL
from derivcheck.report.formulas import element, is_atom, is_number, name
from derivcheck.report.outline import Outline, relation, remainder

_ROLE_NOTES = {
    PieceRole.PREDICTION: "role_prediction",
    PieceRole.ERROR: "role_error",
    PieceRole.LOSS: "role_loss",
}

MOST_HELD = 3
"""More terms than this that count as constants are not listed."""

_LINEAR = ("sum", "constant_factor")


def pieces_section(outline: Outline, number: int) -> Section:
    """Every piece: name = formula = numbers = value, and what it is."""
    pieces = outline.subject.explanation.pieces
    rows = (*(_piece_row(outline, p) for p in pieces), *remainder(outline))
    key = "heading_pieces" if outline.subject.values is not None else "heading_pieces_only"
    arrays = [(Math(name(p.name)), outline.value(p.step)) for p in pieces]
    return Section(number, Phrase(key), (Ledger(rows), *grids(arrays, outline.style)))


def _piece_row(outline: Outline, piece: Piece) -> Row:
    note = _ROLE_NOTES.get(piece.role)
    left = Math(element(piece.name, piece.indices if piece.by_element else ()))
    shape = outline.shape(piece.step)
    if not shape:
        return Row(equation(outline, left, Math(piece.formula), piece.step), Phrase(note) if note else None)
    cells = (Cell("", left), Cell(EQUAL, Math(piece.formula)), Cell("", Text(f" {shape}")), *outline.result(piece.step))
    return Row(cells, Phrase(note) if note else None)


def equation(outline: Outline, left: Inline, formula: Math, step: int | None) -> tuple[Cell | None, ...]:
    """The cells ``left = formula = numbers = value``; a column that would repeat another is left blank."""
    cells: list[Cell | None] = [Cell("", left), Cell(EQUAL, formula)]
    if is_number(formula.expr):
        return tuple(cells)
    put_in = outline.with_numbers(formula.expr)
    if put_in is not None and not put_in[1] and isinstance(outline.value(step), Undefined):
        put_in = None  # at the rounded numbers there may be a value
    exact = True
    if put_in is None or is_atom(formula.expr) or is_number(put_in[0]) or same(put_in[0], formula.expr):
        cells.append(None)
    else:
        exact = put_in[1]
        cells.append(Cell(relation(exact=exact), Math(put_in[0])))
    return (*cells, *outline.result(step, exact=exact))


def locals_section(outline: Outline, number: int) -> Section:
    """Every local derivative: ∂consumer/∂target = formula = numbers = value, and the rule."""
    rows = tuple(_factor_row(outline, f) for f in outline.factors)
    elementwise = any(set(f.consumer_indices) & set(f.target_indices) for f in outline.factors)
    shared = (Paragraph(Phrase("locals_shared")),) if elementwise else ()
    return Section(number, Phrase("heading_locals"), (Ledger(rows), *shared))


def _factor_row(outline: Outline, factor: Factor) -> Row:
    left = Math(outline.local_name(factor))
    if (factor.consumer, factor.target) in outline.broken:
        cells = (Cell("", left), Cell(EQUAL, Math(factor.formula)))
        rule = factor_note(outline, factor)
        return Row(cells, Listing((*((rule,) if rule else ()), Phrase("local_missing"))))
    return Row(equation(outline, left, Math(factor.formula), factor.local), factor_note(outline, factor))


def factor_note(outline: Outline, factor: Factor) -> Inline | None:
    """The rule's name, or for a sum or a product what counts as a constant; and whether other paths lead there too."""
    operation: dict[str, Inline] = {"operation": Text(factor.operation)} if factor.operation else {}
    note: Inline | None = Phrase(f"rule_{factor.rule}", operation) if factor.rule else None
    if factor.held and factor.rule in _LINEAR:
        held = Listing(tuple(Math(h) for h in factor.held))
        many = len(factor.held) > MOST_HELD
        note = Phrase("held_rest") if many else Phrase("held", {"names": held, "count": Text(str(len(factor.held)))})
    if outline.is_direct_part(factor):
        direct = Phrase("direct_part")
        return Listing((note, direct)) if note else direct
    return note
