"""Matching network: two branches, their fusion, and the joint space."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from specmol_core.matchnet.network.atoms import GraphTensors
from specmol_core.matchnet.network.baselines import FingerprintEncoder, PooledBranch
from specmol_core.matchnet.network.fusion import Classifier, ResidualFusion
from specmol_core.matchnet.network.inputs import MoleculeInput
from specmol_core.matchnet.network.molecular import MOLECULE_WIDTH, MolecularEncoder
from specmol_core.matchnet.network.spectral import SpectralBranch

__all__ = ["JointSpace", "MatchNet"]


class JointSpace(nn.Module):
    """Heads that map spectra and molecules onto one unit sphere.

    The paper has no joint space; the prefilter needs it. The input of a spectrum is its
    average-pooled feature maps, because the 16 numbers per nucleus of the spectral branch lose
    information that the search can use.

    Shapes: molecules (B, 128) -> (B, width); spectra 2 x (B, channels) -> (B, width).
    """

    def __init__(self, width: int, channels: int = 2048, hidden: int = 512) -> None:
        super().__init__()
        self.molecule = nn.Sequential(
            nn.Linear(MOLECULE_WIDTH, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, width)
        )
        self.reduce = nn.Linear(2 * channels, hidden)
        self.spectrum = nn.Sequential(nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, width))

    def embed_molecules(self, molecules: Tensor) -> Tensor:
        return F.normalize(self.molecule(molecules), dim=1)

    def embed_spectra(self, h1_pooled: Tensor, c13_pooled: Tensor) -> Tensor:
        return F.normalize(self.spectrum(self.reduce(torch.cat((h1_pooled, c13_pooled), 1))), dim=1)


class MatchNet(nn.Module):
    """SpecMol-MatchNet or a baseline, without its frozen backbone and with the joint space.

    Shapes: molecules -> (B, 128); spectra 2 x (B, channels, H, W) -> (B, 32), or (B, 256) for a
    pooled branch; both -> logits (B,).

    Parameters
    ----------
    molecule_input
        Conversion of molecules to the tensors of the molecular branch.
    """

    def __init__(
        self,
        molecule_input: MoleculeInput,
        molecules: MolecularEncoder | FingerprintEncoder,
        spectra: SpectralBranch | PooledBranch,
        fusion: ResidualFusion,
        classifier: Classifier,
        joint: JointSpace,
    ) -> None:
        super().__init__()
        self.molecule_input = molecule_input
        self.molecules = molecules
        self.spectra = spectra
        self.fusion = fusion
        self.classifier = classifier
        self.joint = joint

    def encode_molecules(self, graphs: GraphTensors) -> Tensor:
        """Return molecule vectors (B, 128)."""
        vectors: Tensor = self.molecules(graphs)
        return vectors

    def encode_spectra(self, h1: Tensor, c13: Tensor) -> Tensor:
        """Return spectrum vectors (B, 32 or 256) of two feature maps (B, channels, H, W)."""
        vectors: Tensor = self.spectra(h1, c13)
        return vectors

    def features(self, molecules: Tensor, spectra: Tensor) -> Tensor:
        """Return fused features (B, 96), the input of the classifier."""
        fused: Tensor = self.fusion(torch.cat((molecules, spectra), 1))
        return fused

    def match(self, molecules: Tensor, spectra: Tensor) -> Tensor:
        """Return logits (B,) that molecule i and spectrum pair i match."""
        logits: Tensor = self.classifier(self.features(molecules, spectra))
        return logits
