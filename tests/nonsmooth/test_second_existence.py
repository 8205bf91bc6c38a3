"""Second derivatives at switches, by the definition: the derivative of the first one."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import pytest
from flint import arb
from nonsmooth_cases import graph_of, point_of

from derivcheck.errors import OutOfTimeError
from derivcheck.nonsmooth import second_existence
from derivcheck.verdict import Existence

CASES = [
    ("x^3", 2, True, Existence.SMOOTH, 12, 12),
    ("x*abs(x)", 0, False, Existence.KINK, -2, 2),
    ("relu(x)^2", 0, False, Existence.KINK, 0, 2),
    ("elu(x)", 0, False, Existence.KINK, 1, 0),
    ("softsign(x)", 0, False, Existence.KINK, 2, -2),
    ("abs(x)^3", 0, True, None, 0, 0),
    ("relu(x) - relu(-x)", 0, True, None, 0, 0),
    ("x^2 + abs(x)^3", 0, True, None, 2, 2),
    ("cbrt(x^5)", 0, False, Existence.CUSP, -inf, inf),
    ("cbrt(x)^4", 0, False, Existence.VERTICAL_TANGENT, inf, inf),
    ("where(x <= 0, 0, x^2*log(x))", 0, False, Existence.VERTICAL_TANGENT, 0, -inf),
    ("where(x == 0, 0, x^4*sin(1/x))", 0, True, None, 0, 0),
    ("where(x == 0, 0, x^3*sin(1/x))", 0, False, None, None, None),
    ("where(x == 0, 0, x^2*sin(1/x))", 0, False, None, None, None),
    ("where(x > 0, x^4*sin(1/x), x^2)", 0, False, Existence.KINK, 2, 0),
    ("abs(x)", 0, False, None, None, None),
    ("sqrt(x)", 0, False, None, None, None),
]


@pytest.mark.parametrize(("text", "at", "expected"), [(c[0], c[1], c[2:]) for c in CASES])
def test_a_second_derivative_is_the_derivative_of_the_first(text, at, expected):
    """lim (f′(x₀+t) - f′(x₀))/t from both sides, worked out by hand; there is none without f′."""
    found = second_existence(graph_of(text), point_of(x=at), "x")
    assert (found.exists, found.kind, found.left, found.right) == expected, found.reason


def test_irrational_second_derivatives_are_balls():
    """exp″(1) = e; in y the function x·|y| has the second derivative 0 at x = 0."""
    found = second_existence(graph_of("exp(x)"), point_of(x=1), "x")
    assert found.exists
    assert found.left.overlaps(arb(1).exp())
    assert second_existence(graph_of("x*abs(y)"), point_of(x=0, y=0), "y").exists


def test_doubt_has_a_reason():
    """A time limit, and a first derivative that is undecided, leave the second one open."""

    def over():
        raise OutOfTimeError("out of time")

    found = second_existence(graph_of("abs(x)"), point_of(x=0), "x", deadline=over)
    assert (found.exists, bool(found.reason)) == (None, True)
    found = second_existence(graph_of("abs(x - 1)"), point_of(x="1 + exp(-9000)"), "x")
    assert found.exists is not False
    assert second_existence(graph_of("x^2"), point_of(x=Fraction(1, 3)), "x").right == 2
