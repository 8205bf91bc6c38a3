"""Other ways of writing a part of a loss, that keep the digits which the author's way loses at the point.

The patterns are data: a formula over place holders, and the same function written better. One matcher finds a pattern
in the graph of the loss. It is mentioned only where it helps: both ways are walked in the type's arithmetic, values and
derivatives, and the better one must keep two more digits; where that is only the worst case, torch is run on both.
The file is longer than most: the patterns stand beside their matcher.

Source: N. Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), sections 1.7 and 1.14; P. Blanchard,
D. Higham and N. Higham, Accurately computing the log-sum-exp and softmax functions, IMA J. Numer. Anal. 41 (2021).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, cast

from flint import arb

from derivcheck.derive import derivative_step, differentiate
from derivcheck.frameworks.torch_bridge import AutogradRun, run_autograd
from derivcheck.graph.assemble import assemble
from derivcheck.graph.steps import Graph, Kind
from derivcheck.interpret import interpret
from derivcheck.language.parser import parse
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.floats import Floats
from derivcheck.numbers.kernel import Kernel
from derivcheck.ops.evaluate import evaluator
from derivcheck.ops.row import Op, Role
from derivcheck.ops.table import TABLE
from derivcheck.oracles.bounds import EXACT_BITS, Bounds
from derivcheck.oracles.evidence import Cure, Epsilon, NoNumber
from derivcheck.oracles.rounding import as_torch_runs_it
from derivcheck.source import Source

_GAIN = 2
"""Decimal digits that a cure must keep more."""
_CLEAR = 6
"""So many digits are lost by the formula, not by the worst case; for fewer torch is asked."""
_BETTER, _SMALL = 10, 0.01
"""By this factor torch must be nearer to the truth, or so near where it had no number."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way of writing that can lose digits, and the cure, over the place holders u, v, s.

    Attributes:
        before: what the author may have written; sums and products match in either order.
        after: the same function where both are real.
        name: what the cure is known as.
    """

    before: str
    after: str
    name: str


PATTERNS = (
    Pattern("log(1 + u)", "log1p(u)", "log1p"),
    Pattern("log(1 - u)", "log1p(-u)", "log1p"),
    Pattern("exp(u) - 1", "expm1(u)", "expm1"),
    Pattern("1 - exp(u)", "-expm1(u)", "expm1"),
    Pattern("log(1 + exp(u))", "softplus(u)", "softplus"),
    Pattern("log(exp(u) + exp(v))", "max(u, v) + log1p(exp(-|u - v|))", "logsumexp"),
    Pattern(
        "log(exp(u) + exp(v) + exp(s))",
        "max(u, v, s) + log(exp(u - max(u, v, s)) + exp(v - max(u, v, s)) + exp(s - max(u, v, s)))",
        "logsumexp",
    ),
    Pattern("exp(u)/(exp(u) + exp(v))", "sigmoid(u - v)", "softmax"),
    Pattern("exp(u)/(exp(u) + exp(v) + exp(s))", "1/(1 + exp(v - u) + exp(s - u))", "softmax"),
    Pattern("log(exp(u)/(exp(u) + exp(v)))", "logsigmoid(u - v)", "log_softmax"),
    Pattern(
        "log(exp(u)/(exp(u) + exp(v) + exp(s)))",
        "u - max(u, v, s) - log(exp(u - max(u, v, s)) + exp(v - max(u, v, s)) + exp(s - max(u, v, s)))",
        "log_softmax",
    ),
    Pattern("log(exp(u))", "u", "log(exp(a)) = a"),
    Pattern("exp(u)*exp(v)", "exp(u + v)", "exp(a + b)"),
    Pattern("exp(u)/exp(v)", "exp(u - v)", "exp(a - b)"),
    Pattern("exp(u)/(1 + exp(u))", "sigmoid(u)", "sigmoid"),
    Pattern("1/(1 + exp(-u))", "sigmoid(u)", "sigmoid"),
    Pattern("1/(1 + exp(u))", "sigmoid(-u)", "sigmoid"),
    Pattern("log(1/(1 + exp(-u)))", "logsigmoid(u)", "logsigmoid"),
    Pattern("log(sigmoid(u))", "logsigmoid(u)", "logsigmoid"),
    Pattern("log(1 - sigmoid(u))", "logsigmoid(-u)", "logsigmoid"),
    Pattern("1 - sigmoid(u)", "sigmoid(-u)", "sigmoid"),
    Pattern("1 - tanh(u)^2", "1/cosh(u)^2", "1/cosh²"),
    Pattern("(exp(u) - exp(-u))/(exp(u) + exp(-u))", "tanh(u)", "tanh"),
    Pattern("(exp(u) - exp(-u))/2", "sinh(u)", "sinh"),
    Pattern("log(cosh(u))", "|u| + log1p(exp(-2*|u|)) - log(2)", "log cosh"),
    Pattern("1 - cos(u)", "2*sin(u/2)^2", "2·sin²"),
    Pattern("1 - erf(u)", "erfc(u)", "erfc"),
    Pattern("log(gamma(u))", "lgamma(u)", "lgamma"),
    Pattern("u^2 - v^2", "(u - v)*(u + v)", "(a - b)·(a + b)"),
    Pattern("sqrt(u) - sqrt(v)", "(u - v)/(sqrt(u) + sqrt(v))", "(a - b)/(√a + √b)"),
    Pattern("sqrt(u^2 + v) - u", "v/(sqrt(u^2 + v) + u)", "b/(√(a² + b) + a)"),
    Pattern("sqrt(1 + u) - 1", "u/(sqrt(1 + u) + 1)", "a/(√(1 + a) + 1)"),
    Pattern("log(u + sqrt(u^2 + 1))", "asinh(u)", "arsinh"),
    Pattern("sqrt(u + 1) - sqrt(u)", "1/(sqrt(u + 1) + sqrt(u))", "1/(√(a + 1) + √a)"),
    Pattern("sqrt(u^2 + v^2)", "hypot(u, v)", "hypot"),
    Pattern("log(u + v) - log(u)", "log1p(v/u)", "log1p"),
    Pattern("log(u) - log(v)", "log1p((u - v)/v)", "log1p"),
    Pattern("1/u - 1/(u + 1)", "1/(u*(u + 1))", "1/(a·(a + 1))"),
)


@dataclass(frozen=True, slots=True)
class Softened:
    """An operation without a finite derivative at 0, the same with ε inside, and its value and derivative there."""

    before: str
    after: str
    value: str
    slope: str


SOFTENED = (
    Softened("sqrt(u)", "sqrt(u + ε)", "sqrt(ε)", "1/(2*sqrt(ε))"),
    Softened("u^(1/2)", "(u + ε)^(1/2)", "sqrt(ε)", "1/(2*sqrt(ε))"),
    Softened("log(u)", "log(u + ε)", "log(ε)", "1/ε"),
    Softened("cbrt(u)", "u/cbrt(u^2 + ε)", "0", "1/cbrt(ε)"),
    Softened("hypot(u, v)", "sqrt(u^2 + v^2 + ε)", "sqrt(ε)", "0"),
)


def epsilons(
    graph: Graph, run: AutogradRun, begun: Iterable[NoNumber], cured: Iterable[Cure] = ()
) -> tuple[Epsilon, ...]:
    """The operations at 0 through which no finite gradient comes, where neither a selection nor a cure helps.

    Args:
        graph: the loss.
        run: what torch computed.
        begun: where NaN begins.
        cured: what keeps the operation in range without a bias.
    """
    left_out = {n.step for n in begun if n.selection is not None}
    left_out |= {c.step for c in cured if c.digits is None}
    found: list[Epsilon] = []
    for k in graph.ancestors(graph.output):
        passed = [run.values[k], *(run.gradients[o] for o in graph.operands[k])]
        if k in left_out or not any(isinstance(v, float) and not math.isfinite(v) for v in passed):
            continue
        for soft in SOFTENED:
            bindings = match(formula_graph(soft.before), graph, k)
            if bindings is not None and all(run.values[b] == 0 for b in bindings.values()):
                found.append(Epsilon(k, soft.before, soft.after, bindings, soft.value, soft.slope))
                break
    return tuple(found)


@cache
def formula_graph(text: str) -> Graph:
    """The graph of a formula over place holders."""
    return assemble(parse(Source(text), ("u", "v", "s", "ε")), derivative_step)


@cache
def _by_last_operation() -> Mapping[str, tuple[tuple[Pattern, Graph], ...]]:
    """The patterns by the operation that they end in."""
    found: dict[str, list[tuple[Pattern, Graph]]] = {}
    for pattern in PATTERNS:
        graph = formula_graph(pattern.before)
        found.setdefault(graph.ops[graph.output], []).append((pattern, graph))
    return {op: tuple(patterns) for op, patterns in found.items()}


def cures(bounds: Bounds) -> tuple[Cure, ...]:
    """What keeps more digits at the point; of several cures that overlap, the one of the greatest part."""
    graph = bounds.graph
    found: list[Cure] = []
    covered: set[int] = set()
    for k in reversed(graph.ancestors(graph.output)):
        if graph.kinds[k] is not Kind.MAP or k in covered:
            continue
        best = max(_helpful(bounds, k), key=lambda c: (c[1], len(c[0].before)), default=None)
        if best is not None:
            pattern, gain, bindings = best
            digits = None if math.isinf(gain) else math.floor(gain)
            found.append(Cure(k, pattern.before, pattern.after, bindings, pattern.name, digits))
            inner = graph.ancestors(k)
            covered |= set(inner) - {a for b in bindings.values() for a in graph.ancestors(b)}
    return tuple(reversed(found))


def _helpful(bounds: Bounds, k: int) -> Iterator[tuple[Pattern, float, dict[str, int]]]:
    """The patterns that match a step and keep enough digits, with how many."""
    graph = bounds.graph
    for pattern, shape in _by_last_operation().get(graph.ops[k], ()):
        bindings = match(shape, graph, k)
        if bindings is None:
            continue
        operands = {n: bounds.values[bounds.places[b]] for n, b in bindings.items()}
        if not all(isinstance(v, arb) and v.is_finite() for v in operands.values()):
            continue
        cured = formula_graph(pattern.after)
        before, after = _kept(shape, operands, bounds), _kept(cured, operands, bounds)
        gain = max((b - a for a, b in zip(before, after, strict=True)), default=0.0)
        lent = max(_GAIN, min(gain, bounds.form.digits) / 3)  # of the other numbers it may lose far fewer
        certain = gain >= _GAIN and all(b >= a - lent for a, b in zip(before, after, strict=True))
        lost = any(math.isinf(a) for a in before)
        if not certain and -math.inf not in after:
            continue
        if certain and not lost and gain >= _CLEAR:
            yield pattern, gain, bindings
            continue
        found, cure = _errors(shape, operands, bounds), _errors(cured, operands, bounds)
        if certain and any(b > _BETTER * max(a, 2.0**-bounds.form.bits) for b, a in zip(found, cure, strict=True)):
            yield pattern, math.inf if lost else gain, bindings
        elif not certain and math.inf in found and max(cure) < _SMALL:
            yield pattern, math.inf, bindings


def _errors(formula: Graph, operands: Mapping[str, arb], bounds: Bounds) -> list[float]:
    """The relative errors of torch's value and derivatives of a formula: infinite for what is no number.

    A number below the normal range is right if torch finds one there too.
    """
    inputs = {n: bounds.form.nearest(float(operands[n].mid())) for n in formula.inputs}
    run = run_autograd(formula, inputs, dtype=bounds.form.name)
    derivation, system = differentiate(formula), Ball(EXACT_BITS)
    exact = interpret(derivation.graph, system, {n: system.constant(Fraction(v)) for n, v in inputs.items()})
    pairs: list[tuple[float | None, Any]] = [(run.values[formula.output], exact[derivation.output])]
    for name in sorted(formula.inputs):
        step = derivation.gradient(name)
        pairs.append((run.gradients[formula.inputs[name]], arb(0) if step is None else exact[step]))
    return [_error(0.0 if number is None else number, true, bounds.form.least_normal) for number, true in pairs]


def _error(number: float, true: Any, least_normal: float) -> float:
    if not math.isfinite(number) or not isinstance(true, arb) or not true.is_finite():
        return math.inf
    if true.contains(0) or abs(true) < least_normal:
        return 0.0 if abs(number) <= least_normal else math.inf
    return float((abs(true - number) / abs(true)).upper())


def _kept(formula: Graph, operands: Mapping[str, arb], bounds: Bounds) -> list[float]:
    """How many digits the type can keep of a formula's value and of its derivatives; -∞ beyond its range."""
    run, _ = as_torch_runs_it(formula)
    derivation = differentiate(run, local=Op.torch_local_program)
    values = interpret(derivation.graph, cast(Kernel, bounds.system), operands)
    steps = [derivation.output, *(derivation.gradient(n) for n in sorted(formula.inputs))]
    return [bounds.form.digits if s is None else _digits(values[s], bounds) for s in steps]


