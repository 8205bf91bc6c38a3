"""Textbook losses in a running process: the time of a whole check, beside PyTorch and SymPy alone.

``python -m benchmarks.textbook`` checks 200 losses, every loss of a list with every model of another, at one point.
Everything is imported, and every loss has been checked once, before anything is measured.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from statistics import median
from typing import Any, cast

from benchmarks.measurement import Table, options, report, timed
from derivcheck import Verdict, analyze
from derivcheck.analysis.request import Loss, read_loss
from derivcheck.analysis.stages import ORACLES
from derivcheck.derive import derivative_step
from derivcheck.frameworks.torch_bridge import TorchSystem
from derivcheck.graph.assemble import assemble
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.language.parser import parse
from derivcheck.numbers.kernel import Kernel
from derivcheck.numbers.pieces import pieces
from derivcheck.source import Source

LOSSES = (
    "(y - ({p}))^2",
    "1/2*(y - ({p}))^2",
    "|y - ({p})|",
    "u = y - ({p}); where(|u| <= 1, u^2/2, |u| - 1/2)",
    "log(cosh(y - ({p})))",
    "sqrt(1 + (y - ({p}))^2) - 1",
    "Max(q*(y - ({p})), (q - 1)*(y - ({p})))",
    "log(1 + exp(-y*({p})))",
    "Max(0, 1 - y*({p}))",
    "relu(1 - y*({p}))^2",
    "exp(-y*({p}))",
    "softplus({p}) - y*({p})",
    "-(y*log(sigmoid({p})) + (1 - y)*log(1 - sigmoid({p})))",
    "exp({p}) - y*({p})",
    "log(s) + (y - ({p}))^2/(2*s^2)",
    "(y - ({p}))^2 + l*w^2",
)
MODELS = (
    "w*x",
    "w*x + b",
    "w_1*x_1 + w_2*x_2 + b",
    "w*x^2 + b",
    "tanh(w*x + b)",
    "sigmoid(w*x + b)",
    "v*tanh(w*x + b) + c",
    "relu(w*x + b)",
    "softplus(w*x + b)",
    "exp(w*x)",
    "v*sigmoid(w*x)",
    "w_1*x + w_2*x^2 + b",
)
OTHERS = (
    "log(exp(z_1) + exp(z_2) + exp(z_3)) - z_1",
    "-log(exp(z_1)/(exp(z_1) + exp(z_2) + exp(z_3)))",
    "p*log(p/q) + (1 - p)*log((1 - p)/(1 - q))",
    "-(1 - p)^2*log(p)",
    "1 - 2*w*b/(w^2 + b^2)",
    "(z_1*w_1 + z_2*w_2)/(sqrt(z_1^2 + z_2^2)*sqrt(w_1^2 + w_2^2))",
    "(1 - w)^2 + 100*(b - w^2)^2",
    "h_1 = tanh(w_1*x + b); h_2 = tanh(w_2*x + c); (y - (v*h_1 + l*h_2))^2",
)
TEXTS = (*(loss.format(p=model) for loss in LOSSES for model in MODELS), *OTHERS)
_PLACE = "x=2 x_1=1 x_2=-2 y=4/5 w=1/2 w_1=3/10 w_2=-1/5 b=-1/4 c=1/3 v=3/2 s=2 q=3/10 p=2/5 l=1/10 z_1=1 z_2=2 z_3=-1"
POINT: dict[str, str] = dict(part.split("=") for part in _PLACE.split())
NUMBERS, WHOLE = "derivation, existence, value, finite differences", "and autograd, and SymPy's proof"
TORCH, DIFF, SIMPLIFY = (
    "torch, forward and backward",
    "sympy.diff",
    "sympy.simplify of a difference that is not 0 at once",
)
LIMITS = {NUMBERS: 10.0, WHOLE: 25.0}
"""Milliseconds that the median may take."""
ROUNDS = 3
EVERY = 5
"""SymPy's ``simplify``, which takes long, is measured on one loss in so many, unless there is nothing to do."""


