"""What is known of an operation by name: a row of a table or an entry of the catalogue, derived for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from derivcheck.analysis.loci import loci_object, search
from derivcheck.analysis.request import read_loss
from derivcheck.analysis.stages import derive
from derivcheck.budget import Deadline
from derivcheck.closed.explain import explain
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.derive import derivative_step
from derivcheck.errors import DerivcheckError, PointError
from derivcheck.graph.assemble import assemble
from derivcheck.graph.steps import Graph
from derivcheck.language import printer
from derivcheck.language.builder import call, number
from derivcheck.language.builder import name as named
from derivcheck.language.expr import Expr
from derivcheck.language.parser import parse
from derivcheck.nonsmooth.parts import Part, smooth_parts
from derivcheck.ops.array_rows import ARRAY_ROWS, ArrayOp, Setting
from derivcheck.ops.catalogue import Entry, Values
from derivcheck.ops.losses import CATALOGUE, CATALOGUE_SPELLINGS
from derivcheck.ops.options import shown
from derivcheck.ops.row import Op, Role
from derivcheck.ops.table import FAMILIES, SPELLINGS, TABLE
from derivcheck.report.compose_operation import (
    COTANGENT,
    OperationLine,
    OperationPage,
    OptionLine,
    PartLine,
)
from derivcheck.report.material import Subject
from derivcheck.source import Source

LOSSES, ACTIVATIONS, ARRAYS = "losses", "activations", "arrays"
_SECONDS = 5.0
_RANGES: Mapping[Values, Sequence[float]] = {Values.SIGNS: (-1.0, 1.0), Values.TARGET: (0.0, 0.25, 0.5, 1.0, 2.0, 5.0)}
_LETTERS = "abcdefgh"


def operation_families() -> Mapping[str, tuple[OperationLine, ...]]:
    """Every operation by family: the table's, those along axes, losses, activations."""
    lines = {f: tuple(OperationLine(r.name, r.summary) for r in rows) for f, rows in FAMILIES.items()}
    lines[ARRAYS] = tuple(OperationLine(r.name, r.summary) for r in ARRAY_ROWS.values())
    entries = sorted(CATALOGUE.values(), key=lambda e: not e.loss)
    lines[LOSSES] = tuple(OperationLine(_short(e), e.summary) for e in entries if e.loss)
    lines[ACTIVATIONS] = (*lines[ACTIVATIONS], *(OperationLine(_short(e), e.summary) for e in entries if not e.loss))
    return lines


def _short(entry: Entry) -> str:
    return min((entry.name, *entry.aliases), key=len)


def operation_page(name: str) -> OperationPage:
    """What is known of the operation, loss or activation of that name.

    Raises:
        PointError: there is none; the message names those that look like it.
    """
    word = name.strip()
    entry = CATALOGUE_SPELLINGS.get(word) or CATALOGUE_SPELLINGS.get(word.lower())
    if entry is not None:
        return _entry_page(entry)
    row = TABLE.get(word) or SPELLINGS.get(word)
    if row is not None:
        return _row_page(row)
    if word in ARRAY_ROWS:
        return _array_page(ARRAY_ROWS[word])
    near = get_close_matches(word, (*CATALOGUE_SPELLINGS, *SPELLINGS, *TABLE, *ARRAY_ROWS), 3, 0.5)
    hint = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "derivcheck ops lists all of them"
    raise PointError(f"there is no operation called '{name}'", None, hint)


def _entry_page(entry: Entry) -> OperationPage:
    shapes = {n: s or (("n",) if entry.loss else ()) for n, s in entry.shown_shapes.items()}
    text = entry.text(shapes, entry.shown_options)
    program = parse(Source(text), known=set(shapes))
    wrt = [o.name for o in entry.required if o.values is Values.REAL]
    elementwise = not any(o.shape for o in entry.required)
    element = None
    if elementwise:
        settings = {"reduction": "none"} if any(o.name == "reduction" for o in entry.options) else {}
        scalars: dict[str, tuple[str, ...]] = {o.name: () for o in entry.required}
        element = _derived(entry.text(scalars, settings), scalars, wrt)
    subject = _derived(text, shapes, wrt) if entry.loss else element or _summed(text, shapes, wrt)
    ranges = {o.name: _RANGES[o.values] for o in entry.required if o.values in _RANGES}
    return OperationPage(
        entry.name,
        LOSSES if entry.loss else ACTIVATIONS,
        entry.usage,
        entry.summary,
        entry.aliases,
        tuple(OptionLine(o.name, "" if o.required else shown(o.default), o.range_text) for o in entry.options),
        tuple((o.name, o.shape, o.values) for o in entry.operands if o.shape),
        f"nn.functional.{entry.torch.function}",
        entry.note,
        program.definitions,
        program.expression,
        subject,
        element is not None and entry.loss,
        not entry.loss and element is None,
        None if element is None else _parts(element, wrt, ranges),
        None if element is None else (search(element, seconds=_SECONDS), element),
    )


