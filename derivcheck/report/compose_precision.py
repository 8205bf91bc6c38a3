"""What became of autograd's digits: the step that loses them, where a NaN begins, and PyTorch's documented rule."""

from __future__ import annotations

import math
from collections.abc import Sequence

from derivcheck.oracles.evidence import Cause, Convention, DigitLoss, NoNumber, Rule
from derivcheck.report.blocks import Block, Inline, Listing, Math, Paragraph, Phrase, Text
from derivcheck.report.compose_autograd import grouped, lacks_value
from derivcheck.report.figures import float_text
from derivcheck.report.formulas import name
from derivcheck.report.material import Checked
from derivcheck.report.outline import Outline, quantity, vector

_ALL_DIGITS = 17


def precision_paragraphs(outline: Outline, checked: Checked) -> tuple[Block, ...]:
    """One sentence for each loss of digits, each NaN and each operation on its switch."""
    found = checked.evidence.autograd
    if lacks_value(outline):
        return ()
    said: list[Inline] = []
    for loss in found.losses:
        said += _of(outline, checked, loss.variables, _loss(outline, checked, loss))
    for begun in found.no_numbers:
        said += _of(outline, checked, begun.variables, _begun(outline, begun))
    said += [_documented(outline, c) for c in found.conventions]
    if len(found.conventions) > 1:
        said.append(Phrase("documented_composition", {"count": Text(str(len(found.conventions)))}))
    return tuple(Paragraph(p) for p in said)


def _of(outline: Outline, checked: Checked, variables: Sequence[str], what: Inline) -> list[Inline]:
    """What is said, with the variables that it holds of where these are not all."""
    if set(variables) == set(checked.subject.wrt):
        return [what]
    return grouped(outline.outer, dict.fromkeys(variables, what))


def _loss(outline: Outline, checked: Checked, loss: DigitLoss) -> Inline:
    args: dict[str, Inline] = {"step": _step(outline, loss.step), "dtype": Text(checked.evidence.autograd.dtype)}
    args["amount"] = Phrase("digits_all")
    if loss.digits is not None:
        args["amount"] = Phrase("digits_some", {"digits": Text(str(loss.digits))})
    if loss.cause in (Cause.OVERFLOW, Cause.UNDERFLOW):
        args["size"] = Text(_power_of_ten(loss.numbers[0]))
    else:
        digits = _ALL_DIGITS if loss.cause is Cause.APPROXIMATION else outline.style.digits
        texts = [Text(float_text(n, digits)) for n in loss.numbers]
        if len(texts) > 1 and texts[0] == texts[1]:
            texts = [Text(float_text(n, _ALL_DIGITS)) for n in loss.numbers]
        args |= dict(zip(("first", "second"), texts, strict=False))
    return Phrase(f"loss_{loss.cause.value}_{loss.passage.value}", args)


def _step(outline: Outline, step: int) -> Inline:
    """A step by its formula, a variable by its name."""
    own = outline.subject.explanation.names.get(step)
    graph = outline.subject.explanation.derivation.graph
    return Math(name(own)) if own and not graph.operands[step] else quantity(outline, step, named=False)


def _begun(outline: Outline, begun: NoNumber) -> Inline:
    args: dict[str, Inline] = {"step": _step(outline, begun.step)}
    numbers = [_number(n) for n in begun.numbers]
    if begun.operand is None:
        return Phrase("nan_value", {**args, "numbers": Listing(tuple(numbers))})
    args |= {"operand": _step(outline, begun.operand), "numbers": Listing(tuple(numbers), " · ")}
    if begun.selection is not None and begun.branch is not None:
        branch = {"branch": _step(outline, begun.branch), "selection": _step(outline, begun.selection)}
        return Phrase("nan_branch", {**args, **branch})
    infinite = all(math.isinf(n) for n in begun.numbers)
    return Phrase("nan_sum" if infinite else "nan_gradient", args)


def _number(value: float) -> Inline:
    if math.isnan(value):
        return Text("NaN")
    return Text(("∞" if value > 0 else "-∞") if math.isinf(value) else float_text(value + 0.0, 6))


def _documented(outline: Outline, found: Convention) -> Inline:
    """The rule that PyTorch documents for an operation on its switch, and what the installed version returns."""
    args: dict[str, Inline] = {
        "step": _step(outline, found.step),
        "promised": Listing(tuple(_vector(v) for v in found.promised)),
    }
    said = [Phrase(f"documented_{found.rule.value}" if found.promised else f"documented_{Rule.OPEN.value}", args)]
    returned = {"returned": _vector(found.returned)}
    key = {True: "documented_kept", False: "documented_broken", None: "documented_returned"}[found.follows]
    return Listing((*said, Phrase(key, returned)), " ")


def _power_of_ten(logarithm: float) -> str:
    """A number by its decimal logarithm, with two digits.

    >>> _power_of_ten(347.43)
    '2.7e347'
    """
    digits, _, carried = f"{10 ** (logarithm - math.floor(logarithm)):.1e}".partition("e")
    return f"{digits.removesuffix('.0')}e{math.floor(logarithm) + int(carried)}"


def _vector(values: Sequence[float]) -> Inline:
    parts = [_number(v) for v in values]
    return parts[0] if len(parts) == 1 else vector(parts)
