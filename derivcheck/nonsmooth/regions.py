"""The selections of a function around a point, each with its expansion and the cone of its region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret, values_at
from derivcheck.nonsmooth.cones import HalfSpace, Vector, direction
from derivcheck.nonsmooth.expansion import Constraint, EmptyRegionError, Expansion
from derivcheck.nonsmooth.paths import Deadline
from derivcheck.nonsmooth.selections import Selections
from derivcheck.numbers.coefficient import Coefficient, sign
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import DomainError, UndecidedError, Undefined

_MOST_CANDIDATES = 243


@dataclass(frozen=True, slots=True)
class Region:
    """One selection.

    Attributes:
        expansion: the function in the region; None where it has no value there.
        cone: half-spaces that hold every tangent of the region, in the variables' order.
        holds_centre: whether the point itself belongs to the region.
    """

    expansion: Expansion | None
    cone: tuple[HalfSpace, ...]
    holds_centre: bool

    @property
    def is_open(self) -> bool:
        """Whether the interior of the cone is not empty: then the region holds an open cone near the point."""
        size = len(self.cone[0].normal) if self.cone else 0
        return direction([HalfSpace(h.normal, True) for h in self.cone], size) is not None

    def directions(self, objective: Vector | None, size: int) -> Iterator[Vector]:
        """Directions in the cone along which ``objective`` does not vanish (any for None), simple ones first."""
        found: set[Vector] = set()
        for v in _candidates(size):
            inside = all(_dot(h.normal, v) >= 0 for h in self.cone)
            if inside and (objective is None or _dot(objective, v)):
                found.add(v)
                yield v
        for v in self._extremes(objective, size):
            if v not in found:
                yield v

    def _extremes(self, objective: Vector | None, size: int) -> Iterator[Vector]:
        if objective is None:
            goals = [tuple(Fraction(s * (j == k)) for j in range(size)) for k in range(size) for s in (1, -1)]
        else:
            goals = [objective, tuple(-c for c in objective)]
        for strict, goal in product((True, False), goals):
            v = direction([*(HalfSpace(h.normal, strict) for h in self.cone), HalfSpace(goal, True)], size)
            if v is not None:
                yield v


def _candidates(size: int) -> list[Vector]:
    """The vectors of -1, 0 and 1, those with fewest entries other than 0 first; none for many variables."""
    if 3**size > _MOST_CANDIDATES:
        return []
    found = [tuple(map(Fraction, v)) for v in product((1, -1, 0), repeat=size) if any(v)]
    return sorted(found, key=lambda v: sum(map(abs, v)))


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def regions(
    graph: Graph,
    point: Mapping[str, Graph],
    names: Sequence[str],
    coefficients: Exact,
    *,
    limit: int,
    merged: bool = False,
    deadline: Deadline = None,
) -> list[Region]:
    """All selections around the point.

    Args:
        graph: a scalar graph.
        point: a graph of constants for each variable.
        names: the variables that move.
        coefficients: an arithmetic that remembers.
        limit: the largest number of selections.
        merged: whether continuous switches are bounded by their size instead of being divided into selections.
        deadline: called now and then; raises when time is up.

    Raises:
        UndecidedError: there are more, or the order of some switch is hidden.
        PrecisionError: a sign cannot be told.
    """
    found: list[Region] = []
    plan: list[int] = []
    for _ in range(limit):
        system = Selections(coefficients, len(names), plan, merged=merged)
        try:
            expansion = _output(graph, point, names, system, deadline)
            cone = tuple(h for c in system.plan.constraints() for h in _half_spaces(c))
            found.append(Region(expansion, cone, system.plan.holds_centre()))
        except EmptyRegionError:
            pass  # no point has these signs
        following = system.plan.following()
        if following is None:
            return found
        plan = following
    raise UndecidedError(f"more than {limit} combinations of active switches")


def _output(
    graph: Graph, point: Mapping[str, Graph], names: Sequence[str], system: Selections, deadline: Deadline
) -> Expansion | None:
    if not graph.scalar:
        raise UndecidedError("selections of functions of arrays are not compared")
    place = {name: k for k, name in enumerate(names)}
    needed = {n: point[n] for n in graph.inputs if n in point}
    start = values_at(needed, system.coefficients)
    inputs = {n: system.variable(v, place.get(n)) for n, v in start.items()}
    found = interpret(graph, system, inputs, wanted=[graph.output], deadline=deadline)[graph.output]
    if isinstance(found, Undefined):
        if isinstance(found.error, DomainError):
            return None
        raise found.error
    return found if isinstance(found, Expansion) else None


def _half_spaces(constraint: Constraint) -> Iterator[HalfSpace]:
    """The closed half-spaces of a constraint; an irrational one is left out, which only makes the cone greater."""
    gradient, signs = constraint
    normal = rational(gradient)
    if normal is None or not any(normal):
        return
    if -1 not in signs:
        yield HalfSpace(normal)
    if 1 not in signs:
        yield HalfSpace(tuple(-c for c in normal))


def rational(gradient: Sequence[Coefficient]) -> Vector | None:
    """The vector if all its elements are rational, those that are certainly 0 included."""
    return (
        tuple(c for c in gradient if isinstance(c, Fraction))
        if all(isinstance(c, Fraction) for c in gradient)
        else None
    )


def difference(
    coefficients: Exact, a: Sequence[Coefficient], b: Sequence[Coefficient]
) -> tuple[Coefficient, ...] | None:
    """a - b; None where it is 0."""
    found = tuple(map(coefficients.sub, a, b))
    return found if any(sign(c) for c in found) else None
