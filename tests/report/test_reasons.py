"""Every reason that the number systems give has a phrase, in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import derivcheck
from derivcheck.nonsmooth import gradient, partial
from derivcheck.report.phrases import language
from derivcheck.report.reasons import domain_phrase, open_phrase, side_and_reason

FOLDER = Path(derivcheck.__file__).parent
SOURCES = [p for d in ("numbers", "nonsmooth", "ops") for p in sorted((FOLDER / d).glob("*.py"))]


def raised(tree: ast.AST, error: str) -> Iterator[tuple[ast.FunctionDef | None, ast.expr]]:
    """The message of every ``raise error(message)``, with the function it stands in."""
    waiting: list[tuple[ast.FunctionDef | None, ast.AST]] = [(None, tree)]
    while waiting:
        inside, node = waiting.pop()
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) == error:
            yield inside, node.exc.args[0]
        here = node if isinstance(node, ast.FunctionDef) else inside
        waiting += [(here, child) for child in ast.iter_child_nodes(node)]


def fillings(tree: ast.AST, function: ast.FunctionDef, parameter: str) -> list[str]:
    """What is passed for a parameter wherever the function is called in its module; a number for a local name."""
    names = [a.arg for a in function.args.args]
    if parameter not in names:
        return ["zoo"]
    place = names.index(parameter) - (names[0] == "self")
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == function.name:
            given = node.args[place]
            found += [given.value] if isinstance(given, ast.Constant) and isinstance(given.value, str) else []
    return found or ["zoo"]


def messages(error: str) -> Iterator[str]:
    """Every message that the sources can raise ``error`` with."""
    for path in SOURCES:
        tree = ast.parse(path.read_text("utf-8"))
        for function, message in raised(tree, error):
            if isinstance(message, ast.Constant):
                yield str(message.value)
            if isinstance(message, ast.JoinedStr):
                assert function is not None
                (hole,) = [v for v in message.values if isinstance(v, ast.FormattedValue)]
                for text in fillings(tree, function, ast.unparse(hole.value)):
                    yield "".join(str(v.value) if isinstance(v, ast.Constant) else text for v in message.values)


DOMAIN, UNDECIDED = sorted(set(messages("DomainError"))), sorted(set(messages("UndecidedError")))


def test_the_reasons_are_found_in_the_sources():
    assert "division by 0" in DOMAIN
    assert "log Γ of a number that is not positive" in DOMAIN
    assert "zoo is not a real number" in DOMAIN
    assert "the integer part of an oscillation" in UNDECIDED


@pytest.mark.parametrize("message", DOMAIN)
def test_why_there_is_no_real_value_is_said_in_korean(message):
    phrase = domain_phrase(message)
    assert phrase is not None
    assert not re.search(r"[A-Za-z]{2,}", language("ko").plain(phrase).replace("zoo", ""))
    assert re.search("[가-힣]", language("ko").plain(phrase))
    english = language("en").plain(phrase)
    assert english == message or english in DOMAIN


@pytest.mark.parametrize("message", [*UNDECIDED, partial.OUT_OF_TIME, gradient._SINGULAR, gradient._THIN, "timeout"])
def test_why_a_question_is_open_is_said_without_english_words_in_korean(message):
    """What has no phrase of its own is summed up; in English the technical words stay."""
    korean = language("ko").plain(open_phrase(message)).replace("zoo", "")
    assert re.search("[가-힣]", korean)
    assert not re.search(r"[A-Za-z]{3,}", korean.replace("SymPy", ""))
    assert language("en").plain(open_phrase(message))


def test_an_open_derivative_names_its_variable_and_keeps_its_own_reason():
    message = "the derivative in w_1 is undecided: the time limit passed"
    assert language("en").plain(open_phrase(message)) == "the derivative in w₁ is undecided (out of time)"
    assert "시간 초과" in language("ko").plain(open_phrase(message))


@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_the_side_is_parted_from_the_reason(side):
    where = "on both sides" if side == "both" else f"on the {side} side"
    assert side_and_reason(f"{where}: division by 0") == (f"side_{side}", "division by 0")
    assert side_and_reason("division by 0") == ("", "division by 0")
