"""Steps as formulas: primal steps in the author's form, derived steps as simplified monomials and sums."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivcheck.closed.cancel import cancelled
from derivcheck.closed.monomials import Atom, Monomial, Sum, atom, constant, power, times, total
from derivcheck.graph.steps import ADD, MULTIPLY, NEGATE, Graph, Kind
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Expr, NodeKind
from derivcheck.ops.row import Layout, Role
from derivcheck.ops.table import TABLE

DIVIDE, SUBTRACT, POWER = "div", "sub", "power"
_MINUS_ONE = Fraction(-1)


class FormulaWriter:
    """Writes steps of a derivation as expressions.

    Args:
        graph: the derivation's graph.
        primal: how many of its steps are the author's.
        names: steps that are written as a name, besides variables.
    """

    def __init__(self, graph: Graph, primal: int, names: Mapping[int, str] | None = None) -> None:
        self.graph, self.primal, self.names = graph, primal, dict(names or {})
        self.forms: dict[int, Monomial] = {}

    def formula(self, step: int, *, unfold: bool = False) -> Expr:
        """The step as an expression; ``unfold`` writes out the step itself even if it has a name."""
        name = self.names.pop(step, None) if unfold else None
        if name is None:
            return _Expression(self, ExprBuilder()).written(step)
        self.forms.pop(step, None)
        expr = _Expression(self, ExprBuilder()).written(step)
        self.forms.pop(step, None)
        self.names[step] = name
        return expr

    def size(self, step: int) -> int:
        """How many nodes the formula would have as a tree, shared parts counted each time."""
        sizes: dict[int, int] = {}
        for k in self.below([step]):
            stop = k in self.names and k != step
            sizes[k] = 1 if stop else 1 + sum(sizes.get(o, 1) for o in self.graph.operands[k])
        return sizes[step]

    def simplify(self, step: int) -> None:
        """Let the step, and the branches it selects between, be written in lowest terms where that is shorter."""
        graph = self.graph
        for k in self.below([step]):
            chosen = k >= self.primal and graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].role is Role.SELECT
            for branch in graph.operands[k][1:] if chosen else ():
                self.forms[branch] = cancelled(self.monomial(branch), self.opened)
        self.forms[step] = cancelled(self.monomial(step), self.opened)

    def opened(self, step: int) -> Monomial | None:
        """What a sum of the author's consists of, as a sum of monomials; None for any other step."""
        graph = self.graph
        if step in self.names or graph.kinds[step] is not Kind.MAP or TABLE[graph.ops[step]].role is not Role.SUM:
            return None
        terms = [(o, s, self.monomial(o)) for o, s in self._parts(step)]
        return total(times(constant(Fraction(s)), m) for _, s, m in terms)

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
        if step in self.names or graph.kinds[step] is not Kind.MAP:
            return graph.kinds[step] is not Kind.CONSTANT
        role, operands = TABLE[graph.ops[step]].role, graph.operands[step]
        if role is Role.SUM:
            return step < self.primal and len(operands) > 1
        return role not in (Role.PRODUCT, Role.POWER)

    def monomial(self, step: int) -> Monomial:
        """The step as a monomial over atoms, in a loop over what it is made of."""
        stack = [step]
        while stack:
            k = stack[-1]
            if k in self.forms:
                stack.pop()
                continue
            parts = [] if self.opaque(k) else [p for p, _ in self._parts(k)]
            waiting = [p for p in parts if p not in self.forms]
            if waiting:
                stack.extend(waiting)
                continue
            self.forms[k] = self._combined(k)
            stack.pop()
        return self.forms[step]

    def _parts(self, k: int) -> list[tuple[int, int]]:
        """What a transparent step is combined from; for a sum its terms with signs, nested sums opened."""
        graph = self.graph
        if graph.kinds[k] is Kind.CONSTANT:
            return []
        if TABLE[graph.ops[k]].role is not Role.SUM:
            return [(o, 1) for o in graph.operands[k]]
        terms: list[tuple[int, int]] = []
        stack = [(k, 1)]
        while stack:
            step, sign = stack.pop()
            opened = step == k or (not self.opaque(step) and graph.kinds[step] is Kind.MAP)
            if not opened or TABLE[graph.ops[step]].role is not Role.SUM:
                terms.append((step, sign))
                continue
            first, *rest = graph.operands[step]
            turned = -sign if graph.ops[step] != ADD else sign
            stack.extend((o, turned) for o in rest)
            stack.append((first, sign if rest else turned))
        return terms

    def _combined(self, k: int) -> Monomial:
        graph = self.graph
        value = graph.constant(k)
        if value is not None:
            return constant(value)
        if self.opaque(k):
            return atom(k)
        role = TABLE[graph.ops[k]].role
        if role is Role.SUM:
            return total(times(constant(Fraction(sign)), self.forms[o]) for o, sign in self._parts(k))
        forms = [self.forms[o] for o in graph.operands[k]]
        if role is Role.POWER:
            return power(forms[0], graph.params[k][0]) or atom(k)
        if graph.ops[k] == MULTIPLY:
            return times(*forms)
        inverse = power(forms[1], _MINUS_ONE)
        return atom(k) if inverse is None else times(forms[0], inverse)


