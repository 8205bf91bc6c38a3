"""Arrays from NumPy's ``.npy`` and ``.npz`` files. Nothing in them is run: pickled objects are refused."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derivcheck.errors import PointError
from derivcheck.language.array_data import MAX_EXACT, ArrayData, fraction_array
from derivcheck.language.csv_files import MAX_BYTES
from derivcheck.language.expr import Expr
from derivcheck.language.items import item_name
from derivcheck.language.point import constant_expr

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HINT = "write it with numpy.save or numpy.savez, without objects"


def read_npz(path: str | Path) -> Mapping[str, ArrayData | Expr]:
    """The arrays of a ``.npz`` file by name; one without axes is a constant expression.

    Raises:
        PointError: the file cannot be read, a name is no name, or an array holds no numbers or one that is not finite.
    """
    import numpy as np

    path = Path(path)
    found: dict[str, ArrayData | Expr] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
                raise PointError(f"{path.name} holds more than {MAX_BYTES:,} bytes", None, "give a smaller file")
        with np.load(path, allow_pickle=False) as arrays:
            for key in arrays.files:
                name = item_name(key, where=path.name)
                if name in found:
                    raise PointError(f"{path.name}: '{name}' is given twice", None, "give each name once")
                found[name] = array_value(arrays[key], f"{path.name}, '{key}'", name)
    except OSError as error:
        raise PointError(f"{path} cannot be read: {error.strerror or error}", None, "check the file") from error
    except (ValueError, EOFError, KeyError, MemoryError, zipfile.BadZipFile) as error:
        raise PointError(f"{path.name} is no .npz file of numbers: {error}", None, _HINT) from error
    if not found:
        raise PointError(f"{path.name} holds no array", None, _HINT)
    return found


def read_npy(path: str | Path, name: str) -> ArrayData | Expr:
    """The array of a ``.npy`` file, for the input ``name``; one without axes is a constant expression.

    Raises:
        PointError: the file cannot be read, or the array holds no numbers or one that is not finite.
    """
    import numpy as np

    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PointError(f"{path} has more than {MAX_BYTES:,} bytes", None, "give a smaller file")
        with path.open("rb") as file:
            found = np.lib.format.read_array(file, allow_pickle=False)
    except OSError as error:
        raise PointError(f"{path} cannot be read: {error.strerror or error}", None, "check the file") from error
    except (ValueError, EOFError, MemoryError) as error:
        raise PointError(f"{path.name} is no .npy file of numbers: {error}", None, _HINT) from error
    return array_value(found, path.name, name)


def array_value(array: NDArray[Any], source: str, name: str) -> ArrayData | Expr:
    """An array of NumPy's as given values: exactly its binary numbers.

    Args:
        array: floats of 16 to 64 bits, or integers.
        source: where it comes from, for messages.
        name: the input that it is for.

    Returns:
        A constant expression for an array without axes; else fractions for up to :data:`MAX_EXACT` elements, float64
        above. Both are exact, save for integers beyond 2⁵³ among many elements.

    Raises:
        PointError: it holds no elements, no real numbers, or one that is not finite; the element is named.
    """
    import numpy as np

    if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
        raise PointError(
            f"{source} holds values of type {array.dtype}", None, "give floats of up to 64 bits, or integers"
        )
    if array.size == 0:
        raise PointError(f"{source} has no elements: its shape is {array.shape}", None, "give at least one element")
    finite = np.isfinite(array)
    if not finite.all():
        position = tuple(int(k) for k in np.argwhere(~finite)[0])
        element = f"{name}[{', '.join(map(str, position))}]" if position else name
        said = f"{source}: {element} = {array[position]} is not a finite number"
        raise PointError(said, None, "values of a point are finite")
    if array.ndim == 0:
        return constant_expr(array[()])
    bits = int(np.finfo(array.dtype).nmant) + 1 if array.dtype.kind == "f" else None
    if array.size <= MAX_EXACT:
        exact = [Fraction(value) for value in array.ravel().tolist()]
        return ArrayData(fraction_array(exact, array.shape), True, source, bits)
    floats = array.astype(np.float64, copy=False)
    rounded = array.dtype.kind != "f" and bool((abs(floats) >= 2.0**53).any())
    return ArrayData(floats, not rounded, source, bits)
