"""The header and the numbers of a JEOL Delta file; the layout is that which nmrglue documents."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.array_rows import ROW, limited_rows, row_seconds
from specmol_core.spectra.readers.instruments.jeol_parameters import SECOND, JeolParameters, prefix_factor
from specmol_core.spectra.readers.source import RefusedError, RowTable

__all__ = [
    "COMPLEX_AXIS",
    "DAMAGED_MESSAGE",
    "JeolHeader",
    "is_array_of_spectra",
    "jeol_start",
    "read_header",
    "read_row",
    "read_values",
    "row_table",
]

_HEADER_BYTES = 1360
_REAL_AXIS, COMPLEX_AXIS = 1, 3
"""Kinds of axis: one section of numbers, or a real and an imaginary one."""
_MAX_POINTS = 2**22
DAMAGED_MESSAGE = "the file is damaged or truncated: export it from Delta again"
_BLOCK_EDGES = {2: 32, 12: 4}
"""Edge of the square blocks of numbers, by the format of two dimensions: Two_D and Small_Two_D."""
_EPOCH = 631_152_000.0
"""1990-01-01, from which Delta counts seconds (s since 1970)."""


@dataclass(frozen=True)
class JeolHeader:
    """What the header states."""

    order: str
    """Byte order of the parameters and the data: "<" or ">"."""
    dimensions: int
    dtype: str
    axis_kind: int
    unit: int
    """Number of the unit of the axis."""
    unit_factor: float
    """Factor of its prefix."""
    points: int
    """Points of a section, including padding."""
    first: int
    last: int
    """First and last point that is not padding."""
    start: float
    stop: float
    """Axis at these points, in its unit."""
    parameters_offset: int
    data_offset: int
    second_kind: int
    """Kind of the second axis; 0 for none."""
    padded_rows: int
    """Points of the second axis, including padding."""
    first_row: int
    last_row: int
    """First and last row that is not padding."""
    block_edge: int
    """Edge of the blocks of numbers; 0 for a format without."""

    @property
    def rows(self) -> int:
        """Rows that are not padding."""
        return self.last_row - self.first_row + 1


def read_header(content: bytes) -> JeolHeader:
    """Parse the header, which is always big-endian.

    Raises
    ------
    RefusedError
        If the file is truncated.
    """
    if len(content) < _HEADER_BYTES:
        raise RefusedError(DAMAGED_MESSAGE)
    kinds = struct.unpack_from(">8B", content, 24)
    points, first, last = (struct.unpack_from(">2I", content, at) for at in (176, 208, 240))
    return JeolHeader(
        order="<" if content[8] == 1 else ">",
        dimensions=sum(kind != 0 for kind in kinds),
        dtype="f4" if content[14] >> 6 == 1 else "f8",
        axis_kind=kinds[0],
        unit=content[33],
        unit_factor=prefix_factor(content[32]),
        points=points[0],
        first=first[0],
        last=last[0],
        start=struct.unpack_from(">d", content, 272)[0],
        stop=struct.unpack_from(">d", content, 336)[0],
        parameters_offset=struct.unpack_from(">I", content, 1212)[0],
        data_offset=struct.unpack_from(">I", content, 1284)[0],
        second_kind=kinds[1],
        padded_rows=points[1],
        first_row=first[1],
        last_row=last[1],
        block_edge=_BLOCK_EDGES.get(content[14] & 0x3F, 0),
    )


def read_values(content: bytes, header: JeolHeader) -> NDArray[np.complex128]:
    """Return the points without padding, complex (n,); the imaginary part is 0 where there is none.

    Raises
    ------
    RefusedError
        If the file is damaged, or its axis of another kind.
    """
    return _values(content, header, header.points, lambda at, dtype: np.frombuffer(content, dtype, header.points, at))


def read_row(content: bytes, header: JeolHeader, row: int) -> NDArray[np.complex128]:
    """Return a row of an array, from 0; see ``read_values``. Its numbers stand in square blocks."""
    edge, wide, high = header.block_edge, header.points, header.padded_rows
    if not 0 <= row < header.rows:
        raise RefusedError(f"holds {header.rows} rows, and row {row + 1} was asked for")
    if not (edge and 0 < wide <= _MAX_POINTS and header.last_row < high <= _MAX_POINTS and not wide % edge):
        raise RefusedError(DAMAGED_MESSAGE)
    stored = header.first_row + row

    def read(at: int, dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
        start = at + stored // edge * wide * edge * dtype.itemsize
        blocks = np.frombuffer(content, dtype, wide * edge, start).reshape(wide // edge, edge, edge)
        return blocks[:, stored % edge].ravel()

    return _values(content, header, wide * high, read)


def _values(
    content: bytes, header: JeolHeader, section: int, read: Callable[[int, np.dtype[np.generic]], NDArray[np.generic]]
) -> NDArray[np.complex128]:
    """Return the points of the sections, which hold ``section`` numbers each."""
    if header.axis_kind not in (_REAL_AXIS, COMPLEX_AXIS):
        raise RefusedError("its axis is neither real nor complex: export the 1D spectrum from Delta again")
    sections = 2 if header.axis_kind == COMPLEX_AXIS else 1
    if not (0 < header.points <= _MAX_POINTS and header.first < header.last < header.points):
        raise RefusedError(DAMAGED_MESSAGE)
    dtype = np.dtype(header.order + header.dtype)
    length = section * dtype.itemsize
    if header.data_offset + sections * length > len(content):
        raise RefusedError(DAMAGED_MESSAGE)
    parts = [read(header.data_offset + n * length, dtype) for n in range(sections)]
    data_parts = [part[header.first : header.last + 1].astype(np.float64) for part in parts]
    values = np.zeros(len(data_parts[0]), dtype=np.complex128)
    values.real = data_parts[0]
    if sections == 2:
        values.imag = data_parts[1]
    if not np.isfinite(values).all():
        raise RefusedError("holds values that are not finite: export it again")
    return values


def is_array_of_spectra(header: JeolHeader, parameters: JeolParameters) -> bool:
    """Return whether a file of two dimensions is an array: its second axis is real and of no nucleus."""
    return (
        header.dimensions == 2
        and header.second_kind == _REAL_AXIS
        and header.block_edge > 0
        and not parameters.text("y_domain")
        and header.last_row >= header.first_row
    )


def row_table(header: JeolHeader, parameters: JeolParameters) -> RowTable:
    """Return the rows of an array; a row takes ``scans`` times ``repetition_time``."""
    rows = limited_rows(header.rows)
    names = tuple(f"{ROW}/{number + 1}" for number in range(rows))
    begin, end = jeol_start(parameters), parameters.numbers.get("end_time", (None, 0))[0]
    total = end + _EPOCH - begin if begin is not None and end is not None else None
    (scans, _), (repetition, unit) = (parameters.numbers.get(n, (0.0, 0)) for n in ("scans", "repetition_time"))
    row = scans * repetition if unit == SECOND else 0.0
    if not row > 0:
        return RowTable(names, rows, None, begin, ("states no time of its rows: give --times",))
    return RowTable(names, rows, row_seconds(row, [0.0] * rows, total), begin)


def jeol_start(parameters: JeolParameters) -> float | None:
    """Return when the measurement began (s since 1970), by the clock of the spectrometer; None if unknown."""
    found = parameters.numbers.get("actual_start_time")
    return None if found is None or not found[0] > 0 else found[0] + _EPOCH
