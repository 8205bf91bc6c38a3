"""What a report is composed from: the facts that an analysis gathered, without a word of prose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derivcheck.closed.explanation import ClosedForm, Explanation
from derivcheck.equality.result import ClaimResult
from derivcheck.language.expr import Expr, Program
from derivcheck.oracles.evidence import Evidence, PartialExistence, Real
from derivcheck.slips.backward import Explained
from derivcheck.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Update:
    """One gradient-descent step ``v ← v - η·∂L/∂v``.

    Attributes:
        rate: η as typed.
        rate_value: η.
        values: the new value of every variable, exact or a ball.
        loss_before, loss_after: the loss at both points; None where it does not exist.
    """

    rate: Expr
    rate_value: Real
    values: Mapping[str, Real]
    loss_before: Real
    loss_after: Real


@dataclass(frozen=True, slots=True)
class Subject:
    """One loss at one point, derived: all that can be said before any oracle is asked.

    Attributes:
        program: the text as read, with its definitions and the readings that were chosen.
        expression: the loss as read, with definitions by name.
        explanation: pieces, factors, closed forms.
        point: the given values, as typed, by variable.
        missing: variables of the loss without a value; if there are any, ``values`` is None.
        values: the value of every step of the derivation's graph: ``Fraction``, ``flint.arb`` or ``Undefined``.
        wrt: the variables differentiated by.
        wrt_reason: why these: "given", "all", "parameters" (every name that is not data by convention),
            "nothing_else" (all are data by convention), "claimed" (some because claims are made about them).
        upstream: the upstream gradient, if one was given.
        update: the descent step, if a learning rate was given.
        smooth: whether every operation is certainly analytic at the point, so that every formula holds there.
        late: whether the time limit passed before the numbers were found.
        broken: the steps whose operation has a kink or jump at the point, so that it has no local derivative there.
    """

    program: Program
    expression: Expr
    explanation: Explanation
    point: Mapping[str, Expr]
    missing: tuple[str, ...]
    values: Sequence[Any] | None
    wrt: tuple[str, ...]
    wrt_reason: str
    upstream: Fraction | None = None
    update: Update | None = None
    broken: frozenset[int] = frozenset()
    smooth: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """What somebody says a derivative is, judged.

    Attributes:
        names: the variable or intermediate quantity that was differentiated by; two for a second derivative.
        text: the claim as it was given.
        formula: the claim as an expression.
        derived: the derivative as derived here.
        value: its certified value at the point; None without one.
        existence: whether it exists there; None without a point.
        here: whether the claim gives the derivative's value at the point; None without a point, or where that is open.
        result: the verdict on the claim.
        explained: the slip that explains a refuted claim, where one does.
    """

    names: tuple[str, ...]
    text: str
    formula: Expr
    derived: ClosedForm
    value: Real
    existence: PartialExistence | None
    here: bool | None
    result: ClaimResult
    explained: Explained | None = None

    @property
    def key(self) -> str:
        """The names as one text: ``w``, ``w,b``."""
        return ",".join(self.names)


@dataclass(frozen=True, slots=True)
class Checked:
    """A subject with what the oracles found and the judge concluded.

    Attributes:
        subject: the derivation.
        evidence: what the oracles found.
        verdict: the conclusion, on the derivation and on what is claimed.
        verdicts: the conclusion for each variable.
        ways: how many independent ways agree for every variable.
        claims: what is claimed, judged.
    """

    subject: Subject
    evidence: Evidence
    verdict: Verdict
    verdicts: Mapping[str, Verdict]
    ways: int
    claims: tuple[CheckedClaim, ...] = ()
