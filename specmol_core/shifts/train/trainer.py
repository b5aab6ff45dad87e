"""Training of the shift predictor on measured and predicted shifts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from specmol_core.errors import CheckpointError, DatasetError
from specmol_core.shifts.config import ShiftTrainConfig
from specmol_core.shifts.conventions import UNKNOWN_SOLVENT
from specmol_core.shifts.likelihood import match_sets, student_nll
from specmol_core.shifts.network import ShiftNetwork, ShiftOutput
from specmol_core.shifts.predictor import starting_weights
from specmol_core.shifts.train.muon import Muon
from specmol_core.shifts.train.shift_batches import LabelledBatch, epoch_batches, labelled_batch
from specmol_core.shifts.train.shift_pack import SPLITS, ShiftPack
from specmol_core.storage.run_state import RunState, load_state, save_state

__all__ = ["ShiftTrainer", "residuals"]

_STATE = "state.safetensors"
_TYPICAL_ERROR_PPM = (1.5, 0.12)
"""Typical errors, 13C and 1H (ppm); they make the absolute errors of both nuclei comparable."""


def residuals(output: ShiftOutput, batch: LabelledBatch) -> tuple[Tensor, Tensor]:
    """Return prediction minus label (labels,) and its scale (labels,), both in ppm.

    Labels of a group have the pairing with the smallest loss.
    """
    flat = output.means.reshape(-1)
    order = match_sets(flat.detach()[batch.mean_index], batch.group)
    mean_index = batch.mean_index[order]
    atom, nucleus = mean_index // 4, (mean_index % 4 > 0).long()
    source = 1 - batch.measured.long()
    return flat[mean_index] - batch.value, output.scales[atom, source, nucleus]


def shift_loss(network: ShiftNetwork, batch: LabelledBatch, config: ShiftTrainConfig) -> Tensor:
    """Return the sum of Student-t likelihood and absolute error; both nuclei have equal weight."""
    output = network(batch.graphs)
    residual, scale = residuals(output, batch)
    dof = network.degrees_of_freedom()
    weight = torch.where(batch.measured, 1.0, config.predicted_weight)
    total = residual.new_zeros(())
    for nucleus, mask in enumerate((~batch.is_proton, batch.is_proton)):
        if mask.any():
            nll = student_nll(residual[mask], scale[mask], dof[nucleus])
            absolute = residual[mask].abs() / _TYPICAL_ERROR_PPM[nucleus]
            total = total + ((nll + config.absolute_weight * absolute) * weight[mask]).sum() / weight[mask].sum()
    return total


class ShiftTrainer:
    """One training run, which can be resumed from the state in its folder.

    Parameters
    ----------
    pack
        Labelled graphs with their splits.
    folder
        Folder of the state file.
    start
        Checkpoint of a predictor of the same size whose weights the training starts from; random
        weights if None.

    Raises
    ------
    CheckpointError
        If ``start`` is unreadable or of another size.
    """

    def __init__(self, pack: ShiftPack, config: ShiftTrainConfig, folder: Path, start: Path | None = None) -> None:
        self.pack, self.config, self.folder = pack, config, folder
        torch.manual_seed(config.seed)
        self.network = ShiftNetwork(config.network, config.dropout)
        if start is not None:
            arrays = starting_weights(start, config.network)
            self.network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
        self.average = ShiftNetwork(config.network)
        self.average.load_state_dict(self.network.state_dict())
        matrices, others = self.network.hidden_matrices()
        self.optimiser = Muon(
            matrices,
            others,
            learning_rate=config.learning_rate,
            matrix_decay=config.matrix_decay,
            other_decay=config.weight_decay,
        )
        train_set = np.flatnonzero(pack.split == SPLITS.index("train"))
        is_repeated = (pack.is_ion() & pack.measured)[train_set]
        self.train_set = np.repeat(train_set, np.where(is_repeated, config.ion_copies, 1))
        """Molecules of an epoch; measured ions occur several times."""
        atoms = np.diff(pack.atom_start)[self.train_set].sum()
        self.steps_per_epoch = math.ceil(atoms / config.batch_atoms)
        self.epoch, self.step = 0, 0
        self._networks = nn.ModuleDict({"trained": self.network, "average": self.average})

    def run(self, log: Callable[[dict[str, Any]], None]) -> ShiftNetwork:
        """Train to the end and return the averaged network; ``log`` is called once per epoch."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._resume()
        while self.epoch < self.config.epochs:
            started, losses = time.monotonic(), []
            rng = np.random.default_rng((self.config.seed, self.epoch))
            order = rng.permutation(self.train_set)
            self.network.train()
            for molecules in epoch_batches(self.pack, order, self.config.batch_atoms):
                losses.append(self._train_step(labelled_batch(self.pack, molecules), rng))
            self.epoch += 1
            self._save()
            log({"epoch": self.epoch, "loss": float(np.mean(losses)), "seconds": time.monotonic() - started}
                | self.validate("validation"))  # fmt: skip
        return self.average

    def _train_step(self, batch: LabelledBatch, rng: np.random.Generator) -> float:
        solvent = batch.graphs.solvent.clone()
        solvent[torch.from_numpy(rng.random(len(solvent)) < self.config.solvent_dropout)] = UNKNOWN_SOLVENT
        batch = batch._replace(graphs=batch.graphs._replace(solvent=solvent))
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        loss = shift_loss(self.network, batch, self.config)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        decay = min(self.config.ema_decay, self.step / (self.step + 10))
        with torch.no_grad():
            pairs = list(zip(self.average.parameters(), self.network.parameters(), strict=True))
            torch._foreach_lerp_([a for a, _ in pairs], [p.detach() for _, p in pairs], 1 - decay)
        return float(loss.detach())

    def _learning_rate(self) -> float:
        """Return the learning rate: linear warm-up, then a cosine decay to 1 %."""
        total, warmup_steps = self.config.epochs * self.steps_per_epoch, 300
        share = min(1.0, self.step / total)
        return (
            self.config.learning_rate
            * min(1.0, (self.step + 1) / warmup_steps)
            * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)
        )

    @torch.inference_mode()
    def validate(self, split: str) -> dict[str, float]:
        """Return errors (ppm) and calibration of the averaged network on measured structures."""
        self.average.eval()
        chosen = np.flatnonzero((self.pack.split == SPLITS.index(split)) & self.pack.measured)
        rows_of_nucleus: list[list[Tensor]] = [[], []]
        for molecules in epoch_batches(self.pack, chosen, 4 * self.config.batch_atoms):
            batch = labelled_batch(self.pack, molecules)
            residual, scale = residuals(self.average(batch.graphs), batch)
            rows = torch.stack((residual.abs(), residual.abs() / scale), 1)
            rows_of_nucleus[0].append(rows[~batch.is_proton])
            rows_of_nucleus[1].append(rows[batch.is_proton])
        result = {}
        for name, parts in zip(("13C", "1H"), rows_of_nucleus, strict=True):
            rows = torch.cat(parts) if parts else torch.zeros((0, 2))
            result[f"{name} mae"] = float(rows[:, 0].mean())
            result[f"{name} median"] = float(rows[:, 0].median())
            result[f"{name} median ratio"] = float(rows[:, 1].median())
        return result

    def _save(self) -> None:
        state = RunState(epoch=self.epoch, step=self.step)
        save_state(self.folder / _STATE, {"settings": asdict(self.config)}, state, self._networks, self.optimiser)

    def _resume(self) -> None:
        path = self.folder / _STATE
        if not path.exists():
            return
        try:
            state = load_state(path, {"settings": asdict(self.config)}, self._networks, self.optimiser)
        except CheckpointError as error:
            raise DatasetError(
                path, f"belongs to another training, or is damaged ({error.reason}); choose another folder"
            ) from None
        self.epoch, self.step = state.epoch, state.step
