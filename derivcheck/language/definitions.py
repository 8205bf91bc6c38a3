"""Which definition needs which, and an order in which each stands after those it needs."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from derivcheck.errors import ReadError
from derivcheck.language.expr import Definition, NodeKind


def in_order(definitions: Sequence[Definition]) -> list[Definition]:
    """The definitions, each after those it uses, otherwise as they stand.

    Raises:
        ReadError: a definition uses itself, directly or through others.
    """
    place = {d.name: k for k, d in enumerate(definitions)}
    needs = [_needs(d, place) for d in definitions]
    waiting = [len(n) for n in needs]
    users: list[list[int]] = [[] for _ in definitions]
    for k, needed in enumerate(needs):
        for n in needed:
            users[n].append(k)
    ready = [k for k, count in enumerate(waiting) if count == 0]
    ordered: list[Definition] = []
    while ready:
        k = heapq.heappop(ready)
        ordered.append(definitions[k])
        for user in users[k]:
            waiting[user] -= 1
            if waiting[user] == 0:
                heapq.heappush(ready, user)
    if len(ordered) < len(definitions):
        raise _circle(definitions, needs, waiting)
    return ordered


def _needs(definition: Definition, place: dict[str, int]) -> frozenset[int]:
    """The definitions that a body reads; a parameter hides the definition of its name."""
    hidden = definition.parameters or ()
    kinds = (NodeKind.NAME, NodeKind.APPLY)
    texts = {n.text for n in definition.body.nodes if n.kind in kinds}
    texts |= {p for n in definition.body.nodes if n.kind is NodeKind.INDEX for p in n.params if isinstance(p, str)}
    return frozenset(place[t] for t in texts if t in place and t not in hidden)


def _circle(definitions: Sequence[Definition], needs: Sequence[frozenset[int]], waiting: Sequence[int]) -> ReadError:
    """The error that names one circle of definitions."""
    at = next(k for k, count in enumerate(waiting) if count)
    path: list[int] = []
    seen: dict[int, int] = {}
    while at not in seen:
        seen[at] = len(path)
        path.append(at)
        at = min(n for n in needs[at] if waiting[n])
    circle = path[seen[at] :]
    name = definitions[circle[0]].name
    if len(circle) == 1:
        return ReadError(
            f"'{name}' is defined by itself",
            definitions[circle[0]].span,
            f"give the new value another name: {name}_1 = …",
        )
    shown = [definitions[k].name for k in circle[:5]] + ["…"] * (len(circle) > 5) + [name]
    return ReadError(
        f"definitions go in a circle: {' → '.join(shown)}", definitions[circle[0]].span, "no name may need itself"
    )
