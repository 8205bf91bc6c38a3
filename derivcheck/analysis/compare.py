"""Two losses side by side: the other loss, and what is known of each as a function of the error alone.

The facts are found, not assumed: existence at the error 0 by one-sided germs, the gradient's size for large errors by
the germ of the derivative at infinity, convexity from second derivatives that are constant and slopes at kinks.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from derivcheck.analysis.array_request import size_names, variable_names
from derivcheck.analysis.array_stages import MOST_STEPS
from derivcheck.analysis.request import Loss, exact_graph, read_loss, read_values
from derivcheck.closed.explanation import Explanation
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.closed.pieces import residual_piece
from derivcheck.derive import active_steps, differentiate
from derivcheck.errors import PointError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.elements import written_out
from derivcheck.graph.steps import MEAN, Graph, Kind
from derivcheck.interpret import interpret
from derivcheck.language.builder import ExprBuilder, call
from derivcheck.language.expr import Definition, Expr, Program
from derivcheck.language.parser import parse_expression
from derivcheck.nonsmooth import PartialExistence, partial_existence
from derivcheck.numbers.floats import Floats
from derivcheck.numbers.germ import Germ, decide
from derivcheck.numbers.kernel import DomainError, UndecidedError
from derivcheck.numbers.logpower import LogPowerSeries, Tendency
from derivcheck.report.blocks import Inline, Math, Text
from derivcheck.report.compose_comparison import Growth, Shape, Trait
from derivcheck.report.material import Checked
from derivcheck.source import Source
from derivcheck.verdict import Existence

WELL_KNOWN = {"mse": ("power", (Fraction(2),)), "mae": ("abs", ())}
"""Losses that can be asked for by name: the row, and its static parameters, applied to the error."""
_HINT = "both losses need a difference such as y - ŷ; write the other loss as an expression of the same names"
_NAME = "u"


def other_loss(compare: str, loss: Loss, explanation: Explanation, *, at: Any = None) -> Loss:
    """The loss to be set beside a derived one.

    Args:
        compare: ``"mae"``, ``"mse"`` (of the same error), or an expression, which may use the first loss's definitions.
        loss: the first loss.
        explanation: its derivation, for its error.
        at: the point, as it was given.

    Raises:
        PointError: the first loss has no error to take the other loss of.
        ReadError: the other loss cannot be read.
    """
    row = WELL_KNOWN.get(compare.strip().lower())
    if row is not None:
        program = _well_known(row, loss, explanation)
    else:
        definitions = loss.program.definitions
        known = {*loss.variables, *loss.point, *(d.name for d in definitions if d.parameters is None)}
        functions = {d.name: len(d.parameters) for d in definitions if d.parameters is not None}
        expr, readings = parse_expression(Source(compare, "--compare"), known, functions)
        program = Program(definitions, expr, readings)
    names = set(variable_names(program))
    strange = names - {*loss.variables, *loss.point, *size_names(loss.shapes)}
    if strange:
        hint = f"write mae, mse, or a loss of {', '.join(loss.variables)}"
        raise PointError(f"'{min(strange)}' is no name of the first loss, nor a loss known by name", None, hint)
    point = {n: v for n, v in read_values(at).items() if n in names}
    shapes = None if loss.shapes is None else {n: s for n, s in loss.shapes.sizes.items() if n in names}
    return read_loss(program, point, wrt=tuple(n for n in loss.wrt if n in names) or None, shapes=shapes)


def _well_known(row: tuple[str, tuple[Fraction, ...]], loss: Loss, explanation: Explanation) -> Program:
    """A well-known row of the loss's error; of a batch, reduced as the loss itself is."""
    if loss.shapes is None:
        return Program((), call(row[0], _error(explanation), params=row[1]))
    graph = explanation.derivation.graph
    step = residual_piece(graph, tuple(p.step for p in explanation.pieces))
    if step is None or any(p.by_element for p in explanation.pieces if p.step <= step):
        raise PointError("this loss has no error that another loss could be taken of", None, _HINT)
    pieces = [p for p in explanation.pieces if p.step <= step]
    definitions = tuple(Definition(p.name, None, p.formula) for p in pieces)
    output = explanation.derivation.output
    reduction = graph.ops[output] if graph.kinds[output] is Kind.REDUCE else MEAN
    builder = ExprBuilder()
    inner = builder.call(row[0], builder.name(explanation.names[step]), params=row[1])
    return Program(definitions, builder.build(builder.array_call(reduction, inner, params=(None, ()))))


def _error(explanation: Explanation) -> Expr:
    """The error of a loss, in its variables."""
    derivation = explanation.derivation
    step = residual_piece(derivation.graph, tuple(p.step for p in explanation.pieces))
    if step is None:
        raise PointError("this loss has no error that another loss could be taken of", None, _HINT)
    return FormulaWriter(derivation.graph, derivation.primal).formula(step)


def traits(checked: Checked, title: Inline | None = None) -> Trait:
    """What is known of a loss as a function of its error.

    Raises:
        PointError: it is not a function of one error.
    """
    subject = checked.subject
    derivation = subject.explanation.derivation
    step = residual_piece(derivation.graph, tuple(p.step for p in subject.explanation.pieces))
    if step is None:
        raise PointError("the loss has no error to be compared over", None, _HINT)
    alone = of_error(derivation.graph, derivation.output, step)
    at_zero = partial_existence(alone, {_NAME: exact_graph(0)}, _NAME)
    quantity = FormulaWriter(derivation.graph, derivation.primal).formula(step)
    return Trait(
        title or _title(alone) or Math(subject.expression),
        (quantity,) if at_zero.exists is False else (),
        _shape(alone, at_zero),
        _growth(alone),
        _convex(alone, at_zero),
        _points(alone),
    )


