from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from rdkit import Chem
from torch import nn

from specmol_core.matchnet.network.assembly import build
from specmol_core.matchnet.network.atoms import GraphTensors, to_tensors
from specmol_core.matchnet.network.network import MatchNet
from specmol_core.matchnet.network.variants import variant
from specmol_core.molecules.graph import GraphBatch, featurise


def stir(network: nn.Module, seed: int) -> None:
    """Give every BatchNorm random statistics, so that none is the identity."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            for values in (module.running_mean, module.running_var, module.weight, module.bias):
                values.data.copy_(0.5 + torch.rand(values.shape, generator=generator))


@pytest.fixture(scope="session")
def network() -> MatchNet:
    """The whole model with random weights, in evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        made = build(variant("matchnet"))
    stir(made, 4)
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def graphs_of():  # type: ignore[no-untyped-def]
    def go(*smiles: str, orders: Sequence[Sequence[int]] | None = None) -> GraphTensors:
        mols = [Chem.MolFromSmiles(s) for s in smiles]
        if orders is not None:
            mols = [Chem.RenumberAtoms(m, list(o)) for m, o in zip(mols, orders, strict=True)]
        return to_tensors(GraphBatch.of([featurise(m) for m in mols]))

    return go
