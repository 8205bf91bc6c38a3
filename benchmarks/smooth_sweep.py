"""Random smooth losses: correct formulas are never refuted however they are written, and a relative error of 1e-6 is.

``python -m benchmarks.smooth_sweep --count 2000 --seed 0`` derives each loss, then asks whether

- the derived formula with one factor, summand or coefficient 1 + 1e-6 times as large is the derivative: REFUTED,
- the derived formula rewritten by SymPy, or with operands exchanged, is the derivative: never REFUTED,
- PyTorch's float64 gradient, where torch is installed, is right: never MISMATCH.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.util import find_spec
from random import Random
from statistics import median
from typing import Any

from benchmarks.measurement import Table, options, report, timed
from derivcheck import Verdict, analyze
from derivcheck.analysis import Analysis
from derivcheck.analysis.equality_request import read_pair
from derivcheck.analysis.request import exact_graph
from derivcheck.analysis.result import Number
from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.interpret import interpret
from derivcheck.language import printer
from derivcheck.language.builder import ExprBuilder, substitute
from derivcheck.language.expr import Expr, NodeKind
from derivcheck.language.parser import parse
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.pieces import pieces
from derivcheck.oracles.certified import certify
from derivcheck.source import Source
from derivcheck.verdict import Agreement

COUNT = 2_000
ERROR = Fraction(1_000_001, 1_000_000)
NAMES = ("x", "w", "b")
ATTEMPTS = 20
"""Points that are tried before a loss without a value at any of them is given up."""
LARGEST = 120
"""Operations beyond which SymPy is not asked to factor or to bring to a common denominator: it may take minutes."""
MOST_PIECES = 64
TOTAL = ("sin", "cos", "atan", "tanh", "sigmoid", "softplus", "exp", "erf", "silu", "gelu", "asinh", "logsigmoid")
PARTIAL = ("log", "sqrt", "tan", "log1p", "asin", "acosh", "lgamma", "1/")
ORACLES = ("autograd",) if find_spec("torch") is not None else ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What was said of one loss.

    Attributes:
        loss: the loss and the point.
        wrong: the claim with the error, and what was said of it.
        rewritten: the correct formula in another form, how it was made, and what was said of it.
        autograd: what was said of PyTorch's gradient.
        seconds: the time of the derivation, of the wrong claim, and of the rewritten one.
    """

    loss: str
    wrong: tuple[str, Verdict]
    rewritten: tuple[str, str, Verdict]
    autograd: Agreement
    seconds: tuple[float, float, float]


def random_loss(random: Random, depth: int = 4) -> str:
    """A formula in x, w and b, smooth wherever it has a value."""
    if depth == 0 or random.random() < 0.12:
        leaf = random.choice((*NAMES, *NAMES, "2", "3", "1/2", "5", "0.1"))
        return f"({leaf})" if "/" in leaf else leaf
    kind = random.random()
    inner = random_loss(random, depth - 1)
    if kind < 0.5:
        other = random_loss(random, depth - 1)
        return f"({inner} {random.choice('++--***/')} {other})"
    if kind < 0.62:
        return f"({inner})^{random.choice((2, 2, 3, 4))}"
    if kind < 0.7:
        return f"{random.choice(('log', 'sqrt', '1/'))}(1 + ({inner})^2)"
    return f"{random.choice(PARTIAL if kind < 0.76 else TOTAL)}({inner})"


def random_case(random: Random) -> tuple[str, dict[str, str], Analysis]:
    """A loss that depends on a variable, a point at which it is differentiable, and its analysis."""
    while True:
        loss = random_loss(random)
        names = [n for n in NAMES if n in parse(Source(loss)).expression.names()]
        if not names:
            continue
        name = random.choice(names)
        for _ in range(ATTEMPTS):
            point = {n: str(Fraction(random.randint(-30, 30), random.choice((1, 2, 7, 10)))) for n in names}
            result = analyze(loss, at=point, wrt=name, oracles=ORACLES)
            if result.differentiable:
                break
        else:
            continue
        value = result.gradient[name].value
        if isinstance(value, Number) and value != 0 and (value.ball is None or not value.ball.contains(0)):
            return loss, point, result


def wrong_formula(formula: str, point: Mapping[str, str], random: Random) -> str:
    """The formula with an error that tells: its certified value at the point is another one."""
    while True:
        wrong = with_error(formula, random)
        pair = read_pair(formula, wrong)
        there = {n: exact_graph(Fraction(v)) for n, v in point.items()}
        values = certify(pair.graph, there, {pair.left, pair.right})
        if _apart(values[pair.left], values[pair.right]):
            return wrong


def _apart(a: Any, b: Any) -> bool:
    system = Exact(128)
    return not system.to_ball(a).overlaps(system.to_ball(b))


def with_error(formula: str, random: Random) -> str:
    """The formula with the factor :data:`ERROR` on the whole, on a summand, on a factor or on a coefficient."""
    nodes = parse(Source(formula)).expression.nodes
    linear = ("add", "sub", "mul", "div")
    places = {c for node in nodes if node.text in linear for c in node.children}
    places = {k for k in places if nodes[k].value != 0} | {len(nodes) - 1}
    chosen = random.choice(sorted(places))
    builder = ExprBuilder()
    at: list[int] = []
    for k, node in enumerate(nodes):
        place = builder.add(replace(node, children=tuple(at[c] for c in node.children)))
        at.append(builder.call("mul", builder.number(ERROR), place) if k == chosen else place)
    return printer.own(builder.build(at[-1]))


