"""The flat columns of an embedded library: the same in memory, in an unfinished run and in a cache."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "RAGGED_COLUMNS",
    "TEXT_COLUMNS",
    "ByteColumn",
    "Column",
    "ColumnWriter",
    "Counts",
    "RecordStatus",
    "TextColumn",
    "cache_columns",
    "resumable_columns",
]

TEXT_COLUMNS = ("name", "smiles", "formula", "rejected_name", "rejected_reason")
"""Ragged columns that hold UTF-8 text."""

RAGGED_COLUMNS = ("payload", *TEXT_COLUMNS)
"""Columns with rows of variable length: a column of bytes, and one of the end of each row in it."""


class RecordStatus(IntEnum):
    """What became of a record."""

    EMBEDDED = 0
    DUPLICATE = 1
    REJECTED = 2


@dataclass
class Counts:
    """Number of records read, and number of records with each status."""

    read: int = 0
    embedded: int = 0
    duplicates: int = 0
    rejected: int = 0


Unit = Literal["candidate", "record", "rejection", "byte"]


class Column(NamedTuple):
    """One flat array of the tables."""

    name: str
    dtype: np.dtype[Any]
    unit: Unit
    """What a row describes."""
    width: int | None = None
    """Values per row of a two-dimensional column; None for one dimension."""

    @property
    def row_bytes(self) -> int:
        """Size of one row (bytes)."""
        return self.dtype.itemsize * (1 if self.width is None else self.width)

    def shape(self, rows: int) -> tuple[int, ...]:
        """Return the shape of the column with ``rows`` rows."""
        return (rows,) if self.width is None else (rows, self.width)

    def rows(self, counts: Counts) -> int | None:
        """Return the number of rows for these counts; None for the bytes of a ragged column."""
        return {"candidate": counts.embedded, "record": counts.read, "rejection": counts.rejected}.get(self.unit)


def cache_columns(joint_width: int) -> tuple[Column, ...]:
    """Return the columns of a cache; all are little-endian.

    A candidate is an embedded record, and ``index`` is the index of its record. ``duplicate_of`` is
    the index of the record that a duplicate repeats, and -1 for other records. Only the matcher
    knows the meaning of the bytes of ``payload``.
    """
    half, long, byte = np.dtype("<f2"), np.dtype("<i8"), np.dtype("u1")
    ragged: list[Column] = []
    for name in RAGGED_COLUMNS:
        unit: Unit = "rejection" if name.startswith("rejected") else "candidate"
        ragged += [Column(f"{name}_bytes", byte, "byte"), Column(f"{name}_ends", long, unit)]
    return (
        Column("joint", half, "candidate", joint_width),
        Column("index", long, "candidate"),
        Column("status", byte, "record"),
        Column("duplicate_of", long, "record"),
        *ragged,
    )


def resumable_columns(joint_width: int) -> tuple[Column, ...]:
    """Return the columns of an unfinished run: those of a cache, and the keys to find duplicates."""
    return (*cache_columns(joint_width), Column("key", np.dtype("<u8"), "candidate"))


class ByteColumn:
    """Byte strings of variable length in two flat arrays, returned without a copy.

    Parameters
    ----------
    content
        All bytes, one string after the other.
    ends
        End of each string in ``content`` (strings,), non-decreasing.
    """

    def __init__(self, content: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self._content = content.data.toreadonly()
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, row: int) -> memoryview:
        if not 0 <= row < len(self._ends):
            raise IndexError(f"row {row} of {len(self._ends)}")
        start = int(self._ends[row - 1]) if row else 0
        return self._content[start : int(self._ends[row])]

    def take(self, rows: NDArray[np.int64]) -> list[memoryview]:
        """Return the strings in these rows, in this order.

        Raises
        ------
        IndexError
            If a row does not exist.
        """
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self._ends):
            raise IndexError(f"rows {rows.min()} to {rows.max()} of {len(self._ends)}")
        starts = np.where(rows > 0, self._ends[rows - 1], 0).tolist()
        content = self._content
        return [content[start:end] for start, end in zip(starts, self._ends[rows].tolist(), strict=True)]


class TextColumn:
    """Texts in two flat arrays, each decoded when it is accessed."""

    def __init__(self, content: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self._column = ByteColumn(content, ends)

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, row: int) -> str:
        return str(self._column[row], "utf-8", "replace")


class ColumnWriter:
    """Appends rows to one open binary file per column, and tracks the length and CRC-32 of each.

    Parameters
    ----------
    columns
        The columns to write.
    files
        One readable and writable binary file per column, empty or holding ``lengths`` bytes.
    lengths, checksums
        Length (bytes) and CRC-32 of what each file already holds.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        files: Mapping[str, BinaryIO],
        lengths: Mapping[str, int] | None = None,
        checksums: Mapping[str, int] | None = None,
    ) -> None:
        self.columns = {column.name: column for column in columns}
        self.files = files
        self.lengths = {name: (lengths or {}).get(name, 0) for name in self.columns}
        self.checksums = {name: (checksums or {}).get(name, 0) for name in self.columns}

    def append(self, name: str, values: NDArray[Any] | Sequence[int]) -> None:
        """Append rows, cast to the type of the column.

        Raises
        ------
        ValueError
            If the shape of the rows does not fit.
        """
        column = self.columns[name]
        array = np.ascontiguousarray(values, dtype=column.dtype)
        if array.shape != column.shape(len(array)):
            raise ValueError(f"rows of shape {array.shape} in column {name} of width {column.width}")
        self._write(name, array.tobytes())

    def append_bytes(self, name: str, strings: Sequence[bytes]) -> None:
        """Append byte strings to the columns ``name_bytes`` and ``name_ends``."""
        ends = self.lengths[f"{name}_bytes"] + np.cumsum([len(s) for s in strings], dtype=np.int64)
        self._write(f"{name}_bytes", b"".join(strings))
        self.append(f"{name}_ends", ends)

    def append_texts(self, name: str, texts: Sequence[str]) -> None:
        """Append texts to the columns ``name_bytes`` and ``name_ends``."""
        self.append_bytes(name, [text.encode("utf-8", "replace") for text in texts])

    def read(self, name: str, first: int, rows: int) -> NDArray[Any]:
        """Return ``rows`` rows from row ``first`` on, which were appended before."""
        column = self.columns[name]
        file = self.files[name]
        file.seek(first * column.row_bytes)
        content = file.read(rows * column.row_bytes)
        return np.frombuffer(content, dtype=column.dtype).reshape(column.shape(rows))

    def read_text(self, name: str, row: int) -> str:
        """Return one text that was appended before."""
        first = max(row - 1, 0)
        ends = self.read(f"{name}_ends", first, row - first + 1)
        start = int(ends[0]) if row else 0
        return self.read(f"{name}_bytes", start, int(ends[-1]) - start).tobytes().decode("utf-8", "replace")

    def rows(self, name: str) -> int:
        """Return the number of rows of a column so far."""
        return self.lengths[name] // self.columns[name].row_bytes

    def _write(self, name: str, content: bytes) -> None:
        file = self.files[name]
        file.seek(self.lengths[name])
        rest = memoryview(content)
        # An unbuffered file may write only a part, above all when the disk is nearly full.
        while rest:
            rest = rest[file.write(rest) :]
        self.lengths[name] += len(content)
        self.checksums[name] = zlib.crc32(content, self.checksums[name])
