"""PyTorch autograd beside our gradients of a loss of arrays: every element within its own derived bound.

Our gradient is evaluated with a rigorous running error bound (:mod:`derivcheck.numbers.bounded`), extended precision
where arrays are small; what torch may deliver comes from :mod:`derivcheck.oracles.array_bounds`. No element is
projected away or left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from derivcheck.derive import Derivation, differentiate
from derivcheck.errors import MissingPackageError, UnsupportedError
from derivcheck.frameworks.torch_bridge import nearest, run_gradients
from derivcheck.graph.steps import Graph
from derivcheck.numbers.bounded import Bounded, BoundedArrays, Numbers, silent
from derivcheck.oracles.array_bounds import Gradients, delivered_gradients, swept
from derivcheck.oracles.array_evidence import JUDGEMENTS, ArrayAgreement, ArrayAutograd, Element, ElementSwitch
from derivcheck.oracles.bounded_storage import BoundedStorage
from derivcheck.oracles.delivered import spacings
from derivcheck.oracles.rounding import FORMATS, Format

_MATCHING_ULPS = 4
_MATCH, _ROUNDING, _NOTHING, _CONVENTION, _MISMATCH = range(len(JUDGEMENTS))
_TELLING = 0.05
"""A bound above this part of the greatest element leaves no digit; then a number inside it says nothing."""
_NEAR_ZERO = 1e-9
"""A bound below this tells something even of a gradient that is 0."""


def array_autograd(
    graph: Graph,
    values: Mapping[str, Any],
    wanted: Sequence[str],
    *,
    derivation: Derivation | None = None,
    switches: Collection[ElementSwitch] | None = None,
    upstream: Fraction | int = 1,
    dtype: str = "float64",
    device: str = "cpu",
    deadline: Callable[[], None] | None = None,
) -> ArrayAutograd:
    """Run torch on the arrays and judge every element of every gradient.

    Args:
        graph: the primal graph; sizes without a known extent are read off the values.
        values: for every variable an array of its own indices: floats and integers are exact, objects are rational.
        wanted: the variables to compare the gradients of.
        derivation: the sweep of ``graph`` with ``upstream``, if there is one already.
        switches: the elements found on switches (see :mod:`derivcheck.oracles.array_switches`), if they were looked
            for; where none is on one or open, no element is excused by a convention.
        upstream: the gradient of the output.
        dtype: the floating type, one of :data:`derivcheck.oracles.rounding.FORMATS`.
        device: a torch device.
        deadline: called now and then; raises when time is up.
    """
    graph = sized_by(graph, values)
    floats = {n: float_array(v) for n, v in values.items()}
    seed = nearest(Fraction(upstream))
    try:
        run = run_gradients(graph, floats, wanted, upstream=seed, dtype=dtype, device=device, deadline=deadline)
    except MissingPackageError:
        return ArrayAutograd(dtype=dtype, device=device, unavailable="missing")
    except UnsupportedError as error:
        return ArrayAutograd(dtype=dtype, device=device, unavailable="unsupported", detail=error.message)
    form = FORMATS[dtype]
    derived = bounded_gradients(graph, values, wanted, derivation=derivation, upstream=upstream, deadline=deadline)
    delivered = delivered_gradients(graph, values, wanted, form, upstream=upstream, deadline=deadline)
    excused = switches is None or any(s.count or s.undecided for s in switches)
    out_of_range = max(derived.largest, delivered.largest) >= form.greatest / 2
    out_of_range |= delivered.unbounded and not derived.unbounded
    promised = delivered.defined and derived.defined
    findings = {}
    for name, numbers in run.gradients.items():
        may_be = delivered.arrays[name]
        if not promised:
            may_be = Bounded(may_be.mid, np.full(may_be.shape, np.inf))
        elif out_of_range:  # what has left the range is infinite, and 0 times that is no number
            may_be = Bounded(may_be.mid, np.where(np.isfinite(numbers), may_be.err, np.inf), None, may_be.open)
        findings[name] = judged_array(name, numbers, derived.arrays[name], may_be, form, excused=excused)
    return ArrayAutograd(findings, dtype, device, run.version, value=run.value)


def bounded_gradients(
    graph: Graph,
    values: Mapping[str, Any],
    wanted: Sequence[str],
    *,
    derivation: Derivation | None = None,
    upstream: Fraction | int = 1,
    deadline: Callable[[], None] | None = None,
) -> Gradients:
    """Our own gradients with rigorous error bounds, elementwise; arguments as of :func:`array_autograd`."""
    graph = sized_by(graph, values)
    if derivation is None:
        derivation = differentiate(graph, upstream=upstream, deadline=deadline)
    derivation = replace(derivation, graph=derivation.graph.sized(graph.extents))
    system = BoundedArrays()
    shapes = {n: tuple(np.shape(values[n])) for n in wanted}
    with silent():
        inputs = {n: replace(system.given(v), fixed=n not in wanted) for n, v in values.items()}
        return swept(derivation, system, inputs, shapes, storage=BoundedStorage(system), deadline=deadline)[0]


def judged_array(
    name: str, numbers: Numbers, derived: Bounded, delivered: Bounded, form: Format, *, excused: bool = True
) -> ArrayAgreement:
    """Every element of torch's gradient beside ours.

    Args:
        name: the variable.
        numbers: torch's gradient.
        derived: our gradient and how far it can be from the true one.
        delivered: what the floating type may give.
        form: the floating type.
        excused: whether an element that an open branch reaches may be a convention.
    """
    with silent():
        values = np.asarray(numbers, dtype=np.float64)
        ours = np.asarray(derived.mid).astype(np.float64)
        slack = np.abs(derived.mid - ours).astype(np.float64)
        uncertain = np.broadcast_to(_rounded_up(derived.err + slack), values.shape)
        bounds = np.abs(delivered.mid - derived.mid).astype(np.float64) + delivered.err
        bounds = np.broadcast_to(_rounded_up(bounds + slack), values.shape)
        distance = np.where(values == ours, 0.0, np.abs(values - ours))
        unit = spacings(ours, form)
        inside = (distance <= bounds) | np.isinf(bounds) | np.isnan(bounds)
        near = distance + uncertain <= _MATCHING_ULPS * unit
        near &= (np.abs(values) >= form.least_normal) | ((distance == 0) & (uncertain == 0))
        greatest = float(np.max(np.abs(ours), initial=0.0, where=np.isfinite(ours)))
        telling = np.isfinite(values) & (bounds <= max(_TELLING * greatest, _NEAR_ZERO))
        found = np.where(inside, np.where(telling, _ROUNDING, _NOTHING), _MISMATCH)
        found = np.where(near & np.isfinite(values), _MATCH, found).astype(np.int8)
        undecided = np.isinf(uncertain) if derived.open is None else derived.open | np.isinf(uncertain)
        found = np.where(undecided & inside & excused, _CONVENTION, found).astype(np.int8)
        ulps = distance / unit
        worst = _worst(found, distance, bounds, values, ours, ulps)
    counts = np.bincount(found.reshape(-1), minlength=len(JUDGEMENTS))
    for array in (values, ours, found):
        array.setflags(write=False)
    return ArrayAgreement(
        name,
        tuple(values.shape),
        values,
        ours,
        uncertain,
        bounds,
        found,
        {j: int(c) for j, c in zip(JUDGEMENTS, counts, strict=True) if c},
        worst,
    )


def _worst(found: Numbers, distance: Numbers, bounds: Numbers, *parts: Numbers) -> Element | None:
    """The element that agrees least: the worst judgement first, there the greatest part of its bound."""
    if not found.size:
        return None
    part = np.where(bounds > 0, distance / np.where(np.isinf(bounds), np.inf, bounds), distance > 0)
    part = np.where(found == np.max(found), np.where(np.isnan(part), np.inf, part), -1.0)
    place = np.unravel_index(int(np.argmax(part)), found.shape)
    values, ours, ulps = parts
    return Element(
        tuple(int(p) for p in place),
        float(values[place]),
        float(ours[place]),
        float(bounds[place]),
        JUDGEMENTS[int(found[place])],
        float(ulps[place]),
    )


def _rounded_up(numbers: Numbers) -> Numbers:
    return np.where(np.isnan(numbers), np.inf, numbers * (1 + 2.0**-50))


def sized_by(graph: Graph, values: Mapping[str, Any]) -> Graph:
    """The graph with the extents that the values' shapes give to its sizes."""
    extents = dict(graph.extents)
    for name, step in graph.inputs.items():
        for size, extent in zip(graph.shape(step), np.shape(values[name]), strict=True):
            if isinstance(size, str):
                extents.setdefault(size, int(extent))
    return graph.sized(extents)


def float_array(values: Any) -> Numbers:
    """The binary64 numbers nearest to the elements; float64 arrays as they are."""
    found = np.asarray(values)
    if found.dtype == np.float64:
        return found if found.ndim else float(found)
    if found.dtype != object:
        return found.astype(np.float64)
    numbers = np.array([nearest(Fraction(v)) for v in found.reshape(-1)], dtype=np.float64).reshape(found.shape)
    return numbers if numbers.ndim else float(numbers)
