"""The report on rejected records: those that gave no candidate."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from specmol_core.retrieval.cache.candidates import Rejection
from specmol_core.retrieval.cache.columns import ColumnWriter, RecordStatus
from specmol_core.storage.atomic import atomic_write
from specmol_core.storage.spreadsheet import cell_text

__all__ = ["default_report_path", "read_rejections", "write_rejections"]

_BLOCK = 1 << 16


def default_report_path(cache: Path) -> Path:
    """Return the default path of the report that belongs to a cache."""
    return cache.with_name(f"{cache.name}.rejected.csv")


def write_rejections(path: Path, rejections: Iterable[Rejection]) -> None:
    """Write rejected records atomically as CSV with the columns ``index,name,reason``.

    Raises
    ------
    OutputError
        If the disk is full, or the folder is missing or read-only.
    """
    with atomic_write(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("index", "name", "reason"))
        writer.writerows((r.index, cell_text(r.name), cell_text(r.reason)) for r in rejections)


def read_rejections(writer: ColumnWriter) -> Iterator[Rejection]:
    """Yield the rejected records of a writer, without mapping its rows into memory."""
    row = 0
    for first in range(0, writer.rows("status"), _BLOCK):
        statuses = writer.read("status", first, min(_BLOCK, writer.rows("status") - first))
        for index in np.flatnonzero(statuses == RecordStatus.REJECTED):
            name, reason = writer.read_text("rejected_name", row), writer.read_text("rejected_reason", row)
            yield Rejection(first + int(index), name, reason)
            row += 1
