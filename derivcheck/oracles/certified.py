"""Certified values of a graph at an exact point: fractions, or balls narrow enough to print.

The precision is raised until every value is known to a stated number of bits; whether a number is 0 that no precision
can tell from 0 is put to SymPy on the last rung (see :mod:`derivcheck.numbers.symbolic`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from fractions import Fraction

from flint import arb

from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret, values_at
from derivcheck.numbers.coefficient import Symbolic
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import DomainError, UndecidedError, Undefined, Value
from derivcheck.numbers.symbolic import SymbolicExact

LADDER = (128, 512, 2048)
"""Bits of precision that are tried, in order."""
ENOUGH_BITS = 70
"""A ball with this many certain bits is narrow enough."""


def certify(
    graph: Graph,
    point: Mapping[str, Graph],
    wanted: Collection[int],
    *,
    also: Collection[int] = (),
    deadline: Callable[[], None] | None = None,
) -> list[Value]:
    """The value of the wanted steps and of all they read.

    Args:
        graph: any graph; of arrays small ones.
        point: a graph of constants for every variable.
        wanted: the steps whose values are asked for.
        also: further steps to compute, to whatever precision the wanted ones need.
        deadline: called now and then; raises when time is up.

    Returns:
        By step a ``Fraction``, a ball that certainly holds the value, a bool, ``Undefined`` where there is no value or
        it could not be told, or None where it was not needed; NumPy arrays of these for steps with indices.
    """
    values: list[Value] = []
    for bits in LADDER:
        values = _run(graph, Exact(bits), point, {*wanted, *also}, deadline)
        if all(_settled(values[k]) for k in wanted):
            return values
    values = _run(graph, SymbolicExact(LADDER[-1]), point, {*wanted, *also}, deadline)
    return [_plain(v, proved=k in wanted) for k, v in enumerate(values)]


def _run(
    graph: Graph,
    system: Exact,
    point: Mapping[str, Graph],
    wanted: Collection[int],
    deadline: Callable[[], None] | None,
) -> list[Value]:
    return interpret(graph, system, values_at(point, system), wanted=wanted, deadline=deadline)


def _settled(value: Value) -> bool:
    if hasattr(value, "flat"):  # an array of numbers
        return all(_settled(v) for v in value.flat)
    if isinstance(value, Undefined):
        return isinstance(value.error, DomainError)
    if isinstance(value, arb):
        return bool(value.is_finite() and value.rel_accuracy_bits() >= ENOUGH_BITS)
    return True


def _plain(value: Value, *, proved: bool) -> Value:
    """A fraction or ball; with ``proved``, a ball that holds 0 is 0 where SymPy proves it."""
    if hasattr(value, "flat"):
        plain = value.copy()
        plain.flat = [_plain(v, proved=proved) for v in value.flat]
        return plain
    if not isinstance(value, Symbolic):
        return value
    if proved and value.ball.contains(0):
        with suppress(UndecidedError):
            return Fraction(value.sign())
    return value.ball


def refused(value: Value) -> str:
    """Why there is no value: "domain", "undecided", or "" if there is one."""
    if not isinstance(value, Undefined):
        return ""
    return "domain" if isinstance(value.error, DomainError) else "undecided"


def known(value: Value) -> Fraction | arb | None:
    """The number, or None where there is none."""
    return value if isinstance(value, Fraction | arb) else None
