"""Claims, read: what somebody says a derivative is, as a formula or as a number with what it can say."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from derivcheck.analysis.array_request import bound_names
from derivcheck.analysis.readings import BINARY64, in_binary64
from derivcheck.analysis.request import Loss
from derivcheck.errors import PointError, ReadError
from derivcheck.language import printer
from derivcheck.language.expr import Definition, Expr, NodeKind, Program
from derivcheck.language.names import canonical
from derivcheck.language.parser import parse, parse_expression
from derivcheck.language.point import constant_expr
from derivcheck.source import Source, Span

_BETWEEN_STATEMENTS = (";", "\n")
_HINT = 'write --claim "w: -2*x*(y-(w*x+b))"'
_D = r"(?:\\partial\s*|[d∂])"
_FIRST = re.compile(rf"\s*{_D}\s*(?P<of>[^/]*?)\s*/\s*{_D}\s*(?P<by>[^\s^²]+)\s*")
_TWICE = r"(?:\^\{?2\}?|²|2)"
_SECOND = re.compile(
    rf"\s*{_D}{_TWICE}\s*(?P<of>[^/]*?)\s*/\s*(?:{_D}\s*(?P<both>[^\s^²∂]+?){_TWICE}|{_D}\s*(?P<row>\S+?)\s*{_D}\s*(?P<column>\S+))\s*"
)
"""∂L/∂w, ∂²L/∂w² and ∂²L/∂w∂b, with d or \\partial too."""
_DECIMAL = re.compile(r"\s*[-+−]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?\s*")


@dataclass(frozen=True, slots=True)
class Asked:
    """A claim as it was given: what is claimed, and of what it says it is the derivative, if it says so."""

    claimed: Any
    of: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of one derivative.

    Attributes:
        names: the variable or intermediate quantity it is taken by; two for a second derivative.
        text: the claim as it was given.
        formula: the claim as an expression.
        definitions: names that the claim defines for itself, as a long closed form does.
        bounds: for a number of limited precision, the numbers that it can stand for: a decimal to half a unit of its
            last digit, a float to one unit in its last place. None for formulas and for exact numbers.
        floats: whether it is an array of floats, each of which can stand for one unit in its last place.
    """

    names: tuple[str, ...]
    text: str
    formula: Expr
    definitions: tuple[Definition, ...] = ()
    bounds: tuple[Fraction, Fraction] | None = None
    floats: bool = False

    @property
    def number(self) -> bool:
        """Whether it is a number, which claims a value at the point."""
        return not self.formula.names()


def claim_items(claims: Mapping[str, Any] | str | Iterable[str] | None) -> dict[tuple[str, ...], Asked]:
    """The claims by the names that they are about, each still as it was given.

    Args:
        claims: ``{"w": "-2*x*u", "b": 6}``, or texts ``"w: -2*x*u"``, ``"dL/dw = -2*x*u"``; ``"w,b"`` or ``"∂²L/∂w∂b"``
            names a second derivative.

    Raises:
        PointError: a claim without a name or a formula, or two claims about one derivative.
    """
    if claims is None:
        return {}
    if isinstance(claims, Mapping):
        pairs = list(claims.items())
    elif isinstance(claims, str | Iterable):
        pairs = [_divided(text) for text in ([claims] if isinstance(claims, str) else claims)]
    else:
        raise PointError("claims are names with formulas or numbers", None, 'write claims={"w": "-2*x*u"}')
    items: dict[tuple[str, ...], Asked] = {}
    for name, claimed in pairs:
        names, of = _names(name)
        if names in items:
            raise PointError(f"two claims are made about '{name}'", None, "make one claim about each derivative")
        items[names] = Asked(claimed, of)
    return items


def _divided(text: Any) -> tuple[str, str]:
    """The name and the claim of ``w: formula`` or ``dL/dw = formula``."""
    if not isinstance(text, str):
        raise PointError("a claim is text", None, _HINT)
    places = [k for k in (text.find(":"), text.find("=")) if k > 0]
    if not places or not text[min(places) + 1 :].strip():
        span = Span(Source(text, "--claim"), 0, len(text))
        raise PointError("a claim is a name and a formula or a number", span, _HINT)
    return text[: min(places)], text[min(places) + 1 :]


def _names(name: Any) -> tuple[tuple[str, ...], str]:
    """What is differentiated by, and what is differentiated, if that is said."""
    if not isinstance(name, str):
        raise PointError("a claim is about a name", None, 'write claims={"w": "-2*x*u"}')
    second, first = _SECOND.fullmatch(name), _FIRST.fullmatch(name)
    if second:
        parts = [second["both"]] * 2 if second["both"] else [second["row"], second["column"]]
    else:
        parts = [first["by"]] if first else name.split(",")
    found = second or first
    if len(parts) > 2:
        raise PointError(f"'{name}' names a derivative of order {len(parts)}", None, "claims go up to the second order")
    try:
        of = found["of"].strip() if found else ""
        return tuple(canonical(p.strip()) for p in parts), canonical(of) if of else ""
    except ReadError as error:
        raise PointError(f"'{name.strip()}' is no name to differentiate by", error.span, _HINT) from error


