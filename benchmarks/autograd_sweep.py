"""Random smooth expressions at points of every scale: how often autograd is accused, in each floating type.

Torch's gradients are right but for rounding, so every MISMATCH is a defect of the bounds, and is printed in full.
Run with ``python -m benchmarks.autograd_sweep --count 2000 --dtype float64``.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from derivcheck.derive import Derivation, derivative_step, differentiate
from derivcheck.graph.assemble import assemble
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph
from derivcheck.language.builder import number
from derivcheck.language.expr import Program
from derivcheck.language.printer import own
from derivcheck.nonsmooth.breaks import analytic_at
from derivcheck.ops.row import Op, Role
from derivcheck.ops.table import TABLE
from derivcheck.oracles.autograd import autograd_evidence
from derivcheck.oracles.certified import certify, known
from derivcheck.oracles.evidence import AutogradEvidence
from derivcheck.oracles.rounding import FORMATS
from derivcheck.report.formulas import step_formula
from derivcheck.verdict import Agreement

NAMES = ("x", "w", "b")
_ARITHMETIC = ("add", "sub", "mul", "div", "power")
_EXPONENTS = [Fraction(p) for p in ("2", "2", "3", "-1", "-2", "4", "1/2", "3/2", "-1/2", "1/3")]
_NUMBERS = [Fraction(p) for p in ("1", "2", "3", "1/2", "1/10")]
_SMALL = 3
"""Static parameters without a default are small integers."""
_OPERANDS = [o for o in TABLE.values() if o.role not in {Role.SELECT, Role.CONDITION, Role.CONSTANT}]


@dataclass(frozen=True, slots=True)
class Question:
    """A smooth expression at a point, and its certified derivatives."""

    graph: Graph
    point: dict[str, Fraction]
    derived: dict[str, object]

    @property
    def text(self) -> str:
        """The expression and the point."""
        formula = step_formula(self.graph, self.graph.output, {})
        at = ",".join(f"{n}={v}" for n, v in self.point.items())
        return f"{own(formula) if formula else self.graph} --at {at}"


def questions(seed: int) -> Iterator[Question]:
    """Random expressions without an active switch, at points inside their domains, for ever."""
    draw = random.Random(seed)  # noqa: S311 - questions, not secrets
    while True:
        graph = _expression(draw)
        if not graph.inputs:
            continue
        for _ in range(2):
            found = _question(graph, {n: _coordinate(draw) for n in graph.inputs})
            if found is not None:
                yield found
                break


def _question(graph: Graph, point: dict[str, Fraction]) -> Question | None:
    derivation: Derivation = differentiate(graph)
    steps = {n: derivation.gradient(n) for n in graph.inputs}
    values = certify(
        derivation.graph, constants(point), {derivation.output, *(k for k in steps.values() if k is not None)}
    )
    if not analytic_at(graph, values):
        return None
    derived = {n: Fraction(0) if k is None else known(values[k]) for n, k in steps.items()}
    return None if any(d is None for d in derived.values()) else Question(graph, point, derived)


def constants(point: dict[str, Fraction]) -> dict[str, Graph]:
    """A point as graphs of constants."""
    return {n: assemble(Program((), number(v)), derivative_step) for n, v in point.items()}


def _expression(draw: random.Random) -> Graph:
    builder = GraphBuilder()
    return builder.finish(_place(draw, builder, draw.choice((1, 2, 2, 3, 3, 4))))


def _place(draw: random.Random, builder: GraphBuilder, depth: int) -> int:
    if depth == 0 or draw.random() < 0.1:
        if draw.random() < 0.3:
            return builder.constant(draw.choice(_NUMBERS))
        return builder.input(draw.choice(NAMES))
    row: Op = TABLE[draw.choice(_ARITHMETIC)] if draw.random() < 0.5 else draw.choice(_OPERANDS)
    params = tuple(Fraction(draw.randrange(_SMALL)) if p.default is None else p.default for p in row.params)
    if row.role is Role.POWER:
        params = (draw.choice(_EXPONENTS),)
    operands = [_place(draw, builder, depth - 1) for _ in range(row.arity if row.arity is not None else 2)]
    return builder.scalar(row.name, *operands, params=params)


def _coordinate(draw: random.Random) -> Fraction:
    """A number of any scale: decimals near 1 mostly, now and then tiny or huge, a float or a decimal."""
    kind = draw.random()
    if kind < 0.5:
        return Fraction(draw.randint(-400, 400), 100)
    exponent = draw.uniform(-3, 3) if kind < 0.8 else draw.uniform(-12, 12) if kind < 0.95 else draw.uniform(-45, 40)
    value = draw.choice((-1, 1)) * draw.uniform(1, 10) * 10.0**exponent
    return Fraction(value) if draw.random() < 0.5 else Fraction(f"{value:.3g}")


def judged(question: Question, dtype: str) -> AutogradEvidence:
    """What autograd's numbers are found to be."""
    off = dict.fromkeys(question.derived, False)
    return autograd_evidence(
        question.graph, constants(question.point), question.derived, {}, on_switch=off, dtype=dtype
    )


def sweep(count: int, dtype: str, seed: int = 0) -> tuple[Counter[str], list[str]]:
    """How often each agreement was found in ``count`` expressions, and every mismatch in words."""
    found: Counter[str] = Counter()
    wrong: list[str] = []
    for _, question in zip(range(count), questions(seed), strict=False):
        evidence = judged(question, dtype)
        if evidence.unavailable:
            found[f"unavailable: {evidence.detail or evidence.unavailable}"] += 1
            continue
        for name, finding in evidence.findings.items():
            found[finding.agreement.value] += 1
            if finding.agreement is Agreement.ROUNDING and not finding.digits:
                found["ROUNDING without a digit"] += 1
            if finding.agreement is Agreement.MISMATCH:
                wrong.append(f"{dtype} {name}: {finding} true {question.derived[name]}: {question.text}")
        if evidence.disagreement is not None:
            wrong.append(f"{dtype} {evidence.disagreement}: {question.text}")
    return found, wrong


def main() -> None:
    """Print the counts for every type, and every mismatch."""
    parser = argparse.ArgumentParser(description="Is a correct gradient ever accused?")
    parser.add_argument("--count", type=int, default=200, help="expressions for each type")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dtype", choices=list(FORMATS), action="append", help="all by default; repeatable")
    asked = parser.parse_args()
    for dtype in asked.dtype or FORMATS:
        found, wrong = sweep(asked.count, dtype, asked.seed)
        print(f"{dtype}: {asked.count} expressions, {dict(sorted(found.items()))}, {len(wrong)} accused", flush=True)
        for line in wrong:
            print("  " + line)


if __name__ == "__main__":
    main()
