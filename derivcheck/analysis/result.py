"""What an analysis returns: frozen values with the public names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from flint import arb

from derivcheck.closed.explanation import ClosedForm
from derivcheck.derive import Derivation
from derivcheck.equality.result import ClaimResult
from derivcheck.errors import ReadError
from derivcheck.language import printer
from derivcheck.language.names import canonical
from derivcheck.oracles.evidence import Evidence, Real
from derivcheck.report.material import Checked
from derivcheck.verdict import Agreement, Existence, Verdict

if TYPE_CHECKING:
    from derivcheck.analysis.loci import Locus
    from derivcheck.nonsmooth import Loci

V = TypeVar("V")


class ByName(Mapping[str, V], Generic[V]):
    """A mapping by variable that takes every spelling of a name: ``"ŷ"`` and ``"yhat"`` are one key."""

    def __init__(self, items: Mapping[str, V]) -> None:
        self._items = dict(items)

    def __getitem__(self, name: str) -> V:
        try:
            return self._items[",".join(canonical(part.strip()) for part in name.split(","))]
        except ReadError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number or a certified enclosure; ``float()`` gives the nearest float64 number, if need be an infinity.

    Attributes:
        exact: the number, if it is rational.
        ball: the enclosure, if it is not.
    """

    exact: Fraction | None = None
    ball: arb | None = None

    def __float__(self) -> float:
        if self.exact is not None:
            try:
                return float(self.exact)
            except OverflowError:
                return math.inf if self.exact > 0 else -math.inf
        return float(self.ball.mid()) if self.ball is not None else float("nan")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Number):
            return self.exact is not None and self.exact == other.exact
        if isinstance(other, int | Fraction):
            return self.exact == other
        return float(self) == other if isinstance(other, float) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.exact)

    def __str__(self) -> str:
        from derivcheck.numbers.enclosure import enclosure_text

        return str(self.exact) if self.exact is not None else enclosure_text(self.ball)

    def __repr__(self) -> str:
        return f"Number({self})"


def as_number(value: Real) -> Number | float | None:
    """An oracle's number in public form: infinities stay floats, None stays None."""
    if isinstance(value, Fraction):
        return Number(exact=value)
    if isinstance(value, arb):
        return Number(ball=value)
    return value if isinstance(value, float) else None


@dataclass(frozen=True, slots=True)
class Autograd:
    """What PyTorch returned for one derivative.

    Attributes:
        value: its number, of an array all its numbers; None if it did not run.
        agreement: MATCH, ROUNDING, CONVENTION, MISMATCH or UNAVAILABLE.
        digits: how many decimal digits are certainly right, where the agreement is ROUNDING.
        ulps: the distance from the certified derivative in units of the last place.
        subgradient: whether the value lies in the Clarke interval, where there is one.
    """

    value: Any
    agreement: Agreement
    digits: int | None = None
    ulps: float | None = None
    subgradient: bool | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Partial:
    """One first or second derivative.

    Attributes:
        value: the certified derivative at the point, a :class:`Number`; None without a point or where there is none. Of
            an array a NumPy array of these, or of float64 where it is large.
        exists: whether it exists at the point; None if undecided or without a point.
        kind: what the function is like there, see :class:`derivcheck.verdict.Existence`.
        left, right: the one-sided derivatives, numbers or infinities.
        clarke: the Clarke interval, None where the function is not locally Lipschitz or it is not known.
        autograd: what PyTorch returned.
        verdict: the verdict on this derivative.
    """

    value: Any
    exists: bool | None
    kind: Existence | None
    left: Any
    right: Any
    clarke: tuple[Number | float | None, Number | float | None] | None
    autograd: Autograd
    verdict: Verdict | None
    _closed: Mapping[Any, ClosedForm] = field(repr=False, compare=False)
    _key: Any = field(repr=False, compare=False)

    @property
    def formula(self) -> str:
        """The derivative in our own syntax, with definitions in front where it would repeat itself; it parses back."""
        closed = self._closed[self._key]
        parts = [f"{name} = {printer.own(body)}" for name, body in closed.definitions]
        return "; ".join([*parts, printer.own(closed.expr)])

    @property
    def index_formula(self) -> str | None:
        """One element of a gradient that is an array, ``sum((2/n)*X[i, j]*(yhat[i] - y[i]), i)``; None for scalars."""
        index = self._closed[self._key].index
        return None if index is None else printer.own(index)

    def __repr__(self) -> str:
        return f"Partial({self.formula}, value={self.value}, exists={self.exists})"


@dataclass(frozen=True, slots=True, repr=False)
class Analysis:
    """One loss, derived, explained and checked.

    Attributes:
        verdict: the conclusion on our derivation.
        value: the loss at the point; None without a point or outside the domain.
        differentiable: whether the gradient in all variables exists at the point; None if undecided or without a point.
        witness: a direction along which the derivative is not linear, where the gradient does not exist.
        gradient: the first derivatives by variable.
        hessian: the second derivatives by pairs of canonical names, if asked for.
        clarke: the vertices of the Clarke subdifferential in all variables, where no gradient exists, the function is
            piecewise smooth, and they are few; else None.
        claims: the verdicts on what is claimed, by name; ``"w,b"`` for a second derivative.
        derivation: the derivative as a graph.
        evidence: everything the oracles found.
        checked: what the report is composed from.
        comparison: the other loss beside this one, if asked for.
    """

    verdict: Verdict
    value: Number | float | None
    differentiable: bool | None
    witness: Mapping[str, Fraction] | None
    gradient: ByName[Partial]
    hessian: Mapping[tuple[str, str], Partial]
    derivation: Derivation
    evidence: Evidence
    checked: Checked = field(repr=False, compare=False)
    clarke: tuple[Mapping[str, Number | float | None], ...] | None = None
    claims: ByName[ClaimResult] = field(default_factory=lambda: ByName({}))
    comparison: Analysis | None = None
    _loci: list[Loci] = field(default_factory=list, repr=False, compare=False)

    def __repr__(self) -> str:
        loss = printer.own(self.checked.subject.expression)
        values = ", ".join(f"{n}: {p.value}" for n, p in self.gradient.items() if p.value is not None)
        return f"<Analysis {loss} {self.verdict.value}{' {' + values + '}' if values else ''}>"

    @property
    def loci(self) -> ByName[tuple[Locus, ...] | None]:
        """Where no derivative exists, by variable: found when first asked for; None where it could not be found."""
        from derivcheck.analysis.loci import published

        return ByName(published(self.found_loci))

    @property
    def found_loci(self) -> Loci:
        """The same as formulas, with the domain and what stayed open."""
        if not self._loci:
            from derivcheck.analysis.loci import search

            self._loci.append(search(self.checked.subject))
        return self._loci[0]

    def to_json(self, *, indent: int | None = None) -> str:
        """The results as JSON, in the documented schema."""
        from derivcheck.analysis.json_form import json_text

        return json_text(self, indent=indent)

    def to_markdown(self, *, language: str = "en", **style: Any) -> str:
        """The whole report in Markdown with LaTeX formulas.

        Args:
            language: ``"en"`` or ``"ko"``.
            style: options of :class:`derivcheck.report.figures.Style`.
        """
        from derivcheck.analysis.show import markdown_text

        return markdown_text(self, language=language, **style)

    def to_text(self, *, language: str = "en", width: int = 80, ascii_only: bool = False, **style: Any) -> str:
        """The whole report as plain text, as a terminal shows it."""
        from derivcheck.analysis.show import plain_text

        return plain_text(self, language=language, width=width, ascii_only=ascii_only, **style)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        from derivcheck.analysis.show import html_text

        return html_text(self)
