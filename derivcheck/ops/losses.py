"""The catalogue: every loss of ``torch.nn``, and its activations that are no row of a table, by name.

The entries stand in one module per family, this module joins them. A new entry is one new :class:`Entry` there.

Left out: ``AdaptiveLogSoftmaxWithLoss``, which is a layer with projections of its own for every cluster of classes,
not a function of its operands.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivcheck.ops import activation_forms, activations, class_losses, rectifiers, regression_losses, vector_losses
from derivcheck.ops.catalogue import Entry
from derivcheck.ops.ctc import CTC

_ENTRIES = (*regression_losses.ENTRIES, *class_losses.ENTRIES, *vector_losses.ENTRIES, CTC, *activation_forms.ENTRIES)

CATALOGUE: Mapping[str, Entry] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
"""All entries by name."""

CATALOGUE_SPELLINGS: Mapping[str, Entry] = MappingProxyType(
    {word: entry for entry in _ENTRIES for word in (entry.name, *entry.aliases)}
)
"""Entries by every name under which a person may write them."""

ACTIVATION_ROWS = (*activations.ROWS, *rectifiers.ROWS)
"""The activations that are rows of the table."""

_OWN_CALLS = {row.name: f"{row.name}(x)" for row in ACTIVATION_ROWS if all(p.default is not None for p in row.params)}


def as_call(name: str) -> str | None:
    """The call that the bare name of a loss or an activation stands for, None for another text.

    >>> as_call("huber"), as_call("relu"), as_call("w*x")
    ('huber_loss(yhat, y)', 'relu(x)', None)
    """
    word = name.strip()
    entry = CATALOGUE_SPELLINGS.get(word)
    return entry.call if entry is not None else _OWN_CALLS.get(word)
