"""A report for a terminal: aligned columns within its width, colour where the terminal has it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derivcheck.language import names, printer
from derivcheck.language.expr import Expr, NodeKind
from derivcheck.render.layout import flow, grid, padded, paragraph, table
from derivcheck.render.ledger import Entry, Member, ledger
from derivcheck.render.plot import ASCII_MARKS, UNICODE_MARKS, draw
from derivcheck.report.blocks import (
    Align,
    Block,
    Chain,
    Entries,
    Flow,
    Grid,
    Inline,
    Interval,
    Ledger,
    Math,
    Paragraph,
    Phrase,
    Plot,
    Row,
    Section,
    Summation,
    Table,
    Text,
    VerdictLine,
)
from derivcheck.report.phrases import Language, Part
from derivcheck.source import cells
from derivcheck.verdict import Verdict

if TYPE_CHECKING:
    from rich.console import Console

LEAST_WIDTH = 40
"""Narrower terminals are written to as if they were this wide."""

_INDENT = 3
_FLOW_COLUMN = 32
_HEAD_COLUMN = 40
_LABEL_WIDTH, _COLUMN_WIDTH = 20, 16
_VERDICT_COLUMN = 37
_NEEDED = "ŷ·∂²≈→←∞…"

_ASCII = str.maketrans(
    {
        "·": "*",
        "≈": "~=",
        "→": "->",
        "←": "<-",
        "∞": "inf",
        "…": "...",
        "—": "-",
        "±": "+-",
        "×": "x",
        "−": "-",
        "≤": "<=",
        "≥": ">=",
    }
)

HEADING, NOTE, PLAIN = "bold", "dim", ""
_VERDICT_STYLES = {
    Verdict.VERIFIED: "bold green",
    Verdict.CONSISTENT: "bold green",
    Verdict.REFUTED: "bold red",
    Verdict.FOLLOWS_FROM_ERROR: "bold red",
}
_OTHER_VERDICT = "bold yellow"

Line = tuple[tuple[str, str], ...]
"""Pieces of a line, each with its style."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What is written on: the language, the width in cells, and whether only ASCII formulas and signs may be used."""

    language: Language
    width: int = 80
    ascii: bool = False

    @property
    def columns(self) -> int:
        """The width that lines keep to."""
        return max(self.width, LEAST_WIDTH)


def needs_ascii(encoding: str | None) -> bool:
    """Whether an output of this encoding lacks the signs of formulas."""
    try:
        _NEEDED.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def text(blocks: Sequence[Block], screen: Screen) -> str:
    """The report as plain text; every line is at most as wide as the screen."""
    return "".join("".join(t for t, _ in line).rstrip(" ") + "\n" for line in lines(blocks, screen))


def show(blocks: Sequence[Block], console: Console, language: Language, *, ascii_only: bool = False) -> None:
    """Write the report to a console, in colour where rich finds that the console has it.

    Args:
        blocks: the report.
        console: where to; its width and its encoding decide the layout.
        language: the language of the prose.
        ascii_only: whether formulas are written in ASCII even where the encoding has more.
    """
    from rich.text import Text as RichText

    encoding = getattr(console.file, "encoding", None) or "utf-8"
    screen = Screen(language, console.width, ascii_only or needs_ascii(encoding))
    for line in lines(blocks, screen):
        written = RichText(end="")
        for part, style in line:
            written.append(_encodable(part, encoding), style or None)
        written.rstrip()
        console.print(written, soft_wrap=True, highlight=False, markup=False, emoji=False)


def _encodable(part: str, encoding: str) -> str:
    """``part`` with letters that the encoding lacks replaced by their plain form or a question mark."""
    try:
        part.encode(encoding)
    except UnicodeEncodeError:
        return unicodedata.normalize("NFKD", part).encode(encoding, "replace").decode(encoding)
    return part


def lines(blocks: Sequence[Block], screen: Screen) -> Iterator[Line]:
    """The lines of a report; sections and verdicts are set apart by a blank line."""
    writer = _Writer(screen)
    before: Block | None = None
    for block in blocks:
        apart = isinstance(block, (Section, VerdictLine)) or isinstance(before, Section)
        if apart and before is not None:
            yield ()
        yield from writer.block(block, 0)
        before = block


