"""Rank the right structure by its simulation among structures of the same formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.evaluation.measured.line_fit import noise_level
from specmol_core.evaluation.simulator.config import RealismConfig
from specmol_core.evaluation.simulator.counterpart import (
    Predict,
    PreparedPair,
    default_axis,
    resample_overlap,
    simulated_trace,
)
from specmol_core.evaluation.simulator.realism import foreign_ranges
from specmol_core.evaluation.simulator.trace_similarity import trace_similarity, without_noise
from specmol_core.metrics import bootstrap_interval, mean_reciprocal_rank, rank_of_truth, top_k
from specmol_core.molecules.decoys import decoys_of
from specmol_core.molecules.without_stereo import constitution_of_smiles
from specmol_core.simulation.config import SimulationConfig
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import NUCLEI, Nucleus

__all__ = ["NUCLEI_CHOICES", "DecoyRanks", "rank_among_decoys"]

NUCLEI_CHOICES = ("1H", "13C", "both")


@dataclass(frozen=True)
class DecoyRanks:
    """Ranks of the right structures, best 1. A structure that ties ranks last of the tie."""

    queries: tuple[str, ...]
    """Compounds with at least one decoy."""
    decoys: tuple[int, ...]
    """Number of decoys of each compound."""
    ranks: dict[str, tuple[int, ...]]
    """Rank of each compound, by nuclei used (1H, 13C, both)."""
    decoys_requested: int
    """Requested number of decoys."""

    @property
    def short_query_count(self) -> int:
        """Number of compounds with fewer decoys than requested."""
        return sum(count < self.decoys_requested for count in self.decoys)

    def figures(self, nuclei: str) -> dict[str, float]:
        """Return mean reciprocal rank with 95 % interval, top-1, and chance level.

        Parameters
        ----------
        nuclei
            "1H", "13C" or "both".
        """
        ranks = np.array(self.ranks[nuclei])
        low, high = bootstrap_interval(lambda drawn: mean_reciprocal_rank(ranks[drawn]), len(ranks))
        chance = [float(np.mean(1 / np.arange(1, count + 2))) for count in self.decoys]
        return {
            "mrr": mean_reciprocal_rank(ranks),
            "low": low,
            "high": high,
            "top_1": top_k(ranks, 1),
            "by_chance": float(np.mean(chance)),
        }


def rank_among_decoys(
    measured_pairs: Sequence[PreparedPair],
    library: Path,
    predict: Predict,
    config: RealismConfig,
    advance: Callable[[int, int], None],
) -> DecoyRanks:
    """Rank the right structure of each pair by the similarity of simulated to measured traces.

    Every structure is simulated without noise, at the predicted shifts, in the measured solvent and
    at the measured field. The similarity of a pair is the mean over both nuclei. Pairs of one
    constitution count once.
    """
    first: dict[str, PreparedPair] = {}
    for prepared in measured_pairs:
        first.setdefault(prepared.pair.group, prepared)
    pools = decoys_of(library, [g for g in first if constitution_of_smiles(g)], config.decoys)
    names, counts = [], []
    ranks: dict[str, list[int]] = {nuclei: [] for nuclei in NUCLEI_CHOICES}
    for number, (group, prepared) in enumerate(first.items(), 1):
        advance(number, len(first))
        if not pools[group]:
            continue
        scores = _similarities(prepared, [group, *pools[group]], predict)
        names.append(prepared.pair.compound)
        counts.append(scores.shape[1] - 1)
        for nuclei, values in zip(NUCLEI_CHOICES, (*scores, scores.mean(0)), strict=True):
            ranks[nuclei].append(rank_of_truth(values, 0))
    return DecoyRanks(tuple(names), tuple(counts), {s: tuple(r) for s, r in ranks.items()}, config.decoys)


def _similarities(prepared: PreparedPair, candidates: Sequence[str], predict: Predict) -> NDArray[np.float64]:
    """Return the similarity (2, candidates) of each candidate's simulated 1H and 13C trace."""
    mols = [Chem.MolFromSmiles(smiles) for smiles in candidates]
    scores = np.zeros((2, len(mols)))
    for row, nucleus in enumerate(NUCLEI):
        part, inside, real, use = _measured_overlap(prepared, nucleus)
        all_shifts = predict(mols, prepared.solvent(nucleus))
        points = SimulationConfig().points
        for column, (mol, shifts) in enumerate(zip(mols, all_shifts, strict=True)):
            rng = np.random.default_rng(0)
            trace = simulated_trace(prepared, nucleus, rng, points, mol=mol, shifts=shifts, ideal=True)[1]
            scores[row, column] = trace_similarity(real, trace[inside], part, nucleus, use)
    return scores


def _measured_overlap(
    prepared: PreparedPair, nucleus: Nucleus
) -> tuple[PpmAxis, slice, NDArray[np.float64], NDArray[np.bool_]]:
    axis = default_axis(nucleus, SimulationConfig().points)
    part, inside, real = resample_overlap(prepared.pair.spectra[nucleus], axis)
    use = np.ones(part.points, dtype=np.bool_)
    for high, low in foreign_ranges(prepared, nucleus):
        use &= (part.grid() > high) | (part.grid() < low)
    real = without_noise(real, noise_level(real))
    return part, inside, real, use
