"""The table of checks of a loss of arrays: for every variable what each way found of its elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from derivcheck.language.builder import number
from derivcheck.oracles.array_evidence import (
    JUDGEMENTS,
    ArrayAgreement,
    ArrayAutograd,
    ArrayEvidence,
    DirectionalFinding,
    ElementSwitch,
    Position,
)
from derivcheck.report.arrays import in_line, is_array, place
from derivcheck.report.blocks import Block, Chain, Inline, Listing, Math, Paragraph, Phrase, Table, Text
from derivcheck.report.compose_existence import existence_paragraphs
from derivcheck.report.figures import EQUAL, bound_text, figure, float_text
from derivcheck.report.formulas import name
from derivcheck.report.material import Checked, CheckedArrays
from derivcheck.report.outline import Outline, quantity, vector
from derivcheck.verdict import Agreement, Existence

MOST_PLACES = 5
"""At most this many elements of one step are named."""

MOST_COLUMNS = 3
"""With more variables than this, the table has a row for each variable instead of a column."""

_ALL_DIGITS = 17
_USUAL_DEVICE = "cpu"
_AGREEING = (Agreement.MATCH, Agreement.ROUNDING)

Row = tuple[Inline | None, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What the composers of this table read."""

    outline: Outline
    checked: Checked
    arrays: CheckedArrays
    evidence: ArrayEvidence


def _found(outline: Outline, checked: Checked, arrays: CheckedArrays) -> _Found:
    return _Found(outline, checked, arrays, arrays.evidence or ArrayEvidence(_nothing()))


def exact_gradient(outline: Outline, checked: Checked, variable: str) -> Inline | None:
    """The exact gradient of a loss of arrays, in a line where it is short; None for a loss of single numbers."""
    return None if checked.arrays is None else _exact_cell(_found(outline, checked, checked.arrays), variable)


def array_check_blocks(outline: Outline, checked: Checked, arrays: CheckedArrays) -> tuple[Block, ...]:
    """The table, the element that agrees least, the elements without a derivative, which oracles were not asked."""
    found = _found(outline, checked, arrays)
    wrt = checked.subject.wrt
    rows: list[Row | None] = [_exact_row(found), _autograd_row(found), _finite_row(found), _direct_row(found)]
    return (
        *_table([Math(outline.derivative_name(v)) for v in wrt], [r for r in rows if r is not None and any(r[1:])]),
        *(Paragraph(p) for p in _worst_elements(found)),
        *(Paragraph(p) for p in _forward_mode(found)),
        *_existence(found),
        *(Paragraph(p) for p in _unavailable(found)),
    )


def _table(heads: Sequence[Inline], rows: Sequence[Row]) -> tuple[Block, ...]:
    """A column for every variable, or of many a row for each with the remarks below."""
    if not rows:
        return ()
    if len(heads) <= MOST_COLUMNS:
        return (Table((None, *heads, None), tuple(rows)),)
    columns = tuple((h, *(r[k + 1] for r in rows)) for k, h in enumerate(heads))
    below = (Paragraph(Phrase("label", {"name": r[0], "what": r[-1]})) for r in rows if r[0] and r[-1])
    return (Table((None, *(r[0] for r in rows)), columns), *below)


def _nothing() -> ArrayAutograd:
    return ArrayAutograd(unavailable="point")


def _exact_row(found: _Found) -> Row:
    """The exact gradient: in a line where it is short, else how many of its elements are certified."""
    return (Phrase("way_exact"), *(_exact_cell(found, v) for v in found.checked.subject.wrt), None)


def _exact_cell(found: _Found, variable: str) -> Inline | None:
    existence = found.checked.evidence.partials.get(variable)
    if existence is not None and existence.exists is False:
        return Phrase("derivative_none")
    value = found.outline.slope(variable)
    if value is not None and not is_array(value):
        shown = figure(value, found.outline.style)
        return shown.shown if shown.exact else Listing((Text("≈ "), shown.shown), "")
    line = None if value is None else in_line(value, found.outline.style)
    if line is not None:
        return line.shown if line.exact else Listing((Text("≈ "), line.shown), "")
    certified = found.evidence.certified.get(variable)
    if certified is not None:
        count = Text(f"{len(certified.values):,}")
        return Phrase("elements_certified" if certified.complete else "elements_sampled", {"count": count})
    if value is None or value.dtype != object:
        return None if value is None else Text("—")
    return Phrase("elements_certified", {"count": Text(f"{value.size:,}")})


