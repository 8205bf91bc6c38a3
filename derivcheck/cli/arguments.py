"""Telling expressions from options: an expression may begin with a minus."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

_LONG = re.compile(r"--[a-z][a-z-]*")


def with_expressions_last(arguments: Sequence[str], command: click.Command) -> list[str]:
    """The arguments with every option first, then ``--``, then the expressions.

    What begins with a minus and is no option of the command is an expression, as ``-log(p)``; what looks like a long
    option stays one, so that a misspelt option is reported as such.
    """
    takes_value = {name: not p.is_flag for p in command.params if isinstance(p, click.Option) for name in p.opts}
    takes_value["--help"] = False
    options: list[str] = []
    expressions: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        name = argument.split("=", 1)[0]
        if argument == "--":
            expressions += rest
            break
        if argument in takes_value:
            options.append(argument)
            if takes_value[argument] and not rest:
                raise click.BadOptionUsage(argument, f"option '{argument}' needs a value")
            if takes_value[argument]:
                options.append(rest.pop(0))
        elif (name in takes_value and name.startswith("--")) or (argument.startswith("--") and _LONG.fullmatch(name)):
            options.append(argument)
        else:
            expressions.append(argument)
    return [*options, "--", *expressions] if expressions else options
