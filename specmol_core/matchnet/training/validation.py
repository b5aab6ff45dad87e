"""Metrics of a network on the fixed validation pairs, and fit of the score weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specmol_core.matchnet.data.graph_table import GraphTable
from specmol_core.matchnet.data.pairs import ValidationPairs
from specmol_core.matchnet.network.network import MatchNet
from specmol_core.matchnet.training.batches import MapSource
from specmol_core.matchnet.training.loss import match_loss
from specmol_core.matchnet.training.projected import encode_maps
from specmol_core.metrics import accuracy, fit_logistic, fit_softmax, roc_auc

__all__ = ["encode_molecules", "encode_rows", "pair_logits", "validate"]

_BATCH_ROWS = 1024
_RECALL_SHARE = 0.01
_MAX_RANKED_SPECTRA = 300
"""Maximum number of validation spectra on which the score weights are fitted."""


@torch.inference_mode()
def validate(network: MatchNet, features: MapSource, graphs: GraphTable, pairs: ValidationPairs) -> dict[str, Any]:
    """Return loss, accuracy and AUC of the pairs, the recall of the joint space, and score weights.

    ``val_joint_recall`` is the share of spectra whose molecule is among the nearest 1 % of the
    candidates. ``score_weights`` combine the match logit and the joint space's cosine into one
    calibrated logit, which the ranker uses.
    """
    network.eval()
    rows = np.unique(pairs.row)
    vectors, spectra_joint = encode_rows(network, features, rows)
    molecules = encode_molecules(network, graphs, features.device)
    spectrum_index = np.searchsorted(rows, pairs.row)
    logits = pair_logits(network, molecules, vectors, pairs.candidate, spectrum_index)
    labels = torch.from_numpy(pairs.label)
    true = pairs.label == 1
    joint = network.joint.embed_molecules(molecules)
    return {
        "val_loss": float(match_loss(logits, labels)),
        "val_accuracy": accuracy(pairs.label, (logits > 0).numpy()),
        "val_auc": roc_auc(pairs.label, logits.numpy()),
        "val_joint_recall": _recall(spectra_joint, joint, spectrum_index[true], pairs.candidate[true]),
        "score_weights": _fit_score_weights(
            network, (molecules, joint), (vectors, spectra_joint), pairs, spectrum_index, logits
        ),
    }


def _fit_score_weights(
    network: MatchNet,
    encoded_molecules: tuple[Tensor, Tensor],
    encoded_spectra: tuple[Tensor, Tensor],
    pairs: ValidationPairs,
    spectrum_index: NDArray[np.int64],
    score: Tensor,
) -> list[float]:
    """Fit the weights of the match logit and of the joint space's cosine, and an intercept.

    The ratio of the weights maximises the softmax probability of the true molecule among many
    candidates, as in a ranking. Their scale and the intercept are then calibrated on the pairs.
    """
    (molecules, joint), (vectors, spectra_joint) = encoded_molecules, encoded_spectra
    true = np.flatnonzero(pairs.label == 1)[:_MAX_RANKED_SPECTRA]
    logits = [network.match(molecules, vectors[i].expand(len(molecules), -1)) for i in spectrum_index[true].tolist()]
    lists = (
        torch.stack((torch.stack(logits), spectra_joint[torch.from_numpy(spectrum_index[true])] @ joint.T))
        .double()
        .cpu()
    )
    weights = fit_softmax(lists.numpy(), pairs.candidate[true])
    left, right = (torch.from_numpy(i).to(spectra_joint.device) for i in (spectrum_index, pairs.candidate))
    cosine = (spectra_joint[left] * joint[right]).sum(1).double().cpu().numpy()
    combined_logit = weights[0] * score.double().numpy() + weights[1] * cosine
    scale, intercept = fit_logistic(combined_logit[:, None], pairs.label.astype(np.int64))
    return [round(float(v), 6) for v in (scale * weights[0], scale * weights[1], intercept)]


def encode_rows(
    network: MatchNet, features: MapSource, rows: NDArray[np.int64], withheld_nucleus: int = 0
) -> tuple[Tensor, Tensor]:
    """Return spectrum vectors (n, 32) and joint vectors (n, width) of dataset rows.

    The network must be in evaluation mode. ``withheld_nucleus`` 1 withholds the 1H of every row,
    and 2 the 13C.
    """
    parts = []
    for block in _blocks(rows):
        maps = features.maps(block, np.full(len(block), withheld_nucleus, np.int8))
        parts.append(encode_maps(network, *maps, features.basis))
    return torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])


def encode_molecules(network: MatchNet, graphs: GraphTable, device: torch.device) -> Tensor:
    """Return the molecule vectors (M, 128) of a whole table."""
    blocks = _blocks(np.arange(len(graphs)))
    return torch.cat(
        [network.encode_molecules(network.molecule_input.tensors(graphs.batch(block), device)) for block in blocks]
    )


def pair_logits(
    network: MatchNet,
    molecules: Tensor,
    vectors: Tensor,
    candidate: NDArray[np.int64],
    spectrum: NDArray[np.int64],
) -> Tensor:
    """Return match logits (p,), float32 on the CPU, of pairs of encoded molecules and spectra."""
    parts = []
    for block in _blocks(np.arange(len(candidate))):
        left = molecules[torch.from_numpy(candidate[block]).to(molecules.device)]
        right = vectors[torch.from_numpy(spectrum[block]).to(vectors.device)]
        parts.append(network.match(left, right).float().cpu())
    return torch.cat(parts)


def _recall(spectra: Tensor, molecules: Tensor, rows: NDArray[np.int64], truths: NDArray[np.int64]) -> float:
    """Return the share of spectra whose molecule is among the nearest 1 % of all."""
    limit = max(1, round(_RECALL_SHARE * len(molecules)))
    hits = 0
    for block in _blocks(np.arange(len(rows))):
        scores = spectra[torch.from_numpy(rows[block]).to(spectra.device)] @ molecules.T
        truth_score = scores.gather(1, torch.from_numpy(truths[block]).to(spectra.device)[:, None])
        hits += int(((scores >= truth_score).sum(1) <= limit).sum())
    return hits / max(1, len(rows))


def _blocks(items: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    return (items[i : i + _BATCH_ROWS] for i in range(0, len(items), _BATCH_ROWS))
