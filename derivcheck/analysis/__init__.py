"""The composition root: read, derive, ask every oracle, judge, show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from derivcheck.analysis.checks import check
from derivcheck.analysis.claimed import claim_items
from derivcheck.analysis.claims import read_claims
from derivcheck.analysis.conclude import derivatives
from derivcheck.analysis.published import analysis_of
from derivcheck.analysis.request import read_loss, read_machine, read_rate, read_upstream
from derivcheck.analysis.result import Analysis
from derivcheck.analysis.stages import ORACLES, derive
from derivcheck.budget import Deadline
from derivcheck.errors import PointError

__all__ = ["Analysis", "analyze"]


# long function: every option of an analysis is one parameter
def analyze(
    expression: Any,
    at: str | Iterable[str] | Mapping[str, Any] | None = None,
    *,
    wrt: str | Sequence[str] | None = None,
    let: str | Iterable[str] | Mapping[str, str] | None = None,
    claims: Mapping[str, Any] | str | Iterable[str] | None = None,
    compare: str | None = None,
    lr: Any = None,
    order: int = 1,
    upstream: Any = None,
    shapes: Any = None,
    assume: Any = None,
    literals: str = "decimal",
    dtype: Any = "float64",
    device: str = "cpu",
    oracles: Collection[str] = ORACLES,
    full: bool = False,
    timeout: float | None = 30.0,
) -> Analysis:
    """Derive, explain and check one loss of numbers and arrays, at a point if one is given.

    Args:
        expression: text such as ``"(y-(w*x+b))**2"``, or a SymPy expression.
        at: the value of every variable: ``{"x": 2, "w": "1/3"}`` or ``"x=2,w=1/3"``. Integers, fractions, decimals and
            texts are exact; a float is exactly its binary64 value. Lists, NumPy arrays and tensors are arrays.
        wrt: the variables to differentiate by, ``"w,b"``, a sequence or ``"all"``. By default every name that is not
            data by convention (x, y, t, X, Y and their subscripted forms), or all where nothing else is left.
        let: definitions, ``{"yhat": "w*x+b"}`` or ``"yhat=w*x+b"``.
        claims: what somebody says the derivatives are: ``{"w": "-2*x*(y-yhat)"}`` a formula, ``{"w": 12}`` the value at
            the point (an integer, a fraction or a text of them exactly, a decimal text to its last digit, a float to
            one unit in its last place). Names on the way count too, ``{"yhat": …}``, and pairs of variables where
            ``order`` is 2, ``{"w,b": …}``. What is claimed about is differentiated by.
        compare: ``"mae"``, ``"mse"`` or another loss, to be set beside this one.
        lr: a learning rate, for one gradient-descent step.
        order: 1, or 2 for the Hessian too.
        upstream: the derivative of something further up with respect to the loss; 1 by default.
        shapes: shapes of variables without values, ``"X=(n,d), w=(d)"`` or ``{"X": ("n", "d")}``; values bring theirs.
        assume: stated facts about inputs, ``"t: onehot"`` or ``{"t": "onehot"}``; formulas may rest on them, and given
            values must have them.
        literals: how the numbers of a text are read: ``"decimal"``, exactly as written, or ``"binary64"``, as a float
            program holds them. Where the other reading finds another kind of point, that is reported.
        dtype: the floating type in which autograd is run and judged: ``"float64"``, ``"float32"``, ``"float16"`` or
            ``"bfloat16"``.
        device: the torch device on which it is run.
        oracles: which of ``"autograd"``, ``"finite"`` and ``"direct"`` to ask.
        full: explain every piece of a long loss.
        timeout: seconds, or None for no limit. What is not done by then is undecided, never wrong.

    Returns:
        The analysis: ``.verdict``, ``.value``, ``.gradient[name]`` and more.

    Raises:
        ReadError: the expression cannot be read.
        PointError: the point or an option does not fit.
        OutOfTimeError: the time passed before the derivation itself was done.

    Example:
        >>> result = analyze("(y-(w*x+b))**2", at={"x": 2, "y": 4, "w": 3, "b": 1}, oracles=())
        >>> result.gradient["w"].formula, str(result.gradient["w"].value)
        ('-2*x*(y - (w*x + b))', '12')
    """
    if timeout is not None and not isinstance(timeout, int | float):
        raise PointError("a time limit is a number of seconds, or None", None, "write timeout=30.0")
    if compare is not None and not isinstance(compare, str):
        raise PointError("the other loss is given as text", None, 'write compare="mae"')
    machine = read_machine(dtype, device)
    deadline = Deadline(timeout)
    items = claim_items(claims)
    claimed = [n for names in items for n in names]
    loss = read_loss(expression, at, wrt=wrt, let=let, claimed=claimed, literals=literals, shapes=shapes, assume=assume)
    rate = None if lr is None else read_rate(lr)
    up = read_upstream(upstream)
    derived = derive(loss, deadline, order=order, upstream=up, rate=rate, oracles=oracles, machine=machine, full=full)
    checked = check(derived, read_claims(items, derived))
    other = None
    if compare is not None:
        from derivcheck.analysis.compare import other_loss

        beside = other_loss(compare, loss, derived.subject.explanation, at=at)
        companion = check(derive(beside, deadline, oracles=oracles, machine=machine, full=full))
        other = analysis_of(companion, derivatives(companion.subject, companion.evidence.partials))
    return analysis_of(checked, derivatives(checked.subject, checked.evidence.partials), other)
