"""Every block in every renderer, within the width, in colour only where a terminal has it."""

from __future__ import annotations

import io
import re
from fractions import Fraction

import pytest
from rich.console import Console

from derivcheck.language.builder import call, name, number
from derivcheck.language.expr import Expr
from derivcheck.render import markdown, terminal
from derivcheck.render.plot import ASCII_MARKS, draw
from derivcheck.report.blocks import (
    Align,
    Block,
    Cell,
    Chain,
    Curve,
    Entries,
    Flow,
    Grid,
    Interval,
    Ledger,
    Listing,
    Math,
    Paragraph,
    Phrase,
    Plot,
    Row,
    Section,
    Summation,
    Table,
    Text,
    VerdictLine,
)
from derivcheck.report.formulas import partial
from derivcheck.report.phrases import LANGUAGES, language
from derivcheck.source import cells
from derivcheck.verdict import Verdict


def long_sum(count: int) -> Expr:
    found = name("a_1")
    for k in range(2, count):
        found = call("add", found, call("mul", name(f"b_{k}"), name(f"c_{k}")))
    return found


LONG = long_sum(30)
SLOPE = partial("L", "w")
BLOCKS: dict[str, Block] = {
    "paragraph": Paragraph(Listing((Text("some words in prose " * 8), Math(name("yhat")), Phrase("role_loss")))),
    "flow": Flow((Chain((("", Math(name("w"))), ("←", Math(number(Fraction(9, 5)))))), Text("next"), Math(LONG))),
    "ledger": Ledger(
        (
            Row((Cell("", Math(SLOPE)), Cell("=", Math(LONG)), Cell("≈", Math(number(2)), Align.RIGHT)), Text("n")),
            Row((None, Cell("=", Math(number(-2), fenced=True)), Cell("·", Math(name("x")))), Phrase("role_error")),
            Row((), Phrase("omitted", {"count": Text("7")})),
        )
    ),
    "table": Table(
        (None, Math(SLOPE), None),
        (
            (Phrase("way_exact"), Math(LONG), Text("a remark of some length " * 3)),
            (Text("|bars|"), Math(call("abs", name("x"))), None),
        ),
    ),
    "entries": Paragraph(
        Listing((Entries((Math(number(1)), Text("x"))), Entries((Entries((Text("y"),)), Entries((Text("z"),))))))
    ),
    "summation": Paragraph(Listing((Summation(("i", "j")), Math(name("x"))), " ")),
    "grid": Grid(
        Math(name("w")), "≈", ((Math(number(1)), Math(number(-20))), (Math(number(Fraction(1, 3))), Text("b")))
    ),
    "plot": Plot(Phrase("role_error"), (Curve(Text("MSE"), ((-1.0, 1.0), (0.0, 0.0), (1.0, 1.0))),)),
    "interval": Paragraph(Interval(Math(number(-1)), Text("∞"))),
    "verdict": VerdictLine(Verdict.NOT_DIFFERENTIABLE, Phrase("verdict_at", {"point": Math(name("x"))}), Math(LONG)),
    "section": Section(2, Phrase("heading_locals"), (Paragraph(Text("inside")),)),
    "check": Section(None, Phrase("heading_check"), (Table((None, Math(name("w"))), ((Text("exact"), Text("1")),)),)),
}  # fmt: skip


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("plain", [False, True])
def test_no_line_is_wider_than_the_screen(kind, width, code, plain):
    written = terminal.text([BLOCKS[kind]], terminal.Screen(language(code), width, plain))
    assert written.strip()
    assert max(cells(line) for line in written.splitlines()) <= width


