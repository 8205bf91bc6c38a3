"""Expressions to text: the parser's inverse.

Four notations: the language's own syntax, which parses back to the same tree; Unicode; ASCII; LaTeX. Brackets are
written where the tree needs them and nowhere else, save for a quotient before a product sign (``(1/2)·x``) and a
leading minus right of a sign, which people misread. The walk keeps its own stack, so depth is no limit; an
expression whose shared parts would make more than :data:`MAX_LENGTH` characters is refused.
"""

from __future__ import annotations

from collections.abc import Callable

from derivcheck.errors import UnsupportedError
from derivcheck.language.expr import Expr
from derivcheck.language.latex_notation import LatexNotation
from derivcheck.language.notation import Child, Levels, PlainNotation, survey
from derivcheck.language.unicode_notation import UnicodeNotation

MAX_LENGTH = 20_000_000
"""Characters of the longest text that is printed."""


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
    levels = survey(expr)
    notator = notation(expr, levels)
    stack: list[str | Child] = [Child(len(expr.nodes) - 1)]
    written: list[str] = []
    length = 0
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            written.append(item)
            length += len(item)
            if length > MAX_LENGTH:
                raise UnsupportedError(
                    f"the formula has more than {MAX_LENGTH:,} characters", None, "name its shared parts"
                )
            continue
        parts = notator.parts(item.position)
        if notator.needs_bracket(item):
            parts = [notator.opening, *parts, notator.closing]
        stack.extend(reversed(parts))
    return "".join(written)
