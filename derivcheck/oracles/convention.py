"""What torch returns for one operation on its switch, beside the rule that its documentation gives.

The gradient near the switch is followed along lines, in one-sided series: where it grows along every line the operation
is locally convex, where it falls concave. Then the rule is computed: the subgradient (or supergradient) of least norm,
else a limit of gradients. The rule holds for one operation; of a composition it promises nothing.

Source: PyTorch documentation, Autograd mechanics, "Gradients for non-differentiable functions".
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations
from typing import cast

from flint import arb

from derivcheck.errors import UnsupportedError
from derivcheck.frameworks.torch_bridge import AutogradRun, run_autograd
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph, Kind
from derivcheck.numbers.coefficient import Symbolic
from derivcheck.numbers.germ import Germ, decide
from derivcheck.numbers.kernel import REFUSALS, Kernel, UndecidedError
from derivcheck.numbers.logpower import LogPowerSeries, Tendency
from derivcheck.ops.evaluate import compiled, evaluator
from derivcheck.ops.row import Op, Role
from derivcheck.ops.table import TABLE
from derivcheck.oracles.evidence import Convention, Rule
from derivcheck.oracles.rounding import Format, written_out

Vector = tuple[float, ...]

_PAIR, _MOST_OPERANDS = 2, 3
_ALL = {n: len({tuple(s * e for e in p) for p in permutations((-2, -1, 1, 3), n) for s in (1, -1)}) for n in (1, 2, 3)}
"""How many rays there are for one, two and three operands."""
_ULPS = 4
_TINY = 1e-12


def conventions(
    graph: Graph, run: AutogradRun, broken: Collection[int], form: Format, device: str
) -> tuple[Convention, ...]:
    """What is promised and what is returned, for every operation that has no derivative at the point.

    Args:
        graph: the loss.
        run: what torch computed; its numbers are the point of every operation.
        broken: the steps that have no derivative of their own.
        form: the floating type.
        device: the device that torch ran on.
    """
    needed = set(graph.ancestors(graph.output))
    found = (_convention(graph, run, k, form, device) for k in sorted(set(broken) & needed))
    return tuple(c for c in found if c is not None)


def _convention(graph: Graph, run: AutogradRun, k: int, form: Format, device: str) -> Convention | None:
    """One operation that torch has; None for a selection, and for what torch runs as several operations."""
    row, params = TABLE[graph.ops[k]], graph.params[k]
    operands = tuple(dict.fromkeys(graph.operands[k]))
    values = {o: run.values[o] for o in operands}
    known = all(isinstance(v, float) and math.isfinite(v) for v in values.values())
    folded = row.torch is not None and row.torch.fold and len(operands) > _PAIR
    repeated = len(operands) < len(graph.operands[k])  # a composition: both operands move together
    if (
        repeated
        or row.role is Role.SELECT
        or written_out(row, params, len(operands)) is not None
        or folded
        or not known
    ):
        return None
    single = _alone(graph, k, operands)
    inputs = {f"a{o}": v for o, v in values.items()}
    try:
        alone = run_autograd(single, inputs, dtype=form.name, device=device)
    except UnsupportedError:
        return None
    gradients = {o: alone.gradients[single.inputs[f"a{o}"]] for o in operands}
    operation = _Operation(row, params, graph.operands[k], values)
    found = _beside(k, operation, operands, gradients, form)
    varying = tuple(o for o in operands if any(graph.kinds[a] is Kind.INPUT for a in graph.ancestors(o)))
    if found.follows is not True and varying != operands:
        return _beside(k, operation, varying, gradients, form)  # numbers as bounds are no operands to torch
    return found


def _beside(
    k: int, operation: _Operation, moving: tuple[int, ...], gradients: Mapping[int, float | None], form: Format
) -> Convention:
    """The rule for an operation as a function of some of its operands, beside what was returned."""
    returned = tuple(float(gradients[o] or 0.0) for o in moving)
    near = _nearby(operation, moving) if len(moving) <= _MOST_OPERANDS else None
    rule, promised = (Rule.OPEN, ()) if near is None else _promise(near)
    follows = any(_equal(returned, p, form) for p in promised) if promised else None
    return Convention(k, moving, rule, promised, returned, follows)


def _alone(graph: Graph, k: int, operands: Sequence[int]) -> Graph:
    """The operation by itself, as a graph of its operands."""
    builder = GraphBuilder()
    place = {o: builder.input(f"a{o}") for o in operands}
    read = [place[o] for o in graph.operands[k]]
    return builder.finish(builder.scalar(graph.ops[k], *read, params=graph.params[k]))


@dataclass(frozen=True, slots=True)
class _Operation:
    """A row at a point: the operands it reads, by number, and their values."""

    row: Op
    params: tuple[Fraction, ...]
    reads: tuple[int, ...]
    values: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class _Ray:
    """The gradient along one line from the point.

    Attributes:
        direction: the line's direction.
        limit: the gradient's limit at the point.
        trend: the sign of the change of the directional derivative along the line.
        reaches: whether the value is continuous there.
    """

    direction: tuple[int, ...]
    limit: Vector
    trend: int
    reaches: bool


def _nearby(operation: _Operation, moving: tuple[int, ...]) -> list[_Ray] | None:
    """The gradients on rays from the point, in the operands that move; None where they cannot be told.

    A ray outside the domain is left out.
    """
    found: list[_Ray] = []
    for ends in permutations((-2, -1, 1, 3), len(moving)):
        for direction in (ends, tuple(-e for e in ends)):
            ray = _followed(operation, dict(zip(moving, direction, strict=True)))
            if isinstance(ray, UndecidedError):
                return None
            if ray is not None:
                found.append(ray)
    return found


def _followed(operation: _Operation, moves: Mapping[int, int]) -> _Ray | UndecidedError | None:
    """One ray; None outside the domain, an error where it cannot be told."""

    def compute(germ: Germ) -> _Ray:
        return _ray(operation, moves, germ)

    try:
        return decide(compute)
    except UndecidedError as error:
        return error
    except REFUSALS:
        return None


def _ray(operation: _Operation, moves: Mapping[int, int], germ: Germ) -> _Ray:
    """Follow the operation's local derivatives along one ray."""
    row, reads, params = operation.row, operation.reads, operation.params
    system = cast(Kernel, germ)
    here = {o: germ.constant(Fraction(v)) for o, v in operation.values.items()}
    moved = {o: germ.add(g, germ.monomial(Fraction(moves[o]), 1)) if o in moves else g for o, g in here.items()}
    function = evaluator(row, params, len(reads), system)
    out = function(*[moved[o] for o in reads])
    slopes = dict.fromkeys(moves, germ.constant(Fraction(0)))
    for place, o in enumerate(reads):
        program = row.local_program(place, len(reads), params)
        if program is not None and o in moves:
            slopes[o] = germ.add(slopes[o], compiled(program, system)(*[moved[r] for r in reads], out))
    along = germ.constant(Fraction(0))
    for o, step in moves.items():
        along = germ.add(along, germ.mul(slopes[o], germ.constant(Fraction(step))))
    reaches = _continuous(germ, function(*[here[o] for o in reads]), out)
    return _Ray(tuple(moves.values()), tuple(_limit(slopes[o]) for o in moves), _trend(along), reaches)


