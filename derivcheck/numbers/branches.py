"""The signs that tell one smooth piece of a formula from the others."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from derivcheck.numbers.inequalities import UNIT, LinearForm, can_be_positive
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


def linear_form(value: Formula) -> LinearForm:
    """``value`` as a linear form in its terms, whatever these are; irrational coefficients stay with their terms."""
    form: dict[Any, Fraction] = {}
    for term, coefficient in value.as_coefficients_dict().items():
        form[UNIT if term == 1 else term] = Fraction(int(coefficient.p), int(coefficient.q))
    return form


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
        positive, orientation = _canonical(difference)
        return orientation * self._side(positive)

    def _side(self, difference: Formula) -> int:
        """The sign of a canonical difference: known, implied by earlier choices, or chosen now."""
        if difference in self._signs:
            return self._signs[difference]
        earlier = [linear_form(sign * d) for d, sign in self._signs.items()]
        for sign in (1, -1):
            if not can_be_positive([*earlier, linear_form(-sign * difference)]):
                return sign
        index = len(self._signs)
        self._signs[difference] = self._plan[index] if index < len(self._plan) else 1
        return self._signs[difference]

    def step(self, argument: Formula) -> Formula:
        """The floor of ``argument``: an integer that does not change on an open piece."""
        return self._steps.setdefault(argument, sympy().Dummy("n", integer=True))


def _canonical(difference: Formula) -> tuple[Formula, int]:
    """``(d, s)`` with the sign of ``difference`` equal to s times that of d, the same d for all its multiples."""
    _, primitive = difference.as_content_primitive()
    rest = primitive.as_independent(*primitive.free_symbols, as_Add=True)[1]
    return (-primitive, -1) if rest.could_extract_minus_sign() else (primitive, 1)
