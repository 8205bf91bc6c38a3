"""How the work grows with the depth of a loss: shared pieces that double, and a long chain of definitions.

A table shows the time per step at each size: where it stays the same, the work grows linearly.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from statistics import median
from typing import Any

from benchmarks.measurement import Table, capped, options, report, timed

DOUBLINGS = (12, 14, 16, 18, 20)
LENGTHS = (1_000, 2_000, 5_000, 10_000)
CAP = 20.0
"""Seconds after which SymPy is stopped."""
START = Fraction(3, 10)
LINEAR = 2.0
"""Per step, the largest size may take at most this many times as long as the smallest: caches and a busy machine."""

_DOUBLING_IN_SYMPY = """
import sys, time, sympy
x = sympy.Symbol("x")
e = x
for _ in range(int(sys.argv[1])):
    e = e*e + e
start = time.perf_counter()
sympy.diff(e, x)
print(time.perf_counter() - start)
"""
_CHAIN_IN_SYMPY = """
import sys, time, sympy
x = sympy.Symbol("x")
e = x
for _ in range(int(sys.argv[1])):
    e = sympy.tanh(sympy.Rational(9, 10)*e + x)
start = time.perf_counter()
sympy.diff(e, x)
print(time.perf_counter() - start)
"""


def doubling(steps: int) -> str:
    """``e ← e·e + e``, so that the written-out expression doubles with every step."""
    return _chain("e_{0}*e_{0} + e_{0}", steps)


def tanh_chain(steps: int) -> str:
    """``e ← tanh(0.9·e + x)``: as deep as it is long."""
    return _chain("tanh(0.9*e_{0} + x)", steps)


def _chain(body: str, steps: int) -> str:
    return "; ".join(["e_0 = x", *(f"e_{k + 1} = {body.format(k)}" for k in range(steps)), f"e_{steps}"])


def measure_doubling(doublings: Sequence[int] = DOUBLINGS, *, rounds: int = 7, cap: float = CAP) -> Table:
    """Derive and print in full, beside ``sympy.diff`` of the expression written out (which prints nothing)."""
    derive_and_print(doubling(3))  # what is imported and traced on first use
    ours = {n: median(timed(lambda n=n: derive_and_print(doubling(n)))[0] for _ in range(rounds)) for n in doublings}  # type: ignore[misc]
    rows: list[tuple[Any, ...]] = []
    late: str | None = None
    for n in doublings:
        theirs = late or capped(_DOUBLING_IN_SYMPY, str(n), seconds=cap)
        late = theirs if isinstance(theirs, str) else None
        rows.append((n, ours[n] * 1e3, ours[n] / n * 1e6, theirs if late else float(theirs) * 1e3))
    header = ("doublings", "derive and print, ms", "per step, µs", "sympy.diff alone, ms")
    return Table("Depth: e ← e·e + e", header, tuple(rows), met=_linear([r[2] for r in rows]))


def derive_and_print(text: str) -> str:
    """The whole symbolic report of a loss, in Markdown."""
    from derivcheck import analyze

    return analyze(text, oracles=(), full=True).to_markdown()


def measure_chain(lengths: Sequence[int] = LENGTHS, *, cap: float = CAP) -> Table:
    """Read, derive, evaluate and compare with autograd at every step, beside torch and SymPy."""
    check_chain(tanh_chain(10))  # what is imported and traced on first use
    rows: list[tuple[Any, ...]] = []
    late: str | None = None
    for n in lengths:
        parts = check_chain(tanh_chain(n))
        total = sum(parts)
        theirs = late or capped(_CHAIN_IN_SYMPY, str(n), seconds=cap)
        late = theirs if isinstance(theirs, str) else None
        rows.append((n, *parts, total, total / n * 1e6, run_torch(n), theirs))
    header = ("steps", "read", "derive", "check", "total", "per step, µs", "torch alone", "sympy.diff alone")
    note = (
        "Seconds. *Derive* includes certified values; *check* decides whether the derivative exists and compares with "
        "autograd at every step, each within its own error bound; *torch alone* is one forward and one backward pass."
    )
    return Table("Depth: chain of e ← tanh(0.9·e + x)", header, tuple(rows), (note,), _linear([r[5] for r in rows]))


def check_chain(text: str) -> tuple[float, float, float]:
    """The seconds to read a loss, to derive it with its values, and to check it against autograd at every step."""
    from derivcheck.analysis.checks import check
    from derivcheck.analysis.request import read_loss
    from derivcheck.analysis.stages import derive
    from derivcheck.budget import Deadline

    deadline = Deadline(None)
    reading, loss = timed(lambda: read_loss(text, {"x": START}))
    deriving, derived = timed(lambda: derive(loss, deadline, oracles=("autograd",)))
    checking, checked = timed(lambda: check(derived))
    evidence = checked.evidence.autograd
    assert not evidence.unavailable, evidence.unavailable
    assert evidence.disagreement is None, evidence.disagreement
    assert evidence.steps >= len(loss.graph), "a step was not compared"
    return reading, deriving, checking


def run_torch(steps: int) -> float:
    """The seconds of torch's own forward and backward pass over the chain."""
    import torch

    def run() -> None:
        x = torch.tensor(float(START), dtype=torch.float64, requires_grad=True)
        e = x
        for _ in range(steps):
            e = torch.tanh(0.9 * e + x)
        e.backward()  # type: ignore[no-untyped-call]  # torch leaves this one without types

    return min(timed(run)[0] for _ in range(3))


def _linear(per_step: Sequence[float]) -> bool:
    return per_step[-1] <= LINEAR * per_step[0]


def measure(*, quick: bool = False) -> list[Table]:
    """Both tables."""
    if quick:
        return [measure_doubling((4, 8, 12), rounds=3, cap=5.0), measure_chain((250, 1_000), cap=5.0)]
    return [measure_doubling(), measure_chain()]


if __name__ == "__main__":
    asked = options(__doc__).parse_args()
    report(measure(quick=asked.quick), asked)
