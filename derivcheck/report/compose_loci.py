"""Where no derivative exists at all: a few lines beside a check, every locus in full where that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from derivcheck.language.expr import Expr
from derivcheck.nonsmooth import Certainty, Loci, Locus, Relation
from derivcheck.report.blocks import Chain, Inline, Interval, Listing, Math, Paragraph, Phrase, Section, Text
from derivcheck.report.figures import EQUAL
from derivcheck.report.formulas import comparison, name
from derivcheck.report.outline import Outline, names_listing
from derivcheck.report.reasons import open_phrase
from derivcheck.verdict import Existence

MOST_LINES = 4
"""More loci than this are counted, not shown, unless all were asked for."""

MOST_CONDITIONS = 2
"""A short line spells out no more conditions than this."""

_OWN_REASONS = {
    "formulas": "loci_open_formulas",
    "on_surface": "loci_open_surface",
    "arrays": "loci_open_arrays",
    "corners": "loci_open_corners",
}


def loci_section(outline: Outline, loci: Loci, *, full: bool = False, error: Expr | None = None) -> Section:
    """The section "Where no derivative exists".

    Args:
        outline: the loss.
        loci: what was found.
        full: show every locus with its slopes, variable by variable.
        error: the error of a loss that has a kink where it is 0, for a remark.
    """
    if not loci.valued:
        said: list[Inline] = [Phrase("loci_no_value", {"loss": Math(name(outline.loss.name))})]
        return Section(None, Phrase("heading_loci"), tuple(Paragraph(s) for s in said))
    blocks = _in_full(outline, loci) if full else _in_short(outline, loci)
    said = [*blocks, *_domain(outline, loci), *_open(loci)]
    if full and error is not None:
        said.append(Phrase("loci_squared", {"loss": Math(name(outline.loss.name)), "error": Math(error)}))
    return Section(None, Phrase("heading_loci"), tuple(Paragraph(s) for s in said))


def _in_short(outline: Outline, loci: Loci) -> list[Inline]:
    """One line for each set, with the variables that it concerns."""
    found = [(v, x) for v, every in loci.by_variable.items() for x in every or () if not x.is_hole]
    if not found:
        return [_nowhere(outline, loci)] if loci.nowhere else []
    together: dict[object, list[tuple[str, Locus]]] = {}
    for v, x in found:
        together.setdefault((x.equations, x.kind, x.certainty), []).append((v, x))
    lines: list[Inline] = []
    for concerned in together.values():
        every: dict[str, list[Locus]] = {}
        for v, x in concerned:
            every.setdefault(v, []).append(x)
        names = Listing(tuple(_concerned(v, loci) for v, loci in every.items()))
        first = concerned[0][1]
        lines.append(Phrase("locus_line", {"where": _where(first), "kind": _kind(first), "names": names}))
    if len(lines) > MOST_LINES + 1:
        rest = Phrase("loci_more", {"count": Text(str(len(lines) - MOST_LINES))})
        return [*lines[:MOST_LINES], rest]
    return lines


def _nowhere(outline: Outline, loci: Loci) -> Inline:
    args: dict[str, Inline] = {
        "loss": Math(name(outline.loss.name)),
        "names": names_listing(loci.by_variable),
        "count": Text(str(len(loci.by_variable))),
    }
    if loci.domain:
        return Phrase("loci_nowhere_inside", args)
    return Phrase("loci_nowhere" if loci.analytic else "loci_nowhere_once", args)


def _concerned(variable: str, loci: Sequence[Locus]) -> Inline:
    """The variable and where on the set it is concerned, if that is said in few words."""
    args: dict[str, Inline] = {"name": Math(name(variable))}
    if len(loci) == 1 and not loci[0].conditions:
        return Phrase("locus_in", args)
    if len(loci) > 1 or len(loci[0].conditions) > MOST_CONDITIONS:
        return Phrase("locus_in_part", args)
    return Phrase("locus_in_where", {**args, "where": _joined(loci[0].conditions)})


def _where(locus: Locus) -> Inline:
    where = _joined(locus.equations)
    if not locus.integer:
        return where
    return Phrase("locus_integer", {"where": where, "name": Math(name(locus.integer))})


def _joined(relations: Sequence[Relation]) -> Inline:
    return reduce(lambda a, b: Phrase("locus_and", {"left": a, "right": b}), [_relation(r) for r in relations])


def _relation(relation: Relation) -> Inline:
    if relation.sign == EQUAL:
        return Chain((("", Math(relation.left)), (EQUAL, Math(relation.right))))
    return Math(comparison(relation.left, relation.sign, relation.right))


def _kind(locus: Locus) -> Inline:
    if locus.kind is None:
        return Phrase("locus_open")
    if locus.kind is Existence.OUT_OF_DOMAIN:
        return Phrase("noun_OUT_OF_DOMAIN")
    return Phrase(f"kind_{locus.kind.value}")


def _in_full(outline: Outline, loci: Loci) -> list[Inline]:
    """For every variable every set: the equation solved for it, the conditions, the slopes, and why."""
    said: list[Inline] = []
    for variable, every in loci.by_variable.items():
        shown = [x for x in every or () if not x.is_hole]
        if every is not None and not shown:
            key = "locus_none_inside" if loci.domain else "locus_none"
            args: dict[str, Inline] = {"name": Math(name(variable)), "loss": Math(name(outline.loss.name))}
            said.append(Phrase(key, args))
        for locus in shown:
            said += [_equation(variable, locus), _slopes(locus)]
    whys = dict.fromkeys(x.kind for every in loci.by_variable.values() for x in every or () if x.kind and not x.is_hole)
    return said + [Phrase(f"why_{k.value}") for k in whys if k in _EXPLAINED]


_EXPLAINED = (Existence.KINK, Existence.JUMP, Existence.VERTICAL_TANGENT, Existence.CUSP)


def _equation(variable: str, locus: Locus) -> Inline:
    where = _where(locus)
    if locus.solved is not None:
        where = Phrase("locus_solved", {"where": where, "solved": _relation(locus.solved)})
    args = {"name": Math(name(variable)), "what": where}
    if locus.conditions:
        return Phrase("locus_for_where", {**args, "where": _joined(locus.conditions)})
    return Phrase("locus_for", args)


def _slopes(locus: Locus) -> Inline:
    """What kind of point it is, with slopes and the interval of subgradients where there are any."""
    parts: list[Inline] = [_kind(locus)]
    if locus.left is not None and locus.right is not None:
        parts.append(Phrase("slopes_listed", {"left": Math(locus.left), "right": Math(locus.right)}))
    if locus.subdifferential is not None:
        low, high = locus.subdifferential
        parts.append(Phrase("subgradients", {"interval": Interval(Math(low), Math(high))}))
    if locus.certainty is Certainty.SAMPLED:
        parts.append(Phrase("locus_sampled"))
    return Phrase("locus_detail", {"what": Listing(tuple(parts), "; ")})


def _domain(outline: Outline, loci: Loci) -> list[Inline]:
    """Where the loss has no value, once for all variables."""
    loss = Math(name(outline.loss.name))
    said: list[Inline] = []
    ends: list[Inline] = [_joined(relations) for relations in loci.outside]
    ends += [_outside(x) for x in loci.domain if x.integer and not x.conditions]
    if ends:
        said.append(Phrase("loci_domain", {"loss": loss, "where": _either(ends)}))
    partly = {x.equations: x for x in loci.domain if x.conditions}
    if partly:
        where = _either([_where(x) for x in partly.values()])
        said.append(Phrase("loci_domain_ends", {"loss": loss, "where": where}))
    return said


def _either(items: Sequence[Inline]) -> Inline:
    return reduce(lambda a, b: Phrase("locus_or", {"left": a, "right": b}), items)


def _outside(locus: Locus) -> Inline:
    relations = [Relation(e.left, locus.outside, e.right) for e in locus.equations]
    where = _joined(relations)
    return Phrase("locus_integer", {"where": where, "name": Math(name(locus.integer))})


def _open(loci: Loci) -> list[Inline]:
    if not loci.reason:
        return []
    own = _OWN_REASONS.get(loci.reason)
    return [Phrase("loci_open", {"reason": Phrase(own) if own else open_phrase(loci.reason)})]
