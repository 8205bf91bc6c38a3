"""Functions that jump again and again on the way to the point: their series say nothing of how smooth they are."""

from __future__ import annotations

import pytest

from derivcheck import analyze
from derivcheck.verdict import Existence

SMOOTH_KINDS = {Existence.SMOOTH, Existence.C1_NOT_C2}


STEPS = ["x**3*floor(1/x)", "x**5*ceil(1/x)", "x**3*(1/x-floor(1/x))", "1/floor(1/x)**2", "x**9*floor(log(abs(x)))"]


@pytest.mark.parametrize("function", STEPS)
def test_a_slope_between_jumps_is_no_smoothness(function):
    """The derivative at 0 exists, but the function jumps at every neighbourhood's points: it is not called smooth."""
    found = analyze(f"where(x==0,0,{function})", at={"x": 0}, oracles=()).gradient["x"]
    assert found.exists is True
    assert found.left == found.right == 0
    assert found.kind not in SMOOTH_KINDS
    assert found.clarke is None


@pytest.mark.parametrize("function", ["sin(pi*floor(1/x))", "x*sin(pi*floor(1/x))", "cos(2*pi*floor(1/x))"])
def test_a_wave_on_the_integers_is_not_taken_for_an_oscillation(function):
    """sin(πn) is 0 for every integer n, though n grows without bound."""
    found = analyze(f"where(x==0,0,{function})", at={"x": 0}, oracles=()).gradient["x"]
    assert found.kind is not Existence.OSCILLATION
    assert found.exists is not False


def test_no_second_derivative_is_claimed_between_jumps():
    """x³⌊1/x⌋ behaves as x² in size, but its first derivative does not exist at 1/n."""
    found = analyze("where(x==0,0,x**3*floor(1/x))", at={"x": 0}, order=2, oracles=())
    assert found.hessian["x", "x"].exists is not True
