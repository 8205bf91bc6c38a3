"""Whether a gradient that is an array exists: all of its elements together."""

from __future__ import annotations

from collections.abc import Iterable

from derivcheck.graph.steps import Graph, Kind
from derivcheck.nonsmooth import PartialExistence
from derivcheck.ops.composites import COMPOSITES
from derivcheck.ops.row import trace
from derivcheck.ops.table import TABLE
from derivcheck.oracles.array_evidence import ArrayEvidence


def joined_existence(found: Iterable[PartialExistence]) -> PartialExistence:
    """Whether all elements of a gradient exist; the first that does not, or is open, says why."""
    everything = list(found)
    for state in (False, None):
        for e in everything:
            if e.exists is state:
                return e
    return everything[0] if everything else PartialExistence(True, None)


def certainly_smooth(graph: Graph, evidence: ArrayEvidence) -> bool:
    """Whether every operation of a loss is analytic at all of its elements: no switch near, no domain with an end.

    Where an operation has a domain, nothing is said: whether an element lies at its end is not looked for.
    """
    if evidence.switches:
        return False
    needed = graph.ancestors(graph.output)
    bounded = any(_has_ends(graph, k) for k in needed if graph.kinds[k] is Kind.MAP)
    composites = (COMPOSITES[graph.ops[k]] for k in needed if graph.kinds[k] is Kind.COMPOSITE)
    return not bounded and all(c.entire for c in composites)


def _has_ends(graph: Graph, k: int) -> bool:
    """Whether the domain of an operation depends on its operands."""
    cells = TABLE[graph.ops[k]].domain
    return any(trace(cell, len(graph.operands[k]), graph.params[k]).reads for cell in cells)
