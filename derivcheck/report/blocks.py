"""The algebra of a report: frozen blocks of prose by key and of formulas. A block holds what is to be said, no layout.

    Inline  = Text | Math | Phrase | Chain | Interval | Listing | Entries | Summation
    Block   = Paragraph | Flow | Ledger | Table | Grid | Plot | VerdictLine | Section
    Report  = a tuple of blocks

Prose is named by a key and resolved by a renderer from the file of its language; formulas are expressions, which a
renderer prints in its own notation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from derivcheck.language.expr import Expr
from derivcheck.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Text:
    """What is written the same in every language: a name, a figure, code."""

    text: str


@dataclass(frozen=True, slots=True)
class Math:
    """A formula.

    Attributes:
        expr: the formula.
        fenced: whether it stands in brackets of its own, as a negative factor of a product does.
    """

    expr: Expr
    fenced: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Prose by its key in the phrase files, with what its places are filled with."""

    key: str
    args: Mapping[str, Inline] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chain:
    """Members with a relation or an operator before each (none before the first): ``w ← 3 - 0.1·12 = 1.8``."""

    members: tuple[tuple[str, Inline], ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """The closed interval from ``low`` to ``high``."""

    low: Inline
    high: Inline


@dataclass(frozen=True, slots=True)
class Listing:
    """Items one after another, with ``separator`` between."""

    items: tuple[Inline, ...]
    separator: str = ", "


@dataclass(frozen=True, slots=True)
class Entries:
    """The elements of a short array in brackets: ``[1, 2]``; of a matrix its rows, each of them entries again."""

    items: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Summation:
    """The sign Σ over indices, before what is added up."""

    indices: tuple[str, ...]


Inline = Text | Math | Phrase | Chain | Interval | Listing | Entries | Summation


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running prose."""

    content: Inline


@dataclass(frozen=True, slots=True)
class Flow:
    """Short statements, set side by side where there is room, else one below the other."""

    items: tuple[Inline, ...]


class Align(Enum):
    """How the content of a cell stands in its column."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a ledger: a relation or operator, and what follows it."""

    sign: str
    content: Inline
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a ledger; blank cells keep the columns aligned. A row of no cells is only its note."""

    cells: tuple[Cell | None, ...]
    note: Inline | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Equations aligned in columns: a left side, right-hand sides with their relations, a note."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading; the last column may hold remarks. Every row has as many cells as the heading."""

    heading: tuple[Inline | None, ...]
    rows: tuple[tuple[Inline | None, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.heading) for row in self.rows):
            raise ValueError("a row of a table has as many cells as its heading")


@dataclass(frozen=True, slots=True)
class Grid:
    """The elements of a matrix in rows and columns.

    Attributes:
        label: what they are the value of.
        sign: the relation between the two.
        rows: the elements, as many in every row.
        omission: the key of the phrase for columns that are left out where the width does not hold all.
    """

    label: Inline
    sign: str
    rows: tuple[tuple[Inline, ...], ...]
    omission: str = "more_columns"

    def __post_init__(self) -> None:
        if not self.rows or len({len(row) for row in self.rows}) > 1:
            raise ValueError("the rows of a matrix are of one length")


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve through points (x, y) of finite floats."""

    label: Inline
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over one axis."""

    axis: Inline
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """The conclusion: the verdict, where, and why."""

    verdict: Verdict
    where: Inline | None = None
    remark: Inline | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a heading; ``number`` is None for a heading without one."""

    number: int | None
    heading: Phrase
    blocks: tuple[Block, ...]


Block = Paragraph | Flow | Ledger | Table | Grid | Plot | VerdictLine | Section


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report."""

    blocks: tuple[Block, ...]
