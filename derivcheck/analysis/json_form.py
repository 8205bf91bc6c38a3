"""The results as JSON, schema version 1 (documented in README): exact numbers, infinities and NaN are strings."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from derivcheck.analysis.json_arrays import array_object, evidence_object, point_object, shapes_object, switches_object
from derivcheck.analysis.loci import loci_object
from derivcheck.analysis.result import Analysis, Autograd, Number, Partial
from derivcheck.equality.result import ClaimResult
from derivcheck.language import printer
from derivcheck.language.expr import Definition
from derivcheck.oracles.evidence import DirectFinding, FiniteFinding
from derivcheck.report.material import CheckedClaim

SCHEMA = 1


def json_text(analysis: Analysis, *, indent: int | None = None) -> str:
    """The analysis as one JSON object."""
    return json.dumps(json_object(analysis), ensure_ascii=False, indent=indent)


def json_object(analysis: Analysis) -> dict[str, Any]:
    """The analysis as a dictionary of JSON values."""
    subject = analysis.checked.subject
    return {
        "schema": SCHEMA,
        "verdict": analysis.verdict.value,
        "ways": analysis.checked.ways,
        "expression": printer.own(subject.expression),
        "definitions": {_defined(d): printer.own(d.body) for d in subject.program.definitions},
        "readings": [{"text": r.span.text, "taken": r.taken, "other": r.other} for r in subject.program.readings],
        "at": {name: point_object(value) for name, value in {**subject.point, **_given(analysis)}.items()},
        "shapes": shapes_object(subject.shapes),
        "assumed": [a.text for a in subject.assumptions],
        "missing": list(subject.missing),
        "wrt": list(subject.wrt),
        "wrt_reason": subject.wrt_reason,
        "upstream": None if subject.upstream is None else str(subject.upstream),
        "value": _value(analysis.value),
        "differentiable": analysis.differentiable,
        "witness": None if analysis.witness is None else {n: str(v) for n, v in analysis.witness.items()},
        "clarke": _clarke(analysis),
        "pieces": [
            {"name": p.name, "indices": list(p.indices), "formula": printer.own(p.formula), "role": p.role.value}
            for p in subject.explanation.pieces
        ],
        "pieces_omitted": subject.explanation.omitted,
        "gradient": {name: _partial(p, analysis, name) for name, p in analysis.gradient.items()},
        "hessian": _hessian(analysis),
        "claims": {c.key: _claim(c, analysis.claims[c.key]) for c in analysis.checked.claims},
        "loci": loci_object(analysis.found_loci),
        "switches": switches_object(analysis.checked.arrays),
        "autograd": _autograd_run(analysis),
        "update": _update(analysis),
        "comparison": None if analysis.comparison is None else json_object(analysis.comparison),
    }


def _given(analysis: Analysis) -> dict[str, Any]:
    """Arrays of the point that are no formulas."""
    shapes = analysis.checked.subject.shapes
    return {} if shapes is None else dict(shapes.given)


def _autograd_run(analysis: Analysis) -> dict[str, Any]:
    autograd = analysis.evidence.autograd
    wrong = autograd.disagreement
    where = None
    if wrong is not None:
        numbers = {"computed": _float(wrong.computed), "expected": _float(wrong.expected)}
        where = {"step": wrong.step, "quantity": wrong.quantity, **numbers}
    return {
        "dtype": autograd.dtype,
        "device": autograd.device,
        "version": autograd.version or None,
        "unavailable": autograd.unavailable or None,
        "detail": autograd.detail or None,
        "compared": autograd.steps,
        "disagreement": where,
        "losses": [_plain(e) for e in autograd.losses],
        "no_numbers": [_plain(e) for e in autograd.no_numbers],
        "conventions": [_plain(e) for e in autograd.conventions],
        "cures": [_plain(e) for e in autograd.cures],
        "epsilons": [_plain(e) for e in autograd.epsilons],
    }


def _plain(found: Any) -> Any:
    """A finding with its parts as JSON values: members by name, infinities and NaN as strings."""
    if is_dataclass(found) and not isinstance(found, type):
        return {f.name: _plain(getattr(found, f.name)) for f in fields(found)}
    if isinstance(found, tuple):
        return [_plain(v) for v in found]
    if isinstance(found, dict):
        return {k: _plain(v) for k, v in found.items()}
    if isinstance(found, Enum):
        return found.value
    return _float(found) if isinstance(found, float) else found


def _partial(partial: Partial, analysis: Analysis, name: str) -> dict[str, Any]:
    evidence = analysis.evidence
    existence = evidence.partials.get(name)
    return {
        "formula": partial.formula,
        "index_form": _index_form(analysis, name),
        "value": array_object(partial.value, _element),
        "verdict": None if partial.verdict is None else partial.verdict.value,
        "exists": partial.exists,
        "kind": _enum(partial.kind),
        "reason": existence.reason or None if existence is not None else None,
        "left": array_object(partial.left, _value),
        "right": array_object(partial.right, _value),
        "otherwise": _otherwise(analysis, name),
        "clarke": None if partial.clarke is None else [_value(v) for v in partial.clarke],
        "autograd": _autograd(partial.autograd),
        "finite": _finite(evidence.finite.get(name)),
        "direct": _direct(evidence.direct.get(name)),
        "elements": evidence_object(analysis.checked.arrays, name, _float),
    }


def _index_form(analysis: Analysis, name: str) -> dict[str, Any] | None:
    """The formula of one element of an array, and the names of its indices."""
    form = analysis.checked.subject.explanation.gradient.get(name)
    if form is None or form.index is None:
        return None
    return {"formula": printer.own(form.index), "indices": list(form.free)}


def _autograd(found: Autograd) -> dict[str, Any]:
    return {
        "value": array_object(found.value, _float),
        "agreement": found.agreement.value,
        "ulps": _float(found.ulps),
        "digits": found.digits,
        "subgradient": found.subgradient,
    }


def _defined(definition: Definition) -> str:
    """The left side of a definition: ``u``, ``f(z)``."""
    if definition.parameters is None:
        return definition.name
    return f"{definition.name}({', '.join(definition.parameters)})"


def _hessian(analysis: Analysis) -> list[dict[str, Any]]:
    direct = analysis.evidence.direct
    return [
        {
            "wrt": list(pair),
            "formula": p.formula,
            "value": _value(p.value),
            "exists": p.exists,
            "kind": _enum(p.kind),
            "left": _value(p.left),
            "right": _value(p.right),
            "direct": _direct(direct.get(pair)),
        }
        for pair, p in analysis.hessian.items()
    ]


def _clarke(analysis: Analysis) -> dict[str, Any] | None:
    """The vertices of the Clarke subdifferential in all variables, and whether autograd's gradient lies in it."""
    hull = analysis.evidence.clarke
    if hull is None or analysis.clarke is None:
        return None
    return {"vertices": [{n: _value(c) for n, c in v.items()} for v in analysis.clarke], "autograd": hull.autograd}


