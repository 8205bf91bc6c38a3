"""Whether a gradient that is an array exists: all of its elements together."""

from __future__ import annotations

from collections.abc import Iterable

from derivcheck.nonsmooth import PartialExistence


def joined_existence(found: Iterable[PartialExistence]) -> PartialExistence:
    """Whether all elements of a gradient exist; the first that does not, or is open, says why."""
    everything = list(found)
    for state in (False, None):
        for e in everything:
            if e.exists is state:
                return e
    return everything[0] if everything else PartialExistence(True, None)
