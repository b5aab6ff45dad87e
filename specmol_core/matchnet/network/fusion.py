"""Residual fusion of both branches, and the classifier on the fused features."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Classifier", "ResidualFusion"]


class ResidualFusion(nn.Module):
    """Residual fusion FC2(relu(BN(FC1 u))) + FCskip u (paper, section 3.5).

    Shapes: (B, in_width) -> (B, 96).
    """

    def __init__(self, in_width: int, hidden: int = 192, out_width: int = 96) -> None:
        super().__init__()
        self.first = nn.Linear(in_width, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.second = nn.Linear(hidden, out_width)
        self.skip = nn.Linear(in_width, out_width)

    def forward(self, u: Tensor) -> Tensor:
        fused: Tensor = self.second(torch.relu(self.norm(self.first(u)))) + self.skip(u)
        return fused


class Classifier(nn.Module):
    """Two dense layers with BatchNorm and ReLU to one logit.

    Shapes: (B, 96) -> (B,).
    """

    def __init__(self, in_width: int = 96, hidden: int = 48) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(in_width),
            nn.ReLU(),
            nn.Linear(in_width, hidden),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, fused: Tensor) -> Tensor:
        logits: Tensor = self.layers(fused)[:, 0]
        return logits
