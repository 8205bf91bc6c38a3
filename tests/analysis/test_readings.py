"""Two readings of the numbers of a text: exactly as written, or as binary64."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck import Existence, analyze
from derivcheck.analysis.readings import in_binary64
from derivcheck.errors import PointError
from derivcheck.language.parser import parse
from derivcheck.source import Source

POINT = {"x": "0.1"}


def kinds(literals, at=None):
    """The kind of the point in the reading asked for, and in the other one."""
    found = analyze("|3*x-0.3|", POINT if at is None else at, literals=literals, oracles=())
    other = found.evidence.otherwise.get("x")
    return found.gradient["x"].kind, None if other is None else other.kind


def test_a_kink_of_the_text_that_is_none_in_floats_is_reported_in_both_readings():
    assert kinds("decimal") == (Existence.KINK, Existence.SMOOTH)
    assert kinds("binary64") == (Existence.SMOOTH, Existence.KINK)


def test_a_float_given_in_python_is_its_binary_value_in_both_readings():
    assert kinds("decimal", {"x": 0.1}) == (Existence.SMOOTH, None)


def test_a_number_that_floats_hold_exactly_reads_the_same():
    found = analyze("|x-0.5|", {"x": "0.5"}, oracles=())
    assert not found.evidence.otherwise


def test_the_other_reading_is_said_in_the_report_and_in_the_json():
    found = analyze("|3*x-0.3|", POINT, oracles=())
    assert "With the numbers of the text read as binary64: " in found.to_text()
    assert '"otherwise": {"literals": "binary64", "exists": true, "kind": "SMOOTH"}' in found.to_json()


def test_values_follow_the_reading():
    assert analyze("0.1*x", {"x": 1}, oracles=()).gradient["x"].value == Fraction(1, 10)
    assert analyze("0.1*x", {"x": 1}, literals="binary64", oracles=()).gradient["x"].value == Fraction(0.1)


def test_an_unknown_reading_is_refused():
    with pytest.raises(PointError, match="no reading 'octal'"):
        analyze("x", literals="octal")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**6, places=6))
def test_a_number_is_read_as_the_float_that_python_reads(decimal):
    (node,) = in_binary64(parse(Source(f"{decimal:f}")).expression).nodes
    assert node.value == Fraction(float(decimal))
