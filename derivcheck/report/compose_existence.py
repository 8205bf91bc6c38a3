"""Whether the derivative exists, where autograd goes astray, and the verdict line."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from derivcheck.graph.steps import Kind
from derivcheck.language.printer import unicode
from derivcheck.ops.table import TABLE
from derivcheck.oracles.evidence import Disagreement, GradientExistence, PartialExistence
from derivcheck.report.blocks import Block, Chain, Inline, Listing, Math, Paragraph, Phrase, Text, VerdictLine
from derivcheck.report.compose_autograd import grouped, interval, lacks_value, sentences
from derivcheck.report.compose_header import GAP
from derivcheck.report.figures import EQUAL, figure, float_text
from derivcheck.report.formulas import name, number
from derivcheck.report.material import Checked, Subject
from derivcheck.report.outline import Outline, quantity, vector
from derivcheck.report.reasons import domain_phrase, open_phrase, side_and_reason
from derivcheck.verdict import Existence, Verdict

_ALL_DIGITS = 17

_DIFFERENTIABLE = (Existence.C1_NOT_C2, Existence.DIFFERENTIABLE_NOT_C1)
"""Kinds whose name says that a derivative exists."""

_RULES_WITH_REASON = frozenset(("quotient", "power", "general_power", "root", "logarithm"))
"""The operations whose domain ends where the reason says; that of the others is a fact of its own."""


def existence_paragraphs(outline: Outline, checked: Checked) -> tuple[Block, ...]:
    """One paragraph where everything is smooth, else one for every variable that is not, and one for all together."""
    evidence = checked.evidence
    partials = {v: p for v, p in evidence.partials.items() if v in checked.subject.wrt}
    if not partials:
        return ()
    rough = {v: p for v, p in partials.items() if p.exists is not True or p.kind is not Existence.SMOOTH}
    if not rough:
        whole = evidence.gradient is None or evidence.gradient.exists is True
        said: list[Inline] = [Phrase("smooth_here" if whole else "smooth_partials")]
    else:
        single = len(partials) == 1 and checked.subject.upstream is None
        found = {v: _existence(outline, p) for v, p in rough.items()}
        said = list(found.values()) if single else grouped(outline.loss.name, found)
    said += sentences(outline, checked, list(partials))
    if evidence.otherwise:
        other = grouped(outline.loss.name, {v: _other(outline, p) for v, p in evidence.otherwise.items()})
        said.append(Phrase(f"reading_{evidence.reading}", {"what": Listing(tuple(other), "; ")}))
    return (*(Paragraph(p) for p in said), *_together(outline, checked, all(p.exists for p in partials.values())))


def _together(outline: Outline, checked: Checked, all_partials: bool) -> tuple[Block, ...]:
    gradient = checked.evidence.gradient
    if gradient is None or gradient.exists or len(checked.subject.wrt) == 1:
        return ()
    return (*_missing_gradient(gradient, all_partials=all_partials), *_hull(outline, checked))


def _hull(outline: Outline, checked: Checked) -> tuple[Block, ...]:
    """The Clarke subdifferential in all variables, and whether autograd's gradient lies in it."""
    hull = checked.evidence.clarke
    if hull is None:
        return ()
    vertices = tuple(vector([figure(c, outline.style).shown for c in v]) for v in hull.vertices)
    args: dict[str, Inline] = {"names": vector([Math(name(n)) for n in hull.names]), "vertices": Listing(vertices)}
    said: list[Inline] = [Phrase("clarke_hull", args)]
    if hull.autograd is not None:
        found = checked.evidence.autograd.findings
        numbers = [Text(float_text(v, outline.style.digits)) for n in hull.names if (v := found[n].value) is not None]
        said.append(Phrase("clarke_inside" if hull.autograd else "clarke_outside", {"value": vector(numbers)}))
    return (Paragraph(Listing(tuple(said), " ")),)


