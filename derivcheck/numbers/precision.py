"""The working precision of ball arithmetic, set for a block of code and put back afterwards.

python-flint keeps one precision for the whole process. A block therefore holds a lock while its precision is in
force: without it, a thread could finish its block between another thread's setting and its use.
"""

from __future__ import annotations

from fractions import Fraction
from threading import RLock
from types import TracebackType

from flint import arb, ctx, fmpq

LADDER = (128, 512, 2048)
"""The precisions in bits that are tried in turn where the sign of a number is asked."""

_LOCK = RLock()
_OUTER: list[tuple[int, int]] = []  # the settings of the blocks that surround the current one; guarded by _LOCK


class Precision:
    """A block in which balls have ``bits`` bits and series at most ``terms`` terms.

    Blocks nest, an instance can be entered again and again, and a thread that wants to enter waits until no other
    thread is inside a block.
    """

    __slots__ = ("bits", "terms")

    def __init__(self, bits: int, terms: int = 10) -> None:
        if bits < 2 or terms < 1:
            raise ValueError(f"a precision of {bits} bits with {terms} terms is of no use")
        self.bits = bits
        self.terms = terms

    def __enter__(self) -> None:
        _LOCK.acquire()
        bits, terms = ctx.prec, ctx.cap
        _OUTER.append((bits, terms))
        if bits != self.bits:
            ctx.prec = self.bits
        if terms != self.terms:
            ctx.cap = self.terms

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        bits, terms = _OUTER.pop()
        if bits != self.bits:
            ctx.prec = bits
        if terms != self.terms:
            ctx.cap = terms
        _LOCK.release()


def rational_ball(value: Fraction) -> arb:
    """The least ball, at the precision in force, that holds a rational number."""
    return arb(value.numerator) if value.denominator == 1 else arb(fmpq(value.numerator, value.denominator))
