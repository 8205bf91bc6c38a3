"""Arrays, indices and array operations: how they are read and written, and what is said of mistakes.

The file is longer than most: two tables of texts, one strategy.
"""

from __future__ import annotations

import contextlib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.errors import DerivcheckError, PointError, ReadError
from derivcheck.language import printer
from derivcheck.language.builder import ExprBuilder, explicit, same
from derivcheck.language.expr import Expr, Node, NodeKind
from derivcheck.language.parser import parse
from derivcheck.language.point import constant_expr, read_point
from derivcheck.ops.array_rows import ARRAY_ROWS, Setting
from derivcheck.ops.row import Layout
from derivcheck.source import Source

NAMES = ("X", "w", "yhat", "A", "z", "x_1", "alpha", "lambda")
INDICES = ("i", "j", "k")


def read(text: str, *known: str) -> Expr:
    return parse(Source(text), known).expression


@pytest.mark.parametrize(
    ("text", "own", "unicode", "latex"),
    [
        ("X.T@(yhat - y)", "X.T@(yhat - y)", "Xᵀ(ŷ - y)", r"X^{\top} \left(\hat{y} - y\right)"),
        ("(2/n)*X.T@(X@w-y)", "(2/n)*X.T@(X@w - y)", "(2/n)·Xᵀ(X w - y)", None),
        ("Xᵀ(ŷ-y)", "X.T (yhat - y)", "Xᵀ(ŷ - y)", None),
        ("X^T y", "X.T y", "Xᵀy", None),
        (r"X^\top y", "X.T y", "Xᵀy", None),
        ("X^{T}y", "X.T y", "Xᵀy", None),
        ("x^T", "x^T", "x^T", None),
        ("A⊙B", "A*B", "A ⊙ B", r"A \odot B"),
        ("‖v‖ + ||v||_1", "norm(v) + norm(v, p=1)", "‖v‖ + ‖v‖₁", None),
        ("norm(v, 3)^2", "norm(v, p=3)^2", "‖v‖₃²", r"\left\lVert v \right\rVert_{3}^{2}"),
        ("||x|-1|", "abs(abs(x) - 1)", "||x| - 1|", None),
        ("Σᵢ x[i]·w[i] + b", "sum(x[i]*w[i], i) + b", "Σᵢ xᵢ·wᵢ + b", r"\sum_{i} x_{i} \cdot w_{i} + b"),
        ("-∑_i Σⱼ X[i,j]", "-sum(sum(X[i, j], j), i)", "-Σᵢ Σⱼ Xᵢⱼ", r"-\sum_{i} \sum_{j} X_{ij}"),
        ("sum_i(x[i]) + mean_ij(X[i,j])", "sum(x[i], i) + mean(X[i, j], i, j)", "Σᵢ xᵢ + mean(Xᵢⱼ, i, j)", None),
        ("sum(x_i, i)", "sum(x_i, over=(i,))", "Σᵢ xᵢ", None),
        ("mean(X, axis=0)", "mean(X, axis=0)", "mean(X, axis=0)", None),
        ("sum(X, 1) + sum(X, dim=-1)", "sum(X, axis=1) + sum(X, axis=-1)", None, None),
        ("mean(X, axis=None) + X.mean(axis=(0,1))", None, None, None),
        ("mean(X, axis=(0, 1))", "mean(X, axis=(0, 1))", None, None),
        ("var(x, ddof=1)", "var(x, ddof=1)", None, None),
        ("x.sum() + x.max(axis=0) + x.exp().sum()", "sum(x) + max(x, axis=0) + sum(exp(x))", None, None),
        ("max(x) + max(a, b) + max(x[i], i)", "max(x) + max(a, b) + max(x[i], i)", None, None),
        ("eye(3)", "eye(3)", "eye(3)", None),
        ("z[k] + X[:,1] + (A@B)[0,-1]", "z[k] + X[:, 1] + (A@B)[0, -1]", "zₖ + X[:, 1] + (A B)[0, -1]", None),
        ("[[1,2],\n[3,4]\n]", "[[1, 2], [3, 4]]", None, r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"),
        ("[x+1]*2 + [a,][0] + [[a]][0,0]", "(x + 1)*2 + [a,][0] + [[a]][0, 0]", None, None),
        ("2[x+1]", "2*(x + 1)", None, None),
        ("(x - mean)/std", "(x - mean)/std", None, None),
        ('huber(a, b, delta=2, reduction="sum")', 'huber_loss(a, b, delta=2, reduction="sum")', None, None),
        ("huber_loss(a, b, reduction=sum)", 'huber_loss(a, b, reduction="sum")', None, None),
        (
            "binary_cross_entropy_with_logits(z, t, pos_weight=p)",
            "binary_cross_entropy_with_logits(z, t, pos_weight=p)",
            None,
            None,
        ),
    ],
)
def test_arrays_are_read_and_written(text: str, own: str | None, unicode: str | None, latex: str | None) -> None:
    """Each spelling is read as promised, written in each notation, and its own syntax is read to the same tree."""
    expr = read(text)
    own = own or printer.own(expr)
    assert printer.own(expr) == own
    assert same(read(own, "X"), product_signs(expr))
    assert unicode is None or printer.unicode(expr) == unicode
    assert latex is None or printer.latex(expr) == latex


def test_a_juxtaposition_is_told_from_a_product_with_a_sign() -> None:
    """Both products of X and w are nodes of their own, one of them implied; made explicit they are one."""
    expr = read("X w + X*w")
    products = [n for n in expr.nodes if n.text == "mul"]
    assert [n.implied for n in products] == [True, False]
    builder = ExprBuilder()
    assert len(builder.build(builder.graft(expr)).nodes) == len(expr.nodes) - 2
    assert same(expr, read("X*w + X*w"))
    position = next(k for k, n in enumerate(expr.nodes) if n.implied)
    assert printer.own(explicit(expr, {position})) == "X@w + X*w"


def test_options_are_pairs_sorted_by_name() -> None:
    """A function of the catalogue keeps the options that are given, read by the catalogue, and says what it skips."""
    assert read("huber(a, b, reduction=sum, delta=1/2)").root.params == (
        ("delta", Fraction(1, 2)),
        ("reduction", "sum"),
    )
    skipping = read("binary_cross_entropy_with_logits(z, t, pos_weight=p)").root
    assert skipping.params == (("operands", ("z", "y", "pos_weight")),)
    assert len(skipping.children) == 3


def test_names_that_are_given_win_over_array_functions() -> None:
    """A known name is a variable whatever functions have it, and a name without a bracket is one too."""
    assert printer.own(read("norm(x+1)", "norm")) == "norm*(x + 1)"
    assert printer.own(read("trace*size")) == "trace*size"
    assert printer.own(read("X^T", "T")) == "X^T"
    assert printer.own(read("f(sum) = sum^2; f(3)")) == "f(3)"


@pytest.mark.parametrize("row", ARRAY_ROWS.values(), ids=lambda r: r.name)
def test_every_array_operation_can_be_called(row) -> None:  # type: ignore[no-untyped-def]
    """Each row is known by its name, with its operands and what it requires."""
    required = ["3" for p in row.params if p.required]
    node = read(f"{row.name}({', '.join((*'abc'[: row.arity], *required))})").root
    assert (node.kind, node.text, len(node.params)) == (NodeKind.ARRAY_CALL, row.name, len(row.params))


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("[[1,2],[3]]", "row 2 has 1 elements where row 1 has 2", "[3]"),
        ("[[1],2]", "a number stands beside a row", "2"),
        ("[[[1]],[2]]", "an array of 1 axes", "[2]"),
        ("[]", "nothing stands", "[]"),
        ("[1,,2]", "missing after ','", ","),
        ("[1,2", "never closed", "["),
        ("[1,2)", "closed by", "[1,2)"),
        ("[1<2, 3]", "a condition stands", "1<2"),
        ("z[]", "nothing stands", "[]"),
        ("z[1.5]", "a whole number", "1.5"),
        ("z[i+1]", "'+' has no place", "+"),
        ("z[1:2]", "a part of an axis", ":"),
        ("z[:2]", "a part of an axis", "2"),
        ("z[0", "never closed", "["),
        ("sin[0]", "needs its argument", "sin"),
        ("x.real", "'.'", "."),
        ("X.w", "'.'", "."),
        ("np.mean(x)", "'.'", "."),
        ("x.sum", "'.'", "."),
        ("sum x", "needs its argument", "sum"),
        ("sum()", "takes 1 to 2 arguments, not 0", "sum()"),
        ("sum(X, 1, 2)", "takes 1 to 2 arguments, not 3", "sum(X, 1, 2)"),
        ("dot(a)", "takes 2 arguments, not 1", "dot(a)"),
        ("mean(X, axis=x)", "does not fit", "x"),
        ("mean(X, axis=1/2)", "does not fit", "1/2"),
        ("mean(X, 1, axis=0)", "given twice", "axis"),
        ("eye()", "needs its parameter", "eye()"),
        ("eye(-1)", "does not fit", "-1"),
        ("norm(v, v)", "does not fit", "v"),
        ("‖v", "no partner", "‖"),
        ("‖v|", "no partner", "|"),
        ("‖v‖_x", "order of a norm", "_x"),
        ("|v|₁", "behind no norm", "₁"),
        ("Σᵢ₌₁ x[i]", "bounds", "Σᵢ₌₁"),
        ("mean(x, axis='a)", "no partner", "'"),
        ("huber(a)", "needs its argument 'y'", "huber(a)"),
        ("huber(a, b, reduction='all')", "cannot be all", "'all'"),
        ("huber(a, b, delta=x+1)", "fixed when the formula is written", "x+1"),
        ("huber(a, b, strange=1)", "'=' has no place", "="),
    ],
)
def test_mistakes_are_answered_with_their_place(text: str, message: str, marked: str) -> None:
    """Each mistake has a message, a hint, and the span of what is wrong."""
    with pytest.raises(ReadError) as caught:
        read(text)
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.span is not None
    assert caught.value.span.text == marked


