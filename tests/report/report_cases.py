"""Subjects and findings that the tests of reports share: derived by the package, the oracles' findings by hand."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivcheck.closed.explain import explain
from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.interpret import interpret
from derivcheck.language.builder import number
from derivcheck.language.parser import parse
from derivcheck.nonsmooth.breaks import analytic_at, broken_steps
from derivcheck.nonsmooth.existence import ActiveSwitch
from derivcheck.numbers.exact import Exact
from derivcheck.oracles.evidence import (
    AutogradEvidence,
    AutogradFinding,
    DirectFinding,
    Evidence,
    FiniteFinding,
    GradientExistence,
    PartialExistence,
    Proof,
)
from derivcheck.report.material import Checked, Subject, Update
from derivcheck.source import Source
from derivcheck.verdict import Agreement, Existence, Verdict


def subject(
    text: str,
    at: Mapping[str, int | Fraction],
    wrt: tuple[str, ...],
    *,
    rate: Fraction | None = None,
    upstream: Fraction | None = None,
    order: int = 1,
    reason: str = "given",
    full: bool = False,
) -> Subject:
    """A loss derived and evaluated at a point; variables without a value are missing."""
    program = parse(Source(text), tuple(at) + wrt)
    graph = assemble(program, derivative_step)
    explanation = explain(graph, wrt, upstream=1 if upstream is None else upstream, order=order, full=full)
    missing = tuple(n for n in graph.inputs if n not in at)
    values = None
    if not missing:
        values = interpret(explanation.derivation.graph, Exact(), {v: Fraction(at[v]) for v in graph.inputs})
    update = None
    if rate is not None and values is not None:
        slopes = {v: explanation.steps[v] for v in wrt}
        new = {v: at[v] - rate * (values[k] if k is not None else 0) for v, k in slopes.items()}
        after = interpret(graph, Exact(), {v: Fraction(new.get(v, at[v])) for v in graph.inputs})
        update = Update(number(rate, str(float(rate))), rate, new, values[graph.output], after[graph.output])
    broken = frozenset()
    if values is not None:
        whole = explanation.derivation.graph
        broken = broken_steps(whole, values, graph.ancestors(graph.output))
    point = {v: number(Fraction(x)) for v, x in at.items()}
    return Subject(
        program, program.expression, explanation, point, missing, values, wrt, reason, upstream, update, broken,
        smooth=values is not None and analytic_at(graph, values),
    )  # fmt: skip


def agreeing(material: Subject, bound: float = 1.9e-14) -> Checked:
    """The subject with every oracle in agreement and everything smooth."""
    slopes = {v: float(material.values[material.explanation.steps[v]]) for v in material.wrt}
    return Checked(
        material,
        Evidence(
            {v: PartialExistence(True, Existence.SMOOTH, x, x) for v, x in slopes.items()},
            GradientExistence(True),
            AutogradEvidence({v: AutogradFinding(x, Agreement.MATCH, 0.0) for v, x in slopes.items()}, steps=7),
            {v: FiniteFinding(x, bound, 2.0**-20, True) for v, x in slopes.items()},
            {v: DirectFinding(Proof.PROVED, 1) for v in slopes},
        ),
        Verdict.VERIFIED,
        dict.fromkeys(slopes, Verdict.VERIFIED),
        4,
    )


def main_subject() -> Subject:
    """The example that the product is known by."""
    at = {"x": 2, "y": 4, "w": 3, "b": 1}
    return subject("(y-(w*x+b))**2", at, ("w", "b"), rate=Fraction(1, 10), reason="parameters")


def kink() -> Checked:
    """|y-ŷ| where both are 4."""
    material = subject("|y-yhat|", {"y": 4, "yhat": 4}, ("yhat",))
    graph = material.explanation.derivation.graph
    switch = graph.ops.index("sub")
    found = PartialExistence(False, Existence.KINK, Fraction(-1), Fraction(1), (Fraction(-1), Fraction(1)), switch)
    autograd = AutogradFinding(0.0, Agreement.CONVENTION, subgradient=True)
    evidence = Evidence(
        {"yhat": found},
        GradientExistence(False),
        AutogradEvidence({"yhat": autograd}),
        {"yhat": FiniteFinding(0.0, None, 2.0**-20, None, "switch")},
        {"yhat": DirectFinding(Proof.PROVED, 2)},
    )
    return Checked(material, evidence, Verdict.NOT_DIFFERENTIABLE, {"yhat": Verdict.NOT_DIFFERENTIABLE}, 1)


def convention() -> Checked:
    """relu(x) - relu(-x) at 0, whose derivative is 1 and for which autograd says 0."""
    material = subject("relu(x)-relu(-x)", {"x": 0}, ("x",))
    switches = (ActiveSwitch(material.explanation.derivation.graph.ops.index("relu"), 0, (0,)),)
    evidence = Evidence(
        {
            "x": PartialExistence(
                True, Existence.SMOOTH, Fraction(1), Fraction(1), (Fraction(1), Fraction(1)), switches=switches
            )
        },
        GradientExistence(True),
        AutogradEvidence({"x": AutogradFinding(0.0, Agreement.CONVENTION, subgradient=False)}),
        {"x": FiniteFinding(1.0, None, 2.0**-20, None, "switch")},
        {"x": DirectFinding(Proof.UNDECIDED, 0, "pieces")},
    )
    return Checked(material, evidence, Verdict.VERIFIED, {"x": Verdict.VERIFIED}, 1)


def undecided() -> Checked:
    """A loss for which no oracle came to an answer."""
    material = subject("exp(w)*abs(w)", {"w": 1}, ("w",))
    evidence = Evidence(
        {"w": PartialExistence(None, None, reason="the sign of a number is open")},
        GradientExistence(None),
        AutogradEvidence(unavailable="missing"),
        {"w": FiniteFinding(None, None, None, None, "timeout")},
        {"w": DirectFinding(Proof.NOT_TRIED, 0, "size")},
    )
    return Checked(material, evidence, Verdict.UNDECIDED, {"w": Verdict.UNDECIDED}, 0)
