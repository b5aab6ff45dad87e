"""Benchmark sets: measured peak lists, each with a pool of candidate structures."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of

__all__ = ["BenchmarkQuery", "read_benchmark"]


@dataclass(frozen=True)
class BenchmarkQuery:
    """The measured signals of one compound, and its candidate structures."""

    name: str
    truth: str
    """SMILES of the right structure, without stereochemistry; a member of ``pool``."""
    pool: tuple[str, ...]
    c13: tuple[tuple[float, float], ...]
    """Shift (ppm) and number of carbons of each signal."""
    h1: tuple[tuple[float, float, str, tuple[float, ...]], ...]
    """Shift (ppm), number of protons, multiplicity and coupling constants (Hz) of each signal."""
    exchangeable: bool
    """Whether the 1H list includes protons on N, O and S."""
    solvent: str = ""
    """Solvent as the source names it; empty if it is unknown."""

    def lines(self, nucleus: str) -> NDArray[np.float64]:
        """Return rising shifts (lines,), ppm: one per signal for 13C, one per proton for 1H.

        Examples
        --------
        >>> query = BenchmarkQuery("ethane", "CC", ("CC",), ((6.5, 2.0),), ((0.86, 6.0, "s", ()),), False)
        >>> query.lines("13C").tolist(), query.lines("1H").tolist()
        ([6.5], [0.86, 0.86, 0.86, 0.86, 0.86, 0.86])
        """
        if nucleus == "13C":
            return np.sort(np.array([ppm for ppm, _ in self.c13]))
        return np.sort(np.array([ppm for ppm, count, *_ in self.h1 for _ in range(max(1, round(count)))]))


def read_benchmark(path: Path) -> list[BenchmarkQuery]:
    """Return the queries of a JSON-lines file, gzipped or not.

    Raises
    ------
    DatasetError
        If the file cannot be read, or a line is not a query; the message names the line.
    """
    number = 0
    try:
        open_text = gzip.open if path.suffix == ".gz" else open
        queries = []
        with open_text(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                number += 1
                queries.append(_query(json.loads(line)))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DatasetError(path, f"cannot be read ({error}); give JSON lines, gzipped or not") from None
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DatasetError(path, f"line {number} is not a query of a benchmark set ({error!r})") from None
    if not queries:
        raise DatasetError(path, "contains no query; give one JSON object per line")
    return queries


def _query(entry: dict[str, Any]) -> BenchmarkQuery:
    pool, truth = tuple(map(str, entry["pool"])), str(entry["truth"])
    if truth not in pool:
        raise ValueError("the truth is not in the pool")
    return BenchmarkQuery(
        str(entry["id"]),
        truth,
        pool,
        tuple((float(ppm), float(count or 1)) for ppm, count, *_ in entry["c13"]),
        tuple(
            (float(ppm), float(n or 1), multiplicity_of(str(m or "").lower()), tuple(map(float, j or ())))
            for ppm, n, m, j, *_ in entry["h1"]
        ),
        bool(entry.get("exchangeable", False)),
        str(entry.get("solvent") or ""),
    )
