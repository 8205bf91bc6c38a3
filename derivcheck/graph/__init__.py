"""The intermediate representation: a flat, single-assignment list of steps over named inputs."""

from derivcheck.graph.builder import GraphBuilder
from derivcheck.graph.steps import Access, Graph, Kind, Step

__all__ = ["Access", "Graph", "GraphBuilder", "Kind", "Step"]
