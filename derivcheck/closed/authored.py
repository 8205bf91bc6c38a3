"""Steps of arrays as the author would write them: whole arrays where NumPy's alignment says it, else by elements.

``X w + b``, ``mean(u²)`` and ``softmax(z)`` are formulas of whole arrays; what is read through a single position, a
diagonal or along an axis that is not the last is written with indices, ``X_ij - m_i``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derivcheck.closed.elementwise import Elements
from derivcheck.closed.leaves import AXIS, ArrayBuilder, variable_along
from derivcheck.closed.pieces import is_norm, squares_of
from derivcheck.graph.steps import MULTIPLY, SELECT, SUM, Graph, Kind
from derivcheck.language.expr import Expr

MATRIX_PRODUCT, ELEMENTWISE, TRANSPOSE = "matmul", "hadamard", "transpose"
ONEHOT, EQUAL, NORM = "onehot", "eq", "norm"

Labels = tuple[str | None, ...]
"""The axes of a formula: the index of each, None for an axis of size 1."""


@dataclass(frozen=True, slots=True)
class Written:
    """A piece's formula, and the letters of the axes of what it stands for.

    Attributes:
        expr: the formula; of one element if ``element`` is set, else of the whole array.
        element: the letters of the indices of that element; None for a formula of the whole.
    """

    expr: Expr
    element: tuple[str, ...] | None = None


def authored(graph: Graph, step: int, names: Mapping[int, str], letters: Mapping[str, str]) -> Written:
    """The formula of a step over the named steps below it.

    Args:
        graph: where the step stands.
        step: the step; its own name is not used.
        names: the names of variables and pieces.
        letters: the letter of every index.
    """
    whole = whole_formula(graph, step, names)
    if whole is not None:
        return Written(whole)
    own = graph.indices[step]
    return Written(Elements(graph, step, names, letters, whole_formula).written(), tuple(letters[i] for i in own))


def whole_formula(graph: Graph, step: int, names: Mapping[int, str]) -> Expr | None:
    """The formula of a whole array; None where NumPy's alignment would not compute it from whole arrays."""
    return _Whole(graph, step, names).written()


def _below(graph: Graph, step: int, names: Mapping[int, str]) -> list[int]:
    """The steps that a formula is made of, in order; names are not looked into."""
    seen, waiting = {step}, [step]
    while waiting:
        k = waiting.pop()
        if k == step or k not in names:
            fresh = set(graph.operands[k]) - seen
            seen |= fresh
            waiting += fresh
    return sorted(seen)


