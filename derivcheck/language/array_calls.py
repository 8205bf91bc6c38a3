"""A call of an array operation or of a function of the catalogue becomes a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from derivcheck.errors import ReadError
from derivcheck.language.array_words import Overload
from derivcheck.language.expr import NodeKind
from derivcheck.language.frames import Static
from derivcheck.language.scope import Function
from derivcheck.language.tree import Tree
from derivcheck.ops.array_rows import ArrayOp, ArrayParameter, Setting
from derivcheck.ops.catalogue import Entry
from derivcheck.ops.options import Option
from derivcheck.ops.row import Op
from derivcheck.source import Span

Keywords = Mapping[str, tuple[int | Static, Span]]

_ALIASES = {"dim": "axis", "keepdim": "keepdims", "ord": "p", "correction": "ddof"}
"""Parameters under the names that PyTorch and NumPy give them."""


def keyword_role(function: Function, word: str) -> str:
    """What ``word=`` gives in a call: an "operand", a "static" value, or, empty, nothing that it takes."""
    if isinstance(function, Op):
        return "static" if any(p.name == word for p in function.params) else ""
    if isinstance(function, ArrayOp):
        return "static" if any(p.name == _ALIASES.get(word, word) for p in function.params) else ""
    if isinstance(function, Overload):
        return keyword_role(function.row, word) or keyword_role(function.array, word)
    if isinstance(function, Entry):
        if any(o.name == word for o in function.operands):
            return "operand"
        return "static" if any(o.name == word for o in function.options) else ""
    return ""


def chosen(tree: Tree, function: Overload, arguments: Sequence[int], keywords: Keywords) -> Op | ArrayOp:
    """The operation that a word with two meanings has: along axes where the arguments are those of one array.

    It is the array operation with exactly its number of operands (``max(x)``), with a keyword that only the array
    operation takes (``max(x, axis=0)``), or with indices after the operands (``max(x[i], i)``); else elementwise.
    """
    row, array = function.row, function.array
    if any(not keyword_role(row, word) for word in keywords) or len(arguments) == array.arity:
        return array
    return array if _bound(tree, array, arguments) else row


def build_array_call(
    tree: Tree, row: ArrayOp, arguments: Sequence[int], keywords: Keywords, span: Span, *, over: tuple[str, ...]
) -> int:
    """The node of an array operation: operands, then indices to run over, then static parameters in order.

    Args:
        tree: where the arguments stand and the node goes.
        row: what is called.
        arguments: positions of the arguments, in order.
        keywords: static parameters given as ``name=value``, with the span of the name.
        span: the whole call.
        over: indices that stand with the name, ``sum_i(…)``.

    Raises:
        ReadError: the number of arguments or a static parameter does not fit.
    """
    hint = f"write {array_usage(row)}"
    bound = _bound(tree, row, arguments)
    given = list(arguments[row.arity : len(arguments) - len(bound)])
    places = [p for p in row.params if p.setting not in (Setting.OVER, Setting.FLAG)]
    if len(arguments) < row.arity or len(given) > len(places):
        raise ReadError(_wrong_count(row, len(arguments), len(places)), span, hint)
    values: dict[str, tuple[int | Static, Span]] = {
        p.name: (position, tree.nodes[position].span or span) for p, position in zip(places, given, strict=False)
    }
    for word, value in keywords.items():
        name = _ALIASES.get(word, word)
        if name in values:
            raise ReadError(f"the parameter '{name}' is given twice", value[1], hint)
        values[name] = value
    indices = (*over, *bound)
    params = []
    for p in row.params:
        if p.setting is Setting.OVER and indices:
            params.append(indices)
        elif p.name in values:
            params.append(_setting(tree, row, p, *values[p.name]))
        elif p.required:
            raise ReadError(f"{row.notation.own} needs its parameter '{p.name}'", span, hint)
        else:
            params.append(p.default)
    return tree.array_call(row, tuple(arguments[: row.arity]), span, tuple(params))


def _bound(tree: Tree, row: ArrayOp, arguments: Sequence[int]) -> tuple[str, ...]:
    """The trailing arguments that are names standing as subscripts in the first argument."""
    if row.arity != 1 or not any(p.setting is Setting.OVER for p in row.params):
        return ()
    found: list[str] = []
    for position in reversed(arguments[1:]):
        if tree.nodes[position].kind is not NodeKind.NAME:
            break
        found.append(tree.nodes[position].text)
    if not found:
        return ()
    inside = tree.subscripts(arguments[0])
    while found and found[-1] not in inside:
        found.pop()
    return tuple(reversed(found)) if all(f in inside for f in found) else ()


def _setting(tree: Tree, row: ArrayOp, parameter: ArrayParameter, value: int | Static, where: Span) -> Any:
    """The value of a static parameter as its setting has it."""
    wanted = {
        Setting.AXIS: "the number of an axis: axis=0, axis=-1, or None for all",
        Setting.OVER: "the name of an index: over=i",
        Setting.NUMBER: "a rational number, such as 2 or 1/3",
        Setting.COUNT: "a whole number, such as 3, or the name of a size",
        Setting.FLAG: "True or False",
    }[parameter.setting]
    static = _static(tree, value)
    fits = {
        Setting.AXIS: static is None or _whole(static) or (isinstance(static, tuple) and all(map(_whole, static))),
        Setting.OVER: isinstance(static, tuple) and all(isinstance(s, str) for s in static),
        Setting.NUMBER: isinstance(static, Fraction),
        Setting.COUNT: (_whole(static) and static > 0) or (isinstance(static, str) and static.isidentifier()),
        Setting.FLAG: isinstance(static, bool),
    }
    if parameter.setting is Setting.OVER and isinstance(static, str):
        return (static,)
    if not fits[parameter.setting]:
        text = f"the parameter '{parameter.name}' of {row.notation.own} does not fit"
        span = value.span if isinstance(value, Static) else tree.nodes[value].span
        raise ReadError(text, span or where, f"it is {wanted}")
    return int(static) if _whole(static) and parameter.setting is not Setting.NUMBER else static


def _whole(value: Any) -> bool:
    return (isinstance(value, Fraction) and value.denominator == 1) or type(value) is int


def _static(tree: Tree, value: int | Static) -> Any:
    """A static value: a rational number, the text of a name, or what was given; an object if it is none of these."""
    if isinstance(value, Static):
        return value.value
    node = tree.nodes[value]
    if node.kind is NodeKind.NAME:
        return None if node.text == "None" else node.text
    exact = tree.exact[value]
    return object() if exact is None else exact


def build_entry(tree: Tree, entry: Entry, arguments: Sequence[int], keywords: Keywords, span: Span) -> int:
    """The node of a function of the catalogue: an APPLY whose params are the given options, sorted by name.

    Operands stand first, in order or by keyword; then options. Where an optional operand is left out before one that
    is given, the pair ``("operands", names)`` says which there are.

    Raises:
        ReadError: an operand is missing, or there are too many arguments, or an option does not fit.
    """
    operands, options = entry.operands, {o.name: o for o in entry.options}
    hint = f"write {entry.usage}"
    names = [o.name for o in operands]
    if len(arguments) > len(names) + len(options):
        text = f"{entry.name} takes at most {len(names) + len(options)} arguments, not {len(arguments)}"
        raise ReadError(text, span, hint)
    values: dict[str, int | Static] = dict(zip((*names, *options), arguments, strict=False))
    for word, (value, where) in keywords.items():
        if word in values:
            raise ReadError(f"'{word}' is given twice", where, hint)
        values[word] = value
    missing = [o.name for o in operands if not o.optional and o.name not in values]
    if missing:
        raise ReadError(f"{entry.name} needs its argument '{missing[0]}'", span, hint)
    given = tuple(n for n in names if n in values)
    params = [(w, _option(tree, entry, options[w], values[w], span)) for w in options if w in values]
    if given != tuple(names[: len(given)]):
        params.append(("operands", given))
    positions = tuple(v for n in given if isinstance(v := values[n], int))
    if len(positions) < len(given):
        raise ReadError(f"an argument of {entry.name} is no number", span, hint)
    return tree.apply(entry.name, positions, span, tuple(sorted(params, key=lambda pair: pair[0])))


def _option(tree: Tree, entry: Entry, option: Option, value: int | Static, span: Span) -> Any:
    static = _static(tree, value)
    where = (value.span if isinstance(value, Static) else tree.nodes[value].span) or span
    if type(static) is object:
        text = f"the option '{option.name}' of {entry.name} is fixed when the formula is written"
        raise ReadError(text, where, 'give it a number or a word: delta=2, reduction="sum"')
    return option.read(static, where)


def _wrong_count(row: ArrayOp, given: int, places: int) -> str:
    most = row.arity + places
    wanted = str(most) if most == row.arity else f"{row.arity} to {most}"
    return f"{row.notation.own} takes {wanted} argument{'' if most == 1 else 's'}, not {given}"


def array_usage(row: ArrayOp) -> str:
    """How a call of an array operation is written: ``mean(a, axis=None)``."""
    own = row.notation.own if row.notation.own.isidentifier() else row.name
    places = [p for p in row.params if p.setting is not Setting.OVER]
    params = [p.name if p.required else f"{p.name}={p.default}" for p in places]
    return f"{own}({', '.join((*'abcdefgh'[: row.arity], *params))})"
