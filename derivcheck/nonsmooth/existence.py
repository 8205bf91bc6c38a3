"""What can be said about the existence of derivatives at a point. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derivcheck.verdict import Existence

Real = Any
"""An exact ``Fraction``, a certified ball (``flint.arb``), ±``math.inf``, or None where there is no number."""


@dataclass(frozen=True, slots=True)
class ActiveSwitch:
    """An operation that is not analytic at the point, and where exactly.

    Attributes:
        step: the step of the operation: ``abs``, ``max``, a comparison, a root, …
        cell: which of the row's switches vanishes (or is an integer); None for a comparison, and for an operation
            without switches, such as a division by 0.
        operands: the steps that the vanishing quantity is made of: one for ``|a|``, two for ``max(a, b)``.
        level: where the quantity is the first operand against a constant, that constant: the switch lies at
            ``operands[0] = level``. With two operands and no level it lies at ``operands[0] = operands[1]``.
            None with one operand: the quantity is another formula, see
            :func:`derivcheck.nonsmooth.switch_quantity`.
    """

    step: int
    cell: int | None
    operands: tuple[int, ...]
    level: Fraction | None = None


@dataclass(frozen=True, slots=True)
class DomainExit:
    """Where a computation leaves its domain at the point.

    Attributes:
        step: the first operation that has no real value.
        reason: why, in words.
    """

    step: int
    reason: str


@dataclass(frozen=True, slots=True)
class PartialExistence:
    """Whether the derivative in one variable exists at the point.

    Attributes:
        exists: None if undecided.
        kind: what the function of this variable alone is like there. SMOOTH: twice continuously differentiable.
            JUMP: not continuous, poles included. VERTICAL_TANGENT: an infinite slope on at least one side. None if
            undecided; with ``exists`` True that means: differentiable, and no more was proved.
        left, right: one-sided derivatives lim (f(x₀+t) - f(x₀))/t for t → 0∓: an exact number, a ball, ``math.inf``,
            ``-math.inf`` (a jump away from the value too), or None.
        clarke: the Clarke interval of the function of this variable alone, None where it is not locally Lipschitz or
            not known.
        switch: the step of the quantity that vanishes at the kink or jump, if one is responsible and is a step.
        reason: why it is undecided, or what lies outside the domain.
        switches: the operations that are active at the point and that the value depends on, in the order of
            computation; where there is no derivative, the responsible one is first.
        outside: the step that leaves the domain.
    """

    exists: bool | None
    kind: Existence | None
    left: Real = None
    right: Real = None
    clarke: tuple[Real, Real] | None = None
    switch: int | None = None
    reason: str = ""
    switches: tuple[ActiveSwitch, ...] = ()
    outside: int | None = None


@dataclass(frozen=True, slots=True)
class GradientExistence:
    """Whether the gradient in all variables together exists at the point: is the function totally differentiable?

    Attributes:
        exists: None if undecided.
        witness: a direction v along which the derivative is not linear, D(v) ≠ ∇f·v, where it does not exist.
        reason: why it is undecided, or what happens along the witness.
        bend: where no straight line shows it, the witness is the curve x₀ + t·witness + t²·bend.
    """

    exists: bool | None
    witness: Mapping[str, Fraction] | None = None
    reason: str = ""
    bend: Mapping[str, Fraction] | None = None
