"""What autograd's numbers are worth: a remark for the table of checks, and a sentence where they are no derivative."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from derivcheck.language.printer import unicode
from derivcheck.numbers.kernel import Undefined
from derivcheck.oracles.evidence import AutogradFinding, PartialExistence
from derivcheck.report.blocks import Inline, Interval, Listing, Math, Phrase, Text
from derivcheck.report.figures import Figure, Style, bound_text, figure, float_text
from derivcheck.report.formulas import partial
from derivcheck.report.material import Checked
from derivcheck.report.outline import Outline, multiplied, quantity
from derivcheck.verdict import Agreement, Existence

_MOST_DIGITS = 40
"""More digits than this are not written to tell two numbers apart."""


def remark(outline: Outline, checked: Checked, variable: str) -> Inline | None:
    """What autograd's number is beside the certified derivative, in a few words."""
    finding = checked.evidence.autograd.findings.get(variable)
    if finding is None:
        return None
    existence = checked.evidence.partials.get(variable)
    lost = finding.agreement is Agreement.ROUNDING and finding.value is not None and not math.isfinite(finding.value)
    if finding.agreement is Agreement.CONVENTION or lost:
        return Phrase(_convention_key(outline, finding, existence))
    args: dict[str, Inline] = {}
    if finding.ulps is not None:
        args["ulps"] = Text(float_text(finding.ulps, 2))
    if finding.digits is not None:
        args["digits"] = Text(str(finding.digits))
    if finding.bound is not None and math.isfinite(finding.bound):
        args["bound"] = Text(bound_text(finding.bound))
    if finding.agreement is Agreement.ROUNDING and not finding.digits and "bound" in args:
        return Phrase("agreement_ROUNDING_bound", args)
    needed = {Agreement.MATCH: "ulps", Agreement.ROUNDING: "digits", Agreement.MISMATCH: "bound"}.get(finding.agreement)
    key = f"agreement_{finding.agreement.value}"
    return Phrase(key if needed is None or needed in args else f"{key}_plain", args)


def _convention_key(outline: Outline, finding: AutogradFinding, existence: PartialExistence | None) -> str:
    """What a number is where the chain rule holds no longer."""
    value = math.nan if finding.value is None else finding.value
    if existence is None or existence.exists is None:
        return "convention_open"
    if math.isnan(value):
        return "convention_nan"
    if lacks_value(outline):
        return "convention_outside"
    if math.isinf(value):
        return "convention_infinite"
    if existence.exists:
        return "convention_wrong"
    return "convention_edge" if existence.kind is Existence.OUT_OF_DOMAIN else "agreement_CONVENTION"


def lacks_value(outline: Outline) -> bool:
    """Whether the loss has no value at the point."""
    return isinstance(outline.value(outline.loss.step), Undefined)


def sentences(outline: Outline, checked: Checked, variables: Sequence[str]) -> list[Inline]:
    """What is to be said of autograd's numbers: once where it is the same for all, else for those it holds of."""
    said = {v: p for v in variables if (p := sentence(outline, checked, v)) is not None}
    if len(said) == len(variables) and all(p == said[variables[0]] for p in said.values()):
        return [said[variables[0]]]
    return grouped(outline.outer, said)


def grouped(function: str, said: Mapping[str, Inline]) -> list[Inline]:
    """``∂L/∂w, ∂L/∂b:  what``, variables of which the same is said together."""
    groups: list[tuple[Inline, list[str]]] = []
    for variable, what in said.items():
        members = next((m for w, m in groups if w == what), None)
        if members is None:
            groups.append((what, [variable]))
        else:
            members.append(variable)
    return [
        Phrase("for_variable", {"name": Listing(tuple(Math(partial(function, v)) for v in members)), "what": what})
        for what, members in groups
    ]


def sentence(outline: Outline, checked: Checked, variable: str) -> Inline | None:
    """What autograd's number means where it is not the derivative; None where it is, or where that is open."""
    evidence = checked.evidence
    found, answer = evidence.partials[variable], evidence.autograd.findings.get(variable)
    if answer is None or answer.value is None or found.exists is None:
        return None
    if found.exists:
        lost = answer.agreement is Agreement.ROUNDING and not math.isfinite(answer.value)
        far = lost or answer.agreement in (Agreement.CONVENTION, Agreement.MISMATCH)
        return _not_it(outline, found, variable, answer.value) if far else None
    if not math.isfinite(answer.value) or lacks_value(outline) or found.kind is Existence.OUT_OF_DOMAIN:
        said = Phrase("autograd_says", {"value": Text(float_text(answer.value, outline.style.digits))})
        return Phrase(_missing_key(outline, found, answer.value), {"said": said})
    return _convention(outline, checked, variable, answer.value)


