"""Fixtures of the command tests. Commands share one loaded checkpoint: loading it would take most of the time."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def cached_matcher() -> Callable[..., Any]:
    from specmol_core.matchnet.network.matcher import load_matcher

    return cache(load_matcher)


@pytest.fixture
def quick_loading(cached_matcher: Callable[..., Any], tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specmol_core.matchnet.network.matcher.load_matcher", cached_matcher)


@pytest.fixture(scope="session")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shift predictor with random weights."""
    import torch

    from specmol_core.shifts.config import ShiftNetworkConfig
    from specmol_core.shifts.network import ShiftNetwork
    from specmol_core.shifts.predictor import save_predictor

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("shifts") / "tiny.safetensors"
    save_predictor(path, ShiftNetwork(ShiftNetworkConfig(16, 16, 2)), ((1.0, 3.0), (1.0, 3.0)), {})
    return path


@pytest.fixture
def benchmark_set(tmp_path: Path) -> Path:
    """A benchmark set of one query, with one candidate that the models reject."""
    query = {
        "id": "q", "truth": "CCO", "pool": ["COC", "CCO", "C[Te]C"], "exchangeable": False,
        "c13": [[18.0, 1], [58.0, 1]], "h1": [[1.2, 3, "t", [7.0]], [3.7, 2, "q", [7.0]]],
    }  # fmt: skip
    path = tmp_path / "bench.jsonl"
    path.write_text(json.dumps(query) + "\n")
    return path
