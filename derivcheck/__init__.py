"""Derive, explain and check derivatives: symbolically, numerically and against autograd.

>>> from derivcheck import analyze
>>> result = analyze("(y-(w*x+b))**2", at={"x": 2, "y": 4, "w": 3, "b": 1}, oracles=())
>>> str(result.gradient["w"].value)
'12'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from derivcheck.analysis import Analysis, analyze
    from derivcheck.analysis.equality_request import equal
    from derivcheck.equality.result import ClaimResult
    from derivcheck.errors import DerivcheckError
    from derivcheck.verdict import Agreement, Existence, Verdict

_PUBLIC = {
    "analyze": "derivcheck.analysis",
    "Analysis": "derivcheck.analysis",
    "equal": "derivcheck.analysis.equality_request",
    "ClaimResult": "derivcheck.equality.result",
    "DerivcheckError": "derivcheck.errors",
    "Verdict": "derivcheck.verdict",
    "Existence": "derivcheck.verdict",
    "Agreement": "derivcheck.verdict",
}
"""Where each public name lives; nothing is imported before it is asked for."""

__all__ = [
    "Agreement",
    "Analysis",
    "ClaimResult",
    "DerivcheckError",
    "Existence",
    "Verdict",
    "__version__",
    "analyze",
    "equal",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'derivcheck' has no attribute '{name}'")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
