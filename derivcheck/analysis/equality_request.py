"""Two formulas and a condition, read and compared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from derivcheck.analysis.array_request import reduces
from derivcheck.budget import Deadline
from derivcheck.derive import derivative_step
from derivcheck.equality.decide import decide
from derivcheck.equality.result import FORMAL, ClaimResult
from derivcheck.equality.sampling import Pair
from derivcheck.errors import ReadError, UnsupportedError
from derivcheck.graph.assemble import append
from derivcheck.graph.builder import GraphBuilder
from derivcheck.language.expr import Expr, Program
from derivcheck.language.parser import parse
from derivcheck.source import Source, Span


def equal(a: Any, b: Any, *, where: str | None = None, shapes: Any = None, timeout: float | None = 5.0) -> ClaimResult:
    """Whether two formulas are the same function wherever both are real.

    Args:
        a: text, an ``Expr``, a ``Program`` or a SymPy expression.
        b: another one, in the same variables.
        where: a condition under which they are compared, such as ``"x > 0 and y != 1"``.
        shapes: shapes of names that are arrays, ``"X=(n,d), w=(d)"`` or a mapping; formulas of arrays are compared in
            every element, at the small sizes that ``.sizes`` of the result names.
        timeout: seconds, or None for no limit; what is not decided by then is undecided, never refuted.

    Returns:
        The verdict with a counterexample, a condition or a reason. Values at single points count: formulas that
        differ at 0 only are different. Points at which only one of the two is defined do not.

    Raises:
        ReadError: a formula or the condition cannot be read.
        ShapeError: formulas of arrays have different shapes.
        PointError: an operation on arrays stands in a formula, and no shape is declared.

    Example:
        >>> result = equal("sqrt(x**2)", "x")
        >>> result.verdict.name, result.condition, str(result.counterexample)
        ('CONDITIONAL', 'x > 0', '1 and -1 at x = -1')
    """
    deadline = Deadline(timeout)
    programs = _programs(a, b)
    if shapes is None and not any(reduces(p) for p in programs):
        return _equal_numbers(a, b, where, deadline)
    from derivcheck.analysis.array_equality import equal_arrays, shapes_of

    declared = shapes_of(programs, shapes)
    if any(declared.values()):
        if where is not None:
            raise UnsupportedError("formulas of arrays are compared without a condition", None, "leave out where=")
        return equal_arrays(*programs, declared, deadline)
    return _equal_numbers(a, b, where, deadline)


def _equal_numbers(a: Any, b: Any, where: str | None, deadline: Deadline) -> ClaimResult:
    """The verdict on formulas of single numbers."""
    result = decide(read_pair(a, b, where), deadline)
    if result.reason != "domain":
        return result
    formal = decide(read_pair(a, b, where, formal=True), deadline)
    return result if formal.reason == "domain" else replace(formal, condition=formal.condition or FORMAL)


def read_pair(a: Any, b: Any, where: str | None = None, *, formal: bool = False) -> Pair:
    """Two formulas and a condition as steps of one graph; letters that one of them has are known in the others.

    A derivative has a value only where what is differentiated has one, unless it is to be taken ``formal``.
    """
    first, second = _programs(a, b)
    builder = GraphBuilder()
    derivative = derivative_step if formal else _within_domain
    left, right = append(builder, first, derivative), append(builder, second, derivative)
    condition = None
    if where is not None:
        chosen = append(builder, _condition(where, {*_names(first), *_names(second)}), derivative_step)
        condition = builder.operands[chosen][0]
    return Pair(builder.finish(left), left, right, condition)


def _programs(a: Any, b: Any) -> tuple[Program, Program]:
    """Both formulas; letters that one of them has are known in the other."""
    first, second = _read(a, "the first formula"), _read(b, "the second formula")
    return _read(a, "the first formula", _names(second)), _read(b, "the second formula", _names(first))


def _within_domain(builder: GraphBuilder, output: int, target: int) -> int:
    """∂output/∂target, with a value only where the output has one: log(x) has no derivative at -1."""
    nothing = builder.scalar("mul", builder.constant(0), output)
    return builder.scalar("add", derivative_step(builder, output, target), nothing)


def _read(formula: Any, name: str, known: Collection[str] = ()) -> Program:
    if isinstance(formula, str):
        return parse(Source(formula, name), known)
    if isinstance(formula, Program):
        return formula
    if isinstance(formula, Expr):
        return Program((), formula)
    from derivcheck.frameworks.sympy_bridge import from_sympy

    return Program((), from_sympy(formula))


def _names(program: Program) -> set[str]:
    return set(program.expression.names()).union(*(d.body.names() for d in program.definitions))


def _condition(text: str, known: Collection[str]) -> Program:
    """A condition as the first operand of a selection."""
    opening = "where("
    try:
        program = parse(Source(f"{opening}{text}, 1, 0)", "the condition"), known)
    except ReadError as error:
        places = [error.span.start, error.span.end] if error.span else [0, 0]
        start, end = (min(max(p - len(opening), 0), len(text)) for p in places)
        raise ReadError(error.message, Span(Source(text, "the condition"), start, end), error.hint) from error
    if program.definitions or program.expression.root.text != "where":
        raise ReadError("a condition is meant here", None, "write a comparison, such as x > 0")
    return program
