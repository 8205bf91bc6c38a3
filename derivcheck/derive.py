"""The reverse sweep: a graph's derivative as further steps of the same graph.

For a step ``s`` with adjoint s̄ = ∂L/∂s the chain rule reads

    map:     v̄ += s̄ · ∂s/∂v          for every operand v, brought onto v's own indices
    reduce:  v̄ += s̄ over the reduced indices (mean: divided by their number; max, min: on the attaining element;
             product: the product of the others)

A local derivative that is exactly zero gives no contribution, and a selection *selects*: what is propagated into a
branch is guarded by its condition, so that 0 · ∞ cannot arise in a branch that was not taken.

Source: Griewank & Walther, Evaluating Derivatives (2nd ed., 2008), chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush

from derivcheck.array_rules import LocalDerivative, array_contributions
from derivcheck.emit import Emitter, Guarded
from derivcheck.errors import UnsupportedError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph, Kind
from derivcheck.ops.row import Op, Role
from derivcheck.ops.table import TABLE


@dataclass(frozen=True, slots=True)
class Contribution:
    """One summand of an adjoint, ``product = adjoint · local``.

    Attributes:
        consumer: the step that reads ``target``.
        target: the step whose adjoint receives the summand.
        local: the step of ∂consumer/∂target.
        adjoint: the step of the consumer's adjoint.
        product: the step of the summand.
    """

    consumer: int
    target: int
    local: int
    adjoint: int
    product: int


@dataclass(frozen=True, slots=True)
class Derivation:
    """A derivative as a graph.

    Attributes:
        graph: the primal steps, then the derived ones.
        primal: how many steps are primal.
        output: the step that is differentiated.
        seed: the step of its adjoint, ∂L/∂output: 1 unless an upstream gradient was given.
        adjoints: the step of v̄ for every step v that the output depends on differentiably.
        contributions: the summands of every adjoint, in the order in which the sweep met them.
    """

    graph: Graph
    primal: int
    output: int
    seed: int
    adjoints: Mapping[int, int]
    contributions: tuple[Contribution, ...]

    def gradient(self, name: str) -> int | None:
        """The step of the derivative with respect to the variable ``name``; None if it is zero."""
        return self.adjoints.get(self.graph.inputs[name])


def differentiate(
    graph: Graph,
    *,
    output: int | None = None,
    cuts: Collection[int] | None = None,
    upstream: Fraction | int = 1,
    local: LocalDerivative = Op.local_program,
    deadline: Callable[[], None] | None = None,
) -> Derivation:
    """Sweep ``graph`` backwards from ``output``.

    Args:
        graph: the primal graph, or a derivation's (the second order is the sweep applied twice).
        output: the scalar step to differentiate; the graph's own output by default.
        cuts: the steps at which adjoints are formed; by default all. Paths between two cuts are summed into one
            local derivative, so that a piece of several steps reads as one function. Only for scalar steps.
        upstream: the adjoint of the output.
        local: where a row's local derivatives come from; a framework's backward may have formulas of its own.
        deadline: called now and then; raises when time is up.

    Returns:
        The derivation, whose graph holds ``graph``'s steps unchanged.
    """
    output = graph.output if output is None else output
    if graph.indices[output]:
        raise UnsupportedError("only a scalar can be differentiated: sum or average it first")
    builder = GraphBuilder(graph)
    sweep = _Sweep(Emitter(builder), output, None if cuts is None else frozenset(cuts), deadline, local)
    seed = builder.constant(upstream)
    adjoints = sweep.run(Guarded(seed))
    return Derivation(builder.finish(output), len(graph), output, seed, adjoints, tuple(sweep.contributions))


def derivative_step(builder: GraphBuilder, output: int, target: int) -> int:
    """The step of ∂output/∂target, appended to ``builder``; both are scalars."""
    sweep = _Sweep(Emitter(builder), output, None, None)
    return sweep.run(Guarded(builder.constant(1))).get(target, builder.constant(0))


class _Sweep:
    def __init__(
        self,
        emit: Emitter,
        output: int,
        cuts: frozenset[int] | None,
        deadline: Callable[[], None] | None,
        local: LocalDerivative = Op.local_program,
    ) -> None:
        self.local = local
        self.emit, self.builder, self.output, self.cuts, self.deadline = emit, emit.builder, output, cuts, deadline
        self.contributions: list[Contribution] = []
        self.active = active_steps(emit.builder)

    def run(self, seed: Guarded) -> dict[int, int]:
        """The adjoint of every step that the output depends on."""
        chain = self.recorded if self.cuts is None else self.across_pieces
        return {k: self.emit.materialised(v) for k, v in self.backward(self.output, seed, chain).items()}

    def backward(
        self, start: int, seed: Guarded, chain: Chain, stop: frozenset[int] = frozenset()
    ) -> dict[int, Guarded]:
        """Sweep from ``start`` down to inputs and to the steps in ``stop``; the total of every step reached."""
        pending: dict[int, list[Guarded]] = {start: [seed]}
        heap = [-start]
        totals: dict[int, Guarded] = {}
        while heap:
            node = -heappop(heap)
            total = totals[node] = self.emit.total(pending.pop(node)[::-1])
            if self.deadline is not None and len(totals) % 256 == 0:
                self.deadline()
            if node in stop and node != start:
                continue
            for target, product in reversed(list(chain(node, total))):  # so that sums keep the author's order
                if target not in pending:
                    pending[target] = []
                    heappush(heap, -target)
                pending[target].append(product)
        return totals

    def recorded(self, node: int, total: Guarded) -> Iterator[tuple[int, Guarded]]:
        """The contributions of one step, written down."""
        for target, local, product in self.contributed(node, total):
            if local is not None:
                self.record(node, target, local, total, product)
            yield target, product

    def plain(self, node: int, total: Guarded) -> Iterator[tuple[int, Guarded]]:
        """The contributions of one step."""
        for target, _, product in self.contributed(node, total):
            yield target, product

    def across_pieces(self, node: int, total: Guarded) -> Iterator[tuple[int, Guarded]]:
        """The contributions of a piece: its local derivatives are sweeps from its last step down to the next cuts."""
        cuts = self.cuts or frozenset()
        for target, local in self.backward(node, Guarded(self.emit.one), self.plain, cuts).items():
            leaf = target in cuts or self.builder.kinds[target] is Kind.INPUT
            if target != node and leaf:
                product = self.emit.times(total, local)
                self.record(node, target, local, total, product)
                yield target, product

    def record(self, node: int, target: int, local: Guarded, total: Guarded, product: Guarded) -> None:
        m = self.emit.materialised
        self.contributions.append(Contribution(node, target, m(local), m(total), m(product)))

    def contributed(self, node: int, total: Guarded) -> Iterator[tuple[int, Guarded | None, Guarded]]:
        """For every operand that matters: its step, the local derivative if scalar, the summand of its adjoint."""
        builder = self.builder
        kind, operands = builder.kinds[node], builder.operands[node]
        if kind is Kind.MAP and not builder.indices[node] and not any(builder.subscripts[node]):
            row, params = TABLE[builder.ops[node]], builder.params[node]
            for place, target in enumerate(operands):
                if not self.active[target]:
                    continue
                program = self.local(row, place, len(operands), params)
                if program is None:
                    continue
                local = self.emit.guarded(self.emit.run(program, [*operands, node]))
                if local.value != self.emit.zero:
                    yield target, local, self.emit.times(total, local)
        elif kind in (Kind.MAP, Kind.REDUCE, Kind.COMPOSITE):
            adjoint = self.emit.materialised(total)
            for target, step in array_contributions(self.emit, node, adjoint, self.active, self.local):
                yield target, None, Guarded(step)


Chain = Callable[[int, Guarded], Iterable[tuple[int, Guarded]]]


def active_steps(graph: Graph | GraphBuilder) -> bytearray:
    """Which steps depend on a variable; conditions do not, since they are not differentiated."""
    active = bytearray(len(graph))
    kinds, ops, operands = graph.kinds, graph.ops, graph.operands
    for k in range(len(graph)):
        if kinds[k] is Kind.INPUT:
            active[k] = 1
        elif any(active[o] for o in operands[k]):
            active[k] = kinds[k] is not Kind.MAP or TABLE[ops[k]].role is not Role.CONDITION
    return active