class _Expression:
    """Puts one formula together in an arena; every part of it once."""

    def __init__(self, writer: FormulaWriter, builder: ExprBuilder) -> None:
        self.writer, self.graph, self.builder = writer, writer.graph, builder
        self.places: dict[object, int] = {}

    def written(self, step: int) -> Expr:
        stack: list[Atom | Monomial] = [step]
        while stack:
            item = stack[-1]
            waiting = [] if item in self.places else [d for d in self.needs(item) if d not in self.places]
            if waiting:
                stack.extend(waiting)
                continue
            if item not in self.places:
                self.places[item] = self.place(item)
            stack.pop()
        return self.builder.build(self.places[step])

    def authored(self, step: int) -> bool:
        """Whether a step is written with its operands in their own order, not as a monomial."""
        graph, writer = self.graph, self.writer
        if step in writer.names or graph.kinds[step] in (Kind.INPUT, Kind.CONSTANT):
            return True
        return step < writer.primal or writer.opaque(step) or writer.monomial(step) == atom(step)

    def needs(self, item: Atom | Monomial) -> list[Atom | Monomial]:
        """The parts that must be placed before ``item``."""
        if isinstance(item, Sum):
            return list(item.terms)
        if isinstance(item, Monomial):
            return [f for f, _ in item.factors]
        if not self.authored(item):
            return [self.writer.monomial(item)]
        return [] if item in self.writer.names else list(self.graph.operands[item])

    def place(self, item: Atom | Monomial) -> int:
        if isinstance(item, Sum):
            return self.sum(item)
        if isinstance(item, Monomial):
            return self.product(item)
        if not self.authored(item):
            return self.places[self.writer.monomial(item)]
        return self.step(item)

    def step(self, k: int) -> int:
        graph, builder = self.graph, self.builder
        if k in self.writer.names:
            return builder.name(self.writer.names[k])
        if graph.kinds[k] is Kind.INPUT:
            return builder.name(graph.ops[k])
        if graph.kinds[k] is Kind.CONSTANT:
            return self.number(graph.params[k][0], graph.literals.get(k, ""))
        operands = [self.places[o] for o in graph.operands[k]]
        return builder.call(graph.ops[k], *operands, params=graph.params[k])

    def number(self, value: Fraction, text: str = "") -> int:
        if value < 0:
            return self.builder.call(NEGATE, self.builder.number(-value))
        return self.builder.number(value, text)

    def sum(self, item: Sum) -> int:
        """The terms: positive ones first, of these the numbers last."""
        builder = self.builder
        order = sorted(item.terms, key=lambda t: (t.coefficient < 0, not t.factors))
        place = self.places[order[0]]
        for term in order[1:]:
            if term.coefficient < 0:
                place = builder.call(SUBTRACT, place, self.product(Monomial(-term.coefficient, term.factors)))
            else:
                place = builder.call(ADD, place, self.places[term])
        return place

    def product(self, item: Monomial) -> int:
        """Numerator over denominator: number, names, functions, sums; the sign at the first of them."""
        builder = self.builder
        negative = item.coefficient < 0
        above = self._multiplied(abs(item.coefficient.numerator), [(f, e) for f, e in item.factors if e > 0], negative)
        below = self._multiplied(item.coefficient.denominator, [(f, -e) for f, e in item.factors if e < 0])
        return above if below == builder.number(1) else builder.call(DIVIDE, above, below)

    def _multiplied(self, number: int, factors: list[tuple[Atom, Fraction]], negative: bool = False) -> int:
        builder = self.builder
        places = [builder.number(number)] if number != 1 or not factors else []
        for factor, exponent in sorted(factors, key=self._rank):
            base = self.places[factor]
            places.append(base if exponent == 1 else builder.call(POWER, base, params=(exponent,)))
        place = builder.call(NEGATE, places[0]) if negative else places[0]
        for further in places[1:]:
            place = builder.call(MULTIPLY, place, further)
        return place

    def _rank(self, factor: tuple[Atom, Fraction]) -> tuple[int, int]:
        base = factor[0]
        if isinstance(base, Sum):
            return 3, 0
        node = self.builder.node(self.places[base])
        if node.kind is NodeKind.NAME:
            return 0, base
        infix = node.kind is NodeKind.CALL and TABLE[node.text].notation.layout is Layout.INFIX
        return (2 if infix else 1), base
