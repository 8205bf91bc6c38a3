"""Directions in polyhedral cones."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from derivcheck.nonsmooth.cones import HalfSpace, direction

VECTORS = st.tuples(*[st.integers(-3, 3).map(Fraction)] * 3)
SYSTEMS = st.lists(st.builds(HalfSpace, VECTORS, st.booleans()), max_size=5)
GRID = list(product(range(-4, 5), repeat=3))


def _lies_in(v, half_spaces):
    for h in half_spaces:
        side = sum(a * b for a, b in zip(h.normal, v, strict=True))
        if side < 0 or (h.strict and side == 0):
            return False
    return True


@given(SYSTEMS)
def test_a_direction_lies_in_every_half_space_and_none_is_found_only_if_there_is_none(system):
    found = direction(system, 3)
    if found is None:
        assert not any(_lies_in(v, system) for v in GRID)
    else:
        assert _lies_in(found, system)
        assert all(c.denominator == 1 for c in found)


def test_opposite_strict_half_spaces_are_empty():
    one = tuple(map(Fraction, (1, -2, 0)))
    other = tuple(-c for c in one)
    assert direction([HalfSpace(one, True), HalfSpace(other, True)], 3) is None
    assert direction([HalfSpace(one), HalfSpace(other)], 3) is not None
