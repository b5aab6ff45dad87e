"""All that retrieval sees of a trained model: numpy arrays in, numpy arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from specmol_core.config import Geometry
from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.spectra.spectrum import SpectrumPair

__all__ = ["Matcher"]


class Matcher(Protocol):
    """A trained model that compares spectra with molecules.

    Molecule vectors are half precision whether they come from a cache or not, so that a ranking does
    not depend on where they were kept.
    """

    @property
    def id(self) -> str:
        """Hash (SHA-256, hexadecimal) of the checkpoint."""
        ...

    @property
    def geometry(self) -> Geometry:
        """The pictures that the model was trained on."""
        ...

    @property
    def match_width(self) -> int:
        """Width of a molecule's vector for scoring."""
        ...

    @property
    def joint_width(self) -> int:
        """Width of the joint space of spectra and molecules."""
        ...

    @property
    def elements(self) -> tuple[str, ...]:
        """Elements that a candidate may hold."""
        ...

    @property
    def evidence(self) -> tuple[float, float, float]:
        """Weights of the match logit and of the joint space's cosine in a candidate's score, and an intercept."""
        ...

    def molecule_vectors(self, graphs: Sequence[MoleculeGraph]) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        """Vectors for scoring (molecules, match_width) and in the joint space (molecules, joint_width)."""
        ...

    def spectrum_vectors(self, pair: SpectrumPair) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vectors of one query, for scoring (any width,) and in the joint space (joint_width,)."""
        ...

    def logits(self, spectrum: NDArray[np.float32], molecules: NDArray[np.float16]) -> NDArray[np.float32]:
        """Match logit of each molecule (molecules,), from the vectors for scoring."""
        ...