def _limit(slope: LogPowerSeries) -> float:
    """The limit of a germ, infinite where it has none."""
    tendency = slope.tendency()
    if tendency is Tendency.INFINITE:
        return math.inf * slope.sign()
    if tendency is not Tendency.LIMIT:
        raise UndecidedError("the gradient has no limit")
    value = slope.coefficient(0)
    ball = value.ball if isinstance(value, Symbolic) else value
    return float(ball) if isinstance(ball, Fraction) else float(ball.mid())


def _trend(slope: LogPowerSeries) -> int:
    """The sign of the first term after the constant one; 0 where the germ is constant."""
    rest = LogPowerSeries({key: c for key, c in slope.terms.items() if key != 0}, slope.order, slope.oscillation)
    return rest.sign()


def _continuous(germ: Germ, here: LogPowerSeries, out: LogPowerSeries) -> bool:
    if out.tendency() is not Tendency.LIMIT:
        return False
    difference = germ.coefficients.sub(out.coefficient(0), here.coefficient(0))
    return difference == 0 or (isinstance(difference, arb) and bool(difference.contains(0)))


def _promise(rays: Sequence[_Ray]) -> tuple[Rule, tuple[Vector, ...]]:
    """The documented rule that applies, and the gradients that it allows."""
    if not rays:
        return Rule.OPEN, ()
    limits, size = tuple(dict.fromkeys(r.limit for r in rays)), len(rays[0].direction)
    whole = len({r.direction for r in rays}) == _ALL[size] and all(
        r.reaches and all(map(math.isfinite, r.limit)) for r in rays
    )
    for rule, sense in ((Rule.CONVEX, 1), (Rule.CONCAVE, -1)):
        monotone = all(_inner(a, b) * sense >= 0 for a, b in combinations(rays, 2))
        if whole and monotone and all(r.trend * sense >= 0 for r in rays):
            least = _least_norm(limits)
            return (rule, (least,)) if least is not None else (rule, ())
    if size > 1:  # a finite number of rays does not show every limit
        return Rule.OPEN, ()
    return Rule.CONTINUITY, limits


def _inner(a: _Ray, b: _Ray) -> float:
    """(g(a) - g(b)) · (a - b): positive for all pairs where a function is convex."""
    return math.fsum((p - q) * (c - d) for p, q, c, d in zip(a.limit, b.limit, a.direction, b.direction, strict=True))


def _least_norm(points: Iterable[Vector]) -> Vector | None:
    """The point of least norm in the convex hull, if it lies on a segment between two of the points."""
    found = list(points)
    best = min(found, key=_norm)
    for p, q in combinations(found, 2):
        span = [b - a for a, b in zip(p, q, strict=True)]
        share = -_dot(p, span) / _dot(span, span)
        if 0 < share < 1:
            best = min(best, tuple(a + share * s for a, s in zip(p, span, strict=True)), key=_norm)
    inside = all(_dot(best, p) >= _dot(best, best) * (1 - _TINY) for p in found)
    return best if inside else None


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def _norm(vector: Sequence[float]) -> float:
    return math.hypot(*vector)


def _equal(a: Vector, b: Vector, form: Format) -> bool:
    """Whether two gradients are the same but for a few units in the last place."""
    pairs = zip(a, b, strict=True)
    return all(x == y or (math.isfinite(x) and abs(x - y) <= _ULPS * form.spacing(y)) for x, y in pairs)
