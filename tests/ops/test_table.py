"""Every row of the operation table, whichever there are: value, derivative, switches, domain, torch, notation."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction as Q

import pytest
import sympy
import torch
from precise_kernel import mp
from row_samples import (
    CASES,
    EPS,
    SYSTEM,
    admits,
    body,
    cell,
    in_torch,
    numbers,
    on_switches,
    settings,
    slope,
    specials,
    tensors,
)

from derivcheck.frameworks.torch_bridge import TorchSystem
from derivcheck.language import builder, printer
from derivcheck.language.parser import parse_expression
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import DomainError
from derivcheck.numbers.pieces import Symbolic, pieces
from derivcheck.ops.evaluate import evaluator
from derivcheck.ops.row import Layout, Role, trace
from derivcheck.ops.table import SPELLINGS, TABLE
from derivcheck.source import Source

LOSES = {
    "gelu": "torch adds 1 + erf(a/√2), which cancels for negative a",
    "gelu_tanh": "torch adds 1 + tanh(…), which cancels for negative a",
    "tanhshrink": "torch subtracts tanh(a) from a, which cancels near 0",
    "lgamma": "near its zeros 1 and 2 the absolute error stays, not the relative one",
    "loggamma": "as lgamma",
    "digamma": "near its zeros the absolute error stays, not the relative one",
    "polygamma": "order 0 is digamma",
}
"""Rows whose value in torch is good to some units of 2^-52, not to some units in the last place."""
ROUNDED = {"hardsigmoid": mp.mpf(2) ** -24}
"""Rows whose backward in torch holds a constant that is rounded to binary32, with the largest difference it makes."""
SERIES = dict.fromkeys(("digamma", "polygamma"), 1 / (30 * mp.mpf("6.5") ** 9))
"""Rows that lead to torch's trigamma, which breaks off its asymptotic series at x ≥ 6.5, with the error B₈/x⁹."""
NARROW = {"pow": "for a < 0 only integer exponents are inside"}
"""Rows whose domain has points without a neighbourhood, apart from the switches."""
REFERENCE = {
    "cbrt": lambda a: mp.sign(a) * mp.cbrt(abs(a)),
    "e": lambda: +mp.e,
}
"""mpmath's own functions for rows without a torch column, where mpmath has another name for them."""


class _Bodies(Symbolic):
    """SymPy's system with the bodies of rows that it has functions of its own for."""

    lgamma = digamma = None


@pytest.mark.parametrize(("op", "n", "params"), CASES)
def test_each_local_derivative_is_sympys_derivative_of_the_body_on_every_smooth_piece(op, n, params):
    symbols = sympy.symbols("a b c", real=True)[:n]
    proved = 0

    for condition in (True, False) if op.role is Role.SELECT else (None,):
        operands = symbols if condition is None else (condition, *symbols[1:])

        def run(system, operands=operands):
            if not admits(op, n, params, operands, system):
                return None
            system = _Bodies(system.branches)
            value = body(op, n, params, system)(*operands)
            slopes = [slope(op, k, n, params, system) for k in range(n)] if op.local else [None] * n
            return value, [s and s(*operands, value) for s in slopes]

        for signs, found in pieces(run):
            for symbol, claimed in zip(symbols, found[1] if found else (), strict=bool(found)):
                if claimed is not None:
                    assert vanishes_on_piece(sympy.diff(found[0], symbol) - claimed, signs), (symbol, signs, claimed)
                    proved += 1
    assert proved or n == 0


def vanishes_on_piece(difference, signs):
    """Proof by simplification, with the piece's signs told to SymPy where they are signs of one linear expression."""
    for d, sign in signs.items():
        if len(d.free_symbols) == 1 and sympy.Poly(d, *d.free_symbols).degree() == 1 if d.is_polynomial() else False:
            (symbol,) = d.free_symbols
            bound = sympy.solve(d, symbol)[0]
            direction = sign * sympy.sign(d.coeff(symbol))
            difference = difference.subs(symbol, bound + direction * sympy.Dummy(symbol.name, positive=True))
    return sympy.simplify(difference) == 0 or sympy.radsimp(sympy.simplify(difference.rewrite(sympy.exp))) == 0


