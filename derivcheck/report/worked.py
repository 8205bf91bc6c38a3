"""One element of a gradient with its numbers put in: the sum of the products along a path, term by term."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.interpret import interpret
from derivcheck.language.expr import Expr, Node, NodeKind, Program
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import Undefined
from derivcheck.report.arrays import is_array
from derivcheck.report.blocks import Chain, Inline, Math, Phrase
from derivcheck.report.figures import figure
from derivcheck.report.formulas import product as multiply
from derivcheck.report.formulas import total
from derivcheck.report.lettered import Path, summed_letters
from derivcheck.report.outline import Outline, relation

MOST_TERMS = 3
"""A sum of more terms than this is not written out."""

_BITS = 256

Positions = Mapping[str, int]


def worked_element(outline: Outline, path: Path) -> Inline | None:
    """``∂L/∂w[0] = 1.4·(-1)·1 + 2.4·(-1)·3 = -8.6``; None where the sum is long or has no numbers."""
    letters, target = summed_letters(path), path[-1].target
    extents = _extents(outline, path)
    value = outline.value(path[-1].product)
    if (
        target in outline.unclear
        or not letters
        or value is None
        or prod(extents[i] for i in letters) > MOST_TERMS
        or outline.subject.upstream
    ):
        return None
    own = dict.fromkeys(path[-1].target_indices, 0)
    terms: list[Expr] = []
    exact = True
    for inner in product(*(range(extents[i]) for i in letters)):
        found = [_value(outline, f.formula, {**own, **dict(zip(letters, inner, strict=True))}) for f in path]
        shown = [figure(v, outline.style) for v in found if v is not None]
        factors = [f.expr for f in shown if f.expr is not None]
        if len(factors) < len(path):
            return None
        exact = exact and all(f.exact for f in shown)
        terms.append(multiply(factors))
    result = figure(value[tuple(own.values())] if is_array(value) else value, outline.style)
    left = Math(outline.element_derivative(target, tuple(own.values())))
    members = (("", left), (relation(exact=exact), Math(total(terms))), (result.relation, result.shown))
    return Phrase("written_out", {"equation": Chain(members)})


def _extents(outline: Outline, path: Path) -> dict[str, int]:
    """How many values the letters of a path take; 1 more than is written out where that is not known."""
    graph = outline.subject.explanation.derivation.graph
    found: dict[str, int] = {}
    for f in path:
        for letter, index in zip(f.consumer_indices, graph.indices[f.consumer], strict=True):
            found[letter] = graph.extent(index) or MOST_TERMS + 1
    return found


def _value(outline: Outline, formula: Expr, positions: Positions) -> Any:
    """The value of a formula of single elements, exact or a ball; None where it is another formula or has no value."""
    inputs: dict[str, Any] = {}
    nodes = tuple(_at(outline, formula, node, positions, inputs) for node in formula.nodes)
    whole = Expr(nodes).sub(len(nodes) - 1)
    if any(n.kind not in (NodeKind.NAME, NodeKind.NUMBER, NodeKind.CALL) for n in whole.nodes):
        return None
    if any(n not in inputs for n in whole.names()):
        return None
    graph = assemble(Program((), whole), derivative_step)
    found = interpret(graph, Exact(_BITS), {n: inputs[n] for n in graph.inputs}, wanted=[graph.output])[graph.output]
    return None if isinstance(found, Undefined) else found


def _at(outline: Outline, formula: Expr, node: Node, positions: Positions, inputs: dict[str, Any]) -> Node:
    """A node with elements, sizes and positions as numbers of their own, whose values are written down."""
    if node.kind is NodeKind.INDEX and formula.nodes[node.children[0]].kind is NodeKind.NAME:
        array = formula.nodes[node.children[0]].text
        at = tuple(positions.get(p, p) if isinstance(p, str) else p for p in node.params)
        value = outline.value(outline.steps.get(array))
        own = tuple(p for p, axis in zip(at, _axes(outline, array, at), strict=True) if axis)
        if is_array(value) and len(own) == len(value.shape) and all(isinstance(p, int) for p in own):
            text = f"{array}[{','.join(map(str, at))}]"
            inputs[text] = value[own]
            return Node(NodeKind.NAME, text)
    if node.kind is NodeKind.NAME:
        graph = outline.subject.explanation.derivation.graph
        value = outline.value(outline.steps.get(node.text))
        number = graph.extents.get(node.text, positions.get(node.text))
        if value is None and number is not None:
            return Node(NodeKind.NUMBER, "", value=Fraction(number))
        if value is not None and not is_array(value):
            inputs[node.text] = value
    return node


def _axes(outline: Outline, array: str, at: tuple[Any, ...]) -> tuple[bool, ...]:
    """Which axes of an array own an index."""
    axes = outline.subject.explanation.derivation.graph.axes.get(array)
    return (True,) * len(at) if axes is None or len(axes) != len(at) else tuple(a is not None for a in axes)
