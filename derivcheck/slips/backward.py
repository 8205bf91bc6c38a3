"""Backward: the slip that explains a wrong formula or a wrong number.

Formulas are first compared in floats at a few points; a slip whose derivative agrees there is named only if the claim
is proved, or found at many points, to be the same function. A number can be explained at one point only, where small
numbers often agree by chance: what can be said is that the slip would give it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isclose, isfinite
from typing import Any, cast

from derivcheck.budget import Deadline
from derivcheck.derive import Derivation
from derivcheck.equality.decide import decide
from derivcheck.equality.points import Point, spread_points
from derivcheck.equality.sampling import Pair
from derivcheck.errors import OutOfTimeError
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.numbers.floats import Floats
from derivcheck.numbers.kernel import Kernel
from derivcheck.slips.forward import usual_slips, wrong_derivatives
from derivcheck.slips.kinds import Slip, SlipKind
from derivcheck.verdict import Verdict

PROBES, ENOUGH = 10, 3
"""Points at which floats are compared, and how many of them must have a value."""
LARGEST_MULTIPLE = 1000
"""The numerator and denominator of a constant multiple that is named are at most this."""
_SAME = 1e-9
_EXPLAINED = frozenset({Verdict.VERIFIED, Verdict.CONSISTENT})


@dataclass(frozen=True, slots=True)
class Explained:
    """A slip that would give a claimed number at the point; ``value`` is another value of a variable, if it is that."""

    slip: Slip
    value: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The search for a slip on the way to one derivative.

    Attributes:
        derivation: adjoints at every step; its graph may hold claimed formulas too.
        variable: the step that was differentiated by.
        deadline: the end of the time; when it passes, nothing is explained.
        names: names of steps besides variables, for the formulas of local derivatives.
    """

    derivation: Derivation
    variable: int
    deadline: Deadline
    names: Mapping[int, str] = field(default_factory=dict)

    def of_formula(self, claimed: int) -> Slip | None:
        """The slip that turns the derivative into the claimed formula, a step of the derivation's graph."""
        right = self.derivation.adjoints.get(self.variable)
        if right is None:
            return None
        slips, graph, steps = self._slipped()
        try:
            rows = _probed(graph, [claimed, right, *steps], self.deadline)
            if len(rows) < ENOUGH:
                return None
            for k, (slip, step) in enumerate(zip(slips, steps, strict=True), start=2):
                if _agree(rows, 0, k) and not _agree(rows, 1, k) and self._same(graph, claimed, step):
                    return slip
            return self._multiple(claimed, rows)
        except OutOfTimeError:
            return None

    def _slipped(self) -> tuple[tuple[Slip, ...], Graph, tuple[int, ...]]:
        """The usual slips, and a graph with the step that each of them gives."""
        slips = usual_slips(self.derivation, self.variable, self.names)
        return slips, *wrong_derivatives(self.derivation, self.variable, slips)

    def _same(self, graph: Graph, a: int, b: int) -> bool:
        return a == b or decide(Pair(graph, a, b, edges=False), self.deadline).verdict in _EXPLAINED

    def _multiple(self, claimed: int, rows: Sequence[Sequence[float]]) -> Slip | None:
        """A constant multiple of the derivative, for whatever reason."""
        ratios = [row[0] / row[1] for row in rows if row[1]]
        if len(ratios) < ENOUGH or not all(isclose(r, ratios[0], rel_tol=_SAME) for r in ratios):
            return None
        factor = Fraction(ratios[0]).limit_denominator(LARGEST_MULTIPLE)
        near = factor != 1 and isclose(float(factor), ratios[0], rel_tol=_SAME)
        if not near or not 0 < abs(factor) <= LARGEST_MULTIPLE:
            return None
        slip = Slip(SlipKind.MULTIPLE, factor=factor)
        graph, (step,) = wrong_derivatives(self.derivation, self.variable, [slip])
        return slip if self._same(graph, claimed, step) else None

    def of_number(self, point: Point, fits: Callable[[float], bool]) -> Explained | None:
        """The slip that would give a claimed number at a rational point.

        Args:
            point: the value of every variable.
            fits: whether a float is the claimed number.
        """
        right = self.derivation.adjoints.get(self.variable)
        if right is None:
            return None
        slips, graph, steps = self._slipped()
        try:
            self.deadline()
            for slip, number in zip(slips, _values(graph, steps, point), strict=True):
                if isfinite(number) and fits(number):
                    return Explained(slip)
            for variable, value in () if fits(0.0) else _elsewhere(point):  # 0 comes out anywhere
                self.deadline()
                (number,) = _values(graph, [right], {**point, variable: value})
                if isfinite(number) and fits(number):
                    return Explained(Slip(SlipKind.OTHER_POINT, names=(variable,)), value)
        except OutOfTimeError:
            pass
        return None


def _probed(graph: Graph, steps: Sequence[int], deadline: Callable[[], None]) -> list[list[float]]:
    """The values of the steps, a row for every point at which the first two have finite ones."""
    rows: list[list[float]] = []
    for point in spread_points(list(graph.inputs), PROBES):
        deadline()
        row = _values(graph, steps, point)
        if all(map(isfinite, row[:2])):
            rows.append(row)
    return rows


def _values(graph: Graph, steps: Sequence[int], point: Point) -> list[float]:
    """The values of steps in floats, NaN where there is none."""
    inputs = {n: float(v) for n, v in point.items()}
    values = interpret(graph, cast(Kernel, Floats()), inputs, wanted=steps)
    return [_number(values[k]) for k in steps]


def _number(value: Any) -> float:
    return value if isinstance(value, float) else float("nan")


def _agree(rows: Sequence[Sequence[float]], a: int, b: int) -> bool:
    return all(isclose(row[a], row[b], rel_tol=_SAME) for row in rows)


def _elsewhere(point: Point) -> Iterator[tuple[str, Fraction]]:
    """Points that differ in one variable: its value is another variable's, has another sign, or is the next integer."""
    for name, own in point.items():
        others = [*(v for n, v in point.items() if n != name), -own, own - 1, own + 1]
        yield from ((name, v) for v in dict.fromkeys(others) if v != own)
