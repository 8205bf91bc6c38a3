"""Signs of polynomials over the generators: known ones, unknown ones as generators σ with σ² = 1, and facts.

For a real polynomial f, σ_f is 1 where f ≥ 0 and −1 where f < 0; hence |f| = σ_f · f everywhere. A *fact* says that a
product of such signs is 1 or −1. Facts come from the domain: a square root or a logarithm that is real has a
radicand or argument that is not negative. They hold off the zeros of the factors named in them; where an irreducible
factor changes its sign, such zeros are limits of points at which the fact holds, and claims extend by continuity. A
factor that may vanish without a change of sign would leave isolated points, as 0 in the domain of √(x²(x − 1)), where
the fact fails: such a radicand gives none. Facts form a linear system over GF(2), solved as they come; a contradiction
means that no open domain exists.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from derivcheck.normal.field import EmptyDomainError, Field, Generator, NowhereError, Poly
from derivcheck.numbers.inequalities import UNIT, LinearForm, can_be_positive

MAX_DEPTH = 3
MAX_SIGN_TERMS = 60
MAX_CASES = 6


class Signs:
    """What is known of the signs of polynomials over a field."""

    def __init__(self, base: Field) -> None:
        self.base = base
        self.slots: dict[str, int] = {}
        self.polynomials: dict[int, Poly] = {}  # slot of σ_f → f
        self.strict = True  # whether all facts hold at zeros too, for no factor named in them has any
        self.facts: dict[int, tuple[int, frozenset[int]]] = {}  # pivot → sign · product of other σ
        self.nonzero: set[str] = set()
        self.news = 0  # how many facts have come in
        self.wanted = False  # whether some rule would have used more facts

    def generator(self, f: Poly) -> Poly:
        """σ_f as a polynomial: 1 or −1 where the sign is known, else its generator."""
        known = self.known(f)
        if known:
            return self.base.context.constant(known)
        return self.base.reduce(self.base.variables[self.slot(f)])

    def slot(self, f: Poly) -> int:
        """The slot of σ_f, made on first use."""
        key = str(f)
        own = self.base.own_slot(f)
        if own is not None and self.base.generators[own].kind == "sign":
            return own
        if key not in self.slots:
            slot = self.base.new(Generator("sign", real=True, positive=False))
            self.base.canonical = False
            self.base.relate(slot, 2, self.base.one)
            self.slots[key] = slot
            self.polynomials[slot] = f
        return self.slots[key]

    def assume(self, sign: int, factors: list[Poly]) -> None:
        """Take in the fact sign · Π σ_f = 1."""
        vector: set[int] = set()
        self.strict = self.strict and all(map(self.never_zero, factors))
        for f in factors:
            known = self.known(f)
            if known:
                sign *= known
            else:
                vector ^= {self.slot(f)}
        for pivot in sorted(self.facts):
            if pivot in vector:
                other_sign, others = self.facts[pivot]
                sign *= other_sign
                vector = (vector - {pivot}) ^ others
        if not vector:
            if sign < 0:
                raise NowhereError if self.strict else EmptyDomainError
            return
        pivot = min(vector)
        self.facts[pivot] = (sign, frozenset(vector - {pivot}))
        self.news += 1
        self.resolve()

    def exclude_zeros(self, factors: list[Poly]) -> None:
        """Take in that these factors do not vanish anywhere on the domain."""
        fresh = {str(f) for f in factors} - self.nonzero
        self.nonzero |= fresh
        self.news += len(fresh)

    def never_zero(self, f: Poly) -> bool:
        """Whether f is known to vanish nowhere on the domain."""
        ball = self.base.ball(f)
        if ball is not None:
            return bool(ball > 0 or ball < 0)
        if str(f) in self.nonzero:
            return True
        own = self.base.own_slot(f)
        if own is not None:
            generator = self.base.generators[own]
            return generator.kind == "sign" or (generator.kind == "exp" and generator.positive)
        has_constant = any(not any(m) for m in f.monoms())
        return has_constant and abs(self.by_terms(f)) == 1

    def infer(self) -> None:
        """Take in the signs that the facts imply for linear forms: x + 1 > 0 where 1 − x² > 0.

        All combinations of signs that the facts allow are tried; those that no values of the monomials have, taken as
        independent, are left out.
        """
        open_slots = [s for s, f in self.polynomials.items() if not self.fact(f) and self.base.is_real(f)]
        involved = {s for pivot, (_, others) in self.facts.items() for s in (pivot, *others)} & self.polynomials.keys()
        slots = sorted(involved | set(open_slots))
        if not open_slots or not self.facts or len(slots) > MAX_CASES:
            return
        self.base.deadline()
        forms = {s: self.linear_form(self.polynomials[s]) for s in slots}
        given: list[LinearForm] = [{m: Fraction(1)} for m in self.positive_monomials(slots)]
        cases = [dict(zip(slots, signs, strict=True)) for signs in product((1, -1), repeat=len(slots))]
        cases = [c for c in cases if self.allows(c) and can_be_positive([*given, *(scaled(forms[s], c[s]) for s in c)])]
        if not cases:
            return
        for s in open_slots:
            signs = {c[s] for c in cases}
            if len(signs) == 1:
                self.assume(signs.pop(), [self.polynomials[s]])

    def allows(self, case: dict[int, int]) -> bool:
        """Whether a choice of signs agrees with the facts that speak of these signs alone."""
        for pivot, (sign, others) in self.facts.items():
            if pivot in case and others <= case.keys():
                total = sign * case[pivot]
                for other in others:
                    total *= case[other]
                if total < 0:
                    return False
        return True

    def linear_form(self, f: Poly) -> LinearForm:
        """A polynomial as a linear form in its monomials."""
        return {m if any(m) else UNIT: Fraction(int(c)) for m, c in f.terms()}

    def positive_monomials(self, slots: list[int]) -> list[tuple[int, ...]]:
        """The monomials of these polynomials that are positive off zeros."""
        found = {m for s in slots for m in self.polynomials[s].monoms() if any(m)}
        return [m for m in found if all(self.positive(i) for i, e in enumerate(m) if e % 2)]

    def resolve(self) -> None:
        """Bring the facts into reduced echelon form and pass them to the field as relations."""
        for pivot in sorted(self.facts, reverse=True):
            sign, others = self.facts[pivot]
            for other in sorted(others):
                if other in self.facts:
                    inner_sign, inner = self.facts[other]
                    sign *= inner_sign
                    others = (others - {other}) ^ inner
            self.facts[pivot] = (sign, frozenset(others))
            product = self.base.context.constant(sign)
            for other in others:
                product *= self.base.variables[other]
            self.base.relate(pivot, 1, product)

    def fact(self, f: Poly) -> int:
        """The sign that the facts give to f alone: 1, −1 or 0 for none."""
        slot = self.slots.get(str(f))
        if slot is not None and slot in self.facts and not self.facts[slot][1]:
            return self.facts[slot][0]
        return 0

    def positive(self, slot: int) -> bool:
        """Whether a generator is known to be positive."""
        return self.base.generators[slot].positive or self.fact(self.base.variables[slot]) > 0

    def known(self, f: Poly, depth: int = 0) -> int:
        """The sign of f off its zeros where it is provable: 1, −1, or 0 where it is not.

        Tried in turn: a ball for constants; the facts; all terms of one sign; definite quadratics in one generator;
        A·r + B with r a square root, by comparing (A·r)² with B².
        """
        if f == 0 or len(f) > MAX_SIGN_TERMS or not self.base.is_real(f):
            return 0
        ball = self.base.ball(f)
        if ball is not None:
            return 1 if ball > 0 else -1 if ball < 0 else 0
        if f.leading_coefficient() < 0:
            return -self.known(-f, depth)
        found = self.fact(f) or self.by_terms(f)
        if found or depth >= MAX_DEPTH:
            return found
        self.base.deadline()
        return self.by_root(f, depth) or self.by_square(f, depth)

    def by_terms(self, f: Poly) -> int:
        """The common sign of all terms, where each monomial is not negative."""
        if not all(c > 0 for c in f.coeffs()):
            return 0
        odd = {i for m in f.monoms() for i, e in enumerate(m) if e % 2}
        return 1 if all(self.positive(i) for i in odd) else 0

    def coefficients(self, f: Poly, slot: int) -> dict[int, Poly]:
        """f as a polynomial in one generator: the coefficient of each power."""
        parts: dict[int, dict[tuple[int, ...], object]] = {}
        for monomial, coefficient in f.terms():
            rest = tuple(0 if i == slot else e for i, e in enumerate(monomial))
            parts.setdefault(int(monomial[slot]), {})[rest] = coefficient
        return {power: self.base.context.from_dict(part) for power, part in parts.items()}

    def by_root(self, f: Poly, depth: int) -> int:
        """The sign of A·r + B, r ≥ 0 with r² in older generators."""
        degrees = f.degrees()
        for relation in self.base.relations:
            if relation.degree != 2 or degrees[relation.slot] != 1 or not self.positive(relation.slot):
                continue
            parts = self.coefficients(f, relation.slot)
            a, b = parts[1], parts.get(0, self.base.zero)
            sign_a, sign_b = self.known(a, depth + 1), self.known(b, depth + 1)
            if sign_a and sign_a == sign_b:
                return sign_a
            if not (sign_a or sign_b) or max(len(a), len(b)) > MAX_SIGN_TERMS:
                continue
            square = self.base.variables[relation.slot] ** 2 - relation.poly
            norm = self.base.reduce(a * a * square - b * b)
            larger = self.known(norm, depth + 1)
            if larger > 0 and sign_a:
                return sign_a
            if larger < 0 and sign_b:
                return sign_b
        return 0

    def by_square(self, f: Poly, depth: int) -> int:
        """The sign of A·v² + B·v + C with 4AC > B²."""
        for slot, degree in enumerate(f.degrees()):
            if degree != 2 or self.base.generators[slot].kind == "sign":
                continue
            parts = self.coefficients(f, slot)
            if 1 not in parts or 0 not in parts or max(map(len, parts.values())) > MAX_SIGN_TERMS:
                continue
            discriminant = self.base.reduce(4 * parts[2] * parts[0] - parts[1] * parts[1])
            if self.known(discriminant, depth + 1) > 0:
                return self.known(parts[2], depth + 1)
        return 0


def scaled(form: LinearForm, factor: int) -> LinearForm:
    """A multiple of a linear form."""
    return {v: factor * c for v, c in form.items()}
