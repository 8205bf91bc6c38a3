"""What a report is composed from: the facts that an analysis gathered, without a word of prose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derivcheck.closed.explanation import ClosedForm, Explanation
from derivcheck.equality.result import ClaimResult
from derivcheck.language.array_data import ArrayData
from derivcheck.language.assumptions import Assumption
from derivcheck.language.expr import Expr, Program
from derivcheck.oracles.array_evidence import ArrayEvidence
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
class Shapes:
    """The shapes of a loss of arrays.

    Attributes:
        sizes: by variable the sizes of its axes: symbols, or 1.
        extents: the numbers that symbols stand for, where they are known.
        reason: where the shapes come from: "values", "declared", or "convention" (nothing was said).
        proved_at: the sizes at which SymPy was asked about every element; the given ones where these are small.
        exact: whether the values are exact numbers; False where they were rounded to binary64.
        given: the arrays that were given as files, by Python, or are large; others stand in ``Subject.point``.
    """

    sizes: Mapping[str, tuple[int | str, ...]]
    extents: Mapping[str, int]
    reason: str
    proved_at: Mapping[str, int] = field(default_factory=dict)
    exact: bool = True
    given: Mapping[str, ArrayData] = field(default_factory=dict)


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
        shapes: the shapes of a loss of arrays; None for a loss of scalars. Values of steps with indices are then NumPy
            arrays: of the exact numbers of small arrays, of float64 for large ones.
        assumptions: what is stated of inputs.
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
    shapes: Shapes | None = None
    assumptions: tuple[Assumption, ...] = ()


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
        arrays: what was found of a loss of arrays; None for a loss of scalars.
    """

    subject: Subject
    evidence: Evidence
    verdict: Verdict
    verdicts: Mapping[str, Verdict]
    ways: int
    claims: tuple[CheckedClaim, ...] = ()
    arrays: CheckedArrays | None = None


@dataclass(frozen=True, slots=True)
class CheckedArrays:
    """What was found of a loss of arrays.

    Attributes:
        evidence: autograd beside our gradient in every element, switches by position, differences; None without values.
        elements: the same loss as a function of its single elements, judged, where it is small enough to be written
            out: existence, one-sided slopes and proofs of every element. Its variables are called ``w[0]``, ``X[0,1]``.
        inputs: the variable and the position of every element, by the element's name.
        points: at how many points every element was found to be the slope of the loss in forward mode, at the sizes of
            ``Shapes.proved_at``; asked only where SymPy did not prove the formulas.
    """

    evidence: ArrayEvidence | None = None
    elements: Checked | None = None
    inputs: Mapping[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    points: int = 0

    def element_names(self, name: str) -> dict[tuple[int, ...], str]:
        """The names of a variable's elements, by position."""
        return {position: element for element, (variable, position) in self.inputs.items() if variable == name}
