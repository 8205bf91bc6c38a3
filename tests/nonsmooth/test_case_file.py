"""The case file: what is true was found by reasoning, and every answer of the package must be that."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from math import inf
from pathlib import Path

import pytest
from flint import arb
from nonsmooth_cases import graph_of

from derivcheck import analyze
from derivcheck.interpret import interpret
from derivcheck.numbers.exact import Exact
from derivcheck.verdict import Existence

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "cases" / "nonsmooth.jsonl").read_text(encoding="utf-8").splitlines()
]
LEAST_CASES, LEAST_OF_A_KIND = 180, 10
NARROW = 1e-25
EXACT = Exact(4096)


@cache
def number(text):
    """A number of the case file: None, an infinity, or the exact value or ball of a constant expression."""
    if text is None or text in ("inf", "-inf"):
        return None if text is None else float(text)
    graph = graph_of(text)
    return interpret(graph, EXACT, {}, wanted=[graph.output])[graph.output]


def same(found, text):
    """Whether a public number is the one of the case file, irrational ones to 25 digits."""
    expected = number(text)
    if expected is None or expected in (inf, -inf):
        return found is expected or found == expected
    if getattr(found, "exact", None) is not None and not isinstance(expected, arb):
        return found.exact == expected
    ball = getattr(found, "ball", None)
    if ball is None:
        ball = EXACT.to_ball(found.exact) if getattr(found, "exact", None) is not None else arb("nan")
    wanted = EXACT.to_ball(expected)
    return bool(ball.overlaps(wanted) and ball.rad() <= NARROW * (abs(wanted) if wanted != 0 else 1))


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_the_answer_is_the_truth(case):
    """Existence, kind, one-sided derivatives, Clarke interval and gradient are those of the case file."""
    truth, wrt = case["truth"], case["wrt"]
    result = analyze(case["expression"], at=case["point"], wrt=wrt, oracles=())
    partial = result.gradient[wrt[0]]
    assert (partial.exists, partial.kind) == (truth["exists"], Existence[truth["kind"]])
    assert same(partial.left, truth["left"]), partial.left
    assert same(partial.right, truth["right"]), partial.right
    if "clarke" in truth:
        assert partial.clarke is not None
        assert all(same(f, t) for f, t in zip(partial.clarke, truth["clarke"], strict=True)), partial.clarke
    elif truth["kind"] != "DIFFERENTIABLE_NOT_C1":
        assert partial.clarke is None
    if truth["exists"]:
        assert same(partial.value, truth["left"]), partial.value
    else:
        assert partial.value is None
    if "gradient" in truth or len(wrt) == 1:
        assert result.differentiable is truth.get("gradient", truth["exists"])
    if "value" in truth:
        assert same(result.value, truth["value"])


def test_no_case_stands_twice():
    """Identifiers are unique, and so are questions."""
    questions = Counter((c["expression"], tuple(sorted(c["point"].items())), tuple(c["wrt"])) for c in CASES)
    assert len({c["id"] for c in CASES}) == len(CASES) == len(questions) >= LEAST_CASES


def test_every_kind_has_cases_and_every_case_its_reasoning():
    """No kind of point is left out, and no truth stands without its source."""
    kinds = Counter(c["truth"]["kind"] for c in CASES)
    assert set(kinds) == {k.name for k in Existence}
    assert min(kinds.values()) >= LEAST_OF_A_KIND
    assert all(c["source"] and set(c["wrt"]) <= set(c["point"]) for c in CASES)
