from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.tiny_fixtures import TEST, TRAIN, VALIDATION, Sources, write_pairs, write_shifts

from specmol_core.errors import CheckpointError, DatasetError, OutputError, UsageError
from specmol_core.matchnet.config import PretrainConfig
from specmol_core.matchnet.features.backbone import Backbone, load_backbone, save_backbone
from specmol_core.matchnet.training import backbone_run
from specmol_core.matchnet.training.backbone_run import (
    BACKBONE_FILE,
    frozen_backbone,
    make_folder,
    pretrain_into,
    pretraining_molecules,
)
from specmol_core.simulation.config import SimulationConfig
from specmol_core.spectra.geometry import Geometry
from specmol_core.storage.torch_weights import read_tensors

pytestmark = pytest.mark.slow

CONFIG = PretrainConfig(blocks=(1, 1, 1, 1), rows=32, batch_size=2, steps=2)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two backbones."""
    folder = tmp_path_factory.mktemp("backbones")
    for rows in (32, 64):
        save_backbone(folder / f"{rows}.safetensors", Backbone((1, 1, 1, 1), rows=rows), {}, quantise=True)
    return folder / "32.safetensors", folder / "64.safetensors"


def test_excluded_structures_are_left_out(sources: Sources) -> None:
    everyone = pretraining_molecules([sources.shifts], [])
    learnt = pretraining_molecules([sources.shifts], [*sources.splits["validation"], *sources.splits["test"]])

    assert [smiles for smiles, _ in everyone] != [smiles for smiles, _ in learnt]
    assert {smiles for smiles, _ in everyone} == {*TRAIN, *VALIDATION, *TEST}
    left = {smiles for smiles, _ in learnt}
    assert left <= set(TRAIN)
    # A table of test pairs names candidates as well as spectra; both are out.
    assert not left & {*VALIDATION, *TEST, *TRAIN[: len(TEST)]}
    assert "CC(=O)OCC" in left


def test_exclusion_compares_structures_not_smiles_texts(tmp_path: Path) -> None:
    shifts = write_shifts(
        tmp_path / "s.parquet",
        [("OCC", "13C", 1, 58.0), ("OCC", "1H", 4, 3.6), ("CN", "13C", 0, 25.0), ("CN", "1H", 3, 2.3)],
    )
    pairs = write_pairs(tmp_path / "p.csv", [{"candidate_smiles": "CCO", "label": 1}])

    assert [smiles for smiles, _ in pretraining_molecules([shifts], [pairs])] == ["CN"]


def test_molecules_without_both_nuclei_are_left_out(tmp_path: Path) -> None:
    rows = [("CO", "13C", 0, 50.0), ("CN", "1H", 3, 2.3)]
    shifts = write_shifts(tmp_path / "s.parquet", rows)

    with pytest.raises(DatasetError, match=r"s\.parquet: holds no molecule with 1H and 13C shifts"):
        pretraining_molecules([shifts], [])


@pytest.mark.slow
def test_a_finished_pretraining_is_resumed_unchanged(sources: Sources, tmp_path: Path) -> None:
    def go(resume: bool) -> Any:
        return pretrain_into(
            [sources.shifts], tmp_path / "run", CONFIG, Geometry(size=64), SimulationConfig(points=512), resume=resume
        )

    result = go(False)
    content = (tmp_path / "run" / BACKBONE_FILE).read_bytes()

    notes = read_tensors(tmp_path / "run" / BACKBONE_FILE, None)[1]["notes"]
    assert notes["molecules"] == len({*TRAIN, *VALIDATION, *TEST})
    assert notes["geometry"]["size"] == 64
    assert notes["losses"] == result.losses
    assert notes["started_from"] is None
    assert load_backbone(tmp_path / "run" / BACKBONE_FILE).rows == 32
    # The hash of the file is the backbone's name: resuming a finished run must not change it.
    go(True)
    assert (tmp_path / "run" / BACKBONE_FILE).read_bytes() == content


@pytest.mark.slow
def test_a_given_backbone_is_kept_in_the_folder(files: tuple[Path, Path], tmp_path: Path) -> None:
    wanted = load_backbone(files[0]).id

    assert frozen_backbone(tmp_path, files[0], None, "cpu").id == wanted
    assert (tmp_path / BACKBONE_FILE).read_bytes() == files[0].read_bytes()
    assert frozen_backbone(tmp_path, files[0], None, "cpu").id == wanted
    assert frozen_backbone(tmp_path, None, None, "cpu").id == wanted
    assert [p.name for p in tmp_path.iterdir()] == [BACKBONE_FILE]


def test_a_folder_with_another_backbone_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    frozen_backbone(tmp_path, files[0], None, "cpu")

    with pytest.raises(CheckpointError, match=r"differs from .*64\.safetensors"):
        frozen_backbone(tmp_path, files[1], None, "cpu")
    assert (tmp_path / BACKBONE_FILE).read_bytes() == files[0].read_bytes()


def test_the_shipped_backbone_is_not_copied(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped, run = tmp_path / "shipped", tmp_path / "run"
    shipped.mkdir()
    run.mkdir()
    (shipped / BACKBONE_FILE).write_bytes(files[1].read_bytes())
    monkeypatch.setattr(backbone_run, "shipped_weights", lambda: shipped)

    assert frozen_backbone(run, None, None, "cpu").id == load_backbone(files[1]).id
    assert not list(run.iterdir())


@pytest.mark.slow
def test_weights_of_torchvision(files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requested: list[Path | None] = []

    def fake(path: Path | None) -> Backbone:
        requested.append(path)
        made = Backbone((1, 1, 1, 1), "grey", 64)
        made.id = f"hash of {path}"
        return made

    monkeypatch.setattr(backbone_run, "imagenet_backbone", fake)

    first = frozen_backbone(tmp_path, None, "imagenet", "cpu")
    reloaded = frozen_backbone(tmp_path, None, "imagenet", "cpu")

    assert requested == [None, None]
    assert (first.planes, first.id) == ("grey", reloaded.id)
    assert frozen_backbone(tmp_path, None, None, "cpu").id == first.id
    with pytest.raises(CheckpointError, match=r"differs from w\.safetensors"):
        frozen_backbone(tmp_path, None, "w.safetensors", "cpu")
    assert requested[-1] == Path("w.safetensors")
    other = tmp_path / "other"
    other.mkdir()
    frozen_backbone(other, files[0], None, "cpu")
    with pytest.raises(CheckpointError, match="differs from imagenet"):
        frozen_backbone(other, None, "imagenet", "cpu")


def test_bad_choices(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        frozen_backbone(tmp_path, files[0], "imagenet", "cpu")
    with pytest.raises(CheckpointError, match="no such file"):
        frozen_backbone(tmp_path, tmp_path / "none", None, "cpu")
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        make_folder(tmp_path / "file" / "run")
