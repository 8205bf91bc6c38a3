"""What the tests of the table run on: rows with their parameters, points inside the domain, points on switches."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction as Q

import pytest
import torch
from precise_kernel import Precise, mp

from derivcheck.frameworks.torch_bridge import TorchSystem
from derivcheck.numbers.kernel import DomainError
from derivcheck.ops.evaluate import compiled, evaluator
from derivcheck.ops.row import Role, trace
from derivcheck.ops.table import TABLE

SECOND = {
    "beta": Q(2),
    "negative_slope": Q(1, 4),
    "min_val": Q(-2),
    "max_val": Q(3),
    "alpha": Q(5, 2),
    "lambd": Q(5, 4),
}
"""Other values for the parameters that have a default."""
EXAMPLES = {
    "power": [(Q(p),) for p in (0, 1, 2, 3, -1, -2)] + [(Q(1, 2),), (Q(3, 2),), (Q(-1, 2),)],
    "polygamma": [(Q(0),), (Q(1),), (Q(3),)],
    "threshold": [(Q(1), Q(-2)), (Q(1, 2), Q(1, 2))],
}
"""Values for the parameters that have none."""
SYSTEM, EPS = Precise(), mp.mpf(2) ** -52
DIFFERENTIABLE = [op for op in TABLE.values() if op.role is not Role.CONDITION]


def settings(op):
    if op.name in EXAMPLES:
        return EXAMPLES[op.name]
    default = tuple(p.default for p in op.params)
    return list(dict.fromkeys([default, tuple(SECOND.get(p.name, p.default) for p in op.params)]))


CASES = [
    pytest.param(
        op, n, params, id="-".join([op.name, *(["3"] if n == 3 and op.arity is None else []), *map(str, params)])
    )
    for op in DIFFERENTIABLE
    for n in ([op.arity] if op.arity is not None else [1, 2, 3])
    for params in settings(op)
]


def body(op, n, params, system):
    return compiled(op.body_program(n, params), system) if op.body else evaluator(op, params, n, system)


def cell(formula, n, params, system=SYSTEM):
    return compiled(trace(formula, n, params), system)


def slope(op, k, n, params, system=SYSTEM):
    program = op.local_program(k, n, params)
    return None if program is None else compiled(program, system)


def admits(op, n, params, point, system=SYSTEM):
    try:
        return all(cell(d, n, params, system)(*point) for d in op.domain)
    except DomainError:
        return False


def on_switches(op, n, params, point, margin=0):
    """The switches that the point lies on, or within a margin of."""
    levels = [cell(s.at, n, params)(*point) for s in op.switches]
    gaps = [abs(v - mp.nint(v)) if s.integers else abs(v) for s, v in zip(op.switches, levels, strict=True)]
    return [s for s, gap in zip(op.switches, gaps, strict=True) if gap <= margin]


def numbers(op, n, params):
    """Exactly representable operands inside the domain and off the switches."""
    draw = random.Random(op.name)  # noqa: S311 - sample points, not secrets
    found = []
    while len(found) < 12 and op.arity != 0:
        point = tuple(mp.mpf(draw.randint(-280, 280)) / 64 for _ in range(n))
        if op.role is Role.SELECT:
            point = (draw.random() < 0.5, *point[1:])
        if admits(op, n, params, point) and not on_switches(op, n, params, point, mp.mpf(1) / 100):
            found.append(point)
    return found or [()]


def specials(op, n, params):
    """Operands at which something might happen: 0, ±1, ±1/2, the constants of the rows, the parameters, and ties."""
    values = [0, 1, -1, Q(1, 2), Q(-3, 2), 2, -2, 3, -3, 6, *params, *[-p for p in params]]
    values = list(dict.fromkeys(mp.mpf(v.numerator) / v.denominator for v in map(Q, values)))[: 16 if n < 3 else 5]
    points = list(itertools.product(values, repeat=n))
    if op.role is Role.SELECT:
        points = [(c, *p[1:]) for p in points for c in (True, False)]
    return points


def in_torch(op, n, params):
    """The row in torch: by its column, or a kernel method; None where torch would only run the body."""
    system = TorchSystem()
    return system.native(op, params) or (evaluator(op, params, n, system) if op.kernel else None)


def tensors(point, *, grad=False):
    return [
        torch.tensor(
            x if isinstance(x, bool) else float(x), dtype=torch.bool if isinstance(x, bool) else torch.float64
        ).requires_grad_(grad and not isinstance(x, bool))
        for x in point
    ]
