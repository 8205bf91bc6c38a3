"""Names: one identity for each way of writing, shown in three notations."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.errors import ReadError
from derivcheck.language import names


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("yhat", "yhat"),
        ("ŷ", "yhat"),
        ("y\u0302", "yhat"),
        ("ȳ", "ybar"),
        ("y\u0305", "ybar"),
        ("ỹ", "ytilde"),
        ("ẏ", "ydot"),
        ("ÿ", "yddot"),
        ("x₁", "x_1"),
        ("x_1", "x_1"),
        ("x₁₂", "x_12"),
        ("xᵢ", "x_i"),
        ("ŷ₁", "yhat_1"),
        ("α", "alpha"),
        ("α\u0302₂", "alphahat_2"),
        ("Σ", "Sigma"),
        ("µ", "mu"),
        ("ϵ", "epsilon"),
        ("𝑥", "x"),
        ("ｗ", "w"),
        ("w_new", "w_new"),
        ("손실", "손실"),
        (unicodedata.normalize("NFD", "손실"), "손실"),
        ("й", "й"),
        (" x ", "x"),
    ],
)
def test_every_way_of_writing_a_name_has_one_identity(written: str, name: str) -> None:
    assert names.canonical(written) == name
    assert names.canonical(unicodedata.normalize("NFD", written)) == name
    assert names.canonical(unicodedata.normalize("NFC", written)) == name


@pytest.mark.parametrize(
    ("name", "shown", "latex"),
    [
        ("yhat", "ŷ", r"\hat{y}"),
        ("ybar", "ȳ", r"\bar{y}"),
        ("xddot", "ẍ", r"\ddot{x}"),
        ("alphahat", "α\u0302", r"\hat{\alpha}"),
        ("x_1", "x₁", "x_{1}"),
        ("x_12", "x₁₂", "x_{12}"),
        ("w_i", "wᵢ", "w_{i}"),
        ("w_new", "w_new", r"w_{\text{new}}"),
        ("w_1_2", "w_1_2", "w_{1,2}"),
        ("alpha", "α", r"\alpha"),
        ("Sigma", "Σ", r"\Sigma"),
        ("Alpha", "Alpha", r"\mathrm{Alpha}"),
        ("omicron", "omicron", r"\mathrm{omicron}"),
        ("loss", "loss", r"\mathrm{loss}"),
        ("yhat_1", "ŷ₁", r"\hat{y}_{1}"),
        ("손실", "손실", r"\text{손실}"),
        ("x", "x", "x"),
    ],
)
def test_a_name_is_shown_as_people_write_it(name: str, shown: str, latex: str) -> None:
    assert names.unicode(name) == shown
    assert names.latex(name) == latex
    assert names.own(name) == name


@pytest.mark.parametrize(
    "text", ["", "1x", "_x", "x'", "x′", "x²", "x+y", "x y", "and", "not", "x₁y", "x-", "∂", "x" * 101]
)
def test_a_text_that_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ReadError) as caught:
        names.canonical(text)
    assert caught.value.hint


def test_a_prime_is_refused_by_name() -> None:
    with pytest.raises(ReadError, match="prime"):
        names.canonical("x'")


pieces = st.sampled_from(
    [*"xyzαβΣéй손₁₂ᵢ_09", "hat", "bar", "ddot", "\u0302", "\u0303", "alpha", "omega", "eta", "x_", "Δ"]
)


@given(st.lists(pieces, min_size=1, max_size=6).map("".join))
def test_showing_a_name_keeps_its_identity(text: str) -> None:
    try:
        name = names.canonical(text)
    except ReadError:
        return
    assert names.canonical(name) == name
    assert names.canonical(names.unicode(name)) == name
    assert names.latex(name).count("{") == names.latex(name).count("}")
