"""Slopes of functions known by their values: no false alarm, and what is seen is named."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.opaque_sweep import sweep
from derivcheck.oracles.claims import ClaimAgreement, compare
from derivcheck.oracles.noise import bits_of, noise_from_differences
from derivcheck.oracles.opaque import MOST_CALLS, SlopeKind, slope

AGREES, DIFFERS, UNDECIDED = ClaimAgreement.AGREES, ClaimAgreement.DIFFERS, ClaimAgreement.UNDECIDED
SMOOTH = {
    "3x at 1e12": (lambda x: 3 * x, 1e12, 3.0),
    "3x at 1e-300": (lambda x: 3 * x, 1e-300, 3.0),
    "x + 1 at 1e-300": (lambda x: x + 1, 1e-300, 1.0),
    "sin": (math.sin, 1.0, math.cos(1.0)),
    "short waves": (lambda x: math.sin(1e6 * x), 0.3, 1e6 * math.cos(1e6 * 0.3)),
    "waves with binary periods": (
        lambda x: math.sin(2**20 * 2 * math.pi * x), 0.3, 2**21 * math.pi * math.cos(2**21 * math.pi * 0.3),
    ),
    "small waves": (lambda x: x + 1e-9 * math.sin(1e6 * x), 0.3, 1 + 1e-3 * math.cos(3e5)),
    "near overflow": (math.exp, 700.0, math.exp(700.0)),
    "near underflow": (math.exp, -700.0, math.exp(-700.0)),
    "pole": (lambda x: 1 / x, 1e-8, -1e16),
    "root": (math.sqrt, 1e-20, 0.5e10),
    "near a kink": (lambda x: abs(x - 1e-6), 0.0, -1.0),
    "sharp bend": (lambda x: math.log1p(math.exp(1e4 * min(x, 0.05))) / 1e4 + 1, 1e-5, 1 / (1 + math.exp(-0.1))),
    "binary32": (lambda x: np.float32(math.sin(x)), 1.3, math.cos(1.3)),
    "binary32 inside": (lambda x: float(np.float32(x)) ** 2, 1.25, 2.5),
    "binary32 as a float": (lambda x: float(np.float32(math.exp(x))), 1.3, math.exp(1.3)),
}  # fmt: skip


@pytest.mark.parametrize(("function", "at", "true"), SMOOTH.values(), ids=SMOOTH)
def test_a_derivative_is_recognised_and_a_wrong_one_refused(function, at, true) -> None:
    """The true derivative agrees; one that is a hundredth too large, and one of the other sign, differ."""
    measured = slope(function, at)
    assert measured.kind is SlopeKind.SMOOTH
    assert [compare(c, measured).agreement for c in (true, 1.01 * true, -true)] == [AGREES, DIFFERS, DIFFERS]
    assert compare(math.nan, measured).agreement is DIFFERS


ZERO = {
    "x² at 0": (lambda x: x * x, 0.0),
    "cos at 0": (math.cos, 0.0),
    "x|x| at 0": (lambda x: x * abs(x), 0.0),
    "|x|^1.5 at 0": (lambda x: abs(x) ** 1.5, 0.0),
    "x² sin(1/x)": (lambda x: x * x * math.sin(1 / x) if x else 0.0, 0.0),
    "relu on its flat side": (lambda x: max(x, 0.0), -0.1),
    "relu close to its kink": (lambda x: max(x, 0.0), -1e-6),
    "a constant": (lambda _: 5.0, 0.3),
    "between two steps": (math.floor, 0.5),
}


@pytest.mark.parametrize(("function", "at"), ZERO.values(), ids=ZERO)
def test_a_slope_of_zero_is_recognised(function, at) -> None:
    """The derivative 0 agrees, and 100 differs."""
    measured = slope(function, at)
    assert compare(0.0, measured).agreement is AGREES
    assert compare(100.0, measured).agreement is DIFFERS


NAMED = {
    "|x|": (abs, 0.0, SlopeKind.KINK),
    "|x| + 1": (lambda x: abs(x) + 1, 0.0, SlopeKind.KINK),
    "relu": (lambda x: max(x - 1, 0.0), 1.0, SlopeKind.KINK),
    "relu in binary32": (lambda x: np.maximum(np.float32(x), np.float32(0)), 0.0, SlopeKind.KINK),
    "step": (math.floor, 2.0, SlopeKind.JUMP),
    "sign": (lambda x: math.copysign(1.0, x) + x, 0.0, SlopeKind.JUMP),
    "cube root": (math.cbrt, 0.0, SlopeKind.STEEP),
    "x log|x|": (lambda x: x * math.log(abs(x)) if x else 0.0, 0.0, SlopeKind.STEEP),
    "root at 0": (math.sqrt, 0.0, SlopeKind.OUT_OF_DOMAIN),
    "log at 0": (math.log, 0.0, SlopeKind.OUT_OF_DOMAIN),
    "1/x at 0": (lambda x: 1 / x, 0.0, SlopeKind.OUT_OF_DOMAIN),
    "overflow": (math.exp, 1e5, SlopeKind.OUT_OF_DOMAIN),
    "NaN": (lambda _: math.nan, 0.0, SlopeKind.OUT_OF_DOMAIN),
}


@pytest.mark.parametrize(("function", "at", "kind"), NAMED.values(), ids=NAMED)
def test_what_is_no_derivative_is_named(function, at, kind) -> None:
    """Kinks, jumps, vertical tangents and the ends of domains are found; no slope between is accused."""
    measured = slope(function, at)
    assert measured.kind is kind
    assert compare(0.5, measured).agreement is UNDECIDED


def test_the_slopes_of_a_kink() -> None:
    """Both one-sided slopes are measured; a claim far outside of them differs, one between them is open."""
    measured = slope(lambda x: max(3 * x, -x) + 2, 0.0)
    assert (measured.left, measured.right) == (pytest.approx(-1, rel=1e-9), pytest.approx(3, rel=1e-9))
    found = [compare(c, measured).agreement for c in (-1.0, 1.0, 3.0, 30.0, -30.0)]
    assert found == [UNDECIDED, UNDECIDED, UNDECIDED, DIFFERS, DIFFERS]


def test_a_random_function_is_undecided() -> None:
    """Two values at one point are no function."""
    draws = np.random.default_rng(0)
    measured = slope(lambda x: x + 1e-9 * draws.random(), 1.0)
    assert (measured.kind, measured.reason) == (SlopeKind.UNDECIDED, "unsteady")


def test_a_function_with_memory_is_undecided() -> None:
    """A value that depends on how often the function was called is not differentiated."""
    calls: list[float] = []

    def counting(x: float) -> float:
        calls.append(x)
        return x + 1e-6 * len(calls)

    assert slope(counting, 1.0).reason == "unsteady"


@pytest.mark.parametrize("error", [TypeError("no"), KeyError("no"), RuntimeError("no"), ArithmeticError("no")])
def test_no_exception_escapes(error) -> None:
    """An exception of the function, at the point or beside it, becomes a reason."""

    def failing(x: float) -> float:
        if x != 1.0:
            raise error
        return x

    def failing_at_once(x: float) -> float:
        raise error

    for function in (failing, failing_at_once):
        measured = slope(function, 1.0)
        assert (measured.kind, measured.reason) == (SlopeKind.UNDECIDED, f"raised {type(error).__name__}")
        assert compare(1.0, measured).agreement is UNDECIDED


@pytest.mark.parametrize("result", [None, "a", 1j, [1.0, 2.0], np.ones(3)])
def test_a_result_that_is_no_number_is_no_slope(result) -> None:
    """What cannot be read as a float leaves the claim undecided."""
    assert compare(1.0, slope(lambda _: result, 1.0)).agreement is UNDECIDED


def test_a_plateau_of_rounding_is_not_a_slope_of_zero() -> None:
    """Where short steps and long ones tell two stories, neither is accused."""
    measured = slope(lambda x: 0.5 * x + ((x + 1e10) - 1e10), 0.7)
    assert {compare(c, measured).agreement for c in (0.5, 1.5)} <= {UNDECIDED, AGREES}


@settings(max_examples=150)
@given(
    at=st.sampled_from([1e4, 1.0, -2.0, 0.3, 1e6]),
    width=st.floats(-12.5, -2).map(lambda e: 10.0**e),
    height=st.floats(-3, 3).map(lambda e: 10.0**e),
    place=st.floats(0.1, 0.9),
    base=st.sampled_from([(math.sin, math.cos), (lambda x: 3 * x, lambda _: 3.0), (lambda _: 0.0, lambda _: 0.0)]),
)
def test_on_a_tread_of_a_staircase_its_slope_is_not_accused(at, width, height, place, base) -> None:
    """A function quantised in steps from 300 last places to a hundredth wide has the slope of its treads."""
    f, derivative = base
    wide = width * max(1.0, abs(at))
    if wide < 300 * math.ulp(at) or height * wide < 300 * math.ulp(max(abs(f(at)), abs(at * derivative(at)))):
        return
    measured = slope(lambda x: f(x) + height * wide * math.floor((x - at) / wide + place), at)
    assert compare(derivative(at), measured).agreement is not DIFFERS


@pytest.mark.parametrize("width", [3e-9, 1e-8, 9e-7, 1e-5, 1e-4])
def test_a_rounded_argument_leaves_both_slopes_open(width) -> None:
    """Where x is rounded to multiples of a width, neither 0 nor the slope at long steps is accused."""
    for at in (1e4, -2.0, 0.3):
        place = at + 0.2 * width
        measured = slope(lambda x, p=place: 3 * (round((x - p) / width) * width + p), at)
        assert [compare(c, measured).agreement for c in (0.0, 3.0)] in ([UNDECIDED, AGREES], [UNDECIDED, UNDECIDED])
        assert compare(-3.0, measured).agreement is not AGREES


def test_a_small_sweep_has_no_false_answer() -> None:
    """A small sweep; the whole one is ``python -m benchmarks.opaque_sweep``."""
    found, lines = sweep(150, seed=4)
    assert not lines
    assert found["binary64", "right AGREES"] > 20 * found["binary64", "right UNDECIDED"]


def test_values_out_of_range_at_long_steps_are_no_obstacle() -> None:
    """Differences from the largest floats down to the smallest are measured without an error of arithmetic."""
    for power in (5, 9, 21):
        measured = slope(lambda x, n=power: min(x, 1e300) ** n if abs(x) < 1e60 else 1e308, 0.3, scale=1e14)
        assert compare(-1.0, measured).agreement is not AGREES


@pytest.mark.parametrize("at", [0.0, 1e-300, 0.3, -7.0, 1e12])
def test_the_number_of_calls_is_bounded(at) -> None:
    """No measurement calls the function more often than stated."""
    calls: list[float] = []

    def square(x: float) -> float:
        calls.append(x)
        return x * x

    slope(square, at)
    assert len(calls) <= MOST_CALLS


def _members(a: float, b: float):
    """Smooth functions of u with their derivatives."""
    return {
        "sin": (lambda u: math.sin(a * u + b), lambda u: a * math.cos(a * u + b)),
        "exp": (lambda u: math.exp(a * u / 4), lambda u: a / 4 * math.exp(a * u / 4)),
        "cubic": (lambda u: u * u * u - a * u * u + b, lambda u: 3 * u * u - 2 * a * u),
        "tanh": (lambda u: math.tanh(a * u + b), lambda u: a / math.cosh(a * u + b) ** 2),
        "rational": (lambda u: a / (1 + u * u), lambda u: -2 * a * u / (1 + u * u) ** 2),
        "root": (lambda u: math.sqrt(1 + a * a * u * u), lambda u: a * a * u / math.sqrt(1 + a * a * u * u)),
        "softplus": (lambda u: math.log1p(math.exp(a * u)), lambda u: a / (1 + math.exp(-a * u))),
        "log": (lambda u: math.log(2 + math.sin(a * u)), lambda u: a * math.cos(a * u) / (2 + math.sin(a * u))),
        "product": (lambda u: u * math.cos(a * u), lambda u: math.cos(a * u) - a * u * math.sin(a * u)),
    }


_scales = st.floats(-8, 8).map(lambda e: 10.0**e)
_formats = st.sampled_from([float, lambda y: float(np.float32(y)), np.float32])


@settings(max_examples=400)
@given(
    member=st.tuples(st.sampled_from(sorted(_members(1, 1))), st.floats(0.1, 5), st.floats(-2, 2)),
    u=st.floats(-3, 3),
    scales=st.tuples(_scales, _scales),
    rounded=_formats,
    told=st.booleans(),
)
def test_a_correct_derivative_is_never_accused(member, u, scales, rounded, told) -> None:
    """Over many families, scales and formats the true derivative never differs; 1 % is never taken for nothing."""
    (family, a, b), (across, along) = member, scales
    f, derivative = _members(a, b)[family]
    true = across / along * derivative(u)
    measured = slope(lambda x: rounded(across * f(x / along)), u * along, scale=along if told else None)
    assert compare(true, measured).agreement is not DIFFERS
    if measured.kind is SlopeKind.SMOOTH and measured.error < 1e-4 * abs(true):
        assert compare(1.01 * true, measured).agreement is not AGREES


@settings(max_examples=200)
@given(
    place=st.floats(1e-6, 1).flatmap(lambda d: st.sampled_from([d, -d])),
    width=st.floats(-4, 0).map(lambda e: 10.0**e),
    height=st.floats(0.01, 100),
    sort=st.sampled_from(["kink", "jump", "steps", "tent", "gelu"]),
)
def test_what_lies_near_the_point_raises_no_false_alarm(place, width, height, sort) -> None:
    """A kink, jump, staircase, tent or bend beside the point never makes the true derivative differ."""

    def shape(t: float) -> tuple[float, float]:
        if sort == "kink":
            return height * abs(t), math.copysign(height, t)
        if sort == "jump":
            return height * (t > 0), 0.0
        if sort == "steps":
            return height * width * math.floor(t / width + 0.5), 0.0
        if sort == "tent":
            return height * max(0.0, width - abs(t)), -math.copysign(height, t) if abs(t) < width else 0.0
        normal, v = math.erfc(-t / width / math.sqrt(2)) / 2, t / width
        density = math.exp(-v * v / 2) / math.sqrt(2 * math.pi)
        return height * t * normal, height * (normal + v * density)

    measured = slope(lambda x: math.sin(x) + shape(x - 1.0 - place)[0], 1.0)
    true = math.cos(1.0) + shape(-place)[1]
    assert compare(true, measured).agreement is not DIFFERS


@settings(max_examples=100)
@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True), st.booleans())
def test_any_point_and_any_constant(at, value, linear) -> None:
    """No float as a point, a value or a claim makes an exception escape."""
    measured = slope(lambda x: value * x if linear else value, at)
    for claim in (0.0, value, math.inf, -at):
        compare(claim, measured)


def test_noise_is_estimated() -> None:
    """The deviation of noise on a straight line is found within a factor of 4; a smooth curve shows none."""
    draws = np.random.default_rng(4)
    noisy = [2 + 1e-6 * k + 1e-3 * draws.standard_normal() for k in range(12)]
    found = noise_from_differences(noisy)
    assert found is not None
    assert 2.5e-4 < found < 4e-3
    assert noise_from_differences([math.exp(k / 10) for k in range(8)]) is None
    assert noise_from_differences([1.0] * 8) == 0
    assert noise_from_differences([1.0] * 3) is None
    assert noise_from_differences([math.nan] * 8) is None


@pytest.mark.parametrize(("kind", "bits"), [(np.float16, 11), (np.float32, 24), (np.float64, 53)])
def test_formats_are_seen_in_the_values(kind, bits) -> None:
    """The bits of the format that holds all the values."""
    assert bits_of(float(kind(v)) for v in (1 / 3, 0.1, 1e-5, 7.7)) == bits
