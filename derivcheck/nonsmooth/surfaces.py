"""The surfaces at which a loss may fail to have a derivative, and what it is on both sides of each and on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from derivcheck.graph.assemble import inputs_used
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.nonsmooth.cells import INTEGER, Cell, Choices, Memo, Surface, cells, is_whole
from derivcheck.nonsmooth.definite import semidefinite
from derivcheck.nonsmooth.quotients import SIZES, Field, Poly, Quotient, terms
from derivcheck.numbers.kernel import UndecidedError, Undefined

MOST_CELLS = 64
"""More combinations of signs are not looked at."""

Deadline = Callable[[], None] | None


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A loss at a surface, for one choice of all other signs.

    Attributes:
        choices: the other signs.
        cell: the kernel with the surface, on its positive side.
        above, on, below: the loss where the surface's polynomial is positive, 0 and negative.
    """

    choices: Choices
    cell: Cell
    above: Quotient | Undefined
    on: Quotient | Undefined
    below: Quotient | Undefined


class Landscape:
    """A scalar loss over the field of its variables.

    Args:
        graph: the loss.
        deadline: called now and then; raises when time is up.
        held: variables that are held at a formula of others, over a field of the same variables and size.
        size: how many generators there is room for.
    """

    def __init__(
        self, graph: Graph, deadline: Deadline = None, held: Mapping[str, Quotient] | None = None, size: int = SIZES[-1]
    ) -> None:
        self.graph, self.deadline = graph, deadline
        self.base = Field(size)
        self.noted = ""
        self.implied: Memo = {}
        self.variables = tuple(inputs_used(graph))
        self.inputs = {n: self.base.variable(n) for n in self.variables}
        self.inputs.update(held or {})

    def surfaces(self) -> tuple[Surface, ...]:
        """Every surface that a branch, a root, a logarithm or a denominator asks about.

        Raises:
            UndecidedError: there are too many combinations of signs.
        """
        met: dict[str, Poly] = {}
        for _, cell in cells(self._discovered, MOST_CELLS, self.implied):
            met.update(cell.met)
            self.noted = self.noted or cell.noted
            for whole in cell.whole:
                falls = terms(whole.num)[0][1] < 0
                found = (self.base.add if falls else self.base.sub)(whole, self.integer)
                f = self.base.factors(found.num)[1][0][0]
                met[str(f)] = f
        told = {str(g): g for f in met.values() for g in self._without_floors(f)}
        return tuple(self.surface(f) for f in told.values())

    @property
    def integer(self) -> Quotient:
        """The symbol that stands for any integer."""
        return self.base.applied(INTEGER, (), ())

    def _without_floors(self, f: Poly) -> tuple[Poly, ...]:
        """The polynomial with the symbol of any integer in place of an integer part."""
        floors = [k for k in self.base.used(f) if is_whole(self.base, k) and self.base.generators[k].args]
        if not floors:
            return (f,)
        if floors == self.base.used(f):
            return ()  # it changes only where an integer part does
        if len(floors) > 1:
            raise UndecidedError("several integer parts in one switch")
        found = self.base.replaced(Quotient(f, self.base.one_poly), {floors[0]: self.integer})
        free = self.base.depends(found)
        return tuple(g for g, _ in self.base.factors(found.num)[1]) if free else ()

    def _discovered(self, choices: Choices) -> Cell:
        cell = Cell(self.base, choices)
        self._value(cell)
        return cell

    def _value(self, cell: Cell) -> Any:
        output = self.graph.output
        found = interpret(self.graph, cell, self.inputs, wanted=[output], deadline=self.deadline)[output]
        if isinstance(found, Undefined) and isinstance(found.error, UndecidedError):
            raise found.error
        return found

    def surface(self, f: Poly, name: str = "") -> Surface:
        """The surface f = 0, solved for a variable if one is named and that can be done."""
        parts = semidefinite(self.base, f)[1]
        if parts:
            return Surface(f, thin=parts)
        own = self._slot(f, name)
        slot = self.solvable(f) if own is None else own
        if slot is None:
            return Surface(f)
        return Surface(f, slot, self.solved(f, slot))

    def solvable(self, f: Poly) -> int | None:
        """The generator that f = 0 is best solved for: a variable with a constant coefficient first."""
        used = self.base.used(f)
        variables = [k for k in used if self.base.generators[k].is_variable]
        simple = [k for k in variables if self._linear(f, k)]
        constant = [k for k in simple if f.derivative(k).is_constant()]
        others = [k for k in used if k not in variables and int(f.degrees()[k]) == 1 and f.derivative(k).is_constant()]
        others = [k for k in others if not self.base.generators[k].positive]
        return next(iter([*constant, *simple, *others]), None)

    def _linear(self, f: Poly, slot: int) -> bool:
        """Whether f is of first degree in a variable that nothing else in it depends on."""
        name = self.base.generators[slot].name
        inside = any(name in self.base.generators[k].depends for k in self.base.used(f) if k != slot)
        return int(f.degrees()[slot]) == 1 and not inside

    def solve(self, f: Poly, name: str) -> Quotient | None:
        """What a variable is where f = 0; None if that is no rational formula."""
        slot = self._slot(f, name)
        return None if slot is None else self.solved(f, slot)

    def _slot(self, f: Poly, name: str) -> int | None:
        """The generator of a variable that f = 0 can be solved for."""
        for k in self.base.used(f):
            generator = self.base.generators[k]
            if generator.is_variable and generator.name == name and self._linear(f, k):
                return k
        return None

    def solved(self, f: Poly, slot: int) -> Quotient:
        """-B/A where f = A·g + B."""
        slope = f.derivative(slot)
        return self.base.quotient(-(f - slope * self.base.gens[slot]), slope)

    def beside(self, surface: Surface) -> Iterator[Beside]:
        """The loss on both sides of a surface and on it, for every choice of the other signs.

        Raises:
            UndecidedError: there are too many, or a sign cannot be told.
        """
        for _, found in cells(lambda choices: self._beside(surface, choices), MOST_CELLS, self.implied):
            yield found

    def _beside(self, surface: Surface, choices: Choices) -> Beside:
        sides = [Cell(self.base, choices, surface, side) for side in (1, 0, -1)]
        above, on, below = (self._value(c) for c in sides)
        return Beside(choices, sides[0], above, on, below)
