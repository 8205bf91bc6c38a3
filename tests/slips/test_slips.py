"""Slips: each is one change of a derivation, and the change is found again in what it gives."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derivcheck.budget import Deadline
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.derive import derivative_step, differentiate
from derivcheck.equality.decide import decide
from derivcheck.equality.sampling import Pair
from derivcheck.graph.assemble import append, assemble
from derivcheck.graph.builder import GraphBuilder
from derivcheck.language import printer
from derivcheck.language.parser import parse
from derivcheck.slips.backward import Diagnosis
from derivcheck.slips.forward import MOST_CONTRIBUTIONS, usual_slips, wrong_derivatives
from derivcheck.slips.kinds import SlipKind
from derivcheck.source import Source
from derivcheck.verdict import Verdict

NEURON = "(y-(w*x+b))^2"


def derivation_of(text):
    return differentiate(assemble(parse(Source(text)), derivative_step))


def wrong_formulas(text, name):
    """The kinds of slips and the wrong formulas that they give."""
    derivation = derivation_of(text)
    variable = derivation.graph.inputs[name]
    slips = usual_slips(derivation, variable)
    graph, steps = wrong_derivatives(derivation, variable, slips)
    writer = FormulaWriter(graph, derivation.primal)
    return {(s.kind, printer.unicode(writer.formula(k))) for s, k in zip(slips, steps, strict=True)}


@pytest.mark.parametrize(
    ("text", "name", "kind", "formula"),
    [
        (NEURON, "w", SlipKind.LOST_SIGN, "2x(y - (w·x + b))"),
        (NEURON, "w", SlipKind.LOST_FACTOR, "-x·(y - (w·x + b))"),
        (NEURON, "w", SlipKind.LOST_INNER, "-2(y - (w·x + b))"),
        (NEURON, "w", SlipKind.KEPT_EXPONENT, "-2x·(y - (w·x + b))²"),
        (NEURON, "w", SlipKind.STOPPED_EARLY, "2(y - (w·x + b))"),
        (NEURON, "w", SlipKind.OTHER_VARIABLE, "-2w(y - (w·x + b))"),
        (NEURON, "w", SlipKind.DROPPED_TERM, "-2x(y - w·x)"),
        (NEURON, "w", SlipKind.TERM_SIGN, "-2x(y + b - w·x)"),
        ("((a-w)^2+(b-w)^2)/2", "w", SlipKind.SUM_FOR_MEAN, "-2(b - w + (a - w))"),
        ("((a-w)^2+(b-w)^2)/2", "w", SlipKind.DROPPED_PATH, "-(a - w)"),
        ("sin(2*x)", "x", SlipKind.LEFT_UNCHANGED, "2sin(2x)"),
        ("sin(2*x)", "x", SlipKind.INNER_ARGUMENT, "2cos(x)"),
        ("cos(x)", "x", SlipKind.LEFT_UNCHANGED, "-cos(x)"),
        ("sin(x)", "x", SlipKind.EXTRA_SIGN, "-cos(x)"),
        ("x*sin(x)", "x", SlipKind.SEPARATE_FACTORS, "cos(x)"),
        ("exp(-x)", "x", SlipKind.LOST_SIGN, "exp(-x)"),
        ("x^2+5", "x", SlipKind.KEPT_CONSTANT, "2x + 5"),
    ],
)
def test_a_slip_gives_the_wrong_derivative_that_people_write(text, name, kind, formula):
    assert (kind, formula) in wrong_formulas(text, name)


@pytest.mark.parametrize(
    ("text", "name", "claimed", "kind"),
    [
        (NEURON, "w", "2*x*(y-(w*x+b))", SlipKind.LOST_SIGN),
        (NEURON, "w", "-x*(y-w*x-b)", SlipKind.LOST_FACTOR),
        (NEURON, "w", "-2*x*(y-w*x+b)", SlipKind.TERM_SIGN),
        (NEURON, "w", "-2*x*(y-w*x)", SlipKind.DROPPED_TERM),
        (NEURON, "w", "-2*w*(y-(w*x+b))", SlipKind.OTHER_VARIABLE),
        (NEURON, "w", "3*x*(y-(w*x+b))", SlipKind.MULTIPLE),
        (NEURON, "w", "-2*(y-(w*x+b))", SlipKind.LOST_INNER),
        ("((a-w)^2+(b-w)^2)/2", "w", "4*w-2*a-2*b", SlipKind.SUM_FOR_MEAN),
        ("sin(2*x)", "x", "cos(2*x)", SlipKind.LOST_FACTOR),
        ("cos(x^2)", "x", "2*x*sin(x^2)", SlipKind.LOST_SIGN),
        ("sin(x)/x^2", "x", "cos(x)/(2*x)", SlipKind.SEPARATE_FACTORS),
        ("x/y", "y", "-y/x^2", SlipKind.EXCHANGED),
    ],
)
def test_a_wrong_formula_is_explained_by_the_slip_in_whatever_form_it_is_written(text, name, claimed, kind):
    builder = GraphBuilder(assemble(parse(Source(text)), derivative_step))
    output = assemble(parse(Source(text)), derivative_step).output
    step = append(builder, parse(Source(claimed)), derivative_step)
    derivation = differentiate(builder.finish(output))
    found = Diagnosis(derivation, derivation.graph.inputs[name], Deadline(20)).of_formula(step)
    assert found is not None
    assert found.kind is kind


def test_what_no_single_slip_gives_is_not_explained():
    builder = GraphBuilder(assemble(parse(Source(NEURON)), derivative_step))
    output = assemble(parse(Source(NEURON)), derivative_step).output
    step = append(builder, parse(Source("x^3*exp(y)-w")), derivative_step)
    derivation = differentiate(builder.finish(output))
    assert Diagnosis(derivation, derivation.graph.inputs["w"], Deadline(20)).of_formula(step) is None


LOSSES = (
    NEURON, "sin(2*x)*exp(x)", "log(1+exp(-x*w))", "((a-x)^2+(b-x)^2)/2", "x^3/(1+w*x)", "sqrt(1-x^2)", "tanh(w*x+b)^2",
    "-(y*log(x)+(1-y)*log(1-x))", "abs(x-w)*x", "exp(-x^2/2)",
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(LOSSES), st.data())
def test_what_a_slip_gives_is_explained_by_a_slip_that_gives_the_same(text, data):
    """Backward finds a slip for every forward change that changes anything."""
    derivation = derivation_of(text)
    variable = derivation.graph.inputs["x"]
    slips = usual_slips(derivation, variable)
    graph, steps = wrong_derivatives(derivation, variable, slips)
    k = data.draw(st.integers(0, len(slips) - 1))
    right = derivation.adjoints[variable]
    same = decide(Pair(graph, steps[k], right, edges=False), Deadline(20)).verdict
    assume(same in (Verdict.REFUTED, Verdict.CONDITIONAL))
    wider = differentiate(graph, output=derivation.output)
    found = Diagnosis(wider, variable, Deadline(20)).of_formula(steps[k])
    assert found is not None, slips[k]
    again, (step,) = wrong_derivatives(wider, variable, [found])
    assert decide(Pair(again, steps[k], step, edges=False), Deadline(20)).verdict in (
        Verdict.VERIFIED,
        Verdict.CONSISTENT,
    )


def test_a_long_derivation_is_not_searched():
    text = "x" + "".join(f"; u{k + 1} = tanh(u{k})*x" for k in range(MOST_CONTRIBUTIONS))
    body = text.replace("x;", "u0 = x;", 1) + f"; u{MOST_CONTRIBUTIONS}"
    derivation = derivation_of(body)
    assert usual_slips(derivation, derivation.graph.inputs["x"]) == ()
