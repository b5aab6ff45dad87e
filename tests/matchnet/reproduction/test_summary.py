"""Figures over seeds, and the marks of deviations from the protocol."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.paper_fixtures import figures, fixed_result, full_protocol_result, save, training_result

from specmol_core.matchnet.reproduction.results import read_results
from specmol_core.matchnet.reproduction.summary import MetricSummary, SystemSummary, compare_intervals, summarise


def summary(tmp_path: Path, *results: dict[str, object]) -> SystemSummary:
    (found,) = summarise(read_results(save(tmp_path, *results))).values()
    return found


def test_mean_and_sample_deviation_over_seeds(tmp_path: Path) -> None:
    found = summary(tmp_path, *(training_result("matchnet", seed, auc) for seed, auc in enumerate((0.90, 0.92, 0.94))))

    auc = found.tables["test_diff"]["auc"]
    assert auc.mean == pytest.approx(0.92)
    assert auc.sd == pytest.approx(0.02)
    assert auc.seeds == 3
    assert found.seeds == (0, 1, 2)
    # t of two degrees of freedom is 4.3027; half the bootstrap interval is 0.01.
    half = (0.01**2 + (4.3027 * 0.02 / 3**0.5) ** 2) ** 0.5
    assert auc.interval == pytest.approx((0.92 - half, 0.92 + half), abs=1e-5)


def test_a_single_seed_has_no_deviation_and_the_interval_of_its_pairs(tmp_path: Path) -> None:
    auc = summary(tmp_path, training_result("matchnet", 3, 0.9)).tables["test_rand"]["auc"]

    assert auc.sd is None
    assert auc.interval == pytest.approx((0.89, 0.91))


def test_an_interval_ends_at_one(tmp_path: Path) -> None:
    table = figures(0.99)
    runs = [
        training_result("matchnet", seed, tables={"test_diff": table | {"auc": auc}})
        for seed, auc in ((0, 0.98), (1, 1.0))
    ]

    interval = summary(tmp_path, *runs).tables["test_diff"]["auc"].interval

    assert interval is not None
    assert interval[1] == 1.0


@pytest.mark.parametrize(
    ("runs", "marks"),
    [
        ([training_result("resnet50")], "†"),
        ([training_result("matchnet-b")], "†‡"),
        ([full_protocol_result("resnet50")], ""),
        ([full_protocol_result("matchnet-b", seed) for seed in range(3)], ""),
        ([full_protocol_result("matchnet-b", seed) for seed in range(2)], "‡"),
        (
            [
                full_protocol_result("resnet50")
                | {"settings": {"batch_size": 64, "learning_rate": 1e-4, "schedule": "constant"}}
            ],
            "§",
        ),
        ([full_protocol_result("resnet50") | {"epochs": 99}], "†"),
        ([fixed_result("alignment")], ""),
    ],
)
def test_deviations_from_the_protocol_are_marked(tmp_path: Path, runs: list[dict[str, object]], marks: str) -> None:
    assert summary(tmp_path, *runs).marks == marks


def test_overlapping_intervals_are_no_difference() -> None:
    def figure(low: float, high: float) -> MetricSummary:
        return MetricSummary((low + high) / 2, None, 1, (low, high))

    assert compare_intervals(figure(0.9, 0.92), figure(0.8, 0.89)) == 1
    assert compare_intervals(figure(0.8, 0.89), figure(0.9, 0.92)) == -1
    assert compare_intervals(figure(0.9, 0.92), figure(0.92, 0.95)) == 0
    assert compare_intervals(figure(0.9, 0.92), MetricSummary(0.5, None, 1)) == 0
