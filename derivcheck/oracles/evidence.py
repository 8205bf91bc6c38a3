"""What each oracle found. Values only: the judge is in :mod:`derivcheck.oracles.judge`."""

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
    "DirectFinding",
    "Disagreement",
    "Evidence",
    "FiniteFinding",
    "GradientExistence",
    "PartialExistence",
    "Proof",
    "Real",
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
    """

    findings: Mapping[str, AutogradFinding] = field(default_factory=dict)
    dtype: str = "float64"
    version: str = ""
    steps: int = 0
    disagreement: Disagreement | None = None
    unavailable: str = ""
    device: str = "cpu"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FiniteFinding:
    """A central difference with a certified bound.

    Attributes:
        value: the difference quotient in float64, None if none could be taken.
        bound: how far the true derivative can be from it; None if no bound could be proved.
        step: the step h.
        agrees: whether the derived value lies within the bound; None if there is no bound.
        reason: why there is no value or bound: "switch" (a kink or jump inside the stencil), "domain", "timeout",
            "off".
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
class Evidence:
    """Everything the oracles found, by variable; ``direct`` also by pairs of variables, for second derivatives."""

    partials: Mapping[str, PartialExistence]
    gradient: GradientExistence | None
    autograd: AutogradEvidence
    finite: Mapping[str, FiniteFinding]
    direct: Mapping[Any, DirectFinding]
