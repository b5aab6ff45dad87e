"""Reading and checking of result files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.paper_fixtures import figures, fixed_result, save, training_result

from specmol_core.errors import DatasetError
from specmol_core.matchnet.reproduction.results import read_results


def damaged(**changes: Any) -> dict[str, Any]:
    return training_result("resnet50") | changes


def test_a_folder_is_read_in_the_order_of_the_paper(tmp_path: Path) -> None:
    folder = save(
        tmp_path,
        fixed_result("alignment"),
        training_result("matchnet", 10),
        training_result("matchnet", 2),
        training_result("resnet50"),
    )
    (folder / ".resnet50-seed1.json").write_text("half written")

    results = read_results(folder)

    assert [(r.system, r.seed) for r in results] == [
        ("resnet50", 0),
        ("matchnet", 2),
        ("matchnet", 10),
        ("alignment", None),
    ]
    assert results[0].training is not None
    assert results[0].training.backbone.images == 19_200
    assert results[0].tables["test_sim"].interval == pytest.approx((0.94, 0.96))
    assert results[-1].tables["test_sim"].metrics["precision"] is None
    assert results[-1].note == "Peak lists, aligned."


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "specmol-paper-2"}, "'specmol-paper-2'"),
        ({"epochs": "many"}, 'epochs is "many"'),
        ({"epochs": True}, "epochs is true"),
        ({"best_epoch": 9}, "best_epoch is 9, but must be at most 8"),
        ({"val_accuracy": 1.5}, "val_accuracy is 1.5"),
        ({"seconds": 10**400}, "seconds is 1000"),
        ({"backbone": None}, "backbone is null"),
        ({"tables": {}}, "tables is {}"),
        ({"tables": {"test_other": figures(0.9)}}, "test_diff"),
        ({"tables": {"test_diff": figures(0.9) | {"auc": None}}}, "tables.test_diff.auc is null"),
        ({"tables": {"test_diff": figures(0.9) | {"auc_high": 0.1}}}, "tables.test_diff.auc_high is 0.1"),
        ({"data": {"dataset": "d1", "train": 9, "train_all": 8}}, "data.train_all is 8"),
        ({"cost": {"trainable": 1}}, "cost.frozen is missing"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    folder = save(tmp_path, damaged(**change))

    with pytest.raises(DatasetError) as caught:
        read_results(folder)

    assert str(folder / "resnet50-seed0.json") in str(caught.value)
    assert reason in str(caught.value)
    assert "specmol matchnet tables" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"format": "specmol-pa', "not valid JSON"),
        (b"[1, 2]", "a JSON object"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"format": NaN}', "NaN is not a number"),
        (b"[" * 100_000, "not valid JSON"),
        (b" " * (1 << 20) + b"{}", "larger than 1 MiB"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    folder = save(tmp_path, training_result("matchnet"))
    (folder / "matchnet-seed1.json").write_bytes(content)

    with pytest.raises(DatasetError, match=reason) as caught:
        read_results(folder)

    assert "matchnet-seed1.json" in str(caught.value)


def test_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    folder = save(tmp_path, training_result("matchnet"))
    (folder / "matchnet-seed1.json").write_text(json.dumps(training_result("matchnet", 0)))

    with pytest.raises(DatasetError, match="holds matchnet-seed0"):
        read_results(folder)


def test_an_unknown_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match='system is "vgg16"'):
        read_results(save(tmp_path, training_result("vgg16")))


def test_results_of_two_datasets_do_not_mix(tmp_path: Path) -> None:
    other = training_result("matchnet")
    other["data"]["dataset"] = "d2"

    with pytest.raises(DatasetError, match=r"seed0\.json on 'd"):
        read_results(save(tmp_path, training_result("resnet50"), other))


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_results_names_the_command(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "results"
    if made:
        folder.mkdir()

    with pytest.raises(DatasetError, match="specmol matchnet tables"):
        read_results(folder)
