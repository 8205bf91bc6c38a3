"""The reasons that number systems and the study of existence give in words, as phrases of every language.

Why an operation has no real value is one of few sentences, each with a key here. Why a question stays open is often
a technical matter: what has no key keeps its words in English, and is summed up in other languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from derivcheck.report.blocks import Inline, Math, Phrase, Text
from derivcheck.report.formulas import name

_OUTSIDE: Mapping[str, str] = {
    "division by 0": "reason_division",
    "0 to a negative power": "reason_zero_power",
    "a negative number to a power that is not an integer": "reason_negative_power",
    "a number that is not positive to a power that is not an integer": "reason_negative_power",
    "a fractional power of a number that is not positive": "reason_negative_power",
    "the logarithm of 0": "reason_log_zero",
    "the logarithm of a negative number": "reason_log_negative",
    "the logarithm of a number that is not positive": "reason_log",
    "log1p of a number not above -1": "reason_log",
    "log Γ of a number that is not positive": "reason_loggamma",
    "a polygamma function of a number that is not positive": "reason_polygamma",
}
"""Why there is no real value."""

_OPEN: Mapping[str, str] = {
    "timeout": "out_of_time",
    "the time limit passed": "out_of_time",
    "whether a constant is 0 could not be told at any precision, nor proved by SymPy": "reason_zero_unknown",
    "a root, a pole or an oscillation is active, and nothing was proved of it": "reason_singular",
    "selections of different gradients meet there, and no line or curve was found that tells them apart": "reason_thin",
    "an oscillation hides the sign": "reason_oscillation",
    "too many inequalities": "reason_inequalities",
    "the function has no value there": "reason_no_value",
}
"""Why a question stays open."""

_NOT_REAL = re.compile(r"(.+) is not a real number")
_WHETHER_ZERO = re.compile(r"whether (.+) is 0")
_COMBINATIONS = re.compile(r"more than (\d+) combinations of active switches")
_OTHER_MISSING = re.compile(r"there is no derivative in (\w+)")
_OTHER_OPEN = re.compile(r"the derivative in (\w+) is undecided: (.*)", re.DOTALL)
_SIDES: Mapping[str, str] = {
    "on both sides": "side_both",
    "on the left side": "side_left",
    "on the right side": "side_right",
}


def domain_phrase(message: str) -> Inline | None:
    """Why an operation has no real value; None where the message is not one of the number systems'."""
    if message in _OUTSIDE:
        return Phrase(_OUTSIDE[message])
    found = _NOT_REAL.fullmatch(message)
    return Phrase("reason_not_real", {"value": Text(found[1])}) if found else None


def side_and_reason(message: str) -> tuple[str, str]:
    """The key of the side that a domain is left on, empty where it is the point itself; and the rest of the message."""
    where, _, rest = message.partition(": ")
    return (_SIDES[where], rest) if where in _SIDES else ("", message)


def open_phrase(message: str) -> Inline:
    """Why a question stays open."""
    if message in _OPEN:
        return Phrase(_OPEN[message])
    if found := _OTHER_OPEN.fullmatch(message):
        return Phrase("reason_other_open", {"name": Math(name(found[1])), "reason": open_phrase(found[2])})
    if found := _OTHER_MISSING.fullmatch(message):
        return Phrase("reason_other_missing", {"name": Math(name(found[1]))})
    if found := _COMBINATIONS.fullmatch(message):
        return Phrase("reason_combinations", {"count": Text(found[1])})
    if found := _WHETHER_ZERO.fullmatch(message):
        return Phrase("reason_whether_zero", {"value": Text(found[1])})
    return domain_phrase(message) or Phrase("reason_technical", {"english": Text(message)})
