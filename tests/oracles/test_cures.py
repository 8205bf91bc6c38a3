"""Every cure is the same function as its pattern, keeps more digits in torch, and is advised only where it does."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from strategies import graph_of

from derivcheck import analyze, equal
from derivcheck.derive import differentiate
from derivcheck.frameworks.torch_bridge import run_autograd
from derivcheck.interpret import interpret
from derivcheck.numbers.exact import Exact
from derivcheck.oracles.cures import PATTERNS, SOFTENED, formula_graph, match
from derivcheck.verdict import Verdict

TINY, LARGE = Fraction(3, 10**12), Fraction(800)
NEAR = Fraction(1.000000123456789)
WHERE = {
    "log(1 + u)": {"u": TINY},
    "log(1 - u)": {"u": TINY},
    "exp(u) - 1": {"u": TINY},
    "1 - exp(u)": {"u": TINY},
    "log(1 + exp(u))": {"u": LARGE},
    "log(exp(u) + exp(v))": {"u": LARGE, "v": Fraction(1)},
    "log(exp(u) + exp(v) + exp(s))": {"u": LARGE, "v": Fraction(1), "s": Fraction(2)},
    "exp(u)/(exp(u) + exp(v))": {"u": LARGE, "v": Fraction(1)},
    "exp(u)/(exp(u) + exp(v) + exp(s))": {"u": LARGE, "v": Fraction(1), "s": Fraction(2)},
    "log(exp(u)/(exp(u) + exp(v)))": {"u": -LARGE, "v": Fraction(1)},
    "log(exp(u)/(exp(u) + exp(v) + exp(s)))": {"u": -LARGE, "v": Fraction(1), "s": Fraction(2)},
    "log(exp(u))": {"u": LARGE},
    "exp(u)*exp(v)": {"u": LARGE, "v": 2 - LARGE},
    "exp(u)/exp(v)": {"u": LARGE, "v": LARGE - 2},
    "exp(u)/(1 + exp(u))": {"u": LARGE},
    "1/(1 + exp(-u))": {"u": -LARGE + 80},
    "1/(1 + exp(u))": {"u": LARGE - 80},
    "log(1/(1 + exp(-u)))": {"u": -LARGE},
    "log(sigmoid(u))": {"u": -LARGE},
    "log(1 - sigmoid(u))": {"u": Fraction(40)},
    "1 - sigmoid(u)": {"u": Fraction(36)},
    "1 - tanh(u)^2": {"u": Fraction(18)},
    "(exp(u) - exp(-u))/(exp(u) + exp(-u))": {"u": LARGE},
    "(exp(u) - exp(-u))/2": {"u": TINY},
    "log(cosh(u))": {"u": LARGE},
    "1 - cos(u)": {"u": Fraction(1, 10**6)},
    "1 - erf(u)": {"u": Fraction(5)},
    "log(gamma(u))": {"u": Fraction(200)},
    "u^2 - v^2": {"u": NEAR, "v": Fraction(1)},
    "sqrt(u) - sqrt(v)": {"u": NEAR, "v": Fraction(1)},
    "sqrt(u^2 + v) - u": {"u": Fraction(10**6), "v": Fraction(1)},
    "sqrt(1 + u) - 1": {"u": TINY},
    "log(u + sqrt(u^2 + 1))": {"u": Fraction(-(10**5))},
    "sqrt(u + 1) - sqrt(u)": {"u": Fraction(10**13 + 37)},
    "sqrt(u^2 + v^2)": {"u": Fraction(10) ** 200, "v": Fraction(1)},
    "log(u + v) - log(u)": {"u": Fraction(10**6), "v": Fraction(1)},
    "log(u) - log(v)": {"u": Fraction(100000.0123456789), "v": Fraction(10**5)},
    "1/u - 1/(u + 1)": {"u": Fraction(2**40)},
}
"""A point for each pattern at which it loses digits in float64."""


UNDERFLOWING = {"1/(1 + exp(-u))", "1/(1 + exp(u))"}
"""What these give is no number where the truth is below the normal range; the cure's is finite."""


def test_every_pattern_has_a_point():
    assert WHERE.keys() == {p.before for p in PATTERNS}


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.before)
def test_a_cure_is_the_same_function(pattern):
    """Pattern and cure are proved equal wherever both are real."""
    assert equal(pattern.before, pattern.after).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p.before in UNDERFLOWING], ids=lambda p: p.before)
def test_a_cure_gives_a_number_where_the_pattern_gives_none(pattern):
    """At the pattern's point torch finds NaN, and by the cure a number next to the truth, as near as the type can."""
    point = WHERE[pattern.before]
    numbers = []
    for text in (pattern.before, pattern.after):
        graph = formula_graph(text)
        run = run_autograd(graph, {n: float(point[n]) for n in graph.inputs})
        numbers.append((run.values[graph.output], run.gradients[graph.inputs["u"]]))
    assert math.isnan(numbers[0][1])
    assert all(abs(v) < 2.0**-1022 for v in numbers[1])


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p.before not in UNDERFLOWING], ids=lambda p: p.before)
def test_a_cure_is_more_exact_in_torch(pattern):
    """At the pattern's point the cure's value or a gradient of it is at least 100 times nearer to the truth."""
    point = WHERE[pattern.before]
    gains = [
        b / max(a, 1e-17) for b, a in zip(errors(pattern.before, point), errors(pattern.after, point), strict=True)
    ]
    assert max(gains) >= 100, gains


