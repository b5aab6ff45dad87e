"""The numbers of Magritek's data files (``.1d``, ``.2d``), and the rows of those that hold several FIDs.

nmrglue, spinsolveproc and OpenReadout read the same layout: 32 bytes of header, then single-precision
numbers, row after row. Type 501 holds pairs of real and imaginary part; type 504 holds the axis first.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.array_rows import ROW, limited_rows, measured_rows, row_seconds
from specmol_core.spectra.readers.instruments.magritek_parameters import MagritekParameters
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import RefusedError, RowTable

__all__ = ["ARRAY_FILE", "decode_numbers", "holds_array", "is_data_file", "magritek_rows", "read_array_row"]

ARRAY_FILE = "data.2d"
"""File of an experiment with several FIDs."""
_HEADER = struct.Struct("<12s5I")
"""Owner, format and version, then the type and the sizes along x, y, z and q."""
_MAGIC = b"ATAD"
"""Bytes 4 to 8 of each file: DATA, written as a little-endian number."""
_PAIRS = 501
_MAX_POINTS = 2**23


@dataclass(frozen=True)
class _Header:
    kind: int
    points: int
    rows: int

    @property
    def row_bytes(self) -> int:
        return 4 * self.points * (2 if self.kind == _PAIRS else 3)


def is_data_file(head: bytes) -> bool:
    """Return whether the first bytes are those of a data file."""
    return head[4:8] == _MAGIC and head[11:12] == b"V"


def _read_header(content: bytes, name: str) -> _Header:
    if len(content) < _HEADER.size:
        raise RefusedError(f"{name} is truncated or not a data file of Magritek: copy it again")
    _, kind, points, *sizes = _HEADER.unpack_from(content)
    rows = int(np.prod([max(size, 1) for size in sizes], dtype=np.float64))
    if not 2 <= points <= _MAX_POINTS:
        raise RefusedError(f"{name} states {points} points, and 2 to {_MAX_POINTS} are read: copy it again")
    return _Header(kind, points, rows)


def decode_numbers(content: bytes, name: str) -> tuple[NDArray[np.float64] | None, NDArray[np.complex128]]:
    """Return the axis (n,) of a ``.1d`` file, None if it holds none, and its complex points (n,).

    Raises
    ------
    RefusedError
        If the file is truncated, holds several rows, or values that are not finite.
    """
    header = _read_header(content, name)
    if header.rows > 1:
        raise RefusedError(f"{name} holds {header.rows} rows: give the folder of its experiment")
    if len(content) < _HEADER.size + header.row_bytes:
        raise RefusedError(f"{name} is truncated or not a data file of Magritek: copy it again")
    values = _finite(content[_HEADER.size : _HEADER.size + header.row_bytes], name)
    if header.kind == _PAIRS:
        return None, _pairs(values)
    return values[: header.points], _pairs(values[header.points :])


def _finite(content: bytes, name: str) -> NDArray[np.float64]:
    values = np.frombuffer(content, "<f4").astype(np.float64)
    if not np.isfinite(values).all():
        raise RefusedError(f"{name} holds values that are not finite: export it again")
    return values


def _pairs(values: NDArray[np.float64]) -> NDArray[np.complex128]:
    return values[::2] + 1j * values[1::2]


def holds_array(tree: FileTree) -> bool:
    """Return whether an experiment has a file of several FIDs."""
    try:
        return ARRAY_FILE in tree and bool(_array_header(tree))
    except RefusedError:
        return False


def _array_header(tree: FileTree) -> _Header:
    """Return the header of an array, with the number of its rows."""
    size = tree.sizes[ARRAY_FILE]
    header = _read_header(tree.read_part(ARRAY_FILE, 0, min(size, _HEADER.size)), ARRAY_FILE)
    if header.kind != _PAIRS:
        raise RefusedError(
            f"{ARRAY_FILE} is of the type {header.kind}, whose rows are not known: export each spectrum as JCAMP-DX"
        )
    return header


def read_array_row(tree: FileTree, row: int) -> NDArray[np.complex128]:
    """Return the FID (n,) of a row of an array, from 1.

    Raises
    ------
    RefusedError
        If there is no such row, or it is damaged.
    """
    header = _array_header(tree)
    if row > header.rows:
        raise RefusedError(f"{ARRAY_FILE} holds {header.rows} rows, and row {row} was asked for")
    start = _HEADER.size + (row - 1) * header.row_bytes
    if tree.sizes[ARRAY_FILE] < start + header.row_bytes:
        raise RefusedError(f"{ARRAY_FILE} is truncated: row {row} is not there; copy it again")
    return _pairs(_finite(tree.read_part(ARRAY_FILE, start, header.row_bytes), ARRAY_FILE))


def magritek_rows(tree: FileTree, parameters: MagritekParameters) -> RowTable:
    """Return the rows of an array; a row takes ``nrScans`` times ``repTime``, and all take ``duration`` (s).

    Raises
    ------
    RefusedError
        If the file is damaged.
    """
    header = _array_header(tree)
    expected = limited_rows(header.rows)
    stored = min((tree.sizes[ARRAY_FILE] - _HEADER.size) // header.row_bytes, expected)
    count = measured_rows(
        stored,
        lambda row: bool(
            tree.read_part(ARRAY_FILE, _HEADER.size + row * header.row_bytes, header.row_bytes).strip(b"\0")
        ),
    )
    names = tuple(f"{ROW}/{number + 1}" for number in range(count))
    scans, scan = parameters.number("nrScans") or 1.0, parameters.scan_s
    if scan is None:
        return RowTable(names, expected, None, parameters.start, ("states no time of its rows: give --times",))
    total = parameters.number("duration") if count == expected else None
    notes = () if total else ("does not state how long it was measured: times are those of nrScans and repTime",)
    return RowTable(names, expected, row_seconds(scans * scan, [0.0] * expected, total), parameters.start, notes)
