"""Rows of the error function and of the gamma function with its logarithm's derivatives.

Derivatives: NIST Digital Library of Mathematical Functions, 5.2, 5.15 and 7.2; reflection: 5.5.3 and 5.5.4.
"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.ops.row import Op, Parameter, Term, Torch, apply
from derivcheck.ops.terms import HALF, absolute, cos, eq, exp, function, log, ne, pi, sin, sqrt, where


def _bell(a: Term) -> Term:
    """2/√π · exp(-a²), the slope of erf."""
    return 2 / sqrt(pi()) * exp(-(a**2))


def _no_pole(a: Term) -> Term:
    """Γ has poles at 0, -1, -2, …."""
    return (a > 0) | ne(a, apply("floor", a))


def _parity(a: Term) -> Term:
    """The sign of Γ(a) for a < 0: positive where ⌊a⌋ is even."""
    whole = apply("floor", a)
    return where(eq(2 * apply("floor", whole / 2), whole), 1, -1)


def _sin_pi(a: Term) -> Term:
    """sin(πa), exactly 0 at the integers, so that a pole is refused at every precision."""
    return where(eq(a, apply("floor", a)), 0, sin(pi() * a))


def _polygamma(a: Term, order: int | Fraction) -> Term:
    return apply("polygamma", a, order=order)


def _trigamma(a: Term) -> Term:
    """ψ′ on the whole line: ψ′(a) + ψ′(1 - a) = π²/sin²(πa)."""
    return where(a > 0, _polygamma(a, 1), pi() ** 2 / _sin_pi(a) ** 2 - _polygamma(1 - a, 1))


def _polygamma_in_torch(a: Term, order: Fraction) -> Term:
    """Of order 2 and more by Hurwitz's ζ(n+1, a), which begins with a⁻ⁿ⁻¹: that may be below the range."""
    if order == 1:
        return _trigamma_in_torch(a)
    return _polygamma(a, order) if order == 0 else a ** -(order + 1) * (_polygamma(a, order) * a ** (order + 1))


def _trigamma_in_torch(a: Term) -> Term:
    """Six steps of the recurrence, then the asymptotic series up to a⁻⁷; reflected for a < 1/2."""
    reflected = a < HALF
    shifted = where(reflected, 1 - a, a)
    total: Term | int = 0
    for _ in range(6):
        total, shifted = total + 1 / shifted**2, shifted + 1
    square = 1 / shifted**2
    bracket = Fraction(1, 6) - square * (Fraction(1, 30) - square * Fraction(1, 42))
    total = total + (1 + 1 / (2 * shifted) + square * bracket) / shifted
    return where(reflected, pi() ** 2 / _sin_pi(a) ** 2 - total, total)


ROWS = (
    Op(
        name="erf",
        kernel="erf",
        local=(lambda a, out: _bell(a),),
        monotone=1,
        notation=function("erf"),
        rule="error_function",
        torch=Torch("erf", short=lambda a: 1 - apply("erfc", a)),
        summary="2/√π times the integral of exp(-s²) from 0 to a",
    ),
    Op(
        name="erfc",
        body=lambda a: 1 - apply("erf", a),
        local=(lambda a, out: -_bell(a),),
        monotone=-1,
        notation=function("erfc"),
        rule="error_function",
        torch=Torch("erfc"),
        summary="1 - erf(a)",
    ),
    Op(
        name="gamma",
        body=lambda a: where(
            a > 0,
            exp(apply("loggamma", a)),
            pi() / (_sin_pi(a) * exp(apply("loggamma", 1 - a))),
        ),
        local=(lambda a, out: out * apply("digamma", a),),
        domain=(_no_pole,),
        notation=function("gamma", r"\Gamma", "Γ"),
        rule="gamma_function",
        torch=Torch(body=lambda a: where(a > 0, 1, _parity(a)) * exp(apply("lgamma", a))),
        summary="the gamma function, (a - 1)! at the positive integers",
    ),
    Op(
        name="lgamma",
        body=lambda a: where(
            a > 0,
            apply("loggamma", a),
            log(pi() / absolute(_sin_pi(a))) - apply("loggamma", 1 - a),
        ),
        local=(lambda a, out: apply("digamma", a),),
        domain=(_no_pole,),
        notation=function("lgamma", aliases=("gammaln",)),
        rule="gamma_function",
        torch=Torch("lgamma"),
        summary="log |Γ(a)|",
    ),
    Op(
        name="digamma",
        body=lambda a: where(
            a > 0,
            _polygamma(a, 0),
            _polygamma(1 - a, 0) - pi() * cos(pi() * a) / _sin_pi(a),
        ),
        local=(lambda a, out: _trigamma(a),),
        domain=(_no_pole,),
        notation=function("digamma", r"\psi"),
        rule="gamma_function",
        torch=Torch("digamma", local=(lambda a, out: _trigamma_in_torch(a),)),
        summary="ψ(a) = Γ′(a)/Γ(a)",
    ),
    Op(
        name="loggamma",
        kernel="loggamma",
        local=(lambda a, out: _polygamma(a, 0),),
        domain=(lambda a: a > 0,),
        notation=function("loggamma", r"\log\Gamma"),
        rule="gamma_function",
        torch=Torch("lgamma"),
        summary="log Γ(a) for positive a",
    ),
    Op(
        name="polygamma",
        kernel="polygamma",
        params=(Parameter("order"),),
        local=(lambda a, out, order: _polygamma(a, order + 1),),
        domain=(lambda a, order: a > 0,),
        notation=function("polygamma"),
        rule="gamma_function",
        torch=Torch("Tensor.polygamma", {"n": "order"}, value=_polygamma_in_torch),
        summary="the derivative of log Γ(a) of order n + 1, for positive a",
    ),
)
