"""The spectral branch: frozen feature maps of both nuclei to one vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from specmol_core.model.attention import CBAM, JointGate

__all__ = ["FEATURE_CHANNELS", "SpectralBranch"]

FEATURE_CHANNELS = 2048
"""Channels of the last ResNet stage."""


class SpectralBranch(nn.Module):
    """One shared 1x1 convolution, attention per nucleus, an optional joint gate, average pooling.

    The gate multiplies channels by one number per nucleus and channel, so gating the pooled vectors
    is gating the maps and then pooling them.

    Shapes: two maps (B, 2048, H, W) -> (B, 2 * width). A missing nucleus is a map of zeros.
    """

    def __init__(self, kernels: tuple[int, ...], gated: bool, width: int = 16) -> None:
        super().__init__()
        self.width = width
        self.reduce = nn.Conv2d(FEATURE_CHANNELS, width, 1)
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
