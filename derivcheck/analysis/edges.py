"""Claims on switches: a formula that is right off them may be wrong on one on which the derivative exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from derivcheck.analysis.conclude import BITS, scaled
from derivcheck.analysis.request import Loss
from derivcheck.budget import Deadline
from derivcheck.derive import derivative_step
from derivcheck.equality.decide import decide
from derivcheck.equality.result import ClaimResult, Counterexample
from derivcheck.equality.sampling import Pair, value_text
from derivcheck.errors import DerivcheckError
from derivcheck.graph.assemble import append, assemble
from derivcheck.graph.builder import GraphBuilder
from derivcheck.language.builder import call, name, number
from derivcheck.language.expr import Expr, Program
from derivcheck.language.point import constant_expr
from derivcheck.nonsmooth import partial_existence
from derivcheck.numbers.exact import Exact
from derivcheck.oracles.certified import certify, known
from derivcheck.verdict import Verdict

MOST_POINTS = 4
"""So many points on edges are looked at."""

Place = Mapping[str, Expr]


@dataclass(frozen=True, slots=True)
class EdgeJudge:
    """A claim that holds off the switches, beside the loss itself on them.

    Attributes:
        pair: what is claimed, and what is derived, which need not hold on a switch.
        loss: the loss.
        variable: the variable that it is differentiated by; None for a quantity on the way or a second derivative.
        upstream: the upstream gradient, if one was given.
        deadline: the end of the time.
    """

    pair: Pair
    loss: Loss
    variable: str | None
    upstream: Fraction | None
    deadline: Deadline

    def judged(self, result: ClaimResult) -> ClaimResult:
        """``result`` where both formulas agree on the edges too, but for points at which the claim is right even so.

        REFUTED where the claim is wrong at a point, and only CONSISTENT where some points stay open: on the edges of a
        loss of several variables not all of them can be looked at.
        """
        unproved = replace(result, verdict=Verdict.CONSISTENT, reason="edges")
        excused: list[Place] = []
        while len(excused) < MOST_POINTS:
            found = decide(self._beside(excused), self.deadline)
            if found.verdict is Verdict.VERIFIED:
                return result
            if found.counterexample is None:
                return unproved
            place = _read(found.counterexample)
            here = ClaimResult(Verdict.UNDECIDED) if place is None else self._at(place, found.counterexample)
            if here.verdict is Verdict.REFUTED:
                return here
            if place is None or here.verdict is Verdict.UNDECIDED or len(self.loss.variables) > 1:
                return unproved
            excused.append(place)
        return unproved

    def _beside(self, excused: Sequence[Place]) -> Pair:
        """Both formulas wherever the only variable has none of some values."""
        if not excused:
            return replace(self.pair, edges=True)
        builder = GraphBuilder(self.pair.graph)
        others = [call("ne", name(n), value) for place in excused for n, value in place.items()]
        condition = append(builder, Program((), reduce(lambda a, b: call("and", a, b), others)), derivative_step)
        return replace(self.pair, graph=builder.finish(self.pair.graph.output), condition=condition, edges=True)

    def _at(self, place: Place, where: Counterexample) -> ClaimResult:
        """What becomes of the claim at a point: VERIFIED, REFUTED, NOT_DIFFERENTIABLE or UNDECIDED."""
        if self.variable is None:
            return ClaimResult(Verdict.UNDECIDED)
        point = {n: assemble(Program((), place.get(n, number(1))), derivative_step) for n in self.pair.graph.inputs}
        existence = partial_existence(self.loss.graph, point, self.variable, deadline=self.deadline)
        if existence.exists is False:
            return ClaimResult(Verdict.NOT_DIFFERENTIABLE)
        left = self.pair.left
        claimed = known(certify(self.pair.graph, point, {left}, deadline=self.deadline)[left])
        slope = scaled(existence.right, self.upstream)
        if existence.exists is None or claimed is None or slope is None or isinstance(slope, float):
            return ClaimResult(Verdict.UNDECIDED)
        if isinstance(claimed, Fraction) and claimed == slope:
            return ClaimResult(Verdict.VERIFIED)
        system = Exact(BITS)
        if system.to_ball(claimed).overlaps(system.to_ball(slope)):
            return ClaimResult(Verdict.UNDECIDED)
        return ClaimResult(Verdict.REFUTED, Counterexample(where.point, value_text(claimed), value_text(slope)))


def _read(found: Counterexample) -> Place | None:
    """A counterexample's point as expressions; None where a value is written as no constant of the language."""
    try:
        return {n: constant_expr(value) for n, value in found.point.items()}
    except DerivcheckError:
        return None