def _not_it(outline: Outline, found: PartialExistence, variable: str, value: float) -> Inline:
    exact, computed = told_apart(outline.certain_slope(variable, found), value, outline.style)
    args: dict[str, Inline] = {"exact": exact, "value": computed}
    if not math.isfinite(value):
        return Phrase("not_it_no_number", args)
    broken = next((k for k in sorted(outline.subject.broken) if outline.steps.get(variable) in outline.unclear), None)
    if broken is None:
        return Phrase("not_it", args)
    return Phrase("not_it_convention", {**args, "step": quantity(outline, broken, named=False)})


def _missing_key(outline: Outline, found: PartialExistence, value: float) -> str:
    """The sentence on a number where the derivative does not exist and no convention explains the number."""
    if lacks_value(outline):
        return "outside_no_number" if math.isnan(value) else "outside_number"
    if math.isnan(value):
        return "missing_no_number"
    slopes = [s for s in (found.left, found.right) if s is not None]
    if math.isinf(value):
        return "infinite_slope" if slopes and all(s == value for s in slopes) else "infinite_number"
    return "edge_slope" if any(_is_float_of(s, value) for s in slopes) else "edge_number"


def _is_float_of(slope: Any, value: float) -> bool:
    """Whether ``value`` is an exact slope."""
    return isinstance(slope, Fraction) and slope == Fraction(value)


def _convention(outline: Outline, checked: Checked, variable: str, number: float) -> Inline:
    """The number is a convention, a subgradient or neither."""
    evidence = checked.evidence
    found, answer = evidence.partials[variable], evidence.autograd.findings[variable]
    value = Text(float_text(number, outline.style.digits))
    said = [Phrase("autograd_says", {"value": value})]
    finite = evidence.finite.get(variable)
    if finite is not None and finite.value is not None:
        said.append(Phrase("difference_says", {"value": Text(float_text(finite.value, outline.style.digits))}))
    agree = len({p.args["value"] for p in said}) == 1 < len(said)
    key = "only_conventions" if agree else "only_convention"
    parts: list[Inline] = [Phrase(key, {"said": Listing(tuple(said))})]
    if answer.subgradient is not None and found.clarke is not None:
        inside = {"value": value, "interval": interval(outline, found, outline.subject.upstream)}
        parts.append(Phrase("valid_subgradient" if answer.subgradient else "no_subgradient", inside))
    return Listing(tuple(parts), " ")


def interval(outline: Outline, found: PartialExistence, upstream: Fraction | None = None) -> Inline:
    """The Clarke interval, times the upstream gradient if one is given."""
    if found.clarke is None:
        raise ValueError("there is no Clarke interval here")
    ends = found.clarke if upstream is None else [multiplied((upstream, end)) for end in found.clarke]
    if upstream is not None and upstream < 0:
        ends = ends[::-1]
    low, high = (figure(end, outline.style).shown for end in ends)
    return Interval(low, high)


def told_apart(exact: Any, value: float, style: Style) -> tuple[Inline, Inline]:
    """A number and a float beside it, with as many digits as show that they differ.

    >>> exact, computed = told_apart(Fraction(1), 1.0000001, Style())
    >>> unicode(exact.expr), unicode(computed.expr)
    ('1', '1.0000001')
    """
    plain = _related(figure(exact, style)), Text(float_text(value, style.digits))
    if not math.isfinite(value):
        return plain
    for digits in range(style.digits, max(_MOST_DIGITS, style.digits) + 1):
        both = [figure(v, Style("decimal", digits)) for v in (exact, Fraction(value))]
        texts = [unicode(f.expr) if f.expr is not None else "" for f in both]
        if not all(texts) or texts[0] != texts[1]:
            return plain if digits == style.digits else (_related(both[0]), both[1].shown)
    return plain


def _related(number: Figure) -> Inline:
    """A figure in running text, with ≈ before a rounded one."""
    return number.shown if number.exact else Listing((Text(f"{number.relation} "), number.shown), "")
