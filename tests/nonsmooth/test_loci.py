"""Where no derivative exists, as formulas: known sets, and random points beside one-sided series."""

import random
from fractions import Fraction

import pytest
from flint import arb
from locus_points import constant, lies_on, value_of
from nonsmooth_cases import graph_of

from derivcheck.errors import OutOfTimeError
from derivcheck.language.printer import own
from derivcheck.nonsmooth import Certainty, domain_reason, find_loci, partial_existence
from derivcheck.verdict import Existence


def relation(r):
    return f"{own(r.left)} {r.sign} {own(r.right)}"


def found(text, name):
    """The loci of one variable: equations, conditions, kind, and the interval of subgradients."""
    loci = find_loci(graph_of(text), [name])
    return [
        (
            " and ".join(map(relation, x.equations)),
            ", ".join(map(relation, x.conditions)),
            x.kind.value,
            None if x.subdifferential is None else tuple(map(own, x.subdifferential)),
        )
        for x in loci.by_variable[name]
    ]


KINKS = [
    ("|y-(w*x+b)|", "w", [("y = w*x + b", "x ≠ 0", "KINK", ("-abs(x)", "abs(x)"))]),
    ("|y-(w*x+b)|", "b", [("y = w*x + b", "", "KINK", ("-1", "1"))]),
    ("|relu(x)-1|", "x", [("x = 0", "", "KINK", ("-1", "0")), ("x = 1", "", "KINK", ("-1", "1"))]),
    ("max(x,y)", "x", [("x = y", "", "KINK", ("0", "1"))]),
    ("max(x,-x,0)", "x", [("x = 0", "", "KINK", ("-1", "1"))]),
    ("clamp(x,0,1)", "x", [("x = 0", "", "KINK", ("0", "1")), ("x = 1", "", "KINK", ("0", "1"))]),
    ("sqrt(x**2)", "x", [("x = 0", "", "KINK", ("-1", "1"))]),
    ("sqrt(x**2+y**2)", "x", [("x = 0 and y = 0", "", "KINK", ("-1", "1"))]),
    ("sqrt((x-1)^2+y^2)", "y", [("x = 1 and y = 0", "", "KINK", ("-1", "1"))]),
    ("abs(x)*y", "x", [("x = 0", "y ≠ 0", "KINK", ("-abs(y)", "abs(y)"))]),
    ("sign(x)*x", "x", [("x = 0", "", "KINK", ("-1", "1"))]),
    ("elu(x, 2)", "x", [("x = 0", "", "KINK", ("1", "2"))]),
    ("relu(w*x+b)", "w", [("w*x + b = 0", "x ≠ 0", "KINK", ("min(x, 0)", "max(x, 0)"))]),
    ("hardswish(x)", "x", [("x = -3", "", "KINK", ("-1/2", "0")), ("x = 3", "", "KINK", ("1", "3/2"))]),
    ("exp(abs(x))", "x", [("x = 0", "", "KINK", ("-1", "1"))]),
    ("abs(exp(x)-1)", "x", [("x = 0", "", "KINK", ("-1", "1"))]),
    ("abs(sin(x))", "x", [("sin(x) = 0", "cos(x) ≠ 0", "KINK", ("-abs(cos(x))", "abs(cos(x))"))]),
    ("abs(x^2-4)", "x", [("x = 2", "", "KINK", ("-4", "4")), ("x = -2", "", "KINK", ("-4", "4"))]),
]


@pytest.mark.parametrize(("text", "name", "expected"), KINKS, ids=[f"{t} in {n}" for t, n, _ in KINKS])
def test_kinks_are_found_with_their_conditions_and_subgradients(text, name, expected):
    """The equation, what must hold besides, and the Clarke interval are those worked out by hand."""
    assert sorted(found(text, name)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "equation", "kind"),
    [
        ("floor(x)", "x = k", Existence.JUMP),
        ("ceil(x)", "x = k", Existence.JUMP),
        ("x - floor(x)", "x = k", Existence.JUMP),
        ("round(x)", "x = (2*k - 1)/2", Existence.JUMP),
        ("heaviside(x, 1)", "x = 0", Existence.JUMP),
        ("cbrt(x)", "x = 0", Existence.VERTICAL_TANGENT),
        ("where(x>0, sqrt(x), 0)", "x = 0", Existence.VERTICAL_TANGENT),
        ("sqrt(abs(x))", "x = 0", Existence.CUSP),
        ("x^0.5", "x = 0", Existence.OUT_OF_DOMAIN),
    ],
)
def test_other_kinds_are_found_without_an_interval(text, equation, kind):
    """Where the loss is not locally Lipschitz there is no subdifferential."""
    (locus,) = find_loci(graph_of(text), ["x"]).by_variable["x"]
    assert relation(locus.equations[0]) == equation
    assert locus.kind is kind
    assert locus.subdifferential is None


@pytest.mark.parametrize(
    "text",
    [
        "(y-(w*x+b))^2", "x*abs(x)", "relu(x)-relu(-x)", "abs(x)^3", "min(x,1)+max(x,1)", "abs(x)^2", "|x^2+y^2|",
        "|x^2-x+1|", "|x^2+x*y+y^2|", "elu(x)", "softplus(x)", "tanh(x)", "sigmoid(x)", "abs(x)-abs(-x)", "x/(1+|x|)",
        "where(abs(y-x)<=1, (y-x)^2/2, abs(y-x)-1/2)", "where(x==0, 0, x^2*sin(1/x))", "where(x==0, 1, sin(x)/x)",
        "sqrt(x^2+1)", "max(x, x)", "hypot(x, y)^2", "x*1e20 - x*1e20 + x",
    ],
)  # fmt: skip
def test_switches_that_leave_a_derivative_are_no_loci(text):
    """Where the pieces fit together to first order, nothing is claimed and nothing is left open."""
    graph = graph_of(text)
    assert find_loci(graph, list(graph.inputs)).nowhere


