"""Claims about gradients that are arrays: every element judged as a formula of scalars, at small sizes if need be.

The file is longer than most: one claim is asked in many ways, and all of them share what was written out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from flint import arb

from derivcheck.analysis.array_equality import same_axes
from derivcheck.analysis.array_existence import joined_existence
from derivcheck.analysis.array_facts import assumed_sums, assumed_symmetric, sign_condition, with_facts
from derivcheck.analysis.array_points import bounded_values, close_enough, position_of_greatest, spread_to
from derivcheck.analysis.array_stages import MOST_STEPS, element_exprs, small_sizes
from derivcheck.analysis.claimed import Claim, last_place, printed_digits
from derivcheck.analysis.conclude import derivatives
from derivcheck.analysis.stages import Derived
from derivcheck.analysis.truth import named_steps
from derivcheck.budget import Deadline
from derivcheck.closed.explanation import ClosedForm
from derivcheck.closed.forms import closed_form
from derivcheck.derive import derivative_step
from derivcheck.equality.decide import decide
from derivcheck.equality.result import ClaimResult, Counterexample
from derivcheck.equality.sampling import Pair, value_text
from derivcheck.errors import OutOfTimeError, ShapeError
from derivcheck.graph.assemble import appended
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.elements import Elements, element_name, written_out
from derivcheck.graph.steps import ADD, MULTIPLY
from derivcheck.graph.tensor import Tensor
from derivcheck.language import printer
from derivcheck.language.constants import rational_value
from derivcheck.language.expr import Program
from derivcheck.nonsmooth import PartialExistence
from derivcheck.numbers.exact import Exact
from derivcheck.oracles.certified import certify, known
from derivcheck.oracles.evidence import Real
from derivcheck.oracles.judge import worst
from derivcheck.report.material import CheckedArrays, CheckedClaim
from derivcheck.slips.arrays import ArraySlips
from derivcheck.slips.backward import Explained
from derivcheck.slips.probes import sizes_that_differ
from derivcheck.verdict import Verdict

SECONDS = 12.0
"""The longest time that one claim may take."""
_HOLDS = frozenset({Verdict.VERIFIED, Verdict.CONSISTENT})
_DIGITS = 9
"""To so many digits claim and derivative agree at the point where nothing more is known of the claim."""

Position = tuple[int, ...]


def judge_array_claims(claims: Sequence[Claim], derived: Derived, arrays: CheckedArrays) -> tuple[CheckedClaim, ...]:
    """The verdict on every claim about a loss of arrays."""
    return tuple(_ArrayJudge(claim, derived, arrays).checked() for claim in claims)


@dataclass(frozen=True, slots=True)
class _Sized:
    """Claim and derivative written out at some sizes.

    Attributes:
        elements: the scalars.
        given: whether these are the sizes of the given arrays.
        extents: the sizes.
    """

    elements: Elements
    given: bool
    extents: Mapping[str, int]


class _ArrayJudge:
    def __init__(self, claim: Claim, derived: Derived, arrays: CheckedArrays) -> None:
        self.claim, self.derived, self.arrays = claim, derived, arrays
        self.deadline = Deadline(min(SECONDS, derived.deadline.remaining()))
        self.here: bool | None = None  # whether the point meets the condition of the claim, if it has one
        explanation = derived.subject.explanation
        derivation = explanation.derivation
        named = named_steps(derived.subject)
        self.name = claim.names[0]
        self.target = named[self.name]
        builder = GraphBuilder(derivation.graph)
        truth = derivation.adjoints.get(self.target)
        self.zero = truth is None
        self.closed = self._closed(truth)
        program = Program((*derived.loss.program.definitions, *claim.definitions), claim.formula)
        self.value = appended(builder, program, derivative_step, named)
        self.claimed, self.transposed = self._fitted(builder)
        self.truth = builder.constant(0) if truth is None else truth
        self.graph = builder.finish(derivation.output)

    def _closed(self, truth: int | None) -> ClosedForm:
        explanation = self.derived.subject.explanation
        if self.name in explanation.gradient:
            return explanation.gradient[self.name]
        return closed_form(explanation.derivation, truth, explanation.names)

    def _fitted(self, builder: GraphBuilder) -> tuple[int, bool]:
        """The step of the claim, with the axes of the derivative; whether it had to be transposed for that.

        Raises:
            ShapeError: the claim has another shape.
        """
        axes = builder.axes.get(self.name, builder.indices[self.target])
        formula = self.claim.formula
        if not self.value.axes and len(formula.nodes) == 1 and formula.root.value == 0:
            return self.value.step, False
        for tensor in (self.value, self.value.T):
            if same_axes(builder, tensor, Tensor(builder, self.target, builder.indices[self.target], tuple(axes))):
                return tensor.whole().step, tensor is not self.value
        shape = Tensor(builder, self.target, builder.indices[self.target], tuple(axes)).shape_text
        message = f"the claim about {self.name} is {self.value.shape_text}, and the derivative is {shape}"
        raise ShapeError(message, formula.root.span, f"a gradient has the shape of {self.name}")

    def checked(self) -> CheckedClaim:
        """The claim with its verdict."""
        explained: Explained | None = None
        claim, pointed = self.claim, not self.derived.loss.missing
        partial = joined_existence(self._partials()) if pointed and self.arrays.elements is not None else None
        try:
            result = self._of_values(partial) if claim.number and pointed else self._of_formula(partial)
            if result.verdict is Verdict.REFUTED:
                explained = self._explained()
        except OutOfTimeError:
            result = ClaimResult(Verdict.UNDECIDED, reason="timeout")
        said = claim.names, claim.text, claim.formula
        return CheckedClaim(*said, self.closed, None, partial, self.here, result, explained)

    def _partials(self) -> list[PartialExistence]:
        """The existence of the derivative in every element of a variable; of a quantity on the way, of the loss."""
        elements = self.arrays.elements
        found = {} if elements is None else elements.evidence.partials
        own = [p for e, p in found.items() if self.arrays.inputs[e][0] == self.name]
        return own if self.name in self.derived.loss.graph.inputs else list(found.values())

    # as formulas

    def _of_formula(self, partial: PartialExistence | None) -> ClaimResult:
        if self.transposed:
            return ClaimResult(Verdict.REFUTED, reason="shape")
        result = ClaimResult(Verdict.VERIFIED) if self.claimed == self.truth else self._as_functions()
        if not self.derived.loss.missing:
            result = self._at_the_point(result)
        if result.verdict not in _HOLDS:
            return result
        if partial is not None and partial.exists is False:
            return ClaimResult(Verdict.NOT_DIFFERENTIABLE)
        if partial is not None and partial.exists is None:
            return replace(result, verdict=Verdict.UNDECIDED, reason=partial.reason)
        evidence = self.arrays.evidence
        if partial is None and evidence is not None and evidence.switches:
            return ClaimResult(Verdict.UNDECIDED, reason="edges")
        return result

    def _as_functions(self) -> ClaimResult:
        """The verdict on the formula, at the given sizes if these are small, else at small ones."""
        found = self._written()
        if found is None:
            return ClaimResult(Verdict.UNDECIDED, reason="size")
        result = self._compared(found.elements, {})
        if result.verdict is Verdict.REFUTED:
            result = self._under_facts(found.elements, result)
        elif result.verdict in _HOLDS:
            result = self._at_other_sizes(result, found)
        if not found.given and result.verdict is Verdict.VERIFIED:
            result = replace(result, verdict=Verdict.CONSISTENT, sizes=dict(found.extents))
        if not found.given and result.verdict is Verdict.REFUTED and not self.derived.loss.missing:
            return ClaimResult(Verdict.UNDECIDED, reason="size")  # it may speak of the given sizes: judged there
        return result

    def _at_the_point(self, result: ClaimResult) -> ClaimResult:
        """What the given values say, within rigorous bounds: a difference refutes whatever held before."""
        numbers = bounded_values(self.graph, self.derived.loss.point, (self.claimed, self.truth), self.deadline)
        if numbers is None:
            return result
        claimed, truth = numbers
        apart = abs(claimed.mid - truth.mid) - claimed.err - truth.err
        worst_at = position_of_greatest(apart, claimed.mid - truth.mid)
        if worst_at is not None:
            left, right = (float(spread_to(v.mid, apart)[worst_at]) for v in (claimed, truth))
            example = Counterexample({}, f"{left:.6g}", f"{right:.6g}")
            kept = result.condition if result.verdict is Verdict.CONDITIONAL else None
            return ClaimResult(Verdict.REFUTED, _named(example, self.name, worst_at), kept)
        if result.verdict is Verdict.UNDECIDED and result.reason == "size" and close_enough(claimed, truth):
            return ClaimResult(Verdict.CONSISTENT, points=1, digits=_DIGITS)
        return result

    def _at_other_sizes(self, result: ClaimResult, found: _Sized) -> ClaimResult:
        """A claim that holds at some sizes: refuted by others, or right on the condition that these are the sizes."""
        if self.derived.loss.assumptions:
            return result  # floats that are drawn do not keep what is assumed
        tried = sizes_that_differ(self.graph, self.claimed, self.truth, self.deadline)
        sizes = tried.sizes
        if sizes is None:
            other = any(dict(t) != dict(found.extents) for t in tried.tried)
            free = bool(found.extents)
            if found.given or other or not free:
                return result
            return ClaimResult(Verdict.UNDECIDED, reason="size")  # at no other size both had numbers
        if found.given and not self.derived.loss.missing:
            self.here = True
            condition = " and ".join(f"{s} == {found.extents[s]}" for s in self._sizes_that_matter(found.extents))
            return replace(result, verdict=Verdict.CONDITIONAL, condition=condition)
        there = self._written_at(sizes)
        refuted = None if there is None else self._compared(there, {})
        if refuted is not None and refuted.verdict is Verdict.REFUTED:
            return replace(refuted, sizes=dict(sizes))
        return ClaimResult(Verdict.UNDECIDED, reason="size")

    def _sizes_that_matter(self, extents: Mapping[str, int]) -> list[str]:
        """The fewest sizes that must be the given ones: a single one if the others may change, else all."""
        for symbol, extent in extents.items():
            found = sizes_that_differ(self.graph, self.claimed, self.truth, self.deadline, fixed={symbol: extent})
            if found.sizes is None and found.tried:
                return [symbol]
        return list(extents)

    def _written(self) -> _Sized | None:
        """Claim and derivative at the given sizes if these are small, else at small ones."""
        small = small_sizes(self.graph)
        for extents in (dict(self.graph.extents), small):
            symbols = [s for s in dict.fromkeys(self.graph.sizes.values()) if isinstance(s, str)]
            found = self._written_at(extents) if all(s in extents for s in symbols) else None
            if found is not None:
                return _Sized(found, extents is not small or extents == self.graph.extents, extents)
        return None

    def _written_at(self, extents: Mapping[str, int]) -> Elements | None:
        steps = {self.graph.output, self.claimed, self.truth}
        return written_out(self.graph.sized(extents), sorted(steps), most=4 * MOST_STEPS)

    def _pairs(self, found: Elements) -> Iterator[tuple[Position, int, int]]:
        """Claim and derivative, element by element; a zero stands for a whole array."""
        claimed, truth = dict(found.positions(self.claimed)), dict(found.positions(self.truth))
        for position in claimed if len(claimed) > len(truth) else truth:
            yield position, claimed.get(position, claimed.get((), 0)), truth.get(position, truth.get((), 0))

    def _compared(self, found: Elements, sums: Mapping[str, Fraction]) -> ClaimResult:
        """The worst verdict of all elements; a difference names its element."""
        results: list[ClaimResult] = []
        for position, claimed, truth in self._pairs(found):
            self.deadline()
            builder = GraphBuilder(found.graph)
            output = found.at(self.graph.output) or 0
            inside = builder.scalar(ADD, truth, builder.scalar(MULTIPLY, builder.constant(0), output))
            condition = sign_condition(builder, self.derived.loss.assumptions, found.inputs)
            graph = builder.finish(output)
            steps: tuple[int, ...] = (claimed, inside) if condition is None else (claimed, inside, condition)
            symmetric = assumed_symmetric(self.derived.loss.assumptions)
            if sums or symmetric:
                graph, steps = with_facts(graph, steps, sums, found.inputs, symmetric)
            pair = Pair(graph, steps[0], steps[1], None if condition is None else steps[2], edges=False)
            result = decide(pair, self.deadline)
            if result.verdict is Verdict.REFUTED:
                return replace(result, counterexample=_named(result.counterexample, self.name, position))
            results.append(result)
        verdict = worst({r.verdict for r in results})
        found_of = next((r for r in results if r.verdict is verdict), ClaimResult(Verdict.VERIFIED))
        conditions = dict.fromkeys(r.condition for r in results if r.verdict is Verdict.CONDITIONAL and r.condition)
        if verdict is Verdict.CONDITIONAL and len(conditions) > 1:
            return replace(found_of, condition=" and ".join(f"({c})" for c in conditions))
        return found_of

    def _under_facts(self, found: Elements, refuted: ClaimResult) -> ClaimResult:
        """What holds where facts of inputs hold: those that are assumed, else one that would make the claim right."""
        if any(a.fact.values is not None and a.fact.sums_to is None for a in self.derived.loss.assumptions):
            return ClaimResult(Verdict.UNDECIDED, reason="unsupported")  # facts about single values are not put in
        inputs = {v for v, position in found.inputs.values() if position and v != self.name}
        assumed = assumed_sums(self.derived.loss.assumptions)
        if assumed:
            result = self._compared(found, assumed)
            if result.verdict in _HOLDS:
                return result
        for name in sorted(inputs - assumed.keys()):
            result = self._compared(found, {**assumed, name: Fraction(1)})
            if result.verdict in _HOLDS:
                here = self.here = self._fact_here(name)
                condition = f"sum({name}) = 1"
                return replace(
                    refuted if here is False else result,
                    verdict=Verdict.REFUTED if here is False else Verdict.CONDITIONAL,
                    condition=condition,
                )
        return refuted

    def _fact_here(self, name: str) -> bool | None:
        """Whether the given values have the fact; None without values."""
        from derivcheck.analysis.array_request import elements_of
        from derivcheck.language.array_data import ArrayData

        value = self.derived.loss.point.get(name)
        if value is None:
            return None
        given = value if isinstance(value, ArrayData) else elements_of(value)
        return all(total == 1 for total in given.values.sum(axis=-1, keepdims=True).flat)

    # as values at the point

    def _of_values(self, partial: PartialExistence | None) -> ClaimResult:
        if self.transposed:
            return ClaimResult(Verdict.REFUTED, reason="shape")
        elements = self.arrays.elements
        if elements is None or partial is None:
            return ClaimResult(Verdict.UNDECIDED, reason="size")
        if partial.exists is not True:
            verdict = Verdict.UNDECIDED if partial.exists is None else Verdict.NOT_DIFFERENTIABLE
            return ClaimResult(verdict, reason=partial.reason)
        found = self._written()
        if found is None or not found.given:
            return ClaimResult(Verdict.UNDECIDED, reason="size")
        certain = derivatives(elements.subject, elements.evidence.partials)
        steps = [k for _, k, _ in self._pairs(found.elements)]
        values = certify(found.elements.graph, {}, set(steps), deadline=self.deadline)
        system = Exact(512)
        bounds = self._bounds()
        for position, claimed, _ in self._pairs(found.elements):
            truth = certain.get(element_name(self.graph, self.name, position), Fraction(0))
            number = known(values[claimed])
            if number is None or truth is None or isinstance(truth, float):
                return ClaimResult(Verdict.UNDECIDED, reason="proof")
            if position in bounds:
                if _within(truth, bounds[position]):
                    continue
                example = Counterexample({}, value_text(number), value_text(truth))
                return ClaimResult(Verdict.REFUTED, _named(example, self.name, position))
            same = number == truth if isinstance(number, Fraction) and isinstance(truth, Fraction) else None
            if same is None and system.to_ball(number).overlaps(system.to_ball(truth)):
                return ClaimResult(Verdict.UNDECIDED, reason="proof")
            if not same:
                example = Counterexample({}, value_text(number), value_text(truth))
                return ClaimResult(Verdict.REFUTED, _named(example, self.name, position))
        return ClaimResult(Verdict.VERIFIED)

    def _bounds(self) -> dict[Position, tuple[Fraction, Fraction]]:
        """What claimed numbers of limited precision can stand for: decimals to half a unit, floats to one unit."""
        if not self.value.axes:
            return {}
        exprs = element_exprs(self.claim.formula)
        if self.claim.floats:
            ends = {p: last_place(float(rational_value(e) or 0)) for p, e in exprs.items()}
            return {p: b for p, b in ends.items() if b is not None}
        found = {p: printed_digits(printer.own(e)) for p, e in exprs.items()}
        return {p: b for p, b in found.items() if b is not None}

    def _explained(self) -> Explained | None:
        explanation = self.derived.subject.explanation
        others = {k: step for k, step in explanation.derivation.adjoints.items() if k in explanation.names}
        search = ArraySlips(self.graph, self.claimed, self.truth, self.deadline)
        slip = search.slip({k: s for k, s in others.items() if k != self.target}, transposed=self.transposed)
        return None if slip is None else Explained(slip)


def _named(found: Counterexample | None, name: str, position: Position) -> Counterexample | None:
    """A counterexample that says which element differs."""
    if found is None or not position:
        return found
    element = f"{name}[{','.join(map(str, position))}]"
    return replace(found, element=element)


def _within(truth: Real, bounds: tuple[Fraction, Fraction]) -> bool:
    ball = Exact(512).to_ball(truth) if isinstance(truth, Fraction | arb) else None
    low, high = (Exact(512).to_ball(b) for b in bounds)
    return ball is not None and not bool(ball < low) and not bool(ball > high)