def commuted(formula: str, random: Random) -> str:
    """The formula with the operands of sums and products exchanged at random."""
    nodes = [
        replace(n, children=n.children[::-1])
        if n.kind is NodeKind.CALL and n.text in {"add", "mul"} and random.random() < 0.6
        else n
        for n in parse(Source(formula)).expression.nodes
    ]
    return printer.own(Expr(tuple(nodes)))


def written_out(formula: str) -> str:
    """The formula with its definitions put in."""
    program = parse(Source(formula))
    expression = program.expression
    for definition in reversed(program.definitions):
        expression = substitute(expression, {definition.name: definition.body})
    return printer.own(expression)


def rewritten(formula: str, random: Random) -> tuple[str, Any]:
    """The formula in another form, text or a SymPy expression, and how it was made."""
    import sympy

    ways: dict[str, Callable[[Any], Any]] = {
        "expand": sympy.expand,
        "factor": sympy.factor,
        "together": sympy.together,
        "cancel": sympy.cancel,
    }
    way = random.choice(("commute", "commute", *ways))
    if way == "commute":
        return way, commuted(formula, random)
    graph = assemble(parse(Source(formula)), derivative_step)
    symbols = {name: sympy.Symbol(name, real=True) for name in graph.inputs}
    found = list(pieces(lambda s: interpret(graph, s, symbols, wanted=[graph.output])[graph.output], MOST_PIECES))
    value = found[0][1]
    if len(found) > 1 or value.count_ops() > LARGEST:  # with several pieces, SymPy's formula would hold on one only
        return "commute", commuted(formula, random)
    return way, ways[way](value)


def examine(random: Random) -> Finding:
    """Derive one random loss, and have two claims about its derivative judged."""
    deriving, (loss, point, result) = timed(lambda: random_case(random))
    ((name, derivative),) = result.gradient.items()
    formula = written_out(derivative.formula)
    wrong = wrong_formula(formula, point, random)
    refuting, refuted = timed(lambda: _verdict(loss, point, name, wrong))
    way, other = rewritten(formula, random)
    proving, proved = timed(lambda: _verdict(loss, point, name, other))
    return Finding(
        f"{loss} at {point}: {formula}",
        (wrong, refuted),
        (way, str(other), proved),
        derivative.autograd.agreement,
        (deriving, refuting, proving),
    )


def _verdict(loss: str, point: Mapping[str, str], name: str, claim: Any) -> Verdict:
    return analyze(loss, at=point, wrt=name, claims={name: claim}, oracles=()).claims[name].verdict


def failures(findings: Sequence[Finding]) -> list[str]:
    """What contradicts the truth, in full."""
    lines = [f"not refuted ({f.wrong[1].value}): {f.loss} | {f.wrong[0]}" for f in findings if _missed(f)]
    lines += [f"refuted: {f.loss} | {f.rewritten[0]}: {f.rewritten[1]}" for f in findings if _accused(f)]
    return lines + [f"MISMATCH: {f.loss}" for f in findings if f.autograd is Agreement.MISMATCH]


def _missed(finding: Finding) -> bool:
    return finding.wrong[1] is not Verdict.REFUTED


def _accused(finding: Finding) -> bool:
    return finding.rewritten[2] in {Verdict.REFUTED, Verdict.CONDITIONAL}


def sweep(count: int, seed: int) -> list[Finding]:
    """The findings on ``count`` random losses, the same for the same seed."""
    return [examine(Random(f"{seed}-{k}")) for k in range(count)]  # noqa: S311 - no secrets


def measure(count: int = COUNT, seed: int = 0) -> list[Table]:
    """The shares of the verdicts, and every failure."""
    findings = sweep(count, seed)
    asked: dict[str, list[str]] = {
        "a relative error of 1e-6": [f.wrong[1].name for f in findings],
        "the formula rewritten": [f.rewritten[2].name for f in findings],
        "autograd in float64": [f.autograd.name for f in findings],
    }
    times = (1, 2, 0)
    rows = [
        (question, ", ".join(f"{name} {number}" for name, number in Counter(said).most_common()), *_times(findings, k))
        for (question, said), k in zip(asked.items(), times, strict=True)
    ]
    wrong = failures(findings)
    header = ("claim", "verdicts", "ms, median", "ms, longest")
    note = "The last row's time is that of making the loss and of its whole analysis."
    return [Table(f"Smooth: {count:,} random losses", header, tuple(rows), (note, *wrong), met=not wrong)]


def _times(findings: Sequence[Finding], part: int) -> tuple[float, float]:
    seconds = [f.seconds[part] for f in findings]
    return median(seconds) * 1e3, max(seconds) * 1e3


if __name__ == "__main__":
    parser = options("Random smooth losses: claims judged beside the truth.")
    parser.add_argument("--count", type=int, default=COUNT, help="how many losses")
    parser.add_argument("--seed", type=int, default=0, help="which losses")
    arguments = parser.parse_args()
    report(measure(min(arguments.count, 100) if arguments.quick else arguments.count, arguments.seed), arguments)
