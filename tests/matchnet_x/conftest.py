from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.by_hand import WEIGHTS
from support.random_predictor import write_random_predictor

from specmol_core.matchnet_x.checkpoint import save_matchnet_x
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.posterior import PosteriorModel
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.predictor import ShiftPredictor


@pytest.fixture(scope="session")
def random_predictor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoint of a small shift network with random weights."""
    path = tmp_path_factory.mktemp("predictor") / "small.safetensors"
    write_random_predictor(path, ShiftNetworkConfig(width=16, hidden=24, layers=3))
    return path


@pytest.fixture(scope="session")
def shipped_predictor() -> ShiftPredictor:
    return ShiftPredictor.load()


@pytest.fixture(scope="session")
def random_checkpoint(random_predictor: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoint of matchnet-x on the random predictor, which lies beside it."""
    folder = tmp_path_factory.mktemp("evidence")
    predictor = shutil.copy(random_predictor, folder)
    save_matchnet_x(folder / "x.safetensors", LikelihoodModel(), WEIGHTS, PosteriorModel(), Path(predictor), {})
    return folder / "x.safetensors"
