"""All that retrieval sees of a trained model: what it keeps of a molecule is bytes that only the model can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import SpectrumPair

__all__ = ["EVIDENCE_LIMIT", "Candidates", "Judgement", "Matcher", "Query", "Verdict", "pairwise_judgement"]

EVIDENCE_LIMIT = 65_535
"""Bytes that the evidence of one molecule may take."""


class Query(Protocol):
    """What a matcher makes of one pair of spectra; but for the prefilter's vector, only the matcher reads it."""

    @property
    def joint(self) -> NDArray[np.float32]:
        """Vector in the joint space (joint_width,)."""
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
    def embedding(self) -> str:
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

        The evidence of a molecule has any length up to ``EVIDENCE_LIMIT``.
        """
        ...

    def query(self, pair: SpectrumPair) -> Query:
        """What is needed of a pair of spectra to score molecules against it; either may be missing."""
        ...

    def scores(
        self, query: Any, evidence: Sequence[bytes | memoryview], joint: NDArray[np.float16]
    ) -> NDArray[np.float64]:
        """Score (n,) of each molecule: the logit that it and the spectra belong together.

        Scores are rounded to 4 decimals: what rounding in another order of sums can change is no evidence, and
        must not break a tie.

        Parameters
        ----------
        query
            What ``query`` of this matcher made.
        evidence, joint
            What ``embed`` gave for the molecules; read from a cache, the evidence may be anything.

        Raises
        ------
        ValueError
            If the evidence is none that ``embed`` makes.
        """
        ...

    def judge(self, query: Any, scores: NDArray[np.float64], candidates: Candidates) -> Judgement:
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


@dataclass(frozen=True)
class Verdict:
    """What a ranking comes to."""

    name: str
    """identified, ambiguous or none fits."""
    groups: int
    """Groups of candidates that are all but certain, if the library holds the compound at all; 0 where none fits."""
    none: float
    """Probability that the library lacks the compound."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"name": self.name, "groups": self.groups, "none_probability": self.none}

    def describe(self) -> str:
        """The verdict in words."""
        doubt = f"probability {self.none:.2f} that the library lacks the compound"
        if self.name == "ambiguous" and self.groups == 1:
            return f"ambiguous between 1 and none ({doubt})"
        if self.name == "ambiguous":
            return f"ambiguous between {self.groups} ({doubt})"
        return f"{self.name} ({doubt})"


@dataclass(frozen=True)
class Candidates:
    """Access to scored candidates by their place, best first."""

    smiles: Callable[[int], str]
    stored: Callable[[int], bytes]
    """What the matcher keeps of a candidate."""


@dataclass(frozen=True)
class Judgement:
    """Candidates in their final order."""

    order: NDArray[np.int64]
    """(n,) places in the order of scores: members of a group follow each other."""
    group: NDArray[np.int64]
    """(n,) number of each one's group, rising from 0."""
    probability: NDArray[np.float64]
    """(n,) probability of each one's group."""
    verdict: Verdict | None
    """None where the model gives no posterior."""


def pairwise_judgement(scores: NDArray[np.float64]) -> Judgement:
    """Each candidate by itself: its probability is the logistic function of its score, and equal scores are a group.

    Parameters
    ----------
    scores
        (n,) falling.
    """
    group = np.cumsum(np.diff(scores, prepend=scores[:1]) != 0).astype(np.int64)
    small = np.exp(-np.abs(scores))
    probability = np.where(scores >= 0, 1.0, small) / (1.0 + small)
    return Judgement(np.arange(len(scores)), group, probability, None)
