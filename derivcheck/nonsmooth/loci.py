"""All points where a loss has no derivative, as formulas.

Every switch, root, logarithm and denominator of the loss vanishes on surfaces f = 0, f irreducible. On both sides of a
surface, and on it, the loss is one formula for each choice of the other signs; its one-sided slopes on the surface are
those formulas' slopes there. What follows is compared with one-sided series at exact points of the surface, and what
they contradict is not claimed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from derivcheck.errors import OutOfTimeError
from derivcheck.graph.steps import Graph
from derivcheck.language.builder import call, number
from derivcheck.language.builder import name as variable
from derivcheck.language.expr import Expr
from derivcheck.nonsmooth.cells import INTEGER, Surface
from derivcheck.nonsmooth.claims import Claim, Surveyor
from derivcheck.nonsmooth.corners import MOST, Corners, besides, corners
from derivcheck.nonsmooth.locus import Certainty, Loci, Locus, Relation
from derivcheck.nonsmooth.partial import partial_existence
from derivcheck.nonsmooth.quotients import SIZES, NoRoomError, Poly, Quotient, terms
from derivcheck.nonsmooth.surfaces import Deadline
from derivcheck.nonsmooth.witnesses import Wanted, sign_at, witnesses
from derivcheck.nonsmooth.writing import Writer
from derivcheck.numbers.kernel import UndecidedError
from derivcheck.verdict import Existence

_WITNESSES = 2
"""Points at which every claim is looked at again."""

_INTEGERS = 60
"""An integer with certain signs is looked for up to this size."""

_OPPOSITE = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}


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
    reason = ""
    for size in SIZES:
        try:
            return _Search(graph, wrt, deadline, size).found()
        except NoRoomError as error:
            reason = error.message
        except UndecidedError as error:
            return Loci(dict.fromkeys(wrt), reason=error.message)
        except OutOfTimeError:
            return Loci(dict.fromkeys(wrt), reason="timeout")
    return Loci(dict.fromkeys(wrt), reason=reason)


class _Search:
    def __init__(self, graph: Graph, wrt: Sequence[str], deadline: Deadline, size: int) -> None:
        self.graph, self.wrt, self.deadline = graph, wrt, deadline
        self.surveyor = Surveyor(graph, deadline, size=size)
        self.landscape, self.base = self.surveyor.landscape, self.surveyor.base
        self.writer = Writer(self.base, self._integer_name())
        self.met = 0

    def _integer_name(self) -> str:
        taken = set(self.landscape.variables)
        return next(n for n in ("k", "n", "m", "k_0", "n_0", "m_0") if n not in taken)

    def found(self) -> Loci:
        by_variable: dict[str, list[Locus]] = {n: [] for n in self.wrt}
        domain: dict[tuple[Relation, ...], Locus] = {}
        surfaces = self.landscape.surfaces()
        self.surveyor.reason = self.landscape.noted
        for surface in surfaces:
            for name, claims in self.surveyor.claims(surface).items():
                wanted = claims if name in by_variable else [c for c in claims if c.outside]
                loci = [x for c in wanted for x in self._loci(surface, name, c)]
                domain.update({x.equations + x.conditions: x for x in loci if x.outside})
                if name in by_variable:
                    by_variable[name] += loci
        return Loci(
            {n: tuple(dict.fromkeys(v)) for n, v in by_variable.items()},
            tuple(domain.values()),
            self.surveyor.reason,
            not surfaces,
        )

    def _loci(self, surface: Surface, name: str, claim: Claim) -> list[Locus]:
        """The locus of a claim, and further ones where its surface meets other switches."""
        if self._impossible(claim):
            return []
        met = self._corners(surface, name, claim)
        claim = replace(claim, nonzero=claim.nonzero + met.excluded)
        locus = self._checked(surface, name, claim, met.closed)
        if locus is None:
            return []
        if not claim.outside and len(claim.signs) > len(met.closed) + 1:
            self.surveyor.reason = self.surveyor.reason or "corners"
        return [locus, *(self._corner(surface, claim, p, kind) for p, kind in met.further)]

    def _corners(self, surface: Surface, name: str, claim: Claim) -> Corners:
        """What a claim becomes where other switches meet its surface, as long as there are not too many."""
        if claim.outside:
            return Corners()
        self.met += len(claim.signs) + len(claim.dropped)
        if self.met <= MOST:
            return corners(self.surveyor, surface, name, claim)
        self.surveyor.reason = self.surveyor.reason or "corners"
        return Corners(excluded=tuple(self.surveyor.polys[k] for k in sorted(claim.dropped)))

    def _corner(self, surface: Surface, claim: Claim, p: Poly, kind: Existence) -> Locus:
        """The set where a surface meets the zeros of another polynomial."""
        wanted = besides(self.surveyor, claim, p)
        f, slot = surface.poly, self.landscape.solvable(p)
        if slot is not None and len(self.base.used(p)) == 1:
            there = self.base.replaced(Quotient(f, self.base.one_poly), {slot: self.landscape.solved(p, slot)})
            f = there.num if there.rational is None else f
        told = [f] if f is not surface.poly and self._has_integer(p) else [f, p]
        equations = {str(q): self._comparison(q, "=") for q in told}
        conditions = [self._comparison(q, ">" if s > 0 else "<") for q, s in wanted.signs]
        conditions += [self._comparison(q, "≠") for q in wanted.nonzero]
        together = tuple(equations[k] for k in sorted(equations))
        integer = self._integer_in(*together, *conditions)
        return Locus(together, tuple(conditions), kind, certainty=Certainty.SAMPLED, integer=integer)

    def _impossible(self, claim: Claim) -> bool:
        """Whether signs of polynomials in the symbol of an integer alone are those of no integer."""
        polys = {k: self.surveyor.polys[k] for k in claim.signs}
        alone = [(p, claim.signs[k]) for k, p in polys.items() if self._has_integer(p) and len(self.base.used(p)) == 1]
        values = [{"": Fraction(k)} for k in range(-_INTEGERS, _INTEGERS + 1)]
        return bool(alone) and not any(all(sign_at(self.base, p, v) == s for p, s in alone) for v in values)

    def _checked(self, surface: Surface, name: str, claim: Claim, closed: Collection[str]) -> Locus | None:
        """The locus of a claim that exact points do not contradict."""
        locus = self._written(surface, name, claim, closed)
        signs = [(self.surveyor.polys[k], s) for k, s in claim.signs.items()]
        found = witnesses(self.landscape, surface, Wanted(signs, claim.nonzero))
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
        self.surveyor.reason = self.surveyor.reason or "formulas"
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

    def _written(self, surface: Surface, name: str, claim: Claim, closed: Collection[str]) -> Locus:
        equations, outside = self._equations(surface, claim.outside)
        signs = {(1, False): ">", (-1, False): "<", (1, True): "≥", (-1, True): "≤"}
        conditions = [self._comparison(self.surveyor.polys[k], signs[s, k in closed]) for k, s in claim.signs.items()]
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
            self._integer_in(*equations, *conditions),
        )

    def _integer_in(self, *relations: Relation) -> str:
        """The name that stands for any integer, if relations mention it."""
        named = {n for r in relations for side in (r.left, r.right) for n in side.names()}
        return self.writer.integer if self.writer.integer in named else ""

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
        relation = Relation(variable(name), "=", self._expr(found))
        return None if relation in equations else relation

    def _slopes(self, claim: Claim) -> tuple[Expr | None, Expr | None, tuple[Expr, Expr] | None]:
        """The slopes to the left and right, and the interval between them."""
        if claim.slopes is None or claim.normal is None:
            return None, None, None
        base = self.base
        below, above = claim.slopes
        direction = self.surveyor.direction(claim.normal, claim.signs)
        jump = base.sub(above, below)
        convex = self.surveyor.direction(base.div(jump, claim.normal), claim.signs)
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
