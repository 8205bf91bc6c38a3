"""The working precision is in force inside a block, in every thread, and nothing of it remains outside."""

import threading
from fractions import Fraction

import pytest
from flint import ctx

from derivcheck.numbers.ball import Ball
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.germ import Germ
from derivcheck.numbers.precision import LADDER, Precision
from derivcheck.numbers.series import Taylor


@pytest.mark.parametrize("bits", [24, 53, 128, 2048])
def test_a_block_sets_and_restores(bits):
    before = (ctx.prec, ctx.cap)
    with Precision(bits, 7):
        assert (ctx.prec, ctx.cap) == (bits, 7)
        with Precision(bits + 1, 3):
            assert (ctx.prec, ctx.cap) == (bits + 1, 3)
        assert (ctx.prec, ctx.cap) == (bits, 7)
    assert (ctx.prec, ctx.cap) == before


def test_an_error_restores_too():
    before = (ctx.prec, ctx.cap)
    block = Precision(300)
    with pytest.raises(ZeroDivisionError), block, block:
        raise ZeroDivisionError
    assert (ctx.prec, ctx.cap) == before


@pytest.mark.parametrize(("bits", "terms"), [(1, 5), (100, 0), (-3, 2)])
def test_a_precision_that_is_of_no_use_is_refused(bits, terms):
    with pytest.raises(ValueError, match="of no use"):
        Precision(bits, terms)


def test_number_systems_leave_the_precision_alone():
    before = (ctx.prec, ctx.cap)
    seventh = Fraction(1, 7)
    for system in (Ball(300), Exact(301), Taylor(5, 302), Germ(303)):
        system.exp(system.sin(system.add(system.constant(seventh), system.pi())))
        assert (ctx.prec, ctx.cap) == before


def test_threads_of_different_precision_do_not_disturb_each_other():
    """Each thread gets, every time, the bit-identical result that its precision gives alone."""
    seventh = Fraction(1, 7)

    def compute(bits):
        ball = Ball(bits)
        return str(ball.exp(ball.sin(ball.constant(seventh))).str(700, more=True))

    alone = {bits: compute(bits) for bits in LADDER}
    wrong = []

    def work(bits):
        wrong.extend(bits for _ in range(200) if compute(bits) != alone[bits])

    threads = [threading.Thread(target=work, args=(bits,)) for bits in LADDER * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(set(alone.values())) == len(LADDER)
