"""The chain rule on arrays where a selection leaves out what has no value."""

import numpy as np
import pytest

from derivcheck.derive import derivative_step, differentiate
from derivcheck.graph.assemble import assemble
from derivcheck.interpret import interpret
from derivcheck.language.parser import parse
from derivcheck.numbers.arrays import Arrays
from derivcheck.numbers.ball import Ball
from derivcheck.source import Source
from derivcheck.storage import NumpyStorage

GUARDED = {
    "mean(where(y > 0, y*log(y), 0))": lambda y: np.where(y > 0, np.log(np.where(y > 0, y, 1)) + 1, 0) / 3,
    "sum(where(y > 0, sqrt(y), -y))": lambda y: np.where(y > 0, 0.5 / np.sqrt(np.where(y > 0, y, 1)), -1),
    "sum(where(y > 0, where(y < 1, 0, log(y - 1)), 0))": lambda y: np.where(y > 1, 1 / np.where(y > 1, y - 1, 1), 0),
    "sum(where(y > 0, -1/y, 0)*y)": np.zeros_like,
}


@pytest.mark.parametrize("text", GUARDED)
def test_what_is_not_selected_has_no_part_in_a_gradient(text: str) -> None:
    """At elements where a branch has no value and is not taken, the gradient is that of the other one."""
    y = np.array([2.0, 0.0, -1.0])
    graph = assemble(parse(Source(text), known={"y"}), derivative_step, {"y": (3,)})
    derivation = differentiate(graph)
    step = derivation.gradient("y")
    assert step is not None
    expected = GUARDED[text](y)
    floats = interpret(derivation.graph, Arrays(), {"y": y}, wanted=[step], storage=NumpyStorage(), total=True)[step]
    np.testing.assert_allclose(floats, expected, rtol=1e-14)
    system = Ball(100)
    balls = np.vectorize(system.constant, otypes=[object])(y.astype(int))
    certified = interpret(derivation.graph, system, {"y": balls}, wanted=[step])[step]
    np.testing.assert_allclose([float(b) for b in certified], expected, rtol=1e-14)
