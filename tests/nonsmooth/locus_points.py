"""Whether points lie on loci, decided exactly, for the tests of loci."""

from fractions import Fraction

from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.graph.builder import GraphBuilder
from derivcheck.interpret import interpret
from derivcheck.language.builder import call, number, substitute
from derivcheck.language.expr import Program
from derivcheck.numbers.exact import Exact
from derivcheck.numbers.kernel import Undefined

SYSTEM = Exact(200)


def constant(value):
    builder = GraphBuilder()
    return builder.finish(builder.constant(value))


def value_of(expr, at):
    graph = assemble(Program((), substitute(expr, {n: number(v) for n, v in at.items()})), derivative_step)
    return interpret(graph, SYSTEM, {})[graph.output]


def holds(relation, at):
    """True or False; a ball around 0 counts as 0."""
    difference = value_of(call("sub", relation.left, relation.right), at)
    if isinstance(difference, Undefined):
        return False
    exact = isinstance(difference, Fraction)
    zero = difference == 0 if exact else difference.contains(0)
    sign = 0 if zero else 1 if difference > 0 else -1
    signs = {"=": (0,), "≠": (-1, 1), "<": (-1,), ">": (1,), "≤": (-1, 0), "≥": (0, 1)}
    return sign in signs[relation.sign]


def lies_on(locus, at):
    points = [{**at, locus.integer: Fraction(k)} for k in range(-9, 10)] if locus.integer else [at]
    return any(all(holds(r, p) for r in (*locus.equations, *locus.conditions)) for p in points)
