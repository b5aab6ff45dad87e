"""Spectral branch: frozen feature maps of both nuclei to one vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call

from specmol_core.matchnet.network.attention import CBAM, JointGate

__all__ = ["SpectralBranch"]


class SpectralBranch(nn.Module):
    """One shared 1x1 convolution, attention per nucleus, an optional joint gate, average pooling.

    The gate multiplies each channel of each nucleus by one number. Gating the pooled vectors is
    therefore equal to gating the maps and pooling them afterwards.

    Shapes: two maps (B, channels, H, W) -> (B, 2 * width). A missing nucleus is a map of zeros.
    """

    def __init__(self, kernels: tuple[int, ...], gated: bool, channels: int = 2048, width: int = 16) -> None:
        super().__init__()
        self.width = width
        self.reduce = nn.Conv2d(channels, width, 1)
        self.h1_attention = CBAM(width, kernels)
        self.c13_attention = CBAM(width, kernels)
        self.gate = JointGate(width) if gated else None

    def forward(self, h1: Tensor, c13: Tensor) -> Tensor:
        pooled = torch.cat(
            (
                self.h1_attention(self.reduce(h1)).mean((2, 3)),
                self.c13_attention(self.reduce(c13)).mean((2, 3)),
            ),
            1,
        )
        return pooled if self.gate is None else pooled * self.gate(pooled)

    def on_coefficients(self, h1: Tensor, c13: Tensor, basis: Tensor) -> Tensor:
        """Return vectors (B, 2 * width) of coefficient maps (B, R, H, W) on a basis (channels, R).

        The 1x1 convolution is linear: on coefficients z of a basis B its weight W becomes W B, and
        the gradient flows to W through this product.
        """
        weight = self.reduce.weight.flatten(1) @ basis
        vectors: Tensor = functional_call(self, {"reduce.weight": weight[:, :, None, None]}, (h1, c13))
        return vectors
