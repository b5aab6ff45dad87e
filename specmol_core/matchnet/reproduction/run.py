"""One training of a system of the paper: the run, its figures, its cost and its embedding."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rdkit import Chem

from specmol_core.matchnet.config import PaperConfig, TrainConfig
from specmol_core.matchnet.data.graph_table import GraphTable
from specmol_core.matchnet.features.store import FeatureStore
from specmol_core.matchnet.network.assembly import parameter_counts
from specmol_core.matchnet.network.checkpoint import load_checkpoint
from specmol_core.matchnet.network.network import MatchNet
from specmol_core.matchnet.pairs.pair_evaluation import evaluate_pairs, rejection_reason
from specmol_core.matchnet.pairs.pair_sets import PairSet, usable_pairs
from specmol_core.matchnet.reproduction.backbones import PaperBackbone, trained_model_name
from specmol_core.matchnet.reproduction.cost import batch_cost
from specmol_core.matchnet.reproduction.embedding import Embedding, tsne, write_embedding
from specmol_core.matchnet.reproduction.figures import FULL_PROTOCOL
from specmol_core.matchnet.reproduction.result_files import run_name
from specmol_core.matchnet.training import trainer
from specmol_core.matchnet.training.backbone_run import make_folder
from specmol_core.matchnet.training.batches import FeatureReader
from specmol_core.matchnet.training.extract import feature_rows
from specmol_core.matchnet.training.progress import Progress
from specmol_core.matchnet.training.validation import encode_molecules, encode_rows
from specmol_core.molecules.graph import GraphBatch
from specmol_core.molecules.neighbours import cached_neighbours
from specmol_core.simulation.dataset.dataset import Dataset
from specmol_core.spectra.canonical_image import canonical_images
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["measure_cost", "train_system", "write_run_embedding"]

_NEIGHBOURS_FILE = "neighbours.h5"
_EMBEDDED_PAIRS = 500
"""Pairs of each label in an embedding."""
_COST_BATCH_SIZE = 32
"""Pairs of the batch whose cost is measured, as in the paper."""


def train_system(
    system: str,
    seed: int,
    dataset: Dataset,
    backbone: PaperBackbone,
    tables: Sequence[Path],
    folder: Path,
    config: PaperConfig,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train one system once, or resume its run, and evaluate the best checkpoint on the tables.

    As in the paper, the training has neither a joint space nor withheld nuclei.

    Returns
    -------
    Record of the result file, without a cost.

    Raises
    ------
    SpecmolError
        If a setting is invalid, or a file is unusable or cannot be written.
    """
    settings = TrainConfig(
        model=trained_model_name(system),
        epochs=config.epochs,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        schedule=config.schedule,
        hard_negatives=config.hard_negatives,
        seed=seed,
        nucleus_dropout=0.0,
        contrastive_weight=0.0,
        device=config.device,
    )
    run = folder / "runs" / run_name(system, seed)
    make_folder(run)
    _share_neighbours(dataset, settings.neighbours, folder, run)
    with FeatureStore(backbone.features, backbone=backbone.network.id) as store:
        history = trainer.train(
            dataset, store, settings, run, resume=True, backbone_file=backbone.file.name, progress=progress
        )
        figures = evaluate_pairs(dataset, store, run / trainer.BEST, tables)
    best = max(history, key=lambda metrics: metrics["val_accuracy"])
    reported_settings = ("epochs", "batch_size", "learning_rate", "schedule", "hard_negatives", "neighbours")
    return {
        "system": system,
        "seed": seed,
        "settings": {key: asdict(settings)[key] for key in reported_settings},
        "data": {
            "dataset": dataset.id,
            "train": len(dataset.molecules_of("train")),
            "train_all": FULL_PROTOCOL.train,
            "validation": len(dataset.molecules_of("validation")),
            "validation_all": FULL_PROTOCOL.validation,
        },
        "backbone": backbone.record,
        "epochs": len(history),
        "best_epoch": best["epoch"],
        "val_accuracy": best["val_accuracy"],
        "seconds": sum(metrics["seconds"] for metrics in history),
        "tables": figures,
        "cost": None,
    }


def measure_cost(system: str, dataset: Dataset, backbone: PaperBackbone, run: Path, device: str) -> dict[str, Any]:
    """Return parameters, time and memory of a batch of validation molecules with their spectra."""
    network = load_checkpoint(run / trainer.BEST)[0]
    molecules = dataset.molecules_of("validation")[:_COST_BATCH_SIZE]
    rows = np.searchsorted(dataset.molecule, molecules)
    mols = [Chem.MolFromSmiles(dataset.smiles[m]) for m in molecules]
    geometry = Geometry()
    images = [
        canonical_images(np.stack([dataset.traces(n, r, r + 1)[0] for r in rows]), dataset.axis(n), n, geometry)
        for n in NUCLEI
    ]
    batch = GraphBatch.of([network.molecule_input.featurise(mol) for mol in mols])
    counts = parameter_counts(trained_model_name(system))
    cost = batch_cost(network, backbone.network, batch, np.concatenate(images), device)
    return {key: counts[key] for key in ("trainable", "frozen", "total")} | cost


def write_run_embedding(dataset: Dataset, backbone: PaperBackbone, run: Path, table: Path, output: Path) -> None:
    """Write the t-SNE embedding of the features before the output layer.

    It has up to 500 true and 500 false pairs of a table.
    """
    network = load_checkpoint(run / trainer.BEST)[0]
    pairs = usable_pairs(dataset, table, rejection_reason)
    chosen = np.concatenate([np.flatnonzero(pairs.label == label)[:_EMBEDDED_PAIRS] for label in (1, 0)])
    features = _features(network, dataset, backbone, pairs, chosen)
    make_folder(output.parent)
    write_embedding(output, Embedding(tsne(features, seed=0), pairs.label[chosen]))


@torch.inference_mode()
def _features(
    network: MatchNet, dataset: Dataset, backbone: PaperBackbone, pairs: PairSet, chosen: Any
) -> np.ndarray[Any, np.dtype[np.float32]]:
    rows, candidates = np.unique(pairs.row[chosen]), np.unique(pairs.candidate[chosen])
    with FeatureStore(backbone.features, backbone=backbone.network.id) as store:
        source = FeatureReader(store, feature_rows(store, dataset, Geometry()), torch.device("cpu"), memory_gb=0.0)
        vectors = encode_rows(network, source, rows)[0]
    graphs = GraphTable.of([pairs.candidates[i] for i in candidates], network.molecule_input.featurise)
    molecules = encode_molecules(network, graphs, torch.device("cpu"))
    molecule_vectors = molecules[torch.from_numpy(np.searchsorted(candidates, pairs.candidate[chosen]))]
    features: np.ndarray[Any, np.dtype[np.float32]] = network.features(
        molecule_vectors, vectors[torch.from_numpy(np.searchsorted(rows, pairs.row[chosen]))]
    ).numpy()
    return features


def _share_neighbours(dataset: Dataset, count: int, folder: Path, run: Path) -> None:
    """Copy the neighbours to the run; finding them takes longer than training an epoch."""
    names = [dataset.smiles[m] for m in dataset.molecules_of("train")]
    cached_neighbours(names, count, folder / _NEIGHBOURS_FILE)
    if not (run / _NEIGHBOURS_FILE).exists():
        shutil.copyfile(folder / _NEIGHBOURS_FILE, run / _NEIGHBOURS_FILE)
