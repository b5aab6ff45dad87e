from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from specmol_core.errors import UsageError
from specmol_core.matchnet.pairs.pair_sets import PairSet, calibrated_figures, shown_nuclei


def pairs(label: NDArray[np.int64]) -> PairSet:
    """Pairs of one candidate, each with its own row."""
    return PairSet(("C",), np.zeros(len(label), np.int64), np.arange(len(label)), label, {"a reason": 2})


def drawn(seed: int) -> tuple[PairSet, NDArray[np.float64]]:
    """A thousand pairs with two features, of which only the first is informative."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, 1000)
    return pairs(label), np.stack((2.0 * label + rng.normal(size=1000), rng.normal(size=1000)), 1)


def test_figures_of_calibrated_pairs() -> None:
    (held, first), (tested, second) = drawn(0), drawn(1)

    (found,) = calibrated_figures(
        {Path("t.csv.gz"): tested}, held, lambda p: first if p is held else second, (1.0, 0.0), 20
    )

    assert (found["table"], found["pairs"], found["skipped"]) == ("t", 1000, {"a reason": 2})
    # Two normal distributions whose means differ by two standard deviations.
    assert found["auc"] == pytest.approx(0.921, abs=0.015)
    assert found["accuracy"] == pytest.approx(0.841, abs=0.02)
    assert found["calibration_error"] < 0.05
    assert found["auc_low"] < found["auc"] < found["auc_high"]


def test_units_of_a_feature_do_not_matter() -> None:
    (held, first), (tested, second) = drawn(0), drawn(1)
    found = []
    for unit in (1.0, 1e-3):
        factors = np.array([1.0, unit])
        found += calibrated_figures(
            {Path("t.csv"): tested}, held, lambda p, f=factors: f * (first if p is held else second), (1.0, 0.0), 2
        )

    assert found[0]["auc"] == pytest.approx(found[1]["auc"], abs=1e-6)
    assert found[0]["calibration_error"] == pytest.approx(found[1]["calibration_error"], abs=1e-4)


def test_without_both_labels_the_score_is_uncalibrated() -> None:
    tested, second = drawn(1)
    held = pairs(np.ones(5, np.int64))

    (found,) = calibrated_figures({Path("t.csv"): tested}, held, lambda p: second, (-1.0, 0.0), 2)

    assert found["auc"] == pytest.approx(1 - 0.921, abs=0.015)
    assert "validation pairs" in found["note"]
    assert "accuracy" not in found


def test_shown_nuclei() -> None:
    assert [shown_nuclei(n) for n in ("both", "1H", "13C")] == [("1H", "13C"), ("1H",), ("13C",)]
    with pytest.raises(UsageError, match="give one of both, 1H, 13C"):
        shown_nuclei("15N")
