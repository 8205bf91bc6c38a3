"""Bridges to automatic-differentiation frameworks."""
