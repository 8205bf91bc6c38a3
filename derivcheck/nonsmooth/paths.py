"""Running a graph on germs along a path through the point, and which operations are not analytic there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from derivcheck.errors import PointError, UnsupportedError
from derivcheck.graph.steps import Graph, Kind
from derivcheck.interpret import interpret, values_at
from derivcheck.numbers.coefficient import Coefficient
from derivcheck.numbers.germ import Germ
from derivcheck.numbers.kernel import Undefined, Value
from derivcheck.numbers.logpower import LogPowerSeries
from derivcheck.numbers.side import Side, one_sided
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE

Deadline = Callable[[], None] | None
Direction = Mapping[str, Fraction]

_BOTH_SIDES_AND_POINT = 3


@dataclass(frozen=True, slots=True)
class Trace:
    """One run of a graph on germs.

    Attributes:
        values: the germ of every step that the output needs.
        singular: the steps at which something was not analytic at the point, in the order of computation.
    """

    values: list[Value]
    singular: tuple[int, ...]


class Paths:
    """A function at a point, ready to be followed along paths x₀ + t·v + t²·w.

    All germs share one arithmetic of coefficients, so that equal irrational numbers are recognised.

    Args:
        graph: a scalar graph.
        point: a graph of constants for each variable.
        germ: the number system.
        deadline: called now and then; raises when time is up.

    Raises:
        PointError: a variable has no value, or its value is no real number.
    """

    def __init__(self, graph: Graph, point: Mapping[str, Graph], germ: Germ, deadline: Deadline = None) -> None:
        self.graph, self.germ, self.deadline = graph, germ, deadline
        needed = graph.ancestors(graph.output)
        names = [graph.ops[k] for k in needed if graph.kinds[k] is Kind.INPUT]
        missing = [n for n in names if n not in point]
        if missing:
            raise PointError(f"the point gives no value for {', '.join(missing)}")
        self.centre = values_at({n: point[n] for n in names}, germ)
        for name, value in self.centre.items():
            if isinstance(value, Undefined):
                raise PointError(f"the value of {name} is no real number: {value.reason}")
        self._here: Trace | None = None

    @property
    def here(self) -> Trace:
        """The run at the point itself."""
        if self._here is None:
            self._here = self._run(self.centre)
        return self._here

    def along(self, direction: Direction, bend: Direction | None = None) -> Trace:
        """The run along x₀ + t·direction + t²·bend.

        Raises:
            UnsupportedError: a variable that moves is an array.
        """
        moved = dict(self.centre)
        for power, slopes in ((1, direction), (2, bend or {})):
            for name, slope in slopes.items():
                if slope and name in moved:
                    if not isinstance(moved[name], LogPowerSeries):
                        raise UnsupportedError(f"{name} is an array: only a scalar variable can be moved")
                    moved[name] = self.germ.add(moved[name], self.germ.monomial(slope, power))
        return self._run(moved)

    def _run(self, inputs: Mapping[str, Value]) -> Trace:
        germ, singular = self.germ, []
        before = germ.singularities

        def observe(step: int) -> None:
            nonlocal before
            if germ.singularities != before:
                before = germ.singularities
                singular.append(step)

        values = interpret(
            self.graph, germ, inputs, wanted=[self.graph.output], deadline=self.deadline, observe=observe
        )
        return Trace(values, tuple(singular))

    def value(self) -> Coefficient | None:
        """The value at the point; None outside the domain.

        Raises:
            PrecisionError: whether it exists cannot be told.
            UndecidedError: the same at any precision.
        """
        found = self.here.values[self.graph.output]
        if isinstance(found, Undefined):
            side(found, None, self.germ)  # raises unless the value certainly does not exist
            return None
        return constant_of(found)

    def output(self, trace: Trace) -> LogPowerSeries:
        """The germ of the output.

        Raises:
            DomainError, PrecisionError, UndecidedError: what stands in its place.
        """
        found = trace.values[self.graph.output]
        if isinstance(found, Undefined):
            raise found.error
        return found  # type: ignore[no-any-return]  # the system is the germs'

    def side(self, trace: Trace, value: Coefficient | None) -> Side:
        """What the output does along the path of ``trace``."""
        return side(trace.values[self.graph.output], value, self.germ)


def constant_of(value: LogPowerSeries) -> Coefficient:
    """The number that a constant germ is."""
    return value.coefficient(0)


def side(value: LogPowerSeries | Undefined, at: Coefficient | None, germ: Germ) -> Side:
    """:func:`derivcheck.numbers.side.one_sided` in the germ's own coefficients."""
    return one_sided(value, at, germ.coefficients)


def relevant(graph: Graph, *traces: Trace) -> bytearray:
    """Which steps the output depends on along the given runs: of a selection only the branches that are taken.

    A single run needs the condition of a selection too; three, on both sides and at the point, show whether it changes.
    """
    needed = bytearray(len(graph))
    needed[graph.output] = 1
    for k in range(graph.output, -1, -1):
        if not needed[k]:
            continue
        operands = graph.operands[k]
        if graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].role is Role.SELECT and not graph.indices[k]:
            condition, then, otherwise = operands
            taken = [t.values[condition] for t in traces]
            steady = len(traces) >= _BOTH_SIDES_AND_POINT and all(c is taken[0] for c in taken)
            needed[condition] |= not (steady and isinstance(taken[0], bool))
            needed[then] |= any(c is not False for c in taken)
            needed[otherwise] |= any(c is not True for c in taken)
        else:
            for o in operands:
                needed[o] = 1
    return needed
