"""Certified elements of gradients of arrays: all of them where that is little work, else a stated sample.

An element is written out as a scalar with what it reads, and enclosed in exact arithmetic and balls. Where it reads too
much for that, the enclosure is that of the running error bounds, which is as rigorous and wider.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from derivcheck.derive import Derivation
from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.elements import Position, elements_at
from derivcheck.graph.steps import Graph
from derivcheck.nonsmooth.existence import Real
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.bounded import Bounded
from derivcheck.oracles.array_evidence import CertifiedElements
from derivcheck.oracles.array_finite import sample
from derivcheck.oracles.certified import certify, known

MOST_ALL = 100
"""A gradient of at most so many elements is certified in all of them."""
MOST_SCALARS = 20_000
"""The most scalar operations that one gradient's elements may take in exact arithmetic."""
SAMPLE = 5
"""The random elements of a sample, besides corners and the worst element."""
_BALL = Ball(128)


def certified_elements(
    derivation: Derivation,
    values: Mapping[str, Any],
    gradients: Mapping[str, Bounded],
    *,
    worst: Mapping[str, Position] | None = None,
    seed: int = 0,
    deadline: Callable[[], None] | None = None,
) -> dict[str, CertifiedElements]:
    """Enclose elements of gradients.

    Args:
        derivation: the sweep of a loss of arrays, its extents known.
        values: for every variable an array of its own indices; numbers are exact.
        gradients: the gradients with running error bounds, by variable.
        worst: elements to have in a sample, such as those on which autograd agrees least.
        seed: of the random choice.
        deadline: called now and then; raises when time is up.
    """
    found = {}
    for name, gradient in gradients.items():
        shape = gradient.shape
        reasons = _chosen(name, shape, (worst or {}).get(name), seed)
        step = derivation.gradient(name) if name in derivation.graph.inputs else None
        numbers: dict[Position, Fraction | Real] | None
        if step is None:
            numbers = dict.fromkeys(reasons, Fraction(0))
        else:
            numbers = _exactly(derivation.graph, step, list(reasons), values, deadline)
        exact = numbers is not None
        if numbers is None:
            numbers = {p: _enclosed(gradient, p) for p in reasons}
        complete = len(reasons) == math.prod(shape)
        why = {} if complete else reasons
        found[name] = CertifiedElements(name, shape, numbers, complete, None if complete else seed, why, exact)
    return found


def _chosen(name: str, shape: tuple[int, ...], worst: Position | None, seed: int) -> dict[Position, str]:
    """The elements to certify and why each was chosen."""
    size = math.prod(shape)
    draw = np.random.default_rng([seed, *name.encode()])
    if size <= MOST_ALL:
        return dict.fromkeys(sample(shape, size, draw), "")
    corners = {tuple(0 for _ in shape), tuple(n - 1 for n in shape)}
    chosen = {p: "corner" if p in corners else "random" for p in sample(shape, SAMPLE + len(corners), draw)}
    return chosen if worst is None else {**chosen, worst: "worst"}


def _exactly(
    graph: Graph,
    step: int,
    positions: Sequence[Position],
    values: Mapping[str, Any],
    deadline: Callable[[], None] | None,
) -> dict[Position, Fraction | Real] | None:
    """The elements in exact arithmetic and balls; None if there is too much to do."""
    elements = elements_at(graph, {step: positions}, most=MOST_SCALARS)
    if elements is None:
        return None
    steps = elements.steps[step]
    point = {e: _constant(np.asarray(values[n])[p]) for e, (n, p) in elements.inputs.items()}
    found = certify(elements.graph, point, set(steps.values()), deadline=deadline)
    return {p: known(found[k]) for p, k in steps.items()}


def _constant(value: Any) -> Graph:
    builder = GraphBuilder()
    return builder.finish(builder.constant(Fraction(value.item() if hasattr(value, "item") else value)))


def _enclosed(gradient: Bounded, position: Position) -> Real:
    """The ball of a running error bound; None where it is infinite."""
    err = float(np.broadcast_to(gradient.err, gradient.shape)[position])
    if not math.isfinite(err):
        return None
    mid = np.asarray(gradient.mid)[position]
    with _BALL.precision:
        return arb(float(mid)) + arb(float(mid - float(mid))) + arb(0, err)