def test_hints_say_what_to_write() -> None:
    """Habits of NumPy and PyTorch are answered with the spelling that is read."""
    for text, hint in (("np.mean(x)", "mean(x)"), ("torch.nn.functional.relu(x)", "relu(x)"), ("X.w", "@")):
        with pytest.raises(ReadError) as caught:
            read(text)
        assert hint in (caught.value.hint or "")


def test_points_hold_arrays() -> None:
    """Arrays typed at a point, and arrays of Python, are exact constants; one element in brackets is an array."""
    point = read_point("X=[[1,2],[3,4]],w=[0.5,-0.5],y=[1/3,sqrt(2)],b=[2],c=(2)")
    shown = {n: printer.own(e) for n, e in point.items()}
    assert shown == {"X": "[[1, 2], [3, 4]]", "w": "[0.5, -0.5]", "y": "[1/3, sqrt(2)]", "b": "[2,]", "c": "2"}
    for value in ([[1, 2], [3, 4]], ((1, 2), (3, 4)), np.array([[1, 2], [3, 4]]), [np.array([1.0, 2.0]), ["3", 4]]):
        assert same(constant_expr(value), point["X"])
    assert constant_expr(np.array(1.5)).root.value == Fraction(3, 2)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[1, 2], [3]], r"\[1\] has 1 elements where the first has 2"),
        ([[1, 2], 3], r"\[1\] is a single value"),
        ([1, [2]], r"\[1\] is a list"),
        ([[1, 2], [3, None]], r"\[1, 1\]: .* no number"),
        ([1, float("nan")], r"\[1\]: nan is not a finite number"),
        ([], "no elements"),
        (np.zeros((400, 400)), "more than 100,000 elements"),
    ],
)
def test_arrays_that_are_none_are_refused_by_place(value: object, message: str) -> None:
    """The place of the first wrong row or element is named."""
    with pytest.raises(PointError, match=message) as caught:
        constant_expr(value)
    assert caught.value.hint


