"""The decision: are two SymPy expressions of real variables the same function?"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from enum import Enum
from typing import TYPE_CHECKING

from derivcheck.normal.angles import RefineAngleError
from derivcheck.normal.field import CannotProveError, NoSlotError
from derivcheck.normal.translate import Translator

if TYPE_CHECKING:
    from sympy import Basic

MAX_NODES = 20_000
MAX_DEPTH = 300
MAX_RESTARTS = 8
SIZES = (16, 32, 64)


class Outcome(Enum):
    """What a proof by normal form found."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def prove_equal(
    a: Basic,
    b: Basic,
    assumptions: Collection[Basic] | None = None,
    deadline: Callable[[], None] | None = None,
) -> Outcome:
    """Decide whether two expressions are the same function of their real variables.

    Both are put in a rational normal form over kernels (see the package); EQUAL means that the numerator of a − b
    is the zero polynomial modulo relations that hold wherever both are real and defined. DIFFERENT is answered only
    where the kernels are algebraically independent (symbols, and exponentials, sines and cosines of polynomials in
    symbols without a constant term: Ax's theorem), so that a non-zero numerator is a non-zero function.

    Args:
        a: a SymPy expression; all its symbols are taken to be real.
        b: another one.
        assumptions: expressions that are known to be positive.
        deadline: called in loops; raises to stop, and what it raises goes through.

    Returns:
        EQUAL (proved), DIFFERENT (proved), or UNKNOWN: not decided, a limit met (20,000 nodes with shared subtrees
        counted as a tree, depth 300, and the limits of :mod:`derivcheck.normal.field`), or out of reach.
    """
    stop = deadline or no_deadline
    positive = list(assumptions or ())
    if not all(within_limits(expression, stop) for expression in (a, b, *positive)):
        return Outcome.UNKNOWN
    for real_domain in (True, False):
        try:
            outcome = attempt(a, b, positive, stop, real_domain=real_domain)
        except CannotProveError:
            continue
        if outcome is not Outcome.UNKNOWN:
            return outcome
    return Outcome.UNKNOWN


def no_deadline() -> None:
    """Let the work go on."""


def attempt(a: Basic, b: Basic, positive: list[Basic], stop: Callable[[], None], *, real_domain: bool) -> Outcome:
    """One reading; started again where an angle must be divided further or more generators are needed."""
    denominators: dict[int, int] = {}
    sizes: Iterator[int] = iter(SIZES)
    size = next(sizes)
    for _ in range(MAX_RESTARTS):
        translator = Translator(size, denominators, stop, real_domain=real_domain)
        try:
            return compare(translator, a, b, positive)
        except RefineAngleError as refine:
            denominators[refine.index] = math.lcm(denominators.get(refine.index, 1), refine.denominator)
        except NoSlotError:
            larger = next(sizes, None)
            if larger is None:
                return Outcome.UNKNOWN
            size = larger
    return Outcome.UNKNOWN


def compare(translator: Translator, a: Basic, b: Basic, positive: list[Basic]) -> Outcome:
    """Translate both and compare; once more where facts about signs came after powers that could have used them."""
    for expression in positive:
        content, factors = translator.powers.factors(translator.translate(expression))
        translator.signs.assume(-1 if content < 0 else 1, [f for f, e in factors if e % 2])
    for _ in range(2):
        news = translator.signs.news
        left, right = translator.translate(a), translator.translate(b)
        if translator.base.equal(left, right):
            return Outcome.EQUAL
        if translator.signs.news == news or not translator.signs.wanted:
            break
        translator.memo.clear()
    return Outcome.DIFFERENT if translator.base.canonical else Outcome.UNKNOWN


def within_limits(root: Basic, stop: Callable[[], None]) -> bool:
    """Whether an expression is small and shallow enough, by a loop that counts shared subtrees each time they occur."""
    nodes, stack = 0, [(root, 1)]
    while stack:
        node, depth = stack.pop()
        nodes += 1
        if nodes > MAX_NODES or depth > MAX_DEPTH:
            return False
        if nodes % 1_000 == 0:
            stop()
        stack.extend((argument, depth + 1) for argument in node.args)
    return True
