"""What a comparison of two formulas found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from derivcheck.verdict import Verdict

FORMAL = "as formulas: no point was found at which what is differentiated is real"
"""What is said where derivatives are compared although the functions themselves have no real values."""


NO_VALUE = "no value"
"""What stands for the value of a formula that has none at a point."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A point at which two formulas certainly have different values.

    Attributes:
        point: the value of every variable; a text such as "pi/4" where it is no fraction.
        left: the first formula's value: a fraction, or decimals all of which are certain, cut off;
            or :data:`NO_VALUE`.
        right: the second formula's.
        element: which element of an array differs, such as ``w[0]``; "" for single numbers.
    """

    point: Mapping[str, Fraction | str]
    left: str
    right: str
    element: str = ""

    def __str__(self) -> str:
        place = ", ".join(f"{name} = {value}" for name, value in self.point.items())
        element = f"in {self.element} " if self.element else ""
        return f"{element}{self.left} and {self.right}" + (f" at {place}" if place else "")


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """Whether two formulas are the same function on the set where both are real.

    Attributes:
        verdict: VERIFIED (proved), CONSISTENT (not proved; ``points`` points agree), CONDITIONAL (proved where
            ``condition`` holds, refuted elsewhere), REFUTED (by ``counterexample``) or UNDECIDED.
        counterexample: the simplest point found at which they differ.
        condition: under which the verdict was found, or a remark that the domains differ.
        diagnosis: the slip that explains a refuted claim, where one does.
        missing_at: the simplest point found at which only the second formula has a value.
        reason: why nothing stronger was found: "timeout", "domain" (no common point), "points" (too few), "proof" (the
            normal form did not decide), "edges" (it did, but for the points where something jumps), "size", "pieces",
            "unsupported"; "" where nothing is missing.
        points: at how many points both formulas were found equal to ``digits`` digits.
        pieces: on how many smooth pieces they were compared.
        digits: to how many digits the values agree at each of these points, at least.
        sizes: the sizes of arrays for which it was proved, where it is asked for all.
    """

    verdict: Verdict
    counterexample: Counterexample | None = None
    condition: str | None = None
    diagnosis: str | None = None
    missing_at: Mapping[str, Fraction] | None = None
    reason: str = ""
    points: int = 0
    pieces: int = 0
    digits: int = 0
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        raise TypeError("a comparison has more than two outcomes: ask for .verdict")
