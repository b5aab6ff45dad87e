from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.errors import DatasetError
from specmol_core.evaluation.benchmark_set import read_benchmark
from specmol_core.evaluation.rank_statistics import ranking_report
from specmol_core.evaluation.shifts.errors import evaluate_benchmark, predicted_peak_list
from specmol_core.metrics import rank_of_truth
from specmol_core.shifts.atoms import AtomShifts

QUERY = {
    "id": "q1",
    "truth": "CCO",
    "formula": "C2H6O",
    "pool": ["COC", "CCO"],
    "c13": [[18.0, 1], [58.0, 1]],
    "h1": [[1.2, 3, "t", [7.0]], [3.7, 2, "q", [7.0]]],
    "exchangeable": False,
}
ETHANOL = AtomShifts(
    {0: 18.5, 1: 57.0}, {0: [1.2] * 3, 1: [3.8, 3.6], 2: [2.5]}, {0: 0.5, 1: 1.0}, {0: 0.1, 1: 0.1, 2: 1}
)
ETHER = AtomShifts({0: 60.0, 2: 60.0}, {0: [3.3] * 3, 2: [3.3] * 3})


def write(path: Path, *entries: object) -> Path:
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(e) + "\n" for e in entries)
    return path


@pytest.fixture
def benchmark_path(tmp_path: Path) -> Path:
    return write(tmp_path / "benchmark.jsonl.gz", QUERY)


def test_lines_of_a_prediction() -> None:
    ethanol, ether = Chem.MolFromSmiles("CCO"), Chem.MolFromSmiles("COC")

    lines = predicted_peak_list(ethanol, ETHANOL, exchangeable=False)

    assert lines.ppm["13C"].tolist() == [18.5, 57.0]
    assert lines.ppm["1H"].tolist() == [1.2, 1.2, 1.2, 3.6, 3.8]
    assert lines.scale["13C"].tolist() == [0.5, 1.0]
    assert len(predicted_peak_list(ethanol, ETHANOL, exchangeable=True).ppm["1H"]) == 6
    equivalent = predicted_peak_list(ether, ETHER, exchangeable=False)
    assert equivalent.ppm["13C"].tolist() == [60.0]
    assert not equivalent.scale["13C"].size


def test_report_of_a_benchmark_set(benchmark_path: Path) -> None:
    queries = read_benchmark(benchmark_path)
    lines = {
        ("CCO", False): predicted_peak_list(Chem.MolFromSmiles("CCO"), ETHANOL, exchangeable=False),
        ("COC", False): predicted_peak_list(Chem.MolFromSmiles("COC"), ETHER, exchangeable=False),
    }

    report = evaluate_benchmark(queries, lines)

    assert report["13C error"] == pytest.approx(0.75)
    assert report["1H error"] == pytest.approx(0.04)
    assert report["ranking"]["both"]["top-1"] == 1.0


def test_a_structure_without_prediction_ranks_last(benchmark_path: Path) -> None:
    ether = predicted_peak_list(Chem.MolFromSmiles("COC"), ETHER, exchangeable=False)

    report = evaluate_benchmark(read_benchmark(benchmark_path), {("CCO", False): None, ("COC", False): ether})

    assert report["ranking"]["both"]["top-1"] == 0.0
    assert np.isnan(report["13C error"])


def test_ties_rank_the_truth_last() -> None:
    assert rank_of_truth(-np.array([1.0, 1.0, 2.0]), 0) == 2
    assert rank_of_truth(-np.array([np.inf, np.inf, 2.0]), 0) == 3
    assert ranking_report({"both": np.array([1, 2, 10])})["both"]["MRR"] == pytest.approx(1.6 / 3)


@pytest.mark.parametrize(
    "entry",
    [
        {"id": 1},
        QUERY | {"truth": "C"},
        QUERY | {"c13": [["a", 1]]},
        QUERY | {"c13": [[10**400, 1]]},
        QUERY | {"c13": [["nan", 1]]},
        QUERY | {"c13": [[1e9, 1]]},
        QUERY | {"h1": [[1.0]]},
        QUERY | {"h1": [[1.0, 10**9, "s", []]]},
        QUERY | {"h1": [[1.0, 1, "s", ["x" * 10_000]]]},
        QUERY | {"h1": [[1.0, 1, "s", []]] * 3_000},
        QUERY | {"pool": [*QUERY["pool"], "C" * 2_000]},
        [1],
    ],
)
def test_invalid_queries_are_refused(tmp_path: Path, entry: object) -> None:
    with pytest.raises(DatasetError, match="line 2") as caught:
        read_benchmark(write(tmp_path / "benchmark.jsonl.gz", QUERY, entry))

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_missing_or_empty_benchmark_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_benchmark(tmp_path / "none.jsonl.gz")
    with pytest.raises(DatasetError, match="no query"):
        read_benchmark(write(tmp_path / "benchmark.jsonl.gz"))
    (tmp_path / "text.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(DatasetError, match="line 1 is not JSON"):
        read_benchmark(tmp_path / "text.jsonl.gz")
