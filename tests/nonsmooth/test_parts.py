"""The smooth parts of functions that choose: they cover the points, and each is the function there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcheck.derive import derivative_step, differentiate
from derivcheck.graph.assemble import assemble
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.language.parser import parse
from derivcheck.nonsmooth.parts import smooth_parts
from derivcheck.numbers.floats import Floats
from derivcheck.ops.losses import ACTIVATION_ROWS, CATALOGUE, as_call
from derivcheck.source import Source

ENTRIES = [e for e in CATALOGUE.values() if not any(o.shape for o in e.operands)]
TEXTS = {
    **{row.name: as_call(row.name) for row in ACTIVATION_ROWS if as_call(row.name)},
    **{e.name: e.text(e.usual_shapes) for e in ENTRIES},
    "nested": "max(|a|, min(b, 1), a*b)",
    "a condition of conditions": "where((a > 0 and b > 0) or a < -1, a^2, |b|)",
}


def _graph(text: str, known: set[str]) -> Graph:
    return assemble(parse(Source(text), known=known), derivative_step)


def _names(name: str) -> set[str]:
    return {o.name for o in CATALOGUE[name].operands} if name in CATALOGUE else {"a", "b", "x"}


def _value(graph: Graph, point: dict[str, float]) -> float | bool:
    given = {n: point[n] for n in graph.inputs}
    return interpret(graph, Floats(), given, wanted=[graph.output], total=True)[graph.output]


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=12, deadline=None)
@given(
    numbers=st.lists(st.floats(0.05, 3).map(lambda x: round(x, 3) + 1e-5), min_size=3, max_size=3),
    sign=st.sampled_from([1, -1]),
)
def test_a_point_lies_in_one_part_which_is_the_function_there(name: str, numbers: list[float], sign: int) -> None:
    """Off the boundaries exactly one part holds, with the function's value and derivatives."""
    graph = _graph(TEXTS[name] or "", _names(name))
    parts = smooth_parts(graph)
    assert parts is not None
    signed = name not in ("binary_cross_entropy", "gaussian_nll_loss", "kl_div")
    apart = [x * (1 + 0.0137 * k) for k, x in enumerate(numbers)]
    point = {n: x * (sign if signed else 0.3) for n, x in zip(graph.inputs, apart, strict=False)}
    (part,) = (p for p in parts if all(_value(c, point) for c in p.conditions))
    assert _value(part.formula, point) == pytest.approx(_value(graph, point), rel=1e-12, abs=1e-14)
    whole, alone = differentiate(graph), differentiate(part.formula)
    for variable in graph.inputs:
        found = []
        for derivation in (whole, alone):
            step = derivation.gradient(variable) if variable in derivation.graph.inputs else None
            given_values = {n: point[n] for n in derivation.graph.inputs}
            run = interpret(derivation.graph, Floats(), given_values, total=True)
            found.append(0.0 if step is None else run[step])
        assert found[1] == pytest.approx(found[0], rel=1e-9, abs=1e-12), variable


def test_what_has_no_point_is_no_part() -> None:
    """A Huber loss has three parts, not the four that its two choices make."""
    parts = smooth_parts(_graph("where(|u| <= 1, u^2/2, |u| - 1/2)", {"u"}))
    assert parts is not None
    assert len(parts) == 3
    assert len(smooth_parts(_graph("max(a, a + 1)", {"a"})) or ()) == 1


@pytest.mark.parametrize("text", ["floor(a)", "+".join(f"|a - {k}|" for k in range(40))])
def test_what_has_too_many_parts_is_not_cut(text: str) -> None:
    """Infinitely many parts, or more than are looked at, are no list of parts."""
    assert smooth_parts(_graph(text, {"a"})) is None
