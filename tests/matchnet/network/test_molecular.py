from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from specmol_core.matchnet.network.assembly import build
from specmol_core.matchnet.network.molecular import MolecularEncoder, MultiScaleGNN, SingleGCN
from specmol_core.matchnet.network.variants import VARIANTS

SMILES = ("CC(=O)Oc1ccccc1", "O", "CCN")


def dense_adjacency(edges: Tensor, atoms: int) -> Tensor:
    adjacency = torch.zeros(atoms, atoms)
    for source, target in edges.T.tolist():
        adjacency[target, source] = 1
    return adjacency


def slow_gcn(convolution: nn.Module, x: Tensor, edges: Tensor) -> Tensor:
    """D^-1/2 (A + I) D^-1/2 X W + b (Kipf and Welling 2017)."""
    loops = dense_adjacency(edges, len(x)) + torch.eye(len(x))
    root = loops.sum(1).rsqrt()
    return root[:, None] * loops * root[None] @ x @ convolution.lin.weight.T + convolution.bias


def slow_sage(convolution: nn.Module, x: Tensor, edges: Tensor) -> Tensor:
    """W_l mean of the neighbours + b + W_r x (Hamilton et al. 2017); no neighbours count as zero."""
    adjacency = dense_adjacency(edges, len(x))
    mean = adjacency @ x / adjacency.sum(1, keepdim=True).clamp_min(1)
    return convolution.lin_l(mean) + convolution.lin_r(x)


def test_single_gcn_agrees_with_dense_matrices(graphs_of) -> None:  # type: ignore[no-untyped-def]
    graphs, module = graphs_of(*SMILES), SingleGCN(38).requires_grad_(False)

    expected = slow_gcn(module.convolution, graphs.atoms, graphs.edges).clamp_min(0)
    torch.testing.assert_close(module(graphs.atoms, graphs.edges), expected, atol=1e-5, rtol=1e-4)


def test_multi_scale_block_agrees_with_dense_matrices(graphs_of, network) -> None:  # type: ignore[no-untyped-def]
    block: MultiScaleGNN = network.molecules.graph
    edges = graphs_of(*SMILES).edges
    x = torch.randn(14, 152, generator=torch.Generator().manual_seed(0))

    short = block.short.norms[0](slow_gcn(block.short.convolutions[0], x, edges)).clamp_min(0)
    mid = block.mid.norms[0](slow_gcn(block.mid.convolutions[0], x, edges)).clamp_min(0)
    mid = block.mid.norms[1](slow_gcn(block.mid.convolutions[1], mid, edges))
    mid = (mid + block.mid.shortcut(x)).clamp_min(0)
    long = x
    for depth in range(3):
        long = long.clamp_min(0) if depth else long
        long = block.long.norms[depth](slow_sage(block.long.convolutions[depth], long, edges))
    long = (long + block.long.shortcut(x)).clamp_min(0)

    expected = block.fuse(torch.cat((short, mid, long), 1))
    torch.testing.assert_close(block(x, edges), expected, atol=1e-4, rtol=1e-4)


def test_pooling_is_largest_then_mean(graphs_of) -> None:  # type: ignore[no-untyped-def]
    class Same(nn.Module):
        out_width = 38

        def forward(self, x: Tensor, edges: Tensor) -> Tensor:
            return x

    encoder = MolecularEncoder(None, Same(), 0.0)  # type: ignore[arg-type]
    seen: list[Tensor] = []
    encoder.head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    graphs = graphs_of("CC=O", "C")

    encoder(graphs)

    atoms = graphs.atoms
    expected = torch.stack(
        (
            torch.cat((atoms[:3].max(0).values, atoms[:3].mean(0))),
            torch.cat((atoms[3], atoms[3])),
        )
    )
    torch.testing.assert_close(seen[0], expected)


@pytest.mark.parametrize("name", [n for n, c in VARIANTS.items() if c.molecules != "morgan"])
def test_batched_equals_single(graphs_of, name: str) -> None:  # type: ignore[no-untyped-def]
    encoder = build(VARIANTS[name]).molecules.eval().requires_grad_(False)

    together = encoder(graphs_of(*SMILES))

    alone = torch.cat([encoder(graphs_of(s)) for s in SMILES])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
    assert (together[0] - together[2]).abs().max() > 1e-3


def test_the_order_of_atoms_does_not_matter(graphs_of, network) -> None:  # type: ignore[no-untyped-def]
    written = graphs_of(*SMILES)
    mixed = graphs_of(*SMILES, orders=[(3, 9, 0, 5, 7, 1, 8, 2, 6, 4), (0,), (2, 0, 1)])

    assert not torch.equal(written.atoms, mixed.atoms)
    torch.testing.assert_close(network.encode_molecules(written), network.encode_molecules(mixed), atol=1e-5, rtol=1e-4)


def test_dropout_acts_in_training_only(graphs_of) -> None:  # type: ignore[no-untyped-def]
    encoder, graphs = MolecularEncoder(None, SingleGCN(38), 0.5), graphs_of("CCO", "CCN")

    assert not torch.equal(encoder(graphs), encoder(graphs))
    encoder.eval()
    assert torch.equal(encoder(graphs), encoder(graphs))
