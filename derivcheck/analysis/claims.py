"""Claims, judged: as functions wherever the loss is smooth, and as numbers at the point.

A claimed formula is compared with the derived one off the switches, where the derived one holds; what it says on a
switch is compared with what the germs find there. Where there is no derivative at the point, no claim about its value
can be right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property

from flint import arb

from derivcheck.analysis.array_request import size_names
from derivcheck.analysis.claimed import Asked, Claim, read_claim
from derivcheck.analysis.conclude import BITS
from derivcheck.analysis.edges import EdgeJudge
from derivcheck.analysis.stages import Derived
from derivcheck.analysis.truth import named_steps, truth_about
from derivcheck.budget import Deadline, Job
from derivcheck.derive import derivative_step, differentiate
from derivcheck.emit import Emitter
from derivcheck.equality.decide import decide
from derivcheck.equality.result import FORMAL, NO_VALUE, ClaimResult, Counterexample
from derivcheck.equality.sampling import Pair, value_text
from derivcheck.errors import OutOfTimeError, PointError
from derivcheck.graph.assemble import append
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.splice import at_point
from derivcheck.graph.steps import ADD, MULTIPLY, Kind
from derivcheck.language import printer
from derivcheck.language.constants import rational_value
from derivcheck.language.expr import Program
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import Value
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE
from derivcheck.oracles.certified import certify, known, refused
from derivcheck.oracles.evidence import Evidence, Real
from derivcheck.report.material import CheckedClaim, Subject
from derivcheck.slips.backward import Diagnosis, Explained
from derivcheck.verdict import Verdict

SECONDS, SECONDS_TO_EXPLAIN = 8.0, 3.0
"""The longest times that one claim, and the search for what explains it, may take."""
ENOUGH_DIGITS = 15
"""Values at the point that agree to so many digits are called consistent where their equality is not proved."""
_NEAR, _MOST_DIGITS = 1e-12, 100
_HOLDS = frozenset({Verdict.VERIFIED, Verdict.CONSISTENT})


def read_claims(items: Mapping[tuple[str, ...], Asked], derived: Derived) -> tuple[Claim, ...]:
    """The claims, which may use every name that the derivation shows.

    Raises:
        ReadError: a claim cannot be read.
        PointError: it is about what the loss does not have.
    """
    try:
        return _read(items, derived)
    except BaseException:
        if isinstance(derived.proof, Job):
            derived.proof.close()
        raise


def _read(items: Mapping[tuple[str, ...], Asked], derived: Derived) -> tuple[Claim, ...]:
    named = named_steps(derived.subject)
    usable = {*named, *size_names(derived.loss.shapes)}
    for asked in items.values():
        _check_function(asked, derived.subject)
    claims = tuple(read_claim(names, asked.claimed, usable, derived.loss) for names, asked in items.items())
    for claim in claims:
        for name in claim.names:
            if name not in named:
                close = get_close_matches(name, list(named), 1)
                hint = f"did you mean '{close[0]}'?" if close else f"it has {', '.join(named)}"
                raise PointError(f"--claim: the loss has no '{name}' to differentiate by", None, hint)
        if len(claim.names) == 2 and claim.names not in derived.subject.explanation.second_steps:
            order = "a claim about a second derivative is about two variables that are differentiated by"
            raise PointError(order, None, "write --order 2, and name the variables with --wrt")
    return claims


def _check_function(asked: Asked, subject: Subject) -> None:
    """Raise where a claim says that it is about the derivative of something else than is derived here."""
    loss = subject.explanation.loss.name
    if not asked.of or (asked.of == loss and subject.upstream is None):
        return
    if asked.of == loss:
        text = f"the claim is about {loss} itself, and with --upstream a function of {loss} is differentiated"
        raise PointError(text, None, "leave out --upstream, or the left side of the claim: --claim 'w: …'")
    text = f"the claim is about a derivative of '{asked.of}', and what is derived here is that of {loss}"
    raise PointError(text, None, f"give the formula of '{asked.of}' as the loss, or claim a derivative of {loss}")


def judge_claims(claims: Sequence[Claim], derived: Derived, evidence: Evidence) -> tuple[CheckedClaim, ...]:
    """The verdict on every claim."""
    return tuple(_Judge(claim, derived, evidence).checked() for claim in claims)


class _Judge:
    """One claim beside the derivation."""

    def __init__(self, claim: Claim, derived: Derived, evidence: Evidence) -> None:
        self.claim, self.loss, self.subject = claim, derived.loss, derived.subject
        self.deadline = Deadline(min(SECONDS, derived.deadline.remaining()))
        self.digits = 0  # to how many digits claim and derivative agree at the point, where that was all that was found
        derivation = self.subject.explanation.derivation
        self.named = named_steps(self.subject)
        builder = GraphBuilder(derivation.graph)
        program = Program((*self.loss.program.definitions, *claim.definitions), claim.formula)
        self.claimed = append(builder, program, derivative_step, self.named)
        self.truth = truth_about(claim, derived, evidence, builder)
        emit = Emitter(builder)
        nothing = builder.scalar(MULTIPLY, emit.zero, derivation.output)
        self.inside = builder.scalar(ADD, self.truth.step, nothing)  # where the loss itself has a value
        self.graph = builder.finish(derivation.output)

    def checked(self) -> CheckedClaim:
        """The claim with its verdict."""
        here: bool | None = None
        try:
            here = self._here()
            result = self._value_verdict(here) if self._of_value else self._formula_verdict(here)
        except OutOfTimeError:
            result = ClaimResult(Verdict.UNDECIDED, reason="timeout")
        explained = self._explained() if result.verdict is Verdict.REFUTED else None
        claim, truth = self.claim, self.truth
        return CheckedClaim(
            claim.names, claim.text, claim.formula, truth.closed, truth.value, truth.existence, here, result, explained
        )

    @property
    def _of_value(self) -> bool:
        """Whether the claim is about the value at the point, or about a derivative that is a number everywhere."""
        constant = self.graph.constant(self.truth.step) is not None
        return self.claim.number and (self.truth.existence is not None or constant)

    # at the point

    def _here(self) -> bool | None:
        """Whether the claim gives the derivative's value at the point."""
        value = self.truth.value
        if self.truth.existence is None and self.claim.number:
            value = self.graph.constant(self.truth.step)
        if value is None or isinstance(value, float):
            return None
        if self.claim.bounds is not None:
            return _within(value, self.claim.bounds)
        if refused(self._claimed_value) == "undecided":
            return None
        return self._equal(known(self._claimed_value), value)

    @cached_property
    def _claimed_value(self) -> Value:
        """What the claim gives at the point."""
        return certify(self.graph, self.loss.constants, {self.claimed}, deadline=self.deadline)[self.claimed]

    def _equal(self, claimed: Real, value: Real) -> bool | None:
        if claimed is None:
            return False
        if isinstance(claimed, Fraction) and isinstance(value, Fraction):
            return claimed == value
        system = Exact(BITS)
        if not system.to_ball(claimed).overlaps(system.to_ball(value)):
            return False
        self.digits = _common_digits(system.to_ball(claimed), system.to_ball(value))
        if self.subject.broken:
            return None  # the derived formula does not hold here, and that two balls meet proves nothing
        builder = GraphBuilder()
        left, right = (at_point(builder, self.graph, k, self.loss.constants) for k in (self.claimed, self.truth.step))
        verdict = decide(Pair(builder.finish(left), left, right), self.deadline).verdict
        return True if verdict in _HOLDS else False if verdict is Verdict.REFUTED else None

    def _value_verdict(self, here: bool | None) -> ClaimResult:
        existence = self.truth.existence
        if existence is not None and existence.exists is False:
            return ClaimResult(Verdict.NOT_DIFFERENTIABLE)
        if here is None and self.digits >= ENOUGH_DIGITS:
            return ClaimResult(Verdict.CONSISTENT, points=1, digits=self.digits, reason="proof")
        if here is None:
            reason = "points" if existence is None else existence.reason or "proof"
            return ClaimResult(Verdict.UNDECIDED, reason=reason)
        return ClaimResult(Verdict.VERIFIED) if here else ClaimResult(Verdict.REFUTED, self._counterexample())

    def _counterexample(self) -> Counterexample:
        """The point itself."""
        value = self.truth.value if self.truth.existence is not None else self.graph.constant(self.truth.step)
        values = {n: rational_value(e) for n, e in self.subject.point.items()}
        point = {n: printer.own(self.subject.point[n]) if v is None else v for n, v in values.items()}
        claimed = self.claim.text
        if not self.claim.number or not claimed:
            found = known(self._claimed_value)
            claimed = NO_VALUE if found is None else value_text(found)
        return Counterexample(point, claimed, value_text(value, more_than=claimed))

    # as functions

    def _formula_verdict(self, here: bool | None) -> ClaimResult:
        result, existence = self._as_functions(), self.truth.existence
        if result.verdict is Verdict.REFUTED:
            return result
        if here is False:
            return replace(result, verdict=Verdict.REFUTED, counterexample=self._counterexample())
        if existence is None:
            return result
        if existence.exists is False:
            return ClaimResult(Verdict.NOT_DIFFERENTIABLE)
        if existence.exists is None and result.verdict in _HOLDS:
            return replace(result, verdict=Verdict.UNDECIDED, reason=existence.reason)
        if here is None and result.verdict is Verdict.VERIFIED:
            return replace(result, verdict=Verdict.CONSISTENT)
        return result

    def _as_functions(self) -> ClaimResult:
        if self.claimed == self.truth.step:
            return ClaimResult(Verdict.VERIFIED)
        result = decide(Pair(self.graph, self.claimed, self.inside, edges=False), self.deadline)
        if result.reason == "domain":
            result = decide(Pair(self.graph, self.claimed, self.inside), self.deadline)  # it may always be on a switch
        if result.reason == "domain":
            formal = decide(Pair(self.graph, self.claimed, self.truth.step, edges=False), self.deadline)
            result = result if formal.reason == "domain" else replace(formal, condition=formal.condition or FORMAL)
        if result.verdict in _HOLDS and self._selects():
            return self._on_edges(result)
        return result

    def _selects(self) -> bool:
        """Whether the claim decides between values anywhere."""
        graph = self.graph
        rows = (TABLE[graph.ops[k]] for k in graph.ancestors(self.claimed) if graph.kinds[k] is Kind.MAP)
        return any(row.role is Role.SELECT or row.switches for row in rows)

    def _on_edges(self, result: ClaimResult) -> ClaimResult:
        """What holds off the switches, unless the claim is wrong on one on which the derivative exists."""
        *rows, name = self.claim.names
        variable = name if not rows and name in self.loss.graph.inputs else None
        pair = Pair(self.graph, self.claimed, self.inside)
        return EdgeJudge(pair, self.loss, variable, self.subject.upstream, self.deadline).judged(result)

    # what explains it

    def _explained(self) -> Explained | None:
        """The slip that explains a wrong claim, if one does."""
        *rows, last = self.claim.names
        output = self.subject.explanation.steps[rows[0]] if rows else self.graph.output
        if output is None:
            return None
        deadline = Deadline(min(SECONDS_TO_EXPLAIN, self.deadline.remaining()))
        try:
            upstream = 1 if self.subject.upstream is None else self.subject.upstream
            derivation = differentiate(self.graph, output=output, upstream=upstream, deadline=deadline)
        except OutOfTimeError:
            return None
        diagnosis = Diagnosis(derivation, self.named[last], deadline, self.subject.explanation.names)
        if not self._of_value:
            slip = diagnosis.of_formula(self.claimed)
            return None if slip is None else Explained(slip)
        point = {n: rational_value(e) for n, e in self.subject.point.items()}
        exact = {n: v for n, v in point.items() if v is not None}
        return diagnosis.of_number(exact, self._fits()) if len(exact) == len(self.loss.variables) else None

    def _fits(self) -> Callable[[float], bool]:
        """Whether a float is the claimed number."""
        if self.claim.bounds is not None:
            low, high = self.claim.bounds
            return lambda number: low <= Fraction(number) <= high
        claimed = known(self._claimed_value)
        if claimed is None:
            return lambda _: False
        number = float(Exact(BITS).to_ball(claimed).mid())
        return lambda other: math.isclose(other, number, rel_tol=_NEAR)


def _common_digits(a: arb, b: arb) -> int:
    """To how many digits two balls that meet certainly agree."""
    apart, size = abs(a - b).upper(), a.abs_lower().max(b.abs_lower())
    if not apart.is_finite() or not size > 0:
        return 0
    if not apart > 0:
        return _MOST_DIGITS
    return min(_MOST_DIGITS, max(0, math.floor(-float((apart / size).log()) / math.log(10)) - 1))


def _within(value: Real, bounds: tuple[Fraction, Fraction]) -> bool | None:
    """Whether a number lies between two; None for a ball that reaches over one of them."""
    low, high = bounds
    if isinstance(value, Fraction):
        return low <= value <= high
    system = Exact(BITS)
    ball, least, most = value, system.to_ball(low), system.to_ball(high)
    if ball < least or ball > most:
        return False
    return True if ball >= least and ball <= most else None
