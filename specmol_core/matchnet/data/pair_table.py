"""Pair tables: CSV files that say which structure and which spectra belong together."""

from __future__ import annotations

import csv
import gzip
import zlib
from pathlib import Path
from typing import NamedTuple

from specmol_core.errors import DatasetError

__all__ = ["PairRow", "read_pair_table"]


class PairRow(NamedTuple):
    """One pair of a table."""

    candidate: str
    """SMILES of the structure offered."""
    spectrum: str
    """SMILES of the structure whose spectra are shown; empty where the table does not say."""
    label: int
    """1 where both are one, else 0."""


def read_pair_table(path: Path) -> list[PairRow]:
    """Rows of a CSV (.csv or .csv.gz) with ``candidate_smiles``, ``label`` and, in test sets, ``spectrum_smiles``.

    A row with label 1 and no spectrum column shows its own candidate's spectra.

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
        raise DatasetError(path, f"unreadable as CSV ({error})") from None


def _row(path: Path, line: int, row: dict[str, str | None]) -> PairRow:
    candidate, label = (row["candidate_smiles"] or "").strip(), (row["label"] or "").strip()
    if label not in ("0", "1"):
        raise DatasetError(path, f"line {line}: the label is {label!r}; it is 0 or 1")
    if not candidate:
        raise DatasetError(path, f"line {line}: the candidate's SMILES is empty")
    spectrum = (row.get("spectrum_smiles") or "").strip()
    return PairRow(candidate, spectrum or (candidate if label == "1" else ""), int(label))