@pytest.mark.parametrize(("op", "n", "params"), CASES)
def test_values_are_those_of_torch_or_of_mpmath_also_on_the_switches(op, n, params):
    points = [p for p in specials(op, n, params) if admits(op, n, params, p)] + numbers(op, n, params)
    native = in_torch(op, n, params)
    for point in points:
        ours = body(op, n, params, SYSTEM)(*point)
        if native is not None:
            theirs, units = mp.mpf(native(*tensors(point)).item()), 8
        else:
            theirs, units = REFERENCE.get(op.name, getattr(mp, op.name, None))(*point, *params), mp.mpf(10) ** -35
        scale = abs(ours)
        if op.name in LOSES:
            scale += 1 + abs(point[0]) * (1 + abs(slope(op, 0, n, params)(*point, ours)))
        series = SERIES["polygamma"] if op.name == "polygamma" and params == (1,) else 0
        assert abs(theirs - ours) <= units * EPS * scale + series, point


@pytest.mark.parametrize(("op", "n", "params"), CASES)
def test_the_gradient_of_torch_is_our_local_derivative_off_the_switches(op, n, params):
    native = in_torch(op, n, params)
    slopes = [slope(op, k, n, params) for k in range(n)] if op.local else []
    if op.torch and op.torch.local:
        slopes = [cell(formula, n + 1, params) for formula in op.torch.local]
    for point in numbers(op, n, params) if native and any(slopes) else ():
        operands = tensors(point, grad=True)
        out = native(*operands)
        ours = body(op, n, params, SYSTEM)(*point)
        wanted = [k for k in range(n) if slopes[k]]
        found = torch.autograd.grad(out, [operands[k] for k in wanted], allow_unused=True)
        for k, g in zip(wanted, found, strict=True):
            expected = slopes[k](*point, ours)
            allowed = SERIES.get(op.name, 0) + 32 * EPS * max(1, abs(expected))
            assert abs(mp.mpf(0 if g is None else g.item()) - expected) <= allowed, (point, k)


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.torch and op.torch.local], ids=lambda op: op.name)
def test_torchs_own_backward_formula_is_the_same_function(op):
    n = op.arity
    for params in settings(op):
        for point in numbers(op, n, params):
            out = body(op, n, params, SYSTEM)(*point)
            for k, formula in enumerate(op.torch.local):
                theirs = cell(formula, n + 1, params)(*point, out)
                assert abs(theirs - slope(op, k, n, params)(*point, out)) < {**ROUNDED, **SERIES}.get(
                    op.name, mp.mpf(10) ** -40
                )


ANSWERS_OUTSIDE = {"clamp": "a body of min and max has a value for an empty interval too"}
POLES_AT_IRRATIONALS = ("tan", "sec")


@pytest.mark.parametrize(("op", "n", "params"), CASES)
def test_the_body_has_a_value_inside_the_domain_and_none_outside(op, n, params):
    system = Exact()
    outside = 0
    for point in specials(op, n, params):
        operands = [x if isinstance(x, bool) else Q(float(x)) for x in point]
        if admits(op, n, params, operands, system):
            body(op, n, params, system)(*operands)
        elif op.name not in ANSWERS_OUTSIDE:
            outside += 1
            with pytest.raises(DomainError):
                body(op, n, params, system)(*operands)
    bounded = any(trace(d, n, params).reads for d in op.domain)
    assert outside or not bounded or op.name in ANSWERS_OUTSIDE or op.name in POLES_AT_IRRATIONALS


def one_sided(op, n, params, point, direction):
    """Value change, slope and curvature along a direction; None where the way leads out of the domain."""
    h = mp.mpf(10) ** -15
    points = [[x + k * h * d for x, d in zip(point, direction, strict=True)] for k in range(3)]
    if not all(admits(op, n, params, p) for p in points):
        return None
    f = [body(op, n, params, SYSTEM)(*p) for p in points]
    return f[1] - f[0], (f[1] - f[0]) / h, (f[0] - 2 * f[1] + f[2]) / h**2


