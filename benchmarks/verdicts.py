"""The same hard questions asked of derivcheck and of other gradient checkers.

``python -m benchmarks.verdicts`` asks every question of ``tests/cases``: is this gradient right here?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.measurement import Table, options, report, timed
from benchmarks.peers import Claimed, accepts, installed
from benchmarks.questions import RIGHT, UNDECIDED, Question, derivchecks_answer, read_point_questions, read_questions

COLUMNS = ("right", "false alarms", "false passes", "undecided")
OURS = "derivcheck"


@dataclass(frozen=True, slots=True)
class Answer:
    """One checker's answer to one question.

    Attributes:
        outcome: one of the columns.
        said: its words.
        seconds: the time it took.
    """

    outcome: str
    said: str
    seconds: float


def own_answer(question: Question) -> Answer:
    """Derivcheck's answer; it must tell wrong claims from points without a derivative."""
    seconds, said = timed(lambda: derivchecks_answer(question))
    if said == UNDECIDED:
        return Answer("undecided", said, seconds)
    if said == question.truth:
        return Answer("right", said, seconds)
    return Answer("false passes" if said == RIGHT else "false alarms", said, seconds)


def peer_answer(accepted: bool | None, question: Question, seconds: float) -> Answer:
    """Another checker's answer: it is asked about the values at the point only, and to accept or to reject."""
    if accepted is None:
        return Answer("undecided", "broke off", seconds)
    said = "accepted" if accepted else "rejected"
    if accepted == (question.here == RIGHT):
        return Answer("right", said, seconds)
    return Answer("false passes" if accepted else "false alarms", said, seconds)


def ask(questions: Sequence[Question]) -> dict[str, list[Answer]]:
    """The answers of every checker to every question."""
    peers = installed()
    answers: dict[str, list[Answer]] = {OURS: [], **{name: [] for name in peers}}
    for question in questions:
        answers[OURS].append(own_answer(question))
        claimed = Claimed(question)
        for name, peer in peers.items():
            seconds, accepted = timed(lambda peer=peer, claimed=claimed: accepts(peer, claimed))  # type: ignore[misc]
            answers[name].append(peer_answer(accepted, question, seconds))
    return answers


def failures(questions: Iterable[Question], answers: Iterable[Answer]) -> list[str]:
    """Every question that was not answered right, in full."""
    return [
        f"{q.name}: {q.expression} at {dict(q.at)}, claimed {dict(q.claims)}: {a.said}, but the truth is {q.truth}"
        for q, a in zip(questions, answers, strict=True)
        if a.outcome != "right"
    ]


def measure(*, quick: bool = False) -> list[Table]:
    """The score of every checker, on every question; a quarter of them for a short run."""
    tables = []
    for title, questions in (("gradients", read_questions()), ("points", read_point_questions())):
        asked = questions[::4] if quick else questions
        answers = ask(asked)
        rows = [_row(name, found) for name, found in answers.items()]
        wrong = failures(asked, answers[OURS])
        notes = (_NOTE, *(f"not right: {line}" for line in wrong))
        header = ("checker", *COLUMNS, "ms, median")
        tables.append(Table(f"Verdicts: {len(asked)} {title}", header, tuple(rows), notes, met=not wrong))
    return tables


_NOTE = (
    "A false alarm rejects a right gradient, a false pass accepts a wrong one or one that does not exist. The others "
    "are asked about the value at the point only; derivcheck about the formula too, and why it is not right."
)


def _row(name: str, answers: Sequence[Answer]) -> tuple[Any, ...]:
    counts = Counter(a.outcome for a in answers)
    return (name, *(counts[c] for c in COLUMNS), median(a.seconds for a in answers) * 1e3)


if __name__ == "__main__":
    arguments = options(__doc__).parse_args()
    report(measure(quick=arguments.quick), arguments)
