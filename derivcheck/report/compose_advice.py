"""Advice: how to write the loss so that autograd keeps its digits, one sentence for each place."""

from __future__ import annotations

from collections.abc import Mapping

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import SELECT, Graph
from derivcheck.language.builder import substitute
from derivcheck.language.expr import Expr
from derivcheck.language.parser import parse
from derivcheck.oracles.evidence import Cure, Epsilon, NoNumber
from derivcheck.report.blocks import Block, Inline, Math, Paragraph, Phrase, Section, Text
from derivcheck.report.formulas import name, step_formula
from derivcheck.report.material import Checked
from derivcheck.report.outline import Outline
from derivcheck.source import Source

_PLACE_HOLDERS = ("u", "v", "s", "ε")


def advice_section(outline: Outline, checked: Checked) -> tuple[Block, ...]:
    """The advice, if there is any."""
    found = checked.evidence.autograd
    said: list[Inline | None] = [_rewrite(outline, checked, c) for c in found.cures]
    said += [_double_where(outline, n) for n in found.no_numbers]
    said += [_epsilon(outline, e) for e in found.epsilons]
    blocks = tuple(Paragraph(p) for k, p in enumerate(said) if p is not None and p not in said[:k])
    return (Section(None, Phrase("heading_advice"), blocks),) if blocks else ()


def _rewrite(outline: Outline, checked: Checked, cure: Cure) -> Inline | None:
    before, after = (_filled(outline, text, cure.bindings) for text in (cure.before, cure.after))
    if before is None or after is None:
        return None
    args: dict[str, Inline] = {"before": before, "after": after, "name": Text(cure.name)}
    if cure.digits is None:
        return Phrase("advice_range", {**args, "dtype": Text(checked.evidence.autograd.dtype)})
    return Phrase("advice_digits", {**args, "digits": Text(str(cure.digits))})


def _epsilon(outline: Outline, found: Epsilon) -> Inline | None:
    before, after = (_filled(outline, text, found.bindings) for text in (found.before, found.after))
    value, slope = (Math(_parsed(text)) for text in (found.value, found.slope))
    if before is None or after is None:
        return None
    return Phrase("advice_epsilon", {"before": before, "after": after, "value": value, "slope": slope})


def _filled(outline: Outline, text: str, bindings: Mapping[str, int]) -> Math | None:
    """A formula over place holders with the author's own parts in their places."""
    parts: dict[str, Expr] = {}
    for holder, step in bindings.items():
        formula = _formula(outline, step)
        if formula is None:
            return None
        parts[holder] = formula
    return Math(substitute(_parsed(text), parts))


def _formula(outline: Outline, step: int) -> Expr | None:
    explanation = outline.subject.explanation
    graph = explanation.derivation.graph
    if not graph.operands[step] and step in explanation.names:
        return name(explanation.names[step])
    return step_formula(graph, step, _inputs(graph))


def _inputs(graph: Graph) -> dict[int, str]:
    return {k: n for n, k in graph.inputs.items()}


def _parsed(text: str) -> Expr:
    return parse(Source(text), _PLACE_HOLDERS).expression


def _double_where(outline: Outline, found: NoNumber) -> Inline | None:
    """The selection written twice: what the branch reads is replaced by 1 where the branch is not selected."""
    graph = outline.subject.explanation.derivation.graph
    if found.selection is None or found.branch is None or found.operand is None:
        return None
    before = step_formula(graph, found.selection, _inputs(graph))
    after = _safe(graph, found.selection, found.branch, found.operand)
    if before is None or after is None:
        return None
    return Phrase("advice_where", {"before": Math(before), "after": Math(after)})


def _safe(graph: Graph, selection: int, branch: int, operand: int) -> Expr | None:
    builder = GraphBuilder(graph)
    condition, then, otherwise = graph.operands[selection]
    one = builder.constant(1)
    chosen = (operand, one) if branch == then else (one, operand)
    moved = {operand: builder.scalar(SELECT, condition, *chosen)}
    for k in graph.ancestors(branch):
        if k not in moved and any(o in moved for o in graph.operands[k]):
            operands = [moved.get(o, o) for o in graph.operands[k]]
            moved[k] = builder.scalar(graph.ops[k], *operands, params=graph.params[k])
    branches = (moved.get(then, then), otherwise) if branch == then else (then, moved.get(otherwise, otherwise))
    last = builder.scalar(SELECT, condition, *branches)
    return step_formula(builder.finish(last), last, _inputs(graph))
