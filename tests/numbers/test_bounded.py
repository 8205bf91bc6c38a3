"""Arrays with running error bounds: the true number always lies within the bound, whatever the operation."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcheck.numbers.ball import Ball
from derivcheck.numbers.bounded import Bounded, BoundedArrays, Truth, silent
from derivcheck.numbers.contractions import contraction, halved, total
from derivcheck.numbers.kernel import REFUSALS
from derivcheck.ops.evaluate import evaluator
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE

BALL = Ball(300)
NUMBERS = [-30.0, -2.5, -1.0, -0.75, -1e-3, 0.0, 1e-9, 0.3, 0.5, 1.0, 1.75, 2.0, 3.0, 7.25, 19.5, 800.0]
ERRORS = [0.0, 1e-18, 1e-9, 1e-2]
ROWS = [
    r for r in TABLE.values() if r.role not in (Role.CONDITION, Role.CONSTANT, Role.SELECT) and r.arity in (None, 1, 2)
]


def _params(row) -> tuple[Fraction, ...]:
    return tuple(Fraction(1, 3) if p.default is None else p.default for p in row.params)


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_every_row_keeps_the_true_number_within_its_bound(row, wide: bool) -> None:
    """For true operands anywhere in their intervals, the true result lies within the bound that is returned."""
    arity = row.arity or 2
    params = (Fraction(1),) if row.name == "polygamma" else _params(row)
    system = BoundedArrays(wide=wide)
    grid = np.array(np.meshgrid(NUMBERS, *([[0.5, -2.0, 3.0]] * (arity - 1)))).reshape(arity, -1)
    for error in ERRORS:
        with silent():
            operands = [Bounded(np.asarray(g), np.full(g.shape, error)) for g in grid]
            found = evaluator(row, params, arity, system)(*operands)
        exact = evaluator(row, params, arity, BALL)
        for k in range(grid.shape[1]):
            for shift in (-1, 0, 1):
                point = [BALL.constant(Fraction(float(g[k])) + shift * Fraction(error)) for g in grid]
                try:
                    truth = exact(*point)
                except REFUSALS:
                    continue
                assert _holds(found, k, truth), (grid[:, k], error, shift, found.mid[k], found.err[k], truth)


def _holds(found: Bounded, k: int, truth: arb) -> bool:
    err = float(np.broadcast_to(found.err, found.shape)[k])
    if not np.isfinite(err):
        return True
    high = float(found.mid[k])
    mid = Fraction(high) + Fraction(float(found.mid[k] - np.longdouble(high)))
    return bool(abs(truth - BALL.constant(mid)) <= BALL.constant(Fraction(err)))


def _exact_sum(a: np.ndarray, b: np.ndarray) -> list[Fraction]:
    return [
        sum((Fraction(x) * Fraction(y) for x, y in zip(r, b.tolist(), strict=True)), Fraction()) for r in a.tolist()
    ]


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.booleans(), st.sampled_from([3, 200, 400]))
def test_a_contraction_holds_the_exact_sum(seed: int, wide: bool, length: int) -> None:
    """A matrix times a vector, summands of any size and sign: exact sums lie within the bound, operands' errors too."""
    draw = np.random.default_rng(seed)
    a = draw.normal(size=(4, length)) * 10.0 ** draw.integers(-8, 8, (4, length))
    b = draw.normal(size=length) * 10.0 ** draw.integers(-8, 8, length)
    error = np.abs(b) * 1e-7
    with silent():
        found = contraction([[0, 1], [1]], [Bounded(a, np.float64(0)), Bounded(b, error)], [0], wide=wide).value
        exact = contraction([[0, 1], [1]], [Bounded(a, np.float64(0)), Bounded(b, np.float64(0))], [0], wide=wide).value
    for values, bound in ((b, found), (b, exact), (b + error / 2, found), (b - error * 0.9, found)):
        for k, truth in enumerate(_exact_sum(a, values)):
            high = float(bound.mid[k])
            mid = Fraction(high) + Fraction(float(bound.mid[k] - np.longdouble(high)))
            assert abs(truth - mid) <= Fraction(float(bound.err[k]))


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=300))
def test_a_sum_holds_the_exact_sum(numbers: list[float]) -> None:
    """The sum of floats, added by halves, is within its bound of the exact sum."""
    with silent():
        found = total(Bounded(np.array(numbers), np.float64(0)), (0,), wide=False).value
    assert abs(sum(map(Fraction, numbers), Fraction()) - Fraction(float(found.mid))) <= Fraction(float(found.err))