def errors(text, point):
    """The relative errors of torch's value and gradients; 1 for what is no number."""
    graph = formula_graph(text)
    run = run_autograd(graph, {n: float(point[n]) for n in graph.inputs})
    derivation = differentiate(graph)
    exact = interpret(derivation.graph, Exact(4096), {n: Fraction(point[n]) for n in graph.inputs})
    pairs = [(run.values[graph.output], exact[graph.output])]
    for name in sorted(graph.inputs):
        step = derivation.gradient(name)
        pairs.append((run.gradients[graph.inputs[name]], Fraction(0) if step is None else exact[step]))
    return [_error(found, true) for found, true in pairs]


def _error(found, true):
    if found is None or not math.isfinite(found):
        return 1.0
    ball = Exact(4096).to_ball(true)
    if ball.is_zero():
        return 0.0 if found == 0 else 1.0
    return min(1.0, float(abs((ball - found) / ball).mid()))


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.before)
def test_a_cure_is_advised_where_it_helps(pattern):
    """In a loss with the pattern at its point some cure is advised, in every language."""
    point = WHERE[pattern.before]
    found = analyze(pattern.before, at=point, wrt="all", oracles=("autograd",))
    assert found.evidence.autograd.cures
    assert "Advice" in found.to_text()
    assert "조언" in found.to_text(language="ko")


@pytest.mark.parametrize(
    ("pattern", "text", "bound"),
    [
        ("log(1 + u)", "log(w*x + 1)", {"u": "w*x"}),
        ("log(exp(u) + exp(v))", "log(exp(w) + exp(2*x))", {"u": "w", "v": "2*x"}),
        ("u^2 - v^2", "(w + 1)^2 - x^2", {"u": "w + 1", "v": "x"}),
        ("exp(u)/(exp(u) + exp(v))", "exp(w)/(exp(x) + exp(w))", {"u": "w", "v": "x"}),
        ("exp(u)/(exp(u) + exp(v))", "exp(w)/(exp(x) + exp(x + 1))", None),
        ("1 - cos(u)", "cos(w) - 1", None),
        ("log(1 + u)", "log(2 + w)", None),
    ],
)
def test_a_pattern_matches_by_structure(pattern, text, bound):
    """Sums match in either order, a place holder stands for one step everywhere, and other formulas do not match."""
    graph = graph_of(text, "w", "x")
    found = match(formula_graph(pattern), graph, graph.output)
    if bound is None:
        assert found is None
    else:
        from derivcheck.language.printer import own
        from derivcheck.report.formulas import step_formula

        assert {n: own(step_formula(graph, k, {})) for n, k in found.items()} == bound


@pytest.mark.parametrize("soft", SOFTENED, ids=lambda s: s.before)
def test_what_an_epsilon_changes_is_computed(soft):
    """At 0 the softened form has the value and the derivative that are stated, at several ε."""
    graph = formula_graph(soft.after)
    derivation = differentiate(graph)
    step = derivation.gradient("u")
    for epsilon in (Fraction(1, 10**6), Fraction(1, 4)):
        point = {n: epsilon if n not in ("u", "v") else Fraction(0) for n in graph.inputs}
        values = interpret(derivation.graph, Exact(256), point)
        for found, stated in ((values[graph.output], soft.value), (values[step], soft.slope)):
            other = formula_graph(stated)
            true = interpret(other, Exact(256), dict.fromkeys(other.inputs, epsilon))[other.output]
            system = Exact(256)
            difference = system.to_ball(found) - system.to_ball(true)
            assert difference.is_finite()
            assert difference.contains(0)


@pytest.mark.parametrize("text", ["sqrt(w)", "sqrt(w^2 + x^2)", "-log(w)", "hypot(w, x)"])
def test_an_epsilon_is_advised_at_0_with_its_bias(text):
    """Where the gradient is not finite at 0, an ε inside is advised, and its bias stated; elsewhere it is not."""
    at = {"w": 0, "x": 0} if "x" in text else {"w": 0}
    found = analyze(text, at=at, wrt="all", oracles=("autograd",))
    assert len(found.evidence.autograd.epsilons) == 1
    away = analyze(text, at=dict.fromkeys(at, 1), wrt="all", oracles=("autograd",))
    assert not away.evidence.autograd.epsilons


@pytest.mark.parametrize(
    ("text", "at", "cure"),
    [
        ("log(sigmoid(w))", {"w": -800}, "logsigmoid"),
        ("log(exp(-w^2))", {"w": 40}, "log(exp(a)) = a"),
        ("sqrt(w^2 + x^2)", {"w": Fraction(1, 10**200), "x": Fraction(1, 10**200)}, "hypot"),
    ],
)
def test_no_epsilon_where_a_cure_without_bias_is_advised(text, at, cure):
    """Where another way of writing keeps the operation in range, no ε that falsifies the value is advised."""
    found = analyze(text, at=at, wrt="all", oracles=("autograd",)).evidence.autograd
    assert [c.name for c in found.cures] == [cure]
    assert not found.epsilons


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("(exp(w) - exp(-w))/2", {"w": Fraction(-1830, 8)}),
        ("log(gamma(w))", {"w": Fraction(52)}),
        ("1 - sigmoid(w)", {"w": Fraction(-(10**11))}),
        ("exp(w)*exp(x)", {"w": Fraction(1), "x": Fraction(2)}),
        ("sqrt(w^2 + 1) - w", {"w": Fraction(-3)}),
        ("1/(1 + exp(-w))", {"w": Fraction(3)}),
    ],
)
def test_no_cure_where_torch_loses_nothing(text, at):
    """Where only the worst case loses digits, and torch has them all, nothing is advised."""
    assert not analyze(text, at=at, wrt="all", oracles=("autograd",)).evidence.autograd.cures
