"""One operation in one number system: the kernel method, a stable compound of the system, or the body."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce

from derivcheck.numbers.kernel import REFUSALS, Kernel, Undefined, Value
from derivcheck.ops.row import CONSTANT, Op, Program, Role
from derivcheck.ops.table import TABLE


def evaluator(op: Op, params: tuple[Fraction, ...], arity: int, system: Kernel) -> Callable[..., Value]:
    """The function of ``arity`` values of ``system`` that computes ``op``.

    Stable compounds of the system stand for operations without static parameters only.
    """
    native = getattr(system, "native", None)
    if native is not None:
        function: Callable[..., Value] | None = native(op, params)
        if function is not None:
            return function
    compound = getattr(system, op.name, None) if not op.kernel and not op.params else None
    if compound is not None:
        return compound  # type: ignore[no-any-return]  # systems offer compounds by name only
    if op.kernel:
        method = getattr(system, op.kernel)
        if op.arity is None:
            return lambda *args: reduce(method, args)
        return (lambda *args: method(*args, *params)) if params else method
    return compiled(op.body_program(arity, params), system)


def refusing(function: Callable[..., Value], *, reads_all: bool = True) -> Callable[..., Value]:
    """``function`` with refusals turned into :class:`Undefined` values, which spread unless a selection skips them."""

    def run(*arguments: Value) -> Value:
        for a in arguments if reads_all else arguments[:1]:
            if type(a) is Undefined:
                return a
        try:
            return function(*arguments)
        except REFUSALS as refusal:
            return Undefined(refusal)

    return run


def compiled(program: Program, system: Kernel) -> Callable[..., Value]:
    """The function of the program's operands in ``system``; constants are made once.

    A value that an instruction refuses is refused by the whole program, unless a selection leaves it out.
    """
    steps = [_instruction(i.op, i.params, i.args, system) for i in program.instructions]
    result = program.result
    if any(i.op != CONSTANT and TABLE[i.op].role is Role.SELECT for i in program.instructions):
        return _lenient(program, steps)

    def run(*operands: Value) -> Value:
        registers = list(operands)
        for function, args in steps:
            registers.append(function(*[registers[a] for a in args]))
        return registers[result]

    return run


def _lenient(program: Program, steps: list[tuple[Callable[..., Value], tuple[int, ...]]]) -> Callable[..., Value]:
    """Run the steps with refusals kept as :class:`Undefined` values, so that a selection can leave them out."""
    selects = [i.op != CONSTANT and TABLE[i.op].role is Role.SELECT for i in program.instructions]

    def run(*operands: Value) -> Value:
        registers = list(operands)
        for (function, args), select in zip(steps, selects, strict=True):
            values = [registers[a] for a in args]
            refused = next((v for v in (values[:1] if select else values) if isinstance(v, Undefined)), None)
            if refused is None:
                try:
                    registers.append(function(*values))
                    continue
                except REFUSALS as refusal:
                    refused = Undefined(refusal)
            registers.append(refused)
        found = registers[program.result]
        if isinstance(found, Undefined):
            raise found.error
        return found

    return run


def _instruction(
    name: str, params: tuple[Fraction, ...], args: tuple[int, ...], system: Kernel
) -> tuple[Callable[..., Value], tuple[int, ...]]:
    if name == CONSTANT:
        value = system.constant(params[0])
        return (lambda: value), args
    return evaluator(TABLE[name], params, len(args), system), args
