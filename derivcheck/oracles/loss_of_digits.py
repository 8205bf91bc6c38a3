"""Which step loses the digits of a gradient, and why.

A rounding error of a step reaches the gradient multiplied by the gradient's own derivative in that step: a second
sweep, over torch's own backward. Among the steps whose error matters, the one that magnifies the relative error of
what it reads most is the one to name: a difference of nearly equal numbers, a sine of a huge number, a formula of
torch's own. Numbers out of range and derivatives that come out as 0 are found first.

Source: N. Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), sections 1.7 and 3.1.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from flint import arb

from derivcheck.derive import Contribution, differentiate
from derivcheck.frameworks.torch_bridge import AutogradRun
from derivcheck.graph.steps import Kind
from derivcheck.interpret import interpret, values_at
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.kernel import Value
from derivcheck.ops.evaluate import compiled, refusing
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE
from derivcheck.oracles.bounds import EXACT_BITS, Bounds
from derivcheck.oracles.evidence import AutogradFinding, Cause, DigitLoss, Passage
from derivcheck.verdict import Agreement

_LONGEST = 1_000
"""A gradient of more steps than this is not searched."""
_EXPLAINED = 0.01
"""A condition number of this part of the magnification explains it."""
_SHARE = 0.1
"""A step matters whose error makes up this part of the greatest one."""
_CERTAIN = 0.125
"""A relative error below this leaves a number its size."""
_MAGNIFIED = 8.0
"""A relative error that grows by less than this is no loss worth naming."""


def digit_losses(
    bounds: Bounds, run: AutogradRun, findings: Mapping[str, AutogradFinding], derived: Mapping[str, Any]
) -> tuple[DigitLoss, ...]:
    """The step that loses most digits, for every gradient that lost some; equal ones once for all their variables.

    Args:
        bounds: what the type can deliver.
        run: what torch computed.
        findings: what was found of each variable.
        derived: the certified derivatives.
    """
    found: dict[DigitLoss, list[str]] = {}
    for name, finding in findings.items():
        if finding.agreement is Agreement.ROUNDING and (finding.digits or 0) <= bounds.form.digits - 2:
            loss = _Search(bounds, run).of(name, finding, derived[name])
            if loss is not None:
                found.setdefault(loss, []).append(name)
    return tuple(DigitLoss(k.step, k.passage, k.cause, k.digits, k.numbers, tuple(names)) for k, names in found.items())


class _Search:
    """Looks through the derivation as torch runs it: primal steps first, then those of torch's backward."""

    def __init__(self, bounds: Bounds, run: AutogradRun) -> None:
        self.bounds, self.torch, self.derivation = bounds, run, bounds.derivation
        self.graph = bounds.derivation.graph
        self.ends = list(accumulate(bounds.places, max))

    def of(self, name: str, finding: AutogradFinding, derived: Any) -> DigitLoss | None:
        """The loss that explains one finding; None where many steps lose a little each."""
        step = self.bounds.graph.inputs.get(name)
        gradient = None if step is None else self.derivation.adjoints.get(self.bounds.places[step])
        if gradient is None:
            return None
        needed = self.graph.ancestors(gradient)
        if len(needed) > _LONGEST:
            return None
        found = self.out_of_range(needed) or (self.vanished() if finding.value == 0 else None)
        found = found or self.approximated(needed, finding, derived) or self.lossy(gradient)
        return found or self.cancelled(gradient, finding, derived)

    def cancelled(self, gradient: int, finding: AutogradFinding, derived: Any) -> DigitLoss | None:
        """A sum that is the gradient, whose contributions are known exactly but are far greater than it."""
        numbers = [_number(self.bounds.exact[o]) for o in (*self.graph.operands[gradient], gradient)]
        known = tuple(n for n in numbers if n is not None)
        if self.graph.kinds[gradient] is not Kind.MAP or TABLE[self.graph.ops[gradient]].role is not Role.SUM:
            return None
        true = float(derived if not isinstance(derived, arb) else derived.mid())
        if finding.value is None or len(known) < len(numbers):
            return None
        if abs(finding.value - true) > self.bounds.form.error * max(map(abs, known)):
            return None
        return DigitLoss(*self.place(gradient), Cause.CANCELLATION, None, known)

    def vanished(self) -> DigitLoss | None:
        """The first gradient, from the output back, that torch has as 0 although it is not."""
        readers = _readers(self.bounds.graph.operands)
        for k in range(len(self.bounds.graph) - 1, -1, -1):
            true = self._true_gradient(k)
            if self.torch.gradients[k] != 0 or true is None or true.contains(0):
                continue
            if self.rounds_to_zero(true):
                return DigitLoss(k, Passage.GRADIENT, Cause.UNDERFLOW, None, _logarithm(true))
            return self._saturated(true, readers.get(k, []))
        return None

    def _saturated(self, true: arb, readers: Sequence[int]) -> DigitLoss | None:
        """The only reader of a step, if its local derivative comes out as 0 although what it reads is right."""
        above = self._true_gradient(readers[0]) if len(readers) == 1 else None
        if above is None or above.contains(0) or not self.torch.gradients[readers[0]]:
            return None
        slope, place = true / above, self.bounds.places[readers[0]]
        if self.rounds_to_zero(slope):
            return DigitLoss(readers[0], Passage.SLOPE, Cause.UNDERFLOW, None, _logarithm(slope))
        known = all(self.uncertainty(o) < _CERTAIN for o in self.graph.operands[place])
        if not known or not abs(slope) < 1:
            return None
        return DigitLoss(readers[0], Passage.SLOPE, Cause.SATURATION, None, (float(slope.mid()),))

    def _true_gradient(self, step: int) -> arb | None:
        adjoint = self.derivation.adjoints.get(self.bounds.places[step])
        found = None if adjoint is None else self.bounds.exact[adjoint]
        return found if isinstance(found, arb) and found.is_finite() else None

    def rounds_to_zero(self, number: Value) -> bool:
        """Whether a number that is not 0 has 0 as its nearest one."""
        certain = isinstance(number, arb) and number.is_finite() and not number.contains(0)
        return certain and self.bounds.form.nearest(float(number.mid())) == 0

    def approximated(self, needed: Iterable[int], finding: AutogradFinding, derived: Any) -> DigitLoss | None:
        """An operation whose formula in torch is another function there, if that makes up the error."""
        size = abs(float(derived)) if not isinstance(derived, arb) else abs(float(derived.mid()))
        if finding.value is None or not size or not math.isfinite(finding.value):
            return None
        error = abs(finding.value - float(derived if not isinstance(derived, arb) else derived.mid())) / size
        inside = set(needed)
        for c in self.derivation.contributions:
            if c.local in inside:
                true, torch = self._slopes(c)
                if true and torch is not None and abs(torch - true) > _SHARE * error * abs(true) > 0:
                    digits = _digits(1 / max(abs(torch - true) / abs(true), 2.0**-self.bounds.form.bits))
                    lost = max(0, self.bounds.form.digits - (digits or 0))
                    if lost:
                        step = self.origin(c.consumer)
                        return DigitLoss(step, Passage.SLOPE, Cause.APPROXIMATION, lost, (true, torch))
        return None

    def _slopes(self, c: Contribution) -> tuple[float | None, float | None]:
        """The true local derivative, and torch's formula for it without rounding, where torch has its own."""
        run = self.bounds.run
        row = TABLE[run.ops[c.consumer]]
        if row.torch is None or row.torch.local is None:
            return None, None
        operands = run.operands[c.consumer]
        program = row.local_program(operands.index(c.target), len(operands), run.params[c.consumer])
        if program is None:
            return None, None
        values = [self.bounds.exact[o] for o in (*operands, c.consumer)]
        return _number(refusing(compiled(program, Ball(EXACT_BITS)))(*values)), _number(self.bounds.exact[c.local])

    def out_of_range(self, needed: Iterable[int]) -> DigitLoss | None:
        """The first step that may leave the range; the operand that lost its digits before, where it need not."""
        for k in needed:
            if not _open(self.bounds.values[k]) or any(_open(self.bounds.values[o]) for o in self.graph.operands[k]):
                continue
            true = self.bounds.exact[k]
            if not isinstance(true, arb) or not true.is_finite():
                return None
            if self.rounds_to_zero(true):
                return DigitLoss(*self.place(k), Cause.UNDERFLOW, None, _logarithm(true))
            low = next((o for o in self.graph.operands[k] if self.rounds_to_zero(self.bounds.exact[o])), None)
            if low is not None:
                return DigitLoss(*self.place(low), Cause.UNDERFLOW, None, _logarithm(self.bounds.exact[low]))
            if not abs(true) < self.bounds.form.greatest / 2:
                return DigitLoss(*self.place(k), Cause.OVERFLOW, None, _logarithm(true))
            operands = [o for o in self.graph.operands[k] if self.graph.kinds[o] is Kind.MAP]
            return self.lossy(max(operands, key=self.uncertainty)) if operands else None
        return None

    def lossy(self, target: int) -> DigitLoss | None:
        """The step that magnifies relative errors most, among those whose error reaches the target."""
        second = differentiate(self.graph, output=target, deadline=self.bounds.deadline)
        system = Ball(EXACT_BITS)
        inputs = values_at(self.bounds.point, system)
        slopes = interpret(second.graph, system, inputs, wanted=list(second.adjoints.values()))
        most = _radius(self.bounds.values[target])
        effects = {k: min(_size(slopes[a]) * _radius(self.bounds.values[k]), most) for k, a in second.adjoints.items()}
        greatest = max((e for e in effects.values() if math.isfinite(e)), default=0.0)
        if not greatest:
            return None
        worth = [k for k, e in effects.items() if e >= _SHARE * greatest and self.graph.kinds[k] is Kind.MAP]
        best = max(worth, key=lambda k: (self.magnification(k), _exponent(self.bounds.exact[k])), default=None)
        if best is None or self.magnification(best) < _MAGNIFIED:
            return None
        return self._described(best)

    def uncertainty(self, k: int) -> float:
        """The greatest relative error that a step may have."""
        radius, size = _radius(self.bounds.values[k]), abs(_number(self.bounds.exact[k]) or 0.0)
        return 0.0 if not radius else radius / size if size and not math.isinf(radius) else math.inf

    def magnification(self, k: int) -> float:
        """How much greater the relative error of a step is than that of what it reads."""
        before = max((self.uncertainty(o) for o in self.graph.operands[k]), default=0.0)
        after = self.uncertainty(k)
        if math.isinf(before):
            return 0.0  # all digits are lost before
        return after / max(before, self.bounds.form.error)

    def _described(self, k: int) -> DigitLoss:
        step, passage = self.place(k)
        row = TABLE[self.graph.ops[k]]
        if self.rounds_to_zero(self.bounds.exact[k]):
            return DigitLoss(step, passage, Cause.UNDERFLOW, None, _logarithm(self.bounds.exact[k]))
        lost = _digits(self.magnification(k))
        if lost is not None and lost > self.bounds.form.digits:
            lost = None  # the type has no more
        if row.role is Role.SUM:
            numbers = [_number(self.bounds.exact[o]) for o in (*self.graph.operands[k], k)]
            known = tuple(n for n in numbers if n is not None)
            cause = Cause.CANCELLATION if passage is not Passage.SLOPE and self.is_own(k) else Cause.FORMULA
            return DigitLoss(step, passage, cause, lost, known if cause is Cause.CANCELLATION else ())
        formula = not self.is_own(k) or self.condition(k) < _EXPLAINED * self.magnification(k)
        return DigitLoss(step, passage, Cause.FORMULA if formula else Cause.SENSITIVE, lost)

    def condition(self, k: int) -> float:
        """The relative condition number Σ |x·f′(x)/f(x)| of one operation, whatever formula computes it."""
        operands, params = self.graph.operands[k], self.graph.params[k]
        value, total = abs(_number(self.bounds.exact[k]) or 0.0), 0.0
        for place, o in enumerate(operands):
            program = TABLE[self.graph.ops[k]].local_program(place, len(operands), params)
            if program is not None:
                values = [self.bounds.exact[i] for i in (*operands, k)]
                slope = _number(refusing(compiled(program, Ball(EXACT_BITS)))(*values))
                total += abs((slope or 0.0) * (_number(self.bounds.exact[o]) or 0.0))
        return total / value if value else math.inf

    def is_own(self, k: int) -> bool:
        """Whether a step is one of the author's, or a derived one, not a part of a row that torch has no name for."""
        return k >= self.derivation.primal or k in self.bounds.places

    def origin(self, k: int) -> int:
        """The step of the loss that a primal step of the derivation belongs to."""
        return bisect_left(self.ends, k)

    def place(self, k: int) -> tuple[int, Passage]:
        """The step of the loss that a step of the derivation belongs to, and how."""
        if k < self.derivation.primal:
            return self.origin(k), Passage.VALUE
        for c in self.derivation.contributions:
            if c.local >= k and k in self.graph.ancestors(c.local):
                return self.origin(c.consumer), Passage.SLOPE
        target = min((a, v) for v, a in self.derivation.adjoints.items() if a >= k)[1]
        return self.origin(target), Passage.GRADIENT