leaves = st.one_of(
    st.sampled_from(NAMES).map(lambda n: Expr((Node(NodeKind.NAME, n),))),
    st.integers(0, 9).map(lambda k: Expr((Node(NodeKind.NUMBER, str(k), value=Fraction(k)),))),
)
subscripts = st.lists(st.sampled_from(INDICES) | st.integers(-3, 9) | st.none(), min_size=1, max_size=3)


@st.composite
def grown(draw: st.DrawFn, inner: st.SearchStrategy[Expr]) -> Expr:
    """An array, an index, an array operation or an elementwise one on smaller trees."""
    b = ExprBuilder()
    kind = draw(
        st.sampled_from(["array", "index", "row", "row", "row", "mul", "implied", "add", "neg", "div", "power"])
    )
    first = b.graft(draw(inner))
    if kind == "array":
        places = [first, *(first for _ in range(draw(st.integers(0, 2))))]
        shape = draw(st.sampled_from([1, 2]))
        return b.build(b.array(*(b.array(*places) if shape == 2 else p for p in places)))
    if kind == "index":
        return b.build(b.index(first, *draw(subscripts)))
    if kind == "row":
        row = draw(st.sampled_from([r for r in ARRAY_ROWS.values() if r.name != "hadamard"]))
        operands = [first, *(b.graft(draw(inner)) for _ in range(row.arity - 1))][: row.arity]
        return b.build(b.array_call(row.name, *operands, params=tuple(draw(setting(p)) for p in row.params)))
    if kind == "neg":
        return b.build(b.call("neg", first))
    if kind == "power":
        return b.build(b.call("power", b.add(Node(NodeKind.INDEX, "", (first,), params=("i",))), params=(2,)))
    second = b.graft(draw(inner))
    if kind == "implied":
        return b.build(b.add(Node(NodeKind.CALL, "mul", (first, second), implied=True)))
    return b.build(b.call(kind, first, second))


