"""What the oracles found of arrays: every element judged, and what a report says of many at once. Values only.

Arrays are NumPy arrays and read-only; a scalar has the shape ``()``. Positions count from 0, one number an axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derivcheck.nonsmooth.existence import Real
from derivcheck.verdict import Agreement

if TYPE_CHECKING:
    from numpy.typing import NDArray

Position = tuple[int, ...]

JUDGEMENTS = (
    Agreement.MATCH,
    Agreement.ROUNDING,
    Agreement.UNAVAILABLE,
    Agreement.CONVENTION,
    Agreement.MISMATCH,
)
"""What an element can be found to be, mildest first; UNAVAILABLE where torch's number says nothing: it is no number, or
rounding could have made it anything; :attr:`ArrayAgreement.judgements` holds places in this tuple."""


@dataclass(frozen=True, slots=True)
class ArraySummary:
    """What is said of an array too large to be shown.

    Attributes:
        shape: the sizes of the axes.
        norm: the Euclidean norm of the finite elements.
        least, greatest: the extreme finite elements; None if there are none.
        least_at, greatest_at: where they stand first.
        zeros: how many elements are 0.
        not_finite: how many are infinite or NaN.
    """

    shape: tuple[int, ...]
    norm: float
    least: float | None
    greatest: float | None
    least_at: Position
    greatest_at: Position
    zeros: int = 0
    not_finite: int = 0


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a gradient, as autograd and our derivative have it.

    Attributes:
        position: where it stands.
        value: torch's number.
        derived: our derivative, in float64.
        bound: how far torch's number may be from our derivative by rounding; infinite where nothing is promised.
        agreement: what torch's number is found to be.
        ulps: its distance from our derivative in units of the last place.
    """

    position: Position
    value: float
    derived: float
    bound: float
    agreement: Agreement
    ulps: float


