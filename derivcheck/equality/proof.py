"""The worker's side of a comparison: the normal form on every smooth piece, and on the edges between them.

Imports little, since the worker's start is part of the time of a command.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from derivcheck.equality.cells import cell_points, edge_values, impossible, number_text, readable, sign_at, sign_texts
from derivcheck.equality.watched import Watched
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.normal import Outcome, deciding_signs, prove_equal
from derivcheck.numbers.branches import constant_sign
from derivcheck.numbers.kernel import DomainError, UndecidedError, Undefined
from derivcheck.numbers.pieces import Assignment, Symbolic, pieces

MOST_PIECES = 32
"""Formulas with more smooth pieces are not compared by proof."""
MOST_EDGES = 48
"""Edges beyond this number are not looked at."""
MOST_CONSTANTS = 8
"""Constants beyond this number whose sign is not looked up."""
MOST_SPLITS = 3
"""Signs by which a piece is divided further."""
FEW_POINTS, MANY_POINTS = 2, 24
"""Points in every cell of an axis: where the formulas are proved equal, and where points must do."""

EQUAL, DIFFERENT, UNDECIDED, EMPTY = "EQUAL", "DIFFERENT", "UNDECIDED", "EMPTY"
OUTCOMES = {Outcome.EQUAL: EQUAL, Outcome.DIFFERENT: DIFFERENT, Outcome.NOWHERE: EMPTY}


@dataclass(frozen=True, slots=True)
class Piece:
    """One smooth piece.

    Attributes:
        signs: the sign of each difference that defines it, by the difference's number.
        outcome: EQUAL, DIFFERENT, UNDECIDED, or EMPTY where a side has no value or the condition does not hold.
    """

    signs: Mapping[int, int]
    outcome: str

    def holds(self, signs: Sequence[int | None]) -> bool:
        """Whether a point at which the differences have these signs lies in the piece."""
        return all(signs[k] == sign for k, sign in self.signs.items())


@dataclass(frozen=True, slots=True)
class Difference:
    """A point on an edge at which the values are certainly different, as :class:`..result.Counterexample` has it."""

    point: Mapping[str, Fraction | str]
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What the worker found.

    Attributes:
        pieces: the smooth pieces; those known to be empty are left out.
        texts: for each difference, what to say where it is positive, negative, and 0.
        points: the points that were asked for, and further ones in the pieces and on their edges.
        signs: at each of these points the signs of the differences, None where they could not be told.
        proved: whether the formulas are proved equal on every piece, and on their edges if these were asked for.
        jumped: whether the formulas may jump on an edge.
        reason: why there are no pieces: "pieces" or "unsupported".
        on_edge: a point on an edge at which they differ.
    """

    pieces: tuple[Piece, ...] = ()
    texts: tuple[tuple[str, str, str], ...] = ()
    points: tuple[Mapping[str, Fraction], ...] = ()
    signs: tuple[tuple[int | None, ...], ...] = ()
    proved: bool = False
    jumped: bool = False
    reason: str = ""
    on_edge: Difference | None = None


@dataclass(slots=True)
class _Found:
    """One level of the search: the pieces by their SymPy differences."""

    outcomes: list[tuple[Assignment, str]]
    jumped: bool
    floors: Mapping[Any, Any]
    zeros: list[Any]

    @property
    def differences(self) -> list[Any]:
        signed = [d for assignment, _ in self.outcomes for d in assignment]
        return list(dict.fromkeys([*signed, *(z for z in self.zeros if z not in signed and -z not in signed)]))


