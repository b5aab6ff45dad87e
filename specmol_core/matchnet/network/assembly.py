"""Assembly of a network of the paper from its parts."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn
from torch_geometric.nn import TransformerConv

from specmol_core.matchnet.config import NetworkConfig
from specmol_core.matchnet.features.architectures import ARCHITECTURES
from specmol_core.matchnet.network.atoms import ATOM_FEATURES
from specmol_core.matchnet.network.baselines import (
    FingerprintEncoder,
    PooledBranch,
    graph_attention,
    graph_convolutions,
)
from specmol_core.matchnet.network.fusion import Classifier, ResidualFusion
from specmol_core.matchnet.network.inputs import ATOM_GRAPH, FINGERPRINT
from specmol_core.matchnet.network.molecular import MOLECULE_WIDTH, MolecularEncoder, MultiScaleGNN, SingleGCN
from specmol_core.matchnet.network.network import JointSpace, MatchNet
from specmol_core.matchnet.network.spectral import SpectralBranch
from specmol_core.matchnet.network.variants import variant

__all__ = ["MOLECULE_BRANCHES", "build", "parameter_counts"]

_HEADS, _HEAD_WIDTH = 8, 19


def build(config: NetworkConfig) -> MatchNet:
    """Assemble a network from its parts, initialised from torch's current seed."""
    channels = ARCHITECTURES[config.backbone].channels
    molecules = _MOLECULE_BRANCHES[config.molecules](config)
    spectra: SpectralBranch | PooledBranch
    if config.pooled:
        spectra = PooledBranch(channels)
    else:
        kernels = (3, 7) if config.multi_scale_attention else (7,)
        spectra = SpectralBranch(kernels, config.multi_scale_attention, channels)
    return MatchNet(
        FINGERPRINT if config.molecules == "morgan" else ATOM_GRAPH,
        molecules,
        spectra,
        ResidualFusion(MOLECULE_WIDTH + 2 * spectra.width),
        Classifier(),
        JointSpace(config.joint_width, channels),
    )


def _paper_branch(config: NetworkConfig) -> MolecularEncoder:
    width, attention = ATOM_FEATURES, None
    if config.transformer_conv:
        attention = TransformerConv(ATOM_FEATURES, _HEAD_WIDTH, heads=_HEADS)
        width = _HEADS * _HEAD_WIDTH
    graph = MultiScaleGNN(width) if config.multi_scale_graph else SingleGCN(width)
    return MolecularEncoder(attention, graph, config.dropout)


def _convolution_branch(config: NetworkConfig) -> MolecularEncoder:
    return MolecularEncoder(None, graph_convolutions(), config.dropout, pools=("max",), hidden=1024)


def _attention_branch(config: NetworkConfig) -> MolecularEncoder:
    return MolecularEncoder(None, graph_attention(), config.dropout)


def _fingerprint_branch(config: NetworkConfig) -> FingerprintEncoder:
    return FingerprintEncoder()


_MOLECULE_BRANCHES: dict[str, Callable[[NetworkConfig], MolecularEncoder | FingerprintEncoder]] = {
    "matchnet": _paper_branch,
    "gcn": _convolution_branch,
    "gat": _attention_branch,
    "morgan": _fingerprint_branch,
}
MOLECULE_BRANCHES = tuple(_MOLECULE_BRANCHES)
"""Values of ``NetworkConfig.molecules``."""


def parameter_counts(name: str) -> dict[str, int]:
    """Return the parameter counts of a named model.

    ``trainable``, ``frozen`` and ``total`` follow the paper's count; ``joint_space`` is separate.
    """
    config = variant(name)
    network, frozen = build(config), ARCHITECTURES[config.backbone].parameters
    joint = _count(network.joint)
    trainable = _count(network) - joint
    return {
        "trainable": trainable,
        "frozen": frozen,
        "total": trainable + frozen,
        "joint_space": joint,
    }


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
