"""The table of checks: for every variable what each way of differentiating found, and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import frexp
from typing import Any

from derivcheck.language.builder import call, number
from derivcheck.oracles.evidence import (
    AutogradEvidence,
    AutogradFinding,
    DirectFinding,
    FiniteFinding,
    PartialExistence,
    Proof,
)
from derivcheck.report.blocks import Block, Inline, Listing, Math, Paragraph, Phrase, Table, Text
from derivcheck.report.compose_arrays import array_check_blocks
from derivcheck.report.compose_autograd import remark
from derivcheck.report.compose_existence import disagreement_paragraphs, existence_paragraphs
from derivcheck.report.compose_precision import precision_paragraphs
from derivcheck.report.figures import bound_text, figure, figures, float_text
from derivcheck.report.material import Checked
from derivcheck.report.outline import Outline, multiplied
from derivcheck.verdict import Agreement

MOST_COLUMNS = 3
"""With more variables than this, the table has a row for each variable instead of a column."""

_ALL_DIGITS = 17
_USUAL_DEVICE = "cpu"


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of differentiating: its name, a cell for every variable, a remark for every variable and for all."""

    label: Phrase
    cells: tuple[Inline | None, ...]
    remark: Inline | None


def check_blocks(outline: Outline, checked: Checked) -> tuple[Block, ...]:
    """The table, whether the derivative exists, where autograd goes astray, and which oracles could not be asked."""
    subject = checked.subject
    if checked.arrays is not None:
        return array_check_blocks(outline, checked, checked.arrays)
    ways = [w for w in _ways(outline, checked) if any(w.cells) or w.remark]
    below: tuple[Block, ...] = ()
    heads = [Math(outline.derivative_name(v)) for v in subject.wrt]
    if len(heads) <= MOST_COLUMNS:
        rows = [(w.label, *w.cells, w.remark) for w in ways]
        table = Table((None, *heads, None), tuple(rows))
    else:
        columns = [(h, *(w.cells[k] for w in ways)) for k, h in enumerate(heads)]
        table = Table((None, *(w.label for w in ways)), tuple(columns))
        below = tuple(Paragraph(Phrase("label", {"name": w.label, "what": w.remark})) for w in ways if w.remark)
    return (
        table,
        *below,
        *_second_proofs(outline, checked),
        *_second_on_switches(outline, checked),
        *existence_paragraphs(outline, checked),
        *precision_paragraphs(outline, checked),
        *disagreement_paragraphs(outline, checked),
        *_unavailable(checked),
    )


def _ways(outline: Outline, checked: Checked) -> list[_Way]:
    subject, evidence = checked.subject, checked.evidence
    ways = [_Way(Phrase("way_exact"), tuple(exact_derivative(outline, checked, v) for v in subject.wrt), None)]
    found = [evidence.autograd.findings.get(v) for v in subject.wrt]
    if not evidence.autograd.unavailable:
        cells = tuple(_autograd_cell(outline, f) for f in found)
        label = _autograd_label(evidence.autograd)
        ways.append(_Way(label, cells, _joined([r for v in subject.wrt if (r := remark(outline, checked, v))])))
    finite = [evidence.finite.get(v) for v in subject.wrt]
    if any(finite):
        cells = tuple(_finite_cell(outline, f) for f in finite)
        ways.append(_Way(Phrase("way_finite"), cells, _finite_remark([f for f in finite if f])))
    direct = [evidence.direct.get(v) for v in subject.wrt]
    if any(direct):
        cells = tuple(Phrase(f"proof_{d.proof.value}") if d else None for d in direct)
        ways.append(_Way(Phrase("way_direct"), cells, _direct_remark([d for d in direct if d])))
    return ways


def _autograd_label(found: AutogradEvidence) -> Phrase:
    """PyTorch with the floating type, and with the device where it is not the usual one."""
    args: dict[str, Inline] = {"dtype": Text(found.dtype), "device": Text(found.device)}
    return Phrase("way_autograd" if found.device == _USUAL_DEVICE else "way_autograd_on", args)


def exact_derivative(outline: Outline, checked: Checked, variable: str) -> Inline | None:
    """The derivative at the point as a figure: where one exists its one-sided slope; None without a point."""
    if outline.subject.values is None:
        return None
    existence = checked.evidence.partials.get(variable)
    if existence is not None and existence.exists is False:
        return Phrase("derivative_none")
    slope = outline.certain_slope(variable, existence)
    if slope is None:
        return Text("—")
    found = figures(slope, outline.style)
    parts: list[Inline] = []
    for k, f in enumerate(found):
        sign = f"{f.relation} " if k or not f.exact else ""
        parts += [Text(sign), f.shown] if sign else [f.shown]
        parts.append(Text(" "))
    return Listing(tuple(parts[:-1]), "")