@pytest.mark.parametrize("kind", [k for k in BLOCKS if k != "plot"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_long_formula_keeps_every_name(kind, width):
    """Breaking a line loses no operand: what a wide screen shows, a narrow one shows too."""
    wide, narrow = (terminal.text([BLOCKS[kind]], terminal.Screen(language("en"), w)) for w in (2000, width))
    assert sorted("".join(narrow.split())) == sorted("".join(wide.split()))


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_every_block_is_written_in_markdown(kind, code):
    written = markdown.text([BLOCKS[kind]], language(code))
    assert written.strip()
    assert written.replace("$$", "").count("$") % 2 == 0


def test_a_table_in_markdown_has_as_many_bars_in_every_row():
    """A bar within a cell, as of |x|, does not end the cell."""
    written = markdown.text([BLOCKS["table"]], language("en"))
    assert re.search(r"\$[^$|]*vert x[^$|]*\S\$", written)
    counts = {line.replace(r"\|", "").count("|") for line in written.splitlines()}
    assert counts == {4}


def test_an_ascii_screen_gets_ascii():
    for kind, block in BLOCKS.items():
        written = terminal.text([block], terminal.Screen(language("en"), 80, True))
        assert written.isascii(), kind
    assert "dL/dw" in terminal.text([BLOCKS["ledger"]], terminal.Screen(language("en"), 80, True))


@pytest.mark.parametrize(
    ("encoding", "lacking"), [("utf-8", False), ("latin-1", True), ("cp949", True), (None, True), ("nonsense", True)]
)
def test_an_encoding_without_the_signs_of_formulas_asks_for_ascii(encoding, lacking):
    assert terminal.needs_ascii(encoding) is lacking


def shown(encoding: str = "utf-8", **options: object) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(file=stream, width=80, **options)
    terminal.show([BLOCKS["section"], BLOCKS["ledger"], BLOCKS["verdict"]], console, language("en"))
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_a_piped_report_is_plain(monkeypatch):
    """Without a terminal there are no control sequences and the text is that of the screen."""
    for variable in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(variable, raising=False)
    expected = terminal.text(
        [BLOCKS["section"], BLOCKS["ledger"], BLOCKS["verdict"]], terminal.Screen(language("en"), 80)
    )
    assert shown() == expected


def test_colour_follows_the_environment(monkeypatch):
    """FORCE_COLOR colours a pipe, NO_COLOR a terminal not."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in shown()
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;33" not in shown(force_terminal=True)


def test_a_stream_that_lacks_letters_still_gets_the_report(monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert "dL/dw" in shown("latin-1")


def test_a_plot_spans_its_grid():
    """The extreme points lie in the corners, and the ends of the axes are labelled."""
    lines = draw([[(0.0, 0.0), (2.0, 5.0)]], 40, ASCII_MARKS, 6)
    assert lines[0].startswith("5 |")
    assert lines[0].endswith("*")
    assert lines[5].startswith("0 |*")
    assert lines[-1].split() == ["0", "2"]


def test_points_that_are_no_numbers_are_left_out_of_a_plot():
    assert draw([[(0.0, float("nan")), (float("inf"), 1.0)]], 40, ASCII_MARKS) == []


def wide_grid(columns: int) -> Grid:
    """Three rows of numbers that are all different."""
    return Grid(Math(name("X")), "=", tuple(tuple(Math(number(100 * r + c)) for c in range(columns)) for r in range(3)))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_matrix_that_is_too_wide_is_cut_and_the_columns_left_out_are_counted(width, code):
    """Every column is shown or counted, and no line overflows."""
    written = terminal.text([wide_grid(50)], terminal.Screen(language(code), width)).splitlines()
    assert max(map(cells, written)) <= width
    *rows, rest = written
    shown = [[int(n) for n in re.findall(r"\d+", row)] for row in rows]
    count = int(re.findall(r"\d+", rest)[0])
    assert [len(row) + count for row in shown] == [50, 50, 50]
    assert shown[1] == list(range(100, 100 + len(shown[1])))


def test_a_matrix_that_fits_is_shown_whole_and_aligned():
    """Numbers stand right under one another behind the label."""
    written = terminal.text([wide_grid(3)], terminal.Screen(language("en"), 80)).splitlines()
    assert written == ["X =    0    1    2", "     100  101  102", "     200  201  202"]


def test_arrays_in_markdown_are_matrices_of_latex():
    """A vector is one row, a matrix has its rows, deeper arrays stand in nested brackets."""
    vector = Entries((Text("a"), Text("b")))
    cube = Entries((Entries((vector, vector)), Entries((vector, vector))))
    assert r"\begin{bmatrix} \text{a} & \text{b} \end{bmatrix}" in markdown.text([Paragraph(vector)], language("en"))
    assert r"1 & -20 \\ \frac{1}{3}" in markdown.text([BLOCKS["grid"]], language("en"))
    assert markdown.text([Paragraph(cube)], language("en")).count("bmatrix") == 4
    assert r"\sum_{i,j}" in markdown.text([BLOCKS["summation"]], language("en"))


def test_a_grid_has_rows_of_one_length():
    """A ragged matrix is refused."""
    with pytest.raises(ValueError, match="one length"):
        Grid(Text("X"), "=", ((Text("1"),), (Text("1"), Text("2"))))
