"""What a floating type can deliver of every value and every gradient of a loss, as torch computes them.

Torch's own formulas are walked in ball arithmetic at the precision and range of the type (see
:mod:`derivcheck.oracles.rounding`), from inputs that hold both the exact value and the number nearest to it. Reverse
mode adds contributions in another order than the sweep does; that is covered by n · 2⁻ᵖ · S, where S sums |products|
over all chain-rule paths and n counts the additions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, cast

from flint import arb

from derivcheck.derive import Derivation, active_steps, differentiate
from derivcheck.frameworks.torch_bridge import AutogradRun
from derivcheck.graph.steps import Graph, Kind
from derivcheck.interpret import interpret, values_at
from derivcheck.nonsmooth.breaks import below_breaks
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.kernel import Kernel, Undefined, Value
from derivcheck.ops.evaluate import compiled, refusing
from derivcheck.ops.row import Op
from derivcheck.ops.table import TABLE
from derivcheck.oracles.evidence import Disagreement
from derivcheck.oracles.rounding import Format, Rounded, as_torch_runs_it

_INPUT_BITS = 128
UNBOUNDED = arb(0, math.inf)
EXACT_BITS = 2048
"""The precision of what would come out without any rounding."""


class Bounds:
    """A ball for the value and the gradient of every step.

    Attributes:
        graph: the loss.
        run: the same in the operations that torch has.
        places: where each step of the loss went in it.
        derivation: the sweep of ``run`` with torch's own local derivatives.
        values: what the type may give, by step of the derivation.
    """

    def __init__(
        self,
        graph: Graph,
        point: Mapping[str, Graph],
        form: Format,
        *,
        upstream: Fraction | int = 1,
        broken: Collection[int] = (),
        deadline: Callable[[], None] | None = None,
    ) -> None:
        self.graph, self.point, self.form, self.deadline = graph, point, form, deadline
        self.run, self.places = as_torch_runs_it(graph)
        self.derivation: Derivation = differentiate(
            self.run, upstream=upstream, local=Op.torch_local_program, deadline=deadline
        )
        self.system = system = Rounded(form)
        inputs = {n: system.delivered(v) for n, v in values_at(point, Ball(_INPUT_BITS)).items()}
        self.values = interpret(self.derivation.graph, cast(Kernel, system), inputs, deadline=deadline)
        self.paths = self._path_sums()
        self.unclear = below_breaks(graph, broken)

    @cached_property
    def exact(self) -> list[Value]:
        """The values of the derivation without rounding, with torch's formulas for local derivatives."""
        system = Ball(EXACT_BITS)
        return interpret(self.derivation.graph, system, values_at(self.point, system), deadline=self.deadline)

    def _path_sums(self) -> dict[int, float]:
        """For every step the sum over all paths of the absolute product of local derivatives."""
        d = self.derivation
        sums = {d.output: _size(self.values[d.seed])}
        for c in d.contributions:
            sums[c.target] = sums.get(c.target, 0.0) + sums[c.consumer] * _size(self.values[c.local])
        return sums

    def gradient(self, name: str) -> Value:
        """The ball around the derivative in a variable."""
        return self.adjoint(self.graph.inputs[name]) if name in self.graph.inputs else arb(0)

    def adjoint(self, step: int) -> Value:
        """The ball around the gradient of a step; what is unreachable has gradient 0; None where it is unclear."""
        if step in self.unclear:
            return None
        step = self.places[step]
        adjoint = self.derivation.adjoints.get(step)
        if adjoint is None:
            return arb(0)
        ball = self.values[adjoint]
        if isinstance(ball, Undefined):
            return ball
        reordered = self.paths.get(step, 0.0) * len(self.derivation.contributions) * self.form.error
        return ball + arb(0, reordered) if math.isfinite(reordered) else UNBOUNDED

    def explains(self, step: int, number: float, ball: Value) -> bool:
        """Whether torch could have come to ``number`` as the gradient of a step.

        A gradient of 0 that meets a local derivative out of range is NaN.
        """
        if not isinstance(ball, arb):  # where torch's own formula has no value, nothing is promised
            return True
        return inside(number, ball) or (not math.isfinite(number) and self.places[step] in self.spoiled)

    @cached_property
    def spoiled(self) -> frozenset[int]:
        """The steps of ``run`` below a local derivative that is finite, but perhaps not in this type."""
        graph, active = self.run, active_steps(self.run)
        targets: set[int] = set()
        for k in graph.ancestors(graph.output):
            if graph.kinds[k] is Kind.MAP and active[k]:
                early = self._product_leaves_range(k)
                reads = [(j, t) for j, t in enumerate(graph.operands[k]) if active[t]]
                targets.update(t for j, t in reads if early or self._leaves_range(k, j))
        return frozenset(graph.ancestors(*targets)) if targets else frozenset()

    def _product_leaves_range(self, step: int) -> bool:
        """Whether the gradient of a step times one of its operands leaves the range: torch may form that first."""
        adjoint = self.derivation.adjoints.get(step)
        above = 0.0 if adjoint is None else _size(self.exact[adjoint])
        return any(above * _size(self.exact[o]) >= self.form.greatest / 2 for o in self.run.operands[step])

    def _leaves_range(self, step: int, place: int) -> bool:
        """Whether the local derivative of a step in one operand is finite, but perhaps not in this type."""
        operands = (*self.run.operands[step], step)
        program = TABLE[self.run.ops[step]].torch_local_program(place, len(operands) - 1, self.run.params[step])
        if program is None:
            return False
        found = refusing(compiled(program, cast(Kernel, self.system)))(*[self.values[o] for o in operands])
        if isinstance(found, arb) and found.is_finite():
            return False
        true = refusing(compiled(program, Ball(EXACT_BITS)))(*[self.exact[o] for o in operands])
        return isinstance(true, arb) and bool(true.is_finite())

    def first_disagreement(self, run: AutogradRun) -> tuple[Disagreement | None, int]:
        """Where torch leaves the bounds first: among values forward, then among gradients backward.

        Where the loss has no value, its gradients are not compared.
        """
        compared = 0
        last = len(self.graph) - 1
        first = 0 if isinstance(self.values[self.derivation.output], arb) else last + 1
        for quantity, numbers, balls, order in (
            ("value", run.values, lambda k: self.values[self.places[k]], range(last + 1)),
            ("gradient", run.gradients, self.adjoint, range(last, first - 1, -1)),
        ):
            for k in order:
                number, ball = numbers[k], balls(k)
                if not isinstance(number, float) or not isinstance(ball, arb):
                    continue
                compared += 1
                if not (self.explains(k, number, ball) if numbers is run.gradients else inside(number, ball)):
                    return Disagreement(k, quantity, number, float(ball.mid())), compared
        return None, compared


def _size(ball: Any) -> float:
    return float(abs(ball).upper()) if isinstance(ball, arb) else 0.0


def inside(number: float, ball: arb) -> bool:
    """Whether the type could have come to ``number``; a ball that is not finite says that its range was left."""
    if not ball.is_finite():
        return True
    return math.isfinite(number) and bool(ball.contains(arb(number)))
