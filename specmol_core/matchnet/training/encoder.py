"""Pretrain the molecular branch to predict the lines of a molecule, without spectra."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from specmol_core.errors import CheckpointError, DatasetError
from specmol_core.matchnet.config import EncoderConfig
from specmol_core.matchnet.data.graph_table import GraphTable
from specmol_core.matchnet.network.assembly import build
from specmol_core.matchnet.network.baselines import FingerprintEncoder
from specmol_core.matchnet.network.inputs import MoleculeInput
from specmol_core.matchnet.network.molecular import MOLECULE_WIDTH, MolecularEncoder
from specmol_core.matchnet.network.variants import variant
from specmol_core.matchnet.training.targets import POSITIVE_WEIGHT, STRENGTH_CELLS, signal_targets
from specmol_core.simulation.dataset.dataset import Dataset
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import NUCLEI
from specmol_core.storage.torch_weights import read_tensors, write_tensors

__all__ = ["load_encoder", "pretrain_encoder"]

FORMAT = "specmol-encoder-1"


class LinePredictor(nn.Module):
    """Molecular encoder with linear heads on its vector.

    The heads are linear, so that the learned information is directly accessible in the vector when
    it is compared with a spectrum.

    Shapes: graphs of B molecules -> presence logits (B, 2, size) and strengths (B, 2, 64).
    """

    def __init__(self, encoder: MolecularEncoder | FingerprintEncoder, size: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.presence = nn.Linear(MOLECULE_WIDTH, 2 * size)
        self.strength = nn.Linear(MOLECULE_WIDTH, 2 * STRENGTH_CELLS)
        nn.init.constant_(self.presence.bias, -2.0)

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        return self.presence(vectors).unflatten(1, (2, -1)), self.strength(vectors).unflatten(1, (2, -1))


def pretrain_encoder(
    dataset: Dataset,
    config: EncoderConfig,
    geometry: Geometry,
    output: Path,
    *,
    report: Callable[[dict[str, Any]], None] = lambda line: None,
) -> list[dict[str, Any]]:
    """Train the molecular branch of a model on lines of molecules; return the metrics per epoch.

    The branch is trained on the training split and measured on the validation split, with AdamW and
    a one-cycle learning rate.

    Parameters
    ----------
    output
        Checkpoint of the trained branch.
    report
        Called with the metrics of each epoch.

    Raises
    ------
    DatasetError
        If there are fewer than two training molecules, or no validation molecule.
    OutputError
        If the result cannot be written.
    """
    if len(dataset.molecules_of("train")) < 2 or not len(dataset.molecules_of("validation")):
        raise DatasetError(dataset.path, "training needs at least two molecules to train on, and one to validate with")
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    network = build(variant(config.model))
    predictor = LinePredictor(network.molecules, geometry.size)
    train, validation = (
        _Examples(dataset, split, geometry, network.molecule_input) for split in ("train", "validation")
    )
    steps = config.epochs * -(-len(train) // config.batch_size)
    optimiser = torch.optim.AdamW(predictor.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, total_steps=steps + 1)
    history: list[dict[str, Any]] = []
    for epoch in range(1, config.epochs + 1):
        started, total = time.monotonic(), 0.0
        predictor.train()
        batches = np.array_split(rng.permutation(len(train)), steps // config.epochs)
        for rows in batches:
            loss = train.loss(predictor, rows)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += loss.item() / len(batches)
        line = {"epoch": epoch, "train_loss": total, "val_loss": _validate(predictor, validation)}
        history.append({**line, "seconds": round(time.monotonic() - started, 1)})
        report(history[-1])
    header = {"format": FORMAT, "model": config.model, "config": asdict(config), "metrics": history[-1]}
    tensors = {k: v for k, v in predictor.encoder.state_dict().items() if not k.endswith("num_batches_tracked")}
    write_tensors(output, tensors, header, quantise=False)
    return history


def load_encoder(path: Path, encoder: MolecularEncoder | FingerprintEncoder) -> str:
    """Load pretrained weights into an encoder; return the sha256 of the file.

    Raises
    ------
    CheckpointError
        If the file is unreadable, or made for another graph branch.
    """
    tensors, _, digest = read_tensors(path, FORMAT)
    expected = {k: v.shape for k, v in encoder.state_dict().items() if not k.endswith("num_batches_tracked")}
    if expected != {k: v.shape for k, v in tensors.items()}:
        raise CheckpointError(path, "belongs to a model with another graph branch; pretrain an encoder for this one")
    encoder.load_state_dict(tensors, strict=False)
    return digest


class _Examples:
    """Molecules of one split, and the lines of their first simulation."""

    def __init__(self, dataset: Dataset, split: str, geometry: Geometry, molecule_input: MoleculeInput) -> None:
        self.molecule_input = molecule_input
        molecules = dataset.molecules_of(split)
        self.graphs = GraphTable.of([dataset.smiles[m] for m in molecules], molecule_input.featurise)
        self.presence = np.zeros((len(molecules), 2, geometry.size), np.float16)
        self.strength = np.zeros((len(molecules), 2, STRENGTH_CELLS), np.float16)
        first_rows = _first_rows(dataset, molecules)
        for index, row in enumerate(first_rows.tolist()):
            for k, nucleus in enumerate(NUCLEI):
                targets = signal_targets(dataset.peaks(nucleus, row), geometry.axis(nucleus))
                self.presence[index, k], self.strength[index, k] = targets

    def __len__(self) -> int:
        return len(self.graphs)

    def loss(self, predictor: LinePredictor, rows: NDArray[np.int64]) -> Tensor:
        vectors = predictor.encoder(self.molecule_input.tensors(self.graphs.batch(rows), "cpu"))
        presence, strength = predictor(vectors)
        target = torch.from_numpy(self.presence[rows]).float()
        weight = 1 + (POSITIVE_WEIGHT - 1) * target
        lines = F.binary_cross_entropy_with_logits(presence, target, weight)
        return 3 * lines + F.smooth_l1_loss(strength, torch.from_numpy(self.strength[rows]).float(), beta=0.2)


def _first_rows(dataset: Dataset, molecules: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of each molecule's first simulation; a molecule's rows are consecutive."""
    return np.searchsorted(dataset.molecule, molecules)


@torch.inference_mode()
def _validate(predictor: LinePredictor, examples: _Examples) -> float:
    predictor.eval()
    batches = np.array_split(np.arange(len(examples)), -(-len(examples) // 512))
    return float(np.mean([examples.loss(predictor, rows).item() for rows in batches]))
