"""Products of arrays over indices as matrix products, pairwise, the smallest result first.

Factors are grouped by the indices they have; each group is one elementwise product. An index that is summed over
joins the groups that have it: a matrix product, a sum or a mean along an axis.

The file is longer than most: groups, their arithmetic and the order of contraction belong together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from derivcheck.errors import UnsupportedError
from derivcheck.graph.steps import MEAN, MULTIPLY, NEGATE, SELECT, SUM, Size
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import NodeKind

DIVIDE, POWER, SUBTRACT, EQUAL = "div", "power", "sub", "eq"
UNSQUEEZE, ONEHOT, POSITIONS = "unsqueeze", "onehot", "positions"
MATMUL, HADAMARD, TRANSPOSE, OUTER, DIAGONAL = "matmul", "hadamard", "transpose", "outer", "diag"
Axes = tuple[str, ...]
Kept = Callable[[int], int | None]


class NoArrayFormError(UnsupportedError):
    """What has no form in matrices: a factor or a result with more than two indices."""


@dataclass(frozen=True, slots=True)
class Value:
    """A formula of an array, by its place in the arena, and the indices of its axes in order."""

    place: int
    axes: Axes


@dataclass(slots=True)
class Group:
    """Factors with the same indices: numerators and denominators, and conditions under which they count."""

    axes: Axes
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)
    guards: list[tuple[int, bool]] = field(default_factory=list)
    identity: bool = False

    @property
    def bare(self) -> bool:
        """Whether there is nothing but denominators."""
        return not self.above and not self.guards


class ArrayAlgebra:
    """Arithmetic of formulas of arrays in one arena.

    Args:
        builder: the arena.
        columns: all vectors are matrices of one column, as their variables are.
    """

    def __init__(self, builder: ExprBuilder, *, columns: bool = False) -> None:
        self.builder, self.columns = builder, columns

    def need_no_columns(self) -> None:
        """Refuse what gives a vector with one axis where all vectors are columns."""
        if self.columns:
            raise NoArrayFormError("no column")

    def transposed(self, place: int) -> int:
        """Aᵀ; (AB)ᵀ is BᵀAᵀ, and (Aᵀ)ᵀ is A."""
        node, builder = self.builder.node(place), self.builder
        if node.kind is NodeKind.ARRAY_CALL:
            if node.text == TRANSPOSE:
                return node.children[0]
            if node.text == MATMUL:
                left, right = node.children
                return builder.array_call(MATMUL, self.transposed(right), self.transposed(left))
            if node.text == OUTER:
                return builder.array_call(OUTER, *node.children[::-1])
        if self._is_identity(place):
            return place
        return builder.array_call(TRANSPOSE, place)

    def _is_identity(self, place: int) -> bool:
        node = self.builder.node(place)
        return node.kind is NodeKind.ARRAY_CALL and (not node.children or node.text == DIAGONAL)

    def oriented(self, value: Value, axes: Axes) -> int:
        """The place of the value with its axes in the given order."""
        return value.place if value.axes == axes else self.transposed(value.place)

    def multiplied(self, a: int, b: int, *, scalar: bool) -> int:
        """``a*b``, elementwise."""
        return self.builder.call(MULTIPLY, a, b) if scalar else self.builder.array_call(HADAMARD, a, b)

    def folded(self, group: Group) -> Value:
        """A group as one formula."""
        scalar = not group.axes
        above = group.above or [self.builder.number(1)]
        place = above[0]
        for further in above[1:]:
            place = self.multiplied(place, further, scalar=scalar)
        if group.below:
            bottom = group.below[0]
            for further in group.below[1:]:
                bottom = self.multiplied(bottom, further, scalar=scalar)
            place = self.builder.call(DIVIDE, place, bottom)
        zero = self.builder.number(0)
        for condition, holds in reversed(group.guards):
            place = self.selected(condition, *((place, zero) if holds else (zero, place)))
        return Value(place, group.axes)

    def selected(self, condition: int, then: int, otherwise: int) -> int:
        """``where(condition, then, otherwise)``; where the class numbers y are the positions along z, onehot(y, z)."""
        builder, node = self.builder, self.builder.node(condition)
        if node.text == TRANSPOSE and not any(builder.node(c).children for c in (then, otherwise)):
            turned = self.selected(node.children[0], then, otherwise)
            return self.transposed(turned)
        row = self._onehot(condition)
        one, zero = builder.number(1), builder.number(0)
        if row is None:
            return builder.call(SELECT, condition, then, otherwise)
        if (then, otherwise) == (one, zero):
            return row
        if (then, otherwise) == (zero, one):
            return builder.call(SUBTRACT, one, row)
        return builder.call(SELECT, builder.call(EQUAL, row, one), then, otherwise)

    def _onehot(self, condition: int) -> int | None:
        """``onehot(y, z)`` of the condition ``unsqueeze(y) == positions(z)``; None for any other."""
        builder, node = self.builder, self.builder.node(condition)
        if node.kind is not NodeKind.CALL or node.text != EQUAL:
            return None
        classes, places = (builder.node(c) for c in node.children)
        if (places.text, places.params) != (POSITIONS, (-1,)) or places.kind is not NodeKind.ARRAY_CALL:
            return None
        spread = classes.kind is NodeKind.ARRAY_CALL and (classes.text, classes.params) == (UNSQUEEZE, (-1,))
        if not spread and classes.kind is not NodeKind.NUMBER:
            return None
        of = classes.children[0] if spread else node.children[0]
        return builder.array_call(ONEHOT, of, places.children[0])

    def where_one(self, place: int, value: int) -> int | None:
        """``where(p, 1, 0)`` with the value in place of 1; None for any other formula."""
        node, one, zero = self.builder.node(place), self.builder.number(1), self.builder.number(0)
        if node.kind is not NodeKind.CALL or node.text != SELECT or set(node.children[1:]) != {one, zero}:
            return None
        return self.builder.call(SELECT, node.children[0], *(value if c == one else c for c in node.children[1:]))

    def led(self, lead: int | None, place: int, *, negative: bool) -> int:
        """``lead·place``, the lead (or the sign) at the leftmost factor: ``2/n*X.T@u``, ``-X.T@u``."""
        builder = self.builder
        spine = []
        at = place
        while True:
            node = builder.node(at)
            chain = node.kind is NodeKind.ARRAY_CALL and node.text in (MATMUL, HADAMARD)
            chain = chain or (node.kind is NodeKind.CALL and node.text in (MULTIPLY, DIVIDE))
            if not chain:
                break
            spine.append(at)
            at = node.children[0]
        if lead is not None:
            at = builder.call(MULTIPLY, lead, at)
        elif negative:
            at = builder.call(NEGATE, at)
        for parent in reversed(spine):
            node = builder.node(parent)
            at = (
                builder.array_call(node.text, at, node.children[1])
                if node.kind is NodeKind.ARRAY_CALL
                else builder.call(node.text, at, node.children[1])
            )
        return at


class Contraction(ArrayAlgebra):
    """One product of arrays, summed over indices.

    Args:
        builder: the arena.
        sizes: the size of every index.
        want: the order of axes that the result should have.
        averaging: whether Σ_k A_ik·v_k/n is the mean of a row rather than a matrix product.
        columns: all vectors are matrices of one column, as their variables are.
        kept: a vector as a column beside matrices, ``sum(A, axis=1, keepdims=True)``; None where it has no such form.
    """

    def __init__(
        self,
        builder: ExprBuilder,
        sizes: dict[str, Size],
        want: Axes = (),
        *,
        averaging: bool = False,
        columns: bool = False,
        kept: Kept = lambda place: None,  # noqa: ARG005 - nothing is known to be kept
    ) -> None:
        super().__init__(builder, columns=columns)
        self.kept = kept
        self.sizes, self.want, self.averaging = sizes, want, averaging
        self.groups: dict[frozenset[str], Group] = {}
        self.counts: dict[str, int] = {}

    def add(self, value: Value, exponent: Fraction = Fraction(1)) -> None:
        """A further factor."""
        group = self.group(value.axes)
        place = self.oriented(value, group.axes)
        if abs(exponent) != 1:
            place = self.builder.call(POWER, place, params=(abs(exponent),))
        (group.above if exponent > 0 else group.below).append(place)

    def group(self, axes: Axes) -> Group:
        """The group with these indices."""
        if len(axes) > 2:
            raise NoArrayFormError("a factor with more than two indices has no form in matrices")
        order = self.want if set(axes) == set(self.want) else axes
        return self.groups.setdefault(frozenset(axes), Group(order))

    def guard(self, condition: Value, *, holds: bool) -> None:
        """A condition under which the product counts."""
        group = self.group(condition.axes)
        group.guards.append((self.oriented(condition, group.axes), holds))

    def divide_by_size(self, symbol: str, exponent: int) -> None:
        """A factor n^exponent."""
        self.counts[symbol] = self.counts.get(symbol, 0) + exponent

    def summed(self, over: Axes) -> None:
        """Sum over indices, one after another."""
        waiting = list(over)
        while waiting:
            index = self._cheapest(waiting)
            together = self._alone(index, waiting)
            if len(together) > 1:
                self._along(together)
            else:
                self._joined(index)
            waiting = [i for i in waiting if i not in together]

    def having(self, index: str) -> list[Group]:
        """The groups that have an index, matrices last."""
        return sorted((g for key, g in self.groups.items() if index in key), key=lambda g: len(g.axes))

    def _cheapest(self, waiting: list[str]) -> str:
        def cost(index: str) -> tuple[int, int]:
            groups = self.having(index)
            left = {a for g in groups for a in g.axes} - {index}
            return len(left), len(groups)

        best = min(waiting, key=cost)
        if cost(best)[0] > 2:
            raise NoArrayFormError("a product over three indices has no form in matrices")
        return best

    def _alone(self, index: str, waiting: list[str]) -> list[str]:
        """The index, with the other one of its only matrix if that is summed over and found nowhere else either."""
        groups = self.having(index)
        if len(groups) == 1 and len(groups[0].axes) == 2 and not groups[0].identity:
            other = next(a for a in groups[0].axes if a != index)
            if other in waiting and len(self.having(other)) == 1:
                return [index, other]
        return [index]

    def _taken(self, group: Group) -> Group:
        del self.groups[frozenset(group.axes)]
        return group

    def _along(self, over: list[str]) -> None:
        """A sum, or mean, along axes of one group."""
        group = self._taken(self.having(over[0])[0])
        symbols = [str(self.sizes[i]) for i in over]
        mean = all(self.counts.get(s, 0) < 0 for s in symbols) and len(set(symbols)) == len(symbols)
        rest = tuple(a for a in group.axes if a not in over)
        for symbol in symbols if mean else ():
            self.divide_by_size(symbol, 1)
        if rest:
            self.need_no_columns()
        plain = not group.below and not group.guards and len(group.above) == 2 and not self.columns
        if plain and not mean and len(group.axes) == 1:
            left, right = group.above
            self.add(Value(self._matrix_product(self.transposed(left), right), ()))
            return
        value = self.folded(group)
        axis = value.axes.index(over[0]) if rest else None
        self.add(Value(self.builder.array_call(MEAN if mean else SUM, value.place, params=(axis, ())), rest))

    def _joined(self, index: str) -> None:
        """The groups that have an index, summed over it."""
        groups = self.having(index)
        matrices = [g for g in groups if len(g.axes) == 2]
        if len(groups) == 1:
            self._along([index])
            return
        if len(matrices) > 2:
            raise NoArrayFormError("three matrices that share an index have no form in matrices")
        averaged = self.averaging and self.counts.get(str(self.sizes[index]), 0) < 0
        if averaged and len(matrices) == 1 and matrices[0].axes[-1] == index:
            self._scaled(matrices, self._taken(groups[0]), index)
            self._along([index])
            return
        if len(groups) > len(matrices) and len(matrices) == 2:
            self._scaled(matrices, self._taken(groups[0]), index)
        left, right = (self.folded(self._taken(g)) for g in self.having(index))
        self.add(self.product(left, right, index))

    def _scaled(self, matrices: list[Group], vector: Group, index: str) -> None:
        """Columns of one of two matrices multiplied by a vector along the index that is summed over."""
        self.need_no_columns()
        first = next((m for m in matrices if m.axes[-1] == index), matrices[0])
        value = self.folded(vector)
        if first.axes[-1] != index:
            if self._by_rows(first, vector):
                return
            whole = self.folded(self._taken(first))
            self.add(Value(self.builder.array_call(MATMUL, self.diagonal(value.place), whole.place), whole.axes))
            return
        if vector.bare:
            first.below.extend(vector.below)
        else:
            first.above.append(value.place)

    def _by_rows(self, matrix: Group, vector: Group) -> bool:
        """Multiply the rows of a matrix by a vector that can be written as a column; whether it could."""
        above = (
            None if vector.bare else self.kept(self.folded(Group(vector.axes, vector.above, [], vector.guards)).place)
        )
        below = [self.kept(place) for place in vector.below]
        found = [place for place in below if place is not None]
        if len(found) < len(below) or (above is None and not vector.bare):
            return False
        if above is not None:
            matrix.above.insert(0, above)
        matrix.below.extend(found)
        return True

    def diagonal(self, place: int) -> int:
        """diag(v)."""
        return self.builder.array_call(DIAGONAL, place)

    def product(self, a: Value, b: Value, index: str) -> Value:
        """The matrix product of two values over an index that both have."""
        if len(a.axes) == 1:
            a, b = b, a
        row = next(i for i in a.axes if i != index)
        if len(b.axes) == 1:
            return Value(self.builder.array_call(MATMUL, self.oriented(a, (row, index)), b.place), (row,))
        column = next(i for i in b.axes if i != index)
        forward = (a.axes != (row, index)) + (b.axes != (index, column))
        backward = (b.axes != (column, index)) + (a.axes != (index, row))
        turned = self.want == (column, row) or (self.want != (row, column) and backward < forward)
        if turned:
            a, b, row, column = b, a, column, row
        left, right = self.oriented(a, (row, index)), self.oriented(b, (index, column))
        return Value(self._matrix_product(left, right), (row, column))

    def _matrix_product(self, left: int, right: int) -> int:
        """A(BC) is written ABC."""
        node = self.builder.node(right)
        if node.kind is NodeKind.ARRAY_CALL and node.text == MATMUL:
            return self.builder.array_call(MATMUL, self._matrix_product(left, node.children[0]), node.children[1])
        return self.builder.array_call(MATMUL, left, right)

    def combined(self) -> Value | None:
        """The groups that are left, without the scalars, as one value; None where there are none."""
        groups = [g for key, g in self.groups.items() if key]
        matrix = next((g for g in groups if len(g.axes) == 2), None)
        vectors = [g for g in groups if len(g.axes) == 1]
        if matrix is None:
            return self._outer(vectors)
        if any(g is not matrix and not set(g.axes) <= set(matrix.axes) for g in groups):
            raise NoArrayFormError("a result with more than two indices has no form in matrices")
        if vectors:
            self.need_no_columns()
        if matrix.identity:
            return self._on_diagonal(matrix, vectors)
        rows = [v for v in vectors if v.axes == matrix.axes[1:]]
        for vector in rows:
            if vector.bare:
                matrix.below.extend(vector.below)
            else:
                matrix.above.insert(0, self.folded(vector).place)
        across = [v for v in vectors if v not in rows and not self._by_rows(matrix, v)]
        value = self.folded(matrix)
        for vector in across:
            diagonal = self.diagonal(self.folded(vector).place)
            value = Value(self.builder.array_call(MATMUL, diagonal, value.place), value.axes)
        return value

    def _outer(self, vectors: list[Group]) -> Value | None:
        if not vectors:
            return None
        if len(vectors) == 1:
            return self.folded(vectors[0])
        if len(vectors) > 2:
            raise NoArrayFormError("a result with more than two indices has no form in matrices")
        first, second = sorted(vectors, key=lambda g: self.want.index(g.axes[0]) if g.axes[0] in self.want else 0)
        a, b = self.folded(first), self.folded(second)
        if self.columns:
            return Value(self._matrix_product(a.place, self.transposed(b.place)), a.axes + b.axes)
        return Value(self.builder.array_call(OUTER, a.place, b.place), a.axes + b.axes)

    def _on_diagonal(self, identity: Group, vectors: list[Group]) -> Value:
        """The identity matrix, or the diagonal matrix of the product of the vectors and of a matrix' diagonal."""
        symbol = self.sizes[identity.axes[0]]
        if identity.above or identity.below or identity.guards:
            inner = self.folded(Group(identity.axes, identity.above, identity.below, identity.guards))
            vectors = [*vectors, Group(identity.axes[:1], [self.diagonal(inner.place)])]
        if not vectors:
            return Value(self.builder.array_call("eye", params=(symbol,)), identity.axes)
        merged = Group(identity.axes[:1])
        for vector in vectors:
            merged.above += vector.above
            merged.below += vector.below
            merged.guards += vector.guards
        return Value(self.diagonal(self.folded(merged).place), identity.axes)
