"""From facts to blocks: the three reports of this package.

The report of a derivation needs no oracle and can be printed before any has been asked; the report of the checks
follows it. Both are read off what they are given.
"""

from __future__ import annotations

from derivcheck.language.expr import Expr
from derivcheck.nonsmooth import Loci
from derivcheck.report.blocks import Block, Inline, Phrase, Section
from derivcheck.report.compose_advice import advice_section
from derivcheck.report.compose_chain import chain_section
from derivcheck.report.compose_check import check_blocks
from derivcheck.report.compose_claims import claims_section
from derivcheck.report.compose_comparison import Trait, comparison_section
from derivcheck.report.compose_existence import verdict_line
from derivcheck.report.compose_header import header
from derivcheck.report.compose_loci import loci_section
from derivcheck.report.compose_pieces import locals_section, pieces_section
from derivcheck.report.compose_results import closed_section, second_section, update_section
from derivcheck.report.figures import Style
from derivcheck.report.material import Checked, Subject
from derivcheck.report.outline import Outline


def derivation_report(subject: Subject, style: Style) -> tuple[Block, ...]:
    """The loss as read, its pieces, local derivatives, the chain rule, closed forms and the descent step.

    Args:
        subject: the derivation.
        style: how numbers look.

    Returns:
        The head of the report and its numbered sections.
    """
    outline = Outline(subject, style)
    sections: list[Section] = [pieces_section(outline, 1)]
    if outline.factors:
        sections.append(locals_section(outline, len(sections) + 1))
    sections.append(chain_section(outline, len(sections) + 1))
    sections.append(closed_section(outline, len(sections) + 1))
    if subject.explanation.hessian:
        sections.append(second_section(outline, len(sections) + 1))
    if subject.update is not None:
        sections.append(update_section(outline, subject.update, len(sections) + 1))
    return (*header(outline), *sections)


def check_report(
    checked: Checked, style: Style, loci: Loci | None = None, *, all_loci: bool = False, error: Expr | None = None
) -> tuple[Block, ...]:
    """The table of checks, whether a derivative exists, what disagrees, and the verdict.

    Args:
        checked: what was found.
        style: how numbers look.
        loci: where no derivative exists, if that was looked for.
        all_loci: show each of these in full.
        error: the error of a loss that has a kink where it is 0.
    """
    outline = Outline(checked.subject, style)
    checks = Section(None, Phrase("heading_check"), check_blocks(outline, checked))
    places = () if loci is None else (loci_section(outline, loci, full=all_loci, error=error),)
    return (
        checks,
        *advice_section(outline, checked),
        *places,
        *claims_section(outline, checked),
        verdict_line(outline, checked),
    )


def comparison_report(
    left: Checked, right: Checked, style: Style, traits: tuple[Trait, Trait], axis: Inline | None = None
) -> tuple[Block, ...]:
    """Two losses side by side.

    Args:
        left: one loss, checked.
        right: the other, checked at the same point.
        style: how numbers look.
        traits: what is known of each loss as a whole.
        axis: what the plot runs over; the error by default.
    """
    sides = [(Outline(c.subject, style), c, t) for c, t in zip((left, right), traits, strict=True)]
    return (comparison_section(sides[0], sides[1], axis or Phrase("role_error")),)
