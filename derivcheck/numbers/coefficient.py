"""Exactly known real numbers: a rational, a ball that stands for one real number, or a ball with its formula."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from flint import arb

from derivcheck.budget import Deadline, Worker, WorkerFailedError
from derivcheck.errors import OutOfTimeError
from derivcheck.numbers.kernel import PrecisionError, UndecidedError
from derivcheck.numbers.precision import rational_ball

LARGEST_ZERO_TEST = 48
"""The number of operations in a formula up to which SymPy is asked whether it is 0."""

_ZERO_TEST_SECONDS = 20.0
_PROVER = Worker()

LARGEST_FORMULA = 256
"""The number of operations up to which a formula is carried: terms that cancel do so without being asked."""


@dataclass(frozen=True, slots=True)
class Symbolic:
    """A real number by a ball that holds it and by its SymPy formula, None where that grew too large."""

    ball: arb
    formula: Any = field(compare=False)
    size: int = 1

    def sign(self) -> int:
        """The sign: by the ball, else by SymPy's proof that the number is 0.

        Raises:
            UndecidedError: the ball holds 0 and SymPy gives no proof that the number is 0.
        """
        if not self.ball.contains(0):
            return 1 if self.ball > 0 else -1
        asked = self.formula is not None and self.size <= LARGEST_ZERO_TEST and bool(abs(self.ball) < 1)
        if asked and _is_zero(self.formula):
            return 0
        raise UndecidedError("whether a constant is 0 could not be told at any precision, nor proved by SymPy")


Coefficient: TypeAlias = Fraction | arb | Symbolic
"""A real number known exactly (``Fraction``) or by a ball around it."""


def _is_zero(formula: Any) -> bool:
    """Whether SymPy proves it in time; a worker that ended for another reason is asked once more."""
    for _ in range(2):
        try:
            return _proved_zero(formula)
        except OutOfTimeError:
            return False
        except WorkerFailedError:
            continue
    return False


@lru_cache(maxsize=256)
def _proved_zero(formula: Any) -> bool:
    """What SymPy says, asked in a process of its own, since no loop of ours can bound SymPy; failures are not kept."""
    deadline = Deadline(_ZERO_TEST_SECONDS)
    return bool(
        _PROVER.submit("derivcheck.numbers.coefficient:equals_zero", formula, deadline=deadline).result(deadline)
    )


def equals_zero(formula: Any) -> bool:
    """Whether SymPy says so of a number of size below 1, or of its tangent; runs in the worker."""
    import sympy

    if formula.equals(0) is True:
        return True
    angles = formula.has(sympy.atan) and not formula.has(sympy.Float)
    return bool(angles and sympy.tan(sympy.expand(formula)).expand(trig=True).equals(0) is True)


def sign(value: Coefficient) -> int:
    """-1, 0 or 1.

    Raises:
        PrecisionError: a ball holds 0 and is not exactly 0.
        UndecidedError: the same of a number with a formula that SymPy cannot prove to be 0.
    """
    if type(value) is Fraction:
        return (value > 0) - (value < 0)
    return value.sign() if isinstance(value, Symbolic) else _ball_sign(value)


def _ball_sign(value: arb) -> int:
    if value > 0:
        return 1
    if value < 0:
        return -1
    if value.is_zero():
        return 0
    raise PrecisionError("the sign of a number that is 0 to working precision")


def to_ball(value: Coefficient) -> arb:
    """A ball around the number, at the precision in force."""
    if type(value) is Fraction:
        return rational_ball(value)
    return value.ball if isinstance(value, Symbolic) else value
