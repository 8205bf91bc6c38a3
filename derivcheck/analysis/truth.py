"""What is certain of the derivative that a claim is about: by a variable, by a quantity on the way, of second order."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from derivcheck.analysis.claimed import Claim
from derivcheck.analysis.conclude import derivatives, scaled
from derivcheck.analysis.stages import Derived
from derivcheck.closed.explain import explain
from derivcheck.closed.explanation import ClosedForm
from derivcheck.derive import derivative_step
from derivcheck.emit import Emitter
from derivcheck.errors import OutOfTimeError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.splice import at_point, with_input
from derivcheck.language.expr import NodeKind
from derivcheck.nonsmooth import PartialExistence, partial_existence
from derivcheck.oracles.certified import known
from derivcheck.oracles.evidence import Evidence, Real
from derivcheck.report.material import Subject
from derivcheck.verdict import Existence


@dataclass(frozen=True, slots=True)
class Truth:
    """What is certain of a derivative.

    Attributes:
        step: where it stands in the graph.
        closed: its formula.
        value: its value at the point; None where there is none.
        existence: whether it exists there; None without a point.
    """

    step: int
    closed: ClosedForm
    value: Real = None
    existence: PartialExistence | None = None


def named_steps(subject: Subject) -> dict[str, int]:
    """Variables, the author's definitions and the pieces by name, with their steps."""
    explanation = subject.explanation
    graph = explanation.derivation.graph
    found = {**graph.inputs, **{n: k for k, n in graph.names.items()}}
    found |= {n: k for k, n in explanation.names.items()}
    for definition in subject.program.definitions:  # another name for what has one: a = w
        root = definition.body.root
        if definition.parameters is None and root.kind is NodeKind.NAME and root.text in found:
            found.setdefault(definition.name, found[root.text])
    return found


def truth_about(claim: Claim, derived: Derived, evidence: Evidence, builder: GraphBuilder) -> Truth:
    """What is certain of the derivative that a claim is about; its step may be appended to ``builder``."""
    subject, explanation = derived.subject, derived.subject.explanation
    name = claim.names[0]
    if len(claim.names) == 2:
        return _second(subject, (name, claim.names[1]), builder, evidence)
    if name not in explanation.steps:
        return _on_the_way(name, derived, builder)
    step = explanation.steps[name]
    value = None if subject.values is None else derivatives(subject, evidence.partials)[name]
    found = builder.constant(0) if step is None else step
    return Truth(found, explanation.gradient[name], value, evidence.partials.get(name))


def _second(subject: Subject, pair: tuple[str, str], builder: GraphBuilder, evidence: Evidence) -> Truth:
    """A second derivative, which is known at the point where every operation is analytic, or in one variable."""
    step, closed = subject.explanation.second_steps[pair], subject.explanation.hessian[pair]
    found = builder.constant(0) if step is None else step
    if subject.values is None:
        return Truth(found, closed)
    if not subject.smooth:
        existence = evidence.second.get(pair[0]) if pair[0] == pair[1] else None
        if existence is None:
            return Truth(found, closed, None, PartialExistence(None, None))
        return Truth(found, closed, scaled(existence.right, subject.upstream) if existence.exists else None, existence)
    value = Fraction(0) if step is None else known(subject.values[step])
    return Truth(found, closed, value, PartialExistence(True, Existence.SMOOTH, value, value))


def _on_the_way(name: str, derived: Derived, builder: GraphBuilder) -> Truth:
    """The derivative by an intermediate quantity: the loss as a function of it, everything else held."""
    graph, subject, deadline = derived.loss.graph, derived.subject, derived.deadline
    place = named_steps(subject)[name]
    upstream = subject.upstream
    cut = with_input(graph, place, name)
    factor = Fraction(1) if upstream is None else upstream
    closed = explain(cut, (name,), upstream=factor, deadline=deadline).gradient[name]
    step = derivative_step(builder, subject.explanation.derivation.output, place)
    step = Emitter(builder).multiply(builder.constant(factor), step)
    if subject.values is None:
        return Truth(step, closed)
    value = GraphBuilder()
    held = at_point(value, graph, place, derived.loss.constants)
    point = {**derived.loss.constants, name: value.finish(held)}
    try:
        existence = partial_existence(cut, point, name, deadline=deadline)
    except OutOfTimeError:
        existence = PartialExistence(None, None, reason="timeout")
    return Truth(step, closed, scaled(existence.right, upstream) if existence.exists else None, existence)
