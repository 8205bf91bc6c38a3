"""Losses of arrays through the public interface: verdicts, numbers, claims, assumptions, kinks by their elements.

The file is longer than most: it asks every part of the public interface about arrays.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from derivcheck import Verdict, analyze, equal
from derivcheck.analysis.array_samples import ENOUGH_POINTS, agreeing_points
from derivcheck.analysis.request import read_loss
from derivcheck.analysis.stages import derive
from derivcheck.budget import Deadline, Job
from derivcheck.errors import PointError, ShapeError, UnsupportedError
from derivcheck.oracles.evidence import Proof
from derivcheck.slips.kinds import SlipKind
from derivcheck.verdict import Existence

LINEAR = "mean((y-(X@w+b))**2)"
POINT: dict[str, Any] = {"X": [[1, 2], [3, 4]], "w": ["1/2", "-1/2"], "y": [1, 2], "b": 1}
SYMBOLS = "X=(n,d), w=(d), y=(n)"
ENTROPY = "-sum(t*log_softmax(z))"


def _exact(values: Any) -> Any:
    return np.vectorize(lambda v: v.exact, otypes=[object])(values).tolist()


def test_small_arrays_are_proved_in_every_element() -> None:
    """At given small sizes every element is certified exactly, and the verdict is that of a proof."""
    found = analyze(LINEAR, POINT)
    assert found.verdict is Verdict.VERIFIED
    assert found.differentiable is True
    assert found.value == Fraction(5, 4)
    assert _exact(found.gradient["w"].value) == [-5, -7]
    assert found.gradient["b"].value == -2
    assert found.gradient["w"].formula == "(2/n)*X.T@(X@w + b - y)"


def test_formulas_for_any_size_are_called_consistent_not_proved() -> None:
    """Without values the proof is made at small sizes, and nothing more is said than that."""
    found = analyze(LINEAR, shapes=SYMBOLS)
    assert found.verdict is Verdict.CONSISTENT
    assert found.checked.subject.shapes is not None
    assert found.checked.subject.shapes.proved_at == {"n": 2, "d": 3}
    assert found.gradient["w"].value is None


def test_a_batch_without_shapes_is_read_by_convention() -> None:
    """A mean over nothing with an axis takes data to be vectors over samples, and the report can say so."""
    found = analyze("mean((y-(w*x+b))**2)")
    shapes = found.checked.subject.shapes
    assert shapes is not None
    assert shapes.reason == "convention"
    assert shapes.sizes == {"y": ("n",), "x": ("n",)}
    assert analyze("mean((y-(w*x+b))**2)", {"x": 1, "y": 2, "w": 3, "b": 1}).verdict is Verdict.VERIFIED


def test_the_symbolic_part_is_the_same_at_every_size() -> None:
    """The formulas do not depend on the numbers of samples and features."""
    random = np.random.default_rng(0)
    large = analyze(
        LINEAR,
        {"X": random.normal(size=(200, 5)), "w": random.normal(size=5), "y": random.normal(size=200), "b": 0.5},
        oracles=("direct",),
    )
    assert large.gradient["w"].formula == analyze(LINEAR, POINT).gradient["w"].formula


@pytest.mark.parametrize(
    ("claim", "verdict", "slip"),
    [
        ("2/n*X.T@(X@w + b - y)", Verdict.CONSISTENT, None),
        ("(2/n)Xᵀ(X w + b - y)", Verdict.CONSISTENT, None),
        ("sum(2/n*(X[i]@w + b - y[i])*X[i], i)", Verdict.CONSISTENT, None),
        ("2*X.T@(X@w + b - y)", Verdict.REFUTED, SlipKind.TIMES_SIZE),
        ("2/n*X.T@(y - X@w - b)", Verdict.REFUTED, SlipKind.OPPOSITE),
        ("1/n*X.T@(X@w + b - y)", Verdict.REFUTED, SlipKind.MULTIPLE),
    ],
)
def test_claims_are_judged_in_every_element(claim: str, verdict: Verdict, slip: SlipKind | None) -> None:
    """A right formula holds at small sizes, a wrong one is refuted in an element, with the slip that explains it."""
    found = analyze(LINEAR, shapes=SYMBOLS, claims={"w": claim})
    (checked,) = found.checked.claims
    assert checked.result.verdict is verdict
    assert (None if checked.explained is None else checked.explained.slip.kind) is slip
    if verdict is Verdict.REFUTED:
        assert checked.result.counterexample is not None
        assert checked.result.counterexample.element.startswith("w[")


def test_a_claimed_array_of_numbers_is_judged_at_the_point() -> None:
    """Numbers for every element are right, or the element that is wrong is named."""
    right = analyze(LINEAR, POINT, claims={"w": "[-5, -7]"})
    wrong = analyze(LINEAR, POINT, claims={"w": "[-5, 7]"})
    assert right.claims["w"].verdict is Verdict.VERIFIED
    assert wrong.claims["w"].verdict is Verdict.REFUTED
    assert wrong.claims["w"].counterexample is not None
    assert wrong.claims["w"].counterexample.element == "w[1]"


def test_a_transposed_gradient_is_recognised() -> None:
    """A claim of the transposed shape is refuted as such; one of a third shape is an error that names both shapes."""
    loss, shapes = "sum(C*(X@W))", "X=(n,d), W=(d,k), C=(n,k)"
    found = analyze(loss, shapes=shapes, claims={"W": "C.T@X"})
    assert found.checked.claims[0].result.verdict is Verdict.REFUTED
    assert found.checked.claims[0].explained is not None
    assert found.checked.claims[0].explained.slip.kind is SlipKind.TRANSPOSED
    with pytest.raises(ShapeError, match=r"the claim about W is \(n, k\), and the derivative is \(d, k\)"):
        analyze(loss, shapes=shapes, claims={"W": "C"})


def test_p_minus_t_holds_on_the_condition_that_t_sums_to_1() -> None:
    """The gradient of cross-entropy is p·Σt - t: p - t is CONDITIONAL, right if stated, wrong if values say so."""
    claim = {"z": "softmax(z) - t"}
    plain = analyze(ENTROPY, shapes="z=(k), t=(k)", claims=claim)
    assert plain.claims["z"].verdict is Verdict.CONDITIONAL
    assert plain.claims["z"].condition == "sum(t) = 1"
    assert plain.gradient["z"].formula == "sum(t)*softmax(z) - t"
    stated = analyze(ENTROPY, shapes="z=(k), t=(k)", claims=claim, assume="t: onehot")
    assert stated.gradient["z"].formula == "softmax(z) - t"
    assert stated.claims["z"].verdict is Verdict.CONSISTENT
    met = analyze(ENTROPY, {"z": [1, 2, 3], "t": [0, 1, 0]}, claims=claim)
    broken = analyze(ENTROPY, {"z": [1, 2, 3], "t": [1, 1, 0]}, claims=claim)
    assert met.claims["z"].verdict is Verdict.CONDITIONAL
    assert broken.claims["z"].verdict is Verdict.REFUTED


def test_an_assumption_that_the_values_break_is_an_error() -> None:
    """A stated fact is checked against given values."""
    with pytest.raises(PointError, match="onehot"):
        analyze(ENTROPY, {"z": [1, 2, 3], "t": [1, 1, 0]}, assume="t: onehot")


def test_a_residual_of_zero_names_its_sample() -> None:
    """One sample on the kink of MAE leaves no gradient; its element has both slopes, the others exist."""
    found = analyze("mean(|y-yhat|)", {"y": [1, 2, 3], "yhat": [2, 2, 5]})
    partial = found.gradient["yhat"]
    assert found.verdict is Verdict.NOT_DIFFERENTIABLE
    assert partial.exists is False
    assert partial.kind is Existence.KINK
    assert _exact(partial.left) == [Fraction(1, 3), Fraction(-1, 3), Fraction(1, 3)]
    assert _exact(partial.right) == [Fraction(1, 3)] * 3
    arrays = found.checked.arrays
    assert arrays is not None
    assert arrays.elements is not None
    existing = {e: p.exists for e, p in arrays.elements.evidence.partials.items()}
    assert existing == {"yhat[0]": True, "yhat[1]": False, "yhat[2]": True}


@pytest.mark.parametrize(
    ("loss", "at"),
    [("max(x)", {"x": [1, 3, 3]}), ("norm(x)", {"x": [0, 0]}), ("sum(relu(x))", {"x": [-1, 0, 1]})],
)
def test_ties_norms_at_zero_and_kinks_have_no_derivative(loss: str, at: dict[str, Any]) -> None:
    """A tie of the greatest, a norm at 0 and a rectifier at 0 are found by their elements."""
    found = analyze(loss, at, wrt="x")
    assert found.verdict is Verdict.NOT_DIFFERENTIABLE
    assert found.gradient["x"].exists is False


def test_an_empty_branch_of_a_claim_about_a_kink_is_not_called_right() -> None:
    """A formula that is right beside the kink is no derivative on it."""
    found = analyze("mean(|y-yhat|)", {"y": [1, 2], "yhat": [2, 2]}, claims={"yhat": "-sign(y-yhat)/n"})
    assert found.claims["yhat"].verdict is Verdict.NOT_DIFFERENTIABLE


def test_a_descent_step_of_arrays_moves_every_element() -> None:
    """The update has the shape of its variable and exact numbers."""
    found = analyze(LINEAR, POINT, lr="0.1")
    update = found.checked.subject.update
    assert update is not None
    assert update.values["w"].tolist() == [Fraction(1), Fraction(1, 5)]
    assert update.values["b"] == Fraction(6, 5)


def test_class_numbers_choose_an_element() -> None:
    """A name as a subscript takes its value from the point and counts from 0."""
    found = analyze("-log_softmax(z)[c]", {"z": [1, 2, 3], "c": 2})
    p = np.exp([1, 2, 3]) / np.exp([1, 2, 3]).sum()
    assert [float(v) for v in found.gradient["z"].value] == pytest.approx(p - np.array([0, 0, 1]), rel=1e-14)
    with pytest.raises(PointError, match="stands as a subscript"):
        analyze("-log_softmax(z)[c]", {"z": [1, 2, 3], "c": "1/2"})


def test_a_loss_that_is_no_single_number_is_refused() -> None:
    """An array as loss says its shape and what to write."""
    with pytest.raises(ShapeError, match=r"this has the shape \(n\)") as caught:
        analyze("(y-yhat)**2", {"y": [1, 2], "yhat": [0, 1]})
    assert caught.value.hint is not None
    assert "mean" in caught.value.hint


def test_second_derivatives_of_arrays_are_said_to_be_missing() -> None:
    """Order 2 is refused for arrays, not answered wrongly."""
    with pytest.raises(UnsupportedError, match="second derivatives"):
        analyze(LINEAR, POINT, order=2)


def test_losses_of_the_catalogue_are_called_by_name() -> None:
    """A bare name stands for its call; class numbers are given, not differentiated by."""
    found = analyze("huber", {"yhat": [1, 2, 5], "y": [1, 3, 1]})
    assert list(found.gradient) == ["yhat"]
    assert _exact(found.gradient["yhat"].value) == [0, Fraction(-1, 3), Fraction(1, 3)]
    classes = analyze("cross_entropy(z, c)", {"z": [[1, 2, 0], [0, 1, 1]], "c": [1, 2]})
    assert list(classes.gradient) == ["z"]
    assert classes.verdict is Verdict.VERIFIED


def test_another_loss_stands_beside_one_of_a_batch() -> None:
    """MAE is taken of the same error, reduced in the same way."""
    found = analyze("mean((y-w*x)**2)", {"x": [1, 2], "y": [2, 3], "w": 1}, compare="mae")
    assert found.comparison is not None
    assert found.comparison.gradient["w"].value == Fraction(-3, 2)


ATTENTION = "Q=X@Wq; K=X@Wk; V=X@Wv; P=softmax(Q@K.T/2); sum(C*(P@V))"
ATTENTION_SHAPES = "X=(n,d), Wq=(d,k), Wk=(d,k), Wv=(d,v), C=(n,v)"


def test_formulas_too_long_for_a_proof_are_compared_at_points() -> None:
    """Self-attention is not handed to SymPy; it agrees with slopes in forward mode at several points."""
    found = analyze(ATTENTION, shapes=ATTENTION_SHAPES)
    assert found.evidence.direct["Wq"].proof is Proof.NOT_TRIED
    assert found.checked.arrays is not None
    assert found.checked.arrays.points == ENOUGH_POINTS
    assert found.verdict is Verdict.CONSISTENT


def test_a_wrong_step_is_found_at_the_first_point() -> None:
    """Questions with two derivatives interchanged are answered with the element that differs."""
    loss = read_loss("sum(sin(x)*w)", shapes="x=(n), w=(n)", wrt="x,w")
    derived = derive(loss, Deadline(20), oracles=("direct",))
    if isinstance(derived.proof, Job):
        derived.proof.close()
    assert derived.arrays is not None
    questions = derived.arrays.questions
    assert questions is not None
    assert agreeing_points(questions, Fraction(1), Deadline(20)) == (ENOUGH_POINTS, "")
    first, second = list(questions.asked)[:2]
    exchanged = {**questions.asked, first: (first, *questions.asked[second][1:])}
    assert agreeing_points(replace(questions, asked=exchanged), Fraction(1), Deadline(20)) == (0, first)


@pytest.mark.parametrize(
    ("claim", "condition"),
    [
        ("X.T@(X@w + b - y)", "n == 2"),
        ("2/n*X.T@(X@w + b - y) + (n-2)*w", "n == 2"),
        ("d/n*X.T@(X@w + b - y)", "d == 2"),
        ("d/2*X.T@(X@w + b - y)", "n == 2 and d == 2"),
    ],
)
def test_a_claim_that_is_right_at_some_sizes_only_is_never_called_right(claim: str, condition: str) -> None:
    """With n = d = 2 it holds on a condition that names what matters; for any n and d it is refuted at other sizes."""
    given = analyze(LINEAR, POINT, claims={"w": claim}, oracles=())
    assert given.claims["w"].verdict is Verdict.CONDITIONAL
    assert given.claims["w"].condition == condition
    free = analyze(LINEAR, shapes=SYMBOLS, claims={"w": claim}, oracles=())
    assert free.claims["w"].verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("a", "b", "shapes", "verdict"),
    [
        ("X.T@y", "y@X", "X=(n,d), y=(n)", Verdict.CONSISTENT),
        ("(A@B).T", "B.T@A.T", "A=(n,k), B=(k,m)", Verdict.CONSISTENT),
        ("(A@B).T", "A.T@B.T", "A=(n,n), B=(n,n)", Verdict.REFUTED),
        ("sum(x*y)", "sum(x)*sum(y)", "x=(n), y=(n)", Verdict.REFUTED),
        ("mean(x)", "sum(x)/n", "x=(n)", Verdict.CONSISTENT),
        ("mean(x)", "sum(x)/2", "x=(n)", Verdict.REFUTED),
        ("mean(x)", "sum(x)/2", "x=(2)", Verdict.VERIFIED),
        ("log_softmax(z)", "z - logsumexp(z)", "z=(k)", Verdict.CONSISTENT),
    ],
)
def test_formulas_of_arrays_are_compared_in_every_element(a: str, b: str, shapes: str, verdict: Verdict) -> None:
    """Equal for any size is at best CONSISTENT, at stated sizes VERIFIED; a size at which they differ refutes."""
    assert equal(a, b, shapes=shapes).verdict is verdict


def test_formulas_of_arrays_need_shapes_of_one_kind() -> None:
    """Sums over nothing are not compared, nor formulas of different shapes."""
    with pytest.raises(PointError, match="no name is an array"):
        equal("sum(x*y)", "sum(x)*sum(y)")
    with pytest.raises(ShapeError, match="the first formula is a single number"):
        equal("sum(x)", "x", shapes="x=(n)")


def test_a_large_loss_is_smooth_where_no_operation_can_fail_to_be() -> None:
    """Without switches and ends of domains the gradient of many elements exists; a residual of 0 leaves that open."""
    random = np.random.default_rng(4)
    point = {"X": random.integers(-9, 9, size=(400, 6)), "w": random.integers(1, 9, size=6)}
    smooth = analyze("mean((y-X@w)**2)", {**point, "y": random.normal(size=400)}, oracles=("autograd",))
    assert smooth.differentiable is True
    assert smooth.verdict is Verdict.CONSISTENT
    y = point["X"] @ point["w"] + 1
    y[17] -= 1
    kink = analyze("mean(|y-X@w|)", {**point, "y": y}, oracles=("autograd",))
    assert kink.differentiable is None
    assert kink.verdict is Verdict.UNDECIDED
    assert kink.checked.arrays is not None
    assert kink.checked.arrays.evidence is not None
    (switch,) = kink.checked.arrays.evidence.switches
    assert switch.on == ((17,),)


def test_single_numbers_beside_large_arrays_have_values() -> None:
    """The derivative by a number is shown as one, however large the arrays are."""
    random = np.random.default_rng(9)
    x = random.normal(size=11_000)
    found = analyze("mean((y-(w*x+b))**2)", {"x": x, "y": 2 * x, "w": 1, "b": 0}, oracles=("autograd",))
    assert float(found.gradient["w"].value) == pytest.approx(-2 * np.mean(x * x), rel=1e-12)
    assert "no real value" not in found.to_text()
