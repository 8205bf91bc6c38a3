"""Arrays of floats that carry how far each number can be from the true one: a running error analysis, elementwise.

A :class:`Bounded` holds midpoints m and errors e ≥ 0 with |m - x| ≤ e for the true x. Every operation propagates the
errors of its operands and adds its own rounding, u · |m|. Errors are computed in float64 and widened for their own
rounding. Where nothing can be said (a pole inside the interval, a number out of range) the error is infinite.

Adjoints also carry *path sums*: the sum over all chain-rule paths of |products|, the size to which the rounding of
sums is relative, whatever the order of adding. Whether a value is a path sum follows its operands: an operation on an
adjoint is linear in it.

A comparison that the errors cannot tell is open; a selection by it holds both branches, and says so in ``open``.

Source: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), sections 3.1 to 3.3. Library functions
are relied on to 8 units of the last place, arithmetic and the square root to half a unit.

The file is longer than most: one method for each operation of the kernel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from derivcheck.numbers.arrays import Arrays

Numbers = Any
"""A NumPy array or number: float64 or longdouble."""

_WIDER = 1 + 2.0**-46
"""Covers the rounding of the errors themselves, at most some dozens of operations on numbers that are not negative."""
_UNDER = 2.0**-1060
_SMALL = 2.0**-900
_LARGEST_WHOLE = 2.0**52
_LIBRARY = 16.0
"""By how many times the rounding error a library function may be off."""
WIDE_ELEMENTS = 2**20
"""The largest array that is computed in extended precision."""
_PI_REST = 1.2246467991473532e-16
"""π less its float64 number."""
_WIDE_INPUTS = 2**14
"""The largest array that is widened as it comes in, and not only where it is computed with."""
_PLAIN = Arrays()


def unit(numbers: Numbers) -> float:
    """The relative rounding error of one operation with such a result: 2⁻⁵³ for float64."""
    return float(np.finfo(numbers.dtype).eps) / 2


@dataclass(slots=True, eq=False)
class Extremum:
    """What the greatest (or, negated, the least) of some elements is compared with.

    Attributes:
        origin: the identity of the array that was reduced.
        low: a lower bound of the extremum, in the direction of the extremum.
        rival: an upper bound of every element but the one that was taken.
        sign: 1 for the greatest, -1 for the least.
    """

    origin: object
    low: Numbers
    rival: Numbers
    sign: int


@dataclass(slots=True, eq=False)
class Bounded:
    """Numbers with bounds.

    Attributes:
        mid: the midpoints.
        err: how far the true numbers can be from them; of the shape of ``mid``, or one number for all.
        paths: the path sums, for adjoints.
        open: where a branch was not decided, so that the number holds the outcomes of both.
        extremum: how the numbers came out of a reduction to a greatest or least element.
        origin: the identity of the numbers, kept through changes of view.
        fixed: whether the numbers depend on no variable that is differentiated by: constants, positions, data, and what
            is computed of them.
    """

    mid: Numbers
    err: Numbers
    paths: Numbers | None = None
    open: Numbers | None = None
    extremum: Extremum | None = None
    origin: object = field(default_factory=object)
    fixed: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        return tuple(np.shape(self.mid))

    def widened(self) -> Bounded:
        """The same numbers in extended precision."""
        if self.mid.dtype == np.longdouble:
            return self
        return replace(self, mid=self.mid.astype(np.longdouble))

    def viewed(self, view: Callable[[Numbers], Numbers]) -> Bounded:
        """The same numbers, seen otherwise: transposed, reshaped, some taken out."""
        shape, extremum = self.shape, self.extremum

        def seen(part: Numbers | None) -> Numbers | None:
            return None if part is None else view(np.broadcast_to(part, shape))

        if extremum is not None:
            extremum = Extremum(extremum.origin, seen(extremum.low), seen(extremum.rival), extremum.sign)
        err, paths, undecided = seen(self.err), seen(self.paths), seen(self.open)
        return Bounded(view(np.asarray(self.mid)), err, paths, undecided, extremum, self.origin, self.fixed)

    def __getitem__(self, key: Any) -> Bounded:
        return self.viewed(lambda part: part[key])

    def __setitem__(self, key: Any, value: Bounded) -> None:
        self.mid[key] = value.mid

    def transpose(self, order: Any) -> Bounded:
        """The axes in another order."""
        return self.viewed(lambda part: np.transpose(part, order))

    def reshape(self, shape: Any) -> Bounded:
        """Another shape with the same elements."""
        return self.viewed(lambda part: np.reshape(part, shape))

    def diagonal(self, offset: int, first: int, second: int) -> Bounded:
        """The diagonal of two axes, as the last axis."""
        return self.viewed(lambda part: np.diagonal(part, offset, first, second))

    def spread(self, shape: tuple[int, ...]) -> Bounded:
        """Stretched to a shape, without a copy."""
        return self if self.shape == shape else self.viewed(lambda part: np.broadcast_to(part, shape))

    @property
    def size(self) -> Numbers:
        """An upper bound of |x|; the path sum for an adjoint."""
        return np.abs(self.mid).astype(np.float64, copy=False) * _WIDER + self.err if self.paths is None else self.paths


@dataclass(slots=True, eq=False)
class Truth:
    """Conditions.

    Attributes:
        value: what the midpoints say.
        sure: whether the errors leave no doubt.
        edge: where exactly equal numbers are compared, so that the condition changes as soon as one of them moves.
    """

    value: Numbers
    sure: Numbers
    edge: Numbers

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        return tuple(np.shape(self.value))

    def viewed(self, view: Callable[[Numbers], Numbers]) -> Truth:
        """The same conditions, seen otherwise."""
        sure, edge = (view(np.broadcast_to(part, self.shape)) for part in (self.sure, self.edge))
        return Truth(view(np.asarray(self.value)), sure, edge)

    def __getitem__(self, key: Any) -> Truth:
        return self.viewed(lambda part: part[key])

    def transpose(self, order: Any) -> Truth:
        """The axes in another order."""
        return self.viewed(lambda part: np.transpose(part, order))

    def reshape(self, shape: Any) -> Truth:
        """Another shape with the same elements."""
        return self.viewed(lambda part: np.reshape(part, shape))

    def diagonal(self, offset: int, first: int, second: int) -> Truth:
        """The diagonal of two axes, as the last axis."""
        return self.viewed(lambda part: np.diagonal(part, offset, first, second))

    def spread(self, shape: tuple[int, ...]) -> Truth:
        """Stretched to a shape, without a copy."""
        return self if self.shape == shape else self.viewed(lambda part: np.broadcast_to(part, shape))


def silent() -> np.errstate:
    """NumPy's warnings off: what overflows or has no value gets an infinite error."""
    return np.errstate(all="ignore")


