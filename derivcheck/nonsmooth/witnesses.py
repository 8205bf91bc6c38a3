"""Exact points on a surface, at which what was derived is compared with one-sided series."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.graph.steps import Graph
from derivcheck.language.builder import number, substitute
from derivcheck.language.expr import Expr, Program
from derivcheck.language.parser import parse_expression
from derivcheck.nonsmooth.breaks import constant_graph
from derivcheck.nonsmooth.cells import INTEGER, Surface
from derivcheck.nonsmooth.quotients import Field, Poly, Quotient
from derivcheck.nonsmooth.surfaces import Landscape
from derivcheck.nonsmooth.writing import Writer
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import REFUSALS
from derivcheck.ops.evaluate import evaluator
from derivcheck.ops.table import TABLE

_TRIALS = 40
_INTEGER_NAME = "k'"
"""The symbol of an integer in formulas; no variable of the author's is called so."""
_SMALL = tuple(Fraction(n, d) for d in (1, 2, 3) for n in (1, 2, -1, 3, -2, 5, -3, 4, -5, 7, -4))
_EXACT = Exact(256)


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """A point on a surface.

    Attributes:
        point: a graph of constants for every variable.
        values: the values of the variables, fractions or balls.
    """

    point: Mapping[str, Graph]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What must hold at a point, besides its lying on a surface.

    Attributes:
        signs: polynomials with the sign they must have.
        nonzero: polynomials that must not vanish.
        corner: a polynomial that must vanish.
    """

    signs: Sequence[tuple[Poly, int]] = ()
    nonzero: Sequence[Poly] = ()
    corner: Poly | None = None


def witnesses(landscape: Landscape, surface: Surface, wanted: Wanted) -> Iterator[Witness]:
    """Exact points on a surface, found by trial: at most a few dozen, perhaps none."""
    rng = random.Random(20)  # noqa: S311 - a fixed sequence of points
    for _ in range(_TRIALS):
        found = _candidate(landscape, surface, rng, wanted.corner)
        if found is None:
            continue
        try:
            signed = all(sign_at(landscape.base, p, found.values) == s for p, s in wanted.signs)
            if signed and all(sign_at(landscape.base, p, found.values) for p in wanted.nonzero):
                yield found
        except REFUSALS:
            continue


def _candidate(
    landscape: Landscape, surface: Surface, rng: random.Random, corner: Poly | None = None
) -> Witness | None:
    base = landscape.base
    values: dict[str, Any] = {n: rng.choice(_SMALL) for n in landscape.variables}
    values[""] = Fraction(rng.randrange(-3, 4))
    if corner is not None and not _turned_to(landscape, corner, values):
        return None
    point = {n: constant_graph(v) for n, v in values.items() if n}
    if surface.thin:
        return _on_all(landscape, surface, values)
    if surface.solution is None or surface.slot is None or not base.generators[surface.slot].is_variable:
        return _tried(base, surface, values, rng)
    name = base.generators[surface.slot].name
    try:
        values[name] = evaluated(base, surface.solution, values)
    except REFUSALS:
        return None
    if isinstance(values[name], Fraction):
        point[name] = constant_graph(values[name])
    else:
        written = Writer(base, _INTEGER_NAME).expr(surface.solution)
        numbers = {n or _INTEGER_NAME: number(v) for n, v in values.items() if n != name}
        point[name] = assemble(Program((), substitute(written, numbers)), derivative_step)
    return Witness(point, values)


def _turned_to(landscape: Landscape, corner: Poly, values: dict[str, Any]) -> bool:
    """Change one value so that a polynomial vanishes; False if that gives no rational number, or no integer for one."""
    base = landscape.base
    slot = landscape.solvable(corner)
    if slot is None or base.generators[slot].args:
        return False
    try:
        found = evaluated(base, landscape.solved(corner, slot), values)
    except REFUSALS:
        return False
    whole = not base.generators[slot].is_variable
    if not isinstance(found, Fraction) or (whole and found.denominator != 1):
        return False
    values["" if whole else base.generators[slot].name] = found
    return True


def _on_all(landscape: Landscape, surface: Surface, values: dict[str, Any]) -> Witness | None:
    """A point at which several equations hold: each solved for the variable it was made for, the last one first."""
    base = landscape.base
    for p in reversed(surface.thin):
        slot = base.used(p)[0]
        if not base.generators[slot].is_variable or int(p.degrees()[slot]) != 1 or not p.derivative(slot).is_constant():
            return None
        values[base.generators[slot].name] = evaluated(base, landscape.solved(p, slot), values)
    if not all(isinstance(v, Fraction) for v in values.values()):
        return None
    return Witness({n: constant_graph(v) for n, v in values.items() if n}, values)


def _tried(base: Field, surface: Surface, values: dict[str, Any], rng: random.Random) -> Witness | None:
    """A point of well-known constants that happens to lie on the surface."""
    point = {n: constant_graph(v) for n, v in values.items() if n}
    for n in point:
        if rng.random() < 0.7:
            expr = rng.choice(_special())
            graph = assemble(Program((), expr), derivative_step)
            point[n] = graph
            from derivcheck.interpret import interpret

            values[n] = interpret(graph, _EXACT, {})[graph.output]
    try:
        vanishes = evaluated(base, Quotient(surface.poly, base.one_poly), values)
    except REFUSALS:
        return None
    near = vanishes == 0 if isinstance(vanishes, Fraction) else vanishes.contains(0)
    return Witness(point, values) if near else None


def _special() -> tuple[Expr, ...]:
    from derivcheck.source import Source

    texts = ("0", "1", "-1", "2", "pi/2", "-pi/2", "pi", "sqrt(2)")
    return tuple(parse_expression(Source(t, "point"), set(), {})[0] for t in texts)


def evaluated(base: Field, a: Quotient, values: Mapping[str, Any]) -> Any:
    """The value of a quotient at a point, exact or a ball."""
    memo: dict[int, Any] = {}
    return _EXACT.div(_polynomial(base, a.num, values, memo), _polynomial(base, a.den, values, memo))


def _polynomial(base: Field, p: Poly, values: Mapping[str, Any], memo: dict[int, Any]) -> Any:
    total: Any = Fraction(0)
    for exponents, c in p.to_dict().items():
        term: Any = Fraction(int(c.p), int(c.q))
        for k, e in enumerate(exponents):
            if e:
                term = _EXACT.mul(term, _EXACT.power(_generator(base, k, values, memo), Fraction(int(e))))
        total = _EXACT.add(total, term)
    return total


def _generator(base: Field, slot: int, values: Mapping[str, Any], memo: dict[int, Any]) -> Any:
    if slot not in memo:
        g = base.generators[slot]
        if g.is_variable:
            memo[slot] = values[g.name]
        elif g.name == INTEGER and not g.args:
            memo[slot] = values[""]
        else:
            args = [
                _EXACT.div(_polynomial(base, a.num, values, memo), _polynomial(base, a.den, values, memo))
                for a in g.args
            ]
            memo[slot] = evaluator(TABLE[g.name], g.params, len(args), _EXACT)(*args)
    return memo[slot]


def sign_at(base: Field, p: Poly, values: Mapping[str, Any]) -> int:
    """The sign of a polynomial at a point, 0 where it cannot be told from 0; under "" stands the symbol's integer."""
    found = evaluated(base, Quotient(p, base.one_poly), values)
    return int(bool(found > 0)) - int(bool(found < 0))
