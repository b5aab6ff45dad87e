"""Match quality on tables of pairs: AUC with its interval, precision, recall, F1, accuracy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specmol_core.config import Geometry
from specmol_core.data.dataset import SPLITS, Dataset
from specmol_core.data.graph_table import GraphTable
from specmol_core.data.pair_table import PairRow, read_pair_table
from specmol_core.data.splits import flat_smiles
from specmol_core.errors import CheckpointError, DatasetError, UsageError
from specmol_core.features.store import FeatureStore
from specmol_core.metrics import (
    accuracy,
    bootstrap_interval,
    expected_calibration_error,
    precision_recall_f1,
    roc_auc,
)
from specmol_core.model.checkpoint import load_checkpoint
from specmol_core.model.network import MatchNet
from specmol_core.training.batches import FeatureReader, MapSource
from specmol_core.training.extract import DrawnMaps, PictureReader, feature_rows
from specmol_core.training.validation import encode_molecules, encode_rows, pair_logits

__all__ = ["evaluate_pairs", "score_table"]

_ROUNDS = 1000
_WITHHELD = {"both": 0, "13C": 1, "1H": 2}
"""What is shown, and the nucleus that is withheld for it as FeatureReader counts them."""


@dataclass(frozen=True)
class _Usable:
    candidates: tuple[str, ...]
    candidate: NDArray[np.int64]
    row: NDArray[np.int64]
    label: NDArray[np.int64]
    skipped: Counter[str]


def evaluate_pairs(
    dataset: Dataset,
    features: FeatureStore | PictureReader,
    checkpoint: Path,
    tables: Sequence[Path],
    *,
    nuclei: str = "both",
    device: str = "cpu",
    rounds: int = _ROUNDS,
) -> dict[str, dict[str, Any]]:
    """Figures of a checkpoint on each table, by the table's name without its ending.

    A pair's spectra are those of the dataset's molecule with the same flat SMILES. Pairs without such spectra,
    of an unreadable candidate, or with spectra that were trained on are left out and counted under ``skipped``.
    The interval of the AUC is the 95 % percentile bootstrap over pairs; a match is a logit above 0.

    Parameters
    ----------
    features
        The store of the dataset's features, or the backbone to compute them anew.
    nuclei
        Spectra that are shown: both, 1H or 13C.

    Raises
    ------
    UsageError
        If ``nuclei`` is none of these.
    CheckpointError
        If the checkpoint is unusable, or belongs to another backbone.
    DatasetError
        If a table is unreadable or none of its pairs can be used.
    """
    if nuclei not in _WITHHELD:
        raise UsageError(f"nuclei is {nuclei!r}; it is one of {', '.join(_WITHHELD)}")
    network, header, _ = load_checkpoint(checkpoint)
    network.to(device)
    backbone = features.backbone if isinstance(features, FeatureStore) else features.id
    if header["backbone"]["sha256"] != backbone:
        reason = f"was trained on backbone {header['backbone']['sha256'][:12]}, the features are of {backbone[:12]}"
        raise CheckpointError(checkpoint, f"{reason}; give the features of its own backbone")
    source = _source(dataset, features, header["geometry"], device)
    usable = {path: _usable(dataset, read_pair_table(path)) for path in tables}
    for path, pairs in usable.items():
        if not len(pairs.label):
            raise DatasetError(path, f"none of its pairs can be used ({dict(pairs.skipped)})")
    # The tables share spectra, and the backbone is what takes the time: each spectrum is read once for all.
    rows = np.unique(np.concatenate([pairs.row for pairs in usable.values()]))
    vectors = _encode(network, source, rows, _WITHHELD[nuclei])
    results = {}
    for path, pairs in usable.items():
        logits = _score(network, pairs.candidates, pairs.candidate, vectors, np.searchsorted(rows, pairs.row))
        results[path.name.split(".csv")[0]] = _figures(pairs, logits, rounds)
    return results


def score_table(
    network: MatchNet,
    source: MapSource,
    candidates: Sequence[str],
    candidate: NDArray[np.int64],
    row: NDArray[np.int64],
    lost: int = 0,
) -> NDArray[np.float64]:
    """Match logits (p,) of pairs: places in ``candidates`` (flat SMILES) and dataset rows.

    Each molecule and each spectrum is encoded once. ``lost`` is 1 to withhold the 1H, 2 to withhold the 13C.
    """
    rows = np.unique(row)
    vectors = _encode(network, source, rows, lost)
    return _score(network, candidates, candidate, vectors, np.searchsorted(rows, row))


@torch.inference_mode()
def _encode(network: MatchNet, source: MapSource, rows: NDArray[np.int64], lost: int) -> Tensor:
    network.eval()
    return encode_rows(network, source, rows, lost)[0]


@torch.inference_mode()
def _score(
    network: MatchNet,
    candidates: Sequence[str],
    candidate: NDArray[np.int64],
    vectors: Tensor,
    spectrum: NDArray[np.int64],
) -> NDArray[np.float64]:
    molecules: Tensor = encode_molecules(network, GraphTable.of(candidates), vectors.device)
    return pair_logits(network, molecules, vectors, candidate, spectrum).double().numpy()


def _source(dataset: Dataset, features: FeatureStore | PictureReader, geometry: Geometry, device: str) -> MapSource:
    if isinstance(features, FeatureStore):
        # Each row is read once, so there is nothing to keep in memory.
        return FeatureReader(features, feature_rows(features, dataset, geometry), torch.device(device), memory_gb=0.0)
    return DrawnMaps(dataset, features, geometry, device)


def _usable(dataset: Dataset, pairs: Sequence[PairRow]) -> _Usable:
    """The pairs that can be scored, and why the others cannot."""
    spectra = {name: i for i, name in enumerate(dataset.smiles)}
    flat = {text: flat_smiles(text) for text in {t for p in pairs for t in (p.candidate, p.spectrum)}}
    outside = {text for text in {p.candidate for p in pairs} if not _featurisable(flat[text])}
    candidates: dict[str, int] = {}
    kept: list[tuple[int, int, int]] = []
    skipped: Counter[str] = Counter()
    for pair in pairs:
        candidate, truth = flat[pair.candidate], flat[pair.spectrum] if pair.spectrum else None
        molecule = spectra.get(truth or "")
        if not pair.spectrum:
            skipped["the table does not say whose spectra"] += 1
        elif candidate is None or pair.candidate in outside:
            skipped["candidate unreadable or outside the model"] += 1
        elif molecule is None:
            skipped["spectrum not in the dataset"] += 1
        elif SPLITS[dataset.split[molecule]] == "train":
            skipped["spectrum is in the training split"] += 1
        else:
            row = int(np.searchsorted(dataset.molecule, molecule))
            kept.append((candidates.setdefault(candidate, len(candidates)), row, pair.label))
    columns = np.array(kept, dtype=np.int64).reshape(-1, 3)
    return _Usable(tuple(candidates), columns[:, 0], columns[:, 1], columns[:, 2], skipped)


def _featurisable(smiles: str | None) -> bool:
    try:
        return smiles is not None and len(GraphTable.of([smiles])) == 1
    except ValueError:
        return False


def _figures(usable: _Usable, logits: NDArray[np.float64], rounds: int) -> dict[str, Any]:
    label, guess = usable.label, logits > 0
    precision, recall, f1 = precision_recall_f1(label, guess)
    low, high = bootstrap_interval(lambda i: roc_auc(label[i], logits[i]), len(label), rounds=rounds)
    return {
        "pairs": len(label),
        "auc": roc_auc(label, logits),
        "auc_low": low,
        "auc_high": high,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "accuracy": accuracy(label, guess),
        "calibration_error": expected_calibration_error(label, 1 / (1 + np.exp(-logits))),
        "skipped": dict(usable.skipped),
    }
