"""The decision: the same function wherever both are real, or not.

1. The same step, or a normal form that is equal on every smooth piece (and on the edges between pieces, where something
   jumps): VERIFIED.
2. A rational point at which the values are different fractions, or balls without a common number: REFUTED; or
   CONDITIONAL where the pieces on which the formulas are proved equal can be told from those by signs.
3. Many points that agree in every piece: CONSISTENT. Anything less: UNDECIDED, as is what was not done in time.

Where only one formula has a value, nothing is compared: ``log(x**2)`` and ``2*log(x)`` are equal, with a remark that
their domains differ. A value at a single point counts: ``sign(x)`` and ``where(x > 0, 1, -1)`` differ, at 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from derivcheck.budget import WORKER, Deadline, WorkerFailedError
from derivcheck.equality.conditions import condition_text
from derivcheck.equality.points import Point, corner_points, near_points, simple_points, spread_points
from derivcheck.equality.proof import DIFFERENT, EMPTY, EQUAL, Findings
from derivcheck.equality.result import ClaimResult, Counterexample
from derivcheck.equality.sampling import DIGITS, MANY_BITS, Pair, Relation, Sample, sample
from derivcheck.errors import OutOfTimeError
from derivcheck.verdict import Verdict

LARGEST_TREE, DEEPEST_NEST = 3_000, 150
"""Formulas that write out to more operations or nest deeper are not handed to the prover."""
FIRST_POINTS, MORE_POINTS, SIMPLE_POINTS, CORNER_POINTS = 16, 120, 400, 216
FEW_NAMES = 4
"""With more variables the simplest points are mostly zeros, and fewer are tried."""
ENOUGH_POINTS = 20
"""Points that must agree in every piece for a verdict of CONSISTENT."""


def decide(pair: Pair, deadline: Deadline) -> ClaimResult:
    """Whether two steps of a graph are the same function where both are real and the condition holds."""
    evidence = _Evidence(pair, deadline)
    if pair.left == pair.right:
        return ClaimResult(Verdict.VERIFIED)
    try:
        return _decided(evidence)
    except OutOfTimeError:
        if evidence.having(Relation.DIFFERENT):  # certified, whatever else would have been found
            return replace(_refuted(evidence), reason="timeout")
        return ClaimResult(Verdict.UNDECIDED, reason="timeout")


@dataclass(slots=True)
class _Evidence:
    pair: Pair
    deadline: Deadline
    samples: dict[tuple[object, ...], Sample] = field(default_factory=dict)

    def look(self, points: Iterable[Point]) -> list[Sample]:
        """What the formulas are at these points; each point is looked at once."""
        found = []
        for point in points:
            key = tuple(point[name] for name in self.pair.names)
            if key not in self.samples:
                own = {name: point[name] for name in self.pair.names}
                self.samples[key] = sample(self.pair, own, self.deadline)
            found.append(self.samples[key])
        return found

    def look_about_few(self) -> None:
        """Further points about those that agree, where only few do."""
        agreeing = self.having(Relation.EQUAL)
        if 0 < len(agreeing) < ENOUGH_POINTS:
            for found in agreeing[:4]:
                self.look(near_points(found.point, ENOUGH_POINTS))

    def having(self, relation: Relation) -> list[Sample]:
        return [s for s in self.samples.values() if s.relation is relation]


def _decided(evidence: _Evidence) -> ClaimResult:
    names = evidence.pair.names
    spread = evidence.look(spread_points(names, FIRST_POINTS))
    agree = any(s.relation is Relation.EQUAL for s in spread)
    differ = [s for s in spread if s.relation is Relation.DIFFERENT]
    if differ and not agree and evidence.pair.condition is None and not any(s.compared for s in differ):
        return _refuted(evidence)
    evidence.look(simple_points(names, 2 * FIRST_POINTS))
    findings, reason = _findings(evidence)
    evidence.look(findings.points)
    proved = bool(findings.pieces) and findings.proved
    if evidence.having(Relation.DIFFERENT):
        return _different(evidence, findings)
    if proved and evidence.having(Relation.EQUAL):
        return _verified(evidence, findings)
    if findings.on_edge is not None:
        found = findings.on_edge
        return ClaimResult(Verdict.REFUTED, Counterexample(found.point, found.left, found.right))
    evidence.look(spread_points(names, MORE_POINTS, FIRST_POINTS))
    evidence.look(simple_points(names, SIMPLE_POINTS // 4))
    evidence.look(corner_points(names, CORNER_POINTS))
    evidence.look_about_few()
    if findings.texts:
        findings, reason = _findings(evidence)  # with the place of the points that were looked at since
    if evidence.having(Relation.DIFFERENT):
        return _different(evidence, findings)
    if proved and evidence.having(Relation.EQUAL):
        return _verified(evidence, findings)
    return _unproved(evidence, findings, reason)


def _verified(evidence: _Evidence, findings: Findings) -> ClaimResult:
    points, remark = len(evidence.having(Relation.EQUAL)), _domain_remark(evidence.samples.values())
    lacking = [s for s in evidence.samples.values() if s.relation is Relation.RIGHT_ONLY]
    missing = min(lacking, key=_length).point if lacking else None
    found = ClaimResult(Verdict.VERIFIED, condition=remark, missing_at=missing)
    return replace(found, points=points, pieces=_count(findings), digits=DIGITS)


def _findings(evidence: _Evidence) -> tuple[Findings, str]:
    """What the worker proves, and the reason where it proves nothing."""
    pair = evidence.pair
    if not _is_small(pair):
        return Findings(), "size"
    points = [s.point for s in evidence.samples.values() if s.relation in {Relation.EQUAL, Relation.DIFFERENT}]
    arguments = (pair.graph, pair.left, pair.right, pair.condition, points, pair.edges)
    try:
        job = WORKER.submit("derivcheck.equality.proof:prove", *arguments, deadline=evidence.deadline)
        findings: Findings = job.result(evidence.deadline)
    except WorkerFailedError:
        return Findings(), "unsupported"
    if findings.reason:
        return findings, findings.reason
    return findings, "" if all(p.outcome in {EQUAL, EMPTY} for p in findings.pieces) else "proof"


def _different(evidence: _Evidence, findings: Findings) -> ClaimResult:
    """Refuted at a point: everywhere, on some pieces only, or only at single points."""
    place = {_key(p): s for p, s in zip(findings.points, findings.signs, strict=True)}
    differing = evidence.having(Relation.DIFFERENT)
    agreeing = [place[_key(s.point)] for s in evidence.having(Relation.EQUAL) if _key(s.point) in place]
    signs = [place.get(_key(s.point)) for s in differing]
    if not findings.texts or None in signs:
        return _refuted(evidence)
    met = [p for p in findings.pieces if p.outcome == EQUAL and any(p.holds(s) for s in agreeing)]
    bad = [p for p in findings.pieces if p.outcome not in {EQUAL, EMPTY}]
    on_edge = [s for s in signs if s is not None and not any(p.holds(s) for p in bad)]
    if not met:
        return _refuted(evidence)
    if on_edge:
        zeros = sorted({findings.texts[k][2].replace("==", "!=") for s in on_edge for k, v in enumerate(s) if v == 0})
        only = " and ".join(zeros) if not bad else None
        return replace(_refuted(evidence), condition=only)
    text = condition_text(met, bad, findings.texts, jumped=findings.jumped)
    first = _refuted(evidence)
    return replace(
        first,
        verdict=Verdict.CONDITIONAL,
        condition=text,
        pieces=_count(findings),
    )


def _refuted(evidence: _Evidence) -> ClaimResult:
    """With the simplest counterexample that can be found in the time left."""
    try:
        for found in _each(evidence):
            if found.relation is Relation.DIFFERENT:
                return ClaimResult(Verdict.REFUTED, _counterexample(found))
    except OutOfTimeError:
        pass
    return ClaimResult(Verdict.REFUTED, _counterexample(min(evidence.having(Relation.DIFFERENT), key=_length)))


def _each(evidence: _Evidence) -> Iterable[Sample]:
    names = evidence.pair.names
    for point in simple_points(names, SIMPLE_POINTS if len(names) <= FEW_NAMES else SIMPLE_POINTS // 4):
        yield from evidence.look([point])


def _length(found: Sample) -> int:
    return sum(len(str(value)) for value in found.point.values())


def _counterexample(found: Sample) -> Counterexample:
    return Counterexample(found.point, found.left, found.right)


def _unproved(evidence: _Evidence, findings: Findings, reason: str) -> ClaimResult:
    """Consistent where enough points agree in every piece that has any, else undecided."""
    agreeing = evidence.having(Relation.EQUAL)
    if not agreeing:
        return ClaimResult(Verdict.UNDECIDED, reason="domain")
    found = ClaimResult(
        Verdict.CONSISTENT, points=len(agreeing), pieces=_count(findings), digits=DIGITS, reason=reason or "edges"
    )
    place = {_key(p): s for p, s in zip(findings.points, findings.signs, strict=True)}
    signs = [place[_key(s.point)] for s in agreeing if _key(s.point) in place]
    counts = [sum(p.holds(s) for s in signs) for p in findings.pieces if p.outcome not in {EQUAL, EMPTY}]
    proved_different = len(findings.pieces) == 1 and findings.pieces[0].outcome == DIFFERENT
    for close in (sample(evidence.pair, s.point, evidence.deadline, (MANY_BITS,)) for s in agreeing[:4]):
        if close.relation is Relation.DIFFERENT:
            return ClaimResult(Verdict.REFUTED, _counterexample(close))
    if len(agreeing) < ENOUGH_POINTS or proved_different or any(0 < c < ENOUGH_POINTS for c in counts):
        return replace(found, verdict=Verdict.UNDECIDED, reason="points")
    return found


def _domain_remark(samples: Iterable[Sample]) -> str | None:
    """Where only one of the two is defined, by the simplest such point."""
    for found in sorted(samples, key=_length):
        if found.relation in {Relation.LEFT_ONLY, Relation.RIGHT_ONLY}:
            which = "first" if found.relation is Relation.LEFT_ONLY else "second"
            place = ", ".join(f"{name} = {value}" for name, value in found.point.items())
            return f"different domains: only the {which} is defined at {place}"
    return None


def _count(findings: Findings) -> int:
    return sum(p.outcome != EMPTY for p in findings.pieces)


def _key(point: Point) -> tuple[object, ...]:
    return tuple(sorted(point.items()))


def _is_small(pair: Pair) -> bool:
    """Whether both formulas, written out, are small enough for SymPy."""
    graph = pair.graph
    size: dict[int, int] = {}
    depth: dict[int, int] = {}
    for k in graph.ancestors(*pair.steps):
        operands = graph.operands[k]
        size[k] = min(1 + sum(size[o] for o in operands), LARGEST_TREE + 1)
        depth[k] = 1 + max((depth[o] for o in operands), default=0)
    return max(size[s] for s in pair.steps) <= LARGEST_TREE and max(depth[s] for s in pair.steps) <= DEEPEST_NEST
