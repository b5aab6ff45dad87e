"""Tiny fixtures for tests of several packages: molecules with artificial shifts, a dataset, a fake backbone."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.matchnet.data.build import DatasetRecipe, build_dataset
from specmol_core.matchnet.features.store import FeatureStore, create_store
from specmol_core.matchnet.training.extract import extract_features
from specmol_core.simulation.dataset.dataset import open_dataset
from specmol_core.spectra.geometry import Geometry

TRAIN = (
    "CCO", "CCCO", "CC(C)O", "CCCCO", "CC(=O)C", "CCC(=O)C", "CCC=O", "CC#N", "CCC#N", "c1ccccc1", "Cc1ccccc1",
    "Oc1ccccc1", "CCOCC", "COC", "CCN", "CCCN", "CC(=O)OC", "CC(=O)OCC", "CC(N)=O", "C1CCCCC1", "OC1CCCCC1",
)  # fmt: skip
VALIDATION = ("CCCCCO", "CCc1ccccc1", "CC(C)C=O", "CCCC#N", "COc1ccccc1", "CCCOC")
TEST = ("CCCCCCO", "CC(C)CN", "Nc1ccccc1", "CC(=O)CC(C)C")
FALSE = ("CCCCC=O", "Cc1ccccc1O", "CC(C)CO", "COc1ccccc1", "CCCCO", "CCNC")
"""Candidates of the false validation pairs; one is a validation molecule itself."""


@dataclass(frozen=True)
class Sources:
    """Input files of a dataset."""

    shifts: Path
    splits: dict[str, tuple[Path, ...]]


class FakeBackbone:
    """Fast features of rank 8: the mean ink of tiles, mixed into channels with fixed random weights."""

    id = "fa" * 32

    def __init__(self, channels: int = 2048) -> None:
        self.images = 0
        self._mix = 10 * np.random.default_rng(0).normal(size=(8, channels)).astype(np.float32)

    def features(self, images: NDArray[np.uint8]) -> torch.Tensor:
        self.images += len(images)
        ink = 1 - images.astype(np.float32) / 255
        tiles = ink.reshape(len(ink), 8, 32, 8, 4, 8).mean((2, 5))
        values = np.concatenate((tiles, tiles**2), 3)
        return torch.from_numpy(np.ascontiguousarray((values @ self._mix).transpose(0, 3, 1, 2)))

    def basis(self) -> torch.Tensor:
        """Return sixteen orthonormal directions that span all feature maps."""
        extra = np.random.default_rng(1).normal(size=self._mix.shape).astype(np.float32)
        return torch.linalg.qr(torch.from_numpy(np.concatenate((self._mix, extra)).T)).Q


def atom_rows(smiles: str) -> list[tuple[str, str, int, float]]:
    """Return rough shifts of a molecule that depend on the neighbours of each atom, as table rows."""
    rows = []
    for atom in Chem.AddHs(Chem.MolFromSmiles(smiles)).GetAtoms():
        if atom.GetAtomicNum() == 6:
            heteroatoms = sum(n.GetAtomicNum() > 6 for n in atom.GetNeighbors())
            sp2 = atom.GetHybridization() == Chem.HybridizationType.SP2
            rows.append((smiles, "13C", atom.GetIdx(), 20.0 + 100 * sp2 + 35 * heteroatoms + 7 * atom.GetDegree()))
        elif atom.GetAtomicNum() == 1:
            parent = atom.GetNeighbors()[0]
            heteroatoms = sum(n.GetAtomicNum() > 6 for n in parent.GetNeighbors())
            rows.append((smiles, "1H", atom.GetIdx(), 0.9 + 5 * parent.GetIsAromatic() + 2 * heteroatoms))
    return rows


def write_shifts(path: Path, rows: Sequence[tuple[str, str, int, float]]) -> Path:
    """Write a shift table with rows of SMILES, nucleus, atom and shift."""
    pa = pytest.importorskip("pyarrow", reason="shift tables are Parquet")
    pq = pytest.importorskip("pyarrow.parquet")
    names = ("smiles", "nucleus", "atom_index", "shift_ppm")
    columns = map(list, zip(*rows, strict=True))
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), path)
    return path


def write_pairs(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    """Write a pair table."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    folder = tmp_path_factory.mktemp("sources")
    rows = [row for smiles in (*TRAIN, *VALIDATION, *TEST) for row in atom_rows(smiles)]
    # All 13C rows come before all 1H rows, as in the tables of shift predictors.
    shifts = write_shifts(folder / "shifts.parquet", sorted(rows, key=lambda r: r[1]))
    true, false = ([{"candidate_smiles": s, "label": k} for s in names] for names, k in ((VALIDATION, 1), (FALSE, 0)))
    leaks = [{"candidate_smiles": s, "label": 1} for s in (*TRAIN, VALIDATION[0], TEST[0])]
    test = [{"candidate_smiles": s, "spectrum_smiles": s, "label": 1} for s in TEST]
    test += [{"candidate_smiles": t, "spectrum_smiles": s, "label": 0} for s, t in zip(TEST, TRAIN, strict=False)]
    return Sources(
        shifts,
        {
            "train": (write_pairs(folder / "train.csv", leaks),),
            "validation": (write_pairs(folder / "validation.csv", true + false),),
            "test": (write_pairs(folder / "test_rand.csv", test),),
        },
    )


@pytest.fixture(scope="session")
def dataset_path(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dataset") / "tiny.h5"
    build_dataset(DatasetRecipe((sources.shifts,), sources.splits, copies=2, seed=5), path)
    return path


@pytest.fixture(scope="session")
def store_path(dataset_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Features of the tiny dataset in 16 directions."""
    path, backbone = tmp_path_factory.mktemp("store") / "features.h5", FakeBackbone()
    with open_dataset(dataset_path) as dataset:
        create_store(path, backbone.id, 2 * len(dataset), backbone.basis())
        with FeatureStore(path, writable=True) as store:
            extract_features(store, dataset, backbone, Geometry())
    return path


@pytest.fixture
def fake_backbone() -> FakeBackbone:
    return FakeBackbone()
