"""Branches of the baselines of the paper.

The widths are those of the public code of MatCS, reference 14 of the paper: three graph
convolutions, or a graph attention of ten heads and a convolution; a small perceptron on a Morgan
fingerprint; two dense layers on each pooled feature map.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch_geometric.nn import GATConv, GCNConv

from specmol_core.matchnet.network.atoms import ATOM_FEATURES, GraphTensors
from specmol_core.matchnet.network.molecular import MOLECULE_WIDTH
from specmol_core.molecules.fingerprint import FINGERPRINT_BITS

__all__ = ["FingerprintEncoder", "GraphStack", "PooledBranch", "graph_attention", "graph_convolutions"]

_ATTENTION_HEADS = 10


class GraphStack(nn.Module):
    """Sequence of graph layers, each with a ReLU.

    Shapes: (N, in) -> (N, out_width).
    """

    def __init__(self, layers: Sequence[nn.Module], out_width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.out_width = out_width

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.relu(layer(x, edges))
        return x


def graph_convolutions() -> GraphStack:
    """Return three GCN layers; the second and the third double the width."""
    width = ATOM_FEATURES
    return GraphStack((GCNConv(width, width), GCNConv(width, 2 * width), GCNConv(2 * width, 4 * width)), 4 * width)


def graph_attention() -> GraphStack:
    """Return one GAT layer of ten heads and one GCN layer."""
    width = _ATTENTION_HEADS * ATOM_FEATURES
    return GraphStack((GATConv(ATOM_FEATURES, ATOM_FEATURES, heads=_ATTENTION_HEADS), GCNConv(width, width)), width)


class FingerprintEncoder(nn.Module):
    """Three dense layers on a Morgan fingerprint.

    Shapes: bits (B, 1024) -> (B, 128).
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (FINGERPRINT_BITS, 512, 256, MOLECULE_WIDTH)
        steps: list[nn.Module] = []
        for before, after in pairwise(widths):
            steps += [nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU()]
        self.layers = nn.Sequential(*steps)

    def forward(self, graphs: GraphTensors) -> Tensor:
        vectors: Tensor = self.layers(graphs.atoms)
        return vectors


class PooledBranch(nn.Module):
    """Two dense layers on the average of each feature map, shared by both nuclei.

    Shapes: two maps (B, channels, H, W) -> (B, 2 * width). A missing nucleus is a map of zeros.
    """

    def __init__(self, channels: int, width: int = 128) -> None:
        super().__init__()
        self.width = width
        self.dense = nn.Sequential(nn.Linear(channels, 256), nn.ReLU(), nn.Linear(256, width), nn.ReLU())

    def forward(self, h1: Tensor, c13: Tensor) -> Tensor:
        return torch.cat([self.dense(maps.mean((2, 3))) for maps in (h1, c13)], 1)

    def on_coefficients(self, h1: Tensor, c13: Tensor, basis: Tensor) -> Tensor:
        """Return vectors (B, 2 * width) of coefficient maps (B, R, H, W) on a basis (channels, R).

        Pooling commutes with the basis.
        """
        return torch.cat([self.dense(maps.mean((2, 3)) @ basis.T) for maps in (h1, c13)], 1)
