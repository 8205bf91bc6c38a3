"""PyTorch autograd beside the certified derivative, at every step, within bounds that the arithmetic explains.

The bound of a step is what the floating type can deliver of torch's own formulas, see
:mod:`derivcheck.oracles.bounds`. A number outside it is a mismatch; one inside it matches, or has lost digits to
rounding, and then the step that loses them is named.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from fractions import Fraction

from flint import arb

from derivcheck.errors import MissingPackageError, UnsupportedError
from derivcheck.frameworks.torch_bridge import AutogradRun, nearest, run_autograd
from derivcheck.graph.steps import Graph
from derivcheck.interpret import values_at
from derivcheck.numbers.ball import Ball
from derivcheck.oracles.bounds import UNBOUNDED, Bounds, inside
from derivcheck.oracles.convention import conventions
from derivcheck.oracles.cures import cures, epsilons
from derivcheck.oracles.evidence import AutogradEvidence, AutogradFinding, Real
from derivcheck.oracles.loss_of_digits import digit_losses
from derivcheck.oracles.no_numbers import no_numbers
from derivcheck.oracles.rounding import FORMATS, Format
from derivcheck.verdict import Agreement

_MATCHING_ULPS = 4
_WIDE = Ball(128)


def autograd_evidence(
    graph: Graph,
    point: Mapping[str, Graph],
    derived: Mapping[str, Real],
    clarke: Mapping[str, tuple[Real, Real] | None],
    *,
    on_switch: Mapping[str, bool],
    broken: Collection[int] = (),
    upstream: Fraction | int = 1,
    dtype: str = "float64",
    device: str = "cpu",
    deadline: Callable[[], None] | None = None,
) -> AutogradEvidence:
    """Run torch and judge every derivative and every intermediate step.

    Args:
        graph: the primal graph.
        point: a graph of constants for every variable.
        derived: the certified derivative in each variable asked for; None where there is none.
        clarke: the Clarke interval in each variable, where there is one.
        on_switch: whether the point lies on a kink or jump in each variable.
        broken: the steps whose operation has no derivative at the point.
        upstream: the gradient of the output.
        dtype: the floating type, one of :data:`derivcheck.oracles.rounding.FORMATS`.
        device: a torch device.
        deadline: called now and then; raises when time is up.
    """
    form = FORMATS[dtype]
    inputs = {n: float(v.mid()) for n, v in values_at(point, _WIDE).items()}
    seed = nearest(Fraction(upstream))
    try:
        run = run_autograd(graph, inputs, upstream=seed, dtype=dtype, device=device, deadline=deadline)
    except MissingPackageError:
        return AutogradEvidence(dtype=dtype, device=device, unavailable="missing")
    except UnsupportedError as error:
        return AutogradEvidence(dtype=dtype, device=device, unavailable="unsupported", detail=error.message)
    bounds = Bounds(graph, point, form, upstream=upstream, broken=broken, deadline=deadline)
    findings = {
        name: _judged(bounds, run, name, d, clarke.get(name), switch=on_switch.get(name, False))
        for name, d in derived.items()
    }
    disagreement, compared = bounds.first_disagreement(run)
    judged = AutogradEvidence(findings, dtype, run.version, compared, disagreement, device=device)
    begun, cured = no_numbers(graph, run, findings, form), cures(bounds)
    return replace(
        judged,
        losses=digit_losses(bounds, run, findings, derived),
        no_numbers=begun,
        conventions=conventions(graph, run, broken, form, device),
        cures=cured,
        epsilons=epsilons(graph, run, begun, cured),
    )


def _judged(
    bounds: Bounds, run: AutogradRun, name: str, derived: Real, clarke: tuple[Real, Real] | None, *, switch: bool
) -> AutogradFinding:
    step, form = bounds.graph.inputs.get(name), bounds.form
    number = None if step is None else run.gradients[step]
    value = 0.0 if number is None else float(number)
    slack = _slack(bounds, step, value, clarke) if derived is None or switch else 0.0
    if derived is None:
        subgradient = _within(value, clarke, slack)
        return AutogradFinding(value, Agreement.CONVENTION, bound=slack, subgradient=subgradient)
    ulps = _ulps(value, derived, form)
    if ulps <= _MATCHING_ULPS and _in_range(value, derived, form):
        return AutogradFinding(value, Agreement.MATCH, ulps=ulps, subgradient=True if switch else None)
    if switch:
        subgradient = _within(value, clarke, slack)
        return AutogradFinding(value, Agreement.CONVENTION, ulps=ulps, bound=slack, subgradient=subgradient)
    bound = bounds.gradient(name)
    ball = bound if isinstance(bound, arb) else UNBOUNDED
    if inside(value, ball) if step is None else bounds.explains(step, value, bound):
        distance = float(abs(_ball(derived) - arb(value)).upper()) if math.isfinite(value) else math.inf
        width = max(float(ball.rad()), distance)  # torch's own formula may be off by more than its rounding
        return AutogradFinding(value, Agreement.ROUNDING, ulps, _digits(width, derived), width)
    return AutogradFinding(value, Agreement.MISMATCH, ulps=ulps, bound=float(ball.rad()))


def _ball(number: Real) -> arb:
    return _WIDE.constant(number) if isinstance(number, Fraction) else number


def _ulps(value: float, derived: Real, form: Format) -> float:
    """How many numbers of the type ``value`` is away from the one nearest to the derivative."""
    nearby = form.nearest(float(_ball(derived).mid()))
    if not math.isfinite(value) or not math.isfinite(nearby):
        return 0.0 if value == nearby else math.inf
    return abs(value - nearby) / form.spacing(nearby)


def _in_range(value: float, derived: Real, form: Format) -> bool:
    """Whether units in the last place tell digits: not beyond the range, nor among subnormal numbers unless exact."""
    if not math.isfinite(value):
        return False
    return abs(value) >= form.least_normal or bool(_ball(derived).contains(arb(value)))


def _digits(width: float, derived: Real) -> int:
    """Decimal digits that are certainly right, when the error is at most ``width``."""
    size = float(abs(_ball(derived)).lower())
    if not width or not size or width >= size:
        return 0
    return max(0, math.floor(-math.log10(2 * width / size)))


def _slack(bounds: Bounds, step: int | None, value: float, interval: tuple[Real, Real] | None) -> float:
    """How far rounding may have moved a number that a convention is part of: n · 2⁻ᵖ · Σ |products over the paths|."""
    if step is None or not math.isfinite(value):
        return 0.0
    ends = [float(abs(_ball(end)).upper()) for end in interval or ()]
    size = max(abs(value), bounds.paths.get(bounds.places[step], 0.0), *ends)
    return (1 + len(bounds.derivation.contributions)) * bounds.form.error * size


def _within(value: float, interval: tuple[Real, Real] | None, slack: float) -> bool | None:
    """Whether the value lies in the interval, but for rounding; None if there is none."""
    if interval is None or not math.isfinite(value):
        return None
    low, high = (_ball(end) for end in interval)
    number = arb(value, slack)
    return not bool(number < low) and not bool(number > high)
