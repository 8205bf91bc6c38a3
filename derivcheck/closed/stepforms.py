"""Steps as monomials: primal sums stay atoms, products, powers, sums over an index and derived sums dissolve."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from derivcheck.closed.facts import Facts
from derivcheck.closed.indexed import Names, delta, renamed
from derivcheck.closed.monomials import Atom, Monomial, Read, atom, constant, power, times, total
from derivcheck.closed.resolve import Resolver
from derivcheck.graph.steps import ADD, MEAN, MULTIPLY, SUM, Graph, Kind, Subscript
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE

_MINUS_ONE = Fraction(-1)


class StepForms:
    """The monomial of every step of a derivation, over the step's own indices.

    Attributes:
        as_columns: the vectors whose names stand for columns, to be used beside matrices.

    Args:
        graph: the derivation's graph.
        primal: how many of its steps are the author's.
        names: steps that are written as a name, besides variables.
        assumed: stated facts of inputs by name.
    """

    def __init__(
        self,
        graph: Graph,
        primal: int,
        names: Mapping[int, str] | None = None,
        assumed: Mapping[str, str] | None = None,
    ) -> None:
        self.scalar = graph.scalar
        self.as_columns: Collection[int] = ()
        self.facts = Facts(graph, assumed)
        self.graph, self.primal, self.names = self.facts.graph, primal, dict(names or {})
        self.forms: dict[int, Monomial] = {}
        self.indices = Names(self.graph.sizes)
        self.resolver = Resolver(self.facts, self.indices)
        self.readers = [] if self.scalar else self.graph.readers()
        if not self.scalar:
            self._find_quotients()

    def _find_quotients(self) -> None:
        """The quotients with a name, which are written by it."""
        graph = self.graph
        for k in self.names:
            if graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].rule == "quotient":
                above, below = (Read(o, s) for o, s in zip(graph.operands[k], graph.subscripts[k], strict=True))
                self.resolver.quotients[k] = above, below

    def own(self, step: int) -> Read:
        """The step read through its own indices."""
        return Read(step, self.graph.indices[step])

    def reads(self, step: int) -> list[Read]:
        """How a step reads its operands."""
        return [Read(o, s) for o, s in zip(self.graph.operands[step], self.graph.subscripts[step], strict=True)]

    def through(self, outer: Read, inner: Read, bound: Mapping[str, Subscript] | None = None) -> Read:
        """An operand's access, in the subscripts through which its reader is read."""
        if not inner.subscripts:
            return inner
        names = {**dict(zip(self.graph.indices[outer.step], outer.subscripts, strict=True)), **(bound or {})}
        return Read(inner.step, tuple(names.get(s, s) if isinstance(s, str) else s for s in inner.subscripts))

    def form(self, read: Read) -> Monomial:
        """The monomial of a step read through subscripts; bound indices have fresh names."""
        form = self.monomial(read.step)
        if not read.subscripts and not self.graph.indices[read.step]:
            return self.indices.apart(form) if form.over or not self.scalar else form
        names = dict(zip(self.graph.indices[read.step], read.subscripts, strict=True))
        return renamed(self.indices.apart(form), {i: s for i, s in names.items() if i != s})

    def size(self, step: int) -> int:
        """How many nodes the formula would have as a tree, shared parts counted each time."""
        sizes: dict[int, int] = {}
        for k in self.below([step]):
            stop = k in self.names and k != step
            sizes[k] = 1 if stop else 1 + sum(sizes.get(o, 1) for o in self.graph.operands[k])
        return sizes[step]

    def below(self, targets: list[int]) -> list[int]:
        """The steps that the formulas of ``targets`` are made of, in order; names are not looked into."""
        seen, stack = set(targets), list(targets)
        while stack:
            k = stack.pop()
            if k in self.names and k not in targets:
                continue
            for o in self.graph.operands[k]:
                if o not in seen:
                    seen.add(o)
                    stack.append(o)
        return sorted(seen)

    def opaque(self, step: int) -> bool:
        """Whether the step is an atom of monomials."""
        graph = self.graph
        kind = graph.kinds[step]
        if step in self.names:
            return True
        if kind is not Kind.MAP:
            transparent = kind in (Kind.CONSTANT, Kind.SIZE, Kind.DELTA)
            return not transparent and not (kind is Kind.REDUCE and graph.ops[step] in (SUM, MEAN))
        role, operands = TABLE[graph.ops[step]].role, graph.operands[step]
        if role is Role.SUM:
            return step < self.primal and len(operands) > 1
        if role is Role.SELECT:
            return self.scalar or step < self.primal
        return role not in (Role.PRODUCT, Role.POWER)

    def opened(self, factor: Atom) -> Monomial | None:
        """What a sum of the author's consists of, as a sum of monomials; None for any other atom."""
        graph = self.graph
        if not isinstance(factor, Read) or factor.step in self.names or graph.kinds[factor.step] is not Kind.MAP:
            return None
        if TABLE[graph.ops[factor.step]].role is not Role.SUM:
            return None
        terms = [times(constant(Fraction(sign)), self.form(r)) for r, sign in self._terms(factor)]
        return total(terms) if self.scalar else self.resolver.total(terms)

    def monomial(self, step: int) -> Monomial:
        """The step as a monomial over atoms, in a loop over what it is made of."""
        stack = [step]
        while stack:
            k = stack[-1]
            if k in self.forms:
                stack.pop()
                continue
            parts = [] if self.opaque(k) else self._parts(k)
            waiting = [p for p in parts if p not in self.forms]
            if waiting:
                stack.extend(waiting)
                continue
            form = self._combined(k)
            self.forms[k] = form if self.scalar else self.resolver.resolved(form)
            stack.pop()
        return self.forms[step]

    def _parts(self, k: int) -> list[int]:
        """The steps that a transparent step is combined from."""
        graph = self.graph
        if graph.kinds[k] is not Kind.MAP or TABLE[graph.ops[k]].role is not Role.SUM:
            return list(graph.operands[k])
        return [r.step for r, _ in self._terms(self.own(k))]

    def _terms(self, top: Read) -> list[tuple[Read, int]]:
        """The terms of a sum with their signs; derived sums within it are opened."""
        graph = self.graph
        terms: list[tuple[Read, int]] = []
        stack = [(top, 1)]
        while stack:
            read, sign = stack.pop()
            step = read.step
            single = self.scalar or self.readers[step] == 1
            opened = step == top.step or (single and not self.opaque(step) and graph.kinds[step] is Kind.MAP)
            if not opened or TABLE[graph.ops[step]].role is not Role.SUM:
                terms.append((read, sign))
                continue
            first, *rest = (self.through(read, r) for r in self.reads(step))
            turned = -sign if graph.ops[step] != ADD else sign
            stack.extend((r, turned) for r in rest)
            stack.append((first, sign if rest else turned))
        return terms

    def _combined(self, k: int) -> Monomial:
        graph, kind = self.graph, self.graph.kinds[k]
        if kind is Kind.CONSTANT:
            return constant(graph.params[k][0])
        if self.opaque(k):
            return atom(self.own(k))
        if kind is Kind.SIZE:
            return self.resolver.size(graph.params[k][0])
        if kind is Kind.DELTA:
            return atom(delta(*graph.params[k]))
        if kind is Kind.REDUCE:
            return self._reduced(k)
        role = TABLE[graph.ops[k]].role
        if role is Role.SELECT:
            return self._selected(k)
        if role is Role.SUM:
            terms = [times(constant(Fraction(sign)), self.form(r)) for r, sign in self._terms(self.own(k))]
            return total(terms) if self.scalar else self.resolver.total(terms)
        reads = self.reads(k)
        forms = [self.form(r) for r in reads]
        if role is Role.POWER:
            return power(forms[0], graph.params[k][0]) or self._powered(k, reads[0])
        if graph.ops[k] == MULTIPLY:
            return times(*forms) if self.scalar else self.resolver.times(*forms)
        inverse = power(forms[1], _MINUS_ONE)
        if inverse is None and forms[1].over and reads[1].step < self.primal:
            inverse = atom(reads[1], -1)
        if inverse is None:
            return atom(self.own(k))
        return times(forms[0], inverse) if self.scalar else self.resolver.times(forms[0], inverse)

    def _powered(self, k: int, base: Read) -> Monomial:
        """A power of what is no monomial: of a sum over an index that the author wrote, else the step itself."""
        if self.forms[base.step].over and base.step < self.primal:
            return atom(base, self.graph.params[k][0])
        return atom(self.own(k))

    def _reduced(self, k: int) -> Monomial:
        """A sum or mean over indices as a monomial with bound indices."""
        graph = self.graph
        names = {o: self.indices.fresh(o) for o in graph.over[k]}
        form = renamed(self.form(self.reads(k)[0]), dict(names))
        bound = Monomial(form.coefficient, form.factors, form.over + tuple(names.values()))
        if graph.ops[k] == MEAN:
            for index in graph.over[k]:
                inverse = power(self.resolver.size(index), _MINUS_ONE)
                bound = times(bound, inverse or constant(Fraction(1)))
        return bound

    def _selected(self, k: int) -> Monomial:
        """A derived selection: a bracket times a value, or a choice between two."""
        condition, then, otherwise = self.reads(k)
        return self.resolver.choice(condition, self.form(then), self.form(otherwise))
