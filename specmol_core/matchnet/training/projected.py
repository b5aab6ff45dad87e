"""Encode feature coefficients with the network's weights, without restoring the whole maps."""

from __future__ import annotations

import torch
from torch import Tensor

from specmol_core.matchnet.network.network import MatchNet

__all__ = ["encode_maps"]


def encode_maps(network: MatchNet, h1: Tensor, c13: Tensor, basis: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return spectrum vectors (B, 32) and joint vectors (B, width) of maps (B, R, H, W).

    The joint space uses pooled maps. Pooling commutes with the basis, so only the pooled vectors
    are multiplied with it.

    Parameters
    ----------
    basis
        (channels, R), orthonormal; None for whole maps.
    """
    pooled = h1.mean((2, 3)), c13.mean((2, 3))
    if basis is None:
        return network.encode_spectra(h1, c13), network.joint.embed_spectra(*pooled)
    restored = [torch.matmul(p, basis.T) for p in pooled]
    return network.spectra.on_coefficients(h1, c13, basis), network.joint.embed_spectra(*restored)
