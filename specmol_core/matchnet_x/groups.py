"""Which candidates the spectra cannot tell apart, and how probable each group of them is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolHash

from specmol_core.matcher.judgement import Judgement, ScoredCandidates
from specmol_core.matchnet_x.posterior import Posterior
from specmol_core.matchnet_x.predicted_lines import unpack_lines
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["group_representatives", "judge"]

_MAX_SCORE_GAP_NATS = 12.0
"""Scores this far below the best are not held against each other (nats): together they weigh nothing."""
_MAX_COMPARED = 64
"""Candidates that are held against each other at most."""
_MAX_DIFFERENCE_UNCERTAINTIES = 0.5
"""Stereoisomers whose lines differ by less than this are not predicted apart (spreads)."""
_TAUTOMER = rdMolHash.HashFunction.HetAtomTautomer


def judge(
    scores: NDArray[np.float64], candidates: ScoredCandidates, posterior: Callable[[NDArray[np.float64]], Posterior]
) -> Judgement:
    """Groups and their probabilities.

    Parameters
    ----------
    scores
        (n,) falling; at least one.
    posterior
        Probabilities of groups from their best scores (groups,), falling.
    """
    contenders = int(np.searchsorted(-scores, _MAX_SCORE_GAP_NATS - scores[0], side="right"))
    representatives = group_representatives(min(contenders, _MAX_COMPARED), candidates)
    group = np.concatenate((representatives, np.arange(len(representatives), len(scores))))
    order = np.lexsort((np.arange(len(scores)), group))
    number = np.cumsum(np.diff(group[order], prepend=group[order][:1]) != 0)
    first = np.flatnonzero(np.diff(number, prepend=-1))
    result_of_groups = posterior(scores[order][first])
    return Judgement(order, number, result_of_groups.probability[number], result_of_groups.verdict)


def group_representatives(count: int, candidates: ScoredCandidates) -> NDArray[np.int64]:
    """Place (count,) of the best candidate that each of the first ``count`` cannot be told from; its own if none.

    Alike are candidates with the same stored lines, tautomers that differ in the place of hydrogens on heteroatoms,
    which exchange, and stereoisomers that are not predicted apart.
    """
    result = np.arange(count)
    without_stereo: list[str] = []
    tautomers: list[str] = []
    for index in range(count):
        mol = Chem.MolFromSmiles(candidates.smiles(index))
        with rdBase.BlockLogs():
            Chem.RemoveStereochemistry(mol)
            without_stereo.append(Chem.MolToSmiles(mol))
            tautomers.append(str(rdMolHash.MolHash(mol, _TAUTOMER)))
        for other in range(index):
            if result[other] == other and _are_indistinguishable(index, other, without_stereo, tautomers, candidates):
                result[index] = other
                break
    return result


def _are_indistinguishable(
    index: int, other: int, without_stereo: list[str], tautomers: list[str], candidates: ScoredCandidates
) -> bool:
    if tautomers[index] == tautomers[other] and without_stereo[index] != without_stereo[other]:
        return True
    first, second = candidates.payload(index), candidates.payload(other)
    if first == second:
        return True
    return without_stereo[index] == without_stereo[other] and _have_same_prediction(first, second)


def _have_same_prediction(first: bytes, second: bytes) -> bool:
    """Whether each line of one stands within a part of its spread of the other's."""
    for nucleus in NUCLEI:
        lines_a, lines_b = (unpack_lines([stored], nucleus) for stored in (first, second))
        if not np.array_equal(lines_a.nuclei, lines_b.nuclei):
            return False
        uncertainty_ppm = np.maximum(np.maximum(lines_a.uncertainty_ppm, lines_b.uncertainty_ppm), 1e-6)
        if (np.abs(lines_a.ppm - lines_b.ppm) > _MAX_DIFFERENCE_UNCERTAINTIES * uncertainty_ppm).any():
            return False
    return True
