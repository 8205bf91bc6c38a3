"""Formulas of whole arrays: matrix products, outer and elementwise products, sums and means along axes.

The file is longer than most: how steps, monomials and their atoms become arrays belongs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derivcheck.closed.columns import Columns
from derivcheck.closed.contraction import (
    DIVIDE,
    EQUAL,
    ONEHOT,
    POSITIONS,
    POWER,
    SUBTRACT,
    UNSQUEEZE,
    ArrayAlgebra,
    Axes,
    Contraction,
    NoArrayFormError,
    Value,
)
from derivcheck.closed.indexed import free_indices, key, renamed
from derivcheck.closed.leaves import variable_along
from derivcheck.closed.monomials import Atom, Bracket, Choice, Delta, Monomial, Read, Size, Sum, atom, times
from derivcheck.closed.stepforms import StepForms
from derivcheck.graph.steps import ADD, MEAN, MULTIPLY, NEGATE, SELECT, SUM, Kind
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import NodeKind
from derivcheck.ops.array_rows import Setting, row_of_composite
from derivcheck.ops.composites import COMPOSITES
from derivcheck.ops.row import Layout
from derivcheck.ops.table import TABLE

SQUARE_ROOT, NORM, VARIANCE, DEVIATION, IDENTITY = "sqrt", "norm", "var", "std", "eye"


class ArrayWriter:
    """Writes steps and monomials as formulas of arrays with at most two axes.

    The monomials are small: what is large has a name before it is written, so that the walk may call itself.

    Args:
        forms: the steps.
        builder: the arena.
        columns: write all vectors as matrices of one column, as their variables are.
    """

    def __init__(self, forms: StepForms, builder: ExprBuilder, *, columns: bool = False) -> None:
        self.forms, self.graph, self.builder, self.columns = forms, forms.graph, builder, columns
        self.algebra = ArrayAlgebra(builder, columns=columns)
        self.values: dict[int, Value] = {}
        self.kept = Columns(builder, self._is_single)

    def _is_single(self, name: str) -> bool:
        """Whether a name is that of a single number."""
        graph = self.graph
        step = graph.inputs.get(name)
        if step is None:
            step = next((k for k, n in self.forms.names.items() if n == name), None)
        return step is None or not graph.indices[step]

    def form(self, form: Monomial, want: Axes) -> Value:
        """The monomial with its axes in the wanted order.

        Raises:
            NoArrayFormError: it needs more than two axes, or a repetition along an axis.
        """
        value = self.monomial(form, want)
        return self.spread(value, want)

    def spread(self, value: Value, want: Axes) -> Value:
        """The value with exactly the wanted axes; along an axis that it lacks all elements are equal."""
        missing = [a for a in want if a not in value.axes]
        if len(want) > 2:
            raise NoArrayFormError("an array of more than two axes has no form in matrices")
        if not missing:
            return value if value.axes == want else Value(self.algebra.oriented(value, want), want)
        self.algebra.need_no_columns()
        ones = Contraction(self.builder, self.forms.indices.sizes, want)
        for axis in missing:
            symbol = self.forms.indices.sizes[axis]
            ones.add(Value(self.builder.array_call("ones", params=(symbol,)), (axis,)))
        if value.axes:
            ones.add(value)
        spread = ones.combined() or value
        if not value.axes and value.place != self.builder.number(1):
            return Value(ones.led(value.place, spread.place, negative=False), want)
        return Value(ones.oriented(spread, want), want)

    def monomial(self, form: Monomial, want: Axes = (), *, averaging: bool = False) -> Value:
        """A product, summed over its bound indices; ``averaging``: see :class:`Contraction`."""
        variance = self._variance(form)
        if variance is not None:
            return variance
        sizes = self.forms.indices.sizes
        product = Contraction(
            self.builder, sizes, want, averaging=averaging, columns=self.columns, kept=self.kept.column
        )
        for factor, exponent in sorted(form.factors, key=self._rank):
            self._add(product, factor, exponent)
        product.summed(form.over)
        arrays = product.combined()
        return self._with_scalars(form.coefficient, product, arrays)

    def _rank(self, factor: tuple[Atom, Fraction]) -> tuple[int, int]:
        """Names first, then functions, sums last."""
        base = factor[0]
        if isinstance(base, Sum | Choice):
            return 3, 0
        if not isinstance(base, Read):
            return 0, -1
        if base.step in self.forms.names or self.graph.kinds[base.step] is Kind.INPUT:
            return 0, base.step
        infix = self.graph.kinds[base.step] is Kind.MAP and (
            TABLE[self.graph.ops[base.step]].notation.layout is Layout.INFIX
        )
        return (2 if infix else 1), base.step

    def _add(self, product: Contraction, factor: Atom, exponent: Fraction) -> None:
        if isinstance(factor, Size):
            product.divide_by_size(factor.symbol, int(exponent))
        elif isinstance(factor, Bracket):
            product.guard(self.read(factor.condition), holds=factor.holds)
        elif isinstance(factor, Delta) and isinstance(factor.column, str):
            product.group((factor.row, factor.column)).identity = True
        else:
            product.add(self.factor(factor, product.want), exponent)

    def factor(self, factor: Atom, want: Axes = ()) -> Value:
        """An atom as an array."""
        if isinstance(factor, Read):
            return self.read(factor)
        if isinstance(factor, Sum):
            return self.sum(factor, want)
        if isinstance(factor, Choice):
            sides = [
                self.read(factor.condition),
                self.monomial(factor.then, want),
                self.monomial(factor.otherwise, want),
            ]
            places, axes = self.aligned(sides, want)
            return Value(self.algebra.selected(*places), axes)
        if isinstance(factor, Delta):
            return self.onehot(factor)
        raise NoArrayFormError(f"{factor!r} has no form in matrices")

    def onehot(self, factor: Delta) -> Value:
        """δ with a position as a row of 0 and 1."""
        self.algebra.need_no_columns()
        like, builder, position = self._like(factor.row), self.builder, int(factor.column)
        if like is None or like[1] != -1:
            identity = builder.array_call(IDENTITY, params=(self.forms.indices.sizes[factor.row],))
            return Value(builder.index(identity, position), (factor.row,))
        return Value(builder.array_call(ONEHOT, builder.number(position), like[0]), (factor.row,))

    def _like(self, index: str) -> tuple[int, int] | None:
        """A variable with an axis as long as an index, and the axis: -1 for its last."""
        found = variable_along(self.graph, self.forms.indices.like(index))
        return None if found is None else (self.builder.name(found[0]), found[1])

    def _with_scalars(self, coefficient: Fraction, product: Contraction, arrays: Value | None) -> Value:
        """``2/n·A``, ``A/n``; without arrays the scalar itself."""
        scalars = product.groups.get(frozenset())
        builder = self.builder
        above, below = ([], []) if scalars is None else (list(scalars.above), list(scalars.below))
        counted: list[int] = []
        for symbol, count in product.counts.items():
            if count:
                name = builder.name(symbol)
                power = name if abs(count) == 1 else builder.call(POWER, name, params=(abs(count),))
                (above if count > 0 else counted).append(power)
        top, bottom = abs(coefficient.numerator), coefficient.denominator
        numerals = [builder.number(top)] if top != 1 else []
        below = ([builder.number(bottom)] if bottom != 1 else []) + counted + below
        lead = numerals + above
        if arrays is None and not lead:
            lead = [builder.number(1)]
        negative = coefficient < 0
        place = arrays.place if arrays is not None else None
        divisor = self._chained(below) if below else None
        if lead:
            first = self._chained(lead)
            first = builder.call(DIVIDE, first, divisor) if divisor is not None else first
            if negative:
                first = product.led(None, first, negative=True)
            chosen = None if place is None else product.where_one(place, first)
            place = first if place is None else chosen or product.led(first, place, negative=False)
        elif place is not None:
            place = product.led(None, place, negative=True) if negative else place
            place = builder.call(DIVIDE, place, divisor) if divisor is not None else place
        if place is None:
            place = builder.number(1)
        zero = builder.number(0)
        for condition, holds in scalars.guards if scalars is not None else ():
            place = builder.call(SELECT, condition, *((place, zero) if holds else (zero, place)))
        return Value(place, arrays.axes if arrays is not None else ())

    def _chained(self, places: Sequence[int]) -> int:
        place = places[0]
        for further in places[1:]:
            place = self.builder.call(MULTIPLY, place, further)
        return place

    def aligned(self, values: Sequence[Value], want: Axes = ()) -> tuple[list[int], Axes]:
        """Values brought to common axes by NumPy's broadcasting, and these axes."""
        names = list(dict.fromkeys(a for v in sorted(values, key=lambda v: -len(v.axes)) for a in v.axes))
        if len(names) > 2:
            raise NoArrayFormError("a sum with more than two indices has no form in matrices")
        axes = want if set(want) == set(names) else tuple(names)
        places = []
        for value in values:
            if len(axes) == 2 and len(value.axes) == 1:
                self.algebra.need_no_columns()
            if len(axes) == 2 and value.axes == axes[:1]:
                column = self.kept.column(value.place)
                places.append(column or self.builder.array_call(UNSQUEEZE, value.place, params=(-1,)))
            elif len(value.axes) == 2:
                places.append(self.algebra.oriented(value, axes))
            else:
                places.append(value.place)
        return places, axes

    def sum(self, item: Sum, want: Axes = ()) -> Value:
        """The terms: positive ones first, of these the numbers last."""
        builder = self.builder
        order = sorted(item.terms, key=lambda t: (t.coefficient < 0, not t.factors))
        first = max((free_indices(t) for t in order), key=len)
        first = want if set(want) == set(first) else first
        terms = [order[0], *(Monomial(abs(t.coefficient), t.factors, t.over) for t in order[1:])]
        values = [self.monomial(t, first, averaging=True) for t in terms]
        places, axes = self.aligned(values, first)
        place = places[0]
        for term, further in zip(order[1:], places[1:], strict=True):
            place = builder.call(SUBTRACT if term.coefficient < 0 else ADD, place, further)
        return Value(place, axes)

    def read(self, read: Read) -> Value:
        """A step read through subscripts: positions taken, repeated indices brought onto the diagonal."""
        graph, taken = self.graph, any(isinstance(s, int) for s in read.subscripts)
        if taken and graph.kinds[read.step] is Kind.MAP and read.step not in self.forms.names:
            return self._elementwise(read)
        value = self.step(read.step)
        if not read.subscripts:
            return value
        names = dict(zip(graph.indices[read.step], read.subscripts, strict=True))
        subscripts = [names[a] for a in value.axes]
        place = value.place
        if taken:
            self.algebra.need_no_columns()
            kept: list[int | None] = [s if isinstance(s, int) else None for s in subscripts]
            while kept and kept[-1] is None:
                kept.pop()
            place = self.builder.index(place, *kept)
        axes = tuple(s for s in subscripts if isinstance(s, str))
        if len(axes) == 2 and axes[0] == axes[1]:
            self.algebra.need_no_columns()
            return Value(self.builder.array_call("diag", place), axes[:1])
        return Value(place, axes)

    def step(self, k: int) -> Value:
        """A step as an array over its own indices."""
        if k not in self.values:
            self.values[k] = self._step(k)
        return self.values[k]

    def _step(self, k: int) -> Value:
        graph, builder, kind = self.graph, self.builder, self.graph.kinds[k]
        own = graph.indices[k]
        if k in self.forms.names:
            place = builder.name(self.forms.names[k])
            return Value(builder.index(place, None, 0) if k in self.forms.as_columns else place, own)
        if kind is Kind.INPUT:
            return self._input(k)
        if kind is Kind.CONSTANT:
            value = graph.params[k][0]
            number = builder.number(abs(value), graph.literals.get(k, "") if value >= 0 else "")
            return Value(number if value >= 0 else builder.call(NEGATE, number), ())
        if self.columns and kind not in (Kind.MAP, Kind.SIZE, Kind.DELTA) and not self._scalar_or_product(k):
            raise NoArrayFormError("no column")
        if kind is Kind.ARRAY:
            return Value(self._constants(graph.params[k][0], self._extents(own)), own)
        if kind is Kind.POSITION:
            like = self._like(own[0])
            if like is None:
                raise NoArrayFormError("no variable has an axis of this length")
            return Value(builder.array_call(POSITIONS, like[0], params=(like[1],)), own)
        if kind is Kind.COMPOSITE:
            return self._composite(k)
        if kind is Kind.REDUCE and graph.ops[k] not in (SUM, MEAN):
            operand = self.read(self.forms.reads(k)[0])
            places = [operand.axes.index(o) for o in graph.over[k]]
            rest = tuple(a for a in operand.axes if a not in graph.over[k])
            axis = None if not rest else places[0]
            return Value(builder.array_call(graph.ops[k], operand.place, params=(axis, ())), rest)
        opaque = self.forms.opaque(k) or k < self.forms.primal
        if kind is Kind.MAP and opaque:
            return self._elementwise(self.forms.own(k))
        return self.monomial(self.forms.indices.apart(self.forms.monomial(k)), own)

    def _scalar_or_product(self, k: int) -> bool:
        """Whether a step is a number, or a sum over products: what is a column where its factors are."""
        reduced = self.graph.kinds[k] is Kind.REDUCE and self.graph.ops[k] in (SUM, MEAN)
        return reduced or not self.graph.indices[k]

    def _input(self, k: int) -> Value:
        """A variable; an axis of size 1 is left out."""
        name, own = self.graph.ops[k], self.graph.indices[k]
        place = self.builder.name(name)
        axes = self.graph.axes.get(name, own)
        if self.columns and len(own) == 1 and axes != (*own, None):
            raise NoArrayFormError("no column")
        if axes == own or self.columns:
            return Value(place, own)
        subscripts: list[int | None] = [0 if a is None else None for a in axes]
        while subscripts[-1] is None:
            subscripts.pop()
        return Value(self.builder.index(place, *subscripts), own)

    def _extents(self, indices: Axes) -> list[int]:
        found = []
        for index in indices:
            size = self.graph.sizes[index]
            extent = size if isinstance(size, int) else self.graph.extents.get(size)
            if extent is None:
                raise NoArrayFormError("an array of constants without a known length")
            found.append(extent)
        return found

    def _constants(self, values: Sequence[Fraction], shape: Sequence[int]) -> int:
        """``[1, 2]``, ``[[1, 2], [3, 4]]``."""
        level = [
            self.builder.number(v) if v >= 0 else self.builder.call(NEGATE, self.builder.number(-v)) for v in values
        ]
        for extent in reversed(shape):
            level = [self.builder.array(*level[s : s + extent]) for s in range(0, len(level), extent)]
        return level[0]

    def _composite(self, k: int) -> Value:
        graph = self.graph
        row, operand = COMPOSITES[graph.ops[k]], self.read(self.forms.reads(k)[0])
        along = operand.axes.index(graph.over[k][0])
        axis = -1 if along == len(operand.axes) - 1 else along
        numbers = iter(graph.params[k])
        written = row_of_composite(row.name, graph.params[k])
        params = tuple(next(numbers) if p.setting is Setting.NUMBER else axis for p in written.params)
        axes = operand.axes if row.keeps_axis else tuple(a for a in operand.axes if a not in graph.over[k])
        return Value(self.builder.array_call(written.name, operand.place, params=params), axes)

    def _elementwise(self, read: Read) -> Value:
        graph, k = self.graph, read.step
        op = graph.ops[k]
        if self.is_norm(k):
            return self._norm(k)
        reads = [self.forms.through(read, r) for r in self.forms.reads(k)]
        values = [self.read(r) for r in reads]
        own = tuple(s for s in read.subscripts if isinstance(s, str))
        if op == MULTIPLY and len(own) == 2 and any(v.axes == own[:1] for v in values):
            return self.monomial(times(atom(reads[0]), atom(reads[1])), own)
        if op == EQUAL and any(graph.kinds[o] is Kind.POSITION for o in graph.operands[k]):
            values = [self._as_classes(v) for v in values]
        places, axes = self.aligned(values, own)
        if op == MULTIPLY and all(v.axes for v in values):
            return Value(self.builder.array_call("hadamard", *places), axes)
        if op == SQUARE_ROOT and self.builder.node(places[0]).text == VARIANCE:
            variance = self.builder.node(places[0])
            return Value(self.builder.array_call(DEVIATION, *variance.children, params=variance.params), axes)
        if op == SELECT:
            return Value(self.algebra.selected(*places), axes)
        return Value(self.builder.call(op, *places, params=graph.params[k]), axes)

    def _as_classes(self, value: Value) -> Value:
        """A class number that is a single variable, with an axis, so that it can be told from a vector."""
        if value.axes or self.builder.node(value.place).kind is NodeKind.NUMBER:
            return value
        return Value(self.builder.array_call(UNSQUEEZE, value.place, params=(-1,)), ())

    def _variance(self, form: Monomial) -> Value | None:
        """The mean of (x - mean x)², both along the same axes, as a variance."""
        squares = [f for f, e in form.factors if isinstance(f, Read | Sum) and e == 2]
        sizes = self.forms.indices.sizes
        counts: dict[Atom, Fraction] = {Size(str(sizes[i])): Fraction(-1) for i in form.over}
        if not form.over or len(squares) != 1 or form.coefficient != 1 or len(counts) != len(form.over):
            return None
        if dict(form.factors) != counts | {squares[0]: Fraction(2)}:
            return None
        opened = self.forms.opened(squares[0]) if isinstance(squares[0], Read) else atom(squares[0])
        difference = opened.factors[0][0] if opened is not None and len(opened.factors) == 1 else None
        if not isinstance(difference, Sum) or len(difference.terms) != 2:
            return None
        plain, other = sorted(difference.terms, key=lambda t: len(t.over))
        mean = Monomial(-plain.coefficient, (*plain.factors, *counts.items()), plain.over)
        fresh = {i: self.forms.indices.fresh(i) for i in form.over}
        mean = renamed(mean, dict(fresh))
        expected = Monomial(mean.coefficient, mean.factors, (*mean.over, *fresh.values()))
        if key(expected) != key(other) or expected.coefficient != other.coefficient:
            return None
        operand = self.monomial(plain)
        rest = tuple(a for a in operand.axes if a not in form.over)
        axis = next(p for p, a in enumerate(operand.axes) if a not in rest) if rest else None
        return Value(self.builder.array_call(VARIANCE, operand.place, params=(axis, (), Fraction(0))), rest)

    def is_norm(self, k: int) -> bool:
        """Whether a step is √Σ x², nothing of which has a name but the whole."""
        graph, names = self.graph, self.forms.names
        if graph.kinds[k] is not Kind.MAP or graph.ops[k] != SQUARE_ROOT or k in names:
            return False
        total = self.forms.reads(k)[0]
        if graph.kinds[total.step] is not Kind.REDUCE or graph.ops[total.step] != SUM or total.step in names:
            return False
        squares = self.forms.reads(total.step)[0]
        if graph.ops[squares.step] != POWER or graph.params[squares.step] != (2,) or squares.step in names:
            return False
        return len(set(squares.subscripts)) == len(squares.subscripts) and total.subscripts == graph.indices[total.step]

    def _norm(self, k: int) -> Value:
        """√Σ x² as a norm."""
        total = self.forms.reads(k)[0]
        squares = self.forms.reads(total.step)[0]
        base = self.read(self.forms.through(squares, self.forms.reads(squares.step)[0]))
        over = self.graph.over[total.step]
        rest = tuple(a for a in base.axes if a not in over)
        axis = next(p for p, a in enumerate(base.axes) if a not in rest) if rest else None
        return Value(self.builder.array_call(NORM, base.place, params=(Fraction(2), axis, ())), rest)
