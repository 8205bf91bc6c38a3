"""A program as a graph: shapes aligned, definitions by name, the author's functions written in place.

The file is longer than most: what a node stands for depends on the names, functions and indices around it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derivcheck.errors import ReadError, ShapeError, UnsupportedError
from derivcheck.graph.array_nodes import array_node, axis_error, elementwise, from_row, skipped
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.splice import spliced
from derivcheck.graph.steps import Graph, Kind, Size
from derivcheck.graph.tensor import Tensor, lifted, tensor
from derivcheck.language.constants import rational_values
from derivcheck.language.expr import Definition, Expr, Node, NodeKind, Program
from derivcheck.language.parser import parse
from derivcheck.ops.losses import CATALOGUE
from derivcheck.source import Source, Span

Differentiate = Callable[[GraphBuilder, int, int], int]
"""Appends the step of the derivative of one step with respect to another."""

LARGEST_GRAPH = 2_000_000
"""A program of more steps than this is refused."""


def assemble(
    program: Program,
    differentiate: Differentiate,
    shapes: Mapping[str, Sequence[Size]] | None = None,
    *,
    extents: Mapping[str, int] | None = None,
    positions: Mapping[str, int] | None = None,
) -> Graph:
    """The graph of the program's expression, with the definitions that it uses.

    Args:
        program: what was read.
        differentiate: how a derivative inside an expression is taken.
        shapes: the shape of every variable that is an array: symbols, or numbers, which get symbols with known extents.
        extents: the numbers that symbols stand for, where they are known.
        positions: numbers for names that stand as subscripts.

    Raises:
        ReadError: the functions of the program write out to an unreasonable size.
        ShapeError: shapes do not fit together, or an index is not bound.
    """
    builder = GraphBuilder()
    builder.extents.update(extents or {})
    for name, shape in (shapes or {}).items():
        own = [builder.unnamed(s) if isinstance(s, int) and s != 1 else s for s in shape]
        builder.axes[name] = tensor(builder, name, *own).axes
    output = append(builder, program, differentiate, positions=positions)
    if program.name is not None and builder.kinds[output] is not Kind.INPUT:
        builder.names.setdefault(output, program.name)
    return builder.finish(output)


def append(
    builder: GraphBuilder,
    program: Program,
    differentiate: Differentiate,
    named: Mapping[str, int] | None = None,
    *,
    positions: Mapping[str, int] | None = None,
) -> int:
    """The step of the program's expression, appended to a graph with the same variables.

    Args:
        builder: the graph so far.
        program: what is appended.
        differentiate: how a derivative inside the expression is taken.
        named: further names, and the steps they stand for.
        positions: numbers for names that stand as subscripts.

    Raises:
        ReadError: the functions of the program write out to an unreasonable size.
        ShapeError: shapes do not fit together, or an index is not bound.
    """
    value = appended(builder, program, differentiate, named, positions=positions)
    if value.named:
        name = value.named[0][0]
        span = program.expression.root.span
        raise ShapeError(f"the index {name} is not bound", span, f"sum or average over it: sum(…, {name})")
    return value.whole().step


def appended(
    builder: GraphBuilder,
    program: Program,
    differentiate: Differentiate,
    named: Mapping[str, int] | None = None,
    *,
    positions: Mapping[str, int] | None = None,
) -> Tensor:
    """The same as a tensor, which may have free indices."""
    definitions = program.definitions
    used = _needed(_mentioned(program.expression), definitions)
    templates: dict[str, Graph] = {}
    for definition in definitions:
        if definition.name in used and definition.parameters is not None and _differentiates(definition.body):
            templates[definition.name] = _template(definition, definitions, differentiate, templates)
    assembly = _Assembly(builder, definitions, differentiate, templates, positions or {})
    assembly.bound |= _bound(program)
    assembly.steps.update({n: whole_view(builder, k) for n, k in (named or {}).items()})
    assembly.define_all(used)
    return assembly.value(program.expression, {})


def whole_view(builder: GraphBuilder, step: int) -> Tensor:
    """A step as a tensor whose axes are its own indices; a variable's axes of size 1 are kept."""
    own = builder.indices[step]
    axes = builder.axes.get(builder.ops[step], own) if builder.kinds[step] is Kind.INPUT else own
    return Tensor(builder, step, own, axes)


