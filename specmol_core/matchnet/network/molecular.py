"""Molecular branch: TransformerConv, a single GCN or the multi-scale GNN, and dual pooling."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch_geometric.nn import GCNConv, SAGEConv, TransformerConv
from torch_geometric.utils import scatter

from specmol_core.matchnet.network.atoms import GraphTensors
from specmol_core.runtime.pyg_temp_files import remove_generated_modules

__all__ = ["MOLECULE_WIDTH", "MolecularEncoder", "MultiScaleGNN", "SingleGCN"]

MOLECULE_WIDTH = 128


class GraphLayers(Protocol):
    """Graph layers. Shapes: atoms (N, in), edges (2, E) -> (N, out_width)."""

    out_width: int

    def __call__(self, x: Tensor, edges: Tensor) -> Tensor: ...


class SingleGCN(nn.Module):
    """One graph convolution with a ReLU.

    Shapes: (N, width) -> (N, width).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolution = GCNConv(width, width)
        self.out_width = width

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        return torch.relu(self.convolution(x, edges))


class _Branch(nn.Module):
    """Convolutions of one kind with BatchNorm and ReLU, and an optional projection shortcut."""

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
    """Parallel GCN x1, GCN x2 and GraphSAGE x3, joined by one linear layer (paper, section 3.3).

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
    """Encode a graph as a vector: optional attention, graph block, pooling, two dense layers.

    Shapes: GraphTensors of B molecules -> (B, 128).

    Parameters
    ----------
    pools
        Pooling over the atoms: max, mean or both.
    hidden
        Width of the first dense layer.
    """

    def __init__(
        self,
        attention: TransformerConv | None,
        graph: GraphLayers,
        dropout: float,
        *,
        pools: tuple[str, ...] = ("max", "mean"),
        hidden: int = 1500,
    ) -> None:
        super().__init__()
        self.attention = attention
        self.graph = graph
        self.pools = pools
        self.head = nn.Sequential(
            nn.Linear(len(pools) * graph.out_width, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, MOLECULE_WIDTH),
        )
        remove_generated_modules()

    def forward(self, graphs: GraphTensors) -> Tensor:
        x = graphs.atoms
        if self.attention is not None:
            x = self.attention(x, graphs.edges)
        x = self.graph(x, graphs.edges)
        pooled = [scatter(x, graphs.owner, 0, graphs.molecules, reduce) for reduce in self.pools]
        vector: Tensor = self.head(torch.cat(pooled, 1))
        return vector
