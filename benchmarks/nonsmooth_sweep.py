"""Random nonsmooth compositions beside one-sided difference quotients of 900 digits: ``… --count 5000 --seed 1``.

The measured side knows nothing of germs: mpmath evaluates the tree at x₀, x₀ ± t and x₀ ± 2t for two small t, and what
the quotients do from the greater t to the lesser says what the point is like. Where they do not settle, there is no
opinion. Points and constants are chosen so that switches meet: halves, differences g(x) - g(x₀), irrational x₀.

The file is longer than most: it holds a second, independent evaluator of every operation that it draws.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, TypeAlias

from mpmath import MPContext

from benchmarks.measurement import Table, options, report, timed

Tree: TypeAlias = tuple[Any, ...]
"""An operation and its operands; ``("c", text)`` is a constant, ``("x",)`` or ``("y",)`` a variable."""

mp: Any = MPContext()
mp.dps = 900

STEPS = (mp.mpf(10) ** -40, mp.mpf(10) ** -80)
ZERO, CLEAR = mp.mpf(10) ** -860, mp.mpf(10) ** -780
"""Below the first a number is rounding, above the second it is not 0; between them there is no opinion."""
NEAR, VERY_NEAR, FAR = mp.mpf(10) ** -6, mp.mpf(10) ** -9, mp.mpf(10) ** -8
"""How near two values are, relatively, that are to settle; and two that are the same, or different."""
LARGEST = mp.mpf(10) ** 300
TARGET = 0.005
"""The greatest share that may stay undecided."""

SECONDS = 20.0


class OutsideError(Exception):
    """No real value."""


class NoOpinionError(Exception):
    """The measurement does not tell."""


def _sign(a: Any) -> int:
    if abs(a) < ZERO:
        return 0
    if abs(a) < CLEAR:
        raise NoOpinionError
    return 1 if a > 0 else -1


def _bounded(a: Any) -> Any:
    if abs(a) > LARGEST:
        raise NoOpinionError
    return a


def _root(a: Any, p: Any) -> Any:
    s = _sign(a)
    if s < 0 or (s == 0 and p < 0):
        raise OutsideError
    return a**p if s else mp.mpf(0)


def _divide(a: Any, b: Any) -> Any:
    if not _sign(b):
        raise OutsideError
    return a / b


def _log(a: Any) -> Any:
    if _sign(a) <= 0:
        raise OutsideError
    return mp.log(a)


def _floor(a: Any) -> Any:
    nearest = mp.nint(_bounded(a))
    return nearest if not _sign(a - nearest) else mp.floor(a)


def _clamped(a: Any, low: int, high: int) -> Any:
    return min(max(a, mp.mpf(low)), mp.mpf(high))


@dataclass(frozen=True, slots=True)
class Form:
    """An operation: how it is written, with {0}, {1}, … for the operands, and its value."""

    text: str
    value: Callable[..., Any]
    weight: int = 1


def _power(numerator: int, denominator: int) -> Form:
    return Form(f"({{0}})^({numerator}/{denominator})", lambda a: _root(a, mp.mpf(numerator) / denominator))


UNARY = (
    Form("abs({0})", abs, 5),
    Form("relu({0})", lambda a: max(a, mp.mpf(0)), 4),
    Form("({0})^2", lambda a: a * a, 3),
    Form("({0})^3", lambda a: a**3, 2),
    Form("-({0})", lambda a: -a),
    Form("sin({0})", lambda a: mp.sin(_bounded(a)), 2),
    Form("cos({0})", lambda a: mp.cos(_bounded(a))),
    Form("exp({0})", lambda a: mp.exp(_bounded(a)), 2),
    Form("tanh({0})", lambda a: mp.tanh(_bounded(a))),
    Form("atan({0})", mp.atan, 2),
    Form("log({0})", _log, 2),
    Form("log(1 + abs({0}))", lambda a: mp.log(1 + abs(a))),
    Form("sqrt({0})", lambda a: _root(a, mp.mpf(1) / 2), 2),
    Form("sqrt(abs({0}))", lambda a: mp.sqrt(abs(a)), 2),
    Form("cbrt({0})", lambda a: mp.sign(a) * mp.cbrt(abs(a)) if _sign(a) else mp.mpf(0), 2),
    _power(3, 2),
    _power(2, 3),
    _power(5, 2),
    _power(-1, 2),
    Form("sign({0})", lambda a: mp.mpf(_sign(a)), 2),
    Form("floor({0})", _floor, 2),
    Form("ceil({0})", lambda a: -_floor(-a)),
    Form("1/({0})", lambda a: _divide(mp.mpf(1), a)),
    Form("leaky_relu({0}, 0.25)", lambda a: a if a > 0 else a / 4),
    Form("relu6({0})", lambda a: _clamped(a, 0, 6)),
    Form("hardtanh({0})", lambda a: _clamped(a, -1, 1)),
    Form("hardswish({0})", lambda a: a * _clamped(a + 3, 0, 6) / 6),
    Form("softshrink({0})", lambda a: a - _clamped(2 * a, -1, 1) / 2),
    Form("elu({0})", lambda a: a if a > 0 else mp.expm1(_bounded(a))),
    Form("softsign({0})", lambda a: a / (1 + abs(a))),
    Form("sigmoid({0})", lambda a: 1 / (1 + mp.exp(-_bounded(a)))),
    Form("clamp({0}, -1, 1)", lambda a: _clamped(a, -1, 1), 2),
)
BINARY = (
    Form("({0} + {1})", lambda a, b: a + b, 4),
    Form("({0} - {1})", lambda a, b: a - b, 4),
    Form("({0})*({1})", lambda a, b: a * b, 4),
    Form("({0})/({1})", _divide, 2),
    Form("max({0}, {1})", max, 3),
    Form("min({0}, {1})", min, 2),
)
CHOICES = (
    Form("where({0} < 0, {1}, {2})", lambda s: s < 0, 2),
    Form("where({0} <= 0, {1}, {2})", lambda s: s <= 0),
    Form("where({0} == 0, {1}, {2})", lambda s: s == 0, 2),
)
CONSTANTS = {
    **{f"{k}/2" if k % 2 else str(k // 2): mp.mpf(k) / 2 for k in range(-4, 5)},
    "sqrt(2)": mp.sqrt(2),
    "pi/4": mp.pi / 4,
    "log(2)": mp.log(2),
}
PLANTED = (UNARY[2], UNARY[5], UNARY[7], UNARY[9], UNARY[14])
"""Functions g for differences g(x) - g(x₀)."""


def tree(rng: random.Random, size: int, at: str) -> Tree:
    """A random expression of about ``size`` operations."""
    if size <= 0:
        leaf = rng.random()
        if leaf < 0.4:
            return (BINARY[1], ("x",), ("c", at))
        return ("x",) if leaf < 0.75 else ("c", rng.choice(list(CONSTANTS)))
    kind = rng.random()
    if kind < 0.08:
        g = rng.choice(PLANTED)
        return (BINARY[1], (g, ("x",)), (g, ("c", at)))
    if kind < 0.5:
        return (chosen(rng, UNARY), tree(rng, size - 1, at))
    left = rng.randrange(size)
    if kind < 0.88:
        return (chosen(rng, BINARY), tree(rng, left, at), tree(rng, size - 1 - left, at))
    return (chosen(rng, CHOICES), tree(rng, left // 2, at), tree(rng, left, at), tree(rng, size - 1 - left, at))


def chosen(rng: random.Random, forms: Sequence[Form]) -> Form:
    """One of the forms, by their weights."""
    return rng.choices(forms, [f.weight for f in forms])[0]


def text_of(node: Tree) -> str:
    """The expression in the language."""
    head, *rest = node
    if head in ("x", "y"):
        return str(head)
    return f"({rest[0]})" if head == "c" else head.text.format(*map(text_of, rest))


def value_of(node: Tree, x: Any) -> Any:
    """The value at x, or at a point by name; of a choice only the branch that is taken."""
    head, *rest = node
    if head in ("x", "y"):
        return x[head] if isinstance(x, dict) else x
    if head == "c":
        return CONSTANTS[rest[0]]
    if head in CHOICES:
        return value_of(rest[1] if head.value(_sign(value_of(rest[0], x))) else rest[2], x)
    return head.value(*[value_of(r, x) for r in rest])


@dataclass(frozen=True, slots=True)
class Measured:
    """What quotients show on one side: ``kind`` is outside, finite, infinite, jump or unbounded."""

    kind: str
    slope: Any = None
    limit: Any = None
    bend: Any = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What the measurement says of a point; None where it has no opinion."""

    kinds: frozenset[str]
    left: Any
    right: Any


