"""The errors a person can meet. Each says what was found, where, and what to write instead."""

from __future__ import annotations

from derivcheck.source import Span


class DerivcheckError(Exception):
    """Base of every error that this package raises on purpose.

    Args:
        message: what was found, as one sentence without a full stop.
        span: where it was found, if it stands in a text.
        hint: what to write instead.
    """

    def __init__(self, message: str, span: Span | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.message]
        if self.span is not None:
            lines[0] = f"{self.span.source.name}, line {self.span.line}, column {self.span.column}: {self.message}"
            lines.append(self.span.excerpt())
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[type[DerivcheckError], tuple[str, Span | None, str | None]]:
        return type(self), (self.message, self.span, self.hint)


class ReadError(DerivcheckError):
    """A text that is not an expression, or that names something unknown."""


class PointError(DerivcheckError):
    """A point, an option or an argument that cannot be used."""


class ShapeError(DerivcheckError):
    """Operands whose shapes do not fit together."""


class UnsupportedError(DerivcheckError):
    """A request that is meaningful but that this version cannot answer."""


class OutOfTimeError(DerivcheckError):
    """The time limit passed before the work was finished."""


class MissingPackageError(DerivcheckError):
    """An optional package that is needed is not installed."""