class _Prover:
    def __init__(self, graph: Graph, left: int, right: int, condition: int | None) -> None:
        self.graph, self.left, self.right, self.condition = graph, left, right, condition
        self.wanted = {left, right} | (set() if condition is None else {condition})
        self.runs = 0
        self.differing: Difference | None = None

    def pieces(self, symbols: Mapping[str, Any], on_edge: Sequence[Any] = ()) -> _Found:
        """The formulas compared on every smooth piece, the variables standing for given SymPy expressions."""
        found = _Found([], False, {}, [])

        def run(system: Symbolic) -> tuple[list[Any], Mapping[Any, Any], Sequence[Any]]:
            watched = Watched(system.branches, on_edge)
            values = interpret(self.graph, watched, symbols, wanted=self.wanted)
            found.jumped = found.jumped or watched.jumped
            found.zeros += watched.zeros
            return values, system.branches.steps, () if watched.selected else watched.vanished

        for assignment, (values, floors, defined) in pieces(run, MOST_PIECES):
            found.floors = floors
            outcome = self.compared(values, assignment, defined)
            if outcome == UNDECIDED and not floors and not on_edge:
                found.outcomes += self.split(values, assignment, defined)
            else:
                found.outcomes.append((assignment, outcome))
        return found

    def compared(self, values: Sequence[Any], assignment: Assignment, defined: Sequence[Any]) -> str:
        left, right = values[self.left], values[self.right]
        if self.condition is not None and values[self.condition] is not True:
            unsure = isinstance(values[self.condition], Undefined)
            unsure = unsure and not isinstance(values[self.condition].error, DomainError)
            return UNDECIDED if unsure else EMPTY
        refused = [v for v in (left, right) if isinstance(v, Undefined)]
        if refused:
            return EMPTY if any(isinstance(v.error, DomainError) for v in refused) else UNDECIDED
        if left == right:
            return EQUAL
        outcome = prove_equal(left, right)
        signs = [sign * d for d, sign in assignment.items()]
        if outcome is not Outcome.EQUAL:
            signs += _positive_constants(left, right)
        if outcome is not Outcome.EQUAL and (signs or (defined and outcome is Outcome.UNKNOWN)):
            found = prove_equal(left, right, signs, defined=defined)
            outcome = outcome if found is Outcome.UNKNOWN else found
        return OUTCOMES.get(outcome, UNDECIDED)

    def split(
        self, values: Sequence[Any], assignment: Assignment, defined: Sequence[Any]
    ) -> list[tuple[Assignment, str]]:
        """The parts of a piece by the signs on which equality seems to depend."""
        left, right = values[self.left], values[self.right]
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            return [(assignment, UNDECIDED)]
        signs = [sign * d for d, sign in assignment.items()]
        further = [d for d in deciding_signs(left, right, signs) if not {d, -d} & assignment.keys()]
        if not 0 < len(further) <= MOST_SPLITS:
            return [(assignment, UNDECIDED)]
        parts: list[tuple[Assignment, str]] = []
        for chosen in product((1, -1), repeat=len(further)):
            part = {**assignment, **dict(zip(further, chosen, strict=True))}
            parts.append((part, self.compared(values, part, defined)))
        return parts if any(outcome in {EQUAL, EMPTY} for _, outcome in parts) else [(assignment, UNDECIDED)]

    def edges(self, found: _Found, symbols: Mapping[str, Any]) -> bool:
        """Whether the formulas are proved equal wherever a difference is 0.

        Where nothing jumps both are continuous, and equal on an edge because they are equal beside it. Otherwise the
        edge is put in for one of the variables, or what vanishes is taken to be 0 where it stands alone, and the
        formulas are compared on it, edges of edges included.
        """
        stack: list[tuple[_Found, Mapping[str, Any], Sequence[Any]]] = [(found, symbols, ())]
        proved = True
        while stack:
            level, given, zeros = stack.pop()
            if not level.jumped:
                continue
            for difference in level.differences:
                if difference.free_symbols & level.floors.keys():
                    return False
                for inner, vanishing in self.on_edge(difference, given):
                    self.runs += 1
                    if self.runs > MOST_EDGES:
                        return False
                    part = self.pieces(inner, [*zeros, *vanishing])
                    if not _all_equal(outcome for _, outcome in part.outcomes):
                        proved = False
                        if self.differing is None:
                            self.differing = self.difference(inner, symbols)
                        continue
                    stack.append((part, inner, [*zeros, *vanishing]))
        return proved

    def on_edge(self, difference: Any, given: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Sequence[Any]]]:
        """What to put in for the variables, and what to take for 0, to cover the set where a difference is 0."""
        values = edge_values(difference)
        if values is None:
            return [(given, [difference])]
        return [({n: e.subs(symbol, value) for n, e in given.items()}, ()) for symbol, value in values]

    def difference(self, inner: Mapping[str, Any], symbols: Mapping[str, Any]) -> Difference | None:
        """The two values at a single point on an edge, if they certainly differ."""
        if any(e.free_symbols for e in inner.values()) or self.condition is not None:
            return None
        values = interpret(self.graph, Symbolic(), inner, wanted=self.wanted)
        left, right = values[self.left], values[self.right]
        if isinstance(left, Undefined) or isinstance(right, Undefined) or constant_sign(left - right) == 0:
            return None
        place = {name: inner[name] for name in symbols}
        fractions = {n: Fraction(int(e.p), int(e.q)) if e.is_Rational else readable(e) for n, e in place.items()}
        return Difference(fractions, number_text(left), number_text(right))


