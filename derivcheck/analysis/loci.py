"""Where a loss has no derivative: found when asked for, and in public form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from derivcheck.analysis.compare import of_error, zero_point
from derivcheck.budget import Deadline
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.closed.pieces import residual_piece
from derivcheck.equality.points import simple_points, spread_points
from derivcheck.errors import OutOfTimeError, PointError
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.language import printer
from derivcheck.language.expr import Expr
from derivcheck.nonsmooth import Loci, Relation, find_loci, partial_existence
from derivcheck.nonsmooth import Locus as FoundLocus
from derivcheck.numbers.exact import Exact
from derivcheck.oracles.certified import known
from derivcheck.report.formulas import comparison
from derivcheck.report.material import Subject
from derivcheck.verdict import Existence

SECONDS, BRIEF_SECONDS = 5.0, 1.0
"""The time that a search takes at most, and one for a report that was not asked for all places."""


MOST_POINTS = 40
"""So many simple points, and as many spread ones, are asked for a value."""
_BITS = 128


@dataclass(frozen=True, slots=True)
class Locus:
    """A set of points at which the loss, as a function of one variable, has no derivative; formulas as text.

    Attributes:
        equation: the set, ``"y = w*x + b"``; several equations are joined by ``" and "``.
        conditions: what must hold besides, ``("x != 0",)``.
        kind: what the loss is like there; None where it was not decided whether a derivative is missing.
        left, right: the one-sided derivatives on the set, None where they are not finite or not known.
        subdifferential: the ends of the Clarke interval; None where the loss is not locally Lipschitz.
        solved: the equation solved for the variable, ``"w = (y - b)/x"``, where that says more.
        certainty: "PROVED", "SAMPLED" (decided at points of the set) or "CANDIDATE" (undecided).
        no_value: where the loss has no value beside the set or on it, ``"p <= 0"``; empty where it has one.
        integer: the name that stands for any integer in the equation; empty if there is none.
    """

    equation: str
    conditions: tuple[str, ...]
    kind: Existence | None
    left: str | None
    right: str | None
    subdifferential: tuple[str, str] | None
    solved: str | None
    certainty: str
    no_value: str
    integer: str


def search(subject: Subject, deadline: Deadline | None = None, seconds: float = SECONDS) -> Loci:
    """All loci of a loss of scalars; what is not found within some seconds, or by the deadline, is said to be open."""
    if subject.shapes is not None:
        return Loci(dict.fromkeys(subject.wrt), reason="arrays")
    if deadline is not None:
        seconds = min(seconds, deadline.remaining())
    derivation = subject.explanation.derivation
    graph = replace(derivation.graph, output=derivation.output)
    limit = Deadline(seconds)
    return replace(find_loci(graph, subject.wrt, deadline=limit), valued=_has_value(graph, limit))


def _has_value(graph: Graph, deadline: Deadline) -> bool:
    """Whether a point with a value was found, or the time passed before all were looked at."""
    names, system = list(graph.inputs), Exact(_BITS)
    try:
        for point in chain(simple_points(names, MOST_POINTS), spread_points(names, MOST_POINTS)):
            deadline()
            if known(interpret(graph, system, point, wanted=[graph.output])[graph.output]) is not None:
                return True
    except OutOfTimeError:
        return True
    return False


def published(loci: Loci) -> dict[str, tuple[Locus, ...] | None]:
    """The loci of every variable in public form."""
    return {n: None if found is None else tuple(_public(x) for x in found) for n, found in loci.by_variable.items()}


def _public(found: FoundLocus) -> Locus:
    ends = found.subdifferential
    return Locus(
        " and ".join(_relation(r) for r in found.equations),
        tuple(_relation(r) for r in found.conditions),
        found.kind,
        _own(found.left),
        _own(found.right),
        None if ends is None else (printer.own(ends[0]), printer.own(ends[1])),
        None if found.solved is None else _relation(found.solved),
        found.certainty.value,
        " and ".join(_relation(replace(r, sign=found.outside)) for r in found.equations) if found.outside else "",
        found.integer,
    )


def _relation(relation: Relation) -> str:
    if relation.sign == "=":
        return f"{printer.own(relation.left)} = {printer.own(relation.right)}"
    return printer.own(comparison(relation.left, relation.sign, relation.right))


def _own(expr: Expr | None) -> str | None:
    return None if expr is None else printer.own(expr)


def loci_object(loci: Loci) -> dict[str, Any]:
    """The loci as JSON values, null where they were not found."""
    return {
        "reason": loci.reason or None,
        "by_variable": {n: None if e is None else [_object(x) for x in e] for n, e in published(loci).items()},
    }


def _object(locus: Locus) -> dict[str, Any]:
    ends = locus.subdifferential
    return {
        "equation": locus.equation,
        "conditions": list(locus.conditions),
        "kind": None if locus.kind is None else locus.kind.value,
        "left": locus.left,
        "right": locus.right,
        "subdifferential": None if ends is None else list(ends),
        "solved": locus.solved,
        "certainty": locus.certainty,
        "no_value": locus.no_value or None,
        "integer": locus.integer or None,
    }


def corner_error(subject: Subject) -> Expr | None:
    """The error of a loss that has a kink where the error is 0, as |y - ŷ| has; None for another loss."""
    derivation = subject.explanation.derivation
    step = residual_piece(derivation.graph, tuple(p.step for p in subject.explanation.pieces))
    if step is None:
        return None
    try:
        alone = of_error(derivation.graph, derivation.output, step)
    except PointError:
        return None
    found = partial_existence(alone, *zero_point())
    if found.kind is not Existence.KINK:
        return None
    return FormulaWriter(derivation.graph, derivation.primal).formula(step)
