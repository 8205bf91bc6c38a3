"""All points where a loss has no derivative, as formulas.

Every switch, root, logarithm and denominator of the loss vanishes on surfaces f = 0, f irreducible. On both sides of a
surface, and on it, the loss is one formula for each choice of the other signs; its one-sided slopes on the surface are
those formulas' slopes there. What follows is compared with one-sided series at exact points of the surface, and what
they contradict is not claimed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from derivcheck.errors import OutOfTimeError
from derivcheck.graph.steps import Graph
from derivcheck.language.builder import call, number
from derivcheck.language.expr import Expr
from derivcheck.nonsmooth.cells import INTEGER, Surface, definite
from derivcheck.nonsmooth.locus import Certainty, Loci, Locus, Relation
from derivcheck.nonsmooth.partial import partial_existence
from derivcheck.nonsmooth.quotients import Poly, Quotient, terms
from derivcheck.nonsmooth.surfaces import Beside, Deadline, Landscape
from derivcheck.nonsmooth.witnesses import witnesses
from derivcheck.nonsmooth.writing import Writer
from derivcheck.numbers.kernel import DomainError, UndecidedError, Undefined
from derivcheck.verdict import Existence

_WITNESSES = 2
"""Points at which every claim is looked at again."""

_OPPOSITE = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}


@dataclass(frozen=True, slots=True, eq=False)
class _Claim:
    """What happens to one variable at a surface in some cells."""

    signs: Mapping[str, int]
    kind: Existence | None
    outside: str = ""
    slopes: tuple[Quotient, Quotient] | None = None
    normal: Quotient | None = None
    nonzero: tuple[Poly, ...] = ()
    certainty: Certainty = Certainty.PROVED
    written: tuple[Expr | None, Expr | None, tuple[Expr, Expr] | None] | None = None

    @property
    def content(self) -> tuple[object, ...]:
        """What two claims must share to be one."""
        slopes = () if self.slopes is None else tuple((str(s.num), str(s.den)) for s in self.slopes)
        return self.kind, self.outside, slopes, tuple(sorted(str(p) for p in self.nonzero)), self.certainty


def find_loci(graph: Graph, wrt: Sequence[str], *, deadline: Deadline = None) -> Loci:
    """The sets of points at which the loss, as a function of each variable, has no derivative.

    Args:
        graph: the loss, a graph of scalars.
        wrt: the variables.
        deadline: called now and then; raises when time is up.

    Returns:
        The loci; those that could not be found are None for their variable, with a reason.
    """
    if not graph.scalar:
        return Loci(dict.fromkeys(wrt), reason="arrays")
    try:
        return _Search(graph, wrt, deadline).found()
    except UndecidedError as error:
        return Loci(dict.fromkeys(wrt), reason=error.message)
    except OutOfTimeError:
        return Loci(dict.fromkeys(wrt), reason="timeout")


class _Search:
    def __init__(
        self, graph: Graph, wrt: Sequence[str], deadline: Deadline, held: Mapping[str, Quotient] | None = None
    ) -> None:
        self.graph, self.wrt, self.deadline = graph, wrt, deadline
        self.landscape = Landscape(graph, deadline, held)
        self.base = self.landscape.base
        self.writer = Writer(self.base, self._integer_name())
        self.polys: dict[str, Poly] = {}
        self.reason = ""

    def _integer_name(self) -> str:
        taken = set(self.landscape.variables)
        return next(n for n in ("k", "n", "m", "k_0", "n_0", "m_0") if n not in taken)

    def found(self) -> Loci:
        by_variable: dict[str, list[Locus]] = {n: [] for n in self.wrt}
        domain: dict[tuple[Relation, ...], Locus] = {}
        surfaces = self.landscape.surfaces()
        self.reason = self.landscape.noted
        for surface in surfaces:
            for name, claims in self._claims(surface).items():
                wanted = claims if name in by_variable else [c for c in claims if c.outside]
                loci = [x for c in wanted if (x := self._checked(surface, name, c)) is not None]
                domain.update({x.equations + x.conditions: x for x in loci if x.outside})
                if name in by_variable:
                    by_variable[name] += loci
        return Loci({n: tuple(v) for n, v in by_variable.items()}, tuple(domain.values()), self.reason)

    def _claims(self, surface: Surface) -> dict[str, list[_Claim]]:
        """The claims about every variable that the surface depends on, cells of the same claim as one."""
        depends = self.base.depends(Quotient(surface.poly, self.base.one_poly))
        names = [n for n in self.landscape.variables if n in depends]
        found: dict[str, list[_Claim]] = {n: [] for n in names}
        try:
            for n, own in self._solved_for(surface, names):
                for beside in self.landscape.beside(own):
                    self.polys.update(beside.choices.polys)
                    claims = {m: self._claim(own, beside, m) for m in n}
                    for m, claim in claims.items():
                        found[m] += [claim] if claim is not None else []
        except UndecidedError as error:
            self.reason = self.reason or error.message
            return {n: [_Claim({}, None, certainty=Certainty.CANDIDATE)] for n in names}
        return {n: _merged(claims) for n, claims in found.items()}

    def _solved_for(self, surface: Surface, names: list[str]) -> list[tuple[list[str], Surface]]:
        """The surface for all variables at once, or solved for each by itself where that is no polynomial."""
        solution = surface.solution
        if solution is None or solution.den.is_constant():
            return [(names, surface)]
        return [([n], self.landscape.surface(surface.poly, n)) for n in names]

    def _claim(self, surface: Surface, beside: Beside, name: str) -> _Claim | None:
        """What one cell says about one variable; None where nothing fails."""
        signs = dict(beside.choices.signs)
        gone = [isinstance(v, Undefined) for v in (beside.below, beside.on, beside.above)]
        if all(gone):
            return None
        if any(gone):
            kind = Existence.OUT_OF_DOMAIN
            certainty = Certainty.PROVED if not surface.thin else Certainty.SAMPLED
            if self.landscape.noted:
                return _Claim(signs, None, certainty=Certainty.SAMPLED)
            return _Claim(signs, kind, _outside(gone), certainty=certainty)
        if surface.thin:
            return self._on_axis(surface, beside, name)
        try:
            return self._kink(surface, beside, name, signs)
        except (UndecidedError, DomainError):
            return _Claim(signs, None, certainty=Certainty.SAMPLED)

    def _on_axis(self, surface: Surface, beside: Beside, name: str) -> _Claim | None:
        """A claim about a set where several variables are 0: of one variable alone, the others held there."""
        signs = dict(beside.choices.signs)
        open_claim = _Claim(signs, None, certainty=Certainty.SAMPLED)
        if isinstance(beside.above, Quotient) and isinstance(beside.on, Quotient) and beside.on.same(beside.above):
            if not self._singular(beside.above, surface.poly):
                return None
        mine = [p for p in surface.thin if name in self.base.depends(Quotient(p, self.base.one_poly))]
        held = self._held([p for p in surface.thin if p not in mine], mine)
        if signs or len(mine) != 1 or held is None:
            return open_claim
        inner = _Search(self.graph, (name,), self.deadline, held)
        claims = inner._claims(inner.landscape.surface(mine[0]))
        found = claims.get(name, [])
        if len(found) != 1 or found[0].signs or found[0].kind is not Existence.KINK or self.landscape.noted:
            return open_claim
        return replace(found[0], written=inner._slopes(found[0]), slopes=None, nonzero=())

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

    def _kink(self, surface: Surface, beside: Beside, name: str, signs: dict[str, int]) -> _Claim | None:
        cell, base = beside.cell, self.base
        sides = [v for v in (beside.below, beside.above) if isinstance(v, Quotient)]
        normal = cell.restricted(cell.slope(Quotient(surface.poly, base.one_poly), name))
        if normal.is_zero:
            return None
        below, above = (cell.restricted(v) for v in sides)
        on = cell.restricted(beside.on)  # type: ignore[arg-type]
        if not below.same(above):
            return _Claim(signs, Existence.JUMP, nonzero=self._nonzero(surface, signs, base.sub(above, below), normal))
        if not on.same(above) and len(self.landscape.variables) > 1:
            self.reason = self.reason or "on_surface"
        if not on.same(above):
            return _Claim(
                signs, Existence.REMOVABLE, nonzero=self._nonzero(surface, signs, base.sub(above, on), normal)
            )
        slopes = tuple(cell.restricted(cell.slope(v, name)) for v in sides)
        jump = base.sub(slopes[1], slopes[0])
        if jump.is_zero:
            return None
        nonzero = self._nonzero(surface, signs, jump, normal)
        return _Claim(signs, Existence.KINK, slopes=(slopes[0], slopes[1]), normal=normal, nonzero=nonzero)

    def _direction(self, normal: Quotient, signs: Mapping[str, int]) -> int:
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

    # From claims to loci

    def _checked(self, surface: Surface, name: str, claim: _Claim) -> Locus | None:
        """The locus of a claim that exact points do not contradict."""
        locus = self._written(surface, name, claim)
        found = witnesses(self.landscape, surface, claim.signs, self.polys, claim.nonzero)
        seen = [
            partial_existence(self.graph, w.point, name, deadline=self.deadline)
            for w, _ in zip(found, range(1 if claim.outside else _WITNESSES), strict=False)
        ]
        kinds = {e.kind for e in seen if e.exists is False}
        missing = all(e.exists is False for e in seen)
        if not seen:
            known = claim.certainty is Certainty.PROVED and self._has_points(surface)
            return locus if known else self._open(locus)
        if missing and claim.certainty is Certainty.PROVED and (claim.kind in kinds or locus.outside):
            return replace(locus, kind=kinds.pop()) if len(kinds) == 1 else locus
        if missing and len(kinds) == 1:
            return replace(locus, kind=kinds.pop(), certainty=Certainty.SAMPLED)
        if claim.certainty is not Certainty.PROVED and all(e.exists for e in seen) and self._single(surface):
            return None
        return self._open(locus)

    def _open(self, locus: Locus) -> Locus:
        """A set at which something switches, without a claim."""
        self.reason = self.reason or "formulas"
        return Locus(locus.equations, locus.conditions, None, certainty=Certainty.CANDIDATE, integer=locus.integer)

    def _has_points(self, surface: Surface) -> bool:
        """Whether the surface has real points: of one variable the roots were counted, else none is known."""
        used = self.base.used(surface.poly)
        return len(used) == 1 and self.base.generators[used[0]].is_variable

    def _single(self, surface: Surface) -> bool:
        """Whether the surface is one point."""
        if surface.thin:
            return len(surface.thin) == len(self.landscape.variables)
        return len(self.landscape.variables) == 1 and self._has_points(surface) and surface.solution is not None

    def _written(self, surface: Surface, name: str, claim: _Claim) -> Locus:
        equations, outside = self._equations(surface, claim.outside)
        conditions = [self._comparison(self.polys[k], ">" if s > 0 else "<") for k, s in claim.signs.items()]
        conditions += [self._comparison(p, "≠") for p in claim.nonzero]
        left, right, ends = self._slopes(claim)
        return Locus(
            equations,
            tuple(conditions),
            claim.kind,
            left,
            right,
            ends,
            self._solved(surface, name, equations),
            claim.certainty,
            outside,
            self.writer.integer if self._has_integer(surface.poly) else "",
        )

    def _has_integer(self, f: Poly) -> bool:
        """Whether the symbol that stands for any integer occurs."""
        generators = [self.base.generators[k] for k in self.base.used(f)]
        return any(g.name == INTEGER and not g.args and not g.is_variable for g in generators)

    def _equations(self, surface: Surface, outside: str) -> tuple[tuple[Relation, ...], str]:
        """The equations of a surface, and the sign between their sides where there is no value."""
        if surface.thin:
            return tuple(self._comparison(p, "=") for p in surface.thin), "=" if outside else ""
        left, right, turned = self._sides(surface.poly)
        sign = _OPPOSITE.get(outside, outside) if turned else outside
        return (Relation(self._expr(left), "=", self._expr(right)),), sign

    def _comparison(self, p: Poly, sign: str) -> Relation:
        left, right, turned = self._sides(p)
        return Relation(self._expr(left), _OPPOSITE.get(sign, sign) if turned else sign, self._expr(right))

    def _sides(self, f: Poly) -> tuple[Quotient, Quotient, bool]:
        """f = 0 as people write it, and whether left - right has the other sign than f.

        A variable alone on the left if what is left of the equation begins with a plus, else the constant on the right.
        """
        base, one = self.base, self.base.one_poly
        for k in base.used(f):
            slope = f.derivative(k)
            generator = base.generators[k]
            if not generator.is_variable or not self.landscape.solve(f, generator.name) or not slope.is_constant():
                continue
            rest = self.landscape.solved(f, k)
            if rest.rational is not None or self._has_integer(f) or all(c > 0 for _, c in terms(rest.num)):
                return Quotient(base.gens[k], one), rest, terms(slope)[0][1] < 0
        constant = sum((c for m, c in terms(f) if not any(m)), Fraction(0))
        left = base.sub(Quotient(f, one), base.constant(constant))
        right = base.constant(-constant)
        if terms(left.num)[0][1] < 0:
            return base.neg(left), base.neg(right), True
        return left, right, False

    def _solved(self, surface: Surface, name: str, equations: tuple[Relation, ...]) -> Relation | None:
        """The equation solved for the variable, where that says more than the equation."""
        found = None if surface.thin else self.landscape.solve(surface.poly, name)
        if found is None:
            return None
        relation = Relation(self.writer.builder.build(self.writer.builder.name(name)), "=", self._expr(found))
        return None if relation in equations else relation

    def _slopes(self, claim: _Claim) -> tuple[Expr | None, Expr | None, tuple[Expr, Expr] | None]:
        """The slopes to the left and right, and the interval between them."""
        if claim.slopes is None or claim.normal is None:
            return claim.written or (None, None, None)
        base = self.base
        below, above = claim.slopes
        direction = self._direction(claim.normal, claim.signs)
        jump = base.sub(above, below)
        convex = self._direction(base.div(jump, claim.normal), claim.signs)
        if direction:
            first, last = (below, above) if direction > 0 else (above, below)
            left, right = self._expr(first), self._expr(last)
            if convex:
                return left, right, (left, right) if convex > 0 else (right, left)
            return left, right, self._between(below, above)
        low, high = self._between(below, above)
        if convex:
            return (low, high, (low, high)) if convex > 0 else (high, low, (low, high))
        normal = self._expr(claim.normal)
        positive = call("gt", normal, number(0))
        sides = self._expr(below), self._expr(above)
        return call("where", positive, *sides), call("where", positive, *sides[::-1]), (low, high)

    def _between(self, a: Quotient, b: Quotient) -> tuple[Expr, Expr]:
        """The lesser and the greater of two, -|b| and |b| where one is the other's negative."""
        if a.same(self.base.neg(b)):
            return self.writer.size(b, negative=True), self.writer.size(b)
        ends = [self._expr(s) for s in sorted((a, b), key=lambda s: s.rational is not None)]
        return call("min", *ends), call("max", *ends)

    def _expr(self, a: Quotient) -> Expr:
        return self.writer.expr(a)


def _outside(gone: list[bool]) -> str:
    """The sign of the surface's polynomial where there is no value, from its negative side, itself, its positive."""
    below, on, above = gone
    if below == above:
        return "=" if on else "≠"
    return ("<" if below else ">") if not on else ("≤" if below else "≥")


def _merged(claims: list[_Claim]) -> list[_Claim]:
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
        kept = replace(a, signs={k: s for k, s in a.signs.items() if k != key})
        merged = [kept if c is a else c for c in merged if c is not b]


def _differing(a: _Claim, b: _Claim) -> str | None:
    """The one sign in which two claims of the same content differ."""
    if a.content != b.content or a.signs.keys() != b.signs.keys():
        return None
    keys = [k for k in a.signs if a.signs[k] != b.signs[k]]
    return keys[0] if len(keys) == 1 else None
