from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rdkit import Chem

from specmol_core.errors import CheckpointError, DatasetError, UsageError
from specmol_core.matchnet.features.store import FeatureStore
from specmol_core.matchnet.network.assembly import build
from specmol_core.matchnet.network.atoms import to_tensors
from specmol_core.matchnet.network.checkpoint import load_checkpoint, make_header, save_checkpoint
from specmol_core.matchnet.network.variants import variant
from specmol_core.matchnet.pairs.pair_evaluation import evaluate_pairs, score_table
from specmol_core.matchnet.training.extract import RenderedMaps
from specmol_core.molecules.graph import GraphBatch, featurise
from specmol_core.simulation.dataset.dataset import open_dataset
from specmol_core.spectra.geometry import Geometry

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "m.safetensors"
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = build(variant("matchnet"))
    save_checkpoint(path, network, make_header("matchnet", variant("matchnet"), Geometry(), "fa" * 32, "b"))
    return path


@pytest.fixture
def world(dataset_path: Path, store_path: Path):  # type: ignore[no-untyped-def]
    with open_dataset(dataset_path) as dataset, FeatureStore(store_path) as store:
        yield dataset, store


def test_figures_of_a_table(world, checkpoint: Path, sources) -> None:  # type: ignore[no-untyped-def]
    found = evaluate_pairs(*world, checkpoint, sources.splits["test"], rounds=50)

    assert list(found) == ["test_rand"]
    figures = found["test_rand"]
    assert figures["pairs"] == 8
    assert figures["skipped"] == {}
    assert 0 <= figures["auc_low"] <= figures["auc"] <= figures["auc_high"] <= 1
    assert {"precision", "recall", "f1", "accuracy", "calibration_error"} <= set(figures)


def test_scores_are_those_of_single_pairs(world, checkpoint: Path, fake_backbone) -> None:  # type: ignore[no-untyped-def]
    dataset, _ = world
    network, _, _ = load_checkpoint(checkpoint)
    source = RenderedMaps(dataset, fake_backbone, Geometry())
    smiles, candidate, row = ["CCO", "Nc1ccccc1", "C"], np.array([0, 1, 2, 1]), np.array([50, 51, 50, 49])

    quick = score_table(network, source, smiles, candidate, row)

    slow = []
    for c, r in zip(candidate, row, strict=True):
        graph = to_tensors(GraphBatch.of([featurise(Chem.MolFromSmiles(smiles[c]))]))
        spectra = network.encode_spectra(*source.maps(np.array([r])))
        slow.append(float(network.match(network.encode_molecules(graph), spectra)))
    assert quick == pytest.approx(slow, abs=2e-6)
    assert len({round(x, 5) for x in slow}) == 4


def test_store_and_backbone_agree(world, checkpoint: Path, sources, fake_backbone) -> None:  # type: ignore[no-untyped-def]
    dataset, store = world
    tables = sources.splits["test"]

    stored, drawn = (evaluate_pairs(dataset, f, checkpoint, tables, rounds=10) for f in (store, fake_backbone))

    assert stored["test_rand"]["auc"] == drawn["test_rand"]["auc"]
    error = "calibration_error"
    assert stored["test_rand"][error] == pytest.approx(drawn["test_rand"][error], abs=1e-3)


def test_one_nucleus_alone(world, checkpoint: Path, sources) -> None:  # type: ignore[no-untyped-def]
    errors = {
        nuclei: evaluate_pairs(*world, checkpoint, sources.splits["test"], nuclei=nuclei, rounds=2)["test_rand"][
            "calibration_error"
        ]
        for nuclei in ("both", "1H", "13C")
    }

    assert len(set(errors.values())) == 3
    with pytest.raises(UsageError, match="nuclei is '15N'"):
        evaluate_pairs(*world, checkpoint, sources.splits["test"], nuclei="15N")


def test_pairs_that_cannot_be_used_are_counted(world, checkpoint: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    table = tmp_path / "odd.csv"
    lines = ["OC,CC(C)CN,0", "CC(C)CN,NCC(C)C,1", "CCl,CC(C)CN,0", "C1,CC(C)CN,0", "CO,CCCCCCCC,0", "CO,CCO,0", "CO,,0"]
    table.write_text("\n".join(["candidate_smiles,spectrum_smiles,label", *lines]))

    figures = evaluate_pairs(*world, checkpoint, [table], rounds=5)["odd"]

    assert figures["pairs"] == 2
    assert figures["skipped"] == {
        "candidate unreadable or outside the model": 2,
        "spectrum not in the dataset": 1,
        "spectrum is in the training split": 1,
        "no structure named for the spectra": 1,
    }
    table.write_text("candidate_smiles,spectrum_smiles,label\nCO,CCO,0\n")
    with pytest.raises(DatasetError, match="none of its pairs"):
        evaluate_pairs(*world, checkpoint, [table])


def test_features_of_another_backbone(world, tmp_path: Path, sources) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "m.safetensors"
    config = variant("matchnet-a")
    save_checkpoint(path, build(config), make_header("matchnet-a", config, Geometry(), "cd" * 32, "b"))

    with pytest.raises(CheckpointError, match="backbone cdcdcdcdcdcd, the features are of fafafafafafa"):
        evaluate_pairs(*world, path, sources.splits["test"])


def test_features_of_other_images(world, tmp_path: Path, sources, fake_backbone) -> None:  # type: ignore[no-untyped-def]
    path, config = tmp_path / "m.safetensors", variant("matchnet-a")
    geometry = replace(Geometry(), h1_window=(10.0, 0.0))
    save_checkpoint(path, build(config), make_header("matchnet-a", config, geometry, "fa" * 32, "b"))

    for features in (world[1], fake_backbone):
        with pytest.raises(DatasetError):
            evaluate_pairs(world[0], features, path, sources.splits["test"])