def _side(node: Tree, x: Any, here: Any, direction: int) -> Measured:
    try:
        near = [value_of(node, x + direction * t) for t in STEPS]
    except OutsideError:
        return Measured("outside")
    if here is None:
        return Measured("limit", limit=_settled(near))
    steps = [v - here for v in near]
    slopes = [s / (direction * t) for s, t in zip(steps, STEPS, strict=True)]
    if abs(slopes[0] - slopes[1]) < NEAR * (1 + abs(slopes[1])):
        doubled = [value_of(node, x + 2 * direction * t) for t in STEPS]
        bends = [(d - 2 * v + here) / t**2 for d, v, t in zip(doubled, near, STEPS, strict=True)]
        return Measured("finite", slopes[1], bend=_settled(bends))
    if abs(steps[0]) > NEAR and abs(steps[0] - steps[1]) < NEAR * abs(steps[1]):
        return Measured("jump", inf if slopes[1] > 0 else -inf, limit=near[1])
    if slopes[0] * slopes[1] <= 0 or abs(slopes[1]) < abs(slopes[0]) + 1:
        raise NoOpinionError
    slope = inf if slopes[1] > 0 else -inf
    if abs(steps[1]) > abs(steps[0]) + mp.mpf(1) / 2:
        return Measured("unbounded", slope)
    if abs(steps[1]) < abs(steps[0]) * mp.mpf(9) / 10:
        return Measured("infinite", slope)
    raise NoOpinionError


