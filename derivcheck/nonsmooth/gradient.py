"""Whether the gradient in several variables together exists at a point.

Near x₀ the function is one of finitely many selections fᵢ, each on its region Sᵢ. If every fᵢ(x₀ + h) is
f(x₀) + gᵢ·h + o(|h|) on Sᵢ, and gᵢ - g vanishes on the tangents of Sᵢ for one and the same g, then f is differentiable
at x₀ with gradient g: nothing else is asked, not even continuity elsewhere. The other way round, one straight line or
curve through x₀ along which the derivative is not g·v is a proof that there is no gradient.

Source: S. Scholtes, Introduction to Piecewise Differentiable Equations (2012), proposition 4.1.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from derivcheck.errors import OutOfTimeError
from derivcheck.graph.steps import Graph, Kind
from derivcheck.nonsmooth.cones import Vector
from derivcheck.nonsmooth.existence import GradientExistence, PartialExistence
from derivcheck.nonsmooth.hull import in_hull
from derivcheck.nonsmooth.partial import OUT_OF_TIME, partial_existence
from derivcheck.nonsmooth.paths import Deadline, Direction, Paths, relevant
from derivcheck.nonsmooth.regions import Region, difference, rational, regions
from derivcheck.nonsmooth.switches import active_switches
from derivcheck.numbers.coefficient import Coefficient, sign
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.germ import Germ, decide
from derivcheck.numbers.kernel import UndecidedError, Undefined
from derivcheck.numbers.side import Side, SideKind
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE

LARGEST_SELECTIONS = 256
"""How many combinations of active switches are looked at."""

Failing: TypeAlias = tuple[Region, Vector | None]
"""A region that does not fit one gradient, and the linear form that should vanish on its tangents, if it is known."""

_TRIES = 12
_MOST_BENT = 3
_SINGULAR = "a root, a pole or an oscillation is active, and nothing was proved of it"
_THIN = "selections of different gradients meet there, and no line or curve was found that tells them apart"


def gradient_existence(
    graph: Graph,
    point: Mapping[str, Graph],
    names: Sequence[str],
    *,
    partials: Mapping[str, PartialExistence] | None = None,
    deadline: Deadline = None,
    limit: int = LARGEST_SELECTIONS,
) -> GradientExistence:
    """Decide whether the function is totally differentiable in ``names`` at a point.

    Args:
        graph: a scalar graph.
        point: a graph of constants for each variable.
        names: the variables that move.
        partials: what :func:`partial_existence` found for each name, if that was asked before.
        deadline: called now and then; raises when time is up.
        limit: how many combinations of active switches are looked at.

    Returns:
        True only with a proof, False only with a witness or a partial derivative that does not exist.

    Raises:
        PointError: a variable has no value.
    """
    try:
        if decide(lambda germ: _is_analytic(Paths(graph, point, germ, deadline)), deadline=deadline):
            return GradientExistence(True)
        known = partials or {}
        found = {n: known[n] if n in known else partial_existence(graph, point, n, deadline=deadline) for n in names}
        early = _from_partials(found)
        if early is not None:
            return early
        return decide(lambda germ: _Examination(graph, point, names, germ, deadline).decided(limit), deadline=deadline)
    except OutOfTimeError:
        return GradientExistence(None, reason=OUT_OF_TIME)
    except UndecidedError as error:
        return GradientExistence(None, reason=error.message)


def _is_analytic(paths: Paths) -> bool:
    """Whether nothing that the output depends on is active at the point."""
    here = paths.here
    needed = relevant(paths.graph, here)
    inside = not isinstance(here.values[paths.graph.output], Undefined)
    return inside and not any(needed[k] for k in here.singular)


def _from_partials(found: Mapping[str, PartialExistence]) -> GradientExistence | None:
    missing = next((n for n, p in found.items() if p.exists is False), None)
    if missing is not None:
        return GradientExistence(False, {missing: Fraction(1)}, f"there is no derivative in {missing}")
    undecided = next((n for n, p in found.items() if p.exists is None), None)
    if undecided is not None:
        return GradientExistence(None, reason=f"the derivative in {undecided} is undecided: {found[undecided].reason}")
    return GradientExistence(True) if len(found) == 1 else None


class _Examination:
    """The function at the point, all partial derivatives existing."""

    def __init__(
        self, graph: Graph, point: Mapping[str, Graph], names: Sequence[str], germ: Germ, deadline: Deadline
    ) -> None:
        self.graph, self.point, self.germ, self.deadline = graph, point, germ, deadline
        self.names = [n for n in names if n in graph.inputs]
        self.paths = Paths(graph, point, germ, deadline)
        self.value = self.paths.value()
        self.slopes = {n: self.side({n: Fraction(1)}).slope for n in self.names}

    def side(self, v: Direction, bend: Direction | None = None) -> Side:
        return self.paths.side(self.paths.along(v, bend), self.value)

    def decided(self, limit: int) -> GradientExistence:
        failing, reason = self._compared(limit, merged=False)
        if failing is None:
            failing = self._compared(limit, merged=True)[0]
        if failing == []:
            return GradientExistence(True)
        tried = self._tried(failing or [])
        witness = next((w for v, bend in tried if (w := self._witness(v, bend)) is not None), None)
        return witness or GradientExistence(None, reason=reason)

    def _compared(self, limit: int, *, merged: bool) -> tuple[list[Failing] | None, str]:
        """The regions that do not fit, None where they cannot be listed; and why nothing may follow from them."""
        exact, deadline = self.germ.coefficients, self.deadline
        try:
            found = regions(self.graph, self.point, self.names, exact, limit=limit, merged=merged, deadline=deadline)
            failing = self._failing(found)
        except UndecidedError as error:
            return None, error.message
        tame = all(r.expansion is not None and r.expansion.order > 1 for r, _ in failing)
        return failing, _THIN if tame else _SINGULAR

    def _failing(self, found: Sequence[Region]) -> list[Failing]:
        """The regions that do not fit one gradient, with the linear form that should vanish on their tangents."""
        exact = self.germ.coefficients
        centre = next((r.expansion for r in found if r.holds_centre and r.expansion), None)
        full = [r for r in found if r.expansion is not None and r.expansion.order > 1 and _is_full(r, len(self.names))]
        failing: list[Failing] = []
        for r in found:
            e = r.expansion
            fits = e is not None and centre is not None and bool(full) and e.order > 1
            if fits and e is not None and centre is not None and sign(exact.sub(e.value, centre.value)) == 0:
                reference = full[0].expansion
                form = difference(exact, e.gradient, reference.gradient if reference else ())
                goals = [] if form is None else _goals(form)
                reached = next((goal for goal in goals if self._reaches(r, goal)), None)
                if reached is not None:
                    failing.append((r, reached))
            elif self._reaches(r, None):
                failing.append((r, None))
        return failing

    def _reaches(self, region: Region, objective: Vector | None) -> bool:
        """Whether the cone of the region has a direction along which the objective (any, if None) does not vanish."""
        return next(region.directions(objective, len(self.names)), None) is not None

    def _tried(self, failing: Sequence[Failing]) -> Iterator[tuple[Vector, Vector | None]]:
        """Directions, then curves, along which the derivative may not be linear."""
        size = len(self.names)
        for region, objective in failing:
            for _, v in zip(range(_TRIES), region.directions(objective, size), strict=False):
                yield v, None
        if size > _MOST_BENT:
            return
        entries = [tuple(map(Fraction, v)) for v in product((0, 1, -1, 2, -2), repeat=size) if any(v)]
        yield from ((v, None) for v in entries)
        axes = [v for v in entries if sum(map(abs, v)) == 1]
        across = [(v, w) for v in axes for w in axes if v != w and v != tuple(-c for c in w)]
        for bend in (Fraction(1), Fraction(1, 2), Fraction(2)):
            yield from ((v, tuple(bend * c for c in w)) for v, w in across)

    def _witness(self, v: Vector, bend: Vector | None) -> GradientExistence | None:
        """The proof that the derivative along v is not linear, if it is one."""
        line = {n: c for n, c in zip(self.names, v, strict=True) if c}
        curve = None if bend is None else {n: c for n, c in zip(self.names, bend, strict=True) if c}
        try:
            found = self.side(line, curve)
            if found.kind is SideKind.FINITE and found.slope is not None and self._is_linear(line, found.slope):
                return None
        except UndecidedError:
            return None
        reason = "the function has no value there" if found.kind is SideKind.OUTSIDE else ""
        return GradientExistence(False, line, reason, curve)

    def _is_linear(self, line: Direction, slope: Coefficient) -> bool:
        exact = self.germ.coefficients
        expected: Coefficient = Fraction(0)
        for name, c in line.items():
            expected = exact.add(expected, exact.mul(c, self.slopes[name] or Fraction(0)))
        return sign(exact.sub(slope, expected)) == 0


def _goals(form: Sequence[Coefficient]) -> list[Vector]:
    """Linear forms that all vanish only where the given one does; itself alone, if it is rational."""
    whole = rational(form)
    if whole is not None:
        return [whole]
    return [
        tuple(Fraction(j == k) for j in range(len(form)))
        for k, c in enumerate(form)
        if not (isinstance(c, Fraction) and not c)
    ]


def _is_full(region: Region, size: int) -> bool:
    return not region.cone or (size > 0 and region.is_open)


def clarke_vertices(
    graph: Graph,
    point: Mapping[str, Graph],
    names: Sequence[str],
    *,
    deadline: Deadline = None,
    limit: int = LARGEST_SELECTIONS,
) -> tuple[tuple[Coefficient, ...], ...] | None:
    """The vertices of the Clarke subdifferential of a piecewise C¹ function: gradients of its essential selections.

    Only continuous switches (kinks of the table's rows) between C¹ selections with rational gradients are looked at.

    Returns:
        One gradient a vertex, in the order of ``names``; None where the function is not of that kind, or undecided.
    """

    def found(germ: Germ) -> tuple[tuple[Coefficient, ...], ...] | None:
        paths = Paths(graph, point, germ, deadline)
        if paths.value() is None or not _has_kinks_only(paths):
            return None
        exact: Exact = germ.coefficients
        selections = regions(graph, point, names, exact, limit=limit, deadline=deadline)
        if any(r.expansion is None or r.expansion.order <= 1 or not r.expansion.strict for r in selections):
            return None
        gradients = {g: None for r in selections if _is_full(r, len(names)) and (g := _rational_gradient(r))}
        return None if any(_rational_gradient(r) is None for r in selections) else _vertices(list(gradients))

    try:
        return decide(found, deadline=deadline)
    except (UndecidedError, OutOfTimeError):
        return None


def _rational_gradient(region: Region) -> Vector | None:
    return None if region.expansion is None else rational(region.expansion.gradient)


def _has_kinks_only(paths: Paths) -> bool:
    """Whether every active operation is continuous: a row with kinks, no comparison, jump, root or pole."""
    for switch in active_switches(paths, paths.here):
        if paths.graph.kinds[switch.step] is not Kind.MAP or switch.cell is None:
            return False
        row = TABLE[paths.graph.ops[switch.step]]
        if row.role in (Role.CONDITION, Role.SELECT) or row.switches[switch.cell].jump:
            return False
    return True


def _vertices(points: Sequence[Vector]) -> tuple[Vector, ...]:
    """The points that are not in the convex hull of the others."""
    return tuple(p for p in points if not in_hull([q for q in points if q != p], p))
