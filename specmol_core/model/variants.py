"""Every model the package knows, by name, and how it is assembled from its parts."""

from __future__ import annotations

from dataclasses import replace

from torch import nn
from torch_geometric.nn import TransformerConv

from specmol_core.config import NetworkConfig
from specmol_core.errors import UsageError
from specmol_core.model.atoms import ATOM_FEATURES
from specmol_core.model.fusion import Classifier, ResidualFusion
from specmol_core.model.molecular import MOLECULE_WIDTH, MolecularEncoder, MultiScaleGNN, SingleGCN
from specmol_core.model.network import JointSpace, MatchNet
from specmol_core.model.spectral import SpectralBranch

__all__ = ["VARIANTS", "build", "parameter_counts", "variant"]

_ALL = NetworkConfig()

VARIANTS: dict[str, NetworkConfig] = {
    "matchnet": _ALL,
    "matchnet-a": replace(_ALL, multi_scale_graph=False, multi_scale_attention=False, transformer_conv=False),
    "matchnet-b": replace(_ALL, transformer_conv=False),
    "matchnet-c": replace(_ALL, multi_scale_attention=False),
    "matchnet-d": replace(_ALL, multi_scale_graph=False),
}
"""The paper's model and its ablations A to D (Table 2)."""

_HEADS, _HEAD_WIDTH = 8, 19


def variant(name: str) -> NetworkConfig:
    """Configuration of a named model.

    Raises
    ------
    UsageError
        If no model has that name.
    """
    try:
        return VARIANTS[name]
    except KeyError:
        raise UsageError(f"no model is called {name!r}; the models are {', '.join(VARIANTS)}") from None


def build(config: NetworkConfig) -> MatchNet:
    """Assemble a network from its parts, freshly initialised from torch's current seed."""
    width, attention = ATOM_FEATURES, None
    if config.transformer_conv:
        attention = TransformerConv(ATOM_FEATURES, _HEAD_WIDTH, heads=_HEADS)
        width = _HEADS * _HEAD_WIDTH
    graph = MultiScaleGNN(width) if config.multi_scale_graph else SingleGCN(width)
    kernels = (3, 7) if config.multi_scale_attention else (7,)
    spectra = SpectralBranch(kernels, gated=config.multi_scale_attention)
    return MatchNet(
        MolecularEncoder(attention, graph, config.dropout),
        spectra,
        ResidualFusion(MOLECULE_WIDTH + 2 * spectra.width),
        Classifier(),
        JointSpace(config.joint_width),
    )


def parameter_counts(name: str) -> dict[str, int]:
    """Parameters of a named model: trainable and frozen as the paper counts them, total, and the joint space apart."""
    from specmol_core.features.backbone import BACKBONE_PARAMETERS

    network = build(variant(name))
    joint = _count(network.joint)
    trainable = _count(network) - joint
    return {
        "trainable": trainable,
        "frozen": BACKBONE_PARAMETERS,
        "total": trainable + BACKBONE_PARAMETERS,
        "joint_space": joint,
    }


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
