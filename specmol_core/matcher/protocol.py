"""All that retrieval sees of a trained model: what it keeps of a molecule is bytes that only the model can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.assignment import Assignment
from specmol_core.matcher.judgement import Judgement, ScoredCandidates
from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.shifts.predictor import ShiftBackend
from specmol_core.spectra.analysis.analysis import AnalysedPair
from specmol_core.spectra.geometry import Geometry

__all__ = ["MAX_PAYLOAD_BYTES", "Assigner", "EncodedQuery", "Matcher", "Rescorer"]

MAX_PAYLOAD_BYTES = 65_535
"""Bytes that the evidence of one molecule may take."""


class EncodedQuery(Protocol):
    """What a matcher makes of one pair of spectra; but for the prefilter's vector, only the matcher reads it."""

    @property
    def joint(self) -> NDArray[np.float32]:
        """Vector in the joint space (joint_width,)."""
        ...


class Assigner(Protocol):
    """A model that assigns signals to atoms."""

    def assign(self, query: Any, smiles: str) -> Assignment:
        """Which signal belongs to which atoms of a candidate that the model has embedded.

        Parameters
        ----------
        query
            What ``query`` of the matcher made.
        """
        ...


class Rescorer(Protocol):
    """A model that scores candidates again with the shifts of a second predictor."""

    def scores(self, query: Any, smiles: Sequence[str]) -> NDArray[np.float64]:
        """Score (n,) of each candidate; NaN where the second predictor gives no shifts.

        Parameters
        ----------
        query
            What ``query`` of the matcher made.
        smiles
            Candidates that the matcher has embedded.
        """
        ...


class Matcher(Protocol):
    """A trained model that compares spectra with molecules.

    Evidence and vectors of molecules are the same whether they come from a cache or not, so that a ranking
    does not depend on where they were kept.
    """

    @property
    def id(self) -> str:
        """Hash (SHA-256, hexadecimal) of the checkpoint."""
        ...

    @property
    def embedding_id(self) -> str:
        """Hash (SHA-256, hexadecimal) of all that a molecule's evidence and vector depend on; names caches."""
        ...

    @property
    def model(self) -> str:
        """Name of the model."""
        ...

    @property
    def device(self) -> str:
        """Where it computes: cpu or cuda."""
        ...

    @property
    def geometry(self) -> Geometry:
        """The pictures that the model was trained on."""
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
    def parser(self) -> str:
        """``module:function`` that reads one record of a library into the graph that this model embeds."""
        ...

    def embed(self, graphs: Sequence[MoleculeGraph]) -> tuple[list[bytes], NDArray[np.float16]]:
        """What is kept of each molecule: its evidence, and its vector in the joint space (molecules, joint_width).

        The evidence of a molecule has any length up to ``MAX_PAYLOAD_BYTES``.
        """
        ...

    def query(self, pair: AnalysedPair) -> EncodedQuery:
        """What is needed of a pair of spectra to score molecules against it; either may be missing."""
        ...

    def scores(
        self, query: Any, payloads: Sequence[bytes | memoryview], joint: NDArray[np.float16]
    ) -> NDArray[np.float64]:
        """Score (n,) of each molecule: the logit that it and the spectra belong together.

        Scores are rounded to 4 decimals: what rounding in another order of sums can change is no evidence, and
        must not break a tie.

        Parameters
        ----------
        query
            What ``query`` of this matcher made.
        payloads, joint
            What ``embed`` gave for the molecules; read from a cache, the evidence may be anything.

        Raises
        ------
        ValueError
            If the evidence is none that ``embed`` makes.
        """
        ...

    def judge(self, query: Any, scores: NDArray[np.float64], candidates: ScoredCandidates) -> Judgement:
        """Groups, probabilities and verdict of scored candidates.

        Parameters
        ----------
        query
            What ``query`` of this matcher made.
        scores
            (n,) falling; at least one.
        candidates
            The candidates in the order of their scores.
        """
        ...

    @property
    def assigner(self) -> Assigner | None:
        """Assigns signals to atoms; None of a model that cannot."""
        ...

    @property
    def rescorer(self) -> Callable[[ShiftBackend], Rescorer] | None:
        """Makes a rescorer of a second shift predictor; None of a model that uses no predicted shifts."""
        ...
