"""The candidates of an embedded library, which a ranker scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.protocol import MAX_PAYLOAD_BYTES
from specmol_core.molecules.records import SIZE_REASON
from specmol_core.retrieval.cache.columns import (
    RAGGED_COLUMNS,
    TEXT_COLUMNS,
    ByteColumn,
    Column,
    Counts,
    RecordStatus,
    TextColumn,
)
from specmol_core.retrieval.cache.manifest import Manifest

__all__ = ["CandidateSet", "Rejection", "check_tables"]


@dataclass(frozen=True)
class Rejection:
    """A record that gave no candidate."""

    index: int
    """0-based index of the record in the library."""
    name: str
    reason: str


class CandidateSet:
    """The candidates of one library, for one checkpoint.

    Parameters
    ----------
    manifest
        Library, checkpoint and settings that the candidates were made from.
    tables
        Checked columns by name, as listed by ``cache_columns``; they may be memory-mapped.
    path
        Cache that the candidates were read from; None if they were never on disk.
    """

    def __init__(self, manifest: Manifest, tables: Mapping[str, NDArray[Any]], path: Path | None = None) -> None:
        self.manifest = manifest
        self.path = path
        self.joint: NDArray[np.float16] = tables["joint"]
        """Vectors in the joint space (candidates, joint_width)."""
        self.index: NDArray[np.int64] = tables["index"]
        """Index of the record of each candidate (candidates,), ascending."""
        self.status: NDArray[np.uint8] = tables["status"]
        """``RecordStatus`` of each record (records,)."""
        self.duplicate_of: NDArray[np.int64] = tables["duplicate_of"]
        """Index of the record that a duplicate repeats, else -1 (records,)."""
        self._payloads = ByteColumn(tables["payload_bytes"], tables["payload_ends"])
        texts = {name: TextColumn(tables[f"{name}_bytes"], tables[f"{name}_ends"]) for name in TEXT_COLUMNS}
        self.name, self.smiles, self.formula = texts["name"], texts["smiles"], texts["formula"]
        self._rejected_name, self._rejected_reason = texts["rejected_name"], texts["rejected_reason"]
        self._rejected_reasons: NDArray[np.uint8] = tables["rejected_reason_bytes"]

    def __len__(self) -> int:
        return len(self.index)

    @property
    def counts(self) -> Counts:
        """Number of records with each status."""
        return self.manifest.counts

    @cached_property
    def oversized(self) -> int:
        """Number of records that were rejected because their molecule has too many heavy atoms."""
        return self._rejected_reasons.tobytes().count(SIZE_REASON.encode())

    def payloads(self, rows: NDArray[np.int64]) -> list[memoryview]:
        """Return the payloads of the candidates in these rows, in this order, without a copy."""
        return self._payloads.take(rows)

    def rejections(self) -> Iterator[Rejection]:
        """Yield the rejected records in the order of the library."""
        for row, index in enumerate(np.flatnonzero(self.status == RecordStatus.REJECTED)):
            yield Rejection(int(index), self._rejected_name[row], self._rejected_reason[row])


def check_tables(columns: tuple[Column, ...], tables: Mapping[str, NDArray[Any]], counts: Counts) -> None:
    """Check that columns of unknown origin agree with the counts and with each other.

    Raises
    ------
    ValueError
        If a column does not; the message names the first one.
    """
    for column in columns:
        table, rows = tables[column.name], column.rows(counts)
        if table.dtype != column.dtype or table.shape != column.shape(len(table) if rows is None else rows):
            raise ValueError(f"column {column.name} has shape {table.shape} and type {table.dtype}")
    for name in RAGGED_COLUMNS:
        ends, size = tables[f"{name}_ends"], len(tables[f"{name}_bytes"])
        if (len(ends) and (ends[0] < 0 or (ends[1:] < ends[:-1]).any())) or int(ends[-1:].sum()) != size:
            raise ValueError(f"the rows of column {name} do not follow each other")
    if np.diff(tables["payload_ends"], prepend=0).max(initial=0) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"column payload holds a row of more than {MAX_PAYLOAD_BYTES} bytes")
    if not _is_finite(tables["joint"]):
        raise ValueError("column joint holds vectors that are not finite")
    _check_status(tables["status"], tables["duplicate_of"], tables["index"], counts)


def _check_status(
    status: NDArray[np.uint8], duplicate_of: NDArray[np.int64], index: NDArray[np.int64], counts: Counts
) -> None:
    tally = np.bincount(status, minlength=len(RecordStatus))
    if tally.tolist() != [counts.embedded, counts.duplicates, counts.rejected]:
        raise ValueError("the record statuses do not add up to the counts")
    if not np.array_equal(index, np.flatnonzero(status == RecordStatus.EMBEDDED)):
        raise ValueError("the candidates are not the embedded records")
    repeated = status == RecordStatus.DUPLICATE
    original, duplicate = duplicate_of[repeated], np.flatnonzero(repeated)
    if (duplicate_of[~repeated] != -1).any() or (original < 0).any() or (original >= duplicate).any():
        raise ValueError("a duplicate does not refer to an earlier record")
    if (status[original] != RecordStatus.EMBEDDED).any():
        raise ValueError("a duplicate refers to a record that is not a candidate")


def _is_finite(vectors: NDArray[np.float16], block: int = 1 << 13) -> bool:
    # Comparing the bits is several times faster than isfinite in half precision.
    for start in range(0, len(vectors), block):
        bits = np.ascontiguousarray(vectors[start : start + block]).view("<u2") & 0x7FFF
        if bits.size and bits.max() >= 0x7C00:
            return False
    return True
