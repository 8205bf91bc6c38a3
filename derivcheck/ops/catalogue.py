"""What the catalogue knows of a loss or an activation over arrays: the types of an entry.

An entry is written once, as text of our own language over the rows of the tables. Options choose among texts or stand
in them as numbers; shapes decide what only they can (class numbers or probabilities, the axis of the classes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum, auto
from typing import Any

from derivcheck.errors import ReadError, ShapeError
from derivcheck.ops.options import Option, literal, shown
from derivcheck.source import Span

Size = int | str
"""The size of an axis: a number, or a symbol where it has none."""

Shapes = Mapping[str, tuple[Size, ...]]
"""The shape of every operand that is given, by the operand's name."""


class Values(Enum):
    """What the elements of an operand are."""

    REAL = auto()  # real numbers, differentiated by
    TARGET = auto()  # real numbers that are given with the samples
    CLASSES = auto()  # class numbers 0, 1, …; never differentiated by
    LABELS = auto()  # lists of class numbers, filled up with -1
    SIGNS = auto()  # 1 or -1


@dataclass(frozen=True, slots=True)
class Operand:
    """An operand of an entry.

    Attributes:
        name: its name in the entry's text, and on the command line.
        shape: its usual shape in symbols; empty for what is taken element by element, in any shape.
        values: what its elements are.
        optional: whether it may be left out.
    """

    name: str
    shape: tuple[str, ...] = ()
    values: Values = Values.REAL
    optional: bool = False


@dataclass(frozen=True, slots=True)
class TorchCall:
    """The torch column: the functional name below ``torch.nn.functional``, and how its arguments are handed over.

    Attributes:
        function: the name; empty where torch has no function for it.
        arguments: operands and options by torch's name of the argument; what is absent is not handed over.
        fixed: arguments that have one value always.
        settings: options of the entry at which its text is torch's function to the last digit, where the defaults
            are not.
        classes: names of the classes of ``torch.nn`` that call it.
    """

    function: str
    arguments: Mapping[str, str]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What a text is written for: the options, all of them, and the shapes of the operands that are given."""

    options: Mapping[str, Any]
    shapes: Shapes

    def has(self, operand: str) -> bool:
        """Whether an optional operand is given."""
        return operand in self.shapes

    def axes(self, operand: str) -> int:
        """How many axes an operand has."""
        return len(self.shapes[operand])

    def extent(self, operand: str, axis: int) -> int:
        """The size of an axis of an operand, which must be known as a number.

        Raises:
            ShapeError: it is not.
        """
        shape = self.shapes[operand]
        if not -len(shape) <= axis < len(shape):
            raise ShapeError(f"{operand} has no axis {axis}")
        size = shape[axis]
        if isinstance(size, str):
            raise ShapeError(f"the size {size} of {operand} must be a number here", None, "give values, or numbers")
        return size

    def __getitem__(self, option: str) -> Any:
        return self.options[option]

    def number(self, option: str) -> str:
        """The text of a number among the options."""
        return literal(self.options[option])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One loss or activation of the catalogue.

    Attributes:
        name: torch's functional name.
        aliases: further names under which it is known.
        operands: its operands, the optional ones last.
        options: its options.
        write: the text, from the options and shapes; definitions and one expression, separated by ``;``.
        torch: the torch column.
        summary: what it is, in a line.
        note: where it differs from torch, in a sentence.
        shown_sizes, shown_options: the sizes and options at which it is shown, for a text that cannot be written for
            sizes without numbers.
        loss: whether it is a loss; else it is an activation.
    """

    name: str
    aliases: tuple[str, ...] = ()
    operands: tuple[Operand, ...]
    options: tuple[Option, ...] = ()
    write: Callable[[Given], str]
    torch: TorchCall
    summary: str
    note: str = ""
    shown_sizes: Mapping[str, int] = field(default_factory=dict)
    shown_options: Mapping[str, Any] = field(default_factory=dict)
    loss: bool = True

    @property
    def required(self) -> tuple[Operand, ...]:
        """The operands that must be given."""
        return tuple(o for o in self.operands if not o.optional)

    @property
    def usual_shapes(self) -> Shapes:
        """The shapes of the operands that must be given, in symbols."""
        return dict(_symbols(self))

    @property
    def shown_shapes(self) -> Shapes:
        """The usual shapes, with the numbers at which the entry is shown."""
        return {n: tuple(self.shown_sizes.get(s, s) for s in o) for n, o in _symbols(self).items()}

    @property
    def call(self) -> str:
        """The call of the entry with its own operand names, required options among them: ``huber_loss(yhat, y)``."""
        return f"{self.name}({', '.join(o.name for o in self.required)})"

    @property
    def usage(self) -> str:
        """How a call is written: ``huber_loss(yhat, y, weight=…, reduction=mean, delta=1)``."""
        optional = [f"{o.name}=…" for o in self.operands if o.optional]
        options = [f"{o.name}={'…' if o.required else shown(o.default)}" for o in self.options]
        return f"{self.name}({', '.join((*(o.name for o in self.required), *optional, *options))})"

    def settled(self, options: Mapping[str, Any], span: Span | None = None) -> Mapping[str, Any]:
        """All options: those given, read and checked, and the defaults of the others.

        Raises:
            ReadError: an option is unknown, cannot have its value, or is missing.
        """
        known = {o.name: o for o in self.options}
        for name in options:
            if name not in known:
                close = get_close_matches(name, (*known, *(o.name for o in self.operands)), 1)
                hint = f"did you mean '{close[0]}'?" if close else f"write {self.usage}"
                raise ReadError(f"{self.name} has no option '{name}'", span, hint)
        missing = next((o for o in self.options if o.required and o.name not in options), None)
        if missing is not None:
            raise ReadError(f"{self.name} needs its option '{missing.name}'", span, f"it is {missing.range_text}")
        return {n: o.read(options[n], span) if n in options else o.default for n, o in known.items()}

    def text(self, shapes: Shapes, options: Mapping[str, Any] | None = None, span: Span | None = None) -> str:
        """The entry written out in our own language, over the names of its operands.

        Args:
            shapes: the shape of every operand that is given, by its name.
            options: the options that are given.
            span: where the call stands, for errors.

        Raises:
            ReadError: an operand or an option is missing, unknown or cannot have its value.
            ShapeError: the shapes do not fit the entry.
        """
        names = {o.name for o in self.operands}
        missing = [o.name for o in self.required if o.name not in shapes]
        strange = [n for n in shapes if n not in names]
        if missing or strange:
            what = f"needs '{missing[0]}'" if missing else f"has no operand '{strange[0]}'"
            raise ReadError(f"{self.name} {what}", span, f"write {self.usage}")
        return self.write(Given(self.settled(options or {}, span), shapes))


def _symbols(entry: Entry) -> Mapping[str, tuple[str, ...]]:
    return {o.name: o.shape for o in entry.required}
