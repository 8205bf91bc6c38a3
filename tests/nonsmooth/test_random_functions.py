"""Random compositions beside one-sided difference quotients of 900 digits with the step 1e-250."""

from __future__ import annotations

from fractions import Fraction
from math import inf

from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from random_functions import COORDINATES, build, evaluate, expressions, mp, quotient

from derivcheck.derive import differentiate
from derivcheck.graph.builder import GraphBuilder
from derivcheck.interpret import interpret
from derivcheck.nonsmooth import gradient_existence, partial_existence
from derivcheck.numbers.exact import Exact
from derivcheck.verdict import Existence

NEAR, GREAT = mp.mpf(10) ** -25, mp.mpf(10) ** 20
DIRECTIONS = [(a, b) for a in (-2, -1, 0, 1, 2) for b in (-2, -1, 0, 1, 2) if (a, b) != (0, 0)]


def constant(value):
    builder = GraphBuilder()
    return builder.finish(builder.constant(value))


def number(slope):
    """A slope as an mpmath number: a rational or the middle of a ball."""
    if isinstance(slope, Fraction):
        return mp.mpf(slope.numerator) / slope.denominator
    return mp.mpf(str(slope.mid().str(60, radius=False))) if isinstance(slope, arb) else mp.mpf(slope)


def agrees(slope, measured):
    """Whether a slope is the limit of quotients: those of infinite ones are great and have their sign."""
    if slope in (inf, -inf):
        return abs(measured) > GREAT and (measured > 0) == (slope > 0)
    return abs(measured - number(slope)) < NEAR * (1 + abs(measured))


@settings(max_examples=400, deadline=None)
@given(expressions("x"), COORDINATES)
def test_one_sided_derivatives_are_the_limits_of_quotients(expression, at):
    found = partial_existence(build(expression), {"x": constant(at)}, "x")
    right = quotient(expression, {"x": at}, {"x": 1})
    left = -quotient(expression, {"x": at}, {"x": -1})
    assert found.exists is not None, found.reason
    assert found.kind is not None
    assert agrees(found.right, right)
    assert agrees(found.left, left)
    assert found.exists == (abs(left - right) < NEAR * (1 + abs(left)) and abs(right) < GREAT)
    if found.exists:
        assert found.kind in (Existence.SMOOTH, Existence.C1_NOT_C2)
        assert found.clarke == (found.left, found.left)
    if found.kind is Existence.KINK:
        assert found.clarke is not None
        assert number(found.clarke[0]) == min(number(found.left), number(found.right))
    assert bool(found.switches) or found.exists


@settings(max_examples=150, deadline=None)
@given(expressions("x", unary=("abs", "relu", "square", "cube")), COORDINATES)
def test_smooth_and_c1_tell_the_second_derivatives_apart(expression, at):
    """Away from roots and sines everything is a polynomial on each side: the second differences are exact enough."""
    found = partial_existence(build(expression), {"x": constant(at)}, "x")
    if not found.exists:
        return
    step = mp.mpf(10) ** -60
    x = mp.mpf(at.numerator) / at.denominator
    f = [evaluate(expression, {"x": x + k * step}) for k in range(-2, 3)]
    right = (f[4] - 2 * f[3] + f[2]) / step**2
    left = (f[0] - 2 * f[1] + f[2]) / step**2
    assert (found.kind is Existence.SMOOTH) == (abs(left - right) < NEAR)


@settings(max_examples=150, deadline=None)
@given(expressions("xy", unary=("square", "cube", "root", "sin")).filter(lambda e: "where" not in str(e)), st.data())
def test_smooth_expressions_are_smooth_and_their_slope_is_the_derived_one(expression, data):
    at = {n: data.draw(COORDINATES) for n in "xy"}
    smooth = _smoothed(expression)
    graph = build(smooth)
    point = {n: constant(c) for n, c in at.items()}
    found = partial_existence(graph, point, "x")
    assert (found.exists, found.kind, found.switches) == (True, Existence.SMOOTH, ())
    assert gradient_existence(graph, point, ["x", "y"]).exists is True
    derivation = differentiate(graph)
    step = derivation.gradient("x")
    exact = Exact(200)
    inputs = {n: exact.constant(c) for n, c in at.items()}
    derived = Fraction(0) if step is None else interpret(derivation.graph, exact, inputs, wanted=[step])[step]
    assert exact.to_ball(exact.sub(derived, found.left)).contains(0)
    assert exact.to_ball(derived).rad() < 1e-25


def _smoothed(expression):
    """The same expression with a product for every choice."""
    op, *rest = expression
    if op in ("x", "c"):
        return expression
    args = tuple(_smoothed(r) for r in rest)
    return ("mul", *args) if op in ("max", "min") else ("root", *args) if op == "clamp" else (op, *args)


@settings(max_examples=250, deadline=None)
@given(expressions("xy", size=7), st.tuples(COORDINATES, COORDINATES))
def test_a_gradient_is_linear_in_every_direction_and_a_witness_is_not(expression, at):
    graph = build(expression)
    centre = dict(zip("xy", at, strict=True))
    point = {n: constant(c) for n, c in centre.items()}
    found = gradient_existence(graph, point, ["x", "y"])
    slopes = [quotient(expression, centre, {n: 1}) for n in "xy"]
    if found.exists:
        for v in DIRECTIONS:
            line = dict(zip("xy", v, strict=True))
            expected = v[0] * slopes[0] + v[1] * slopes[1]
            for bend in ({}, {"x": 1}, {"y": -3}):
                assert abs(quotient(expression, centre, line, bend) - expected) < NEAR * (1 + abs(expected))
    elif found.exists is False:
        measured = quotient(expression, centre, found.witness, found.bend)
        back = quotient(expression, centre, {n: -c for n, c in found.witness.items()})
        expected = sum(number(c) * slopes["xy".index(n)] for n, c in found.witness.items())
        straight = abs(measured - expected) < NEAR * (1 + abs(expected)) and abs(measured) < GREAT
        assert not straight or abs(measured + back) > NEAR * (1 + abs(measured))
    else:
        assert found.reason