@dataclass(frozen=True, slots=True, eq=False)
class ArrayAgreement:
    """What autograd returned for the gradient in one variable, element by element.

    Attributes:
        name: the variable.
        shape: its shape.
        values: torch's gradient, float64 (which holds the numbers of every other type).
        derived: our gradient, rounded to float64.
        uncertain: how far ``derived`` can be from the true gradient, elementwise and rigorously; infinite where the
            arithmetic could not tell.
        bounds: how far torch's number may be from ``derived`` by rounding; infinite where nothing is promised.
        judgements: the place in :data:`JUDGEMENTS` of every element, int8.
        counts: how many elements were found to be what; the sum is the number of elements.
        worst: the element that agrees least, in the order of :data:`JUDGEMENTS` and there relative to its bound.
    """

    name: str
    shape: tuple[int, ...]
    values: NDArray[Any]
    derived: NDArray[Any]
    uncertain: NDArray[Any]
    bounds: NDArray[Any]
    judgements: NDArray[Any]
    counts: Mapping[Agreement, int]
    worst: Element | None = None

    @property
    def agreement(self) -> Agreement:
        """The worst that any element was found to be; MATCH where there are no elements."""
        return next((j for j in reversed(JUDGEMENTS) if self.counts.get(j)), Agreement.MATCH)

    @property
    def elements(self) -> int:
        """How many elements were compared."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ArrayAutograd:
    """PyTorch's gradients beside ours, every element.

    Attributes:
        findings: by variable; empty if torch did not run.
        dtype, device, version: what ran.
        unavailable: why torch did not run, as in :class:`derivcheck.oracles.evidence.AutogradEvidence`.
        detail: torch's own words where it lacks an operation.
        value: the loss as torch computed it.
    """

    findings: Mapping[str, ArrayAgreement] = field(default_factory=dict)
    dtype: str = "float64"
    device: str = "cpu"
    version: str = ""
    unavailable: str = ""
    detail: str = ""
    value: float | None = None


@dataclass(frozen=True, slots=True)
class ElementSwitch:
    """The elements of one step that lie on a switch of its operation (a kink, a jump, a tie).

    Attributes:
        step: the step of the loss.
        switch: which of the operation's switches; 0 for the tie of a reduction.
        elements: how many elements the step has.
        on: the positions that are exactly on the switch, at most :data:`MOST_POSITIONS`; proved in exact arithmetic.
        count: how many are exactly on it, among those that were decided.
        open: the positions for which it could not be told, at most :data:`MOST_POSITIONS`.
        undecided: how many could not be told.
        jump: whether the value itself jumps there.
        tied: for a reduction, the positions of the operand that attain the extremum together, by the position of the
            step's element.
    """

    step: int
    switch: int
    elements: int
    on: tuple[Position, ...] = ()
    count: int = 0
    open: tuple[Position, ...] = ()
    undecided: int = 0
    jump: bool = False
    tied: Mapping[Position, tuple[Position, ...]] = field(default_factory=dict)


MOST_POSITIONS = 100
"""How many positions of one step are listed."""


@dataclass(frozen=True, slots=True)
class DirectionalFinding:
    """A central difference of an array loss along one direction.

    Attributes:
        name: the variable that was moved; empty where all were moved together.
        position: the element that was moved, or None for a direction.
        kind: "signs" (random ±1), "normal" (random rational numbers near a normal distribution) or "element".
        value: the difference quotient; None if none could be taken.
        derived: our gradient along the direction.
        bound: how far the true slope can be from ``value``; None where none could be proved.
        estimate: where there is no bound, how far it is estimated to be; never taken for a bound.
        step: the step h.
        agrees: whether our gradient lies within the bound (or, without one, within the estimate).
        reason: why there is no value or bound, as in :class:`derivcheck.oracles.evidence.FiniteFinding`.
    """

    name: str
    position: Position | None
    kind: str
    value: float | None
    derived: float | None
    bound: float | None = None
    estimate: float | None = None
    step: float | None = None
    agrees: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ArrayDifferences:
    """Finite differences along directions and single elements.

    Attributes:
        findings: one for each direction and element.
        seed: of the random choice.
        complete: whether every element of every variable was moved.
    """

    findings: tuple[DirectionalFinding, ...] = ()
    seed: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True)
class CertifiedElements:
    """Enclosed elements of one gradient.

    Attributes:
        name: the variable.
        shape: its shape.
        values: by position the exact number or a ball that certainly holds it; None where it could not be told.
        complete: whether these are all elements.
        seed: of the random choice, where they are a sample.
        reasons: why an element was chosen: "corner", "worst", "random"; empty where all are there.
        exact: whether they were computed in exact arithmetic and balls, not only within running error bounds.
    """

    name: str
    shape: tuple[int, ...]
    values: Mapping[Position, Fraction | Real]
    complete: bool
    seed: int | None = None
    reasons: Mapping[Position, str] = field(default_factory=dict)
    exact: bool = True


@dataclass(frozen=True, slots=True)
class ArrayEvidence:
    """Everything that was found of the gradients of a loss of arrays.

    Attributes:
        autograd: torch's gradients beside ours, complete.
        switches: the elements on a switch, by step.
        differences: finite differences.
        certified: enclosed elements by variable.
        shapes: the shape of every variable.
    """

    autograd: ArrayAutograd
    switches: tuple[ElementSwitch, ...] = ()
    differences: ArrayDifferences = ArrayDifferences()
    certified: Mapping[str, CertifiedElements] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def summary(array: NDArray[Any]) -> ArraySummary:
    """Shape, norm and extremes of a float array."""
    import numpy as np

    numbers = np.asarray(array, dtype=np.float64)
    finite = np.isfinite(numbers)
    count = int(np.count_nonzero(finite))
    if not count:
        return ArraySummary(numbers.shape, 0.0, None, None, (), (), 0, numbers.size)
    low = int(np.argmin(np.where(finite, numbers, np.inf)))
    high = int(np.argmax(np.where(finite, numbers, -np.inf)))
    flat = numbers.reshape(-1)
    largest = max(abs(float(flat[low])), abs(float(flat[high])))
    scaled = np.where(finite, numbers, 0.0) / largest if largest else np.zeros(1)
    return ArraySummary(
        numbers.shape,
        largest * float(np.sqrt(np.sum(scaled * scaled))),
        float(flat[low]),
        float(flat[high]),
        tuple(int(p) for p in np.unravel_index(low, numbers.shape)),
        tuple(int(p) for p in np.unravel_index(high, numbers.shape)),
        int(np.count_nonzero(numbers == 0)),
        numbers.size - count,
    )
