"""Summary statistics of the ranks of the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.metrics import mean_interval, mean_reciprocal_rank, top_k
from specmol_core.spectra.reference.solvents import solvent_named

__all__ = ["ranking_by_solvent", "ranking_report"]


def ranking_report(ranks: Mapping[str, NDArray[np.int64]], *, seed: int = 0) -> dict[str, Any]:
    """Return top-1, top-5, top-10 and mean reciprocal rank; the first and the last with a bootstrap interval.

    Parameters
    ----------
    ranks
        Ranks (queries,) of the truth, best 1, by nuclei used.
    seed
        Seed of the bootstrap.

    Examples
    --------
    >>> ranking_report({"13C": np.array([1, 2, 1, 4])})["13C"]["MRR"]
    0.6875
    """
    report: dict[str, Any] = {}
    for name, values in ranks.items():
        first = values == 1
        report[name] = {
            "top-1": top_k(values, 1),
            "top-1 interval": mean_interval(first, seed=seed),
            "top-5": top_k(values, 5),
            "top-10": top_k(values, 10),
            "MRR": mean_reciprocal_rank(values),
            "MRR interval": mean_interval(1.0 / values, seed=seed),
        }
    return report


def ranking_by_solvent(ranks: Sequence[int], solvents: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return number of queries, top-1 and its bootstrap interval for each solvent, commonest first.

    Parameters
    ----------
    ranks, solvents
        Rank of the truth and solvent of each query, in any spelling; what names no known solvent is
        ``unknown``.

    Examples
    --------
    >>> ranking_by_solvent([1, 2, 1], ["CDCl3", "chloroform-d", ""])["CDCl3"]["top-1"]
    0.5
    """
    rows: dict[str, list[int]] = {}
    for rank, text in zip(ranks, solvents, strict=True):
        found = solvent_named(text)
        rows.setdefault("unknown" if found is None else found.name, []).append(rank)
    reports = {name: ranking_report({"": np.array(values)})[""] for name, values in rows.items()}
    return {
        name: {"queries": len(rows[name]), **{key: reports[name][key] for key in ("top-1", "top-1 interval")}}
        for name in sorted(rows, key=lambda name: -len(rows[name]))
    }