def _settled(values: Sequence[Any]) -> Any:
    """The limit, ``inf`` where the values grow, None where nothing is clear."""
    first, second = values
    if abs(first - second) < NEAR * (1 + abs(second)):
        return second
    return inf if abs(second) > abs(first) + 1 else None


def measure(node: Tree, x: Any) -> Expected:
    """What the point is like, by quotients alone.

    Raises:
        NoOpinionError: the quotients do not settle.
    """
    try:
        here = value_of(node, x)
    except OutsideError:
        here = None
    left, right = _side(node, x, here, -1), _side(node, x, here, 1)
    slopes = left.slope, right.slope
    kinds = {left.kind, right.kind}
    if here is None:
        if "outside" in kinds:
            return Expected(frozenset(("OUT_OF_DOMAIN",)), None, None)
        if None in (left.limit, right.limit):
            return Expected(frozenset(("OUT_OF_DOMAIN", "REMOVABLE")), None, None)
        return Expected(frozenset(("REMOVABLE" if _same(left.limit, right.limit) else "OUT_OF_DOMAIN",)), None, None)
    if "outside" in kinds:
        return Expected(frozenset(("OUT_OF_DOMAIN",)), *slopes)
    if kinds == {"finite"}:
        return Expected(_graded(left, right), *slopes)
    if kinds == {"jump"} and _same(left.limit, right.limit):
        return Expected(frozenset(("REMOVABLE",)), *slopes)
    if kinds & {"jump", "unbounded"}:
        return Expected(frozenset(("JUMP",)), *slopes)
    cusp = kinds == {"infinite"} and left.slope != right.slope
    return Expected(frozenset(("CUSP" if cusp else "VERTICAL_TANGENT",)), *slopes)


def _same(a: Any, b: Any) -> bool:
    if inf in (a, b):
        return False
    apart = abs(a - b) / (1 + abs(a))
    if VERY_NEAR < apart < FAR:
        raise NoOpinionError
    return bool(apart <= VERY_NEAR)


def _graded(left: Measured, right: Measured) -> frozenset[str]:
    if not _same(left.slope, right.slope):
        return frozenset(("KINK",))
    if inf in (left.bend, right.bend):
        return frozenset(("C1_NOT_C2",))
    if None in (left.bend, right.bend):
        return frozenset(("SMOOTH", "C1_NOT_C2"))
    return frozenset(("SMOOTH" if _same(left.bend, right.bend) else "C1_NOT_C2",))


