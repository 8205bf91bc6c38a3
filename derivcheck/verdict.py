"""What can be said of a derivative or a claim, and the exit codes that follow."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """The outcome of a check; never stronger than its evidence."""

    VERIFIED = "VERIFIED"  # proved
    CONSISTENT = "CONSISTENT"  # equal within derived error bounds at every point looked at, not proved
    CONDITIONAL = "CONDITIONAL"  # holds where a stated condition holds
    REFUTED = "REFUTED"  # with a counterexample
    NOT_DIFFERENTIABLE = "NOT_DIFFERENTIABLE"  # no derivative exists at the point
    UNDECIDED = "UNDECIDED"
    UNREADABLE = "UNREADABLE"
    FOLLOWS_FROM_ERROR = "FOLLOWS_FROM_ERROR"  # right, given an earlier wrong line
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Existence(Enum):
    """What a function of one variable is like at a point."""

    SMOOTH = "SMOOTH"
    KINK = "KINK"
    JUMP = "JUMP"
    VERTICAL_TANGENT = "VERTICAL_TANGENT"
    CUSP = "CUSP"
    REMOVABLE = "REMOVABLE"
    OUT_OF_DOMAIN = "OUT_OF_DOMAIN"
    OSCILLATION = "OSCILLATION"
    C1_NOT_C2 = "C1_NOT_C2"
    DIFFERENTIABLE_NOT_C1 = "DIFFERENTIABLE_NOT_C1"


class Agreement(Enum):
    """What an autograd number is beside the certified derivative."""

    MATCH = "MATCH"  # at most 4 units in the last place away
    ROUNDING = "ROUNDING"  # within the bound derived for the dtype
    CONVENTION = "CONVENTION"  # a finite value where no derivative is unambiguous in floating point
    MISMATCH = "MISMATCH"  # outside the bound
    UNAVAILABLE = "UNAVAILABLE"  # autograd did not run


EXIT_OK, EXIT_REFUTED, EXIT_UNUSABLE, EXIT_UNDECIDED, EXIT_NO_DERIVATIVE = 0, 1, 2, 3, 4

EXIT_CODES = {
    Verdict.VERIFIED: EXIT_OK,
    Verdict.CONSISTENT: EXIT_OK,
    Verdict.NOT_APPLICABLE: EXIT_OK,
    Verdict.UNREADABLE: EXIT_OK,
    Verdict.CONDITIONAL: EXIT_UNDECIDED,
    Verdict.UNDECIDED: EXIT_UNDECIDED,
    Verdict.FOLLOWS_FROM_ERROR: EXIT_REFUTED,
    Verdict.REFUTED: EXIT_REFUTED,
    Verdict.NOT_DIFFERENTIABLE: EXIT_NO_DERIVATIVE,
}
"""The exit code of a single result."""


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """The exit code of several results: 2 before 1 before 4 before 3 before 0."""
    codes = {EXIT_CODES[v] for v in verdicts}
    return next((c for c in (EXIT_UNUSABLE, EXIT_REFUTED, EXIT_NO_DERIVATIVE, EXIT_UNDECIDED) if c in codes), EXIT_OK)
