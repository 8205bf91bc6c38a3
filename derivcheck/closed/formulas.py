"""Steps as formulas: primal steps in the author's form, derived steps as simplified monomials and sums."""

from __future__ import annotations

from fractions import Fraction

from derivcheck.closed.cancel import cancelled
from derivcheck.closed.elements import SUBTRACT, Elements
from derivcheck.closed.indexed import parts, remade
from derivcheck.closed.letters import Letters
from derivcheck.closed.monomials import Atom, Monomial, Read, Sum, atom, times
from derivcheck.closed.stepforms import StepForms
from derivcheck.graph.steps import Kind
from derivcheck.language.builder import ExprBuilder
from derivcheck.language.expr import Expr
from derivcheck.ops.row import Role
from derivcheck.ops.table import TABLE


class FormulaWriter(StepForms):
    """Writes steps of a derivation as expressions; see :class:`StepForms` for what it is given."""

    def formula(self, step: int, *, unfold: bool = False, free: tuple[str, ...] | None = None) -> Expr:
        """The step as an expression, one element of an array.

        Args:
            step: the step.
            unfold: write out the step itself even if it has a name.
            free: names for its own indices; letters that suit the sizes by default.
        """
        name = self.names.pop(step, None) if unfold else None
        if name is None:
            return self._written(step, free)
        self.forms.pop(step, None)
        expr = self._written(step, free)
        self.forms.pop(step, None)
        self.names[step] = name
        return expr

    def _written(self, step: int, free: tuple[str, ...] | None) -> Expr:
        letters = None if self.scalar else self.letters()
        read = self.own(step)
        if letters is not None:
            sizes = [self.graph.sizes[i] for i in self.graph.indices[step]]
            for letter, size in zip(free or (), sizes, strict=bool(free)):
                letters.claim(letter, size)
            read = type(read)(step, free or letters.several(sizes))
        return Elements(self, ExprBuilder(), letters).written(read)

    def letters(self) -> Letters:
        """Letters for indices that are no names of anything else."""
        sizes = {s for s in self.graph.sizes.values() if isinstance(s, str)}
        return Letters(self.graph.sizes, {*self.graph.inputs, *self.graph.names.values(), *self.names.values(), *sizes})

    def simplify(self, step: int) -> None:
        """Let the step, and the branches it selects between, be written in lowest terms where that is shorter."""
        graph = self.graph
        for k in self.below([step]):
            chosen = (
                self.scalar
                and k >= self.primal
                and graph.kinds[k] is Kind.MAP
                and TABLE[graph.ops[k]].role is Role.SELECT
            )
            for branch in graph.operands[k][1:] if chosen else ():
                self.forms[branch] = cancelled(self.monomial(branch), self.opened)
        if self.scalar:
            self.forms[step] = cancelled(self.monomial(step), self.opened)
            return
        self.forms[step] = self.turned(self.shortened(self.monomial(step)))

    def shortened(self, form: Monomial) -> Monomial:
        """The form in lowest terms where that is shorter, and so each sum over indices within it, inner ones first."""
        done: dict[int, Monomial] = {}
        for part in reversed(list(parts(form))):
            made = Monomial(part.coefficient, (), part.over)
            for factor, exponent in part.factors:
                made = times(made, remade(factor, exponent, done, self.resolver.total))
            if part.over or part is form:
                made = self.resolver.resolved(cancelled(made, self.opened, self.indices))
            done[id(part)] = made
        return done[id(form)]

    def turned(self, form: Monomial) -> Monomial:
        """A negative multiple of a difference of the author's turned: ``-2(y - ŷ)`` as 2(ŷ - y).

        In a sum too, under a sum over an index: ``λ·w - Xᵀ(y - ŷ)`` is λ·w + Xᵀ(ŷ - y), while ``a - (y - ŷ)`` stays.
        """
        sums = {f for f, e in form.factors if isinstance(f, Sum) and e == 1}
        if sums:
            factors = tuple((self._turned_terms(f) if f in sums else f, e) for f, e in form.factors)
            form = Monomial(form.coefficient, factors, form.over)
        return self._turned(form)

    def _turned_terms(self, factor: Atom) -> Atom:
        terms = factor.terms if isinstance(factor, Sum) else ()
        return Sum(tuple(self._turned(t) if t.over else t for t in terms))

    def _turned(self, form: Monomial) -> Monomial:
        if form.coefficient > 0:
            return form
        for factor, exponent in form.factors:
            if exponent == 1 and isinstance(factor, Read) and self.is_difference(factor.step):
                opposite = self._opposite(factor)
                rest = tuple((opposite if f == factor else f, e) for f, e in form.factors)
                return Monomial(-form.coefficient, rest, form.over)
        return form

    def _opposite(self, difference: Read) -> Sum:
        """``b + c - a`` of ``a - b - c``."""
        subtracted: list[Monomial] = []
        first = difference
        while first is difference or self.is_difference(first.step):
            first, last = (self.through(first, r) for r in self.reads(first.step))
            subtracted.insert(0, atom(last))
        return Sum((*subtracted, Monomial(Fraction(-1), atom(first).factors)))

    def is_difference(self, step: int) -> bool:
        """Whether a step is ``a - b`` as the author wrote it, of two that are not constants."""
        graph = self.graph
        if step in self.names or graph.kinds[step] is not Kind.MAP or graph.ops[step] != SUBTRACT:
            return False
        return step < self.primal and all(graph.kinds[o] is not Kind.CONSTANT for o in graph.operands[step])