def _template(
    definition: Definition, definitions: Sequence[Definition], differentiate: Differentiate, known: Mapping[str, Graph]
) -> Graph:
    """A function with derivatives in its body, as a graph in which its parameters are variables of their own.

    ``f(z) = diff(z^2, z)`` is 2z before a value is put in: the derivative is taken by z, not by what z stands for.
    """
    builder = GraphBuilder()
    assembly = _Assembly(builder, definitions, differentiate, known, {})
    parameters = definition.parameters or ()
    assembly.define_all(_needed(_mentioned(definition.body) - set(parameters), definitions))
    inputs = {p: tensor(builder, _own(p)) for p in parameters}
    return builder.finish(assembly.value(definition.body, inputs).step)


def _own(parameter: str) -> str:
    """The name of a parameter as a variable; no variable of the author's is called so."""
    return f"{parameter}'"


def _needed(names: set[str], definitions: Sequence[Definition]) -> set[str]:
    """The names that are needed, directly or through definitions, which stand after those they use."""
    needed = set(names)
    for definition in reversed(definitions):
        if definition.name in needed:
            needed |= _mentioned(definition.body) - set(definition.parameters or ())
    return needed


def _mentioned(expr: Expr) -> set[str]:
    return {n.text for n in expr.nodes if n.kind in (NodeKind.NAME, NodeKind.APPLY)}


def _bound(program: Program) -> set[str]:
    """The names of indices that array operations bind, anywhere in a program."""
    bodies = (program.expression, *(d.body for d in program.definitions))
    calls = (n for e in bodies for n in e.nodes if n.kind is NodeKind.ARRAY_CALL)
    return {name for n in calls for p in n.params if isinstance(p, tuple) for name in p if isinstance(name, str)}


def _differentiates(expr: Expr) -> bool:
    return any(n.kind is NodeKind.PARTIAL for n in expr.nodes)


_Key = tuple[str, tuple[Any, ...], tuple[Tensor, ...]]
"""A function, its options, its arguments."""


@dataclass(slots=True)
class _Frame:
    """One body being written out: where it is, what its parameters stand for, and what its caller waits for."""

    expr: Expr
    parameters: Mapping[str, Tensor]
    memo_key: _Key | None = None
    places: list[Tensor] = field(default_factory=list)
    exact: list[Fraction | None] = field(default_factory=list)
    unread: frozenset[int] = frozenset()
    indices: frozenset[str] = frozenset()


