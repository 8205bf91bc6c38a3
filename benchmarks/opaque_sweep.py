"""Random functions known by their values alone: how often is a right derivative accused, and a wrong one passed?

Half of the functions are smooth, of every scale, in float64 and rounded to binary32 and binary16. The other half has
something beside the point that a difference may trip over: a kink, jump, staircase, wave, bump or bend of every width.
Run with ``python -m benchmarks.opaque_sweep --count 4000 --seed 1``.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.measurement import Table, options, report, timed
from derivcheck.oracles.claims import ClaimAgreement, compare
from derivcheck.oracles.opaque import OpaqueSlope, slope

Dual = tuple[float, float]
"""A value and a derivative."""
Function = Callable[[float], Dual]

_MARGIN = 100
"""What is seen beside the point exceeds the rounding of the values so many times."""
_WRONG = 0.01
_COARSE = 200
"""The steps of a staircase, and waves, are so many last places of the point wide at least."""


@dataclass(frozen=True, slots=True)
class Question:
    """A function, a point and the derivative there."""

    kind: str
    function: Callable[[float], float]
    at: float
    derivative: float
    scale: float | None
    words: str


def _chain(value: float, outer: float, slope_: float) -> Dual:
    return value, outer * slope_


def _logistic(u: float) -> float:
    return 1 / (1 + math.exp(-u)) if u > 0 else math.exp(u) / (1 + math.exp(u))


_SMOOTH: tuple[tuple[str, Callable[[float, float], Dual]], ...] = (
    ("sin", lambda u, d: _chain(math.sin(u), math.cos(u), d)),
    ("exp", lambda u, d: _chain(math.exp(u / 3), math.exp(u / 3) / 3, d)),
    ("square", lambda u, d: _chain(u * u, 2 * u, d)),
    ("rational", lambda u, d: _chain(1 / (1 + u * u), -2 * u / (1 + u * u) ** 2, d)),
    ("root", lambda u, d: _chain(math.sqrt(1 + u * u), u / math.sqrt(1 + u * u), d)),
    ("log", lambda u, d: _chain(math.log1p(u * u), 2 * u / (1 + u * u), d)),
    ("tanh", lambda u, d: _chain(math.tanh(u), 4 * _logistic(2 * u) * _logistic(-2 * u), d)),
    ("atan", lambda u, d: _chain(math.atan(u), 1 / (1 + u * u), d)),
    ("cubic", lambda u, d: _chain(u**3 - u, 3 * u * u - 1, d)),
    ("sigmoid", lambda u, d: _chain(_logistic(u), _logistic(u) * _logistic(-u), d)),
    ("softplus", lambda u, d: _chain(max(u, 0) + math.log1p(math.exp(-abs(u))), _logistic(u), d)),
)


def _composed(draw: random.Random, depth: int) -> tuple[Function, str]:
    """A smooth function of about so many operations, with its derivative by the chain rule."""
    if not depth:
        a, b = draw.choice((1, -1)) * 10 ** draw.uniform(-1, 1), draw.uniform(-2, 2)
        return lambda x: (a * x + b, a), f"{a!r}*x + {b!r}"
    kind, (inner, text) = draw.random(), _composed(draw, depth - 1)
    if kind < 0.7:
        name, outer = draw.choice(_SMOOTH)
        return lambda x: outer(*inner(x)), f"{name}({text})"
    other, second = _composed(draw, depth - 1)
    if kind < 0.85:
        return lambda x: _sum(inner(x), other(x)), f"({text}) + ({second})"
    return lambda x: _product(inner(x), other(x)), f"({text})*({second})"


def _sum(u: Dual, v: Dual) -> Dual:
    return u[0] + v[0], u[1] + v[1]


def _product(u: Dual, v: Dual) -> Dual:
    return u[0] * v[0], u[0] * v[1] + u[1] * v[0]


def _rounded(form: str) -> Callable[[float], float]:
    kinds: dict[str, Callable[[float], float]] = {
        "binary32": lambda y: float(np.float32(y)),
        "binary16": lambda y: float(np.float16(y)),
    }
    return kinds.get(form, float)


def smooth(draw: random.Random) -> Question | None:
    """A smooth function; None where its values or its derivative leave the range."""
    function, text = _composed(draw, draw.choice((1, 2, 2, 3)))
    across, along = 10 ** draw.uniform(-8, 8), 10 ** draw.uniform(-8, 8)
    at = along * (draw.uniform(-2, 2) if draw.random() < 0.8 else draw.choice((0.0, 1.0, -1.0, 0.5)))
    form = draw.choice(("binary64", "binary64", "binary32", "binary32 inside", "binary16"))
    across = 1.0 if form == "binary16" else across
    inside = _rounded("binary32" if form == "binary32 inside" else "binary64")
    outside, at = _rounded(form), inside(at)
    try:
        derivative = across / along * function(at / along)[1]
    except OverflowError:
        return None
    words = f"{across!r} * f(x/{along!r}) in {form}, f(x) = {text}, at {at!r}"
    scale = along if draw.random() < 0.5 else None
    return Question(form, lambda x: outside(across * function(inside(x) / along)[0]), at, derivative, scale, words)


_BASES: tuple[tuple[str, Function], ...] = (
    ("0", lambda _: (0.0, 0.0)),
    ("sin(x)", lambda x: (math.sin(x), math.cos(x))),
    ("3*x", lambda x: (3 * x, 3.0)),
    ("1 + x^2", lambda x: (1 + x * x, 2 * x)),
)


def _bell(v: float) -> float:
    return math.exp(-min(700.0, v * v))


def _normal(v: float) -> float:
    return math.erfc(-v / math.sqrt(2)) / 2


_SHAPES: dict[str, Callable[[float], Dual]] = {
    "kink": lambda v: (abs(v), math.copysign(1, v)),
    "leaky": lambda v: (v, 1.0) if v > 0 else (0.01 * v, 0.01),
    "jump": lambda v: (float(v > 0), 0.0),
    "stairs": lambda v: (math.floor(v), 0.0),
    "waves": lambda v: (math.sin(v), math.cos(v)),
    "softplus": lambda v: (max(v, 0) + math.log1p(math.exp(-abs(v))), _logistic(v)),
    "gelu": lambda v: (v * _normal(v), _normal(v) + v * _bell(v / math.sqrt(2)) / math.sqrt(2 * math.pi)),
    "bump": lambda v: (_bell(v), -2 * v * _bell(v)),
    "tent": lambda v: (max(0.0, 1 - abs(v)), -math.copysign(1, v) if abs(v) < 1 else 0.0),
    "root": lambda v: (math.cbrt(v), 1 / (3 * math.cbrt(v) ** 2)),
    "power": lambda v: (abs(v) ** 1.5, 1.5 * math.copysign(abs(v) ** 0.5, v)),
    "clamp": lambda v: (min(max(v, -1.0), 1.0), float(abs(v) < 1)),
}
"""Of the distance from a place beside the point, in widths."""
_BROAD = ("stairs", "jump", "waves", "bump", "gelu", "softplus")
"""These are as high as they are wherever they are near."""
_ORDERS = {"power": 1.5, "root": 1 / 3}


def treacherous(draw: random.Random) -> Question | None:
    """A smooth function with something beside the point, which the values show; None where they hide it."""
    at = draw.choice((0.0, 1.0, 0.3, -2.0, 1e4, 1e-5, draw.uniform(-3, 3)))
    size = max(1.0, abs(at))
    width, away = 10 ** draw.uniform(-12, 1) * size, draw.choice((1, -1)) * 10 ** draw.uniform(-12, 0) * size
    height = 10 ** draw.uniform(-3, 3) * draw.choice((1, -1)) * width
    kind, (base, plain) = draw.choice(list(_SHAPES)), draw.choice(_BASES)
    shape, place = _SHAPES[kind], at + away
    outside = _rounded("binary32") if draw.random() < 0.25 else float

    def exact(x: float) -> Dual:
        value, rise = shape((x - place) / width)
        return _sum(plain(x), (height * value, height / width * rise))

    ulp = math.ulp(at) if outside is float else size * 2.0**-23
    derivative = exact(at)[1]
    unit = 2.0**-53 if outside is float else 2.0**-24
    rounding = unit * (abs(exact(at)[0]) + abs(plain(at + width)[0]) + abs(at * derivative))
    near = abs((at - place) / width) % 1
    shown = abs(height) * (1.0 if kind in _BROAD else min(1.0, (abs(away) / width) ** _ORDERS.get(kind, 1.0)))
    hidden = kind == "stairs" and not 0.02 < near < 0.98
    hidden |= base == "sin(x)" and rounding > 1 / _MARGIN
    if hidden or shown < _MARGIN * rounding or min(abs(away), width) < _COARSE * ulp:
        return None
    words = f"{base} + {height!r}*{kind}((x - {place!r})/{width!r}) at {at!r}" + (
        " in binary32" * (outside is not float)
    )
    return Question(kind, lambda x: outside(exact(x)[0]), at, derivative, None, words)


def judged(question: Question) -> tuple[ClaimAgreement, ClaimAgreement, OpaqueSlope]:
    """What is said of the derivative, and of one that is 1 % too large."""
    measured = slope(question.function, question.at, scale=question.scale)
    true = question.derivative
    return compare(true, measured).agreement, compare((1 + _WRONG) * true, measured).agreement, measured


def sweep(count: int, seed: int = 1) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Ask ``count`` questions of either sort; false answers in words.

    A claim that is 1 % too large is a false pass only where the slope's error is stated to be far below that.
    """
    draw = random.Random(seed)  # noqa: S311 - questions, not secrets
    found: Counter[tuple[str, str]] = Counter()
    lines: list[str] = []
    for make in (smooth, treacherous):
        asked = 0
        while asked < count:
            question = make(draw)
            if question is None or abs(question.derivative) < 1e-200:
                continue
            asked += 1
            right, wrong, measured = judged(question)
            found[question.kind, f"right {right.value}"] += 1
            found[question.kind, f"wrong {wrong.value}"] += 1
            told = f"{question.derivative!r}, measured {measured.value!r} ± {measured.error!r} ({measured.kind.value})"
            if right is ClaimAgreement.DIFFERS:
                lines.append(f"false alarm: {question.words}: {told}")
            if wrong is ClaimAgreement.AGREES and measured.error < _WRONG * _WRONG * abs(question.derivative):
                lines.append(f"false pass: {question.words}: {told}")
    return found, lines


def main() -> None:
    """Sweep, print every false answer in full, and a table."""
    parser = options(__doc__)
    parser.add_argument("--count", type=int, default=4000, help="how many functions of either sort")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the random functions")
    asked = parser.parse_args()
    count = min(asked.count, 200) if asked.quick else asked.count
    seconds, (found, lines) = timed(lambda: sweep(count, asked.seed))
    print("\n".join(lines), file=sys.stderr)
    header = ("function", *(f"{claim} {a.value}" for claim in ("right", "wrong") for a in ClaimAgreement))
    kinds = dict.fromkeys(kind for kind, _ in found)
    rows = tuple((kind, *(found[kind, column] for column in header[1:])) for kind in kinds)
    note = f"{len(lines)} false answers among {2 * count} functions; {seconds:.0f} s."
    report([Table("Claims beside slopes of functions known by their values", header, rows, (note,), not lines)], asked)


if __name__ == "__main__":
    main()
