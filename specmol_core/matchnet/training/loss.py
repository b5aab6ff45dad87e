"""The training loss: does the pair match, and does the joint space find it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["contrastive_loss", "match_loss"]


def match_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Binary cross-entropy of match logits (B,) against labels (B,) of 0 and 1, mean over the batch."""
    return F.binary_cross_entropy_with_logits(logits.float(), labels.float())


def contrastive_loss(
    spectra: Tensor, molecules: Tensor, spectrum_ids: Tensor, molecule_ids: Tensor, temperature: float
) -> Tensor:
    """Symmetric InfoNCE (van den Oord et al. 2018; Radford et al. 2021), mean of both directions.

    Each spectrum looks for its molecule among all molecules of the batch, the false ones included; each true
    molecule looks for its spectrum. Where the same structure comes twice, the second one is no wrong answer and
    is left out of the choice.

    Parameters
    ----------
    spectra
        (B, width) unit vectors.
    molecules
        (M, width) unit vectors, M >= B; molecule i belongs to spectrum i for i < B.
    spectrum_ids, molecule_ids
        (B,), (M,) identity of the structures.
    """
    count = len(spectra)
    logits = spectra.float() @ molecules.float().T / temperature
    own = torch.zeros_like(logits, dtype=torch.bool)
    own[:, :count].fill_diagonal_(True)
    twice = (spectrum_ids[:, None] == molecule_ids) & ~own
    logits = logits.masked_fill(twice, -torch.inf)
    targets = torch.arange(count, device=logits.device)
    forward = F.cross_entropy(logits, targets)
    backward = F.cross_entropy(logits[:, :count].T, targets)
    return (forward + backward) / 2
