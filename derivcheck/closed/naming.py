"""Names in closed forms: the author's stay, what a formula repeats gets one, and so do parts that make it long.

The file is longer than most: what is named depends on what is written with the names given so far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from derivcheck.closed.arrays import SQUARE_ROOT, ArrayWriter
from derivcheck.closed.contraction import UNSQUEEZE, NoArrayFormError
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.closed.indexed import parts
from derivcheck.closed.letters import ORDER
from derivcheck.closed.pieces import hatted
from derivcheck.derive import Derivation
from derivcheck.graph.steps import Kind
from derivcheck.language import names as variables
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Expr
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE

REPEATED_SIZE = 4
"""A part of at least this many nodes that a formula holds more than once gets a name."""
LONG, LONG_PART = 22, 8
"""A formula of more nodes than the first is cut by naming an adjoint of at least as many as the second."""
LARGEST_TREE = 4000
"""A derivation whose formula would have more nodes than this is written with names for all shared steps."""
DEEPEST = 100
"""What is nested more deeply than this is cut by names."""
LONGEST_PRODUCT = 6
"""An adjoint of more factors than this gets a name, where shared steps do."""
MOST_NAMES = 24
"""At most so many names are given one by one."""
_MATRICES, _VECTORS = "GHMABSU", "uv"


@dataclass(frozen=True, slots=True)
class Written:
    """A formula and the formulas of the names that it uses, in an order in which each uses only earlier ones."""

    expr: Expr
    definitions: tuple[tuple[str, Expr], ...]


class NamedForms:
    """Writes one derived step of a derivation of arrays, and gives names as it goes.

    Args:
        derivation: the derivation that holds the step.
        pieces: names for steps, if they get one.
        assumed: stated facts of variables by name.
    """

    def __init__(
        self, derivation: Derivation, pieces: Mapping[int, str], assumed: Mapping[str, str] | None = None
    ) -> None:
        self.derivation, self.pieces, self.assumed = derivation, pieces, assumed
        graph = derivation.graph
        kept = {k: n for k, n in graph.names.items() if graph.kinds[k] not in (Kind.INPUT, Kind.CONSTANT)}
        self.names = {k: n for k, n in kept.items() if k != derivation.output}
        self.authored, self.columns = dict(self.names), False
        self.as_columns: set[int] = set()
        self.columns_of: dict[int, int] = {}
        sizes = {s for s in graph.sizes.values() if isinstance(s, str)}
        self.taken = {*graph.inputs, *graph.names.values(), *pieces.values(), *sizes, *ORDER}
        self.writer = FormulaWriter(graph, derivation.primal, self.names, assumed)

    def written(self, step: int) -> Written:
        """The step as an array, with the definitions of the names used.

        Raises:
            NoArrayFormError: the step, or what would have to be named, has no form in matrices.
        """
        if self._all_columns():
            with suppress(NoArrayFormError):
                self.columns = True
                return self._written(step)
            self.columns, self.names = False, dict(self.authored)
            self._restart()
        return self._written(step)

    def _all_columns(self) -> bool:
        """Whether every variable that is a vector has the shape of a column."""
        graph = self.derivation.graph
        vectors = [n for n, k in graph.inputs.items() if len(graph.indices[k]) == 1]
        return bool(vectors) and all(graph.axes.get(n, ())[1:] == (None,) for n in vectors)

    def _written(self, step: int) -> Written:
        large = self.writer.size(step) > LARGEST_TREE
        if large:
            self._name_all(step)
        self._name_deep(step)
        for _ in range(0 if large else MOST_NAMES):
            builder = ExprBuilder()
            roots = self._placed(builder, step)
            found = self._candidate(builder, roots, step)
            if found is None:
                break
            self._name(found)
        builder = ExprBuilder()
        roots = self._placed(builder, step)
        definitions = tuple((self.names[k], builder.build(place)) for k, place in sorted(roots.items()) if k != step)
        return Written(builder.build(self._with_ones(builder, roots[step], step)), definitions)

    def _with_ones(self, builder: ExprBuilder, place: int, step: int) -> int:
        """The formula of a variable's adjoint with the variable's axes of size 1."""
        graph = self.derivation.graph
        if self.columns:
            return place
        name = next((n for n, k in graph.inputs.items() if self.derivation.adjoints.get(k) == step), None)
        for axis, index in enumerate(graph.axes.get(name, ()) if name else ()):
            if index is None:
                place = builder.array_call(UNSQUEEZE, place, params=(axis,))
        return place

    def _placed(self, builder: ExprBuilder, step: int) -> dict[int, int]:
        """The places of the step and of all named steps that its formula uses, directly or not."""
        self._restart()
        roots: dict[int, int] = {}
        waiting = [step]
        by_name = {n: k for k, n in self.names.items()}
        while waiting:
            k = waiting.pop()
            if k in roots:
                continue
            roots[k] = self._place(builder, k)
            used = {builder.node(p).text for p in below(builder, roots[k]) if not builder.node(p).children}
            waiting.extend(by_name[n] for n in used if n in by_name)
        return roots

    def _restart(self) -> None:
        graph = self.derivation.graph
        self.writer = FormulaWriter(graph, self.derivation.primal, self.names, self.assumed)
        self.writer.as_columns = self.as_columns

    def _place(self, builder: ExprBuilder, step: int) -> int:
        """One step written out, everything named in it by its name."""
        writer = self.writer
        name = writer.names.pop(step, None)
        writer.forms.pop(step, None)
        if step >= writer.primal:
            writer.simplify(step)
        arrays = ArrayWriter(writer, builder, columns=self.columns)
        own = writer.graph.indices[step]
        if step >= writer.primal:
            place = arrays.form(writer.monomial(step), own).place
        else:
            place = arrays.spread(arrays.step(step), own).place
        if step in self.as_columns:
            place = arrays.kept.column(place) or place
        if name is not None:
            writer.forms.pop(step, None)
            writer.names[step] = name
        return place

    def _candidate(self, builder: ExprBuilder, roots: Mapping[int, int], step: int) -> int | None:
        """The step that should get a name next: the largest that is repeated, else one that makes a formula shorter."""
        places = self._places_of_parts(builder, step)
        counts = occurrences(builder, list(roots.values()))
        sizes = tree_sizes(builder)
        for place in set(places.values()) & self.columns_of.keys():
            counts[place] = counts.get(place, 0) + counts.get(self.columns_of[place], 0)
        repeated = [k for k, p in places.items() if counts.get(p, 0) > 1 and sizes[p] >= self._least_size(k)]
        if repeated:
            return max(repeated, key=lambda k: sizes[places[k]])
        deviations = [k for k, p in places.items() if self._is_deviation(k) and counts.get(p, 0)]
        if deviations and any(self._hat(k) for k in self.names):
            self.as_columns |= {k for k in deviations[:1] if places[k] in self.columns_of}
            return deviations[0]
        shared = self._shared_adjoint(builder, places, counts, step)
        if shared is not None:
            return shared
        longest = max(roots, key=lambda k: sizes[roots[k]])
        if sizes[roots[longest]] <= LONG:
            return None
        below_longest = set(self.writer.below([longest]))
        arrays = {k: p for k, p in places.items() if self.writer.graph.indices[k]}
        parts = {k: sizes[p] for k, p in arrays.items() if k in below_longest and k != longest}
        large = [k for k, s in parts.items() if LONG_PART <= s < sizes[roots[longest]] - 1]
        known = {a for v, a in self.derivation.adjoints.items() if v in self.pieces or v in self.names}
        large = [k for k in large if k in known or k < self.writer.primal] or large
        most = max((parts[k] for k in large), default=0)
        nearly = [k for k in large if parts[k] > most - REPEATED_SIZE and k in known]
        return min(nearly) if nearly else max(large, key=parts.__getitem__, default=None)

    def _shared_adjoint(
        self, builder: ExprBuilder, places: Mapping[int, int], counts: Mapping[int, int], step: int
    ) -> int | None:
        """The first adjoint made of one that has a name, if the derivatives by several variables are made of it."""
        primal, graph, adjoints = self.writer.primal, self.writer.graph, self.derivation.adjoints
        named = {self.names[k] for k in self.names if k >= primal and k in adjoints.values()}
        derived = ((k, p) for k, p in places.items() if k >= primal and k != step and counts.get(p, 0))
        found = [k for k, p in derived if named & _names(builder, p)]
        if not found or min(found) not in adjoints.values():
            return None
        ends = [adjoints[v] for v in graph.inputs.values() if v in adjoints]
        read = [e for e in ends if e != min(found) and min(found) in graph.ancestors(e)]
        return min(found) if len(read) > 1 and len(below(builder, places[min(found)])) > REPEATED_SIZE else None

    def _least_size(self, step: int) -> int:
        """The nodes that a part has at least that is named because it is repeated; x̂ always is."""
        return 2 if self._hat(step) else REPEATED_SIZE

    def _hat(self, step: int) -> str | None:
        return hatted(self.writer.graph, step)

    def _is_deviation(self, step: int) -> bool:
        """Whether a step is the σ that the derivative of something standardized is divided by."""
        graph = self.writer.graph
        return step >= self.writer.primal and graph.kinds[step] is Kind.MAP and graph.ops[step] == SQUARE_ROOT

    def _places_of_parts(self, builder: ExprBuilder, step: int) -> dict[int, int]:
        """The places of the pieces, shared steps and adjoints without a name that the formula may hold."""
        writer, found = self.writer, {}
        self.columns_of = {}
        arrays = ArrayWriter(writer, builder, columns=self.columns)
        for k in self._parts(step):
            try:
                value, own = arrays.step(k), writer.graph.indices[k]
                if set(value.axes) == set(own):
                    found[k] = arrays.spread(value, own).place
                    column = arrays.kept.column(found[k]) if len(own) == 1 else None
                    if column is not None:
                        self.columns_of[found[k]] = column
            except NoArrayFormError:
                continue
        return found

    def _parts(self, step: int) -> Iterator[int]:
        writer, graph = self.writer, self.writer.graph
        inside = set(writer.below([step, *self.names]))
        adjoints = {a for a in self.derivation.adjoints.values() if a >= writer.primal}
        for k in sorted(inside):
            kind = graph.kinds[k]
            if k == step or k in self.names or kind in (Kind.INPUT, Kind.CONSTANT, Kind.SIZE, Kind.DELTA):
                continue
            if kind is Kind.MAP and TABLE[graph.ops[k]].role is Role.CONDITION:
                continue
            if k in adjoints or (k < writer.primal and graph.operands[k]) or self._is_deviation(k):
                yield k

    def _name_all(self, step: int) -> None:
        """Names for all shared primal steps, for adjoints that are long products, and for long ones that are shared.

        A sum within an adjoint may read the next one several times, so that without names a form doubles at each.
        """
        graph = self.derivation.graph
        readers: dict[int, int] = {}
        for k in graph.ancestors(step):
            for o in graph.operands[k]:
                readers[o] = readers.get(o, 0) + 1
        leaves = (Kind.INPUT, Kind.CONSTANT, Kind.SIZE, Kind.DELTA)
        for k in sorted(readers):
            shared = k < self.derivation.primal and readers[k] > 1 and k not in self.names
            condition = graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].role is Role.CONDITION
            if shared and graph.kinds[k] not in leaves and not condition:
                self._name(k)
        self._restart()
        for k in sorted(self.derivation.adjoints.values()):
            if k < self.derivation.primal or k == step or k not in readers or k in self.names:
                continue
            form = self.writer.monomial(k)
            atoms = sum(len(part.factors) for part in parts(form))
            if len(form.factors) > LONGEST_PRODUCT or (readers[k] > 1 and atoms > LONG_PART):
                self._name(k)
                self.writer.names[k] = self.names[k]
                self.writer.forms.pop(k)

    def _name_deep(self, step: int) -> None:
        """Names within what is nested so deeply that a writer that calls itself would not come to an end."""
        graph = self.writer.graph
        depth: dict[int, int] = {}
        inside = self.writer.below([step])
        for k in inside:
            depth[k] = 1 + max((0 if o in self.names else depth.get(o, 0) for o in graph.operands[k]), default=0)
        if depth[step] <= DEEPEST:
            return
        for k in inside:
            depth[k] = 1 + max((depth.get(o, 0) for o in graph.operands[k]), default=0)
            condition = graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].role is Role.CONDITION
            if k in self.names:
                depth[k] = 0
            elif depth[k] >= DEEPEST // 2 and k != step and not condition:
                depth[k] = 0
                self._name(k)
        self._restart()

    def _name(self, step: int) -> None:
        """Give a step a name: the piece's, that of what it is the adjoint of with a bar, or a letter."""
        name = self.pieces.get(step)
        if name is None or name in self.names.values():
            primal = next((v for v, a in self.derivation.adjoints.items() if a == step), None)
            base = None if primal is None else self.names.get(primal) or self.pieces.get(primal)
            name = self._free(self._candidates(step, base))
        self.taken.add(name)
        self.names[step] = name

    def _candidates(self, step: int, base: str | None) -> Iterator[str]:
        if base is not None and not accented(base):
            stem, _, subscript = base.partition("_")
            yield f"{stem}bar" + (f"_{subscript}" if subscript else "")
        yield from (n for n in (self._hat(step), "sigma" if self._is_deviation(step) else None) if n)
        letters = _MATRICES if len(self.derivation.graph.indices[step]) > 1 else _VECTORS
        yield from letters
        number = 1
        while True:
            yield f"{letters[0]}_{number}"
            number += 1

    def _free(self, candidates: Iterator[str]) -> str:
        return next(c for c in candidates if c not in self.taken)


