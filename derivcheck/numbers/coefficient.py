"""Exactly known real numbers: a rational, a ball that stands for one real number, or a ball with its formula."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import inf, lcm
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
_LIMIT: ContextVar[Deadline | None] = ContextVar("the time limit of the question that is being decided", default=None)
_LARGEST_ANGLE = 64
"""How many arctangents, each counted with its factor, are multiplied as complex numbers."""

LARGEST_FORMULA = 256
"""The number of operations up to which a formula is carried: terms that cancel do so without being asked."""


@dataclass(slots=True, eq=False)
class Symbolic:
    """A real number by a ball that holds it and by its SymPy formula, None where that grew too large.

    The number never changes, but once it is proved to be 0, ball and formula say so: what is computed from it need not
    be proved again.
    """

    ball: arb
    formula: Any
    size: int = 1

    def sign(self) -> int:
        """The sign: by the ball, else by SymPy's proof that the number is 0.

        Raises:
            UndecidedError: the ball holds 0 and SymPy gives no proof that the number is 0.
        """
        if not self.ball.contains(0):
            return 1 if self.ball > 0 else -1
        asked = self.formula is not None and self.size <= LARGEST_ZERO_TEST and bool(abs(self.ball) < 1)
        if self.ball.is_zero():
            return 0
        if asked and _is_zero(self.formula):
            self.ball, self.formula, self.size = arb(0), 0 * self.formula, 1
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
    limit = _LIMIT.get()
    deadline = Deadline(min(_ZERO_TEST_SECONDS, inf if limit is None else limit.remaining()))
    return bool(
        _PROVER.submit("derivcheck.numbers.coefficient:equals_zero", formula, deadline=deadline).result(deadline)
    )


def equals_zero(formula: Any) -> bool:
    """Whether SymPy says so of a number of size below 1, or of its tangent; runs in the worker."""
    import sympy

    _, primitive = formula.as_content_primitive()
    if primitive.equals(0) is True:
        return True
    angles = primitive.has(sympy.atan) and not primitive.has(sympy.Float)
    if not angles:
        return False
    sum_of_angles = sympy.expand(primitive)
    return _is_angle_zero(sum_of_angles) or sympy.tan(sum_of_angles).expand(trig=True).equals(0) is True


def _is_angle_zero(formula: Any) -> bool:
    """Whether Σ c·arctan(a) + r·π is 0: the angle of Π (1 + i·a)^(n·c)·e^(iπ·n·r), all exponents whole and n·|sum| < 1.

    The product is then real, and a real number has no angle between -1 and 1 but 0.
    """
    import sympy

    summands = [s.as_coeff_Mul() for s in sympy.Add.make_args(formula)]
    if not all(c.is_Rational and (isinstance(a, sympy.atan) or a == sympy.pi) for c, a in summands):
        return False
    common = lcm(*[int(c.q) for c, _ in summands])
    whole = [(int(c * common), a.args[0]) for c, a in summands if a != sympy.pi]
    if sum(abs(n) for n, _ in whole) > _LARGEST_ANGLE or not abs(formula.evalf(30)) * common < 1:
        return False
    product = sympy.Integer(1)
    for n, a in whole:
        factor = 1 + sympy.I * a if n > 0 else 1 - sympy.I * a
        for _ in range(abs(n)):
            product = sympy.expand(product * factor)
    return bool(sympy.im(product).equals(0) is True)


@contextmanager
def within(deadline: object) -> Iterator[None]:
    """A block in which no proof that a number is 0 is waited for beyond a time limit, if that is one."""
    token = _LIMIT.set(deadline if isinstance(deadline, Deadline) else _LIMIT.get())
    try:
        yield
    finally:
        _LIMIT.reset(token)


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
