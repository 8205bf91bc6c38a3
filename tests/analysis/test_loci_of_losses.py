"""Where no derivative exists: the public result, JSON, and the section of the report."""

import json

import pytest

from derivcheck import analyze
from derivcheck.verdict import Existence


def section(text, language="en", **options):
    lines = analyze(text, oracles=(), **options).to_text(language=language).splitlines()
    heading = {"en": "Where no derivative exists", "ko": "미분할 수 없는 곳"}[language]
    rest = lines[lines.index(heading) + 1 :]
    return rest[: rest.index("")]


def test_the_public_loci_are_texts_that_read_back():
    """For the absolute error: a line, for w only where x is not 0, with its slopes."""
    (locus,) = analyze("|y-(w*x+b)|", oracles=()).loci["w"]
    assert (locus.equation, locus.conditions, locus.kind) == ("y = w*x + b", ("x != 0",), Existence.KINK)
    assert (locus.left, locus.right, locus.subdifferential) == ("-abs(x)", "abs(x)", ("-abs(x)", "abs(x)"))
    assert (locus.solved, locus.certainty) == ("w = (y - b)/x", "PROVED")


def test_every_spelling_of_a_name_finds_its_loci():
    """The keys of the loci are names like those of the gradient."""
    assert analyze("|y-ŷ|", wrt="ŷ", oracles=()).loci["yhat"] == analyze("|y-ŷ|", wrt="ŷ", oracles=()).loci["ŷ"]


def test_json_has_the_loci():
    """The same facts, infinities and enumerations as strings."""
    found = json.loads(analyze("log(p) + floor(p)", oracles=()).to_json())["loci"]
    assert found["reason"] is None
    assert {(x["equation"], x["kind"], x["no_value"], x["integer"]) for x in found["by_variable"]["p"]} >= {
        ("p = 0", "OUT_OF_DOMAIN", "p <= 0", None)
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(y-(w*x+b))^2", ["   nowhere: L is smooth in w, b for all values"]),
        ("x*abs(x)", ["   nowhere: L has a derivative in x for all values"]),
        ("|y-(w*x+b)|", ["   y = w·x + b:  a kink, in w where x ≠ 0, in b"]),
        ("-log(p)", ["   nowhere in the domain of L", "   L has no value where p ≤ 0"]),
        ("floor(x)", ["   x = k (k any integer):  the value jumps, in x"]),
        ("sqrt(x)", ["   x = 0:  end of the domain, in x", "   L has no value where x < 0"]),
        ("log(w*x)", ["   nowhere in the domain of L", "   the domain of L ends on parts of x = 0 or w = 0"]),
        ("w*floor(w)", ["   w = k (k any integer):  the value jumps, in w where k ≠ 0", "   w = 0:  a kink, in w"]),
        ("sqrt(v^2+w^2)", ["   v = 0 and w = 0:  a kink, in v, in w"]),
    ],
)
def test_the_report_of_every_loss_has_the_section(text, said):
    """A few lines: each set with its kind and the variables that it concerns, or that there is none."""
    assert section(text) == said


def test_korean_says_the_same():
    """The same facts in Korean."""
    assert section("|y-(w*x+b)|", "ko") == ["   y = w·x + b:  꺾인 점, w에 대해 (x ≠ 0일 때), b에 대해"]


def test_many_sets_are_counted_not_shown():
    """A report stays short; the option shows all."""
    lines = section("|w-1|+|w-2|+|w-3|+|w-4|+|w-5|+|w-6|+|w-7|")
    assert len(lines) == 5
    assert lines[-1] == "   … 3 more sets; --loci shows all"


def test_all_places_are_shown_with_slopes_where_asked():
    """The command line's option: the equation for each variable, slopes, subgradients, and why."""
    from click.testing import CliRunner

    from derivcheck.cli.main import command

    result = CliRunner().invoke(command, ["|y-(w*x+b)|", "--loci", "--no-autograd"])
    written = " ".join(result.output.split())
    assert "in w: y = w·x + b, that is w = (y - b)/x; only where x ≠ 0" in written
    assert "left slope -|x|, right slope |x|; subgradients [-|x|, |x|]" in written
    assert "L has a corner where the error y - (w·x + b) is 0" in written