def _autograd_cell(outline: Outline, finding: AutogradFinding | None) -> Inline | None:
    if finding is None or finding.value is None:
        return Phrase("no_number") if finding else None
    digits = _ALL_DIGITS if finding.agreement is Agreement.MISMATCH else outline.style.digits
    return Text(float_text(finding.value, digits))


def _finite_cell(outline: Outline, finding: FiniteFinding | None) -> Inline | None:
    if finding is None or finding.value is None:
        return Text("—") if finding else None
    digits = _ALL_DIGITS if finding.agrees is False else outline.style.digits
    return Text(float_text(finding.value, digits))


def _finite_remark(findings: Sequence[FiniteFinding]) -> Inline | None:
    remarks: list[Inline] = []
    bounds = [f.bound for f in findings if f.bound is not None]
    if any(f.agrees is False for f in findings):
        remarks.append(Phrase("finite_outside"))
    if bounds:
        steps = list(dict.fromkeys(f.step for f in findings if f.bound is not None and f.step))
        few = len(steps) <= MOST_COLUMNS
        shown = Listing(tuple(map(_step, steps if few else (min(steps), max(steps)))), ", " if few else " … ")
        args: dict[str, Inline] = {"bound": Text(bound_text(max(bounds))), "step": shown}
        remarks.append(Phrase("error_at_most", args))
    remarks += [Phrase(f"finite_{r}") for r in dict.fromkeys(f.reason for f in findings) if r]
    return Listing(tuple(remarks), "; ") if remarks else None


def _step(step: float) -> Inline:
    """A step of a difference quotient, which is a power of two, as one."""
    mantissa, exponent = frexp(step)
    if mantissa != 1 / 2:
        return Text(float_text(step, 2))
    return Math(call("power", number(2), params=(exponent - 1,)))


def _direct_remark(findings: Sequence[DirectFinding]) -> Inline | None:
    reasons = [Phrase(f"direct_{r}") for r in dict.fromkeys(f.reason for f in findings) if r]
    pieces = max((f.pieces for f in findings if f.proof is Proof.PROVED), default=0)
    if pieces > 1:
        reasons.append(Phrase("on_pieces", {"count": Text(str(pieces))}))
    return Listing(tuple(reasons), "; ") if reasons else None


def _second_on_switches(outline: Outline, checked: Checked) -> tuple[Block, ...]:
    """What the second derivatives are where some operation is not analytic."""
    said = {v: _second_found(outline, e) for v, e in checked.evidence.second.items()}
    names = {v: Math(outline.derivative_name(v, v)) for v in said}
    return tuple(Paragraph(Phrase("for_variable", {"name": names[v], "what": what})) for v, what in said.items())


def _second_found(outline: Outline, found: PartialExistence) -> Inline:
    if found.exists is None:
        return Phrase("second_open")
    if found.left is None or found.right is None:
        return Phrase("second_missing")
    left, right = (figure(_upstreamed(outline, s), outline.style).shown for s in (found.left, found.right))
    if found.exists:
        return Phrase("second_exists", {"value": right})
    return Phrase("second_sides", {"left": left, "right": right})


def _upstreamed(outline: Outline, slope: Any) -> Any:
    """A slope of the loss times the upstream gradient."""
    upstream = outline.subject.upstream
    if upstream is None:
        return slope
    return slope * float(upstream) if isinstance(slope, float) else multiplied((upstream, slope))


def _second_proofs(outline: Outline, checked: Checked) -> tuple[Block, ...]:
    """What SymPy's own second derivatives show: one word where it is the same for all."""
    findings = {k: d for k, d in checked.evidence.direct.items() if isinstance(k, tuple)}
    if not findings:
        return ()
    proofs = {d.proof for d in findings.values()}
    if len(proofs) == 1:
        what: Inline = Phrase(f"proof_{proofs.pop().value}")
    else:
        what = Listing(
            tuple(
                Phrase("label", {"name": Math(outline.derivative_name(*k)), "what": Phrase(f"proof_{d.proof.value}")})
                for k, d in findings.items()
            )
        )
    return (Paragraph(Phrase("second_proof", {"what": what})),)


def _joined(remarks: Sequence[Inline]) -> Inline | None:
    """All remarks one after another, or only the different ones where there are many or no figures in them."""
    if len(remarks) > MOST_COLUMNS or not any(isinstance(r, Phrase) and r.args for r in remarks):
        remarks = [r for k, r in enumerate(remarks) if r not in remarks[:k]]
    return Listing(tuple(remarks)) if remarks else None


def _unavailable(checked: Checked) -> tuple[Block, ...]:
    """Which oracles did not run as a whole, why, and what to do about it."""
    found = checked.evidence.autograd
    if not found.unavailable:
        return ()
    args: dict[str, Inline] = {"dtype": Text(found.dtype), "device": Text(found.device), "detail": Text(found.detail)}
    key = f"autograd_{found.unavailable}"
    return (Paragraph(Phrase(f"{key}_because" if found.detail else key, args)),)
