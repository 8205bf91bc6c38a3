"""Whether two formulas of arrays are the same function: every element, at small sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from derivcheck.analysis.array_request import reduces
from derivcheck.analysis.array_stages import MOST_STEPS, small_sizes
from derivcheck.budget import Deadline
from derivcheck.derive import derivative_step
from derivcheck.equality.decide import decide
from derivcheck.equality.result import ClaimResult
from derivcheck.equality.sampling import Pair
from derivcheck.errors import PointError, ShapeError
from derivcheck.graph.assemble import appended
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.elements import written_out
from derivcheck.graph.steps import Graph
from derivcheck.graph.tensor import Tensor, tensor
from derivcheck.language.expr import Program
from derivcheck.language.shapes import read_shapes
from derivcheck.oracles.judge import worst
from derivcheck.slips.probes import Difference, sizes_that_differ
from derivcheck.verdict import Verdict


def shapes_of(programs: Sequence[Program], shapes: Any) -> Mapping[str, tuple[int | str, ...]]:
    """The declared shapes.

    Raises:
        PointError: an array operation stands in a formula, and no shape is declared.
    """
    declared = read_shapes(shapes)
    if not any(declared.values()) and any(reduces(p) for p in programs):
        hint = 'declare the shapes: shapes="x=(n), X=(n,d)"'
        raise PointError("the formulas have operations on arrays, and no name is an array", None, hint)
    return declared


def equal_arrays(
    first: Program, second: Program, shapes: Mapping[str, tuple[int | str, ...]], deadline: Deadline
) -> ClaimResult:
    """The verdict on all elements together; what is proved at small sizes is at best CONSISTENT for all.

    Raises:
        ShapeError: the formulas have different shapes.
    """
    builder = GraphBuilder()
    for name, shape in shapes.items():
        own = [builder.unnamed(s) if isinstance(s, int) and s != 1 else s for s in shape]
        builder.axes[name] = tensor(builder, name, *own).axes
    left, right = (appended(builder, p, derivative_step) for p in (first, second))
    if not same_axes(builder, left, right):
        text = f"the first formula is {left.shape_text}, the second {right.shape_text}"
        raise ShapeError(text, None, "formulas of one shape can be compared")
    steps = left.whole().step, right.whole().step
    graph = builder.finish(steps[0])
    sizes = small_sizes(graph)
    fixed = all(s in graph.extents for s in sizes)
    result = _compared(graph, steps, sizes, deadline)
    if fixed:
        return result
    holds = result.verdict in (Verdict.VERIFIED, Verdict.CONSISTENT)
    tried = sizes_that_differ(graph, *steps, deadline) if holds else Difference(None, ())
    other = tried.sizes
    if other is not None:
        refuted = _compared(graph, steps, other, deadline)
        found = refuted if refuted.verdict is Verdict.REFUTED else ClaimResult(Verdict.UNDECIDED, reason="size")
        return replace(found, sizes=dict(other))
    if holds and not any(dict(t) != sizes for t in tried.tried):
        return ClaimResult(Verdict.UNDECIDED, reason="size")  # at no other size both had numbers
    kept = Verdict.CONSISTENT if result.verdict is Verdict.VERIFIED else result.verdict
    return replace(result, verdict=kept, sizes=sizes)


def _compared(graph: Graph, steps: tuple[int, int], sizes: Mapping[str, int], deadline: Deadline) -> ClaimResult:
    """The verdict on all elements at some sizes; a difference names its element."""
    found = written_out(graph.sized(sizes), sorted(set(steps)), most=4 * MOST_STEPS)
    if found is None:
        return ClaimResult(Verdict.UNDECIDED, reason="size")
    results: list[ClaimResult] = []
    for position, k in found.positions(steps[0]).items():
        result = decide(Pair(found.graph, k, found.positions(steps[1])[position]), deadline)
        if result.verdict is Verdict.REFUTED:
            return _of_element(result, position)
        results.append(result)
    verdict = worst({r.verdict for r in results})
    return next((r for r in results if r.verdict is verdict), ClaimResult(Verdict.VERIFIED))


def _of_element(result: ClaimResult, position: tuple[int, ...]) -> ClaimResult:
    found = result.counterexample
    if found is None or not position:
        return result
    return replace(result, counterexample=replace(found, element=f"[{','.join(map(str, position))}]"))


def same_axes(builder: GraphBuilder, a: Tensor, b: Tensor) -> bool:
    """Whether two tensors have one shape and no free index."""
    if len(a.axes) != len(b.axes) or a.named or b.named:
        return False
    pairs = list(zip(a.axes, b.axes, strict=True))
    if any((x is None) != (y is None) for x, y in pairs):
        return False
    return all(builder.same_size(builder.sizes[x], builder.sizes[y]) for x, y in pairs if x and y)
