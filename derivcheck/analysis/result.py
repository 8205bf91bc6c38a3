"""What an analysis returns: frozen values with the public names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Generic, TypeVar

from flint import arb

from derivcheck.analysis.conclude import scaled, scaled_interval
from derivcheck.closed.explanation import ClosedForm
from derivcheck.derive import Derivation
from derivcheck.errors import ReadError
from derivcheck.language import printer
from derivcheck.language.names import canonical
from derivcheck.oracles.evidence import Evidence, Real
from derivcheck.report.material import Checked
from derivcheck.verdict import Agreement, Existence, Verdict

V = TypeVar("V")


class ByName(Mapping[str, V], Generic[V]):
    """A mapping by variable that takes every spelling of a name: ``"ŷ"`` and ``"yhat"`` are one key."""

    def __init__(self, items: Mapping[str, V]) -> None:
        self._items = dict(items)

    def __getitem__(self, name: str) -> V:
        try:
            return self._items[canonical(name)]
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
        value: its number, None if it did not run.
        agreement: MATCH, ROUNDING, CONVENTION, MISMATCH or UNAVAILABLE.
        digits: how many decimal digits are certainly right, where the agreement is ROUNDING.
        ulps: the distance from the certified derivative in units of the last place.
        subgradient: whether the value lies in the Clarke interval, where there is one.
    """

    value: float | None
    agreement: Agreement
    digits: int | None = None
    ulps: float | None = None
    subgradient: bool | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Partial:
    """One first or second derivative.

    Attributes:
        value: the certified derivative at the point; None without a point or where there is none.
        exists: whether it exists at the point; None if undecided or without a point.
        kind: what the function is like there, see :class:`derivcheck.verdict.Existence`.
        left, right: the one-sided derivatives, numbers or infinities.
        clarke: the Clarke interval, None where the function is not locally Lipschitz or it is not known.
        autograd: what PyTorch returned.
        verdict: the verdict on this derivative.
    """

    value: Number | float | None
    exists: bool | None
    kind: Existence | None
    left: Number | float | None
    right: Number | float | None
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
    comparison: Analysis | None = None

    def __repr__(self) -> str:
        loss = printer.own(self.checked.subject.expression)
        values = ", ".join(f"{n}: {p.value}" for n, p in self.gradient.items() if p.value is not None)
        return f"<Analysis {loss} {self.verdict.value}{' {' + values + '}' if values else ''}>"

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


def analysis_of(checked: Checked, derivatives: Mapping[str, Real], comparison: Analysis | None = None) -> Analysis:
    """The public result of what was checked; ``derivatives`` are the certified numbers by variable."""
    subject, evidence = checked.subject, checked.evidence
    explanation = subject.explanation
    unavailable = Autograd(None, Agreement.UNAVAILABLE)
    gradient: dict[str, Partial] = {}
    for name in subject.wrt:
        e, found = evidence.partials.get(name), evidence.autograd.findings.get(name)
        interval = None if e is None else scaled_interval(e.clarke, subject.upstream)
        gradient[name] = Partial(
            as_number(derivatives.get(name)),
            None if e is None else e.exists,
            None if e is None else e.kind,
            None if e is None else as_number(scaled(e.left, subject.upstream)),
            None if e is None else as_number(scaled(e.right, subject.upstream)),
            None if interval is None else (as_number(interval[0]), as_number(interval[1])),
            unavailable
            if found is None
            else Autograd(found.value, found.agreement, found.digits, found.ulps, found.subgradient),
            checked.verdicts[name],
            explanation.gradient,
            name,
        )
    hessian = {pair: _second(checked, pair, unavailable) for pair in explanation.second_steps}
    whole = evidence.gradient
    output = explanation.derivation.output
    return Analysis(
        checked.verdict,
        None if subject.values is None else as_number(subject.values[output]),
        None if whole is None else whole.exists,
        None if whole is None else whole.witness,
        ByName(gradient),
        hessian,
        explanation.derivation,
        evidence,
        checked,
        comparison,
    )


def _second(checked: Checked, pair: tuple[str, str], unavailable: Autograd) -> Partial:
    """A second derivative: its formula's value where every operation is analytic, else unknown."""
    subject, explanation = checked.subject, checked.subject.explanation
    step = explanation.second_steps[pair]
    smooth = subject.smooth
    value: Real = None
    if subject.values is not None and smooth:
        value = Fraction(0) if step is None else subject.values[step]
    exists = True if smooth else None
    kind = Existence.SMOOTH if smooth else None
    return Partial(as_number(value), exists, kind, None, None, None, unavailable, None, explanation.hessian, pair)
