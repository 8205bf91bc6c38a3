"""The catalogue against torch: every entry, every combination of options, values and gradients, kinks included.

Our side is certified: the entry's text, assembled and swept, in balls of 200 bits. torch's numbers may differ from it
by what rounding explains.

The file is longer than most: every question to the catalogue goes the same way through assembly, balls and torch.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from fractions import Fraction
from itertools import groupby, product
from typing import Any

import numpy as np
import pytest
import torch
from flint import arb
from loss_points import Question, nonsmooth_questions, random_questions
from torch_losses import as_tensors, torch_value

from derivcheck.derive import Derivation, derivative_step, differentiate
from derivcheck.errors import DerivcheckError, ReadError, ShapeError
from derivcheck.graph.assemble import assemble
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.language.parser import parse
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.kernel import Undefined
from derivcheck.numbers.precision import Precision, rational_ball
from derivcheck.ops.array_rows import ARRAY_ROWS
from derivcheck.ops.catalogue import Entry, Values
from derivcheck.ops.losses import CATALOGUE, CATALOGUE_SPELLINGS, as_call
from derivcheck.ops.table import SPELLINGS, TABLE
from derivcheck.source import Source

BITS = 256
TOLERANCE = 2.0**-40
"""torch's rounding, relative to the greatest number of the gradient or value: 2^13 units of the last place, for sums
and powers of at most a dozen terms whose sizes differ by less than 2^8 at these points."""
COTANGENT = "cotangent"


def _text(question: Question) -> str:
    """The entry's text; an array is made a scalar by a sum with a cotangent, CTC is asked behind log_softmax."""
    entry = question.entry
    text = entry.text(question.shapes, question.options)
    *definitions, last = text.split("; ")
    if entry.name == "ctc_loss":
        definitions = ["logprobs = log_softmax(logp)", *(d.replace("exp(logp)", "exp(logprobs)") for d in definitions)]
    return "; ".join((*definitions, f"sum({COTANGENT}*({last}))"))


def _graph(question: Question, cotangent: tuple[int, ...]) -> Graph:
    shapes = {**question.shapes, COTANGENT: cotangent}
    return assemble(parse(Source(_text(question)), known=set(shapes)), derivative_step, shapes)


def _balls(values: Mapping[str, Any], graph: Graph) -> dict[str, Any]:
    balls = {}
    for name in graph.inputs:
        array = np.squeeze(np.vectorize(lambda x: arb(float(x)), otypes=[object])(np.asarray(values[name], float)))
        balls[name] = array if array.ndim else array.item()
    return balls


def _certified(derivation: Derivation, values: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
    graph = derivation.graph
    steps = {n: derivation.gradient(n) for n in graph.inputs if n != COTANGENT}
    wanted = [derivation.output, *(s for s in steps.values() if s is not None)]
    run = interpret(graph, Ball(BITS), _balls(values, graph), wanted=wanted)
    gradients = {}
    for name, step in steps.items():
        shape = np.shape(values[name])
        gradients[name] = np.zeros(shape) if step is None else _floats(run[step]).reshape(shape)
    return float(_floats(run[derivation.output])), gradients


def _floats(balls: Any) -> Any:
    """The nearest floats; NaN where the sweep's formula has no number, which only a switch may bring about."""

    def nearest(ball: Any) -> float:
        if isinstance(ball, Undefined):
            return float("nan")
        assert ball.is_finite(), ball
        assert ball.rad() < arb(2) ** -100, ball
        return float(ball)

    return np.vectorize(nearest, otypes=[float])(np.asarray(balls, dtype=object))


def _torch(question: Question) -> tuple[float, dict[str, Any], tuple[int, ...], Any]:
    tensors = as_tensors(question.entry, question.point)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = torch_value(question.entry, question.options, tensors)
    cotangent = torch.tensor(np.random.default_rng(7).integers(64, 128, tuple(out.shape)) / 64)
    total = (out * cotangent).sum()
    leaves = {n: t for n, t in tensors.items() if t.requires_grad}
    found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    gradients = {n: None if g is None else g.numpy() for n, g in zip(leaves, found, strict=True)}
    return total.item(), gradients, tuple(out.shape), cotangent.numpy()


def _close(theirs: Any, ours: Any, what: str, tolerance: float = TOLERANCE) -> None:
    scale = max(1.0, float(np.max(np.abs(ours), initial=0)))
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=tolerance * scale, err_msg=what)


def _tolerance(question: Question) -> float:
    """Rounding, and what torch adds to the textbook's form where the options do not say the same."""
    settings = question.entry.torch.settings
    added = any(question.options.get(n) != v for n, v in settings.items()) and "eps" in settings
    return 2**4 * TOLERANCE if added else TOLERANCE