def _autograd_row(found: _Found) -> Row | None:
    autograd = found.evidence.autograd
    if autograd.unavailable:
        return None
    args: dict[str, Inline] = {"dtype": Text(autograd.dtype), "device": Text(autograd.device)}
    label = Phrase("way_autograd" if autograd.device == _USUAL_DEVICE else "way_autograd_on", args)
    findings = [autograd.findings.get(v) for v in found.checked.subject.wrt]
    ulps = [f.worst.ulps for f in findings if f is not None and f.worst is not None and f.worst.agreement in _AGREEING]
    remark = Phrase("ulps_at_most", {"ulps": Text(float_text(max(ulps), 2))}) if len(ulps) == len(findings) else None
    return (label, *(_agreement_cell(f) if f else None for f in findings), remark)


def _agreement_cell(finding: ArrayAgreement) -> Inline:
    """How many elements agree, and how many are found to be something else."""
    agreeing = sum(finding.counts.get(j, 0) for j in _AGREEING)
    parts: list[Inline] = []
    if agreeing or not finding.elements:
        counts = {"count": Text(f"{agreeing:,}"), "all": Text(f"{finding.elements:,}")}
        parts.append(Phrase("elements_agree", counts))
    others = [(j, finding.counts.get(j, 0)) for j in JUDGEMENTS if j not in _AGREEING]
    parts += [Phrase(f"elements_{j.value}", {"count": Text(f"{count:,}")}) for j, count in others if count]
    return Listing(tuple(parts))


def _worst_elements(found: _Found) -> list[Inline]:
    """The element of every gradient at which PyTorch's number agrees least, unless all are the same numbers."""
    said: list[Inline] = []
    for v in found.checked.subject.wrt:
        finding = found.evidence.autograd.findings.get(v)
        worst = None if finding is None else finding.worst
        same = worst is not None and worst.value == worst.derived and worst.agreement in _AGREEING
        if worst is None or same or worst.agreement is Agreement.CONVENTION:
            continue
        digits = _ALL_DIGITS
        args: dict[str, Inline] = {
            "name": Math(found.outline.derivative_name(v)),
            "at": place(worst.position),
            "value": Text(float_text(worst.value, digits)),
            "derived": Text(float_text(worst.derived, digits)),
            "difference": Text(float_text(abs(worst.value - worst.derived), 2)),
            "bound": Text(bound_text(worst.bound)),
        }
        said.append(Phrase("worst_element" if worst.position else "worst_number", args))
    return said


def _finite_row(found: _Found) -> Row | None:
    findings = found.evidence.differences.findings
    if not findings:
        return None
    wrt = found.checked.subject.wrt
    together = [f for f in findings if not f.name]
    cells = (_differences_cell([f for f in findings if f.name == v]) for v in wrt)
    remarks: list[Inline] = []
    if together:
        remarks.append(Phrase("differences_together", {"what": _differences_cell(together) or Text("")}))
    bounds = [f.bound for f in findings if f.bound is not None]
    if bounds:
        remarks.append(Phrase("differences_bound", {"bound": Text(bound_text(max(bounds)))}))
    elif estimates := [f.estimate for f in findings if f.estimate is not None]:
        remarks.append(Phrase("differences_estimate", {"bound": Text(bound_text(max(estimates)))}))
    remarks += [Phrase(f"finite_{r}") for r in dict.fromkeys(f.reason for f in findings) if r]
    if not found.evidence.differences.complete:
        remarks.append(Phrase("differences_seed", {"seed": Text(str(found.evidence.differences.seed))}))
    return (Phrase("way_finite"), *cells, Listing(tuple(remarks), "; ") if remarks else None)


def _differences_cell(findings: Sequence[DirectionalFinding]) -> Inline | None:
    """How many elements and directions agree."""
    parts: list[Inline] = []
    for key, some in (
        ("differences_elements", [f for f in findings if f.position is not None]),
        ("differences_directions", [f for f in findings if f.position is None]),
    ):
        judged = [f.agrees for f in some if f.agrees is not None]
        if judged:
            parts.append(Phrase(key, {"count": Text(str(sum(judged))), "all": Text(str(len(judged)))}))
    if any(f.agrees is False for f in findings):
        parts.append(Phrase("finite_outside"))
    return Listing(tuple(parts)) if parts else Text("—") if findings else None


