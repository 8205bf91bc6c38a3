"""A program as a graph of scalars: definitions by name, the author's functions written in place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from derivcheck.errors import ReadError
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.splice import spliced
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


def append(
    builder: GraphBuilder, program: Program, differentiate: Differentiate, named: Mapping[str, int] | None = None
) -> int:
    """The step of the program's expression, appended to a graph with the same variables.

    Args:
        builder: the graph so far.
        program: what is appended.
        differentiate: how a derivative inside the expression is taken.
        named: further names, and the steps they stand for.
    """
    definitions = program.definitions
    used = _needed(_mentioned(program.expression), definitions)
    templates: dict[str, Graph] = {}
    for definition in definitions:
        if definition.name in used and definition.parameters is not None and _differentiates(definition.body):
            templates[definition.name] = _template(definition, definitions, differentiate, templates)
    assembly = _Assembly(builder, definitions, differentiate, templates)
    assembly.steps.update(named or {})
    assembly.define_all(used)
    return assembly.value(program.expression, {})


def _template(
    definition: Definition, definitions: Sequence[Definition], differentiate: Differentiate, known: Mapping[str, Graph]
) -> Graph:
    """A function with derivatives in its body, as a graph in which its parameters are variables of their own.

    ``f(z) = diff(z^2, z)`` is 2z before a value is put in: the derivative is taken by z, not by what z stands for.
    """
    builder = GraphBuilder()
    assembly = _Assembly(builder, definitions, differentiate, known)
    parameters = definition.parameters or ()
    assembly.define_all(_needed(_mentioned(definition.body) - set(parameters), definitions))
    return builder.finish(assembly.value(definition.body, {p: builder.input(_own(p)) for p in parameters}))


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


def _differentiates(expr: Expr) -> bool:
    return any(n.kind is NodeKind.PARTIAL for n in expr.nodes)


@dataclass(slots=True)
class _Frame:
    """One body being written out: where it is, what its parameters stand for, and what its caller waits for."""

    expr: Expr
    parameters: Mapping[str, int]
    memo_key: tuple[str, tuple[int, ...]] | None = None
    places: list[int] = field(default_factory=list)


class _Assembly:
    def __init__(
        self,
        builder: GraphBuilder,
        definitions: Sequence[Definition],
        differentiate: Differentiate,
        templates: Mapping[str, Graph],
    ) -> None:
        self.builder, self.definitions = builder, definitions
        self.differentiate, self.templates = differentiate, templates
        self.functions: dict[str, Definition] = {d.name: d for d in definitions if d.parameters is not None}
        self.steps: dict[str, int] = {}
        self.applied: dict[tuple[str, tuple[int, ...]], int] = {}

    def define_all(self, used: Collection[str]) -> None:
        """Let every used definition that is no function stand for its step."""
        for definition in self.definitions:
            if definition.parameters is None and definition.name in used:
                self.define(definition.name, self.value(definition.body, {}))

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
                if node.text in self.templates:
                    self.applied.setdefault(key, self._copied(self.templates[node.text], node.text, arguments))
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

    def _copied(self, template: Graph, name: str, arguments: Sequence[int]) -> int:
        """A function's graph with the arguments in place of its parameters."""
        builder = self.builder
        parameters = [_own(p) for p in self.functions[name].parameters or ()]
        values = dict(zip(parameters, arguments, strict=True))
        by = {k: values[n] for n, k in template.inputs.items() if n in values}
        return spliced(builder, template, template.output, by)

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