def test_halves_add_up() -> None:
    """Adding by halves is the sum, in a logarithmic number of additions."""
    for n in (1, 2, 3, 7, 64, 1000):
        found, depth = halved(np.arange(float(n)))
        assert found == n * (n - 1) / 2
        assert depth <= np.ceil(np.log2(n)) if n > 1 else depth == 0


def test_large_operands_are_read_in_blocks() -> None:
    """A matrix of more elements than a block gives the same numbers, and extended precision a smaller bound."""
    draw = np.random.default_rng(1)
    a, b = draw.normal(size=(3000, 400)), draw.normal(size=3000)

    def product(rows: int, *, wide: bool) -> Bounded:
        operands = [Bounded(a[:rows], np.float64(0)), Bounded(b[:rows], np.float64(0))]
        with silent():
            return contraction([[0, 1], [0]], operands, [1], wide=wide).value

    wide, plain, large = product(500, wide=True), product(500, wide=False), product(3000, wide=True)
    assert np.all(np.abs(wide.mid - plain.mid) <= wide.err + plain.err)
    assert np.all(wide.err < plain.err)
    assert np.all(np.abs(large.mid - a.T @ b) <= 20 * large.err)


def test_an_open_selection_holds_both_branches() -> None:
    """Where errors leave a comparison open, both outcomes lie within the bound, and it is said to be open."""
    system = BoundedArrays()
    a = Bounded(np.array([1.0, 1e-12, -1.0]), np.array([1e-9, 1e-9, 1e-9]))
    zero, one = (Bounded(np.zeros(3) + v, np.float64(0)) for v in (0.0, 1.0))
    with silent():
        found = system.select(system.lt(zero, a), one, zero)
    assert found.open.tolist() == [False, True, False]
    assert found.mid[1] - found.err[1] <= 0
    assert found.mid[1] + found.err[1] >= 1
    assert found.err[0] == found.err[2] == 0


def test_a_derivative_on_the_edge_of_a_condition_is_open() -> None:
    """Equal exact numbers decide a value, but not the slope beside it."""
    system = BoundedArrays()
    zero, one = (Bounded(np.zeros(1) + v, np.float64(0)) for v in (0.0, 1.0))
    with silent():
        assert system.select(system.lt(zero, zero), one, zero).open is None
        system.deriving = True
        assert system.select(system.lt(zero, zero), one, zero).open.all()


def test_conditions_are_decided_by_the_side_that_is_sure() -> None:
    """A conjunction with a side that certainly fails is sure, whatever the other is."""
    system = BoundedArrays()
    no, yes = np.array([False]), np.array([True])
    failing, open_one = Truth(no, yes, no), Truth(yes, no, no)
    assert system.logical_and(failing, open_one).sure.all()
    assert not system.logical_or(failing, open_one).sure.any()
    assert system.logical_or(system.logical_not(failing), open_one).sure.all()


def test_fractions_and_floats_are_given_exactly_or_with_their_rounding() -> None:
    """A float is exact; a third is known to its rounding; what is not finite is known not at all."""
    for wide in (True, False):
        system = BoundedArrays(wide=wide)
        with silent():
            assert system.given(np.array([0.1, 2.0])).err.max() == 0
            assert system.given(np.array([np.inf])).err[0] == np.inf
            third = system.given(np.array([Fraction(1, 3), Fraction(1, 2)], dtype=object))
        assert 0 < third.err[0] < 1e-16
        assert third.err[1] == 0
