"""What the reports say, in blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from report_cases import agreeing, kink, main_subject, subject

from derivcheck.language.builder import name
from derivcheck.language.parser import parse
from derivcheck.language.printer import unicode
from derivcheck.render import terminal
from derivcheck.report.blocks import Block, Cell, Chain, Ledger, Math, Phrase, Section, Text
from derivcheck.report.compose import comparison_report, derivation_report
from derivcheck.report.compose_comparison import Trait
from derivcheck.report.figures import Style
from derivcheck.report.formulas import as_factor, step_formula
from derivcheck.report.phrases import language
from derivcheck.source import Source

SCREEN = terminal.Screen(language("en"), 200)


def said(blocks: Sequence[Block]) -> str:
    return terminal.text(blocks, SCREEN)


def sections(blocks: tuple[Block, ...]) -> list[Section]:
    return [b for b in blocks if isinstance(b, Section)]


def cells(block: Block) -> Iterator[Cell]:
    assert isinstance(block, Ledger)
    return (c for row in block.rows for c in row.cells if c)


def test_the_main_example_has_the_five_sections_in_order():
    found = [s.heading.key for s in sections(derivation_report(main_subject(), Style()))]
    assert found == ["heading_pieces", "heading_locals", "heading_path", "heading_closed", "heading_update"]
    assert [s.number for s in sections(derivation_report(main_subject(), Style()))] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "line",
    [
        "ŷ = w·x + b     = 3·2 + 1       =   7     prediction",
        "u = y - ŷ       = 4 - 7         =  -3     error",
        "L = u²          = (-3)²         =   9     loss",
        "∂u/∂ŷ = -1                                y is constant",
        "∂L/∂w = ∂L/∂u · ∂u/∂ŷ · ∂ŷ/∂w",
        "= 2u    · (-1)  · x",
        "= (-6)  · (-1)  · 2       =  12",
        "∂L/∂w = -2x(y - (w·x + b))",
        "w ← 3 - 0.1·12 = 1.8            b ← 1 - 0.1·6 = 0.4",
        "L: 9 → 0",
    ],
)
def test_the_main_example_says(line):
    assert line in said(derivation_report(main_subject(), Style()))


def test_a_prefix_that_two_variables_share_is_written_in_formulas_once():
    assert said(derivation_report(main_subject(), Style())).count("= 2u    · (-1)") == 1


def notes(text: str, wrt: str) -> dict[str, str]:
    """The note beside every local derivative."""
    section = sections(derivation_report(subject(text, {}, tuple(wrt)), Style()))[1]
    words = language("en")
    return {words.plain(r.cells[0].content): words.plain(r.note) for r in section.blocks[0].rows if r.cells[0]}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("w*x + b", {"w": "b is constant", "b": "w·x is constant", "x": "b is constant"}),
        ("w*x*z", {"w": "x, z are constant", "z": "w·x is constant"}),
        ("w/x", {"w": "x is constant", "x": "quotient rule"}),
        ("-w", {"w": "constant factor"}),
        ("-3w", {"w": "constant factor"}),
        ("w*w*x", {"w": "product rule", "x": "w·w is constant"}),
        ("2x*w^2 + b", {"w": "power rule"}),
        ("a+b+c+d+f", {"a": "the rest is constant"}),
    ],
)
def test_the_rule_is_the_one_that_a_teacher_names(text, rules):
    """A factor that does not depend on the variable is a constant; the product rule is for two factors that do."""
    found = notes(text, "".join(rules))
    assert {v: found[f"∂L/∂{v}"] for v in rules} == rules


def test_adjoint_by_adjoint_only_what_the_variables_need_is_written_and_in_their_order():
    """1 - y leads to no variable; the first row is the loss's own local derivative; w stands before b."""
    text = "-(y*log(sigmoid(w*x+b))+(1-y)*log(1-sigmoid(w*x+b)))"
    point = {"x": 2, "y": 1, "w": Fraction(1, 2), "b": -1}
    section = sections(derivation_report(subject(text, point, ("w", "b")), Style()))[2]
    left = [language("en").plain(r.cells[0].content) for r in section.blocks[0].rows]
    assert left == ["∂L/∂u₇", "∂L/∂u₆", "∂L/∂u₅", "∂L/∂u₃", "∂L/∂u₂", "∂L/∂u₁", "∂L/∂w", "∂L/∂b"]
    assert language("en").plain(section.blocks[0].rows[0].cells[1].content) == "-1"