class _Assembly:
    def __init__(
        self,
        builder: GraphBuilder,
        definitions: Sequence[Definition],
        differentiate: Differentiate,
        templates: Mapping[str, Graph],
        positions: Mapping[str, int],
    ) -> None:
        self.builder, self.definitions = builder, definitions
        self.differentiate, self.templates = differentiate, templates
        self.positions = positions
        self.bound: set[str] = set(positions)
        self.functions: dict[str, Definition] = {d.name: d for d in definitions if d.parameters is not None}
        self.steps: dict[str, Tensor] = {}
        self.applied: dict[_Key, Tensor] = {}

    def define_all(self, used: Collection[str]) -> None:
        """Let every used definition that is no function stand for its step."""
        for definition in self.definitions:
            if definition.parameters is None and definition.name in used:
                self.define(definition.name, self.value(definition.body, {}))

    def define(self, name: str, value: Tensor) -> None:
        """Let ``name`` stand for a value; the first name of a step that is no variable is the one it is shown by."""
        self.steps[name] = value
        if self.builder.kinds[value.step] not in _LEAVES and value.subscripts == value.labels:
            self.builder.names.setdefault(value.step, name)

    def value(self, expr: Expr, parameters: Mapping[str, Tensor]) -> Tensor:
        """The value of an expression; functions that call functions wait on a stack of their own."""
        stack = [_framed(expr, parameters)]
        while True:
            frame = stack[-1]
            call = self._advance(frame)
            if call is not None:
                stack.append(call)
                continue
            result = frame.places[-1]
            stack.pop()
            if frame.memo_key is not None:
                self.applied[frame.memo_key] = result
            if not stack:
                return result

    def _advance(self, frame: _Frame) -> _Frame | None:
        """Place nodes until the body is done or a function's value is needed first."""
        nodes = frame.expr.nodes
        while len(frame.places) < len(nodes):
            node = nodes[len(frame.places)]
            if node.kind is NodeKind.APPLY:
                arguments = tuple(frame.places[c] for c in node.children)
                key = (node.text, node.params, arguments)
                if node.text not in self.functions and key not in self.applied:
                    self.applied[key] = self._of_catalogue(node, arguments)
                if node.text in self.templates:
                    self.applied.setdefault(key, self._copied(self.templates[node.text], node, arguments))
                if key not in self.applied:
                    function = self.functions[node.text]
                    names = function.parameters or ()
                    return _framed(function.body, dict(zip(names, arguments, strict=True)), key)
                frame.places.append(self.applied[key])
            else:
                frame.places.append(self._place(node, frame))
            if len(self.builder) > LARGEST_GRAPH:
                raise ReadError(f"the expression writes out to more than {LARGEST_GRAPH:,} steps", node.span)
        return None

    def _of_catalogue(self, node: Node, arguments: Sequence[Tensor]) -> Tensor:
        """A function of the catalogue: its text, which may depend on options and shapes, over the arguments."""
        entry, options = CATALOGUE[node.text], dict(node.params)
        names = options.pop("operands", tuple(o.name for o in entry.operands))
        given = dict(zip(names, arguments, strict=False))
        extent = self.builder.extent
        shapes = {n: tuple(extent(s) or s for s in t.shape) for n, t in given.items()}
        try:
            program = parse(Source(entry.text(shapes, options, node.span), entry.name), set(given))
            inner = _Assembly(self.builder, program.definitions, self.differentiate, {}, self.positions)
            inner.bound |= _bound(program)
            inner.steps.update(given)
            for definition in program.definitions:
                inner.steps[definition.name] = inner.value(definition.body, {})
            return inner.value(program.expression, {})
        except ShapeError as error:
            parts = ", ".join(f"{n} is {t.shape_text}" for n, t in given.items())
            text = f"the shapes do not fit {node.text}: {parts}"
            raise ShapeError(text, node.span, error.hint if error.span is None else f"write {entry.usage}") from error

    def _copied(self, template: Graph, node: Node, arguments: Sequence[Tensor]) -> Tensor:
        """A function's graph with the arguments in place of its parameters."""
        if any(a.labels for a in arguments):
            raise UnsupportedError(f"'{node.text}' holds a derivative, so its arguments are single numbers", node.span)
        builder = self.builder
        parameters = [_own(p) for p in self.functions[node.text].parameters or ()]
        values = dict(zip(parameters, (a.step for a in arguments), strict=True))
        by = {k: values[n] for n, k in template.inputs.items() if n in values}
        return Tensor(builder, spliced(builder, template, template.output, by), (), ())

    def _place(self, node: Node, frame: _Frame) -> Tensor:
        builder = self.builder
        at = len(frame.places)
        if node.kind is NodeKind.NUMBER or at in frame.unread:
            value = lifted(builder, node.value or 0)
            builder.literals.setdefault(value.step, node.text)
        elif node.kind is NodeKind.NAME:
            value = self._counted(node.text, frame) or self._named(node.text, frame.parameters, node.span)
        elif node.kind is NodeKind.PARTIAL:
            value = self._partial(node, frame)
        else:
            value = self._computed(node, at, frame)
        if node.span is not None:
            builder.spans.setdefault(value.step, node.span)
        return value

    def _computed(self, node: Node, at: int, frame: _Frame) -> Tensor:
        operands = [frame.places[c] for c in node.children]
        try:
            if node.kind is NodeKind.ARRAY:
                return array_node(self.builder, frame.expr, at, frame.places, frame.exact)
            if node.kind is NodeKind.INDEX:
                return operands[0].indexed([self._subscript(p) for p in node.params])
            if node.kind is NodeKind.ARRAY_CALL:
                return from_row(self.builder, node, operands)
            return elementwise(self.builder, node, operands)
        except ShapeError as error:
            if error.span is not None:
                raise
            raise axis_error(error, node, [(frame.expr.nodes[c], frame.places[c]) for c in node.children]) from None

    def _subscript(self, subscript: int | str | None) -> int | str | None:
        """A position where the name of an index stands for one."""
        if not isinstance(subscript, str):
            return subscript
        known = self.steps.get(subscript)
        value = None if known is None else _constant(self.builder, known.step)
        if value is not None and value.denominator == 1:
            return int(value)
        return self.positions.get(subscript, subscript)

    def _counted(self, name: str, frame: _Frame) -> Tensor | None:
        """The positions along an index, where its name stands as a number: ``where(y[i] == j, 1, 0)*Z[i, j]``.

        None for a name that stands for something else, or is no subscript of an array without this name in it.
        """
        if name not in frame.indices or name in frame.parameters or name in self.steps or name in self.builder.inputs:
            return None
        if name in self.positions:
            return lifted(self.builder, self.positions[name])
        for node in frame.expr.nodes:
            if node.kind is not NodeKind.INDEX or name not in node.params or None in node.params:
                continue
            array = frame.expr.sub(node.children[0])
            if name in array.names():
                continue
            value = self.value(array, frame.parameters)
            label = value.axes[node.params.index(name)] if len(value.axes) >= len(node.params) else None
            if label is None:
                return lifted(self.builder, 0) if value.axes else None
            step = self.builder.position(label)
            return Tensor(self.builder, step, (label,), (), ((name, label),))
        return None

    def _named(self, name: str, parameters: Mapping[str, Tensor], span: Span | None) -> Tensor:
        known = parameters.get(name) or self.steps.get(name)
        if known is not None:
            return known
        if name in self.builder.inputs:
            return whole_view(self.builder, self.builder.inputs[name])
        element = self._element(name, parameters, span)
        if element is not None:
            return element
        sized = next((i for i, s in self.builder.sizes.items() if s == name), None)
        if sized is not None:
            return Tensor(self.builder, self.builder.size(sized), (), ())
        if name in self.positions:
            return lifted(self.builder, self.positions[name])
        return tensor(self.builder, name)

    def _element(self, name: str, parameters: Mapping[str, Tensor], span: Span | None) -> Tensor | None:
        """``y_i`` as ``y[i]``, ``X_ij`` as ``X[i, j]``, where y and X are arrays and their indices are bound."""
        stem, _, subscript = name.rpartition("_")
        if not stem or not subscript or not set(subscript) <= self.bound:
            return None
        array = self._named(stem, parameters, span)
        return array.indexed([self._subscript(c) for c in subscript]) if len(array.axes) == len(subscript) else None

    def _partial(self, node: Node, frame: _Frame) -> Tensor:
        function, *variables = (frame.places[c] for c in node.children)
        for variable in variables:
            if function.labels:
                raise UnsupportedError("the derivative of an array is not read here", node.span, "sum or average it")
            step = self.differentiate(self.builder, function.step, variable.step)
            function = Tensor(self.builder, step, variable.subscripts, variable.axes)
        return function


_LEAVES = (Kind.INPUT, Kind.CONSTANT, Kind.SIZE)


def _constant(builder: GraphBuilder, step: int) -> Fraction | None:
    return builder.params[step][0] if builder.kinds[step] is Kind.CONSTANT else None


def _framed(expr: Expr, parameters: Mapping[str, Tensor], key: _Key | None = None) -> _Frame:
    indices = frozenset(p for n in expr.nodes if n.kind is NodeKind.INDEX for p in n.params if isinstance(p, str))
    if not any(n.kind is NodeKind.ARRAY for n in expr.nodes):
        return _Frame(expr, parameters, key, indices=indices)
    exact = rational_values(expr)
    return _Frame(expr, parameters, key, exact=exact, unread=skipped(expr, exact), indices=indices)


def inputs_used(graph: Graph) -> Iterator[str]:
    """The variables that the output depends on, in the order in which they were met."""
    needed = set(graph.ancestors(graph.output))
    return (name for name, step in graph.inputs.items() if step in needed)