def _direct_row(found: _Found) -> Row | None:
    direct = [found.checked.evidence.direct.get(v) for v in found.checked.subject.wrt]
    if not any(direct):
        return None
    remarks: list[Inline] = [Phrase(f"direct_{r}") for r in dict.fromkeys(d.reason for d in direct if d) if r]
    shapes = found.checked.subject.shapes
    if shapes is not None and shapes.proved_at and dict(shapes.proved_at) != dict(shapes.extents):
        remarks.append(Phrase("proved_at", {"sizes": _sizes(shapes.proved_at)}))
    cells = (Phrase(f"proof_{d.proof.value}") if d else None for d in direct)
    return (Phrase("way_direct"), *cells, Listing(tuple(remarks), "; ") if remarks else None)


def _forward_mode(found: _Found) -> list[Inline]:
    """At how many points formulas that SymPy did not prove are the slopes of the loss."""
    if not found.arrays.points:
        return []
    count = Text(f"{found.arrays.points:,}")
    shapes = found.checked.subject.shapes
    if shapes is None or not shapes.proved_at or dict(shapes.proved_at) == dict(shapes.extents):
        return [Phrase("forward_points", {"count": count})]
    return [Phrase("forward_points_at", {"count": count, "sizes": _sizes(shapes.proved_at)})]


def _sizes(sizes: Mapping[str, int]) -> Inline:
    return Listing(tuple(Chain((("", Math(name(s))), (EQUAL, Math(number(e))))) for s, e in sizes.items()))


def _existence(found: _Found) -> tuple[Block, ...]:
    """Whether the derivative exists in every element; where there are too many, the elements on a switch."""
    elements = found.arrays.elements
    switches = tuple(Paragraph(p) for s in found.evidence.switches for p in _on_switch(found.outline, s))
    if elements is None:
        return switches
    partials = elements.evidence.partials
    rough = [v for v, p in partials.items() if p.exists is not True or p.kind is not Existence.SMOOTH]
    kept = rough[:MOST_PLACES] if len(rough) > MOST_PLACES else list(partials)
    shown = replace(elements, evidence=replace(elements.evidence, partials={v: partials[v] for v in kept}))
    blocks = existence_paragraphs(Outline(elements.subject, found.outline.style), shown)
    more = len(rough) - MOST_PLACES
    rest = (Paragraph(Phrase("more_elements", {"count": Text(f"{more:,}")})),) if more > 0 else ()
    return (*switches, *blocks, *rest)


def _on_switch(outline: Outline, switch: ElementSwitch) -> list[Inline]:
    """The elements of a step that lie on a kink, a jump or a tie, and those of which it could not be told."""
    said: list[Inline] = []
    step = quantity(outline, switch.step, named=True)
    on = "on_switch_jump" if switch.jump else "on_switch_tie" if switch.tied else "on_switch"
    for key, places, count in ((on, switch.on, switch.count), ("near_switch", switch.open, switch.undecided)):
        if count:
            where = _places(outline.subject.explanation.indices(switch.step), places, count)
            args: dict[str, Inline] = {"step": step, "places": where, "count": Text(f"{count:,}")}
            said.append(Phrase(key, args))
    return said


def _places(letters: Sequence[str], places: Sequence[Position], count: int) -> Inline:
    """``i = 3, 5``, ``(i, j) = (0, 1), (2, 2)``, of many the first."""
    single = len(letters) == 1
    texts = [str(p[0]) if single else f"({', '.join(map(str, p))})" for p in places[:MOST_PLACES] if p]
    shown = Listing((*map(Text, texts), *((Text("…"),) if count > len(texts) else ())))
    names: Inline = Math(name(letters[0])) if single else vector([Math(name(i)) for i in letters])
    return Listing((names, Text(" = "), shown), "") if letters and texts else shown


def _unavailable(found: _Found) -> list[Inline]:
    """Why PyTorch was not asked."""
    autograd = found.evidence.autograd
    if not autograd.unavailable:
        return []
    args: dict[str, Inline] = {
        "dtype": Text(autograd.dtype),
        "device": Text(autograd.device),
        "detail": Text(autograd.detail),
    }
    key = f"autograd_{autograd.unavailable}"
    return [Phrase(f"{key}_because" if autograd.detail else key, args)]
