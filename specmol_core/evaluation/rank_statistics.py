"""What the ranks of the truth come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.metrics import bootstrap_interval, mean_reciprocal_rank, top_k

__all__ = ["ranking_report"]


def ranking_report(ranks: Mapping[str, NDArray[np.int64]], *, seed: int = 0) -> dict[str, Any]:
    """Top-1 with its bootstrap interval, top-5, top-10 and mean reciprocal rank, by nuclei shown."""
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
