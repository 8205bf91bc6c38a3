"""The worker's side of the direct oracle: SymPy differentiates the whole loss, the normal form compares.

Imports little, since the worker's start is part of the time of every command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from typing import Any

from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.normal import Outcome, prove_equal
from derivcheck.numbers.kernel import DomainError, UndecidedError, Undefined
from derivcheck.numbers.pieces import Symbolic, pieces

MOST_PIECES = 64
"""A loss of more smooth pieces than this is not compared."""

MOST_SAMPLES = 400
"""Points tried to see whether a piece has any."""

PROVED, DIFFERENT, UNDECIDED = "PROVED", "DIFFERENT", "UNDECIDED"

Finding = tuple[str, int, str]
"""The outcome, the number of smooth pieces compared, and the reason where there is no proof."""


def prove(
    graph: Graph, output: int, request: Sequence[tuple[Any, str, tuple[int | None, ...], int]], upstream: Fraction
) -> dict[Any, Finding]:
    """Differentiate with SymPy and compare, piece by piece.

    Args:
        graph: the loss and its derivatives.
        output: the step of the loss.
        request: key, variable, the steps that must all be its derivative (None: zero), the step that is differentiated.
        upstream: the factor by which derivatives of the loss itself are larger.
    """
    import sympy

    symbols = {name: sympy.Symbol(name, real=True) for name in graph.inputs}
    wanted = {output} | {k for _, _, ours, of in request for k in (*ours, of) if k is not None}

    def run(system: Symbolic) -> list[Any]:
        return interpret(graph, system, symbols, wanted=wanted)

    outcomes = {key: PROVED for key, *_ in request}
    count = 0
    try:
        for signs, values in pieces(run, MOST_PIECES):
            loss = values[output]
            if isinstance(loss, Undefined) and isinstance(loss.error, DomainError):
                continue  # the loss has no value anywhere on this piece
            count += 1
            for key, name, ours, of in request:
                factor = upstream if of == output else Fraction(1)
                found = _compared(values, symbols.get(name), ours, of, factor)
                if found == DIFFERENT and not _inhabited(signs):
                    found = UNDECIDED  # the signs may contradict each other: nothing is refuted on an empty piece
                if found != PROVED and outcomes[key] != DIFFERENT:
                    outcomes[key] = found
    except DomainError:
        return dict.fromkeys(outcomes, (UNDECIDED, 0, "unsupported"))
    except UndecidedError:
        return dict.fromkeys(outcomes, (UNDECIDED, 0, "pieces"))
    if not count:
        return dict.fromkeys(outcomes, (UNDECIDED, 0, "unsupported"))
    return {key: (o, count, "normal_form" if o == UNDECIDED else "") for key, o in outcomes.items()}


def _compared(values: Sequence[Any], symbol: Any, ours: tuple[int | None, ...], of: int, factor: Fraction) -> str:
    """SymPy's derivative of one step beside each of ours, on one piece."""
    import sympy

    derived = [sympy.Integer(0) if k is None else values[k] for k in ours]
    if any(isinstance(v, Undefined) for v in (*derived, values[of])):
        return UNDECIDED
    scale = sympy.Rational(factor.numerator, factor.denominator)
    direct = sympy.Integer(0) if symbol is None else sympy.diff(values[of], symbol) * scale
    found = {prove_equal(direct, v) for v in dict.fromkeys(derived)}  # what SymPy holds for one is proved once
    if Outcome.DIFFERENT in found:
        return DIFFERENT
    return PROVED if found == {Outcome.EQUAL} else UNDECIDED


def _inhabited(signs: Mapping[Any, int]) -> bool:
    """Whether a point with these signs is found: near small integers and near the zeros of linear quantities."""
    symbols = sorted({s for quantity in signs for s in quantity.free_symbols}, key=str)
    values: dict[Any, list[float]] = {s: [-2.3, -1.1, -0.4, 0.3, 0.7, 1.6, 3.2] for s in symbols}
    for quantity in signs:
        for symbol in quantity.free_symbols:
            slope = quantity.diff(symbol)
            if slope.is_number and slope != 0 and len(quantity.free_symbols) == 1:
                zero = float(symbol - quantity / slope)
                values[symbol] += [zero - 1e-3, zero + 1e-3]
    for point in islice(product(*(values[s] for s in symbols)), MOST_SAMPLES):
        there = dict(zip(symbols, point, strict=True))
        if all(sign * quantity.evalf(subs=there) > 0 for quantity, sign in signs.items()):
            return True
    return not symbols
