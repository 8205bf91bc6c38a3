"""Where a NaN begins, and which branch that was not selected it comes from.

Backward a NaN begins where a gradient meets a local derivative with which its product is no number: mostly 0 · ∞, in a
branch that ``where`` did not select. The gradient that ``where`` passes there is 0, yet it is multiplied on.

Source: the question on ``torch.where`` and NaN gradients in PyTorch's FAQ and issue tracker.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from derivcheck.frameworks.torch_bridge import AutogradRun
from derivcheck.graph.steps import Graph, Kind
from derivcheck.numbers.floats import Floats
from derivcheck.ops.evaluate import compiled
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE
from derivcheck.oracles.evidence import AutogradFinding, NoNumber
from derivcheck.oracles.rounding import Format


def no_numbers(
    graph: Graph, run: AutogradRun, findings: Mapping[str, AutogradFinding], form: Format
) -> tuple[NoNumber, ...]:
    """Where the NaN of every variable begins, equal ones once for all their variables."""
    names = [n for n, f in findings.items() if f.value is not None and math.isnan(f.value) and n in graph.inputs]
    if not names:
        return ()
    if _is_nan(run.values[graph.output]):
        found = _forward(graph, run)
        return () if found is None else (replace(found, variables=tuple(names)),)
    origins: dict[NoNumber, list[str]] = {}
    for name in names:
        for origin in _backward(graph, run, graph.inputs[name], form):
            origins.setdefault(origin, []).append(name)
    return tuple(replace(o, variables=tuple(v)) for o, v in origins.items())


def _forward(graph: Graph, run: AutogradRun) -> NoNumber | None:
    """The first value that is NaN although it is computed from numbers."""
    for k in graph.ancestors(graph.output):
        read = [run.values[o] for o in graph.operands[k]]
        if _is_nan(run.values[k]) and not any(_is_nan(v) for v in read):
            return NoNumber(k, None, tuple(float(v) for v in read if isinstance(v, float)))
    return None


def _backward(graph: Graph, run: AutogradRun, step: int, form: Format) -> Iterator[NoNumber]:
    """The operations that make the NaN which arrives at a step."""
    needed = set(graph.ancestors(graph.output))
    waiting, seen = [step], {step}
    while waiting:
        k = waiting.pop()
        places = [(r, j) for r in needed for j, o in enumerate(graph.operands[r]) if o == k]
        above = [r for r, _ in places if _is_nan(run.gradients[r]) and r not in seen]
        seen.update(above)
        waiting += above
        if not any(_is_nan(run.gradients[r]) for r, _ in places):
            yield from _origins(graph, run, k, sorted(places), form)


def _origins(
    graph: Graph, run: AutogradRun, k: int, places: Sequence[tuple[int, int]], form: Format
) -> Iterator[NoNumber]:
    """Which reader of a step makes its gradient NaN: one product by itself, or infinities of both signs together."""
    passed: list[tuple[int, float, float]] = []
    for r, place in places:
        gradient, slope = run.gradients[r], _slope(graph, run, r, place, form)
        if slope is not None and isinstance(gradient, float):
            passed.append((r, gradient, slope))
    bad = [(r, g, s) for r, g, s in passed if math.isnan(g * s)]
    for r, g, s in bad:
        selection, branch = _unselected(graph, run, r)
        yield NoNumber(r, k, (g, s), selection, branch)
    products = [(r, g * s) for r, g, s in passed if math.isinf(g * s)]
    if not bad and {p > 0 for _, p in products} == {True, False}:
        yield NoNumber(products[0][0], k, tuple(p for _, p in products))


def _slope(graph: Graph, run: AutogradRun, r: int, place: int, form: Format) -> float | None:
    """The local derivative of a step in one operand at torch's numbers; infinite beyond the range of the type."""
    if graph.kinds[r] is not Kind.MAP:
        return None
    operands = graph.operands[r]
    program = TABLE[graph.ops[r]].torch_local_program(place, len(operands), graph.params[r])
    if program is None:
        return None
    found = compiled(program, Floats())(*[run.values[o] for o in operands], run.values[r])
    if not isinstance(found, float):
        return None
    return math.copysign(math.inf, found) if abs(found) > form.greatest else found


def _unselected(graph: Graph, run: AutogradRun, step: int) -> tuple[int | None, int | None]:
    """The first selection that leaves out a branch in which the step lies, and that branch."""
    for s in range(step + 1, len(graph)):
        if graph.kinds[s] is Kind.MAP and TABLE[graph.ops[s]].role is Role.SELECT:
            condition, then, otherwise = graph.operands[s]
            branch, taken = (otherwise, then) if run.values[condition] else (then, otherwise)
            if step in graph.ancestors(branch) and step not in graph.ancestors(taken):
                return s, branch
    return None, None


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