def _readers(operands: tuple[tuple[int, ...], ...]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for k, read in enumerate(operands):
        for o in set(read):
            found.setdefault(o, []).append(k)
    return found


def _number(value: Any) -> float | None:
    return float(value.mid()) if isinstance(value, arb) and value.is_finite() else None


def _open(value: Any) -> bool:
    """Whether a number was expected and may be anything."""
    return not isinstance(value, bool | None) and not (isinstance(value, arb) and value.is_finite())


def _logarithm(number: arb) -> tuple[float, ...]:
    """The decimal logarithm of a number that may be beyond every float."""
    return (float((abs(number).log() / arb(10).log()).mid()),)


def _exponent(value: Any) -> float:
    """The decimal logarithm of a number that is certainly not 0, else -∞."""
    certain = isinstance(value, arb) and value.is_finite() and not value.contains(0)
    return _logarithm(value)[0] if certain else -math.inf


def _radius(value: Any) -> float:
    return float(value.rad()) if isinstance(value, arb) else 0.0


def _size(value: Any) -> float:
    return float(abs(value).upper()) if isinstance(value, arb) and value.is_finite() else 0.0


def _digits(factor: float) -> int | None:
    """Whole decimal digits in a factor; None where it is infinite."""
    return max(0, math.floor(math.log10(factor))) if math.isfinite(factor) else None