def _digits(value: Any, bounds: Bounds) -> float:
    if not isinstance(value, arb) or not value.is_finite():
        return -math.inf
    radius, size = float(value.rad()), float(abs(value.mid()))
    if not radius:
        return float(bounds.form.digits)
    return min(float(bounds.form.digits), max(0.0, math.log10(size / radius))) if size else 0.0


def match(shape: Graph, graph: Graph, step: int) -> dict[str, int] | None:
    """What the place holders of ``shape`` stand for, if it has the form of ``step``; None if it has not.

    Sums and products are tried in both orders; a place holder stands for one step everywhere.
    """
    trials: list[tuple[list[tuple[int, int]], dict[str, int]]] = [([(shape.output, step)], {})]
    while trials:
        pairs, bindings = trials.pop()
        found = _advanced(shape, graph, pairs, bindings)
        if found is None:
            continue
        if not found:
            return bindings
        trials += [(more, dict(bindings)) for more in reversed(found)]
    return None


def _advanced(
    shape: Graph, graph: Graph, pairs: list[tuple[int, int]], bindings: dict[str, int]
) -> list[list[tuple[int, int]]] | None:
    """Compare pairs of steps until operands may be in two orders; both ways to go on. None where they differ."""
    rest = list(pairs)
    while rest:
        p, k = rest.pop()
        if shape.kinds[p] is Kind.INPUT:
            if bindings.setdefault(shape.ops[p], k) != k:
                return None
            continue
        if (shape.kinds[p], shape.ops[p], shape.params[p]) != (graph.kinds[k], graph.ops[k], graph.params[k]):
            return None
        if len(shape.operands[p]) != len(graph.operands[k]):
            return None
        straight = list(zip(shape.operands[p], graph.operands[k], strict=True))
        if _commutes(shape, p):
            return [rest + straight, rest + list(zip(shape.operands[p], graph.operands[k][::-1], strict=True))]
        rest += straight
    return []


def _commutes(graph: Graph, k: int) -> bool:
    """Whether the operation is symmetric: a sum or a product whose local derivatives are each other's."""
    if graph.kinds[k] is not Kind.MAP or len(graph.operands[k]) != 2:
        return False
    row = TABLE[graph.ops[k]]
    return row.role in (Role.SUM, Role.PRODUCT) and _symmetric(row.name)


@cache
def _symmetric(op: str) -> bool:
    """Whether an operation of two operands gives the same for 2, 3 as for 3, 2."""
    run = evaluator(TABLE[op], (), 2, Floats())
    return bool(run(2.0, 3.0) == run(3.0, 2.0))
