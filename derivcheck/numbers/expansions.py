"""Taylor coefficients f⁽ᵏ⁾(c)/k! of the functions of the kernel, in any number system whose values are numbers.

Each function takes a system, the centre c and a count n, and returns the coefficients of (u - c)⁰ … (u - c)ⁿ⁻¹.

Source: recurrences from the differential equations, as in Griewank & Walther, Evaluating Derivatives (2008), ch. 13.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial

from derivcheck.numbers.kernel import Kernel, Value

Expansion = Callable[[Kernel, Value, int], list[Value]]

ONE = Fraction(1)


def exp(system: Kernel, c: Value, n: int) -> list[Value]:
    """e^c / k!."""
    return _over_factorials(system, [system.exp(c)], n)


def expm1(system: Kernel, c: Value, n: int) -> list[Value]:
    """As exp, but for the value itself."""
    return [system.expm1(c), *exp(system, c, n)[1:]] if n > 1 else [system.expm1(c)]  # type: ignore[attr-defined]


def sin(system: Kernel, c: Value, n: int) -> list[Value]:
    """sin, cos, -sin, -cos over k!."""
    s, co = system.sin(c), system.cos(c)
    return _over_factorials(system, [s, co, system.neg(s), system.neg(co)], n)


def cos(system: Kernel, c: Value, n: int) -> list[Value]:
    """cos, -sin, -cos, sin over k!."""
    s, co = system.sin(c), system.cos(c)
    return _over_factorials(system, [co, system.neg(s), system.neg(co), s], n)


def log(system: Kernel, c: Value, n: int) -> list[Value]:
    """log c, then (-1)ᵏ⁺¹ / (k cᵏ)."""
    return [system.log(c), *_log_tail(system, c, n)]


def log1p(system: Kernel, c: Value, n: int) -> list[Value]:
    """log(1 + c), then (-1)ᵏ⁺¹ / (k (1 + c)ᵏ)."""
    one = system.constant(ONE)
    return [system.log1p(c), *_log_tail(system, system.add(one, c), n)]  # type: ignore[attr-defined]


def _log_tail(system: Kernel, c: Value, n: int) -> list[Value]:
    if n < 2:
        return []
    inverse = system.div(system.constant(ONE), c)
    power, found = inverse, []
    for k in range(1, n):
        found.append(_scaled(system, power, Fraction((-1) ** (k + 1), k)))
        power = system.mul(power, inverse)
    return found


def atan(system: Kernel, c: Value, n: int) -> list[Value]:
    """Integrates 1/(q + 2c d + d²), q = 1 + c²."""
    found = [system.atan(c)]
    if n < 2:
        return found
    inverse = system.div(system.constant(ONE), system.add(system.constant(ONE), system.power(c, Fraction(2))))
    twice = _scaled(system, c, Fraction(2))
    before, last = system.constant(Fraction(0)), inverse
    for k in range(1, n):
        found.append(_scaled(system, last, Fraction(1, k)))
        following = system.neg(system.mul(system.add(system.mul(twice, last), before), inverse))
        before, last = last, following
    return found


def erf(system: Kernel, c: Value, n: int) -> list[Value]:
    """Integrates 2/√π e^(-c²) g with g′ = -2 (c + d) g."""
    return [system.erf(c), *_gauss_tail(system, c, n, 2)]


def erfc(system: Kernel, c: Value, n: int) -> list[Value]:
    """As erf with the opposite sign, but for the value itself."""
    return [system.erfc(c), *_gauss_tail(system, c, n, -2)]  # type: ignore[attr-defined]


def _gauss_tail(system: Kernel, c: Value, n: int, factor: int) -> list[Value]:
    if n < 2:
        return []
    bell = system.exp(system.neg(system.power(c, Fraction(2))))
    scale = _scaled(system, system.div(bell, system.power(system.pi(), Fraction(1, 2))), Fraction(factor))
    twice = _scaled(system, c, Fraction(-2))
    g = [system.constant(ONE)]
    for k in range(1, n - 1):
        term = system.mul(twice, g[k - 1])
        if k > 1:
            term = system.sub(term, _scaled(system, g[k - 2], Fraction(2)))
        g.append(_scaled(system, term, Fraction(1, k)))
    return [_scaled(system, system.mul(scale, g[k - 1]), Fraction(1, k)) for k in range(1, n)]


def loggamma(system: Kernel, c: Value, n: int) -> list[Value]:
    """log Γ(c), then ψ⁽ᵏ⁻¹⁾(c)/k!."""
    tail = [_scaled(system, system.polygamma(c, Fraction(k - 1)), Fraction(1, factorial(k))) for k in range(1, n)]
    return [system.loggamma(c), *tail]


def polygamma(order: Fraction) -> Expansion:
    """ψ⁽ᵐ⁺ᵏ⁾(c)/k! for ψ⁽ᵐ⁾."""

    def expansion(system: Kernel, c: Value, n: int) -> list[Value]:
        return [_scaled(system, system.polygamma(c, order + k), Fraction(1, factorial(k))) for k in range(n)]

    return expansion


def power(exponent: Fraction) -> Expansion:
    """binom(p, k) cᵖ⁻ᵏ; coefficients that vanish (k > p for a natural p) are exactly 0."""

    def expansion(system: Kernel, c: Value, n: int) -> list[Value]:
        binomial, found = ONE, []
        for k in range(n):
            if binomial == 0:
                found.append(system.constant(binomial))
                continue
            found.append(_scaled(system, system.power(c, exponent - k), binomial))
            binomial = binomial * (exponent - k) / (k + 1)
        return found

    return expansion


def _scaled(system: Kernel, value: Value, factor: Fraction) -> Value:
    return system.mul(system.constant(factor), value)


def _over_factorials(system: Kernel, cycle: list[Value], n: int) -> list[Value]:
    return [_scaled(system, cycle[k % len(cycle)], Fraction(1, factorial(k))) for k in range(n)]
