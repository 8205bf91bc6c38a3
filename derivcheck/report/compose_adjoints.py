"""The chain rule adjoint by adjoint, where the paths are many or long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from derivcheck.closed.explanation import Factor
from derivcheck.report.blocks import Cell, Chain, Inline, Math, Row, Text
from derivcheck.report.figures import EQUAL
from derivcheck.report.formulas import as_factor
from derivcheck.report.lettered import lettered
from derivcheck.report.outline import Outline, relation, remainder
from derivcheck.report.products import TIMES, no_path_row, one_factor, summed, why_summed


def adjoint_rows(outline: Outline) -> tuple[Row, ...]:
    """For every piece and variable v, from the loss down: ∂L/∂v = Σ ∂L/∂consumer · ∂consumer/∂v."""
    explanation = outline.subject.explanation
    readers: dict[int, list[Factor]] = {}
    for f in outline.factors:
        readers.setdefault(f.target, []).append(f)
    count = Counter(target for _, target in explanation.links)
    place = {outline.steps[v]: k for k, v in enumerate(outline.subject.wrt) if v in outline.steps}
    inner = {p.step for p in explanation.pieces}
    targets = sorted((t for t in readers if t in place or t in inner), key=lambda t: (place.get(t, -1), -t))
    rows = [_adjoint_row(outline, t, readers[t], whole=count[t] == len(readers[t])) for t in targets]
    rows += [no_path_row(outline, v) for v in outline.subject.wrt if explanation.steps.get(v) is None]
    return (*rows, *remainder(outline))


def _adjoint_row(outline: Outline, target: int, factors: Sequence[Factor], *, whole: bool) -> Row:
    """One adjoint; ``whole`` says that no summand is left out."""
    first = factors[0]
    if len(factors) == 1 and first.consumer == outline.loss.step and whole and outline.subject.upstream is None:
        return Row((Cell("", Math(outline.adjoint_name(target))), *one_factor(outline, first)))
    names: list[tuple[str, Inline]] = []
    numbers: list[tuple[str, Inline]] | None = []
    exact = True
    explanation = outline.subject.explanation
    letters = {*explanation.letters.values(), *outline.steps}
    paths = [lettered((f,), explanation.indices(target), letters) for f in factors]
    for path in paths:
        f = path[0]
        inner = f.consumer != outline.loss.step or outline.subject.upstream is not None
        local = as_factor(f.formula) if outline.is_direct_part(f) else Math(outline.local_name(f))
        outer = Math(outline.element_derivative(f.consumer, f.consumer_indices))
        names += _summand(summed([outer, local] if inner else [local], path), first=not names)
        found = [outline.figure(k) for k in ((f.adjoint, f.local) if inner else (f.local,))]
        exprs = [p.expr for p in found if p is not None and p.expr is not None]
        exact = exact and all(p is not None and p.exact for p in found)
        complete = numbers is not None and len(exprs) == len(found) and target not in outline.unclear
        numbers = [*(numbers or []), *_summand([as_factor(e) for e in exprs], first=not numbers)] if complete else None
    rest: list[tuple[str, Inline]] = [] if whole else [("+", Text("…"))]
    cells: list[Cell] = [Cell("", Math(outline.adjoint_name(target))), Cell(EQUAL, Chain((*names, *rest)))]
    if numbers and len(numbers) + len(rest) > 1:
        cells.append(Cell(relation(exact=exact), Chain((*numbers, *rest))))
    if numbers or (outline.shape(target) and target not in outline.unclear):
        cells += outline.result(explanation.derivation.adjoints.get(target), exact=exact or not numbers)
    note = next((w for p in paths if (w := why_summed(outline, p))), None)
    return Row(tuple(cells), note)


def _summand(factors: Sequence[Inline], *, first: bool) -> list[tuple[str, Inline]]:
    return [(TIMES if k else "" if first else "+", f) for k, f in enumerate(factors)]
