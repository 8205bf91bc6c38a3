"""Programs of arrays become graphs: shapes as in NumPy, named indices, errors that name both operands."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.derive import derivative_step
from derivcheck.errors import ShapeError
from derivcheck.graph import Graph, Kind
from derivcheck.graph.assemble import assemble
from derivcheck.interpret import interpret
from derivcheck.language.parser import parse
from derivcheck.numbers.arrays import Arrays
from derivcheck.source import Source
from derivcheck.storage import NumpyStorage

SHAPES: dict[str, tuple[int, ...]] = {"X": (3, 2), "A": (2, 2), "w": (2,), "y": (3,), "b": (), "r": (1, 2), "c": (3, 1)}


def _graph(text: str, shapes: dict[str, Any] | None = None, **positions: int) -> Graph:
    shapes = SHAPES if shapes is None else shapes
    return assemble(parse(Source(text), set(shapes)), derivative_step, shapes, positions=positions)


def _values(seed: int = 1) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {n: random.normal(size=shape) for n, shape in SHAPES.items()}


def _run(graph: Graph, values: dict[str, Any]) -> Any:
    own = {n: np.squeeze(v)[()] for n, v in values.items() if n in graph.inputs}
    out = interpret(graph, Arrays(), own, wanted=[graph.output], storage=NumpyStorage(), total=True)
    return np.asarray(out[graph.output])


def _softmax(z: Any, axis: int = -1) -> Any:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


CASES: dict[str, Any] = {
    "X@w + b": lambda v: v["X"] @ v["w"] + v["b"],
    "X@A": lambda v: v["X"] @ v["A"],
    "w@A": lambda v: v["w"] @ v["A"],
    "w@w": lambda v: v["w"] @ v["w"],
    "A@A": lambda v: v["A"] @ v["A"],
    "X.T@y": lambda v: v["X"].T @ v["y"],
    "X*w": lambda v: v["X"] * v["w"],
    "c*r": lambda v: v["c"] * v["r"],
    "c + X": lambda v: v["c"] + v["X"],
    "mean(X, axis=0)": lambda v: v["X"].mean(axis=0),
    "sum(X, 1)": lambda v: v["X"].sum(axis=1),
    "max(X, axis=1)": lambda v: v["X"].max(axis=1),
    "min(X)": lambda v: v["X"].min(),
    "prod(X, axis=0)": lambda v: v["X"].prod(axis=0),
    "var(y)": lambda v: v["y"].var(),
    "var(y, ddof=1)": lambda v: v["y"].var(ddof=1),
    "std(X, axis=1)": lambda v: v["X"].std(axis=1),
    "norm(w)": lambda v: np.linalg.norm(v["w"]),
    "norm(w, 1)": lambda v: np.abs(v["w"]).sum(),
    "norm(X, 3, axis=1)": lambda v: np.linalg.norm(v["X"], 3, axis=1),
    "dot(w, w) + trace(A)": lambda v: v["w"] @ v["w"] + np.trace(v["A"]),
    "outer(y, w)": lambda v: np.outer(v["y"], v["w"]),
    "diag(A)": lambda v: np.diag(v["A"]),
    "diag(w)": lambda v: np.diag(v["w"]),
    "softmax(X)": lambda v: _softmax(v["X"]),
    "softmax(X, axis=0)": lambda v: _softmax(v["X"], 0),
    "log_softmax(y)": lambda v: np.log(_softmax(v["y"])),
    "logsumexp(X)": lambda v: np.log(np.exp(v["X"]).sum(axis=-1)),
    "layer_norm(X, eps=1/10)": lambda v: (
        (v["X"] - v["X"].mean(1, keepdims=True)) / np.sqrt(v["X"].var(1, keepdims=True) + 0.1)
    ),
    "X[0]": lambda v: v["X"][0],
    "X[:, 1]": lambda v: v["X"][:, 1],
    "X[2, -1]": lambda v: v["X"][2, -1],
    "y - [1, 2, 3]": lambda v: v["y"] - [1, 2, 3],
    "[b, 2*b] * w": lambda v: np.array([v["b"], 2 * v["b"]]) * v["w"],
    "[[1, 2], [3, 4]] @ w": lambda v: np.array([[1, 2], [3, 4]]) @ v["w"],
    "eye(2) @ w": lambda v: v["w"],
    "ones(3) + zeros(3)": lambda _: np.ones(3),
    "X@w/size(X) - size(X, axis=0)": lambda v: v["X"] @ v["w"] / 6 - 3,
}
NAMED: dict[str, Any] = {
    "sum(w[j]*w[j], j)": lambda v: (v["w"] ** 2).sum(),
    "mean((y[i] - sum(X[i, j]*w[j], j))**2, i)": lambda v: ((v["y"] - v["X"] @ v["w"]) ** 2).mean(),
    "sum(A[i, i], i)": lambda v: np.trace(v["A"]),
    "sum(A[i, j]*A[j, i], i, j)": lambda v: np.trace(v["A"] @ v["A"]),
    "max(X[i, 0]*y[i], i)": lambda v: (v["X"][:, 0] * v["y"]).max(),
    "sum(X[i]*w, i)": lambda v: (v["X"] * v["w"]).sum(axis=0),
    "sum(y[i], i)*sum(w[i], i)": lambda v: v["y"].sum() * v["w"].sum(),
}


@pytest.mark.parametrize("text", [*CASES, *NAMED])
def test_values_are_those_of_numpy(text: str) -> None:
    """Every array operation has the shape and the values that NumPy gives."""
    values = _values()
    expected = np.asarray((CASES | NAMED)[text](values))
    graph = _graph(text)
    found = _run(graph, values)
    assert found.squeeze().shape == expected.squeeze().shape
    assert found.squeeze() == pytest.approx(expected.squeeze(), rel=1e-12, abs=1e-13)


@given(data=st.data())
def test_broadcasting_is_that_of_numpy(data: st.DataObject) -> None:
    """An elementwise sum has NumPy's shape where NumPy has one, and is an error where NumPy refuses."""
    size = st.integers(1, 3)
    left = tuple(data.draw(st.lists(size, max_size=3)))
    right = tuple(data.draw(st.lists(size, max_size=3)))
    values = {"p": np.arange(1.0, 1 + np.prod(left)).reshape(left), "q": np.ones(right)}
    try:
        expected = values["p"] + values["q"]
    except ValueError:
        with pytest.raises(ShapeError):
            _graph("p + q", {"p": left, "q": right})
        return
    found = _run(_graph("p + q", {"p": left, "q": right}), values)
    assert found.squeeze().shape == expected.squeeze().shape
    assert np.array_equal(found.squeeze(), expected.squeeze())