def test_where_paths_meet_each_has_its_row_and_then_their_sum():
    """w reaches L = a·a + a·b + w by a and directly; the direct part is not written as if it were the whole."""
    text = said(derivation_report(subject("a=w*x; a^2+a*b+w", {"w": 2, "x": 3, "b": -1}, ("w",)), Style()))
    assert "∂L/∂w  = 1 + ∂L/∂a · ∂a/∂w" in text
    assert "path 2   (2a + b) · x" in text
    assert "= 11 · 3" in text
    assert "∂L/∂w  = 1 + 33" in text
    assert "=  34" in text


def test_paths_through_a_shared_piece_have_their_own_products():
    """Two paths share their last factor; each product is that of its own path, and they add to the whole."""
    text = said(derivation_report(subject("a=w*x; p=exp(a)*0+a^2; q=a^3; p+q", {"w": 1, "x": 2}, ("w",)), Style()))
    assert "=  32" in text
    assert "=  24" in text
    assert "=   8" in text


def test_many_or_long_paths_are_shown_adjoint_by_adjoint():
    """Five doublings have 3⁵ paths; one row an adjoint is written instead, the loss's own 1 is not."""
    text = "; ".join(["e0=w*x", *(f"e{k + 1}=e{k}*e{k}+e{k}" for k in range(5))])
    report = derivation_report(subject(text, {"w": 1, "x": 1}, ("w",)), Style())
    assert sections(report)[2].heading.key == "heading_adjoints"
    written = said(report)
    assert "∂e5/∂e3 = ∂e5/∂e4 · ∂e4/∂e3" in written
    assert "∂e5/∂e5" not in written


def test_a_long_derivation_says_how_much_it_leaves_out():
    """Of 60 pieces at most 20 are shown; with all of them there is nothing left out."""
    text = "; ".join(["e0=w*x", *(f"e{k + 1}=tanh(e{k})" for k in range(60))])
    short = said(derivation_report(subject(text, {"w": 1, "x": 1}, ("w",)), Style()))
    full = said(derivation_report(subject(text, {"w": 1, "x": 1}, ("w",), full=True), Style()))
    assert "… 41 more pieces; --full shows all" in short
    assert "more pieces" not in full
    assert "e30 = tanh(e29)" in full


def test_a_very_long_derivation_has_a_short_report():
    """The report of 400 definitions is no longer than that of 200, and says how many definitions it leaves out."""
    chains = ["; ".join(["e0=w", *(f"e{k + 1}=tanh(e{k})" for k in range(n))]) for n in (200, 400)]
    pages = [said(derivation_report(subject(c, {"w": 1}, ("w",)), Style())) for c in chains]
    assert pages[1].count("\n") == pages[0].count("\n")
    assert "… 340 more definitions; --full shows all" in pages[1]


def test_missing_values_leave_the_symbolic_report():
    text = said(derivation_report(subject("(y-(w*x+b))^2", {"x": 2}, ("w",)), Style()))
    assert "No value for y, w, b: the numbers are left out. Give them with --at." in text
    assert "∂L/∂w = -2x(y - (w·x + b))" in text
    assert "∂L/∂w = ∂L/∂u · ∂u/∂ŷ · ∂ŷ/∂w" in text


@pytest.mark.parametrize(("text", "step"), [("round(w)+w", "round(w)"), ("heaviside(w,1)*w", "heaviside(w, 1)")])
def test_a_jump_that_no_contribution_passes_leaves_the_chain_rule_without_a_number(text, step):
    """A step function counts as constant off its jumps; at a jump the rest of the chain rule proves nothing."""
    at = Fraction(1, 2) if "round" in text else 0
    report = derivation_report(subject(text, {"w": at}, ("w",)), Style())
    chain = said(sections(report)[2:3])
    assert f"{step} has no derivative at this point, so the chain rule gives no number here" in chain
    assert "the direct part only" in said(sections(report)[1:2])
    assert "≈" not in chain
    assert chain.count("=") == 1


def test_a_value_that_does_not_exist_has_no_relation_before_it():
    """At w = 1 the logarithm of 0 is asked for: exact numbers are put in, then comes no = and no ≈."""
    text = said(derivation_report(subject("log(w-1)", {"w": 1}, ("w",)), Style()))
    assert re.search(r"log\(0\) +no real value", text)
    assert "= no real value" not in text


