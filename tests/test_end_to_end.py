"""All commands from a table of shifts to a ranking, on a few molecules."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from rdkit import Chem

from specmol_cli.main import run
from specmol_core import api
from specmol_core.matchnet.config import PretrainConfig

pytestmark = pytest.mark.slow

MOLECULES = ["CCO", "CCCO", "CC(C)O", "CCOC", "CC=O", "CCC=O", "CC(C)=O", "CCCC", "CCN", "CCCN", "CC#N", "C1CCCC1"]


def write_shifts(path: Path) -> None:
    """Write artificial shifts that make the molecules distinguishable."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install '.[data]')")
    import pyarrow.parquet as pq

    rows = []
    for number, smiles in enumerate(MOLECULES):
        for atom in Chem.AddHs(Chem.MolFromSmiles(smiles)).GetAtoms():
            if atom.GetAtomicNum() in (1, 6):
                carbon = atom.GetAtomicNum() == 6
                shift = 10.0 + 12 * number + 3 * atom.GetIdx() if carbon else 0.5 + 0.7 * number
                rows.append((smiles, "13C" if carbon else "1H", atom.GetIdx(), shift))
    columns = zip(("smiles", "nucleus", "atom_index", "shift_ppm"), zip(*rows, strict=True), strict=True)
    pq.write_table(pa.table({name: list(values) for name, values in columns}), path)


def write_pairs(path: Path, truths: list[str], spectrum: bool) -> None:
    """Write pairs of each molecule with its own spectra, and with those of the next molecule."""
    flat = [Chem.CanonSmiles(smiles) for smiles in truths]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("candidate_smiles", "label", *(["spectrum_smiles"] if spectrum else [])))
        for one, other in zip(flat, [*flat[1:], flat[0]], strict=True):
            writer.writerow((one, 1, *([one] if spectrum else [])))
            writer.writerow((other, 0, *([one] if spectrum else [])))


def test_dataset_train_evaluate_rank(
    tmp_path: Path, tiny_checkpoint: Path, spectra: tuple[Path, Path], sdf: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def specmol(*arguments: object) -> str:
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert code == 0, err
        return out

    write_shifts(tmp_path / "shifts.parquet")
    for name, truths in {"train": MOLECULES[:6], "validation": MOLECULES[6:9], "test": MOLECULES[9:]}.items():
        write_pairs(tmp_path / f"{name}.csv", truths, spectrum=name == "test")
    data, out = tmp_path / "data.h5", tmp_path / "run"
    tables = [f"--{name}={tmp_path / name}.csv" for name in ("train", "validation", "test")]

    specmol("matchnet", "dataset", "--shifts", tmp_path / "shifts.parquet", *tables, "--output", data, "--workers", 1)
    backbone = tiny_checkpoint.with_name("tiny.safetensors")
    specmol(
        "matchnet",
        "train",
        data,
        "--output",
        out,
        "--backbone",
        backbone,
        "--epochs",
        1,
        "--batch-size",
        4,
        "--device",
        "cpu",
    )
    figures = json.loads(
        specmol("matchnet", "pairs", tmp_path / "test.csv", "--dataset", data, "--checkpoint", out / "best.safetensors",
                "--features", out / "features.h5", "--format", "json", "--device", "cpu")
    )  # fmt: skip
    ranked = json.loads(
        specmol("rank", "--h1", spectra[0], "--library", sdf, "--checkpoint", out / "best.safetensors",
                "--format", "json", "--workers", 1, "--device", "cpu")
    )  # fmt: skip

    assert (figures[0]["table"], figures[0]["pairs"]) == ("test", 6)
    assert 0 <= figures[0]["auc"] <= 1
    assert len(ranked["candidates"]) == 5


def test_pretraining_gives_a_backbone(tmp_path: Path) -> None:
    from specmol_core.matchnet.features.backbone import load_backbone

    write_shifts(tmp_path / "shifts.parquet")
    write_pairs(tmp_path / "test.csv", MOLECULES[9:], spectrum=True)

    result = api.pretrain(
        [tmp_path / "shifts.parquet"],
        tmp_path / "run",
        PretrainConfig(blocks=(1, 1, 1, 1), rows=32, batch_size=4, steps=1),
        exclude=[tmp_path / "test.csv"],
    )

    assert result.steps == 1
    assert load_backbone(tmp_path / "run" / "backbone.safetensors").blocks == (1, 1, 1, 1)
