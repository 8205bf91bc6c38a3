"""Central differences in float64 with a certified bound.

    |D_h - f′(x)| ≤ h²/6 · sup|f‴| over [x-h, x+h]  +  (E₊ + E₋)/(2h)  +  the rounding of the quotient

The bound itself is computed in balls, so that no underflow makes it 0.

The supremum comes from a Taylor series around the ball x ± h, which also shows that no kink or jump lies inside. E± is
how far the float64 values at x ± h are from the true ones, by ball arithmetic. The step with the least bound is taken.

Source: the remainder of Taylor's theorem; any text on numerical analysis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from flint import arb

from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret, values_at
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.floats import Floats
from derivcheck.numbers.kernel import DomainError, PrecisionError, Undefined
from derivcheck.numbers.series import Taylor
from derivcheck.oracles.evidence import FiniteFinding, Real

_BITS = 128
_UNIT = 2.0**-53
_SHRINK = 4
"""A step that is too long is divided by 2 to this power."""
_ATTEMPTS = 14
_PLAIN_STEP = 2.0**-17
"""The step, relative to the point's size, where no bound guides the choice: near the cube root of the precision."""


def central_difference(
    graph: Graph,
    point: Mapping[str, Graph],
    name: str,
    derived: Real,
    *,
    upstream: Fraction | None = None,
    deadline: Callable[[], None] | None = None,
) -> FiniteFinding:
    """Difference the graph's output along one variable, and compare.

    Args:
        graph: the primal graph.
        point: a graph of constants for every variable.
        name: the variable.
        derived: the derivative to compare with, the upstream gradient included.
        upstream: the factor that the derivative has over the difference quotient.
        deadline: called now and then; raises when time is up.
    """
    return _Stencil(graph, point, name, upstream, deadline).best(derived)


class _Stencil:
    def __init__(
        self,
        graph: Graph,
        point: Mapping[str, Graph],
        name: str,
        upstream: Fraction | None,
        deadline: Callable[[], None] | None,
    ) -> None:
        self.graph, self.name, self.deadline = graph, name, deadline
        self.ball, self.taylor = Ball(_BITS), Taylor(3, _BITS)
        self.factor = self.ball.constant(Fraction(1) if upstream is None else upstream)
        self.centre = values_at(point, self.ball)
        self.constants = {n: self.taylor.variable(v, 0) for n, v in self.centre.items()}

    def best(self, derived: Real) -> FiniteFinding:
        """The difference with the least bound found: for steps of the size of 1 first, then of the point."""
        size = 2.0 ** math.frexp(abs(float(self.centre[self.name].mid())) or 1.0)[1]
        best, reason = FiniteFinding(), "domain"
        if not self.inside():
            return FiniteFinding(reason=reason)
        for scale in dict.fromkeys((max(1.0, size), size)):
            best, reason = self.descend(scale * 2.0**-8, derived)
            if best.bound is not None:
                return best
        return FiniteFinding(self.quotient(size * _PLAIN_STEP), reason=reason)

    def inside(self) -> bool:
        """Whether the point may lie in the domain."""
        output = self.graph.output
        value = interpret(self.graph, self.ball, self.centre, wanted=[output])[output]
        return not (isinstance(value, Undefined) and isinstance(value.error, DomainError))

    def descend(self, h: float, derived: Real) -> tuple[FiniteFinding, str]:
        """The best difference found from the step ``h`` on, and why there is no bound if there is none."""
        best, reason = FiniteFinding(), "domain"
        for _ in range(_ATTEMPTS):
            if self.deadline is not None:
                self.deadline()
            third, reason = self.third(h)
            if third is None:
                h /= 2.0**_SHRINK
                continue
            found, error = self.at(h, third, derived)
            reason = found.reason
            better = found.bound is not None and (best.bound is None or found.bound < best.bound)
            if not better and best.bound is not None:
                break
            best = found if better else best
            ideal = self.ideal(h, third, error)
            if ideal == h:
                break
            h = ideal
        return best, reason

    def quotient(self, h: float) -> float | None:
        """The difference quotient without any bound, where there is a value on both sides."""
        (above, _), (below, _) = self.value_at(h), self.value_at(-h)
        value = (above - below) / (2 * h) * float(self.factor.mid())
        return value if math.isfinite(value) else None

    def third(self, h: float) -> tuple[arb | None, str]:
        """An upper bound of |f‴| on [x-h, x+h], or the reason why there is none."""
        width = arb(0, h)
        variable = self.taylor.variable(self.centre[self.name] + width, 1)
        inputs = {**self.constants, self.name: variable}
        out = interpret(self.graph, self.taylor, inputs, wanted=[self.graph.output])[self.graph.output]
        if isinstance(out, Undefined):
            return None, "switch" if isinstance(out.error, PrecisionError) else "domain"
        third = self.taylor.derivative(out, 3)
        return (abs(third).upper(), "") if third.is_finite() else (None, "domain")

    def ideal(self, h: float, third: arb, error: float) -> float:
        """The step at which truncation and rounding are of one size; ``h`` where float64 does not tell.

        The values are taken to be off by as much as they were at the step ``h``, and by a few units at least.
        """
        value = abs(self.value_at(0.0)[0]) or abs(self.value_at(h)[0])
        rounding, size = 3 * max(4 * _UNIT * value, error), float(third)
        ratio = rounding / size if size else math.inf
        return 2.0 ** round(math.log2(ratio) / 3) if 0 < ratio < math.inf else h

    def value_at(self, shift: float) -> tuple[float, arb]:
        """The float64 value at x + shift and how far it is from the true one."""
        exact = {**self.centre, self.name: self.ball.add(self.centre[self.name], arb(shift))}
        floats = {n: float(v.mid()) for n, v in exact.items()}
        output = self.graph.output
        number = interpret(self.graph, Floats(), floats, wanted=[output], total=True)[output]
        truth = interpret(self.graph, self.ball, exact, wanted=[output])[output]
        if isinstance(truth, Undefined) or not truth.is_finite() or not math.isfinite(number):
            return math.nan, arb(0, math.inf)
        return number, abs(self.ball.sub(truth, arb(number))).upper()

    def at(self, h: float, third: arb, derived: Real) -> tuple[FiniteFinding, float]:
        """The difference at the step ``h``, and how far the two values are from the true ones on average.

        The function is smooth between them, so that a value that is not finite is beyond the range of float64.
        """
        (above, error_above), (below, error_below) = self.value_at(h), self.value_at(-h)
        value = (above - below) / (2 * h) * float(self.factor.mid())
        error = float((error_above + error_below).mid()) / 2
        if not math.isfinite(value):
            return FiniteFinding(reason="range"), error
        step = arb(h)
        with self.ball.precision:
            quotient = (arb(above) - arb(below)) / (2 * step) * self.factor
            slope = step**2 / 6 * third + (error_above + error_below) / (2 * step)
            bound = _rounded_up(slope * abs(self.factor) + abs(quotient - arb(value)))
        if not math.isfinite(bound):
            return FiniteFinding(reason="range"), error
        agrees = None
        if derived is not None:
            truth = self.ball.constant(derived) if isinstance(derived, Fraction) else derived
            agrees = not bool(abs(self.ball.sub(truth, arb(value))) > arb(bound))
        return FiniteFinding(value, bound, h, agrees), error


def _rounded_up(bound: arb) -> float:
    """The float64 number above every number of a ball that is not negative; 0 for exactly 0."""
    upper = bound.upper()
    return 0.0 if upper.is_zero() else math.nextafter(float(upper), math.inf)
