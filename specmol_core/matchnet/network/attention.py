"""Attention of the spectral branch: CBAM, its multi-scale form, and the joint gate."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["CBAM", "ChannelAttention", "JointGate", "SpatialAttention"]


class ChannelAttention(nn.Module):
    """Channel attention from average- and max-pooled descriptors (CBAM, Woo et al. 2018).

    Shapes: (B, C, H, W) -> (B, C, H, W).
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.mlp = nn.Sequential(
            nn.Linear(channels, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, channels, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        weight = torch.sigmoid(self.mlp(x.mean((2, 3))) + self.mlp(x.amax((2, 3))))
        return x * weight[:, :, None, None]


class SpatialAttention(nn.Module):
    """Spatial attention; the maps of several kernels are averaged before the sigmoid.

    Shapes: (B, C, H, W) -> (B, C, H, W).
    """

    def __init__(self, kernels: tuple[int, ...]) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(2, 1, k, padding=k // 2, bias=False) for k in kernels)

    def forward(self, x: Tensor) -> Tensor:
        maps = torch.cat((x.mean(1, keepdim=True), x.amax(1, keepdim=True)), 1)
        total = sum(convolution(maps) for convolution in self.convolutions)
        return x * torch.sigmoid(total / len(self.convolutions))


class CBAM(nn.Module):
    """Channel attention, then spatial attention.

    Kernels (7,) give plain CBAM, and (3, 7) the multi-scale form.

    Shapes: (B, C, H, W) -> (B, C, H, W).
    """

    def __init__(self, channels: int, kernels: tuple[int, ...]) -> None:
        super().__init__()
        self.channel = ChannelAttention(channels)
        self.spatial = SpatialAttention(kernels)

    def forward(self, x: Tensor) -> Tensor:
        attended: Tensor = self.spatial(self.channel(x))
        return attended


class JointGate(nn.Module):
    """Channel weights of both nuclei from the pooled descriptors of both (paper, section 3.4).

    Shapes: (B, 2C) pooled descriptors -> (B, 2C) weights in (0, 1).
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        width = 2 * channels
        self.mlp = nn.Sequential(
            nn.Linear(width, width // reduction, bias=False),
            nn.ReLU(),
            nn.Linear(width // reduction, width, bias=False),
        )

    def forward(self, pooled: Tensor) -> Tensor:
        return torch.sigmoid(self.mlp(pooled))
