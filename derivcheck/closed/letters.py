"""Letters for indices: one for every size to begin with, none that stands for something else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain, count

from derivcheck.closed.indexed import children, free_indices, rebuilt, substituted
from derivcheck.closed.monomials import Monomial
from derivcheck.graph.steps import Size

ORDER = "ijklmpqrsabcdfgh"
"""Letters for indices, in the order in which they are given."""


class Letters:
    """Names of indices for formulas.

    Args:
        sizes: the size of every index of the graph.
        taken: names of variables, pieces and sizes.
    """

    def __init__(self, sizes: Mapping[str, Size], taken: Collection[str]) -> None:
        self._taken = set(taken)
        self._by_size: dict[Size, list[str]] = {}
        self.size_of: dict[str, Size] = {}
        for size in sizes.values():
            if size not in self._by_size:
                self.claim(self._next(), size)

    def _next(self) -> str:
        letters = chain(ORDER, (f"{c}_{k}" for k in count(1) for c in "ij"))
        return next(c for c in letters if c not in self._taken)

    def claim(self, letter: str, size: Size) -> None:
        """Let a letter stand for indices of this size."""
        self._taken.add(letter)
        old = self.size_of.get(letter, size)
        if old != size:
            self._by_size[old].remove(letter)
        known = self._by_size.setdefault(size, [])
        if letter not in known:
            known.append(letter)
        self.size_of[letter] = size

    def choose(self, size: Size, avoid: Collection[str]) -> str:
        """The first letter for an index of this size that is not to be avoided."""
        known = self._by_size.setdefault(size, [])
        found = next((c for c in known if c not in avoid), None)
        while found is None:
            letter = self._next()
            self.claim(letter, size)
            found = None if letter in avoid else letter
        return found

    def several(self, sizes: Collection[Size], avoid: Collection[str] = ()) -> tuple[str, ...]:
        """Different letters for the axes of one array."""
        found: list[str] = []
        for size in sizes:
            found.append(self.choose(size, {*avoid, *found}))
        return tuple(found)

    def lettered(self, form: Monomial, sizes: Mapping[str, Size], avoid: Collection[str] = ()) -> Monomial:
        """The monomial with letters for its bound indices; its free indices are letters already."""
        names: dict[str, str] = {}
        stack = [(form, frozenset((*avoid, *free_indices(form))))]
        while stack:
            part, used = stack.pop()
            for index in part.over:
                names[index] = self.choose(sizes[index], used)
                used |= {names[index]}
            for factor, _ in part.factors:
                stack.extend((inner, used) for inner in children(factor))
        return rebuilt(form, lambda f: substituted(f, names), names) if names else form
