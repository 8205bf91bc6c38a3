"""Random functions of two variables: is the gradient that is said to exist, or not, what quotients of 900 digits show?

Where a gradient exists, the quotient along every line and parabola through the point must tend to g·v, g being measured
along the axes. Where it does not, the quotients along the witness must stay away from that, or from each other.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.measurement import Table, options, report, timed
from benchmarks.nonsmooth_sweep import (
    BINARY,
    CHOICES,
    CONSTANTS,
    NEAR,
    SECONDS,
    STEPS,
    TARGET,
    UNARY,
    Form,
    NoOpinionError,
    OutsideError,
    Tree,
    chosen,
    mp,
    text_of,
    value_of,
)

COORDINATES = ("0", "0", "0", "1", "-1", "1/2")
"""Mostly the origin, where most switches meet."""
LINES = tuple((a, b) for a in (-2, -1, 0, 1, 3) for b in (-2, -1, 0, 1, 5) if a or b)
BENDS = ((0, 0), (1, 0), (0, -3), (-1, 2))


def tree(rng: random.Random, size: int) -> Tree:
    """A random expression in x and y of about ``size`` operations."""
    if size <= 0:
        leaf = rng.random()
        return ("x",) if leaf < 0.42 else ("y",) if leaf < 0.84 else ("c", rng.choice(list(CONSTANTS)[:9]))
    kind, left = rng.random(), rng.randrange(size)
    if kind < 0.36:
        return (chosen(rng, UNARY), tree(rng, size - 1))
    forms: tuple[Form, ...] = BINARY if kind < 0.9 else CHOICES
    first = (tree(rng, left // 2),) if kind >= 0.9 else ()
    return (chosen(rng, forms), *first, tree(rng, left), tree(rng, size - 1 - left))


def quotients(node: Tree, at: Mapping[str, Any], v: tuple[Any, Any], w: tuple[Any, Any] = (0, 0)) -> list[Any]:
    """(f(x₀ + t·v + t²·w) - f(x₀))/t for two steps t.

    Raises:
        OutsideError: there is no value.
        NoOpinionError: a comparison could not be measured.
    """
    here = value_of(node, at)
    moved = [{n: at[n] + t * a + t * t * b for n, a, b in zip("xy", v, w, strict=True)} for t in STEPS]
    return [(value_of(node, p) - here) / t for p, t in zip(moved, STEPS, strict=True)]


def away(measured: list[Any], expected: list[Any]) -> bool:
    """Whether quotients stay away from others: not near, and not getting nearer."""
    first, second = (abs(a - b) for a, b in zip(measured, expected, strict=True))
    return bool(second > NEAR * (1 + abs(expected[1])) and second > first / 2)


def refuted(node: Tree, at: Mapping[str, Any]) -> str:
    """A path along which the derivative is not linear, in words; nothing where none was found."""
    along_x, along_y = quotients(node, at, (1, 0)), quotients(node, at, (0, 1))
    for v in LINES:
        expected = [v[0] * a + v[1] * b for a, b in zip(along_x, along_y, strict=True)]
        for w in BENDS:
            if away(quotients(node, at, v, w), expected):
                return f"along {v} bent by {w}"
    return ""


def confirmed(node: Tree, at: Mapping[str, Any], v: tuple[Any, Any], w: tuple[Any, Any]) -> bool:
    """Whether the quotients along a witness, to and fro, contradict those along the axes."""
    measured = quotients(node, at, v, w)
    axes = [quotients(node, at, axis) for axis in ((1, 0), (0, 1))]
    expected = [v[0] * a + v[1] * b for a, b in zip(*axes, strict=True)]
    back = [-q for q in quotients(node, at, (-v[0], -v[1]))]
    return away(measured, expected) or away(back, expected) or any(away(a[::-1], a) for a in (measured, back, *axes))


def compare(node: Tree, at: tuple[str, str]) -> tuple[str, str]:
    """How the answer stands to the measurement, and both in words."""
    from derivcheck.analysis.request import read_loss
    from derivcheck.budget import Deadline
    from derivcheck.nonsmooth import gradient_existence

    text = text_of(node)
    loss = read_loss(text, {"x": at[0], "y": at[1]}, wrt="x,y")
    found = gradient_existence(loss.graph, loss.constants, ("x", "y"), deadline=Deadline(SECONDS))
    line = f"{text}  at {at}: {found.exists} {dict(found.witness or {})} {dict(found.bend or {})} {found.reason}"
    if found.exists is None:
        return "undecided", line
    centre = {"x": CONSTANTS[at[0]], "y": CONSTANTS[at[1]]}
    try:
        if found.exists:
            path = refuted(node, centre)
            return ("disagrees", f"{line}; not linear {path}") if path else ("exists", line)
        v, w = (tuple(_mpf((c or {}).get(n, 0)) for n in "xy") for c in (found.witness, found.bend))
        return ("does not exist" if confirmed(node, centre, (v[0], v[1]), (w[0], w[1])) else "disagrees"), line
    except OutsideError:
        return ("disagrees" if found.exists else "does not exist"), line
    except (NoOpinionError, OverflowError):
        return "no opinion", line


def _mpf(value: Any) -> Any:
    return mp.mpf(value.numerator) / value.denominator


def sweep(count: int, seed: int = 1, largest: int = 8) -> tuple[Counter[str], list[str]]:
    """Compare ``count`` random functions that depend on both variables."""
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    outcomes: Counter[str] = Counter()
    lines: list[str] = []
    while outcomes.total() < count:
        node, at = tree(rng, rng.randint(3, largest)), (rng.choice(COORDINATES), rng.choice(COORDINATES))
        if not {"x", "y"} <= _leaves(node):
            continue
        outcome, line = compare(node, at)
        outcomes[outcome] += 1
        if outcome in ("disagrees", "undecided"):
            lines.append(f"{outcome}: {line}")
    return outcomes, lines


def _leaves(node: Tree) -> set[str]:
    head, *rest = node
    if isinstance(head, str):
        return {head}
    return set().union(*map(_leaves, rest))


def main() -> None:
    """Sweep, print every disagreement in full, and a table."""
    parser = options(__doc__)
    parser.add_argument("--count", type=int, default=2000, help="how many functions")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the random functions")
    asked = parser.parse_args()
    count = min(asked.count, 200) if asked.quick else asked.count
    seconds, (outcomes, lines) = timed(lambda: sweep(count, asked.seed))
    print("\n".join(lines), file=sys.stderr)
    met = not outcomes["disagrees"] and outcomes["undecided"] <= TARGET * count
    rows = tuple((name, n, 100.0 * n / count) for name, n in outcomes.most_common())
    report(
        [Table("Random functions of two variables", ("outcome", "count", "%"), rows, (f"{seconds:.0f} s.",), met)],
        asked,
    )


if __name__ == "__main__":
    main()
