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


def test_the_truth_joins_the_library_and_is_found(bench: Path, tmp_path: Path, evidence_checkpoint: Path) -> None:
    library, cache = tmp_path / "library.smi", tmp_path / "cache.h5"
    library.write_text(LIBRARY)

    found = [
        api.evaluate_open_library(bench, library, cache, checkpoint=evidence_checkpoint, prefilter=4, hard=3, workers=1)
        for _ in range(2)
    ]

    assert found[0]["candidates"] == 6
    assert found[0]["open"]["top-1"] == found[0]["hard"]["top-1"] == 1
    assert found[0]["prefilter"]["4"] == 1
    # The second run takes the cache of the first.
    assert {k: v for k, v in found[0].items() if k != "seconds per query"} == {
        k: v for k, v in found[1].items() if k != "seconds per query"
    }


def test_a_missing_bench_is_told(tmp_path: Path, evidence_checkpoint: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        api.evaluate_open_library(
            tmp_path / "none.jsonl", tmp_path / "l.smi", tmp_path / "c.h5", checkpoint=evidence_checkpoint
        )