def _otherwise(analysis: Analysis, name: str) -> dict[str, Any] | None:
    """What kind of point it is with the numbers of the text read the other way, where that is another kind."""
    found = analysis.evidence.otherwise.get(name)
    if found is None:
        return None
    return {"literals": analysis.evidence.reading, "exists": found.exists, "kind": _enum(found.kind)}


def _claim(claim: CheckedClaim, result: ClaimResult) -> dict[str, Any]:
    """A claim: as it was read, the verdict, and what it rests on."""
    found = result.counterexample
    where = None
    if found is not None:
        where = {"at": {n: str(v) for n, v in found.point.items()}, "claimed": found.left, "derived": found.right}
    explained = claim.explained
    return {
        "claimed": printer.own(claim.formula),
        "verdict": result.verdict.value,
        "holds_here": claim.here,
        "counterexample": where,
        "condition": result.condition,
        "diagnosis": result.diagnosis,
        "slip": None if explained is None else explained.slip.kind.value,
        "reason": result.reason or None,
        "points": result.points,
        "digits": result.digits,
    }


def _finite(found: FiniteFinding | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "value": _float(found.value),
        "bound": _float(found.bound),
        "step": _float(found.step),
        "agrees": found.agrees,
        "reason": found.reason or None,
    }


def _direct(found: DirectFinding | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"proof": found.proof.value, "pieces": found.pieces, "reason": found.reason or None}


def _update(analysis: Analysis) -> dict[str, Any] | None:
    from derivcheck.analysis.result import as_number

    update = analysis.checked.subject.update
    if update is None:
        return None
    return {
        "rate": printer.own(update.rate),
        "values": {n: array_object(v, lambda e: _value(as_number(e))) for n, v in update.values.items()},
        "loss_before": _value(as_number(update.loss_before)),
        "loss_after": _value(as_number(update.loss_after)),
    }


def _value(value: Number | float | None) -> dict[str, Any] | str | None:
    """An exact number as a string; an enclosure as its midpoint and radius; an infinity as a string."""
    if value is None:
        return None
    if isinstance(value, float):
        return _special(value)
    if value.exact is not None:
        return str(value.exact)
    ball = value.ball
    return {"approx": _float(float(value)), "digits": str(value), "radius": _float(float(ball.rad())) if ball else None}


def _element(value: Number | float | None) -> Any:
    """An element of an array: a float that is a number stays one."""
    return _float(value) if isinstance(value, float) else _value(value)


def _float(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else _special(value)


def _special(value: float) -> str:
    return "NaN" if math.isnan(value) else ("inf" if value > 0 else "-inf") if math.isinf(value) else repr(value)


def _enum(value: Enum | None) -> str | None:
    return None if value is None else str(value.value)
