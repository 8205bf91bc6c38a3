"""Two readings of the numbers in a text: exactly as written, or as the binary64 numbers that a program would hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from derivcheck.derive import derivative_step
from derivcheck.errors import PointError
from derivcheck.frameworks.torch_bridge import nearest
from derivcheck.graph.assemble import assemble
from derivcheck.graph.steps import Graph
from derivcheck.language.expr import Expr, Node, NodeKind, Program

DECIMAL, BINARY64 = "decimal", "binary64"
LITERALS = (DECIMAL, BINARY64)
"""How the numbers of a text can be read."""


@dataclass(frozen=True, slots=True)
class OtherReading:
    """The loss and its point with their numbers read the other way.

    Attributes:
        literals: that reading.
        graph: the loss.
        constants: the point, as graphs of constants.
    """

    literals: str
    graph: Graph
    constants: Mapping[str, Graph]


def read_literals(literals: str) -> str:
    """The reading asked for.

    Raises:
        PointError: there is no such reading.
    """
    if literals not in LITERALS:
        raise PointError(f"there is no reading '{literals}' of numbers", None, f"write one of: {', '.join(LITERALS)}")
    return literals


def other_reading(program: Program, point: Mapping[str, Expr], literals: str) -> OtherReading | None:
    """The reading that is not ``literals``, None where all numbers are binary64 numbers.

    Args:
        program: the loss, its numbers as written.
        point: the values of its variables, as written.
        literals: the reading that was asked for.
    """
    rounded, values = program_in_binary64(program), {n: in_binary64(e) for n, e in point.items()}
    if rounded == program and values == point:
        return None
    if literals == BINARY64:
        rounded, values = program, dict(point)
    constants = {n: assemble(Program((), e), derivative_step) for n, e in values.items()}
    other = DECIMAL if literals == BINARY64 else BINARY64
    return OtherReading(other, assemble(rounded, derivative_step), constants)


def program_in_binary64(program: Program) -> Program:
    """The program with every number as the nearest binary64 number; exponents and other static parameters stay."""
    definitions = tuple(replace(d, body=in_binary64(d.body)) for d in program.definitions)
    return replace(program, definitions=definitions, expression=in_binary64(program.expression))


def in_binary64(expr: Expr) -> Expr:
    """The expression with every number as the nearest binary64 number, in the text that was typed."""
    if all(_rounded(n) is n for n in expr.nodes):
        return expr
    return Expr(tuple(_rounded(n) for n in expr.nodes))


def _rounded(node: Node) -> Node:
    if node.kind is not NodeKind.NUMBER or node.value is None:
        return node
    number = nearest(node.value)
    if number in (float("inf"), float("-inf")) or Fraction(number) == node.value:
        return node
    return replace(node, value=Fraction(number), text=node.text or str(number))
