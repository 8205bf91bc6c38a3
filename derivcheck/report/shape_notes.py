"""The shapes of a formula's factors, written beside it: ``(d) = (d × n)(n)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derivcheck.language.expr import Expr, Node, NodeKind

Shape = tuple[str, ...]

_PRODUCT, _ELEMENTWISE, _TRANSPOSE, _OUTER = "matmul", "hadamard", "transpose", "outer"
_REDUCING = ("sum", "mean", "product", "max", "min", "norm")
_SCALAR = ("dot", "trace", "size")
_KEEPING = ("softmax", "log_softmax", "standardize", "layer_norm")


def shape_note(expr: Expr, shapes: Mapping[str, Shape]) -> str:
    """The shape of a formula's value and those of its factors, where it is a product of matrices; empty if unknown.

    Args:
        expr: a formula of whole arrays.
        shapes: the sizes of every name that is an array.
    """
    found = [_UNKNOWN] * len(expr.nodes)
    for k, node in enumerate(expr.nodes):
        found[k] = _shape(node, [found[c] for c in node.children], shapes)
    whole = found[-1]
    if not whole or whole is _UNKNOWN:
        return ""
    factors = _factors(expr, found)
    product = "".join(written(found[f]) for f in factors) if len(factors) > 1 else ""
    return f"{written(whole)} = {product}" if product else written(whole)


_UNKNOWN: Shape = ("?",)


def written(shape: Shape) -> str:
    """``(d × n)``."""
    return f"({' × '.join(shape)})"


def _shape(node: Node, inner: Sequence[Shape], shapes: Mapping[str, Shape]) -> Shape:
    if node.kind is NodeKind.NAME:
        return shapes.get(node.text, ())
    if node.kind is NodeKind.NUMBER:
        return ()
    if _UNKNOWN in inner or node.kind not in (NodeKind.CALL, NodeKind.ARRAY_CALL):
        return _UNKNOWN
    if _is_product(node, inner):
        return (*inner[0][:-1], *inner[1][1:])
    if node.kind is NodeKind.CALL or node.text == _ELEMENTWISE:
        return max(inner, key=len, default=())
    if node.text == _TRANSPOSE:
        return inner[0][::-1]
    if node.text == _OUTER:
        return (*inner[0], *inner[1])
    if node.text in _SCALAR or (node.text in _REDUCING and not any(node.params[-2:])):
        return () if node.params[-2:-1] in ((), (None,)) else _UNKNOWN
    return inner[0] if node.text in _KEEPING else _UNKNOWN


def _is_product(node: Node, inner: Sequence[Shape]) -> bool:
    """Whether a node is the product of two arrays as matrices."""
    return len(inner) == 2 and all(inner) and (node.text == _PRODUCT or node.implied)


def _factors(expr: Expr, found: Sequence[Shape]) -> list[int]:
    """The factors of the product of matrices that a formula is, up to numbers before it."""
    at = len(expr.nodes) - 1
    while True:
        node = expr.nodes[at]
        arrays = [c for c in node.children if found[c]]
        if _is_product(node, [found[c] for c in node.children]):
            break
        if node.kind is not NodeKind.CALL or len(arrays) != 1:
            return []
        at = arrays[0]
    factors: list[int] = []
    waiting = [at]
    while waiting:
        k = waiting.pop()
        node = expr.nodes[k]
        if _is_product(node, [found[c] for c in node.children]):
            waiting.extend(reversed(node.children))
        else:
            factors.append(k)
    return factors
