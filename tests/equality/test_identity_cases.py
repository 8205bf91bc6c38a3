"""Derivatives of published antiderivatives against their integrands: decided, and never wrongly.

The cases were written by hand over the families of the usual tables of integrals, each confirmed with 50 digits at
points at which both sides are real; every corrupted one differs from a true one in one place and was confirmed to be
wrong. ``python -m benchmarks.identities`` asks all of them.
"""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.identities import read_cases
from derivcheck import ClaimResult, Verdict, equal

STRIDE = 8
"""Every eighth pair is asked here."""


def asked(case: dict[str, Any], timeout: float = 30.0) -> ClaimResult:
    """The derivative of the antiderivative beside the integrand."""
    return equal(f"diff({case['antiderivative']}, {case['variable']})", case["integrand"], timeout=timeout)


def test_the_case_file_is_as_large_as_it_should_be() -> None:
    """Enough pairs, as many corrupted ones as true ones, none twice."""
    cases = read_cases()
    assert len({(c["integrand"], c["antiderivative"]) for c in cases}) == len(cases)
    assert sum(not c["corrupted"] for c in cases) >= 250
    assert sum(c["corrupted"] for c in cases) >= 250


def test_identities_are_decided_and_never_wrongly() -> None:
    """At least 95 % of true ones are proved and of corrupted ones refuted; no verdict is wrong."""
    cases = read_cases()
    true, corrupted = [c for c in cases if not c["corrupted"]], [c for c in cases if c["corrupted"]]
    sample = [*true[::STRIDE], *corrupted[STRIDE // 2 :: STRIDE]]
    decided = 0
    for case in sample:
        verdict = asked(case).verdict
        wrong = {Verdict.VERIFIED, Verdict.CONSISTENT} if case["corrupted"] else {Verdict.REFUTED, Verdict.CONDITIONAL}
        assert verdict not in wrong, case
        decided += verdict in {Verdict.VERIFIED, Verdict.REFUTED}
    assert decided >= 0.95 * len(sample)


SIGNED = [
    ("1/(a+b*x^2)", "atan(x*sqrt(b/a))/sqrt(a*b)", "a > 0"),
    ("1/sqrt(x^2-a^2)", "acosh(x/a)", "a > 0"),
    ("cos(x)/sqrt(a^2+b^2*sin(x)^2)", "asinh(b*sin(x)/a)/b", "a > 0"),
    ("1/sqrt(a^2+x^2)", "asinh(x/a)", "a > 0"),
]


@pytest.mark.parametrize(("integrand", "antiderivative", "condition"), SIGNED)
def test_identities_for_one_sign_of_a_parameter_are_conditional(
    integrand: str, antiderivative: str, condition: str
) -> None:
    """Tables print many formulas without saying that they need a > 0."""
    found = asked({"antiderivative": antiderivative, "variable": "x", "integrand": integrand})
    assert (found.verdict, found.condition) == (Verdict.CONDITIONAL, condition)
    derivative = f"diff({antiderivative}, x)"
    assert equal(derivative, integrand, where=condition).verdict is Verdict.VERIFIED
