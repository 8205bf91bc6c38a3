"""Steps of arrays with an element on a kink, a jump or a tie."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.interpret import interpret
from derivcheck.language.parser import parse
from derivcheck.nonsmooth.array_breaks import broken_array_steps
from derivcheck.numbers.exact import Exact
from derivcheck.source import Source


def exact(values):
    """An array of fractions."""
    array = np.asarray(values)
    out = np.empty(array.shape, dtype=object)
    for at in np.ndindex(array.shape):
        out[at] = Fraction(array[at].item())
    return out


CASES = [
    ("mean(|x|)", {"x": [1, 0, 2]}, {"abs"}),
    ("mean(|x|)", {"x": [1, 3, 2]}, set()),
    ("mean(|x|**3)", {"x": [1, 0, 2]}, {"abs"}),
    ("sum(relu(x))", {"x": [[1, -1], [0, 2]]}, {"relu"}),
    ("max(x)", {"x": [1, 3, 3]}, {"max"}),
    ("max(x)", {"x": [1, 3, 2]}, set()),
    ("sum(max(x, axis=1))", {"x": [[1, 2], [3, 3]]}, {"max"}),
    ("min(x)", {"x": [1, 1, 3]}, {"min"}),
    ("sum(where(x > y, x, 2*x))", {"x": [1, 2], "y": [0, 2]}, {"where"}),
    ("sum(where(x > y, x, 2*x))", {"x": [1, 2], "y": [0, 1]}, set()),
    ("sum(|x - x[0]|)", {"x": [1, 2]}, {"abs"}),
    ("sum(x**2)", {"x": [0, 1]}, set()),
]


@pytest.mark.parametrize(("text", "values", "operations"), CASES)
def test_a_step_with_one_element_on_a_switch_is_broken(text, values, operations):
    """One element is enough; a step is fine where no element lies on a switch."""
    arrays = {n: exact(v) for n, v in values.items()}
    program = parse(Source(text), tuple(values))
    graph = assemble(program, derivative_step, {n: a.shape for n, a in arrays.items()})
    found = interpret(graph, Exact(), arrays)
    broken = broken_array_steps(graph, found, graph.ancestors(graph.output))
    assert {graph.ops[k] for k in broken} == operations


def test_sizes_without_numbers_are_not_looked_at():
    """A symbolic loss has no elements."""
    program = parse(Source("mean(|x|)"), ("x",))
    graph = assemble(program, derivative_step, {"x": ("n",)})
    assert broken_array_steps(graph, [None] * len(graph), graph.ancestors(graph.output)) == frozenset()
