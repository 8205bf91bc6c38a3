"""What follows from the domain: signs, and that there is none."""

from __future__ import annotations

import sympy

from derivcheck.normal import Outcome, deciding_signs, prove_equal

x, y, a = sympy.symbols("x y a", real=True)


def test_signs_follow_from_linear_inequalities() -> None:
    """Where 1 - x² > 0 both factors are positive; where x² - 1 > 0 they need not be."""
    root = sympy.sqrt(1 - x**2)
    assert prove_equal(root * sympy.sqrt((1 + x) / (1 - x)), 1 + x) is Outcome.EQUAL
    assert prove_equal(sympy.sqrt(x**2 - 1) * sympy.sqrt((x + 1) / (x - 1)), x + 1) is Outcome.UNKNOWN


def test_contradicting_signs_leave_no_point() -> None:
    """log x has no value where -x > 0; √x·√(-x-1) has none either, but for single points that are not ruled out."""
    assert prove_equal(sympy.log(x), x, [-x]) is Outcome.NOWHERE
    assert prove_equal(sympy.sqrt(x), sympy.sqrt(x) + abs(x), [-x]) is Outcome.NOWHERE
    assert prove_equal(sympy.sqrt(x) * sympy.sqrt(-x), x, []) is not Outcome.NOWHERE


def test_what_is_defined_restricts_the_domain() -> None:
    """√(x²) = x where log x or acosh x is known to be real, or √(x - 1) is."""
    for known in (sympy.log(x), sympy.acosh(x)):
        assert prove_equal(sympy.sqrt(x**2, evaluate=False), x, defined=[known]) is Outcome.EQUAL
    assert prove_equal(sympy.sqrt(x**2, evaluate=False), x) is Outcome.UNKNOWN


def test_the_signs_that_decide_are_named() -> None:
    """a·√(1/a²) is 1 or -1 by the sign of a."""
    assert deciding_signs(a * sympy.sqrt(y / a), sympy.sqrt(a * y)) in ([a], [y], [a, y])
    assert deciding_signs(x + 1, 1 + x) == []
