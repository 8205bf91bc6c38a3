"""What each oracle found. Values only: the judge is in :mod:`derivcheck.oracles.judge`.

The file is longer than most: the findings of all oracles stand in one place, values without behaviour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from derivcheck.nonsmooth.existence import GradientExistence, PartialExistence, Real
from derivcheck.verdict import Agreement

__all__ = [
    "AutogradEvidence",
    "AutogradFinding",
    "Cause",
    "ClarkeSet",
    "Convention",
    "Cure",
    "DigitLoss",
    "DirectFinding",
    "Disagreement",
    "Epsilon",
    "Evidence",
    "FiniteFinding",
    "GradientExistence",
    "NoNumber",
    "PartialExistence",
    "Passage",
    "Proof",
    "Real",
    "Rule",
]


@dataclass(frozen=True, slots=True)
class AutogradFinding:
    """What autograd returned for one derivative.

    Attributes:
        value: torch's number, None if it gave none.
        agreement: what it is beside the certified derivative.
        ulps: its distance from the certified derivative in units of the last place.
        digits: how many decimal digits are certainly right, where the agreement is ROUNDING.
        bound: the absolute error that the dtype explains.
        subgradient: whether the value lies in the Clarke interval, where there is one.
    """

    value: float | None
    agreement: Agreement
    ulps: float | None = None
    digits: int | None = None
    bound: float | None = None
    subgradient: bool | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first step, in the order of computation, at which autograd leaves its bound."""

    step: int
    quantity: str  # "value" or "gradient"
    computed: float | None
    expected: float


class Cause(Enum):
    """Why digits are lost."""

    CANCELLATION = "CANCELLATION"  # nearly equal numbers are subtracted
    FORMULA = "FORMULA"  # torch's own formula for the operation loses them
    APPROXIMATION = "APPROXIMATION"  # torch's own formula is another function there
    SENSITIVE = "SENSITIVE"  # the result changes far more, relatively, than the operand
    SATURATION = "SATURATION"  # a derivative that is not 0 comes out as 0
    OVERFLOW = "OVERFLOW"  # a number is beyond the range
    UNDERFLOW = "UNDERFLOW"  # a number is below the range


class Passage(Enum):
    """Where in the computation something happens."""

    VALUE = "VALUE"  # forward
    SLOPE = "SLOPE"  # in the local derivative of a step
    GRADIENT = "GRADIENT"  # where the contributions to a step's gradient are added


@dataclass(frozen=True, slots=True)
class DigitLoss:
    """The step at which a gradient loses most of its digits.

    Attributes:
        step: the step of the loss.
        passage: whether it is its value, its local derivative, or the sum that is its gradient.
        cause: why.
        digits: how many decimal digits are lost there; None where all are.
        numbers: for a cancellation the two operands and the result; for a number out of range its decimal logarithm;
            for a derivative that comes out as 0 its true value; for an approximation the true number and torch's.
        variables: whose derivatives it spoils.
    """

    step: int
    passage: Passage
    cause: Cause
    digits: int | None = None
    numbers: tuple[float, ...] = ()
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoNumber:
    """Where a NaN begins.

    Attributes:
        step: the operation that makes it: in its value, or in what it passes back to ``operand``.
        operand: the step whose gradient is NaN; None where a value is.
        numbers: the two numbers that meet: the incoming gradient and the local derivative, or the operands' values.
        selection: the ``where`` that did not select the branch in which it happens, if one did not.
        branch: that branch.
        variables: whose derivatives are NaN.
    """

    step: int
    operand: int | None
    numbers: tuple[float, ...]
    selection: int | None = None
    branch: int | None = None
    variables: tuple[str, ...] = ()


class Rule(Enum):
    """PyTorch's documented rule for an elementary operation that is not differentiable at the point."""

    CONVEX = "CONVEX"  # the subgradient of least norm
    CONCAVE = "CONCAVE"  # the supergradient of least norm
    CONTINUITY = "CONTINUITY"  # a limit of gradients nearby, infinity allowed
    OPEN = "OPEN"  # which rule applies was not found


@dataclass(frozen=True, slots=True)
class Convention:
    """What torch returns for one operation on its switch, beside what its documentation promises.

    Attributes:
        step: the operation.
        operands: the steps it is differentiated by.
        rule: the documented rule that applies.
        promised: the gradients that the rule allows, each by operand.
        returned: the gradient that torch returned, by operand.
        follows: whether it is one of them; None where that was not found.
    """

    step: int
    operands: tuple[int, ...]
    rule: Rule
    promised: tuple[tuple[float, ...], ...]
    returned: tuple[float, ...]
    follows: bool | None


