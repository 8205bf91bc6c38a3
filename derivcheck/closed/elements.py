"""Formulas of one element: steps and monomials with subscripts, sums over named indices; scalars are the case without.

The file is longer than most: the writer places steps, monomials and their atoms in one loop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from derivcheck.closed.arrays import ArrayWriter
from derivcheck.closed.indexed import children, indices, parts
from derivcheck.closed.letters import Letters
from derivcheck.closed.monomials import Atom, Bracket, Choice, Delta, Monomial, Read, Size, Sum, atom
from derivcheck.closed.stepforms import StepForms
from derivcheck.errors import UnsupportedError
from derivcheck.graph.steps import ADD, MEAN, MULTIPLY, NEGATE, SELECT, SUM, Kind
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.ops.row import Layout
from derivcheck.ops.table import TABLE

DIVIDE, SUBTRACT, POWER = "div", "sub", "power"


class Elements:
    """Puts one formula together in an arena; every part of it once."""

    def __init__(self, forms: StepForms, builder: ExprBuilder, letters: Letters | None = None) -> None:
        self.forms, self.graph, self.builder = forms, forms.graph, builder
        self.letters = letters
        self.arrays = ArrayWriter(forms, builder)
        self.places: dict[Atom, int] = {}
        self.used: set[str] = set()
        self.written_as: dict[Read, Monomial] = {}
        self.bound_in: dict[Read, dict[str, str]] = {}
        self.counted = True
        self.free: set[str] = set()

    def written(self, item: Atom) -> Expr:
        """The formula of a step read through subscripts, or of a monomial.

        A position along an index is written as the index itself, ``y[i] == j``, which reads back where the index is a
        subscript too; where it is not, as an element of the positions, ``positions(z)[j]``.
        """
        expr = self.builder.build(self.placed(item))
        subscripts = {p for n in expr.nodes if n.kind is NodeKind.INDEX for p in n.params if isinstance(p, str)}
        if self.counted and not set(self._index_names(expr)) <= subscripts | self.free:
            self.counted = False
            self.places.clear()
            expr = self.builder.build(self.placed(item))
        return expr

    def _index_names(self, expr: Expr) -> list[str]:
        """The letters of indices that stand as numbers in a formula."""
        return [] if self.letters is None else [n for n in expr.names() if n in self.letters.size_of]

    def written_form(self, form: Monomial, free: Collection[str]) -> Expr:
        """The formula of a monomial whose free indices are letters."""
        self.used.update(free)
        self.free.update(free)
        if self.letters is not None:
            form = self.letters.lettered(form, self.forms.indices.sizes, self.used)
            self.used.update(i for part in parts(form) for i in part.over)
        return self.written(form)

    def placed(self, item: Atom) -> int:
        """The place of an item in the arena, its parts placed before it in a loop."""
        stack: list[Atom] = [item]
        while stack:
            top = stack[-1]
            waiting = [] if top in self.places else [d for d in self.needs(top) if d not in self.places]
            if waiting:
                stack.extend(waiting)
                continue
            if top not in self.places:
                self.places[top] = self.place(top)
            stack.pop()
        return self.places[item]

    def authored(self, read: Read) -> bool:
        """Whether a step is written with its operands in their own order, not as a monomial."""
        forms, step = self.forms, read.step
        if step in forms.names or self.graph.kinds[step] in (Kind.INPUT, Kind.CONSTANT):
            return True
        return step < forms.primal or forms.opaque(step) or forms.monomial(step) == atom(forms.own(step))

    def needs(self, item: Atom) -> list[Atom]:
        """The parts that must be placed before ``item``."""
        if isinstance(item, Monomial):
            return [f for f, _ in item.factors]
        if isinstance(item, Choice):
            return [item.condition, item.then, item.otherwise]
        if isinstance(item, Bracket):
            return [item.condition]
        if not isinstance(item, Read):
            return list(children(item))
        if not self.authored(item):
            return [self.simplified(item)]
        if item.step in self.forms.names or self.whole(item):
            return []
        return list(self.operands(item))

    def simplified(self, read: Read) -> Monomial:
        """The monomial that a derived step is written as."""
        if self.letters is None:
            return self.forms.monomial(read.step)
        if read not in self.written_as:
            self.used.update(s for s in read.subscripts if isinstance(s, str))
            form = self.letters.lettered(self.forms.form(read), self.forms.indices.sizes, self.used)
            self.used.update(i for part in parts(form) for i in part.over)
            self.written_as[read] = form
        return self.written_as[read]

    def whole(self, read: Read) -> bool:
        """Whether a step is written as an array and then subscripted: what has no elementwise formula."""
        if self.graph.kinds[read.step] in (Kind.COMPOSITE, Kind.ARRAY, Kind.POSITION):
            return True
        return not read.subscripts and self.letters is not None and self.arrays.is_norm(read.step)

    def operands(self, read: Read) -> list[Read]:
        """The operands of a step, read through the subscripts of the step; bound indices are letters."""
        bound = self.bound(read)
        return [self.forms.through(read, r, bound) for r in self.forms.reads(read.step)]

    def bound(self, read: Read) -> dict[str, str]:
        """A letter for each index that a step reduces over."""
        over = self.graph.over[read.step]
        if not over or self.letters is None:
            return {}
        if read not in self.bound_in:
            avoid = {*self.used, *(s for s in read.subscripts if isinstance(s, str))}
            letters = self.letters.several([self.graph.sizes[o] for o in over], avoid)
            self.bound_in[read] = dict(zip(over, letters, strict=True))
        return self.bound_in[read]

    def place(self, item: Atom) -> int:
        """The place of an item whose parts are placed."""
        builder = self.builder
        if isinstance(item, Sum):
            return self.sum(item)
        if isinstance(item, Monomial):
            return self.bound_sum(item) if item.over else self.product(item)
        if isinstance(item, Choice):
            return builder.call(SELECT, *(self.places[i] for i in (item.condition, item.then, item.otherwise)))
        if isinstance(item, Bracket):
            one, zero = builder.number(1), builder.number(0)
            return builder.call(SELECT, self.places[item.condition], *((one, zero) if item.holds else (zero, one)))
        if isinstance(item, Size):
            return builder.name(item.symbol)
        if isinstance(item, Delta):
            return self.delta(item)
        if not isinstance(item, Read):
            raise UnsupportedError(f"{item!r} has no formula")
        return self.step(item) if self.authored(item) else self.places[self.simplified(item)]

    def delta(self, item: Delta) -> int:
        """δ as an element of the identity matrix, or of a row of 0 and 1."""
        size = self.forms.indices.sizes
        builder = self.builder
        if isinstance(item.column, str):
            symbol = next((size[i] for i in (item.row, item.column) if i in size), "n")
            identity = Node(NodeKind.ARRAY_CALL, "eye", (), params=(symbol,))
            return self.subscripted(builder.add(identity), (item.row, item.column))
        return self.subscripted(self.arrays.onehot(item).place, (item.row,))

    def subscripted(self, place: int, subscripts: tuple[str | int, ...]) -> int:
        """``place[i, 0]``."""
        return self.builder.add(Node(NodeKind.INDEX, "", (place,), params=subscripts)) if subscripts else place

    def step(self, read: Read) -> int:
        """A step by its name, or with its operands as the author wrote them."""
        graph, builder, k = self.graph, self.builder, read.step
        if k in self.forms.names:
            place = builder.name(self.forms.names[k])
            return self.subscripted(place, (*read.subscripts, 0) if k in self.forms.as_columns else read.subscripts)
        kind = graph.kinds[k]
        if kind is Kind.INPUT:
            own = iter(read.subscripts)
            axes = graph.axes.get(graph.ops[k], graph.indices[k])
            return self.subscripted(builder.name(graph.ops[k]), tuple(0 if a is None else next(own) for a in axes))
        if kind is Kind.CONSTANT:
            return self.number(graph.params[k][0], graph.literals.get(k, ""))
        if kind is Kind.POSITION and self.counted:
            subscript = read.subscripts[0]
            return builder.name(subscript) if isinstance(subscript, str) else builder.number(subscript)
        if self.whole(read):
            return self.element(read)
        if kind is Kind.SIZE:
            size = graph.sizes[graph.params[k][0]]
            return builder.name(size) if isinstance(size, str) else builder.number(size)
        if kind is Kind.DELTA:
            names = dict(zip(graph.indices[k], read.subscripts, strict=True))
            row, column = (names.get(p, p) for p in graph.params[k])
            return self.delta(Delta(str(row), column))
        operands = [self.places[o] for o in self.operands(read)]
        if kind is Kind.REDUCE:
            return self.reduction(graph.ops[k], operands[0], tuple(self.bound(read).values()))
        return builder.call(graph.ops[k], *operands, params=graph.params[k])

    def element(self, read: Read) -> int:
        """An element of what is written as an array."""
        value = self.arrays.step(read.step)
        order = dict(zip(self.graph.indices[read.step], read.subscripts, strict=True))
        return self.subscripted(value.place, tuple(order[a] for a in value.axes))

    def reduction(self, op: str, place: int, over: tuple[str, ...]) -> int:
        """``sum(…, i)``."""
        return self.builder.array_call(op, place, params=(None, over))

    def number(self, value: Fraction, text: str = "") -> int:
        """A number; a negative one has its sign in front."""
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
                place = builder.call(SUBTRACT, place, self.place(Monomial(-term.coefficient, term.factors, term.over)))
            else:
                place = builder.call(ADD, place, self.places[term])
        return place

    def bound_sum(self, item: Monomial) -> int:
        """A sum over indices, or their mean where it is divided by their number."""
        factors = dict(item.factors)
        known = self.letters.size_of if self.letters else {}
        sizes = [Size(str(known.get(i))) for i in item.over]
        groups = {frozenset(indices(f)) for f in factors if set(indices(f)) & set(item.over)}
        together = len(groups) == 1
        averaged = together and all(factors.get(s, 0) == -1 for s in sizes) and len(set(sizes)) == len(sizes)
        if averaged:
            inside = tuple(x for x in item.factors if set(indices(x[0])) & set(item.over))
            outside = tuple(x for x in item.factors if x not in inside and x[0] not in sizes)
            mean = self.reduction(MEAN, self.product(Monomial(Fraction(1), inside)), item.over)
            return self.beside(Monomial(item.coefficient, outside), mean)
        outside = tuple(
            x for x in item.factors if not isinstance(x[0], Size) and not set(indices(x[0])) & set(item.over)
        )
        if outside:
            inner = Monomial(Fraction(1), tuple(x for x in item.factors if x not in outside and x[0] not in sizes))
            divided = tuple(x for x in item.factors if x not in outside and x[0] in sizes)
            total = self.reduction(SUM, self.product(inner), item.over)
            return self.beside(Monomial(item.coefficient, outside + divided), total)
        total = self.product(Monomial(abs(item.coefficient), item.factors))
        place = self.reduction(SUM, total, item.over)
        return self.builder.call(NEGATE, place) if item.coefficient < 0 else place

    def beside(self, scale: Monomial, place: int) -> int:
        """A product with a sum over indices as its last factor."""
        builder = self.builder
        below = tuple(x for x in scale.factors if x[1] < 0)
        above = Monomial(scale.coefficient, tuple(x for x in scale.factors if x[1] > 0))
        divisor = Monomial(Fraction(1), tuple((f, -e) for f, e in below))
        top = self.scaled(Monomial(above.coefficient * above.coefficient.denominator, above.factors), place)
        bottom = Monomial(Fraction(above.coefficient.denominator), divisor.factors)
        return top if bottom == Monomial(Fraction(1)) else builder.call(DIVIDE, top, self.product(bottom))

    def scaled(self, scale: Monomial, place: int) -> int:
        """``scale · place``."""
        builder = self.builder
        if scale.factors or abs(scale.coefficient) != 1:
            return builder.call(MULTIPLY, self.product(scale), place)
        return builder.call(NEGATE, place) if scale.coefficient < 0 else place

    def product(self, item: Monomial) -> int:
        """Numerator over denominator: number, names, functions, sums; the sign at the first of them."""
        brackets = [f for f, _ in item.factors if isinstance(f, Bracket)]
        if brackets:
            return self.guarded(item, brackets)
        builder = self.builder
        negative = item.coefficient < 0
        over = [(f, -e) for f, e in item.factors if e < 0]
        sizes = [x for x in over if isinstance(x[0], Size)]
        arrays = any(indices(f) for f, _ in item.factors)
        if arrays and len(sizes) == len(over) > 0 and len(item.factors) > len(sizes):
            scale = Monomial(item.coefficient, tuple((f, -e) for f, e in sizes))
            rest = Monomial(Fraction(1), tuple(x for x in item.factors if x[0] not in dict(sizes)))
            return self.prefixed(scale, rest)
        above = self._multiplied(abs(item.coefficient.numerator), [(f, e) for f, e in item.factors if e > 0], negative)
        below = self._multiplied(item.coefficient.denominator, over)
        return above if below == builder.number(1) else builder.call(DIVIDE, above, below)

    def prefixed(self, scale: Monomial, rest: Monomial) -> int:
        """``2/n·x·y``: a number over sizes stands before all factors; ``x·y/n`` where the number is 1."""
        builder = self.builder
        if abs(scale.coefficient.numerator) == 1:
            below = self._multiplied(scale.coefficient.denominator, [(f, -e) for f, e in scale.factors])
            above = self.product(Monomial(Fraction(1 if scale.coefficient > 0 else -1), rest.factors))
            return builder.call(DIVIDE, above, below)
        if any(e < 0 for _, e in rest.factors):
            return builder.call(MULTIPLY, self.product(scale), self.product(rest))
        place = self.product(scale)
        for factor in self._ordered(rest.factors):
            place = builder.call(MULTIPLY, place, factor)
        return place

    def guarded(self, item: Monomial, brackets: list[Bracket]) -> int:
        """A product where conditions hold, else 0."""
        rest = Monomial(item.coefficient, tuple(x for x in item.factors if x[0] not in brackets))
        place, zero = self.product(rest), self.builder.number(0)
        for bracket in reversed(brackets):
            sides = (place, zero) if bracket.holds else (zero, place)
            place = self.builder.call(SELECT, self.places[bracket.condition], *sides)
        return place

    def _multiplied(self, number: int, factors: list[tuple[Atom, Fraction]], negative: bool = False) -> int:
        builder = self.builder
        places = [builder.number(number)] if number != 1 or not factors else []
        places += self._ordered(factors)
        place = builder.call(NEGATE, places[0]) if negative else places[0]
        for further in places[1:]:
            place = builder.call(MULTIPLY, place, further)
        return place

    def _ordered(self, factors: Iterable[tuple[Atom, Fraction]]) -> list[int]:
        """The places of factors, raised to their powers, in the order in which they are written."""
        places = []
        for factor, exponent in sorted(factors, key=self._rank):
            base = self.places[factor]
            places.append(base if exponent == 1 else self.builder.call(POWER, base, params=(exponent,)))
        return places

    def _rank(self, factor: tuple[Atom, Fraction]) -> tuple[int, int]:
        base = factor[0]
        if isinstance(base, Sum):
            return 3, 0
        node = self.builder.node(self.places[base])
        order = base.step if isinstance(base, Read) else -1
        if node.kind in (NodeKind.NAME, NodeKind.INDEX):
            return 0, order
        infix = node.kind is NodeKind.CALL and TABLE[node.text].notation.layout is Layout.INFIX
        return (2 if infix else 1), order