def _missing_gradient(gradient: GradientExistence, *, all_partials: bool) -> tuple[Block, ...]:
    if gradient.exists is None:
        return (Paragraph(_because("gradient_undecided", gradient.reason)),)
    if gradient.witness is None or not all_partials:
        return (Paragraph(Phrase("no_gradient")),) if all_partials else ()
    if gradient.bend is None:
        return (Paragraph(Phrase("no_gradient_along", {"direction": _direction(gradient.witness)})),)
    curve = {"direction": _direction(gradient.witness), "bend": _direction(gradient.bend)}
    return (Paragraph(Phrase("no_gradient_curve", curve)),)


def _direction(components: Mapping[str, Fraction]) -> Inline:
    parts = tuple(Chain((("", Math(name(v))), (EQUAL, Math(number(c))))) for v, c in components.items())
    return Listing(parts, GAP)


def _existence(outline: Outline, found: PartialExistence) -> Inline:
    """The slopes of both sides, what follows from them, and what kind of point it is."""
    if found.exists is None:
        return _because("existence_undecided", found.reason)
    if found.kind is Existence.OUT_OF_DOMAIN:
        return _outside(outline, found)
    follows: list[Inline] = []
    if found.kind not in _DIFFERENTIABLE:
        follows.append(Phrase("derivative_exists" if found.exists else "derivative_missing"))
    if found.kind is not None and found.kind not in (Existence.SMOOTH, Existence.KINK):
        follows.append(Phrase(f"kind_{found.kind.value}"))
    if not found.exists and found.clarke is not None:
        follows.append(Phrase("subgradients", {"interval": interval(outline, found)}))
    what = Listing(tuple(follows), "; ")
    if found.left is None or found.right is None:
        return what
    slopes = Phrase("slopes", {"left": _side(outline, found.left), "right": _side(outline, found.right)})
    return Listing((slopes, what), "   →  ")


def _other(outline: Outline, found: PartialExistence) -> Inline:
    """What kind of point it is in another reading of the numbers."""
    if found.exists and found.kind is Existence.SMOOTH:
        return Phrase("smooth_slope", {"slope": figure(found.right, outline.style).shown})
    return _existence(outline, found)


def _because(key: str, reason: str) -> Inline:
    return Phrase(f"{key}_because", {"reason": open_phrase(reason)}) if reason else Phrase(key)


def _outside(outline: Outline, found: PartialExistence) -> Inline:
    """What has no value at the point or on one side of it, and why; with the slope of the other side."""
    side, message = side_and_reason(found.reason)
    key = f"outside_{side}" if side else "outside"
    graph, step = outline.subject.explanation.derivation.graph, found.outside
    if step is None or graph.kinds[step] is not Kind.MAP:
        what: Inline = Phrase("kind_OUT_OF_DOMAIN")
    else:
        rule = TABLE[graph.ops[step]].rule
        reason = Phrase("reason_root") if rule == "root" else domain_phrase(message)
        args = {"formula": quantity(outline, step, named=False)}
        what = Phrase(key, args)
        if reason is not None and rule in _RULES_WITH_REASON:
            what = Phrase("outside_because", {"what": what, "reason": reason})
    slopes = [Phrase(k, {"slope": _side(outline, s)}) for k, s in _known_slopes(found)]
    return Listing((Listing((*slopes, Phrase("derivative_missing")), "   →  "), what), "; ") if slopes else what


def _known_slopes(found: PartialExistence) -> list[tuple[str, Any]]:
    sides = (("slope_left", found.left), ("slope_right", found.right))
    return [(key, slope) for key, slope in sides if slope is not None]


def _side(outline: Outline, slope: Any) -> Inline:
    """A one-sided slope with its sign."""
    found = figure(slope, outline.style)
    shown = found.shown
    if found.expr is not None and found.expr.root.value and found.expr.root.value > 0:
        shown = Math(number(found.expr.root.value, f"+{unicode(found.expr)}"))
    elif shown == Text("∞"):
        shown = Text("+∞")
    return shown if found.exact else Listing((Text("≈ "), shown), "")


def disagreement_paragraphs(outline: Outline, checked: Checked) -> tuple[Block, ...]:
    """The first step at which autograd leaves its bound."""
    found = checked.evidence.autograd.disagreement
    return () if found is None else (Paragraph(_disagreement(outline, found)),)


