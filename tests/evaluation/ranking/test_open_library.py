"""Ranking in a whole library, and among candidates with similar predicted spectra."""

from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core import api
from specmol_core.errors import DatasetError

LIBRARY = "CCCC(=O)O butanoic\nC1COCCO1 dioxane\nCC(O)C(C)=O acetoin\nCCCCCC hexane\nc1ccccc1 benzene\n"
QUERY = (
    '{"id": "a", "truth": "CCOC(C)=O", "pool": ["CCOC(C)=O"], "c13": [[14.2, 1], [21.0, 1], [60.4, 1], [171.1, 1]], '
    '"h1": [[1.26, 3, "t", [7.1]], [2.04, 3, "s", []], [4.12, 2, "q", [7.1]]]}\n'
)


@pytest.fixture
def benchmark_file(tmp_path: Path) -> Path:
    path = tmp_path / "bench.jsonl"
    path.write_text(QUERY)
    return path


def test_the_true_compound_is_added_to_the_library_and_found(
    benchmark_file: Path, tmp_path: Path, matchnet_x_checkpoint: Path
) -> None:
    library, cache = tmp_path / "library.smi", tmp_path / "cache.h5"
    library.write_text(LIBRARY)

    result = [
        api.evaluate_open_library(
            benchmark_file, library, cache, checkpoint=matchnet_x_checkpoint, prefilter=4, hard=3, workers=1
        )
        for _ in range(2)
    ]

    assert result[0]["candidates"] == 6
    assert result[0]["open"]["top-1"] == result[0]["hard"]["top-1"] == 1
    assert result[0]["prefilter"]["4"] == 1
    # The second run takes the cache of the first.
    assert {k: v for k, v in result[0].items() if k != "seconds per query"} == {
        k: v for k, v in result[1].items() if k != "seconds per query"
    }


def test_a_stereoisomer_of_the_true_compound_counts_as_correct(tmp_path: Path, matchnet_x_checkpoint: Path) -> None:
    benchmark_file, library = tmp_path / "bench.jsonl", tmp_path / "library.smi"
    benchmark_file.write_text(
        '{"id": "a", "truth": "CCC(C)O", "pool": ["CCC(C)O"], "c13": [[10.0, 1], [22.8, 1], [32.0, 1], [69.4, 1]], '
        '"h1": [[0.93, 3, "t", [7.4]], [1.18, 3, "d", [6.2]], [1.47, 2, "m", []], [3.72, 1, "m", []]]}\n'
    )
    library.write_text(LIBRARY + "CC[C@H](C)O R\nCC[C@@H](C)O S\nCC(C)CO isobutanol\n")

    result = api.evaluate_open_library(
        benchmark_file, library, tmp_path / "cache.h5", checkpoint=matchnet_x_checkpoint, hard=3, workers=1
    )

    assert result["candidates"] == 9
    assert result["open"]["top-1"] == result["hard"]["top-1"] == 1
    # Mirror images are predicted alike, and ties stand before the truth.
    assert result["stereoisomers distinct"]["top-1"] == 0
    assert result["stereoisomers distinct"]["top-5"] == 1


def test_a_missing_benchmark_set_is_reported(tmp_path: Path, matchnet_x_checkpoint: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        api.evaluate_open_library(
            tmp_path / "none.jsonl", tmp_path / "l.smi", tmp_path / "c.h5", checkpoint=matchnet_x_checkpoint
        )
