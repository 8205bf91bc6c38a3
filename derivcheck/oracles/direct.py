"""SymPy's own derivative of the whole loss, beside ours: on every smooth piece, proved equal by a normal form.

The loss is handed to SymPy as one formula in SymPy's own functions and differentiated by SymPy; nothing of the sweep or
of the table's local derivatives enters. The work runs in the worker process, since no loop of ours can bound it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from derivcheck.budget import WORKER, Deadline, Job, WorkerFailedError
from derivcheck.errors import OutOfTimeError
from derivcheck.graph.steps import Graph
from derivcheck.oracles.evidence import DirectFinding, Proof

LARGEST_TREE = 1_500
"""A loss that writes out to more operations than this is not handed to SymPy."""
DEEPEST_NEST = 150
"""A loss that nests deeper than this is not handed to SymPy."""
ONE = Fraction(1)


def start_proof(
    graph: Graph,
    output: int,
    derivatives: Mapping[Any, tuple[str, tuple[int | None, ...], int]],
    deadline: Deadline,
    *,
    upstream: Fraction = ONE,
) -> Job | str:
    """Begin to prove derivatives in the worker.

    Args:
        graph: the derivation's graph.
        output: the step of the loss.
        derivatives: by key: the variable, steps that must all be its derivative (None: zero), and the step that SymPy
            differentiates.
        deadline: until when the worker may be waited for.
        upstream: the factor by which our derivatives of the loss itself are larger.

    Returns:
        The job, or the reason why there is none: "size", "timeout" or "unsupported".
    """
    tree, depth = _extent(graph, [output, *(k for _, ours, _ in derivatives.values() for k in ours if k is not None)])
    if tree > LARGEST_TREE or depth > DEEPEST_NEST:
        return "size"
    request = [(key, *value) for key, value in derivatives.items()]
    try:
        return WORKER.submit("derivcheck.oracles.proof:prove", graph, output, request, upstream, deadline=deadline)
    except OutOfTimeError:
        return "timeout"
    except WorkerFailedError:
        return "unsupported"


def finish_proof(job: Job | str, keys: Sequence[Any], deadline: Deadline) -> dict[Any, DirectFinding]:
    """What the job found, by key; a job that failed or was late proves nothing."""
    if isinstance(job, str):
        status = Proof.NOT_TRIED if job == "size" else Proof.UNDECIDED
        return {key: DirectFinding(status, reason=job) for key in keys}
    try:
        found = job.result(deadline)
    except OutOfTimeError:
        return {key: DirectFinding(Proof.UNDECIDED, reason="timeout") for key in keys}
    except WorkerFailedError:
        return {key: DirectFinding(Proof.UNDECIDED, reason="unsupported") for key in keys}
    return {key: DirectFinding(Proof[proof], pieces, reason) for key, (proof, pieces, reason) in found.items()}


def _extent(graph: Graph, targets: Sequence[int]) -> tuple[int, int]:
    """The number of operations written out as a tree, and the deepest nesting, of the largest target."""
    size: dict[int, int] = {}
    depth: dict[int, int] = {}
    for k in graph.ancestors(*targets):
        operands = graph.operands[k]
        size[k] = min(1 + sum(size[o] for o in operands), LARGEST_TREE + 1)
        depth[k] = 1 + max((depth[o] for o in operands), default=0)
    return max(size[t] for t in targets), max(depth[t] for t in targets)
