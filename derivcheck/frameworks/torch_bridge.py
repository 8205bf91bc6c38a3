"""PyTorch: the only module that imports torch, and only when it is asked to run something.

The file is longer than most: all that touches torch stands in one place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce as fold
from importlib.util import find_spec
from typing import Any, cast
from warnings import catch_warnings, simplefilter

from derivcheck.budget import uncollected
from derivcheck.errors import MissingPackageError, PointError, UnsupportedError
from derivcheck.graph.steps import Graph
from derivcheck.interpret import interpret
from derivcheck.numbers.kernel import Kernel, Value
from derivcheck.ops.composites import COMPOSITES
from derivcheck.ops.evaluate import compiled
from derivcheck.ops.row import Op, Torch, trace

INSTALL_HINT = "install it with: pip install torch --index-url https://download.pytorch.org/whl/cpu"


def available() -> bool:
    """Whether torch is installed; does not import it."""
    return find_spec("torch") is not None


def require() -> Any:
    """The torch module.

    Raises:
        MissingPackageError: it is not installed.
    """
    if not available():
        raise MissingPackageError("PyTorch is not installed, so autograd could not be run", hint=INSTALL_HINT)
    with uncollected():
        import torch

    return torch


_TORCH_NAMES = {"loggamma": "lgamma", "max": "maximum", "min": "minimum", "select": "where"}
"""Kernel methods that torch calls otherwise."""


class TorchSystem:
    """Torch tensors as a number system: every row with a torch column runs torch's own function."""

    def __init__(self, dtype: str = "float64", device: str = "cpu") -> None:
        self.torch: Any = require()
        self.dtype = getattr(self.torch, dtype)
        self.device = device

    def __getattr__(self, name: str) -> Any:
        """A kernel method that torch has under its own name; nothing else, so that rows are never taken for torch's."""
        if not hasattr(Kernel, name):
            raise AttributeError(name)
        return getattr(self.torch, _TORCH_NAMES.get(name, name))

    def tensor(self, value: float) -> Any:
        """A tensor of no dimensions."""
        return self.torch.tensor(value, dtype=self.dtype, device=self.device)

    def constant(self, value: Fraction) -> Value:
        """The dtype's number nearest to ``value``."""
        return self.tensor(nearest(value))

    def pi(self) -> Value:
        """π in the dtype."""
        return self.tensor(math.pi)

    def power(self, a: Value, exponent: Fraction) -> Value:
        """``torch.pow`` with a Python number as exponent."""
        return self.torch.pow(a, int(exponent) if exponent.denominator == 1 else float(exponent))

    def native(self, op: Op, params: tuple[Fraction, ...]) -> Callable[..., Value] | None:
        """Torch's own function for a row, with the row's static parameters as keywords."""
        column = op.torch
        if column is None:
            return None
        if column.body is not None:
            return compiled(trace(column.body, op.arity or op.least, params), cast(Kernel, self))
        function = self.torch
        for part in column.function.split("."):
            function = getattr(function, part)
        keywords = _keywords(op, column, params)
        order = column.order
        if column.fold:
            return lambda *args: fold(function, args)
        if order is not None:
            return lambda *args: function(*[args[k] for k in order], **keywords)
        return (lambda *args: function(*args, **keywords)) if keywords else function


def _keywords(op: Op, column: Torch, params: tuple[Fraction, ...]) -> dict[str, Any]:
    given = {p.name: int(v) if v.denominator == 1 else float(v) for p, v in zip(op.params, params, strict=True)}
    return {
        key: given.get(value, value) if isinstance(value, str) else value
        for key, value in (column.keywords or {}).items()
    }


