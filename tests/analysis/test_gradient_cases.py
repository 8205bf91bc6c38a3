"""The published case file of gradients: every question must be answered right."""

import pytest

from benchmarks.questions import NO_DERIVATIVE, RIGHT, WRONG, derivchecks_answer, read_questions

QUESTIONS = read_questions()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_every_gradient_is_judged_right(question) -> None:
    """Right ones, wrong ones and points without a derivative are told apart; nothing is left undecided."""
    assert derivchecks_answer(question) == question.truth


def test_the_case_file_holds_every_kind_of_truth() -> None:
    """Names are unique, all three truths occur often, and one at the point alone differs only for wrong formulas."""
    assert len({q.name for q in QUESTIONS}) == len(QUESTIONS) >= 120
    assert all(sum(q.truth == t for q in QUESTIONS) >= 30 for t in (RIGHT, WRONG, NO_DERIVATIVE))
    assert all((q.truth, q.here) == (WRONG, RIGHT) for q in QUESTIONS if q.here != q.truth)
