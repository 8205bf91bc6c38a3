"""Graphs and points from text, for the tests of existence."""

from derivcheck.derive import derivative_step
from derivcheck.graph.assemble import assemble
from derivcheck.language.parser import parse
from derivcheck.source import Source


def graph_of(text):
    return assemble(parse(Source(text, "test")), derivative_step)


def point_of(**values):
    return {name: graph_of(str(value)) for name, value in values.items()}
