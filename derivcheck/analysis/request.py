"""What was asked, read: the loss as a graph, the point exactly, the variables to differentiate by."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from derivcheck.analysis.array_request import (
    Value,
    array_loss_graph,
    check_class_numbers,
    constant_graphs,
    find_shapes,
    given_operands,
    given_value,
    read_assumed,
    require_single_number,
    subscript_names,
    value_in_binary64,
    value_span,
    with_extents,
)
from derivcheck.analysis.readings import (
    BINARY64,
    DECIMAL,
    OtherReading,
    other_reading,
    program_in_binary64,
    read_literals,
)
from derivcheck.derive import derivative_step
from derivcheck.errors import PointError
from derivcheck.frameworks.torch_bridge import require_device
from derivcheck.graph.assemble import assemble, inputs_used
from derivcheck.graph.steps import Graph
from derivcheck.language.array_data import ArrayData
from derivcheck.language.assumptions import Assumption
from derivcheck.language.constants import rational_value
from derivcheck.language.expr import Expr, Program
from derivcheck.language.names import canonical
from derivcheck.language.parser import parse_texts
from derivcheck.language.point import constant_expr, read_constant, read_point
from derivcheck.ops.losses import as_call
from derivcheck.oracles.rounding import FORMATS
from derivcheck.report.material import Shapes
from derivcheck.source import Source

DATA = frozenset({"x", "y", "t", "X", "Y"})
"""Names that by convention hold data, not parameters; their subscripted forms too."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss that was read.

    Attributes:
        program: the text as read; definitions given apart come first.
        graph: the loss as a graph of scalars.
        variables: those it depends on, in the order in which they were met.
        point: the given values, by variable.
        constants: the same as graphs of constants, large arrays left out.
        missing: the variables without a value.
        wrt: the variables to differentiate by.
        literals: how its numbers are read, "decimal" or "binary64".
        other: the same with its numbers read the other way, if that makes a difference.
        shapes: the shapes of a loss of arrays; None for a loss of scalars.
        assumptions: what is stated of inputs.
        wrt_reason: "given", "all", "parameters", "nothing_else" or "claimed" (some are only claimed about).
    """

    program: Program
    graph: Graph
    variables: tuple[str, ...]
    point: Mapping[str, Value]
    constants: Mapping[str, Graph]
    missing: tuple[str, ...]
    wrt: tuple[str, ...]
    wrt_reason: str
    literals: str = DECIMAL
    other: OtherReading | None = None
    shapes: Shapes | None = None
    assumptions: tuple[Assumption, ...] = ()


def read_loss(
    expression: Any,
    at: str | Iterable[str] | Mapping[str, Any] | None = None,
    *,
    wrt: str | Sequence[str] | None = None,
    let: str | Iterable[str] | Mapping[str, str] | None = None,
    known: Collection[str] = (),
    claimed: Collection[str] = (),
    literals: str = DECIMAL,
    shapes: Any = None,
    assume: Any = None,
) -> Loss:
    """Read a loss, its point and its variables.

    Args:
        expression: text, an ``Expr``, a ``Program``, or a SymPy expression.
        at: ``"x=2,y=4"``, several of these, or a mapping of names to numbers or texts.
        wrt: ``"w,b"``, names, or ``"all"``; by default every name that is not data by convention.
        let: definitions ``"yhat=w*x+b"``, or a mapping of names to expressions.
        known: further canonical names that are known.
        literals: "decimal", numbers exactly as written, or "binary64", the nearest of those.
        claimed: names that claims are about; the variables among them are differentiated by too.
        shapes: declared shapes, ``"X=(n,d), w=(d)"`` or a mapping.
        assume: stated facts about inputs, ``"t: onehot"`` or a mapping.

    Raises:
        ReadError: the expression or a definition cannot be read.
        PointError: the point or the variables do not fit the expression.
    """
    point = read_values(at)
    asked = _names(wrt)
    definitions = _definition_texts(let)
    program = _program(expression, definitions, {*point, *(n for n in asked if n != "all"), *known})
    found = find_shapes(program, point, shapes)
    written = program, point
    if read_literals(literals) == BINARY64:
        program, point = program_in_binary64(program), {n: value_in_binary64(e) for n, e in point.items()}
    graph = array_loss_graph(program, found, point) if found else assemble(program, derivative_step)
    require_single_number(graph, program)
    found = None if graph.scalar else with_extents(found or Shapes({}, {}, "values"), graph, point)
    variables = tuple(inputs_used(graph))
    check_class_numbers(graph, program, point)
    assumptions = read_assumed(assume, variables, graph, point)
    _check_point(point, variables, program)
    chosen, reason = _chosen(asked, variables, program)
    joined = tuple(n for n in dict.fromkeys(claimed) if n in variables and n not in chosen)
    chosen, reason = (*chosen, *joined), "claimed" if joined else reason
    missing = tuple(v for v in variables if v not in point)
    used = {n: e for n, e in point.items() if n in variables}
    typed = {n: e for n, e in written[1].items() if n in used and isinstance(e, Expr)}
    other = None if missing or found else other_reading(written[0], typed, literals)
    constants = constant_graphs(used)
    return Loss(
        program, graph, variables, used, constants, missing, chosen, reason, literals, other, found, assumptions
    )


def read_values(at: str | Iterable[str] | Mapping[str, Any] | None) -> Mapping[str, Value]:
    """A point by canonical names, each value a constant expression or the elements of an array."""
    if at is None:
        return {}
    if not isinstance(at, Mapping):
        texts = [at] if isinstance(at, str) else list(at) if isinstance(at, Iterable) else [at]
        if not all(isinstance(t, str) for t in texts):
            raise PointError("a point is text, or a mapping of names to values", None, 'write at={"x": 2}')
        return read_point(texts)
    if not all(isinstance(n, str) for n in at):
        raise PointError("the names of a point are text", None, 'write at={"x": 2}')
    values: dict[str, Value] = {}
    for name, value in at.items():
        key = canonical(name)
        if key in values:
            raise PointError(f"'{name}' is given twice", None, "give each name once")
        values[key] = value if isinstance(value, Expr | ArrayData) else given_value(value)
    return values


def read_rate(rate: Any) -> Expr:
    """A learning rate as a constant expression."""
    return read_constant(Source(rate, "--lr")) if isinstance(rate, str) else constant_expr(rate)


def read_upstream(upstream: Any) -> Fraction | None:
    """An upstream gradient, which must be rational."""
    if upstream is None:
        return None
    expr = read_constant(Source(upstream, "--upstream")) if isinstance(upstream, str) else constant_expr(upstream)
    value = rational_value(expr)
    if value is None:
        raise PointError("an upstream gradient is a rational number", expr.root.span, "write 3, 1/3 or 0.5")
    return value


@dataclass(frozen=True, slots=True)
class Machine:
    """Where autograd runs: torch's name of the floating type, and the device."""

    dtype: str = "float64"
    device: str = "cpu"


