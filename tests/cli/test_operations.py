"""``derivcheck ops``: the list of all operations, and the page of every one."""

import json
from collections.abc import Callable

import pytest

from derivcheck.analysis.catalogue import operation_families
from derivcheck.language.parser import parse
from derivcheck.ops.losses import CATALOGUE
from derivcheck.source import Source

Run = Callable[..., tuple[int, str, str]]
LISTED = [(family, line.name) for family, lines in operation_families().items() for line in lines]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_list_holds_every_operation_in_80_columns(run: Run, language: str) -> None:
    """Every family has a heading, every operation a line, and no line is wider than 80 columns."""
    code, out, _ = run("ops", "--lang", language)
    assert code == 0
    assert all(len(line) <= 80 for line in out.splitlines())
    assert {name for _, name in LISTED} <= set(out.split())


def test_the_page_of_huber_shows_pieces_and_derivatives(run: Run) -> None:
    """Formula, options with defaults, derivative, three smooth parts, no kink, the name in PyTorch."""
    code, out, _ = run("ops", "huber")
    assert code == 0
    words = " ".join(out.split())
    for shown in (
        "L = mean(where(|u| ≤ 1, u²/2, |u| - 0.5))",
        "delta 1 a number > 0",
        "reduction mean mean, sum or none",
        "|ŷ - y| < 1 (ŷ - y)²/2 ŷ - y",
        "|ŷ - y| > 1 and ŷ - y < 0 -(ŷ - y) - 1/2 -1",
        "in ŷ: nowhere",
        "torch.nn.functional.huber_loss",
    ):
        assert shown in words, shown


def test_kinks_are_found_from_the_expression(run: Run) -> None:
    """The mean absolute error has a kink where the error is 0, with the slopes -1 and 1."""
    found = json.loads(run("ops", "mae", "--json")[1])
    (locus,) = found["loci"]["by_variable"]["yhat"]
    assert (locus["equation"], locus["left"], locus["right"]) == ("yhat = y", "-1", "1")
    assert found["name"] == "l1_loss"
    assert [p["derivative"]["yhat"] for p in found["parts"]] == ["1", "-1"]


@pytest.mark.parametrize(("family", "name"), LISTED, ids=lambda x: x)
def test_every_page_is_shown_and_its_formulas_are_read_back(run: Run, family: str, name: str) -> None:
    """Every operation has a page; as JSON its formulas are in our own syntax."""
    code, out, err = run("ops", name, "--json")
    assert code == 0, err
    page = json.loads(out)
    assert family == page["family"] or page["name"] == name
    known = {"a", "b", "x", "c", *(o["name"] for o in page["operands"]), *page["definitions"]}
    known |= {o.name for e in CATALOGUE.values() if e.name == page["name"] for o in e.operands}
    texts = [t for t in (page["formula"], *page["definitions"].values()) if t]
    for part in page["parts"] or ():
        texts += [part["formula"], *part["derivative"].values()]
        texts += [f"where({c}, 1, 0)" for c in part["conditions"]]
    for text in texts:
        parse(Source(text), known=known)


def test_every_loss_that_is_one_by_elements_has_its_derivative_and_loci() -> None:
    """What is taken element by element is derived, and the places without derivative are searched."""
    from derivcheck.analysis.catalogue import operation_page

    for entry in CATALOGUE.values():
        if not any(o.shape for o in entry.operands):
            page = operation_page(entry.name)
            assert page.subject is not None, entry.name
            assert page.loci is not None, entry.name


def test_an_unknown_name_gives_those_that_look_like_it(run: Run) -> None:
    """A misspelt name is an unusable input, with suggestions on standard error."""
    code, out, err = run("ops", "hubr")
    assert (code, out) == (2, "")
    assert "huber" in err
    assert run("ops", "huber", "mse")[0] == 2
    assert run("ops", "--nonsense")[0] == 2


def test_the_command_wins_over_a_variable_of_its_name(run: Run) -> None:
    """``ops`` is the command; --expr reads it as an expression."""
    assert run("ops", "--at", "ops=2")[0] == 2
    code, out, _ = run("--expr", "ops", "--at", "ops=2", "--json", "--no-autograd")
    assert code == 0
    assert json.loads(out)["value"] == "2"


def test_the_bare_name_of_a_loss_is_its_call(run: Run) -> None:
    """``derivcheck huber`` derives the Huber loss of its own operands."""
    code, out, err = run("huber", "--at", "yhat=3,y=1", "--json", "--no-autograd")
    assert code == 0, err
    assert json.loads(out)["gradient"]["yhat"]["value"] == "1"
