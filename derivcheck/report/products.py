"""Products of local derivatives, as every way of showing the chain rule writes them."""

from __future__ import annotations

from collections.abc import Sequence

from derivcheck.closed.explanation import Factor
from derivcheck.report.blocks import Cell, Inline, Listing, Math, Phrase, Row, Summation
from derivcheck.report.figures import EQUAL
from derivcheck.report.formulas import element, is_number, name, number
from derivcheck.report.lettered import Path, sample_letter, summed_letters
from derivcheck.report.outline import Outline

TIMES = "·"


def has_indices(path: Path) -> bool:
    """Whether a path passes arrays."""
    return any(f.consumer_indices or f.target_indices for f in path)


def why_summed(outline: Outline, path: Path) -> Inline | None:
    """Why the chain rule adds over indices, where it does."""
    letters = summed_letters(path)
    if not letters:
        return None
    target = element(outline.subject.explanation.names[path[-1].target], path[-1].target_indices)
    args: dict[str, Inline] = {"variable": Math(target), "loss": Math(name(outline.outer))}
    args["indices"] = Listing(tuple(Math(name(i)) for i in letters))
    samples = letters == (sample_letter(outline.subject.explanation),)
    return Phrase("summed_samples" if samples else "summed_indices", args)


def one_factor(outline: Outline, factor: Factor) -> tuple[Cell, ...]:
    """The cells ``= formula = value`` of a derivative that is one local derivative."""
    put_in = outline.with_numbers(factor.formula)
    cells = [Cell(EQUAL, Math(factor.formula))]
    if factor.target in outline.unclear or is_number(factor.formula):
        return tuple(cells)
    exact = put_in is None or put_in[1]
    return (*cells, *outline.result(factor.product, exact=exact))


def summed(factors: Sequence[Inline], path: Path) -> list[Inline]:
    """The factors with Σ before the first of them, where the path adds over indices."""
    letters = summed_letters(path)
    first = Listing((Summation(letters), factors[0]), " ") if letters else factors[0]
    return [first, *factors[1:]]


def derivative_of(outline: Outline, variable: str) -> Inline:
    """∂L/∂v, of an array by one element."""
    step = outline.steps.get(variable)
    return Math(outline.derivative_name(variable) if step is None else outline.adjoint_name(step))


def no_path_row(outline: Outline, variable: str) -> Row:
    """A derivative that is 0 since no path leads to the variable, or every path has a factor 0."""
    key = "no_path"
    if outline.steps.get(variable) in outline.read:
        key = "zero_paths_smooth" if outline.subject.broken else "zero_paths"
    cells = (Cell("", derivative_of(outline, variable)), Cell(EQUAL, Math(number(0))))
    return Row(cells, Phrase(key, {"name": Math(name(variable))}))
