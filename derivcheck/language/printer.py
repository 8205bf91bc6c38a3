"""Expressions to text: the parser's inverse.

Four notations: the language's own syntax, which parses back to the same tree; Unicode; ASCII; LaTeX. Brackets are
written where the tree needs them and nowhere else, save for a quotient before a product sign (``(1/2)·x``) and a
leading minus right of a sign, which people misread. The walk keeps its own stack, so depth is no limit; an
expression whose shared parts, written out, make more than :data:`MAX_NODES` nodes is refused.
"""

from __future__ import annotations

from collections.abc import Callable

from derivcheck.errors import UnsupportedError
from derivcheck.language.expr import Expr
from derivcheck.language.latex_notation import LatexNotation
from derivcheck.language.notation import PlainNotation
from derivcheck.language.unicode_notation import UnicodeNotation
from derivcheck.language.written import Child, Levels, survey

MAX_NODES = 2_000_000
"""Nodes of the largest formula that is printed, each counted as often as it is written."""


def own(expr: Expr) -> str:
    """The language's own syntax; parsing it with all names known gives the same tree.

    Numbers are printed as they were written; a negative or broken number that a program made is printed as the
    sign or the quotient that it is, so only its value comes back.
    """
    return _print(expr, PlainNotation)


def ascii(expr: Expr) -> str:  # noqa: A001  # the notation's name
    r"""The own syntax in ASCII alone; a letter that has no ASCII name is written ``\uXXXX``."""
    return own(expr).encode("ascii", "backslashreplace").decode("ascii")


def unicode(expr: Expr) -> str:
    """As people write it: ``(y - (w·x + b))²``."""
    return _print(expr, UnicodeNotation)


def latex(expr: Expr) -> str:
    """LaTeX, for mathematical mode."""
    return _print(expr, LatexNotation)


def _print(expr: Expr, notation: Callable[[Expr, list[Levels]], PlainNotation]) -> str:
    _check_size(expr)
    levels = survey(expr)
    notator = notation(expr, levels)
    stack: list[str | Child] = [Child(len(expr.nodes) - 1)]
    written: list[str] = []
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            written.append(item)
            continue
        parts = notator.parts(item.position)
        if notator.needs_bracket(item):
            parts = [notator.opening, *parts, notator.closing]
        stack.extend(reversed(parts))
    return "".join(written)


def _check_size(expr: Expr) -> None:
    sizes: list[int] = []
    for node in expr.nodes:
        sizes.append(min(1 + sum(sizes[c] for c in node.children), MAX_NODES + 1))
    if sizes[-1] > MAX_NODES:
        raise UnsupportedError(f"the formula has more than {MAX_NODES:,} parts", None, "name its shared parts")
