"""Section 3: the chain rule, as products along paths, or adjoint by adjoint where the paths are many or long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from derivcheck.closed.explanation import Factor
from derivcheck.report.arrays import grids
from derivcheck.report.blocks import (
    Align,
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
from derivcheck.report.compose_adjoints import adjoint_rows
from derivcheck.report.figures import EQUAL, Figure, figure
from derivcheck.report.formulas import as_factor, is_number, name, number, total
from derivcheck.report.lettered import Path, lettered
from derivcheck.report.outline import Outline, multiplied, quantity, relation, result_cells
from derivcheck.report.products import TIMES, derivative_of, has_indices, no_path_row, one_factor, summed, why_summed
from derivcheck.report.worked import worked_element

MOST_PATHS = 3
"""More paths than this to one variable are not written one by one."""

MOST_FACTORS = 4
"""A path of more factors than this is not written as one product."""

MOST_BROKEN = 3
"""More operations without derivative than this are not named."""

_Product = Callable[[str, Sequence[Inline]], tuple[Cell, ...]]
"""How a product is set: factor by factor in columns, or in one cell."""


def chain_section(outline: Outline, first: int) -> Section:
    """The products of local derivatives for every variable, numbered ``first``."""
    paths = {v: _paths(outline, v) for v in outline.subject.wrt}
    if outline.subject.explanation.omitted or any(p is None for p in paths.values()):
        return Section(
            first, Phrase("heading_adjoints"), (Ledger(adjoint_rows(outline)), *_gradients(outline), *_stop(outline))
        )
    rows: list[Row] = []
    shown: set[Path] = set()
    several = any(len(found or ()) > 1 for found in paths.values())
    for variable, found in paths.items():
        rows += _variable_rows(outline, variable, found or [], shown, columns=not several)
    heading = "heading_paths" if several else "heading_path"
    worked = (worked_element(outline, found[0]) for found in paths.values() if found and len(found) == 1 and found[0])
    written = tuple(w for w in worked if w is not None)
    flow = (Flow(written),) if written else ()
    return Section(first, Phrase(heading), (Ledger(_aligned(rows)), *_gradients(outline), *flow, *_stop(outline)))


def _gradients(outline: Outline) -> tuple[Block, ...]:
    """The numbers of gradients that stand in rows and columns."""
    found = [(Math(outline.derivative_name(v)), outline.slope(v)) for v in outline.subject.wrt]
    return tuple(grids(found, outline.style))


def _stop(outline: Outline) -> tuple[Block, ...]:
    """Says so where the chain rule gives no number since an operation has no derivative at the point."""
    stopped = {k for v in outline.subject.wrt if (k := outline.steps.get(v)) in outline.unclear}
    graph = outline.subject.explanation.derivation.graph
    broken = [k for k in sorted(outline.subject.broken) if stopped & set(graph.ancestors(k))]
    if not broken:
        return ()
    shown = Listing(tuple(quantity(outline, k, named=False) for k in broken[:MOST_BROKEN]))
    many = len(broken) > MOST_BROKEN
    count = Text(str(min(len(broken), MOST_BROKEN)))
    return (Paragraph(Phrase("chain_stops_many" if many else "chain_stops", {"names": shown, "count": count})),)


def _paths(outline: Outline, variable: str) -> list[Path] | None:
    """Every path from the loss to a variable; None if they are more or longer than a reader follows."""
    step = outline.steps.get(variable)
    readers: dict[int, list[Factor]] = {}
    for f in outline.subject.explanation.factors:
        readers.setdefault(f.target, []).append(f)
    found: list[Path] = []
    letters = {*outline.subject.explanation.letters.values(), *outline.steps}
    open_ends: list[tuple[int, Path]] = [] if step is None else [(step, ())]
    while open_ends:
        at, path = open_ends.pop()
        if at == outline.loss.step:
            found.append(lettered(path, outline.subject.explanation.indices(step or 0), letters))
        elif len(path) == MOST_FACTORS:
            return None
        else:
            open_ends += [(f.consumer, (f, *path)) for f in reversed(readers.get(at, []))]
        if len(found) + len(open_ends) > 4 * MOST_PATHS or len(found) > MOST_PATHS:
            return None
    return found


def _variable_rows(
    outline: Outline, variable: str, paths: list[Path], shown: set[Path], *, columns: bool = True
) -> list[Row]:
    """The rows of one variable; ``columns`` says that the factors of all its paths stand below one another."""
    left = derivative_of(outline, variable)
    if not paths:
        return [no_path_row(outline, variable)]
    if paths == [()]:
        upstream = outline.subject.upstream
        one = figure(1 if upstream is None else upstream, outline.style).shown
        return [Row((Cell("", left), Cell(EQUAL, one)), Phrase("loss_itself", {"name": Math(name(variable))}))]
    if len(paths) > 1:
        return _sum_rows(outline, left, variable, paths)
    return _path_rows(outline, left, paths[0], shown, _cells if columns else _cell)


def _path_rows(outline: Outline, left: Inline, path: Path, shown: set[Path], product: _Product) -> list[Row]:
    """One path: names, then formulas unless their common part was shown, then numbers and the result."""
    if len(path) == 1 and outline.subject.upstream is None:
        return [Row((Cell("", left), *one_factor(outline, path[0])), Phrase("one_factor"))]
    rows = [Row((Cell("", left), *product(EQUAL, _names(outline, path))), why_summed(outline, path))]
    numbers = _numbers(outline, path)
    if path[:-1] not in shown or len(path) == 1 or numbers is None:
        numberless = numbers is None and has_indices(path) and path[-1].target not in outline.unclear
        found = outline.result(path[-1].product) if numberless else ()
        rows.append(Row((None, *product(EQUAL, _formulas(outline, path)), *found)))
    if numbers is not None:
        factors, exact = numbers
        unclear = path[-1].target in outline.unclear
        result = () if unclear else outline.result(path[-1].product, exact=exact)
        rows.append(Row((None, *product(relation(exact=exact), factors), *result)))
    shown.add(path[:-1])
    return rows


def _sum_rows(outline: Outline, left: Inline, variable: str, paths: list[Path]) -> list[Row]:
    """Several paths: the sum in names, each path's product on its own row, the sum in numbers."""
    members: list[tuple[str, Inline]] = []
    for path in paths:
        direct = len(path) == 1 and outline.is_direct_part(path[0])
        for k, factor in enumerate(_formulas(outline, path) if direct else _names(outline, path)):
            members.append((TIMES if k else "+" if members else "", factor))
    note = Phrase("path_count", {"count": Text(str(len(paths)))})
    rows = [Row((Cell("", left), Cell(EQUAL, Chain(tuple(members)))), note)]
    arrays = any(map(has_indices, paths))
    summands: list[Figure] = []
    for k, path in enumerate(paths, start=1):
        label = Phrase("path_label", {"number": Text(str(k))})
        cells: list[Cell] = [Cell("", label), Cell("", _chain(_formulas(outline, path)))]
        numbers, value = _numbers(outline, path), _path_value(outline, path)
        if numbers is not None and value is not None:
            if len(numbers[0]) > 1:
                cells.append(Cell(relation(exact=numbers[1]), _chain(numbers[0])))
            if len(numbers[0]) > 1 or not is_number(path[0].formula):
                cells += result_cells(value, outline.style, exact=len(numbers[0]) == 1 or numbers[1])
            summands.append(figure(value, outline.style))
        rows.append(Row(tuple(cells), why_summed(outline, path)))
    if arrays:
        found = result_cells(outline.slope(variable), outline.style)
        return [*rows, Row((Cell("", left), *found))] if found else rows
    written = [s.expr for s in summands if s.expr is not None]
    if len(written) == len(paths) and outline.steps.get(variable) not in outline.unclear:
        exact = all(s.exact for s in summands)
        result = result_cells(outline.slope(variable), outline.style, exact=exact)
        rows.append(Row((Cell("", left), Cell(relation(exact=exact), Math(total(written))), *result)))
    return rows


