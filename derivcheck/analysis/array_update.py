"""One gradient-descent step of a loss of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from derivcheck.analysis.array_request import float_arrays
from derivcheck.analysis.request import Loss
from derivcheck.analysis.stages import rate_value
from derivcheck.closed.explanation import Explanation
from derivcheck.interpret import interpret, values_at
from derivcheck.language.expr import Expr
from derivcheck.numbers.arrays import Arrays
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import Undefined
from derivcheck.oracles.certified import known
from derivcheck.report.material import Update
from derivcheck.storage import NumpyStorage, Objects

BITS = 512


def array_update(loss: Loss, explanation: Explanation, rate: Expr, values: Sequence[Any]) -> Update | None:
    """``v ← v - η·∂L/∂v`` for every element, and the loss there; None where a gradient has no value."""
    exact = set(loss.constants) == set(loss.point)
    system: Any = Exact(BITS) if exact else Arrays()
    storage: Any = Objects(system) if exact else NumpyStorage()
    eta = rate_value(rate, Exact(BITS))
    point = values_at(loss.constants, system) if exact else float_arrays(loss.point)
    step = eta if exact else float(Exact(BITS).to_ball(eta))
    moved: dict[str, Any] = {}
    for name, k in explanation.steps.items():
        gradient = Fraction(0) if k is None else values[k]
        if not _known(gradient):
            return None
        moved[name] = _each(lambda p, g: system.sub(p, system.mul(step, g)), point[name], gradient)
    graph, output = loss.graph, loss.graph.output
    after = interpret(graph, system, {**point, **moved}, wanted=[output], storage=storage)[output]
    before = values[explanation.derivation.output]
    if exact:
        before, after = known(before), known(after)
    return Update(rate, eta, moved, before, after)


def _known(gradient: Any) -> bool:
    return (
        not any(isinstance(v, Undefined) for v in gradient.flat)
        if hasattr(gradient, "flat")
        else (not isinstance(gradient, Undefined))
    )


def _each(function: Callable[[Any, Any], Any], point: Any, gradient: Any) -> Any:
    """The function of every element, or of two numbers, or of whole float arrays."""
    import numpy as np

    if not any(isinstance(v, np.ndarray) and v.dtype.kind == "O" for v in (point, gradient)):
        return function(point, gradient)
    spread = np.broadcast_to(gradient, np.shape(point))
    return Objects(Exact()).array(
        [function(p, g) for p, g in zip(np.asarray(point).flat, spread.flat, strict=True)], np.shape(point)
    )
