"""Array operations: sums over axes, products of matrices, norms, softmax and its kin.

A row says how the operation is written and builds it from tensors, which the graph supplies: everything becomes maps,
reductions, accesses and composite rows, so that nothing further has to be known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from derivcheck.ops.row import PRECEDENCE, Layout, Notation

Tensor = Any
Axis = int | tuple[int, ...] | None


class Setting(Enum):
    """What a static parameter of an array operation is."""

    AXIS = auto()  # a position of an axis, several, or None for all
    OVER = auto()  # names of indices, bound by the operation
    NUMBER = auto()  # a rational number
    COUNT = auto()  # a natural number
    FLAG = auto()  # True or False


@dataclass(frozen=True, slots=True)
class ArrayParameter:
    """A static parameter: its name, what it is, and its default; a parameter without one must be given."""

    name: str
    setting: Setting
    default: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayOp:
    """One array operation.

    Attributes:
        name: the identifier, unique among array operations.
        arity: how many operands.
        params: static parameters, in order.
        build: ``build(*operands, *params)`` over tensors; the builder alone where there are no operands.
        notation: how it is written; FUNCTION, INFIX, FENCE (a norm's double bars) or POSTFIX (a transpose).
        summary: what it is, in a line.
        composite: the row of ``composites`` that it builds, where it is no more than that.
        element: how one element of it is written for people: δ of the identity matrix; Unicode, then LaTeX.
    """

    name: str
    arity: int = 1
    params: tuple[ArrayParameter, ...] = ()
    build: Callable[..., Tensor]
    notation: Notation
    summary: str = ""
    composite: str = ""
    element: tuple[str, str] | None = None


_AXES = (ArrayParameter("axis", Setting.AXIS), ArrayParameter("over", Setting.OVER, ()))
_KEEP = ArrayParameter("keepdims", Setting.FLAG, False)
_ALL = (*_AXES, _KEEP)
_LAST = (ArrayParameter("axis", Setting.AXIS, -1),)
_HALF = Fraction(1, 2)


def _reduction(name: str, own: str, summary: str, *aliases: str, latex: str = "") -> ArrayOp:
    return ArrayOp(
        name=name,
        params=_ALL,
        build=lambda x, axis, over, keepdims: x.reduced(name, axis, over, keep=keepdims),
        notation=Notation(own, latex=latex, aliases=aliases),
        summary=summary,
    )


def _along(name: str, summary: str) -> ArrayOp:
    return ArrayOp(
        name=name,
        params=_LAST,
        build=lambda x, axis: x.composite(name, axis),
        composite=name,
        notation=Notation(name),
        summary=summary,
    )


def _deviations(x: Tensor, axis: Axis, over: tuple[str, ...]) -> Tensor:
    return x - x.reduced("mean", axis, over, keep=True)


def _variance(x: Tensor, axis: Axis, over: tuple[str, ...], ddof: Fraction, keepdims: bool) -> Tensor:
    squares = _deviations(x, axis, over) ** 2
    if not ddof:
        return squares.reduced("mean", axis, over, keep=keepdims)
    return squares.reduced("sum", axis, over, keep=keepdims) / (x.count(axis, over) - ddof)


def _norm(x: Tensor, p: Fraction, axis: Axis, over: tuple[str, ...], keepdims: bool) -> Tensor:
    if p == 1:
        return x.apply("abs").reduced("sum", axis, over, keep=keepdims)
    if p == 2:
        return (x**2).reduced("sum", axis, over, keep=keepdims).apply("sqrt")
    return (x.apply("abs") ** p).reduced("sum", axis, over, keep=keepdims) ** (1 / p)


def _layer_norm(x: Tensor, eps: Fraction, axis: Axis) -> Tensor:
    return x.composite("standardize", axis, (eps,))


_DDOF = (*_AXES, ArrayParameter("ddof", Setting.NUMBER, Fraction(0)), _KEEP)

ARRAY_ROWS: Mapping[str, ArrayOp] = MappingProxyType(
    {
        row.name: row
        for row in (
            _reduction("sum", "sum", "the sum over axes, or over named indices", latex=r"\sum"),
            _reduction("mean", "mean", "the mean over axes, or over named indices", "average", "avg"),
            _reduction("product", "prod", "the product over axes, or over named indices", "product", latex=r"\prod"),
            _reduction("max", "max", "the greatest element", "amax", latex=r"\max"),
            _reduction("min", "min", "the least element", "amin", latex=r"\min"),
            ArrayOp(
                name="var",
                params=_DDOF,
                build=_variance,
                notation=Notation("var"),
                summary="the variance, divided by n - ddof; ddof = 0 unless given",
            ),
            ArrayOp(
                name="std",
                params=_DDOF,
                build=lambda x, axis, over, ddof, keepdims: _variance(x, axis, over, ddof, keepdims).apply("sqrt"),
                notation=Notation("std"),
                summary="the standard deviation, the root of var",
            ),
            ArrayOp(
                name="norm",
                params=(ArrayParameter("p", Setting.NUMBER, Fraction(2)), *_ALL),
                build=_norm,
                notation=Notation("norm", "‖", r"\lVert", layout=Layout.FENCE),
                summary="the p-norm (Σ|v|^p)^(1/p); Euclidean unless told otherwise",
            ),
            ArrayOp(
                name="matmul",
                arity=2,
                build=lambda a, b: a @ b,
                notation=Notation("@", layout=Layout.INFIX, precedence=PRECEDENCE["product"]),
                summary="the matrix product",
            ),
            ArrayOp(
                name="hadamard",
                arity=2,
                build=lambda a, b: a * b,
                notation=Notation("*", "⊙", r"\odot", layout=Layout.INFIX, precedence=PRECEDENCE["product"]),
                summary="the elementwise product",
            ),
            ArrayOp(
                name="transpose",
                build=lambda x: x.T,
                notation=Notation(".T", "ᵀ", r"^{\top}", layout=Layout.POSTFIX),
                summary="the axes in reverse order",
            ),
            ArrayOp(
                name="dot",
                arity=2,
                build=lambda a, b: a.dot(b),
                notation=Notation("dot"),
                summary="the sum of the products of two vectors",
            ),
            ArrayOp(
                name="outer",
                arity=2,
                build=lambda a, b: a.outer(b),
                notation=Notation("outer"),
                summary="the matrix of all products of two vectors",
            ),
            ArrayOp(
                name="trace",
                build=lambda x: x.trace(),
                notation=Notation("trace", latex=r"\operatorname{tr}", aliases=("tr",)),
                summary="the sum of the diagonal",
            ),
            ArrayOp(
                name="diag",
                build=lambda x: x.diag(),
                notation=Notation("diag"),
                summary="the diagonal of a matrix, or the matrix with a vector on its diagonal",
            ),
            _along("softmax", "exp(z) / Σ exp(z) along an axis, the last unless told otherwise"),
            _along("log_softmax", "log softmax(z) along an axis, the last unless told otherwise"),
            _along("logsumexp", "log Σ exp(z) along an axis, the last unless told otherwise"),
            ArrayOp(
                name="standardize",
                params=(ArrayParameter("eps", Setting.NUMBER, Fraction(0)), *_LAST),
                build=_layer_norm,
                composite="standardize",
                notation=Notation("standardize"),
                summary="(x - mean(x)) / √(var(x) + eps) along an axis, the last unless told otherwise",
            ),
            ArrayOp(
                name="layer_norm",
                params=(ArrayParameter("eps", Setting.NUMBER, Fraction(1, 100_000)), *_LAST),
                build=_layer_norm,
                composite="standardize",
                notation=Notation("layer_norm"),
                summary="(x - mean(x)) / √(var(x) + eps) along the last axis, eps = 1e-5 as in PyTorch",
            ),
            ArrayOp(
                name="onehot",
                arity=2,
                build=lambda c, like: c.onehot(like),
                notation=Notation("onehot", aliases=("one_hot",)),
                summary="onehot(c, z): class numbers c as rows of 0 and 1, as wide as the last axis of z",
            ),
            ArrayOp(
                name="positions",
                params=_LAST,
                build=lambda x, axis: x.positions(axis),
                notation=Notation("positions"),
                summary="0, 1, 2, … along an axis of x",
            ),
            ArrayOp(
                name="unsqueeze",
                params=(ArrayParameter("axis", Setting.AXIS, -1),),
                build=lambda x, axis: x.unsqueezed(axis),
                notation=Notation("unsqueeze"),
                summary="a further axis of size 1, as in PyTorch",
            ),
            ArrayOp(
                name="size",
                params=(ArrayParameter("axis", Setting.AXIS),),
                build=lambda x, axis: x.count(axis, ()),
                notation=Notation("size"),
                summary="how many elements there are along an axis, or in all",
            ),
            ArrayOp(
                name="eye",
                arity=0,
                params=(ArrayParameter("n", Setting.COUNT, required=True),),
                build=lambda algebra, n: algebra.eye(n),
                notation=Notation("eye"),
                summary="the identity matrix of n rows",
                element=("δ", r"\delta"),
            ),
            ArrayOp(
                name="ones",
                arity=0,
                params=(ArrayParameter("n", Setting.COUNT, required=True),),
                build=lambda algebra, n: algebra.full(1, n),
                notation=Notation("ones"),
                summary="a vector of n ones",
            ),
            ArrayOp(
                name="zeros",
                arity=0,
                params=(ArrayParameter("n", Setting.COUNT, required=True),),
                build=lambda algebra, n: algebra.full(0, n),
                notation=Notation("zeros"),
                summary="a vector of n zeros",
            ),
        )
    }
)
"""All array operations by name."""


def row_of_composite(composite: str, params: tuple[Any, ...]) -> ArrayOp:
    """The array operation by which a composite step is written: the one with the fewest parameters to be given."""
    rows = [row for row in ARRAY_ROWS.values() if row.composite == composite]

    def given(row: ArrayOp) -> int:
        own = (p for p in row.params if p.setting is not Setting.AXIS)
        return sum(p.default != value for p, value in zip(own, params, strict=True))

    return min(reversed(rows), key=given)
