"""What the program can know of an operation: the types of a row of the table.

A *cell* is a formula of a row (its body, a local derivative, a condition of its domain). It is written as a Python
function of :class:`Term` operands and traced once, when first needed, into a :class:`Program`: a short
straight-line list of instructions that any number system can run and that the sweep can copy into a graph.

The file is longer than most: the types of a row refer to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from fractions import Fraction
from functools import lru_cache
from typing import Any

Param = Fraction
Cell = Callable[..., "Term | int | Fraction"]


class Term:
    """An operand, a constant or an operation on terms, while a cell is being traced."""

    __slots__ = ("args", "op", "params")

    def __init__(self, op: str, params: tuple[Any, ...] = (), args: tuple[Term, ...] = ()) -> None:
        self.op = op
        self.params = params
        self.args = args

    def __add__(self, other: Term | int | Fraction) -> Term:
        return apply("add", self, other)

    def __radd__(self, other: Term | int | Fraction) -> Term:
        return apply("add", other, self)

    def __sub__(self, other: Term | int | Fraction) -> Term:
        return apply("sub", self, other)

    def __rsub__(self, other: Term | int | Fraction) -> Term:
        return apply("sub", other, self)

    def __mul__(self, other: Term | int | Fraction) -> Term:
        return apply("mul", self, other)

    def __rmul__(self, other: Term | int | Fraction) -> Term:
        return apply("mul", other, self)

    def __truediv__(self, other: Term | int | Fraction) -> Term:
        return apply("div", self, other)

    def __rtruediv__(self, other: Term | int | Fraction) -> Term:
        return apply("div", other, self)

    def __neg__(self) -> Term:
        return apply("neg", self)

    def __pow__(self, exponent: int | Fraction) -> Term:
        """A fixed rational exponent; ``apply("pow", a, b)`` writes a variable one."""
        return apply("power", self, exponent=Fraction(exponent))

    def __lt__(self, other: Term | int | Fraction) -> Term:
        return apply("lt", self, other)

    def __le__(self, other: Term | int | Fraction) -> Term:
        return apply("le", self, other)

    def __gt__(self, other: Term | int | Fraction) -> Term:
        return apply("gt", self, other)

    def __ge__(self, other: Term | int | Fraction) -> Term:
        return apply("ge", self, other)

    def __and__(self, other: Term) -> Term:
        return apply("and", self, other)

    def __or__(self, other: Term) -> Term:
        return apply("or", self, other)


OPERAND, CONSTANT = "operand", "constant"
"""The two kinds of term that are not operations."""


def apply(op: str, *args: Term | int | Fraction, **params: int | Fraction) -> Term:
    """The term of operation ``op`` of the table on terms or numbers; keyword arguments are its static parameters."""
    return Term(op, tuple(Fraction(p) for p in params.values()), tuple(_term(a) for a in args))


def number(value: int | Fraction) -> Term:
    """The term of a rational constant."""
    return Term(CONSTANT, (Fraction(value),))


def _term(value: Term | int | Fraction) -> Term:
    return value if isinstance(value, Term) else number(value)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One operation of a program: the name of a row, its static parameters, and the registers it reads."""

    op: str
    params: tuple[Param, ...]
    args: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A cell as straight-line code.

    Registers ``0 … arity-1`` hold the operands; each instruction writes the next register. A program without
    instructions returns register ``result``. An instruction ``constant`` has its value as its only parameter.
    """

    arity: int
    instructions: tuple[Instruction, ...]
    result: int

    @property
    def reads(self) -> frozenset[int]:
        """The operands that the program mentions."""
        found = {a for i in self.instructions for a in i.args if a < self.arity}
        return frozenset(found | {self.result} if self.result < self.arity else found)


def trace(cell: Callable[..., Term | int | Fraction], arity: int, params: tuple[Param, ...] = ()) -> Program:
    """Run ``cell`` on ``arity`` operand terms and its static parameters, and write down what it did."""
    operands = tuple(Term(OPERAND, (k,)) for k in range(arity))
    instructions: list[Instruction] = []
    register: dict[int, int] = {id(o): k for k, o in enumerate(operands)}
    known: dict[Instruction, int] = {}

    def place(term: Term) -> int:
        if id(term) in register:
            return register[id(term)]
        instruction = Instruction(term.op, term.params, tuple(place(a) for a in term.args))
        if instruction not in known:
            instructions.append(instruction)
            known[instruction] = arity + len(instructions) - 1
        keep.append(term)
        register[id(term)] = known[instruction]
        return known[instruction]

    keep: list[Term] = []
    result = place(_term(cell(*operands, *params)))
    return Program(arity, tuple(instructions), result)


class Role(Enum):
    """What the structure of the program needs to know of an operation, beyond its formulas."""

    ORDINARY = auto()
    SUM = auto()  # a + b, a - b, -a: linear in each operand, coefficients ±1
    PRODUCT = auto()  # a · b, a / b: a monomial in its operands
    POWER = auto()  # a^p with a fixed exponent
    SELECT = auto()  # one of its last two operands, by a condition: the other is not read
    CONDITION = auto()  # a comparison or a combination of conditions: true or false, never differentiated
    CONSTANT = auto()  # no operands


class Layout(Enum):
    """How an operation is written."""

    FUNCTION = auto()  # name(a, b)
    INFIX = auto()  # a + b
    PREFIX = auto()  # -a, not p
    FENCE = auto()  # |a|
    ROOT = auto()  # √a
    FRACTION = auto()  # a / b
    POWER = auto()  # a², a^b
    POSTFIX = auto()  # Xᵀ
    NAME = auto()  # π


@dataclass(frozen=True, slots=True)
class Notation:
    """How an operation is written: ``own`` syntax (parses back), Unicode, ASCII follows ``own``, and LaTeX.

    For FUNCTION, FENCE, ROOT and NAME the three strings are the name; for INFIX and PREFIX the sign.
    ``precedence`` follows :data:`PRECEDENCE`; ``aliases`` are further names under which the parser knows it.
    """

    own: str
    unicode: str = ""
    latex: str = ""
    layout: Layout = Layout.FUNCTION
    precedence: int = 100
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.unicode:
            object.__setattr__(self, "unicode", self.own)
        if not self.latex:
            object.__setattr__(self, "latex", rf"\operatorname{{{self.own}}}".replace("_", r"\_"))


PRECEDENCE = {"or": 10, "and": 20, "not": 30, "comparison": 40, "sum": 50, "product": 60, "prefix": 65, "power": 80}
"""Binding strength of the infix and prefix operations, weakest first; names, calls and brackets bind at 100."""


@dataclass(frozen=True, slots=True)
class Torch:
    """The torch column: the dotted name below ``torch``, how operands and static parameters are handed over.

    ``keywords`` maps a keyword of the torch function to the name of a static parameter, or to a fixed value.
    ``order`` is the order of operands (all, in the row's own order, by default). ``fold`` applies a binary
    torch function from left to right over any number of operands. ``body`` is a formula over other rows for what torch
    has no function for.
    ``value`` is torch's own forward formula where it loses digits that the row's body keeps (the row itself where, by
    its parameters, it does not), and ``local`` holds torch's own backward formulas where they differ from the row's.
    ``short`` is torch's forward formula for 16 bits where it differs, computed in float32.
    """

    function: str = ""
    keywords: Mapping[str, str | float | int | bool] | None = None
    order: tuple[int, ...] | None = None
    fold: bool = False
    body: Cell | None = None
    value: Cell | None = None
    short: Cell | None = None
    local: tuple[Cell | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A static parameter of an operation: its name and default (None: must be given)."""

    name: str
    default: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """Where an operation is not smooth: the zero set of ``at``, a cell over operands and parameters.

    ``jump`` says that the value itself jumps there; otherwise it is continuous (a kink, or smooth to first order).
    ``integers`` says that the switch is wherever ``at`` is an integer, not only where it is 0.
    """

    at: Cell
    jump: bool = False
    integers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Op:
    """One row: everything the program knows of one operation.

    Attributes:
        name: the identifier, unique in the table.
        arity: how many operands; None for any number from ``least`` on.
        body: the operation over other rows, ``body(*operands, *params)``; None for an operation of the kernel.
        kernel: the kernel method that evaluates it, if it has no body.
        local: one cell an operand, ``cell(*operands, out, *params)``: the local derivative, valid off the switches.
            A cell that is None marks an operand that is never differentiated. For an operation with any number of
            operands a single function ``local(k, operands, out)``.
        params: static parameters, in order.
        domain: cells ``cell(*operands, *params)`` giving conditions that must all hold.
        switches: where the operation has a kink or a jump.
        role: what the structure of the program needs to know.
        known: exact values at named constants by the constant's row, as log e = 1; derived formulas use them.
        monotone: +1 or -1 if a function of one operand is increasing or decreasing on its whole domain, else 0.
        notation: how it is written.
        rule: key of the differentiation rule's name in the phrase files.
        torch: the torch column; None evaluates the body in torch.
    """

    name: str
    arity: int | None = 1
    least: int = 1
    body: Cell | None = None
    kernel: str = ""
    local: tuple[Cell | None, ...] | Callable[[int, tuple[Term, ...], Term], Term] = ()
    params: tuple[Parameter, ...] = ()
    domain: tuple[Cell, ...] = ()
    switches: tuple[Switch, ...] = ()
    role: Role = Role.ORDINARY
    known: Mapping[str, Fraction] = field(default_factory=dict)
    monotone: int = 0
    notation: Notation
    rule: str = ""
    torch: Torch | None = None
    summary: str = ""

    def __post_init__(self) -> None:
        if bool(self.kernel) == (self.body is not None):
            raise ValueError(f"{self.name}: a row has either a body or a kernel method")
        if self.arity is not None and not callable(self.local) and len(self.local) not in (0, self.arity):
            raise ValueError(f"{self.name}: one local derivative an operand")

    def body_program(self, arity: int, params: tuple[Param, ...]) -> Program:
        """The body as a program."""
        return _body(self, arity, params)

    def local_program(self, operand: int, arity: int, params: tuple[Param, ...]) -> Program | None:
        """The local derivative with respect to one operand, over the operands and the value; None if it has none."""
        return _local(self, operand, arity, params)

    def torch_local_program(self, operand: int, arity: int, params: tuple[Param, ...]) -> Program | None:
        """The local derivative as torch's backward computes it: the same function, other rounding."""
        cell = self.torch.local[operand] if self.torch is not None and self.torch.local else None
        return _local(self, operand, arity, params) if cell is None else trace(cell, arity + 1, params)


@lru_cache(maxsize=4096)
def _body(op: Op, arity: int, params: tuple[Param, ...]) -> Program:
    if op.body is None:
        raise ValueError(f"{op.name} is an operation of the kernel and has no body")
    return trace(op.body, arity, params)


@lru_cache(maxsize=4096)
def _local(op: Op, operand: int, arity: int, params: tuple[Param, ...]) -> Program | None:
    if callable(op.local):
        rule = op.local
        return trace(lambda *terms: rule(operand, terms[:-1], terms[-1]), arity + 1)
    cell = op.local[operand] if op.local else None
    return None if cell is None else trace(cell, arity + 1, params)
