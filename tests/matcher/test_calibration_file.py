"""Calibrations on disk."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specmol_core.errors import CheckpointError, SpecmolError, UsageError
from specmol_core.matcher.calibration import LOG_ODDS, KindCalibration
from specmol_core.matcher.calibration_file import (
    calibration_content,
    calibration_path,
    load_calibration,
    write_calibration,
)
from specmol_core.retrieval.models import load_model
from specmol_core.shipped import shipped_checkpoint

FALLING = np.arange(len(LOG_ODDS))[::-1].astype(np.int64)
KIND = KindCalibration(
    {False: (np.array([0.0, 0.25]), np.array([0.0, np.inf])), True: (np.zeros(0), np.linspace(0, 3.5, 146))},
    150,
    FALLING,
    FALLING,
)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "x.safetensors"
    write_calibration(calibration_path(path), calibration_content({"lists": KIND}, "matchnet-x", "ab" * 32, {"n": 3}))
    return path


def test_a_calibration_is_read_as_it_was_written(checkpoint: Path) -> None:
    found = load_calibration(checkpoint, "ab" * 32).kinds["lists"]

    assert found.queries == 150
    assert [fold.tolist() for fold in found.folds[False]] == [[0.0, 0.25], [0.0, np.inf]]
    assert [len(fold) for fold in found.folds[True]] == [0, 146]
    assert found.folds[True][1] == pytest.approx(np.linspace(0, 3.5, 146), abs=1e-4)
    assert (found.wrong == FALLING).all()
    assert (found.called_without == FALLING).all()


def test_a_list_of_numbers_is_one_line(checkpoint: Path) -> None:
    assert len(calibration_path(checkpoint).read_text().splitlines()) < 40


def test_a_missing_calibration_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no calibration.*make x.calibration.json beside it with specmol train"):
        load_calibration(tmp_path / "x.safetensors", "ab" * 32)


def test_the_calibration_of_another_checkpoint_is_refused(checkpoint: Path) -> None:
    with pytest.raises(CheckpointError, match="is the calibration of another checkpoint"):
        load_calibration(checkpoint, "cd" * 32)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("format",), "specmol-calibration-0"),
        (("kinds",), []),
        (("kinds", "lists", "queries"), "many"),
        (("kinds", "lists", "queries"), 10),
        (("kinds", "lists", "queries"), 10**400),
        (("kinds", "lists", "queries"), 10**17),
        (("kinds", "lists", "queries"), 150.5),
        (("kinds", "lists", "wrong"), [True] * len(LOG_ODDS)),
        (("kinds", "lists", "wrong"), [3, 2, 1]),
        (("kinds", "lists", "wrong"), list(range(len(LOG_ODDS)))),
        (("kinds", "lists", "fits"), [[0.0], [-1.0]]),
        (("kinds", "lists", "fits"), [[0.0]]),
        (("kinds", "lists", "fits"), [[0.0, 0.25], [0.0]]),  # 149 values of 150 queries
        (("kinds", "lists", "queries"), 1000),
        (("kinds", "lists", "fits"), [[0.25, 0.0], [0.0, None]]),
        (("kinds", "lists", "fits"), [[0.0, 0.25], [None, 0.0]]),
        (("kinds", "lists", "fits"), [[0.0, 0.25], [0.0, 1e7]]),
        (("kinds", "lists", "fits"), [[0.0, 0.25], [0.0, math.nan]]),
        (("kinds", "lists", "fits"), [[0.0, 0.25], [0.0, math.inf]]),
        (("kinds", "lists", "none_likely"), [["a"], [1.0]]),
    ],
)
def test_a_damaged_calibration_is_refused_with_its_path(checkpoint: Path, keys: tuple[str, ...], value: Any) -> None:
    path = calibration_path(checkpoint)
    content = json.loads(path.read_text())
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(content))

    with pytest.raises(SpecmolError, match=r"x\.calibration\.json.*specmol train calibration"):
        load_calibration(checkpoint, "ab" * 32)


def test_the_shipped_calibration_is_that_of_the_shipped_checkpoint() -> None:
    path = shipped_checkpoint("matchnet-x")

    found = load_calibration(path, load_model(None, None, "cpu").id)

    assert len(found.kinds) == 9
    assert all(kind.queries >= 500 for kind in found.kinds.values())
