"""Formulas of numbers alone are compared like any others."""

import pytest

from derivcheck import Verdict, equal


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("sin(1)/sqrt(1-cos(1)^2)", "1"),
        ("sqrt(1-sin(2)^2)*x", "-cos(2)*x"),
        ("sqrt(log(1/2)^2)", "log(2)"),
        ("digamma(1e6)", "(digamma(1e6)+digamma(1e6))/2"),
        ("lgamma(1e9)*x", "x*lgamma(1e9)+0"),
    ],
)
def test_equal_constants_are_proved(a: str, b: str) -> None:
    """The signs of constants are looked up, and no factorial is written out."""
    assert equal(a, b).verdict is Verdict.VERIFIED


def test_constants_of_the_other_sign_are_refuted() -> None:
    """cos(2) is negative, a root is not."""
    assert equal("sqrt(1-sin(2)^2)", "cos(2)").verdict is Verdict.REFUTED
