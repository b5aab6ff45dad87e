"""Benchmark sets: measured peak lists, each with a pool of candidate structures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError
from specmol_core.molecules.smiles_guard import SmilesGuard
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of
from specmol_core.storage.json_lines import read_json_lines
from specmol_core.storage.plain_text import plain_text

__all__ = ["BenchmarkQuery", "benchmark_query", "read_benchmark"]

_MAX_POOL = 100_000
_MAX_SIGNALS = 2_000
_MAX_PPM = 10_000.0
_MAX_COUNT = 1_000.0
"""Most nuclei of a signal."""
_MAX_NAME_LENGTH = 200


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
        If the file cannot be read, a line is not a query, or RDKit takes too long for a SMILES; the
        message names the line.
    """
    queries = []
    with SmilesGuard() as guard:
        for number, entry in read_json_lines(path):
            try:
                query = benchmark_query(entry)
            except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
                reason = f"line {number} is not a query of a benchmark set ({repr(error)[:120]})"
                raise DatasetError(path, reason) from None
            slow = next((smiles for smiles in query.pool if not guard.allows(smiles)), None)
            if slow is not None:
                reason = "RDKit needs too much time or memory for a SMILES of its pool; remove it"
                raise DatasetError(path, f"line {number}: {reason}: {plain_text(slow[:60])}")
            queries.append(query)
    if not queries:
        raise DatasetError(path, "contains no query; give one JSON object per line")
    return queries


def benchmark_query(entry: dict[str, Any]) -> BenchmarkQuery:
    """Return the query of one line of a benchmark set.

    Raises
    ------
    KeyError, TypeError, ValueError, IndexError, OverflowError
        If the object is no query.
    """
    pool, truth = tuple(map(str, entry["pool"])), str(entry["truth"])
    if truth not in pool:
        raise ValueError("the truth is not in the pool")
    if len(pool) > _MAX_POOL or len(entry["c13"]) + len(entry["h1"]) > _MAX_SIGNALS:
        raise ValueError(f"more than {_MAX_POOL:,} structures or {_MAX_SIGNALS:,} signals")
    return BenchmarkQuery(
        plain_text(str(entry["id"]))[:_MAX_NAME_LENGTH],
        truth,
        pool,
        tuple((_number(ppm, _MAX_PPM), _number(count or 1, _MAX_COUNT)) for ppm, count, *_ in entry["c13"]),
        tuple(
            (
                _number(ppm, _MAX_PPM),
                _number(n or 1, _MAX_COUNT),
                multiplicity_of(str(m or "").lower()[:_MAX_NAME_LENGTH]),
                tuple(_number(coupling, _MAX_PPM) for coupling in j or ()),
            )
            for ppm, n, m, j, *_ in entry["h1"]
        ),
        bool(entry.get("exchangeable", False)),
        str(entry.get("solvent") or ""),
    )


def _number(value: Any, limit: float) -> float:
    number = float(value)
    if not abs(number) <= limit:  # false for NaN
        raise ValueError(f"{number:g} is not a number up to {limit:g}")
    return number
