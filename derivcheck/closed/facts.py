"""Facts of the structure: what a sum over an index is known to be, and which steps are softmaxes in disguise.

Σ softmax = 1, Σ (x - mean x) = 0, Σₖ 1 = n, δ; exp(z)/Σ exp(z), exp(z - logsumexp z) and exp(log_softmax z) are
softmax z. What is only stated of an input (that it sums to 1) is used if it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import MEAN, SUM, Access, Graph, Kind
from derivcheck.language.facts import FACTS
from derivcheck.ops.composites import COMPOSITES

EXP, LOG, SUBTRACT, DIVIDE, SOFTMAX = "exp", "log", "sub", "div", "softmax"
"""The rows that the facts speak of."""


SUMS, SYMMETRIC = "sums_to_one", "symmetric"
"""The stated facts that are used, by the name of one that says no more than that."""


class Facts:
    """What is known of the steps of a graph.

    Attributes:
        graph: the graph, with a softmax step for every one that stands there in disguise.
        same: steps that are softmaxes, and the step that says so.
        quotients: pairs (exp z, Σ exp z), and the softmax that their quotient is.
        symmetric: the inputs that are stated to be symmetric.
        used: the names of inputs whose stated facts were used, and which fact it was.
    """

    def __init__(self, graph: Graph, assumed: Mapping[str, str] | None = None) -> None:
        self.same: dict[int, int] = {}
        self.quotients: dict[tuple[int, int], int] = {}
        self.used: dict[str, str] = {}
        self.symmetric: set[int] = set()
        self._stated: dict[int, Fraction] = {}
        for name, fact in (assumed or {}).items():
            row = FACTS.get(fact) if name in graph.inputs else None
            if row is not None and row.sums_to is not None and graph.indices[graph.inputs[name]]:
                self._stated[graph.inputs[name]] = row.sums_to
            if row is not None and row.symmetric and len(graph.indices[graph.inputs[name]]) == 2:
                self.symmetric.add(graph.inputs[name])
        self.graph = graph if graph.scalar else self._with_softmaxes(graph)

    def _with_softmaxes(self, graph: Graph) -> Graph:
        builder = GraphBuilder(graph)
        for k in range(len(graph)):
            if graph.kinds[k] is Kind.MAP and graph.ops[k] == EXP:
                self._exponential(builder, graph, k)
            elif graph.kinds[k] is Kind.REDUCE and graph.ops[k] == SUM and len(graph.over[k]) == 1:
                self._normalizer(builder, graph, k)
        return builder.finish(graph.output) if len(builder) > len(graph) else graph

    def _exponential(self, builder: GraphBuilder, graph: Graph, k: int) -> None:
        """exp(z - logsumexp z), exp(z - log Σ exp z), exp(log_softmax z)."""
        inner, subscripts = graph.operands[k][0], graph.subscripts[k][0]
        if subscripts != graph.indices[inner] or graph.indices[k] != subscripts:
            names = dict(zip(graph.indices[inner], subscripts, strict=True))
        else:
            names = {i: i for i in subscripts if isinstance(i, str)}
        if graph.kinds[inner] is Kind.COMPOSITE and graph.ops[inner] == "log_softmax":
            read = Access(graph.operands[inner][0], graph.subscripts[inner][0])
            along = graph.over[inner]
        else:
            found = self._difference(graph, inner)
            if found is None:
                return
            read, along = found
        if any(not isinstance(names.get(s, s), str) for s in graph.indices[inner]):
            return
        renamed = tuple(names.get(s, s) if isinstance(s, str) else s for s in read.subscripts)
        over = tuple(str(names[a]) for a in along)
        if set(over) <= set(graph.indices[k]):
            self.same[k] = builder.composite(SOFTMAX, Access(read.step, renamed), graph.indices[k], over)

    def _difference(self, graph: Graph, step: int) -> tuple[Access, tuple[str, ...]] | None:
        """``z - logsumexp z`` taken apart: how z is read, and the index that logsumexp runs along."""
        if graph.kinds[step] is not Kind.MAP or graph.ops[step] != SUBTRACT:
            return None
        left = Access(graph.operands[step][0], graph.subscripts[step][0])
        whole, seen = graph.operands[step][1], graph.subscripts[step][1]
        if graph.kinds[whole] is Kind.MAP and graph.ops[whole] == LOG and graph.subscripts[whole][0] == seen:
            whole = graph.operands[whole][0]
            if graph.kinds[whole] is not Kind.REDUCE or graph.ops[whole] != SUM:
                return None
            powers = graph.operands[whole][0]
            if graph.kinds[powers] is not Kind.MAP or graph.ops[powers] != EXP:
                return None
            names = dict(zip(graph.indices[powers], graph.subscripts[whole][0], strict=True))
            inner = tuple(names.get(s, s) if isinstance(s, str) else s for s in graph.subscripts[powers][0])
            source = Access(graph.operands[powers][0], inner)
        elif graph.kinds[whole] is Kind.COMPOSITE and graph.ops[whole] == "logsumexp":
            source = Access(graph.operands[whole][0], graph.subscripts[whole][0])
        else:
            return None
        return self._matched(graph, left, source, whole, seen)

    @staticmethod
    def _matched(
        graph: Graph, left: Access, source: Access, whole: int, seen: tuple[str | int, ...]
    ) -> tuple[Access, tuple[str, ...]] | None:
        """``left`` and the index of it that ``whole`` is summed over, if both read the same."""
        if left.step != source.step or len(graph.over[whole]) != 1:
            return None
        names: dict[str | int, str | int] = dict(zip(graph.indices[whole], seen, strict=True))
        along = graph.over[whole][0]
        for a, b in zip(left.subscripts, source.subscripts, strict=True):
            if names.setdefault(b, a) != a:
                return None
        index = names.get(along)
        return (left, (index,)) if isinstance(index, str) and index not in seen else None

    def _normalizer(self, builder: GraphBuilder, graph: Graph, k: int) -> None:
        """Σ exp z, and the exp z that it sums."""
        powers = graph.operands[k][0]
        if graph.kinds[powers] is not Kind.MAP or graph.ops[powers] != EXP:
            return
        subscripts, own = graph.subscripts[k][0], graph.indices[powers]
        if len(set(subscripts)) < len(subscripts) or not all(isinstance(s, str) for s in subscripts):
            return
        along = tuple(o for o, s in zip(own, subscripts, strict=True) if s in graph.over[k])
        read = Access(graph.operands[powers][0], graph.subscripts[powers][0])
        self.quotients[powers, k] = builder.composite(SOFTMAX, read, own, along)

    def total(self, step: int, position: int) -> Fraction | None:
        """What the step sums to along one of its indices, if the structure knows it; found in a loop."""
        graph = self.graph
        index = graph.indices[step][position]
        while True:
            step = self.same.get(step, step)
            if step in self._stated:
                known = self._stated[step] if index == graph.indices[step][-1] else None
                if known is not None:
                    self.used[graph.ops[step]] = SUMS
                return known
            if graph.kinds[step] is Kind.COMPOSITE:
                known = COMPOSITES[graph.ops[step]].sums_to
                return known if index in graph.over[step] else None
            if graph.kinds[step] is not Kind.MAP:
                return None
            if graph.ops[step] == SUBTRACT:
                return Fraction(0) if self._centred(step, index) else None
            if graph.ops[step] != DIVIDE:
                return None
            if self._normalized(step, index):
                return Fraction(1)
            inner = graph.operands[step][0]
            if index in graph.subscripts[step][1] or graph.subscripts[step][0].count(index) != 1:
                return None
            index = graph.indices[inner][graph.subscripts[step][0].index(index)]
            if self._is_one(inner, index):
                return None
            step = inner

    def _is_one(self, step: int, index: str) -> bool:
        """Whether a total of 1 would be reached, which a division would change."""
        position = self.graph.indices[step].index(index)
        return self.total(step, position) == 1

    def _normalized(self, step: int, index: str) -> bool:
        """Whether a quotient is exp z over its sum along the index."""
        graph = self.graph
        above, below = graph.operands[step]
        if (above, below) not in self.quotients:
            return False
        return self._reduced_along(below, above, graph.subscripts[step][0], graph.subscripts[step][1], index)

    def _centred(self, step: int, index: str) -> bool:
        """Whether a difference is x - mean x, the mean along the index."""
        graph = self.graph
        left, right = graph.operands[step]
        if graph.kinds[right] is not Kind.REDUCE or graph.ops[right] != MEAN or graph.operands[right][0] != left:
            return False
        return self._reduced_along(right, left, graph.subscripts[step][0], graph.subscripts[step][1], index)

    def _reduced_along(
        self, reduction: int, operand: int, plain: tuple[str | int, ...], seen: tuple[str | int, ...], index: str
    ) -> bool:
        """Whether ``reduction`` of ``operand``, each read as given in a step, runs along its ``index`` alone."""
        graph = self.graph
        if len(graph.over[reduction]) != 1:
            return False
        names: dict[str | int, str | int] = dict(zip(graph.indices[reduction], seen, strict=True))
        along = False
        for own, inner in zip(plain, graph.subscripts[reduction][0], strict=True):
            if inner in graph.over[reduction]:
                along = along or own == index
            elif names.get(inner, inner) != own:
                return False
        return along and plain.count(index) == 1 and operand == graph.operands[reduction][0]
