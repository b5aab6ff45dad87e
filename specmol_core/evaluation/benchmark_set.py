"""Ranking benches: measured peak lists with the pool of candidates that each is ranked against."""

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
    """One compound's measured signals and the structures it may be."""

    name: str
    truth: str
    """Flat SMILES, one of the pool."""
    pool: tuple[str, ...]
    c13: tuple[tuple[float, float], ...]
    """Shift (ppm) and carbons of each signal."""
    h1: tuple[tuple[float, float, str, tuple[float, ...]], ...]
    """Shift (ppm), protons, multiplicity and coupling constants (Hz) of each signal."""
    exchangeable: bool
    """Whether protons on N, O and S are listed."""

    def lines(self, nucleus: str) -> NDArray[np.float64]:
        """Rising shifts (lines,): one per 13C signal, one per proton in 1H."""
        if nucleus == "13C":
            return np.sort(np.array([ppm for ppm, _ in self.c13]))
        return np.sort(np.array([ppm for ppm, count, *_ in self.h1 for _ in range(max(1, round(count)))]))


def read_benchmark(path: Path) -> list[BenchmarkQuery]:
    """Queries of a JSON-lines file, gzipped or not.

    Raises
    ------
    DatasetError
        If the file cannot be read, or a line is no query; the message names the line.
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
        raise DatasetError(path, f"line {number} is no query of a ranking bench ({error!r})") from None
    if not queries:
        raise DatasetError(path, "holds no query")
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
    )
