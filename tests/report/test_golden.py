"""Whole reports beside their files; ``UPDATE_GOLDEN=1 pytest tests/report/test_golden.py`` writes the files anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from report_cases import agreeing, convention, kink, main_subject, undecided

from derivcheck.analysis.loci import search
from derivcheck.render import markdown, terminal
from derivcheck.report.compose import check_report, derivation_report
from derivcheck.report.figures import Style
from derivcheck.report.phrases import language
from derivcheck.source import cells

GOLDEN = Path(__file__).parent / "golden"
CASES = {"main": lambda: agreeing(main_subject()), "kink": kink, "convention": convention, "undecided": undecided}
PAGES = [
    (case, code, form)
    for case in CASES
    for code in ("en", "ko")
    for form in (("terminal", "ascii", "markdown") if case == "main" else ("terminal",))
]


def page(case: str, code: str, form: str) -> str:
    checked = CASES[case]()
    blocks = derivation_report(checked.subject, Style()) + check_report(checked, Style(), search(checked.subject))
    if form == "markdown":
        return markdown.text(blocks, language(code))
    return terminal.text(blocks, terminal.Screen(language(code), 80, form == "ascii"))


@pytest.mark.parametrize(("case", "code", "form"), PAGES)
def test_a_report_is_as_in_its_file(case, code, form):
    path = GOLDEN / f"{case}.{code}.{form}.{'md' if form == 'markdown' else 'txt'}"
    written = page(case, code, form)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_a_korean_report_has_no_english_words(case):
    """Words of three letters and more are names of programs, of operations or of a type, or a command to type."""
    programs = {"PyTorch", "SymPy", "float", "ulp", "CPU", "pip", "install", "torch"}
    operations = {"where", "relu", "exp", "sign"}
    address = "--index-url https://download.pytorch.org/whl/cpu"
    written = " ".join(page(case, "ko", "terminal").split()).replace(address, "")
    assert set(re.findall(r"[A-Za-z]{3,}", written)) <= programs | operations


def test_an_english_ascii_report_is_ascii():
    assert page("main", "en", "ascii").isascii()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("code", ["en", "ko"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_of_a_report_is_wider_than_the_screen(case, code, width):
    checked = CASES[case]()
    blocks = derivation_report(checked.subject, Style()) + check_report(checked, Style(), search(checked.subject))
    written = terminal.text(blocks, terminal.Screen(language(code), width))
    assert max(cells(line) for line in written.splitlines()) <= width


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("code", ["en", "ko"])
def test_formulas_in_markdown_prose_stand_where_github_reads_them(case, code):
    """GitHub takes $…$ for a formula only between spaces, line ends and punctuation."""
    for line in page(case, code, "markdown").splitlines():
        for match in re.finditer(r"(?<!\$)\$(?!\$)[^$]+\$(?!\$)", line):
            before, after = line[: match.start()][-1:], line[match.end() :][:1]
            assert before in ("", " "), line
            assert after in ("", " ", ",", ".", ":", ";", "?", "!"), line


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("code", ["en", "ko"])
def test_formulas_in_markdown_prose_have_no_backslash_that_github_takes_away(case, code):
    """Before a sign that is no letter a backslash is Markdown's own, and the formula would lose it."""
    outside = re.sub(r"\$\$.*?\$\$", "", page(case, code, "markdown"), flags=re.DOTALL)
    for formula in re.findall(r"\$([^$]+)\$", outside):
        assert not re.search(r"\\[!-/:-@\[-`{-~]", formula), formula
