"""Errors of predicted shifts on labelled structures, and calibration of the predictor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from specmol_core.shifts.inference import CollatedGraphs
from specmol_core.shifts.ions import ion_factors
from specmol_core.shifts.likelihood import fit_calibration
from specmol_core.shifts.network import ShiftNetwork, ShiftOutput
from specmol_core.shifts.predictor import ShiftPredictor, save_predictor
from specmol_core.shifts.train.shift_batches import LabelledBatch, epoch_batches, labelled_batch
from specmol_core.shifts.train.shift_pack import SPLITS, ShiftPack
from specmol_core.shifts.train.trainer import residuals

__all__ = ["LabelErrors", "calibrated_predictor", "label_errors", "write_calibrated_predictor"]

_ATOMS = 6_000
_CARBON = 1
"""Category of carbon in the first atom column."""
_IDENTITY_CALIBRATION = ((1.0, 4.0), (1.0, 4.0))


class LabelErrors:
    """Residuals of measured labels on carbon atoms: 13C, and 1H on carbon."""

    def __init__(self) -> None:
        self.assigned: dict[str, list[NDArray[np.float64]]] = {"13C": [], "1H": []}
        """|residual| (ppm) of labels assigned to an atom, and its ratio to scale (labels, 2)."""
        self.sorted: dict[str, list[float]] = {"13C": [], "1H": []}
        """Mean |difference| of each molecule's sorted lists (ppm)."""
        self.atom: dict[str, list[NDArray[np.int64]]] = {"13C": [], "1H": []}
        """Row of ``ShiftPack.atoms`` (labels,) of each label in ``assigned``."""


@torch.inference_mode()
def label_errors(pack: ShiftPack, predictor: ShiftPredictor, split: str) -> LabelErrors:
    """Return the errors on the measured structures of one split."""
    errors_of_nucleus = LabelErrors()
    chosen = np.flatnonzero((pack.split == SPLITS.index(split)) & pack.measured)
    factors = torch.tensor([factor for factor, _ in predictor.calibration])
    for molecules in epoch_batches(pack, chosen, _ATOMS):
        batch = labelled_batch(pack, molecules)
        graphs = _arrays(batch)
        output = ShiftOutput(*map(torch.from_numpy, predictor.inference(graphs)))
        residual, scale = residuals(output, batch)
        scale = scale * factors[batch.is_proton.long()]
        if (of_ions := ion_factors(graphs)) is not None:
            scale = scale * torch.from_numpy(of_ions)[batch.mean_index // 4, batch.is_proton.long()]
        on_carbon = batch.graphs.atoms[batch.mean_index // 4, 0] == _CARBON
        is_assigned = _is_assigned(batch)
        owner = batch.graphs.molecule[batch.mean_index // 4].numpy()
        pack_atom = np.concatenate([np.arange(*pack.atom_start[m : m + 2]) for m in molecules])
        predicted = output.means.reshape(-1)[batch.mean_index].double().numpy()
        for nucleus, mask in (("13C", ~batch.is_proton), ("1H", batch.is_proton)):
            rows = (mask & on_carbon & is_assigned).numpy()
            absolute = residual.abs().double().numpy()[rows]
            errors_of_nucleus.atom[nucleus].append(pack_atom[batch.mean_index.numpy()[rows] // 4])
            errors_of_nucleus.assigned[nucleus].append(np.stack((absolute, absolute / scale.double().numpy()[rows]), 1))
            errors_of_nucleus.sorted[nucleus] += _sorted_errors(
                predicted, batch.value.double().numpy(), owner, (mask & on_carbon).numpy()
            )
    return errors_of_nucleus


def calibrated_predictor(pack: ShiftPack, network: ShiftNetwork) -> ShiftPredictor:
    """Return the predictor with scales calibrated on the validation structures."""
    errors = label_errors(pack, ShiftPredictor.of(network, _IDENTITY_CALIBRATION), "validation")
    carbon, proton = (fit_calibration(np.concatenate(errors.assigned[n])[:, 1]) for n in ("13C", "1H"))
    return ShiftPredictor.of(network, (carbon, proton))


def write_calibrated_predictor(
    path: Path, pack: ShiftPack, network: ShiftNetwork, notes: dict[str, Any]
) -> ShiftPredictor:
    """Calibrate and write a checkpoint of the predictor.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    predictor = calibrated_predictor(pack, network)
    save_predictor(path, network, predictor.calibration, notes)
    return predictor


def _arrays(batch: LabelledBatch) -> CollatedGraphs:
    return CollatedGraphs(*(part.numpy() for part in batch.graphs))


def _is_assigned(batch: LabelledBatch) -> torch.Tensor:
    """Return whether each label is the only one of its group, that is, assigned (labels,)."""
    return torch.bincount(batch.group)[batch.group] == 1


def _sorted_errors(
    predicted: NDArray[np.float64], value: NDArray[np.float64], owner: NDArray[np.int64], rows: NDArray[np.bool_]
) -> list[float]:
    owner = owner[rows]
    first, second = predicted[rows], value[rows]
    by_first, by_second = np.lexsort((first, owner)), np.lexsort((second, owner))
    difference = np.abs(first[by_first] - second[by_second])
    counts = np.bincount(owner)
    sums = np.bincount(owner[by_first], difference, len(counts))
    means: list[float] = (sums[counts > 0] / counts[counts > 0]).tolist()
    return means
