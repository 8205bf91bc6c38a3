"""Arrays around what a floating type may give for every operation, as torch computes it.

The counterpart, for arrays, of :mod:`derivcheck.oracles.rounding`: numbers with running error bounds to which every
operation adds the rounding, the overflow and the gradual underflow of the type.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import numpy as np

from derivcheck.numbers.bounded import Bounded, BoundedArrays, Numbers, Truth, zero
from derivcheck.numbers.contractions import Contraction
from derivcheck.numbers.kernel import Kernel, Value
from derivcheck.ops.evaluate import compiled, evaluator
from derivcheck.ops.row import Op, Role, trace
from derivcheck.oracles.bounded_storage import BoundedStorage
from derivcheck.oracles.rounding import FORMATS, Format

_UNROUNDED = (Role.SELECT, Role.CONDITION)


class Delivered(BoundedArrays):
    """Arrays around what a floating type may give for every row of the table, as torch computes it."""

    def __init__(self, form: Format) -> None:
        super().__init__(wide=False)
        self.form = form
        self._plain = BoundedArrays(wide=False)
        self._inside: tuple[str, tuple[Fraction, ...]] | None = None  # the row whose own formula is being read

    def derive(self) -> None:
        """From now on derivatives are computed."""
        super().derive()
        self._plain.derive()

    def given(self, values: Any) -> Bounded:
        """Numbers as they were given and as the type holds them."""
        exact = super().given(values)
        if self.form.bits >= unit_bits(exact.mid) and zero(exact.err):
            return exact
        size = np.abs(exact.mid)
        held = size if self.form.bits >= unit_bits(exact.mid) else _nearest(size, self.form)
        moved = np.abs(held - size)
        err = exact.err + np.where((moved > 0) | (exact.err > 0), moved + 2.0**-self.form.bits * exact.err, 0.0)
        return Bounded(exact.mid, np.where(size > self.form.greatest, np.inf, err)[()])

    def native(self, op: Op, params: tuple[Fraction, ...]) -> Callable[..., Value]:
        """A row by torch's formula, its result brought to the precision and range."""
        found: dict[int, Callable[..., Value]] = {}
        own = (op.name, params) == self._inside

        def run(*operands: Value) -> Value:
            if len(operands) not in found:
                found[len(operands)] = self._function(op, params, len(operands), own=own)
            out = found[len(operands)](*operands)
            if isinstance(out, Truth) or op.role in _UNROUNDED or self._exact(out):
                return out
            return self.delivered(out)

        return run

    def _function(self, op: Op, params: tuple[Fraction, ...], arity: int, *, own: bool) -> Callable[..., Value]:
        formula = None if op.torch is None or own else op.torch.value
        if self.form.short and not own and op.torch is not None and op.torch.short is not None:
            return compiled(trace(op.torch.short, arity, params), cast(Kernel, Delivered(FORMATS["float32"])))
        if formula is None:
            return evaluator(op, params, arity, cast(Kernel, self._plain))
        outer, self._inside = self._inside, (op.name, params)
        try:
            return compiled(trace(formula, arity, params), cast(Kernel, self))
        finally:
            self._inside = outer

    def _exact(self, found: Bounded) -> bool:
        """Whether these are numbers of no variable that the type holds exactly."""
        return found.fixed and zero(found.err) and bool(np.all(np.abs(found.mid) < 2.0**self.form.bits))

    def delivered(self, found: Bounded, terms: Numbers | None = None, error: float | None = None) -> Bounded:
        """A result with what rounding, overflow and gradual underflow may add.

        Args:
            found: the result with the errors of its operands.
            terms: what the rounding is relative to; the size of the result, or its path sum, by default.
            error: the relative rounding; that of one operation by default.
        """
        form = self.form
        size = np.abs(found.mid) + found.err
        relative = found.size if terms is None else terms
        err = found.err + (form.error if error is None else error) * relative
        tiny = (size < form.least_normal * 2) & (size > 0)
        if np.any(tiny):
            err = np.where(tiny, err + 2.0 ** max(form.least - form.bits + 2, -1074), err)
        over = np.maximum(size, relative) > form.greatest if terms is not None else size > form.greatest
        found.err = np.where(over | np.isnan(err), np.inf, err)[()] if np.any(over | np.isnan(err)) else err
        return found


class DeliveredStorage(BoundedStorage):
    """Sums as the type may deliver them, in any order."""

    def __init__(self, system: Delivered) -> None:
        super().__init__(system)
        self.rounded = system

    def summed(self, found: Contraction) -> Bounded:
        """A sum of n products: n + 2 roundings at most for every term."""
        if found.count <= 1 and found.factors <= 1:
            return found.value
        error = float(np.expm1((found.count + found.factors) * 2.0**-self.rounded.form.bits))
        return self.rounded.delivered(found.value, found.terms, error)

    def mean(self, found: Bounded, count: int) -> Bounded:
        """A sum divided by the number of its terms."""
        return self.rounded.delivered(super().mean(found, count))

    def product(self, factors: Bounded) -> Bounded:
        """A product of n factors: n - 1 roundings."""
        found = super().product(factors)
        error = float(np.expm1(factors.shape[-1] * self.rounded.form.error))
        return self.rounded.delivered(found, np.abs(found.mid) + found.err, error)


def unit_bits(numbers: Numbers) -> int:
    """The precision of an array's floating type."""
    return int(np.finfo(numbers.dtype).nmant) + 1


def _nearest(size: Numbers, form: Format) -> Numbers:
    """The numbers of the type nearest to some that are not negative."""
    spacing = spacings(size, form)
    return np.round(size / spacing) * spacing


def spacings(size: Numbers, form: Format) -> Numbers:
    """The unit in the last place at every number, that of subnormal numbers below the normal ones."""
    exponents = np.frexp(np.abs(size))[1]
    exponents = np.where(size == 0, form.least, exponents)
    return np.ldexp(1.0, np.maximum(exponents - form.bits, form.least - form.bits + 1))
