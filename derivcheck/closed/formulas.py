"""Steps as formulas: primal steps in the author's form, derived steps as simplified monomials and sums."""

from __future__ import annotations

from derivcheck.closed.cancel import cancelled
from derivcheck.closed.elements import Elements
from derivcheck.closed.letters import Letters
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
            chosen = k >= self.primal and graph.kinds[k] is Kind.MAP and TABLE[graph.ops[k]].role is Role.SELECT
            for branch in graph.operands[k][1:] if chosen else ():
                self.forms[branch] = cancelled(self.monomial(branch), self.opened)
        self.forms[step] = cancelled(self.monomial(step), self.opened)
