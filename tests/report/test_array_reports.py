"""Reports of losses of arrays: the same five sections, shapes, sums explained, within every width."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from derivcheck import analyze
from derivcheck.oracles.array_evidence import (
    ArrayAgreement,
    ArrayAutograd,
    ArrayDifferences,
    ArrayEvidence,
    DirectionalFinding,
    Element,
    ElementSwitch,
)
from derivcheck.render import markdown, terminal
from derivcheck.report.arrays import gathered
from derivcheck.report.blocks import Entries, Text
from derivcheck.report.compose import check_report, derivation_report
from derivcheck.report.figures import Style
from derivcheck.report.lettered import sample_letter
from derivcheck.report.material import CheckedArrays
from derivcheck.report.phrases import LANGUAGES, language
from derivcheck.report.shape_notes import shape_note
from derivcheck.source import cells
from derivcheck.verdict import Agreement

GOLDEN = Path(__file__).parent / "golden"
LINEAR = "X=[[1,2],[3,4]],w=[0.5,-0.5],y=[1,2],b=0.1"
CASES = {
    "array_linear": ("mean((y-(X@w+b))**2)", {"at": LINEAR, "lr": "0.1"}),
    "array_softmax": ("-sum(t*log(softmax(z)))", {"at": "z=[[1,2,3],[0,1,0]],t=[[0,0,1],[1,0,0]]"}),
    "array_symbolic": ("sum((y-X@w)**2)+lam*sum(w**2)", {"shapes": "X=(n,d),w=(d),y=(n),lam=()"}),
    "array_layers": (
        "yhat = W2@tanh(W1@x + b1); sum((yhat-t)**2)",
        {"at": "x=[1,2],W1=[[1,2],[3,4],[1,0]],b1=[0,0,1],W2=[[1,0,1],[0,1,1]],t=[1,0]"},
    ),
}
PAGES = [
    (case, code, form)
    for case in CASES
    for code in LANGUAGES
    for form in (("terminal", "ascii", "markdown") if case == "array_linear" else ("terminal",))
]


@lru_cache
def checked(case):
    """A case without oracles that another machine answers differently."""
    text, options = CASES[case]
    return analyze(text, oracles=(), **options).checked


def blocks_of(found, style=None):
    """The whole report."""
    style = style or Style()
    return derivation_report(found.subject, style) + check_report(found, style)


def page(case, code, form):
    """A report as text."""
    blocks = blocks_of(checked(case))
    if form == "markdown":
        return markdown.text(blocks, language(code))
    return terminal.text(blocks, terminal.Screen(language(code), 80, form == "ascii"))


@pytest.mark.parametrize(("case", "code", "form"), PAGES)
def test_a_report_of_arrays_is_as_in_its_file(case, code, form):
    """``UPDATE_GOLDEN=1`` writes the files anew."""
    path = GOLDEN / f"{case}.{code}.{form}.{'md' if form == 'markdown' else 'txt'}"
    written = page(case, code, form)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8")


def test_arrays_have_the_five_sections_of_scalars_in_their_order():
    """There is no other report for arrays."""
    headings = [line for line in page("array_linear", "en", "terminal").splitlines() if re.match(r"\d  |Check", line)]
    assert [h[:24] for h in headings] == [
        "1  Name the pieces and c", "2  Differentiate each pi", "3  Chain rule: multiply ",
        "4  Put the original lett", "5  One gradient-descent ", "Check                   ",
    ]  # fmt: skip


def test_the_layout_and_the_sizes_are_stated_once():
    """Shapes beside values, numbers of sizes, and what the rows of X are."""
    written = page("array_linear", "en", "terminal")
    assert "X (n, d)        = [[1, 2], [3, 4]]" in written
    assert written.count("n = 2, d = 2") == 1
    assert written.count("the rows of X are samples") == 1


def test_a_sum_over_an_index_is_explained_where_it_appears():
    """The product has Σ before it, and it is said why the paths are summed."""
    written = page("array_linear", "en", "terminal")
    assert "∂L/∂wⱼ = Σᵢ ∂L/∂uᵢ" in written
    assert "wⱼ reaches L through every sample i, so the paths are summed" in written


def test_one_element_is_written_out_in_numbers():
    """Where the sum is short, its terms stand in numbers with the result."""
    assert "∂L/∂w[0] = 1.4·(-1)·1 + 2.4·(-1)·3 = -8.6" in page("array_linear", "en", "terminal")


def test_the_shapes_of_factors_stand_beside_a_matrix_form():
    """(d) = (d × n)(n)."""
    assert "(d) = (d × n)(n)" in page("array_linear", "en", "terminal")


def test_a_symbolic_report_has_no_numbers():
    """Without values every section but the step of descent is there, and no number stands for a size."""
    written = page("array_symbolic", "en", "terminal")
    assert "n = " not in written.partition("Check")[0]
    assert "∂L/∂wⱼ  = 2wⱼ·lam + Σᵢ ∂L/∂uᵢ" in written


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_of_a_report_of_arrays_is_wider_than_the_screen(case, code, width):
    """Formulas, vectors and matrices are broken or cut."""
    written = terminal.text(blocks_of(checked(case)), terminal.Screen(language(code), width))
    assert max(cells(line) for line in written.splitlines()) <= width


@pytest.mark.parametrize("case", CASES)
def test_an_ascii_report_of_arrays_is_ascii(case):
    """Signs, letters and shapes have a form in ASCII."""
    assert page(case, "en", "ascii").isascii()


@pytest.mark.parametrize("case", CASES)
def test_a_korean_report_of_arrays_has_no_english_sentences(case):
    """Words of three letters and more are names of operations, programs or variables."""
    words = set(re.findall(r"[A-Za-z]{3,}", page(case, "ko", "terminal")))
    known = {
        "keepdims",
        "True",
        "mean",
        "sum",
        "softmax",
        "log",
        "tanh",
        "diag",
        "outer",
        "axis",
        "lam",
        "PyTorch",
        "SymPy",
        "ulp",
        "shape",
    }
    assert words <= known | {"float", "pip"}


def large_evidence(switches=()):
    """Findings on a gradient of 3 elements, one of them beyond its bound."""
    values, derived = np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0])
    worst = Element((2,), 4.0, 3.0, 1e-12, Agreement.MISMATCH, 1e15)
    counts = {Agreement.MATCH: 2, Agreement.MISMATCH: 1}
    bounds = np.full(3, 1e-12)
    judged = np.array([0, 0, 3], dtype=np.int8)
    agreement = ArrayAgreement("w", (3,), values, derived, np.zeros(3), bounds, judged, counts, worst)
    differences = ArrayDifferences(
        (
            DirectionalFinding("w", None, "signs", 1.0, 1.0, 1e-6, None, 0.5, True),
            DirectionalFinding("w", (1,), "element", 1.0, 1.0, 1e-5, None, 0.5, True),
            DirectionalFinding("", None, "normal", 1.0, 1.0, 1e-7, None, 0.5, True),
        ),
        seed=7,
    )
    return ArrayEvidence(ArrayAutograd({"w": agreement}), tuple(switches), differences)


def check_page(evidence, code="en"):
    """The check section with findings made by hand."""
    found = replace(checked("array_linear"), arrays=CheckedArrays(evidence))
    return terminal.text(check_report(found, Style()), terminal.Screen(language(code), 80))


def test_every_element_is_counted_and_the_worst_is_named():
    """Counts of elements, and the element that agrees least with difference and bound."""
    written = check_page(large_evidence())
    assert "2 of 3 agree, 1 WRONG" in " ".join(written.split())
    assert "agrees least at [2]: 4.0 beside 3.0, difference 1, bound 1e-12" in " ".join(written.split())


def test_differences_say_which_directions_and_elements_were_taken():
    """Elements, directions, all variables together, the bound and the seed."""
    written = " ".join(check_page(large_evidence()).split())
    assert "error at most 1.1e-5" in written
    assert "seed 7" in written


@pytest.mark.parametrize("code", LANGUAGES)
def test_elements_on_a_switch_are_named(code):
    """Positions on a kink, on a jump, in a tie, and undecided ones."""
    step = checked("array_linear").subject.explanation.pieces[1].step
    switches = (
        ElementSwitch(step, 0, 9, ((3,),), 1),
        ElementSwitch(step, 0, 9, tuple((k,) for k in range(8)), 8, jump=True),
        ElementSwitch(step, 0, 9, ((0,),), 1, tied={(0,): ((1,), (2,))}),
        ElementSwitch(step, 0, 9, open=((5,),), undecided=1),
    )
    written = " ".join(check_page(large_evidence(switches), code).split())
    assert "u = y - ŷ" in written
    assert "i = 3" in written
    assert "i = 0, 1, 2, 3, 4, …" in written
    assert "i = 5" in written


def test_the_letter_of_samples_is_that_of_the_rows():
    """The first axis of X and of y; without a target there is none."""
    assert sample_letter(checked("array_linear").subject.explanation) == "i"
    assert sample_letter(analyze("sum(a**2)", "a=[1,2]", oracles=()).checked.subject.explanation) is None


def test_shapes_of_a_formula():
    """Products of matrices have the shapes of their factors; what is no product has its own; unknown ones none."""
    from derivcheck.language.parser import parse
    from derivcheck.source import Source

    shapes = {"X": ("n", "d"), "w": ("d",), "y": ("n",)}

    def note(text):
        return shape_note(parse(Source(text), tuple(shapes)).expression, shapes)

    assert note("2*X.T@(X@w-y)") == "(d) = (d × n)(n)"
    assert note("-X@w") == "(n) = (n × d)(d)"
    assert note("X.T@X@w") == "(d) = (d × n)(n × d)(d)"
    assert note("2*w") == "(d)"
    assert note("sum(w**2)") == ""
    assert note("mean(X, axis=0)") == ""


def test_a_large_array_is_summed_up():
    """Norm and extremes with their places; no list of numbers."""
    random = np.random.default_rng(1)
    at = {"X": random.normal(size=(200, 30)), "w": random.normal(size=30), "y": random.normal(size=200), "b": 0.5}
    found = analyze("mean((y-(X@w+b))**2)", at, oracles=(), lr="0.1").checked
    written = terminal.text(blocks_of(found), terminal.Screen(language("en"), 80))
    assert re.search(r"norm \S+, smallest -\S+ at \[\d+, \d+\], largest", written)
    assert max(cells(line) for line in written.splitlines()) <= 80
    assert len(written.splitlines()) < 80


def test_elements_of_a_counterexample_stand_as_arrays():
    """All elements of an array become the array; what is incomplete stays as single elements."""
    a, b, c, d = map(Text, "1234")
    whole = {"x": a, "X[0,0]": a, "X[0,1]": b, "X[1,0]": c, "X[1,1]": d, "w[0]": a, "v[1]": b}
    assert gathered(whole) == {
        "x": a,
        "X": Entries((Entries((a, b)), Entries((c, d)))),
        "w": Entries((a,)),
        "v[1]": b,
    }


@pytest.mark.parametrize(("code", "word"), [("en", "product of the other elements"), ("ko", "나머지 원소들의 곱")])
def test_the_product_of_the_others_is_said_in_words(code, word):
    """The gradient of a product names what its formula multiplies."""
    found = analyze("prod(x)", at="x=[1,2,3]", wrt="x", oracles=()).checked
    assert word in terminal.text(blocks_of(found), terminal.Screen(language(code), 80))


def test_elements_are_named_with_their_accents():
    """Lines on single elements write ŷ as all others do."""
    found = analyze("sum(|y-yhat|)", at="y=[1,2],yhat=[1,5]", wrt="yhat", oracles=()).checked
    shown = terminal.text(blocks_of(found), terminal.Screen(language("en"), 80))
    assert "ŷ[0]" in shown
    assert "yhat[" not in shown
