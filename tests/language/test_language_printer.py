"""Expressions to text: golden printings, and the way back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.errors import UnsupportedError
from derivcheck.language import printer
from derivcheck.language.builder import ExprBuilder, call, name, number, same, substitute
from derivcheck.language.constants import rational_value
from derivcheck.language.expr import Expr
from derivcheck.language.parser import parse
from derivcheck.ops.row import Layout, Role
from derivcheck.ops.table import TABLE
from derivcheck.source import Source


def read(text: str, *known: str) -> Expr:
    return parse(Source(text), known).expression


@pytest.mark.parametrize(
    ("text", "own", "unicode", "latex"),
    [
        (
            "(y-(w*x+b))**2",
            "(y - (w*x + b))^2",
            "(y - (w·x + b))²",
            r"\left(y - \left(w \cdot x + b\right)\right)^{2}",
        ),
        ("|y-ŷ|", "abs(y - yhat)", "|y - ŷ|", r"\left|y - \hat{y}\right|"),
        ("-2x*(y-1)", "-2*x*(y - 1)", "-2x(y - 1)", r"-2 \, x \, \left(y - 1\right)"),
        ("2x*(y-1)", "2*x*(y - 1)", "2x(y - 1)", r"2 \, x \, \left(y - 1\right)"),
        ("(1/2)x", "(1/2)*x", "(1/2)·x", r"\frac{1}{2} \cdot x"),
        ("a/(b/c)", "a/(b/c)", "a/(b/c)", r"\frac{a}{\frac{b}{c}}"),
        ("-a/b", "-a/b", "-a/b", r"-\frac{a}{b}"),
        (
            "where(x > 0, 1, x)",
            "where(x > 0, 1, x)",
            "where(x > 0, 1, x)",
            r"\begin{cases} 1 & \text{if } x > 0 \\ x & \text{else} \end{cases}",
        ),
        ("a-(b-c)", "a - (b - c)", "a - (b - c)", r"a - \left(b - c\right)"),
        ("a*(-b)+(-c)", "a*(-b) + (-c)", "a·(-b) + (-c)", r"a \cdot \left(-b\right) + \left(-c\right)"),
        ("(-a)^2", "(-a)^2", "(-a)²", r"\left(-a\right)^{2}"),
        ("x^-1", "x^-1", "x⁻¹", "x^{-1}"),
        ("x^(2/3)", "x^(2/3)", "x^(2/3)", "x^{2/3}"),
        ("(x^y)^z", "(x^y)^z", "(x^y)^z", r"\left(x^{y}\right)^{z}"),
        ("sqrt(x)^2", "sqrt(x)^2", "(√x)²", r"\sqrt{x}^{2}"),
        ("sqrt(x+1)", "sqrt(x + 1)", "√(x + 1)", r"\sqrt{x + 1}"),
        ("sin(x)^2", "sin(x)^2", "sin(x)²", r"\left(\sin\left(x\right)\right)^{2}"),
        ("2sin(x)", "2*sin(x)", "2sin(x)", r"2 \, \sin\left(x\right)"),
        ("2e", "2*e", "2·e", r"2 \cdot e"),
        ("2*3^x", "2*3^x", "2·3^x", r"2 \cdot 3^{x}"),
        ("2|x|", "2*abs(x)", "2·|x|", r"2 \cdot \left|x\right|"),
        ("0.10 + 1e-3", "0.10 + 1e-3", "0.10 + 1e-3", r"0.10 + 1 \cdot 10^{-3}"),
        ("pi/4", "pi/4", "π/4", r"\frac{\pi}{4}"),
        ("diff(L,w)", "diff(L, w)", "∂L/∂w", r"\frac{\partial L}{\partial w}"),
        ("diff(L,w,b,b)", "diff(L, w, b, b)", "∂³L/∂w∂b²", r"\frac{\partial^{3} L}{\partial w \partial b^{2}}"),
        (
            "diff(x^2,x)^2",
            "diff(x^2, x)^2",
            "(∂(x²)/∂x)²",
            r"\left(\frac{\partial}{\partial x}\left(x^{2}\right)\right)^{2}",
        ),
        ("x/diff(L,w)", "x/diff(L, w)", "x/(∂L/∂w)", r"\frac{x}{\frac{\partial L}{\partial w}}"),
        ("where(0<x<=1,a,b)", "where(0 < x <= 1, a, b)", "where(0 < x ≤ 1, a, b)", None),
        ("where(not(a<b or b>c),1,2)", "where(not (a < b or b > c), 1, 2)", "where(not (a < b or b > c), 1, 2)", None),
    ],
)
def test_printings(text: str, own: str, unicode: str, latex: str | None) -> None:
    expr = read(text)
    assert printer.own(expr) == own
    assert printer.unicode(expr) == unicode
    assert latex is None or printer.latex(expr) == latex


def test_ascii_is_ascii() -> None:
    assert printer.ascii(read("α·ŷ₁ + 손")) == r"alpha*yhat_1 + \uc190"


def test_numbers_that_a_program_made_are_bracketed() -> None:
    b = ExprBuilder()
    x = b.name("x")
    third, minus = b.number(Fraction(1, 3)), b.number(-2)
    assert printer.own(b.build(b.call("mul", third, x))) == "(1/3)*x"
    assert printer.own(b.build(b.call("mul", x, third))) == "x*(1/3)"
    assert printer.own(b.build(b.call("mul", x, minus))) == "x*(-2)"
    assert printer.unicode(b.build(b.call("mul", minus, x))) == "-2x"
    assert printer.own(b.build(b.call("power", minus, params=(2,)))) == "(-2)^2"
    assert printer.latex(b.build(b.call("mul", third, x))) == r"\frac{1}{3} \cdot x"


def test_deep_expressions_are_printed_without_recursion() -> None:
    b = ExprBuilder()
    at = b.name("x")
    for _ in range(30_000):
        at = b.call("tanh", at)
    assert printer.own(b.build(at)) == "tanh(" * 30_000 + "x" + ")" * 30_000


def test_a_formula_that_explodes_is_refused() -> None:
    b = ExprBuilder()
    at = b.name("x")
    for _ in range(20_000):
        at = b.call("add", b.call("mul", at, at), at)
    with pytest.raises(UnsupportedError):
        printer.unicode(b.build(at))


def test_equal_parts_are_one_node_and_substitution_is_simultaneous() -> None:
    b = ExprBuilder()
    assert b.graft(read("x + 1")) == b.graft(read("x+1.0"))
    expr = substitute(read("x*y + diff(x^2, x)"), {"x": name("y"), "y": read("x+1")})
    assert printer.own(expr) == "y*(x + 1) + diff(y^2, x)"
    assert same(call("add", name("x"), number(1)), read("x + 1"))
    assert not same(read("a - b"), read("b - a"))


NAMES = ("x", "w", "yhat", "x_1", "alpha", "w_new", "N", "S", "E", "lambda", "beta", "u2")
FUNCTIONS = [
    r.name
    for r in TABLE.values()
    if r.role not in (Role.CONDITION, Role.SELECT, Role.CONSTANT) and r.name not in ("power", "pow")
]
COMPARISONS = [r.name for r in TABLE.values() if r.role is Role.CONDITION and r.notation.precedence == 40]
CONSTANTS = [r.name for r in TABLE.values() if r.role is Role.CONSTANT]
SIGNS = ["add", "sub", "mul", "div"]

rationals = st.fractions(Fraction(-3), Fraction(3), max_denominator=4)
integers = st.integers(0, 40).map(lambda k: number(k, str(k)))
decimals = st.integers(0, 99).map(lambda k: number(Fraction(k, 100), f"0.{k:02}"))


@st.composite
def grown(draw: st.DrawFn, inner: st.SearchStrategy[Expr], op: str) -> Expr:
    """A row of the table, or a derivative, on smaller trees."""
    if op == "diff":
        b = ExprBuilder()
        function = b.graft(draw(inner))
        return b.build(
            b.partial(function, *[b.name(draw(st.sampled_from(NAMES))) for _ in range(draw(st.integers(1, 3)))])
        )
    if op == "where":
        return call(op, draw(conditions(inner)), draw(inner), draw(inner))
    if op in ("power", "pow"):
        varying = draw(inner.filter(lambda e: rational_value(e) is None))
        return call(op, varying, params=(draw(rationals),)) if op == "power" else call(op, draw(inner), varying)
    row = TABLE[op]
    operands = [draw(inner) for _ in range(draw(st.integers(2, 4)) if row.arity is None else row.arity)]
    params = [p.default if p.default is not None and draw(st.booleans()) else draw(rationals) for p in row.params]
    return call(op, *operands, params=tuple(params))


@st.composite
def conditions(draw: st.DrawFn, inner: st.SearchStrategy[Expr], depth: int = 2) -> Expr:
    """Comparisons, and their combinations."""
    op = draw(st.sampled_from([*COMPARISONS, *["and", "or", "not"] * (depth > 0) * 3]))
    if op in COMPARISONS:
        return call(op, draw(inner), draw(inner))
    return call(op, *[draw(conditions(inner, depth - 1)) for _ in range(1 if op == "not" else 2)])


def extend(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    kinds = st.sampled_from(FUNCTIONS) | st.sampled_from([*SIGNS, "neg", "power", "pow", "where", "diff"])
    return kinds.flatmap(lambda op: grown(inner, op))


constants = st.sampled_from(CONSTANTS).map(call)
trees = st.recursive(st.sampled_from(NAMES).map(name) | integers | decimals | constants, extend, max_leaves=12)


@given(trees)
def test_own_syntax_parses_back_to_the_same_tree(expr: Expr) -> None:
    assert same(read(printer.own(expr), *NAMES), expr)


@given(trees)
def test_unicode_parses_back_too(expr: Expr) -> None:
    text = printer.unicode(expr).replace(f" {TABLE['eq'].notation.unicode} ", " == ")
    assert same(read(text, *NAMES), expr)


@given(trees)
def test_latex_is_balanced_and_printing_is_stable(expr: Expr) -> None:
    text = printer.latex(expr)
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
    own = printer.own(expr)
    assert printer.own(read(own, *NAMES)) == own


def test_no_row_is_left_out_of_the_round_trip() -> None:
    covered = {*FUNCTIONS, *COMPARISONS, "power", "pow", "where", "and", "or", "not"}
    missing = {r.name for r in TABLE.values()} - covered
    assert all(TABLE[m].notation.layout is Layout.NAME for m in missing)
