"""The explanation of a loss: pieces, the sweep over them, local derivatives with their rules, closed forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from derivcheck.closed.array_writing import ArrayWriting
from derivcheck.closed.explanation import ClosedForm, Explanation, Factor, Piece, PieceRole
from derivcheck.closed.formulas import FormulaWriter
from derivcheck.closed.pieces import cut_into_pieces, name_pieces
from derivcheck.closed.rules import rule_of
from derivcheck.derive import Contribution, Derivation, active_steps, differentiate
from derivcheck.graph.steps import Graph
from derivcheck.language.builder import ExprBuilder, number
from derivcheck.language.expr import Expr

K = TypeVar("K")

LARGEST_FORMULA = 120
"""A closed form whose expanded tree has more nodes than this is written with the names of the pieces."""
REPEATED_SIZE = 8
"""A piece of at least this many nodes is named in a closed form that holds it more than once."""
LONGEST_PRODUCT = 6
"""An adjoint of more factors than this gets a name."""
MOST_PIECES = 20
"""A loss of more pieces than this is explained by its first, its last and its named ones."""


def explain(
    graph: Graph,
    wrt: Sequence[str],
    *,
    order: int = 1,
    upstream: Fraction | int = 1,
    full: bool = False,
    assumed: Mapping[str, str] | None = None,
    deadline: Callable[[], None] | None = None,
) -> Explanation:
    """Derive ``graph`` and put names to what was derived.

    Args:
        graph: the loss.
        wrt: the variables to differentiate by.
        order: 1 for the gradient, 2 for gradient and Hessian (of scalars).
        upstream: the derivative of something further up with respect to the loss.
        full: write down every piece of a long graph.
        assumed: stated facts of variables that are arrays, by name.
        deadline: called now and then; raises when time is up.
    """
    cuts = cut_into_pieces(graph, active_steps(graph))
    roles = name_pieces(graph, cuts)
    pieces = {k: n for k, (n, _) in roles.items()}
    shown = cuts if full or len(cuts) <= MOST_PIECES else _selected(cuts, graph)
    if not graph.scalar:
        return _explained_arrays(graph, wrt, roles, shown, upstream, assumed, deadline)
    derivation = differentiate(graph, cuts=cuts, upstream=upstream, deadline=deadline)
    second: dict[tuple[str, str], int | None] = {}
    if order == 2:
        derivation, second = _second(derivation, wrt, deadline)
    names = pieces | {k: n for n, k in graph.inputs.items()}
    writer = FormulaWriter(derivation.graph, derivation.primal, names)
    written = tuple(Piece(k, *roles[k], writer.formula(k, unfold=True)) for k in shown)
    chosen = frozenset(shown)
    factors = tuple(_factor(writer, c, deadline) for c in derivation.contributions if c.consumer in chosen)
    closed = _ClosedForms(derivation, pieces, deadline)
    steps = _gradient_steps(derivation, wrt)
    return Explanation(
        derivation,
        names,
        written,
        len(cuts) - len(shown),
        factors,
        Lazily(lambda _, step: closed.of(step), steps),
        steps,
        tuple((c.consumer, c.target) for c in derivation.contributions),
        {},
        Lazily(lambda _, step: closed.of(step), second),
        second,
    )


def _explained_arrays(  # noqa: PLR0917 - what explain() found
    graph: Graph,
    wrt: Sequence[str],
    roles: Mapping[int, tuple[str, PieceRole]],
    shown: Sequence[int],
    upstream: Fraction | int,
    assumed: Mapping[str, str] | None,
    deadline: Callable[[], None] | None,
) -> Explanation:
    """The explanation of a loss of arrays: the sweep over every step, with pieces and factors in index form."""
    derivation = differentiate(graph, upstream=upstream, deadline=deadline)
    writing = ArrayWriting(derivation, {k: n for k, (n, _) in roles.items()}, assumed, deadline)
    links = writing.links(active_steps(graph))
    steps = _gradient_steps(derivation, wrt)
    return Explanation(
        derivation,
        writing.names,
        tuple(writing.piece(k, *roles[k]) for k in shown),
        len(roles) - len(shown),
        tuple(writing.factors(links, set(shown))),
        Lazily(writing.closed, steps),
        steps,
        links,
        writing.letters,
    )


def _gradient_steps(derivation: Derivation, wrt: Sequence[str]) -> dict[str, int | None]:
    return {name: derivation.gradient(name) if name in derivation.graph.inputs else None for name in wrt}


def _selected(cuts: tuple[int, ...], graph: Graph) -> tuple[int, ...]:
    """The first, the last, and as many named pieces as there is room for."""
    ends = MOST_PIECES // 4
    named = [k for k in cuts[ends:-ends] if k in graph.names][: MOST_PIECES - 2 * ends]
    return (*cuts[:ends], *named, *cuts[-ends:])


class Lazily(Mapping[K, ClosedForm]):
    """Closed forms by key, each written when it is first asked for."""

    def __init__(self, write: Callable[[K, int | None], ClosedForm], steps: Mapping[K, int | None]) -> None:
        self._write, self._steps = write, steps
        self._written: dict[K, ClosedForm] = {}

    def __getitem__(self, key: K) -> ClosedForm:
        if key not in self._written:
            self._written[key] = self._write(key, self._steps[key])
        return self._written[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)


def _second(
    derivation: Derivation, wrt: Sequence[str], deadline: Callable[[], None] | None
) -> tuple[Derivation, dict[tuple[str, str], int | None]]:
    """The sweep applied to each first derivative in turn, all in one graph."""
    graph = derivation.graph
    found: dict[tuple[str, str], int | None] = {}
    for row in wrt:
        first = derivation.gradient(row) if row in graph.inputs else None
        sweep = None if first is None else differentiate(graph, output=first, deadline=deadline)
        for column in wrt:
            found[row, column] = sweep.gradient(column) if sweep and column in graph.inputs else None
        graph = sweep.graph if sweep else graph
    return replace(derivation, graph=graph), found


def _factor(writer: FormulaWriter, c: Contribution, deadline: Callable[[], None] | None) -> Factor:
    if deadline is not None:
        deadline()
    rule, held = rule_of(writer.graph, writer.names, c.consumer, c.target)
    formulas = tuple(writer.formula(k) for k in held)
    return Factor(c.consumer, c.target, c.local, c.adjoint, c.product, writer.formula(c.local), rule, formulas)


class _ClosedForms:
    def __init__(self, derivation: Derivation, pieces: Mapping[int, str], deadline: Callable[[], None] | None) -> None:
        self.derivation, self.pieces, self.deadline = derivation, pieces, deadline
        self.graph = derivation.graph
        self._named: FormulaWriter | None = None
        self._written: dict[int, Expr] = {}

    def of(self, step: int | None) -> ClosedForm:
        """The closed form of a derived step: in the original letters if that stays readable, else with names."""
        if step is None:
            return ClosedForm(number(0))
        plain = FormulaWriter(self.graph, self.derivation.primal)
        if len(plain.below([step])) > LARGEST_FORMULA or plain.size(step) > LARGEST_FORMULA:
            return self.with_names(step)
        plain.simplify(step)
        expr = plain.formula(step)
        names: dict[int, str] = {}
        repeated = self.repeated(plain, step, expr)
        while repeated is not None:
            names[repeated] = self.pieces[repeated]
            plain = FormulaWriter(self.graph, self.derivation.primal, names)
            plain.simplify(step)
            expr = plain.formula(step)
            repeated = self.repeated(plain, step, expr)
        return self.defined(plain, expr)

    def repeated(self, writer: FormulaWriter, step: int, expr: Expr) -> int | None:
        """The largest piece without a name that the closed form holds more than once."""
        below = set(writer.below([step])) - {step} - writer.names.keys()
        large = {k: writer.size(k) for k in self.pieces if k in below}
        for k in sorted(large, key=large.__getitem__, reverse=True):
            if large[k] >= REPEATED_SIZE and _occurrences(expr, writer.formula(k)) > 1:
                return k
        return None

    def with_names(self, step: int) -> ClosedForm:
        writer = self.named_writer()
        return self.defined(writer, writer.formula(step))

    def named_writer(self) -> FormulaWriter:
        """A writer that knows the pieces, and every adjoint that is read twice or is a long product, by name."""
        if self._named is not None:
            return self._named
        writer = self._named = FormulaWriter(self.graph, self.derivation.primal, self.pieces)
        taken = set(self.pieces.values()) | set(self.graph.inputs)
        reads: dict[int, int] = {}
        for c in self.derivation.contributions:
            reads[c.adjoint] = reads.get(c.adjoint, 0) + 1
        for k, adjoint in self.derivation.adjoints.items():
            if k not in self.pieces or adjoint in writer.names or adjoint < self.derivation.primal:
                continue
            if self.deadline is not None:
                self.deadline()
            form = writer.monomial(adjoint)
            if form.factors and (reads.get(adjoint, 0) > 1 or len(form.factors) > LONGEST_PRODUCT):
                name = _barred(self.pieces[k], taken)
                writer.names[adjoint] = name
                writer.forms.pop(adjoint)
        return writer

    def defined(self, writer: FormulaWriter, expr: Expr) -> ClosedForm:
        """The formula with the definitions of every name it uses, directly or not, in order."""
        steps = {n: k for k, n in writer.names.items()}
        formulas: dict[str, Expr] = {}
        waiting = [n for n in expr.names() if n in steps]
        while waiting:
            name = waiting.pop()
            if name in formulas:
                continue
            if self.deadline is not None:
                self.deadline()
            step = steps[name]
            if step not in self._written or writer is not self._named:
                self._written[step] = writer.formula(step, unfold=True)
            formulas[name] = self._written[step]
            waiting.extend(n for n in formulas[name].names() if n in steps)
        order = sorted(formulas, key=lambda n: steps[n])
        return ClosedForm(expr, tuple((n, formulas[n]) for n in order))


def _occurrences(expr: Expr, part: Expr) -> int:
    """How often a formula holds another one, as a tree."""
    builder = ExprBuilder()
    wanted = builder.graft(part)
    root = builder.graft(expr)
    count = dict.fromkeys(range(root + 1), 0)
    count[root] = 1
    for k in range(root, wanted, -1):
        for child in builder.node(k).children:
            count[child] += count[k]
    return count[wanted] if wanted <= root else 0


def _barred(name: str, taken: set[str]) -> str:
    stem, _, subscript = name.partition("_")
    barred = f"{stem}bar" + (f"_{subscript}" if subscript else "")
    while barred in taken:
        barred += "_1" if "_" not in barred else "1"
    taken.add(barred)
    return barred
