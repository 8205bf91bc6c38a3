"""Where a function has no value it has no derivative, whatever cancels in its formula."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import constants, graph_of, kinked, points

from derivcheck.interpret import interpret
from derivcheck.language import printer
from derivcheck.nonsmooth import partial_existence
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import DomainError, Undefined


@pytest.mark.parametrize(
    "text",
    [
        "w/w",
        "sign(w/w)",
        "0*(1/w)",
        "w*(1/w)",
        "(1/w)/(1/w)",
        "log(w) - log(w)",
        "(w/w)^0",
        "where(1/w > 0, w, w)",
        "w + 0*log(w)",
    ],
)
def test_what_cancels_has_no_value_at_its_pole(text):
    """w/w is 1 everywhere but at 0, where it is nothing."""
    assert partial_existence(graph_of(text), constants({"w": Fraction(0)}), "w").exists is False


@given(kinked(size=5), points(values=st.sampled_from([Fraction(k, 2) for k in range(-3, 4)])))
def test_a_derivative_exists_only_where_there_is_a_value(expr, point):
    """For random expressions at points where much is 0 or equal."""
    graph = graph_of(expr)
    at = {n: point[n] for n in graph.inputs}
    value = interpret(graph, Exact(300), at, wanted=[graph.output])[graph.output]
    if isinstance(value, Undefined) and isinstance(value.error, DomainError):
        for name in graph.inputs:
            assert partial_existence(graph, constants(at), name).exists is not True, (printer.own(expr), at, name)
