"""Text to programs: the readings that are promised, and the errors."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derivcheck.errors import ReadError
from derivcheck.language import printer
from derivcheck.language.builder import same, substitute
from derivcheck.language.expr import Expr, NodeKind, Program
from derivcheck.language.parser import parse, parse_expression, parse_texts
from derivcheck.ops.row import Layout
from derivcheck.ops.table import TABLE
from derivcheck.source import Source


def read(text: str, *known: str) -> Expr:
    return parse(Source(text), known).expression


def expanded(program: Program) -> Expr:
    """The expression with every defined name replaced."""
    expr = program.expression
    for definition in reversed(program.definitions):
        assert definition.parameters is None
        expr = substitute(expr, {definition.name: definition.body})
    return expr


LOSS = "(y-(w*x+b))**2"


@pytest.mark.parametrize(
    "text",
    [
        "(y-(wx+b))^2",
        "(y − (w·x + b))²",
        "yhat = w*x+b; u = y-yhat; u**2",
        "ŷ = wx+b; (y-ŷ)^2",
        "y\u0302 = w x + b\n(y - ŷ)²",
        "u = y-yhat\nyhat = w*x+b\nL = u^2",
        "[y-{w x+b}]^2",
        "f(z) = z; (y-(w*x+b))^2",
        "(y-(w(x)+b))^2",
    ],
)
def test_the_same_loss_gives_the_same_tree(text: str) -> None:
    program = parse(Source(text), ("x", "y", "w", "b"))
    program = Program(tuple(d for d in program.definitions if d.parameters is None), program.expression)
    assert same(expanded(program), read(LOSS))


def test_definitions_given_apart_are_read_with_the_expression() -> None:
    program = parse_texts([Source("yhat=w*x+b", "--let"), Source("(y-ŷ)^2")])
    assert same(expanded(program), read(LOSS))


@pytest.mark.parametrize(
    ("text", "known", "own"),
    [
        ("|y-ŷ|", "", "abs(y - yhat)"),
        ("||x|-1|", "", "abs(abs(x) - 1)"),
        ("|x|^2", "", "abs(x)^2"),
        ("|x||y|", "", "abs(x)*abs(y)"),
        ("|x|y|z|", "", "abs(x)*y*abs(z)"),
        ("2|x|", "", "2*abs(x)"),
        ("√x + ∛(x+1)", "", "sqrt(x) + cbrt(x + 1)"),
        ("√2x", "", "sqrt(2)*x"),
        ("-x^2", "", "-x^2"),
        ("2^-3", "", "2^-3"),
        ("2^3^x", "", "2^3^x"),
        ("x²^3", "", "(x^2)^3"),
        ("2^x²", "", "2^x^2"),
        ("x⁻¹", "", "x^-1"),
        ("xⁿ", "", "x^n"),
        ("x^(1/2)", "", "x^(1/2)"),
        ("x^0.5", "", "x^(1/2)"),
        ("x**-1", "", "x^-1"),
        ("pow(x, y)", "", "x^y"),
        ("2x", "", "2*x"),
        ("3(x+1)", "", "3*(x + 1)"),
        ("(a)(b)", "", "a*b"),
        ("x y", "", "x*y"),
        ("w(x+1)", "w", "w*(x + 1)"),
        ("wx", "w", "wx"),
        ("wx", "w x", "w*x"),
        ("wx", "w x wx", "wx"),
        ("wx(x+1)", "w x", "w*x*(x + 1)"),
        ("alphax", "alpha x", "alpha*x"),
        ("αx₁ŷ", "alpha x_1 yhat", "alpha*x_1*yhat"),
        ("ab", "a b ab", "ab"),
        ("abc", "a ab c bc", "ab*c"),
        ("w₁x", "", "w_1*x"),
        ("2πr", "", "2*pi*r"),
        ("2e3", "", "2e3"),
        ("2e - 3", "", "2*e - 3"),
        ("+x", "", "x"),
        ("--x", "", "-(-x)"),
        ("a - (b - c) - d", "", "a - (b - c) - d"),
        ("a*(b*c)/d", "", "a*(b*c)/d"),
        ("where(x > 0 and y != 1, a, b)", "", "where(x > 0 and y != 1, a, b)"),
        ("where(x ≥ 0 ∧ ¬(y ≠ 1 ∨ x < 2), a, b)", "", "where(x >= 0 and not (y != 1 or x < 2), a, b)"),
        ("where(0 < x <= 1 < y, a, b)", "", "where(0 < x <= 1 < y, a, b)"),
        ("where(0 < x and x <= 1, a, b)", "", "where(0 < x and x <= 1, a, b)"),
        ("leaky_relu(x, 0.1)", "", "leaky_relu(x, negative_slope=1/10)"),
        ("leaky_relu(x, negative_slope=2/10)", "", "leaky_relu(x, negative_slope=1/5)"),
        ("leaky_relu(x)", "", "leaky_relu(x)"),
        ("max(a, b, c) + ln(x)", "", "max(a, b, c) + log(x)"),
        ("N + S + E + I + beta + gamma + lambda", "", "N + S + E + I + beta + gamma + lambda"),
        ("gamma(x)", "", "gamma(x)"),
        ("gamma(x)", "gamma", "gamma*x"),
        ("diff(L, w, b)", "", "diff(L, w, b)"),
        ("diff(L, w, 2)", "", "diff(L, w, w)"),
        ("∂L/∂w", "", "diff(L, w)"),
        ("2∂²(x²+y)/∂x∂y·x", "", "2*diff(x^2 + y, x, y)*x"),
        ("∂²L/∂w² + ∂L/∂w/∂L/∂b", "", "diff(L, w, w) + diff(L, w)/diff(L, b)"),
        ("∂(∂L/∂w)/∂b", "", "diff(diff(L, w), b)"),
        ("(a\n+ b)", "", "a + b"),
        ("（ｘ＋１）×２", "", "(x + 1)*2"),
    ],
)
def test_a_text_is_read_as_promised(text: str, known: str, own: str) -> None:
    assert printer.own(read(text, *known.split())) == own


def test_a_name_that_is_given_wins_over_a_constant() -> None:
    assert read("e*x").nodes[0].kind is NodeKind.CALL
    assert read("e*x", "e").nodes[0].kind is NodeKind.NAME
    assert read("e = y - x; e^2").nodes[0].kind is NodeKind.NAME
    assert read("f(e) = e^2; f(3) + e").root.children
    assert parse(Source("f(e) = e^2; f(3)")).definitions[0].body.names() == ("e",)


def test_a_constant_exponent_is_a_static_parameter() -> None:
    assert read("x^(1/2)").root.params == (Fraction(1, 2),)
    assert read("x^(2*3-1)").root.params == (Fraction(5),)
    assert read("x^y").root.params == ()


def test_both_readings_of_a_product_right_of_a_slash_are_named() -> None:
    program = parse(Source("1/2x + 1/(2x) + a/b(c)"), ("a", "b"))
    assert [(r.span.text, r.taken, r.other) for r in program.readings] == [
        ("1/2x", "(1/2)·x", "1/(2x)"),
        ("a/b(c)", "(a/b)·c", "a/(b·c)"),
    ]
    assert printer.own(program.expression).startswith("(1/2)*x + 1/(2*x)")


def test_every_node_spans_the_text_it_was_read_from() -> None:
    expr = read("(y - |w x|)^2 + sin(x)")
    spans = {n.span.text for n in expr.nodes if n.span is not None}
    assert spans >= {"y", "w x", "|w x|", "y - |w x|", "(y - |w x|)^2", "sin(x)", "(y - |w x|)^2 + sin(x)"}
    assert all(n.span is not None for n in expr.nodes)


def test_a_last_definition_is_the_expression_and_names_it() -> None:
    program = parse(Source("u = y-x; L = u^2"))
    assert (program.name, printer.own(program.expression)) == ("L", "u^2")
    assert [d.name for d in program.definitions] == ["u"]


def test_definitions_come_after_those_they_use() -> None:
    program = parse(Source("a = b+c; c = d; b = c*2; d = x; f(z) = a*z; f(2)"))
    assert [d.name for d in program.definitions] == ["d", "c", "b", "a", "f"]


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda r: r.name)
def test_every_row_can_be_written(row) -> None:  # type: ignore[no-untyped-def]
    arity = 2 if row.arity is None else row.arity
    letters = list("abc"[:arity])
    if row.role.name in ("CONDITION", "SELECT") and row.name not in ("lt", "le", "gt", "ge", "eq", "ne"):
        letters = [f"({v} > 0)" if row.role.name == "CONDITION" or k == 0 else v for k, v in enumerate(letters)]
    sign, params = row.notation.own, ["2" for p in row.params if p.default is None]
    if row.notation.layout in (Layout.INFIX, Layout.FRACTION, Layout.POWER):
        text = sign.join((*letters, *params)) if len(sign) < 2 or not sign.isalpha() else f" {sign} ".join(letters)
    elif row.notation.layout is Layout.PREFIX:
        text = f"{sign} {letters[0]}"
    else:
        text = sign if row.notation.layout is Layout.NAME else f"{sign}({', '.join((*letters, *params))})"
    text = f"where({text}, 1, 2)" if row.role.name == "CONDITION" else text
    assert row.name in {n.text for n in read(text).nodes if n.kind is NodeKind.CALL}


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("", "no expression", ""),
        (" ;\n", "no expression", ""),
        ("((x)", "never closed", "("),
        ("x)", "never opened", ")"),
        ("(x]", "closed by", "(x]"),
        ("|x", "no partner", "|"),
        ("a || b", "no partner", "|"),
        ("sim(x)", "no function", "sim"),
        ("sin(x, y)", "takes 1 argument, not 2", "sin(x, y)"),
        ("max()", "at least 1", "max()"),
        ("threshold(x)", "needs its parameter 'threshold'", "threshold(x)"),
        ("leaky_relu(x, y)", "not a rational number", "y"),
        ("leaky_relu(x, 1, negative_slope=2)", "twice", "negative_slope"),
        ("where(x=0, 1, 2)", "'=' has no place", "="),
        ("sin x", "needs its argument", "sin"),
        ("sin²(x)", "needs its argument", "sin"),
        ("w(x+1)", "no function", "w"),
        ("√x^2", "two ways", "√x^"),
        ("2 3", "right after a value", "3"),
        ("x 2", "right after a value", "2"),
        ("x +", "missing after '+'", ""),
        ("x + * y", "missing after '+'", "*"),
        ("()", "nothing stands", "()"),
        ("{1, 2}", "a list or a matrix", "{1,"),
        ("(1, 2)", "a comma", ","),
        ("x < y", "a condition stands", "x < y"),
        ("where(x, 1, 2)", "a number stands", "x"),
        ("(a<b) < c", "a condition stands", "a<b"),
        ("a && b", "a number stands", "a"),
        ("e = e*e + e", "defined by itself", "e = e*e + e"),
        ("a = b; b = a; a", "circle: a → b → a", "a = b"),
        ("a = 1; a = 2; a", "defined twice", "a = 2"),
        ("f(z) = f(z); f(1)", "defined by itself", "f(z) = f(z)"),
        ("f(z, z) = z; f(1, 2)", "stands twice", "z"),
        ("f(z) = z; f(1, 2)", "takes 1 argument, not 2", "f(1, 2)"),
        ("f(z) = z; f + 1", "needs its argument", "f"),
        ("f(z) = z", "ends with the definition", "f(z) = z"),
        ("L = x; u = L^2; L", "", None),
        ("u = L^2; L = x", "stands last", "u = L^2"),
        ("x\ny", "before the end", "x"),
        ("x+1 = 2", "can be defined", "x+1"),
        ("9**9**9**9", "exponent is too large", "9**9"),
        ("10^(10^9)", "exponent is too large", "10^9"),
        ("2^5000", "4,096 bits", "2^5000"),
        ("1e999999999", "4,096 bits", "1e999999999"),
        ("9" * 2000, "4,096 bits", "9" * 2000),
        ("__import__('os').system('x')", "'_' has no meaning", "_"),
        ("x\x00y", "control character U+0000", "\x00"),
        ("x % 2", "'%'", "%"),
        ("x!", "'!'", "!"),
        ("x.real", "'.'", "."),
        ("lambda x: x", "':'", ":"),
        ("`x`", "'`'", "`"),
        ("a if x else b", "'if'", "if"),
        ("1_000", "underscore", "1_"),
        ("\u0302x", "stands on no letter", "\u0302"),
        ("diff(L)", "at least one variable", "diff(L)"),
        ("diff(L, w+1)", "with respect to names", "w+1"),
        ("∂L", "without a ∂ below", "∂"),
        ("∂²L/∂w", "order 2", "∂"),
        ("diff(L, w, 99)", "with respect to names", "99"),
    ],
)
def test_bad_input_is_answered_with_its_place_and_what_to_write(text: str, message: str, marked: str | None) -> None:
    if marked is None:
        assert parse(Source(text)).expression.names() == ("L",)
        return
    with pytest.raises(ReadError) as caught:
        parse(Source(text))
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.span is not None
    assert caught.value.span.text == marked
    assert "^" in str(caught.value)


def test_a_typo_is_answered_with_near_names() -> None:
    with pytest.raises(ReadError) as caught:
        read("sigmoit(x)")
    assert "sigmoid" in (caught.value.hint or "")
    with pytest.raises(ReadError) as caught:
        read("w(x+1)")
    assert "w*(…)" in (caught.value.hint or "")


def test_a_single_expression_takes_no_definition() -> None:
    expr, readings = parse_expression(Source("-2*x*f(y)", "--claim"), functions={"f": 1})
    assert (printer.own(expr), readings) == ("-2*x*f(y)", ())
    for text in ("u = 2", "", "x\ny"):
        with pytest.raises(ReadError):
            parse_expression(Source(text))