def _row_page(row: Op) -> OperationPage:
    operands = _operands(row)
    params = [Fraction(k) if p.default is None else p.default for k, p in enumerate(row.params, 2)]
    formula = call(row.name, *map(named, operands), params=tuple(params))
    derived = row.role not in (Role.CONDITION, Role.CONSTANT) and all(row.local) if not callable(row.local) else True
    subject = _derived(formula, dict.fromkeys(operands, ()), operands) if derived else None
    given = [p.name if p.default is None else f"{p.name}={shown(p.default)}" for p in row.params]
    lines = [OptionLine(p.name, "" if p.default is None else shown(p.default), "a rational number") for p in row.params]
    along = ARRAY_ROWS.get(row.name)
    return OperationPage(
        row.name,
        next(f for f, rows in FAMILIES.items() if row in rows),
        f"{row.name}({', '.join((*operands, *given))})" if row.name in SPELLINGS else printer.own(formula),
        row.summary,
        row.notation.aliases,
        tuple(lines),
        torch=row.torch.function if row.torch is not None else "",
        note="" if along is None else f"{_array_usage(along)}: {along.summary}",
        formula=None if subject is None else formula,
        subject=subject,
        parts=None if subject is None else _parts(subject, operands, {}),
        loci=None if subject is None else (search(subject, seconds=_SECONDS), subject),
    )


def _operands(row: Op) -> list[str]:
    arity = 2 if row.arity is None else row.arity
    return ["x"] if arity == 1 else list(_LETTERS[:arity])


def _array_page(row: ArrayOp) -> OperationPage:
    params = [p for p in row.params if p.setting is not Setting.OVER]
    shapes = dict.fromkeys(_LETTERS[: row.arity], ("n", "k"))
    subject = _summed(f"{row.name}(a)", shapes, ["a"]) if row.arity == 1 else None
    return OperationPage(
        row.name,
        ARRAYS,
        _array_usage(row),
        row.summary,
        row.notation.aliases,
        tuple(OptionLine(p.name, "" if p.required else shown(p.default), p.setting.name.lower()) for p in params),
        subject=subject,
        weighted=subject is not None,
    )


def _array_usage(row: ArrayOp) -> str:
    params = [p for p in row.params if p.setting is not Setting.OVER]
    names = [*_LETTERS[: row.arity], *(p.name if p.required else f"{p.name}={shown(p.default)}" for p in params)]
    return f"{row.name}({', '.join(names)})"


def _summed(text: str, shapes: Mapping[str, tuple[Any, ...]], wrt: Sequence[str]) -> Subject | None:
    """The derivation of Σ c·f for an f of arrays, with a c of the shape of f."""
    try:
        graph = assemble(parse(Source(text), known=set(shapes)), derivative_step, shapes)
    except DerivcheckError:
        return None
    sizes = graph.shape(graph.output)
    *definitions, last = text.split("; ")
    weighted = "; ".join((*definitions, f"sum({COTANGENT}*({last}))"))
    return _derived(weighted, {**shapes, COTANGENT: sizes}, wrt)


def _derived(text: str | Expr, shapes: Mapping[str, tuple[Any, ...]], wrt: Sequence[str]) -> Subject | None:
    """The derivation of a text, and the closed form of every derivative; None where there is none."""
    try:
        loss = read_loss(text, known=set(shapes), wrt=wrt, shapes=shapes)
        subject = derive(loss, Deadline(_SECONDS), oracles=()).subject
        return subject if all(subject.explanation.gradient[v] for v in wrt) else None
    except DerivcheckError:
        return None


def _parts(subject: Subject, wrt: Sequence[str], ranges: Mapping[str, Sequence[float]]) -> tuple[PartLine, ...] | None:
    graph = subject.explanation.derivation.graph
    found = smooth_parts(_primal(subject, graph), ranges)
    return None if found is None or len(found) < 2 else tuple(_part(p, wrt) for p in found)


def _primal(subject: Subject, graph: Graph) -> Graph:
    return replace(graph, output=subject.explanation.derivation.output)


def _part(part: Part, wrt: Sequence[str]) -> PartLine:
    read = [v for v in wrt if v in part.formula.inputs]
    gradient = explain(part.formula, read).gradient if read else {}
    zero = number(Fraction(0))
    slopes = {v: gradient[v].expr if v in gradient else zero for v in wrt}
    return PartLine(tuple(_formula(c) for c in part.conditions), _formula(part.formula), slopes)


def _formula(graph: Graph) -> Expr:
    return FormulaWriter(graph, len(graph)).formula(graph.output)


def page_object(page: OperationPage) -> dict[str, Any]:
    """The page as JSON values: formulas in our own syntax, null for what was not found."""
    gradient = None
    if page.subject is not None:
        forms = page.subject.explanation.gradient
        gradient = {v: printer.own(forms[v].expr) for v in page.subject.wrt}
    return {
        "schema": 1,
        "name": page.name,
        "family": page.family,
        "usage": page.usage,
        "summary": page.summary,
        "aliases": list(page.aliases),
        "operands": [{"name": n, "shape": list(sizes), "values": v.name} for n, sizes, v in page.shapes],
        "options": [{"name": o.name, "default": o.default or None, "allowed": o.allowed} for o in page.options],
        "torch": page.torch or None,
        "note": page.note or None,
        "formula": None if page.formula is None else printer.own(page.formula),
        "definitions": {d.name: printer.own(d.body) for d in page.definitions},
        "derivative": gradient,
        "parts": None if page.parts is None else [_part_object(p) for p in page.parts],
        "loci": None if page.loci is None else loci_object(page.loci[0]),
    }


def _part_object(part: PartLine) -> dict[str, Any]:
    return {
        "conditions": [printer.own(c) for c in part.conditions],
        "formula": printer.own(part.formula),
        "derivative": {v: printer.own(e) for v, e in part.derivatives.items()},
    }
