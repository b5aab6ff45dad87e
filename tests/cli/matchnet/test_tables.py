"""``specmol matchnet tables``: trainings of the systems on tiny data, and the files they write."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from specmol_cli.main import run
from specmol_core.matchnet.reproduction.results import read_results

pytestmark = pytest.mark.slow

SYSTEMS = ("matchnet-a", "efficientnet-b0", "alignment", "alignment-256", "matchnet-x")


def arguments(dataset: Path, sources: Any, output: Path, *systems: str) -> list[str]:
    given = ["matchnet", "tables", str(dataset), str(sources.splits["test"][0]), "--output", str(output)]
    given += ["--shifts", str(sources.shifts), "--exclude", str(sources.splits["validation"][0]), "--quiet"]
    given += ["--epochs", "2", "--seeds", "2", "--images", "16", "--batch-size", "8", "--workers", "1"]
    return given + [part for system in systems for part in ("--systems", system)]


@pytest.fixture(scope="module")
def folder(dataset_path: Path, sources: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("paper")
    assert run(arguments(dataset_path, sources, output, *SYSTEMS)) == 0
    return output


def test_every_run_writes_a_result_for_the_page(folder: Path) -> None:
    found = read_results(folder / "results")

    names = {path.stem for path in (folder / "results").iterdir()}
    assert names == {
        "matchnet-a-seed0",
        "matchnet-a-seed1",
        "efficientnet-b0-seed0",
        "alignment",
        "alignment-256",
        "matchnet-x",
    }
    assert len(found) == 6
    page = (folder / "reproduction.md").read_text(encoding="utf-8")
    assert "EfficientNet" in page
    assert "0.753" in page  # the paper's AUC of variant A


def test_result_records_its_run(folder: Path) -> None:
    record = json.loads((folder / "results" / "efficientnet-b0-seed0.json").read_text())

    assert record["backbone"]["name"] == "efficientnet-b0"
    assert record["backbone"]["pictures"] == 16
    assert (record["epochs"], record["settings"]["batch_size"], record["data"]["train"]) == (2, 8, 21)
    assert record["cost"]["total"] == record["cost"]["trainable"] + record["cost"]["frozen"]
    assert record["cost"]["ms_per_batch"] > 0
    assert record["tables"]["test_rand"]["pairs"] == 8
    # Weights alone are 4 million numbers of 4 bytes.
    assert record["cost"]["peak_mb"] is None or record["cost"]["peak_mb"] > 16


def test_systems_with_one_backbone_share_its_features(folder: Path) -> None:
    assert {path.name for path in (folder / "backbones").iterdir()} == {"resnet101", "efficientnet-b0"}
    assert {path.name for path in (folder / "features").iterdir()} == {"resnet101.h5", "efficientnet-b0.h5"}
    assert {path.name for path in (folder / "tsne").iterdir()} == {"matchnet-a.csv"}


def test_existing_results_are_kept(
    folder: Path, dataset_path: Path, sources: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("specmol_core.matchnet.training.trainer.train", forbidden)
    monkeypatch.setattr("specmol_core.matchnet.reproduction.backbones.pretrain_into", forbidden)
    before = {path: path.read_bytes() for path in (folder / "results").iterdir()}

    assert run(arguments(dataset_path, sources, folder, *SYSTEMS)) == 0

    assert {path: path.read_bytes() for path in (folder / "results").iterdir()} == before


def test_training_without_its_cost_is_measured_again(folder: Path, dataset_path: Path, sources: Any) -> None:
    path = folder / "results" / "matchnet-a-seed0.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "cost": None}))

    assert run(arguments(dataset_path, sources, folder, "matchnet-a")) == 0

    rerun = json.loads(path.read_text())
    assert rerun["cost"]["total"] == record["cost"]["total"]
    assert {k: v for k, v in rerun.items() if k != "cost"} == {k: v for k, v in record.items() if k != "cost"}


@pytest.mark.parametrize(
    ("system", "reason"), [("vgg", "unknown system 'vgg'"), ("resnet50-imagenet", "give them with --imagenet")]
)
def test_system_that_cannot_run_is_refused(
    system: str,
    reason: str,
    dataset_path: Path,
    sources: Any,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run(arguments(dataset_path, sources, tmp_path / "out", system)) == 2

    err = capfd.readouterr().err
    assert reason in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_damaged_result_is_named(folder: Path, dataset_path: Path, sources: Any, tmp_path: Path,
                                   capfd: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "alignment.json").write_text("{")

    assert run(arguments(dataset_path, sources, tmp_path, "alignment")) == 5

    assert "alignment.json" in capfd.readouterr().err


def test_damaged_result_of_a_training_is_named(folder: Path, dataset_path: Path, sources: Any, tmp_path: Path,
                                                 capfd: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "results" / "matchnet-a-seed0.json").write_text('{"system": ')

    assert run(arguments(dataset_path, sources, tmp_path / "copy", "matchnet-a")) == 5

    err = capfd.readouterr().err
    assert ("matchnet-a-seed0.json" in err, err.count("\n")) == (True, 1)