def read_claim(names: tuple[str, ...], claimed: Any, known: Collection[str], loss: Loss) -> Claim:
    """Read one claim.

    Args:
        names: what it is about.
        claimed: a text, an ``Expr``, a SymPy expression, or a number.
        known: the names that it may use.
        loss: the loss, whose functions it may use, and in whose reading of numbers it is read.

    Raises:
        ReadError: the text is no formula, or uses a name that the loss does not have.
        PointError: it is neither a formula nor a number.
    """
    if isinstance(claimed, str):
        own, formula = _read_text(Source(claimed, f"the claim about {','.join(names)}"), known, loss.program)
        if loss.literals == BINARY64 and formula.names():
            own, formula = tuple(replace(d, body=in_binary64(d.body)) for d in own), in_binary64(formula)
        claim = Claim(names, claimed.strip(), formula, own, printed_digits(claimed))
    elif isinstance(claimed, Expr):
        claim = Claim(names, "", claimed)
    elif type(claimed).__module__.partition(".")[0] == "sympy":
        from derivcheck.frameworks.sympy_bridge import from_sympy

        claim = Claim(names, str(claimed), from_sympy(claimed))
    else:
        formula = constant_expr(claimed)
        if formula.root.kind is NodeKind.ARRAY:
            return Claim(names, printer.own(formula), formula, floats=holds_floats(claimed))
        bounds = printed_digits(str(claimed)) if isinstance(claimed, Decimal) else last_place(claimed)
        claim = Claim(names, str(claimed), formula, (), bounds)
    _check_names(claim, known)
    return claim


def _read_text(source: Source, known: Collection[str], program: Program) -> tuple[tuple[Definition, ...], Expr]:
    """A formula that may use the author's functions, or definitions of its own and then a formula."""
    if any(sign in source.text for sign in _BETWEEN_STATEMENTS):
        read = parse(source, known)
        return read.definitions, read.expression
    functions = {d.name: len(d.parameters) for d in program.definitions if d.parameters is not None}
    return (), parse_expression(source, known, functions)[0]


def _check_names(claim: Claim, known: Collection[str]) -> None:
    defined = {d.name for d in claim.definitions} | bound_names([claim.formula, *(d.body for d in claim.definitions)])
    inside = [(n, d.body) for d in claim.definitions for n in d.body.names() if n not in (d.parameters or ())]
    for name, body in [*inside, *((n, claim.formula) for n in claim.formula.names())]:
        if name not in known and name not in defined and not _is_element(name, known, defined):
            node = next(n for n in body.nodes if n.text == name)
            close = get_close_matches(name, list(known), 1)
            hint = f"did you mean '{close[0]}'?" if close else f"its names are: {', '.join(known)}"
            raise ReadError(f"the claim uses '{name}', which the loss does not have", node.span, hint)


def _is_element(name: str, known: Collection[str], defined: Collection[str]) -> bool:
    """Whether a name is an element of an array, such as ``y_i`` beside a sum over i."""
    stem, _, subscript = name.rpartition("_")
    return stem in known and bool(subscript) and set(subscript) <= set(defined)


def holds_floats(claimed: Any) -> bool:
    """Whether an array from Python holds floats."""
    if isinstance(claimed, list | tuple):
        return any(holds_floats(c) for c in claimed)
    return isinstance(claimed, float) or "float" in str(getattr(claimed, "dtype", ""))


def printed_digits(text: str) -> tuple[Fraction, Fraction] | None:
    """What a decimal can stand for: half a unit of its last digit to either side; None for what is none."""
    found = _DECIMAL.fullmatch(text)
    if found is None or "." not in found[1]:
        return None
    decimal = Decimal(text.strip().replace("−", "-"))
    exponent = decimal.as_tuple().exponent
    half = Fraction(1, 2) * Fraction(10) ** int(exponent)
    return Fraction(decimal) - half, Fraction(decimal) + half


def last_place(value: Any) -> tuple[Fraction, Fraction] | None:
    """What a float can stand for: one unit in its last place to either side; None for exact numbers."""
    if isinstance(value, float):
        unit = Fraction(math.ulp(value))
    elif type(value).__module__ == "numpy" and hasattr(value, "dtype") and value.dtype.kind == "f":
        import numpy as np

        unit = Fraction(float(np.spacing(abs(value))))
    else:
        return None
    return Fraction(float(value)) - unit, Fraction(float(value)) + unit
