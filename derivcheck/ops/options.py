"""Options of the catalogue's entries: what they may be, and how their values are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from typing import Any

from derivcheck.errors import ReadError
from derivcheck.source import Span


class Setting(Enum):
    """What kind of value an option has."""

    NUMBER = auto()
    COUNT = auto()  # an integer
    FLAG = auto()
    CHOICE = auto()
    CLASSES = auto()  # class numbers in a row


@dataclass(frozen=True, slots=True)
class Option:
    """An option of an entry.

    Attributes:
        name: torch's name of it, or our own.
        setting: what kind of value it has.
        default: its value where it is not given.
        choices: the texts that may be given, for a CHOICE.
        least, most: bounds of a number, both allowed.
        above: whether ``least`` itself is excluded.
        required: whether it must be given.
        nothing: whether None may be given.
    """

    name: str
    setting: Setting
    default: Any = None
    choices: tuple[str, ...] = ()
    least: Fraction | None = None
    most: Fraction | None = None
    above: bool = False
    required: bool = False
    nothing: bool = False

    def read(self, value: Any, span: Span | None = None) -> Any:
        """A given value in its own type: ``Fraction``, ``int``, ``bool``, text, or a tuple of class numbers.

        Raises:
            ReadError: it is none that the option may have.
        """
        if value is None and self.nothing:
            return None
        read = _READERS[self.setting](value)
        if read is None or not self._fits(read):
            raise ReadError(f"the option '{self.name}' cannot be {shown(value)}", span, f"it is {self.range_text}")
        return read

    def _fits(self, value: Any) -> bool:
        if self.setting is Setting.CHOICE:
            return value in self.choices
        if self.setting not in (Setting.NUMBER, Setting.COUNT):
            return True
        low = self.least is None or value > self.least or (value == self.least and not self.above)
        return low and (self.most is None or value <= self.most)

    @property
    def range_text(self) -> str:
        """What the option may be, in mathematical signs and its own words: ``> 0``, ``mean, sum or none``."""
        if self.setting is Setting.CHOICE:
            return _either(self.choices)
        if self.setting is Setting.FLAG:
            return "true or false"
        if self.setting is Setting.CLASSES:
            return "a list of class numbers, such as [1, 2]"
        kind = "an integer" if self.setting is Setting.COUNT else "a number"
        bounds = [f"{'>' if self.above else '≥'} {shown(self.least)}"] if self.least is not None else []
        bounds += [f"≤ {shown(self.most)}"] if self.most is not None else []
        ranged = " ".join((kind, " and ".join(bounds))).strip()
        return f"{ranged}, or none" if self.nothing else ranged


def _either(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def _number(value: Any) -> Fraction | None:
    try:
        return None if isinstance(value, bool) else Fraction(value)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None


def _count(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number.denominator == 1 else None


def _flag(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return bool(value) if value in (0, 1) else None


def _classes(value: Any) -> tuple[int, ...] | None:
    if not isinstance(value, list | tuple):
        return None
    numbers = [_count(v) for v in value]
    known = tuple(n for n in numbers if n is not None and n >= 0)
    return known if len(known) == len(numbers) else None


_READERS: Mapping[Setting, Callable[[Any], Any]] = {
    Setting.NUMBER: _number,
    Setting.COUNT: _count,
    Setting.FLAG: _flag,
    Setting.CHOICE: lambda value: value if isinstance(value, str) else None,
    Setting.CLASSES: _classes,
}


def shown(value: Any) -> str:
    """A value of an option as it is typed: ``1/3``, ``0.001``, ``true``, ``mean``, ``[1, 2]``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return _decimal(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown, value))}]"
    return "none" if value is None else str(value)


def _decimal(value: Fraction) -> str:
    """A fraction as a decimal number where it is one, else as a quotient."""
    places = 0
    while places <= _MOST_PLACES and (value * 10**places).denominator != 1:
        places += 1
    if places > _MOST_PLACES or places == 0:
        return str(value)
    digits = f"{abs(int(value * 10**places)):0{places + 1}d}"
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


_MOST_PLACES = 15


def literal(value: Fraction | int) -> str:
    """A number as a factor or term of a text: brackets around a sign or a quotient."""
    text = shown(Fraction(value))
    return text if text.replace(".", "").isdigit() else f"({text})"