@pytest.mark.parametrize(("op", "n", "params"), [c for c in CASES if c.values[0].role is not Role.SELECT])
def test_the_switches_are_where_the_body_is_not_smooth_and_nowhere_else(op, n, params):
    directions = [d for d in itertools.product((0, 1, -1), repeat=n) if d > (0,) * n]
    met = set()
    for point in specials(op, n, params):
        if not admits(op, n, params, point):
            continue
        active = on_switches(op, n, params, point)
        rough, jumps, edge = False, False, False
        for d in directions:
            right, left = (one_sided(op, n, params, point, [s * x for x in d]) for s in (1, -1))
            jumps |= any(side and abs(side[0]) > mp.mpf(10) ** -3 for side in (right, left))
            if right is None or left is None:
                edge = True
                continue
            scale = 1 + abs(right[1]) + abs(right[2])
            rough |= abs(right[1] + left[1]) > mp.mpf(10) ** -8 * scale or abs(right[1]) > mp.mpf(10) ** 6
            rough |= abs(right[2] - left[2]) > mp.mpf(10) ** -8 * scale
        met.update(active)
        assert bool(jumps) == any(s.jump for s in active), point
        if not jumps:
            assert rough or edge if active else not rough, point
            assert active or not edge or op.name in NARROW, point
    alive = {s for s in op.switches if trace(s.at, n, params).reads}
    assert met == alive


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.monotone], ids=lambda op: op.name)
def test_a_monotone_row_goes_one_way_on_its_whole_domain(op):
    for params in settings(op):
        points = {p for p in (*specials(op, 1, params), *numbers(op, 1, params)) if admits(op, 1, params, p)}
        values = [body(op, 1, params, SYSTEM)(*p) * op.monotone for p in sorted(points)]
        assert values == sorted(values)
        assert values[0] < values[-1]


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.role is Role.CONDITION], ids=lambda op: op.name)
def test_conditions_hold_where_torch_says_so(op):
    combines = op.name in ("and", "or", "not")
    function = evaluator(op, (), op.arity, SYSTEM)
    for point in itertools.product((False, True) if combines else (mp.mpf(-1), mp.mpf(0), mp.mpf(1)), repeat=op.arity):
        expected = TorchSystem().native(op, ())(*tensors(point)).item() if op.torch else True
        assert function(*point) is expected


def test_no_word_names_two_rows():
    words = [w for op in TABLE.values() for w in {op.name, op.notation.own, *op.notation.aliases} if w in SPELLINGS]
    written = [w for w in words if SPELLINGS[w].notation.layout is not Layout.POWER]
    assert sorted(written) == sorted(set(written))
    assert all(SPELLINGS[op.name] is op for op in TABLE.values() if op.notation.layout is Layout.FUNCTION)
    assert {"ln", "arcsin", "arsinh", "swish", "clip", "Max", "maximum", "pow"} <= set(SPELLINGS)


@pytest.mark.parametrize("op", TABLE.values(), ids=lambda op: op.name)
def test_a_row_has_a_summary_and_a_rule_of_snake_case(op):
    assert op.summary
    assert not op.summary.endswith(".")
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*" if op.local else "", op.rule)


@pytest.mark.parametrize("op", TABLE.values(), ids=lambda op: op.name)
def test_what_a_row_prints_in_its_own_syntax_and_in_unicode_reads_back_as_the_row(op):
    a, b, c = map(builder.name, "abc")
    condition = builder.call("lt", a, b)
    for n, params in [(p.values[1], p.values[2]) for p in CASES if p.values[0] is op] or [(op.arity, ())]:
        few = op.arity is None and n == 1  # max(a) is the greatest element of an array
        operands = [condition, a, b] if op.role is Role.SELECT else [a, b, c][: n + few]
        if op.name in ("and", "or", "not"):
            operands = [condition, builder.call("eq", a, c)][:n]
        written = builder.call(op.name, *operands, params=params)
        if op.role is Role.CONDITION:
            written = builder.call("where", written, a, b)
        for notation in (printer.own, printer.unicode):
            read, _ = parse_expression(Source(notation(written)), "abc")
            assert builder.same(read, written) or op.name == "power", notation(written)
            assert printer.own(read) == printer.own(written)
        assert printer.latex(written)


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.known], ids=lambda op: op.name)
def test_known_values_at_constants_are_sympys(op):
    """What a row says of itself at a named constant is what SymPy computes there."""
    system = Symbolic()
    for name, value in op.known.items():
        constant = body(TABLE[name], 0, (), system)()
        found = body(op, 1, (), system)(constant)
        assert sympy.simplify(found - sympy.Rational(value.numerator, value.denominator)) == 0
