"""Rows that choose between pieces: absolute value, sign, the greatest and the least, rounding, selection."""

from __future__ import annotations

from functools import reduce

from derivcheck.ops.row import Layout, Notation, Op, Role, Switch, Term, Torch, apply, number
from derivcheck.ops.terms import HALF, eq, function, greater, le, lesser, ne, where


def _attained(k: int, operands: tuple[Term, ...], beats: str, yields: str) -> Term:
    """1 where operand ``k`` is the greatest (or least), the first of equal ones, else 0.

    So one operand counts at every point, and the slopes of operands that are equal everywhere are not lost.
    """
    rivals = [apply(beats, operands[k], o) for o in operands[:k]]
    rivals += [apply(yields, o, operands[k]) for o in operands[k + 1 :]]
    return where(reduce(lambda p, q: p & q, rivals), 1, 0) if rivals else number(1)


def _tie(operands: tuple[Term, ...], best_of: str, rest_of: str) -> Term | int:
    """The difference between the best operand and the second best: it vanishes where the two change places."""
    if len(operands) == 1:
        return 1
    best, second = operands[0], operands[1]
    if len(operands) == 2:
        return best - second
    best, second = apply(best_of, best, second), apply(rest_of, best, second)
    for o in operands[2:]:
        best, second = apply(best_of, best, o), apply(best_of, second, apply(rest_of, best, o))
    return best - second


def _round_half_to_even(a: Term) -> Term:
    up = apply("floor", a + HALF)
    odd = ne(2 * apply("floor", up / 2), up)
    return where(eq(up - a, HALF), where(odd, up - 1, up), up)


_CHOICE = (
    Op(
        name="abs",
        kernel="abs",
        local=(lambda a, out: apply("sign", a),),
        switches=(Switch(lambda a: a),),
        notation=Notation("abs", "|", "|", Layout.FENCE, aliases=("Abs",)),
        rule="absolute_value",
        torch=Torch("abs"),
        summary="|a|",
    ),
    Op(
        name="max",
        arity=None,
        kernel="max",
        local=lambda k, operands, out: _attained(k, operands, "gt", "le"),
        switches=(Switch(lambda *operands: _tie(operands, "max", "min")),),
        notation=function("max", r"\max", aliases=("Max", "maximum")),
        rule="selection",
        torch=Torch("maximum", fold=True),
        summary="the greatest of the operands",
    ),
    Op(
        name="min",
        arity=None,
        kernel="min",
        local=lambda k, operands, out: _attained(k, operands, "lt", "ge"),
        switches=(Switch(lambda *operands: _tie(operands, "min", "max")),),
        notation=function("min", r"\min", aliases=("Min", "minimum")),
        rule="selection",
        torch=Torch("minimum", fold=True),
        summary="the least of the operands",
    ),
    Op(
        name="clamp",
        arity=3,
        body=lambda a, lo, hi: lesser(greater(a, lo), hi),
        local=(
            lambda a, lo, hi, out: where((a > lo) & (a < hi), 1, 0),
            lambda a, lo, hi, out: where((a <= lo) & (lo < hi), 1, 0),
            lambda a, lo, hi, out: where((a >= hi) | (lo >= hi), 1, 0),
        ),
        domain=(lambda a, lo, hi: le(lo, hi),),
        switches=(
            Switch(lambda a, lo, hi: a - lo),
            Switch(lambda a, lo, hi: a - hi),
            Switch(lambda a, lo, hi: hi - lo),
        ),
        notation=function("clamp", aliases=("clip",)),
        rule="selection",
        torch=Torch("clamp"),
        summary="a, held between a least and a greatest value",
    ),
    Op(
        name="where",
        arity=3,
        kernel="select",
        local=(None, lambda p, a, b, out: where(p, 1, 0), lambda p, a, b, out: where(p, 0, 1)),
        role=Role.SELECT,
        notation=function("where"),
        rule="selection",
        torch=Torch("where"),
        summary="a where the condition holds, else b",
    ),
)

_STEP = (
    Op(
        name="sign",
        body=lambda a: where(a > 0, 1, where(a < 0, -1, 0)),
        local=(lambda a, out: 0,),
        switches=(Switch(lambda a: a, jump=True),),
        monotone=1,
        notation=function("sign", r"\operatorname{sgn}", aliases=("sgn",)),
        rule="step",
        torch=Torch("sign"),
        summary="-1, 0 or 1, as a is negative, zero or positive",
    ),
    Op(
        name="heaviside",
        arity=2,
        body=lambda a, v: where(eq(a, 0), v, where(a > 0, 1, 0)),
        local=(lambda a, v, out: 0, lambda a, v, out: where(eq(a, 0), 1, 0)),
        switches=(Switch(lambda a, v: a, jump=True),),
        notation=function("heaviside", aliases=("Heaviside",)),
        rule="step",
        torch=Torch(body=lambda a, v: where(eq(a, 0), v, where(a > 0, 1, 0))),  # torch.heaviside has no backward
        summary="0 for a < 0, 1 for a > 0, and the second operand at 0",
    ),
    Op(
        name="floor",
        kernel="floor",
        local=(lambda a, out: 0,),
        switches=(Switch(lambda a: a, jump=True, integers=True),),
        monotone=1,
        notation=function("floor"),
        rule="step",
        torch=Torch("floor"),
        summary="the greatest integer not above a",
    ),
    Op(
        name="ceil",
        body=lambda a: -apply("floor", -a),
        local=(lambda a, out: 0,),
        switches=(Switch(lambda a: a, jump=True, integers=True),),
        monotone=1,
        notation=function("ceil", aliases=("ceiling",)),
        rule="step",
        torch=Torch("ceil"),
        summary="the least integer not below a",
    ),
    Op(
        name="round",
        body=_round_half_to_even,
        local=(lambda a, out: 0,),
        switches=(Switch(lambda a: a + HALF, jump=True, integers=True),),
        monotone=1,
        notation=function("round"),
        rule="step",
        torch=Torch("round"),
        summary="the nearest integer, the even one of two",
    ),
)

ROWS = (*_CHOICE, *_STEP)
