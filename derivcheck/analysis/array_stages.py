"""A loss of arrays as the loss of its elements: what is written out, at which sizes, and what SymPy is asked.

Whatever is decided exactly is decided for single elements, where the loss is one of scalars: at the given sizes if they
are small. The formulas, which hold for all sizes, are proved at the given sizes or, if these are unknown or large, at
small ones; then they are not called proved for others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from derivcheck.analysis.array_facts import assumed_sums, with_facts
from derivcheck.analysis.array_request import Value, value_shape
from derivcheck.analysis.request import Loss
from derivcheck.budget import Deadline, Job
from derivcheck.closed.explanation import ClosedForm, Explanation
from derivcheck.derive import derivative_step
from derivcheck.errors import DerivcheckError
from derivcheck.graph.assemble import appended, assemble
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.elements import Elements, written_out
from derivcheck.graph.steps import Graph, Kind
from derivcheck.graph.tensor import Tensor
from derivcheck.language.array_data import ArrayData
from derivcheck.language.builder import number
from derivcheck.language.expr import Definition, Expr, Program
from derivcheck.oracles.direct import start_proof

MOST_STEPS = 1_500
"""A loss that writes out to more scalar operations than this is not judged element by element."""
MOST_STEPS_PROVED = 400
"""SymPy is asked at smaller sizes about a loss that writes out to more than this."""
SMALL_SIZES = (2, 3, 2, 2)
"""Sizes at which a formula is proved where the given ones are unknown or large, in the order of their symbols."""

Position = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ElementView:
    """The loss of the elements.

    Attributes:
        loss: a loss of scalars, whose variables are called ``w[0]``, ``X[0,1]``.
        inputs: the variable and the position of every element.
    """

    loss: Loss
    inputs: Mapping[str, tuple[str, Position]]


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked about the elements of gradients, at some sizes.

    Attributes:
        graph: the scalars.
        asked: by element the variable, the steps that must all be the derivative by it, and the step of the loss.
        inputs: the variable and the position of every element.
        sizes: the sizes, by symbol.
        given: whether these are the given sizes.
    """

    graph: Graph
    asked: Mapping[str, tuple[str, tuple[int | None, ...], int]]
    inputs: Mapping[str, tuple[str, Position]]
    sizes: Mapping[str, int]
    given: bool


@dataclass(frozen=True, slots=True)
class ElementProof:
    """What SymPy was asked.

    Attributes:
        job: its work, or the reason why there is none.
        questions: what was to be asked; None where no size was small enough.
    """

    job: Job | str
    questions: Questions | None = None

    @property
    def sizes(self) -> Mapping[str, int]:
        """The sizes at which it was asked."""
        return {} if self.questions is None else self.questions.sizes

    @property
    def keys(self) -> tuple[str, ...]:
        """The elements that it was asked about."""
        return () if self.questions is None else tuple(self.questions.asked)


def element_view(loss: Loss, names: Mapping[int, str]) -> ElementView | None:
    """The loss of the elements at the point; None without a point, or where there are too many.

    Args:
        loss: a loss of arrays.
        names: what its steps are called, so that their elements are called alike.
    """
    if loss.missing or loss.shapes is None or set(loss.constants) != set(loss.point):
        return None
    named = {k: n for k, n in names.items() if k not in loss.graph.inputs.values() and k != loss.graph.output}
    arrays = replace(loss.graph, names=named)
    written = written_out(arrays, [loss.graph.output], most=MOST_STEPS)
    if written is None:
        return None
    graph = written.graph
    variables = tuple(graph.inputs)
    exprs = {v: element_exprs(value) for v, value in loss.point.items()}
    point: dict[str, Value] = {e: exprs[v][p] for e, (v, p) in written.inputs.items() if e in graph.inputs}
    constants = {e: assemble(Program((), expr), derivative_step) for e, expr in point.items() if isinstance(expr, Expr)}
    wrt = tuple(e for v in loss.wrt for e, (owner, _) in written.inputs.items() if owner == v and e in graph.inputs)
    program = Program((), loss.program.expression)
    scalars = Loss(program, graph, variables, point, constants, (), wrt, loss.wrt_reason, loss.literals)
    return ElementView(scalars, written.inputs)


def element_exprs(value: Value) -> dict[Position, Expr]:
    """The elements of a value as constant expressions, by position; axes of size 1 are left out."""
    shape = value_shape(value)
    places = [p for p, size in enumerate(shape) if size != 1]
    found: dict[Position, Expr] = {}
    level: list[tuple[Position, int]] = [((), -1)]
    if isinstance(value, ArrayData):
        import numpy as np

        return {tuple(at[p] for p in places): number(Fraction(element)) for at, element in np.ndenumerate(value.values)}
    level = [((), len(value.nodes) - 1)]
    for _ in shape:
        level = [((*at, k), c) for at, node in level for k, c in enumerate(value.nodes[node].children)]
    for at, node in level:
        found[tuple(at[p] for p in places)] = value.sub(node)
    return found


