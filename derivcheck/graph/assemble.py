"""A program as a graph of scalars: definitions by name, the author's functions written in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from derivcheck.errors import ReadError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Graph, Kind
from derivcheck.language.expr import Definition, Expr, Node, NodeKind, Program

Differentiate = Callable[[GraphBuilder, int, int], int]
"""Appends the step of the derivative of one step with respect to another."""

LARGEST_GRAPH = 2_000_000
"""A program of more steps than this is refused."""


def assemble(program: Program, differentiate: Differentiate) -> Graph:
    """The graph of the program's expression, with the definitions that it uses.

    Args:
        program: what was read.
        differentiate: how a derivative inside an expression is taken.

    Raises:
        ReadError: the functions of the program write out to an unreasonable size.
    """
    builder = GraphBuilder()
    output = append(builder, program, differentiate)
    if program.name is not None and builder.kinds[output] is not Kind.INPUT:
        builder.names[output] = program.name
    return builder.finish(output)


def append(builder: GraphBuilder, program: Program, differentiate: Differentiate) -> int:
    """The step of the program's expression, appended to a graph with the same variables."""
    assembly = _Assembly(builder, program, differentiate)
    used = _used(program)
    for definition in program.definitions:
        if definition.parameters is None and definition.name in used:
            assembly.define(definition.name, assembly.value(definition.body, {}))
    return assembly.value(program.expression, {})


def _used(program: Program) -> set[str]:
    """The names that the expression needs, directly or through definitions, which stand after those they use."""
    used = _mentioned(program.expression)
    for definition in reversed(program.definitions):
        if definition.name in used:
            used |= _mentioned(definition.body) - set(definition.parameters or ())
    return used


def _mentioned(expr: Expr) -> set[str]:
    return {n.text for n in expr.nodes if n.kind in (NodeKind.NAME, NodeKind.APPLY)}


@dataclass(slots=True)
class _Frame:
    """One body being written out: where it is, what its parameters stand for, and what its caller waits for."""

    expr: Expr
    parameters: Mapping[str, int]
    memo_key: tuple[str, tuple[int, ...]] | None = None
    places: list[int] = field(default_factory=list)


class _Assembly:
    def __init__(self, builder: GraphBuilder, program: Program, differentiate: Differentiate) -> None:
        self.builder = builder
        self.differentiate = differentiate
        self.functions: dict[str, Definition] = {d.name: d for d in program.definitions if d.parameters is not None}
        self.steps: dict[str, int] = {}
        self.applied: dict[tuple[str, tuple[int, ...]], int] = {}

    def define(self, name: str, step: int) -> None:
        """Let ``name`` stand for a step; the first name of a step that is no variable is the one it is shown by."""
        self.steps[name] = step
        if self.builder.kinds[step] not in (Kind.INPUT, Kind.CONSTANT):
            self.builder.names.setdefault(step, name)

    def value(self, expr: Expr, parameters: Mapping[str, int]) -> int:
        """The step of an expression; functions that call functions wait on a stack of their own."""
        stack = [_Frame(expr, parameters)]
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
                key = (node.text, arguments)
                if key not in self.applied:
                    function = self.functions[node.text]
                    names = function.parameters or ()
                    return _Frame(function.body, dict(zip(names, arguments, strict=True)), key)
                frame.places.append(self.applied[key])
            else:
                frame.places.append(self._place(node, frame))
            if len(self.builder) > LARGEST_GRAPH:
                raise ReadError(f"the expression writes out to more than {LARGEST_GRAPH:,} steps", node.span)
        return None

    def _place(self, node: Node, frame: _Frame) -> int:
        builder = self.builder
        if node.kind is NodeKind.NUMBER:
            step = builder.constant(node.value or 0)
            builder.literals.setdefault(step, node.text)
        elif node.kind is NodeKind.NAME:
            step = self._named(node.text, frame.parameters)
        elif node.kind is NodeKind.PARTIAL:
            step = self._partial(node, frame)
        else:
            step = builder.scalar(node.text, *[frame.places[c] for c in node.children], params=node.params)
        if node.span is not None:
            builder.spans.setdefault(step, node.span)
        return step

    def _named(self, name: str, parameters: Mapping[str, int]) -> int:
        if name in parameters:
            return parameters[name]
        if name in self.steps:
            return self.steps[name]
        return self.builder.input(name)

    def _partial(self, node: Node, frame: _Frame) -> int:
        function, *variables = (frame.places[c] for c in node.children)
        for variable in variables:
            function = self.differentiate(self.builder, function, variable)
        return function


def inputs_used(graph: Graph) -> Iterator[str]:
    """The variables that the output depends on, in the order in which they were met."""
    needed = set(graph.ancestors(graph.output))
    return (name for name, step in graph.inputs.items() if step in needed)