def _compared(question: Question) -> tuple[dict[str, Any], Mapping[str, Any]]:
    value, gradients, shape, cotangent = _torch(question)
    values = {**question.point, COTANGENT: cotangent}
    derivation = differentiate(_graph(question, shape))
    ours, derived = _certified(derivation, values)
    _close(value, ours, f"the value of {question.label}", _tolerance(question))
    return derived, {n: g for n, g in gradients.items() if g is not None}


def _differentiable(entry: Entry, name: str) -> bool:
    kinds = {o.name: o.values for o in entry.operands}
    return kinds[name] in (Values.REAL, Values.TARGET)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_combination_of_options_is_torchs_function(name: str) -> None:
    """At random points the value and every element of every gradient are torch's, but for rounding."""
    asked = 0
    for question in random_questions(CATALOGUE[name]):
        try:
            derived, theirs = _compared(question)
        except DerivcheckError as error:
            raise AssertionError(question.label) from error
        asked += 1
        for operand, gradient in theirs.items():
            if _differentiable(question.entry, operand):
                _close(gradient, derived[operand], f"∂/∂{operand} of {question.label}", _tolerance(question))
    assert asked


STEP, SLOPE_BITS = Fraction(1, 2**300), 1200


def _one_sided(graph: Graph, values: Mapping[str, Any], name: str, position: tuple[int, ...]) -> tuple[float, float]:
    """The slopes to both sides in one element, from differences with a step of 2^-300; NaN outside the domain."""
    system = Ball(SLOPE_BITS)

    def at(step: Fraction) -> Any:
        point = {n: np.vectorize(Fraction, otypes=[object])(np.asarray(values[n], float)) for n in graph.inputs}
        moved = np.array(point[name], dtype=object)
        moved[position] += step
        balls = {
            n: np.vectorize(system.constant, otypes=[object])(np.squeeze(moved if n == name else v))
            for n, v in point.items()
        }
        inputs = {n: b if b.ndim else b.item() for n, b in balls.items()}
        return interpret(graph, system, inputs, wanted=[graph.output])[graph.output]

    left, here, right = at(-STEP), at(Fraction(0)), at(STEP)
    return _slope(here, left), _slope(right, here)


def _slope(upper: Any, lower: Any) -> float:
    if isinstance(upper, Undefined) or isinstance(lower, Undefined):
        return float("nan")
    with Precision(SLOPE_BITS):
        return float((upper - lower) / rational_ball(STEP))


@pytest.mark.parametrize("question", nonsmooth_questions(), ids=lambda q: q.label)
def test_on_switches_torchs_number_lies_between_the_slopes(question: Question) -> None:
    """On a switch the value is torch's; both derivatives lie between the slopes, or torch's is a named convention."""
    derived, theirs = _compared(question)
    _, _, shape, cotangent = _torch(question)
    graph, values = _graph(question, shape), {**question.point, COTANGENT: cotangent}
    for name in theirs:
        within = []
        for position in np.ndindex(np.shape(question.point[name])):
            slopes = _one_sided(graph, values, name, position)
            low, high = min(slopes) - TOLERANCE, max(slopes) + TOLERANCE
            ours = derived[name][position]
            assert np.isnan(ours) or name in question.conventions or low <= ours <= high, (name, position, slopes)
            within.append(low <= theirs[name][position] <= high)
        assert all(within) is (name not in question.conventions), (name, theirs[name])


def test_every_class_of_torch_is_in_the_catalogue_or_a_row() -> None:
    """Every loss and activation class of the installed torch is an entry or a row, and the one left out is said."""
    classes = {*torch.nn.modules.loss.__all__, *torch.nn.modules.activation.__all__}
    entries = {c for entry in CATALOGUE.values() for c in entry.torch.classes}
    rows = {word.replace("_", "") for word in (*TABLE, *ARRAY_ROWS)}
    assert {c for c in classes - entries if c.lower() not in rows} == set()
    assert entries <= classes


def test_names_are_one_word_for_one_thing() -> None:
    """No name of the catalogue is taken by an operation, and every alias leads to its entry."""
    assert not set(CATALOGUE_SPELLINGS) & ({*SPELLINGS, *ARRAY_ROWS})
    for entry in CATALOGUE.values():
        assert all(CATALOGUE_SPELLINGS[word] is entry for word in (entry.name, *entry.aliases))
        assert as_call(entry.name) == entry.call
    assert as_call("w*x") is None


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("huber_loss", {"delta": 0}, "'delta' cannot be 0"),
        ("huber_loss", {"detla": 1}, "no option 'detla'"),
        ("mse_loss", {"reduction": "average"}, "cannot be average"),
        ("mse_loss", {"reduction": True}, "cannot be true"),
        ("poisson_nll_loss", {"full": 2}, "'full' cannot be 2"),
        ("ctc_loss", {}, "needs its option 'target'"),
        ("ctc_loss", {"target": (1, 0)}, "holds the blank"),
        ("ctc_loss", {"target": (1, 1, 1)}, "needs 5 frames"),
        ("ctc_loss", {"target": (7,)}, "no class 7"),
        ("multi_margin_loss", {"p": Fraction(3, 2)}, "'p' cannot be 1.5"),
    ],
)
def test_options_that_cannot_be_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    """An unknown option, or a value outside its range, is an error that says what may be given."""
    shapes = {"logp": (4, 3)} if name == "ctc_loss" else CATALOGUE[name].usual_shapes
    with pytest.raises(ReadError, match=re.escape(message)) as error:
        CATALOGUE[name].text(shapes, options)
    assert error.value.hint or name == "ctc_loss"


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("cross_entropy", {"z": (2, 3, 4), "y": (2, 4)}),
        ("cross_entropy", {"z": (2, 3), "y": ()}),
        ("glu", {"z": ("n", "m")}),
        ("glu", {"z": (2, 3)}),
        ("prelu", {"z": (2, 3, 4), "a": (3,)}),
    ],
)
def test_shapes_that_do_not_fit_are_refused_by_entries(name: str, shapes: Any) -> None:
    """An entry says which shapes it takes, and never reads an axis as something else."""
    with pytest.raises(ShapeError):
        CATALOGUE[name].text(shapes)


