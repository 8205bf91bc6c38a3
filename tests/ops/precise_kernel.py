"""The kernel in mpmath at 60 digits, without any stable compound: what the bodies themselves say."""

from __future__ import annotations

from fractions import Fraction

from mpmath import MPContext

from derivcheck.numbers.kernel import DomainError, Undefined

mp = MPContext()
mp.dps = 60


def inside(condition, what):
    if not condition:
        raise DomainError(what)


class Precise:
    pi = staticmethod(lambda: +mp.pi)
    add = staticmethod(lambda a, b: a + b)
    sub = staticmethod(lambda a, b: a - b)
    mul = staticmethod(lambda a, b: a * b)
    neg = staticmethod(lambda a: -a)
    exp, sin, cos, atan, erf = (staticmethod(f) for f in (mp.exp, mp.sin, mp.cos, mp.atan, mp.erf))
    abs, floor = staticmethod(abs), staticmethod(mp.floor)
    max, min = staticmethod(max), staticmethod(min)
    lt = staticmethod(lambda a, b: a < b)
    le = staticmethod(lambda a, b: a <= b)
    eq = staticmethod(lambda a, b: a == b)
    logical_and = staticmethod(lambda p, q: p and q)
    logical_or = staticmethod(lambda p, q: p or q)
    logical_not = staticmethod(lambda p: not p)

    def constant(self, value):
        return mp.mpf(value.numerator) / value.denominator

    def div(self, a, b):
        inside(b != 0, "division by 0")
        return a / b

    def power(self, a, exponent):
        inside(exponent.denominator == 1 or a >= 0, "a fractional power")
        inside(exponent >= 0 or a != 0, "a negative power of 0")
        if exponent.denominator == 1:
            return a ** int(exponent)
        return mp.root(a, exponent.denominator) ** exponent.numerator if a else mp.mpf(0)

    def pow(self, a, b):
        if b == mp.floor(b):
            return self.power(a, Fraction(int(b)))
        inside(a > 0 or (a == 0 and b > 0), "a variable power")
        return a**b

    def log(self, a):
        inside(a > 0, "log")
        return mp.log(a)

    def loggamma(self, a):
        inside(a > 0, "log gamma")
        return mp.loggamma(a)

    def polygamma(self, a, order):
        inside(a > 0, "polygamma")
        return mp.psi(int(order), a)

    def select(self, condition, a, b):
        chosen = a if condition else b
        if isinstance(chosen, Undefined):
            raise chosen.error
        return chosen
