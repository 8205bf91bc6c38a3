"""What a slip is. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from derivcheck.language.expr import Expr


class SlipKind(Enum):
    """What goes wrong when people differentiate; those that explain a wrong result best come first."""

    LOST_SIGN = "LOST_SIGN"  # a local derivative without its minus: ∂(y - ŷ)/∂ŷ taken as 1
    LOST_FACTOR = "LOST_FACTOR"  # a local derivative without its number: 2u taken as u
    SUM_FOR_MEAN = "SUM_FOR_MEAN"  # the 1/n of a mean is missing
    LOST_INNER = "LOST_INNER"  # a factor of the chain rule is missing
    LEFT_UNCHANGED = "LEFT_UNCHANGED"  # a function taken as its own derivative: sin for cos
    KEPT_EXPONENT = "KEPT_EXPONENT"  # the power rule without lowering the exponent: n·uⁿ
    INNER_ARGUMENT = "INNER_ARGUMENT"  # the outer derivative at x instead of g(x): cos(x)·2 for sin(2x)
    SEPARATE_FACTORS = "SEPARATE_FACTORS"  # (f·g)' taken as f'·g', (f/g)' as f'/g'
    DROPPED_PATH = "DROPPED_PATH"  # one of the paths is left out of the sum
    DROPPED_TERM = "DROPPED_TERM"  # a term of a sum is left out within the derivative: y - w·x for y - (w·x + b)
    KEPT_CONSTANT = "KEPT_CONSTANT"  # a constant term is kept: 2x + 5 for x² + 5
    TERM_SIGN = "TERM_SIGN"  # a term has the other sign within the derivative, as if brackets were lost
    EXTRA_SIGN = "EXTRA_SIGN"  # a local derivative with a minus that it does not have
    STOPPED_EARLY = "STOPPED_EARLY"  # the derivative by an intermediate quantity
    OTHER_VARIABLE = "OTHER_VARIABLE"  # the derivative by another variable
    EXCHANGED = "EXCHANGED"  # two variables are interchanged
    OTHER_POINT = "OTHER_POINT"  # one variable has another value
    OPPOSITE = "OPPOSITE"  # minus the derivative, whatever the reason
    TRANSPOSED = "TRANSPOSED"  # rows and columns are interchanged
    TIMES_SIZE = "TIMES_SIZE"  # the size of an axis times the derivative: a sum where a mean is meant
    OVER_SIZE = "OVER_SIZE"  # the derivative divided by the size of an axis: a mean where a sum is meant
    MULTIPLE = "MULTIPLE"  # a constant times the derivative, whatever the reason


@dataclass(frozen=True, slots=True)
class Slip:
    """One change of a derivation.

    Attributes:
        kind: what goes wrong.
        consumer: the step whose local derivative is changed, the term of a sum that is, or the step that the
            derivative is taken by instead.
        target: the step by which it is differentiated there; of a term, the sum that it stands in.
        local: the right local derivative, in names.
        factor: the number that is missing, or by which the result is multiplied.
        names: the other variable, or the two that are interchanged.
    """

    kind: SlipKind
    consumer: int | None = None
    target: int | None = None
    local: Expr | None = None
    factor: Fraction | None = None
    names: tuple[str, ...] = ()
