"""Questions about gradients with their true answers, read from ``tests/cases``, and what derivcheck answers.

A question: an expression, a point, a claimed derivative for one or more variables. Is the claim right?
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from derivcheck import Verdict, analyze
from derivcheck.analysis import Analysis
from derivcheck.analysis.equality_request import read_pair
from derivcheck.budget import Deadline
from derivcheck.equality.decide import decide

CASES = Path(__file__).parents[1] / "tests" / "cases"
RIGHT, WRONG, NO_DERIVATIVE, UNDECIDED = "right", "wrong", "no_derivative", "undecided"
SECONDS = 5.0
"""The time for one comparison of formulas."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        name: its name in the case file.
        expression: the function, as text.
        at: the exact point.
        claims: the claimed derivatives by variable, as formulas; each has a value at the point, or none.
        truth: RIGHT (every claim is the derivative's formula, which exists at the point), WRONG or NO_DERIVATIVE.
        here: the truth for one who looks at the values at the point alone.
        only_here: whether the claims are about the values at the point, not about formulas.
    """

    name: str
    expression: str
    at: Mapping[str, str]
    claims: Mapping[str, str]
    truth: str
    here: str
    only_here: bool = False


def read_questions() -> list[Question]:
    """The questions of the case file of gradients."""
    return [
        Question(c["id"], c["expression"], c["at"], c["claims"], c["truth"], c.get("here", c["truth"]))
        for c in _read_cases("gradients.jsonl")
    ]


def read_point_questions() -> list[Question]:
    """A question for every point of the case file of existence: is the gradient there the claimed number?

    Where a derivative exists it is claimed; elsewhere the middle of the one-sided slopes is, or 0, which is what
    checkers that difference to both sides and programs that follow a convention tend to find.
    """
    return [_point_question(case) for case in _read_cases("nonsmooth.jsonl")]


def _read_cases(name: str) -> list[dict[str, Any]]:
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _point_question(case: Mapping[str, Any]) -> Question:
    truth, first = case["truth"], case["wrt"][0]
    finite = not {truth["left"], truth["right"]} & {None, "inf", "-inf"}
    claims = {first: f"(({truth['left']}) + ({truth['right']}))/2" if finite else "0"}
    exists = truth["exists"]
    if "gradient" in truth and exists:  # the other partial derivatives are claimed as they are, if they are rational
        gradient = analyze(case["expression"], at=case["point"], wrt=case["wrt"], oracles=()).gradient
        others = {n: getattr(gradient[n].value, "exact", None) for n in case["wrt"][1:]}
        if None not in others.values() or not truth["gradient"]:
            claims |= {n: str(v or 0) for n, v in others.items()}
            exists = truth["gradient"]
    answer = RIGHT if exists else NO_DERIVATIVE
    return Question(case["id"], case["expression"], case["point"], claims, answer, answer, only_here=True)


def derivchecks_answer(question: Question) -> str:
    """What derivcheck says of the claims: the worst that is found of any of them."""
    result = analyze(question.expression, at=question.at, wrt=list(question.claims), oracles=())
    if result.differentiable is not True:
        return UNDECIDED if result.differentiable is None else NO_DERIVATIVE
    found = {_judged(question, name, claim, result) for name, claim in question.claims.items()}
    return next(answer for answer in (WRONG, UNDECIDED, RIGHT) if answer in found)


def _judged(question: Question, name: str, claim: str, result: Analysis) -> str:
    """One claim: its value at the point beside the derivative's, and the formulas beside each other."""
    here = value_of(claim, question)
    if here is None or apart(here, result.gradient[name].value):
        return WRONG
    if question.only_here:
        return RIGHT
    pair = replace(read_pair(result.gradient[name].formula, claim), edges=False)
    verdict = decide(pair, Deadline(SECONDS)).verdict
    if verdict in {Verdict.REFUTED, Verdict.CONDITIONAL}:
        return WRONG
    return RIGHT if verdict in {Verdict.VERIFIED, Verdict.CONSISTENT} else UNDECIDED


def value_of(claim: str, question: Question) -> Any:
    """The certified value of a claim at the point; None where it has none."""
    names = list(question.at)
    every = f"({claim}) + 0*({' + '.join(names)})"
    return analyze(every, at=question.at, wrt=names[0], oracles=()).value


def apart(a: Any, b: Any) -> bool:
    """Whether two certified numbers have no number in common."""
    from flint import arb, fmpq

    exact = [n.exact for n in (a, b)]
    if None not in exact:
        return bool(exact[0] != exact[1])
    balls = [n.ball if n.ball is not None else arb(fmpq(n.exact.numerator, n.exact.denominator)) for n in (a, b)]
    return not balls[0].overlaps(balls[1])
