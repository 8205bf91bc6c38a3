"""What was checked of a loss of arrays, in public form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derivcheck.analysis.conclude import derivatives, scaled
from derivcheck.analysis.result import Analysis, Autograd, ByName, Partial, as_number
from derivcheck.equality.result import ClaimResult
from derivcheck.oracles.array_evidence import ArrayAgreement
from derivcheck.oracles.evidence import Real
from derivcheck.report.compose_claims import diagnosis
from derivcheck.report.figures import Style
from derivcheck.report.material import Checked, CheckedArrays, CheckedClaim
from derivcheck.report.outline import Outline
from derivcheck.report.phrases import LANGUAGES, language
from derivcheck.verdict import Agreement

Position = tuple[int, ...]


def claim_result(claim: CheckedClaim, checked: Checked) -> ClaimResult:
    """The verdict on a claim, with its diagnosis in words."""
    said = diagnosis(Outline(checked.subject, Style()), claim)
    return claim.result if said is None else replace(claim.result, diagnosis=language(LANGUAGES[0]).plain(said))


def analysis_of_arrays(checked: Checked, arrays: CheckedArrays, comparison: Analysis | None) -> Analysis:
    """The public result of what was checked of a loss of arrays."""
    subject, whole = checked.subject, checked.evidence.gradient
    explanation = subject.explanation
    certain: Mapping[str, Real] = {}
    if arrays.elements is not None:
        certain = derivatives(arrays.elements.subject, arrays.elements.evidence.partials)
    value = None if subject.values is None else subject.values[explanation.derivation.output]
    return Analysis(
        checked.verdict,
        as_number(value if value is None or not hasattr(value, "dtype") else float(value)),
        None if whole is None else whole.exists,
        None if whole is None else whole.witness,
        ByName({name: _partial(checked, arrays, name, certain) for name in subject.wrt}),
        {},
        explanation.derivation,
        checked.evidence,
        checked,
        None,
        ByName({c.key: claim_result(c, checked) for c in checked.claims}),
        comparison,
    )


def _partial(checked: Checked, arrays: CheckedArrays, name: str, certain: Mapping[str, Real]) -> Partial:
    """The gradient in one variable: arrays of numbers in the shape of the variable, scalars as they are."""
    upstream, existence = checked.subject.upstream, checked.evidence.partials.get(name)
    names = arrays.element_names(name)
    found = arrays.elements.evidence.partials if arrays.elements is not None else {}
    lefts = {p: as_number(scaled(found[e].left, upstream)) for p, e in names.items() if e in found}
    rights = {p: as_number(scaled(found[e].right, upstream)) for p, e in names.items() if e in found}
    agreement = None if arrays.evidence is None else arrays.evidence.autograd.findings.get(name)
    shape = _shape(checked, name)
    value = None
    if arrays.elements is not None:
        numbers = {p: as_number(certain.get(e)) for p, e in names.items()}
        value = _array(numbers, shape, as_number(Fraction(0)))
    if value is None and agreement is not None:
        value = agreement.derived
    return Partial(
        value,
        None if existence is None else existence.exists,
        None if existence is None else existence.kind,
        _array(lefts, shape, as_number(Fraction(0))) if found else None,
        _array(rights, shape, as_number(Fraction(0))) if found else None,
        None,
        _autograd(agreement),
        checked.verdicts[name],
        checked.subject.explanation.gradient,
        name,
    )


def _autograd(found: ArrayAgreement | None) -> Autograd:
    if found is None:
        return Autograd(None, Agreement.UNAVAILABLE)
    worst = found.worst
    return Autograd(found.values, found.agreement, ulps=None if worst is None else worst.ulps)


def _shape(checked: Checked, name: str) -> tuple[int, ...]:
    """The shape of a variable, axes of size 1 included."""
    graph = checked.subject.explanation.derivation.graph
    shapes = checked.subject.shapes
    extents = {} if shapes is None else shapes.extents
    axes = graph.axes.get(name, ())
    return tuple(1 if a is None else graph.extent(a) or extents.get(str(graph.sizes[a]), 1) for a in axes)


def _array(elements: Mapping[Position, Any], shape: tuple[int, ...], missing: Any) -> Any:
    """Elements by position, axes of size 1 left out, as an array of a shape; the number itself for a scalar.

    What the loss does not read has the derivative ``missing``, which is 0.
    """
    if not shape:
        return elements.get((), missing)
    import numpy as np

    out = np.empty(tuple(n for n in shape if n != 1), dtype=object)
    out.fill(missing)
    for position, element in elements.items():
        out[position] = element
    return out.reshape(shape)
