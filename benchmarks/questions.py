"""Questions about gradients with their true answers, read from ``tests/cases``, and what derivcheck answers.

A question: an expression, a point, a claimed derivative for one or more variables. Is the claim right?
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derivcheck import Verdict, analyze

CASES = Path(__file__).parents[1] / "tests" / "cases"
RIGHT, WRONG, NO_DERIVATIVE, UNDECIDED = "right", "wrong", "no_derivative", "undecided"
_ANSWERS = {
    Verdict.VERIFIED: RIGHT,
    Verdict.CONSISTENT: RIGHT,
    Verdict.CONDITIONAL: WRONG,
    Verdict.REFUTED: WRONG,
    Verdict.UNDECIDED: UNDECIDED,
    Verdict.NOT_DIFFERENTIABLE: UNDECIDED,  # not where the gradient exists
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        name: its name in the case file.
        expression: the function, as text.
        at: the exact point.
        claims: the claimed derivatives by variable: formulas, or numbers, which are about the point alone.
        truth: RIGHT (the gradient exists at the point, and every claim is right), WRONG or NO_DERIVATIVE.
        here: the truth for one who looks at the values at the point alone.
    """

    name: str
    expression: str
    at: Mapping[str, str]
    claims: Mapping[str, str]
    truth: str
    here: str


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
    return Question(case["id"], case["expression"], case["point"], claims, answer, answer)


def derivchecks_answer(question: Question) -> str:
    """What derivcheck says of the claims: whether the gradient exists, then the worst that is found of any claim."""
    result = analyze(question.expression, at=question.at, wrt=list(question.claims), claims=question.claims, oracles=())
    if result.differentiable is not True:
        return UNDECIDED if result.differentiable is None else NO_DERIVATIVE
    found = {_ANSWERS[result.claims[name].verdict] for name in question.claims}
    return next(answer for answer in (WRONG, UNDECIDED, RIGHT) if answer in found)


def value_of(claim: str, question: Question) -> Any:
    """The certified value of a claim at the point; None where it has none."""
    names = list(question.at)
    every = f"({claim}) + 0*({' + '.join(names)})"
    return analyze(every, at=question.at, wrt=names[0], oracles=()).value
