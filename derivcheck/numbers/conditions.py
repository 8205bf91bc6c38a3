"""Conditions that are Python's True and False."""

from __future__ import annotations

from typing import TypeVar

V = TypeVar("V")


class TwoValued:
    """The part of a kernel that combines conditions and selects by them, where every comparison is decided."""

    def logical_and(self, p: bool, q: bool) -> bool:
        """Both."""
        return p and q

    def logical_or(self, p: bool, q: bool) -> bool:
        """At least one."""
        return p or q

    def logical_not(self, p: bool) -> bool:
        """Not."""
        return not p

    def select(self, condition: bool, a: V, b: V) -> V:
        """The branch that is taken; the other is not read."""
        return a if condition else b
