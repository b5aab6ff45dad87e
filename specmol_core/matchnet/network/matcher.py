"""The matcher of the paper's network: encodes molecules and spectra, and scores them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specmol_core.errors import CheckpointError
from specmol_core.matcher.judgement import Judgement, ScoredCandidates, pairwise_judgement
from specmol_core.matcher.scores import rounded_scores
from specmol_core.matchnet.features.backbone import STRIDE, Backbone, load_backbone
from specmol_core.matchnet.network.checkpoint import load_checkpoint
from specmol_core.matchnet.network.network import MatchNet
from specmol_core.molecules.graph import GraphBatch, MoleculeGraph
from specmol_core.runtime.devices import resolve_device
from specmol_core.runtime.machine import core_count
from specmol_core.shipped import shipped_checkpoint, shipped_weights
from specmol_core.spectra.analysis.analysis import AnalysedPair
from specmol_core.spectra.canonical_image import canonical_image
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

__all__ = ["MatchNetMatcher", "MatchNetQuery", "load_matcher"]

_MAX_HALF = 65504.0
"""Largest value in half precision, to which vectors are limited."""
_HALF = np.dtype("<f2")
"""Half precision, of payloads."""


class MatchNetQuery(NamedTuple):
    """A pair of spectra, encoded by the network."""

    spectrum: NDArray[np.float32]
    """Vector for scoring (32,), or (256,) from a pooled branch."""
    joint: NDArray[np.float32]
    """Unit vector of the joint space (joint_width,)."""


class MatchNetMatcher:
    """The network of a checkpoint with its backbone, on one device.

    Attributes
    ----------
    id, embedding_id
        sha256 of the hashes of checkpoint and backbone.
    geometry
        Windows and size of the images.
    parser
        ``module:function`` that parses one record of a library to the graph for the network.
    match_width
        Width of the vector for scoring of a molecule, its payload in half precision.
    """

    match_width = 128

    def __init__(self, network: MatchNet, backbone: Backbone, header: dict[str, Any], digest: str, device: str) -> None:
        self.id = hashlib.sha256(f"{digest}:{backbone.id}".encode()).hexdigest()
        self.embedding_id = self.id
        self.model: str = header["model"]
        self.geometry: Geometry = header["geometry"]
        self.joint_width: int = header["network"]["joint_width"]
        self.elements: tuple[str, ...] = tuple(header["elements"])
        self.weights: tuple[float, float, float] = header["score_weights"]
        self.device = device
        self.parser = network.molecule_input.parser
        self.network = network.to(device)
        self.backbone = backbone.to(device)

    def embed(self, graphs: Sequence[MoleculeGraph]) -> tuple[list[bytes], NDArray[np.float16]]:
        """Payloads (256 bytes each) and unit vectors of the joint space (n, joint_width)."""
        match, joint = self.molecule_vectors(graphs)
        return [row.tobytes() for row in match.astype(_HALF, copy=False)], joint

    def query(self, pair: AnalysedPair) -> MatchNetQuery:
        """Encode a pair of spectra; one of them may be missing."""
        return MatchNetQuery(*self.spectrum_vectors(pair.masked_pair))

    def scores(
        self, query: MatchNetQuery, payloads: Sequence[bytes | memoryview], joint: NDArray[np.float16]
    ) -> NDArray[np.float64]:
        """Score (n,) of each molecule: weighted sum of match logit and cosine in the joint space.

        Raises
        ------
        ValueError
            If a payload has the wrong size or is not finite.
        """
        logit_weight, cosine_weight, intercept = self.weights
        logits = self.logits(query.spectrum, self._vectors(payloads))
        cosines = joint.astype(np.float32) @ query.joint
        scores = (logit_weight * logits + cosine_weight * cosines + intercept).astype(np.float64)
        return rounded_scores(scores)

    def payloads_for(self, query: MatchNetQuery, smiles: Iterable[str]) -> None:
        """None: the payloads of this network depend on the molecule alone."""

    def judge(self, query: MatchNetQuery, scores: NDArray[np.float64], candidates: ScoredCandidates) -> Judgement:
        """Judge each candidate by itself: the network gives no posterior over a library."""
        return pairwise_judgement(scores)

    @property
    def assigner(self) -> None:
        """None: the network assigns no signals to atoms."""

    @property
    def adviser(self) -> None:
        """None: this model predicts no spectra."""

    @property
    def rescorer(self) -> None:
        """None: the network uses no predicted shifts."""

    @property
    def unmixer(self) -> None:
        """None: the network predicts no lines."""

    @torch.inference_mode()
    def molecule_vectors(self, graphs: Sequence[MoleculeGraph]) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        """Vectors for scoring (n, 128) and unit vectors of the joint space (n, joint_width)."""
        molecules = self.network.encode_molecules(
            self.network.molecule_input.tensors(GraphBatch.of(graphs), self.device)
        )
        joint = self.network.joint.embed_molecules(molecules)
        return _half(molecules), _half(joint)

    @torch.inference_mode()
    def spectrum_vectors(self, pair: SpectrumPair) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vector for scoring (32,) and unit vector of the joint space (joint_width,)."""
        h1, c13 = self._map(pair.h1), self._map(pair.c13)
        spectra = self.network.encode_spectra(h1, c13)
        joint = self.network.joint.embed_spectra(h1.mean((2, 3)), c13.mean((2, 3)))
        return spectra[0].cpu().numpy(), joint[0].cpu().numpy()

    @torch.inference_mode()
    def logits(self, spectrum: NDArray[np.float32], molecules: NDArray[np.float16]) -> NDArray[np.float32]:
        """Logits (n,) that each molecule (n, 128) belongs to one spectrum vector (32,)."""
        rows = torch.from_numpy(molecules).to(self.device, torch.float32)
        vector = torch.from_numpy(spectrum).to(self.device)
        logits: NDArray[np.float32] = self.network.match(rows, vector.expand(len(rows), -1)).cpu().numpy()
        return logits

    def _vectors(self, payloads: Sequence[bytes | memoryview]) -> NDArray[np.float16]:
        """Vectors for scoring (n, 128) from the payloads of n molecules."""
        size = self.match_width * _HALF.itemsize
        if any(len(payload) != size for payload in payloads):
            raise ValueError(f"the payload of a molecule is not {size} bytes long")
        # A bytearray is writable; torch warns about read-only memory.
        vectors = np.frombuffer(bytearray().join(payloads), _HALF).reshape(-1, self.match_width)
        if not np.isfinite(vectors).all():
            raise ValueError("the payload of a molecule is not finite")
        return vectors.astype(np.float16, copy=False)

    def _map(self, spectrum: Spectrum | None) -> Tensor:
        if spectrum is None:
            grid = self.backbone.rows // STRIDE, self.geometry.size // STRIDE
            return torch.zeros((1, self.backbone.channels, *grid), device=self.device)
        return self.backbone.features(canonical_image(spectrum, self.geometry)[None])


