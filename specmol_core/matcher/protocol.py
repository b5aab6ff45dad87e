"""The protocol of a trained model. It stores a molecule as a payload: bytes that only the model reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.advice import Advice
from specmol_core.matcher.assignment import Assignment
from specmol_core.matcher.components import ComponentOutcome, KnownCompound, ResidualSignals
from specmol_core.matcher.judgement import Judgement, ScoredCandidates
from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.shifts.predictor import ShiftBackend
from specmol_core.spectra.analysis.analysis import AnalysedPair
from specmol_core.spectra.geometry import Geometry

__all__ = ["MAX_PAYLOAD_BYTES", "Adviser", "Assigner", "EncodedQuery", "Matcher", "Rescorer", "Unmixer"]

MAX_PAYLOAD_BYTES = 65_535
"""Largest size of the payload of one molecule (bytes)."""


class EncodedQuery(Protocol):
    """A matcher's encoding of one pair of spectra; others read only the vector for the prefilter."""

    @property
    def joint(self) -> NDArray[np.float32]:
        """Vector in the joint space (joint_width,)."""
        ...


class Assigner(Protocol):
    """A model that assigns signals to atoms."""

    def assign(self, query: Any, smiles: str) -> Assignment:
        """Assign the observed signals to the atoms of a candidate.

        Parameters
        ----------
        query
            Result of the matcher's ``query``.
        smiles
            SMILES of a candidate that the matcher has embedded.
        """
        ...


class Adviser(Protocol):
    """A model that says what would decide between candidates."""

    def advise(self, query: Any, candidates: Sequence[tuple[int, str]]) -> Advice:
        """Return the experiment, and the signals of the given spectra, that distinguish candidates.

        Parameters
        ----------
        query
            Result of the matcher's ``query``.
        candidates
            Rank and SMILES of each candidate; at least two, which the matcher has embedded.
        """
        ...


class Rescorer(Protocol):
    """A model that rescores candidates with the shifts of a second predictor."""

    def scores(self, query: Any, smiles: Sequence[str]) -> NDArray[np.float64]:
        """Return the score of each candidate (n,); NaN if the second predictor gives no shifts.

        Parameters
        ----------
        query
            Result of the matcher's ``query``.
        smiles
            Candidates that the matcher has embedded.
        """
        ...


class Unmixer(Protocol):
    """A model that explains spectra of mixtures."""

    def without_known(
        self, pair: AnalysedPair, smiles: Sequence[str], fitted: ResidualSignals | None = None
    ) -> tuple[Any, tuple[KnownCompound, ...]]:
        """Return the query of a pair without the signals of known compounds, and these compounds with their signals.

        The query is None if no signal is left.

        Parameters
        ----------
        pair
            The analysed spectra.
        smiles
            Compounds that the matcher can embed.
        fitted
            What a fit of these compounds leaves of the 1H spectrum; None assigns its lines to them.

        Raises
        ------
        UsageError
            If a compound has no line in the spectra.
        """
        ...

    def component_sets(self, query: Any, candidates: ScoredCandidates, count: int, most: int) -> ComponentOutcome:
        """Return which sets of candidates explain the spectra.

        Parameters
        ----------
        query
            Result of the matcher's ``query``.
        candidates
            The candidates in the order of their scores.
        count
            Number of candidates.
        most
            Largest number of components of a set.
        """
        ...


class Matcher(Protocol):
    """A trained model that compares spectra with molecules.

    Payloads and vectors of molecules are the same with and without a cache, so a ranking does not depend
    on the cache.
    """

    @property
    def id(self) -> str:
        """Hash (SHA-256, hexadecimal) of the checkpoint."""
        ...

    @property
    def embedding_id(self) -> str:
        """Hash (SHA-256, hexadecimal) of everything that payloads and vectors depend on; names caches."""
        ...

    @property
    def model(self) -> str:
        """Name of the model."""
        ...

    @property
    def device(self) -> str:
        """Device of the computation: cpu or cuda."""
        ...

    @property
    def geometry(self) -> Geometry:
        """Geometry of the images that the model was trained on."""
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
        """``module:function`` that parses one record of a library into the graph that this model embeds."""
        ...

    def embed(self, graphs: Sequence[MoleculeGraph]) -> tuple[list[bytes], NDArray[np.float16]]:
        """Return the payload of each molecule, and the vectors in the joint space (molecules, joint_width).

        A payload has at most ``MAX_PAYLOAD_BYTES``.
        """
        ...

    def query(self, pair: AnalysedPair) -> EncodedQuery:
        """Encode a pair of spectra, either of which may be missing, to score molecules against it."""
        ...

    def scores(
        self, query: Any, payloads: Sequence[bytes | memoryview], joint: NDArray[np.float16]
    ) -> NDArray[np.float64]:
        """Return the score of each molecule (n,): the logit that it and the spectra belong together.

        Scores are rounded to 4 decimals, so that rounding errors of sums in another order do not break
        ties.

        Parameters
        ----------
        query
            Result of this matcher's ``query``.
        payloads, joint
            Results of ``embed`` for the molecules. Payloads from a cache may be invalid.

        Raises
        ------
        ValueError
            If a payload is not one that ``embed`` makes.
        """
        ...

    def payloads_for(self, query: Any, smiles: Iterable[str]) -> list[bytes] | None:
        """Return the payloads of candidates for the conditions of a query, such as its solvent.

        None means that the payloads of ``embed`` are made for these conditions.

        Parameters
        ----------
        query
            Result of this matcher's ``query``.
        smiles
            Candidates that the matcher has embedded; not read if the result is None.
        """
        ...

    def judge(self, query: Any, scores: NDArray[np.float64], candidates: ScoredCandidates) -> Judgement:
        """Return groups, probabilities and verdict of scored candidates.

        Parameters
        ----------
        query
            Result of this matcher's ``query``.
        scores
            Scores (n,), descending; at least one.
        candidates
            The candidates in the order of their scores.
        """
        ...

    @property
    def assigner(self) -> Assigner | None:
        """Assigner of signals to atoms; None if the model cannot assign."""
        ...

    @property
    def adviser(self) -> Adviser | None:
        """Adviser on further experiments; None if the model uses no predicted spectra."""
        ...

    @property
    def rescorer(self) -> Callable[[ShiftBackend], Rescorer] | None:
        """Builds a rescorer from a second shift predictor; None if the model uses no predicted shifts."""
        ...

    @property
    def unmixer(self) -> Unmixer | None:
        """Explains spectra of mixtures; None if the model cannot."""
        ...
