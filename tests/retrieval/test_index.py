from __future__ import annotations

import numpy as np
import pytest

from specmol_core.retrieval import index as module
from specmol_core.retrieval.index import JointIndex, nearest_rows


@pytest.mark.parametrize("half_from", [2_000_000, 100])
@pytest.mark.parametrize("count", [1, 7, 300, 5000])
def test_agrees_with_brute_force(monkeypatch: pytest.MonkeyPatch, half_from: int, count: int) -> None:
    monkeypatch.setattr(module, "_MIN_ROWS_FOR_HALF", half_from)
    monkeypatch.setattr(module, "_BLOCK_ROWS", 64)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(1000, 24)).astype(np.float16)
    query = rng.normal(size=24).astype(np.float32)
    order = np.argsort(-(vectors.astype(np.float64) @ query.astype(np.float64)))

    assert JointIndex(vectors).search(query, count).tolist() == order[:count].tolist()


def test_missing_gpu_is_not_an_error() -> None:
    vectors = np.eye(4, dtype=np.float16)

    assert JointIndex(vectors, gpu=True, limit=2).search(np.array([0, 0, 1, 0.5], np.float32), 2).tolist() == [2, 3]


@pytest.mark.parametrize("query", [np.zeros(3, np.float32), np.array([0, 0, 0, np.nan], np.float32)])
def test_query_of_wrong_width_or_not_finite_is_an_error(query: np.ndarray) -> None:
    with pytest.raises(ValueError, match="4 finite numbers"):
        JointIndex(np.eye(4, dtype=np.float16)).search(query, 1)


@pytest.mark.parametrize("count", [0, 1, 40, 399, 500])
def test_nearest_rows_agree_with_brute_force(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(module, "_BLOCK_ROWS", 64)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(1000, 24)).astype(np.float16)
    query = rng.normal(size=24).astype(np.float32)
    rows = np.sort(rng.choice(1000, 400, replace=False))
    similarity = {row: float(vectors[row].astype(np.float64) @ query.astype(np.float64)) for row in rows.tolist()}
    best = sorted(similarity, key=lambda row: -similarity[row])[:count]

    assert nearest_rows(vectors, rows, query, count).tolist() == sorted(best)


def test_nearest_rows_keeps_the_first_of_equal_rows() -> None:
    vectors = np.ones((10, 4), np.float16)
    vectors[6] = 2

    assert nearest_rows(vectors, np.arange(1, 10), np.ones(4, np.float32), 3).tolist() == [1, 2, 6]