def point_of(text: str) -> dict[str, str]:
    """The values of the variables of a loss."""
    return {n: POINT[n] for n in read_loss(text).variables}


def torch_alone(loss: Loss) -> Callable[[], object]:
    """One forward and one backward pass in float64."""
    system = TorchSystem()
    graph = loss.graph
    start = {n: float(Fraction(POINT[n])) for n in loss.variables}

    def run() -> None:
        leaves = {n: system.torch.tensor(v, dtype=system.dtype, requires_grad=True) for n, v in start.items()}
        interpret(graph, cast(Kernel, system), leaves, wanted=[graph.output], total=True)[graph.output].backward()

    return run


def sympy_alone(loss: Loss, formulas: Mapping[str, str]) -> tuple[Callable[[], object], Callable[[], object] | None]:
    """``diff`` by every variable, and ``simplify`` of each difference from our formula, on the first smooth piece.

    The second is None where every difference is 0 at once.
    """
    import sympy

    symbols = {n: sympy.Symbol(n, real=True) for n in loss.variables}

    def formula(graph: Graph) -> Any:
        _, value = next(iter(pieces(lambda s: interpret(graph, s, symbols, wanted=[graph.output])[graph.output], 64)))
        return value

    value = formula(loss.graph)
    ours = {n: formula(assemble(parse(Source(f)), derivative_step)) for n, f in formulas.items()}
    derived = {n: sympy.diff(value, symbols[n]) for n in ours}
    differences = [derived[n] - ours[n] for n in ours]

    def differentiate() -> object:
        return [sympy.diff(value, symbols[n]) for n in ours]

    def simplify() -> object:
        return [sympy.simplify(d) for d in differences if d != 0]

    return differentiate, simplify if any(d != 0 for d in differences) else None


def measure(*, quick: bool = False) -> list[Table]:
    """Medians over the losses, absolute and beside PyTorch and SymPy in the same run."""
    texts = TEXTS[::8] if quick else TEXTS
    calls = {NUMBERS: ("finite",), WHOLE: ORACLES}
    seconds: dict[str, list[float]] = {name: [] for name in (*calls, TORCH, DIFF, SIMPLIFY)}
    proved = 0
    for text in texts:
        point, loss = point_of(text), read_loss(text)
        for name, oracles in calls.items():
            check = partial(analyze, text, at=point, oracles=oracles)
            result = check()
            seconds[name].append(_least(check))
        proved += result.verdict is Verdict.VERIFIED
        differentiate, simplify = sympy_alone(loss, {n: p.formula for n, p in result.gradient.items()})
        seconds[TORCH].append(_least(torch_alone(loss)))
        seconds[DIFF].append(_least(differentiate, forget_in_sympy))
        if simplify is not None and len(seconds[WHOLE]) % EVERY == 1:
            forget_in_sympy()
            seconds[SIMPLIFY].append(timed(simplify)[0])
    medians = {name: median(found) * 1e3 for name, found in seconds.items()}
    base = medians[DIFF]
    rows = tuple((n, medians[n], max(found) * 1e3, LIMITS.get(n), medians[n] / base) for n, found in seconds.items())
    header = ("work", "ms, median", "ms, longest", "at most", "of sympy.diff's")
    note = (
        f"{proved} of {len(texts)} proved. The machine's load was {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    )
    met = all(medians[n] < limit for n, limit in LIMITS.items())
    return [Table(f"Textbook: {len(texts)} losses in a running process", header, rows, (note,), met)]


def forget_in_sympy() -> None:
    """Empty SymPy's cache: what it computed before would only be looked up."""
    from sympy.core.cache import clear_cache

    clear_cache()


def _least(function: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """The least time of a few calls: what a busy machine adds is no part of the work."""
    seconds = []
    for _ in range(ROUNDS):
        before()
        seconds.append(timed(function)[0])
    return min(seconds)


if __name__ == "__main__":
    arguments = options(__doc__).parse_args()
    report(measure(quick=arguments.quick), arguments)
