"""Calibrations on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specmol_core.errors import CheckpointError, DatasetError, UsageError
from specmol_core.matcher.calibration import LOG_ODDS, KindCalibration
from specmol_core.matcher.calibration_file import (
    calibration_content,
    calibration_path,
    load_calibration,
    write_calibration,
)
from specmol_core.matcher.input_kind import KINDS
from specmol_core.retrieval.models import load_model
from specmol_core.shipped import shipped_checkpoint

LISTS = "peak lists, both nuclei"
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
    write_calibration(calibration_path(path), calibration_content({LISTS: KIND}, "matchnet-x", "ab" * 32, {"n": 3}))
    return path


def test_a_calibration_is_read_as_it_was_written(checkpoint: Path) -> None:
    found = load_calibration(checkpoint, "ab" * 32).kinds[LISTS]

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


def changed(path: Path, keys: tuple[str | int, ...], value: Any) -> None:
    """Change one value of a calibration on disk; ``...`` removes it."""
    content = json.loads(path.read_text())
    place = content
    for key in keys[:-1]:
        place = place[key]
    if value is ...:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    path.write_text(json.dumps(content))


NEEDED = "null or a number from"
COUNT = "a whole number from 0 to"


@pytest.mark.parametrize(
    ("keys", "value", "fault"),
    [
        (("format",), "specmol-calibration-0", 'format is "specmol-calibration-0", but must be specmol-calibration-1'),
        (("format",), ..., "format is missing"),
        (("checkpoint",), 7, "checkpoint is 7, but must be a text"),
        (("kinds",), [], r"kinds is \[\], but must be an object"),
        (("kinds",), {}, "kinds is {}, but must be an object with kinds of input"),
        (("kinds", "2D"), {}, "kinds.2D is no kind of input"),
        (("kinds", "x" * 9999), {}, "kinds.x{47}… is no kind of input"),
        (("kinds", LISTS), [1], f"kinds.{LISTS} is .* an object"),
        (("queries",), ..., "queries is missing"),
        (("queries",), "many", 'queries is "many"'),
        (("queries",), 150.5, "queries is 150.5"),
        (("queries",), True, "queries is true"),
        (("queries",), -150, "queries is -150"),
        (("queries",), 10, "queries is 10, but must be 150"),
        (("queries",), 1000, "queries is 1000, but must be 150"),
        (("queries",), 10**17, "queries is 10{17}, but must be 150"),
        (("queries",), 10**400, "queries is 10{59}, but must be 150"),
        (("wrong",), [True] * len(LOG_ODDS), rf"wrong\[0\] is true, but must be {COUNT} 150"),
        (("wrong",), [0.0] * len(LOG_ODDS), rf"wrong\[0\] is 0.0, but must be {COUNT} 150"),
        (("wrong",), [3, 2, 1], r"wrong is \[3, 2, 1\], but must be a list of 121 items"),
        (("wrong",), {"0": 3}, "wrong is .*, but must be a list of 121 items"),
        (("wrong",), [0] * 300_000, "wrong is .*, but must be a list of 121 items"),
        (("wrong",), list(range(len(LOG_ODDS))), rf"wrong\[1\] is 1, but must be {COUNT} 0"),
        (("wrong", 120), -1, rf"wrong\[120\] is -1, but must be {COUNT} 1"),
        (("called_without", 0), 151, rf"called_without\[0\] is 151, but must be {COUNT} 150"),
        (("called_without", 0), 10**400, rf"called_without\[0\] is 10{{59}}, but must be {COUNT} 150"),
        (("called_without",), ..., "called_without is missing"),
        (("fits",), [[0.0]], r"fits is \[\[0.0\]\], but must be a list of 2 items"),
        (("fits",), [0.0, 0.25], r"fits\[0\] is 0.0, but must be a list of numbers"),
        (("fits",), [[0.0, 0.25], [0.0]], "queries is 150, but must be 149"),
        (("fits",), [[0.0, 0.25], [0.0] * 200_000], "queries is 150, but must be 200148"),
        (("fits",), [[0.0], [-1.0]], rf"fits\[1\]\[0\] is -1.0, but must be {NEEDED} 0 to 1e\+06"),
        (("fits", 0), [0.25, 0.0], rf"fits\[0\]\[1\] is 0.0, but must be {NEEDED} 0.25 to"),
        (("fits", 1), [None, 0.0], r"fits\[1\]\[1\] is 0.0, but must be null"),
        (("fits", 1), [0.0, 1e7], rf"fits\[1\]\[1\] is 10000000.0, but must be {NEEDED}"),
        (("fits", 1), [0.0, 10**400], rf"fits\[1\]\[1\] is 10{{59}}, but must be {NEEDED}"),
        (("fits", 1), [False, "0.5"], rf"fits\[1\]\[0\] is false, but must be {NEEDED}"),
        (("none_likely", 0), ["0.5"], rf"none_likely\[0\]\[0\] is \"0.5\", but must be {NEEDED}"),
        (("none_likely", 0), [[0.5]], rf"none_likely\[0\]\[0\] is \[0.5\], but must be {NEEDED}"),
    ],
)
def test_a_damaged_calibration_is_refused_with_file_field_reason_and_remedy(
    checkpoint: Path, keys: tuple[str | int, ...], value: Any, fault: str
) -> None:
    path = calibration_path(checkpoint)
    in_kind = keys[0] not in ("format", "checkpoint", "kinds")
    changed(path, ("kinds", LISTS, *keys) if in_kind else keys, value)
    place = f"kinds.{LISTS}." if in_kind else ""

    with pytest.raises(
        DatasetError, match=rf"x\.calibration\.json: {place}{fault}.*specmol train calibration$"
    ) as caught:
        load_calibration(checkpoint, "ab" * 32)

    assert len(str(caught.value)) < len(str(path)) + 300
    assert caught.value.exit_code == 5


DEEP = '{"format": ' + "[" * 900 + "]" * 900 + "}"


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda text: text[: len(text) // 2], "damaged, not valid JSON"),
        (lambda text: "", "damaged, not valid JSON"),
        (lambda text: text.replace("0.25", "NaN"), "damaged, not valid JSON .NaN is not a number"),
        (lambda text: text.replace("0.25", "-Infinity"), "damaged, not valid JSON .-Infinity is not a number"),
        (lambda text: text.replace("0.25", "1e999"), rf"kinds.{LISTS}.fits\[0\]\[1\] is Infinity"),
        (lambda text: text.replace("150", "1" * 5000), "damaged, not valid JSON"),
        (lambda text: "[]", "does not hold a JSON object"),
        (lambda text: "\x00" * 1000, "damaged, not valid JSON"),
        (lambda text: "[" * 100_000, "damaged, not valid JSON"),
        (lambda text: DEEP, "format is .*, but must be a text"),
        (lambda text: text + " " * (1 << 20), "larger than 1 MiB"),
    ],
)
def test_a_file_that_is_no_calibration_is_refused(checkpoint: Path, damage: Callable[[str], str], fault: str) -> None:
    path = calibration_path(checkpoint)
    path.write_text(damage(path.read_text()))

    with pytest.raises(DatasetError, match=rf"x\.calibration\.json: {fault}.*specmol train calibration$"):
        load_calibration(checkpoint, "ab" * 32)


def test_a_file_of_100_megabytes_is_not_read(checkpoint: Path) -> None:
    path = calibration_path(checkpoint)
    with path.open("r+b") as file:
        file.truncate(100_000_000)

    with pytest.raises(DatasetError, match=r"x\.calibration\.json: larger than 1 MiB.*specmol train calibration$"):
        load_calibration(checkpoint, "ab" * 32)


def test_a_missing_kind_is_named_when_it_is_needed(checkpoint: Path) -> None:
    found = load_calibration(checkpoint, "ab" * 32)

    assert found.confidence_set(0.3, LISTS, np.zeros(1), np.ones(1, np.int64), 0.0).groups == 1
    for kind in set(KINDS) - {LISTS}:
        with pytest.raises(UsageError, match=rf"x\.calibration\.json: has no queries of {kind}; make it again with"):
            found.confidence_set(0.3, kind, np.zeros(1), np.ones(1, np.int64), 0.0)


def test_the_shipped_calibration_is_that_of_the_shipped_checkpoint() -> None:
    path = shipped_checkpoint("matchnet-x")

    found = load_calibration(path, load_model(None, None, "cpu").id)

    assert set(found.kinds) == set(KINDS)
    assert all(kind.queries >= 500 for kind in found.kinds.values())