def test_a_variable_that_the_loss_does_not_contain_has_the_derivative_zero():
    text = said(derivation_report(subject("w^2", {"w": 3}, ("w", "t")), Style()))
    assert "∂L/∂t = 0" in text
    assert "the loss does not depend on t" in text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("w", "the loss is w itself"),
        ("floor(w)", "every path to w has a factor 0"),
        ("3*w", "∂L/∂w = 3"),
        ("w-w", "∂L/∂w = 0"),
    ],
)
def test_the_smallest_losses_have_a_chain_rule_section(text, line):
    assert line in said(derivation_report(subject(text, {"w": Fraction(5, 2)}, ("w",)), Style()))


@pytest.mark.parametrize("text", ["-u/v", "-u", "u + v", "-3", "-(2*u)*v"])
def test_a_factor_that_begins_with_a_minus_or_is_a_sum_is_bracketed(text):
    assert as_factor(parse(Source(text)).expression).fenced


@pytest.mark.parametrize("text", ["u/v", "(-u)^2", "3", "exp(-u)", "u*(v - 1)", "(u - v)*2"])
def test_another_factor_is_not(text):
    assert not as_factor(parse(Source(text)).expression).fenced


def test_an_upstream_gradient_heads_every_product():
    material = subject("(w*x)^2", {"w": 2, "x": 3}, ("w",), upstream=Fraction(-3))
    text = said(derivation_report(material, Style()))
    assert "∂J/∂w = ∂J/∂L · ∂L/∂u · ∂u/∂w" in text
    assert "= (-3)  · 12    · 3" in text
    assert "= -108" in text


def test_second_derivatives_are_written_once_for_each_pair():
    text = said(derivation_report(subject("(w*x)^2", {"w": 2, "x": 3}, ("w", "x"), order=2), Style()))
    assert "∂²L/∂w∂x = 4w·x = 24" in text
    assert "∂²L/∂x∂w" not in text


def test_rounded_numbers_are_never_said_to_be_equal():
    """Every = before a number stands before that number; exp(1/3) is ≈ everywhere."""
    text = said(derivation_report(subject("exp(w)", {"w": Fraction(1, 3)}, ("w",)), Style()))
    assert "≈ 1.39561" in text
    assert "= 1.39561" not in text


def test_readings_and_definitions_are_echoed():
    text = said(derivation_report(subject("f(z)=1/2z; k=w*x; f(k)", {"w": 1, "x": 1}, ("w",)), Style()))
    assert "with  k = w·x" in text
    assert "f(z) = " in text
    assert "read 1/2z as " in text


@pytest.mark.parametrize("reason", ["given", "all", "parameters", "nothing_else"])
def test_the_reason_for_the_variables_is_said(reason):
    report = derivation_report(replace(main_subject(), wrt_reason=reason), Style())
    assert "Differentiated with respect to" in said(report)
    assert any(getattr(getattr(b, "content", None), "key", "") == f"wrt_{reason}" for b in report)


def test_two_losses_stand_side_by_side():
    """The table names where the sharp one has no derivative and says that it is convex all the same."""
    points = tuple((x / 10, x * x / 100) for x in range(-20, 21))
    smooth = agreeing(subject("(y-yhat)^2", {"y": 4, "yhat": 4}, ("yhat",)))
    error = subject("y-yhat", {"y": 4, "yhat": 4}, ("yhat",)).expression
    traits = (
        Trait(Text("MSE"), (), "bowl", "grows", True, points),
        Trait(Text("MAE"), (error,), "point", "constant", True, tuple((x, abs(x)) for x, _ in points)),
    )
    text = said(comparison_report(smooth, kink(), Style(), traits))
    assert "y - ŷ = 0" in text
    assert "smooth bowl" in text
    assert "sharp point" in text
    assert "MAE is convex." in text
    assert "● MSE   ○ MAE" in text


def test_a_step_without_a_name_has_a_formula_unless_it_is_long():
    graph = main_subject().explanation.derivation.graph
    output = graph.output
    assert unicode(step_formula(graph, output, {}) or name("none")) == "(y - (w·x + b))²"
    chain = subject("; ".join(["e0=w", *(f"e{k + 1}=sin(e{k})*w" for k in range(50))]), {"w": 1}, ("w",))
    assert step_formula(chain.explanation.derivation.graph, chain.explanation.derivation.output, {}) is None


def test_blocks_hold_formulas_as_expressions():
    """No formula of the derivation is a text: all are expressions, phrases or figures."""
    for section in sections(derivation_report(main_subject(), Style()))[:3]:
        for cell in cells(section.blocks[0]):
            assert isinstance(cell.content, (Math, Chain, Phrase))
