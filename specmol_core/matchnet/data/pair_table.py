"""Pair tables: CSV files of structures and spectra that do or do not match."""

from __future__ import annotations

import csv
import gzip
import zlib
from pathlib import Path
from typing import NamedTuple

from specmol_core.errors import DatasetError

__all__ = ["PairRow", "read_pair_table"]


class PairRow(NamedTuple):
    """One row of a pair table."""

    candidate: str
    """SMILES of the candidate structure."""
    spectrum: str
    """SMILES of the structure whose spectra are used; empty if the table does not name it."""
    label: int
    """1 if both are the same structure, otherwise 0."""


def read_pair_table(path: Path) -> list[PairRow]:
    """Read the rows of a pair table (.csv or .csv.gz).

    The columns are ``candidate_smiles``, ``label`` and, in test sets, ``spectrum_smiles``. A row
    with label 1 and without a spectrum uses the spectra of its candidate.

    Raises
    ------
    DatasetError
        If the file is missing or damaged, a column is missing, or a label is neither 0 nor 1.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle)
            columns = reader.fieldnames or []
            for name in ("candidate_smiles", "label"):
                if name not in columns:
                    raise DatasetError(path, f"the column {name} is missing; a pair table has candidate_smiles,label")
            return [_row(path, reader.line_num, row) for row in reader]
    except FileNotFoundError:
        raise DatasetError(path, "no such file; give a CSV with candidate_smiles,label") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(path, f"cannot be read as CSV ({error}); give a CSV with candidate_smiles,label") from None


def _row(path: Path, line: int, row: dict[str, str | None]) -> PairRow:
    candidate, label = (row["candidate_smiles"] or "").strip(), (row["label"] or "").strip()
    if label not in ("0", "1"):
        raise DatasetError(path, f"line {line}: the label is {label!r}; write 0 or 1")
    if not candidate:
        raise DatasetError(path, f"line {line}: candidate_smiles is empty; give a SMILES")
    spectrum = (row.get("spectrum_smiles") or "").strip()
    return PairRow(candidate, spectrum or (candidate if label == "1" else ""), int(label))
