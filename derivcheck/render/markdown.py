"""A report in GitHub's Markdown: prose, tables, and formulas in LaTeX between dollar signs.

GitHub reads ``$…$`` as a formula only where no letter, digit or bracket touches it from outside, so formulas in
prose stand between spaces or before punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from derivcheck.language import printer
from derivcheck.render.plot import UNICODE_MARKS, WIDEST, draw
from derivcheck.report.blocks import (
    Align,
    Block,
    Cell,
    Chain,
    Entries,
    Flow,
    Grid,
    Inline,
    Interval,
    Ledger,
    Math,
    Paragraph,
    Plot,
    Row,
    Section,
    Summation,
    Table,
    Text,
    VerdictLine,
)
from derivcheck.report.phrases import Language, Part

_SIGNS = {"=": "=", "-": "-", "≈": r"\approx", "←": r"\leftarrow", "→": r"\rightarrow", "·": r"\cdot", "+": "+", "": ""}
_SYMBOLS = {"∞": r"\infty", "+∞": r"+\infty", "-∞": r"-\infty", "…": r"\dots"}
_LATEX_SPECIAL = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_",
    "^": r"\^{}", "~": r"\~{}",
}  # fmt: skip
_SPELLED = {r"\\": r"\cr ", r"\,": " ", r"\_": r"\ ", r"\{": r"\lbrace ", r"\}": r"\rbrace "}
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")
_GAP = re.compile(r" {3,}(?!→)")
"""What is set apart by a gap in columns is set apart by a comma in running text."""
_SPACES = re.compile(r"[ \n]+")


def text(blocks: Sequence[Block], language: Language) -> str:
    """The report as one Markdown text."""
    writer = _Writer(language)
    return "\n\n".join(part for block in blocks for part in writer.block(block)) + "\n"


class _Writer:
    """Writes blocks in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    # -- inlines ---------------------------------------------------------------------------------------------

    def prose(self, inline: Inline | None) -> str:
        """An inline in running text."""
        if inline is None:
            return ""
        written = ""
        for part in self.language.resolve(inline):
            if isinstance(part, Text):
                shown = _MARKDOWN_SPECIAL.sub(r"\\\1", _GAP.sub(", ", part.text))
                written += _spaced(written, shown) if written.endswith("$") else shown
            else:
                formula = f"${_unescaped(self.math(part))}$"
                written += formula if not written or written[-1] in " \n" else f" {formula}"
        return _SPACES.sub(" ", written).strip()

    def math(self, inline: Inline | None) -> str:
        """An inline inside a formula."""
        if inline is None:
            return ""
        merged: list[Part] = []
        for p in self.language.resolve(inline):
            last = merged[-1] if merged else None
            if isinstance(p, Text) and isinstance(last, Text):
                merged[-1] = Text(last.text + p.text)
            else:
                merged.append(p)
        parts = [self.part(p) for p in merged]
        return " ".join(p for p in parts if p)

    def part(self, part: Part) -> str:
        match part:
            case Math(expr, fenced):
                shown = printer.latex(expr)
                return rf"\left({shown}\right)" if fenced else shown
            case Chain(members):
                return " ".join(m for sign, item in members for m in (_sign(sign), self.math(item)) if m)
            case Interval(low, high):
                return rf"\left[{self.math(low)}, {self.math(high)}\right]"
            case Entries(items):
                return self.entries(items)
            case Summation(indices):
                return rf"\sum_{{{','.join(indices)}}}"
            case Text(written):
                return _in_formula(written)

    def entries(self, items: Sequence[Inline]) -> str:
        """A vector as one row, a matrix with its rows, anything deeper in nested brackets."""
        rows = [i.items for i in items if isinstance(i, Entries)]
        if len(rows) < len(items):
            return self.matrix([items])
        if any(isinstance(c, Entries) for row in rows for c in row):
            return rf"\left[{', '.join(map(self.math, items))}\right]"
        return self.matrix(rows)

    def matrix(self, rows: Sequence[Sequence[Inline]]) -> str:
        body = r" \\ ".join(" & ".join(map(self.math, row)) for row in rows)
        return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"

    # -- blocks ----------------------------------------------------------------------------------------------

    def block(self, block: Block) -> Iterator[str]:
        match block:
            case Paragraph(content):
                yield self.prose(content)
            case Flow(items):
                yield "\n".join(f"- {self.prose(i)}" for i in items) if len(items) > 1 else self.prose(items[0])
            case Ledger(rows):
                yield from self.ledger(rows)
            case Table(heading, rows):
                yield self.table(heading, rows)
            case Grid(label, sign, rows):
                yield f"$$\n{self.math(label)} {_sign(sign)} {self.matrix(rows)}\n$$"
            case Plot(axis, curves):
                drawn = draw([c.points for c in curves], WIDEST, UNICODE_MARKS)
                yield "\n".join(["```text", *drawn, "```"])
                legend = [f"{m} {self.prose(c.label)}" for m, c in zip(UNICODE_MARKS, curves, strict=False)]
                yield f"{self.prose(axis)}: {', '.join(legend)}"
            case VerdictLine(verdict, where, remark):
                word = self.language.phrases[f"verdict_{verdict.value}"]
                head = f"**{word}**" + (f" {self.prose(where)}" if where else "")
                yield head + (f" — {self.prose(remark)}" if remark else "")
            case Section(number, heading, blocks):
                yield "## " + ("" if number is None else f"{number}. ") + self.prose(heading)
                for inner in blocks:
                    yield from self.block(inner)

    def ledger(self, rows: Sequence[Row]) -> Iterator[str]:
        """Rows of equations as aligned displays, rows that are only a note as paragraphs between them."""
        waiting: list[Row] = []
        for row in rows:
            if row.cells:
                waiting.append(row)
                continue
            if waiting:
                yield self.display(waiting)
            waiting = []
            yield self.prose(row.note)
        if waiting:
            yield self.display(waiting)

    def display(self, rows: Sequence[Row]) -> str:
        """Equations aligned at their first relation, with a wide gap before the notes."""
        body = " \\\\\n".join(self.equation(row) for row in rows)
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"

    def equation(self, row: Row) -> str:
        first, *others = row.cells
        right = " ".join(self.cell(c) for c in others if c)
        if first and others and others[0] and not others[0].sign:
            right = rf"\quad {right}"
        note = rf" && {self.note(row.note)}" if row.note else ""
        return f"{self.cell(first) if first else ''} &{right}{note}"

    def cell(self, cell: Cell) -> str:
        gap = r"\quad" if not cell.sign and cell.align is Align.RIGHT else ""
        return f"{gap or _sign(cell.sign)} {self.math(cell.content)}".strip()

    def note(self, note: Inline) -> str:
        return r"\quad " + self.math(note)

    def table(self, heading: Sequence[Inline | None], rows: Sequence[Sequence[Inline | None]]) -> str:
        lines = [self.cells(heading), "|" + " --- |" * len(heading), *(self.cells(r) for r in rows)]
        return "\n".join(lines)

    def cells(self, row: Sequence[Inline | None]) -> str:
        return "|" + "".join(f" {_in_table(self.prose(c))} |" for c in row)


def _sign(sign: str) -> str:
    return _SIGNS.get(sign) if sign in _SIGNS else _in_formula(sign)  # type: ignore[return-value]


def _in_formula(written: str) -> str:
    """A text inside a formula; spaces at its ends are kept."""
    if written in _SYMBOLS:
        return _SYMBOLS[written]
    if not written.strip():
        return r"\ " if written else ""
    return r"\text{" + "".join(_LATEX_SPECIAL.get(c, c) for c in written) + "}"


def _unescaped(formula: str) -> str:
    """A formula for running text, where GitHub takes the backslash away from any sign that is not a letter."""
    for sign, spelled in _SPELLED.items():
        formula = formula.replace(sign, spelled)
    return _SPACES.sub(" ", formula).strip()


def _spaced(before: str, after: str) -> str:
    """``after`` so that GitHub sees the end of the formula that stands before it."""
    return after if not after or after[0] in " \n,.;:!?)" else f" {after}" if before else after


def _in_table(cell: str) -> str:
    """A cell without bars, which would end it: in formulas they have a name."""
    parts = cell.split("$")
    for k in range(1, len(parts), 2):
        parts[k] = parts[k].replace("|", r"\vert ").rstrip(" ")
    return "$".join(parts)