def setting(parameter) -> st.SearchStrategy[object]:  # type: ignore[no-untyped-def]
    """A value of a static parameter, its default among them."""
    values = {
        Setting.AXIS: st.integers(-2, 2) | st.none() | st.sampled_from([(0, 1), (0,)]),
        Setting.OVER: st.lists(st.sampled_from(INDICES), max_size=2, unique=True).map(tuple),
        Setting.NUMBER: st.sampled_from([Fraction(1), Fraction(3, 2), Fraction(2)]),
        Setting.COUNT: st.integers(1, 5),
        Setting.FLAG: st.booleans(),
    }[parameter.setting]
    return values if parameter.required else st.just(parameter.default) | values


trees = st.recursive(leaves, grown, max_leaves=8)


def product_signs(expr: Expr) -> Expr:
    """The tree with elementwise products of arrays as products with a sign."""
    nodes = [
        Node(NodeKind.CALL, "mul", n.children) if n.kind is NodeKind.ARRAY_CALL and n.text == "hadamard" else n
        for n in expr.nodes
    ]
    return Expr(tuple(nodes))


def as_read_from_unicode(expr: Expr) -> Expr:
    """The tree with every subscripted name as a name, and matrix products without a sign as products."""
    nodes: list[Node] = []
    for node in expr.nodes:
        if node.kind is NodeKind.ARRAY_CALL and node.text == "matmul":
            node = Node(NodeKind.CALL, "mul", node.children)
        name = nodes[node.children[0]].text if node.kind is NodeKind.INDEX else ""
        if name == "eye" and len(node.params) == 2 and all(isinstance(p, str) for p in node.params):
            node = Node(NodeKind.NAME, f"delta_{''.join(node.params)}")  # δᵢⱼ, whose size is not written
        if name in NAMES and name != "x_1" and all(isinstance(p, str) for p in node.params):
            node = Node(NodeKind.NAME, f"{name}_{''.join(node.params)}")
        nodes.append(node)
    return Expr(tuple(nodes))


@given(trees)
def test_own_syntax_reads_back_to_the_same_tree(expr: Expr) -> None:
    """Whatever is printed in the own syntax or in ASCII is read to the tree it was printed from."""
    text = printer.own(expr)
    assert same(read(text, *NAMES), expr)
    assert same(read(printer.ascii(expr), *NAMES), expr)
    assert printer.own(read(text, *NAMES)) == text or any(n.implied for n in expr.nodes)


@given(trees)
def test_unicode_reads_back_up_to_what_assembly_resolves(expr: Expr) -> None:
    """Juxtaposed matrix products come back as implied ones, subscripted letters as names with subscripts."""
    found = read(printer.unicode(expr), *NAMES)
    assert same(as_read_from_unicode(found), as_read_from_unicode(expr))


@given(trees)
def test_latex_is_balanced(expr: Expr) -> None:
    """Braces, brackets and environments of LaTeX are closed."""
    text = printer.latex(expr)
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
    assert text.count(r"\begin") == text.count(r"\end")


noise = st.lists(
    st.sampled_from(
        [*"xXiTΣΠ0123.+-*/^()[]{}|‖,=:@⊙ᵀ₁ᵢ∘'\" \n_", ".T", ".sum(", "sum(", "axis=", "None", "Σᵢ ", "sum_i(", "||",
         "huber(", "delta=", "max(", "over=", "norm(", "\\top", "eye(", "[[", "]]", "np.", "X[", "weight="]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(noise)
def test_noise_of_arrays_raises_only_own_errors(text: str) -> None:
    """Whatever stands in a text, reading and printing it raises nothing but the project's own errors."""
    with contextlib.suppress(DerivcheckError):
        program = parse(Source(text), ("x", "X"))
        for notation in (printer.own, printer.ascii, printer.unicode, printer.latex):
            assert notation(program.expression)


@pytest.mark.parametrize(
    "text", ["x[" * 50_000, "X" + ".T" * 9_999, "x" + "[0]" * 9_999, "Σᵢ " * 50_000, "‖" * 9_999, "[[" * 50_000]
)
def test_hostile_arrays_are_answered(text: str) -> None:
    """Long and deep texts are read or refused, and printed or refused, without a crash."""
    with contextlib.suppress(DerivcheckError):
        printer.own(read(text))


def test_every_layout_of_an_array_operation_is_known() -> None:
    """No row has a layout that the notations do not write."""
    known = {Layout.FUNCTION, Layout.INFIX, Layout.FENCE, Layout.POSTFIX}
    assert {r.notation.layout for r in ARRAY_ROWS.values()} <= known