class _Writer:
    """Writes blocks as lines of one screen."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    # -- inlines ---------------------------------------------------------------------------------------------

    def inline(self, inline: Inline | None) -> str:
        """An inline as text."""
        if inline is None:
            return ""
        return "".join(self.part(p) for p in self.screen.language.resolve(inline))

    def part(self, part: Part) -> str:
        match part:
            case Math(expr, fenced):
                shown = self.formula(expr)
                return f"({shown})" if fenced else shown
            case Chain(members):
                return " ".join(m for sign, item in members for m in (self.sign(sign), self.inline(item)) if m)
            case Interval(low, high):
                return f"[{self.inline(low)}, {self.inline(high)}]"
            case Entries(items):
                return f"[{', '.join(map(self.inline, items))}]"
            case Summation(indices):
                return self.summation(indices)
            case Text(written):
                return self.sign(written)

    def summation(self, indices: Sequence[str]) -> str:
        """``Σᵢⱼ``."""
        joined = "".join(indices)
        if self.screen.ascii:
            return f"sum_{joined}"
        lowered = [names.unicode(f"x_{i}")[1:] for i in indices]
        return f"Σ_{joined}" if any(s.startswith("_") for s in lowered) else "Σ" + "".join(lowered)

    def sign(self, sign: str) -> str:
        return sign.translate(_ASCII) if self.screen.ascii else sign

    def formula(self, expr: Expr) -> str:
        if not self.screen.ascii:
            return printer.unicode(expr)
        if expr.root.kind is NodeKind.PARTIAL:
            return _ascii_partial(expr)
        return printer.ascii(expr)

    # -- blocks ----------------------------------------------------------------------------------------------

    def block(self, block: Block, indent: int) -> Iterator[Line]:
        """A block, indented."""
        lead, width = " " * indent, self.screen.columns - indent
        match block:
            case Paragraph(content):
                yield from self.plain(paragraph(self.inline(content), width), lead)
            case Flow(items):
                column = _FLOW_COLUMN if indent else _HEAD_COLUMN
                yield from self.plain(flow([self.inline(i) for i in items], width, column), lead)
            case Ledger(rows):
                for line in ledger([self.entry(r) for r in rows], width):
                    yield (lead + line.text, PLAIN), (line.note, NOTE)
            case Table():
                yield from self.plain(self.table(block, width), lead)
            case Grid():
                yield from self.plain(self.grid(block, width), lead)
            case Plot():
                yield from self.plain(self.plot(block, width), lead)
            case VerdictLine():
                yield from self.verdict(block)
            case Section():
                yield from self.section(block)

    @staticmethod
    def plain(rows: Sequence[str], lead: str) -> Iterator[Line]:
        return ((((lead + row) if row else "", PLAIN),) for row in rows)

    def entry(self, row: Row) -> Entry:
        members = tuple(
            None if c is None else Member(self.sign(c.sign), self.inline(c.content), c.align is Align.RIGHT)
            for c in row.cells
        )
        return Entry(members, self.inline(row.note))

    def table(self, block: Table, width: int) -> list[str]:
        heading = [self.inline(h) for h in block.heading]
        rows = [[self.inline(c) for c in row] for row in block.rows]
        return table(heading, rows, width, [_LABEL_WIDTH, *[_COLUMN_WIDTH] * (len(heading) - 1)])

    def grid(self, block: Grid, width: int) -> list[str]:
        def rest(count: int) -> str:
            return self.inline(Phrase(block.omission, {"count": Text(str(count))}))

        rows = [[self.inline(c) for c in row] for row in block.rows]
        return [self.sign(line) for line in grid(f"{self.inline(block.label)} {block.sign}", rows, width, rest)]

    def plot(self, block: Plot, width: int) -> list[str]:
        marks = ASCII_MARKS if self.screen.ascii else UNICODE_MARKS
        legend = [f"{mark} {self.inline(c.label)}" for mark, c in zip(marks, block.curves, strict=False)]
        drawn = draw([c.points for c in block.curves], width, marks)
        return [*drawn, *paragraph("   ".join([self.inline(block.axis) + ":", *legend]), width)]

    def section(self, block: Section) -> Iterator[Line]:
        lead = "" if block.number is None else f"{block.number}  "
        heading = self.inline(block.heading)
        inner = list(block.blocks)
        if not lead and inner and isinstance(inner[0], Table) and inner[0].heading[0] is None:
            rows = self.table(inner.pop(0), self.screen.columns - _INDENT)  # type: ignore[arg-type]
            free = len(rows[0]) - len(rows[0].lstrip(" ")) + _INDENT
            if cells(heading) + 2 <= free:
                yield (heading, HEADING), ((" " * _INDENT + rows[0])[cells(heading) :], HEADING)
                rows = rows[1:]
            else:
                yield ((heading, HEADING),)
            yield from self.plain(rows, " " * _INDENT)
        else:
            wrapped = paragraph(heading, self.screen.columns - len(lead))
            for k, part in enumerate(wrapped):
                yield ((padded("" if k else lead, len(lead)) + part, HEADING),)
        for b in inner:
            yield from self.block(b, _INDENT)

    def verdict(self, block: VerdictLine) -> Iterator[Line]:
        word = self.screen.language.phrases[f"verdict_{block.verdict.value}"]
        style = _VERDICT_STYLES.get(block.verdict, _OTHER_VERDICT)
        head = f"{word} {self.inline(block.where)}" if block.where else word
        remark = self.inline(block.remark)
        place = max(cells(head) + 3, _VERDICT_COLUMN if block.where else 0)
        if cells(head) <= self.screen.columns and place + cells(remark) <= self.screen.columns:
            tail = padded(head, place)[len(head) :] + remark if remark else ""
            yield (head, style), (tail, PLAIN)
            return
        for part in paragraph(head, self.screen.columns, _INDENT):
            yield ((part, style),)
        for part in paragraph(remark, self.screen.columns - _INDENT):
            yield ((" " * _INDENT + part, PLAIN),)


def _ascii_partial(expr: Expr) -> str:
    """``dL/dw``, ``dL/dw[i]``, ``d2L/dw db``, ``d2L/dw2`` of names and elements; the own syntax of anything else."""
    function, *variables = expr.root.children
    if expr.nodes[function].kind not in (NodeKind.NAME, NodeKind.INDEX):
        return printer.ascii(expr)
    order = str(len(variables)) if len(variables) > 1 else ""
    above, *below = (printer.ascii(expr.sub(k)) for k in (function, *variables))
    if len(set(below)) == 1:
        return f"d{order}{above}/d{below[0]}{order}"
    return f"d{order}{above}/" + " ".join(f"d{b}" for b in below)