def _path_value(outline: Outline, path: Path) -> Any:
    """The product of the values along one path, exact or a ball; None where a value does not exist."""
    values = [outline.value(f.local) for f in path]
    if outline.subject.upstream is not None:
        values.insert(0, outline.subject.upstream)
    return multiplied(values)


def _names(outline: Outline, path: Path) -> list[Inline]:
    names: list[Inline] = [Math(outline.local_name(f)) for f in path]
    outer = [] if outline.subject.upstream is None else [Math(outline.adjoint_name(outline.loss.step))]
    return summed([*outer, *names], path)


def _formulas(outline: Outline, path: Path) -> list[Inline]:
    factors: list[Inline] = [as_factor(f.formula) for f in path]
    upstream = outline.subject.upstream
    return summed(factors if upstream is None else [as_factor(number(upstream)), *factors], path)


def _numbers(outline: Outline, path: Path) -> tuple[list[Inline], bool] | None:
    """The local derivatives' values, and whether all are exact; None if one has none."""
    if any((f.consumer, f.target) in outline.broken for f in path):
        return None
    found = [outline.figure(f.local) for f in path]
    exprs = [f.expr for f in found if f is not None and f.expr is not None]
    if len(exprs) < len(path):
        return None
    exact = all(f is not None and f.exact for f in found)
    factors: list[Inline] = [as_factor(e) for e in exprs]
    upstream = outline.subject.upstream
    return (factors if upstream is None else [as_factor(number(upstream)), *factors]), exact


def _cells(sign: str, factors: Sequence[Inline]) -> tuple[Cell, ...]:
    return tuple(Cell(TIMES if k else sign, f) for k, f in enumerate(factors))


def _cell(sign: str, factors: Sequence[Inline]) -> tuple[Cell, ...]:
    return (Cell(sign, _chain(factors)),)


def _chain(factors: Sequence[Inline]) -> Inline:
    return Chain(tuple((TIMES if k else "", f) for k, f in enumerate(factors)))


def _aligned(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Blank cells before results, so that these stand in one column."""

    def results(row: Row) -> int:
        return sum(c is not None and c.align is Align.RIGHT for c in row.cells)

    width = max((len(r.cells) - results(r) for r in rows), default=0)
    aligned = []
    for row in rows:
        count = results(row)
        body, tail = row.cells[: len(row.cells) - count], row.cells[len(row.cells) - count :]
        cells = (*body, *(None,) * (width - len(body)), *tail) if tail else body
        aligned.append(Row(cells, row.note))
    return tuple(aligned)
