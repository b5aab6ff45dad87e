"""Pair tables: CSV files of structures and spectra that do or do not match."""

from __future__ import annotations

import csv
import io
import zlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

from specmol_core.errors import DatasetError
from specmol_core.molecules.smiles_guard import SmilesGuard
from specmol_core.storage.unpacked import UnpackedStream

__all__ = ["PairRow", "read_pair_table"]

_MAX_ROWS = 10_000_000


class PairRow(NamedTuple):
    """One row of a pair table."""

    candidate: str
    """SMILES of the candidate structure."""
    spectrum: str
    """SMILES of the structure whose spectra are used; empty if the table does not name it."""
    label: int
    """1 if both are the same structure, otherwise 0."""


def read_pair_table(path: Path) -> list[PairRow]:
    """Read the rows of a pair table, a CSV file that may be packed with gzip.

    The columns are ``candidate_smiles``, ``label`` and, in test sets, ``spectrum_smiles``. A row
    with label 1 and without a spectrum uses the spectra of its candidate.

    Raises
    ------
    DatasetError
        If the file is missing, damaged or too large, a column is missing, a label is neither 0 nor 1, or
        RDKit takes too long for a SMILES.
    """
    try:
        with open(path, "rb") as file, SmilesGuard() as guard:
            packed = file.peek(2).startswith(b"\x1f\x8b")
            stream = io.BufferedReader(UnpackedStream(file, partial(DatasetError, path))) if packed else file
            reader = csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8", newline=""))
            columns = reader.fieldnames or []
            for name in ("candidate_smiles", "label"):
                if name not in columns:
                    raise DatasetError(path, f"the column {name} is missing; a pair table has candidate_smiles,label")
            rows: list[PairRow] = []
            for values in reader:
                rows.append(_row(path, reader.line_num, values))
                _check(path, reader.line_num, rows, guard)
            return rows
    except FileNotFoundError:
        raise DatasetError(path, "no such file; give a CSV with candidate_smiles,label") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(path, f"cannot be read as CSV ({error}); give a CSV with candidate_smiles,label") from None


def _check(path: Path, line: int, rows: list[PairRow], guard: SmilesGuard) -> None:
    if len(rows) > _MAX_ROWS:
        raise DatasetError(path, f"has more than {_MAX_ROWS:,} rows; split the table")
    row = rows[-1]
    if not (guard.allows(row.candidate) and (row.spectrum in ("", row.candidate) or guard.allows(row.spectrum))):
        raise DatasetError(path, f"line {line}: RDKit needs too much time or memory for its SMILES; remove it")


def _row(path: Path, line: int, row: dict[str, str | None]) -> PairRow:
    candidate, label = (row["candidate_smiles"] or "").strip(), (row["label"] or "").strip()
    if label not in ("0", "1"):
        raise DatasetError(path, f"line {line}: the label is {label[:40]!r}; write 0 or 1")
    if not candidate:
        raise DatasetError(path, f"line {line}: candidate_smiles is empty; give a SMILES")
    spectrum = (row.get("spectrum_smiles") or "").strip()
    return PairRow(candidate, spectrum or (candidate if label == "1" else ""), int(label))
