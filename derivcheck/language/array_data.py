"""Values of an array as they were given: exact where there are few, binary64 where there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_EXACT = 10_000
"""The elements of the largest array whose elements are kept as exact numbers."""

BINARY64_BITS = 53


@dataclass(frozen=True, slots=True, eq=False)
class ArrayData:
    """The elements of one array, read-only.

    Attributes:
        values: an array of ``Fraction`` objects, or of float64.
        exact: whether every element is exactly the number that was given; False where texts of decimals were rounded
            to binary64.
        source: where the elements come from, for messages, such as ``data.csv, column 'x'``.
        bits: the significant bits of the floating type in which the elements were given (24 for float32), None where
            they were given as text or as integers: a sum of floats is known only to their rounding.
    """

    values: NDArray[Any]
    exact: bool
    source: str
    bits: int | None = None

    def __post_init__(self) -> None:
        if self.values.dtype not in (object, "float64"):
            raise ValueError(f"elements are fractions or float64, not {self.values.dtype}")
        if self.values.dtype == object and not self.exact:
            raise ValueError("fractions are exact")
        view = self.values.view()
        view.setflags(write=False)
        object.__setattr__(self, "values", view)

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        return self.values.shape

    @property
    def rational(self) -> bool:
        """Whether the elements are ``Fraction`` objects."""
        return self.values.dtype == object

    def element(self, position: tuple[int, ...]) -> Fraction:
        """One element as an exact number."""
        return Fraction(self.values[position])

    def floats(self) -> NDArray[np.float64]:
        """The elements as the nearest binary64 numbers.

        Raises:
            OverflowError: an element lies beyond binary64.
        """
        return self.values.astype("float64")


def fraction_array(values: Sequence[Fraction], shape: tuple[int, ...]) -> NDArray[Any]:
    """An array of ``Fraction`` objects from its elements in the order of rows."""
    import numpy as np

    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found.reshape(shape)
