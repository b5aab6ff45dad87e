"""Unpack the arrays of an nmrML document: base64, compressed or not, in several number types."""

from __future__ import annotations

import binascii
import zlib

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.grid import MAX_POINTS
from specmol_core.spectra.readers.instruments.nmrml_document import EncodedArray
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["complex_points", "unpack_array"]

_DTYPES = {
    "float32": "<f4",
    "float64": "<f8",
    "double": "<f8",
    "complex64": "<c8",
    "complex128": "<c16",
    "int32": "<i4",
    "integer32": "<i4",
    "int64": "<i8",
    "integer64": "<i8",
    "class java.lang.integer": "<i4",
    "class java.lang.long": "<i8",
    "class java.lang.float": "<f4",
    "class java.lang.double": "<f8",
    "complex64int": "<i4",
}
_MAX_UNPACKED = 16 * MAX_POINTS
"""Largest array after unpacking (bytes): the most points of the widest number type."""
_MIN_INTEGER_RATIO = 256.0
"""Ratio of the largest whole numbers in both byte orders from which the order with the smaller ones is right."""
_MAX_SANE_NUMBER = 1e30
"""Largest number of a spectrum, and the inverse of the smallest; bytes in the wrong order give others."""


def complex_points(array: EncodedArray) -> NDArray[np.complex128]:
    """Unpack the complex points (n,) of a decay; real numbers are real and imaginary parts in turn.

    Raises
    ------
    RefusedError
        As :func:`unpack_array`, and if the points are not complex or not finite.
    """
    values = unpack_array(array)
    if not np.iscomplexobj(values):
        if len(values) % 2:
            raise RefusedError("its decay has an odd number of values, so it is not complex: give the spectrum")
        values = values[::2].astype(np.float64) + 1j * values[1::2].astype(np.float64)
    if not np.isfinite(values).all():
        raise RefusedError("its decay holds values that are not finite: export it again")
    return values.astype(np.complex128)


def unpack_array(array: EncodedArray) -> NDArray[np.generic]:
    """Unpack the numbers (n,) of an array, real or complex.

    Raises
    ------
    RefusedError
        If the array is damaged, of an unknown number type, or unpacks to too much.
    """
    try:
        content = binascii.a2b_base64(b"".join(array.text.split()), strict_mode=True)
    except binascii.Error as error:
        raise RefusedError(f"an array is not valid base64 ({error}): the file is damaged, export it again") from None
    if array.compressed:
        unpacker = zlib.decompressobj(wbits=47)  # zlib or gzip, recognised by the header
        try:
            content = unpacker.decompress(content, _MAX_UNPACKED + 1)
        except zlib.error as error:
            raise RefusedError(f"an array cannot be unpacked ({error}): the file is damaged, export it again") from None
        if len(content) > _MAX_UNPACKED:
            raise RefusedError(f"an array unpacks to more than {_MAX_UNPACKED // 1024**2} MB: it is not a spectrum")
        if not unpacker.eof:
            raise RefusedError("an array is truncated: export the file again")
    format_name = array.byte_format.lower() or "float64"
    if format_name not in _DTYPES:
        raise RefusedError(f"an array is of the unknown format {array.byte_format[:40]!r}: export it as float64")
    dtype = np.dtype(_DTYPES[format_name])
    if not content or len(content) % dtype.itemsize:
        raise RefusedError(
            f"an array of {len(content)} bytes does not fit the format {format_name}: the file is truncated"
        )
    if len(content) // dtype.itemsize > 2 * MAX_POINTS:
        raise RefusedError(f"an array holds more than {2 * MAX_POINTS} numbers: it is not a spectrum")
    return _in_sane_order(content, dtype)


def _in_sane_order(content: bytes, dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Numbers (n,) of an array: little-endian as nmrML says, or big-endian if only that gives sane numbers."""
    little, big = np.frombuffer(content, dtype), np.frombuffer(content, dtype.newbyteorder(">"))
    largest_little, largest_big = _largest(little), _largest(big)
    if dtype.kind == "i":
        is_big = 0 < largest_big < largest_little / _MIN_INTEGER_RATIO
    else:
        is_big = largest_little > _MAX_SANE_NUMBER >= largest_big > 1 / _MAX_SANE_NUMBER
    return big if is_big else little


def _largest(values: NDArray[np.generic]) -> float:
    """Largest magnitude of an array; infinite where a number is not finite."""
    with np.errstate(all="ignore"):
        largest = float(np.abs(values.astype(np.complex128)).max())
    return largest if np.isfinite(largest) else np.inf