def compare(node: Tree, at: str) -> tuple[str, str]:
    """How the package's answer stands to the measurement, and both in words.

    Returns:
        "agrees", "disagrees", "undecided" or "no opinion", with a line that says what was found.
    """
    from derivcheck.analysis.request import read_loss
    from derivcheck.budget import Deadline
    from derivcheck.nonsmooth import partial_existence

    text = text_of(node)
    loss = read_loss(text, {"x": at}, wrt="x")
    found = partial_existence(loss.graph, loss.constants, "x", deadline=Deadline(SECONDS))
    name = None if found.kind is None else found.kind.name
    line = f"{text}  at x = {at}: {name}, left {found.left}, right {found.right} {found.reason}"
    if found.exists is None or name is None:
        return "undecided", line
    if name == "OSCILLATION":
        return "no opinion", line
    try:
        expected = measure(node, CONSTANTS[at])
    except (NoOpinionError, OverflowError):
        return "no opinion", line
    if name == "OUT_OF_DOMAIN" and expected.kinds == {"REMOVABLE"} and found.outside is not None:
        return "undecided", f"{line}; measured a limit from both sides, which was not proved"
    right = name in expected.kinds and _fits(found.left, expected.left) and _fits(found.right, expected.right)
    shown = f"{line}; measured {sorted(expected.kinds)}, {_short(expected.left)}, {_short(expected.right)}"
    return ("agrees" if right else "disagrees"), shown


def _fits(slope: Any, measured: Any) -> bool:
    """Whether a one-sided derivative is the measured one."""
    if measured is None or slope is None or isinstance(slope, float) or measured in (inf, -inf):
        return bool(slope == measured)
    middle = mp.mpf(slope.numerator) / slope.denominator if hasattr(slope, "numerator") else None
    if middle is None:
        middle = mp.mpf(slope.mid().str(60, radius=False))
    return bool(abs(middle - measured) < 10 * NEAR * (1 + abs(measured)))


def _short(value: Any) -> str:
    return "none" if value is None else mp.nstr(mp.mpf(value), 8)


def sweep(count: int, seed: int = 1, largest: int = 9) -> tuple[Counter[str], Counter[str], list[str]]:
    """Compare ``count`` random expressions.

    Returns:
        How often each outcome and each kind came, and the lines of what disagrees or is undecided.
    """
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    outcomes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    lines: list[str] = []
    while outcomes.total() < count:
        at = rng.choice(list(CONSTANTS)[:9] if rng.random() < 0.85 else list(CONSTANTS)[9:])
        node = tree(rng, rng.randint(2, largest), at)
        if "x" not in text_of(node).replace("exp", "").replace("max", ""):
            continue
        outcome, line = compare(node, at)
        outcomes[outcome] += 1
        kinds[line.split(": ", 1)[1].split(",")[0]] += 1
        if outcome in ("disagrees", "undecided"):
            lines.append(f"{outcome}: {line}")
    return outcomes, kinds, lines


def main() -> None:
    """Sweep, print every disagreement in full, and a table."""
    parser = options(__doc__)
    parser.add_argument("--count", type=int, default=5000, help="how many expressions")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the random expressions")
    parser.add_argument("--largest", type=int, default=9, help="how many operations at most")
    asked = parser.parse_args()
    count = min(asked.count, 300) if asked.quick else asked.count
    seconds, (outcomes, kinds, lines) = timed(lambda: sweep(count, asked.seed, asked.largest))
    print("\n".join(lines), file=sys.stderr)
    met = not outcomes["disagrees"] and outcomes["undecided"] <= TARGET * count
    rows = tuple((name, n, 100.0 * n / count) for name, n in outcomes.most_common())
    note = f"{seconds:.0f} s; kinds: {', '.join(f'{k} {n}' for k, n in kinds.most_common())}."
    report([Table("Random nonsmooth compositions", ("outcome", "count", "%"), rows, (note,), met)], asked)


if __name__ == "__main__":
    main()