@dataclass(frozen=True, slots=True)
class Cure:
    """Another way of writing a part of the loss, which keeps more digits at the point.

    Attributes:
        step: the step that the part computes.
        before: the pattern that it matches, over place holders.
        after: the same function, written so that digits are kept.
        bindings: the step that each place holder stands for.
        name: the function or the idea, as it is known.
        digits: how many more decimal digits it certainly keeps, at most those of the type; None where the pattern
            leaves the range.
    """

    step: int
    before: str
    after: str
    bindings: Mapping[str, int]
    name: str
    digits: int | None


@dataclass(frozen=True, slots=True)
class Epsilon:
    """A small positive number inside an operation that has no finite derivative at 0, and what it changes there.

    Attributes:
        step: the operation.
        before: the pattern that it matches, over place holders.
        after: the same with ε inside.
        bindings: the step that each place holder stands for; all of them are 0 at the point.
        value: what the value becomes there, in ε.
        slope: what the derivative becomes there, in ε.
    """

    step: int
    before: str
    after: str
    bindings: Mapping[str, int]
    value: str
    slope: str


@dataclass(frozen=True, slots=True)
class AutogradEvidence:
    """What PyTorch returned, step by step.

    Attributes:
        findings: by variable; empty if torch did not run.
        dtype: the floating type used.
        version: torch's version.
        steps: how many values and gradients were compared.
        disagreement: where a disagreement starts.
        unavailable: why torch did not run, if it did not: "missing", "off", "timeout", "point" or
            "unsupported".
        device: the torch device.
        detail: torch's own words where it lacks an operation.
        losses: where digits are lost.
        no_numbers: where NaN begins.
        conventions: the operations on their switches.
        cures: what would keep more digits.
        epsilons: what would make a gradient finite, and what it changes.
    """

    findings: Mapping[str, AutogradFinding] = field(default_factory=dict)
    dtype: str = "float64"
    version: str = ""
    steps: int = 0
    disagreement: Disagreement | None = None
    unavailable: str = ""
    device: str = "cpu"
    detail: str = ""
    losses: tuple[DigitLoss, ...] = ()
    no_numbers: tuple[NoNumber, ...] = ()
    conventions: tuple[Convention, ...] = ()
    cures: tuple[Cure, ...] = ()
    epsilons: tuple[Epsilon, ...] = ()


@dataclass(frozen=True, slots=True)
class FiniteFinding:
    """A central difference with a certified bound.

    Attributes:
        value: the difference quotient in float64, None if none could be taken.
        bound: how far the true derivative can be from it; None if no bound could be proved.
        step: the step h.
        agrees: whether the derived value lies within the bound; None if there is no bound.
        reason: why there is no value or bound: "switch" (a kink or jump inside the stencil), "domain", "range"
            (beyond that of float64), "timeout", "off".
    """

    value: float | None = None
    bound: float | None = None
    step: float | None = None
    agrees: bool | None = None
    reason: str = ""


class Proof(Enum):
    """What SymPy's own derivative of the whole loss shows about ours."""

    PROVED = "PROVED"
    DIFFERENT = "DIFFERENT"
    UNDECIDED = "UNDECIDED"
    NOT_TRIED = "NOT_TRIED"


@dataclass(frozen=True, slots=True)
class DirectFinding:
    """SymPy's derivative of the whole loss beside ours.

    Attributes:
        proof: whether they are proved equal.
        pieces: on how many smooth pieces they were compared.
        reason: "size", "pieces", "timeout", "off", "normal_form" or "unsupported", where there is no proof.
    """

    proof: Proof
    pieces: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClarkeSet:
    """The Clarke subdifferential of the loss in several variables, times the upstream gradient: a convex hull.

    Attributes:
        names: the variables.
        vertices: gradients of smooth pieces that meet at the point, in the order of the names.
        autograd: whether autograd's gradient lies in the hull, but for rounding; None if that is open or it did not
            run.
    """

    names: tuple[str, ...]
    vertices: tuple[tuple[Real, ...], ...]
    autograd: bool | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the oracles found, by variable; ``direct`` also by pairs of variables, for second derivatives.

    ``otherwise`` holds what kind of point it is with the numbers of the text read in the way ``reading``, for those
    variables for which that is another kind. ``clarke`` is the Clarke subdifferential in all variables where no
    gradient exists and it has few vertices; ``second`` the existence of ∂²L/∂v² on a switch, for the loss itself.
    """

    partials: Mapping[str, PartialExistence]
    gradient: GradientExistence | None
    autograd: AutogradEvidence
    finite: Mapping[str, FiniteFinding]
    direct: Mapping[Any, DirectFinding]
    otherwise: Mapping[str, PartialExistence] = field(default_factory=dict)
    reading: str = ""
    clarke: ClarkeSet | None = None
    second: Mapping[str, PartialExistence] = field(default_factory=dict)
