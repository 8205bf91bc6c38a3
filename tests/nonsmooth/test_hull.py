"""Membership in a convex hull, beside separating directions and convex combinations."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nan

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from nonsmooth_cases import graph_of, point_of

from derivcheck.nonsmooth import clarke_vertices, in_clarke
from derivcheck.nonsmooth.cones import HalfSpace, direction

ENTRIES = st.integers(-3, 3).map(Fraction)
SHAPES = st.integers(1, 3).flatmap(
    lambda n: st.tuples(
        st.lists(st.tuples(*[ENTRIES] * n), min_size=1, max_size=6), st.tuples(*[st.fractions(-3, 3)] * n)
    )
)
SQUARE = [(Fraction(a), Fraction(b)) for a in (-1, 1) for b in (-1, 1)]


@given(SHAPES)
def test_a_vector_outside_has_a_separating_direction_and_one_inside_has_none(shape):
    """v is outside the hull exactly if some d has d·(p - v) > 0 for every vertex p."""
    vertices, vector = shape
    apart = [HalfSpace(tuple(a - b for a, b in zip(p, vector, strict=True)), True) for p in vertices]
    assert in_clarke(vertices, vector) is (direction(apart, len(vector)) is None)


@given(SHAPES, st.data())
def test_convex_combinations_are_inside(shape, data):
    """Every Σ λᵢ·pᵢ with λᵢ ≥ 0 and Σ λᵢ = 1 lies in the hull."""
    vertices, _ = shape
    weights = data.draw(st.lists(st.integers(0, 9), min_size=len(vertices), max_size=len(vertices)).filter(any))
    total = sum(weights)
    inside = [
        sum(Fraction(w, total) * c for w, c in zip(weights, column, strict=True))
        for column in zip(*vertices, strict=True)
    ]
    assert in_clarke(vertices, inside) is True


@pytest.mark.parametrize(
    ("text", "vector", "inside"),
    [
        ("abs(x + y)", (0.0, 0.0), True),
        ("abs(x + y)", (1.0, -1.0), False),
        ("abs(x + y)", (0.5, 0.5), True),
        ("abs(x) + abs(y)", (1.0, -1.0), True),
        ("max(x, y)", (1.0, 1.0), False),
        ("max(x, y)", (0.25, 0.75), True),
        ("max(x, y)", (0.1, 0.9), False),
        ("relu(x) - relu(-x)", (1.0, 0.0), True),
        ("sqrt(x^2 + y^2)", (0.0, 0.0), None),
    ],
)
def test_subgradients_of_two_variables(text, vector, inside):
    """Each entry may lie in its own interval and the vector not in the set: |x + y| has (a, a) only.

    The floats 0.1 and 0.9 do not add up to 1.
    """
    vertices = clarke_vertices(graph_of(text), point_of(x=0, y=0), ["x", "y"])
    assert in_clarke(vertices, vector) is inside


def test_what_is_no_rational_vector():
    """Infinities and NaN are in no hull; irrational vertices decide nothing; lengths must agree."""
    assert in_clarke(SQUARE, (inf, 0.0)) is False
    assert in_clarke(SQUARE, (nan, 0.0)) is False
    assert in_clarke([(arb(2).sqrt(), Fraction(0))], (1.0, 0.0)) is None
    assert in_clarke([], (1.0,)) is None
    with pytest.raises(ValueError, match="entries"):
        in_clarke(SQUARE, (1.0,))


def test_many_dimensions_need_no_more_than_time():
    """The cube of 8 dimensions has 256 vertices; its centre and a point near a face are told apart."""
    cube = [tuple(Fraction(k >> j & 1) for j in range(8)) for k in range(256)]
    assert in_clarke(cube, (0.5,) * 8) is True
    octahedron = [tuple(Fraction(s * (j == k)) for j in range(8)) for k in range(8) for s in (1, -1)]
    assert in_clarke(octahedron, (0.125,) * 8) is True
    assert in_clarke(octahedron, (*(0.125,) * 7, 0.1250001)) is False
