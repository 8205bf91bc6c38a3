"""Existence of derivatives at a point, decided by one-sided germs."""

from derivcheck.nonsmooth.existence import ActiveSwitch, DomainExit, GradientExistence, PartialExistence
from derivcheck.nonsmooth.gradient import clarke_vertices, gradient_existence
from derivcheck.nonsmooth.hull import in_clarke
from derivcheck.nonsmooth.loci import find_loci
from derivcheck.nonsmooth.locus import Certainty, Loci, Locus, Relation
from derivcheck.nonsmooth.partial import domain_reason, partial_existence
from derivcheck.nonsmooth.second import second_existence
from derivcheck.nonsmooth.switches import switch_quantity

__all__ = [
    "ActiveSwitch",
    "Certainty",
    "DomainExit",
    "GradientExistence",
    "Loci",
    "Locus",
    "PartialExistence",
    "Relation",
    "clarke_vertices",
    "domain_reason",
    "find_loci",
    "gradient_existence",
    "in_clarke",
    "partial_existence",
    "second_existence",
    "switch_quantity",
]
