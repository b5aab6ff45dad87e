from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import DatasetError
from specmol_core.matchnet.data.splits import read_splits
from specmol_core.molecules.without_stereo import constitution_of_smiles


def write(path: Path, text: str) -> tuple[Path, ...]:
    path.write_text(text)
    return (path,)


def test_smiles_lose_their_stereochemistry() -> None:
    assert constitution_of_smiles("C[C@H](O)CC") == constitution_of_smiles("CC[C@H](C)O") == "CCC(C)O"
    assert constitution_of_smiles("C1CC") is None


def test_truths_of_later_splits_stay_out_of_training(tmp_path: Path) -> None:
    tables = {
        "train": write(tmp_path / "a.csv", "candidate_smiles,label\nCCO,1\nOCC,1\nCN,1\nC[C@H](O)CC,1\nCC,0\nC1,1\n"),
        "validation": write(tmp_path / "v.csv", "candidate_smiles,label\nCN,1\nCF,1\nCCC,0\nCN,0\n"),
        "test": write(
            tmp_path / "t.csv", "candidate_smiles,spectrum_smiles,label\nCCO,CF,0\nC[C@@H](O)CC,C[C@@H](O)CC,1\n"
        ),
    }

    members = read_splits(tables)

    assert members.split == {"CCO": "train", "CN": "validation", "CF": "test", "CCC(C)O": "test"}
    assert members.false_pairs == (("CCC", ""), ("CN", ""))
    assert members.dropped == {
        "train: also in validation": 1,
        "train: also in test": 1,
        "validation: also in test": 1,
        "train: SMILES unreadable": 1,
    }


def test_false_pairs_keep_their_spectra(tmp_path: Path) -> None:
    text = "candidate_smiles,spectrum_smiles,label\nOC,OC,1\nC(C)O,OC,0\n"

    members = read_splits({"validation": write(tmp_path / "v.csv", text)})

    assert members.false_pairs == (("CCO", "CO"),)


def test_split_without_positives(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="needs positive pairs"):
        read_splits({"train": write(tmp_path / "a.csv", "candidate_smiles,label\nCCO,0\n")})