def test_texts_name_nothing_but_their_operands() -> None:
    """Whatever the options, a text reads its own operands and definitions, and nothing else."""
    for entry in CATALOGUE.values():
        for question in random_questions(entry):
            program = parse(Source(entry.text(question.shapes, question.options)), known=set(question.shapes))
            defined = {d.name for d in program.definitions}
            read = {n for e in (program.expression, *(d.body for d in program.definitions)) for n in e.names()}
            assert read - defined <= set(question.shapes), question.label


@pytest.mark.parametrize("target", [(), (1,), (1, 2), (1, 1), (2, 1, 2)])
def test_ctc_is_the_sum_over_all_alignments(target: tuple[int, ...]) -> None:
    """The recursion gives minus the log of the probability of every path that collapses to the target."""
    frames, classes = 4, 3
    logp = np.log(np.random.default_rng(len(target)).dirichlet(np.ones(classes), frames))

    def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(label for label, _ in groupby(path) if label)

    paths = [p for p in product(range(classes), repeat=frames) if collapsed(p) == target]
    total = sum(np.exp(sum(logp[t, c] for t, c in enumerate(p))) for p in paths)
    text = CATALOGUE["ctc_loss"].text({"logp": logp.shape}, {"target": target, "reduction": "sum"})
    graph = assemble(parse(Source(text), known={"logp"}), derivative_step, {"logp": logp.shape})
    assert float(interpret(graph, Ball(BITS), _balls({"logp": logp}, graph))[graph.output]) == pytest.approx(
        -np.log(total), rel=1e-13
    )


def test_slopes_drawn_in_training_are_an_operand() -> None:
    """The randomised ReLU in training is torch's with the slopes that torch drew."""
    z = torch.tensor([0.5, -1.5, -0.25, 2.0], dtype=torch.float64, requires_grad=True)
    noise = torch.empty_like(z)
    theirs = torch.ops.aten.rrelu_with_noise(z, noise, 0.125, 1 / 3, True)
    (gradient,) = torch.autograd.grad(theirs.sum(), z)
    drawn = torch.where(z > 0, 1.0, noise)
    question = Question(CATALOGUE["rrelu"], {}, {"z": z.detach().numpy(), "slope": drawn.numpy()})
    derivation = differentiate(_graph(question, (4,)))
    value, derived = _certified(derivation, {**question.point, COTANGENT: np.ones(4)})
    _close(theirs.sum().item(), value, "the value")
    _close(gradient.numpy(), derived["z"], "∂/∂z")


def test_what_the_notes_say_of_torch_is_so() -> None:
    """Below eps torch's Gaussian loss has a slope in the variance; its CTC derivative adds exp(logp)."""
    variance = torch.tensor([0.25], dtype=torch.float64, requires_grad=True)
    zero = torch.zeros(1, dtype=torch.float64)
    torch.nn.functional.gaussian_nll_loss(zero, zero, variance, eps=0.5).backward()
    assert variance.grad == 1  # 1/(2·eps): the derivative at eps, though the loss does not depend on the variance here
    logp = torch.log_softmax(torch.tensor([[0.5, 0.25], [0.0, 1.0]], dtype=torch.float64), -1).requires_grad_()
    lengths = torch.tensor(2), torch.tensor(1)
    torch.nn.functional.ctc_loss(logp, torch.tensor([1]), *lengths, reduction="sum").backward()
    graph = assemble(
        parse(Source(CATALOGUE["ctc_loss"].text({"logp": (2, 2)}, {"target": (1,)})), known={"logp"}),
        derivative_step,
        {"logp": (2, 2)},
    )
    _, derived = _certified(differentiate(graph), {"logp": logp.detach().numpy()})
    assert logp.grad is not None
    _close(logp.grad.numpy(), derived["logp"] + logp.detach().exp().numpy(), "∂/∂logp")
