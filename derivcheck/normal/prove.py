"""The decision: are two SymPy expressions of real variables the same function?"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from derivcheck.normal.angles import RefineAngleError
from derivcheck.normal.field import CannotProveError, EmptyDomainError, NoSlotError, NowhereError, RefineExponentError
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
    NOWHERE = "nowhere"


def prove_equal(
    a: Basic,
    b: Basic,
    assumptions: Collection[Basic] | None = None,
    deadline: Callable[[], None] | None = None,
    defined: Collection[Basic] = (),
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
        defined: further expressions that are real and defined wherever the two are compared.

    Returns:
        EQUAL (proved), DIFFERENT (proved), NOWHERE (under the assumptions there is no point at which all is real), or
        UNKNOWN: not decided, a limit met (20,000 nodes with shared subtrees
        counted as a tree, depth 300, and the limits of :mod:`derivcheck.normal.field`), or out of reach.
    """
    stop = deadline or no_deadline
    premises = Premises(tuple(assumptions or ()), tuple(defined))
    if not all(within_limits(e, stop) for e in (a, b, *premises.positive, *premises.defined)):
        return Outcome.UNKNOWN
    otherwise = Outcome.UNKNOWN
    for real_domain in (True, False):
        try:
            outcome, _ = attempt(a, b, premises, stop, real_domain=real_domain)
        except NowhereError:
            otherwise = Outcome.NOWHERE
        except CannotProveError:
            continue
        else:
            if outcome is not Outcome.UNKNOWN:
                return outcome
    return otherwise


def no_deadline() -> None:
    """Let the work go on."""


def deciding_signs(a: Basic, b: Basic, assumptions: Collection[Basic] = ()) -> list[Basic]:
    """Polynomials in symbols on whose unknown signs it depends, as far as is seen, whether a and b are equal."""
    premises = Premises(tuple(assumptions))
    if not all(within_limits(e, no_deadline) for e in (a, b, *premises.positive)):
        return []
    try:
        outcome, translator = attempt(a, b, premises, no_deadline, real_domain=True)
        if outcome is not Outcome.UNKNOWN or translator is None:
            return []
        left, right = translator.translate(a), translator.translate(b)
        used = translator.base.used(translator.base.difference(left, right))
    except (CannotProveError, RefineAngleError, RefineExponentError):
        return []
    known = translator.signs.polynomials
    written = [translator.written(known[s]) for s in used if s in known]
    return [w for w in written if w is not None]


@dataclass(frozen=True, slots=True)
class Premises:
    """What may be used: expressions that are positive, and expressions that are real and defined."""

    positive: tuple[Basic, ...] = ()
    defined: tuple[Basic, ...] = ()


def attempt(
    a: Basic, b: Basic, premises: Premises, stop: Callable[[], None], *, real_domain: bool
) -> tuple[Outcome, Translator | None]:
    """One reading; started again where an angle must be divided further or more generators are needed."""
    denominators: dict[int, int] = {}
    divisions: dict[int, int] = {}
    sizes: Iterator[int] = iter(SIZES)
    size = next(sizes)
    for _ in range(MAX_RESTARTS):
        translator = Translator(size, denominators, divisions, stop, real_domain=real_domain)
        try:
            return compare(translator, a, b, premises), translator
        except RefineAngleError as refine:
            denominators[refine.index] = math.lcm(denominators.get(refine.index, 1), refine.denominator)
        except RefineExponentError as refine:
            divisions[refine.index] = divisions.get(refine.index, 1) * refine.denominator
        except NoSlotError:
            larger = next(sizes, None)
            if larger is None:
                return Outcome.UNKNOWN, None
            size = larger
    return Outcome.UNKNOWN, None


def compare(translator: Translator, a: Basic, b: Basic, premises: Premises) -> Outcome:
    """Translate both and compare; once more where facts about signs came after powers that could have used them."""
    for expression in premises.positive:
        content, factors = translator.powers.factors(translator.translate(expression))
        translator.signs.exclude_zeros([f for f, _ in factors])
        translator.signs.assume(-1 if content < 0 else 1, [f for f, e in factors if e % 2])
    for _ in range(2):
        news = translator.signs.news
        left, right = translator.translate(a), translator.translate(b)
        if translator.powers.real_domain:
            take_domains(translator, premises.defined)
        if translator.base.equal(left, right):
            return Outcome.EQUAL
        translator.signs.infer()
        if translator.base.equal(left, right):
            return Outcome.EQUAL
        if translator.signs.news == news or not translator.signs.wanted:
            break
        translator.powers.nested.reconsider()
        translator.memo.clear()
    return Outcome.DIFFERENT if translator.base.canonical else Outcome.UNKNOWN


def take_domains(translator: Translator, defined: Collection[Basic]) -> None:
    """Take in the facts about signs that expressions give which are known to be real; what is too large gives none."""
    for expression in defined:
        try:
            translator.translate(expression)
        except (NoSlotError, EmptyDomainError):
            raise
        except CannotProveError:
            continue


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