def _title(alone: Graph) -> Inline | None:
    """The usual name of a loss that is a well-known row of the error."""
    op, params = alone.ops[alone.output], alone.params[alone.output]
    plain = all(alone.kinds[o] is Kind.INPUT for o in alone.operands[alone.output])
    known = next((name for name, row in WELL_KNOWN.items() if plain and row == (op, params)), None)
    return None if known is None else Text(known.upper())


def zero_point() -> tuple[dict[str, Graph], str]:
    """The error 0 as a point of :func:`of_error`, and the error's name there."""
    return {_NAME: exact_graph(0)}, _NAME


def of_error(graph: Graph, output: int, error: int) -> Graph:
    """The loss as a graph of the error alone.

    Raises:
        PointError: it depends on something else too.
    """
    if not graph.scalar:
        one = written_out(graph.sized(dict.fromkeys(_symbols(graph), 1)), [output, error], most=MOST_STEPS)
        if one is None:
            raise PointError("the loss of one sample is too long to be compared", None, _HINT)
        (output,), (error,) = one.positions(output).values(), one.positions(error).values()
        graph = one.graph
    builder = GraphBuilder()
    place = {error: builder.input(_NAME)}
    stack = [output]
    while stack:
        k = stack[-1]
        waiting = [] if k in place else [o for o in graph.operands[k] if o not in place]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if k in place:
            continue
        if graph.kinds[k] is Kind.INPUT:
            raise PointError("the loss depends on more than one error", None, _HINT)
        if graph.kinds[k] is Kind.CONSTANT:
            place[k] = builder.constant(graph.params[k][0])
        else:
            place[k] = builder.scalar(graph.ops[k], *[place[o] for o in graph.operands[k]], params=graph.params[k])
    return builder.finish(place[output])


def _symbols(graph: Graph) -> set[str]:
    return {s for s in graph.sizes.values() if isinstance(s, str)}


def _shape(alone: Graph, existence: PartialExistence) -> Shape:
    if existence.kind is Existence.OUT_OF_DOMAIN:
        return "outside"
    if existence.kind is Existence.JUMP:
        return "jump"
    if existence.kind in (Existence.KINK, Existence.CUSP):
        return "point"
    flat = existence.exists and isinstance(existence.right, Fraction) and existence.right == 0
    return "bowl" if flat and _rises(alone) else "smooth"


def _rises(alone: Graph) -> bool:
    """Whether the loss is larger than at 0 on both sides near by."""
    floats, output = Floats(), alone.output
    left, here, right = (
        interpret(alone, floats, {_NAME: x}, wanted=[output], total=True)[output] for x in (-0.125, 0.0, 0.125)
    )
    return bool(left > here < right)


def _growth(alone: Graph) -> Growth:
    """How |∂L/∂u| behaves as u → ±∞, by the germ of the derivative at u = ±1/t."""
    derivation = differentiate(alone)
    step = derivation.gradient(_NAME)
    if step is None:
        return "vanishes"
    found = {_tendency(derivation.graph, step, sign) for sign in (1, -1)}
    if found != {"constant"}:
        return found.pop() if len(found) == 1 else "other"
    second = differentiate(derivation.graph, output=step).gradient(_NAME)
    return "constant" if second is None else "bounded"


def _tendency(graph: Graph, step: int, sign: int) -> Growth:
    def run(system: Germ) -> LogPowerSeries | Any:
        far = system.div(system.constant(Fraction(sign)), system.variable(Fraction(0), Fraction(1)))
        return interpret(graph, system, {_NAME: far}, wanted=[step])[step]

    try:
        germ = decide(run)
        if not isinstance(germ, LogPowerSeries):
            return "other"
        tendency = germ.tendency()
        if tendency is Tendency.INFINITE:
            return "grows"
        if tendency is not Tendency.LIMIT:
            return "other"
        return "vanishes" if germ.coefficient(0) == 0 else "constant"
    except (DomainError, UndecidedError):
        return "other"


def _convex(alone: Graph, at_zero: PartialExistence) -> bool | None:
    """Convex if the second derivative is a constant that is not negative and the slope does not fall at 0.

    Only for losses whose single switch is at the error 0, so that nothing else needs to be known.
    """
    derivation = differentiate(alone)
    step = derivation.gradient(_NAME)
    second = None if step is None else differentiate(derivation.graph, output=step)
    k = None if second is None else second.gradient(_NAME)
    curvature = Fraction(0) if second is None or k is None else second.graph.constant(k)
    active = active_steps(alone)
    plain = all(alone.kinds[o] is Kind.INPUT for j in range(len(alone)) if active[j] for o in alone.operands[j])
    left, right = at_zero.left, at_zero.right
    if curvature is None or not plain or not isinstance(left, Fraction) or not isinstance(right, Fraction):
        return None
    return curvature >= 0 and left <= right


def _points(alone: Graph) -> tuple[tuple[float, float], ...]:
    """The graph of the loss over the errors -3 … 3."""
    grid = [k / 20 for k in range(-60, 61)]
    output, floats = alone.output, Floats()
    heights = [interpret(alone, floats, {_NAME: x}, wanted=[output], total=True)[output] for x in grid]
    return tuple((x, y) for x, y in zip(grid, heights, strict=True) if abs(y) < float("inf"))
