"""What the oracles of arrays find of a derived loss at its point."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from derivcheck.analysis.array_points import rational_arrays
from derivcheck.analysis.stages import Derived
from derivcheck.errors import OutOfTimeError
from derivcheck.oracles.array_autograd import array_autograd, bounded_gradients
from derivcheck.oracles.array_certified import certified_elements
from derivcheck.oracles.array_evidence import ArrayAutograd, ArrayDifferences, ArrayEvidence, CertifiedElements
from derivcheck.oracles.array_finite import array_differences
from derivcheck.oracles.array_switches import array_switches
from derivcheck.report.material import Checked


def array_evidence(derived: Derived, elements: Checked | None) -> ArrayEvidence:
    """Autograd beside our gradient in every element, elements on switches, differences, certified elements.

    Args:
        derived: the loss of arrays, derived, with values for all variables.
        elements: the loss of its elements, judged, where it is small; then every element is certified there.
    """
    loss = derived.loss
    values = rational_arrays(loss.point)
    shapes = {n: _shape(v) for n, v in values.items()}
    names = [n for n in loss.wrt if n in loss.graph.inputs]
    try:
        return _asked(derived, values, names, shapes, written=elements is not None)
    except OutOfTimeError:
        return ArrayEvidence(ArrayAutograd(unavailable="timeout"), shapes=shapes)


def _asked(
    derived: Derived,
    values: Mapping[str, Any],
    names: list[str],
    shapes: Mapping[str, tuple[int, ...]],
    *,
    written: bool,
) -> ArrayEvidence:
    loss, deadline = derived.loss, derived.deadline
    factor = Fraction(1) if derived.subject.upstream is None else derived.subject.upstream
    derivation = derived.subject.explanation.derivation
    switches = array_switches(loss.graph, values, names, deadline=deadline)
    gradients = bounded_gradients(
        loss.graph, values, names, derivation=derivation, upstream=factor, deadline=deadline
    ).arrays
    autograd = ArrayAutograd(unavailable="off")
    if "autograd" in derived.oracles:
        autograd = array_autograd(
            loss.graph,
            values,
            names,
            derivation=derivation,
            switches=switches,
            upstream=factor,
            dtype=derived.machine.dtype,
            device=derived.machine.device,
            deadline=deadline,
        )
    differences = ArrayDifferences()
    if "finite" in derived.oracles:
        differences = array_differences(loss.graph, values, gradients, upstream=factor, deadline=deadline)
    certified: Mapping[str, CertifiedElements] = {}
    if not written:
        worst = {n: a.worst.position for n, a in autograd.findings.items() if a.worst is not None}
        certified = certified_elements(derivation, values, gradients, worst=worst, deadline=deadline)
    return ArrayEvidence(autograd, switches, differences, certified, shapes)


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(getattr(value, "shape", ()))
