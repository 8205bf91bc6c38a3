"""The first stage of an analysis: derive, explain and evaluate; SymPy's work begins beside it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from derivcheck.analysis.array_request import float_values
from derivcheck.analysis.array_stages import ElementProof, begin_proof
from derivcheck.analysis.request import USUAL_MACHINE, Loss, Machine
from derivcheck.budget import WORKER, Deadline, Job
from derivcheck.closed.explain import explain
from derivcheck.closed.explanation import ClosedForm, Explanation
from derivcheck.derive import derivative_step
from derivcheck.errors import OutOfTimeError, PointError, UnsupportedError
from derivcheck.graph.assemble import append, assemble
from derivcheck.graph.builder import GraphBuilder
from derivcheck.interpret import interpret, values_at
from derivcheck.language.expr import Definition, Expr, Program
from derivcheck.nonsmooth.array_breaks import broken_array_steps
from derivcheck.nonsmooth.breaks import analytic_at, below_breaks, broken_steps
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import Undefined
from derivcheck.oracles.certified import certify, known
from derivcheck.oracles.direct import LARGEST_TREE, start_proof
from derivcheck.oracles.evidence import Real
from derivcheck.report.material import Subject, Update

ORACLES = ("autograd", "finite", "direct")
"""The oracles that can be asked; certified values and existence are always found."""
_UPDATE_BITS = 512

Key = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Derived:
    """A loss that was derived, before any oracle has answered.

    Attributes:
        loss: what was read.
        subject: the derivation, as a report needs it.
        proof: SymPy's work under way, the reason why there is none, or None if it was not asked for.
        keys: what the proof is asked about: variables, and pairs of them for second derivatives.
        oracles: the oracles to be asked.
        deadline: the end of the time.
        machine: where autograd is to run.
        arrays: what is asked of the single elements of a loss of arrays; None for a loss of scalars.
    """

    loss: Loss
    subject: Subject
    proof: Job | str | None
    keys: tuple[Key, ...]
    oracles: frozenset[str]
    deadline: Deadline
    machine: Machine = USUAL_MACHINE
    arrays: ElementProof | None = None


def derive(
    loss: Loss,
    deadline: Deadline,
    *,
    order: int = 1,
    upstream: Fraction | None = None,
    rate: Expr | None = None,
    oracles: Collection[str] = ORACLES,
    machine: Machine = USUAL_MACHINE,
    full: bool = False,
) -> Derived:
    """Derive and explain a loss; evaluate it if every variable has a value.

    Args:
        loss: what was read.
        deadline: the end of the time.
        order: 1 for the gradient, 2 for the Hessian too.
        upstream: the derivative of something further up with respect to the loss.
        rate: a learning rate, for a descent step.
        oracles: the oracles to be asked later; SymPy's work begins now, beside ours.
        machine: where autograd is to run later.
        full: write down every piece of a long derivation.

    Raises:
        OutOfTimeError: the time passed before the derivation was done.
        PointError: an option does not fit.
    """
    _check_options(loss, order, oracles)
    if "direct" in oracles:
        WORKER.warm()
    explanation = explain(
        loss.graph,
        loss.wrt,
        order=order,
        upstream=_factor(upstream),
        full=full,
        assumed={a.name: a.fact.name for a in loss.assumptions},
        deadline=deadline,
    )
    proof, arrays = _proofs(loss, explanation, upstream, deadline) if "direct" in oracles else (None, None)
    try:
        numbers = _numbers(loss, explanation, rate, deadline)
    except BaseException:
        if isinstance(proof, Job):
            proof.close()
        raise
    subject = _subject(loss, explanation, numbers, upstream, arrays)
    keys: tuple[Key, ...] = (*explanation.steps, *explanation.second_steps) if arrays is None else arrays.keys
    return Derived(loss, subject, proof, keys, frozenset(oracles), deadline, machine, arrays)


def _proofs(
    loss: Loss, explanation: Explanation, upstream: Fraction | None, deadline: Deadline
) -> tuple[Job | str, ElementProof | None]:
    """SymPy's work under way; of a loss of arrays about its elements."""
    if loss.shapes is None:
        return _begin_proof(explanation, upstream, deadline), None
    arrays = begin_proof(loss, explanation, _factor(upstream), deadline)
    return arrays.job, arrays


def _factor(upstream: Fraction | None) -> Fraction:
    return Fraction(1) if upstream is None else upstream


