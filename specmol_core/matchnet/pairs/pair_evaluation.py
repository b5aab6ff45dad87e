"""Match quality of the paper's networks on pair tables: AUC, precision, recall, F1, accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specmol_core.errors import CheckpointError
from specmol_core.matchnet.data.graph_table import GraphTable
from specmol_core.matchnet.features.store import FeatureStore
from specmol_core.matchnet.network.checkpoint import load_checkpoint
from specmol_core.matchnet.network.network import MatchNet
from specmol_core.matchnet.pairs.pair_sets import BOOTSTRAP_ROUNDS, NOT_EXPRESSIBLE, figures, shown_nuclei, usable_pairs
from specmol_core.matchnet.training.batches import FeatureReader, MapSource
from specmol_core.matchnet.training.extract import ImageEncoder, RenderedMaps, feature_rows
from specmol_core.matchnet.training.validation import encode_molecules, encode_rows, pair_logits
from specmol_core.simulation.dataset.dataset import Dataset
from specmol_core.spectra.geometry import Geometry

__all__ = ["evaluate_pairs", "rejection_reason", "score_table"]

_WITHHELD = {"both": 0, "13C": 1, "1H": 2}
"""Nuclei that are used, and the code of the withheld nucleus in ``FeatureReader``."""


def evaluate_pairs(
    dataset: Dataset,
    features: FeatureStore | ImageEncoder,
    checkpoint: Path,
    tables: Sequence[Path],
    *,
    nuclei: str = "both",
    device: str = "cpu",
    rounds: int = BOOTSTRAP_ROUNDS,
) -> dict[str, dict[str, Any]]:
    """Return the figures of a checkpoint on each table, keyed by the table's name without ``.csv``.

    The spectra of a pair are those of the dataset's molecule with the same SMILES without
    stereochemistry. Pairs are omitted and counted under ``skipped`` if the dataset has no such
    spectra, the candidate is unreadable, or the spectra were trained on. The interval of the AUC
    is the 95 % percentile bootstrap over pairs; a logit above 0 is a match.

    Parameters
    ----------
    features
        Store of the dataset's features, or the backbone that computes them.
    nuclei
        Spectra that are used: both, 1H or 13C.
    rounds
        Rounds of the bootstrap.

    Raises
    ------
    UsageError
        If ``nuclei`` is none of these.
    CheckpointError
        If the checkpoint is unusable, or belongs to another backbone.
    DatasetError
        If a table is unreadable, or none of its pairs can be used.
    """
    shown_nuclei(nuclei)
    network, header, _ = load_checkpoint(checkpoint)
    network.to(device)
    backbone = features.backbone if isinstance(features, FeatureStore) else features.id
    if header["backbone"]["sha256"] != backbone:
        reason = f"was trained on backbone {header['backbone']['sha256'][:12]}, the features are of {backbone[:12]}"
        raise CheckpointError(checkpoint, f"{reason}; give the features of the checkpoint's backbone")
    source = _source(dataset, features, header["geometry"], device)
    usable = {path: usable_pairs(dataset, path, rejection_reason) for path in tables}
    # The tables share spectra and the backbone is slow, so each spectrum is encoded once.
    rows = np.unique(np.concatenate([pairs.row for pairs in usable.values()]))
    vectors = _encode(network, source, rows, _WITHHELD[nuclei])
    results = {}
    for path, pairs in usable.items():
        logits = _score(network, pairs.candidates, pairs.candidate, vectors, np.searchsorted(rows, pairs.row))
        results[path.name.split(".csv")[0]] = figures(pairs, logits, rounds)
    return results


def score_table(
    network: MatchNet,
    source: MapSource,
    candidates: Sequence[str],
    candidate: NDArray[np.int64],
    row: NDArray[np.int64],
    withheld_nucleus: int = 0,
) -> NDArray[np.float64]:
    """Return match logits (p,) of pairs; each molecule and each spectrum is encoded once.

    Parameters
    ----------
    candidates
        SMILES without stereochemistry.
    candidate, row
        (p,) index into ``candidates``, and dataset row of the spectra.
    withheld_nucleus
        1 withholds 1H, 2 withholds 13C, 0 withholds neither.
    """
    rows = np.unique(row)
    vectors = _encode(network, source, rows, withheld_nucleus)
    return _score(network, candidates, candidate, vectors, np.searchsorted(rows, row))


@torch.inference_mode()
def _encode(network: MatchNet, source: MapSource, rows: NDArray[np.int64], withheld_nucleus: int) -> Tensor:
    network.eval()
    return encode_rows(network, source, rows, withheld_nucleus)[0]


@torch.inference_mode()
def _score(
    network: MatchNet,
    candidates: Sequence[str],
    candidate: NDArray[np.int64],
    vectors: Tensor,
    spectrum: NDArray[np.int64],
) -> NDArray[np.float64]:
    molecules: Tensor = encode_molecules(
        network, GraphTable.of(candidates, network.molecule_input.featurise), vectors.device
    )
    return pair_logits(network, molecules, vectors, candidate, spectrum).double().numpy()


def _source(dataset: Dataset, features: FeatureStore | ImageEncoder, geometry: Geometry, device: str) -> MapSource:
    if isinstance(features, FeatureStore):
        # Each row is read once, so nothing is kept in memory.
        return FeatureReader(features, feature_rows(features, dataset, geometry), torch.device(device), memory_gb=0.0)
    return RenderedMaps(dataset, features, geometry, device)


def rejection_reason(smiles: str | None) -> str:
    """Return why the paper's networks reject a candidate; empty if they accept it.

    ``smiles`` is without stereochemistry, and None if RDKit cannot read it.
    """
    try:
        accepted = smiles is not None and len(GraphTable.of([smiles])) == 1
    except ValueError:
        accepted = False
    return "" if accepted else NOT_EXPRESSIBLE
