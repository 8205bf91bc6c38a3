"""What is claimed, and what was found of it: the verdict, both formulas, a point at which they differ, the slip."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivcheck.equality.result import FORMAL, NO_VALUE, Counterexample
from derivcheck.errors import ReadError
from derivcheck.language.parser import parse
from derivcheck.language.printer import unicode
from derivcheck.report.arrays import gathered
from derivcheck.report.blocks import Block, Chain, Inline, Listing, Math, Paragraph, Phrase, Section, Text, VerdictLine
from derivcheck.report.figures import EQUAL, figure
from derivcheck.report.formulas import is_number, name, number, partial
from derivcheck.report.material import Checked, CheckedClaim
from derivcheck.report.outline import Outline, quantity
from derivcheck.report.reasons import open_phrase
from derivcheck.slips.backward import Explained
from derivcheck.slips.forward import OF_TERMS
from derivcheck.slips.kinds import Slip, SlipKind
from derivcheck.source import Source
from derivcheck.verdict import Verdict

GAP = "   "


def claims_section(outline: Outline, checked: Checked) -> tuple[Block, ...]:
    """Every claim with its verdict; nothing where nothing is claimed."""
    if not checked.claims:
        return ()
    count = Text(str(len(checked.claims)))
    blocks = tuple(b for claim in checked.claims for b in claim_blocks(outline, claim))
    return (Section(None, Phrase("heading_claims", {"count": count}), blocks),)


def claim_blocks(outline: Outline, claim: CheckedClaim) -> tuple[Block, ...]:
    """One claim: the verdict on it, then what it rests on."""
    left = Math(outline.derivative_name(*claim.names))
    said = Chain((("", left), (EQUAL, Math(claim.formula))))
    return (VerdictLine(claim.result.verdict, remark=said), *(Paragraph(p) for p in findings(outline, claim)))


def findings(outline: Outline, claim: CheckedClaim) -> list[Inline]:
    """What was found of a claim, one sentence each."""
    result, found = claim.result, []
    if result.verdict is not Verdict.VERIFIED:
        found.append(_derived(outline, claim))
    if result.counterexample is not None:
        found.append(_difference(result.counterexample, placed=bool(claim.formula.names()) or claim.existence is None))
    if result.verdict is Verdict.REFUTED and claim.here and claim.formula.names():
        found.append(Phrase("claim_only_here"))
    if result.verdict is Verdict.CONDITIONAL:
        found.append(Phrase("claim_condition", {"condition": _condition(result.condition or "", claim)}))
        if claim.here:
            found.append(Phrase("claim_holds_here"))
    if result.verdict is Verdict.CONSISTENT:
        args = {"digits": Text(str(result.digits)), "points": Text(str(result.points))}
        if result.points or not result.sizes:
            found.append(Phrase("claim_consistent" if result.points else "claim_unproved", args))
    if result.sizes:
        proved = result.verdict is Verdict.CONSISTENT and not result.points
        found.append(Phrase("claim_proved_at" if proved else "claim_sizes", {"sizes": _sizes(result.sizes)}))
    if result.verdict is Verdict.UNDECIDED:
        found.append(Phrase("claim_undecided", {"reason": _reason(result.reason)}))
    if result.verdict is Verdict.NOT_DIFFERENTIABLE:
        found.append(Phrase("claim_no_derivative"))
    if result.missing_at is not None and result.verdict in (Verdict.VERIFIED, Verdict.CONSISTENT):
        found.append(Phrase("claim_domains", {"point": _place(result.missing_at)}))
    if result.verdict is Verdict.VERIFIED and result.condition == FORMAL:
        found.append(Phrase("claim_formal"))
    slip = diagnosis(outline, claim)
    return found if slip is None else [*found, slip]


def _derived(outline: Outline, claim: CheckedClaim) -> Inline:
    """The derivative as derived here, with its value at the point."""
    equation: list[tuple[str, Inline]] = [("", Math(outline.derivative_name(*claim.names)))]
    equation.append((EQUAL, Math(claim.derived.expr)))
    apart: Inline | None = None
    if claim.value is not None:
        value = figure(claim.value, outline.style)
        if outline.subject.broken and not is_number(claim.derived.expr):
            apart = Phrase("claim_at_switch", {"value": value.shown})
        elif value.expr is None or unicode(value.expr) != unicode(claim.derived.expr):
            equation.append((value.relation, value.shown))
    parts: list[Inline] = [Chain(tuple(equation)), *([apart] if apart else [])]
    if claim.derived.definitions:
        where = tuple(Chain((("", Math(name(n))), (EQUAL, Math(body)))) for n, body in claim.derived.definitions)
        parts.append(Phrase("where_defined", {"equation": Listing(where, GAP)}))
    return Phrase("claim_derived", {"equation": Listing(tuple(parts), GAP)})


def _difference(found: Counterexample, *, placed: bool) -> Inline:
    """Both values where they differ; a claimed number is meant for the given point, which need not be named."""
    claimed = Phrase("no_number") if found.left == NO_VALUE else Text(found.left)
    values: dict[str, Inline] = {"claimed": claimed, "derived": Text(found.right)}
    if found.element:
        values["element"] = Math(name(found.element))
    if not found.point or not placed:
        return Phrase("claim_differs_element" if found.element else "claim_differs", values)
    key = "claim_differs_element_at" if found.element else "claim_differs_at"
    return Phrase(key, {**values, "point": _place(found.point)})


def _place(point: Mapping[str, Fraction | str]) -> Inline:
    """``x = 1, w = [0, 1]``: elements of an array as the array."""
    values: dict[str, Inline] = {n: Math(number(v)) if isinstance(v, Fraction) else Text(v) for n, v in point.items()}
    return Listing(tuple(Chain((("", Math(name(n))), (EQUAL, v))) for n, v in gathered(values).items()))


def _sizes(sizes: Mapping[str, int]) -> Inline:
    return Listing(tuple(Chain((("", Math(name(n))), (EQUAL, Math(number(e))))) for n, e in sizes.items()))


def _condition(text: str, claim: CheckedClaim) -> Inline:
    """A condition as a formula; as it stands where it does not read back."""
    known = [*claim.formula.names(), *claim.derived.expr.names()]
    try:
        expr = parse(Source(f"where({text}, 1, 0)", "condition"), known).expression
    except ReadError:
        return Text(text)
    return Math(expr.sub(expr.root.children[0]))


def _reason(reason: str) -> Inline:
    known = {"domain", "points", "proof", "size", "pieces", "unsupported", "edges"}
    return Phrase(f"open_{reason}") if reason in known else open_phrase(reason)


def diagnosis(outline: Outline, claim: CheckedClaim) -> Inline | None:
    """The slip that explains a wrong claim, as a sentence."""
    if claim.explained is None:
        return None
    said = _slip(outline, claim.explained)
    plain = claim.formula.names() or claim.explained.slip.kind is SlipKind.OTHER_POINT
    return said if plain else Phrase("slip_of_number", {"slip": said})


def _slip(outline: Outline, explained: Explained) -> Inline:
    slip = explained.slip
    key = f"slip_{slip.kind.value}"
    args: dict[str, Inline] = {}
    if slip.factor is not None:
        args["factor"] = Math(number(slip.factor))
    if slip.kind is SlipKind.OTHER_POINT and explained.value is not None:
        variable = Math(name(slip.names[0]))
        return Phrase(key, {"equation": Chain((("", variable), (EQUAL, Math(number(explained.value)))))})
    if slip.names:
        args["names"] = Listing(tuple(Math(name(n)) for n in slip.names))
        args["derivative"] = Math(outline.derivative_name(slip.names[0]))
    if slip.kind in OF_TERMS and slip.consumer is not None and slip.target is not None:
        args["quantity"] = quantity(outline, slip.consumer, named=False)
        args["sum"] = quantity(outline, slip.target, named=False)
    elif slip.target is not None:
        args["local"] = _local(outline, slip)
    elif slip.consumer is not None:
        args["derivative"] = _ratio(outline, outline.loss.step, slip.consumer)
        args["quantity"] = quantity(outline, slip.consumer, named=False)
    return Phrase(key, args)


def _local(outline: Outline, slip: Slip) -> Inline:
    """The local derivative that the slip is about, as an equation."""
    if slip.consumer is None or slip.target is None or slip.local is None:
        raise ValueError("a slip about a local derivative says which")
    ratio = _ratio(outline, slip.consumer, slip.target)
    if isinstance(ratio, Math):
        return Chain((("", ratio), (EQUAL, Math(slip.local))))
    return Phrase("slip_local", {"ratio": ratio, "local": Math(slip.local)})


def _ratio(outline: Outline, consumer: int, target: int) -> Inline:
    """∂consumer/∂target, in words where one of them has no name."""
    names: Mapping[int, str] = outline.subject.explanation.names
    if consumer in names and target in names:
        return Math(partial(names[consumer], names[target]))
    parts = {"of": quantity(outline, consumer, named=False), "by": quantity(outline, target, named=False)}
    return Phrase("slip_ratio", parts)
