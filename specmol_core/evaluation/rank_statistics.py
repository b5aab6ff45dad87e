"""Summary statistics of the ranks of the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.metrics import bootstrap_interval, mean_reciprocal_rank, top_k

__all__ = ["ranking_report"]


def ranking_report(ranks: Mapping[str, NDArray[np.int64]], *, seed: int = 0) -> dict[str, Any]:
    """Return top-1 with its bootstrap interval, top-5, top-10 and mean reciprocal rank.

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
            "top-1 interval": bootstrap_interval(lambda rows, f=first: float(f[rows].mean()), len(first), seed=seed),  # type: ignore[misc]
            "top-5": top_k(values, 5),
            "top-10": top_k(values, 10),
            "MRR": mean_reciprocal_rank(values),
        }
    return report
