"""Rows of the conditions: comparisons and their combinations. They are read by ``where`` and never differentiated."""

from __future__ import annotations

from derivcheck.ops.row import PRECEDENCE, Layout, Notation, Op, Role, Torch, apply
from derivcheck.ops.terms import infix

ROWS = (
    Op(
        name="lt",
        arity=2,
        kernel="lt",
        role=Role.CONDITION,
        notation=infix("<", "comparison"),
        torch=Torch("lt"),
        summary="a < b",
    ),
    Op(
        name="le",
        arity=2,
        kernel="le",
        role=Role.CONDITION,
        notation=infix("<=", "comparison", "≤", r"\le"),
        torch=Torch("le"),
        summary="a ≤ b",
    ),
    Op(
        name="gt",
        arity=2,
        body=lambda a, b: apply("lt", b, a),
        role=Role.CONDITION,
        notation=infix(">", "comparison"),
        torch=Torch("gt"),
        summary="a > b",
    ),
    Op(
        name="ge",
        arity=2,
        body=lambda a, b: apply("le", b, a),
        role=Role.CONDITION,
        notation=infix(">=", "comparison", "≥", r"\ge"),
        torch=Torch("ge"),
        summary="a ≥ b",
    ),
    Op(
        name="eq",
        arity=2,
        kernel="eq",
        role=Role.CONDITION,
        notation=infix("==", "comparison", latex="="),
        torch=Torch("eq"),
        summary="a = b",
    ),
    Op(
        name="ne",
        arity=2,
        body=lambda a, b: apply("not", apply("eq", a, b)),
        role=Role.CONDITION,
        notation=infix("!=", "comparison", "≠", r"\ne"),
        torch=Torch("ne"),
        summary="a ≠ b",
    ),
    Op(
        name="and",
        arity=2,
        kernel="logical_and",
        role=Role.CONDITION,
        notation=infix("and", "and", latex=r"\land"),
        torch=Torch("logical_and"),
        summary="both conditions hold",
    ),
    Op(
        name="or",
        arity=2,
        kernel="logical_or",
        role=Role.CONDITION,
        notation=infix("or", "or", latex=r"\lor"),
        torch=Torch("logical_or"),
        summary="at least one condition holds",
    ),
    Op(
        name="not",
        kernel="logical_not",
        role=Role.CONDITION,
        notation=Notation("not", "not", r"\lnot", Layout.PREFIX, PRECEDENCE["not"]),
        torch=Torch("logical_not"),
        summary="the condition does not hold",
    ),
    Op(
        name="true",
        arity=0,
        body=lambda: apply("le", 0, 0),
        role=Role.CONDITION,
        notation=Notation("true", latex=r"\text{true}", layout=Layout.NAME),
        summary="always holds",
    ),
)
