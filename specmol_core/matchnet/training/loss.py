"""Training losses: match loss of pairs, and contrastive loss of the joint space."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["contrastive_loss", "match_loss"]


def match_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean binary cross-entropy of match logits (B,) and labels (B,) of 0 and 1."""
    return F.binary_cross_entropy_with_logits(logits.float(), labels.float())


def contrastive_loss(
    spectra: Tensor, molecules: Tensor, spectrum_ids: Tensor, molecule_ids: Tensor, temperature: float
) -> Tensor:
    """Return the symmetric InfoNCE loss (van den Oord et al. 2018; Radford et al. 2021).

    It is the mean of two directions: each spectrum against all molecules of the batch, including
    the false ones, and each true molecule against all spectra. A second copy of a structure is not
    a wrong answer and is excluded.

    Parameters
    ----------
    spectra
        (B, width) unit vectors.
    molecules
        (M, width) unit vectors, M >= B; molecule i matches spectrum i for i < B.
    spectrum_ids, molecule_ids
        (B,), (M,) identity of the structures.
    temperature
        Divisor of the cosines.
    """
    count = len(spectra)
    logits = spectra.float() @ molecules.float().T / temperature
    is_match = torch.zeros_like(logits, dtype=torch.bool)
    is_match[:, :count].fill_diagonal_(True)
    duplicate = (spectrum_ids[:, None] == molecule_ids) & ~is_match
    logits = logits.masked_fill(duplicate, -torch.inf)
    targets = torch.arange(count, device=logits.device)
    forward = F.cross_entropy(logits, targets)
    backward = F.cross_entropy(logits[:, :count].T, targets)
    return (forward + backward) / 2
