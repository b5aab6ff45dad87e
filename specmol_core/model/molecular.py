"""The molecular branch: TransformerConv, a single GCN or the three-branch multi-scale GNN, dual pooling."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.nn import GCNConv, SAGEConv, TransformerConv
from torch_geometric.utils import scatter

from specmol_core.model.atoms import GraphTensors

__all__ = ["MOLECULE_WIDTH", "MolecularEncoder", "MultiScaleGNN", "SingleGCN"]

MOLECULE_WIDTH = 128


class SingleGCN(nn.Module):
    """One graph convolution with a ReLU. Shapes: (N, width) -> (N, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolution = GCNConv(width, width)
        self.out_width = width

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        return torch.relu(self.convolution(x, edges))


class _Branch(nn.Module):
    """Convolutions of one kind with BatchNorm, ReLU between them, and an optional projection shortcut."""

    def __init__(self, convolution: type[nn.Module], width: int, depth: int, shortcut: bool) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(convolution(width, width) for _ in range(depth))
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(depth))
        self.shortcut = nn.Sequential(nn.Linear(width, width, bias=False), nn.BatchNorm1d(width)) if shortcut else None

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        h = x
        for depth, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            h = norm(convolution(torch.relu(h) if depth else h, edges))
        return torch.relu(h if self.shortcut is None else h + self.shortcut(x))


class MultiScaleGNN(nn.Module):
    """GCN x1, GCN x2 and GraphSAGE x3 side by side, joined by one linear layer (paper, section 3.3).

    Shapes: (N, width) -> (N, 300).
    """

    def __init__(self, width: int, out_width: int = 300) -> None:
        super().__init__()
        self.short = _Branch(GCNConv, width, 1, shortcut=False)
        self.mid = _Branch(GCNConv, width, 2, shortcut=True)
        self.long = _Branch(SAGEConv, width, 3, shortcut=True)
        self.fuse = nn.Linear(3 * width, out_width)
        self.out_width = out_width

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        branches = (self.short(x, edges), self.mid(x, edges), self.long(x, edges))
        fused: Tensor = self.fuse(torch.cat(branches, 1))
        return fused


class MolecularEncoder(nn.Module):
    """Graph to vector: optional attention, graph block, max and mean pooling, two dense layers.

    Shapes: GraphTensors of B molecules -> (B, 128).
    """

    def __init__(self, attention: TransformerConv | None, graph: SingleGCN | MultiScaleGNN, dropout: float) -> None:
        super().__init__()
        self.attention = attention
        self.graph = graph
        self.head = nn.Sequential(
            nn.Linear(2 * graph.out_width, 1500), nn.ReLU(), nn.Dropout(dropout), nn.Linear(1500, MOLECULE_WIDTH)
        )

    def forward(self, graphs: GraphTensors) -> Tensor:
        x = graphs.atoms
        if self.attention is not None:
            x = self.attention(x, graphs.edges)
        x = self.graph(x, graphs.edges)
        pooled = [scatter(x, graphs.owner, 0, graphs.molecules, reduce) for reduce in ("max", "mean")]
        vector: Tensor = self.head(torch.cat(pooled, 1))
        return vector