def either(a: Numbers | None, b: Numbers | None) -> Numbers | None:
    """Where one of two values is open."""
    return b if a is None else a if b is None else a | b


def unstretched(numbers: Numbers) -> Numbers:
    """An array without the axes along which nothing changes."""
    if np.ndim(numbers) == 0:
        return numbers
    return numbers[
        tuple(0 if s == 0 and n else slice(None) for s, n in zip(numbers.strides, numbers.shape, strict=True))
    ]


def zero(numbers: Numbers) -> bool:
    """Whether errors are all 0."""
    return not np.any(unstretched(numbers))


class BoundedArrays:
    """The kernel on :class:`Bounded` arrays; conditions are :class:`Truth` arrays. To be used under :func:`silent`.

    Args:
        wide: whether arrays of at most :data:`WIDE_ELEMENTS` elements are computed in ``numpy.longdouble``.

    Attributes:
        deriving: whether derivatives are being computed: then a selection on the edge of its condition is open too,
            since the slopes of both branches meet there.
    """

    def __init__(self, *, wide: bool = True) -> None:
        self.wide = wide
        self.deriving = False

    def derive(self) -> None:
        """From now on derivatives are computed."""
        self.deriving = True

    def _found(self, mid: Numbers, err: Numbers, rounding: float, *operands: Bounded) -> Bounded:
        """A result with its propagated error and its own rounding of so many units of the last place."""
        mid = mid if hasattr(mid, "dtype") else np.float64(mid)
        fixed = bool(operands) and all(o.fixed for o in operands)
        if fixed and rounding == 1 and _whole(mid, *operands):  # sums and products of integers
            return Bounded(mid, np.float64(0.0), fixed=True)
        err = err + rounding * unit(mid) * np.abs(mid).astype(np.float64, copy=False)
        if np.any(small := np.abs(mid) < _SMALL):
            err = np.where(small & ((mid != 0) | (err > 0)), err + _UNDER, err)
        err = np.where(np.isfinite(mid) & ~np.isnan(err), err * _WIDER, np.inf)[()]
        undecided = None
        for o in operands:
            undecided = either(undecided, o.open)
        return Bounded(mid, err, None, undecided, fixed=fixed)

    def constant(self, value: Fraction) -> Bounded:
        """The number nearest to ``value``, and how far it is from it."""
        return replace(self.given(np.array(value, dtype=object)), fixed=True)

    def given(self, values: Any) -> Bounded:
        """Numbers as they were given: floats and integers are exact, fractions have the error of their rounding."""
        found = np.asarray(values)
        if found.dtype != object:
            if found.dtype != np.float64 or self._widens(found):
                found = found.astype(np.longdouble if self._widens(found) else np.float64)
            finite = np.isfinite(found)
            return Bounded(found[()], np.float64(0.0) if np.all(finite) else np.where(finite, 0.0, np.inf))
        exact = [Fraction(v) for v in found.reshape(-1)]
        floats = _PLAIN.constant
        high = [floats(v) for v in exact]
        rest = [v - Fraction(float(h)) if np.isfinite(h) else Fraction(0) for v, h in zip(exact, high, strict=True)]
        mid: Numbers = np.array(high, dtype=np.float64).reshape(found.shape)
        left = np.array([float(r) for r in rest], dtype=np.float64).reshape(found.shape)
        if self._widens(mid):
            mid = mid.astype(np.longdouble) + left
        err = np.where(left != 0, np.abs(mid).astype(np.float64, copy=False) * unit(mid) * 2 * _WIDER + _UNDER, 0.0)
        return Bounded(mid[()], np.where(np.isfinite(mid), err, np.inf)[()])

    def _widens(self, numbers: Numbers) -> bool:
        return self.wide and np.size(numbers) <= _WIDE_INPUTS

    def pi(self) -> Bounded:
        """π."""
        if not self.wide:
            return Bounded(np.float64(math.pi), np.float64(2.0**-52))
        return Bounded(np.longdouble(math.pi) + np.longdouble(_PI_REST), np.float64(4 * unit(np.longdouble(1))))

    def add(self, a: Bounded, b: Bounded) -> Bounded:
        """a + b."""
        return self._sum(a, b, _PLAIN.add(a.mid, b.mid))

    def sub(self, a: Bounded, b: Bounded) -> Bounded:
        """a - b."""
        return self._sum(a, b, _PLAIN.sub(a.mid, b.mid))

    def _sum(self, a: Bounded, b: Bounded, mid: Numbers) -> Bounded:
        found = self._found(mid, a.err + b.err, 1, a, b)
        if a.paths is not None or b.paths is not None:
            found.paths = (a.size + b.size) * _WIDER
        return found

    def mul(self, a: Bounded, b: Bounded) -> Bounded:
        """a · b."""
        large, small = np.abs(a.mid).astype(np.float64, copy=False), np.abs(b.mid).astype(np.float64, copy=False)
        err = 0.0 if zero(a.err) and zero(b.err) else large * b.err + (small + b.err) * a.err
        found = self._found(_PLAIN.mul(a.mid, b.mid), err, 1, a, b)
        if np.any(lost := (found.mid == 0) & (large != 0) & (small != 0)):
            found.err = np.where(lost, found.err + _UNDER, found.err)
        if a.paths is not None or b.paths is not None:
            found.paths = a.size * b.size * _WIDER
        return found

    def div(self, a: Bounded, b: Bounded) -> Bounded:
        """a / b; unbounded where b may be 0."""
        mid = _PLAIN.div(a.mid, b.mid)
        least = np.abs(b.mid).astype(np.float64, copy=False) / _WIDER - b.err
        err = np.where(least > 0, (a.err + np.abs(mid).astype(np.float64, copy=False) * b.err) / least * _WIDER, np.inf)
        found = self._found(mid, err, 1, a, b)
        if np.any(lost := (found.mid == 0) & (a.mid != 0)):
            found.err = np.where(lost, found.err + _UNDER, found.err)
        if a.paths is not None:
            found.paths = np.where(least > 0, a.paths / least * _WIDER, np.inf)
        return found

    def neg(self, a: Bounded) -> Bounded:
        """-a."""
        return Bounded(-a.mid, a.err, a.paths, a.open)

    def power(self, a: Bounded, exponent: Fraction) -> Bounded:
        """a^exponent; unbounded where the base may be outside the domain, or at a pole."""
        if exponent == 2:
            return self.mul(a, a)
        p = float(exponent)
        size = np.abs(a.mid).astype(np.float64, copy=False)
        near = (a.mid < 0) & (size <= a.err) & (exponent.denominator != 1)
        base = np.where(near, 0, a.mid)[()]
        mid = self._raised(base, exponent)
        end = size + a.err if p >= 1 else size / _WIDER - a.err
        slope = np.where(end > 0, abs(p) * np.power(np.maximum(end, 0.0), p - 1), np.inf)
        err = np.where(a.err == 0, 0.0, slope * a.err)
        if 0 < p < 1:  # |x^p - a^p| ≤ |x - a|^p
            err = np.minimum(np.where(np.isnan(err), np.inf, err), np.power(2 * a.err, p))
        elif p == 0:
            err = np.zeros_like(size)
        rounding = 1 if exponent == Fraction(1, 2) else _LIBRARY
        if exponent.denominator & (exponent.denominator - 1):  # the exponent is rounded too
            slack = 2 * unit(mid) * abs(p) * np.abs(np.log(size)) * np.abs(mid).astype(np.float64, copy=False)
            err = err + np.where(size > 0, slack, 0.0)
        return self._found(mid, err * _WIDER, rounding, a)

    def _raised(self, base: Numbers, exponent: Fraction) -> Numbers:
        if exponent == Fraction(1, 2):
            return np.sqrt(base)
        kind = base.dtype.type
        found = np.power(base, kind(exponent.numerator) / kind(exponent.denominator))
        return found if exponent.denominator == 1 else np.where(base < 0, np.nan, found)[()]

    def pow(self, a: Bounded, b: Bounded) -> Bounded:
        """a^b: the relative error is that of exp(b · log|a|)."""
        mid = _PLAIN.pow(a.mid, b.mid)
        size = np.abs(a.mid).astype(np.float64, copy=False)
        turned = np.where(a.err == 0, 0.0, a.err / (size / _WIDER - a.err))
        turned = np.where(size > a.err, turned, np.where(a.err == 0, 0.0, np.inf))
        log = np.where(b.err == 0, 0.0, b.err * (np.abs(np.log(size)) + turned))
        change = np.expm1(((np.abs(b.mid).astype(np.float64, copy=False) + b.err) * turned + log) * _WIDER)
        whole = (b.err == 0) & (b.mid == np.floor(b.mid))
        err = np.where((a.mid > a.err) | whole | ((a.mid == 0) & (a.err == 0)), np.abs(mid) * change, np.inf)
        err = np.where((mid == 0) & (change == 0), 0.0, err)
        return self._found(mid, err.astype(np.float64, copy=False), _LIBRARY, a, b)

    def _smooth(self, name: str, a: Bounded, slope: Numbers) -> Bounded:
        """A function whose slope is at most ``slope`` over the interval."""
        err = 0.0 if zero(a.err) else np.where(a.err == 0, 0.0, slope * a.err * _WIDER)
        found = self._found(getattr(_PLAIN, name)(a.mid), err, _LIBRARY, a)
        if np.any(lost := (found.mid == 0) & (a.mid != 0)):  # perhaps only below the range
            found.err = np.where(lost, found.err + _UNDER, found.err)
        return found

    def exp(self, a: Bounded) -> Bounded:
        """e^a."""
        mid = _PLAIN.exp(a.mid)
        err = np.where(a.err == 0, 0.0, np.abs(mid).astype(np.float64, copy=False) * np.expm1(a.err * _WIDER))
        found = self._found(mid, err * _WIDER, _LIBRARY, a)
        if np.any(lost := found.mid == 0):
            found.err = np.where(lost, np.exp(a.mid.astype(np.float64, copy=False) + a.err) + _UNDER, found.err)
        return found

    def log(self, a: Bounded) -> Bounded:
        """The natural logarithm."""
        least = a.mid.astype(np.float64, copy=False) / _WIDER - a.err
        return self._smooth("log", a, np.where(least > 0, 1 / least, np.inf))

    def sin(self, a: Bounded) -> Bounded:
        """sin a."""
        return self._smooth("sin", a, 1.0)

    def cos(self, a: Bounded) -> Bounded:
        """cos a."""
        return self._smooth("cos", a, 1.0)

    def atan(self, a: Bounded) -> Bounded:
        """arctan a."""
        return self._smooth("atan", a, 1 / (1 + _nearest(a) ** 2))

    def erf(self, a: Bounded) -> Bounded:
        """The error function."""
        return self._bell("erf", a)

    def _bell(self, name: str, a: Bounded) -> Bounded:
        narrow = Bounded(
            a.mid.astype(np.float64, copy=False),
            a.err + np.abs(a.mid - a.mid.astype(np.float64, copy=False)),
            None,
            a.open,
        )
        return self._smooth(name, narrow, 1.13 * np.exp(-(_nearest(narrow) ** 2)))

    def loggamma(self, a: Bounded) -> Bounded:
        """Log Γ(a) for a > 0; |ψ(x)| ≤ |log x| + 1/x."""
        narrow = Bounded(
            a.mid.astype(np.float64, copy=False),
            a.err + np.abs(a.mid - a.mid.astype(np.float64, copy=False)),
            None,
            a.open,
        )
        least, most = narrow.mid / _WIDER - narrow.err, narrow.mid + narrow.err
        slope = np.maximum(np.abs(np.log(least)), np.abs(np.log(most))) + 1 / least
        found = self._smooth("loggamma", narrow, np.where(least > 0, slope, np.inf))
        found.err = found.err + 2.0**-48  # the library's error is absolute near the zeros 1 and 2
        return found

    def polygamma(self, a: Bounded, order: Fraction) -> Bounded:
        """ψ⁽ⁿ⁾(a) for a > 0; |ψ⁽ᵐ⁾(x)| ≤ (m-1)!/xᵐ + m!/xᵐ⁺¹."""
        m = int(order) + 1
        mid = a.mid.astype(np.float64, copy=False)
        err = a.err + np.abs(a.mid - mid).astype(np.float64, copy=False)
        least = mid / _WIDER - err
        slope = math.factorial(m - 1) / least**m + math.factorial(m) / least ** (m + 1)
        moved = np.where(err == 0, 0.0, np.where(least > 0, slope * err * _WIDER, np.inf))
        return self._found(_PLAIN.polygamma(mid, order), moved, _LIBRARY, a)

    def abs(self, a: Bounded) -> Bounded:
        """|a|."""
        return Bounded(np.abs(a.mid), a.err, None, a.open)

    def max(self, a: Bounded, b: Bounded) -> Bounded:
        """The greater of two: as far off as the worse of them, at most."""
        return self._extreme(a, b, 1)

    def min(self, a: Bounded, b: Bounded) -> Bounded:
        """The lesser of two."""
        return self._extreme(a, b, -1)

    def _extreme(self, a: Bounded, b: Bounded, sign: int) -> Bounded:
        mid = sign * np.maximum(sign * a.mid, sign * b.mid)
        err: Numbers = np.float64(0.0)
        if not (zero(a.err) and zero(b.err)):
            taken = _chosen(sign * a.mid >= sign * b.mid, a.err, b.err)
            err = _chosen(self._compared(a, b, np.False_).sure, taken, np.maximum(a.err, b.err))
        return self._found(mid, err, 0, a, b)

    def floor(self, a: Bounded) -> Bounded:
        """⌊a⌋; open where the interval holds an integer above its lower end."""
        mid = np.floor(a.mid)
        low = np.floor(np.where(a.err > 0, below(a.mid - a.err), a.mid))
        high = np.floor(np.where(a.err > 0, above(a.mid + a.err), a.mid))
        err = np.maximum(high - mid, mid - low).astype(np.float64, copy=False)
        err = np.where(np.isfinite(mid) & ~np.isnan(err), err, np.inf)[()]
        return Bounded(mid, err, None, either(a.open, None if zero(err) else err > 0))

    def lt(self, a: Bounded, b: Bounded) -> Truth:
        """a < b."""
        return self._compared(a, b, np.less(a.mid, b.mid))

    def le(self, a: Bounded, b: Bounded) -> Truth:
        """a ≤ b."""
        return self._compared(a, b, np.less_equal(a.mid, b.mid))

    def _compared(self, a: Bounded, b: Bounded, value: Numbers) -> Truth:
        doubt = (a.err + b.err) * _WIDER
        gap = np.abs(a.mid - b.mid)
        edge = np.zeros_like(gap, dtype=bool) if a.fixed and b.fixed else (gap == 0) & (doubt == 0)
        return Truth(value, (gap * (1 - 2.0**-46) > doubt) | (doubt == 0), edge)

    def eq(self, a: Bounded, b: Bounded) -> Truth:
        """a = b; whether an element attains the extremum it was reduced to is told by its rivals."""
        if a.extremum is not None and a.extremum.origin is b.origin:
            a, b = b, a
        told = self._compared(a, b, np.equal(a.mid, b.mid))
        extremum = b.extremum
        if extremum is not None and extremum.origin is a.origin:
            here = extremum.sign * a.mid
            alone = told.value & (below(here - a.err) > extremum.rival)
            sure = alone | (above(here + a.err) < extremum.low)
            return Truth(told.value, sure | told.sure, told.value & ~alone)
        return told

    def logical_and(self, p: Truth, q: Truth) -> Truth:
        """Both; one that certainly fails decides."""
        sure = (p.sure & q.sure) | (p.sure & ~p.value) | (q.sure & ~q.value)
        return Truth(p.value & q.value, sure, (p.edge & (q.value | q.edge)) | (q.edge & (p.value | p.edge)))

    def logical_or(self, p: Truth, q: Truth) -> Truth:
        """At least one; one that certainly holds decides."""
        sure = (p.sure & q.sure) | (p.sure & p.value) | (q.sure & q.value)
        return Truth(p.value | q.value, sure, (p.edge & (~q.value | q.edge)) | (q.edge & (~p.value | p.edge)))

    def logical_not(self, p: Truth) -> Truth:
        """Not."""
        return Truth(~p.value, p.sure, p.edge)

    def select(self, condition: Truth, a: Bounded, b: Bounded) -> Bounded:
        """``a`` where the condition holds, else ``b``; both where it is open."""
        chosen = condition.value
        sure = condition.sure & ~condition.edge if self.deriving else condition.sure
        no: Numbers = np.zeros((), bool)
        mid, err = _chosen(chosen, a.mid, b.mid)[()], _chosen(chosen, a.err, b.err)[()]
        undecided = None
        if a.open is not None or b.open is not None:
            undecided = _chosen(chosen, no if a.open is None else a.open, no if b.open is None else b.open)
        if not np.all(sure):
            apart = np.abs(a.mid - b.mid).astype(np.float64, copy=False) * _WIDER
            both = np.where(chosen, np.maximum(a.err, apart + b.err), np.maximum(b.err, apart + a.err))
            both = np.where(np.isnan(both), np.inf, both)
            differ = ~sure & (both > err)
            err, undecided = np.where(sure, err, both)[()], either(undecided, differ)
        found = Bounded(mid, err, None, undecided)
        if a.paths is not None or b.paths is not None:
            found.paths = np.where(sure, np.where(chosen, a.size, b.size), np.maximum(a.size, b.size))
        return found

    # Stable compounds: their bodies would cancel or overflow.

    def log1p(self, a: Bounded) -> Bounded:
        """log(1 + a)."""
        least = (1 + a.mid).astype(np.float64, copy=False) / _WIDER - a.err
        return self._smooth("log1p", a, np.where(least > 0, 1 / least, np.inf))

    def expm1(self, a: Bounded) -> Bounded:
        """e^a - 1."""
        return self._smooth("expm1", a, np.exp(a.mid.astype(np.float64, copy=False) + a.err))

    def erfc(self, a: Bounded) -> Bounded:
        """1 - erf a."""
        return self._bell("erfc", a)

    def sinh(self, a: Bounded) -> Bounded:
        """sinh a."""
        return self._smooth("sinh", a, np.cosh(np.abs(a.mid).astype(np.float64, copy=False) + a.err))

    def cosh(self, a: Bounded) -> Bounded:
        """cosh a."""
        return self._smooth("cosh", a, np.cosh(np.abs(a.mid).astype(np.float64, copy=False) + a.err))

    def tanh(self, a: Bounded) -> Bounded:
        """tanh a."""
        return self._smooth("tanh", a, 1 / np.cosh(_nearest(a)) ** 2)

    def sigmoid(self, a: Bounded) -> Bounded:
        """1 / (1 + e^-a); the slope is at most ¼ and e^-|a|."""
        return self._smooth("sigmoid", a, np.minimum(0.25, np.exp(-_nearest(a))))

    def softplus(self, a: Bounded) -> Bounded:
        """log(1 + e^a); the slope is at most 1 and e^a."""
        return self._smooth("softplus", a, np.minimum(1.0, np.exp(a.mid.astype(np.float64, copy=False) + a.err)))

    def logsigmoid(self, a: Bounded) -> Bounded:
        """-log(1 + e^-a)."""
        return self.neg(self.softplus(self.neg(a)))

    def cbrt(self, a: Bounded) -> Bounded:
        """The odd cube root; |∛x - ∛a| ≤ ∛(4 |x - a|)."""
        least = np.abs(a.mid).astype(np.float64, copy=False) / _WIDER - a.err
        near = np.where(least > 0, a.err / (3 * np.cbrt(least) ** 2), np.inf)
        err = np.where(a.err == 0, 0.0, np.minimum(near, np.cbrt(4 * a.err)) * _WIDER)
        return self._found(np.cbrt(a.mid), err, _LIBRARY, a)


def _whole(mid: Numbers, *operands: Bounded) -> bool:
    """Whether numbers are integers without error, and so small that sums and products of them are exact."""
    if not np.all(np.abs(mid) < _LARGEST_WHOLE):
        return False
    whole = all(np.all(o.mid == np.floor(o.mid)) and np.all(np.abs(o.mid) < _LARGEST_WHOLE) for o in operands)
    return bool(whole and all(zero(o.err) for o in operands) and np.all(mid == np.floor(mid)))


def below(numbers: Numbers) -> Numbers:
    """The next number down."""
    return np.nextafter(numbers, -np.inf)


def above(numbers: Numbers) -> Numbers:
    """The next number up."""
    return np.nextafter(numbers, np.inf)


def _chosen(condition: Numbers, a: Numbers, b: Numbers) -> Numbers:
    return np.where(condition, a, b)


def _nearest(a: Bounded) -> Numbers:
    """The least |x| of the interval."""
    return np.maximum(np.abs(a.mid).astype(np.float64, copy=False) / _WIDER - a.err, 0.0)
