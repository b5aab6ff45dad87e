"""Ranking in a whole library, and among the nearest by predicted spectrum."""

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
def bench(tmp_path: Path) -> Path:
    path = tmp_path / "bench.jsonl"
    path.write_text(QUERY)
    return path


def test_the_truth_joins_the_library_and_is_found(bench: Path, tmp_path: Path, matchnet_x_checkpoint: Path) -> None:
    library, cache = tmp_path / "library.smi", tmp_path / "cache.h5"
    library.write_text(LIBRARY)

    found = [
        api.evaluate_open_library(
            bench, library, cache, checkpoint=matchnet_x_checkpoint, prefilter=4, hard=3, workers=1
        )
        for _ in range(2)
    ]

    assert found[0]["candidates"] == 6
    assert found[0]["open"]["top-1"] == found[0]["hard"]["top-1"] == 1
    assert found[0]["prefilter"]["4"] == 1
    # The second run takes the cache of the first.
    assert {k: v for k, v in found[0].items() if k != "seconds per query"} == {
        k: v for k, v in found[1].items() if k != "seconds per query"
    }


def test_a_stereoisomer_of_a_truth_that_tells_no_stereochemistry_is_right(
    tmp_path: Path, matchnet_x_checkpoint: Path
) -> None:
    bench, library = tmp_path / "bench.jsonl", tmp_path / "library.smi"
    bench.write_text(
        '{"id": "a", "truth": "CCC(C)O", "pool": ["CCC(C)O"], "c13": [[10.0, 1], [22.8, 1], [32.0, 1], [69.4, 1]], '
        '"h1": [[0.93, 3, "t", [7.4]], [1.18, 3, "d", [6.2]], [1.47, 2, "m", []], [3.72, 1, "m", []]]}\n'
    )
    library.write_text(LIBRARY + "CC[C@H](C)O R\nCC[C@@H](C)O S\nCC(C)CO isobutanol\n")

    found = api.evaluate_open_library(
        bench, library, tmp_path / "cache.h5", checkpoint=matchnet_x_checkpoint, hard=3, workers=1
    )

    assert found["candidates"] == 9
    assert found["open"]["top-1"] == found["hard"]["top-1"] == 1
    # Mirror images are predicted alike, and ties stand before the truth.
    assert found["stereoisomers distinct"]["top-1"] == 0
    assert found["stereoisomers distinct"]["top-5"] == 1


def test_a_missing_bench_is_told(tmp_path: Path, matchnet_x_checkpoint: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        api.evaluate_open_library(
            tmp_path / "none.jsonl", tmp_path / "l.smi", tmp_path / "c.h5", checkpoint=matchnet_x_checkpoint
        )