def begin_proof(loss: Loss, explanation: Explanation, upstream: Fraction, deadline: Deadline) -> ElementProof:
    """Ask SymPy about every element of every gradient: of the sweep, and of the formulas as they will be printed."""
    d = explanation.derivation
    builder = GraphBuilder(d.graph)
    forms = {n: printed_steps(builder, explanation.gradient[n], axes_of(d.graph, n)) for n in explanation.steps}
    graph = builder.finish(d.output)
    sizes, sums = small_sizes(graph), assumed_sums(loss.assumptions)
    questions: Questions | None = None
    for extents in (dict(loss.graph.extents), sizes):
        known = all(s in extents for s in graph.sizes.values() if isinstance(s, str))
        most = MOST_STEPS if extents is sizes else MOST_STEPS_PROVED
        if not known or _written_size(loss, extents) > most:
            continue
        steps = {n: [*([] if k is None else [k]), *forms[n]] for n, k in explanation.steps.items()}
        questions = _questions(graph.sized(extents), steps, sums, given=extents is not sizes)
        if questions is None or not questions.asked:
            continue
        output = next(iter(questions.asked.values()))[2]
        job = start_proof(questions.graph, output, questions.asked, deadline, upstream=upstream)
        if job != "size":
            return ElementProof(job, questions)
    return ElementProof("size", questions)


def _written_size(loss: Loss, extents: Mapping[str, int]) -> int:
    written = written_out(loss.graph.sized(extents), [loss.graph.output], most=MOST_STEPS)
    return MOST_STEPS + 1 if written is None else len(written.graph)


def _questions(
    graph: Graph, steps: Mapping[str, Sequence[int]], sums: Mapping[str, Fraction], *, given: bool
) -> Questions | None:
    """The elements of steps that must be derivatives, written out; None if they are too many."""
    wanted = [graph.output, *(k for found in steps.values() for k in found)]
    written = written_out(graph, wanted, most=20 * MOST_STEPS)
    output = None if written is None else written.at(graph.output)
    if written is None or output is None:
        return None
    asked: dict[str, tuple[str, tuple[int | None, ...], int]] = {}
    for element, (name, position) in written.inputs.items():
        if name in steps and element in written.graph.inputs:
            ours = tuple(written.at(k, position) for k in steps[name])
            asked[element] = (element, ours or (None,), output)
    scalars = written.graph if not sums else _assume(written, asked, sums)
    used = {s: graph.extents[s] for s in dict.fromkeys(graph.sizes.values()) if isinstance(s, str)}
    return Questions(scalars, asked, written.inputs, used, given)


def _assume(
    written: Elements, asked: dict[str, tuple[str, tuple[int | None, ...], int]], sums: Mapping[str, Fraction]
) -> Graph:
    """The questions where rows sum to what is assumed; a derivative by such an array is asked about as it stands."""
    graph = written.graph
    for element, (_, ours, output) in list(asked.items()):
        if written.inputs[element][0] not in sums:
            steps = [output, *(k for k in ours if k is not None)]
            graph, (loss, *derived) = with_facts(graph, steps, sums, written.inputs)
            asked[element] = (element, tuple(derived) or (None,), loss)
    return graph


def printed_steps(builder: GraphBuilder, closed: ClosedForm, own: Sequence[str]) -> tuple[int, ...]:
    """The step of a closed form, read back from the formulas that are printed, with the axes of the variable.

    None where what is printed does not read back; then nothing was shown of it.
    """
    try:
        return (_read_back(builder, closed, own),)
    except DerivcheckError:
        return ()


def _read_back(builder: GraphBuilder, closed: ClosedForm, own: Sequence[str]) -> int:
    definitions = tuple(Definition(name, None, body) for name, body in closed.definitions)
    value = appended(builder, Program(definitions, closed.expr), derivative_step)
    labels = dict(value.named)
    if not value.axes and set(labels) <= set(closed.free):  # one element, its free indices in the order of the axes
        axes = tuple(
            labels.get(name) or builder.fresh(builder.sizes[i]) for name, i in zip(closed.free, own, strict=True)
        )
        value = Tensor(builder, value.step, value.subscripts, axes)
    return value.whole().step


def axes_of(graph: Graph, name: str) -> tuple[str, ...]:
    """The indices of a variable; none where the loss does not have it."""
    return graph.indices[graph.inputs[name]] if name in graph.inputs else ()


def small_sizes(graph: Graph) -> dict[str, int]:
    """Small numbers for the symbols of sizes, large enough for every position that is read."""
    symbols = [s for s in dict.fromkeys(graph.sizes.values()) if isinstance(s, str)]
    found = {s: SMALL_SIZES[min(k, len(SMALL_SIZES) - 1)] for k, s in enumerate(symbols)}
    found = {s: min(size, graph.extents.get(s, size)) for s, size in found.items()}
    for operands, accesses in zip(graph.operands, graph.subscripts, strict=True):
        for operand, subscripts in zip(operands, accesses, strict=True):
            for index, subscript in zip(graph.indices[operand], subscripts, strict=True):
                size = graph.sizes[index]
                if isinstance(subscript, int) and isinstance(size, str):
                    found[size] = max(found[size], subscript + 1)
    for k, kind in enumerate(graph.kinds):
        fixed = graph.indices[k] if kind is Kind.ARRAY else graph.params[k][:1] if kind is Kind.DELTA else ()
        for index in fixed:
            size = graph.sizes[index]
            integer = kind is Kind.ARRAY or isinstance(graph.params[k][1], int)
            if isinstance(size, str) and integer and size in graph.extents:
                found[size] = graph.extents[size]
    return found
