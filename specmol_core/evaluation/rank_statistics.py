"""Ranks of the truth, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.metrics import bootstrap_interval

__all__ = ["pessimistic_rank", "ranking_report"]


def pessimistic_rank(costs: NDArray[np.float64], place: int) -> int:
    """Rank of one candidate by rising cost; of equal ones it is the last."""
    return int((costs <= costs[place]).sum())


def ranking_report(ranks: Mapping[str, NDArray[np.int64]], *, seed: int = 0) -> dict[str, Any]:
    """Top-1 with its bootstrap interval, top-5, top-10 and mean reciprocal rank, by nuclei shown."""
    report: dict[str, Any] = {}
    for name, values in ranks.items():
        first = values == 1
        report[name] = {
            "top-1": float(first.mean()),
            "top-1 interval": bootstrap_interval(lambda rows, f=first: float(f[rows].mean()), len(first), seed=seed),  # type: ignore[misc]
            "top-5": float((values <= 5).mean()),
            "top-10": float((values <= 10).mean()),
            "MRR": float((1 / values).mean()),
        }
    return report
