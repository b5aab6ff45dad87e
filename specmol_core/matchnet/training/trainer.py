"""Training of a matching network on stored features; a resumed run gives the same result."""

from __future__ import annotations

import json
import math
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from specmol_core.errors import DatasetError, OutputError, UsageError
from specmol_core.matchnet.config import TrainConfig
from specmol_core.matchnet.data.graph_table import GraphTable
from specmol_core.matchnet.data.pairs import EpochPlan, plan_epoch, validation_pairs
from specmol_core.matchnet.features.store import FeatureStore
from specmol_core.matchnet.network.assembly import build
from specmol_core.matchnet.network.checkpoint import make_header, save_checkpoint
from specmol_core.matchnet.network.variants import variant
from specmol_core.matchnet.training.batches import FeatureReader
from specmol_core.matchnet.training.encoder import load_encoder
from specmol_core.matchnet.training.extract import feature_rows
from specmol_core.matchnet.training.loss import contrastive_loss, match_loss
from specmol_core.matchnet.training.progress import Progress
from specmol_core.matchnet.training.projected import encode_maps
from specmol_core.matchnet.training.schedule import learning_rate
from specmol_core.matchnet.training.settings import config_to_toml
from specmol_core.matchnet.training.validation import validate
from specmol_core.molecules.neighbours import cached_neighbours
from specmol_core.runtime.devices import resolve_device
from specmol_core.simulation.dataset.dataset import Dataset
from specmol_core.storage.atomic import atomic_write
from specmol_core.storage.run_state import RunState, load_state, save_state

__all__ = ["BEST", "LAST", "METRICS", "SETTINGS", "train"]

BEST, LAST, METRICS, SETTINGS = "best.safetensors", "last.safetensors", "metrics.jsonl", "config.toml"
_NEIGHBOURS = "neighbours.h5"
_CHANGEABLE_SETTINGS = ("device", "memory_gb", "checkpoint_steps")
"""Settings that a resumed run may change, because they do not affect the result."""


