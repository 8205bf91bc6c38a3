"""The list of all operations by family, and the page of one: formula, options, derivative, smooth parts, kinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from derivcheck.language.expr import Definition, Expr
from derivcheck.nonsmooth import Loci
from derivcheck.ops.catalogue import Values
from derivcheck.report.blocks import (
    Block,
    Chain,
    Flow,
    Inline,
    Listing,
    Math,
    Paragraph,
    Phrase,
    Section,
    Table,
    Text,
)
from derivcheck.report.compose_loci import loci_section
from derivcheck.report.compose_results import closed_section
from derivcheck.report.figures import EQUAL, Style
from derivcheck.report.formulas import name, partial, readable
from derivcheck.report.material import Subject
from derivcheck.report.outline import Outline

LOSS = "L"
"""What the value of an operation is called in the heading of its derivatives."""

COTANGENT = "c"
"""The weights with which an array is made a scalar, Σ c·f."""


@dataclass(frozen=True, slots=True)
class OperationLine:
    """One operation in the list of all: its name, and what it is."""

    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class OptionLine:
    """An option of an operation: its default and what it may be, as text."""

    name: str
    default: str
    allowed: str


@dataclass(frozen=True, slots=True)
class PartLine:
    """A smooth part: what holds in it, the formula, and the derivatives by variable."""

    conditions: tuple[Expr, ...]
    formula: Expr
    derivatives: Mapping[str, Expr]


@dataclass(frozen=True, slots=True)
class OperationPage:
    """What is known of one operation.

    Attributes:
        name: under which it is listed.
        family: the key of its family: "losses", "activations", "arrays" or a family of the table.
        usage: how a call is written.
        summary: what it is, in a line.
        aliases: further names.
        options: its options, or static parameters.
        shapes: its operands that have a shape, and what their elements are.
        torch: the name below ``torch``; empty if there is none.
        note: where it differs from torch.
        definitions, formula: what it stands for; None where it is a function of its own.
        subject: its derivation; None where none is shown.
        element: whether ``parts`` and ``loci`` are those of one element, before the elements are averaged.
        weighted: whether ``subject`` is Σ c·f, for an f whose value is an array.
        parts: its smooth parts; None where they were not found, or there is only one.
        loci: where it has no derivative, and the derivation that they belong to; None where that was not searched.
    """

    name: str
    family: str
    usage: str
    summary: str
    aliases: tuple[str, ...] = ()
    options: tuple[OptionLine, ...] = ()
    shapes: tuple[tuple[str, tuple[str, ...], Values], ...] = ()
    torch: str = ""
    note: str = ""
    definitions: tuple[Definition, ...] = ()
    formula: Expr | None = None
    subject: Subject | None = None
    element: bool = False
    weighted: bool = False
    parts: tuple[PartLine, ...] | None = None
    loci: tuple[Loci, Subject] | None = None


def operation_list(families: Mapping[str, Sequence[OperationLine]]) -> tuple[Block, ...]:
    """Every family as a table of names and meanings."""
    sections: list[Block] = [
        Section(
            None,
            Phrase(f"family_{family}"),
            (Table((None, None), tuple((Text(line.name), Text(line.summary)) for line in lines)),),
        )
        for family, lines in families.items()
    ]
    return (*sections, Paragraph(Phrase("ops_hint")))


def operation_page(page: OperationPage, style: Style) -> tuple[Block, ...]:
    """The page of one operation.

    Args:
        page: what is known.
        style: how numbers look.
    """
    blocks: list[Block] = [Flow((Text(page.usage),)), Paragraph(Text(page.summary))]
    if page.formula is not None:
        blocks += _formula(page, page.formula)
    said: list[Inline] = []
    if page.shapes:
        said.append(Phrase("ops_shapes", {"shapes": Listing(tuple(_shape(*s) for s in page.shapes))}))
    if page.aliases:
        said.append(Phrase("ops_aliases", {"names": Text(", ".join(page.aliases))}))
    if page.torch:
        said.append(Phrase("ops_torch", {"name": Text(page.torch)}))
    if page.note:
        said.append(Text(page.note))
    blocks += [Paragraph(s) for s in said]
    if page.options:
        blocks.append(_options(page.options))
    if page.subject is not None:
        outline = Outline(page.subject, style)
        heading = Phrase("heading_derivative_sum" if page.weighted else "heading_derivative")
        blocks.append(Section(None, heading, closed_section(outline, 1).blocks))
    elif page.family == "losses":
        blocks.append(Paragraph(Phrase("ops_no_derivative")))
    if page.parts:
        blocks.append(_parts(page))
    if page.loci is not None:
        loci, subject = page.loci
        blocks.append(loci_section(Outline(subject, style), loci, full=True))
    return tuple(blocks)


def _shape(operand: str, sizes: Sequence[str], values: Values) -> Inline:
    """``z (n, k)``, and what the elements are where they are no real numbers."""
    shaped = Text(f"{operand} ({', '.join(sizes)})")
    if values in (Values.REAL, Values.TARGET):
        return shaped
    return Phrase(f"values_{values.name}", {"operand": shaped})


def _formula(page: OperationPage, formula: Expr) -> list[Block]:
    blocks: list[Block] = [Flow((Chain((("", Math(name(LOSS))), (EQUAL, Math(formula)))),))]
    if page.definitions:
        defined = [
            Phrase("defined", {"equation": Chain((("", Math(name(d.name))), (EQUAL, Math(d.body))))})
            for d in page.definitions
        ]
        blocks.append(Flow(tuple(defined)))
    return blocks


def _options(options: Sequence[OptionLine]) -> Section:
    heading = (Phrase("ops_option"), Phrase("ops_default"), Phrase("ops_allowed"))
    rows = tuple((Text(o.name), Text(o.default), Text(o.allowed)) for o in options)
    return Section(None, Phrase("heading_options"), (Table(heading, rows),))


def _parts(page: OperationPage) -> Section:
    """One row a part: where it is, what the function is there, and every derivative."""
    parts = page.parts or ()
    variables = list(dict.fromkeys(v for part in parts for v in part.derivatives))
    slopes: list[Inline] = [Math(partial(LOSS, v)) for v in variables]
    heading: tuple[Inline, ...] = (Phrase("ops_where"), Math(name(LOSS)), *slopes)
    rows = tuple(
        (_holding(p.conditions), Math(readable(p.formula)), *(Math(readable(p.derivatives[v])) for v in variables))
        for p in parts
    )
    heading_key = "heading_parts_element" if page.element else "heading_parts"
    return Section(None, Phrase(heading_key), (Table(heading, rows),))


def _holding(conditions: Sequence[Expr]) -> Inline:
    if not conditions:
        return Phrase("ops_everywhere")
    stated: list[Inline] = [Math(c) for c in conditions]
    return reduce(lambda a, b: Phrase("locus_and", {"left": a, "right": b}), stated)
