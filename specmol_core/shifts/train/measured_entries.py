"""Files of measured shifts: one JSON object per molecule and line, checked before anything uses it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from specmol_core.errors import DatasetError
from specmol_core.molecules.smiles_guard import SmilesGuard
from specmol_core.storage.json_lines import read_json_lines

__all__ = ["measured_entries"]

_MAX_SIGNALS = 2_000
_MAX_PPM = 10_000.0
_MAX_COUNT = 1_000
"""Most nuclei of a signal."""
_MAX_ATOM = 10_000
"""Largest index of an atom."""


def measured_entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number and the object of each line of a file of measured shifts, gzipped or not.

    An object has ``smiles``, and optionally ``c13`` (lists of shift, atoms or count, multiplicity) and ``h1``
    (lists of shift, protons, multiplicity, couplings, heavy atoms); other keys are not checked. A list with
    areas of peaks instead of counts is replaced by an empty one.

    Raises
    ------
    DatasetError
        If the file cannot be read, a line is not such an object, or RDKit takes too long for a SMILES.
    """
    with SmilesGuard() as guard:
        for number, entry in read_json_lines(path):
            if not isinstance(entry.get("smiles"), str):
                raise DatasetError(path, f"line {number} is not an object with a smiles; give JSON lines")
            for key in ("c13", "h1"):
                rows = entry.get(key)
                if not _are_signals(rows):
                    raise DatasetError(path, f"line {number}: {key} has another form than documented; correct it")
                if not _is_number(entry.get(f"qc_{key}_mae") or 0.0):
                    raise DatasetError(path, f"line {number}: qc_{key}_mae is not a number; correct it")
                if any(_is_number(row[1], math.inf) and row[1] > _MAX_COUNT for row in rows or ()):
                    entry[key] = []
            if not guard.allows(entry["smiles"]):
                reason = "RDKit needs too much time or memory for its SMILES; remove the line"
                raise DatasetError(path, f"line {number}: {reason}")
            yield number, entry


def _are_signals(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and len(value) <= _MAX_SIGNALS and all(map(_is_signal, value))


def _is_signal(row: Any) -> bool:
    """Whether the row is shift, count or atoms, and optionally multiplicity, couplings, atoms."""
    if not isinstance(row, list) or len(row) < 2 or not _is_number(row[0], _MAX_PPM):
        return False
    mult, couplings, atoms = [*row[2:5], None, None, None][:3]
    has_count = row[1] is None or _are_atoms(row[1]) or (_is_number(row[1], math.inf) and row[1] >= 0)
    return (
        has_count
        and (mult is None or isinstance(mult, str))
        and (couplings is None or (isinstance(couplings, list) and all(map(_is_number, couplings))))
        and (atoms is None or _are_atoms(atoms))
    )


def _are_atoms(value: Any) -> bool:
    return isinstance(value, list) and all(type(atom) is int and 0 <= atom <= _MAX_ATOM for atom in value)


def _is_number(value: Any, limit: float = 1e6) -> bool:
    return type(value) in (int, float) and abs(value) <= limit and (type(value) is int or math.isfinite(value))
