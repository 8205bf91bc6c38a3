"""The signs that tell one smooth piece of a formula from the others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from derivcheck.numbers.kernel import DomainError, UndecidedError

Formula = Any
"""A SymPy expression."""

Assignment = Mapping[Formula, int]
"""The sign, +1 or -1, of each difference that was asked for, in the order of asking."""

_DIGITS = (30, 120, 500)


@cache
def sympy() -> Any:
    """SymPy, imported on first use."""
    return import_module("sympy")


def constant_sign(value: Formula) -> int:
    """The sign of a SymPy expression without symbols, exactly.

    Raises:
        DomainError: if the number is not a finite real.
        UndecidedError: if it is 0 to 500 digits and SymPy does not prove it 0.
    """
    if value.is_Rational:
        return int(value.p > 0) - int(value.p < 0)
    if value.is_extended_real is False or value.is_finite is False:
        raise DomainError(f"{value} is not a real number")
    if value.is_zero:
        return 0
    for digits in _DIGITS:
        near = value.evalf(digits + 10)
        if near.is_Float and abs(near) > sympy().Float(10) ** -digits:
            return 1 if near > 0 else -1
    if sympy().simplify(value) == 0:
        return 0
    raise UndecidedError(f"whether {value} is 0")


def vanishes(value: Formula) -> bool:
    """Whether an expression is 0 for all values of its symbols, as far as SymPy can simplify it.

    A value other than 0 at one point answers no at once.
    """
    if value.is_polynomial():
        return bool(sympy().expand(value) == 0)
    symbols = sorted(value.free_symbols, key=sympy().default_sort_key)
    point = {s: sympy().Rational(3 * k + 2, 2 * k + 5) for k, s in enumerate(symbols)}
    near = value.xreplace(point).evalf(15)
    if near.is_number and abs(near) > 1e-9:
        return False
    return bool(sympy().simplify(value) == 0)


class Branches:
    """The signs chosen so far on the way to one piece; a new difference takes the next planned sign, else +1.

    Args:
        plan: signs for the first differences that come up.
        steps: the integer symbols that stand for the floors of arguments, kept from piece to piece.
    """

    def __init__(self, plan: tuple[int, ...] = (), steps: dict[Formula, Formula] | None = None) -> None:
        self._plan = plan
        self._signs: dict[Formula, int] = {}
        self._thresholds: dict[Formula, list[tuple[Formula, int]]] = {}
        self._steps = {} if steps is None else steps

    @property
    def assignment(self) -> Assignment:
        """The differences met and their signs."""
        return MappingProxyType(dict(self._signs))

    @property
    def steps(self) -> Mapping[Formula, Formula]:
        """The argument of which each integer symbol is the floor."""
        return MappingProxyType({symbol: argument for argument, symbol in self._steps.items()})

    def sign(self, difference: Formula) -> int:
        """-1, 0 or 1; 0 only if the difference vanishes identically."""
        difference = sympy().expand_mul(difference)
        if not difference.free_symbols:
            return constant_sign(difference)
        if difference.is_positive or difference.is_negative:
            return 1 if difference.is_positive else -1
        if vanishes(difference):
            return 0
        rest, level, orientation = _canonical(difference)
        return orientation * self._side(rest, level)

    def _side(self, rest: Formula, level: Formula) -> int:
        """The sign of ``rest - level``; implied by an earlier choice for the same ``rest`` or chosen now."""
        chosen = self._thresholds.setdefault(rest, [])
        for other, side in chosen:
            if side * constant_sign(other - level) >= 0:
                return side
        index = len(self._signs)
        sign = self._plan[index] if index < len(self._plan) else 1
        self._signs[rest - level] = sign
        chosen.append((level, sign))
        return sign

    def step(self, argument: Formula) -> Formula:
        """The floor of ``argument``: an integer that does not change on an open piece."""
        return self._steps.setdefault(argument, sympy().Dummy("n", integer=True))


def _canonical(difference: Formula) -> tuple[Formula, Formula, int]:
    """``(r, c, s)`` with the sign of ``difference`` equal to s times that of r - c; r has no constant term."""
    level, rest = difference.as_independent(*difference.free_symbols, as_Add=True)
    content, rest = rest.as_content_primitive()
    orientation = 1
    if rest.could_extract_minus_sign():
        rest, orientation = -rest, -1
    return rest, -orientation * level / content, orientation
