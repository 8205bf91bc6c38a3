"""What happens to the derivative in each variable at a surface.

On both sides of a surface, and on it, the loss is one formula for each choice of the other signs. From the values and
slopes of these formulas on the surface follow a jump, a kink or nothing; cells that say the same are one claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from derivcheck.graph.steps import Graph
from derivcheck.nonsmooth.cells import Surface
from derivcheck.nonsmooth.definite import definite
from derivcheck.nonsmooth.locus import Certainty
from derivcheck.nonsmooth.quotients import SIZES, NoRoomError, Poly, Quotient
from derivcheck.nonsmooth.surfaces import Beside, Deadline, Landscape
from derivcheck.numbers.kernel import DomainError, UndecidedError, Undefined
from derivcheck.verdict import Existence


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """What happens to one variable at a surface in some cells.

    Attributes:
        signs: the signs of other polynomials that the claim needs.
        kind: what the function of the variable is like there; None if points of the surface have to tell.
        outside: the relation between the surface's polynomial and 0 where there is no value, if there is such.
        slopes: for a kink, the slopes of the formulas of the negative and the positive side on the surface.
        normal: the slope of the surface's polynomial there.
        nonzero: polynomials that must not vanish.
        certainty: PROVED, or SAMPLED where points of the surface have to tell.
        dropped: polynomials on both sides of whose zeros the claim is the same.
        axis: whether the surface was looked at along the variable alone, the other variables held on it.
    """

    signs: Mapping[str, int]
    kind: Existence | None
    outside: str = ""
    slopes: tuple[Quotient, Quotient] | None = None
    normal: Quotient | None = None
    nonzero: tuple[Poly, ...] = ()
    certainty: Certainty = Certainty.PROVED
    axis: bool = False
    dropped: frozenset[str] = frozenset()

    @property
    def content(self) -> tuple[object, ...]:
        """What two claims must share to be one."""
        slopes = () if self.slopes is None else tuple((str(s.num), str(s.den)) for s in self.slopes)
        return self.kind, self.outside, slopes, tuple(sorted(str(p) for p in self.nonzero)), self.certainty


class Surveyor:
    """Finds the claims about every variable of a loss.

    Args:
        graph: the loss.
        deadline: called now and then; raises when time is up.
        held: variables that are held at a formula of others.
        size: how many generators there is room for.
    """

    def __init__(
        self, graph: Graph, deadline: Deadline, held: Mapping[str, Quotient] | None = None, size: int = SIZES[-1]
    ) -> None:
        self.graph, self.deadline = graph, deadline
        self.landscape = Landscape(graph, deadline, held, size)
        self.base = self.landscape.base
        self.polys: dict[str, Poly] = {}
        self.reason = ""

    def claims(self, surface: Surface) -> dict[str, list[Claim]]:
        """The claims about every variable that the surface depends on, cells of the same claim as one."""
        depends = self.base.depends(Quotient(surface.poly, self.base.one_poly))
        names = [n for n in self.landscape.variables if n in depends]
        found: dict[str, list[Claim]] = {n: [] for n in names}
        try:
            for n, own in self._solved_for(surface, names):
                for beside in self.landscape.beside(own):
                    self.polys.update(beside.choices.polys)
                    claims = {m: self._claim(own, beside, m) for m in n}
                    for m, claim in claims.items():
                        found[m] += [claim] if claim is not None else []
        except NoRoomError:
            raise
        except UndecidedError as error:
            self.reason = self.reason or error.message
            return {n: [Claim({}, None, certainty=Certainty.CANDIDATE)] for n in names}
        return {n: _merged(claims) for n, claims in found.items()}

    def _solved_for(self, surface: Surface, names: list[str]) -> list[tuple[list[str], Surface]]:
        """The surface for all variables at once, or solved for each by itself where that is no polynomial."""
        solution = surface.solution
        if solution is None or solution.den.is_constant():
            return [(names, surface)]
        return [([n], self.landscape.surface(surface.poly, n)) for n in names]

    def _claim(self, surface: Surface, beside: Beside, name: str) -> Claim | None:
        """What one cell says about one variable; None where nothing fails."""
        signs = dict(beside.choices.signs)
        gone = [isinstance(v, Undefined) for v in (beside.below, beside.on, beside.above)]
        if all(gone):
            return None
        if any(gone):
            kind = Existence.OUT_OF_DOMAIN
            certainty = Certainty.PROVED if not surface.thin else Certainty.SAMPLED
            if self.landscape.noted:
                return Claim(signs, None, certainty=Certainty.SAMPLED)
            return Claim(signs, kind, _outside(gone), certainty=certainty)
        if surface.thin:
            return self._on_axis(surface, beside, name)
        try:
            return self._kink(surface, beside, name, signs)
        except NoRoomError:
            raise
        except (UndecidedError, DomainError):
            return Claim(signs, None, certainty=Certainty.SAMPLED)

    def _on_axis(self, surface: Surface, beside: Beside, name: str) -> Claim | None:
        """A claim about a set where several variables are 0: of one variable alone, the others held there."""
        signs = dict(beside.choices.signs)
        open_claim = Claim(signs, None, certainty=Certainty.SAMPLED)
        above, on = beside.above, beside.on
        fits = isinstance(above, Quotient) and isinstance(on, Quotient) and on.same(above)
        if fits and isinstance(above, Quotient) and not self._singular(above, surface.poly):
            return None
        mine = [p for p in surface.thin if name in self.base.depends(Quotient(p, self.base.one_poly))]
        held = self._held([p for p in surface.thin if p not in mine], mine)
        plain = all(self.base.generators[k].is_variable for p in surface.thin for k in self.base.used(p))
        if signs or len(mine) != 1 or held is None or not plain:
            return open_claim
        inner = Surveyor(self.graph, self.deadline, held, self.base.size)
        claims = inner.claims(inner.landscape.surface(mine[0]))
        found = claims.get(name, [])
        if len(found) != 1 or found[0].signs or found[0].kind is not Existence.KINK or self.landscape.noted:
            return open_claim
        return replace(found[0], nonzero=(), axis=True)

    def _singular(self, a: Quotient, f: Poly) -> bool:
        """Whether a formula may fail to be analytic where f = 0."""
        pending, seen = [a], set[int]()
        while pending:
            q = pending.pop()
            if divmod(q.den, f)[1].is_zero():
                return True
            for k in self.base.used(q.num, q.den):
                if k in seen or self.base.generators[k].is_variable:
                    continue
                seen.add(k)
                if any(divmod(p.num, f)[1].is_zero() for p in self.base.generators[k].args):
                    return True
                pending += self.base.generators[k].args
        return False

    def _held(self, others: list[Poly], mine: list[Poly]) -> dict[str, Quotient] | None:
        """A variable for each of the other equations, and what it is; None where they hang together."""
        held: dict[str, Quotient] = {}
        for p in others:
            slot = self.landscape.solvable(p)
            if slot is None or not self.base.generators[slot].is_variable:
                return None
            name = self.base.generators[slot].name
            if any(name in self.base.depends(Quotient(q, self.base.one_poly)) for q in [*others, *mine] if q is not p):
                return None
            held[name] = self.landscape.solved(p, slot)
        return held

    def _kink(self, surface: Surface, beside: Beside, name: str, signs: dict[str, int]) -> Claim | None:
        cell, base = beside.cell, self.base
        sides = [v for v in (beside.below, beside.above) if isinstance(v, Quotient)]
        normal = cell.restricted(cell.slope(Quotient(surface.poly, base.one_poly), name))
        if normal.is_zero:
            return None
        below, above = (cell.restricted(v) for v in sides)
        on = cell.restricted(beside.on)  # type: ignore[arg-type]
        if not below.same(above):
            return Claim(signs, Existence.JUMP, nonzero=self._nonzero(surface, signs, base.sub(above, below), normal))
        if not on.same(above) and len(self.landscape.variables) > 1:
            self.reason = self.reason or "on_surface"
        if not on.same(above):
            return Claim(signs, Existence.REMOVABLE, nonzero=self._nonzero(surface, signs, base.sub(above, on), normal))
        slopes = tuple(cell.restricted(cell.slope(v, name)) for v in sides)
        jump = base.sub(slopes[1], slopes[0])
        if jump.is_zero:
            return None
        nonzero = self._nonzero(surface, signs, jump, normal)
        return Claim(signs, Existence.KINK, slopes=(slopes[0], slopes[1]), normal=normal, nonzero=nonzero)

    def direction(self, normal: Quotient, signs: Mapping[str, int]) -> int:
        """The sign of the slope of the surface's polynomial, 0 if it is not the same everywhere."""
        sign = 1
        for p in (normal.num, normal.den):
            content, factors = self.base.factors(p)
            sign *= 1 if content > 0 else -1
            for f, e in factors:
                own = definite(self.base, f)[0] or signs.get(str(f), 0)
                sign *= own if e % 2 else 1
        return sign

    def _nonzero(self, surface: Surface, signs: Mapping[str, int], *values: Quotient) -> tuple[Poly, ...]:
        """The factors that must not vanish."""
        found: dict[str, Poly] = {}
        for value in values:
            for f, _ in self.base.factors(value.num)[1]:
                if str(f) not in signs and not definite(self.base, f)[1] and not self._excluded(surface, f):
                    found[str(f)] = f
        return tuple(found.values())

    def _excluded(self, surface: Surface, p: Poly) -> bool:
        """Whether a polynomial cannot vanish on the surface: where it does, the surface's own is a number but 0."""
        slot = self.landscape.solvable(p)
        if slot is None:
            return False
        there = self.base.replaced(Quotient(surface.poly, self.base.one_poly), {slot: self.landscape.solved(p, slot)})
        return there.rational is not None and not there.is_zero


def _merged(claims: list[Claim]) -> list[Claim]:
    """Claims of the same content as one, where together they leave no condition on a sign."""
    merged = list(claims)
    while True:
        pair = next(
            ((a, b, k) for i, a in enumerate(merged) for b in merged[i + 1 :] if (k := _differing(a, b)) is not None),
            None,
        )
        if pair is None:
            return merged
        a, b, key = pair
        signs = {k: s for k, s in a.signs.items() if k != key}
        kept = replace(a, signs=signs, dropped=a.dropped | b.dropped | {key})
        merged = [kept if c is a else c for c in merged if c is not b]


def _differing(a: Claim, b: Claim) -> str | None:
    """The one sign in which two claims of the same content differ."""
    if a.content != b.content or a.signs.keys() != b.signs.keys():
        return None
    keys = [k for k in a.signs if a.signs[k] != b.signs[k]]
    return keys[0] if len(keys) == 1 else None


def _outside(gone: list[bool]) -> str:
    """The sign of the surface's polynomial where there is no value, from its negative side, itself, its positive."""
    below, on, above = gone
    if below == above:
        return "=" if on else "≠"
    return ("<" if below else ">") if not on else ("≤" if below else "≥")