class _Whole:
    """Writes whole arrays; gives up where that would not be what NumPy computes."""

    def __init__(self, graph: Graph, step: int, names: Mapping[int, str]) -> None:
        self.graph, self.step, self.names = graph, step, names
        self.builder = ArrayBuilder(graph)
        self.places: dict[int, int] = {}
        self.labels: dict[int, Labels] = {}
        self.failed: set[int] = set()
        self.inside = _products(graph, step, names)

    def written(self) -> Expr | None:
        for k in _below(self.graph, self.step, self.names):
            if k in self.inside:
                continue
            found = self.onehot(k)
            if found is None and self.failed.isdisjoint(self.graph.operands[k]):
                found = self.placed(k)
            if found is None:
                self.failed.add(k)
            else:
                self.places[k], self.labels[k] = found
        return None if self.step in self.failed else self.builder.build(self.places[self.step])

    def onehot(self, k: int) -> tuple[int, Labels] | None:
        """Rows of 0 and 1 by class numbers, and their axes: 1 where the class is the position; None for the rest."""
        graph = self.graph
        if graph.kinds[k] is not Kind.MAP or graph.ops[k] != SELECT or (k in self.names and k != self.step):
            return None
        equal, *sides = graph.operands[k]
        if graph.ops[equal] != EQUAL or equal in self.names or [graph.constant(s) for s in sides] != [1, 0]:
            return None
        classes, position = graph.operands[equal]
        if graph.kinds[position] is not Kind.POSITION or classes in self.failed:
            return None
        seen, places = self.view(equal, 0), graph.subscripts[equal][1]
        like = variable_along(graph, graph.indices[position][0])
        if seen is None or like is None or like[1] != -1 or (*seen, *places) != graph.indices[k]:
            return None
        if graph.subscripts[k][0] != graph.indices[k] or graph.indices[equal] != graph.indices[k]:
            return None
        return self.builder.array_call(ONEHOT, self.places[classes], self.builder.name(like[0])), graph.indices[k]

    def placed(self, k: int) -> tuple[int, Labels] | None:
        """The place of a step's formula and its axes; None where there is none."""
        graph, builder = self.graph, self.builder
        kind = graph.kinds[k]
        if k in self.names and k != self.step:
            return builder.name(self.names[k]), self.axes(k)
        if kind is Kind.INPUT:
            return builder.name(graph.ops[k]), self.axes(k)
        if kind is Kind.CONSTANT:
            return builder.constant(k), ()
        if kind is Kind.SIZE:
            return builder.size(graph.params[k][0]), ()
        if kind is Kind.ARRAY:
            return builder.literal(k), graph.indices[k]
        if kind is Kind.MAP:
            return self.map(k)
        if kind is Kind.REDUCE:
            return self.reduced(k)
        return self.composite(k) if kind is Kind.COMPOSITE else None

    def axes(self, k: int) -> Labels:
        graph = self.graph
        return graph.axes.get(graph.ops[k], graph.indices[k]) if graph.kinds[k] is Kind.INPUT else graph.indices[k]

    def view(self, reader: int, place: int) -> Labels | None:
        """The axes of an operand in the reader's indices; None where it is read through a position or a diagonal."""
        graph = self.graph
        operand, subscripts = graph.operands[reader][place], graph.subscripts[reader][place]
        names = dict(zip(graph.indices[operand], subscripts, strict=True))
        seen = tuple(None if a is None else names[a] for a in self.labels[operand])
        strings = [s for s in seen if s is not None]
        if len(set(strings)) < len(strings) or not all(isinstance(s, str) for s in strings):
            return None
        return tuple(s if isinstance(s, str) else None for s in seen)

    def map(self, k: int) -> tuple[int, Labels] | None:
        graph, builder = self.graph, self.builder
        views = [self.view(k, p) for p in range(len(graph.operands[k]))]
        known = [v for v in views if v is not None]
        labels = _aligned(known) if len(known) == len(views) else None
        if labels is None or tuple(a for a in labels if a is not None) != graph.indices[k]:
            return self.transposed(k, known) if len(known) == len(views) else None
        places = [self.places[o] for o in graph.operands[k]]
        if graph.ops[k] == MULTIPLY and all(known):
            return builder.array_call(ELEMENTWISE, *places), labels
        if is_norm(graph, k) and not {graph.operands[k][0], squares_of(graph, k)} & self.names.keys():
            return self.norm(places[0]), labels
        return builder.call(graph.ops[k], *places, params=graph.params[k]), labels

    def norm(self, place: int) -> int:
        """√ of a sum of squares as a norm along the same axes."""
        total = self.builder.node(place)
        base = self.builder.node(total.children[0]).children[0]
        return self.builder.array_call(NORM, base, axis=total.params[0])

    def transposed(self, k: int, views: Sequence[Labels]) -> tuple[int, Labels] | None:
        """The same with matrices turned that are read as their transposes."""
        graph, builder = self.graph, self.builder
        own = graph.indices[k]
        turned = [len(v) == 2 and v[::-1] == own for v in views]
        labels = _aligned([v[::-1] if t else v for v, t in zip(views, turned, strict=True)])
        if labels != own or not any(turned):
            return None
        operands = graph.operands[k]
        places = [self.turned(o) if t else self.places[o] for o, t in zip(operands, turned, strict=True)]
        if graph.ops[k] == MULTIPLY and all(views):
            return builder.array_call(ELEMENTWISE, *places), own
        return builder.call(graph.ops[k], *places, params=graph.params[k]), own

    def turned(self, k: int) -> int:
        return self.builder.array_call(TRANSPOSE, self.places[k])

    def reduced(self, k: int) -> tuple[int, Labels] | None:
        graph = self.graph
        if graph.operands[k][0] in self.inside:
            return self.product(k)
        seen = self.view(k, 0)
        over = graph.over[k]
        if seen is None or not set(over) <= set(seen):
            return None
        left = tuple(a for a in seen if a not in over)
        if tuple(a for a in left if a is not None) != graph.indices[k]:
            return None
        at = tuple(p for p, a in enumerate(seen) if a in over)
        axis = None if not left else at[0] if len(at) == 1 else at
        return self.builder.array_call(graph.ops[k], self.places[graph.operands[k][0]], **{AXIS: axis}), left

    def product(self, k: int) -> tuple[int, Labels] | None:
        """A sum of products as a product of matrices, turned where they have to be."""
        graph = self.graph
        inner = graph.operands[k][0]
        renaming = dict(zip(graph.indices[inner], graph.subscripts[k][0], strict=True))
        factors: list[tuple[int, Labels]] = []
        for p, o in enumerate(graph.operands[inner]):
            seen = self.view(inner, p)
            if seen is None:
                return None
            factors.append((o, tuple(None if a is None else str(renaming[a]) for a in seen)))
        summed = graph.over[k][0]
        for left, right in (factors, factors[::-1]):
            rows, columns = (tuple(a for a in v if a != summed) for _, v in (left, right))
            if (*rows, *columns) == graph.indices[k] and not set(rows) & set(columns):
                dot = not rows and not columns
                first = self.turned(left[0]) if dot or (rows and left[1][0] == summed) else self.places[left[0]]
                second = self.turned(right[0]) if columns and right[1][-1] == summed else self.places[right[0]]
                return self.builder.array_call(MATRIX_PRODUCT, first, second), graph.indices[k]
        return None

    def composite(self, k: int) -> tuple[int, Labels] | None:
        graph = self.graph
        seen = self.view(k, 0)
        if seen is None or len(graph.over[k]) != 1 or graph.over[k][0] not in seen:
            return None
        axis = seen.index(graph.over[k][0])
        kept = tuple(a for a in seen if a is not None)
        own = graph.indices[k]
        if own not in (kept, tuple(a for a in kept if a != graph.over[k][0])):
            return None
        place = self.builder.composite(k, self.places[graph.operands[k][0]], axis - len(seen))
        return place, tuple(a for a in seen if a in own or a is None)