def _disagreement(outline: Outline, found: Disagreement) -> Inline:
    computed = Text("—" if found.computed is None else float_text(found.computed, _ALL_DIGITS))
    args = {
        "step": quantity(outline, found.step, named=True),
        "computed": computed,
        "expected": Text(float_text(found.expected, _ALL_DIGITS)),
    }
    return Phrase(f"disagreement_{found.quantity}", args)


def verdict_line(outline: Outline, checked: Checked) -> VerdictLine:
    """The conclusion in one line."""
    subject, verdict = checked.subject, checked.verdict
    elements = None if checked.arrays is None else checked.arrays.elements
    if verdict is Verdict.NOT_DIFFERENTIABLE and elements is not None and elements.verdict is verdict:
        return verdict_line(Outline(elements.subject, outline.style), elements)
    wrong = [c for c in checked.claims if c.result.verdict is verdict]
    whole = checked.evidence.gradient
    missing = verdict in checked.verdicts.values() or (whole is not None and whole.exists is False)
    if wrong and (verdict is not Verdict.NOT_DIFFERENTIABLE or not missing):
        names = Listing(tuple(Math(outline.derivative_name(*c.names)) for c in wrong))
        return VerdictLine(verdict, remark=Phrase("verdict_of_claims", {"names": names}))
    if verdict is Verdict.CONSISTENT and checked.arrays is not None and checked.arrays.evidence is None:
        return VerdictLine(verdict, remark=_at_sizes(subject))
    if verdict in (Verdict.VERIFIED, Verdict.CONSISTENT):
        args = {"count": Text(str(len(subject.wrt))), "ways": Text(str(checked.ways))}
        return VerdictLine(verdict, remark=Phrase(f"remark_{verdict.value}", args))
    if verdict is not Verdict.NOT_DIFFERENTIABLE:
        concerned = [v for v, own in checked.verdicts.items() if own is verdict] or list(subject.wrt)
        return VerdictLine(verdict, remark=Listing(tuple(Math(outline.derivative_name(v)) for v in concerned)))
    failing = [v for v, p in checked.evidence.partials.items() if p.exists is False]
    at = tuple(
        Chain((("", Math(name(v))), (EQUAL, Math(subject.point[v]))))
        for v in failing or subject.wrt
        if v in subject.point and subject.shapes is None
    )
    where = Phrase("verdict_at", {"point": Listing(at)}) if at else None
    return VerdictLine(verdict, where, _blame(outline, checked, failing) if failing else Phrase("partials_only"))


def _at_sizes(subject: Subject) -> Inline:
    """The formulas are proved at some sizes only."""
    proved = {} if subject.shapes is None else subject.shapes.proved_at
    sizes = (Chain((("", Math(name(s))), (EQUAL, Math(number(e))))) for s, e in proved.items())
    return Phrase("remark_sizes", {"count": Text(str(len(subject.wrt))), "sizes": Listing(tuple(sizes))})


def _blame(outline: Outline, checked: Checked, failing: list[str]) -> Inline | None:
    """What vanishes at the kink or jump, or what kind of point it is."""
    for v in failing:
        found = checked.evidence.partials.get(v)
        if found is None or found.kind is None:
            continue
        where = _locus(outline, found)
        if where is None:
            outside = found.kind is Existence.OUT_OF_DOMAIN and lacks_value(outline)
            return Phrase(f"kind_{found.kind.value}" if outside else f"noun_{found.kind.value}")
        return Phrase("blame", {"kind": Phrase(f"noun_{found.kind.value}"), "where": where})
    return None


def _locus(outline: Outline, found: PartialExistence) -> Inline | None:
    """The equation that holds at the kink or jump: a quantity is 0 or a constant, or two are equal."""
    if found.switch is not None:
        return Chain((("", quantity(outline, found.switch, named=False)), (EQUAL, Math(number(0)))))
    for switch in found.switches[:1]:
        sides = [quantity(outline, k, named=False) for k in switch.operands]
        if switch.level is not None:
            return Chain((("", sides[0]), (EQUAL, Math(number(switch.level)))))
        if len(sides) == 2:
            return Chain((("", sides[0]), (EQUAL, sides[1])))
    return None