def _check_options(loss: Loss, order: int, oracles: Collection[str]) -> None:
    if order == 2 and loss.shapes is not None:
        text = "second derivatives of a loss of arrays are not available"
        raise UnsupportedError(text, None, "leave out --order 2, or write the loss for single numbers")
    if order not in (1, 2):
        raise PointError(f"derivatives of order {order} are not available", None, "write --order 1 or --order 2")
    unknown = set(oracles) - set(ORACLES)
    if unknown:
        raise PointError(f"there is no oracle '{min(unknown)}'", None, f"the oracles are {', '.join(ORACLES)}")


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What the point gives: values by step, the operations without a derivative of their own, the descent step."""

    values: list[Any] | None = None
    broken: frozenset[int] = frozenset()
    update: Update | None = None
    late: bool = False


def _subject(
    loss: Loss, explanation: Explanation, numbers: _Numbers, upstream: Fraction | None, arrays: ElementProof | None
) -> Subject:
    """What can be said before any oracle is asked."""
    shapes = loss.shapes if loss.shapes is None or arrays is None else replace(loss.shapes, proved_at=arrays.sizes)
    smooth = loss.shapes is None and numbers.values is not None and analytic_at(loss.graph, numbers.values)
    return Subject(
        loss.program,
        loss.program.expression,
        explanation,
        {n: v for n, v in loss.point.items() if isinstance(v, Expr)},
        loss.missing,
        numbers.values,
        loss.wrt,
        loss.wrt_reason,
        upstream,
        numbers.update,
        numbers.broken,
        smooth=smooth,
        late=numbers.late,
        shapes=shapes,
        assumptions=loss.assumptions,
    )


def _numbers(loss: Loss, explanation: Explanation, rate: Expr | None, deadline: Deadline) -> _Numbers:
    """The numbers, none where a value is missing or the time passed."""
    if loss.missing:
        return _Numbers()
    try:
        values = _values(explanation, loss, deadline)
    except OutOfTimeError:
        return _Numbers(late=True)
    broken = _broken(loss, explanation, values)
    update = None if rate is None else _update(loss, explanation, rate, values, broken)
    return _Numbers(values, broken, update)


def _begin_proof(explanation: Explanation, upstream: Fraction | None, deadline: Deadline) -> Job | str:
    """Ask SymPy about every derivative: the step of the sweep, and the formula as it will be printed."""
    d = explanation.derivation
    builder = GraphBuilder(d.graph)
    if len(d.graph) > LARGEST_TREE:
        return "size"
    asked: dict[Key, tuple[str, tuple[int | None, ...], int]] = {}
    for name, k in explanation.steps.items():
        asked[name] = (name, (k, _printed(builder, explanation.gradient[name])), d.output)
    for (row, column), k in explanation.second_steps.items():
        first = explanation.steps[row]
        printed = _printed(builder, explanation.hessian[row, column])
        asked[row, column] = (column, (k, printed), d.output if first is None else first)
    return start_proof(
        builder.finish(d.output), d.output, asked, deadline, upstream=Fraction(1) if upstream is None else upstream
    )


def _printed(builder: GraphBuilder, closed: ClosedForm) -> int:
    """The step of a closed form, read back from the formula that is printed."""
    definitions = tuple(Definition(name, None, body) for name, body in closed.definitions)
    return append(builder, Program(definitions, closed.expr), derivative_step)


def _values(explanation: Explanation, loss: Loss, deadline: Deadline) -> list[Any]:
    d = explanation.derivation
    results = {d.output, *explanation.steps.values(), *explanation.second_steps.values()} - {None}
    parts = {k for f in explanation.factors for k in (f.local, f.adjoint, f.product) if k is not None}
    parts |= set(d.adjoints.values()) if loss.shapes is None else set()
    parts |= {p.step for p in explanation.pieces}
    wanted = {k for k in results if k is not None}
    if loss.shapes is not None and set(loss.constants) != set(loss.point):
        return float_values(d.graph, loss.point, wanted | parts)
    values = certify(d.graph, loss.constants, wanted, also=parts, deadline=deadline)
    if isinstance(values[d.output], Undefined):  # where the loss has no value, nothing that was derived has one
        values[d.primal :] = [None if v is None else values[d.output] for v in values[d.primal :]]
    return values


def _broken(loss: Loss, explanation: Explanation, values: list[Any]) -> frozenset[int]:
    """The primal steps without a derivative of their own at the point, of arrays in some element."""
    needed = loss.graph.ancestors(loss.graph.output)
    if loss.shapes is not None:
        return broken_array_steps(explanation.derivation.graph.sized(loss.graph.extents), values, needed)
    return broken_steps(explanation.derivation.graph, values, needed)


def _update(
    loss: Loss, explanation: Explanation, rate: Expr, values: list[Any], broken: frozenset[int]
) -> Update | None:
    """One step ``v ← v - η·∂L/∂v``, and the loss there; None where the chain rule gives no derivative."""
    unclear = below_breaks(explanation.derivation.graph, broken)
    if any(loss.graph.inputs[n] in unclear for n in loss.wrt if n in loss.graph.inputs):
        return None
    if loss.shapes is not None:
        from derivcheck.analysis.array_update import array_update

        return array_update(loss, explanation, rate, values)
    system = Exact(_UPDATE_BITS)
    point = values_at(loss.constants, system)
    eta = rate_value(rate, system)
    moved: dict[str, Real] = {}
    for name, step in explanation.steps.items():
        gradient = Fraction(0) if step is None else known(values[step])
        if gradient is None:
            return None
        moved[name] = system.sub(point[name], system.mul(eta, gradient))
    output = loss.graph.output
    after = interpret(loss.graph, system, {**point, **moved}, wanted=[output])[output]
    return Update(rate, eta, moved, known(values[explanation.derivation.output]), known(after))


def rate_value(rate: Expr, system: Exact) -> Real:
    """A learning rate as a number.

    Raises:
        PointError: it has no value.
    """
    graph = assemble(Program((), rate), derivative_step)
    value = interpret(graph, system, {})[graph.output]
    if isinstance(value, Undefined):
        raise PointError(
            f"the learning rate has no value: {value.reason}", rate.root.span, "write a number, such as 0.1"
        )
    return value
