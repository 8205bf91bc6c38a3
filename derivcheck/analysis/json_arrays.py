"""Arrays as JSON values: their shape, and their elements in lists nested by it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from derivcheck.language import printer
from derivcheck.language.array_data import ArrayData
from derivcheck.language.expr import Expr
from derivcheck.oracles.array_evidence import (
    JUDGEMENTS,
    ArrayAgreement,
    ArrayEvidence,
    CertifiedElements,
    DirectionalFinding,
    ElementSwitch,
    summary,
)
from derivcheck.report.arrays import floats, is_array
from derivcheck.report.material import CheckedArrays, Shapes

MOST_ELEMENTS = 10_000
"""Of an array of more elements than this, what sums it up is given in their place."""

Written = Callable[[Any], Any]
"""How one number is written."""


def array_object(value: Any, written: Written) -> Any:
    """``{"shape": [2], "values": ["1/2", "3"]}``; of a very large array norm and extremes instead of the values."""
    if not is_array(value):
        return written(value.item() if hasattr(value, "dtype") else value)
    if math.prod(value.shape) <= MOST_ELEMENTS:
        return {"shape": list(value.shape), "values": _nested(value.tolist(), written)}
    found = summary(floats(value))
    return {
        "shape": list(value.shape),
        "values": None,
        "norm": found.norm,
        "least": {"value": found.least, "at": list(found.least_at)},
        "greatest": {"value": found.greatest, "at": list(found.greatest_at)},
        "not_finite": found.not_finite,
    }


def _nested(values: Any, written: Written) -> Any:
    return [_nested(v, written) for v in values] if isinstance(values, list) else written(values)


def point_object(value: Expr | ArrayData) -> Any:
    """A value as it was given: a formula in our own syntax, or the elements of an array."""
    if isinstance(value, Expr):
        return printer.own(value)
    return {**array_object(value.values, lambda v: v if isinstance(v, float) else str(v)), "source": value.source}


def shapes_object(shapes: Shapes | None) -> dict[str, Any] | None:
    """The shapes of the variables and the numbers of their sizes."""
    if shapes is None:
        return None
    return {
        "of": {n: list(s) for n, s in shapes.sizes.items()},
        "sizes": dict(shapes.extents),
        "reason": shapes.reason,
        "proved_at": dict(shapes.proved_at),
        "exact": shapes.exact,
    }


def evidence_object(arrays: CheckedArrays | None, variable: str, number: Written) -> dict[str, Any] | None:
    """What was found of the elements of one gradient."""
    evidence = None if arrays is None else arrays.evidence
    if evidence is None:
        return None
    agreement = evidence.autograd.findings.get(variable)
    certified = evidence.certified.get(variable)
    return {
        "autograd": None if agreement is None else _agreement(agreement, number),
        "certified": None if certified is None else _certified(certified),
        "finite": [_difference(f, number) for f in evidence.differences.findings if f.name in ("", variable)],
    }


def switches_object(arrays: CheckedArrays | None) -> list[dict[str, Any]]:
    """The elements of steps that lie on a switch."""
    evidence: ArrayEvidence | None = None if arrays is None else arrays.evidence
    return [] if evidence is None else [_switch(s) for s in evidence.switches]


def _agreement(found: ArrayAgreement, number: Written) -> dict[str, Any]:
    worst = found.worst
    return {
        "counts": {j.value: found.counts.get(j, 0) for j in JUDGEMENTS},
        "worst": None
        if worst is None
        else {
            "at": list(worst.position),
            "value": number(worst.value),
            "derived": number(worst.derived),
            "bound": number(worst.bound),
            "agreement": worst.agreement.value,
            "ulps": number(worst.ulps),
        },
    }


def _certified(found: CertifiedElements) -> dict[str, Any]:
    return {"count": len(found.values), "complete": found.complete, "exact": found.exact, "seed": found.seed}


def _difference(found: DirectionalFinding, number: Written) -> dict[str, Any]:
    return {
        "variable": found.name or None,
        "at": None if found.position is None else list(found.position),
        "kind": found.kind,
        "value": number(found.value),
        "derived": number(found.derived),
        "bound": number(found.bound),
        "estimate": number(found.estimate),
        "step": number(found.step),
        "agrees": found.agrees,
        "reason": found.reason or None,
    }


def _switch(found: ElementSwitch) -> dict[str, Any]:
    tied: Mapping[tuple[int, ...], tuple[tuple[int, ...], ...]] = found.tied
    return {
        "step": found.step,
        "elements": found.elements,
        "on": [list(p) for p in found.on],
        "count": found.count,
        "undecided": found.undecided,
        "jump": found.jump,
        "tied": [{"at": list(p), "together": [list(q) for q in qs]} for p, qs in tied.items()],
    }
