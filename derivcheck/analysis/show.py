"""Analyses as reports: which blocks, in which rendering."""

from __future__ import annotations

from typing import Any

from derivcheck.analysis.result import Analysis
from derivcheck.report.blocks import Block
from derivcheck.report.compose import check_report, comparison_report, derivation_report
from derivcheck.report.figures import Style
from derivcheck.report.phrases import language as language_of


def report_blocks(analysis: Analysis, style: Style) -> tuple[Block, ...]:
    """The whole report: derivation, comparison if there is one, checks, verdict."""
    checked = analysis.checked
    return (
        *derivation_report(checked.subject, style),
        *comparison_blocks(analysis, style),
        *check_report(checked, style, None if checked.arrays else analysis.found_loci),
    )


def comparison_blocks(analysis: Analysis, style: Style) -> tuple[Block, ...]:
    """Both losses side by side, if another one was asked for."""
    if analysis.comparison is None:
        return ()
    from derivcheck.analysis.compare import traits

    left, right = analysis.checked, analysis.comparison.checked
    return comparison_report(left, right, style, (traits(left), traits(right)))


def markdown_text(analysis: Analysis, *, language: str = "en", **style: Any) -> str:
    """The report in Markdown."""
    from derivcheck.render import markdown

    return markdown.text(report_blocks(analysis, Style(**style)), language_of(language))


def plain_text(
    analysis: Analysis, *, language: str = "en", width: int = 80, ascii_only: bool = False, **style: Any
) -> str:
    """The report as a terminal shows it, without colour."""
    from derivcheck.render import terminal

    screen = terminal.Screen(language_of(language), width, ascii_only)
    return terminal.text(report_blocks(analysis, Style(**style)), screen)


def html_text(analysis: Analysis) -> str:
    """The report as HTML for a notebook, which sets the formulas with MathJax."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin, renderer=_mathjax)
    return str(reader.render(markdown_text(analysis)))


def _mathjax(content: str, options: dict[str, bool]) -> str:
    from html import escape

    fence = ("\\[", "\\]") if options.get("display_mode") else ("\\(", "\\)")
    return escape(content).join(fence)