def nearest(value: Fraction) -> float:
    """The binary64 number nearest to ``value``; infinite beyond its range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


class TorchStorage:
    """Arrays as tensors."""

    stable = True
    fuses = True

    def __init__(self, system: TorchSystem) -> None:
        self._system = system
        self._torch = system.torch

    def elementwise(self, function: Callable[..., Value], arguments: Sequence[Value], shape: tuple[int, ...]) -> Value:
        """Torch's own broadcasting."""
        return self._torch.broadcast_to(function(*arguments), shape)

    def fill(self, shape: tuple[int, ...], value: Value) -> Value:
        """A tensor of equal values."""
        return value.expand(shape).clone()

    def array(self, values: Sequence[Value], shape: tuple[int, ...]) -> Value:
        """The numbers as one tensor."""
        return self._torch.stack(list(values)).reshape(shape)

    def reduce(self, op: str, array: Value, axes: tuple[int, ...]) -> Value:
        """Torch's reduction."""
        functions = {"sum": self._torch.sum, "mean": self._torch.mean, "max": self._torch.amax, "min": self._torch.amin}
        if op in functions:
            return functions[op](array, dim=axes)
        for axis in sorted(axes, reverse=True):
            array = self._torch.prod(array, dim=axis)
        return array

    def contract(self, subscripts: Sequence[Sequence[int]], arrays: Sequence[Value], out: Sequence[int]) -> Value:
        """``torch.einsum``."""
        operands = [x for pair in zip(arrays, map(list, subscripts), strict=True) for x in pair]
        return self._torch.einsum(*operands, list(out))

    def composite(self, name: str, array: Value, axes: tuple[int, ...]) -> Value | None:
        """Torch's own function for a composite row along axes, or None if the row names none."""
        row = COMPOSITES[name]
        if not row.torch:
            return None
        kept = [k for k in range(array.ndim) if k not in axes]
        last = array.permute(*kept, *axes).flatten(len(kept))
        out = getattr(self._torch, row.torch)(last, dim=-1)
        if not row.keeps_axis:
            return out
        order = [*kept, *axes]
        return out.reshape([array.shape[k] for k in order]).permute(*[order.index(k) for k in range(array.ndim)])


@dataclass(frozen=True, slots=True)
class AutogradRun:
    """What torch computed: the value and the gradient of every step, as Python floats or tensors.

    Attributes:
        values: per step, None where the step was not needed.
        gradients: per step, None where torch gives none.
        version: torch's version.
    """

    values: tuple[Any, ...]
    gradients: tuple[Any, ...]
    version: str


def run_autograd(
    graph: Graph,
    inputs: Mapping[str, Any],
    *,
    upstream: float = 1.0,
    dtype: str = "float64",
    device: str = "cpu",
    deadline: Callable[[], None] | None = None,
) -> AutogradRun:
    """Run ``graph`` forward in torch and backward from its output, keeping every intermediate gradient.

    Args:
        graph: the primal graph.
        inputs: a float, or an array of the variable's shape, for every variable.
        upstream: the gradient of the output.
        dtype: the name of a torch floating type.
        device: a torch device.
        deadline: called now and then; raises when time is up.

    Raises:
        MissingPackageError: torch is not installed.
        UnsupportedError: torch lacks an operation, or its derivative, in this type on this device.
    """
    system = TorchSystem(dtype, device)
    torch = system.torch
    leaves = {
        name: torch.tensor(value, dtype=system.dtype, device=device, requires_grad=True)
        for name, value in inputs.items()
    }
    try:
        values = interpret(
            graph,
            cast(Kernel, system),
            leaves,
            wanted=[graph.output],
            storage=TorchStorage(system),
            total=True,
            deadline=deadline,
        )
    except (RuntimeError, NotImplementedError) as error:
        raise UnsupportedError(_first_line(error)) from error
    for value in values:
        if value is not None and value.requires_grad and not value.is_leaf:
            value.retain_grad()
    if values[graph.output].requires_grad:
        _backward(values[graph.output], upstream)
    if deadline is not None:
        deadline()
    return AutogradRun(
        tuple(None if v is None else _plain(v.detach()) for v in values),
        tuple(None if v is None or not v.requires_grad or v.grad is None else _plain(v.grad) for v in values),
        str(torch.__version__),
    )


