"""Shapes of a loss: from values, from a declaration, or by convention; the values of its arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any

from derivcheck.analysis.readings import in_binary64
from derivcheck.derive import derivative_step
from derivcheck.errors import PointError, ShapeError
from derivcheck.graph.array_nodes import constant_array
from derivcheck.graph.assemble import assemble
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph
from derivcheck.language.array_data import MAX_EXACT, ArrayData
from derivcheck.language.assumption_checks import check_assumed_shape, check_assumption
from derivcheck.language.assumptions import Assumption, read_assumptions
from derivcheck.language.constants import rational_value, rational_values
from derivcheck.language.expr import Expr, NodeKind, Program
from derivcheck.language.numpy_files import array_value
from derivcheck.language.point import constant_expr
from derivcheck.language.shape_conventions import default_shapes
from derivcheck.language.shapes import Shape, match_shapes, read_shapes, shape_text
from derivcheck.ops.catalogue import Operand, Values
from derivcheck.ops.losses import CATALOGUE
from derivcheck.report.material import Shapes
from derivcheck.source import Span

Value = Expr | ArrayData
"""A value of a point: a constant expression, or the elements of an array."""


def find_shapes(program: Program, point: Mapping[str, Value], declared: Any) -> Shapes | None:
    """The shapes of the variables; None where all are single numbers and no array is in sight.

    Args:
        program: the loss.
        point: the given values.
        declared: shapes as :func:`derivcheck.language.shapes.read_shapes` takes them.

    Raises:
        PointError: a shape is declared for a name that the loss does not have.
        ShapeError: declared shapes and given arrays contradict each other.
    """
    names, said = variable_names(program), read_shapes(declared)
    for name in said:
        if name not in names:
            raise PointError(f"a shape is declared for '{name}', which the expression does not have", None, _its(names))
    given = {n: value_shape(v) for n, v in point.items() if n in names}
    extents = match_shapes(said, given)
    sizes: dict[str, Shape] = {**given, **said}
    if any(sizes.values()):
        return Shapes({n: s for n, s in sizes.items() if s}, extents, "declared" if said else "values")
    if not reduces(program):
        return None
    usual = {**default_shapes([n for n in names if n not in sizes], True).shapes}
    usual |= {n: operand.shape for n, operand in _catalogue_operands(program) if operand.shape and n in usual}
    return Shapes({n: s for n, s in usual.items() if s}, {}, "convention") if any(usual.values()) else None


def array_loss_graph(program: Program, shapes: Shapes, point: Mapping[str, Value]) -> Graph:
    """The loss as a graph of arrays whose sizes are symbols."""
    numbers = positions(program, point)
    return assemble(program, derivative_step, shapes.sizes, extents=shapes.extents, positions=numbers)


def variable_names(program: Program) -> tuple[str, ...]:
    """The names of the program that no definition explains, in order of occurrence."""
    defined = {d.name for d in program.definitions}
    bodies = [(d.body, d.parameters or ()) for d in program.definitions] + [(program.expression, ())]
    found = (n for body, own in bodies for n in body.names() if n not in defined and n not in own)
    return tuple(dict.fromkeys(found))


def _catalogue_operands(program: Program) -> list[tuple[str, Operand]]:
    """The variables that stand as operands of functions of the catalogue."""
    found = []
    own = {d.name for d in program.definitions if d.parameters is not None}
    for expr in (program.expression, *(d.body for d in program.definitions)):
        for node in expr.nodes:
            if node.kind is not NodeKind.APPLY or node.text in own:
                continue
            operands = {o.name: o for o in CATALOGUE[node.text].operands}
            names = dict(node.params).get("operands", tuple(operands))
            pairs = zip(node.children, names, strict=False)
            found += [(expr.nodes[c].text, operands[n]) for c, n in pairs if expr.nodes[c].kind is NodeKind.NAME]
    return found


def given_operands(program: Program) -> frozenset[str]:
    """The variables that are targets, class numbers, labels or signs of a loss of the catalogue: given, not learned."""
    return frozenset(n for n, operand in _catalogue_operands(program) if operand.values is not Values.REAL)


def subscript_names(program: Program) -> frozenset[str]:
    """The names that stand as subscripts and that no reduction binds."""
    exprs = [program.expression, *(d.body for d in program.definitions)]
    nodes = (n for e in exprs for n in e.nodes if n.kind is NodeKind.INDEX)
    return frozenset({p for n in nodes for p in n.params if isinstance(p, str)} - bound_names(exprs))


def bound_names(exprs: Iterable[Expr]) -> set[str]:
    """The names of indices that array operations bind."""
    nodes = (n for e in exprs for n in e.nodes if n.kind is NodeKind.ARRAY_CALL)
    return {x for n in nodes for p in n.params if isinstance(p, tuple) for x in p if isinstance(x, str)}


def positions(program: Program, point: Mapping[str, Value]) -> dict[str, int]:
    """The positions that names used as subscripts stand for.

    Raises:
        PointError: the value of such a name is no integer.
    """
    found: dict[str, int] = {}
    for name in subscript_names(program) & point.keys():
        value = point[name]
        number = rational_value(value) if isinstance(value, Expr) else None
        if number is None or number.denominator != 1:
            span = value.root.span if isinstance(value, Expr) else None
            raise PointError(f"'{name}' stands as a subscript, so its value is an integer", span, "count from 0")
        found[name] = int(number)
    return found


def reduces(program: Program) -> bool:
    """Whether the program has operations on arrays."""
    expressions = (program.expression, *(d.body for d in program.definitions))
    own = {d.name for d in program.definitions}
    nodes = [n for e in expressions for n in e.nodes]
    return any(n.kind is NodeKind.ARRAY_CALL or (n.kind is NodeKind.APPLY and n.text not in own) for n in nodes)


def value_shape(value: Value) -> tuple[int, ...]:
    """The shape of a value; () for a single number."""
    if isinstance(value, ArrayData):
        return value.shape
    shape: list[int] = []
    at = len(value.nodes) - 1
    while value.nodes[at].kind is NodeKind.ARRAY:
        shape.append(len(value.nodes[at].children))
        at = value.nodes[at].children[0]
    return tuple(shape)


def constant_graphs(point: Mapping[str, Value]) -> dict[str, Graph]:
    """The values as graphs of constants; arrays of more than :data:`MAX_EXACT` elements are left out."""
    return {n: _graph(v) for n, v in point.items() if prod(value_shape(v)) <= MAX_EXACT}


def _graph(value: Value) -> Graph:
    if isinstance(value, Expr):
        return assemble(Program((), value), derivative_step)
    builder = GraphBuilder()
    elements = tuple(Fraction(e) for e in value.values.flat)
    return builder.finish(constant_array(builder, elements, value.shape).step)


def float_arrays(point: Mapping[str, Value]) -> dict[str, Any]:
    """Every value as a float64 array with axes of size 1 left out, or as a float."""
    from derivcheck.interpret import interpret
    from derivcheck.numbers.arrays import Arrays
    from derivcheck.storage import NumpyStorage

    found: dict[str, Any] = {}
    for name, value in point.items():
        if isinstance(value, ArrayData):
            found[name] = value.floats().squeeze()
        else:
            graph = _graph(value)
            found[name] = interpret(graph, Arrays(), {}, wanted=[graph.output], storage=NumpyStorage())[graph.output]
    return found


def float_values(graph: Graph, point: Mapping[str, Value], wanted: Iterable[int]) -> list[Any]:
    """The values of steps in binary64, for arrays too large for exact numbers."""
    from derivcheck.interpret import interpret
    from derivcheck.numbers.arrays import Arrays
    from derivcheck.storage import NumpyStorage

    found = interpret(graph, Arrays(), float_arrays(point), wanted=tuple(wanted), storage=NumpyStorage(), total=True)
    return [float(v) if getattr(v, "shape", None) == () else v for v in found]


def given_value(value: Any) -> Value:
    """A value from Python: a number or text, or anything array-like.

    Raises:
        PointError: it is neither.
    """
    if hasattr(value, "detach"):  # a tensor of PyTorch's
        value = value.detach().cpu().numpy()
    if hasattr(value, "dtype") and len(getattr(value, "shape", "")) > 0:
        return array_value(value, "the array", "value")
    return constant_expr(value)


def size_names(loss_shapes: Shapes | None) -> set[str]:
    """The symbols of sizes, which formulas may use."""
    shapes = () if loss_shapes is None else loss_shapes.sizes.values()
    return {s for shape in shapes for s in shape if isinstance(s, str)}


def value_span(value: Value) -> Span | None:
    """Where a value was typed."""
    return value.root.span if isinstance(value, Expr) else None


def value_in_binary64(value: Value) -> Value:
    """The value with every number as the nearest binary64 number."""
    if isinstance(value, Expr):
        return in_binary64(value)
    return ArrayData(value.floats(), value.exact and not value.rational, value.source, value.bits)


def require_single_number(graph: Graph, program: Program) -> None:
    """Raise unless the loss is one number.

    Raises:
        ShapeError: it has axes.
    """
    if graph.indices[graph.output]:
        shape = shape_text(graph.shape(graph.output))
        hint = "take its mean or sum: mean(…), sum(…)"
        raise ShapeError(f"a loss is one number, and this has the shape {shape}", program.expression.root.span, hint)


def with_extents(shapes: Shapes, graph: Graph, point: Mapping[str, Value]) -> Shapes:
    """The shapes with the symbols that the graph gave to sizes, and what was given of the arrays."""
    sizes = {n: tuple(1 if a is None else graph.sizes[a] for a in axes) for n, axes in graph.axes.items() if axes}
    used = {s for shape in sizes.values() for s in shape}
    given = {n: v for n, v in point.items() if isinstance(v, ArrayData) and n in graph.inputs}
    extents = {s: e for s, e in graph.extents.items() if s in used}
    return replace(shapes, sizes=sizes, extents=extents, exact=all(v.exact for v in given.values()), given=given)


def check_class_numbers(graph: Graph, program: Program, point: Mapping[str, Value]) -> None:
    """Raise unless class numbers are integers from 0 to the number of classes less 1, or the one that is ignored.

    Raises:
        PointError: a class number is none; the element is named.
    """
    ignored = _ignored(program)
    for name, label in graph.classes.items():
        value, count = point.get(name), graph.extent(label)
        if value is None or count is None:
            continue
        given = value if isinstance(value, ArrayData) else elements_of(value)
        for flat, number in enumerate(given.values.flat):
            if number in ignored or (number == int(number) and 0 <= number < count):
                continue
            place = f"{name}[{flat}]" if given.shape else name
            message = f"{place} is {number}, and class numbers are integers from 0 to {count - 1}"
            raise PointError(message, value_span(value), "count the classes from 0")


def _ignored(program: Program) -> set[Any]:
    """The class numbers that losses of the program leave out."""
    exprs = (program.expression, *(d.body for d in program.definitions))
    options = (dict(n.params) for e in exprs for n in e.nodes if n.kind is NodeKind.APPLY)
    return {o["ignore_index"] for o in options if o.get("ignore_index") is not None}


def read_assumed(
    given: Any, variables: tuple[str, ...], graph: Graph, point: Mapping[str, Value]
) -> tuple[Assumption, ...]:
    """The stated facts, which must fit the shapes and the given values."""
    found = read_assumptions(given, variables)
    for assumption in found:
        axes = graph.axes.get(assumption.name, ())
        check_assumed_shape(assumption, tuple(1 if a is None else graph.sizes[a] for a in axes))
        value = point.get(assumption.name)
        if value is not None:
            check_assumption(assumption, value if isinstance(value, ArrayData) else elements_of(value))
    return found


def elements_of(value: Expr) -> ArrayData:
    """The elements of a constant expression; exact where they are rational."""
    import numpy as np

    exact = rational_values(value)
    level, shape = [len(value.nodes) - 1], value_shape(value)
    for _ in shape:
        level = [c for k in level for c in value.nodes[k].children]
    numbers = [exact[k] for k in level]
    if None in numbers:
        floats = float_arrays({"": value})[""]
        return ArrayData(np.asarray(floats, dtype=np.float64).reshape(shape), False, "value")
    out = np.empty(len(numbers), dtype=object)
    out[:] = numbers
    return ArrayData(out.reshape(shape), True, "value")


def _its(names: Iterable[str]) -> str:
    return f"its names are: {', '.join(names)}"