def accented(name: str) -> bool:
    """Whether a name is shown with an accent already, or is no single letter, so that no bar fits over it."""
    stem = name.partition("_")[0]
    return variables.unicode(f"{stem}bar") == f"{stem}bar"


def below(builder: ExprBuilder, root: int) -> Sequence[int]:
    """The places that a formula is made of."""
    seen, stack = {root}, [root]
    while stack:
        for child in builder.node(stack.pop()).children:
            if child not in seen:
                seen.add(child)
                stack.append(child)
    return sorted(seen)


def _names(builder: ExprBuilder, root: int) -> set[str]:
    """The names in a formula."""
    return {builder.node(p).text for p in below(builder, root) if not builder.node(p).children}


def occurrences(builder: ExprBuilder, roots: Sequence[int]) -> dict[int, int]:
    """How often each place stands in formulas, written as trees."""
    count: dict[int, int] = {}
    for root in roots:
        count[root] = count.get(root, 0) + 1
    for place in range(len(builder) - 1, -1, -1):
        if place in count:
            for child in builder.node(place).children:
                count[child] = count.get(child, 0) + count[place]
    return count


def tree_sizes(builder: ExprBuilder) -> list[int]:
    """How many nodes each place has as a tree."""
    sizes: list[int] = []
    for place in range(len(builder)):
        sizes.append(1 + sum(sizes[c] for c in builder.node(place).children))
    return sizes
