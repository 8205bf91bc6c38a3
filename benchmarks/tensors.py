"""Losses of arrays: what a complete elementwise check of a gradient costs beside torch, and what memory it takes.

The loss is the mean squared error of a linear model, mean((X·w + b - y)²). Every element of the gradients in w and b is
compared with autograd within its own derived bound; ``gradcheck`` in slow mode compares the same elements by finite
differences, without bounds.
"""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median
from typing import Any

import numpy as np

from benchmarks.measurement import Table, options, report, timed
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph
from derivcheck.graph.tensor import tensor
from derivcheck.oracles.array_autograd import array_autograd
from derivcheck.verdict import Agreement

PASSES, OVERHEAD = 5.0, 0.05
"""The check may take so many passes of torch, and so many seconds besides."""
FASTER = 20.0
"""How many times slower gradcheck is at least."""
MEMORY = 4.0
"""The peak may be so many times the size of the data, the data included."""
SYMBOLIC = 2.0
"""The symbolic part may take so many times as long at the largest sizes as at the smallest: a busy machine."""
SIZES = ((10, 3), (1_000, 1_000), (100_000, 100))


def regression(n: int | str, d: int | str) -> Graph:
    """The mean squared error of a linear model of n samples with d features."""
    builder = GraphBuilder()
    x, w, b, y = (tensor(builder, *a) for a in (("X", n, d), ("w", d), ("b",), ("y", n)))
    return builder.finish(((x @ w + b - y) ** 2).mean().step)


def point(n: int, d: int) -> dict[str, Any]:
    """A random point."""
    draw = np.random.default_rng(0)
    return {"X": draw.normal(size=(n, d)), "w": draw.normal(size=d), "b": np.float64(0.3), "y": draw.normal(size=n)}


def check(values: dict[str, Any]) -> dict[Agreement, int]:
    """Build, differentiate and compare every element; how many elements were found to be what."""
    n, d = values["X"].shape
    found = array_autograd(regression("n", "d").sized({"n": n, "d": d}), values, ["w", "b"])
    assert not found.unavailable, found.unavailable
    counts: dict[Agreement, int] = {}
    for finding in found.findings.values():
        for agreement, count in finding.counts.items():
            counts[agreement] = counts.get(agreement, 0) + count
    assert sum(counts.values()) == d + 1, "an element was not compared"
    assert Agreement.MISMATCH not in counts, "a right gradient was accused"
    return counts


def measure_check(n: int = 1_000, d: int = 1_000, *, rounds: int = 7, times: int = 1) -> Table:
    """The check beside one forward and backward pass, and beside gradcheck on the same function."""
    values = point(n, d)
    counts = check(values)
    ours = median(timed(lambda: check(values))[0] for _ in range(rounds))
    one_pass, gradcheck = run_torch(values, rounds=4 * rounds), run_gradcheck(values, times)
    allowed = PASSES * one_pass + OVERHEAD
    rows: list[tuple[Any, ...]] = [
        ("torch, one forward and backward pass", one_pass * 1e3, 1.0),
        ("complete elementwise check", ours * 1e3, ours / one_pass),
        ("allowed: 5 passes and 50 ms", allowed * 1e3, allowed / one_pass),
        ("torch.autograd.gradcheck, slow mode", gradcheck * 1e3, gradcheck / one_pass),
    ]
    shown = ", ".join(f"{count} {agreement.value}" for agreement, count in counts.items())
    note = f"X is {n:,} × {d:,}; {shown}. gradcheck takes {gradcheck / ours:.0f} times as long as the check."
    met = ours <= allowed and gradcheck >= FASTER * ours
    return Table("Arrays: mean((X·w + b - y)²)", ("", "ms", "passes"), tuple(rows), (note,), met)


def run_torch(values: dict[str, Any], *, rounds: int) -> float:
    """The seconds of one forward and backward pass of torch, written as a user would."""
    import torch

    x, y = torch.tensor(values["X"]), torch.tensor(values["y"])
    w, b = (torch.tensor(values[n], requires_grad=True) for n in "wb")

    def run() -> None:
        w.grad = b.grad = None
        ((x @ w + b - y) ** 2).mean().backward()  # type: ignore[no-untyped-call]  # torch leaves this one without types

    run()
    return median(timed(run)[0] for _ in range(rounds))


def run_gradcheck(values: dict[str, Any], times: int) -> float:
    """The seconds of gradcheck in slow mode in w and b."""
    import torch

    x, y = torch.tensor(values["X"]), torch.tensor(values["y"])
    leaves = tuple(torch.tensor(values[n], requires_grad=True) for n in "wb")

    def run() -> None:
        torch.autograd.gradcheck(lambda w, b: ((x @ w + b - y) ** 2).mean(), leaves, fast_mode=False)

    return median(timed(run)[0] for _ in range(times))


_PEAK = """
import gc, json, resource, sys, time
from benchmarks.tensors import check, point
check(point(10, 3))
gc.collect()
with open("/proc/self/statm") as pages:
    before = int(pages.read().split()[1]) * resource.getpagesize()
values = point(int(sys.argv[1]), int(sys.argv[2]))
start = time.perf_counter()
check(values)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([sum(v.nbytes for v in values.values()), peak - before, seconds]))
"""


def measure_memory(n: int = 100_000, d: int = 100) -> Table:
    """The greatest resident memory while a large loss is checked, the data included, in a process of its own."""
    command = [sys.executable, "-c", _PEAK, str(n), str(d)]
    data, peak, seconds = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    row = (f"{n:,} × {d:,}", data / 2**20, peak / 2**20, peak / data, seconds)
    header = ("X", "data, MiB", "peak, MiB", "times the data", "seconds")
    note = "Resident memory above that of the process with everything imported; the data itself counts."
    return Table("Arrays: memory of the check", header, (row,), (note,), peak <= MEMORY * data)


def measure_symbolic(sizes: tuple[tuple[int, int], ...] = SIZES, *, rounds: int = 9) -> Table:
    """Read, differentiate and write the closed forms: the sizes are symbols and their numbers change nothing."""
    rows = []
    derive_symbolically(*sizes[0])
    for n, d in sizes:
        seconds, closed = min(timed(lambda n=n, d=d: derive_symbolically(n, d)) for _ in range(rounds))  # type: ignore[misc]
        rows.append((f"{n:,} × {d:,}", seconds * 1e3, f"`{closed}`"))
    times = [r[1] for r in rows]
    header = ("X", "read, differentiate, closed forms, ms", "∂L/∂w")
    return Table("Arrays: the symbolic part", header, tuple(rows), met=max(times) <= SYMBOLIC * min(times))


def derive_symbolically(n: int, d: int) -> str:
    """The gradient in w of the loss as it is typed, in our own syntax."""
    from derivcheck import analyze

    shapes = {"X": (n, d), "w": (d,), "y": (n,), "b": ()}
    return analyze("mean((X@w + b - y)**2)", wrt="w,b", shapes=shapes, oracles=()).gradient["w"].formula


def measure(*, quick: bool = False) -> list[Table]:
    """All tables."""
    if quick:
        return [measure_check(200, 200, rounds=3), measure_memory(20_000, 100), measure_symbolic(rounds=3)]
    return [measure_check(times=3), measure_memory(), measure_symbolic()]


if __name__ == "__main__":
    asked = options(__doc__).parse_args()
    report(measure(quick=asked.quick), asked)