def train(
    dataset: Dataset,
    store: FeatureStore,
    config: TrainConfig,
    run_dir: Path,
    *,
    resume: bool = False,
    backbone_file: str = "",
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Train a network and return the metrics of each epoch.

    The folder receives config.toml, metrics.jsonl (one line per epoch), best.safetensors (the
    checkpoint with the highest validation accuracy) and last.safetensors (the state to resume
    from). On the CPU of one machine, a resumed run gives bit for bit the same weights as an
    uninterrupted run. On a GPU the order of sums is not fixed.

    Parameters
    ----------
    backbone_file
        File name of the backbone, stored in the checkpoint.

    Raises
    ------
    DatasetError
        If the store lacks features of the dataset, or a split is empty.
    CheckpointError
        If the state to resume from is damaged or belongs to other settings or data.
    OutputError
        If the folder already holds a run and ``resume`` is not set, or cannot be written.
    """
    run = _Run(dataset, store, config, run_dir, backbone_file, progress)
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        return run.train(resume)


class _Run:
    """One training run: its inputs and its state."""

    def __init__(
        self,
        dataset: Dataset,
        store: FeatureStore,
        config: TrainConfig,
        folder: Path,
        backbone_file: str,
        progress: Progress | None,
    ) -> None:
        self.dataset, self.store, self.config, self.folder = dataset, store, config, folder
        self.backbone_file, self.progress = backbone_file, progress
        self.device = torch.device(resolve_device(config.device))
        self.train_count = len(dataset.molecules_of("train"))
        # A last batch of one molecule is omitted: BatchNorm needs a variance.
        self.steps = math.ceil(self.train_count / config.batch_size) - (self.train_count % config.batch_size == 1)
        if self.steps < 1 or len(dataset.molecules_of("validation")) < 2:
            raise DatasetError(dataset.path, "training needs at least two molecules to train on, and two to validate")

    def train(self, resume: bool) -> list[dict[str, Any]]:
        config = self.config
        torch.manual_seed(config.seed)
        self.network = build(variant(config.model))
        if config.encoder:
            load_encoder(Path(config.encoder), self.network.molecules)
        self.network.to(self.device)
        self.optimiser = torch.optim.Adam(
            self.network.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        self._open_folder(resume)
        self._prepare_data()
        if self.progress is not None:
            self.progress.start(config.epochs, self.steps, self.state)
        while self.state.epoch < config.epochs:
            self._epoch()
        return self.state.history

    def _open_folder(self, resume: bool) -> None:
        last = self.folder / LAST
        if last.exists() and not resume:
            raise OutputError(self.folder, "already holds a run; continue it with --resume, or choose another folder")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(self.folder, f"cannot be created ({error.strerror}); choose another folder") from None
        self.state = load_state(last, self._identity(), self.network, self.optimiser) if last.exists() else RunState()
        with atomic_write(self.folder / SETTINGS) as file:
            file.write(config_to_toml(self.config))
        self._write_metrics()

    def _identity(self) -> dict[str, Any]:
        values = {key: value for key, value in asdict(self.config).items() if key not in _CHANGEABLE_SETTINGS}
        # The JSON round trip turns tuples into lists, as in the file.
        identity: dict[str, Any] = json.loads(
            json.dumps(
                {**values, "dataset": self.dataset.id, "backbone": self.store.backbone, "rank": self.store.width}
            )
        )
        return identity

    def _prepare_data(self) -> None:
        config, dataset = self.config, self.dataset
        rows = feature_rows(self.store, dataset, config.geometry)
        needed = np.where(dataset.split[dataset.molecule] < 2, 1, 0).astype(bool)
        self.features = FeatureReader(self.store, np.where(needed[:, None], rows, -1), self.device, config.memory_gb)
        names = [dataset.smiles[m] for m in dataset.molecules_of("train")]
        self.neighbours = cached_neighbours(names, config.neighbours, self.folder / _NEIGHBOURS)
        featurise = self.network.molecule_input.featurise
        self.graphs = GraphTable.of(dataset.smiles, featurise)
        self.pairs = validation_pairs(
            dataset, seed=config.seed, hard_negatives=config.hard_negatives, count=config.neighbours
        )
        self.candidates = GraphTable.of(self.pairs.candidates, featurise)

    def _epoch(self) -> None:
        config, state = self.config, self.state
        plan = plan_epoch(
            self.dataset,
            self.neighbours,
            seed=config.seed,
            epoch=state.epoch,
            hard_negatives=config.hard_negatives,
            nucleus_dropout=config.nucleus_dropout,
        )
        self.network.train()
        while state.step < self.steps:
            started = time.monotonic()
            losses = self._step(plan)
            for name, value in losses.items():
                state.loss_sums[name] = state.loss_sums.get(name, 0.0) + value
            state.step += 1
            state.seconds += time.monotonic() - started
            if self.progress is not None:
                self.progress.step(state.epoch + 1, state.step, state.loss_sums["train_loss"] / state.step)
            if state.step % config.checkpoint_steps == 0 and state.step < self.steps:
                self._save()
        self._end_epoch()

    def _step(self, plan: EpochPlan) -> dict[str, float]:
        config, state = self.config, self.state
        number = state.epoch * self.steps + state.step
        # Each step seeds dropout by its number, so a resumed run needs no state of the generator.
        torch.manual_seed(int(np.random.SeedSequence((config.seed, number)).generate_state(1, np.uint64)[0]) >> 1)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(config, number, self.steps * config.epochs)
        batch = slice(state.step * config.batch_size, (state.step + 1) * config.batch_size)
        self.optimiser.zero_grad(set_to_none=True)
        with self._autocast():
            match, contrast = self._losses(plan, batch)
        loss = match + config.contrastive_weight * contrast
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        values = torch.stack((loss.detach(), match.detach(), contrast.detach())).tolist()
        if not math.isfinite(values[0]):
            reason = (
                f"the loss of epoch {state.epoch + 1}, step {state.step + 1} is not finite; lower the learning rate"
            )
            raise UsageError(f"{self.folder}: {reason}")
        return dict(zip(("train_loss", "train_match_loss", "train_contrastive_loss"), values, strict=True))

    def _losses(self, plan: EpochPlan, batch: slice) -> tuple[Tensor, Tensor]:
        """Return match and contrastive loss of a batch: a true and a false molecule per spectrum."""
        network, true = self.network, plan.molecule[batch]
        molecule_rows = np.concatenate((true, plan.negative[batch]))
        maps = self.features.maps(plan.row[batch], plan.withheld_nucleus[batch])
        vectors, joint_vectors = encode_maps(network, *maps, self.features.basis)
        molecules = network.encode_molecules(
            network.molecule_input.tensors(self.graphs.batch(molecule_rows), self.device)
        )
        logits = network.match(molecules, torch.cat((vectors, vectors)))
        labels = torch.cat((torch.ones(len(true)), torch.zeros(len(true)))).to(self.device)
        ids = torch.from_numpy(molecule_rows).to(self.device)
        loss = match_loss(logits, labels)
        if not self.config.contrastive_weight:
            return loss, loss.new_zeros(())
        contrast = contrastive_loss(
            joint_vectors, network.joint.embed_molecules(molecules), ids[: len(true)], ids, self.config.temperature
        )
        return loss, contrast

    def _autocast(self) -> AbstractContextManager[Any]:
        precision = self.config.precision
        if precision == "bf16" or (precision == "auto" and self.device.type == "cuda"):
            return torch.autocast(self.device.type, torch.bfloat16)
        return nullcontext()

    def _end_epoch(self) -> None:
        state = self.state
        started = time.monotonic()
        metrics: dict[str, Any] = {"epoch": state.epoch + 1}
        metrics |= {name: value / self.steps for name, value in state.loss_sums.items()}
        metrics |= validate(self.network, self.features, self.candidates, self.pairs)
        metrics["seconds"] = round(state.seconds + time.monotonic() - started, 3)
        if metrics["val_accuracy"] > state.best_accuracy:
            state.best_accuracy = metrics["val_accuracy"]
            save_checkpoint(self.folder / BEST, self.network, self._header(metrics))
        state.history.append(metrics)
        state.epoch, state.step, state.loss_sums, state.seconds = state.epoch + 1, 0, {}, 0.0
        # The state is written last. A run killed before repeats the end of the epoch, with the same
        # result.
        self._write_metrics()
        self._save()
        if self.progress is not None:
            self.progress.epoch(metrics)

    def _header(self, metrics: dict[str, Any]) -> dict[str, Any]:
        config = self.config
        notes = {"settings": asdict(config), "metrics": metrics, "dataset": self.dataset.id, "rank": self.store.width}
        header = make_header(
            config.model, variant(config.model), config.geometry, self.store.backbone, self.backbone_file, **notes
        )
        return {**header, "score_weights": metrics["score_weights"]}

    def _save(self) -> None:
        save_state(self.folder / LAST, self._identity(), self.state, self.network, self.optimiser)

    def _write_metrics(self) -> None:
        with atomic_write(self.folder / METRICS) as file:
            file.writelines(json.dumps(line) + "\n" for line in self.state.history)
