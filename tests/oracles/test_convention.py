"""PyTorch's documented rule for one operation on its switch is computed, and set beside what this version returns."""

from __future__ import annotations

import math

import pytest

from derivcheck import analyze
from derivcheck.oracles.evidence import Rule

CONVENTIONS = [
    ("relu(w)", {"w": 0}, Rule.CONVEX, [(0,)], (0,), True),
    ("|w|", {"w": 0}, Rule.CONVEX, [(0,)], (0,), True),
    ("max(w, x)", {"w": 1, "x": 1}, Rule.CONVEX, [(0.5, 0.5)], (0.5, 0.5), True),
    ("min(w, x)", {"w": 1, "x": 1}, Rule.CONCAVE, [(0.5, 0.5)], (0.5, 0.5), True),
    ("relu6(w)", {"w": 6}, Rule.CONCAVE, [(0,)], (0,), True),
    ("leaky_relu(w)", {"w": 0}, Rule.CONVEX, [(0.01,)], (0.01,), True),
    ("clamp(w, 0, 9)", {"w": 0}, Rule.CONVEX, [(0,)], (1,), False),
    ("clamp(w, 0, 9)", {"w": 9}, Rule.CONCAVE, [(0,)], (1,), False),
    ("clamp(w, x, 9)", {"w": 0, "x": 0}, Rule.CONVEX, [(0.5, 0.5)], (1, 0), False),
    ("max(w, 0)", {"w": 0}, Rule.CONVEX, [(0.5, 0.5)], (0.5, 0.5), True),
    ("hardswish(w)", {"w": 3}, Rule.CONTINUITY, [(1.5,), (1,)], (1,), True),
    ("elu(w, 2)", {"w": 0}, Rule.CONTINUITY, [(2,), (1,)], (2,), True),
    ("hypot(w, x)", {"w": 0, "x": 0}, Rule.CONVEX, [(0, 0)], (math.nan, math.nan), False),
    ("sqrt(w)", {"w": 0}, Rule.CONTINUITY, [(math.inf,)], (math.inf,), True),
    ("sign(w)", {"w": 0}, Rule.CONTINUITY, [(0,)], (0,), True),
    ("floor(w)", {"w": 2}, Rule.CONTINUITY, [(0,)], (0,), True),
]


@pytest.mark.parametrize(("text", "at", "rule", "numbers"), [(*c[:3], c[3:]) for c in CONVENTIONS])
def test_the_rule_is_computed_and_compared(text, at, rule, numbers):
    """Convex, concave or by continuity; what the rule promises, what torch returns, and whether that is the same."""
    promised, returned, follows = numbers
    (found,) = analyze(text, at=at, wrt="all", oracles=("autograd",)).evidence.autograd.conventions
    assert found.rule is rule
    assert len(found.promised) == len(promised)
    for ours, theirs in zip(sorted(found.promised), sorted(promised), strict=True):
        assert ours == pytest.approx(theirs)
    assert found.returned == pytest.approx(returned, nan_ok=True)
    assert found.follows is follows


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_other_types_keep_the_same_conventions(dtype):
    """The conventions of relu and of a slope that no float equals hold in every type."""
    for text in ("relu(w)", "leaky_relu(w)"):
        (found,) = analyze(text, at={"w": 0}, dtype=dtype, oracles=("autograd",)).evidence.autograd.conventions
        assert found.follows is True


def test_a_composition_of_several_switches_is_promised_nothing():
    """relu(w) - relu(-w): both operations follow their rule, and the whole is not a subgradient."""
    found = analyze("relu(w) - relu(-w)", at={"w": 0}, oracles=("autograd",))
    assert [c.follows for c in found.evidence.autograd.conventions] == [True, True]
    assert "PyTorch promises nothing" in found.to_text().replace("\n", " ").replace("   ", " ").replace("  ", " ")
    assert "PyTorch가 아무것도 보장하지 않습니다" in " ".join(found.to_text(language="ko").split())


@pytest.mark.parametrize("text", ["cbrt(w)", "where(w > 0, w, 0)", "w^2"])
def test_what_is_no_operation_of_torch_or_has_a_derivative_has_no_rule(text):
    """Torch has no cube root, a selection takes its branch, and a square is smooth."""
    assert not analyze(text, at={"w": 0}, oracles=("autograd",)).evidence.autograd.conventions


def test_what_finitely_many_rays_do_not_show_is_left_open():
    """Of pow at (0, 0) the gradients nearby have many limits: no rule is named, and none is said to be broken."""
    found = analyze("pow(w, x)", at={"w": 0, "x": 0}, wrt="all", oracles=("autograd",)).evidence.autograd.conventions
    assert [(c.rule, c.follows) for c in found] == [(Rule.OPEN, None)]


@pytest.mark.parametrize("text", ["x^x", "clamp(x, x, x)"])
def test_operands_that_move_together_are_a_composition(text):
    """The rule is for one operation of independent operands."""
    assert not analyze(text, at={"x": 0}, wrt="x", oracles=("autograd",)).evidence.autograd.conventions


def test_beside_its_switch_an_operation_has_no_rule():
    """Nothing is said of a kink that the point does not lie on."""
    assert not analyze("relu(w)", at={"w": 1}, oracles=("autograd",)).evidence.autograd.conventions
