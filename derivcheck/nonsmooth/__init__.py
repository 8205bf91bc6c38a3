"""Existence of derivatives at a point, decided by one-sided germs."""

from derivcheck.nonsmooth.existence import ActiveSwitch, DomainExit, GradientExistence, PartialExistence
from derivcheck.nonsmooth.gradient import clarke_vertices, gradient_existence
from derivcheck.nonsmooth.hull import in_clarke
from derivcheck.nonsmooth.partial import domain_reason, partial_existence
from derivcheck.nonsmooth.switches import switch_quantity

__all__ = [
    "ActiveSwitch",
    "DomainExit",
    "GradientExistence",
    "PartialExistence",
    "clarke_vertices",
    "domain_reason",
    "gradient_existence",
    "in_clarke",
    "partial_existence",
    "switch_quantity",
]