def _positive_constants(*formulas: Any) -> list[Any]:
    """Values of functions at numbers that occur, with the sign that makes them positive: sin(1), -cos(2)."""
    from sympy import Function

    found = {f for formula in formulas for f in formula.atoms(Function) if f.is_number and f.is_real}
    signs: list[Any] = []
    for constant in sorted(found, key=str)[:MOST_CONSTANTS]:
        with suppress(UndecidedError, DomainError):
            signs.append(constant_sign(constant) * constant)
    return [s for s in signs if s != 0]


def _all_equal(outcomes: Iterable[str]) -> bool:
    return all(outcome in {EQUAL, EMPTY} for outcome in outcomes)


def prove(  # noqa: PLR0917 - sent to the worker by position
    graph: Graph,
    left: int,
    right: int,
    condition: int | None,
    points: Collection[Mapping[str, Fraction]],
    edges: bool,
) -> Findings:
    """Compare two steps of a graph on every smooth piece.

    Args:
        graph: a graph of scalars.
        left: a step.
        right: another one.
        condition: the step of a condition under which they are compared, if any.
        points: whose place among the pieces is asked.
        edges: whether equality on the edges between pieces is asked.
    """
    import sympy

    symbols = {name: sympy.Symbol(name, real=True) for name in graph.inputs}
    prover = _Prover(graph, left, right, condition)
    try:
        found = prover.pieces(symbols)
    except DomainError:
        return Findings(reason="unsupported")
    except UndecidedError:
        return Findings(reason="pieces")
    found.outcomes = [o for o in found.outcomes if not impossible(o[0])]
    differences = found.differences
    proved = _all_equal(outcome for _, outcome in found.outcomes)
    further, complete = cell_points(differences, symbols, found.floors, FEW_POINTS if proved else MANY_POINTS)
    everywhere = [*points, *further]
    signs = [tuple(sign_at(d, symbols, p, found.floors) for d in differences) for p in everywhere]
    numbers = {d: k for k, d in enumerate(differences)}
    kept = [Piece({numbers[d]: s for d, s in assignment.items()}, outcome) for assignment, outcome in found.outcomes]
    if complete:
        kept = [piece for piece in kept if any(piece.holds(s) for s in signs)]
    settled = _all_equal(piece.outcome for piece in kept)
    if settled and edges:
        try:
            settled = prover.edges(found, symbols)
        except (DomainError, UndecidedError):
            settled = False
    texts = tuple(sign_texts(d, found.floors) for d in differences)
    return Findings(tuple(kept), texts, tuple(everywhere), tuple(signs), settled, found.jumped, "", prover.differing)
