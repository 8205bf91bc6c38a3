"""Texts that want to crash, hang or fill the memory: the parser answers in linear time, or refuses."""

from __future__ import annotations

import contextlib
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.errors import DerivcheckError, ReadError
from derivcheck.language import printer
from derivcheck.language.expr import Expr
from derivcheck.language.parser import parse
from derivcheck.source import Source


def read(text: str) -> Expr:
    return parse(Source(text)).expression


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "[" * 100_000,
        "|" * 100_000,
        "sin(" * 25_000,
        ")" * 100_000,
        "()" * 50_000,
        "-" * 100_000 + "x",
        "√" * 100_000 + "x",
        "x" + "^x" * 50_000,
        "not " * 25_000 + "x",
        "∂(" * 30_000,
        "(" * 1001 + "x" + ")" * 1001,
        "9^" * 30_000 + "9",
        "x" * 100_000,
        "\u0302" * 10_000,
        "x" * 1_000_001,
        ",".join("x" * 20_000),
    ],
    ids=range(17),
)
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(ReadError) as caught:
        parse(Source(text))
    assert len(str(caught.value)) < 2000


def test_a_thousand_levels_are_read_in_a_thread_with_a_small_stack() -> None:
    found: list[str] = []

    def work() -> None:
        found.append(printer.own(read("(1+" * 999 + "x" + ")" * 999)))
        found.append(printer.unicode(read("sin(" * 1000 + "x" + ")" * 1000)))
        found.append(printer.latex(read("| " * 500 + "x" + " |" * 500)))

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert found[0].count("(") == 998
    assert found[1] == "sin(" * 1000 + "x" + ")" * 1000
    assert found[2].count(r"\left|") == 500


def test_long_sums_and_many_definitions_are_read() -> None:
    assert len(read("+".join(["x"] * 20_000)).nodes) == 39_999
    text = "; ".join(["h0 = x", *(f"h{k} = tanh(h{k - 1})" for k in range(1, 5000))])
    assert len(parse(Source(text)).definitions) == 4999
    program = parse(Source("+".join(["1/2x"] * 10_000)))
    assert len(program.readings) == 20


def survives(text: str) -> None:
    """Reading and printing ``text`` raises nothing but the project's own errors."""
    with contextlib.suppress(DerivcheckError):
        program = parse(Source(text), ("x", "w", "yhat"))
        for notation in (printer.own, printer.ascii, printer.unicode, printer.latex):
            assert notation(program.expression)


noise = st.lists(
    st.sampled_from(
        [*"xwyeπ0123.+-*/^()[]{}|,=;<> \n²⁻ⁿ₁√∂∛αŷ'!", "sin(", "max(", "where(", "diff(", "f(z)=", "leaky_relu(x,",
         "negative_slope=", " and ", " or ", " not ", "==", "<=", "**", "1e5", "∂x", "/∂x", "\u0302"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(st.text(max_size=60))
def test_arbitrary_text_raises_only_own_errors(text: str) -> None:
    survives(text)


@given(noise)
def test_noise_of_the_grammar_raises_only_own_errors(text: str) -> None:
    survives(text)
