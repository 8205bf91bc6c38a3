"""The types of an explanation: pieces, factors of the chain rule, closed forms. All are values; none computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from derivcheck.derive import Derivation
from derivcheck.language.expr import Expr


class PieceRole(Enum):
    """What a piece is to a reader."""

    PREDICTION = "prediction"
    ERROR = "error"
    LOSS = "loss"
    DISTRIBUTION = "distribution"  # sums to 1 along an axis
    GIVEN = "given"  # named by the author
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Piece:
    """A named part of the loss: a few steps that read as one function of other pieces and variables.

    Attributes:
        step: the step that computes it.
        name: its name, canonical.
        role: what it is to a reader.
        formula: in terms of the names of other pieces and of variables, in the author's form.
        indices: the letters of its axes; none for a scalar.
        by_element: whether the formula is that of the element at these indices, not of the whole array.
    """

    step: int
    name: str
    role: PieceRole
    formula: Expr
    indices: tuple[str, ...] = ()
    by_element: bool = False


@dataclass(frozen=True, slots=True)
class Factor:
    """One local derivative ∂consumer/∂target, of arrays one element by one element.

    Attributes:
        consumer: step of the piece that is differentiated.
        target: step of the piece or variable it is differentiated by.
        local: step of the local derivative in the derivation's graph; None where none has its numbers.
        adjoint: step of ∂L/∂consumer.
        product: step of the product ∂L/∂consumer · ∂consumer/∂target, summed over ``summed``; None where none has it.
        formula: the local derivative in names of pieces and variables.
        rule: key of the rule's name; empty where a sum's constant part is dropped (see ``held``).
        held: for a sum, its terms that do not contain the target (b in w·x + b, w·x): they count as constants here.
        consumer_indices: the letters of the consumer's element; none for a scalar.
        target_indices: the letters of the target's element; one shared with the consumer is one that both have, other
            elements do not depend on each other.
        summed: the letters of the consumer that the target does not have: the chain rule adds over them.
        operation: the name of an operation along an axis, where the consumer is one.
    """

    consumer: int
    target: int
    local: int | None
    adjoint: int | None
    product: int | None
    formula: Expr
    rule: str
    held: tuple[Expr, ...]
    consumer_indices: tuple[str, ...] = ()
    target_indices: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()
    operation: str = ""


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """A derivative as one formula, with names for what it would otherwise repeat.

    Attributes:
        expr: the formula in variables and in the names defined; of an array the matrix form, or the index form where
            there is no matrix form.
        definitions: name and formula of shared parts, in an order in which each uses only earlier ones.
        index: the index form, one element of an array; None for a scalar without arrays in its formula.
        free: the names of the free indices of ``index``, one for each axis of the variable.
        condition: what must hold for ``expr`` to be right, where a stated fact of an input was used.
    """

    expr: Expr
    definitions: tuple[tuple[str, Expr], ...] = ()
    index: Expr | None = None
    free: tuple[str, ...] = ()
    condition: Expr | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A derivation with names.

    Attributes:
        derivation: adjoints at the pieces; the answer is read off it.
        names: the name of every piece and variable by its step.
        pieces: in the order of computation; the last is the loss. Of a long graph only the first, the last and some
            that the author named.
        omitted: how many pieces are not among ``pieces``.
        factors: the local derivatives of these pieces, in the order in which the sweep met them.
        gradient: the closed form for every variable differentiated by, zero included; written when first asked for.
        steps: the step of every first derivative in the derivation's graph; None where it is zero.
        links: every piece with each piece or variable that it reads differentiably, whether shown or not, from the loss
            back.
        letters: the letter of every index of a loss of arrays.
        hessian: the closed forms of second derivatives by pairs of variables, if asked for.
        second_steps: the step of every second derivative; None where it is zero.
    """

    derivation: Derivation
    names: Mapping[int, str]
    pieces: tuple[Piece, ...]
    omitted: int
    factors: tuple[Factor, ...]
    gradient: Mapping[str, ClosedForm]
    steps: Mapping[str, int | None]
    links: tuple[tuple[int, int], ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)
    hessian: Mapping[tuple[str, str], ClosedForm] = field(default_factory=dict)
    second_steps: Mapping[tuple[str, str], int | None] = field(default_factory=dict)

    def indices(self, step: int) -> tuple[str, ...]:
        """The letters of a step's axes; none for a scalar."""
        return tuple(self.letters.get(i, i) for i in self.derivation.graph.indices[step])

    @property
    def loss(self) -> Piece:
        """The piece that is differentiated."""
        return self.pieces[-1]