@dataclass(frozen=True, slots=True)
class GradientRun:
    """What torch computed of a loss of arrays.

    Attributes:
        value: the loss.
        gradients: by variable a float64 array of its shape; zeros where the loss does not depend on it.
        version: torch's version.
    """

    value: float
    gradients: Mapping[str, Any]
    version: str


def run_gradients(
    graph: Graph,
    inputs: Mapping[str, Any],
    wanted: Collection[str],
    *,
    upstream: float = 1.0,
    dtype: str = "float64",
    device: str = "cpu",
    deadline: Callable[[], None] | None = None,
) -> GradientRun:
    """Run ``graph`` forward in torch and backward to the wanted variables, keeping nothing else.

    Args:
        graph: the primal graph, its sizes known.
        inputs: a number or a float64 array of the variable's own indices, for every variable; arrays are not copied
            where torch can read them as they are.
        wanted: the variables to differentiate in.
        upstream: the gradient of the output.
        dtype: the name of a torch floating type.
        device: a torch device.
        deadline: called now and then; raises when time is up.

    Raises:
        MissingPackageError: torch is not installed.
        UnsupportedError: torch lacks an operation, or its derivative, in this type on this device.
    """
    system = TorchSystem(dtype, device)
    leaves = {n: _leaf(system, value, n in wanted) for n, value in inputs.items()}
    storage = TorchStorage(system)
    try:
        values = interpret(
            graph,
            cast(Kernel, system),
            leaves,
            wanted=[graph.output],
            storage=storage,
            total=True,
            deadline=deadline,
        )
    except (RuntimeError, NotImplementedError) as error:
        raise UnsupportedError(_first_line(error)) from error
    out = values[graph.output]
    del values
    if out.requires_grad:
        _backward(out, upstream)
    gradients = {n: _array(leaves[n].grad, leaves[n]) for n in wanted if n in leaves}
    return GradientRun(float(out.detach()), gradients, str(system.torch.__version__))


def _leaf(system: TorchSystem, value: Any, differentiated: bool) -> Any:
    """A tensor of an input; torch says once that it must not write into a read-only array, and it does not."""
    with catch_warnings():
        simplefilter("ignore")
        tensor = system.torch.as_tensor(value, dtype=system.dtype, device=system.device)
    return tensor.detach().requires_grad_() if differentiated else tensor


def _array(gradient: Any, leaf: Any) -> Any:
    """A gradient as a float64 array."""
    found = leaf.detach().new_zeros(leaf.shape) if gradient is None else gradient
    return _widest(found.detach().cpu()).numpy()


def _backward(out: Any, upstream: float) -> None:
    """Backward with ``upstream`` everywhere; given as ``gradient=`` it would make torch load SymPy."""
    try:
        (out * upstream).sum().backward()
    except (RuntimeError, NotImplementedError) as error:
        raise UnsupportedError(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]


def _plain(tensor: Any) -> Any:
    """A Python float, or an array of binary64 numbers, which hold those of every other type."""
    return tensor.item() if tensor.ndim == 0 else _widest(tensor.cpu()).numpy()


def _widest(tensor: Any) -> Any:
    return tensor.double() if tensor.is_floating_point() else tensor


def require_device(device: str) -> None:
    """Make sure that torch has a device; where torch is not installed, nothing can be said of it.

    Raises:
        PointError: there is no such device.
    """
    if device == "cpu" or not available():
        return
    torch = require()
    try:
        torch.zeros(1, device=torch.device(device)).add(1).cpu()
    except (RuntimeError, AssertionError, NotImplementedError, ValueError) as error:
        kinds = ["cpu", *(k for k in ("cuda", "mps", "xpu") if _is_there(torch, k))]
        hint = f"write one of: {', '.join(kinds)}"
        raise PointError(f"PyTorch has no device '{device}' here: {_first_line(error)}", None, hint) from error


def _is_there(torch: Any, kind: str) -> bool:
    module = getattr(torch, kind, None)
    return module is not None and bool(module.is_available())