@given(data=st.data())
def test_matrix_products_are_those_of_numpy(data: st.DataObject) -> None:
    """A matrix product of up to three axes has NumPy's value where NumPy has one, and is an error elsewhere."""
    size = st.integers(1, 3)
    left = tuple(data.draw(st.lists(size, min_size=1, max_size=3)))
    right = tuple(data.draw(st.lists(size, min_size=1, max_size=3)))
    random = np.random.default_rng(3)
    values = {"p": random.normal(size=left), "q": random.normal(size=right)}
    try:
        expected = values["p"] @ values["q"]
    except ValueError:
        with pytest.raises(ShapeError):
            _graph("p @ q", {"p": left, "q": right})
        return
    found = _run(_graph("p @ q", {"p": left, "q": right}), values)
    assert found.squeeze() == pytest.approx(np.asarray(expected).squeeze(), rel=1e-12, abs=1e-12)


def test_sizes_are_symbols_and_the_steps_do_not_depend_on_them() -> None:
    """Two sets of shapes of other numbers give the same columns; equal numbers alone do not unite sizes."""
    small = _graph("mean((y - X@w)**2)", {"X": (3, 2), "w": (2,), "y": (3,)})
    large = _graph("mean((y - X@w)**2)", {"X": (1000, 50), "w": (50,), "y": (1000,)})
    assert (small.kinds, small.operands, small.sizes) == (large.kinds, large.operands, large.sizes)
    assert dict(large.extents) == {"n": 1000, "d": 50}
    square = _graph("sum(X)", {"X": (4, 4)})
    assert set(square.sizes.values()) == {"n", "d"}


