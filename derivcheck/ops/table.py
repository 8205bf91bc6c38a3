"""The table: one row per operation, and nothing about an operation anywhere else.

Sources: for derivatives, NIST Digital Library of Mathematical Functions (https://dlmf.nist.gov), chapters 4, 5 and 7;
for activations, the formulas of the PyTorch documentation of ``torch.nn``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivcheck.ops.row import PRECEDENCE, Layout, Notation, Op, Parameter, Role, Switch, Term, Torch, apply


def _where(condition: Term, a: Term | int, b: Term | int) -> Term:
    return apply("where", condition, a, b)


def _infix(own: str, level: str, unicode: str = "", latex: str = "") -> Notation:
    return Notation(own, unicode, latex or own, Layout.INFIX, PRECEDENCE[level])


_ARITHMETIC = (
    Op(
        name="add",
        arity=2,
        kernel="add",
        local=(lambda a, b, out: 1, lambda a, b, out: 1),
        role=Role.SUM,
        notation=_infix("+", "sum"),
        rule="sum",
        torch=Torch("add"),
    ),
    Op(
        name="sub",
        arity=2,
        kernel="sub",
        local=(lambda a, b, out: 1, lambda a, b, out: -1),
        role=Role.SUM,
        notation=_infix("-", "sum"),
        rule="sum",
        torch=Torch("sub"),
    ),
    Op(
        name="mul",
        arity=2,
        kernel="mul",
        local=(lambda a, b, out: b, lambda a, b, out: a),
        role=Role.PRODUCT,
        notation=_infix("*", "product", "·", r"\cdot"),
        rule="product",
        torch=Torch("mul"),
    ),
    Op(
        name="div",
        arity=2,
        kernel="div",
        local=(lambda a, b, out: 1 / b, lambda a, b, out: -out / b),
        domain=(lambda a, b: apply("ne", b, 0),),
        role=Role.PRODUCT,
        notation=Notation("/", "/", "/", Layout.FRACTION, PRECEDENCE["product"]),
        rule="quotient",
        torch=Torch("div"),
    ),
    Op(
        name="neg",
        kernel="neg",
        local=(lambda a, out: -1,),
        role=Role.SUM,
        monotone=-1,
        notation=Notation("-", "-", "-", Layout.PREFIX, PRECEDENCE["prefix"]),
        rule="sum",
        torch=Torch("neg"),
    ),
    Op(
        name="power",
        kernel="power",
        params=(Parameter("exponent"),),
        local=(lambda a, out, p: p if p == 1 else p * a ** (p - 1),),
        role=Role.POWER,
        notation=Notation("^", "^", "^", Layout.POWER, PRECEDENCE["power"]),
        rule="power",
    ),
    Op(
        name="exp",
        kernel="exp",
        local=(lambda a, out: out,),
        monotone=1,
        notation=Notation("exp", latex=r"\exp"),
        rule="exponential",
        torch=Torch("exp"),
    ),
    Op(
        name="log",
        kernel="log",
        local=(lambda a, out: 1 / a,),
        domain=(lambda a: a > 0,),
        monotone=1,
        notation=Notation("log", latex=r"\log", aliases=("ln",)),
        rule="logarithm",
        torch=Torch("log"),
    ),
    Op(
        name="tanh",
        body=lambda a: 1 - 2 / (apply("exp", 2 * a) + 1),
        local=(lambda a, out: 1 - out**2,),
        monotone=1,
        notation=Notation("tanh", latex=r"\tanh"),
        rule="tanh",
        torch=Torch("tanh"),
    ),
    Op(
        name="abs",
        kernel="abs",
        local=(lambda a, out: _where(a > 0, 1, -1),),
        switches=(Switch(lambda a: a),),
        notation=Notation("abs", "|", "|", Layout.FENCE),
        rule="absolute",
        torch=Torch("abs"),
    ),
    Op(
        name="relu",
        body=lambda a: _where(a > 0, a, 0),
        local=(lambda a, out: _where(a > 0, 1, 0),),
        switches=(Switch(lambda a: a),),
        monotone=1,
        notation=Notation("relu", "relu"),
        rule="relu",
        torch=Torch("nn.functional.relu"),
    ),
    Op(
        name="where",
        arity=3,
        kernel="select",
        local=(None, lambda p, a, b, out: _where(p, 1, 0), lambda p, a, b, out: _where(p, 0, 1)),
        role=Role.SELECT,
        notation=Notation("where", latex=r"\operatorname{where}"),
        rule="selection",
        torch=Torch("where"),
    ),
    Op(name="lt", arity=2, kernel="lt", role=Role.CONDITION, notation=_infix("<", "comparison"), torch=Torch("lt")),
    Op(
        name="gt",
        arity=2,
        body=lambda a, b: apply("lt", b, a),
        role=Role.CONDITION,
        notation=_infix(">", "comparison"),
        torch=Torch("gt"),
    ),
)

TABLE: Mapping[str, Op] = MappingProxyType({row.name: row for row in _ARITHMETIC})
"""All rows by name."""

SPELLINGS: Mapping[str, Op] = MappingProxyType(
    {
        spelling: row
        for row in TABLE.values()
        if row.notation.layout not in (Layout.INFIX, Layout.PREFIX, Layout.FRACTION, Layout.POWER)
        for spelling in (row.name, row.notation.own, *row.notation.aliases)
    }
)
"""Rows by every name under which a person may write them."""