def _half(values: Tensor) -> NDArray[np.float16]:
    half: NDArray[np.float16] = values.clamp(-_MAX_HALF, _MAX_HALF).cpu().numpy().astype(np.float16)
    return half


def load_matcher(checkpoint: Path | None, device: str = "auto", model: str = "matchnet") -> MatchNetMatcher:
    """Load a checkpoint with the backbone that it was trained on.

    The backbone is searched beside the checkpoint, then among the shipped weights. Its hash must be
    the one in the checkpoint.

    Raises
    ------
    CheckpointError
        If one of the files is missing or damaged, or the backbone is a different one.
    UsageError
        If the device does not exist.
    """
    device = resolve_device(device)
    # Torch counts the cores of the machine, not those available to the container.
    torch.set_num_threads(min(torch.get_num_threads(), core_count()))
    path = shipped_checkpoint(model) if checkpoint is None else checkpoint
    network, header, digest = load_checkpoint(path)
    backbone_id, name = header["backbone"]["sha256"], Path(header["backbone"]["file"]).name
    folders = (path.parent, shipped_weights())
    backbone_path = next((f / name for f in folders if (f / name).is_file()), None)
    if backbone_path is None:
        raise CheckpointError(
            path, f"its backbone {name} is neither beside it nor in the package; copy it beside the checkpoint"
        )
    backbone = load_backbone(backbone_path, device)
    if backbone.id != backbone_id:
        raise CheckpointError(
            backbone_path, f"is not the backbone that {path} was trained on (sha256 {backbone_id[:12]}...)"
        )
    if backbone.channels != network.joint.reduce.in_features // 2:
        raise CheckpointError(path, f"does not fit the feature maps of a {backbone.architecture}; it is damaged")
    return MatchNetMatcher(network, backbone, header, digest, device)
