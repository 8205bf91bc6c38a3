"""A function with its arguments becomes a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from derivcheck.errors import ReadError
from derivcheck.language.array_calls import build_array_call, build_entry, chosen
from derivcheck.language.array_words import Overload
from derivcheck.language.expr import NodeKind
from derivcheck.language.frames import Static
from derivcheck.language.partials import MAX_ORDER
from derivcheck.language.scope import Function, Own
from derivcheck.language.tree import Tree
from derivcheck.ops.array_rows import ArrayOp
from derivcheck.ops.catalogue import Entry
from derivcheck.ops.row import Op, Parameter
from derivcheck.source import Span

Keywords = Mapping[str, tuple[int | Static, Span]]


def build_call(
    tree: Tree,
    function: Function,
    arguments: Sequence[int],
    keywords: Keywords,
    span: Span,
    *,
    over: tuple[str, ...] = (),
) -> int:
    """The node of a call.

    Args:
        tree: where the arguments stand and the node goes.
        function: what is called.
        arguments: positions of the arguments, in order.
        keywords: static parameters given as ``name=value``, with the span of the name.
        span: the whole call.
        over: indices that stand with the function's name, ``sum_i(…)``.

    Raises:
        ReadError: the number of arguments or a static parameter does not fit.
    """
    if isinstance(function, Overload):
        function = chosen(tree, function, arguments, keywords)
    if isinstance(function, ArrayOp):
        return build_array_call(tree, function, arguments, keywords, span, over=over)
    if isinstance(function, Entry):
        return build_entry(tree, function, arguments, keywords, span)
    if isinstance(function, Op):
        return _build_row(tree, function, arguments, keywords, span)
    if function is None:
        return _build_partial(tree, arguments, span)
    if len(arguments) != function.arity:
        raise ReadError(
            _count(function.name, len(arguments), str(function.arity), function.arity), span, _usage(function)
        )
    return tree.apply(function.name, tuple(arguments), span)


def _build_row(tree: Tree, row: Op, arguments: Sequence[int], keywords: Keywords, span: Span) -> int:
    operands = len(arguments) if row.arity is None else row.arity
    most = None if row.arity is None else row.arity + len(row.params)
    if len(arguments) < (row.least if row.arity is None else row.arity) or (most is not None and len(arguments) > most):
        raise ReadError(_wrong_count(row, len(arguments)), span, f"write {usage(row)}")
    given: dict[str, int | Static] = dict(zip((p.name for p in row.params), arguments[operands:], strict=False))
    for name, (position, where) in keywords.items():
        if name in given:
            raise ReadError(f"the parameter '{name}' is given twice", where, f"write {usage(row)}")
        given[name] = position
    params = tuple(_param(tree, row, p, given.get(p.name), span) for p in row.params)
    return tree.call(row, tuple(arguments[:operands]), span, params)


def _param(tree: Tree, row: Op, parameter: Parameter, position: int | Static | None, span: Span) -> Fraction:
    name, default = parameter.name, parameter.default
    if position is None:
        if default is None:
            raise ReadError(f"{row.notation.own} needs its parameter '{name}'", span, f"write {usage(row)}")
        return default
    value = None if isinstance(position, Static) else tree.exact[position]
    if value is None:
        where = (position.span if isinstance(position, Static) else tree.nodes[position].span) or span
        text = f"the parameter '{name}' of {row.notation.own} is not a rational number"
        raise ReadError(text, where, "it is fixed when the formula is written: write 2, 0.1 or 1/3")
    return value


def _build_partial(tree: Tree, arguments: Sequence[int], span: Span) -> int:
    hint = "write diff(L, w), or diff(L, w, b) for ∂²L/∂w∂b"
    if len(arguments) < 2:
        raise ReadError("diff takes a function and at least one variable", span, hint)
    variables: list[int] = []
    for position in arguments[1:]:
        node = tree.nodes[position]
        if node.kind is NodeKind.NAME:
            variables.append(position)
        elif node.kind is NodeKind.NUMBER and node.value in range(1, MAX_ORDER + 1) and variables:
            variables += [variables[-1]] * (int(node.value or 1) - 1)
        else:
            raise ReadError("a derivative is taken with respect to names", node.span or span, hint)
    if len(variables) > MAX_ORDER:
        raise ReadError(f"a derivative of order {len(variables)} is too high", span, f"at most {MAX_ORDER} are read")
    return tree.partial((arguments[0], *variables), span)


def _wrong_count(row: Op, given: int) -> str:
    name = row.notation.own
    if row.arity is None:
        return _count(name, given, f"at least {row.least}", row.least)
    most = row.arity + len(row.params)
    if most == row.arity:
        return _count(name, given, str(row.arity), row.arity)
    return _count(name, given, f"{row.arity} to {most}", most)


def _count(name: str, given: int, wanted: str, last: int) -> str:
    return f"{name} takes {wanted} argument{'' if last == 1 else 's'}, not {given}"


def usage(row: Op) -> str:
    """How a call of a row is written: ``leaky_relu(a, negative_slope=1/100)``."""
    names = ["a, b, …"] if row.arity is None else list("abcdefgh"[: row.arity])
    params = [p.name if p.default is None else f"{p.name}={p.default}" for p in row.params]
    return f"{row.notation.own}({', '.join((*names, *params))})"


def _usage(function: Own) -> str:
    return f"write {function.name}({', '.join('abcdefgh'[: function.arity])})"
