"""Derive, explain and check derivatives."""

__version__ = "0.1.0"
