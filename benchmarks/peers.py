"""What other gradient checkers answer to a question: torch's, SciPy's and JAX's, each as its documentation uses it.

Each gets the function in float64 and the claimed gradient's value at the point; it accepts the claim or rejects it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from benchmarks.questions import Question, value_of
from derivcheck.analysis.request import Loss, read_loss
from derivcheck.frameworks.torch_bridge import TorchSystem
from derivcheck.interpret import interpret, values_at
from derivcheck.numbers.ball import Ball
from derivcheck.numbers.floats import Floats
from derivcheck.numbers.kernel import Kernel

SCIPY_RULE = 1e-6
"""Below this ``check_grad``'s result counts as agreement."""

Peer = Callable[["Claimed"], bool]


class Claimed:
    """A question as a checker of floats sees it.

    Attributes:
        names: the variables with a claim.
        start: the float64 point, by every variable.
        gradient: the claimed gradient's float64 values at the point, NaN where a claim has none.
    """

    def __init__(self, question: Question) -> None:
        self._loss: Loss = read_loss(question.expression, question.at)
        centre = values_at(self._loss.constants, Ball(128))
        self.names = tuple(question.claims)
        self.start: Mapping[str, float] = {n: float(v.mid()) for n, v in centre.items()}
        self.gradient = [_number(value_of(claim, question)) for claim in question.claims.values()]

    def value(self, point: Sequence[Any], system: Kernel, constant: Callable[[float], Any]) -> Any:
        """The function in a number system, with ``point`` for the variables that have a claim."""
        given = {**{n: constant(v) for n, v in self.start.items()}, **dict(zip(self.names, point, strict=True))}
        graph = self._loss.graph
        return interpret(graph, system, given, wanted=[graph.output], total=True)[graph.output]

    def float_value(self, point: Sequence[float]) -> float:
        """The function in float64."""
        return float(self.value([float(v) for v in point], cast(Kernel, Floats()), float))

    @property
    def place(self) -> list[float]:
        """The point of the variables that have a claim."""
        return [self.start[n] for n in self.names]


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def gradcheck(claimed: Claimed, *, fast: bool) -> bool:
    """``torch.autograd.gradcheck`` of a function whose backward is the claim, with its own tolerances.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html
    """
    torch: Any = import_module("torch")
    system = TorchSystem()

    def forward(context: Any, *point: Any) -> Any:  # noqa: ARG001 - torch passes it
        return claimed.value(point, cast(Kernel, system), system.tensor).clone()

    def backward(context: Any, upstream: Any) -> tuple[Any, ...]:  # noqa: ARG001 - torch passes it
        return tuple(upstream * g for g in claimed.gradient)

    methods = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    function: Any = type("Claim", (torch.autograd.Function,), methods)
    leaves = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in claimed.place]
    return bool(torch.autograd.gradcheck(function.apply, leaves, raise_exception=False, fast_mode=fast))


def check_grad(claimed: Claimed) -> bool:
    """``scipy.optimize.check_grad`` below :data:`SCIPY_RULE`.

    Source: https://docs.scipy.org/doc/scipy/reference/generated/scipy.optimize.check_grad.html
    """
    numpy, optimize = import_module("numpy"), import_module("scipy.optimize")
    error = optimize.check_grad(claimed.float_value, lambda _: numpy.array(claimed.gradient), claimed.place)
    return bool(error < SCIPY_RULE)


def check_grads(claimed: Claimed) -> bool:
    """``jax.test_util.check_grads`` in reverse mode of a function with the claim as its custom rule.

    Source: https://docs.jax.dev/en/latest/jax.test_util.html
    """
    jax, test_util = import_module("jax"), import_module("jax.test_util")
    jax.config.update("jax_enable_x64", True)

    def value(*point: Any) -> Any:
        return jax.numpy.asarray(claimed.float_value(point))

    def forward(*point: Any) -> Any:
        return value(*point), None

    def backward(_: Any, upstream: Any) -> Any:
        return tuple(upstream * g for g in claimed.gradient)

    function = jax.custom_vjp(value)
    function.defvjp(forward, backward)
    try:
        test_util.check_grads(function, [jax.numpy.float64(v) for v in claimed.place], order=1, modes=["rev"])
    except AssertionError:
        return False
    return True


def installed() -> dict[str, Peer]:
    """The checkers that are installed, by name."""
    peers: dict[str, Peer] = {}
    if find_spec("torch") is not None:
        peers["torch gradcheck"] = lambda c: gradcheck(c, fast=False)
        peers["torch gradcheck, fast mode"] = lambda c: gradcheck(c, fast=True)
    if find_spec("scipy") is not None:
        peers["scipy check_grad"] = check_grad
    if find_spec("jax") is not None:
        peers["jax check_grads"] = check_grads
    return peers


def accepts(peer: Peer, claimed: Claimed) -> bool | None:
    """Whether a checker accepts a claim; None where it breaks off."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return peer(claimed)
        except Exception:  # noqa: BLE001 - whatever another checker raises is no answer
            return None
