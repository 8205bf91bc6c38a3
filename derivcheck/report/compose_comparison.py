"""Two losses side by side: formula, derivative, value, where no derivative exists, shape, and a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from derivcheck.language.expr import Expr
from derivcheck.report.blocks import Block, Chain, Curve, Inline, Listing, Math, Paragraph, Phrase, Plot, Section, Table
from derivcheck.report.compose_arrays import exact_gradient
from derivcheck.report.compose_check import exact_derivative
from derivcheck.report.figures import EQUAL, figure
from derivcheck.report.formulas import number
from derivcheck.report.material import Checked
from derivcheck.report.outline import Outline

Shape = Literal["bowl", "point", "smooth", "jump", "outside"]
Growth = Literal["grows", "constant", "bounded", "vanishes", "other"]


@dataclass(frozen=True, slots=True)
class Trait:
    """What is known of a loss as a whole, beyond one point.

    Attributes:
        title: what the column is called: ``Text("MSE")``, or the formula.
        loci: quantities at whose zeros no derivative exists.
        shape: what the graph looks like where the error is 0: a smooth bowl, a sharp point, otherwise smooth, a jump.
        growth: how the gradient's size depends on the size of the error: it grows with it, stays the same, is
            bounded, or vanishes for large errors.
        convex: whether the loss is convex; None if that is not known.
        points: the graph over the error, for the plot.
    """

    title: Inline
    loci: tuple[Expr, ...] = ()
    shape: Shape = "smooth"
    growth: Growth = "other"
    convex: bool | None = None
    points: tuple[tuple[float, float], ...] = ()


def comparison_section(
    left: tuple[Outline, Checked, Trait], right: tuple[Outline, Checked, Trait], axis: Inline
) -> Section:
    """The table, the plot if there are points, and why the one is used and not the other."""
    sides = (left, right)
    rows: list[tuple[Inline | None, ...]] = [
        (Phrase("compare_formula"), *(Math(o.subject.expression) for o, _, _ in sides)),
        *_derivatives(sides),
        *([(Phrase("compare_value"), *(_loss_value(o) for o, _, _ in sides))] if _known(sides) else []),
        *_values(sides),
        (Phrase("compare_loci"), *(_loci(t) for _, _, t in sides)),
        (Phrase("compare_shape"), *(Phrase(f"shape_{t.shape}") for _, _, t in sides)),
        (Phrase("compare_growth"), *(Phrase(f"growth_{t.growth}") for _, _, t in sides)),
        (Phrase("compare_convex"), *(_convex(t) for _, _, t in sides)),
    ]
    blocks: list[Block] = [Table((None, *(t.title for _, _, t in sides)), tuple(rows))]
    curves = tuple(Curve(t.title, t.points) for _, _, t in sides if t.points)
    if curves:
        blocks.append(Plot(axis, curves))
    blocks += [Paragraph(p) for p in _reasons([t for _, _, t in sides])]
    return Section(None, Phrase("heading_comparison"), tuple(blocks))


Side = tuple[Outline, Checked, Trait]


def _variables(sides: Sequence[Side]) -> list[str]:
    return list(dict.fromkeys(v for o, _, _ in sides for v in o.subject.wrt))


def _derivatives(sides: Sequence[Side]) -> list[tuple[Inline | None, ...]]:
    rows: list[tuple[Inline | None, ...]] = []
    for v in _variables(sides):
        forms = [o.subject.explanation.gradient.get(v) for o, _, _ in sides]
        rows.append((_label(sides, v), *(_form(f.expr, f.definitions) if f else None for f in forms)))
    return rows


def _form(expr: Expr, definitions: tuple[tuple[str, Expr], ...]) -> Inline:
    from derivcheck.report.formulas import name

    parts: list[Inline] = [Math(expr)]
    for n, e in definitions:
        parts.append(Phrase("where_defined", {"equation": Chain((("", Math(name(n))), (EQUAL, Math(e))))}))
    return Listing(tuple(parts))


def _label(sides: Sequence[Side], variable: str) -> Inline:
    return Math(sides[0][0].derivative_name(variable))


def _known(sides: Sequence[Side]) -> bool:
    """Whether there is a point at which one of the losses was evaluated."""
    return any(o.subject.values is not None for o, _, _ in sides)


def _values(sides: Sequence[Side]) -> list[tuple[Inline | None, ...]]:
    if not _known(sides):
        return []
    return [
        (
            Phrase("compare_here", {"what": _label(sides, v)}),
            *(exact_gradient(o, c, v) or exact_derivative(o, c, v) for o, c, _ in sides),
        )
        for v in _variables(sides)
    ]


def _loss_value(outline: Outline) -> Inline | None:
    if outline.subject.values is None:
        return None
    return figure(outline.value(outline.loss.step), outline.style).shown


def _loci(trait: Trait) -> Inline:
    if not trait.loci:
        return Phrase("loci_none")
    return Listing(tuple(Chain((("", Math(q)), (EQUAL, Math(number(0))))) for q in trait.loci))


def _convex(trait: Trait) -> Inline:
    return Phrase({True: "convex_yes", False: "convex_no", None: "convex_unknown"}[trait.convex])


def _reasons(traits: Sequence[Trait]) -> list[Inline]:
    """What the table comes to, said of the loss with a corner beside the one without."""
    rough = [t for t in traits if t.loci]
    smooth = [t for t in traits if not t.loci]
    reasons: list[Inline] = []
    for t in rough:
        if t.convex:
            reasons.append(Phrase("reason_convex", {"name": t.title}))
        if t.growth == "constant":
            reasons.append(Phrase("reason_constant", {"name": t.title}))
    reasons += [Phrase("reason_grows", {"name": t.title}) for t in smooth if rough and t.growth == "grows"]
    return reasons
