"""Pieces of text that several entries of the catalogue share."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.ops.catalogue import Given
from derivcheck.ops.options import Option, Setting, literal

REDUCTION = Option("reduction", Setting.CHOICE, "mean", choices=("mean", "sum", "none"))
"""How the elements of a loss become one number, as in torch."""


def reduced(given: Given, each: str) -> str:
    """The elements ``each`` under the option ``reduction``."""
    return each if given["reduction"] == "none" else f"{given['reduction']}({each})"


def shifted(text: str, by: Fraction) -> str:
    """A sum with a number, which is left out where it is 0."""
    if not by:
        return text
    return f"{text} {'-' if by < 0 else '+'} {literal(abs(by))}"


def defined(*parts: str) -> str:
    """Definitions and one expression as one text; empty parts are left out."""
    return "; ".join(p for p in parts if p)
