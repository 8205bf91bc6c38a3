"""Connectionist temporal classification: minus the log of the total probability of all alignments.

An alignment names a class or the blank for every frame; repeats are merged, then blanks removed. With the target
l and the extended labels l' = (b, l₁, b, l₂, …, b), Source (Graves et al. 2006, section 4.1) sums by

    α(t, s) = p(t, l'ₛ)·(α(t-1, s) + α(t-1, s-1) + [l'ₛ ≠ b, l'ₛ ≠ l'ₛ₋₂]·α(t-1, s-2))

The text is this recursion written out for a number of frames and a target, both known, over the states that lie on an
alignment. It stays in probabilities, so that a formula can be read; a sequence is short.

Source: A. Graves, S. Fernández, F. Gomez, J. Schmidhuber, "Connectionist Temporal Classification", ICML 2006.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from derivcheck.errors import ReadError, UnsupportedError
from derivcheck.ops.catalogue import Entry, Given, Operand, TorchCall
from derivcheck.ops.options import Option, Setting
from derivcheck.ops.phrasing import REDUCTION, defined

MOST_STATES = 2_000
"""A recursion of more states than this is not written out."""


def _write(given: Given) -> str:
    frames, classes = given.extent("logp", 0), given.extent("logp", 1)
    target, blank = given["target"], given["blank"]
    strange = next((c for c in (*target, blank) if c >= classes), None)
    if strange is not None:
        raise ReadError(f"there is no class {strange}: logp has {classes} classes, counted from 0")
    if blank in target:
        raise ReadError(f"the target holds the blank, class {blank}", None, "give the blank another number")
    needed = len(target) + sum(a == b for a, b in pairwise(target))
    if frames < max(needed, 1):
        raise ReadError(f"no alignment exists: the target needs {needed} frames, logp has {frames}")
    labels = [blank, *(c for label in target for c in (label, blank))]
    if frames * len(labels) > MOST_STATES:
        raise UnsupportedError(f"{frames} frames and {len(target)} labels are too many: at most {MOST_STATES:,} states")
    states = _states(labels, frames)
    total = f"-log({' + '.join(_name(frames - 1, s) for s in reversed(states[-1]))})"
    over = f"/{len(target)}" if given["reduction"] == "mean" and len(target) > 1 else ""
    return defined("p = exp(logp)", *_recursion(labels, states), total + over)


def _states(labels: Sequence[int], frames: int) -> list[list[int]]:
    """For every frame the states on an alignment: reached from the start, and with a way to the end."""
    count = len(labels)
    ahead = [{0, 1} & set(range(count))]
    for _ in range(frames - 1):
        ahead.append({s for s in range(count) if ahead[-1] & set(_sources(labels, s))})
    kept = [ahead[-1] & {count - 1, count - 2}]
    for reached in reversed(ahead[:-1]):
        kept.append(reached & {r for s in kept[-1] for r in _sources(labels, s)})
    return [sorted(states) for states in reversed(kept)]


def _sources(labels: Sequence[int], s: int) -> tuple[int, ...]:
    """The states of the frame before from which state ``s`` is reached; a blank lies between equal labels."""
    skips = s >= 2 and labels[s] != labels[s - 2]
    return (s, s - 1, s - 2) if skips else (s, s - 1) if s else (s,)


def _recursion(labels: Sequence[int], states: Sequence[Sequence[int]]) -> list[str]:
    lines = [f"{_name(0, s)} = p[0, {labels[s]}]" for s in states[0]]
    for t in range(1, len(states)):
        for s in states[t]:
            before = [_name(t - 1, r) for r in _sources(labels, s) if r in states[t - 1]]
            lines.append(f"{_name(t, s)} = p[{t}, {labels[s]}]*({' + '.join(before)})")
    return lines


def _name(t: int, s: int) -> str:
    return f"alpha_{t}_{s}"


CTC = Entry(
    name="ctc_loss",
    aliases=("ctc",),
    operands=(Operand("logp", ("T", "k")),),
    options=(
        REDUCTION,
        Option("target", Setting.CLASSES, required=True),
        Option("blank", Setting.COUNT, 0, least=Fraction(0)),
    ),
    write=_write,
    torch=TorchCall(
        "ctc_loss",
        {"log_probs": "logp", "targets": "target", "blank": "blank", "reduction": "reduction"},
        classes=("CTCLoss",),
    ),
    summary="minus the log probability of all alignments with a target",
    shown_sizes={"T": 3, "k": 3},
    shown_options={"target": (1, 2)},
    note="One short sequence at a time. torch's backward pass takes logp for the output of log_softmax: its derivative "
    "by logp adds exp(logp), which vanishes behind log_softmax.",
)
