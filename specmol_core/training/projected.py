"""Read feature coefficients with the network's own weights, without unfolding the whole maps."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.func import functional_call

from specmol_core.model.network import MatchNet

__all__ = ["read_spectra"]


def read_spectra(network: MatchNet, h1: Tensor, c13: Tensor, basis: Tensor | None) -> tuple[Tensor, Tensor]:
    """Spectrum vectors (B, 32) and joint vectors (B, width) of two coefficient maps (B, R, H, W).

    The 1x1 convolution of the spectral branch is linear: on coefficients z of a basis B its weight W becomes
    W B, and the gradient reaches W through the product. The joint space reads pooled maps, and pooling
    commutes with the basis, so there only the pooled vector is unfolded.

    Parameters
    ----------
    basis
        (2048, R), orthonormal; None where the maps are whole.
    """
    pooled = h1.mean((2, 3)), c13.mean((2, 3))
    if basis is None:
        return network.encode_spectra(h1, c13), network.joint.embed_spectra(*pooled)
    weight = network.spectra.reduce.weight.flatten(1) @ basis
    vectors: Tensor = functional_call(network.spectra, {"reduce.weight": weight[:, :, None, None]}, (h1, c13))
    unfolded = [torch.matmul(p, basis.T) for p in pooled]
    return vectors, network.joint.embed_spectra(*unfolded)
