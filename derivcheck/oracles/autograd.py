"""PyTorch autograd beside the certified derivative, at every step, within bounds that the arithmetic explains.

The bound of a step comes from walking torch's own formulas in ball arithmetic at the precision and range of float64
(see :mod:`derivcheck.oracles.rounding`), from inputs that hold both the exact value and its float64 neighbour. Reverse
mode adds contributions in another order than the sweep does; that is covered by n · 2⁻ᵖ · S, where S sums |products|
over all chain-rule paths and n counts the additions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import Any, cast

from flint import arb

from derivcheck.derive import Derivation, differentiate
from derivcheck.errors import MissingPackageError, UnsupportedError
from derivcheck.frameworks.torch_bridge import AutogradRun, nearest, run_autograd
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret, values_at
from derivcheck.nonsmooth.breaks import below_breaks
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.kernel import Kernel, Undefined, Value
from derivcheck.ops.row import Op
from derivcheck.oracles.evidence import AutogradEvidence, AutogradFinding, Disagreement, Real
from derivcheck.oracles.rounding import BITS, Rounded, as_torch_runs_it
from derivcheck.verdict import Agreement

_UNBOUNDED = arb(0, math.inf)
_MATCHING_ULPS = 4
_WIDE = Ball(128)


def autograd_evidence(
    graph: Graph,
    point: Mapping[str, Graph],
    derived: Mapping[str, Real],
    clarke: Mapping[str, tuple[Real, Real] | None],
    *,
    on_switch: Mapping[str, bool],
    broken: Collection[int] = (),
    upstream: Fraction | int = 1,
    deadline: Callable[[], None] | None = None,
) -> AutogradEvidence:
    """Run torch and judge every derivative and every intermediate step.

    Args:
        graph: the primal graph.
        point: a graph of constants for every variable.
        derived: the certified derivative in each variable asked for; None where there is none.
        clarke: the Clarke interval in each variable, where there is one.
        on_switch: whether the point lies on a kink or jump in each variable.
        broken: the steps whose operation has no derivative at the point.
        upstream: the gradient of the output.
        deadline: called now and then; raises when time is up.
    """
    centre = values_at(point, _WIDE)
    try:
        inputs = {n: _to_float(v) for n, v in centre.items()}
        run = run_autograd(graph, inputs, upstream=nearest(Fraction(upstream)), deadline=deadline)
    except MissingPackageError:
        return AutogradEvidence(unavailable="missing")
    except UnsupportedError:
        return AutogradEvidence(unavailable="unsupported")
    bounds = _Bounds(graph, centre, upstream, broken, deadline)
    findings = {
        name: _judged(run.gradients[graph.inputs[name]] if name in graph.inputs else 0.0, bounds.gradient(name), d,
                      clarke.get(name), switch=on_switch.get(name, False))
        for name, d in derived.items()
    }  # fmt: skip
    disagreement, compared = bounds.first_disagreement(run)
    return AutogradEvidence(findings, "float64", run.version, compared, disagreement)


def _to_float(ball: arb) -> float:
    """The float64 number nearest to the middle; an infinity beyond the range."""
    return float(ball.mid())


class _Bounds:
    """What float64 can deliver: a ball for the value and the gradient of every step."""

    def __init__(
        self,
        graph: Graph,
        centre: Mapping[str, arb],
        upstream: Fraction | int,
        broken: Collection[int],
        deadline: Callable[[], None] | None,
    ) -> None:
        self.graph = graph
        run, self.places = as_torch_runs_it(graph)
        self.derivation: Derivation = differentiate(
            run, upstream=upstream, local=Op.torch_local_program, deadline=deadline
        )
        system = Rounded()
        inputs = {n: system.delivered(v) for n, v in centre.items()}
        self.values = interpret(self.derivation.graph, cast(Kernel, system), inputs, deadline=deadline)
        self.paths = self._path_sums()
        self.unclear = below_breaks(graph, broken)

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
        reordered = self.paths.get(step, 0.0) * len(self.derivation.contributions) * 2.0**-BITS
        return ball + arb(0, reordered) if math.isfinite(reordered) else _UNBOUNDED

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
                if not _inside(number, ball):
                    return Disagreement(k, quantity, number, float(ball.mid())), compared
        return None, compared


def _size(ball: Any) -> float:
    return float(abs(ball).upper()) if isinstance(ball, arb) else 0.0


def _inside(number: float, ball: arb) -> bool:
    """Whether float64 could have come to ``number``; a ball that is not finite says that its range was left."""
    if not ball.is_finite():
        return True
    return math.isfinite(number) and bool(ball.contains(arb(number)))


def _judged(
    number: float | None, bound: Value, derived: Real, clarke: tuple[Real, Real] | None, *, switch: bool
) -> AutogradFinding:
    value = 0.0 if number is None else float(number)
    if derived is None:
        finite = math.isfinite(value)
        subgradient = _within(value, clarke) if finite and clarke is not None else None
        return AutogradFinding(value, Agreement.CONVENTION, subgradient=subgradient)
    ulps = _ulps(value, derived)
    if ulps <= _MATCHING_ULPS:
        return AutogradFinding(value, Agreement.MATCH, ulps=ulps, subgradient=True if switch else None)
    if switch:
        return AutogradFinding(value, Agreement.CONVENTION, ulps=ulps, subgradient=_within(value, clarke))
    if isinstance(bound, arb) and _inside(value, bound):
        distance = float(abs(_ball(derived) - arb(value)).upper()) if math.isfinite(value) else math.inf
        width = max(float(bound.rad()), distance)  # torch's own formula may be off by more than its rounding
        return AutogradFinding(value, Agreement.ROUNDING, ulps, _digits(width, derived), width)
    explained = float(bound.rad()) if isinstance(bound, arb) else None
    return AutogradFinding(value, Agreement.MISMATCH, ulps=ulps, bound=explained)


def _ball(number: Real) -> arb:
    return _WIDE.constant(number) if isinstance(number, Fraction) else number


def _ulps(value: float, derived: Real) -> float:
    """How many float64 numbers ``value`` is away from the one nearest to the derivative."""
    ball = _ball(derived)
    nearby = _to_float(ball)
    if not math.isfinite(value) or not math.isfinite(nearby):
        return 0.0 if value == nearby else math.inf
    return abs(value - nearby) / math.ulp(nearby)


def _digits(width: float, derived: Real) -> int:
    """Decimal digits that are certainly right, when the error is at most ``width``."""
    size = float(abs(_ball(derived)).lower())
    if not width or not size or width >= size:
        return 0
    return max(0, math.floor(-math.log10(2 * width / size)))


def _within(value: float, interval: tuple[Real, Real] | None) -> bool | None:
    """Whether the value lies in the interval; None if there is none."""
    if interval is None or not math.isfinite(value):
        return None
    low, high = (_ball(end) for end in interval)
    number = arb(value)
    return not bool(number < low) and not bool(number > high)
