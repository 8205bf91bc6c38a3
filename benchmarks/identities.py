"""Are derivatives of published antiderivatives told from wrong ones, and how fast; SymPy beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.measurement import Table, capped, options, report, timed

CASES = Path(__file__).parent.parent / "tests" / "cases" / "identities.jsonl"
ENOUGH, SOON = 0.95, 0.3
"""The share that is to be decided, and the mean seconds that it may take."""
SYMPY_SECONDS = 6.0
SYMPY_SAMPLE = 24

SYMPY = """
import sys, time, sympy
from derivcheck.analysis.equality_request import read_pair
from derivcheck.interpret import interpret
from derivcheck.numbers.pieces import Symbolic
integrand, antiderivative, variable = sys.argv[1:]
pair = read_pair(antiderivative, integrand)
symbols = {name: sympy.Symbol(name, real=True) for name in pair.graph.inputs}
values = interpret(pair.graph, Symbolic(), symbols, wanted=pair.steps)
difference = sympy.diff(values[pair.left], symbols[variable]) - values[pair.right]
start = time.perf_counter()
if sympy.simplify(difference) != 0:
    sys.exit("unproved")
print(time.perf_counter() - start)
"""


def read_cases() -> list[dict[str, Any]]:
    """The case file of the tests."""
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def measure_own(cases: Sequence[dict[str, Any]]) -> Table:
    """Verdicts and seconds of ``equal``."""
    from derivcheck import Verdict, equal

    equal("diff(x**2/2, x)", "x")  # SymPy is imported before the clock starts
    rows, good = [], True
    for name, corrupted in (("true", False), ("corrupted", True)):
        chosen = [c for c in cases if c["corrupted"] is corrupted]
        right, seconds, undecided = 0, [], 0
        for case in chosen:
            derivative = f"diff({case['antiderivative']}, {case['variable']})"
            took, found = timed(lambda d=derivative, c=case: equal(d, c["integrand"]))  # type: ignore[misc]
            seconds.append(took)
            right += found.verdict is (Verdict.REFUTED if corrupted else Verdict.VERIFIED)
            undecided += found.verdict is Verdict.UNDECIDED or (found.verdict is Verdict.CONSISTENT and not corrupted)
        wrong = len(chosen) - right - undecided
        good = good and wrong == 0 and right >= ENOUGH * len(chosen) and mean(seconds) <= SOON
        rows.append((name, len(chosen), 100.0 * right / len(chosen), undecided, wrong, mean(seconds), max(seconds)))
    header = ("identities", "asked", "decided, %", "not proved", "wrong", "mean, s", "longest, s")
    return Table("Identities: derivative of an antiderivative against the integrand", header, tuple(rows), met=good)


def measure_sympy(cases: Sequence[dict[str, Any]], sample: int = SYMPY_SAMPLE) -> Table:
    """``simplify(derivative - integrand) == 0`` on some of the true ones, with and without a proof of ours."""
    true = [c for c in cases if not c["corrupted"] and "|" not in c["integrand"] + c["antiderivative"]]
    found: list[float | str] = []
    for case in true[:: max(1, len(true) // sample)][:sample]:
        texts = (case["integrand"], case["antiderivative"], case["variable"])
        found.append(capped(SYMPY, *texts, seconds=SYMPY_SECONDS + 3.0))
    proved = [f for f in found if isinstance(f, float) and f <= SYMPY_SECONDS]
    late = sum(isinstance(f, float) or f.startswith("over") for f in found) - len(proved)
    row = ("simplify(a - b) == 0", len(found), 100.0 * len(proved) / len(found), late, mean(proved or [0.0]))
    note = f"Seconds of `simplify` alone, where it proves the identity within {SYMPY_SECONDS:g} s."
    header = ("SymPy", "asked", "proved, %", "out of time", "mean, s")
    return Table("The same with SymPy, on a sample of the true ones", header, (row,), (note,))


def measure(*, quick: bool = False) -> list[Table]:
    """Both tables."""
    cases = read_cases()
    return [measure_own(cases[::11] if quick else cases), measure_sympy(cases, 4 if quick else SYMPY_SAMPLE)]


if __name__ == "__main__":
    asked = options(__doc__).parse_args()
    report(measure(quick=asked.quick), asked)