USUAL_MACHINE = Machine()


def read_machine(dtype: Any = "float64", device: Any = "cpu") -> Machine:
    """The floating type and the device that autograd is asked for.

    Raises:
        PointError: there is no such type, or no such device here.
    """
    name = str(dtype).removeprefix("torch.")
    if name not in FORMATS:
        raise PointError(f"there is no floating type '{dtype}'", None, f"write one of: {', '.join(FORMATS)}")
    require_device(str(device))
    return Machine(name, str(device))


def _names(wrt: str | Sequence[str] | None) -> tuple[str, ...]:
    if wrt is None:
        return ()
    parts = (
        re.split(r"[,\s]+", wrt.strip()) if isinstance(wrt, str) else list(wrt) if isinstance(wrt, Iterable) else [wrt]
    )
    if not all(isinstance(p, str) for p in parts):
        raise PointError("the variables are names", None, 'write wrt="w,b"')
    if not all(parts) or not parts:
        raise PointError("the list of variables is empty or has an empty item", None, "write --wrt w,b")
    return tuple(dict.fromkeys(canonical(p) for p in parts))


def _definition_texts(let: str | Iterable[str] | Mapping[str, str] | None) -> list[Source]:
    if let is None:
        return []
    if isinstance(let, str):
        texts = [let]
    elif isinstance(let, Mapping):
        texts = [f"{name} = {body}" for name, body in let.items()]
    else:
        texts = list(let)
    return [Source(t, "--let") for t in texts]


def _program(expression: Any, definitions: list[Source], known: Collection[str]) -> Program:
    if isinstance(expression, str):
        call = None if expression.strip() in known else as_call(expression)
        return parse_texts([*definitions, Source(call or expression)], known)
    if isinstance(expression, Program):
        return expression
    if not isinstance(expression, Expr):
        from derivcheck.frameworks.sympy_bridge import from_sympy

        expression = from_sympy(expression)
    if not definitions:
        return Program((), expression)
    read = parse_texts([*definitions, Source("0")], known)
    return Program(read.definitions, expression, read.readings)


def _check_point(point: Mapping[str, Value], variables: tuple[str, ...], program: Program) -> None:
    defined = {d.name for d in program.definitions if d.parameters is None}
    mentioned = {n for d in program.definitions for n in d.body.names()} | set(program.expression.names())
    mentioned |= subscript_names(program)
    for name, value in point.items():
        if name in defined:
            hint = f"leave '{name}' out of the point, or remove its definition"
            raise PointError(
                f"'{name}' is defined by the expression, so it cannot be given a value", value_span(value), hint
            )
        if name not in variables and name not in mentioned:
            raise PointError(f"the expression has no '{name}'", value_span(value), _near(name, variables))


def _chosen(asked: tuple[str, ...], variables: tuple[str, ...], program: Program) -> tuple[tuple[str, ...], str]:
    if asked == ("all",) and variables:
        return variables, "all"
    if asked and asked != ("all",):
        defined = {d.name for d in program.definitions}
        for name in asked:
            if name in defined and name not in variables:
                hint = f"remove the definition of '{name}' to treat it as a variable"
                raise PointError(f"'{name}' is defined by the expression, not a variable of it", None, hint)
            if name not in variables:
                raise PointError(f"the expression has no '{name}' to differentiate by", None, _near(name, variables))
        return asked, "given"
    if not variables:
        span = program.expression.root.span
        raise PointError(
            "a constant has nothing to differentiate by", span, "write an expression with a name in it: w*x"
        )
    given = given_operands(program)
    parameters = tuple(v for v in variables if not is_data(v) and v not in given)
    return (parameters, "parameters") if parameters else (variables, "nothing_else")


def is_data(name: str) -> bool:
    """Whether a name holds data by convention: x, y, t, X, Y, or one of them with a subscript or number."""
    return re.split(r"[_\d]", name, maxsplit=1)[0] in DATA


def _near(name: str, variables: tuple[str, ...]) -> str:
    close = get_close_matches(name, variables, 1)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"its names are: {', '.join(variables)}" if variables else "it has no names: it is a constant"


def exact_graph(value: Fraction | int) -> Graph:
    """A graph of one rational constant."""
    return assemble(Program((), constant_expr(Fraction(value))), derivative_step)
