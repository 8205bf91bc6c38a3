"""Total differentiability: proofs, witnesses, and honest doubt."""

from __future__ import annotations

from fractions import Fraction

import pytest
from nonsmooth_cases import graph_of, point_of

from derivcheck.errors import OutOfTimeError
from derivcheck.nonsmooth import clarke_vertices, gradient_existence, partial_existence

ORIGIN = {"x": 0, "y": 0}

DIFFERENTIABLE = [
    "abs(x)*y",
    "abs(x*y)",
    "max(x*y, 0)",
    "max(x, y) + min(x, y)",
    "relu(x + y) - relu(-x - y)",
    "max(abs(x), abs(y))^2",
    "hypot(x, y)^2",
    "(x^2 + y^2)^(3/2)",
    "x*sqrt(x^2 + y^2)",
    "x*log(1 + abs(y))",
    "max(x, x - y^2, 0) - relu(x)",
    "where((x > 0) and (y > 0), x*y, 0)",
    "where(x > 0, x + y^2, x)",
    "where(x == 0, 0, x*exp(x)) + y",
    "where(x == 0, 0, x^2*sin(1/x)) + y",
    "where(x == 0, 0, x*sin(1/x))*y",
    "min(x*y, x^2)",
]

NOT_DIFFERENTIABLE = [
    "sqrt(x^2 + y^2)",
    "abs(x) + abs(y)",
    "abs(x + y) - abs(x) - abs(y)",
    "cbrt(x*y)",
    "cbrt(x^2*y)",
    "sqrt(abs(x*y))",
    "where(x > 0, y, 0)",
    "where((x > 0) and (y > 0), 1, 0)",
    "where(y == x^2, x, 0)",
    "where(x == 0, 0, x^3*y/(x^4 + y^2))",
    "where((x == 0) and (y == 0), 0, x^2*y/(x^2 + y^2))",
    "where((x > 0) and (x < y), x, 0)",
]


@pytest.mark.parametrize("text", DIFFERENTIABLE)
def test_a_gradient_that_exists_is_proved(text):
    found = gradient_existence(graph_of(text), point_of(**ORIGIN), ["x", "y"])
    assert found.exists is True, found.reason


@pytest.mark.parametrize("text", NOT_DIFFERENTIABLE)
def test_a_gradient_that_does_not_exist_has_a_witness(text):
    """Along the witness the difference quotient stays away from the gradient times the direction."""
    graph, at = graph_of(text), point_of(**ORIGIN)
    found = gradient_existence(graph, at, ["x", "y"])
    assert found.exists is False
    path = {n: f"{(found.witness or {}).get(n, 0)}*t + {(found.bend or {}).get(n, 0)}*t^2" for n in ("x", "y")}
    along = partial_existence(graph_of(_substituted(text, path)), point_of(t=0), "t")
    partials = [partial_existence(graph, at, n) for n in ("x", "y")]
    if all(p.exists for p in partials):
        expected = sum(p.left * found.witness.get(n, 0) for n, p in zip(("x", "y"), partials, strict=True))
        assert along.exists is False or along.left != expected
    else:
        assert along.exists is False


def _substituted(text, path):
    return "".join(f"({path[c]})" if c in path and not _inside_word(text, k) else c for k, c in enumerate(text))


def _inside_word(text, k):
    return text[k - 1 : k].isalpha() or text[k + 1 : k + 2].isalpha()


def test_the_partials_of_the_hidden_singularity_all_exist():
    """x³y/(x⁴ + y²): every directional derivative is 0, and the curve y = x² shows that there is no gradient."""
    found = gradient_existence(graph_of("where(x == 0, 0, x^3*y/(x^4 + y^2))"), point_of(**ORIGIN), ["x", "y"])
    assert found.bend is not None


def test_one_variable_needs_no_more_than_its_derivative():
    graph = graph_of("max(x, y)")
    assert gradient_existence(graph, point_of(x=1, y=1), ["x"]).exists is False
    assert gradient_existence(graph, point_of(x=1, y=0), ["x", "y"]).exists is True
    assert gradient_existence(graph_of("abs(x)*y"), point_of(x=0, y=5), ["y"]).exists is True


def test_at_irrational_points():
    at = point_of(x="sqrt(2)", y="pi/4")
    assert gradient_existence(graph_of("abs(x^2 - 2)*abs(y - pi/4)"), at, ["x", "y"]).exists is True
    found = gradient_existence(graph_of("abs(abs(x^2 - 2) - abs(tan(y) - 1)) - abs(x^2 - 2)"), at, ["x", "y"])
    assert found.exists is False


def test_many_switches_are_proved_at_once_or_left_undecided():
    """With nine kinks there are 512 selections: a product is o(|h|), a cancelling sum is not."""
    names = [f"x{k}" for k in range(9)]
    at = point_of(**dict.fromkeys(names, 0))
    product = graph_of("*".join(f"abs({n})" for n in names))
    assert gradient_existence(product, at, names).exists is True
    cancelling = graph_of("+".join(f"(relu({n}) - relu(-{n}))" for n in names))
    found = gradient_existence(cancelling, at, names)
    assert found.exists is None
    assert "256" in found.reason
    assert gradient_existence(cancelling, at, names, limit=600).exists is True


def test_a_region_too_thin_for_lines_is_not_called_differentiable():
    found = gradient_existence(graph_of("where(y > 7*x^2, where(y < 8*x^2, x, 0), 0)"), point_of(**ORIGIN), ["x", "y"])
    assert (found.exists, bool(found.reason)) == (None, True)


def test_a_time_limit_is_undecided():
    def over():
        raise OutOfTimeError("out of time")

    found = gradient_existence(graph_of("abs(x)*y"), point_of(**ORIGIN), ["x", "y"], deadline=over)
    assert found.exists is None
    assert "time" in found.reason


VERTICES = [
    ("max(x, y)", ORIGIN, {(1, 0), (0, 1)}),
    ("abs(x) + abs(y)", ORIGIN, {(1, 1), (1, -1), (-1, 1), (-1, -1)}),
    ("max(x, y, x/2 + y/2)", ORIGIN, {(1, 0), (0, 1)}),
    ("abs(abs(x) - abs(y))", ORIGIN, {(1, 1), (1, -1), (-1, 1), (-1, -1)}),
    ("abs(x)*y", ORIGIN, {(0, 0)}),
    ("x^2 + 3*y", {"x": 1, "y": 0}, {(2, 3)}),
    ("relu(x) - relu(-x)", {"x": 0, "y": 0}, {(1, 0)}),
    ("relu(x - y) + leaky_relu(y)", {"x": 1, "y": 1}, {(0, 1), (1, 0)}),
]


@pytest.mark.parametrize(("text", "at", "expected"), VERTICES)
def test_clarke_vertices(text, at, expected):
    found = clarke_vertices(graph_of(text), point_of(**at), ["x", "y"])
    assert found is not None
    assert len(found) == len(expected)
    assert {tuple(map(Fraction, v)) for v in found} == expected


@pytest.mark.parametrize("text", ["sqrt(x^2 + y^2)", "where(x > 0, y, 0)", "sign(x)*y", "cbrt(x)", "log(x)"])
def test_clarke_vertices_are_given_only_for_continuous_piecewise_smooth_functions(text):
    assert clarke_vertices(graph_of(text), point_of(**ORIGIN), ["x", "y"]) is None