def test_only_a_loss_without_switches_is_called_analytic():
    """x·|x| has a derivative everywhere, and is yet not smooth."""
    assert find_loci(graph_of("(y-w*x)^2"), ["w"]).analytic
    assert not find_loci(graph_of("x*abs(x)"), ["x"]).analytic


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("log(p)", ["p ≤ 0"]),
        ("-(y*log(p)+(1-y)*log(1-p))", ["p ≤ 0", "p ≥ 1"]),
        ("1/x", ["x = 0"]),
        ("log(abs(x))", ["x = 0"]),
        ("sqrt(x)", ["x < 0"]),
        ("asin(x)", ["x < -1", "x > 1"]),
        ("tan(x)", ["cos(x) = 0"]),
        ("log(sigmoid(x))", []),
        ("1/(1+exp(-x))", []),
    ],
)
def test_the_domain_is_said_once(text, domain):
    """Where there is no value, on a side of a surface or on it."""
    graph = graph_of(text)
    loci = find_loci(graph, list(graph.inputs))
    assert not loci.reason
    said = [f"{own(x.equations[0].left)} {x.outside} {own(x.equations[0].right)}" for x in loci.domain]
    assert sorted(said) == domain


def test_the_equation_is_solved_for_the_variable_where_that_says_more():
    """For w the line y = w·x + b is w = (y - b)/x; for y it stands solved already."""
    loci = find_loci(graph_of("|y-(w*x+b)|"), ["w", "y"]).by_variable
    assert relation(loci["w"][0].solved) == "w = (y - b)/x"
    assert loci["y"][0].solved is None


@pytest.mark.parametrize("text", ["x^y", "where(y==0, |x|, 0)", "where(x*y==1, 2, x)"])
def test_what_cannot_be_told_is_said(text):
    """A search that left something open is never called complete."""
    graph = graph_of(text)
    loci = find_loci(graph, list(graph.inputs))
    assert loci.reason
    assert not loci.nowhere


def test_a_search_out_of_time_claims_nothing():
    """Every variable is then open, with the reason."""

    def late():
        raise OutOfTimeError("the time limit passed")

    loci = find_loci(graph_of("|y-w*x|"), ["w"], deadline=late)
    assert loci.by_variable == {"w": None}
    assert loci.reason == "timeout"
    assert not loci.nowhere


LOSSES = [
    "|y-(w*x+b)|", "relu(1-y*(w*x+b))", "max(0, 1-y*w*x)^2", "|relu(x)-1|", "max(x, y)", "max(x, -x, 0)", "abs(x)*y",
    "v*relu(w*x+b)+c", "where(abs(y-x)<=1, (y-x)^2/2, abs(y-x)-1/2)", "clamp(w*x, -1, 2)", "floor(w*x)", "|w|+|v|",
    "x*|y|", "|x|-|y|", "min(|x|, 1)", "leaky_relu(w*x)", "sqrt(w^2+v^2)", "|x-3|+|x+2|", "relu6(x)*y", "hardtanh(w*x)",
    "|w*x|/(1+|w*x|)", "relu(x)*relu(-x)", "max(x, y)-min(x, y)", "softshrink(x)+w", "hardshrink(x)*w", "sign(w)*x",
    "max(a,b,c)", "max(x,y,0)", "|w|+|v|+|w-v|", "relu(w)*v+|w-v|", "min(|x|,|y|)", "x*floor(x)", "|floor(x)|",
    "sign(x*y)", "relu(v*relu(w*x+b)+c)", "(y-(v*relu(w*x)+u*relu(t*x)))^2", "where(x>0 and y>0, x*y, 0)", "floor(x)*y",
    "x/|y|", "|x^2-4|*y", "cbrt(w*x)", "|exp(x)-1|", "1/(w*x)", "log(w*x)", "sqrt(w-x)", "|x|/x",
    "relu(w*x)-w*x/2", "|x-|y||",
]  # fmt: skip
POINTS = 8
HALVES = [Fraction(k, 2) for k in (-4, -3, -2, -2, -1, 0, 1, 2, 2, 3, 4)]


@pytest.mark.parametrize("text", LOSSES)
def test_points_of_loci_are_the_points_without_derivative(text):
    """At random points, many of them on switches, the series find no derivative exactly on the loci, and its slopes."""
    graph = graph_of(text)
    loci = find_loci(graph, list(graph.inputs))
    assert not loci.reason
    rng = random.Random(text)  # noqa: S311 - a fixed sequence of points
    for _ in range(POINTS):
        at = {n: rng.choice(HALVES) for n in graph.inputs}
        point = {n: constant(v) for n, v in at.items()}
        if domain_reason(graph, point) is not None:
            continue
        for name, every in loci.by_variable.items():
            truth = partial_existence(graph, point, name)
            on = [x for x in every if lies_on(x, at)]
            assert all(x.certainty is not Certainty.CANDIDATE for x in on)
            assert bool(on) == (truth.exists is False), (at, name)
            if len(on) == 1 and on[0].left is not None:
                slopes = value_of(on[0].left, at), value_of(on[0].right, at)
                assert all(_equal(a, b) for a, b in zip(slopes, (truth.left, truth.right), strict=True)), (at, name)


def _equal(a, b):
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    return (arb(str(a)) - arb(str(b))).contains(0) if isinstance(a, arb) or isinstance(b, arb) else False