def _aligned(views: Sequence[Labels]) -> Labels | None:
    """The axes of an elementwise result by NumPy's rule; None where two different indices meet."""
    labels: list[str | None] = []
    for place in range(1, max(map(len, views), default=0) + 1):
        here = {v[-place] for v in views if place <= len(v)} - {None}
        if len(here) > 1:
            return None
        labels.insert(0, next(iter(here), None))
    return tuple(labels)


def _products(graph: Graph, step: int, names: Mapping[int, str]) -> frozenset[int]:
    """The products of two arrays within a formula that are summed over one index: matrix products."""
    found = set()
    for k in _below(graph, step, names):
        inner = graph.operands[k][0] if graph.kinds[k] is Kind.REDUCE and (k == step or k not in names) else None
        if inner is None or graph.ops[k] != SUM or len(graph.over[k]) != 1 or inner in names:
            continue
        if graph.kinds[inner] is Kind.MAP and graph.ops[inner] == MULTIPLY:
            shapes = [len(graph.indices[o]) for o in graph.operands[inner]]
            left, right = (set(s) for s in graph.subscripts[inner])
            summed = {
                i for i, s in zip(graph.indices[inner], graph.subscripts[k][0], strict=True) if s in graph.over[k]
            }
            vectors = max(shapes) == 1 and inner not in graph.spans  # x @ w, not the author's sum(x*w)
            if min(shapes) and (vectors or max(shapes) == 2) and left & right == summed:
                found.add(inner)
    return frozenset(found)