@pytest.mark.parametrize(
    ("text", "shapes", "said"),
    [
        ("X@y", SHAPES, "'X' is (3, 2) and 'y' is (3,)"),
        ("X*y", SHAPES, "'X' is (3, 2) and 'y' is (3,)"),
        ("X@y", {"X": ("n", "d"), "y": ("n",)}, "'X' is (n, d) and 'y' is (n,)"),
        ("X@w", {"X": ("n", "d"), "w": ("k",)}, "'X' is (n, d) and 'w' is (k,)"),
        ("X@b", SHAPES, "'X' is (3, 2) and 'b' is a single number"),
        ("trace(X)", SHAPES, "'X' is (3, 2)"),
        ("w[5]", SHAPES, "'w' is (2,)"),
        ("w[0, 1]", SHAPES, "'w' is (2,)"),
        ("sum(X, axis=2)", SHAPES, "'X' is (3, 2)"),
        ("softmax(b)", SHAPES, "'b' is a single number"),
    ],
)
def test_an_error_of_shapes_names_operands_shapes_and_place(text: str, shapes: dict[str, Any], said: str) -> None:
    """The message says what each operand is, and the span is the operation."""
    with pytest.raises(ShapeError) as caught:
        _graph(text, shapes)
    assert said in caught.value.message
    assert caught.value.span is not None
    assert caught.value.span.text == text
    assert caught.value.hint


def test_a_free_index_is_an_error_unless_it_has_a_position() -> None:
    """An index that nothing sums over is refused; with a position it is one element."""
    with pytest.raises(ShapeError, match="the index i is not bound"):
        _graph("y[i]**2")
    values = _values()
    assert _run(_graph("y[i]**2", i=1), values) == pytest.approx(values["y"][1] ** 2)


def test_a_subscripted_name_is_an_element_where_its_index_is_bound() -> None:
    """``y_i`` beside a sum over i is y[i]; elsewhere it is a variable of its own."""
    values = _values()
    assert _run(_graph("sum(y_i*y_i, i)"), values) == pytest.approx((values["y"] ** 2).sum())
    assert "y_i" in _graph("sum(y)*y_i").inputs


def test_juxtaposed_arrays_are_multiplied_as_matrices() -> None:
    """``Xᵀ(X w - y)`` is the product of matrices; a number before an array scales it."""
    values = _values()
    expected = 2 * values["X"].T @ (values["X"] @ values["w"] - values["y"])
    assert _run(_graph("2Xᵀ(X w - y)"), values) == pytest.approx(expected, rel=1e-12)


def test_the_name_of_a_size_is_its_number() -> None:
    """A declared size can be used in a formula."""
    graph = _graph("sum(y)/n", {"y": ("n",)})
    assert Kind.SIZE in graph.kinds
    values = {"y": np.array([1.0, 2.0, 6.0])}
    assert _run(graph.sized({"n": 3}), values) == pytest.approx(3.0)


def test_sizes_get_letters_that_no_variable_has() -> None:
    """Where every usual letter is a variable, a size that is known gets a numbered one."""
    taken = ("n", "d", "k", "m", "p", "q", "r", "s", "h", "n_1", "n_2", "n_3")
    shapes = {"x": (3,), **dict.fromkeys(taken, ())}
    graph = _graph("*".join(("sum(x)", *taken)), shapes)
    assert set(graph.sizes.values()) == {"n_4"}
